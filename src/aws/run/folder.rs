//! The folder `.flowbatch` and those of the runs in it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Document, Entry, Journal, RunId, RunState, StateError, journal};

/// The version of what is written; a later one may not be understood.
const VERSION: u32 = 1;

const RUN: &str = "run.json";
const DOCUMENT: &str = "document.json";
const JOURNAL: &str = "journal.jsonl";
const LOCK: &str = "lock";

/// What is known about a run when it begins.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// The version of the folder's files.
    pub version: u32,
    /// The run's id.
    pub run: String,
    /// The flow's name.
    pub flow: String,
    /// `name_prefix`, before the flow in the names of jobs.
    pub prefix: String,
    /// When it began, in milliseconds of Unix time.
    pub began: u64,
    /// The file with the flow, as it was named.
    pub file: PathBuf,
    /// The step from which on it was submitted, if not all of it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// `--profile`, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The region it was submitted to.
    pub region: String,
    /// `--endpoint-url`, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The queues of its jobs.
    pub queues: Vec<String>,
}

impl Header {
    /// The version that this program writes.
    pub const VERSION: u32 = VERSION;

    /// Where its jobs are: an endpoint, else a region.
    #[must_use]
    pub fn place(&self) -> &str {
        self.endpoint.as_ref().unwrap_or(&self.region)
    }
}

/// The folder `.flowbatch`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StateFolder(PathBuf);

impl StateFolder {
    /// The one in `project`: the folder with `flowbatch.toml`, else the working folder.
    #[must_use]
    pub fn of(project: &Path) -> Self {
        Self(project.join(".flowbatch"))
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The runs that it knows, the oldest first.
    ///
    /// # Errors
    /// When the folder is there but cannot be read.
    pub fn runs(&self) -> Result<Vec<RunId>, StateError> {
        let folder = self.0.join("runs");
        let unreadable = |error| StateError::io("read", &folder, error);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            result => result.map_err(unreadable)?,
        };
        let mut runs = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let id = entry.file_name().to_str().and_then(RunId::parse);
            // Without its header, a run was never begun.
            runs.extend(id.filter(|_| entry.path().join(RUN).is_file()));
        }
        runs.sort();
        Ok(runs)
    }

    /// Where a run's files are.
    #[must_use]
    pub fn run(&self, run: &RunId) -> PathBuf {
        self.0.join("runs").join(run.as_str())
    }

    /// Reads what began a run, and its journal, without keeping others away.
    ///
    /// # Errors
    /// When there is no such run, or its files cannot be read.
    pub fn read(&self, run: &RunId) -> Result<(Header, Vec<Entry>), StateError> {
        let folder = self.run(run);
        let header = self.header(run)?;
        Ok((header, journal::read(&folder.join(JOURNAL))?))
    }

    /// Whether a run has its journal, which is there before its header is.
    ///
    /// # Errors
    /// When it is lost, or cannot be looked for.
    pub fn has_journal(&self, run: &RunId) -> Result<(), StateError> {
        let path = self.run(run).join(JOURNAL);
        let found = fs::metadata(&path).map(drop);
        found.map_err(|error| StateError::io("read", &path, error))
    }

    /// Reads what a run submits.
    ///
    /// # Errors
    /// When there is no such run, or its files cannot be read.
    pub fn document(&self, run: &RunId) -> Result<Document, StateError> {
        self.header(run)?;
        let path = self.run(run).join(DOCUMENT);
        let text = fs::read_to_string(&path).map_err(|e| StateError::io("read", &path, e))?;
        Document::parse(&text).map_err(|error| StateError::damaged(&path, None, error))
    }

    /// Reads what began a run.
    ///
    /// # Errors
    /// When there is no such run, or its file cannot be read.
    pub fn header(&self, run: &RunId) -> Result<Header, StateError> {
        let path = self.run(run).join(RUN);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StateError::Missing {
                    run: run.clone(),
                    folder: self.0.clone(),
                });
            }
            result => result.map_err(|error| StateError::io("read", &path, error))?,
        };
        /// What every version has.
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let damaged = |error: serde_json::Error| StateError::damaged(&path, None, error);
        let Version { version } = serde_json::from_slice(&text).map_err(damaged)?;
        if version > VERSION {
            let reason = format!(
                "it is of version {version}, this flowbatch knows those up to {VERSION}: use a \
                 newer one"
            );
            return Err(StateError::damaged(&path, None, reason));
        }
        serde_json::from_slice(&text).map_err(damaged)
    }

    /// Begins a run: everything it needs is on the disk when this returns.
    ///
    /// # Errors
    /// When there is such a run already, or the files cannot be written.
    pub fn begin(&self, header: Header, document: &str) -> Result<Run, StateError> {
        let run = RunId::parse(&header.run).ok_or_else(|| {
            let error = io::Error::other(format!("{:?} is no run id", header.run));
            StateError::io("write", &self.0, error)
        })?;
        let folder = self.run(&run);
        let runs = self.0.join("runs");
        fs::create_dir_all(&runs)
            .and_then(|()| ignore(&self.0))
            .map_err(|error| StateError::io("write", &runs, error))?;
        fs::create_dir(&folder).map_err(|error| StateError::io("write", &folder, error))?;
        let lock = lock(&folder, &run)?;
        let text = serde_json::to_vec_pretty(&header)
            .map_err(|error| StateError::io("write", &folder, io::Error::other(error)))?;
        let (journal, _) = Journal::open(&folder.join(JOURNAL))?;
        for (name, content) in [(DOCUMENT, document.as_bytes()), (RUN, &text)] {
            // The header comes last, so that what is in its place is whole.
            sync_folder(&folder)?;
            write_new(&folder.join(name), content)?;
        }
        for folder in [&folder, &runs, &self.0] {
            sync_folder(folder)?;
        }
        if let Some(project) = self.0.parent() {
            sync_folder(project)?;
        }
        let parsed = Document::parse(document)
            .map_err(|error| StateError::damaged(&folder.join(DOCUMENT), None, error))?;
        Ok(Run {
            id: run,
            header,
            document: parsed,
            state: RunState::default(),
            journal,
            _lock: lock,
        })
    }

    /// Opens a run to go on with it, and keeps others away from it.
    ///
    /// # Errors
    /// When there is no such run, another process is at work on it, or its files cannot be used.
    pub fn open(&self, run: &RunId) -> Result<Run, StateError> {
        self.header(run)?;
        let folder = self.run(run);
        let lock = lock(&folder, run)?;
        let (journal, entries) = Journal::open(&folder.join(JOURNAL))?;
        Ok(Run {
            id: run.clone(),
            header: self.header(run)?,
            document: self.document(run)?,
            state: RunState {
                resumed: true,
                ..RunState::of(&entries)
            },
            journal,
            _lock: lock,
        })
    }
}

