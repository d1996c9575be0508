//! `flowbatch fmt`: the canonical layout.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use super::console::Console;
use super::inputs::{self, Input};
use super::{Exit, Failure, artifacts, atomic};
use crate::source::Loader as _;

/// Lays flows out in the one canonical form
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Files, folders to search for *.flow, or - for standard input, which is written to standard
    /// output
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Writes nothing; ends with 1 and a diff if a file is laid out differently
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    let (files, inputs) = inputs::find(&args.paths)?;
    // All of them are read before the first is written. One that cannot be keeps no other from it.
    let mut texts = Vec::with_capacity(inputs.len());
    let mut unreadable = Vec::new();
    for input in &inputs {
        let path = &input.path;
        let text = files
            .read(path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| {
                String::from_utf8(bytes).map_err(|error| {
                    let at = error.utf8_error().valid_up_to();
                    format!("it is not UTF-8 text (byte {at} cannot be decoded)")
                })
            });
        match text {
            Ok(text) => texts.push((input, text)),
            Err(error) => unreadable.push(format!("cannot read {}: {error}", path.display())),
        }
    }
    let mut different = 0;
    for (Input { path, .. }, old) in texts {
        let new = crate::format(&old);
        let is_stdin = files.is_stdin(path);
        if is_stdin && !args.check {
            console.out.write_all(new.as_bytes())?;
        }
        if new == old {
            continue;
        }
        different += 1;
        if args.check {
            let name = path.display().to_string();
            let diff = artifacts::unified(&old, &new, &name, &name);
            console.out.write_all(diff.as_bytes())?;
        } else if !is_stdin {
            let unwritable =
                |error| Failure::new(format!("cannot write {}: {error}", path.display()));
            if fs::read(path).map_err(unwritable)? != old.as_bytes() {
                return Err(Failure::new(format!(
                    "cannot write {}: it was changed while it was laid out; run the command again",
                    path.display()
                )));
            }
            atomic::replace(path, new.as_bytes()).map_err(unwritable)?;
            writeln!(console.err, "formatted {}", path.display())?;
        }
    }
    if args.check && different > 0 {
        console.out.flush()?;
        let plural = if different == 1 { " is" } else { "s are" };
        writeln!(console.err, "{different} file{plural} not formatted")?;
    }
    if !unreadable.is_empty() {
        console.out.flush()?;
        return Err(Failure::several(unreadable));
    }
    Ok(if args.check && different > 0 {
        Exit::Found
    } else {
        Exit::Fine
    })
}
