//! Codes about syntax.
use super::codes;

codes! { "syntax"; }
