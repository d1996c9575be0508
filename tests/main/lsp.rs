//! The language server as a client meets it: the real program, over its standard streams.

mod actions;
mod client;
mod diagnostics;
mod edits;
mod features;
mod laws;
mod lifecycle;
mod names;
mod renames;
