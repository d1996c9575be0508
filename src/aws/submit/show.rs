//! What a submission did, for people and for programs.

use serde_json::{Value, json};

use super::driver::Report;
use super::machine::{Duplicate, Ending, Note, Outcome};
use super::wire;
use crate::aws::api::{Fault, Operation};
use crate::aws::error;
use crate::aws::run::{Document, Handle, Header};
use crate::aws::watch::words::{plural, quoted, span};

/// What became of the run, in a table, and how to go on; `handle` names it to commands.
#[must_use]
pub fn text(header: &Header, handle: &Handle, document: &Document, report: &Report) -> String {
    let Header { run, flow, .. } = header;
    let place = header.place();
    let jobs = plural(report.outcomes.len(), "job");
    let mut text = format!("run {run} of {flow}: {jobs} in {place}\n");
    let rows: Vec<[String; 3]> = report
        .outcomes
        .iter()
        .zip(&document.jobs)
        .map(|(outcome, job)| {
            let size = job.request.get("arrayProperties");
            let size = size.and_then(|array| array["size"].as_u64());
            let mut last = match &outcome.job_id {
                Some(id) => id.clone(),
                None if outcome.unknown => "perhaps submitted".to_owned(),
                None => "not submitted".to_owned(),
            };
            if let Some(size) = size {
                last.push_str(&format!("  array of {size}"));
            }
            [outcome.step.clone(), definition(outcome), last]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    for [step, definition, job] in &rows {
        text.push_str(&format!("  {step:first$}  {definition:second$}  {job}\n"));
    }
    if report.ending == Ending::Complete {
        text.push_str(&format!(
            "\nflowbatch status {handle}   shows how it goes\nflowbatch cancel {handle}   ends it\n"
        ));
    }
    text
}

/// `name:revision`, and whether it is new.
fn definition(outcome: &Outcome) -> String {
    match &outcome.definition {
        Some(arn) => {
            let short = wire::short(arn);
            let new = if outcome.registered { " (new)" } else { "" };
            format!("{short}{new}")
        }
        None => "-".to_owned(),
    }
}

/// The same as JSON.
#[must_use]
pub fn json(header: &Header, document: &Document, report: &Report) -> Value {
    let outcomes = report.outcomes.iter().zip(&document.jobs);
    let jobs = outcomes.map(|(outcome, job)| {
        json!({
            "step": outcome.step,
            "jobQueue": job.queue(),
            "jobDefinition": outcome.definition,
            "registered": outcome.registered,
            "jobId": outcome.job_id,
            "unknown": outcome.unknown,
        })
    });
    json!({
        "run": header.run,
        "flow": header.flow,
        "region": header.region,
        "complete": report.ending == Ending::Complete,
        "jobs": jobs.collect::<Value>(),
    })
}

/// What a note tells.
#[must_use]
pub fn note(note: &Note) -> String {
    match note {
        Note::Lost {
            step,
            operation,
            message,
        } => {
            let what = what(*operation);
            format!("{what} of `{step}` has no known outcome ({message}); looking for it")
        }
        Note::Found { step } => format!("`{step}` is there"),
        Note::Again { step } => format!("`{step}` is not there; sending it again"),
        Note::Waiting { steps, time } => {
            let (steps, time) = (quoted(steps), span(*time));
            format!(
                "a lost request for the job of {steps} may still arrive: looking for it for {time} more"
            )
        }
        Note::Duplicate {
            step: Some(step),
            job_id,
            ended: false,
        } => format!("terminated {job_id}, a second job of `{step}`: its request arrived late"),
        Note::Duplicate {
            step: Some(step),
            job_id,
            ended: true,
        } => format!("{job_id}, a second job of `{step}`, has ended: its request arrived late"),
        Note::Duplicate { job_id, ended, .. } => {
            let what = if *ended {
                "has ended"
            } else {
                "was terminated"
            };
            format!("{job_id} {what}: it has the name of this run, and no step of it")
        }
        Note::Throttled { operation } => {
            format!("AWS asks to slow down {}; it is done", operation.name())
        }
    }
}

fn what(operation: Operation) -> &'static str {
    match operation {
        Operation::RegisterJobDefinition => "the job definition",
        _ => "the job",
    }
}

/// What went wrong, one message each, and what to do; nothing if the run is complete.
#[must_use]
pub fn failures(handle: &Handle, report: &Report) -> Vec<String> {
    let mut messages: Vec<String> = match &report.ending {
        Ending::Complete => return Vec::new(),
        Ending::Refused(steps) => {
            let steps = steps.iter();
            steps
                .map(|(step, operation, fault)| {
                    let said = format!("AWS refused {} of `{step}`: {fault}", what(*operation));
                    error::with_help(said, fault, *operation)
                })
                .collect()
        }
        Ending::Unknown(steps) => {
            let steps = steps.iter();
            steps
                .map(|(step, operation, message)| {
                    let what = what(*operation);
                    format!("whether {what} of `{step}` is there is not known: {message}")
                })
                .collect()
        }
        Ending::Failed(operation, fault) => vec![error::message(fault, *operation)],
        Ending::Unrecorded => {
            let error = report.unrecorded.as_ref();
            error.map(ToString::to_string).into_iter().collect()
        }
    };
    let unknown: Vec<String> = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.unknown)
        .map(|outcome| outcome.step.clone())
        .collect();
    if !unknown.is_empty() && !matches!(report.ending, Ending::Unknown(_)) {
        let unknown = quoted(&unknown);
        messages.push(format!("whether there is a job of {unknown} is not known"));
    }
    messages.extend(report.duplicates.iter().map(|Duplicate { step, job_id }| {
        let what = match step {
            Some(step) => format!("a second job of `{step}`"),
            None => "which belongs to no step of the run".to_owned(),
        };
        format!(
            "job {job_id}, {what}, may still run: `flowbatch submit --resume {handle}` ends it once this is \
             mended, and keeps the others"
        )
    }));
    if let Some(last) = messages.last_mut() {
        last.push_str(&remains(handle, report));
    }
    messages
}

