//! Our values as those of the protocol.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gen_lsp_types as lsp;

use super::uri;
use super::world::{Client, Root, World};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ide::text::{Encoding, Point, Text};
use crate::source::{FileId, Span};

pub(super) fn point(position: lsp::Position) -> Point {
    Point {
        line: position.line,
        column: position.character,
    }
}

pub(super) fn position(point: Point) -> lsp::Position {
    lsp::Position::new(point.line, point.column)
}

/// A range of bytes of a text.
pub(super) fn range(text: &Text, encoding: Encoding, bytes: std::ops::Range<usize>) -> lsp::Range {
    let start = position(text.point(bytes.start, encoding));
    lsp::Range::new(start, position(text.point(bytes.end, encoding)))
}

/// Markdown, which every client of today shows.
pub(super) fn markdown(value: String) -> lsp::MarkupContent {
    lsp::MarkupContent::new(lsp::MarkupKind::Markdown, value)
}

/// How a file is called, its version if it is open, and its text.
type Shown = (lsp::Uri, Option<i32>, Rc<Text>);

/// Where the spans of one check are, for the client.
pub(super) struct Places<'w> {
    world: &'w World,
    root: &'w Root,
    known: RefCell<HashMap<FileId, Shown>>,
}

impl<'w> Places<'w> {
    pub(super) fn new(world: &'w World, root: &'w Root) -> Self {
        Self {
            world,
            root,
            known: RefCell::default(),
        }
    }

    fn client(&self) -> &'w Client {
        &self.world.client
    }

    /// How a file is called, its version if it is open, and its text.
    pub(super) fn file(&self, id: FileId) -> Shown {
        let mut known = self.known.borrow_mut();
        let entry = known.entry(id).or_insert_with(|| {
            let source = self.root.analysis.checked.sources.file(id);
            match self.world.document_of(self.root, id) {
                Some((uri, document)) => {
                    let version = Some(document.version);
                    (uri.into(), version, Rc::clone(&document.text))
                }
                None => {
                    let text = Text::of_file(source.text.clone());
                    (uri::of_path(&source.path).into(), None, Rc::new(text))
                }
            }
        });
        entry.clone()
    }

    pub(super) fn range(&self, span: Span) -> lsp::Range {
        let (_, _, text) = self.file(span.file);
        range(&text, self.client().encoding, span.range())
    }

    pub(super) fn location(&self, span: Span) -> lsp::Location {
        lsp::Location::new(self.file(span.file).0, self.range(span))
    }

    pub(super) fn diagnostic(&self, found: &Diagnostic) -> lsp::Diagnostic {
        let range = found.primary().map(|span| self.range(span));
        let here = found.labels.iter().find(|label| label.primary);
        let mut message = found.message.clone();
        if let Some(here) = here.filter(|here| !here.message.is_empty()) {
            message = format!("{message}: {}", here.message);
        }
        if let Some(help) = &found.help {
            message = format!("{message}\nhelp: {help}");
        }
        let labels = found.labels.iter().filter(|label| !label.primary);
        let related: Vec<_> = labels
            .filter(|_| self.client().related)
            .map(|label| {
                let location = self.location(label.span);
                lsp::DiagnosticRelatedInformation::new(location, label.message.clone())
            })
            .collect();
        lsp::Diagnostic {
            range: range.unwrap_or_default(),
            severity: Some(match found.severity {
                Severity::Error => lsp::DiagnosticSeverity::Error,
                Severity::Warning => lsp::DiagnosticSeverity::Warning,
                Severity::Advice => lsp::DiagnosticSeverity::Information,
            }),
            code: Some(lsp::Code::String(found.code.name.to_owned())),
            code_description: Some(lsp::CodeDescription::new(found.code.url().into())),
            source: Some("flowbatch".to_owned()),
            message: message.into(),
            tags: None,
            related_information: (!related.is_empty()).then_some(related),
            data: None,
        }
    }
}

/// The one edit that makes `new` of `old`: what is the same at both ends stays.
pub(super) fn difference(old: &str, new: &str) -> Option<(std::ops::Range<usize>, String)> {
    if old == new {
        return None;
    }
    let same = |one: &mut dyn Iterator<Item = char>, other: &mut dyn Iterator<Item = char>| {
        let same = one.zip(other).take_while(|(one, other)| one == other);
        same.map(|(c, _)| c.len_utf8()).sum::<usize>()
    };
    // Clients have no place within `\r\n`.
    let within_ending = |at: usize| old[..at].ends_with('\r') && old[at..].starts_with('\n');
    let mut start = same(&mut old.chars(), &mut new.chars());
    start -= usize::from(within_ending(start));
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let mut end = same(&mut old_rest.chars().rev(), &mut new_rest.chars().rev());
    end -= usize::from(within_ending(old.len() - end));
    let text = new_rest[..new_rest.len() - end].to_owned();
    Some((start..old.len() - end, text))
}

/// Edits of several files, each with its version if it is open, in the form that the client takes.
pub(super) fn workspace_edit(
    client: &Client,
    files: impl Iterator<Item = (String, Option<i32>, Vec<lsp::TextEdit>)>,
) -> lsp::WorkspaceEdit {
    if !client.versioned_edits {
        let changes = files.map(|(uri, _, edits)| (uri.into(), edits));
        return lsp::WorkspaceEdit {
            changes: Some(changes.collect()),
            ..Default::default()
        };
    }
    let changes = files.map(|(uri, version, edits)| {
        let identifier = lsp::TextDocumentIdentifier { uri: uri.into() };
        let edit = lsp::TextDocumentEdit {
            text_document: lsp::OptionalVersionedTextDocumentIdentifier {
                version,
                text_document_identifier: identifier,
            },
            edits: edits.into_iter().map(lsp::Edit::TextEdit).collect(),
        };
        lsp::DocumentChange::TextDocumentEdit(edit)
    });
    lsp::WorkspaceEdit {
        document_changes: Some(changes.collect()),
        ..Default::default()
    }
}
