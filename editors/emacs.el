;;; flowbatch.el --- .flow files, with the language server of flowbatch  -*- lexical-binding: t -*-

;; Emacs 29 or newer, or Emacs 28 with eglot from ELPA; loaded by your init file.

(require 'eglot)

(defvar flowbatch-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?_ "w" table)
    table))

(defvar flowbatch-mode-font-lock-keywords
  `((,(regexp-opt '("import" "let" "profile" "flow" "param" "step" "join" "gather" "run" "next"
                    "foreach" "in")
                  'words)
     . font-lock-keyword-face)
    ("@[[:alpha:]][[:word:]]*" . font-lock-preprocessor-face)
    ("\\_<\\(?:step\\|join\\|gather\\)\\s-+\\([[:word:]]+\\)" 1 font-lock-function-name-face)
    ("\\_<\\(?:true\\|false\\)\\_>" . font-lock-constant-face)))

(define-derived-mode flowbatch-mode prog-mode "Flow"
  "Workflows for AWS Batch."
  (setq-local comment-start "# "
              comment-start-skip "#+\\s-*"
              indent-tabs-mode nil
              tab-width 2
              font-lock-defaults '(flowbatch-mode-font-lock-keywords)))

(add-to-list 'auto-mode-alist '("\\.flow\\'" . flowbatch-mode))
(add-to-list 'eglot-server-programs '((flowbatch-mode :language-id "flow") . ("flowbatch" "lsp")))
(add-hook 'flowbatch-mode-hook #'eglot-ensure)

(provide 'flowbatch)
;;; flowbatch.el ends here