/// What is there all the same, and how to go on or end it.
fn remains(handle: &Handle, report: &Report) -> String {
    let all = report.outcomes.len();
    let there = report.outcomes.iter();
    let there = there.filter(|outcome| outcome.job_id.is_some()).count();
    let resume = format!("`flowbatch submit --resume {handle}`");
    let helps = resuming_helps(&report.ending);
    let unknown = report.outcomes.iter().any(|outcome| outcome.unknown);
    if there == 0 && unknown {
        return format!(
            "\n  {resume} looks for it and goes on, or `flowbatch cancel {handle}` ends what is there; nothing \
             must be submitted anew before one of them has ended well"
        );
    }
    if there == 0 {
        let how = if helps {
            format!("once this is mended, {resume} goes on")
        } else {
            format!("mend the flow and submit it anew: {resume} sends the same again")
        };
        return format!("\n  no job is known to be submitted; {how}");
    }
    let of = if there == all {
        format!("all {} are", plural(all, "job"))
    } else {
        format!("{there} of {all} jobs are")
    };
    let cancel = format!("`flowbatch cancel {handle}` ends them");
    let how = if helps {
        format!("once this is mended, {resume} goes on, or {cancel}")
    } else {
        format!("{cancel}; then mend the flow and submit it anew: {resume} sends the same again")
    };
    format!("\n  {of} submitted: they run, or wait for others that are; {how}")
}

/// Whether it can help to send the same again, later: what is refused for what it is, is refused
/// again; what is refused for the state of the account, such as a queue that is not ENABLED, is not.
fn resuming_helps(ending: &Ending) -> bool {
    let Ending::Refused(steps) = ending else {
        return true;
    };
    let of_state = |fault: &Fault| {
        let said = fault.to_string().to_lowercase();
        ["enabled", "disabled", "valid state", "limit exceeded"]
            .iter()
            .any(|words| said.contains(words))
    };
    steps.iter().all(|(_, _, fault)| of_state(fault))
}
