//! The pages that are made from the tables: `docs/options.md`, `docs/codes.md`, `docs/rules.md`.
//!
//! `UPDATE_DOCS=1 cargo test --test main documents` writes them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use flowbatch::catalogue;
use flowbatch::codes::{self, Code, Example};
use flowbatch::schema::{ANNOTATIONS, AnnotationSpec, OptionSpec, Ty};

/// Fails when a page is not as it should be, or makes it so with `UPDATE_DOCS=1`.
#[track_caller]
pub(crate) fn hold(name: &str, page: &str, expected: &str) {
    if page == expected {
        return;
    }
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        fs::write(path, expected).expect(name);
        return;
    }
    let line = page
        .lines()
        .zip(expected.lines())
        .position(|(is, should)| is != should)
        .unwrap_or_else(|| page.lines().count().min(expected.lines().count()));
    panic!(
        "{name}:{}: the page says\n  {}\nand it is\n  {}\n\
         if the new text is right: UPDATE_DOCS=1 cargo test --test main documents",
        line + 1,
        page.lines().nth(line).unwrap_or("(nothing more)"),
        expected.lines().nth(line).unwrap_or("(nothing more)"),
    );
}

#[test]
fn documents_of_the_tables() {
    for (name, expected) in [
        ("docs/options.md", options()),
        ("docs/codes.md", all_codes()),
        ("docs/rules.md", super::catalogue::page::page()),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let page = fs::read_to_string(path).unwrap_or_default();
        hold(name, &page, &expected);
    }
}

/// Links and `allow(…)` name codes, so no two may share a name.
#[test]
fn names_of_codes_are_unique() {
    let mut names = BTreeSet::new();
    for code in codes::all() {
        assert!(names.insert(code.name), "`{}` names two codes", code.name);
    }
}

fn options() -> String {
    let mut page = String::from(
        "<!-- Made from src/schema.rs: UPDATE_DOCS=1 cargo test --test main documents -->\n\
         # Annotations and options\n\n\
         Every annotation may stand before a step. How layers of options meet is in\n\
         [the language](language.md#layers): `stronger wins` means that the stronger layer \
         replaces the\nweaker one, `maximum` that within one layer the larger of `@batch` and \
         `@resources` counts too,\n`by key` that maps merge, and `sum` that the parts add up. \
         `flowbatch explain` shows what\neach step got, and from where.\n\n\
         Memory and disk are in MiB or GiB when they are plain integers; sizes such as `8GiB` are \
         converted\nexactly, or refused when they do not come out even.\n",
    );
    for annotation in ANNOTATIONS {
        section(&mut page, annotation);
    }
    page
}

fn section(page: &mut String, annotation: &AnnotationSpec) {
    let places = match (annotation.places.flow, annotation.places.profile) {
        (true, true) => "Before the flow, before a step, in a profile.",
        (true, false) => "Before the flow and before a step.",
        (false, true) => "Before a step and in a profile.",
        (false, false) => "Before a step.",
    };
    let _ = writeln!(
        page,
        "\n## @{}\n\n{} {places}",
        annotation.name, annotation.doc
    );
    if annotation.options.is_empty() {
        let _ = writeln!(
            page,
            "\nIts arguments are names of profiles: `@use(gpu, nightly)`."
        );
        return;
    }
    let _ = writeln!(
        page,
        "\n| option | value | default | meaning | layers | in AWS Batch |\n\
         | --- | --- | --- | --- | --- | --- |"
    );
    let mut maps: Vec<(&str, &Ty)> = Vec::new();
    for option in annotation.options {
        row(page, option);
        structs(&option.ty, option.name, &mut maps);
    }
    for (name, ty) in maps {
        let Ty::Struct(fields) = ty else { continue };
        let _ = writeln!(page, "\nThe keys of each map in `{name}`:\n");
        for field in *fields {
            let required = if field.required { ", required" } else { "" };
            let _ = writeln!(
                page,
                "- `{}` ({}{required}): {}",
                field.name,
                field.ty.words(),
                field.doc
            );
        }
    }
}

