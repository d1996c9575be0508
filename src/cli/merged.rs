//! What was found in several flows, as one report.
//!
//! Every compilation reads its own files. Here the same file of two of them
//! becomes one again, so that a mistake in a shared library is shown, counted
//! and mended once, and one diagnostic can point into two flows.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::Checked;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Loader, Sources, Span};

/// Files and diagnostics of several compilations.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) sources: Sources,
    pub(super) diagnostics: Vec<Diagnostic>,
    files: HashMap<(PathBuf, Arc<str>), FileId>,
    seen: HashSet<Diagnostic>,
}

impl Merged {
    /// Adds what was found by one compilation; returns where its spans are now.
    pub(super) fn add(&mut self, loader: &dyn Loader, checked: Checked) -> Moved {
        let files = checked
            .sources
            .iter()
            .map(|(_, source)| {
                // With the text: a file that was changed in between is two.
                let key = (loader.identity(&source.path), Arc::clone(&source.text));
                *self.files.entry(key).or_insert_with(|| {
                    self.sources.add(
                        source.path.clone(),
                        source.name.clone(),
                        Arc::clone(&source.text),
                    )
                })
            })
            .collect();
        let moved = Moved(files);
        for mut diagnostic in checked.diagnostics {
            for label in &mut diagnostic.labels {
                label.span = moved.span(label.span);
            }
            for edit in diagnostic.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
                edit.span = moved.span(edit.span);
            }
            self.push(diagnostic);
        }
        moved
    }

    /// Adds a diagnostic whose spans point into the merged sources.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.seen.insert(diagnostic.clone()) {
            self.diagnostics.push(diagnostic);
        }
    }
}

/// Where the files of one compilation are in a [`Merged`].
#[derive(Debug)]
pub(super) struct Moved(Vec<FileId>);

impl Moved {
    pub(super) fn span(&self, span: Span) -> Span {
        let file = self.0.get(span.file.0 as usize).copied();
        Span {
            file: file.unwrap_or(span.file),
            ..span
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::names::DUPLICATE_FLOW;
    use crate::source::Memory;

    fn checked(files: &[(&str, &str)], at: (usize, usize)) -> Checked {
        let mut sources = Sources::default();
        let ids: Vec<FileId> = files
            .iter()
            .map(|(path, text)| sources.add(path.into(), (*path).to_owned(), *text))
            .collect();
        let span = Span::new(ids[at.0], at.1, at.1 + 1);
        Checked {
            sources,
            diagnostics: vec![Diagnostic::new(&DUPLICATE_FLOW, span, "x").fix("y", span, "z")],
            usage: Vec::new(),
            flow: None,
            flow_span: None,
        }
    }

    #[test]
    fn a_shared_library_is_one_file() {
        let mut merged = Merged::default();
        let loader = Memory::default();
        merged.add(
            &loader,
            checked(&[("a.flow", "a"), ("lib.flow", "let")], (1, 2)),
        );
        let moved = merged.add(
            &loader,
            checked(&[("b.flow", "b"), ("x/../lib.flow", "let")], (1, 2)),
        );
        assert_eq!(merged.diagnostics.len(), 1);
        assert_eq!(merged.sources.iter().count(), 3);
        assert_eq!(moved.span(Span::new(FileId(1), 0, 1)).file, FileId(1));
        assert_eq!(moved.span(Span::new(FileId(0), 0, 1)).file, FileId(2));
    }

    #[test]
    fn different_places_stay_different() {
        let mut merged = Merged::default();
        let loader = Memory::default();
        merged.add(&loader, checked(&[("a.flow", "same")], (0, 1)));
        merged.add(&loader, checked(&[("b.flow", "same")], (0, 1)));
        assert_eq!(merged.diagnostics.len(), 2);
        let fix = &merged.diagnostics[1].fixes[0].edits[0];
        assert_eq!(fix.span.file, FileId(1));
    }
}
