//! `flowbatch build`: job definitions and the submission plan.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::artifacts;
use super::console::Console;
use super::depfile::{self, Rule};
use super::flows;
use super::inputs::{self, Files, Input};
use super::merged::Merged;
use super::options::{ReportArgs, SettingsArgs};
use super::{Exit, Failure};
use crate::report::Summary;
use crate::unique::{self, Named};
use crate::{Artifacts, Compiled};

/// Compiles flows to job definitions and a submission plan
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Files, folders to search for *.flow, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Writes below DIR, each flow to a folder of its name [default: out]
    #[arg(short = 'o', long = "output", value_name = "DIR")]
    output: Option<PathBuf>,

    /// Prints everything as one document instead; takes exactly one flow
    #[arg(long, conflicts_with_all = ["output", "check"])]
    stdout: bool,

    /// Writes nothing; ends with 1 and a diff if what is on disk is not up to date
    #[arg(long)]
    check: bool,

    /// Also writes to FILE, for make and ninja, which files each jobs.json was made from
    #[arg(long, value_name = "FILE", conflicts_with_all = ["stdout", "check"])]
    depfile: Option<PathBuf>,

    #[command(flatten)]
    settings: SettingsArgs,

    #[command(flatten)]
    report: ReportArgs,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    let settings = args.settings.settings()?;
    let (files, inputs) = inputs::find(&args.paths)?;
    let compiled = flows::run(&files, &inputs, &settings, crate::compile)?;
    finish(args, console, &files, &inputs, compiled)
}

fn finish(
    args: &Args,
    console: &mut Console,
    files: &Files,
    inputs: &[Input],
    compiled: Vec<Compiled>,
) -> Result<Exit, Failure> {
    let (merged, built) = gather(files, inputs, compiled)?;
    console.report(
        args.report.format,
        args.stdout,
        &merged.sources,
        &merged.diagnostics,
    )?;
    if args.report.denies(Summary::of(&merged.diagnostics)) {
        return Ok(Exit::Found);
    }
    if args.stdout {
        let [Built { artifacts, .. }] = built.as_slice() else {
            return Err(Failure::new(format!(
                "`--stdout` takes exactly one flow, here are {}",
                built.len()
            )));
        };
        console.out.write_all(artifacts.document().as_bytes())?;
        return Ok(Exit::Fine);
    }
    let out = args.output.as_deref().unwrap_or(Path::new("out"));
    if args.check {
        check(args, console, out, &built)
    } else {
        let rules = rules(out, &built);
        if let Some(path) = &args.depfile {
            depfile::check(path, out, &rules)?;
        }
        write(console, out, &built)?;
        if let Some(path) = &args.depfile {
            depfile::check(path, out, &rules)?;
            depfile::write(path, &rules)?;
        }
        Ok(Exit::Fine)
    }
}

/// What is built of one flow.
struct Built {
    artifacts: Artifacts,
    /// The files that it was made from, except standard input.
    inputs: Vec<PathBuf>,
}

/// What each plan depends on; it is written after the definitions, so it stands for them all.
fn rules(out: &Path, built: &[Built]) -> Vec<Rule> {
    let rule = |built: &Built| Rule {
        target: out.join(&built.artifacts.flow).join("jobs.json"),
        inputs: built.inputs.clone(),
    };
    built.iter().map(rule).collect()
}

/// One report and all artifacts; an error when there is nothing to build.
fn gather(
    files: &Files,
    inputs: &[Input],
    compiled: Vec<Compiled>,
) -> Result<(Merged, Vec<Built>), Failure> {
    let mut merged = Merged::default();
    let mut names = Vec::new();
    let mut built = Vec::new();
    let mut libraries = Vec::new();
    for (input, compiled) in inputs.iter().zip(compiled) {
        let has_errors = compiled.checked.has_errors();
        let flow = compiled.checked.flow.clone();
        let span = compiled.checked.flow_span;
        if flow.is_none() && !has_errors && input.named {
            libraries.push(format!(
                "{} is a library: it has no flow to build",
                input.path.display()
            ));
        }
        if flow.is_none() && !has_errors {
            continue;
        }
        let read = compiled.checked.files();
        let read = read.filter(|path| !files.is_stdin(path));
        let read = read.map(Path::to_path_buf).collect();
        let moved = merged.add(files, compiled.checked);
        if let Some(flow) = flow {
            let definitions = compiled.artifacts.iter().flat_map(|artifacts| {
                let names = artifacts.definition_names.iter();
                names.map(|(name, span)| (name.clone(), moved.span(*span)))
            });
            names.push(Named {
                flow,
                span: span.map(|span| moved.span(span)),
                definitions: definitions.collect(),
            });
        }
        built.extend(compiled.artifacts.map(|artifacts| Built {
            artifacts,
            inputs: read,
        }));
    }
    if !libraries.is_empty() {
        return Err(Failure::several(libraries));
    }
    for diagnostic in unique::duplicates(&names) {
        merged.push(diagnostic);
    }
    if names.is_empty() && merged.diagnostics.is_empty() {
        return Err(Failure::new(
            "there are only libraries here, no flow to build",
        ));
    }
    Ok((merged, built))
}

