//! Codes about graph.
use super::codes;

codes! { "graph"; }
