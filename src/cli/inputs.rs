//! Which files a command works on, and how they are read.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::source::{Disk, Loader, SKIPPED_FOLDERS, read_stream};

/// How the text of standard input is called.
const STDIN: &str = "<stdin>";

/// One file to work on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Input {
    /// Its path, as the user would write it.
    pub(super) path: PathBuf,
    /// Whether the user named it, rather than a folder that holds it.
    pub(super) named: bool,
}

/// The disk, and standard input as a file of the current folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    stdin: Option<Vec<u8>>,
}

impl Files {
    /// Whether `path` stands for standard input, which was read.
    pub(super) fn is_stdin(&self, path: &Path) -> bool {
        self.stdin.is_some() && (path == Path::new(STDIN) || path == stdin_identity())
    }

    /// The text of standard input, if it was read.
    pub(super) fn stdin(&self) -> Option<&[u8]> {
        self.stdin.as_deref()
    }

    /// Replaces the text of standard input.
    pub(super) fn set_stdin(&mut self, text: impl Into<Vec<u8>>) {
        self.stdin = Some(text.into());
    }
}

impl Loader for Files {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match &self.stdin {
            Some(text) if self.is_stdin(path) => Ok(text.clone()),
            _ => Disk.read(path),
        }
    }

    fn identity(&self, path: &Path) -> PathBuf {
        if self.is_stdin(path) {
            stdin_identity()
        } else {
            Disk.identity(path)
        }
    }

    fn ancestors(&self, folder: &Path) -> Vec<PathBuf> {
        Disk.ancestors(folder)
    }
}

/// In the current folder, so that imports and `flowbatch.toml` are found from there.
fn stdin_identity() -> PathBuf {
    std::env::current_dir().unwrap_or_default().join(STDIN)
}

/// The files that `paths` stand for: files as they are, folders walked for
/// `*.flow`, `-` for standard input, which is read. Each file once.
pub(super) fn find(paths: &[PathBuf]) -> Result<(Files, Vec<Input>), Failure> {
    let mut files = Files::default();
    let mut inputs = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            if files.stdin.is_none() {
                let text = read_stream(io::stdin().lock()).map_err(|error| {
                    Failure::new(format!("cannot read standard input: {error}"))
                })?;
                files.stdin = Some(text);
            }
            inputs.push(Input {
                path: STDIN.into(),
                named: true,
            });
        } else if path.is_dir() {
            let before = inputs.len();
            walk(path, &mut inputs)?;
            if inputs.len() == before {
                return Err(Failure::new(format!(
                    "no .flow files in {}",
                    path.display()
                )));
            }
        } else {
            inputs.push(Input {
                path: path.clone(),
                named: true,
            });
        }
    }
    // A file that was named and lies in a folder that was named as well is a named one.
    let named: HashSet<PathBuf> = inputs
        .iter()
        .filter(|input| input.named)
        .map(|input| files.identity(&input.path))
        .collect();
    let mut seen = HashSet::new();
    inputs.retain_mut(|input| {
        let identity = files.identity(&input.path);
        input.named |= named.contains(&identity);
        seen.insert(identity)
    });
    Ok((files, inputs))
}

/// Adds the flows below `folder`, in the order of their names. Links to folders
/// are not followed, so there are no loops.
fn walk(folder: &Path, inputs: &mut Vec<Input>) -> Result<(), Failure> {
    let unreadable =
        |error: io::Error| Failure::new(format!("cannot read {}: {error}", folder.display()));
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // `flowbatch check .` shows `churn.flow`, not `./churn.flow`.
        let path = if folder == Path::new(".") {
            PathBuf::from(entry.file_name())
        } else {
            entry.path()
        };
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            if !name.starts_with('.') && !SKIPPED_FOLDERS.contains(&&*name) {
                walk(&path, inputs)?;
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "flow")
            && !name.starts_with('.')
            && (kind.is_file() || path.is_file())
        {
            inputs.push(Input { path, named: false });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn found(folder: &Path, paths: &[PathBuf]) -> Vec<(String, bool)> {
        let (_, inputs) = find(paths).unwrap();
        inputs
            .into_iter()
            .map(|input| {
                let path = input.path.strip_prefix(folder).unwrap();
                (path.to_string_lossy().into_owned(), input.named)
            })
            .collect()
    }

    #[test]
    fn folders_are_walked_in_order() {
        let tree = tree(&[
            "b.flow",
            "a/z.flow",
            "a/c.flow",
            "note.txt",
            ".git/x.flow",
            "target/y.flow",
            "x/node_modules/m.flow",
            "c.flow/d.flow",
            ".hidden.flow",
        ]);
        let root = tree.path();
        let expected = ["a/c.flow", "a/z.flow", "b.flow", "c.flow/d.flow"];
        assert_eq!(
            found(root, &[root.to_owned()]),
            expected.map(|path| (path.to_owned(), false))
        );
    }

    #[test]
    fn each_file_once_and_named_wins() {
        let tree = tree(&["a.flow", "b.flow"]);
        let root = tree.path();
        let paths = [root.to_owned(), root.join("./b.flow"), root.join("a.flow")];
        assert_eq!(
            found(root, &paths),
            [("a.flow".to_owned(), true), ("b.flow".to_owned(), true)]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_no_loops() {
        let tree = tree(&["a/b.flow"]);
        let root = tree.path();
        std::os::unix::fs::symlink(root, root.join("a/loop")).unwrap();
        std::os::unix::fs::symlink(root.join("gone"), root.join("a/broken.flow")).unwrap();
        assert_eq!(
            found(root, &[root.to_owned()]),
            [("a/b.flow".to_owned(), false)]
        );
    }

    #[test]
    fn a_folder_without_flows_is_an_error() {
        let tree = tree(&["note.txt"]);
        let error = find(&[tree.path().to_owned()]).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("no .flow files in {}", tree.path().display())
        );
    }

    #[test]
    fn standard_input_is_a_file_of_the_current_folder() {
        let mut files = Files::default();
        assert!(files.read(Path::new(STDIN)).is_err());
        files.set_stdin("flow A {}");
        let identity = files.identity(Path::new(STDIN));
        assert_eq!(identity.parent(), std::env::current_dir().ok().as_deref());
        assert_eq!(files.read(Path::new(STDIN)).unwrap(), b"flow A {}");
        assert_eq!(files.read(&identity).unwrap(), b"flow A {}");
    }
}
