//! `--dry-run`.

use std::io::Write;

use serde_json::json;

use super::flow::Flow;
use super::{Args, limits};
use crate::aws::api::Operation;
use crate::aws::plan::compare;
use crate::aws::run::{Revisions, RunId, RunState, StateFolder};
use crate::aws::submit::driver::{self, unix_time};
use crate::aws::submit::machine::{Ending, Plan};
use crate::aws::watch::words::plural;
use crate::cli::console::Console;
use crate::cli::explain::Form;
use crate::cli::{Exit, Failure};

/// What would be registered and submitted.
pub(super) async fn dry_run(
    args: &Args,
    console: &mut Console,
    flow: &Flow,
) -> Result<Exit, Failure> {
    let client = args.aws.connect().await?;
    let place = args
        .aws
        .endpoint()
        .unwrap_or_else(|| client.region().to_owned());
    let limits = limits()?;
    let id = RunId::new(unix_time(), limits.seed);
    let prefix = flow.artifacts.prefix.as_str();
    let plan = Plan {
        document: &flow.document,
        prefix,
        run: &id,
        known: Revisions::read(&StateFolder::of(&flow.project)).of(&place),
        same: compare::same,
        limits,
        dry: true,
    };
    let report = driver::submit(&client, plan, &RunState::default(), None, |_| ()).await;
    if let Ending::Failed(operation, fault) = &report.ending {
        return Err(Failure::aws(fault, *operation));
    }
    let jobs = &flow.document.jobs;
    let mut register = Vec::new();
    let mut submit = Vec::new();
    for (job, outcome) in jobs.iter().zip(&report.outcomes) {
        let name = job.definition_name();
        let definition = match &outcome.definition {
            Some(arn) => arn.clone(),
            None => {
                register.push(job.definition.clone());
                format!("<new revision of {name}>")
            }
        };
        let on = job.depends_on.iter();
        let on: Vec<String> = on
            .map(|on| format!("<job of {}>", jobs[on.job].step))
            .collect();
        let on: Vec<&str> = on.iter().map(String::as_str).collect();
        submit.push(job.submission(prefix, &flow.document.flow, &id, &definition, &on));
    }
    let kept = jobs.len() - register.len();
    let mut document = json!({
        Operation::RegisterJobDefinition.name(): register,
        Operation::SubmitJob.name(): submit,
    });
    if args.format == Form::Json {
        document["diagnostics"] = flow.diagnostics.clone();
    } else {
        let new = document[Operation::RegisterJobDefinition.name()].as_array();
        let new = new.map_or(0, Vec::len);
        writeln!(
            console.err,
            "dry run: {new} of {} would be registered, {kept} {} there; {} would be submitted",
            plural(jobs.len(), "job definition"),
            if kept == 1 { "is" } else { "are" },
            plural(jobs.len(), "job"),
        )?;
    }
    writeln!(console.out, "{document:#}")?;
    Ok(Exit::Fine)
}
