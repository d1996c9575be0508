//! Submits a run: every job once, and only once.
//!
//! ```text
//! journal ──> machine ──> records (on the disk first), then calls ──> AWS
//!                ^                                                      │
//!                └──────────────── replies, faults, the time ───────────┘
//! ```
//!
//! | module | its one responsibility |
//! | --- | --- |
//! | [`machine`] | what to do next, from what is known: pure, of events and milliseconds |
//! | `events`, `task` | what goes into it and comes out; what is to be done |
//! | `queue` | which call may be sent when; asks again where that does no harm |
//! | `definitions`, `jobs`, `sweep` | the three parts of a submission |
//! | `wire` | requests and replies |
//! | [`driver`] | the journal, the calls and the clock around the machine |
//! | [`preflight`] | the queues take jobs, or nothing is begun |
//! | [`part`] | a step and what follows from it |
//! | [`show`] | what was done, in words |
//!
//! SubmitJob has no token that would make it safe to send again. So when its outcome is not known,
//! the job is looked up by its name, which no other job has, and only sent again when it had time
//! to show up and did not. What arrives after all is found when the run is listed at the end.

mod definitions;
pub mod driver;
mod events;
mod jobs;
pub mod machine;
pub mod part;
pub mod preflight;
mod queue;
pub mod show;
mod sweep;
mod task;
mod wire;

#[cfg(test)]
mod tests;
