//! Codes about options.
use super::codes;

codes! { "options"; }
