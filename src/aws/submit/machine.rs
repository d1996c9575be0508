//! What to do next.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

pub use super::events::{Actions, Duplicate, Ending, Limits, Note, Outcome};
use super::queue::Queue;
pub(super) use super::task::{Purpose, Stray, Task};
use super::wire;
use crate::aws::api::{Call, Fault, Operation};
use crate::aws::ask;
use crate::aws::run::{Document, Record, RunId, RunState};
use crate::batch::names;

/// AWS keeps what has ended for a week: what was sent longer ago and is not found may have been
/// there. A day less, to be sure.
pub(super) const KEPT: u64 = 6 * 24 * 60 * 60 * 1000;

/// How often a definition or a job whose outcome is not known is sent before that is the outcome.
pub(super) const ROUNDS: u32 = 4;

/// A submission, as it is planned.
#[derive(Clone, Debug)]
pub struct Plan<'d> {
    /// What is submitted.
    pub document: &'d Document,
    /// `name_prefix`.
    pub prefix: &'d str,
    /// The run.
    pub run: &'d RunId,
    /// Revisions that earlier runs used, by name.
    pub known: BTreeMap<String, String>,
    /// Whether a definition of ours and one that AWS describes are the same.
    pub same: fn(&Value, &Value) -> bool,
    /// How fast, and how patiently.
    pub limits: Limits,
    /// Only finds out what would be registered: nothing is made.
    pub dry: bool,
}

/// The submission of a run.
pub struct Machine<'d> {
    pub(super) plan: Plan<'d>,
    pub(super) tasks: Vec<Task>,
    pub(super) by_name: BTreeMap<String, usize>,
    pub(super) queues: Vec<String>,
    pub(super) queue: Queue<Purpose>,
    /// How many definitions are not known yet.
    pub(super) undefined: usize,
    /// How many jobs are not known yet.
    pub(super) missing: usize,
    /// Sweeps that have not ended; `None` before the first.
    pub(super) sweeping: Option<usize>,
    /// Whether the run is being listed before anything is sent.
    pub(super) surveying: bool,
    /// How often the run was listed after that.
    pub(super) sweeps: u32,
    /// When the last list began.
    pub(super) swept_at: u64,
    /// When the last list began that came to its end.
    pub(super) listed_at: u64,
    /// Whether it was said that late requests are waited for.
    pub(super) waiting: bool,
    /// Jobs that were or are terminated, by id.
    pub(super) strays: BTreeMap<String, Stray>,
    /// Nothing is registered or submitted any more, for this reason.
    pub(super) stop: Option<Ending>,
    /// Nothing at all is sent any more.
    halted: bool,
    pub(super) out: Actions,
    started: bool,
    done: bool,
    throttled: BTreeSet<Operation>,
}

impl fmt::Debug for Machine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("tasks", &self.tasks)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}

impl<'d> Machine<'d> {
    /// A submission that goes on where `state` was left, which may be the beginning.
    #[must_use]
    pub fn new(plan: Plan<'d>, state: &RunState) -> Self {
        let document = plan.document;
        let mut tasks: Vec<Task> = Vec::with_capacity(document.jobs.len());
        for job in &document.jobs {
            let mut task = Task {
                name: job.name(plan.prefix, &document.flow, plan.run),
                ..Task::default()
            };
            if let Some(known) = state.steps.get(&job.step) {
                task.definition.clone_from(&known.definition);
                // It may have been under way for as long as a call may take.
                let call = plan.limits.call;
                task.registering = known.registering.map(|at| at.saturating_add(call));
                task.registered_at = known.registering;
                task.id.clone_from(&known.job_id);
                task.seen.extend(known.job_id.clone());
                task.sends = known.submitting.len();
                let sent = known.submitting.last().copied();
                task.submitted_at = sent;
                task.lost_at = sent.map(|at| at.saturating_add(call));
                task.submitting = sent.filter(|_| task.id.is_none());
            }
            tasks.push(task);
        }
        for (at, job) in document.jobs.iter().enumerate() {
            for dependency in &job.depends_on {
                tasks[dependency.job].dependants.push(at);
                tasks[at].waits_for += usize::from(tasks[dependency.job].id.is_none());
            }
        }
        for at in (0..tasks.len()).rev() {
            let heights = tasks[at].dependants.iter().map(|&next| tasks[next].height);
            tasks[at].height = heights.max().map_or(0, |height| height + 1);
        }
        let names = tasks.iter().enumerate();
        Self {
            by_name: names.map(|(at, task)| (task.name.clone(), at)).collect(),
            queues: document.queues(),
            queue: Queue::new(plan.limits.clone()),
            undefined: tasks
                .iter()
                .filter(|task| task.definition.is_none())
                .count(),
            missing: tasks.iter().filter(|task| task.id.is_none()).count(),
            sweeping: None,
            surveying: state.resumed && !plan.dry,
            sweeps: 0,
            swept_at: 0,
            listed_at: 0,
            waiting: false,
            strays: state
                .terminating
                .iter()
                .map(|(id, step)| {
                    let step = step.clone();
                    (id.clone(), Stray { step, live: true })
                })
                .collect(),
            stop: None,
            halted: false,
            out: Actions::default(),
            started: false,
            done: false,
            throttled: BTreeSet::new(),
            plan,
            tasks,
        }
    }

