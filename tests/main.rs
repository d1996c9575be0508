//! Tests of the compiler from outside, and of the `flowbatch` binary as a user runs it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod main {
    #[cfg(feature = "aws")]
    mod aws;
    mod bad_input;
    mod botocore;
    mod build;
    mod build_script;
    mod catalogue;
    mod check;
    mod codes;
    #[cfg(feature = "aws")]
    mod compare;
    mod console;
    mod depfile;
    mod dictionary;
    mod emitted;
    mod explain;
    mod fixes;
    mod fixtures;
    mod format;
    mod input;
    mod invariants;
    mod jobs;
    mod judge;
    mod laws;
    mod layers;
    mod layout;
    mod metaflow;
    #[cfg(feature = "aws")]
    mod plan;
    mod project;
    mod python;
    mod readme;
    #[cfg(feature = "aws")]
    mod record;
    mod reference;
    mod requests;
    mod rule;
    #[cfg(feature = "aws")]
    mod sdk_types;
    #[cfg(feature = "aws")]
    mod service_form;
    mod shells;
    mod usage;
}
