//! The first part: every job's definition is there, and its revision known.

use serde_json::Value;

use super::machine::{Ending, Machine, Note, Purpose, ROUNDS};
use super::wire;
use crate::aws::api::{Call, Fault, Operation};
use crate::aws::ask;
use crate::aws::run::Record;

/// How many revisions one call describes.
const BATCH: usize = 100;

impl Machine<'_> {
    /// Looks for every definition that is not known: where earlier runs found it, else by name.
    pub(super) fn define(&mut self, now: u64) {
        let mut known = Vec::new();
        for job in 0..self.tasks.len() {
            let task = &self.tasks[job];
            if task.definition.is_some() {
                continue;
            }
            if task.registering.is_none() && self.known_revision(job).is_some() {
                known.push(job);
            } else {
                self.push(Purpose::Named { job, token: None }, now);
            }
        }
        for jobs in known.chunks(BATCH) {
            self.push(Purpose::Known(jobs.to_vec()), now);
        }
    }

    pub(super) fn known_revision(&self, job: usize) -> Option<&String> {
        let name = self.plan.document.jobs[job].definition_name();
        self.plan.known.get(name)
    }

    /// What became of the revisions that earlier runs used.
    pub(super) fn known(&mut self, jobs: &[usize], reply: &Value, now: u64) {
        for &job in jobs {
            let arn = self.known_revision(job);
            let ours = &self.plan.document.jobs[job].definition;
            let theirs = wire::active(reply, |item| {
                item["jobDefinitionArn"].as_str() == arn.map(String::as_str)
                    && (self.plan.same)(ours, item)
            });
            match theirs {
                Some(arn) => self.defined(job, arn, false, now),
                None => self.push(Purpose::Named { job, token: None }, now),
            }
        }
    }

    /// A page of the revisions of one name.
    pub(super) fn named(&mut self, job: usize, reply: &Value, now: u64) {
        let ours = &self.plan.document.jobs[job].definition;
        if let Some(arn) = wire::active(reply, |item| (self.plan.same)(ours, item)) {
            if self.tasks[job].registering.is_some() {
                let step = self.step(job);
                self.out.notes.push(Note::Found { step });
            }
            self.defined(job, arn, false, now);
            return;
        }
        let token = ask::next_page(reply);
        if token.is_some() {
            self.push(Purpose::Named { job, token }, now);
            return;
        }
        if let Some(given_up) = self.tasks[job].registering
            && let Some(at) = self.next_look(job, given_up, now)
        {
            self.push(Purpose::Named { job, token: None }, at);
            return;
        }
        if self.tasks[job].registering.is_some() {
            let step = self.step(job);
            self.out.notes.push(Note::Again { step });
        }
        if self.plan.dry {
            self.tasks[job].registered = true;
        } else {
            self.push(Purpose::Register(job), now);
        }
    }

    /// When to look again for what was given up at `given_up`; `None` once it had time to show up.
    pub(super) fn next_look(&mut self, job: usize, given_up: u64, now: u64) -> Option<u64> {
        let settle = self.plan.limits.settle();
        if now >= given_up.saturating_add(settle) {
            return None;
        }
        let task = &mut self.tasks[job];
        task.looks += 1;
        let part = [60, 15, 4]
            .get(task.looks as usize - 1)
            .copied()
            .unwrap_or(1);
        // A clock that was set back must not make this wait for long.
        let begin = given_up.min(now);
        Some(
            (begin + settle / part)
                .max(now + settle / 60)
                .min(now + settle),
        )
    }

    pub(super) fn register(&mut self, job: usize) -> Call {
        let step = self.step(job);
        self.out.records.push(Record::Registering { step });
        let definition = self.plan.document.jobs[job].definition.clone();
        Call::new(Operation::RegisterJobDefinition, definition)
    }

    pub(super) fn registered(&mut self, job: usize, reply: Result<Value, Fault>, now: u64) {
        let step = self.step(job);
        let arn = match &reply {
            Ok(reply) => reply["jobDefinitionArn"].as_str(),
            Err(_) => None,
        };
        let message = match (arn, reply.as_ref()) {
            (Some(arn), _) => {
                let arn = arn.to_owned();
                self.tasks[job].registered_at = Some(now);
                self.defined(job, arn, true, now);
                return;
            }
            (None, Ok(_)) => "the reply to RegisterJobDefinition has no ARN".to_owned(),
            (None, Err(Fault::Unknown { message })) => message.clone(),
            (None, Err(fault)) => {
                let message = fault.to_string();
                self.out.records.push(Record::Refused {
                    step: step.clone(),
                    message,
                });
                let refused = (step, Operation::RegisterJobDefinition, fault.clone());
                self.stop(Ending::Refused(vec![refused]));
                return;
            }
        };
        let task = &mut self.tasks[job];
        task.registering = Some(now);
        task.rounds += 1;
        task.looks = 0;
        let operation = Operation::RegisterJobDefinition;
        if task.rounds >= ROUNDS {
            self.stop(Ending::Unknown(vec![(step, operation, message)]));
            return;
        }
        self.out.notes.push(Note::Lost {
            step,
            operation,
            message,
        });
        let at = self.next_look(job, now, now).unwrap_or(now);
        self.push(Purpose::Named { job, token: None }, at);
    }

    /// The revision of a job's definition is known; with the last one, jobs can be submitted.
    fn defined(&mut self, job: usize, arn: String, registered: bool, now: u64) {
        self.out.records.push(Record::Definition {
            step: self.step(job),
            arn: arn.clone(),
            registered,
        });
        let task = &mut self.tasks[job];
        task.definition = Some(arn);
        task.registered = registered;
        if task.registering.is_some() {
            task.registered_at = Some(now);
        }
        task.rounds = 0;
        task.looks = 0;
        self.undefined -= 1;
        if self.undefined == 0 {
            self.submit_ready(now);
        }
    }
}
