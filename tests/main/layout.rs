//! What the crate documentation promises about the source tree, read as text.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flowbatch::batch::shapes;
use flowbatch::codes;
use flowbatch::schema::{ANNOTATIONS, FieldSpec, Opt, Ty};

/// A file of `src`: its path below it, and the code in it that is neither comment nor test.
struct Module {
    path: String,
    code: String,
}

/// Whether a file is compiled for tests alone: `tests.rs`, what is in a folder `tests`, and what several
/// tests share, `testing.rs`.
fn is_of_tests(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name);
    folder.is_some_and(|folder| folder == "tests")
        || ["tests.rs", "testing.rs"]
            .iter()
            .any(|name| path.ends_with(name))
}

fn modules() -> Vec<Module> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut modules = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !is_of_tests(&path)
            {
                let text = fs::read_to_string(&path).expect("UTF-8");
                let below = path.strip_prefix(&root).expect("below").to_string_lossy();
                modules.push(Module {
                    path: below.replace('\\', "/"),
                    code: code(&text),
                });
            }
        }
    }
    assert!(modules.len() > 40, "{}", modules.len());
    modules
}

/// Leaves out comments on lines of their own, and the tests, which stand last.
fn code(text: &str) -> String {
    let mut tests = text.match_indices("#[cfg(test)]\n");
    let tests = tests.find(|(at, cfg)| {
        let mut items = text[at + cfg.len()..].lines();
        let item = items.find(|line| !line.starts_with("#[") && !line.starts_with("//"));
        item.is_some_and(|item| item.ends_with('{'))
    });
    let text = &text[..tests.map_or(text.len(), |(at, _)| at)];
    let lines = text.lines();
    lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

impl Module {
    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }

    /// Lines that name one of `words` as a whole word.
    fn naming(&self, words: &[&str]) -> Vec<String> {
        let inner = |c: char| c.is_alphanumeric() || c == '_';
        let names = |line: &str, word: &str| {
            line.match_indices(word).any(|(at, _)| {
                !line[..at].ends_with(inner) && !line[at + word.len()..].starts_with(inner)
            })
        };
        let lines = self.code.lines();
        lines
            .filter(|line| words.iter().any(|word| names(line, word)))
            .map(|line| format!("{}: {}", self.path, line.trim()))
            .collect()
    }
}

/// Fails the test if anything outside `places` names one of `words`.
#[track_caller]
fn only_in(places: &[&str], words: &[&str]) {
    let modules = modules();
    let outside = modules.iter().filter(|module| !module.is_in(places));
    let lines: Vec<String> = outside.flat_map(|module| module.naming(words)).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
    let inside = modules.iter().filter(|module| module.is_in(places));
    assert!(
        inside.flat_map(|module| module.naming(words)).count() > 0,
        "nothing names {words:?}: is the test blind?"
    );
}

#[test]
fn pest_is_named_in_syntax_only() {
    only_in(&["syntax/"], &["pest", "pest_derive"]);
}

#[cfg(feature = "aws")]
#[test]
fn aws_and_the_runtime_are_named_in_aws_only() {
    let words = [
        "aws_config",
        "aws_credential_types",
        "aws_sdk_batch",
        "aws_sdk_cloudwatchlogs",
        "aws_smithy_http_client",
        "aws_smithy_runtime_api",
        "aws_smithy_types",
        "rustls",
        "tokio",
    ];
    only_in(&["aws/"], &words);
}

#[test]
fn the_protocol_of_editors_is_named_in_lsp_only() {
    only_in(&["lsp/"], &["lsp_server", "gen_lsp_types"]);
}

#[test]
fn the_terminal_is_named_at_the_edge_only() {
    only_in(
        &["aws/", "cli/", "report/"],
        &[
            "clap",
            "miette",
            "similar::",
            "terminal_size",
            "stdout",
            "stderr",
            "stdin",
            "println",
            "eprintln",
            "Instant",
            "SystemTime",
        ],
    );
}

