//! Codes about storage.
use super::codes;

codes! { "storage"; }
