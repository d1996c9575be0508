//! flowbatch against a server that speaks AWS Batch: moto's, with what it gets wrong put right
//! (`moto/`), through a proxy that loses, delays and breaks what goes through it.
//!
//! ```text
//! flowbatch ── Proxy (one a test: faults, figures) ── Server (one for all tests: moto)
//!                                                       └ /shim: jobs moved on, settings, truth
//! ```
//!
//! Every test has an [`account::Account`] of its own, so that none sees the jobs of another.

mod account;
mod begun;
mod cancel;
mod client;
mod containers;
mod doubt;
mod faults;
mod figures;
mod harness;
mod http;
mod kills;
mod logs;
mod lost;
mod network;
mod once;
mod page;
mod plan;
mod preflight;
mod proxy;
mod queues;
mod server;
mod status;
mod submission;
mod user;
mod watch;
