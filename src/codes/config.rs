//! Codes about config.
use super::codes;

codes! { "config"; }
