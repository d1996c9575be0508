//! Codes about values.
use super::codes;

codes! { "values"; }
