//! GitHub Actions workflow commands, which become annotations on a pull request.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Sources, Span};

pub(super) fn render(
    sources: &Sources,
    diagnostics: &[Diagnostic],
    out: &mut dyn Write,
) -> io::Result<()> {
    for diagnostic in diagnostics {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "notice",
        };
        let mut properties = diagnostic
            .primary()
            .map(|span| place(sources, span))
            .unwrap_or_default();
        let _ = write!(properties, "title={}", property(diagnostic.code.name));
        let message = data(&message(sources, diagnostic));
        writeln!(out, "::{command} {properties}::{message}")?;
    }
    Ok(())
}

fn place(sources: &Sources, span: Span) -> String {
    let source = sources.file(span.file);
    let start = source.position_utf16(span.start);
    let end = source.position_utf16(span.end);
    let file = property(&source.name.replace('\\', "/"));
    let mut place = format!("file={file},line={},", start.line);
    // GitHub refuses columns on an annotation of several lines.
    if start.line == end.line {
        let _ = write!(place, "col={},", start.column);
    }
    let _ = write!(place, "endLine={},", end.line);
    if start.line == end.line {
        let _ = write!(place, "endColumn={},", end.column);
    }
    place
}

/// An annotation has one place, so the others are told in words.
fn message(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    let primary = diagnostic.primary();
    for label in &diagnostic.labels {
        if primary == Some(label.span) {
            if !label.message.is_empty() {
                let _ = write!(text, "\n{}", label.message);
            }
            continue;
        }
        let source = sources.file(label.span.file);
        let at = source.position_chars(label.span.start);
        let _ = write!(text, "\n{}:{}:{}", source.name, at.line, at.column);
        if !label.message.is_empty() {
            let _ = write!(text, ": {}", label.message);
        }
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(text, "\nhelp: {help}");
    }
    for fix in &diagnostic.fixes {
        let _ = write!(text, "\nfix: {}", fix.message);
    }
    text
}

/// What follows the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property, where `:` and `,` have a meaning as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::names::DUPLICATE_FLOW;
    use crate::report::{Format, testing};

    #[test]
    fn workflow_commands() {
        insta::assert_snapshot!(testing::rendered_sample(Format::Github));
    }

    #[test]
    fn nothing_breaks_out_of_a_command() {
        let mut sources = Sources::default();
        let file = sources.add("a".into(), "a,b:50%\n.flow".to_owned(), "one\ntwo\n");
        let found = Diagnostic::new(&DUPLICATE_FLOW, Span::new(file, 0, 6), "bad\r\n::error::x");
        assert_eq!(
            testing::rendered(Format::Github, &sources, &[found]),
            "::error file=a%2Cb%3A50%25%0A.flow,line=1,endLine=2,title=duplicate-flow::bad%0D%0A::error::x\n"
        );
    }
}
