//! What jobs wrote, from CloudWatch.
//!
//! | module | its one responsibility |
//! | --- | --- |
//! | [`choice`] | whose logs: steps, children of arrays, nodes |
//! | [`streams`] | where a job's logs are, and what to say if there are none |
//! | [`read`](mod@read) | events of many streams, in the order of time |

pub mod choice;
pub mod read;
pub mod streams;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use self::choice::{Choice, Wanted};
use self::read::Reader;
use super::look::{self, Outage};
use super::model::{Job, Sent, Snapshot, Submission};
use crate::aws::api::Api;
use crate::aws::ask::Failed;
use crate::aws::patient::Patient;

/// How long to wait before the next look for more.
const PAUSE: Duration = Duration::from_secs(3);

/// How often to look once more after everything has ended: CloudWatch shows events some seconds
/// after they were written.
const AFTER: u32 = 2;

/// Why logs cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogsError {
    /// AWS cannot be asked.
    Failed(Failed),
    /// There is no such step, child or node.
    Choice(String),
}

impl From<Failed> for LogsError {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

impl fmt::Display for LogsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failed) => write!(f, "{}", failed.fault),
            Self::Choice(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for LogsError {}

/// What reading logs needs of who reads.
pub trait Listener {
    /// Why reading can end.
    type Error: From<LogsError>;

    /// A line of a job; `label` says of which one.
    ///
    /// # Errors
    /// To end the reading.
    fn line(&mut self, label: &str, line: &str) -> Result<(), Self::Error>;

    /// All that there is for now was given.
    ///
    /// # Errors
    /// To end the reading.
    fn flush(&mut self) -> Result<(), Self::Error>;

    /// Something to know beside the logs.
    ///
    /// # Errors
    /// To end the reading.
    fn note(&mut self, note: &str) -> Result<(), Self::Error>;

    /// The run as it is known by now, when its submission was not complete, and whether somebody
    /// is submitting it.
    ///
    /// # Errors
    /// To end the reading.
    fn refresh(&mut self, run: &Snapshot) -> Result<(Snapshot, bool), Self::Error>;
}

/// Gives all that the chosen jobs wrote; with `follow`, until they have ended.
///
/// # Errors
/// When AWS refuses or fails, with `follow` at first or for long, the choice is impossible, or the listener says so.
pub async fn read<A: Api, L: Listener>(
    api: &Patient<A>,
    mut run: Snapshot,
    choice: &Choice,
    follow: bool,
    listener: &mut L,
) -> Result<(), L::Error> {
    let mut reader = Reader::default();
    let mut said: HashSet<String> = HashSet::new();
    let mut quiet = 0;
    let mut outage = Outage::default();
    loop {
        let mut asked = gather(api, &run, choice).await;
        if let Ok(gathered) = &asked {
            for (wanted, job) in &gathered.jobs {
                reader.add(streams::of(job), &wanted.label, Job::of(job).has_ended());
            }
            let lines = |label: &str, line: &str| listener.line(label, line);
            let drained = reader.drain(api, lines).await?;
            asked = drained.and(asked);
        }
        listener.flush()?;
        let gathered = match asked {
            Err(LogsError::Failed(failed)) if follow => {
                if outage.lasts(&failed).map_err(LogsError::from)? {
                    listener.note(&look::looking_on(&failed))?;
                }
                tokio::time::sleep(outage.pause()).await;
                continue;
            }
            asked => asked?,
        };
        outage.end();
        let mut going_on = false;
        if follow && run.submission == Submission::Incomplete {
            (run, going_on) = listener.refresh(&run)?;
        }
        let ended = |(_, job): &(Wanted, Value)| Job::of(job).has_ended();
        let ended = !going_on && gathered.jobs.iter().all(ended);
        let last = !follow || (ended && quiet == AFTER);
        let mut notes = gathered.notes;
        // While following, what is missing may still come.
        if last {
            let missing = |(wanted, job): &(Wanted, Value)| {
                streams::missing(&wanted.label, job, |stream| reader.found(stream))
            };
            notes.extend(gathered.jobs.iter().filter_map(missing));
        }
        for note in notes {
            if said.insert(note.clone()) {
                listener.note(&note)?;
            }
        }
        if last {
            return Ok(());
        }
        quiet = if ended { quiet + 1 } else { 0 };
        tokio::time::sleep(PAUSE).await;
    }
}

/// What was chosen.
#[derive(Default)]
struct Gathered {
    /// The jobs as AWS describes them.
    jobs: Vec<(Wanted, Value)>,
    /// What there is to say about the choice.
    notes: Vec<String>,
}

async fn gather<A: Api>(
    api: &Patient<A>,
    run: &Snapshot,
    choice: &Choice,
) -> Result<Gathered, LogsError> {
    let mut gathered = Gathered::default();
    let mut parents = Vec::new();
    for step in choice.steps(run)? {
        match &step.sent {
            Sent::Yes { id, .. } => parents.push((id.clone(), &step.name)),
            _ => gathered
                .notes
                .push(format!("{}: {}", step.name, step.state().as_str())),
        }
    }
    let ids: Vec<String> = parents.iter().map(|(id, _)| id.clone()).collect();
    let mut described = describe(api, &ids).await?;
    let mut children = Vec::new();
    for (id, name) in parents {
        let Some(value) = described.remove(&id) else {
            let note = format!(
                "{name}: AWS does not know its job, or not yet; it forgets those that ended days ago"
            );
            gathered.notes.push(note);
            continue;
        };
        let job = Job::of(&value);
        let failing = if choice.needs_failing(&job) {
            look::children(api, &id, "FAILED").await?
        } else {
            Vec::new()
        };
        let found = choice.of(name, &job, &failing)?;
        gathered.notes.extend(found.note);
        for wanted in found.wanted {
            if wanted.id == id {
                gathered.jobs.push((wanted, value.clone()));
            } else {
                children.push(wanted);
            }
        }
    }
    let ids: Vec<String> = children.iter().map(|child| child.id.clone()).collect();
    let mut described = describe(api, &ids).await?;
    for child in children {
        if let Some(job) = described.remove(&child.id) {
            gathered.jobs.push((child, job));
        }
    }
    Ok(gathered)
}

async fn describe<A: Api>(
    api: &Patient<A>,
    ids: &[String],
) -> Result<HashMap<String, Value>, Failed> {
    let jobs = look::details(api, ids).await?.into_iter();
    let by_id = jobs.filter_map(|job| Some((job["jobId"].as_str()?.to_owned(), job)));
    Ok(by_id.collect())
}

#[cfg(test)]
mod tests;
