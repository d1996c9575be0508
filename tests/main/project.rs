//! A folder of files to run `flowbatch` in.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A temporary folder with files.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

/// What a run of `flowbatch` did. The path of the project, which differs in
/// every run of the tests, is written as `DIR` in the texts.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder }
    }

    /// Adds or replaces a file, and the folders that it lies in.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        fs::write(path, content).expect("a new file");
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).expect(path)
    }

    /// Every file, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders: Vec<PathBuf> = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let path = path.strip_prefix(self.path()).expect("below");
                    files.push(path.to_string_lossy().replace('\\', "/"));
                }
            }
        }
        files.sort();
        files
    }

    /// The command, in this folder, without the variables that change what it does.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowbatch"));
        command.args(arguments).current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("METAFLOW_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// The command as a user whom permissions hold, which they do not for root.
    #[cfg(target_os = "linux")]
    pub(crate) fn command_as_nobody(&self, arguments: &[&str]) -> Command {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        use std::os::unix::process::CommandExt;

        let mut command = self.command(arguments);
        let ours = fs::metadata(self.path()).expect("our folder");
        if ours.uid() == 0 {
            // Not every folder above the binary may be open to nobody.
            let copy = self.path().join(".bin/flowbatch");
            fs::create_dir_all(copy.parent().expect("a folder")).expect("a new folder");
            fs::copy(env!("CARGO_BIN_EXE_flowbatch"), &copy).expect("a copy");
            let mode = ours.permissions().mode() | 0o055;
            fs::set_permissions(self.path(), fs::Permissions::from_mode(mode)).expect("ours");
            command = Command::new(copy);
            command.args(arguments).current_dir(self.path());
            command.uid(65534).gid(65534);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(self.command(arguments), b"")
    }

    /// Runs a command with something on its standard input.
    pub(crate) fn run_with(&self, mut command: Command, stdin: &[u8]) -> Ran {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("flowbatch runs");
        // It may end without having read everything.
        let _ = child.stdin.take().expect("piped").write_all(stdin);
        let output = child.wait_with_output().expect("flowbatch ends");
        let folder = self.path().to_string_lossy().into_owned();
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("UTF-8");
            text.replace(&folder, "DIR")
        };
        Ran {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Ran {
    /// Fails the test unless it ended with `code`.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }
}
