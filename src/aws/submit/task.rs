//! What is to be done, and what is known of each job.

use std::collections::BTreeSet;

use super::wire::Listed;
use crate::aws::api::Operation;

/// What a call is for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// Compares revisions that earlier runs used.
    Known(Vec<usize>),
    /// Looks for a revision of a job's definition.
    Named { job: usize, token: Option<String> },
    /// Registers a job's definition.
    Register(usize),
    /// Submits a job.
    Submit(usize),
    /// Looks for a job by its name.
    Find {
        job: usize,
        token: Option<String>,
        found: Vec<Listed>,
    },
    /// Lists the run's jobs in a queue.
    Sweep {
        queue: usize,
        token: Option<String>,
        found: Vec<Listed>,
    },
    /// Terminates a job that should not be.
    Terminate { id: String },
}

impl Purpose {
    pub(super) fn operation(&self) -> Operation {
        match self {
            Self::Known(_) | Self::Named { .. } => Operation::DescribeJobDefinitions,
            Self::Register(_) => Operation::RegisterJobDefinition,
            Self::Submit(_) => Operation::SubmitJob,
            Self::Find { .. } | Self::Sweep { .. } => Operation::ListJobs,
            Self::Terminate { .. } => Operation::TerminateJob,
        }
    }

    /// Whether it makes more of the run, rather than finding out about what was made.
    pub(super) fn begins(&self) -> bool {
        !matches!(
            self,
            Self::Find { .. } | Self::Sweep { .. } | Self::Terminate { .. }
        )
    }
}

/// A job that should not be there.
#[derive(Clone, Debug)]
pub(super) struct Stray {
    /// The step whose name it has, if any.
    pub(super) step: Option<String>,
    /// Whether it is not known to have ended.
    pub(super) live: bool,
}

/// What is known of one job and its definition.
#[derive(Clone, Debug, Default)]
pub(super) struct Task {
    pub(super) name: String,
    pub(super) definition: Option<String>,
    pub(super) registered: bool,
    /// When it was registered, which makes it new to AWS.
    pub(super) registered_at: Option<u64>,
    /// When a registration was given up whose outcome is not known.
    pub(super) registering: Option<u64>,
    pub(super) id: Option<String>,
    pub(super) found: bool,
    /// When this process sent it last.
    pub(super) sent_at: u64,
    /// When it was submitted, which makes it new to AWS.
    pub(super) submitted_at: Option<u64>,
    /// When a submission was given up whose outcome is not known, the last one.
    pub(super) submitting: Option<u64>,
    /// The same, kept when the job was found or sent again: until some time after it, a request
    /// may arrive.
    pub(super) lost_at: Option<u64>,
    /// How often it was sent, but for what was known to do nothing.
    pub(super) sends: usize,
    /// The ids of all jobs of its name that were seen.
    pub(super) seen: BTreeSet<String>,
    /// How often it was sent by this process without a known outcome.
    pub(super) rounds: u32,
    /// How often it was looked for since.
    pub(super) looks: u32,
    /// How often it was refused for what AWS had not yet seen.
    pub(super) refusals: u32,
    /// What AWS said when it refused it, while a request before that may still arrive.
    pub(super) refused: Option<String>,
    /// How many of its dependencies have no id yet.
    pub(super) waits_for: usize,
    pub(super) dependants: Vec<usize>,
    /// The longest path from here to the end.
    pub(super) height: usize,
}

impl Task {
    /// Whether it was sent more often than jobs of its name were seen.
    pub(super) fn is_open(&self) -> bool {
        self.sends > self.seen.len()
    }
}
