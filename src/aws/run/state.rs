//! What a journal says about a run.

use std::collections::BTreeMap;

use super::{Entry, Record};

/// What is known about a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RunState {
    /// By step.
    pub steps: BTreeMap<String, StepState>,
    /// Jobs that should not be there and perhaps have not been terminated yet, by id, with their
    /// step.
    pub terminating: BTreeMap<String, Option<String>>,
    /// Whether the submission came to its end.
    pub complete: bool,
    /// Whether the run was cancelled, or somebody began to.
    pub cancelled: bool,
    /// Whether that did not come to its end yet.
    pub cancelling: bool,
    /// Whether this is not the process that began the run: jobs may be there that the journal, which
    /// may have been damaged, does not tell of.
    pub resumed: bool,
}

/// What is known about one step of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StepState {
    /// The revision of its job definition.
    pub definition: Option<String>,
    /// When RegisterJobDefinition was sent without a known outcome, or had one.
    pub registering: Option<u64>,
    /// Its job.
    pub job_id: Option<String>,
    /// When SubmitJob was sent, each time since it was last known that there is no job.
    pub submitting: Vec<u64>,
    /// What AWS said when it refused the definition or the job; `None` once it was sent again.
    pub refused: Option<String>,
}

impl RunState {
    /// What the entries of a journal say.
    #[must_use]
    pub fn of(entries: &[Entry]) -> Self {
        let mut state = Self::default();
        for entry in entries {
            state.add(entry);
        }
        state
    }

    /// Adds the next entry.
    pub fn add(&mut self, entry: &Entry) {
        match &entry.record {
            Record::Registering { step } => {
                let step = self.step(step);
                step.registering = Some(entry.at);
                step.refused = None;
            }
            Record::Definition { step, arn, .. } => {
                self.step(step).definition = Some(arn.clone());
            }
            Record::Submitting { step } => {
                let step = self.step(step);
                step.submitting.push(entry.at);
                step.refused = None;
            }
            Record::Submitted { step, job_id, .. } => {
                self.step(step).job_id = Some(job_id.clone());
            }
            Record::Refused { step, message } => {
                let step = self.step(step);
                step.refused = Some(message.clone());
                // It is written when nothing that was sent before can arrive any more.
                if step.submitting.is_empty() {
                    step.registering = None;
                }
                step.submitting.clear();
            }
            Record::Unknown { .. } => {}
            Record::Terminating { step, job_id } => {
                self.terminating.insert(job_id.clone(), step.clone());
            }
            Record::Terminated { job_id } => {
                self.terminating.remove(job_id);
            }
            Record::Complete => self.complete = true,
            Record::Cancelling | Record::Cancelled => {
                self.cancelled = true;
                self.cancelling = entry.record == Record::Cancelling;
            }
        }
    }

    fn step(&mut self, step: &str) -> &mut StepState {
        self.steps.entry(step.to_owned()).or_default()
    }
}
