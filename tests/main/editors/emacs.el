;;; Run by Emacs without a window, after the configuration: what a user does with a broken flow.  -*- lexical-binding: t -*-
;; Prints what happened; an error ends Emacs with 255.

(defun await (what is)
  "Fail unless IS is true before long: WHAT says of what."
  (let ((end (+ (float-time) 60)))
    (while (not (funcall is))
      (when (> (float-time) end) (error "Waited in vain for %s" what))
      (accept-process-output nil 0.05))))

(find-file "broken.flow")
(princ (format "mode: %s\n" major-mode))
;; `eglot-ensure' waits for the first command, which nobody gives here.
(let ((eglot-sync-connect 60) (eglot-connect-timeout 60))
  (apply #'eglot (eglot--guess-contact)))
(flymake-start)
(await "diagnostics" #'flymake-diagnostics)
(dolist (found (flymake-diagnostics))
  (princ (format "diagnostic: %s at %s\n"
                 (flymake-diagnostic-text found)
                 (buffer-substring (flymake-diagnostic-beg found) (flymake-diagnostic-end found)))))
(goto-char (point-min))
(search-forward "trian")
(backward-char 2)
;; As if the first of several were chosen.
(cl-letf (((symbol-function 'completing-read)
           (lambda (_prompt all &rest _) (caar all)))
          ;; Otherwise eglot opens a menu for the mouse.
          (last-nonmenu-event ?x))
  (call-interactively #'eglot-code-actions))
(await "the fix" (lambda () (string-match-p "next train" (buffer-string))))
(eglot-format-buffer)
(princ (buffer-string))
;; What eglot does when nothing is typed for a while.
(eglot--signal-textDocument/didChange)
(goto-char (point-min))
(search-forward "next tr")
(let ((xref-prompt-for-identifier nil))
  (xref-find-definitions (xref-backend-identifier-at-point 'eglot)))
(princ (format "definition: %s\n" (buffer-substring (point) (line-end-position))))
(save-buffer)
(eglot-shutdown (eglot-current-server))
