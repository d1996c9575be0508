//! The second part: every job is submitted, after those that it depends on.

use serde_json::Value;

use super::machine::{Ending, KEPT, Machine, Note, Purpose, ROUNDS, is_not_found};
use super::wire::{self, Listed};
use crate::aws::api::{Call, Fault, Operation};
use crate::aws::ask;
use crate::aws::run::Record;

impl Machine<'_> {
    /// Submits every job that waits for nothing: all definitions are known.
    pub(super) fn submit_ready(&mut self, now: u64) {
        if self.plan.dry {
            return;
        }
        for job in 0..self.tasks.len() {
            if self.tasks[job].waits_for == 0 {
                self.submit(job, now);
            }
        }
    }

    /// Submits a job unless it has been, or is being looked for.
    fn submit(&mut self, job: usize, now: u64) {
        let task = &self.tasks[job];
        if task.id.is_none() && task.submitting.is_none() {
            self.push(Purpose::Submit(job), now);
        }
    }

    pub(super) fn submission(&mut self, job: usize, now: u64) -> Call {
        let step = self.step(job);
        self.out.records.push(Record::Submitting { step });
        self.tasks[job].sends += 1;
        self.tasks[job].sent_at = now;
        let document = self.plan.document;
        let of = &document.jobs[job];
        let tasks = &self.tasks;
        // A job is submitted once all these are known.
        let ids = of
            .depends_on
            .iter()
            .filter_map(|on| tasks[on.job].id.as_deref());
        let ids: Vec<&str> = ids.collect();
        let definition = tasks[job].definition.as_deref().unwrap_or_default();
        let body = of.submission(
            self.plan.prefix,
            &document.flow,
            self.plan.run,
            definition,
            &ids,
        );
        Call::new(Operation::SubmitJob, body)
    }

    pub(super) fn submitted(&mut self, job: usize, reply: Result<Value, Fault>, now: u64) {
        let message = match reply {
            Ok(reply) => match reply["jobId"].as_str() {
                Some(id) => {
                    self.tasks[job].submitted_at = Some(now);
                    self.there(job, id, false, now);
                    return;
                }
                None => "the reply to SubmitJob has no job id".to_owned(),
            },
            Err(Fault::Unknown { message }) => message,
            Err(fault) => {
                self.tasks[job].sends -= 1;
                self.refusal(job, fault, now);
                return;
            }
        };
        let task = &mut self.tasks[job];
        task.submitting = Some(now);
        task.lost_at = Some(now);
        task.rounds += 1;
        task.looks = 0;
        self.out.notes.push(Note::Lost {
            step: self.step(job),
            operation: Operation::SubmitJob,
            message,
        });
        let at = self.next_look(job, now, now).unwrap_or(now);
        self.push_find(job, at);
    }

    /// AWS refused a job: for good, unless it may only not have seen yet what the job needs.
    fn refusal(&mut self, job: usize, fault: Fault, now: u64) {
        let settle = self.plan.limits.settle();
        // The reply may have taken long: what counts is what AWS knew when it was asked.
        let sent = self.tasks[job].sent_at;
        let is_new = |at: Option<u64>| at.is_some_and(|at| sent < at.saturating_add(settle));
        let depends_on = &self.plan.document.jobs[job].depends_on;
        let mut depends_on = depends_on.iter().map(|on| &self.tasks[on.job]);
        let needs_new = is_new(self.tasks[job].registered_at)
            || depends_on.any(|task| is_new(task.submitted_at));
        if needs_new && is_not_found(&fault) && self.stop.is_none() {
            let task = &mut self.tasks[job];
            task.refusals += 1;
            let pause = (settle / 60) << task.refusals.min(4);
            self.push(Purpose::Submit(job), now + pause);
            return;
        }
        let step = self.step(job);
        let message = fault.to_string();
        if self.in_doubt(job) {
            // Of what was sent before, that tells nothing.
            self.tasks[job].refused = Some(message);
        } else {
            self.out.records.push(Record::Refused {
                step: step.clone(),
                message,
            });
        }
        let refused = (step, Operation::SubmitJob, fault);
        self.stop(Ending::Refused(vec![refused]));
    }

    /// Begins to look for a job that another process was about to submit when it ended.
    pub(super) fn look_for(&mut self, job: usize, now: u64) {
        // It may have been under way for as long as a call may take; a clock that was set back
        // must not make that longer.
        let task = &mut self.tasks[job];
        let sent = task.submitting.unwrap_or(now).min(now);
        task.submitting = Some(sent + self.plan.limits.call);
        task.lost_at = task.submitting;
        self.push_find(job, now);
    }

    fn push_find(&mut self, job: usize, at: u64) {
        let find = Purpose::Find {
            job,
            token: None,
            found: Vec::new(),
        };
        self.push(find, at);
    }

    /// A page of the jobs of one name.
    pub(super) fn find(&mut self, job: usize, mut found: Vec<Listed>, reply: &Value, now: u64) {
        let name = &self.tasks[job].name;
        let strays = &self.strays;
        let listed = wire::listed(reply).into_iter();
        found.extend(listed.filter(|job| job.name == *name && !strays.contains_key(&job.id)));
        let token = ask::next_page(reply);
        if token.is_some() {
            self.push(Purpose::Find { job, token, found }, now);
            return;
        }
        if !found.is_empty() {
            self.claim(job, found, now);
            return;
        }
        let given_up = self.tasks[job].submitting.unwrap_or(now);
        if let Some(at) = self.next_look(job, given_up, now) {
            self.push_find(job, at);
            return;
        }
        if self.stop.is_some() {
            // It had time to show up.
            self.tasks[job].submitting = None;
            return;
        }
        let step = self.step(job);
        if now.saturating_sub(given_up) > KEPT {
            self.unknown(
                step,
                "it was sent so long ago that AWS may have forgotten the job",
            );
            return;
        }
        if self.tasks[job].rounds >= ROUNDS {
            self.unknown(step, "it was sent several times, and never showed up");
            return;
        }
        self.tasks[job].submitting = None;
        if self.undefined == 0 && self.tasks[job].waits_for == 0 {
            self.out.notes.push(Note::Again { step });
            self.push(Purpose::Submit(job), now);
        }
    }

    fn unknown(&mut self, step: String, message: &str) {
        let message = message.to_owned();
        self.stop(Ending::Unknown(vec![(step, Operation::SubmitJob, message)]));
    }

    /// Takes the jobs that have a step's name: one stands for the step, others should not be.
    pub(super) fn claim(&mut self, job: usize, mut found: Vec<Listed>, now: u64) {
        // The oldest is the furthest.
        found.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        if self.tasks[job].id.is_none()
            && let Some(oldest) = found
                .iter()
                .find(|listed| !self.strays.contains_key(&listed.id))
        {
            let id = oldest.id.clone();
            self.there(job, &id, true, now);
        }
        for listed in found {
            self.tasks[job].seen.insert(listed.id.clone());
            if self.tasks[job].id.as_ref() != Some(&listed.id) {
                self.stray(Some(job), listed, now);
            }
        }
    }

    /// A step has its job; those that waited for it can follow.
    fn there(&mut self, job: usize, id: &str, found: bool, now: u64) {
        let step = self.step(job);
        if found {
            self.out.notes.push(Note::Found { step: step.clone() });
        }
        self.out.records.push(Record::Submitted {
            step,
            job_id: id.to_owned(),
            found,
        });
        let task = &mut self.tasks[job];
        task.id = Some(id.to_owned());
        task.found = found;
        task.submitting = None;
        task.seen.insert(id.to_owned());
        self.missing -= 1;
        for next in self.tasks[job].dependants.clone() {
            self.tasks[next].waits_for -= 1;
            if self.tasks[next].waits_for == 0 && self.undefined == 0 && !self.surveying {
                self.submit(next, now);
            }
        }
    }
}
