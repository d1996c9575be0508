//! `flowbatch check`: diagnostics only, and `--fix`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use super::console::Console;
use super::flows::{self, Work};
use super::inputs::{self, Files, Input};
use super::merged::Merged;
use super::options::{ReportArgs, SettingsArgs};
use super::{Exit, Failure, atomic};
use crate::report::Summary;
use crate::source::{Loader, Source};
use crate::{Checked, Settings, fix};

/// Checks flows and reports what is wrong with them
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Files, folders to search for *.flow, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Applies every fix that is certain, also in imported files; with -, the fixed text goes to
    /// standard output
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
    let merged = if args.fix {
        let (merged, fixed) = fix_all(&mut files, &inputs, &settings, crate::check)?;
        for (name, problems) in fixed {
            let plural = if problems == 1 { "" } else { "s" };
            writeln!(console.err, "fixed {problems} problem{plural} in {name}")?;
        }
        merged
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
        &merged.sources,
        &merged.diagnostics,
    )?;
    Ok(if args.report.denies(Summary::of(&merged.diagnostics)) {
        Exit::Found
    } else {
        Exit::Fine
    })
}

fn check_all(
    files: &Files,
    inputs: &[Input],
    settings: &Settings,
    check: Work<Checked>,
) -> Result<Merged, Failure> {
    let mut merged = Merged::default();
    for checked in flows::run(files, inputs, settings, check)? {
        merged.add(files, checked);
    }
    Ok(merged)
}

/// Applies certain fixes until there is none left, and returns what is wrong
/// then, and how many problems were fixed in which file.
fn fix_all(
    files: &mut Files,
    inputs: &[Input],
    settings: &Settings,
    check: Work<Checked>,
) -> Result<(Merged, BTreeMap<String, usize>), Failure> {
    let mut merged = check_all(files, inputs, settings, check)?;
    let mut problems: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..fix::ROUNDS {
        let fixed = fix::apply_certain(&merged.sources, &merged.diagnostics);
        if fixed.is_empty() {
            break;
        }
        for file in fixed {
            let source = merged.sources.file(file.file);
            store(files, source, file.text)?;
            if file.problems > 0 {
                *problems.entry(source.name.clone()).or_default() += file.problems;
            }
        }
        merged = check_all(files, inputs, settings, check)?;
    }
    Ok((merged, problems))
}

/// Replaces a file by its fixed text, if it still is what was checked.
fn store(files: &mut Files, source: &Source, text: String) -> Result<(), Failure> {
    if files.is_stdin(&source.path) {
        files.set_stdin(text);
        return Ok(());
    }
    let unwritable = |error| Failure::new(format!("cannot fix {}: {error}", source.name));
    let path = files.identity(&source.path);
    if fs::read(&path).map_err(unwritable)? != source.text.as_bytes() {
        return Err(Failure::new(format!(
            "cannot fix {}: it was changed while it was checked; run the command again",
            source.name
        )));
    }
    atomic::replace(&path, text.as_bytes()).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReadError;
    use crate::codes::names::DUPLICATE_FLOW;
    use crate::diagnostic::Diagnostic;
    use crate::source::{Sources, Span};
    use std::path::Path;

    /// Finds the first `True` of the file and of `lib.flow` beside it, and
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
            if let Some(at) = text.find("True") {
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

    /// Never satisfied: every text gets longer.
    fn insatiable(loader: &dyn Loader, path: &Path, _: &Settings) -> Result<Checked, ReadError> {
        let text = String::from_utf8(loader.read(path).unwrap()).unwrap();
        let mut sources = Sources::default();
        let file = sources.add(path.to_owned(), "a.flow".to_owned(), text);
        let span = Span::new(file, 0, 0);
        Ok(Checked {
            sources,
            diagnostics: vec![Diagnostic::new(&DUPLICATE_FLOW, span, "x").fix("more", span, "m")],
            usage: Vec::new(),
            flow: None,
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
        let (merged, fixed) =
            fix_all(&mut Files::default(), &inputs, &Settings::default(), check).unwrap();
        assert!(merged.diagnostics.is_empty());
        assert_eq!(fs::read_to_string(path("a.flow")).unwrap(), "true,; true,;");
        assert_eq!(fs::read_to_string(path("lib.flow")).unwrap(), "true");
        // The library is imported by both, and fixed once.
        let expected = [("a.flow".to_owned(), 4), ("lib.flow".to_owned(), 1)];
        assert_eq!(fixed.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_rounds_are_bounded() {
        let mut files = Files::default();
        files.set_stdin("");
        let inputs = inputs(&["<stdin>".into()]);
        let (merged, _) = fix_all(&mut files, &inputs, &Settings::default(), insatiable).unwrap();
        assert_eq!(merged.diagnostics.len(), 1);
        assert_eq!(files.stdin().map(<[u8]>::len), Some(fix::ROUNDS));
    }

    #[test]
    fn a_file_that_was_changed_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flow");
        fs::write(&path, "by hand").unwrap();
        let mut sources = Sources::default();
        let file = sources.add(path.clone(), "a.flow".to_owned(), "as read");
        let error = store(
            &mut Files::default(),
            sources.file(file),
            "fixed".to_owned(),
        );
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("run the command again")
        );
        assert_eq!(fs::read_to_string(path).unwrap(), "by hand");
    }
}
