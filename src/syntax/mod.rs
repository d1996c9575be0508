//! Text to tree. Never fails: what is not understood becomes a diagnostic.
pub mod ast;
