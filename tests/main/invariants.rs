//! What holds for every input, whatever it is: tests hold it of fixtures and of mutated flows, and
//! the fuzzer, which has this file too, of anything.

use std::collections::BTreeSet;
use std::path::Path;

use flowbatch::batch::shapes;
use flowbatch::diagnostic::{Diagnostic, Diagnostics, Severity};
use flowbatch::source::{Loader, Memory, Sources};
use flowbatch::syntax::{self, TokenKind};
use flowbatch::{Checked, Compiled, ReadError, Settings, fix};
use serde_json::{Value, json};

/// Any text has a tree; its tokens are every byte of it once, in order.
#[track_caller]
pub(crate) fn syntax(text: &str) {
    let mut sources = Sources::default();
    let file = sources.add("main.flow".into(), "main.flow".to_owned(), text);
    let mut sink = Diagnostics::default();
    let _ = syntax::parse(&sources, file, &mut sink);
    for diagnostic in sink.as_slice() {
        places(&sources, diagnostic);
    }
    let mut at = 0;
    for (kind, span) in syntax::tokens(&sources, file) {
        assert_eq!((span.file, span.start), (file, at));
        assert!(span.end > at, "an empty token at {at}");
        let token = text.get(span.range()).expect("whole characters");
        if kind == TokenKind::Whitespace {
            assert!(!token.contains(|c: char| c.is_ascii_graphic()), "{token:?}");
        }
        at = span.end;
    }
    assert_eq!(at as usize, text.len());
}

/// Every place of a diagnostic is one of its file, and every fix can be made.
#[track_caller]
fn places(sources: &Sources, diagnostic: &Diagnostic) {
    assert!(!diagnostic.message.is_empty());
    let labels = diagnostic.labels.iter().map(|label| label.span);
    let edits = diagnostic.fixes.iter().flat_map(|fix| &fix.edits);
    for span in labels.chain(edits.map(|edit| edit.span)) {
        let source = sources.file(span.file);
        assert!(source.text.get(span.range()).is_some(), "{diagnostic:?}");
        assert!(span.start <= span.end, "{diagnostic:?}");
    }
    for fix in &diagnostic.fixes {
        assert!(!fix.edits.is_empty(), "{diagnostic:?}");
        let mut spans: Vec<_> = fix.edits.iter().map(|edit| edit.span).collect();
        spans.sort_unstable();
        for pair in spans.windows(2) {
            let apart = pair[0].file != pair[1].file || pair[0].end <= pair[1].start;
            assert!(apart, "edits of one fix overlap: {diagnostic:?}");
        }
    }
}

/// Diagnostics have places, and are in their order.
#[track_caller]
pub(crate) fn diagnostics(checked: &Checked) {
    let mut last = None;
    for diagnostic in &checked.diagnostics {
        places(&checked.sources, diagnostic);
        let place = diagnostic.primary().map(|span| (span.file, span.start));
        let ordered = last <= place || place.is_none();
        assert!(ordered, "{:?}", checked.diagnostics);
        last = place.or(last);
    }
}

/// What has errors is not built, all else is, except a library; and what is built is what AWS Batch
/// takes. Whether it was built.
#[track_caller]
pub(crate) fn artifacts(compiled: &Compiled) -> bool {
    let checked = &compiled.checked;
    assert_eq!(
        compiled.artifacts.is_some(),
        !checked.has_errors() && checked.flow.is_some(),
        "{:?}",
        checked.diagnostics
    );
    let Some(artifacts) = &compiled.artifacts else {
        return false;
    };
    let document = artifacts.document();
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let (plan, definitions) = artifacts.files.split_last().expect("a plan");
    let mut whole: Value = serde_json::from_str(&plan.text).expect("JSON");
    assert_eq!(plan.path, "jobs.json");
    whole["jobDefinitions"] = json!({});
    for (file, (name, _)) in definitions.iter().zip(&artifacts.definition_names) {
        let step = file
            .path
            .strip_prefix("job-definitions/")
            .expect("its folder");
        let step = step.strip_suffix(".json").expect("its extension");
        let definition: Value = serde_json::from_str(&file.text).expect("JSON");
        assert_eq!(definition["jobDefinitionName"], *name);
        let violations = shapes::register_job_definition().check(&definition);
        assert!(violations.is_empty(), "{violations:?}\n{definition}");
        no_empty(&definition);
        whole["jobDefinitions"][step] = definition;
    }
    assert_eq!(document, whole);
    let mut before = BTreeSet::new();
    for job in document["jobs"].as_array().expect("jobs") {
        let mut request = job["request"].clone();
        no_empty(&request);
        request["jobDefinition"] = job["jobDefinition"].clone();
        for on in job["dependsOn"].as_array().into_iter().flatten() {
            let on = on["step"].as_str().expect("a name");
            assert!(before.contains(on), "{job}");
        }
        let violations = shapes::submit_job().check(&request);
        assert!(violations.is_empty(), "{violations:?}\n{request}");
        before.insert(job["step"].as_str().expect("a name").to_owned());
    }
    assert_eq!(before.len(), definitions.len());
    true
}

/// Only what was decided is written.
#[track_caller]
fn no_empty(value: &Value) {
    match value {
        Value::Object(map) => {
            assert!(!map.is_empty());
            map.values().for_each(no_empty);
        }
        Value::Array(list) => {
            assert!(!list.is_empty());
            list.iter().for_each(no_empty);
        }
        Value::Null => panic!("a null"),
        _ => {}
    }
}

/// `check --fix`: it ends, makes nothing worse, and what it says is left is what is wrong then. How
/// many problems are left whose certain fix was not kept.
#[track_caller]
pub(crate) fn fixes(files: &Memory, path: &Path, settings: &Settings) -> usize {
    let check = |files: &dyn Loader| {
        let checked = flowbatch::check(files, path, settings)?;
        diagnostics(&checked);
        Ok::<Checked, ReadError>(checked)
    };
    let mut checks = 0;
    let outcome = fix::apply_certain(files, |files| {
        checks += 1;
        check(files).map(fix::Found::from)
    });
    let outcome = outcome.expect("it is readable");
    assert!(checks <= 1 + fix::CHECKS);
    let mut fixed = files.clone();
    for file in &outcome.files {
        assert_eq!(
            files.read(&file.path).ok(),
            Some(file.old.as_bytes().into())
        );
        assert_ne!(file.old, file.new);
        fixed = fixed.with(&file.path, file.new.as_bytes());
    }
    let first = check(files).expect("it is readable");
    let last = check(&fixed).expect("it is readable");
    assert_eq!(last.diagnostics, outcome.found.diagnostics);
    let (before, after) = (errors(&first), errors(&last));
    assert!(
        after.len() <= before.len(),
        "--fix made it worse: {before:#?}\nbecame {after:#?} in\n{}",
        last.sources
            .iter()
            .map(|(_, source)| &*source.text)
            .collect::<Vec<_>>()
            .join("\n===\n")
    );
    let left = last.diagnostics.iter();
    left.filter(|found| found.fixes.iter().any(|fix| fix.certain))
        .count()
}

fn errors(checked: &Checked) -> Vec<String> {
    let errors = checked.diagnostics.iter();
    let errors = errors.filter(|found| found.severity == Severity::Error);
    let shown = errors.map(|found| {
        let place = found.primary().map(|span| {
            let source = checked.sources.file(span.file);
            (&source.name, source.position_utf16(span.start))
        });
        format!("{place:?} {} {}", found.code.name, found.message)
    });
    shown.collect()
}
