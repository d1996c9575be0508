//! The report as one JSON document, for editors and scripts.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::Summary;
use crate::diagnostic::{Diagnostic, Edit, Fix, Label};
use crate::source::{Sources, Span};

pub(super) fn render(
    sources: &Sources,
    diagnostics: &[Diagnostic],
    out: &mut dyn Write,
) -> io::Result<()> {
    let summary = Summary::of(diagnostics);
    let document = json!({
        "diagnostics": diagnostics.iter().map(|found| diagnostic(sources, found)).collect::<Vec<_>>(),
        "summary": {
            "errors": summary.errors,
            "warnings": summary.warnings,
            "advice": summary.advice,
        },
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn diagnostic(sources: &Sources, diagnostic: &Diagnostic) -> Value {
    let labels = diagnostic.labels.iter().map(|found| label(sources, found));
    let fixes = diagnostic.fixes.iter().map(|found| fix(sources, found));
    json!({
        "code": diagnostic.code.name,
        "severity": diagnostic.severity.as_str(),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "url": diagnostic.code.url(),
        "labels": labels.collect::<Vec<_>>(),
        "fixes": fixes.collect::<Vec<_>>(),
    })
}

fn label(sources: &Sources, label: &Label) -> Value {
    let mut value = place(sources, label.span);
    value["message"] = json!(label.message);
    value["primary"] = json!(label.primary);
    value
}

fn fix(sources: &Sources, fix: &Fix) -> Value {
    let edits = fix.edits.iter().map(|found| edit(sources, found));
    json!({ "message": fix.message, "edits": edits.collect::<Vec<_>>() })
}

fn edit(sources: &Sources, edit: &Edit) -> Value {
    let mut value = place(sources, edit.span);
    value["newText"] = json!(edit.text);
    value
}

/// Lines and columns from 1, columns in UTF-16 units, as editors count.
fn place(sources: &Sources, span: Span) -> Value {
    let source = sources.file(span.file);
    let start = source.position_utf16(span.start);
    let end = source.position_utf16(span.end);
    json!({
        "file": source.name,
        "line": start.line,
        "column": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

#[cfg(test)]
mod tests {
    use crate::report::{Format, testing};
    use crate::source::Sources;

    #[test]
    fn the_documented_shape() {
        insta::assert_snapshot!(testing::rendered_sample(Format::Json));
    }

    #[test]
    fn nothing_found_is_still_a_document() {
        let text = testing::rendered(Format::Json, &Sources::default(), &[]);
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            document,
            serde_json::json!({
                "diagnostics": [],
                "summary": { "errors": 0, "warnings": 0, "advice": 0 }
            })
        );
    }
}
