//! The model as AWS Batch requests, and their JSON.

pub mod command;
pub mod definition;
pub mod names;
pub mod plan;
mod pretty;
pub mod raw;
pub mod shapes;
pub mod size;
pub mod wire;

use std::collections::HashSet;

use serde::Serialize;

use crate::check::Checked;
use crate::diagnostic::Diagnostics;
use crate::driver::{Artifact, Artifacts};
use crate::schema::Opt;
use crate::unique::{self, Named};

/// Checks what can only be told of the requests: their sizes, and that no two definitions have
/// one name.
pub fn check(checked: &Checked<'_>, sink: &mut Diagnostics) {
    let mut named = Named {
        flow: checked.flow.name.to_owned(),
        span: Some(checked.flow.span),
        definitions: Vec::new(),
    };
    let mut seen = HashSet::new();
    let mut reported = size::Reported::new();
    let shared = size::shared_text(checked);
    let renames = checked
        .flow
        .steps
        .iter()
        .any(|step| step.options.get(Opt::JobDefinitionName).is_some());
    for step in checked.flow.steps.iter().filter(|step| step.run.is_some()) {
        if !size::is_small(checked, step, shared) {
            let definition = definition::lower(checked, step);
            let job = plan::job(checked, step);
            size::check(checked, step, &definition, &job, &mut reported, sink);
        }
        // Names made of different steps differ, unless they are cut.
        if !renames && step.name.len() + checked.flow.name.len() < names::MAX_NAME / 2 {
            continue;
        }
        // Two steps of one name are one mistake, which has been reported.
        if seen.insert(step.name) {
            named
                .definitions
                .push((definition::name(checked, step), step.span));
        }
    }
    sink.extend(unique::duplicates(&[named]));
}

/// The artifacts of a flow without errors.
///
/// # Errors
/// Never in practice: requests of strings and numbers serialize.
pub fn emit(checked: &Checked<'_>) -> serde_json::Result<Artifacts> {
    let flow = &checked.flow;
    let mut files: Vec<Artifact> = Vec::with_capacity(flow.order.len() + 1);
    let mut definition_names = Vec::with_capacity(flow.order.len());
    for step in flow.steps.iter().filter(|step| step.run.is_some()) {
        definition_names.push((definition::name(checked, step), step.span));
        // They are about as long as each other.
        let about = files.last().map_or(2048, |file| file.text.len() + 64);
        files.push(Artifact {
            path: [DEFINITIONS, step.name, ".json"].concat(),
            text: pretty(&definition::lower(checked, step), about)?,
        });
    }
    let plan = wire::Plan {
        flow: flow.name,
        params: plan::params(checked),
        jobs: plan::jobs(checked),
    };
    files.push(Artifact {
        path: PLAN.into(),
        text: pretty(&plan, 512 * plan.jobs.len())?,
    });
    Ok(Artifacts {
        flow: flow.name.to_owned(),
        prefix: flow.prefix.clone(),
        definition_names,
        files,
    })
}

const DEFINITIONS: &str = "job-definitions/";
const PLAN: &str = "jobs.json";

/// The plan with the job definitions in it, made of the files as they are: the same values need
/// not be written twice.
pub(crate) fn document(files: &[Artifact]) -> String {
    let Some((plan, definitions)) = files.split_last() else {
        return String::new();
    };
    // At this indentation, only a key of the plan itself can stand.
    let at = plan.text.find("\n  \"jobs\": ").map_or(0, |at| at + 1);
    let size: usize = files.iter().map(|file| file.text.len() * 5 / 4).sum();
    let mut document = String::with_capacity(size);
    document.push_str(&plan.text[..at]);
    document.push_str("  \"jobDefinitions\": {");
    for (index, file) in definitions.iter().enumerate() {
        let path = file.path.as_str();
        let step = path.strip_prefix(DEFINITIONS).unwrap_or(path);
        let step = step.strip_suffix(".json").unwrap_or(step);
        document.push_str(if index == 0 { "\n    \"" } else { ",\n    \"" });
        document.push_str(step);
        document.push_str("\": ");
        let text = file.text.trim_end();
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
            document.push_str(&text[from..=end]);
            document.push_str("    ");
            from = end + 1;
        }
        document.push_str(&text[from..]);
    }
    document.push_str("\n  },\n");
    document.push_str(&plan.text[at..]);
    document
}

fn pretty(value: &impl Serialize, about: usize) -> serde_json::Result<String> {
    let mut text = pretty::print(value, about)?;
    text.push('\n');
    Ok(text)
}
