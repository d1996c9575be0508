//! What goes into the machine and what comes out of it.

use crate::aws::api::{Call, Fault, Operation};
use crate::aws::pace::Pace;
use crate::aws::run::Record;

/// How fast, and how patiently.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How fast calls of one operation are sent.
    pub pace: Pace,
    /// How many calls are in flight at most.
    pub in_flight: usize,
    /// How long one call may take, in milliseconds. All other patience follows from it: who knows
    /// a slow network allows calls more time.
    pub call: u64,
    /// Makes the pauses of two processes differ.
    pub seed: u64,
}

impl Limits {
    /// Those that AWS calls for, with calls of up to `call` milliseconds.
    #[must_use]
    pub fn of_aws(call: u64, seed: u64) -> Self {
        Self {
            pace: Pace::of_aws(),
            in_flight: 512,
            call: call.min(LONGEST_CALL),
            seed,
        }
    }

    /// How long a job or definition may take to show up in lists after it was sent: AWS is
    /// eventually consistent.
    #[must_use]
    pub fn settle(&self) -> u64 {
        self.call / 2
    }

    /// How long after a call was given up its request may still arrive.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.call * 2
    }

    /// How long AWS may go on asking to slow down.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.call * 10
    }
}

/// No call takes a day.
const LONGEST_CALL: u64 = 24 * 60 * 60 * 1000;

/// Something that people want to know while it happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Note {
    /// A step's definition or job has no known outcome; it is looked for.
    Lost {
        /// The step.
        step: String,
        /// `SubmitJob` or `RegisterJobDefinition`.
        operation: Operation,
        /// What was seen.
        message: String,
    },
    /// It was found.
    Found {
        /// The step.
        step: String,
    },
    /// It is not there, and is sent again.
    Again {
        /// The step.
        step: String,
    },
    /// All has been done that can be, but requests that were given up may still arrive.
    Waiting {
        /// Of these steps.
        steps: Vec<String>,
        /// For so long, in milliseconds.
        time: u64,
    },
    /// A job that should not be there was terminated.
    Duplicate {
        /// The step whose name it has, if any.
        step: Option<String>,
        /// Its id.
        job_id: String,
        /// Whether it had ended before that.
        ended: bool,
    },
    /// AWS asks to slow down.
    Throttled {
        /// Of which calls.
        operation: Operation,
    },
}

/// What to do now, in this order.
#[derive(Debug, Default)]
pub struct Actions {
    /// To be on the disk before anything else is done.
    pub records: Vec<Record>,
    /// To be sent, all at once.
    pub calls: Vec<(u64, Call)>,
    /// To be told.
    pub notes: Vec<Note>,
    /// When to ask again, if no reply comes before.
    pub wait: Option<u64>,
    /// The submission is over.
    pub done: Option<Ending>,
}

/// How a submission ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Every step has its one job.
    Complete,
    /// AWS refused definitions or jobs: by step, the operation and the fault.
    Refused(Vec<(String, Operation, Fault)>),
    /// Whether these steps have a job or a definition could not be found out: the operation, and
    /// what was seen.
    Unknown(Vec<(String, Operation, String)>),
    /// AWS cannot be worked with: at which operation, and why.
    Failed(Operation, Fault),
    /// The journal cannot be written. What was under way has ended.
    Unrecorded,
}

/// What became of a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The step.
    pub step: String,
    /// Its definition's ARN.
    pub definition: Option<String>,
    /// Whether it was registered for this run, or would be.
    pub registered: bool,
    /// Its job's id.
    pub job_id: Option<String>,
    /// Whether SubmitJob was sent without a known outcome, and the job was not found while it could
    /// still arrive.
    pub unknown: bool,
}

/// A job that should not be there, and is not known to have ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Duplicate {
    /// The step whose name it has, if any.
    pub step: Option<String>,
    /// Its id.
    pub job_id: String,
}