    /// What to do now.
    pub fn poll(&mut self, now: u64) -> Actions {
        if !self.started {
            self.started = true;
            self.start(now);
        }
        self.advance(now);
        let mut calls = Vec::new();
        while let Some((id, purpose)) = self.queue.send(now) {
            let purpose = purpose.clone();
            calls.push((id, self.call(&purpose, now)));
        }
        if self.queue.is_empty() && !self.done {
            self.done = true;
            let ending = self.ending();
            self.out.done = Some(ending);
        }
        let mut actions = std::mem::take(&mut self.out);
        actions.calls = calls;
        actions.wait = self.queue.wait(now);
        actions
    }

    /// Takes the reply to a call.
    pub fn reply(&mut self, id: u64, reply: Result<Value, Fault>, now: u64) {
        if let Err(Fault::Throttled { .. }) = &reply {
            self.note_throttled(id);
        }
        let (stopped, halted) = (self.stop.is_some(), self.halted);
        let again = |purpose: &Purpose| !halted && (!stopped || !purpose.begins());
        let Some((purpose, reply)) = self.queue.reply(id, reply, now, again) else {
            return;
        };
        let operation = purpose.operation();
        match (purpose, reply) {
            (purpose, Err(fault)) if is_hopeless(&fault) => {
                if let Purpose::Submit(job) = purpose {
                    self.tasks[job].sends -= 1;
                }
                // One that was only not sent again tells nothing new.
                if !(stopped && matches!(fault, Fault::Throttled { .. })) {
                    self.stop(Ending::Failed(operation, fault));
                }
            }
            (Purpose::Known(jobs), Ok(reply)) => self.known(&jobs, &reply, now),
            // Perhaps one of them is gone: each is looked for on its own.
            (Purpose::Known(jobs), Err(Fault::Refused { .. })) => {
                for job in jobs {
                    self.push(Purpose::Named { job, token: None }, now);
                }
            }
            (Purpose::Named { job, .. }, Ok(reply)) => self.named(job, &reply, now),
            (Purpose::Register(job), reply) => self.registered(job, reply, now),
            (Purpose::Submit(job), reply) => self.submitted(job, reply, now),
            (Purpose::Find { job, found, .. }, Ok(reply)) => self.find(job, found, &reply, now),
            (Purpose::Sweep { queue, found, .. }, Ok(reply)) => {
                self.swept(queue, found, &reply, now);
            }
            (Purpose::Terminate { id }, Ok(_)) => self.terminated(&id, false),
            (Purpose::Terminate { id }, Err(fault)) if is_not_found(&fault) => {
                self.terminated(&id, true);
            }
            (_, Err(fault)) => self.stop(Ending::Failed(operation, fault)),
        }
    }

    /// The journal cannot be written: the calls of the last actions were not sent, and no others
    /// will be.
    pub fn unrecorded(&mut self, unsent: &[u64], now: u64) {
        let unsent_fault = Fault::Unsent {
            message: String::new(),
            help: String::new(),
        };
        self.stop = None;
        self.stop(Ending::Unrecorded);
        // If it was over, it ended otherwise.
        self.done = false;
        for &id in unsent {
            self.reply(id, Err(unsent_fault.clone()), now);
        }
    }

    /// What became of each step, as far as it is known.
    #[must_use]
    pub fn outcomes(&self) -> Vec<Outcome> {
        let tasks = self.tasks.iter().enumerate();
        tasks
            .map(|(job, task)| Outcome {
                step: self.step(job),
                definition: task.definition.clone(),
                registered: task.registered,
                job_id: task.id.clone(),
                unknown: self.in_doubt(job),
            })
            .collect()
    }

    /// The jobs that should not be there and were not terminated.
    #[must_use]
    pub fn duplicates(&self) -> Vec<Duplicate> {
        let live = self.strays.iter().filter(|(_, stray)| stray.live);
        live.map(|(id, stray)| Duplicate {
            step: stray.step.clone(),
            job_id: id.clone(),
        })
        .collect()
    }

    /// What the journal said about calls that were under way comes first.
    fn start(&mut self, now: u64) {
        for id in self.strays.keys().cloned().collect::<Vec<_>>() {
            self.push(Purpose::Terminate { id }, now);
        }
        // Of a complete run nothing is sent, and it is listed at the end.
        self.surveying &= self.missing > 0;
        if self.surveying {
            self.list(now);
        } else {
            self.begin(now);
        }
    }

    /// Begins what the journal, and AWS if it was asked, do not tell of.
    pub(super) fn begin(&mut self, now: u64) {
        self.define(now);
        for job in 0..self.tasks.len() {
            if self.tasks[job].id.is_none() && self.tasks[job].submitting.is_some() {
                self.look_for(job, now);
            }
        }
        if self.undefined == 0 {
            self.submit_ready(now);
        }
    }