/// A run that this process is at work on; no other one can be, until it is dropped.
#[derive(Debug)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What was known when it began.
    pub header: Header,
    /// What it submits.
    pub document: Document,
    /// What its journal said when it was opened.
    pub state: RunState,
    /// Where to write what happens.
    pub journal: Journal,
    _lock: File,
}

fn lock(folder: &Path, run: &RunId) -> Result<File, StateError> {
    let path = folder.join(LOCK);
    let failed = |error| StateError::io("lock", &path, error);
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false);
    let file = file.open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StateError::Busy(run.clone())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Keeps the folder out of version control.
fn ignore(folder: &Path) -> io::Result<()> {
    let path = folder.join(".gitignore");
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn write_new(path: &Path, content: &[u8]) -> Result<(), StateError> {
    let temporary = path.with_extension("tmp");
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, path)
    };
    write().map_err(|error| StateError::io("write", path, error))
}

/// What a folder lists reaches the disk on its own.
fn sync_folder(folder: &Path) -> Result<(), StateError> {
    // Windows opens no folders, and needs no such thing.
    if cfg!(windows) {
        return Ok(());
    }
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StateError::io("write", folder, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::run::Record;

    const TEXT: &str = r#"{"flow":"F","jobDefinitions":{},"params":[],"jobs":[]}"#;

    fn header(run: &str) -> Header {
        Header {
            version: VERSION,
            run: run.into(),
            flow: "F".into(),
            prefix: String::new(),
            began: 1,
            file: "f.flow".into(),
            from: None,
            profile: None,
            region: "us-east-1".into(),
            endpoint: None,
            queues: vec!["q".into()],
        }
    }

    #[test]
    fn a_run_is_begun_and_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::of(folder.path());
        assert_eq!(state.runs().unwrap(), []);
        let mut run = state.begin(header("b"), TEXT).unwrap();
        drop(state.begin(header("a"), TEXT).unwrap());
        let entry = Entry {
            at: 7,
            record: Record::Cancelling,
        };
        run.journal.append(std::slice::from_ref(&entry)).unwrap();
        assert_eq!(
            fs::read_to_string(folder.path().join(".flowbatch/.gitignore")).unwrap(),
            "*\n"
        );
        let ids: Vec<String> = state.runs().unwrap().iter().map(RunId::to_string).collect();
        assert_eq!(ids, ["a", "b"]);
        // Reading needs no lock.
        let b = run.id.clone();
        assert_eq!(state.read(&b).unwrap(), (header("b"), vec![entry]));

        let busy = state.open(&b).unwrap_err().to_string();
        assert!(
            busy.contains("another process is at work on run b"),
            "{busy}"
        );
        drop(run);
        let run = state.open(&b).unwrap();
        assert!(run.state.cancelled);
        let again = state.begin(header("b"), TEXT).unwrap_err().to_string();
        assert!(again.contains("exists"), "{again}");
    }

    #[test]
    fn what_was_never_begun_is_no_run() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::of(folder.path());
        let id = RunId::parse("c").unwrap();
        drop(state.begin(header("c"), TEXT).unwrap());
        let header = state.run(&id).join(RUN);
        let whole = fs::read_to_string(&header).unwrap();
        fs::write(&header, whole.replace("\"version\": 1", "\"version\": 9")).unwrap();
        let newer = state.open(&id).unwrap_err().to_string();
        assert!(newer.contains("version 9"), "{newer}");
        fs::write(&header, "{").unwrap();
        assert!(
            state
                .read(&id)
                .unwrap_err()
                .to_string()
                .contains("run.json: ")
        );
        fs::remove_file(&header).unwrap();
        assert_eq!(state.runs().unwrap(), []);
        let missing = state.open(&id).unwrap_err().to_string();
        assert!(missing.contains("there is no run c in "), "{missing}");
    }
}
