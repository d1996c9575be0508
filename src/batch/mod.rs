//! The model as AWS Batch requests, and their JSON.

pub mod command;
pub mod definition;
pub mod names;
pub mod plan;
pub mod raw;
pub mod shapes;
pub mod size;
pub mod wire;

use serde::Serialize;

use crate::check::Checked;
use crate::diagnostic::Diagnostics;
use crate::driver::{Artifact, Artifacts};

/// Checks what can only be told of the requests: their sizes.
pub fn check(checked: &Checked<'_>, sink: &mut Diagnostics) {
    for step in checked.flow.steps.iter().filter(|step| step.run.is_some()) {
        let definition = definition::lower(checked, step);
        let job = plan::job(checked, step);
        size::check(checked, step, &definition, &job, sink);
    }
}

/// The artifacts of a flow without errors.
///
/// # Errors
/// Never in practice: requests of strings and numbers serialize.
pub fn emit(checked: &Checked<'_>) -> serde_json::Result<Artifacts> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Document<'d, D: Serialize> {
        flow: &'d str,
        params: &'d [wire::Param<'d>],
        #[serde(skip_serializing_if = "Option::is_none")]
        job_definitions: Option<D>,
        jobs: &'d [wire::Job<'d>],
    }

    let flow = &checked.flow;
    let params = plan::params(checked);
    let jobs = plan::jobs(checked);
    let mut files = Vec::with_capacity(jobs.len() + 1);
    let mut definition_names = Vec::with_capacity(jobs.len());
    let mut definitions = serde_json::Map::new();
    for step in flow.steps.iter().filter(|step| step.run.is_some()) {
        let definition = definition::lower(checked, step);
        definition_names.push((definition::name(checked, step), step.span));
        files.push(Artifact {
            path: format!("job-definitions/{}.json", step.name),
            text: pretty(&definition)?,
        });
        definitions.insert(step.name.to_owned(), serde_json::to_value(&definition)?);
    }
    files.push(Artifact {
        path: "jobs.json".into(),
        text: pretty(&Document {
            flow: flow.name,
            params: &params,
            job_definitions: None::<()>,
            jobs: &jobs,
        })?,
    });
    let document = pretty(&Document {
        flow: flow.name,
        params: &params,
        job_definitions: Some(definitions),
        jobs: &jobs,
    })?;
    Ok(Artifacts {
        flow: flow.name.to_owned(),
        definition_names,
        files,
        document,
    })
}

fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}