    /// Begins what can begin once all that came before has ended.
    fn advance(&mut self, now: u64) {
        let ended = self.sweeping.is_none_or(|left| left == 0);
        let over = match self.stop {
            None => self.missing == 0,
            Some(_) => self.refused() && self.doubtful(),
        };
        if over && ended && self.queue.is_empty() {
            self.sweep(now);
        }
    }

    fn ending(&mut self) -> Ending {
        for job in 0..self.tasks.len() {
            let step = self.step(job);
            if self.in_doubt(job) {
                self.out.records.push(Record::Unknown { step });
            } else if self.tasks[job].id.is_none()
                && let Some(message) = self.tasks[job].refused.take()
            {
                self.out.records.push(Record::Refused { step, message });
            }
        }
        match &self.stop {
            None => {
                if !self.plan.dry {
                    self.out.records.push(Record::Complete);
                }
                Ending::Complete
            }
            Some(stop) => stop.clone(),
        }
    }

    /// Asks for something, unless it comes too late.
    pub(super) fn push(&mut self, purpose: Purpose, at: u64) {
        if self.halted || (self.stop.is_some() && purpose.begins()) {
            return;
        }
        let priority = match purpose {
            Purpose::Submit(job) => self.tasks[job].height,
            _ => 0,
        };
        self.queue.push(purpose.operation(), purpose, priority, at);
    }

    /// The request for a purpose, after what must be on the disk before it.
    fn call(&mut self, purpose: &Purpose, now: u64) -> Call {
        match purpose {
            Purpose::Known(jobs) => {
                let arns = jobs.iter().filter_map(|&job| self.known_revision(job));
                wire::known(arns.map(String::as_str).collect::<Vec<_>>())
            }
            Purpose::Named { job, token } => {
                let name = self.plan.document.jobs[*job].definition_name();
                ask::page(ask::revisions_of(name), token.as_deref())
            }
            Purpose::Register(job) => self.register(*job),
            Purpose::Submit(job) => self.submission(*job, now),
            Purpose::Find { job, token, .. } => {
                let queue = self.plan.document.jobs[*job].queue();
                let call = ask::jobs_named(queue, &self.tasks[*job].name);
                ask::page(call, token.as_deref())
            }
            Purpose::Sweep { queue, token, .. } => {
                let name = format!("{}*", self.run_prefix());
                let call = ask::jobs_named(&self.queues[*queue], &name);
                ask::page(call, token.as_deref())
            }
            Purpose::Terminate { id } => ask::terminate(id, TERMINATED),
        }
    }

    pub(super) fn run_prefix(&self) -> String {
        names::run(
            self.plan.prefix,
            &self.plan.document.flow,
            self.plan.run.as_str(),
        )
    }

    pub(super) fn step(&self, job: usize) -> String {
        self.plan.document.jobs[job].step.clone()
    }

    /// Ends the submission: nothing is registered or submitted any more, and what is in flight is
    /// waited for. What AWS refused is not its end to everything: what is in doubt is still
    /// looked up.
    pub(super) fn stop(&mut self, ending: Ending) {
        self.halted |= !matches!(ending, Ending::Refused(_));
        match (&mut self.stop, ending) {
            (Some(Ending::Refused(all)), Ending::Refused(more)) => all.extend(more),
            (Some(Ending::Unknown(all)), Ending::Unknown(more)) => all.extend(more),
            // What came first tells most.
            (Some(_), _) => {}
            (None, ending) => self.stop = Some(ending),
        }
        let halted = self.halted;
        self.queue.clear(|purpose| !halted && !purpose.begins());
    }

    /// Whether AWS refused something, and nothing worse is known.
    pub(super) fn refused(&self) -> bool {
        self.stop.is_some() && !self.halted
    }

    fn note_throttled(&mut self, id: u64) {
        if let Some(operation) = self.queue.operation(id)
            && self.throttled.insert(operation)
        {
            self.out.notes.push(Note::Throttled { operation });
        }
    }
}

/// Whether AWS says that something is not there; a queue aside, which nobody has just made.
pub(super) fn is_not_found(fault: &Fault) -> bool {
    let Fault::Refused { message, .. } = fault else {
        return false;
    };
    let message = message.to_lowercase();
    let missing = [
        "not found",
        "not exist",
        "n't exist",
        "not be found",
        "no such",
    ];
    !message.contains("queue") && missing.iter().any(|text| message.contains(text))
}

const TERMINATED: &str = "flowbatch: this step of the run has another job";

/// Whether a fault says that no call will work: asking for the next one makes no sense, and
/// nothing is wrong with what was asked.
fn is_hopeless(fault: &Fault) -> bool {
    match fault {
        Fault::Unsent { .. } | Fault::Throttled { .. } => true,
        Fault::Refused { status, code, .. } => {
            matches!(status, 401 | 403) || code.contains("AccessDenied")
        }
        Fault::Unknown { .. } => false,
    }
}