fn write(console: &mut Console, out: &Path, built: &[Built]) -> Result<(), Failure> {
    // All of them are compared before the first is written, so that what can be
    // seen to fail fails before anything is changed.
    let mut flows: Vec<&str> = built.iter().map(|built| &*built.artifacts.flow).collect();
    // In one order, so that two builds never wait for each other.
    flows.sort_unstable();
    let locks = flows.into_iter().map(|flow| artifacts::lock(out, flow));
    let _locks = locks.collect::<Result<Vec<_>, _>>()?;
    let mut all = Vec::with_capacity(built.len());
    for Built { artifacts, .. } in built {
        all.push((artifacts, artifacts::changes(out, artifacts)?));
    }
    for (artifacts, changes) in all {
        artifacts::write(out, &artifacts.flow, &changes)?;
        let folder = out.join(&artifacts.flow);
        let folder = folder.display();
        match artifacts::count(&changes) {
            (0, 0) => writeln!(console.err, "{folder} is up to date")?,
            (written, 0) => writeln!(console.err, "{folder}: {written} written")?,
            (written, removed) => {
                writeln!(
                    console.err,
                    "{folder}: {written} written, {removed} removed"
                )?;
            }
        }
    }
    Ok(())
}

fn check(args: &Args, console: &mut Console, out: &Path, built: &[Built]) -> Result<Exit, Failure> {
    let mut diff = Vec::new();
    let mut stale = 0;
    for Built { artifacts, .. } in built {
        let changes = artifacts::changes(out, artifacts)?;
        stale += changes.len();
        artifacts::diff(&changes, &mut diff)?;
    }
    if stale == 0 {
        return Ok(Exit::Fine);
    }
    if args.report.format.is_for_machines() {
        // The report is alone on standard output.
        console.err.write_all(&diff)?;
    } else {
        console.out.write_all(&diff)?;
        console.out.flush()?;
    }
    let plural = if stale == 1 { " is" } else { "s are" };
    writeln!(console.err, "{stale} file{plural} not up to date")?;
    writeln!(console.err, "run: {}", refresh(args, out))?;
    Ok(Exit::Found)
}

/// The command that brings the output folder up to date.
fn refresh(args: &Args, out: &Path) -> String {
    let mut words = vec!["flowbatch".to_owned(), "build".to_owned()];
    words.extend(args.paths.iter().map(|path| path.display().to_string()));
    words.extend(["-o".to_owned(), out.display().to_string()]);
    for param in &args.settings.params {
        words.extend(["-p".to_owned(), param.clone()]);
    }
    if let Some(env) = &args.settings.env {
        words.extend(["--env".to_owned(), env.clone()]);
    }
    let words: Vec<String> = words.into_iter().map(quoted).collect();
    words.join(" ")
}

