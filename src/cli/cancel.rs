//! `flowbatch cancel`: ends a run.

use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use super::aws::{AwsArgs, block_on, limits};
use super::console::Console;
use super::known::{Known, SourceArgs};
use super::live::write_lines;
use super::{Exit, Failure, account};
use crate::aws::patient::Patient;
use crate::aws::run::{
    Document, Entry, Header, Record, Run, RunId, RunState, StateError, StateFolder,
};
use crate::aws::submit::driver::unix_time;
use crate::aws::watch::cancel::{Open, Report, Target, Waiting, cancel};
use crate::aws::watch::model::Job;
use crate::aws::watch::seen::Seen;
use crate::aws::watch::words::{plural, quoted, span};
use crate::aws::{self, api::Api, api::Operation};
use crate::report::printable;

/// How long to wait for a submission to end: one of a thousand steps takes half a minute.
const PATIENCE: u32 = 120;

/// How often to look whether it has.
const PAUSE: Duration = Duration::from_millis(500);

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
    let mut report = Report::default();
    let ended = block_on(async {
        let api = Patient::new(place.connect().await?);
        match &known {
            Known::There { flow, .. } => {
                let target = Target::of(&flow.document, &flow.prefix, &id);
                end(&api, &id, &target, &mut report, console).await?;
                if report == Report::default() {
                    return Err(flow.without(&id));
                }
                Ok(())
            }
            Known::Here {
                folder,
                header,
                document,
                ..
            } => {
                let (mut journal, state) = open(folder, &id, console).await?;
                account::check(&api, &id, header, &state).await?;
                if !state.cancelled {
                    // From here on, nothing of it is submitted any more.
                    journal.add(vec![Record::Cancelling], console)?;
                }
                let seen = Seen::read(folder, &id).jobs;
                let target = target(&id, header, document, &state, &seen)?;
                let ended = end(&api, &id, &target, &mut report, console).await;
                let mut records = found(&target, &state, &report);
                if ended.is_ok() && report.refused.is_empty() && report.missing.is_empty() {
                    records.push(Record::Cancelled);
                }
                journal.add(records, console)?;
                ended
            }
        }
    });
    write_lines(console, &lines(&id, &report, ended.is_ok()))?;
    let refused = report.refused.iter().map(|(step, fault)| {
        let failure = Failure::aws(fault, Operation::TerminateJob);
        format!("{step} is not ended: {failure}")
    });
    let missing = Some(&report.missing).filter(|missing| ended.is_ok() && !missing.is_empty());
    let missing = missing.map(|missing| {
        format!(
            "{} not found: {}\n  help: is it another account or region? AWS also forgets jobs some days after \
             their end",
            plural(missing.len(), "job"),
            missing.join(", ")
        )
    });
    let mut messages: Vec<String> = refused.chain(missing).collect();
    let code = match ended {
        Ok(()) if messages.is_empty() => return Ok(Exit::Fine),
        Ok(()) => Failure::AWS,
        Err(failure) => {
            messages.extend(failure.messages);
            failure.code
        }
    };
    Err(Failure { code, messages })
}

/// Ends the jobs of a run; what was done is in the report, also after an error.
async fn end<A: Api>(
    api: &Patient<A>,
    id: &RunId,
    target: &Target,
    report: &mut Report,
    console: &mut Console,
) -> Result<(), Failure> {
    let mut why = String::new();
    let tell = |waiting: &Waiting| {
        why = format!("the job of {} may still arrive", quoted(&waiting.steps));
        let time = u64::try_from(waiting.time.as_millis()).unwrap_or(u64::MAX);
        let line = format!("run {id}: {why}: looking for it for {} more", span(time));
        // What is told meanwhile is not worth failing for.
        let _ = writeln!(console.err, "{}", printable(&line));
    };
    let ended = aws::unless_interrupted(cancel(api, target, report, tell)).await;
    let mut failure = match ended {
        Some(Ok(())) => return Ok(()),
        Some(Err(failed)) => Failure::from(failed),
        None => Failure {
            code: Failure::INTERRUPTED,
            messages: vec!["interrupted".into()],
        },
    };
    if let Some(last) = failure.messages.last_mut() {
        let why = if why.is_empty() {
            why
        } else {
            format!(", {why}")
        };
        last.push_str(&format!(
            "\n  run {id} is not cancelled yet{why}: cancel it again"
        ));
    }
    Err(failure)
}

/// The journal of a run, as long as it can be written.
struct Journal<'r> {
    id: &'r RunId,
    run: Option<Run>,
}

impl Journal<'_> {
    /// Writes down what was or is done. It is done all the same where that cannot be written.
    fn add(&mut self, records: Vec<Record>, console: &mut Console) -> Result<(), Failure> {
        let Some(run) = &mut self.run else {
            return Ok(());
        };
        let at = unix_time();
        let entries = records.into_iter().map(|record| Entry { at, record });
        let entries: Vec<Entry> = entries.collect();
        if let Err(error) = run.journal.append(&entries) {
            self.run = None;
            unwritten(self.id, &error, console)?;
        }
        Ok(())
    }
}

