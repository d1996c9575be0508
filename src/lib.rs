//! Compiles `.flow` files to AWS Batch job definitions and a submission plan.
//!
//! ```text
//! text ─syntax→ File ─check→ Flow ─batch→ job definitions + jobs ─→ JSON
//!                │             │
//!                └ Diagnostics ┴─→ report: human · concise · json · sarif · github
//! ```
//!
//! | module | its one responsibility |
//! | --- | --- |
//! | [`source`] | files, spans, positions, and where files come from |
//! | [`diagnostic`], [`codes`] | the diagnostic, and the table of all its codes |
//! | [`syntax`] | text to tree; never fails; the only place that knows pest |
//! | [`schema`] | the table of annotations and options |
//! | [`config`] | `flowbatch.toml` |
//! | [`mod@check`] | names, types, graph, options and where each came from |
//! | [`rules`] | what AWS Batch demands of a resolved step, by topic |
//! | [`flow`] | the validated model |
//! | [`batch`] | the model as AWS Batch requests, and their JSON |
//! | [`fix`] | certain fixes, applied to texts |
//! | [`unique`] | names that must differ over all flows of one build |
//! | [`suggest`] | did you mean |
//! | `report`, `cli` | diagnostics for people and machines; the command line |
//!
//! Everything but `report` and `cli` is free of I/O (files come through a
//! [`source::Loader`]), of AWS and of the terminal, and builds with
//! `--no-default-features`.

mod allow;
pub mod batch;
pub mod check;
pub mod codes;
pub mod config;
pub mod diagnostic;
mod explain;
pub mod fix;
pub mod flow;
pub mod rules;
pub mod schema;
pub mod source;
pub mod suggest;
pub mod syntax;
pub mod unique;
pub mod value;

mod driver;
pub use driver::{
    Artifact, Artifacts, Checked, Compiled, Explained, ExplainedOption, ExplainedStep, Explanation,
    Origin, ReadError, Settings, UsageError, check, compile, explain,
};

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod report;
