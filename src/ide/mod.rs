//! What an editor asks of a flow: pure functions from texts and places to plain values.
//!
//! `lsp` is one way to ask; nothing here knows the protocol.

mod analysis;
pub mod complete;
pub mod context;
pub mod describe;
pub mod hints;
pub mod outline;
pub mod rename;
pub mod signature;
pub mod symbols;
pub mod text;
pub mod tokens;

pub use crate::check::load::Cuts;
pub use analysis::{Analysis, Facts, analyze, analyze_again};
