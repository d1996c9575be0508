//! What an editor asks of a flow: pure functions from texts and places to plain values.
//!
//! `lsp` is one way to ask; nothing here knows the protocol.

mod analysis;
pub mod text;

pub use analysis::{Analysis, Named, analyze};
