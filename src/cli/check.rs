//! `flowbatch check`: diagnostics only, and `--fix`.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use super::console::Console;
use super::flows::{self, Work};
use super::inputs::{self, Files, Input};
use super::merged::Merged;
use super::options::{ReportArgs, SettingsArgs};
use super::{Exit, Failure, atomic};
use crate::diagnostic::Diagnostic;
use crate::fix::{self, Fixed, Found, Outcome};
use crate::report::Summary;
use crate::source::Loader;
use crate::{Checked, Settings};

/// Checks flows and reports what is wrong with them
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Files, folders to search for *.flow, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Applies the fixes that are certain and lead to no more errors, also in imported files; with -,
    /// the fixed text goes to standard output
    #[arg(long)]
    fix: bool,

    #[command(flatten)]
    settings: SettingsArgs,

    #[command(flatten)]
    report: ReportArgs,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    let settings = args.settings.settings()?;
    let (mut files, inputs) = inputs::find(&args.paths)?;
    let found = if args.fix {
        let outcome = fix_all(&mut files, &inputs, &settings, crate::check)?;
        for Fixed { name, problems, .. } in &outcome.files {
            let plural = if *problems == 1 { "" } else { "s" };
            writeln!(console.err, "fixed {problems} problem{plural} in {name}")?;
        }
        let mut found = outcome.found;
        let left = only_suggest(&mut found.diagnostics);
        if left > 0 {
            let (s, es) = if left == 1 { ("", "") } else { ("s", "es") };
            writeln!(
                console.err,
                "left {left} problem{s} whose fix{es} could lead to more errors"
            )?;
        }
        found
    } else {
        check_all(&files, &inputs, &settings, crate::check)?
    };
    let fixed_text = files.stdin().filter(|_| args.fix);
    if let Some(text) = fixed_text {
        console.out.write_all(text)?;
    }
    console.report(
        args.report.format,
        fixed_text.is_some(),
        &found.sources,
        &found.diagnostics,
    )?;
    Ok(if args.report.denies(Summary::of(&found.diagnostics)) {
        Exit::Found
    } else {
        Exit::Fine
    })
}

fn check_all(
    files: &(impl Loader + Sync),
    inputs: &[Input],
    settings: &Settings,
    check: Work<Checked>,
) -> Result<Found, Failure> {
    let mut merged = Merged::default();
    for checked in flows::run(files, inputs, settings, check)? {
        merged.add(files, checked);
    }
    Ok(Found {
        sources: merged.sources,
        diagnostics: merged.diagnostics,
    })
}

/// Applies certain fixes, and replaces the files that they change.
fn fix_all(
    files: &mut Files,
    inputs: &[Input],
    settings: &Settings,
    check: Work<Checked>,
) -> Result<Outcome, Failure> {
    let outcome = fix::apply_certain(files, |files| check_all(files, inputs, settings, check))?;
    for fixed in &outcome.files {
        store(files, fixed)?;
    }
    Ok(outcome)
}

/// What is still certain was not applied, and is no more than a suggestion; how many there are.
fn only_suggest(diagnostics: &mut [Diagnostic]) -> usize {
    let mut left = 0;
    for diagnostic in diagnostics {
        let certain = diagnostic.fixes.iter_mut().filter(|fix| fix.certain);
        left += usize::from(certain.map(|fix| fix.certain = false).count() > 0);
    }
    left
}

/// Replaces a file by its fixed text, if it still is what was checked.
fn store(files: &mut Files, fixed: &Fixed) -> Result<(), Failure> {
    if files.is_stdin(&fixed.path) {
        files.set_stdin(fixed.new.as_bytes());
        return Ok(());
    }
    let unwritable = |error| Failure::new(format!("cannot fix {}: {error}", fixed.name));
    let path = files.identity(&fixed.path);
    if fs::read(&path).map_err(unwritable)? != fixed.old.as_bytes() {
        return Err(Failure::new(format!(
            "cannot fix {}: it was changed while it was checked; run the command again",
            fixed.name
        )));
    }
    atomic::replace(&path, fixed.new.as_bytes()).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReadError;
    use crate::codes::names::DUPLICATE_FLOW;
    use crate::source::{Sources, Span};
    use std::path::Path;

    /// Finds every `True` of the file and of `lib.flow` beside it, and
    /// after every `true` that no comma follows, one missing.
    fn check(loader: &dyn Loader, path: &Path, _: &Settings) -> Result<Checked, ReadError> {
        let mut sources = Sources::default();
        let mut diagnostics = Vec::new();
        for path in [path.to_owned(), path.with_file_name("lib.flow")] {
            let text = match loader.read(&path) {
                Ok(text) => String::from_utf8(text).unwrap(),
                Err(_) => continue,
            };
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let file = sources.add(path, name, text.as_str());
            for (at, _) in text.match_indices("True") {
                let span = Span::new(file, at, at + 4);
                diagnostics
                    .push(Diagnostic::new(&DUPLICATE_FLOW, span, "x").fix("lower", span, "true"));
            }
            for (at, _) in text.match_indices("true;") {
                let span = Span::new(file, at + 4, at + 4);
                diagnostics
                    .push(Diagnostic::new(&DUPLICATE_FLOW, span, "y").fix("comma", span, ","));
            }
        }
        Ok(Checked {
            sources,
            diagnostics,
            usage: Vec::new(),
            flow: Some("A".to_owned()),
            flow_span: None,
        })
    }

    fn inputs(paths: &[PathBuf]) -> Vec<Input> {
        let named = |path: &PathBuf| Input {
            path: path.clone(),
            named: true,
        };
        paths.iter().map(named).collect()
    }

    #[test]
    fn fixes_flows_and_what_they_import_until_nothing_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a.flow"), "True; True;").unwrap();
        fs::write(path("b.flow"), "fine").unwrap();
        fs::write(path("lib.flow"), "True").unwrap();
        let inputs = inputs(&[path("a.flow"), path("b.flow")]);
        let outcome = fix_all(&mut Files::default(), &inputs, &Settings::default(), check).unwrap();
        assert!(outcome.found.diagnostics.is_empty());
        assert_eq!(fs::read_to_string(path("a.flow")).unwrap(), "true,; true,;");
        assert_eq!(fs::read_to_string(path("lib.flow")).unwrap(), "true");
        // The library is imported by both, and fixed once.
        let fixed = outcome.files.iter();
        let fixed: Vec<_> = fixed.map(|file| (&*file.name, file.problems)).collect();
        assert_eq!(fixed, [("a.flow", 4), ("lib.flow", 1)]);
    }

    #[test]
    fn a_file_that_was_changed_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flow");
        fs::write(&path, "by hand").unwrap();
        let fixed = Fixed {
            path: path.clone(),
            name: "a.flow".to_owned(),
            old: "as read".into(),
            new: "fixed".into(),
            problems: 1,
        };
        let error = store(&mut Files::default(), &fixed).unwrap_err();
        assert!(error.to_string().contains("run the command again"));
        assert_eq!(fs::read_to_string(path).unwrap(), "by hand");
    }
}
