//! The one value that every mistake becomes, whoever shows it.

use std::collections::HashSet;
use std::fmt;

use crate::codes::Code;
use crate::printable::printable;
use crate::source::{FileId, Sources, Span};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Advice,
    /// Accepted, but probably not what was meant.
    Warning,
    /// Refused; no artifact is written.
    Error,
}

impl Severity {
    /// `error`, `warning` or `advice`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place that a diagnostic talks about.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there; may be empty.
    pub message: String,
    /// Whether the mistake is here, rather than something that explains it.
    pub primary: bool,
}

/// Replaces the text of a span.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Edit {
    /// What to replace; empty to insert.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// A change that would remove the mistake.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Fix {
    /// What it does, as an instruction: ``write `true` ``.
    pub message: String,
    /// Edits that do not overlap, all to be made together.
    pub edits: Vec<Edit>,
    /// Whether `--fix` may apply it unasked: it is the only way to read what was meant.
    pub certain: bool,
}

/// One mistake, with everything needed to show it and to mend it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[must_use = "a diagnostic that is not pushed to a sink is lost"]
pub struct Diagnostic {
    /// Which kind of mistake; the code's page explains it at length.
    pub code: &'static Code,
    /// Usually the code's own.
    pub severity: Severity,
    /// What is wrong here: lower case, no full stop.
    pub message: String,
    /// Every place involved, the primary one first.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// Changes that would mend it.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A diagnostic whose primary label, without words, is `span`.
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            labels: vec![Label {
                span,
                message: String::new(),
                primary: true,
            }],
            help: None,
            fixes: Vec::new(),
        }
    }

    /// A diagnostic that no place in a file can be given for, such as one about the command line.
    pub fn nowhere(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    /// Puts words to the primary label.
    pub fn here(mut self, message: impl Into<String>) -> Self {
        if let Some(label) = self.labels.iter_mut().find(|label| label.primary) {
            label.message = message.into();
        }
        self
    }

    /// Adds another place involved.
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            message: message.into(),
            primary: false,
        });
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a fix that `--fix` applies: replace `span` by `text`.
    pub fn fix(self, message: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.fix_edits(
            message,
            true,
            vec![Edit {
                span,
                text: text.into(),
            }],
        )
    }

    /// Adds a fix to be offered, not applied unasked.
    pub fn suggest(self, message: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.fix_edits(
            message,
            false,
            vec![Edit {
                span,
                text: text.into(),
            }],
        )
    }

    /// Adds a fix of several edits.
    pub fn fix_edits(
        mut self,
        message: impl Into<String>,
        certain: bool,
        edits: Vec<Edit>,
    ) -> Self {
        self.fixes.push(Fix {
            message: message.into(),
            edits,
            certain,
        });
        self
    }

    /// The diagnostic as text, for a build script or a log: `{}` is one line, as of
    /// `--format concise`, and `{:#}` adds what to do. `sources` is what the diagnostic's
    /// spans point into.
    ///
    /// ```
    /// use flowbatch::{Settings, check, source::Memory};
    ///
    /// let text = "@batch(memory=\"16G\") flow Churn { step start { run \"true\" } }";
    /// let files = Memory::default().with("churn.flow", text);
    /// let checked = check(&files, "churn.flow".as_ref(), &Settings::default())?;
    /// let found = &checked.diagnostics[0];
    /// assert_eq!(
    ///     found.display(&checked.sources).to_string(),
    ///     "churn.flow:1:15: error[option-type]: \
    ///      `memory` takes MiB as an integer, or a size such as `8GiB`, not a string",
    /// );
    /// let long = format!("{:#}", found.display(&checked.sources));
    /// assert!(long.contains("\n  help: sizes are written without quotes"));
    /// assert!(long.ends_with("\n   try: write `16GiB`"));
    /// # Ok::<(), flowbatch::ReadError>(())
    /// ```
    #[must_use]
    pub fn display<'a>(&'a self, sources: &'a Sources) -> Displayed<'a> {
        Displayed {
            diagnostic: self,
            sources,
        }
    }

    /// What diagnostics are sorted by.
    #[must_use]
    pub fn place(&self) -> Option<(FileId, u32, u32)> {
        self.primary().map(|span| (span.file, span.start, span.end))
    }

    /// Where the mistake is, if that is a place in a file.
    #[must_use]
    pub fn primary(&self) -> Option<Span> {
        self.labels
            .iter()
            .find(|label| label.primary)
            .map(|label| label.span)
    }
}

/// What [`Diagnostic::display`] returns.
#[derive(Clone, Copy, Debug)]
pub struct Displayed<'a> {
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
}

impl fmt::Display for Displayed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.diagnostic;
        if let Some(span) = found.primary() {
            let source = self.sources.file(span.file);
            let at = source.position_chars(span.start);
            let name = printable(&source.name).replace('\n', " ");
            write!(f, "{name}:{}:{}: ", at.line, at.column)?;
        }
        let line = |text: &str| printable(text).replace('\n', " ");
        let (severity, code) = (found.severity.as_str(), found.code.name);
        write!(f, "{severity}[{code}]: {}", line(&found.message))?;
        if f.alternate() {
            if let Some(help) = &found.help {
                write!(f, "\n  help: {}", line(help))?;
            }
            for fix in &found.fixes {
                write!(f, "\n   try: {}", line(&fix.message))?;
            }
        }
        Ok(())
    }
}

/// Collects diagnostics; the same one twice is kept once.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    seen: HashSet<(&'static str, Option<Span>, String)>,
}

impl Diagnostics {
    /// Adds a diagnostic unless the same code was already reported there in the same words.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let key = (
            diagnostic.code.name,
            diagnostic.primary(),
            diagnostic.message.clone(),
        );
        if self.seen.insert(key) {
            self.list.push(diagnostic);
        }
    }

    /// Takes over all of `other`.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in other {
            self.push(diagnostic);
        }
    }

    /// Whether any of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// What has been collected so far.
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.list
    }

    /// The diagnostics by file and place; those of one place in the order they were found.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut list = self.list;
        list.sort_by_key(Diagnostic::place);
        list
    }
}
