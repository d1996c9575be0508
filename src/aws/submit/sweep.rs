//! The third part: the run is listed, and what should not be there is terminated. A run that another
//! process began is listed first as well, so that what is there is not sent again.

use serde_json::Value;

use super::machine::{Machine, Note, Purpose, Stray};
use super::task::Task;
use super::wire::{self, Listed};
use crate::aws::ask;
use crate::aws::run::Record;

impl Machine<'_> {
    /// Lists the run, in every queue that it uses: at once, and then again as long as a request
    /// that was given up may still arrive.
    pub(super) fn sweep(&mut self, now: u64) {
        let at = if self.sweeps == 0 {
            now
        } else {
            match self.late_until() {
                // The last list must have begun when nothing could arrive any more.
                Some(until) if self.swept_at < until => {
                    self.note_waiting(until, now);
                    let pause = (self.plan.limits.call / 30) << self.sweeps.min(4);
                    (now + pause).min(until).max(now)
                }
                _ => return,
            }
        };
        self.sweeps += 1;
        self.list(at);
    }

    /// Lists the run.
    pub(super) fn list(&mut self, at: u64) {
        self.swept_at = at;
        self.sweeping = Some(self.queues.len());
        for queue in 0..self.queues.len() {
            let sweep = Purpose::Sweep {
                queue,
                token: None,
                found: Vec::new(),
            };
            self.push(sweep, at);
        }
    }

    /// Until when a request of a step may arrive of which nothing was seen.
    fn open_until(&self, task: &Task) -> Option<u64> {
        let lost_at = task.lost_at.filter(|_| task.is_open());
        lost_at.map(|at| at.saturating_add(self.plan.limits.late()))
    }

    /// Until when any may.
    fn late_until(&self) -> Option<u64> {
        let open = self.tasks.iter();
        open.filter_map(|task| self.open_until(task)).max()
    }

    /// Whether a step may have a job that was not seen: it was sent without a known outcome, and has
    /// not been looked for when nothing of it could arrive any more. That a later request was
    /// refused tells nothing of it.
    pub(super) fn in_doubt(&self, job: usize) -> bool {
        let task = &self.tasks[job];
        let until = self.open_until(task);
        task.id.is_none()
            && (task.submitting.is_some() || until.is_some_and(|until| self.listed_at < until))
    }

    /// Says once why nothing else is done.
    fn note_waiting(&mut self, until: u64, now: u64) {
        if until <= now || std::mem::replace(&mut self.waiting, true) {
            return;
        }
        let open = (0..self.tasks.len()).filter(|&job| {
            self.open_until(&self.tasks[job])
                .is_some_and(|until| now < until)
        });
        let steps = open.map(|job| self.step(job)).collect();
        let time = until.saturating_sub(now);
        self.out.notes.push(Note::Waiting { steps, time });
    }

    /// Whether the outcome of any submission was unknown at some time.
    pub(super) fn doubtful(&self) -> bool {
        self.tasks.iter().any(|task| task.is_open() || task.found)
    }

    /// A page of the run's jobs in one queue.
    pub(super) fn swept(&mut self, queue: usize, mut found: Vec<Listed>, reply: &Value, now: u64) {
        let prefix = self.run_prefix();
        let listed = wire::listed(reply).into_iter();
        // AWS does not tell small letters from capitals.
        found.extend(listed.filter(|listed| listed.name.starts_with(&prefix)));
        let token = ask::next_page(reply);
        if token.is_some() {
            self.push(
                Purpose::Sweep {
                    queue,
                    token,
                    found,
                },
                now,
            );
            return;
        }
        self.sweeping = self.sweeping.map(|left| left.saturating_sub(1));
        if self.sweeping == Some(0) {
            self.listed_at = self.swept_at;
        }
        let mut of_job: Vec<Vec<Listed>> = vec![Vec::new(); self.tasks.len()];
        for listed in found {
            match self.by_name.get(&listed.name) {
                Some(&job) => of_job[job].push(listed),
                None => self.stray(None, listed, now),
            }
        }
        for (job, found) in of_job.into_iter().enumerate() {
            if !found.is_empty() {
                self.claim(job, found, now);
            }
        }
        if self.surveying && self.sweeping == Some(0) {
            self.surveying = false;
            self.begin(now);
        }
    }

    /// A job that should not be there: it is terminated, unless it has ended.
    pub(super) fn stray(&mut self, job: Option<usize>, listed: Listed, now: u64) {
        if self.strays.contains_key(&listed.id) {
            return;
        }
        let step = job.map(|job| self.step(job));
        self.out.records.push(Record::Terminating {
            step: step.clone(),
            job_id: listed.id.clone(),
        });
        let stray = Stray { step, live: true };
        self.strays.insert(listed.id.clone(), stray);
        if listed.ended {
            self.terminated(&listed.id, true);
        } else {
            self.push(Purpose::Terminate { id: listed.id }, now);
        }
    }

    /// A job that should not be there is no more; `ended` if it was not for us.
    pub(super) fn terminated(&mut self, id: &str, ended: bool) {
        let job_id = id.to_owned();
        if let Some(stray) = self.strays.get_mut(id) {
            stray.live = false;
            self.out.notes.push(Note::Duplicate {
                step: stray.step.clone(),
                job_id: job_id.clone(),
                ended,
            });
        }
        self.out.records.push(Record::Terminated { job_id });
    }
}
