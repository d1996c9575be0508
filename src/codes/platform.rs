//! Codes about platform.
use super::codes;

codes! { "platform"; }