/// What is not written down keeps no job alive.
fn unwritten(id: &RunId, error: &StateError, console: &mut Console) -> Result<(), Failure> {
    let line = format!(
        "warning: {error}\n  the jobs of run {id} are ended all the same, but that is not written down: \
         `flowbatch submit --resume {id}` would not know of it"
    );
    Ok(writeln!(console.err, "{}", printable(&line))?)
}

/// Opens the run's folder; whoever is at work on the run is waited for.
async fn open<'r>(
    folder: &StateFolder,
    id: &'r RunId,
    console: &mut Console,
) -> Result<(Journal<'r>, RunState), Failure> {
    for turn in 0..PATIENCE {
        match folder.open(id) {
            Ok(run) => {
                let state = run.state.clone();
                return Ok((Journal { id, run: Some(run) }, state));
            }
            Err(StateError::Busy(_)) if turn == 0 => {
                writeln!(
                    console.err,
                    "run {id} is being submitted or cancelled by another process: waiting for that to end"
                )?;
            }
            Err(StateError::Busy(_)) => {}
            // It is full, or may only be read.
            Err(
                error @ StateError::Io {
                    verb: "write" | "lock",
                    ..
                },
            ) => {
                let (_, entries) = folder.read(id)?;
                unwritten(id, &error, console)?;
                return Ok((Journal { id, run: None }, RunState::of(&entries)));
            }
            Err(error) => return Err(error.into()),
        }
        aws::sleep(PAUSE).await;
    }
    Err(Failure::new(format!(
        "run {id} is still being submitted or cancelled by another process: stop that, with Ctrl-C, and cancel \
         again"
    )))
}

/// The jobs of steps of which the journal has none.
fn found(target: &Target, state: &RunState, report: &Report) -> Vec<Record> {
    let is_known = |step: &str| {
        let known = state.steps.get(step);
        known.is_some_and(|known| known.job_id.is_some())
    };
    let steps = target.steps.iter();
    let found = steps.filter_map(|(name, (_, step))| {
        let job_id = report.found(name).filter(|_| !is_known(step))?;
        Some(Record::Submitted {
            step: step.clone(),
            job_id: job_id.to_owned(),
            found: true,
        })
    });
    found.collect()
}

/// All jobs of a run that can be there.
fn target(
    id: &RunId,
    header: &Header,
    document: &Document,
    state: &RunState,
    seen: &HashMap<String, Job>,
) -> Result<Target, Failure> {
    let mut target = Target::of(document, &header.prefix, id);
    for queue in &header.queues {
        if !target.queues.contains(queue) {
            target.queues.push(queue.clone());
        }
    }
    let RunState {
        steps, terminating, ..
    } = state;
    let names = target.steps.iter();
    let names: HashMap<String, String> = names
        .map(|(name, (_, step))| (step.clone(), name.clone()))
        .collect();
    let name = |step: &str| names.get(step).cloned();
    let ids = steps
        .iter()
        .filter_map(|(step, known)| Some((known.job_id.clone()?, name(step))));
    let strays = terminating
        .iter()
        .map(|(id, step)| (id.clone(), step.as_deref().and_then(name)));
    target.ids = ids.chain(strays).collect();
    let ended = seen.values().filter(|job| job.has_ended());
    target.ended = ended.map(|job| job.job_id.clone()).collect();
    if state.cancelled && !state.cancelling {
        // They were all seen then.
        target.ended.extend(target.ids.keys().cloned());
    }
    if !state.complete {
        let (limits, now) = (limits()?, unix_time());
        let patience = limits.call.saturating_add(limits.late());
        let open = steps.iter().filter_map(|(step, known)| {
            // Of what was sent once and has its job, nothing else arrives.
            let settled = usize::from(known.job_id.is_some());
            let sends = known.submitting.len();
            let last = known.submitting.last().filter(|_| sends > settled)?;
            // A clock that was set back must not make this longer.
            let until = (*last).min(now).saturating_add(patience);
            let late = Duration::from_millis(until.saturating_sub(now));
            Some((name(step)?, Open { sends, late }))
        });
        target.open = open.collect();
    }
    Ok(target)
}

fn lines(id: &RunId, report: &Report, is_whole: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let refused: Vec<String> = report.refused.iter().map(|(it, _)| it.clone()).collect();
    let others = report.ending + report.missing.len() + refused.len();
    match report.terminated.len() {
        0 if others > 0 || !is_whole => {}
        0 => lines.push(format!("run {id}: nothing was left to end")),
        jobs => lines.push(format!(
            "run {id}: {} ended: {}",
            plural(jobs, "job"),
            report.terminated.join(", ")
        )),
    }
    if !refused.is_empty() {
        let jobs = plural(refused.len(), "job");
        lines.push(format!(
            "run {id}: {jobs} not ended: {}",
            refused.join(", ")
        ));
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
