//! Codes about names.
use super::codes;

codes! { "names"; }
