//! The one flow that a command is about.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::console::Console;
use super::inputs::{self, Files, Input};
use super::merged::Merged;
use super::{Failure, flows};
use crate::report::{self, Format};
use crate::{Compiled, Settings};

/// The file that was named, or standard input.
pub(super) fn find(path: &Path) -> Result<(Files, Vec<Input>), Failure> {
    if path.is_dir() {
        let folder = path.display();
        return Err(Failure::new(format!("{folder} is a folder; name one flow")));
    }
    inputs::find(&[PathBuf::from(path)])
}

/// Compiles the flow; `to` says what it is wanted for, which no library can be.
pub(super) fn compile(
    files: &Files,
    inputs: &[Input],
    settings: &Settings,
    to: &str,
) -> Result<Compiled, Failure> {
    let compiled = flows::run(files, inputs, settings, crate::compile)?;
    let one = compiled.into_iter().next().zip(inputs.first());
    let (one, input) = one.ok_or_else(|| Failure::new(format!("there is no flow to {to}")))?;
    if one.checked.flow.is_none() && !one.checked.has_errors() {
        let library = input.path.display();
        return Err(Failure::new(format!(
            "{library} is a library: it has no flow to {to}"
        )));
    }
    Ok(one)
}

/// What was compiled is not what it should be.
pub(super) fn unreadable(error: impl Display) -> Failure {
    Failure::new(format!("cannot read what was compiled: {error}"))
}

/// What was found in the flow, for a document in JSON that tells of other things as well.
pub(super) fn diagnostics(console: &Console, found: &Merged) -> Result<Value, Failure> {
    let Merged {
        sources,
        diagnostics,
        ..
    } = found;
    let mut text = Vec::new();
    report::render(Format::Json, sources, diagnostics, console.style, &mut text)?;
    let mut report: Value = serde_json::from_slice(&text).unwrap_or_default();
    Ok(report["diagnostics"].take())
}
