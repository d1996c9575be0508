//! `flowbatch cancel`: ends a run.

use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use super::aws::{AwsArgs, block_on};
use super::console::Console;
use super::known::{Known, SourceArgs};
use super::live::write_lines;
use super::{Exit, Failure};
use crate::aws::patient::Patient;
use crate::aws::run::{Entry, Record, Run, RunId, RunState, StateError, StateFolder};
use crate::aws::submit::driver::unix_time;
use crate::aws::watch::cancel::{Report, Target, cancel};
use crate::aws::watch::model::Job;
use crate::aws::watch::seen::Seen;
use crate::aws::watch::words::plural;
use crate::aws::{self, api::Operation};

/// How long to wait for a submission to end: one of a thousand steps takes half a minute.
const PATIENCE: u32 = 120;

/// How often to look whether it has.
const PAUSE: Duration = Duration::from_millis(500);

/// For so long after it was sent without an answer, a job may come to be.
const LATE: u64 = 10 * 60 * 1_000;

/// Ends all jobs of a run that have not ended
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The run, or how its id begins
    #[arg(value_name = "RUN")]
    run: String,

    #[command(flatten)]
    source: SourceArgs,

    #[command(flatten)]
    aws: AwsArgs,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    let Some(known) = args.source.find(Some(&args.run), console)? else {
        return Ok(Exit::Found);
    };
    let place = known.place(&args.aws)?;
    let id = known.id().clone();
    let report = block_on(async {
        let api = Patient::new(place.connect().await?);
        match &known {
            Known::There { flow, .. } => {
                let target = Target::of(&flow.document, &flow.prefix, &id);
                let report = cancel(&api, &target).await?;
                if report == Report::default() {
                    return Err(flow.without(&id));
                }
                Ok(report)
            }
            Known::Here { folder, .. } => {
                let mut run = open(folder, &id, console).await?;
                if !run.state.cancelled {
                    // From here on, nothing of it is submitted any more.
                    note(&mut run, Record::Cancelling)?;
                }
                let seen = Seen::read(folder, &id).jobs;
                let report = cancel(&api, &target(&run, &seen)).await?;
                if report.refused.is_empty() && report.missing.is_empty() {
                    note(&mut run, Record::Cancelled)?;
                }
                Ok(report)
            }
        }
    })?;
    write_lines(console, &lines(&id, &report))?;
    let refused = report.refused.iter().map(|(step, fault)| {
        let failure = Failure::aws(fault, Operation::TerminateJob);
        format!("{step} is not ended: {failure}")
    });
    let missing = Some(&report.missing).filter(|missing| !missing.is_empty());
    let missing = missing.map(|missing| {
        format!(
            "{} not found: {}\n  help: is it another account or region? AWS also forgets jobs some days after \
             their end",
            plural(missing.len(), "job"),
            missing.join(", ")
        )
    });
    let messages: Vec<String> = refused.chain(missing).collect();
    if messages.is_empty() {
        Ok(Exit::Fine)
    } else {
        Err(Failure {
            code: Failure::AWS,
            messages,
        })
    }
}

/// Opens the run's folder; whoever is submitting the run is waited for.
async fn open(folder: &StateFolder, id: &RunId, console: &mut Console) -> Result<Run, Failure> {
    for turn in 0..PATIENCE {
        match folder.open(id) {
            Err(StateError::Busy(_)) if turn == 0 => {
                writeln!(
                    console.err,
                    "run {id} is being submitted: waiting for that to end"
                )?;
            }
            Err(StateError::Busy(_)) => {}
            result => return Ok(result?),
        }
        aws::sleep(PAUSE).await;
    }
    Err(Failure::new(format!(
        "run {id} is still being submitted by another process: stop that, with Ctrl-C, and cancel again"
    )))
}

fn note(run: &mut Run, record: Record) -> Result<(), Failure> {
    Ok(run.journal.append(&[Entry {
        at: unix_time(),
        record,
    }])?)
}

/// All jobs of a run that can be there.
fn target(run: &Run, seen: &HashMap<String, Job>) -> Target {
    let mut target = Target::of(&run.document, &run.header.prefix, &run.id);
    for queue in &run.header.queues {
        if !target.queues.contains(queue) {
            target.queues.push(queue.clone());
        }
    }
    let RunState {
        steps, terminating, ..
    } = &run.state;
    let names: Vec<(&String, &String)> = target
        .steps
        .iter()
        .map(|(name, (_, step))| (step, name))
        .collect();
    let name = |step: &str| {
        let found = names.iter().find(|(known, _)| *known == step);
        found.map(|(_, name)| (*name).clone())
    };
    let ids = steps
        .iter()
        .filter_map(|(step, known)| Some((known.job_id.clone()?, name(step))));
    let strays = terminating
        .iter()
        .map(|(id, step)| (id.clone(), step.as_deref().and_then(name)));
    let ids = ids.chain(strays).collect();
    target.ids = ids;
    let ended = seen.values().filter(|job| job.has_ended());
    target.ended = ended.map(|job| job.job_id.clone()).collect();
    if run.state.cancelled && !run.state.cancelling {
        // They were all seen then.
        target.ended.extend(target.ids.keys().cloned());
    }
    let open = steps.values().filter(|known| known.job_id.is_none());
    let last = open.filter_map(|known| known.submitting.last()).max();
    target.uncertain = last.is_some_and(|last| unix_time().saturating_sub(*last) < LATE);
    target
}

fn lines(id: &RunId, report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    match report.terminated.len() {
        0 if report.ending > 0 || !report.missing.is_empty() => {}
        0 => lines.push(format!("run {id}: nothing was left to end")),
        jobs => lines.push(format!(
            "run {id}: {} ended: {}",
            plural(jobs, "job"),
            report.terminated.join(", ")
        )),
    }
    if report.ending > 0 {
        let jobs = plural(report.ending, "job");
        lines.push(format!("run {id}: {jobs} being ended already"));
    }
    if report.ended > 0 {
        let jobs = plural(report.ended, "job");
        lines.push(format!("run {id}: {jobs} had ended before"));
    }
    lines
}