fn row(page: &mut String, option: &OptionSpec) {
    let merge = match option.merge {
        flowbatch::schema::Merge::Max => "maximum",
        flowbatch::schema::Merge::Replace => "stronger wins",
        flowbatch::schema::Merge::Keys => "by key",
        flowbatch::schema::Merge::Sum => "sum",
    };
    let fields: Vec<String> = option
        .fields
        .iter()
        .map(|field| format!("`{}`", field.trim_start_matches("containerProperties.")))
        .collect();
    let cells = [
        format!("`{}`", option.name),
        option.ty.words(),
        option.default_words(),
        option.doc.to_owned(),
        merge.to_owned(),
        fields.join(", "),
    ];
    // A bar would end the cell, angle brackets would be a tag.
    let cells = cells.map(|cell| cell.replace('|', "\\|").replace('<', "&lt;"));
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

fn structs(ty: &'static Ty, name: &'static str, found: &mut Vec<(&'static str, &'static Ty)>) {
    match ty {
        Ty::Struct(_) => found.push((name, ty)),
        Ty::List(item) | Ty::MapOf(item) => structs(item, name, found),
        Ty::Either(one, other) => {
            structs(one, name, found);
            structs(other, name, found);
        }
        _ => {}
    }
}

fn all_codes() -> String {
    let mut page = String::from(
        "<!-- Made from src/codes: UPDATE_DOCS=1 cargo test --test main documents -->\n\
         # Diagnostics\n\n\
         Errors are refused: nothing is built. Warnings are accepted but probably not meant; with\n\
         `--deny warnings` they fail a command too. Advice is worth knowing. A comment \
         `# flowbatch: allow(CODE)`\non the line, or on a line of its own above it, silences a \
         warning or advice, never an error.\n`flowbatch rule CODE` prints what is here.\n",
    );
    let mut group = "";
    for code in codes::all() {
        if code.group != group {
            let _ = writeln!(
                page,
                "\n## {}\n\n| code | | |\n| --- | --- | --- |",
                capital(code.group)
            );
            group = code.group;
            for code in codes::all().filter(|code| code.group == group) {
                let (name, severity) = (code.name, code.severity.as_str());
                let summary = sentence(code).replace('|', "\\|");
                let _ = writeln!(page, "| [`{name}`](#{name}) | {severity} | {summary} |");
            }
        }
        entry(&mut page, code);
    }
    page
}

fn entry(page: &mut String, code: &Code) {
    let _ = writeln!(
        page,
        "\n### {}\n\n**{}.** {}",
        code.name,
        code.severity.as_str(),
        sentence(code)
    );
    for paragraph in paragraphs(code.explanation) {
        let _ = writeln!(page, "\n{paragraph}");
    }
    let rules: Vec<String> = catalogue::of(code)
        .map(|rule| format!("[`{0}`](rules.md#{0})", rule.id))
        .collect();
    if !rules.is_empty() {
        let _ = writeln!(page, "\nRules of AWS Batch: {}.", rules.join(", "));
    }
    example(page, "Reported:", code.failing);
    example(page, "Correct:", code.corrected);
}

/// The summary, as a sentence whichever way the table ends it.
fn sentence(code: &Code) -> String {
    let summary = code.summary.trim().trim_end_matches('.');
    format!("{}.", summary)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Paragraphs; lines that are indented stay as they are, as code.
fn paragraphs(text: &str) -> Vec<String> {
    text.trim()
        .split("\n\n")
        .filter(|paragraph| !paragraph.trim().is_empty())
        .map(|paragraph| {
            if paragraph.lines().all(|line| line.starts_with("  ")) {
                format!("```text\n{paragraph}\n```")
            } else {
                paragraph.replace('<', "&lt;")
            }
        })
        .collect()
}

fn example(page: &mut String, title: &str, text: &'static str) {
    let text = text.trim_matches('\n');
    if text.is_empty() {
        return;
    }
    let _ = writeln!(page, "\n{title}");
    for (name, content) in Example::new(text).parts() {
        let language = match name.rsplit_once('.') {
            Some((_, extension)) => extension,
            None => "text",
        };
        let _ = writeln!(
            page,
            "\n```{language} {name}\n{}\n```",
            content.trim_matches('\n')
        );
    }
}
