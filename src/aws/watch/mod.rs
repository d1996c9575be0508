//! What became of a run: its jobs as AWS sees them, their logs, and their end.
//!
//! | module | its one responsibility |
//! | --- | --- |
//! | [`known`] | the steps of a run, from its folder or from what AWS lists |
//! | [`model`] | a run as it was last seen |
//! | [`reasons`] | what a status reason means, in the words of the rules |
//! | [`words`] | a run in lines for people |
//! | [`document`] | a run in JSON |
//! | [`pause`] | how long to wait before the next look |
//! | [`look`] | asks AWS about jobs |
//! | [`seen`] | what was last seen, on this machine |
//! | [`remote`] | the runs that AWS knows, from names and tags alone |
//! | [`cancel`] | ends what has not ended |
//! | [`logs`] | what jobs wrote |
//!
//! What is decided is decided by pure functions, of what was seen and a time in milliseconds. Only
//! [`look`], [`cancel`] and [`logs`] send anything, through an [`Api`](super::api::Api).

pub mod cancel;
pub mod document;
pub mod known;
pub mod logs;
pub mod look;
pub mod model;
pub mod pause;
pub mod reasons;
pub mod remote;
pub mod seen;
pub mod words;

#[cfg(test)]
pub(crate) mod testing;
