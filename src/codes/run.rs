//! Codes about run.
use super::codes;

codes! { "run"; }
