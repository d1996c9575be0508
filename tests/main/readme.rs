//! The README and the pages of `docs` hold: their commands run, with that output.
//!
//! A fenced block ` ```flow NAME ` (or `toml NAME`, `yaml NAME`) is a file of the reader; a block
//! ` ```console ` holds commands behind `$ ` and what they print, both streams as a terminal
//! shows them. A page's commands run one after another in one folder, in a shell. A
//! ` ```flow ` block without a name is a whole file that must be free of errors and
//! warnings.
//!
//! `UPDATE_DOCS=1 cargo test --test main documents` writes what the commands print into the
//! pages.

#![cfg(unix)]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use super::project::Project;

/// What a ` ```flow ` block without a name need not say.
const SETTINGS: &str = "[batch]\nqueue = \"ml\"\nimage = \"python:3.12\"\nplatform = \"ec2\"\n";

/// A page, line by line, as text and fenced blocks.
enum Part<'a> {
    Text(&'a str),
    Block { info: &'a str, lines: Vec<&'a str> },
}

fn parts(page: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        match line.strip_prefix("```") {
            Some(info) => parts.push(Part::Block {
                info,
                lines: lines.by_ref().take_while(|line| *line != "```").collect(),
            }),
            None => parts.push(Part::Text(line)),
        }
    }
    parts
}

/// How a reader's environment differs from that of the tests: a command that has it.
type Template<'t> = &'t dyn Fn(&Project) -> Command;

/// A reader's shell: the folder, and how the last command ended.
struct Shell<'t> {
    project: Project,
    template: Template<'t>,
    last: i32,
}

impl<'t> Shell<'t> {
    fn new(template: Template<'t>) -> Self {
        let mut project = Project::new();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        for entry in fs::read_dir(fixtures).expect("the fixtures") {
            let path = entry.expect("an entry").path();
            if path
                .extension()
                .is_some_and(|extension| extension == "flow")
            {
                let name = path.file_name().expect("a name").to_string_lossy();
                let content = fs::read(&path).expect("a fixture");
                project = project.file(&format!("fixtures/{name}"), content);
            }
        }
        Self {
            project,
            template,
            last: 0,
        }
    }

    /// Runs a line of a console and returns what it prints.
    fn run(&mut self, line: &str) -> String {
        let line = line.replace("cargo run -- ", "flowbatch ");
        let script = format!("(exit {})\n{line}", self.last);
        let binary = Path::new(env!("CARGO_BIN_EXE_flowbatch"));
        let mut path = binary.parent().expect("a folder").as_os_str().to_owned();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        // The template removes what a developer's own environment would change.
        let template = (self.template)(&self.project);
        let mut command = Command::new("sh");
        for (name, value) in template.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut child = command
            .args(["-c", &script])
            .current_dir(self.project.path())
            .env("PATH", path)
            .stdin(std::process::Stdio::null())
            .stdout(writer.try_clone().expect("a pipe"))
            .stderr(writer)
            .spawn()
            .expect("a shell");
        // It holds the writing ends, without which the reader ends.
        drop(command);
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("UTF-8");
        self.last = child.wait().expect("an end").code().unwrap_or(1);
        text
    }
}

/// The page with what its commands really print; also checks its flows.
pub(crate) fn play(name: &str, page: &str, template: Template<'_>) -> String {
    let mut shell = Shell::new(template);
    let mut played = String::new();
    for part in parts(page) {
        let (info, lines) = match part {
            Part::Text(line) => {
                played.push_str(line);
                played.push('\n');
                continue;
            }
            Part::Block { info, lines } => (info, lines),
        };
        let mut text = lines
            .iter()
            .fold(String::new(), |text, line| text + line + "\n");
        match info.split_once(' ') {
            None if info == "console" => {
                text = lines
                    .iter()
                    .filter_map(|line| line.strip_prefix("$ "))
                    .map(|line| format!("$ {line}\n{}", shell.run(line)))
                    .collect();
            }
            None if info == "flow" => {
                let project = Project::new()
                    .file("page.flow", &text)
                    .file("flowbatch.toml", SETTINGS);
                let ran = project.run(&["check", "page.flow", "--deny", "warnings"]);
                assert_eq!(ran.code, Some(0), "{name}:\n{text}\n{}", ran.stderr);
            }
            Some(("flow" | "toml" | "yaml", file)) if file != "fragment" => {
                shell.project = shell.project.file(file, &text);
            }
            _ => {}
        }
        played.push_str(&format!("```{info}\n{text}```\n"));
    }
    played
}

#[test]
fn documents_show_what_happens() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in [
        "README.md",
        "CHANGELOG.md",
        "docs/language.md",
        "docs/output.md",
    ] {
        let page = fs::read_to_string(root.join(name)).expect(name);
        let played = play(name, &page, &|project| project.command(&[]));
        super::reference::hold(name, &page, &played);
    }
}

#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "docs/language.md",
        "docs/options.md",
        "docs/codes.md",
        "docs/rules.md",
        "docs/output.md",
        "docs/aws.md",
        "docs/corpus.md",
        "docs/ci.md",
        "editors/README.md",
    ];
    for name in pages {
        let page = fs::read_to_string(root.join(name)).expect(name);
        for part in parts(&page) {
            let Part::Text(line) = part else { continue };
            for picture in line.split("src=\"").skip(1) {
                let name = picture.split('"').next().unwrap_or_default();
                let size = fs::metadata(root.join(name)).map(|file| file.len());
                assert!(size.is_ok_and(|size| size < 100_000), "{name}");
            }
            for target in line.split("](").skip(1) {
                let target = target.split(')').next().unwrap_or_default();
                if target.starts_with("https://") {
                    continue;
                }
                let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
                let path = match file {
                    "" => root.join(name),
                    _ => root.join(name).parent().expect("a folder").join(file),
                };
                let text = fs::read_to_string(&path)
                    .unwrap_or_else(|error| panic!("{name}: {target}: {error}"));
                let is_called = |line: &str| {
                    anchor_of(line).is_some_and(|name| name == anchor)
                        || line.contains(&format!("<a id=\"{anchor}\">"))
                };
                assert!(
                    anchor.is_empty() || text.lines().any(is_called),
                    "{name}: nothing is called {target}"
                );
            }
        }
    }
}

/// What a heading is called in links.
fn anchor_of(line: &str) -> Option<String> {
    let title = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let kept = title.to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
    Some(kept.map(|c| if c == ' ' { '-' } else { c }).collect())
}
