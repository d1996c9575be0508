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
use crate::aws::run::{RunId, StateError, StateFolder};
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
    let folder = args.source.folder()?;
    let (rows, place, damaged) = match &args.source.file {
        None => {
            let (rows, damaged) = here(&folder, args.flow.as_deref())?;
            (rows, format!("in {}", folder.path().display()), damaged)
        }
        Some(file) => {
            let Some(flow) = args.source.flow(file, console)? else {
                return Ok(Exit::Found);
            };
            let place = format!("on {}", flow.document.queues().join(", "));
            (there(&flow, &args.aws)?, place, Vec::new())
        }
    };
    match args.format {
        Form::Human if rows.is_empty() => {
            writeln!(console.err, "{}", printable(&format!("no runs {place}")))?;
        }
        Form::Human => write_lines(console, &table(&rows))?,
        Form::Json => {
            let rows: Vec<Value> = rows.into_iter().map(|row| row.json).collect();
            writeln!(console.out, "{:#}", json!({ "runs": rows }))?;
        }
    }
    console.out.flush()?;
    if damaged.is_empty() {
        Ok(Exit::Fine)
    } else {
        Err(Failure::several(damaged))
    }
}

/// The runs that this machine knows, without asking AWS, and what is wrong with those that are damaged.
fn here(folder: &StateFolder, flow: Option<&str>) -> Result<(Vec<Row>, Vec<String>), Failure> {
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for id in folder.runs()? {
        let row = row(folder, &id).unwrap_or_else(|error| {
            wrong.push(format!(
                "{error}\n  help: with `--file FILE`, the flow of run {id}, `status`, `logs` and `cancel` ask AWS \
                 about it"
            ));
            damaged(folder, &id, &error)
        });
        // What is not known to be of another flow may be of this one.
        let is_listed = |flow: &str| row.flow.is_empty() || row.flow == flow;
        if flow.is_none_or(is_listed) {
            rows.push(row);
        }
    }
    Ok((rows, wrong))
}

/// A run whose folder cannot be read, as far as it can.
fn damaged(folder: &StateFolder, id: &RunId, error: &StateError) -> Row {
    let header = folder.header(id).ok();
    let began = header.as_ref().map(|header| header.began);
    let (flow, region) = header.map(|header| (header.flow, header.region)).unzip();
    Row {
        run: id.to_string(),
        state: "damaged".into(),
        began,
        json: json!({
            "run": id.as_str(),
            "flow": flow,
            "began": began,
            "region": region,
            "damaged": error.to_string(),
        }),
        flow: flow.unwrap_or_default(),
    }
}

fn row(folder: &StateFolder, id: &RunId) -> Result<Row, StateError> {
    let (header, entries) = folder.read(id)?;
    folder.has_journal(id)?;
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
