//! The journal, the calls and the clock around the machine.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use super::machine::{Duplicate, Ending, Machine, Note, Outcome, Plan};
use crate::aws::api::{Api, Call, Fault};
use crate::aws::run::{Entry, Journal, RunState, StateError};

/// How a submission ended.
#[derive(Debug)]
pub struct Report {
    /// Whether it is complete, or why not.
    pub ending: Ending,
    /// What became of each step.
    pub outcomes: Vec<Outcome>,
    /// The jobs that should not be there and were not terminated.
    pub duplicates: Vec<Duplicate>,
    /// Why the journal could not be written.
    pub unrecorded: Option<StateError>,
}

/// Submits a run, or finds out what that would register if there is no journal: then the plan must
/// be a dry one. What people want to know meanwhile goes to `tell`.
pub async fn submit<A: Api>(
    api: &Arc<A>,
    plan: Plan<'_>,
    state: &RunState,
    mut journal: Option<&mut Journal>,
    mut tell: impl FnMut(Note),
) -> Report {
    let clock = Clock::start();
    let longest = Duration::from_millis(plan.limits.call);
    let mut machine = Machine::new(plan, state);
    let mut flight = Flight::default();
    let mut unrecorded = None;
    loop {
        let now = clock.now();
        let actions = machine.poll(now);
        actions.notes.into_iter().for_each(&mut tell);
        if let Some(open) = journal.as_deref_mut() {
            let records = actions.records.into_iter();
            let entries: Vec<Entry> = records.map(|record| Entry { at: now, record }).collect();
            if let Err(error) = open.append(&entries) {
                // What was not written down is not done.
                let unsent: Vec<u64> = actions.calls.iter().map(|(id, _)| *id).collect();
                machine.unrecorded(&unsent, now);
                unrecorded = Some(error);
                journal = None;
                continue;
            }
        }
        for (id, call) in actions.calls {
            flight.send(id, Arc::clone(api), call, longest);
        }
        if let Some(ending) = actions.done {
            return Report {
                ending,
                outcomes: machine.outcomes(),
                duplicates: machine.duplicates(),
                unrecorded,
            };
        }
        let replies = flight
            .replies(actions.wait.map(|at| clock.instant(at)))
            .await;
        let now = clock.now();
        for (id, reply) in replies {
            machine.reply(id, reply, now);
        }
    }
}

/// Calls that are under way.
#[derive(Default)]
struct Flight {
    tasks: JoinSet<Result<Value, Fault>>,
    /// Which call each task is.
    calls: HashMap<task::Id, u64>,
}

impl Flight {
    fn send<A: Api>(&mut self, id: u64, api: Arc<A>, call: Call, longest: Duration) {
        let operation = call.operation;
        let task = self.tasks.spawn(async move {
            let reply = api.call(call);
            timeout(longest, reply).await.unwrap_or_else(|_| {
                Err(Fault::Unknown {
                    message: format!(
                        "no answer to {} in {} s",
                        operation.name(),
                        longest.as_secs_f32()
                    ),
                })
            })
        });
        self.calls.insert(task.id(), id);
    }

    /// Waits for a reply, but not longer than `until`; all that are there.
    async fn replies(&mut self, until: Option<Instant>) -> Vec<(u64, Result<Value, Fault>)> {
        let mut replies = Vec::new();
        if self.tasks.is_empty() {
            if let Some(until) = until {
                sleep_until(until).await;
            }
            return replies;
        }
        let first = until_or_ever(until, self.tasks.join_next_with_id()).await;
        let mut next = first.flatten();
        while let Some(ended) = next {
            let (task, reply) = match ended {
                Ok(ended) => ended,
                Err(error) => (error.id(), Err(broken(&error))),
            };
            replies.extend(self.calls.remove(&task).map(|id| (id, reply)));
            next = self.tasks.try_join_next_with_id();
            if next.is_none() {
                // What comes in meanwhile is written down with it: the disk is the slowest of all.
                task::yield_now().await;
                next = self.tasks.try_join_next_with_id();
            }
        }
        replies
    }
}

async fn until_or_ever<T>(until: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match until {
        None => Some(work.await),
        Some(until) => tokio::time::timeout_at(until, work).await.ok(),
    }
}

/// A call whose code failed: it may have been sent.
fn broken(error: &JoinError) -> Fault {
    Fault::Unknown {
        message: error.to_string(),
    }
}

/// Unix time that never goes back while it is used.
struct Clock {
    began: Instant,
    unix: u64,
}

impl Clock {
    fn start() -> Self {
        Self {
            began: Instant::now(),
            unix: unix_time(),
        }
    }

    fn now(&self) -> u64 {
        self.unix + u64::try_from(self.began.elapsed().as_millis()).unwrap_or(0)
    }

    fn instant(&self, at: u64) -> Instant {
        self.began + Duration::from_millis(at.saturating_sub(self.unix))
    }
}

/// The time now, in milliseconds of Unix time.
#[must_use]
pub fn unix_time() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}
