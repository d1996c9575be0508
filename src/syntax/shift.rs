//! Trees that were built of an earlier version of a text, moved to where it stands now.

use super::ast::{
    Annotation, Arg, Foreach, ForeachSource, Key, Name, Next, Piece, Run, RunValue, Step, Str,
    StrContent, Value, ValueKind,
};
use crate::source::{FileId, Span};

/// Where a tree goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    pub(super) file: FileId,
    /// By how many bytes, backwards if negative.
    pub(super) by: i64,
}

impl Shift {
    fn span(self, span: &mut Span) {
        let moved = |at: u32| u32::try_from(i64::from(at) + self.by).unwrap_or(u32::MAX);
        *span = Span {
            file: self.file,
            start: moved(span.start),
            end: moved(span.end),
        };
    }

    fn name(self, Name { span }: &mut Name) {
        self.span(span);
    }

    /// All of a step but its documentation, which is a range of the file's comments.
    pub(super) fn step(self, step: &mut Step) {
        self.span(&mut step.span);
        self.span(&mut step.keyword);
        self.name(&mut step.name);
        for annotation in &mut step.annotations {
            self.annotation(annotation);
        }
        if let Some(Run { span, value }) = &mut step.run {
            self.span(span);
            match value {
                RunValue::Shell(script) => self.str(script),
                RunValue::Exec(words, span) => {
                    self.values(words);
                    self.span(span);
                }
                RunValue::Error => {}
            }
        }
        if let Some(next) = &mut step.next {
            self.next(next);
        }
    }

    fn next(self, next: &mut Next) {
        self.span(&mut next.span);
        for target in &mut next.targets {
            self.name(target);
        }
        let Some(foreach) = &mut next.foreach else {
            return;
        };
        let Foreach {
            span,
            variable,
            source,
        } = &mut **foreach;
        self.span(span);
        if let Some(variable) = variable {
            self.name(variable);
        }
        match source {
            Some(ForeachSource::Range { lo, hi, span }) => {
                self.value(lo);
                self.value(hi);
                self.span(span);
            }
            Some(ForeachSource::Value(value)) => self.value(value),
            None => {}
        }
    }

    pub(super) fn annotation(self, annotation: &mut Annotation) {
        self.span(&mut annotation.span);
        self.name(&mut annotation.name);
        for Arg { span, key, value } in &mut annotation.args {
            self.span(span);
            if let Some(key) = key {
                self.name(key);
            }
            if let Some(value) = value {
                self.value(value);
            }
        }
    }

    fn values(self, values: &mut [Value]) {
        for value in values {
            self.value(value);
        }
    }

    fn value(self, value: &mut Value) {
        self.span(&mut value.span);
        match &mut value.kind {
            ValueKind::Str(text) => self.str(text),
            ValueKind::List(values) => self.values(values),
            ValueKind::Map(entries) => {
                for entry in entries {
                    match &mut entry.key {
                        Key::Name(name) => self.name(name),
                        Key::Str(text) => self.str(text),
                    }
                    self.value(&mut entry.value);
                }
            }
            ValueKind::Int(_)
            | ValueKind::Decimal(_)
            | ValueKind::Size(_)
            | ValueKind::Bool(_)
            | ValueKind::Name
            | ValueKind::Error => {}
        }
    }

    fn str(self, text: &mut Str) {
        self.span(&mut text.span);
        match &mut text.content {
            StrContent::Verbatim(span) => self.span(span),
            StrContent::Pieces(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Name(name) => self.name(name),
                        Piece::Text(_) => {}
                    }
                }
            }
            StrContent::Decoded(_) | StrContent::Error => {}
        }
    }
}
