//! Every code's examples: the failing one fires the code alone, the corrected one nothing.

use flowbatch::codes::{self, Example};
use flowbatch::diagnostic::Diagnostic;
use flowbatch::unique::{Named, duplicates};

use super::input::Input;

/// The codes that an example fires, and what is wrong with its arguments.
fn fired(example: &'static str) -> Vec<String> {
    let parts = Example::new(example).parts();
    let mut input = Input::default();
    for (name, content) in &parts {
        match *name {
            "environment" => {
                for line in content.lines().filter(|line| !line.trim().is_empty()) {
                    let (name, value) = line.split_once('=').expect("NAME=value");
                    input = input.variable(name, value);
                }
            }
            "arguments" => {
                let mut words = content.split_whitespace();
                while let Some(word) = words.next() {
                    let value = words.next().expect("a value");
                    input = match word {
                        "-p" => {
                            let (name, value) = value.split_once('=').expect("NAME=value");
                            input.param(name, value)
                        }
                        "--env" => input.env(value),
                        _ => panic!("no argument of an example: {word}"),
                    };
                }
            }
            #[cfg(feature = "aws")]
            "account.json" => input = input.account(content),
            _ => input = input.file(name, content.as_ref()),
        }
    }
    // All flows are one build; libraries are read by what imports them.
    let mut fired = Vec::new();
    let mut flows = Vec::new();
    for (index, (name, _)) in parts.iter().enumerate() {
        if !name.ends_with(".flow") {
            continue;
        }
        assert_eq!(input.fixes_left(name), 0, "{example}");
        let compiled = input.compiled(name);
        let checked = compiled.checked;
        if index > 0 && checked.flow.is_none() {
            continue;
        }
        let found = checked
            .diagnostics
            .iter()
            .map(|found| found.code.name.to_owned());
        fired.extend(found);
        fired.extend(checked.usage.iter().map(|error| format!("{error:?}")));
        let definitions = compiled.artifacts.map(|made| made.definition_names);
        if let Some(flow) = checked.flow {
            flows.push(Named {
                flow,
                span: checked.flow_span,
                definitions: definitions.unwrap_or_default(),
            });
        }
    }
    let found: Vec<Diagnostic> = duplicates(&flows);
    fired.extend(found.iter().map(|found| found.code.name.to_owned()));
    fired.dedup();
    fired
}

#[test]
fn the_failing_example_fires_and_the_corrected_one_does_not() {
    let mut wrong = Vec::new();
    for code in codes::all() {
        // What an account answers is read by what talks to one.
        if code.failing.contains("-- account.json --") && !cfg!(feature = "aws") {
            continue;
        }
        let failing = fired(code.failing);
        if failing != [code.name] {
            wrong.push(format!(
                "{}: the failing example fires {failing:?}",
                code.name
            ));
        }
        let corrected = fired(code.corrected);
        if !corrected.is_empty() {
            wrong.push(format!(
                "{}: the corrected example fires {corrected:?}",
                code.name
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} examples\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
