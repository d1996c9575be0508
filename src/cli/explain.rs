//! `flowbatch explain`: the resolved options and where each came from.
//!
//! The JSON form is stable:
//!
//! ```text
//! { "flow", "steps": [ { "name", "kind", "file", "line", "column",
//!     "jobDefinition": "…" | null,            null for a control point
//!     "array": { "size": 16 | null } | null,  null outside every foreach, the size null if unknown
//!     "dependsOn": [ { "step", "type"? } ],
//!     "options": [ { "annotation", "name", "known", "value", "origins": [
//!         { "kind": "default" } | { "kind": "variable", "name" }
//!       | { "kind": "place", "file", "line", "column" } | { "kind": "derived", "from" } ] } ] } ] }
//! ```
//!
//! Lines and columns as in the JSON report: from 1, columns in UTF-16 units.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::console::Console;
use super::flows;
use super::inputs;
use super::merged::{Merged, Moved};
use super::options::SettingsArgs;
use super::{Exit, Failure};
use crate::report::{Format, Summary, printable};
use crate::source::{Sources, Span};
use crate::suggest;
use crate::{ExplainedOption, ExplainedStep, Explanation, Origin};

/// Shows the resolved options of each step and what decided them
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The flow, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Only this step
    #[arg(value_name = "STEP")]
    step: Option<String>,

    #[command(flatten)]
    settings: SettingsArgs,

    /// How the explanation is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Form,
}

/// The forms of what is not a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(super) enum Form {
    /// Tables
    #[default]
    Human,
    /// One JSON document
    Json,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    let settings = args.settings.settings()?;
    if args.file.is_dir() {
        let folder = args.file.display();
        return Err(Failure::new(format!("{folder} is a folder; name one flow")));
    }
    let (files, inputs) = inputs::find(std::slice::from_ref(&args.file))?;
    let mut merged = Merged::default();
    let mut explanation = None;
    for explained in flows::run(&files, &inputs, &settings, crate::explain)? {
        let is_library = explained.checked.flow.is_none() && !explained.checked.has_errors();
        let moved = merged.add(&files, explained.checked);
        if is_library {
            let file = args.file.display();
            return Err(Failure::new(format!(
                "{file} is a library: it has no step to explain"
            )));
        }
        explanation = explained
            .explanation
            .map(|explanation| (explanation, moved));
    }
    // Standard output carries the explanation.
    console.report(Format::Human, true, &merged.sources, &merged.diagnostics)?;
    if let Some((explanation, moved)) = explanation {
        let steps = select(&explanation, args.step.as_deref())?;
        let view = View {
            sources: &merged.sources,
            moved: &moved,
        };
        let text = match args.format {
            Form::Human => view.table(&steps),
            Form::Json => format!("{:#}\n", view.json(&explanation.flow, &steps)),
        };
        console.out.write_all(text.as_bytes())?;
    }
    Ok(if Summary::of(&merged.diagnostics).errors > 0 {
        Exit::Found
    } else {
        Exit::Fine
    })
}

fn select<'a>(
    explanation: &'a Explanation,
    name: Option<&str>,
) -> Result<Vec<&'a ExplainedStep>, Failure> {
    let Some(name) = name else {
        return Ok(explanation.steps.iter().collect());
    };
    if let Some(step) = explanation.steps.iter().find(|step| step.name == name) {
        return Ok(vec![step]);
    }
    let names = explanation.steps.iter().map(|step| step.name.as_str());
    let hint = suggest::closest(name, names)
        .map_or_else(String::new, |meant| format!(", did you mean `{meant}`?"));
    let flow = &explanation.flow;
    Err(Failure::new(format!(
        "the flow `{flow}` has no step `{name}`{hint}"
    )))
}

/// An explanation and the files that its places are in.
struct View<'a> {
    sources: &'a Sources,
    moved: &'a Moved,
}

impl View<'_> {
    fn table(&self, steps: &[&ExplainedStep]) -> String {
        let mut text = String::new();
        for (at, step) in steps.iter().enumerate() {
            if at > 0 {
                text.push('\n');
            }
            let _ = writeln!(text, "{}", header(step));
            let rows: Vec<[String; 3]> =
                step.options.iter().map(|option| self.row(option)).collect();
            let width = |column: usize| {
                let cells = rows.iter().map(|row| row[column].chars().count());
                // One long value must not push every other row out of the window.
                cells.filter(|width| *width <= 60).max().unwrap_or(0)
            };
            let (first, second) = (width(0), width(1));
            for [option, value, origins] in &rows {
                let _ = writeln!(text, "  {option:first$}  {value:second$}  {origins}");
            }
        }
        text
    }

    fn row(&self, option: &ExplainedOption) -> [String; 3] {
        let value = option
            .value
            .as_ref()
            .map_or_else(|| "unknown".to_owned(), ToString::to_string);
        let origins: Vec<String> = option
            .origins
            .iter()
            .map(|origin| match origin {
                Origin::Default => "default".to_owned(),
                Origin::Variable(name) => (*name).to_owned(),
                Origin::Place(span) => {
                    let source = self.sources.file(self.moved.span(*span).file);
                    let at = source.position_chars(span.start);
                    format!("{}:{}:{}", source.name, at.line, at.column)
                }
                Origin::Derived(words) => words.clone(),
            })
            .collect();
        let name = match option.annotation {
            "" => option.name.clone(),
            annotation => format!("@{annotation} {}", option.name),
        };
        [name, value, origins.join(", ")].map(|cell| printable(&cell).into_owned())
    }

    fn json(&self, flow: &str, steps: &[&ExplainedStep]) -> Value {
        let steps: Vec<Value> = steps.iter().map(|step| self.step(step)).collect();
        json!({ "flow": flow, "steps": steps })
    }

    fn step(&self, step: &ExplainedStep) -> Value {
        let mut value = json!({ "name": step.name, "kind": step.kind });
        self.place(&mut value, step.span);
        value["jobDefinition"] = json!(step.job_definition);
        value["array"] = json!(step.array_size.map(|size| json!({ "size": size })));
        let dependencies = step.depends_on.iter().map(|(step, kind)| match kind {
            Some(kind) => json!({ "step": step, "type": kind }),
            None => json!({ "step": step }),
        });
        value["dependsOn"] = dependencies.collect();
        value["options"] = step
            .options
            .iter()
            .map(|option| self.option(option))
            .collect();
        value
    }

    fn option(&self, option: &ExplainedOption) -> Value {
        let origins = option.origins.iter().map(|origin| match origin {
            Origin::Default => json!({ "kind": "default" }),
            Origin::Variable(name) => json!({ "kind": "variable", "name": name }),
            Origin::Place(span) => {
                let mut place = json!({ "kind": "place" });
                self.place(&mut place, *span);
                place
            }
            Origin::Derived(words) => json!({ "kind": "derived", "from": words }),
        });
        json!({
            "annotation": option.annotation,
            "name": option.name,
            "known": option.value.is_some(),
            "value": option.value,
            "origins": origins.collect::<Vec<_>>(),
        })
    }

    fn place(&self, value: &mut Value, span: Span) {
        let source = self.sources.file(self.moved.span(span).file);
        let at = source.position_utf16(span.start);
        value["file"] = json!(source.name);
        value["line"] = json!(at.line);
        value["column"] = json!(at.column);
    }
}

