//! What can be wrong with the folder of a run.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::RunId;

/// Why a run's folder cannot be used, with what to do.
#[derive(Debug)]
pub enum StateError {
    /// A file cannot be read or written.
    Io {
        /// `read`, `write`, `lock`.
        verb: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another process is at work on the run.
    Busy(RunId),
    /// There is no such run here.
    Missing {
        /// The run.
        run: RunId,
        /// The folder that was looked into.
        folder: PathBuf,
    },
    /// A file does not hold what it should.
    Damaged {
        /// Which.
        path: PathBuf,
        /// The line, from 1, if it has lines.
        line: Option<usize>,
        /// What is wrong with it.
        reason: String,
    },
}

impl StateError {
    pub(super) fn io(verb: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io {
            verb,
            path: path.to_owned(),
            error,
        }
    }

    /// Whether a file of the run cannot be read, or makes no sense.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Io { verb: "read", .. })
    }

    pub(super) fn damaged(path: &Path, line: Option<usize>, reason: impl fmt::Display) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            line,
            reason: reason.to_string(),
        }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { verb, path, error } => {
                write!(f, "cannot {verb} {}: {error}", path.display())?;
                match error.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                        f.write_str("; make room there")
                    }
                    io::ErrorKind::Unsupported => {
                        f.write_str("; runs must lie on a file system with locks")
                    }
                    _ => Ok(()),
                }
            }
            Self::Busy(run) => write!(
                f,
                "another process is at work on run {run}; wait until it has ended"
            ),
            Self::Missing { run, folder } => write!(
                f,
                "there is no run {run} in {}; `flowbatch runs` lists those that are",
                folder.display()
            ),
            Self::Damaged { path, line, reason } => {
                write!(f, "{}", path.display())?;
                if let Some(line) = line {
                    write!(f, ":{line}")?;
                }
                write!(f, ": {reason}; the file was changed by something else")
            }
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}
