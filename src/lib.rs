//! Compiles `.flow` files to AWS Batch job definitions and a submission plan.
//!
//! ```text
//! text ─syntax→ File ─check→ Flow ─batch→ job definitions + jobs ─→ JSON
//!                │             │                         └─ aws: plan · submit · status · logs
//!                └ Diagnostics ┴─→ report: human · concise · json · sarif · github
//! ```
//!
//! | module | its one responsibility |
//! | --- | --- |
//! | [`source`] | files, spans, positions, and where files come from |
//! | [`diagnostic`], [`codes`] | the diagnostic, and the table of all its codes |
//! | [`syntax`] | text to tree; never fails; the only place that knows pest |
//! | [`catalogue`] | the rules of AWS Batch, and our answer to each |
//! | [`schema`] | the table of annotations and options |
//! | [`config`] | `flowbatch.toml` |
//! | [`queue`] | what is known of a queue, and the table of instance types |
//! | [`mod@check`] | names, types, graph, options and where each came from |
//! | [`rules`] | what AWS Batch demands of a resolved step, by topic |
//! | [`flow`] | the validated model |
//! | [`batch`] | the model as AWS Batch requests, and their JSON |
//! | [`fix`] | certain fixes, applied where they make nothing worse |
//! | [`unique`] | names that must differ over all flows of one build |
//! | [`suggest`] | did you mean |
//! | [`ide`] | what an editor asks of a flow |
//! | `aws` | the account: calls in wire form, and what is done with them |
//! | `lsp` | the language server: [`ide`] in the words of the protocol |
//! | `report`, `cli` | diagnostics for people and machines; the command line |
//!
//! Everything but `aws`, `lsp`, `report` and `cli` is free of I/O (files come through a
//! [`source::Loader`]), of AWS and of the terminal, and builds with
//! `--no-default-features`.
//!
//! # In a build.rs
//!
//! ```toml
//! [build-dependencies]
//! flowbatch = { version = "0.1", default-features = false }
//! ```
//!
//! This writes the artifacts of a flow below a folder, makes cargo show every diagnostic, and run the
//! script again when a file that was read changes: the flow, what it imports, `flowbatch.toml`. What
//! is not a file, such as the variables of [`Settings`], is for the script to declare.
//!
//! ```
//! use std::{error::Error, fs, path::Path};
//! use flowbatch::{Settings, compile, diagnostic::Severity, source::Disk};
//!
//! fn build(flow: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
//!     let compiled = compile(&Disk, flow, &Settings::default())?;
//!     let checked = &compiled.checked;
//!     for path in checked.files() {
//!         println!("cargo::rerun-if-changed={}", path.display());
//!     }
//!     for found in &checked.diagnostics {
//!         let kind = if found.severity == Severity::Error { "error" } else { "warning" };
//!         println!("cargo::{kind}={}", found.display(&checked.sources));
//!     }
//!     let Some(artifacts) = compiled.artifacts else {
//!         return Err(format!("{} was not built", flow.display()).into());
//!     };
//!     let folder = out.join(&artifacts.flow);
//!     fs::create_dir_all(folder.join("job-definitions"))?;
//!     for file in &artifacts.files {
//!         fs::write(folder.join(&file.path), &file.text)?;
//!     }
//!     Ok(())
//! }
//!
//! fn main() -> Result<(), Box<dyn Error>> {
//! #   let project = tempfile::tempdir()?;
//! #   let text = "@batch(queue=\"ml\") flow Nightly { step start { run \"true\" } }";
//! #   let flow = project.path().join("nightly.flow");
//! #   fs::write(&flow, text)?;
//! #   build(&flow, project.path())?;
//! #   assert!(project.path().join("Nightly/job-definitions/start.json").is_file());
//! #   assert!(project.path().join("Nightly/jobs.json").is_file());
//! #   if std::env::var_os("OUT_DIR").is_none() { return Ok(()) }
//!     let out = std::env::var_os("OUT_DIR").ok_or("cargo sets it")?;
//!     build("flows/nightly.flow".as_ref(), out.as_ref())
//! }
//! ```
//!
//! `examples/build-script` in the repository is a whole crate that embeds a compiled flow.
//! [`Artifacts::document`] is everything in one file; [`source::Memory`] compiles without a disk.

mod allow;
mod ascii;
pub mod batch;
pub mod catalogue;
pub mod check;
pub mod codes;
pub mod config;
pub mod diagnostic;
mod explain;
pub mod fix;
pub mod flow;
pub mod format;
pub mod ide;
mod printable;
pub mod queue;
pub mod rules;
pub mod schema;
pub mod source;
pub mod suggest;
pub mod syntax;
pub mod unique;
pub mod value;

mod driver;
pub use format::format;

pub use driver::{
    Artifact, Artifacts, Checked, Compiled, Explained, ExplainedOption, ExplainedStep, Explanation,
    Origin, ReadError, Settings, UsageError, check, compile, explain,
};

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "lsp")]
pub mod lsp;
#[cfg(feature = "cli")]
pub mod report;