/// `step train — job definition ChurnModel-train, array of 16, after start (N_TO_N)`
fn header(step: &ExplainedStep) -> String {
    let mut facts = vec![match &step.job_definition {
        Some(name) => format!("job definition {name}"),
        None => "a control point, no job".to_owned(),
    }];
    match step.array_size {
        None => {}
        Some(None) => facts.push("array of unknown size".to_owned()),
        Some(Some(1)) => facts.push("one item, so no array".to_owned()),
        Some(Some(size)) => facts.push(format!("array of {size}")),
    }
    if !step.depends_on.is_empty() {
        let dependencies = step.depends_on.iter().map(|(step, kind)| match kind {
            Some(kind) => format!("{step} ({kind})"),
            None => step.clone(),
        });
        let dependencies: Vec<String> = dependencies.collect();
        facts.push(format!("after {}", dependencies.join(" and ")));
    }
    format!("{} {} — {}", step.kind, step.name, facts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Checked;
    use crate::source::{FileId, Memory};

    fn sample() -> (Merged, Moved, Explanation) {
        let mut sources = Sources::default();
        let text = "flow Churn {\n  @batch(queue=\"ml\")\n  step train {}\n}\n";
        sources.add("churn.flow".into(), "churn.flow".to_owned(), text);
        let checked = Checked {
            sources,
            diagnostics: Vec::new(),
            usage: Vec::new(),
            flow: Some("Churn".to_owned()),
            flow_span: None,
        };
        let mut merged = Merged::default();
        let moved = merged.add(&Memory::default(), checked);
        let option = |name: &str, value: Option<Value>, origins: Vec<Origin>| ExplainedOption {
            annotation: "batch",
            name: name.to_owned(),
            value,
            origins,
        };
        let at = |start: usize| Span::new(FileId(0), start, start + 1);
        let options = vec![
            option("cpu", Some(json!(1)), vec![Origin::Default]),
            option("memory", None, vec![Origin::Place(at(16))]),
            option(
                "queue",
                Some(json!("ml")),
                vec![Origin::Variable("METAFLOW_BATCH_JOB_QUEUE")],
            ),
            option(
                "aws_batch_tags",
                Some(json!({ "team": "x".repeat(70) })),
                vec![Origin::Place(at(16)), Origin::Place(at(40))],
            ),
            option(
                "tmpfs_size",
                Some(json!(2048)),
                vec![Origin::Derived("half of `memory`".to_owned())],
            ),
        ];
        let step =
            |name: &str, definition: Option<&str>, array, after: Vec<_>, options| ExplainedStep {
                name: name.to_owned(),
                span: at(41),
                kind: "step",
                job_definition: definition.map(str::to_owned),
                array_size: array,
                depends_on: after,
                options,
            };
        let steps = vec![
            step(
                "train",
                Some("Churn-train"),
                Some(Some(16)),
                vec![
                    ("start".to_owned(), Some("N_TO_N")),
                    ("load".to_owned(), None),
                ],
                options,
            ),
            step("mid", None, Some(None), Vec::new(), Vec::new()),
        ];
        (
            merged,
            moved,
            Explanation {
                flow: "Churn".to_owned(),
                steps,
            },
        )
    }

    #[test]
    fn tables() {
        let (merged, moved, explanation) = sample();
        let view = View {
            sources: &merged.sources,
            moved: &moved,
        };
        insta::assert_snapshot!(view.table(&select(&explanation, None).unwrap()));
    }

    #[test]
    fn documents() {
        let (merged, moved, explanation) = sample();
        let view = View {
            sources: &merged.sources,
            moved: &moved,
        };
        let steps = select(&explanation, None).unwrap();
        insta::assert_snapshot!(format!("{:#}", view.json("Churn", &steps)));
    }

    #[test]
    fn an_unknown_step_is_corrected() {
        let (_, _, explanation) = sample();
        assert_eq!(select(&explanation, Some("mid")).unwrap().len(), 1);
        assert_eq!(
            select(&explanation, Some("trian")).unwrap_err().to_string(),
            "the flow `Churn` has no step `trian`, did you mean `train`?"
        );
    }
}
