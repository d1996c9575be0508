//! `flowbatch lsp`: the language server, over a pair of byte streams.
//!
//! ```text
//! client ─transport→ server ─requests→ ide ─convert→ client
//!                      └ world: open texts, what was found in them, what was published
//! ```
//!
//! One thread reads, one does the rest, so that every answer is about the text as it was when it was
//! asked for. Nothing here knows the language: what is wrong comes from [`check`](crate::check()),
//! everything else from [`ide`](crate::ide).

mod capabilities;
mod convert;
mod files;
mod publish;
mod requests;
mod server;
mod transport;
mod uri;
mod workspace;
mod world;

pub use server::run;
