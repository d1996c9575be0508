//! `flowbatch rule`: what the codes mean.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::console::Console;
use super::explain::Form;
use super::{Exit, Failure};
use crate::catalogue::{self, Rule};
use crate::codes::{self, Code};
use crate::suggest;

/// Explains a diagnostic, or lists all of them
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The code, as in `error[unknown-step]`
    #[arg(value_name = "CODE")]
    code: Option<String>,

    /// How it is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Form,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    let text = match (&args.code, args.format) {
        (None, Form::Human) => list(codes::all()),
        (None, Form::Json) => {
            let rules: Vec<Value> = codes::all().map(document).collect();
            format!("{:#}\n", json!({ "rules": rules }))
        }
        (Some(name), Form::Human) => page(find(name)?),
        (Some(name), Form::Json) => format!("{:#}\n", document(find(name)?)),
    };
    console.out.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

fn find(name: &str) -> Result<&'static Code, Failure> {
    codes::find(name).ok_or_else(|| {
        let hint = suggest::closest(name, codes::all().map(|code| code.name)).map_or_else(
            || "`flowbatch rule` lists them".to_owned(),
            |meant| format!("did you mean `{meant}`?"),
        );
        Failure::new(format!("there is no code `{name}`; {hint}"))
    })
}

/// A group a paragraph, a code a line.
fn list<'a>(all: impl Iterator<Item = &'a Code>) -> String {
    let all: Vec<&Code> = all.collect();
    let width = all.iter().map(|code| code.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut group = "";
    for code in all {
        if code.group != group {
            let gap = if group.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{}", code.group);
            group = code.group;
        }
        let severity = code.severity.as_str();
        let _ = writeln!(
            text,
            "  {:width$}  {severity:7}  {}",
            code.name, code.summary
        );
    }
    text
}

fn page(code: &Code) -> String {
    let mut text = format!(
        "{}[{}]: {}\n\n{}\n",
        code.severity.as_str(),
        code.name,
        code.summary,
        code.explanation.trim()
    );
    for (title, example) in [("Fires on", code.failing), ("Corrected", code.corrected)] {
        let _ = writeln!(text, "\n{title}:\n");
        for line in example.trim_matches('\n').lines() {
            let _ = writeln!(text, "{}", format!("    {line}").trim_end());
        }
    }
    let rules: Vec<&Rule> = catalogue::of(code).collect();
    if !rules.is_empty() {
        let _ = writeln!(text, "\nRules of AWS Batch:");
    }
    for rule in rules {
        let Rule {
            id,
            text: says,
            effect,
            evidence,
            source,
            ..
        } = rule;
        let _ = writeln!(
            text,
            "\n  {id}: {effect}, {evidence}\n    {says}\n    {source}"
        );
    }
    let _ = writeln!(text, "\n{}", code.url());
    text
}

fn document(code: &Code) -> Value {
    json!({
        "code": code.name,
        "group": code.group,
        "severity": code.severity.as_str(),
        "summary": code.summary,
        "explanation": code.explanation.trim(),
        "failing": code.failing,
        "corrected": code.corrected,
        "batchRules": catalogue::of(code).map(rule).collect::<Vec<_>>(),
        "url": code.url(),
    })
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "text": rule.text,
        "effect": rule.effect.to_string(),
        "evidence": rule.evidence.to_string(),
        "source": rule.source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::names;

    #[test]
    fn pages_and_lists() {
        insta::assert_snapshot!(format!(
            "{}\n=====\n{}",
            list(
                names::ALL
                    .iter()
                    .copied()
                    .filter(|code| code.name.starts_with("duplicate-flow"))
            ),
            page(&names::DUPLICATE_FLOW)
        ));
    }

    #[test]
    fn unknown_codes_are_corrected() {
        assert_eq!(
            find("duplicate-flwo").unwrap_err().to_string(),
            "there is no code `duplicate-flwo`; did you mean `duplicate-flow`?"
        );
        assert_eq!(
            find("zzz").unwrap_err().to_string(),
            "there is no code `zzz`; `flowbatch rule` lists them"
        );
    }
}
