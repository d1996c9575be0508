//! The flow that is submitted, compiled, and what was found in it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Args;
use crate::aws::run::Document;
use crate::aws::submit::part;
use crate::cli::console::Console;
use crate::cli::explain::Form;
use crate::cli::inputs::{Files, Input};
use crate::cli::merged::Merged;
use crate::cli::options::denies;
use crate::cli::{Failure, one};
use crate::config::FILE_NAME;
use crate::diagnostic::Diagnostic;
use crate::report::{Format, Summary};
use crate::{Artifacts, Settings};

/// What is compiled.
pub(super) struct Source {
    pub(super) file: PathBuf,
    files: Files,
    inputs: Vec<Input>,
    pub(super) settings: Settings,
}

impl Source {
    pub(super) fn read(args: &Args, file: &Path) -> Result<Self, Failure> {
        let settings = args.settings.settings()?;
        let (files, inputs) = one::find(file)?;
        Ok(Self {
            file: file.to_path_buf(),
            files,
            inputs,
            settings,
        })
    }
}

/// What is to be submitted.
pub(super) struct Flow {
    pub(super) artifacts: Artifacts,
    /// What is submitted of it.
    pub(super) text: String,
    pub(super) document: Document,
    /// The folder of `flowbatch.toml`, else the working folder.
    pub(super) project: PathBuf,
    /// What was found in it, as JSON.
    pub(super) diagnostics: Value,
}

/// Compiles the flow and shows what was found, as far as `tells`; `None` if that keeps it from being
/// submitted.
pub(super) fn compile(
    args: &Args,
    console: &mut Console,
    source: &Source,
    tells: fn(&Diagnostic) -> bool,
) -> Result<Option<Flow>, Failure> {
    let Source { files, inputs, .. } = source;
    let compiled = one::compile(files, inputs, &source.settings, "submit")?;
    let project = project(compiled.checked.files());
    let artifacts = compiled.artifacts;
    let compiles = artifacts.is_some();
    let diagnostics = found(args, console, files, compiled.checked, compiles, tells)?;
    let (Some(artifacts), Some(diagnostics)) = (artifacts, diagnostics) else {
        return Ok(None);
    };
    let whole = artifacts.document();
    let without = part::without_value(&whole);
    if !without.is_empty() {
        let missing = without.iter().map(|name| {
            format!("the param `{name}` has no value; give it one with `-p {name}=…`, or a default")
        });
        return Err(Failure::several(missing.collect()));
    }
    let text = match &args.from {
        None => whole,
        Some(step) => part::from(&whole, step).map_err(Failure::new)?,
    };
    let document = Document::parse(&text).map_err(one::unreadable)?;
    Ok(Some(Flow {
        artifacts,
        text,
        document,
        project,
        diagnostics,
    }))
}

/// Shows what was found in the flow; if it may be submitted, the same as JSON.
fn found(
    args: &Args,
    console: &mut Console,
    files: &Files,
    checked: crate::Checked,
    compiled: bool,
    tells: fn(&Diagnostic) -> bool,
) -> Result<Option<Value>, Failure> {
    let mut merged = Merged::default();
    merged.add(files, checked);
    let goes_on = compiled && !denies(args.deny, Summary::of(&merged.diagnostics));
    let format = match args.format {
        Form::Human => Format::Human,
        Form::Json => Format::Json,
    };
    // Standard output is for the outcome, if there is to be one.
    if format == Format::Human || !goes_on {
        merged.diagnostics.retain(tells);
        console.report(format, goes_on, &merged.sources, &merged.diagnostics)?;
    }
    if !goes_on {
        return Ok(None);
    }
    one::diagnostics(console, &merged).map(Some)
}

/// The folder of `flowbatch.toml`, if it was read, else the working folder.
fn project<'a>(mut read: impl Iterator<Item = &'a Path>) -> PathBuf {
    let toml = read.find(|path| path.file_name().is_some_and(|name| name == FILE_NAME));
    let folder = toml.and_then(Path::parent).unwrap_or(Path::new(""));
    folder.to_path_buf()
}
