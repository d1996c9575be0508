//! Codes about size.
use super::codes;

codes! { "size"; }