#[test]
fn the_system_is_asked_at_the_edge_only() {
    // `Disk`, the loader of the command line, is the one exception.
    let words = [
        "fs",
        "env::var",
        "current_dir",
        "env",
        "process",
        "net",
        "thread",
    ];
    let words: Vec<String> = words.iter().map(|word| format!("std::{word}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    only_in(
        &["aws/", "cli/", "lsp/", "report/", "main.rs", "source.rs"],
        &words,
    );
    let source = modules()
        .into_iter()
        .find(|module| module.path == "source.rs");
    let source = source.expect("source.rs").code;
    let (before, after) = source.split_once("impl Loader for Disk {").expect("Disk");
    let (_, after) = after.split_once("\n}\n").expect("its end");
    for part in [before, after] {
        assert!(!part.contains("std::fs") && !part.contains("std::env"));
    }
    // Nor is a group of modules imported past this test.
    for module in modules() {
        assert!(!module.code.contains("use std::{"), "{}", module.path);
    }
}

#[test]
fn nothing_panics_on_purpose() {
    let words = [
        ".unwrap()",
        ".expect(",
        "panic!",
        "todo!",
        "unimplemented!",
        "unreachable!",
        "assert!(",
        "assert_eq!(",
        "dbg!",
    ];
    let mut lines = Vec::new();
    for module in modules() {
        for line in module.code.lines() {
            if words.iter().any(|word| line.contains(word)) {
                lines.push(format!("{}: {}", module.path, line.trim()));
            }
        }
    }
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn every_option_is_documented_and_exists() {
    let mut opts = HashSet::new();
    for annotation in ANNOTATIONS {
        assert!(!annotation.doc.is_empty(), "@{}", annotation.name);
        let mut names = HashSet::new();
        for option in annotation.options {
            opts.insert(option.opt);
            let name = format!("@{}({})", annotation.name, option.name);
            assert!(names.insert(option.name), "{name} stands there twice");
            assert!(option.doc.ends_with('.'), "{name}: {:?}", option.doc);
            for field in option.fields {
                let found = match field.strip_prefix("SubmitJob.") {
                    Some(field) => shapes::submit_job().member(field),
                    None => shapes::register_job_definition().member(field),
                };
                assert!(found.is_some(), "{name} manages {field}, which is no field");
            }
            documented(&name, &option.ty);
        }
    }
    assert_eq!(opts.len(), Opt::COUNT, "an option without a row");
}

fn documented(name: &str, ty: &Ty) {
    match ty {
        Ty::Struct(fields) => {
            for FieldSpec {
                name: field,
                doc,
                ty,
                ..
            } in *fields
            {
                assert!(!doc.is_empty(), "{name}: {field}");
                documented(name, ty);
            }
        }
        Ty::List(item) | Ty::MapOf(item) => documented(name, item),
        Ty::Either(one, other) => {
            documented(name, one);
            documented(name, other);
        }
        _ => {}
    }
}

#[test]
fn names_of_codes_are_unique_kebabs() {
    let mut names = HashSet::new();
    for code in codes::all() {
        assert!(names.insert(code.name), "`{}` is there twice", code.name);
        let kebab = code.name.split('-').all(|word| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        assert!(kebab, "{}", code.name);
        let summary = code.summary;
        let line = summary == summary.trim() && !summary.is_empty() && !summary.ends_with('.');
        assert!(line, "the summary of `{}` is `{summary}`", code.name);
        assert!(!code.group.is_empty(), "{}", code.name);
        assert_eq!(codes::find(code.name), Some(code));
    }
}

#[test]
fn every_code_is_explained() {
    for code in codes::all() {
        for (part, text) in [
            ("explanation", code.explanation),
            ("failing example", code.failing),
            ("corrected example", code.corrected),
        ] {
            assert!(!text.trim().is_empty(), "`{}` has no {part}", code.name);
        }
    }
}

/// The page of the language names the day of the table of instance types.
#[test]
fn the_day_of_the_table_is_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/language.md")).expect("a page");
    let day = flowbatch::queue::table_date();
    assert!(
        page.contains(&format!("answered for us-east-1 on {day}.")),
        "{day}"
    );
}

/// The pure compiler is what others build on: it brings neither terminal nor runtime with it.
#[test]
fn the_core_depends_on_little() {
    let ran = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--no-default-features",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ])
        .args(["--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8(ran.stdout).expect("UTF-8");
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{errors}");
    let crates: HashSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        crates.contains("pest") && crates.contains("flowbatch"),
        "{tree}"
    );
    for name in crates {
        let foreign = [
            "clap",
            "miette",
            "similar::",
            "terminal_size",
            "tokio",
            "hyper",
            "rustls",
        ];
        assert!(
            !foreign.contains(&name) && !name.starts_with("aws-") && !name.starts_with("clap_"),
            "{name} in\n{tree}"
        );
    }
}
