//! The output folder: what is there, what should be, and making it so.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use similar::TextDiff;

use super::Failure;
use super::atomic;
use crate::Artifacts;

/// Where the job definitions of a flow are, in its folder.
const DEFINITIONS: &str = "job-definitions";

/// A file of the output folder that is not as it should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Change {
    path: PathBuf,
    /// What is on disk; `None` if there is no such file.
    old: Option<Vec<u8>>,
    /// What should be; `None` for the definition of a step that is gone.
    new: Option<String>,
}

/// What differs between `artifacts` and what is in the folder `out`, in the
/// order in which it must be written: job definitions, the plan that refers to
/// them, and only then what nothing refers to any more.
pub(super) fn changes(out: &Path, artifacts: &Artifacts) -> Result<Vec<Change>, Failure> {
    let folder = out.join(&artifacts.flow);
    let mut changes = Vec::new();
    let mut current = HashSet::new();
    for file in &artifacts.files {
        let path = folder.join(&file.path);
        let old = read(&path).map_err(|error| failure(out, &path, "read", &error))?;
        if old.as_deref() != Some(file.text.as_bytes()) {
            changes.push(Change {
                path: path.clone(),
                old,
                new: Some(file.text.clone()),
            });
        }
        current.insert(path);
    }
    let definitions = folder.join(DEFINITIONS);
    let stale = stale(&definitions, &artifacts.flow, &current)
        .map_err(|error| failure(out, &definitions, "read", &error))?;
    changes.extend(stale);
    Ok(changes)
}

/// Keeps other builds away from the folder of a flow until the result is dropped; waits for one
/// that is at work there. Where folders cannot be locked, nobody is kept away.
pub(super) fn lock(out: &Path, flow: &str) -> Result<Option<fs::File>, Failure> {
    let folder = out.join(flow);
    fs::create_dir_all(&folder).map_err(|error| failure(out, &folder, "write", &error))?;
    let folder = fs::File::open(&folder).ok();
    Ok(folder.filter(|folder| folder.lock().is_ok()))
}

/// Makes the changes; each file is old or new at any moment.
pub(super) fn write(out: &Path, flow: &str, changes: &[Change]) -> Result<(), Failure> {
    for change in changes {
        if let (Some(old), Some(_)) = (&change.old, &change.new)
            && !looks_like_ours(old)
        {
            return Err(Failure::new(format!(
                "{} is in the way: flowbatch did not write it\nmove it away or choose another \
                 folder with `-o`",
                change.path.display()
            )));
        }
    }
    let folder = out.join(flow);
    for folder in [folder.join(DEFINITIONS), folder] {
        atomic::clear_leftovers(&folder).map_err(|error| failure(out, &folder, "write", &error))?;
    }
    for change in changes {
        let done = match (&change.new, change.path.parent()) {
            (Some(new), Some(folder)) => fs::create_dir_all(folder)
                .and_then(|()| atomic::replace(&change.path, new.as_bytes())),
            (Some(new), None) => atomic::replace(&change.path, new.as_bytes()),
            (None, _) => atomic::remove(&change.path),
        };
        done.map_err(|error| failure(out, &change.path, "write", &error))?;
    }
    Ok(())
}

/// How many files are written and how many removed.
pub(super) fn count(changes: &[Change]) -> (usize, usize) {
    let removed = changes.iter().filter(|change| change.new.is_none()).count();
    (changes.len() - removed, removed)
}