/// As a word of a shell.
fn quoted(word: String) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::console::testing::console;
    use crate::codes::names::DUPLICATE_FLOW;
    use crate::diagnostic::Diagnostic;
    use crate::source::{FileId, Sources, Span};
    use crate::{Artifact, Checked};
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn args(words: &[&str]) -> Args {
        Line::parse_from([&["build"], words].concat()).args
    }

    fn compiled(path: &str, flow: Option<&str>, wrong: bool) -> Compiled {
        let mut sources = Sources::default();
        let text = format!("flow {} {{}}\n", flow.unwrap_or_default());
        let file = sources.add(path.into(), path.to_owned(), text);
        let span = Span::new(file, 5, 5 + flow.map_or(0, str::len));
        let diagnostics = if wrong {
            vec![Diagnostic::new(&DUPLICATE_FLOW, span, "wrong")]
        } else {
            Vec::new()
        };
        let artifacts = flow.filter(|_| !wrong).map(|flow| Artifacts {
            flow: flow.to_owned(),
            prefix: String::new(),
            definition_names: vec![(format!("{flow}-start"), span)],
            files: vec![Artifact {
                path: "jobs.json".to_owned(),
                text: format!("{{\n  \"flow\": \"{flow}\",\n  \"jobs\": []\n}}\n"),
            }],
        });
        Compiled {
            checked: Checked {
                sources,
                diagnostics,
                usage: Vec::new(),
                flow: flow.map(str::to_owned),
                flow_span: Some(span),
            },
            artifacts,
        }
    }

    struct Ran {
        result: Result<Exit, Failure>,
        out: String,
        err: String,
    }

    fn ran(words: &[&str], compiled: Vec<Compiled>) -> Ran {
        let args = args(words);
        let (mut console, out, err) = console();
        let inputs: Vec<Input> = compiled
            .iter()
            .map(|one| Input {
                path: one.checked.sources.file(FileId(0)).path.clone(),
                named: !words.contains(&"folder"),
            })
            .collect();
        let result = finish(&args, &mut console, &Files::default(), &inputs, compiled);
        Ran {
            result,
            out: out.text(),
            err: err.text(),
        }
    }

    fn document(flow: &str) -> String {
        format!(
            "{{\n  \"flow\": \"{flow}\",\n  \"jobDefinitions\": {{\n  }},\n  \"jobs\": []\n}}\n"
        )
    }

    #[test]
    fn one_flow_to_standard_output() {
        let ran = ran(
            &["a.flow", "--stdout", "--format", "json"],
            vec![compiled("a.flow", Some("A"), false)],
        );
        assert_eq!(ran.result, Ok(Exit::Fine));
        assert_eq!(ran.out, document("A"));
        assert!(ran.err.contains("\"diagnostics\""));
    }

    #[test]
    fn two_flows_to_standard_output_are_refused() {
        let both = vec![
            compiled("a.flow", Some("A"), false),
            compiled("b.flow", Some("B"), false),
        ];
        let ran = ran(&["a.flow", "b.flow", "--stdout"], both);
        assert!(ran.result.unwrap_err().to_string().contains("here are 2"));
        assert_eq!(ran.out, "");
    }

    #[test]
    fn an_error_in_one_flow_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let both = vec![
            compiled("a.flow", Some("A"), false),
            compiled("b.flow", Some("B"), true),
        ];
        let ran = ran(&["a.flow", "b.flow", "-o", out.to_str().unwrap()], both);
        assert_eq!(ran.result, Ok(Exit::Found));
        assert!(!out.exists());
        assert!(ran.err.contains("b.flow:1:6"), "{}", ran.err);
    }

    #[test]
    fn two_flows_of_one_name_show_both_places() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let both = vec![
            compiled("a.flow", Some("A"), false),
            compiled("b.flow", Some("A"), false),
        ];
        let ran = ran(&["a.flow", "b.flow", "-o", out.to_str().unwrap()], both);
        assert_eq!(ran.result, Ok(Exit::Found));
        assert!(
            ran.err.contains("b.flow:1:6") && ran.err.contains("a.flow:1:6"),
            "{}",
            ran.err
        );
        assert!(!out.exists());
    }

    #[test]
    fn libraries_are_skipped_unless_named() {
        let library = || compiled("lib.flow", None, false);
        let named = ran(&["lib.flow"], vec![library()]);
        assert_eq!(
            named.result.unwrap_err().to_string(),
            "lib.flow is a library: it has no flow to build"
        );
        let only = ran(&["folder"], vec![library()]);
        assert!(
            only.result
                .unwrap_err()
                .to_string()
                .contains("only libraries")
        );
        let with_flow = vec![library(), compiled("a.flow", Some("A"), false)];
        assert_eq!(ran(&["folder", "--stdout"], with_flow).out, document("A"));
    }

    #[test]
    fn check_shows_a_diff_and_how_to_refresh() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("my out");
        let out = out.to_str().unwrap();
        let words = ["a.flow", "-o", out, "--check", "-p", "date=1 2"];
        let stale = ran(&words, vec![compiled("a.flow", Some("A"), false)]);
        assert_eq!(stale.result, Ok(Exit::Found));
        assert!(
            stale.out.contains("--- /dev/null") && stale.out.contains("+  \"flow\": \"A\""),
            "{}",
            stale.out
        );
        let line = format!("run: flowbatch build a.flow -o '{out}' -p 'date=1 2'");
        assert!(stale.err.contains(&line), "{}", stale.err);
        assert!(!Path::new(out).exists());

        let built = ran(
            &["a.flow", "-o", out],
            vec![compiled("a.flow", Some("A"), false)],
        );
        assert_eq!(built.result, Ok(Exit::Fine));
        assert!(built.err.ends_with("A: 1 written\n"), "{}", built.err);
        let fresh = ran(&words, vec![compiled("a.flow", Some("A"), false)]);
        assert_eq!((fresh.result, fresh.out.as_str()), (Ok(Exit::Fine), ""));
    }

    #[test]
    fn stdout_conflicts_with_files() {
        assert!(Line::try_parse_from(["build", "a.flow", "--stdout", "-o", "x"]).is_err());
        assert!(Line::try_parse_from(["build", "a.flow", "--stdout", "--check"]).is_err());
        for other in ["--stdout", "--check"] {
            assert!(Line::try_parse_from(["build", "a.flow", "--depfile", "d", other]).is_err());
        }
    }
}
