//! Diagnostics for people and machines.

mod concise;
mod github;
mod human;
mod json;
mod sarif;

use std::io::{self, Write};

use crate::diagnostic::{Diagnostic, Severity};
pub(crate) use crate::printable::printable;
use crate::source::Sources;

/// The forms a report comes in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub enum Format {
    /// Snippets of the source, with labels, help and fixes
    #[default]
    Human,
    /// One line for each diagnostic: `file:line:col: error[code]: message`
    Concise,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, which GitHub shows beside the changed lines
    Github,
}

impl Format {
    /// Whether programs read it: it then belongs on standard output.
    #[must_use]
    pub fn is_for_machines(self) -> bool {
        !matches!(self, Self::Human)
    }
}

/// How text for people is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Whether to colour.
    pub color: bool,
    /// Whether lines are drawn with box characters rather than ASCII.
    pub unicode: bool,
    /// Where help texts wrap.
    pub width: usize,
}

impl Style {
    /// For a pipe or a file: ASCII, no colour, and a width that never varies.
    pub const PLAIN: Self = Self {
        color: false,
        unicode: false,
        width: 100,
    };
}

/// How many diagnostics there are of each severity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Pieces of advice.
    pub advice: usize,
}

impl Summary {
    /// Counts.
    #[must_use]
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        let mut summary = Self::default();
        for diagnostic in diagnostics {
            match diagnostic.severity {
                Severity::Error => summary.errors += 1,
                Severity::Warning => summary.warnings += 1,
                Severity::Advice => summary.advice += 1,
            }
        }
        summary
    }
}

/// Writes all diagnostics of a command, whose spans point into `sources`.
///
/// # Errors
/// When `out` cannot be written.
pub fn render(
    format: Format,
    sources: &Sources,
    diagnostics: &[Diagnostic],
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::render(sources, diagnostics, style, out),
        Format::Concise => concise::render(sources, diagnostics, out),
        Format::Json => json::render(sources, diagnostics, out),
        Format::Sarif => sarif::render(sources, diagnostics, out),
        Format::Github => github::render(sources, diagnostics, out),
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A report to render in every format.

    use super::*;
    use crate::codes::names::{DUPLICATE_DEFINITION_NAME, DUPLICATE_FLOW};
    use crate::source::{FileId, Span};

    /// The span of the `nth` occurrence of `needle`, from 0.
    pub(crate) fn find(sources: &Sources, file: FileId, needle: &str, nth: usize) -> Span {
        let text = &sources.file(file).text;
        let (at, _) = text.match_indices(needle).nth(nth).unwrap();
        Span::new(file, at, at + needle.len())
    }

    pub(crate) fn sample() -> (Sources, Vec<Diagnostic>) {
        let mut sources = Sources::default();
        let churn = sources.add(
            "flows/my churn.flow".into(),
            "flows/my churn.flow".to_owned(),
            "# 🎉 nightly\nflow Churn {\n  @batch(privileged=True, cpu=\"ä🎉\", gpu=x)\n  step start {\n\n\n\n\n    run \"true\"\n  }\n}\n",
        );
        let lib = sources.add(
            "flows/lib/platform.flow".into(),
            "flows/lib/platform.flow".to_owned(),
            "let queue = \"ml\"\nlet x = \"1\"\n",
        );
        let mut warning = Diagnostic::new(
            &DUPLICATE_DEFINITION_NAME,
            find(&sources, churn, "gpu=x", 0),
            "`gpu` is 100 % wrong, \"quoted\"\u{1b}[31m",
        )
        .label(find(&sources, lib, "\"1\"", 0), "a string here")
        .label(find(&sources, churn, "Churn", 0), "in this flow")
        .suggest("write `1`", find(&sources, lib, "\"1\"", 0), "1");
        warning.severity = Severity::Warning;
        let mut advice = Diagnostic::nowhere(&DUPLICATE_FLOW, "the clock is not read");
        advice.severity = Severity::Advice;
        let diagnostics = vec![
            Diagnostic::new(
                &DUPLICATE_FLOW,
                find(&sources, churn, "True", 0),
                "`True` is not a value",
            )
            .here("expected `true` or `false`")
            .help("booleans are written in lower case")
            .fix("write `true`", find(&sources, churn, "True", 0), "true"),
            warning,
            advice,
        ];
        (sources, diagnostics)
    }

    pub(crate) fn rendered(format: Format, sources: &Sources, found: &[Diagnostic]) -> String {
        let mut out = Vec::new();
        render(format, sources, found, Style::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    pub(crate) fn rendered_sample(format: Format) -> String {
        let (sources, diagnostics) = sample();
        rendered(format, &sources, &diagnostics)
    }
}
