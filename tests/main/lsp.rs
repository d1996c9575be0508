//! The language server as a client meets it: the real program, over its standard streams.

mod client;
mod diagnostics;
mod features;
mod lifecycle;
