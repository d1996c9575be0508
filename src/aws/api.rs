//! What is asked of AWS: calls and replies in wire form, and how a call can go wrong.
//!
//! Requests are the JSON that was reviewed, replies the JSON that came back: there is no second
//! model of the API's shapes. Everything that works with AWS does so through [`Api`], so that
//! tests can put any service behind it.

use std::fmt;
use std::future::Future;

use serde_json::Value;

/// An operation of AWS that flowbatch uses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Operation {
    /// Registers a new revision of a job definition.
    RegisterJobDefinition,
    /// Reads revisions of job definitions, by one name or up to 100 `name:revision`.
    DescribeJobDefinitions,
    /// Submits a job.
    SubmitJob,
    /// Lists jobs of a queue, by name, or the children of an array job.
    ListJobs,
    /// Reads up to 100 jobs.
    DescribeJobs,
    /// Ends a job, whatever its status.
    TerminateJob,
    /// Reads job queues.
    DescribeJobQueues,
    /// Reads compute environments.
    DescribeComputeEnvironments,
    /// Reads a log stream of CloudWatch Logs.
    GetLogEvents,
}

impl Operation {
    /// The IAM action that allows it, such as `batch:SubmitJob`.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::RegisterJobDefinition => "batch:RegisterJobDefinition",
            Self::DescribeJobDefinitions => "batch:DescribeJobDefinitions",
            Self::SubmitJob => "batch:SubmitJob",
            Self::ListJobs => "batch:ListJobs",
            Self::DescribeJobs => "batch:DescribeJobs",
            Self::TerminateJob => "batch:TerminateJob",
            Self::DescribeJobQueues => "batch:DescribeJobQueues",
            Self::DescribeComputeEnvironments => "batch:DescribeComputeEnvironments",
            Self::GetLogEvents => "logs:GetLogEvents",
        }
    }

    /// Its name in the API, such as `SubmitJob`.
    #[must_use]
    pub fn name(self) -> &'static str {
        let action = self.action();
        action.split_once(':').map_or(action, |(_, name)| name)
    }

    /// Whether sending it twice does no more than sending it once.
    #[must_use]
    pub fn is_idempotent(self) -> bool {
        !matches!(self, Self::RegisterJobDefinition | Self::SubmitJob)
    }
}

/// One request.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// What is asked.
    pub operation: Operation,
    /// The request's JSON, exactly as it is sent.
    pub body: Value,
}

impl Call {
    /// A request.
    #[must_use]
    pub fn new(operation: Operation, body: Value) -> Self {
        Self { operation, body }
    }
}

/// How a call went wrong, by what is then known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// AWS answered that it won't do it. Nothing was done, and asking again won't help.
    Refused {
        /// The HTTP status, such as 400.
        status: u16,
        /// The kind of error, such as `ClientException`.
        code: String,
        /// What AWS said.
        message: String,
    },
    /// AWS asks to come back later (429, or a code that means it). Nothing was done.
    Throttled {
        /// What AWS said.
        message: String,
    },
    /// The request was not sent: no credentials, no region. Nothing was done.
    Unsent {
        /// What is missing.
        message: String,
        /// What to do.
        help: String,
    },
    /// Whether the request took effect is not known: no reply, half a reply, a timeout, or a 5xx.
    Unknown {
        /// What was seen.
        message: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { code, message, .. } if message.is_empty() => f.write_str(code),
            Self::Refused { code, message, .. } => write!(f, "{message} ({code})"),
            Self::Throttled { message } | Self::Unknown { message } => f.write_str(message),
            Self::Unsent { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for Fault {}

/// AWS, or what stands in for it.
pub trait Api: Send + Sync + 'static {
    /// Sends a request once, and waits for its reply: no retry of any kind.
    fn call(&self, call: Call) -> impl Future<Output = Result<Value, Fault>> + Send;
}
