//! What is written down about a run.

use serde::{Deserialize, Serialize};

/// A line of a run's journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// When it was written, in milliseconds of Unix time.
    pub at: u64,
    /// What happened, or is about to.
    #[serde(flatten)]
    pub record: Record,
}

/// What happened, or, in the present participle, is about to: those are on the disk before the
/// call is sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Record {
    /// RegisterJobDefinition is about to be sent.
    Registering {
        /// The step whose definition it is.
        step: String,
    },
    /// The revision that a step's job uses is known.
    Definition {
        /// The step.
        step: String,
        /// The revision's ARN.
        arn: String,
        /// Whether this run registered it, rather than found it.
        registered: bool,
    },
    /// SubmitJob is about to be sent. There is one such record for each time it is sent.
    Submitting {
        /// The step.
        step: String,
    },
    /// A step's job is there.
    Submitted {
        /// The step.
        step: String,
        /// The job's id.
        job_id: String,
        /// Whether it was found by its name, because no reply told its id.
        found: bool,
    },
    /// AWS refused a definition or a job: it is not there, and nothing that was sent before arrives.
    Refused {
        /// The step.
        step: String,
        /// What AWS said.
        message: String,
    },
    /// Whether a job is there could not be found out.
    Unknown {
        /// The step.
        step: String,
    },
    /// A job of this run that should not be there is about to be terminated.
    Terminating {
        /// The step under whose name it is; `None` for a name that no step has.
        step: Option<String>,
        /// Its id.
        job_id: String,
    },
    /// It was terminated, or had ended.
    Terminated {
        /// Its id.
        job_id: String,
    },
    /// Every step has its job, and no other job was seen: the submission is over.
    Complete,
    /// The run is about to be cancelled: it must not be submitted further.
    Cancelling,
    /// Everything that was there when it was cancelled has been terminated.
    Cancelled,
}
