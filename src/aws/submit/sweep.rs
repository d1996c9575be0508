//! The third part: the run is listed, and what should not be there is terminated. A run that another
//! process began is listed first as well, so that what is there is not sent again.

use serde_json::Value;

use super::machine::{Machine, Note, Purpose};
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
                    let pause = (self.plan.limits.call / 30) << self.sweeps.min(4);
                    (now + pause).min(until).max(now)
                }
                _ => return,
            }
        };
        self.sweeps += 1;
        self.swept_at = at;
        self.list(at);
    }

    /// Lists the run.
    pub(super) fn list(&mut self, at: u64) {
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

    /// Until when a request may arrive of which nothing was seen: of a step that was sent more
    /// often than jobs of its name were seen.
    fn late_until(&self) -> Option<u64> {
        let late = self.plan.limits.late();
        let open = self
            .tasks
            .iter()
            .filter(|task| task.sends > task.seen.len());
        open.filter_map(|task| task.lost_at)
            .max()
            .map(|at| at + late)
    }

    /// Whether the outcome of any submission was unknown at some time.
    pub(super) fn doubtful(&self) -> bool {
        self.tasks
            .iter()
            .any(|task| task.sends > task.seen.len() || task.found)
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
        if !self.strays.insert(listed.id.clone()) {
            return;
        }
        let step = job.map(|job| self.step(job));
        self.out.notes.push(Note::Duplicate {
            step: step.clone(),
            job_id: listed.id.clone(),
            ended: listed.ended,
        });
        self.out.records.push(Record::Terminating {
            step,
            job_id: listed.id.clone(),
        });
        if listed.ended {
            self.out
                .records
                .push(Record::Terminated { job_id: listed.id });
        } else {
            self.push(Purpose::Terminate { id: listed.id }, now);
        }
    }
}