/// Writes the changes as unified diffs, from what is on disk to what should be.
pub(super) fn diff(changes: &[Change], out: &mut dyn Write) -> io::Result<()> {
    for change in changes {
        let old = String::from_utf8_lossy(change.old.as_deref().unwrap_or_default());
        let new = change.new.as_deref().unwrap_or_default();
        let name = change.path.display().to_string();
        let side = |exists: bool| if exists { name.as_str() } else { "/dev/null" };
        let (before, after) = (side(change.old.is_some()), side(change.new.is_some()));
        let text = unified(&old, new, before, after);
        if text.is_empty() {
            // An empty file, or one that differs only in what is not UTF-8.
            writeln!(out, "--- {before}\n+++ {after}")?;
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// What changes between two texts, in the form that `patch` takes.
pub(super) fn unified(old: &str, new: &str, before: &str, after: &str) -> String {
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(3)
        .header(before, after)
        .to_string()
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Definitions of the flow's former steps, in the order of their names.
fn stale(folder: &Path, flow: &str, current: &HashSet<PathBuf>) -> io::Result<Vec<Change>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut stale = Vec::new();
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if current.contains(&path)
            || path.extension().is_none_or(|extension| extension != "json")
            || !entry.file_type()?.is_file()
        {
            continue;
        }
        // A file that goes away meanwhile needs no removal.
        let Some(content) = read(&path)? else {
            continue;
        };
        let step = path.file_stem().and_then(|stem| stem.to_str());
        if step.is_some_and(|step| is_ours(&content, flow, step)) {
            stale.push(Change {
                path,
                old: Some(content),
                new: None,
            });
        }
    }
    stale.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(stale)
}

/// Whether flowbatch wrote this definition, for this step of this flow.
///
/// Every definition tells its containers `FLOWBATCH_FLOW` and
/// `FLOWBATCH_STEP`. Unlike a list of what was written, that survives a fresh
/// checkout and a merge, and a copy made by hand under another name is not ours.
fn is_ours(content: &[u8], flow: &str, step: &str) -> bool {
    let Ok(definition) = serde_json::from_slice::<Value>(content) else {
        return false;
    };
    let ranges = &definition["nodeProperties"]["nodeRangeProperties"];
    let containers = ranges
        .as_array()
        .into_iter()
        .flatten()
        .map(|range| &range["container"])
        .chain([&definition["containerProperties"]]);
    containers
        .filter_map(|container| container["environment"].as_array())
        .any(|environment| {
            let says = |name: &str, value: &str| {
                environment
                    .iter()
                    .any(|entry| entry["name"] == name && entry["value"] == value)
            };
            says("FLOWBATCH_FLOW", flow) && says("FLOWBATCH_STEP", step)
        })
}

/// Whether a file in the place of an artifact is an older one, perhaps with the marks of a merge
/// that failed, rather than something else that must not be overwritten.
fn looks_like_ours(content: &[u8]) -> bool {
    let has = |mark: &str| memchr::memmem::find(content, mark.as_bytes()).is_some();
    content.is_empty() || has("\"FLOWBATCH_FLOW\"") || has("\"flow\"") && has("\"jobs\"")
}

/// The path, the reason, and what to do.
fn failure(out: &Path, path: &Path, verb: &str, error: &io::Error) -> Failure {
    let in_the_way = path
        .ancestors()
        .skip(1)
        .take_while(|folder| folder.starts_with(out))
        .find(|folder| folder.exists() && !folder.is_dir());
    let (reason, remedy) = match (in_the_way, error.kind()) {
        (Some(file), _) => (
            format!("{} is a file, not a folder", file.display()),
            "move it away or choose another folder with `-o`",
        ),
        (_, io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => (
            error.to_string(),
            "make the folder writable or choose another one with `-o`",
        ),
        (_, io::ErrorKind::IsADirectory) => (
            error.to_string(),
            "a folder is in the place of a file: move it away or choose another folder with `-o`",
        ),
        (_, io::ErrorKind::InvalidFilename) => (
            error.to_string(),
            "the file system takes no such name: shorten that of the flow, the step or the folder",
        ),
        (_, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => (
            error.to_string(),
            "free some space and build again; every file there is whole, old or new",
        ),
        _ => (
            error.to_string(),
            "choose another folder with `-o` if it stays like this",
        ),
    };
    Failure::new(format!(
        "cannot {verb} {}: {reason}; {remedy}",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Artifact;

    fn definition(flow: &str, step: &str, image: &str) -> String {
        format!(
            "{{\n  \"jobDefinitionName\": \"{flow}-{step}\",\n  \"containerProperties\": {{\n    \
             \"image\": \"{image}\",\n    \"environment\": [\n      \
             {{ \"name\": \"FLOWBATCH_FLOW\", \"value\": \"{flow}\" }},\n      \
             {{ \"name\": \"FLOWBATCH_STEP\", \"value\": \"{step}\" }}\n    ]\n  }}\n}}\n"
        )
    }

    fn artifacts(steps: &[&str], image: &str) -> Artifacts {
        let mut files: Vec<Artifact> = steps
            .iter()
            .map(|step| Artifact {
                path: format!("job-definitions/{step}.json"),
                text: definition("Churn", step, image),
            })
            .collect();
        files.push(Artifact {
            path: "jobs.json".to_owned(),
            text: format!("{{\"flow\": \"Churn\", \"jobs\": {steps:?}}}\n"),
        });
        Artifacts {
            flow: "Churn".to_owned(),
            prefix: String::new(),
            definition_names: Vec::new(),
            files,
        }
    }

    fn build(out: &Path, artifacts: &Artifacts) -> Result<(usize, usize), Failure> {
        let changes = changes(out, artifacts)?;
        write(out, &artifacts.flow, &changes)?;
        Ok(count(&changes))
    }

    fn files(out: &Path) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![out.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path.strip_prefix(out).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        files.sort();
        files
    }

    #[test]
    fn builds_and_builds_again() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("deep/out");
        assert_eq!(build(&out, &artifacts(&["a", "b"], "x")).unwrap(), (3, 0));
        let path = out.join("Churn/job-definitions/a.json");
        let old = fs::File::options().write(true).open(&path).unwrap();
        old.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(build(&out, &artifacts(&["a", "b"], "x")).unwrap(), (0, 0));
        // What is up to date is not touched.
        assert_eq!(
            fs::metadata(&path).unwrap().modified().unwrap(),
            std::time::UNIX_EPOCH
        );
        assert_eq!(build(&out, &artifacts(&["a"], "x")).unwrap(), (1, 1));
        assert_eq!(
            files(&out),
            ["Churn/job-definitions/a.json", "Churn/jobs.json"]
        );
    }

    #[test]
    fn foreign_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        build(out, &artifacts(&["a", "b"], "x")).unwrap();
        let definitions = out.join("Churn/job-definitions");
        let foreign = [
            ("notes.txt", "by hand".to_owned()),
            ("broken.json", "{".to_owned()),
            ("list.json", "[1]".to_owned()),
            ("other.json", definition("Other", "other", "x")),
            // A copy that somebody made of ours.
            ("a-copy.json", definition("Churn", "a", "x")),
        ];
        for (name, text) in &foreign {
            fs::write(definitions.join(name), text).unwrap();
        }
        fs::write(
            definitions.join("gone.json"),
            definition("Churn", "gone", "x"),
        )
        .unwrap();
        fs::write(definitions.join(".flowbatch-1-0.tmp"), "half").unwrap();
        assert_eq!(build(out, &artifacts(&["a", "b"], "x")).unwrap(), (0, 1));
        let mut expected: Vec<String> = ["a.json", "b.json"]
            .into_iter()
            .chain(foreign.iter().map(|(name, _)| *name))
            .map(|name| format!("Churn/job-definitions/{name}"))
            .collect();
        expected.push("Churn/jobs.json".to_owned());
        expected.sort();
        assert_eq!(files(out), expected);
    }

    #[test]
    fn multi_node_definitions_are_recognised() {
        let text = r#"{"nodeProperties":{"nodeRangeProperties":[{"container":{"environment":[
            {"name":"FLOWBATCH_FLOW","value":"F"},{"name":"FLOWBATCH_STEP","value":"s"}]}}]}}"#;
        assert!(is_ours(text.as_bytes(), "F", "s"));
        assert!(!is_ours(text.as_bytes(), "F", "t"));
        assert!(!is_ours(b"\xff", "F", "s"));
    }

    #[test]
    fn what_others_wrote_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let definitions = folder.path().join("Churn/job-definitions");
        fs::create_dir_all(&definitions).unwrap();
        let path = definitions.join("start.json");
        fs::write(&path, "mine\n").unwrap();
        let failure = build(folder.path(), &artifacts(&["start"], "one")).unwrap_err();
        assert!(failure.to_string().contains("flowbatch did not write it"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");
        assert!(!folder.path().join("Churn/jobs.json").exists());

        // An older artifact is replaced even if a merge has left its marks in it.
        let conflict = format!("<<<<<<< ours\n{}", definition("Churn", "start", "zero"));
        fs::write(&path, conflict).unwrap();
        build(folder.path(), &artifacts(&["start"], "one")).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            definition("Churn", "start", "one")
        );
    }

    #[test]
    fn two_builds_at_once_end_in_whole_files() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        let steps: Vec<String> = (0..20).map(|n| format!("s{n}")).collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        std::thread::scope(|scope| {
            for image in ["one", "two"] {
                let steps = &steps;
                scope.spawn(move || {
                    for _ in 0..5 {
                        build(out, &artifacts(steps, image)).unwrap();
                    }
                });
            }
        });
        for step in steps {
            let path = out.join(format!("Churn/job-definitions/{step}.json"));
            let text = fs::read_to_string(path).unwrap();
            assert!(
                ["one", "two"]
                    .map(|image| definition("Churn", step, image))
                    .contains(&text)
            );
        }
        assert!(files(out).iter().all(|file| !file.contains(".tmp")));
    }

    #[test]
    fn the_diff_names_every_file() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        build(out, &artifacts(&["a", "gone"], "x")).unwrap();
        let changes = changes(out, &artifacts(&["a", "new"], "y")).unwrap();
        let mut text = Vec::new();
        diff(&changes, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        insta::assert_snapshot!(text.replace(out.to_str().unwrap(), "out"));
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        fs::write(&out, "").unwrap();
        let error = build(&out, &artifacts(&["a"], "x"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("out is a file, not a folder; move it away"),
            "{error}"
        );
        assert_eq!(fs::read(&out).unwrap(), b"");

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Churn/jobs.json");
        fs::create_dir_all(&path).unwrap();
        let error = build(folder.path(), &artifacts(&["a"], "x"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("jobs.json: ") && error.contains("a folder is in the place"),
            "{error}"
        );
    }
}
