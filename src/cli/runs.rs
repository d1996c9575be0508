//! `flowbatch runs`: the runs that are known here, or to AWS.
//!
//! The JSON form is described in `docs/aws.md`.

use std::io::Write;

use serde_json::{Value, json};

use super::aws::{AwsArgs, block_on};
use super::console::Console;
use super::explain::Form;
use super::known::{Flow, SourceArgs};
use super::live::write_lines;
use super::{Exit, Failure};
use crate::aws::patient::Patient;
use crate::aws::run::{RunId, StateFolder};
use crate::aws::watch::known::from_folder;
use crate::aws::watch::model::{Sent, Snapshot, Submission};
use crate::aws::watch::remote::{self, Remote};
use crate::aws::watch::seen::Seen;
use crate::aws::watch::words::{date, plural, summary};
use crate::report::printable;

/// Lists the runs that this machine knows, or AWS
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Only those of this flow
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    flow: Option<String>,

    /// How they are written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Form,

    #[command(flatten)]
    source: SourceArgs,

    #[command(flatten)]
    aws: AwsArgs,
}

/// A run, as it is listed.
struct Row {
    run: String,
    flow: String,
    began: Option<u64>,
    /// What became of it.
    state: String,
    json: Value,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    if args.source.file.is_none() && args.aws != AwsArgs::default() {
        let message = "`--profile`, `--region` and `--endpoint-url` say where to ask AWS, and only with \
                       `--file FLOW` it is asked";
        return Err(Failure::new(message));
    }
    let Some((folder, flow)) = args.source.open(console)? else {
        return Ok(Exit::Found);
    };
    let rows = match &flow {
        None => here(&folder, args.flow.as_deref(), console)?,
        Some(flow) => there(flow, &args.aws)?,
    };
    match args.format {
        Form::Human if rows.is_empty() => {
            let place = match &flow {
                None => format!("in {}", folder.path().display()),
                Some(flow) => format!("on {}", flow.document.queues().join(", ")),
            };
            writeln!(console.err, "{}", printable(&format!("no runs {place}")))?;
        }
        Form::Human => write_lines(console, &table(&rows))?,
        Form::Json => {
            let rows: Vec<Value> = rows.into_iter().map(|row| row.json).collect();
            writeln!(console.out, "{:#}", json!({ "runs": rows }))?;
        }
    }
    Ok(Exit::Fine)
}

/// The runs that this machine knows, without asking AWS. One that cannot be read hides no other.
fn here(
    folder: &StateFolder,
    flow: Option<&str>,
    console: &mut Console,
) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for id in folder.runs()? {
        match row(folder, &id) {
            Ok(row) => {
                rows.extend(Some(row).filter(|row| flow.is_none_or(|flow| row.flow == flow)))
            }
            Err(failure) => console.failure(&failure)?,
        }
    }
    Ok(rows)
}

fn row(folder: &StateFolder, id: &RunId) -> Result<Row, Failure> {
    let (header, entries) = folder.read(id)?;
    let mut run = from_folder(&header, &folder.document(id)?, &entries);
    let seen = Seen::read(folder, id);
    run.remember(seen.jobs);
    let is_there = |sent: &Sent| matches!(sent, Sent::Yes { .. });
    let submitted = run.steps.iter().filter(|step| is_there(&step.sent)).count();
    let state = state(&run, submitted, seen.at);
    Ok(Row {
        json: json!({
            "run": run.run,
            "flow": run.flow,
            "began": run.began,
            "region": header.region,
            "steps": run.steps.len(),
            "submitted": submitted,
            "submission": run.submission,
            "seen": Some(seen.at).filter(|at| *at > 0),
            "succeeded": run.steps.iter().filter(|step| step.has_succeeded()).count(),
            "failed": run.steps.iter().filter(|step| step.has_failed()).count(),
        }),
        run: run.run,
        flow: run.flow,
        began: run.began,
        state,
    })
}

/// What became of a run, as far as this machine has seen it.
fn state(run: &Snapshot, submitted: usize, seen: u64) -> String {
    let steps = plural(run.steps.len(), "step");
    match run.submission {
        _ if run.has_succeeded() => format!("{steps} succeeded"),
        Submission::Cancelling => format!("being cancelled, {submitted} of {steps} submitted"),
        Submission::Cancelled => format!("cancelled, {submitted} of {steps} submitted"),
        Submission::Incomplete => format!("{submitted} of {steps} submitted"),
        Submission::Complete if seen == 0 => format!("{steps} submitted"),
        Submission::Complete => {
            let all = run.steps.iter();
            let ended = all.filter(|step| step.has_succeeded() || step.has_failed());
            if ended.count() == run.steps.len() {
                summary(run)
            } else {
                format!("{}, as of {}", summary(run), date(seen))
            }
        }
    }
}

/// The runs of a flow that AWS knows.
fn there(flow: &Flow, aws: &AwsArgs) -> Result<Vec<Row>, Failure> {
    let document = &flow.document;
    let runs = block_on(async {
        let api = Patient::new(aws.connect().await?);
        let queues = document.queues();
        Ok(remote::runs(&api, &flow.prefix, &document.flow, &queues).await?)
    })?;
    let row = |run: Remote| Row {
        state: counts(&run),
        json: json!({
            "run": run.run.as_str(),
            "flow": document.flow,
            "began": run.began,
            "jobs": run.jobs,
        }),
        run: run.run.to_string(),
        flow: document.flow.clone(),
        began: run.began,
    };
    Ok(runs.into_iter().map(row).collect())
}

fn counts(run: &Remote) -> String {
    let counts = run
        .jobs
        .iter()
        .map(|(status, jobs)| format!("{jobs} {status}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// `RUN  BEGAN  FLOW  STATE`, the oldest first.
fn table(rows: &[Row]) -> Vec<String> {
    let width = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).len()).max().unwrap_or(0);
    let (runs, flows) = (width(|row| &row.run), width(|row| &row.flow));
    let line = |row: &Row| {
        let began = row.began.map_or_else(String::new, date);
        format!(
            "{:runs$}  {began:19}  {:flows$}  {}",
            row.run, row.flow, row.state
        )
    };
    rows.iter().map(line).collect()
}
