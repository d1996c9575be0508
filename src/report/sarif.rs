//! SARIF 2.1.0, which code scanning services read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Edit, Fix, Label, Severity};
use crate::source::{FileId, Sources, Span};

pub(super) fn render(
    sources: &Sources,
    diagnostics: &[Diagnostic],
    out: &mut dyn Write,
) -> io::Result<()> {
    // Only the rules that fired, in the order in which they did.
    let mut rules: Vec<&Code> = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results = Vec::with_capacity(diagnostics.len());
    for diagnostic in diagnostics {
        let index = *index.entry(diagnostic.code.name).or_insert_with(|| {
            rules.push(diagnostic.code);
            rules.len() - 1
        });
        results.push(result(sources, diagnostic, index));
    }
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "flowbatch",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.into_iter().map(rule).collect::<Vec<_>>(),
            } },
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.name,
        "shortDescription": { "text": code.summary },
        "fullDescription": { "text": code.summary },
        "help": { "text": code.explanation.trim() },
        "helpUri": code.url(),
        "defaultConfiguration": { "level": level(code.severity) },
        "properties": { "tags": [code.group] },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

fn result(sources: &Sources, diagnostic: &Diagnostic, rule: usize) -> Value {
    let mut text = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        let _ = write!(text, "\nhelp: {help}");
    }
    let mut result = json!({
        "ruleId": diagnostic.code.name,
        "ruleIndex": rule,
        "level": level(diagnostic.severity),
        "message": { "text": text },
    });
    // A result has one location here; every other label is related to it.
    let primary = diagnostic.labels.iter().position(|label| label.primary);
    if let Some(label) = primary.and_then(|at| diagnostic.labels.get(at)) {
        result["locations"] = json!([location(sources, label)]);
    }
    let related: Vec<Value> = (0..)
        .zip(&diagnostic.labels)
        .filter(|(at, _)| Some(*at) != primary)
        .map(|(_, label)| location(sources, label))
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    if !diagnostic.fixes.is_empty() {
        let fixes = diagnostic.fixes.iter().map(|found| fix(sources, found));
        result["fixes"] = fixes.collect();
    }
    result
}

fn location(sources: &Sources, label: &Label) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": artifact(sources, label.span.file),
            "region": Value::Object(region(sources, label.span)),
        },
    });
    if !label.message.is_empty() {
        location["message"] = json!({ "text": label.message });
    }
    location
}

fn fix(sources: &Sources, fix: &Fix) -> Value {
    let mut files: BTreeMap<FileId, Vec<Value>> = BTreeMap::new();
    for edit in &fix.edits {
        files
            .entry(edit.span.file)
            .or_default()
            .push(replacement(sources, edit));
    }
    let changes = files.into_iter().map(|(file, replacements)| {
        json!({ "artifactLocation": artifact(sources, file), "replacements": replacements })
    });
    json!({
        "description": { "text": fix.message },
        "artifactChanges": changes.collect::<Vec<_>>(),
    })
}

fn replacement(sources: &Sources, edit: &Edit) -> Value {
    let mut region = region(sources, edit.span);
    // The bytes as well, so that no tool has to count UTF-16 units to apply it.
    region.insert("byteOffset".to_owned(), json!(edit.span.start));
    let length = edit.span.end.saturating_sub(edit.span.start);
    region.insert("byteLength".to_owned(), json!(length));
    let mut replacement = json!({ "deletedRegion": region });
    if !edit.text.is_empty() {
        replacement["insertedContent"] = json!({ "text": edit.text });
    }
    replacement
}

fn region(sources: &Sources, span: Span) -> Map<String, Value> {
    let source = sources.file(span.file);
    let start = source.position_utf16(span.start);
    let end = source.position_utf16(span.end);
    let mut region = Map::new();
    region.insert("startLine".to_owned(), json!(start.line));
    region.insert("startColumn".to_owned(), json!(start.column));
    region.insert("endLine".to_owned(), json!(end.line));
    region.insert("endColumn".to_owned(), json!(end.column));
    region
}

fn artifact(sources: &Sources, file: FileId) -> Value {
    json!({ "uri": uri(&sources.file(file).name) })
}

/// A path as a URI reference: relative stays relative, everything that is not
/// plainly part of a path is percent-encoded.
fn uri(path: &str) -> String {
    let path = if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.to_owned()
    };
    let path = path.strip_prefix("./").unwrap_or(&path);
    let mut uri = String::with_capacity(path.len());
    if path.starts_with('/') {
        uri.push_str("file://");
    } else if path.get(1..3) == Some(":/") {
        uri.push_str("file:///");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;
    use crate::report::{Format, testing};

    #[test]
    fn the_whole_document() {
        let text =
            testing::rendered_sample(Format::Sarif).replace(env!("CARGO_PKG_VERSION"), "VERSION");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("./a/b.flow"), "a/b.flow");
        assert_eq!(uri("../a b/ä%.flow"), "../a%20b/%C3%A4%25.flow");
        assert_eq!(uri("a:b?#.flow"), "a%3Ab%3F%23.flow");
        assert_eq!(uri("/srv/x.flow"), "file:///srv/x.flow");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
    }
}
