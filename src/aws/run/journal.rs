//! The journal of a run: a line a record, only ever added to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{Entry, StateError};

/// A journal to add to. Whoever has one must hold the run's lock.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// An error after which the end of the file is not known.
    broken: bool,
}

impl Journal {
    /// Opens the journal at `path`, a new one if there is none, and reads what it holds. What a
    /// process that was killed left half written at its end is cut off: nothing was done on it.
    ///
    /// # Errors
    /// When it cannot be read or written, or is damaged before its end.
    pub fn open(path: &Path) -> Result<(Self, Vec<Entry>), StateError> {
        let (entries, end) = parse(path, &read_bytes(path)?)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| StateError::io("write", path, error))?;
        file.set_len(end)
            .and_then(|()| file.seek(SeekFrom::End(0)))
            .and_then(|_| file.sync_all())
            .map_err(|error| StateError::io("write", path, error))?;
        let journal = Self {
            path: path.to_owned(),
            file,
            broken: false,
        };
        Ok((journal, entries))
    }

    /// Adds entries, and returns once they are on the disk: all of them, or, after an error,
    /// perhaps the first ones. After an error nothing can be added any more.
    ///
    /// # Errors
    /// When they cannot be written, such as on a full disk.
    pub fn append(&mut self, entries: &[Entry]) -> Result<(), StateError> {
        if entries.is_empty() {
            return Ok(());
        }
        let failed = |error: io::Error| StateError::io("write", &self.path, error);
        if self.broken {
            return Err(failed(io::Error::other("an earlier write failed")));
        }
        let mut text = Vec::with_capacity(entries.len() * 128);
        for entry in entries {
            serde_json::to_writer(&mut text, entry)
                .map_err(io::Error::other)
                .map_err(failed)?;
            text.push(b'\n');
        }
        let written = self
            .file
            .write_all(&text)
            .and_then(|()| self.file.sync_data());
        written.map_err(|error| {
            self.broken = true;
            StateError::io("write", &self.path, error)
        })
    }
}

/// What the journal at `path` holds; nothing if there is none. Another process may be adding to it.
///
/// # Errors
/// When it cannot be read, or is damaged before its end.
pub fn read(path: &Path) -> Result<Vec<Entry>, StateError> {
    parse(path, &read_bytes(path)?).map(|(entries, _)| entries)
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, StateError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        result => result.map_err(|error| StateError::io("read", path, error)),
    }
}

/// The entries, and where the last whole one ends.
fn parse(path: &Path, bytes: &[u8]) -> Result<(Vec<Entry>, u64), StateError> {
    let mut entries = Vec::new();
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        match serde_json::from_slice(&bytes[start..end]) {
            Ok(entry) => entries.push(entry),
            // The last one was being written when the machine stopped.
            Err(_) if end + 1 == bytes.len() => break,
            Err(error) => {
                return Err(StateError::damaged(path, Some(entries.len() + 1), error));
            }
        }
        start = end + 1;
    }
    Ok((entries, start as u64))
}

#[cfg(test)]
mod tests {
    use super::super::Record;
    use super::*;

    fn entry(at: u64, step: &str) -> Entry {
        Entry {
            at,
            record: Record::Submitting { step: step.into() },
        }
    }

    #[test]
    fn what_is_added_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        assert_eq!(read(&path).unwrap(), []);
        let (mut journal, entries) = Journal::open(&path).unwrap();
        assert_eq!(entries, []);
        let all = [
            entry(1, "a"),
            Entry {
                at: 2,
                record: Record::Submitted {
                    step: "a".into(),
                    job_id: "1-2".into(),
                    found: true,
                },
            },
            Entry {
                at: 3,
                record: Record::Complete,
            },
        ];
        journal.append(&all[..2]).unwrap();
        journal.append(&[]).unwrap();
        drop(journal);
        let (mut journal, entries) = Journal::open(&path).unwrap();
        assert_eq!(entries, all[..2]);
        journal.append(&all[2..]).unwrap();
        assert_eq!(read(&path).unwrap(), all);
        insta::assert_snapshot!(fs::read_to_string(&path).unwrap(), @r#"
        {"at":1,"event":"submitting","step":"a"}
        {"at":2,"event":"submitted","step":"a","jobId":"1-2","found":true}
        {"at":3,"event":"complete"}
        "#);
    }

    #[test]
    fn cut_anywhere_it_is_read_up_to_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let all = [entry(1, "a"), entry(2, "b\n\u{e9}"), entry(3, "c")];
        Journal::open(&path).unwrap().0.append(&all).unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let count = whole[..cut].iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(read(&path).unwrap(), all[..count], "{cut}");
            let (mut journal, entries) = Journal::open(&path).unwrap();
            assert_eq!(entries, all[..count], "{cut}");
            journal.append(&all[count..]).unwrap();
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
        // A block that was never written, at the end.
        fs::write(&path, [&whole, &b"\0\0\0\0\n"[..]].concat()).unwrap();
        assert_eq!(read(&path).unwrap(), all);
    }

    #[test]
    fn damage_in_the_middle_has_a_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let all = [entry(1, "a"), entry(2, "b"), entry(3, "c")];
        Journal::open(&path).unwrap().0.append(&all).unwrap();
        let damaged = fs::read_to_string(&path)
            .unwrap()
            .replacen("\"at\":2", "\"at\":?", 1);
        fs::write(&path, &damaged).unwrap();
        for error in [read(&path).unwrap_err(), Journal::open(&path).unwrap_err()] {
            let error = error.to_string();
            assert!(error.contains("journal.jsonl:2: "), "{error}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
    }
}
