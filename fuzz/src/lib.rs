//! What the fuzz targets do with the bytes that they get, and how these are changed.
//!
//! The laws themselves are `tests/main/invariants.rs`, which the tests hold of fixtures too, and
//! `tests/main/lsp/edits.rs`.

#[path = "../../tests/main/lsp/edits.rs"]
mod edits;
#[path = "../../tests/main/invariants.rs"]
mod invariants;
mod mutate;

use std::path::Path;

use flowbatch::Settings;
use flowbatch::source::Memory;

use edits::{Edit, Units};
pub use mutate::mutate;

const MAIN: &str = "main.flow";

/// Any bytes have a tree and tokens.
pub fn parse(data: &[u8]) {
    invariants::syntax(&String::from_utf8_lossy(data));
}

/// `check --fix` never makes a project worse.
pub fn check_fix(data: &[u8]) {
    let (files, settings) = project(&String::from_utf8_lossy(data));
    invariants::fixes(&files, Path::new(MAIN), &settings);
}

/// What is built is what AWS Batch takes, and the same every time.
pub fn compile(data: &[u8]) {
    let (files, settings) = project(&String::from_utf8_lossy(data));
    let path = Path::new(MAIN);
    let compile = || flowbatch::compile(&files, path, &settings).expect("it is readable");
    let compiled = compile();
    invariants::diagnostics(&compiled.checked);
    let explained = flowbatch::explain(&files, path, &settings).expect("it is readable");
    if !invariants::artifacts(&compiled) {
        return;
    }
    let again = compile();
    assert_eq!(compiled.artifacts, again.artifacts);
    assert_eq!(compiled.checked.diagnostics, again.checked.diagnostics);
    let steps = explained.explanation.expect("a flow").steps;
    let jobs = steps.iter().filter(|step| step.job_definition.is_some());
    let files = again.artifacts.map_or(0, |made| made.files.len());
    assert_eq!(jobs.count() + 1, files);
}

/// Whatever is edited, the language server has the text that its client has, and finds in it what it
/// would find if it had just been opened.
///
/// An input is a text up to the first line `=== edits`, then edits, a line each: a letter, the numbers of
/// line and column of both ends, and the new text, in which `⏎` is a new line. The letter is `e`; `n` for
/// the first edit of a notification; `w` for a new text, whatever the numbers say. `=== utf-8` counts
/// columns in bytes.
pub fn edits(data: &[u8]) {
    let data = String::from_utf8_lossy(data);
    let mut units = Units::Utf16;
    let (text, lines) = match data.split_once("=== utf-8\n") {
        Some(parts) => {
            units = Units::Utf8;
            parts
        }
        None => data.split_once("=== edits\n").unwrap_or((&data, "")),
    };
    let mut notifications: Vec<Vec<Edit>> = Vec::new();
    for line in lines.lines() {
        let mut words = line.splitn(6, ' ');
        let mut word = || words.next().unwrap_or_default();
        let letter = word();
        let mut number = || word().parse().unwrap_or(0);
        let range = [(number(), number()), (number(), number())];
        let edit = Edit {
            range: (letter != "w").then_some(range),
            text: word().replace('⏎', "\n"),
        };
        match notifications.last_mut() {
            Some(last) if letter == "e" => last.push(edit),
            _ => notifications.push(vec![edit]),
        }
    }
    edits::law(text, &notifications, units);
    edits::layout(text, units);
}

/// The files of an input. It is `main.flow` up to the first line `=== NAME`, which begins the file
/// `NAME`; `=== settings` begins lines `-p NAME=value`, `--env NAME` and `METAFLOW_…=value`.
fn project(text: &str) -> (Memory, Settings) {
    let mut files = Memory::default();
    let mut settings = Settings::default();
    let mut name = MAIN;
    let mut part = String::new();
    for line in text.split_inclusive('\n').chain(["=== "]) {
        let Some(next) = line.strip_prefix("=== ") else {
            part.push_str(line);
            continue;
        };
        match name {
            "settings" => read_settings(&part, &mut settings),
            name => files = files.with(name, std::mem::take(&mut part)),
        }
        part.clear();
        name = next.trim();
    }
    (files, settings)
}

fn read_settings(lines: &str, settings: &mut Settings) {
    for line in lines.lines() {
        if let Some(name) = line.strip_prefix("--env ") {
            settings.env = Some(name.to_owned());
        } else if let Some((name, value)) = line
            .strip_prefix("-p ")
            .and_then(|line| line.split_once('='))
        {
            settings.params.push((name.to_owned(), value.to_owned()));
        } else if let Some((name, value)) = line.split_once('=') {
            settings.variables.insert(name.to_owned(), value.to_owned());
        }
    }
}
