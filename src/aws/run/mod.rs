//! Runs: their ids, and what is kept of them on this machine.
//!
//! ```text
//! .flowbatch/                  beside flowbatch.toml, else in the working folder
//!   .gitignore                 keeps all of it out of version control
//!   revisions.json             revisions of job definitions that were in use last
//!   runs/<run id>/
//!     run.json                 where the run was submitted to, and when; written last
//!     document.json            what was submitted: resuming sends the same
//!     journal.jsonl            what was done, and what was about to be
//!     lock                     held by the process that is at work on the run
//! ```
//!
//! Of a run, AWS knows as much: job names carry its flow, its id and the steps, and tags say the
//! same ([`TAGS`]). The folder is what makes it certain that nothing is submitted twice.

mod document;
mod error;
mod folder;
mod handle;
mod id;
mod journal;
mod record;
mod revisions;
mod state;

pub use document::{Dependency, Document, DocumentError, Job};
pub use error::StateError;
pub use folder::{Header, Run, StateFolder};
pub use handle::Handle;
pub use id::RunId;
pub use journal::{Journal, read};
pub use record::{Entry, Record};
pub use revisions::Revisions;
pub use state::{RunState, StepState};

/// The tags of every job: its flow, its step, its run.
pub const TAGS: [&str; 3] = ["flowbatch:flow", "flowbatch:step", "flowbatch:run"];

/// The environment variable that tells a job its run.
pub const RUN_VARIABLE: &str = "FLOWBATCH_RUN_ID";
