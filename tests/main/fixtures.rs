//! Every flow of `fixtures/`, with what `flowbatch` says to it beside it.
//!
//! A case is a `NAME.flow` in any folder; libraries are cases too. What is expected stands in
//! `NAME.snap`: the diagnostics and the document of `build --stdout` (of `check`, for a library),
//! and, where diagnostics have certain fixes, what `check --fix` leaves and makes of the file. Beside it may lie
//! `NAME.env`, lines `NAME=value` for the environment, and `NAME.args`, words for `build`.
//!
//! `INSTA_UPDATE=always cargo test fixtures` writes every expectation anew.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::project::{Project, Ran};

#[test]
fn fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files = Vec::new();
    walk(&root, &mut files);
    let flows: Vec<&PathBuf> = files
        .iter()
        .filter(|path| has_extension(path, "flow"))
        .collect();
    for path in files.iter().filter(|path| has_extension(path, "snap")) {
        assert!(
            path.with_extension("flow").exists(),
            "{} is of no flow",
            path.display()
        );
    }
    let failed: Vec<&Path> = flows
        .into_iter()
        .filter(|flow| catch_unwind(AssertUnwindSafe(|| case(&root, flow))).is_err())
        .map(|flow| flow.strip_prefix(&root).expect("below"))
        .collect();
    assert!(failed.is_empty(), "not as expected: {failed:#?}");
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
    files.sort();
}

fn case(root: &Path, flow: &Path) {
    let folder = flow.parent().expect("a folder");
    let name = flow
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let sidecar =
        |extension: &str| fs::read_to_string(flow.with_extension(extension)).unwrap_or_default();
    let (environment, arguments) = (sidecar("env"), sidecar("args"));

    // The folder, as a project of its own; the flow alone of the many that import nothing.
    let mut project = Project::new();
    let mut inputs = Vec::new();
    walk(folder, &mut inputs);
    let bytes = fs::read(flow).expect("a flow");
    let imports = bytes.windows(6).any(|word| word == b"import");
    for input in inputs {
        let is_read = has_extension(&input, "toml") || input == flow;
        if is_read || (imports && has_extension(&input, "flow")) {
            let path = input
                .strip_prefix(folder)
                .expect("below")
                .to_string_lossy()
                .into_owned();
            project = project.file(&path, fs::read(&input).expect("a file"));
        }
    }
    let run = |words: &[&str]| {
        let mut command = project.command(words);
        command.envs(environment.lines().filter_map(|line| line.split_once('=')));
        project.run_with(command, b"")
    };
    let text = project.text(&name);
    let is_library = !text
        .lines()
        .any(|line| line.split_whitespace().next() == Some("flow"));
    let mut words = if is_library {
        vec!["check"]
    } else {
        vec!["build", "--stdout"]
    };
    words.push(&name);
    words.extend(arguments.split_whitespace());
    let first = run(&words);
    let mut shown = show(&first);

    let mut words = vec!["check", "--fix", &name];
    words.extend(arguments.split_whitespace());
    let fixing = run(&words);
    let fixed = project.text(&name);
    for line in fixing.stderr.lines() {
        if line.starts_with("left ") {
            shown.push_str(&format!("\ncheck --fix {line}\n"));
        }
    }
    if fixed != text {
        shown.push_str("\n-- after check --fix --\n");
        for change in similar::TextDiff::from_lines(text.as_str(), &fixed).iter_all_changes() {
            match change.tag() {
                similar::ChangeTag::Equal => {}
                tag => shown.push_str(&format!("{tag}{}", change.value())),
            }
        }
        words.retain(|word| *word != "--fix");
        words.extend(["--format", "concise"]);
        let again = run(&words);
        shown.push_str("-- and then --\n");
        shown.push_str(&show(&again));
    }

    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_input_file(flow.strip_prefix(root).expect("below"));
    settings.bind(|| {
        insta::assert_snapshot!(
            flow.file_stem().expect("a name").to_string_lossy().as_ref(),
            shown
        );
    });
}

/// The exit code, the diagnostics, the document.
fn show(ran: &Ran) -> String {
    let code = ran
        .code
        .map_or("killed".to_owned(), |code| code.to_string());
    format!("exit code {code}\n{}{}", ran.stderr, ran.stdout)
}

/// Nothing follows from a mistake but its own diagnostic, and nothing is hidden by one: not a
/// name, a type, an option, an edge or a script.
#[test]
fn ten_mistakes_are_ten_diagnostics() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let flow = fs::read(root.join("ten-mistakes.flow")).expect("a file");
    let project = Project::new().file("a.flow", flow);
    let ran = project
        .run(&["check", "a.flow", "--format", "concise"])
        .code(1);
    let lines: Vec<&str> = ran
        .stdout
        .lines()
        .chain(ran.stderr.lines())
        .filter_map(|line| line.strip_prefix("a.flow:")?.split(':').next())
        .collect();
    assert_eq!(
        lines,
        ["2", "3", "5", "6", "8", "13", "18", "19", "19", "20"],
        "{ran:?}"
    );
}
