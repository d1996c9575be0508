//! The files that the server reads.

use std::io;
use std::path::{Path, PathBuf};

use crate::source::{Disk, Loader, read_stream};

/// The disk as a server may read it, whose own input and output are pipes that `/dev/stdin` and its
/// like stand for: nothing but files.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OnlyFiles;

impl Loader for OnlyFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = std::fs::metadata(path)?;
        // What the kernel makes up as it is read says that it is empty, and may make one wait.
        let made_up = found.is_file() && found.len() == 0 && {
            let path = std::fs::canonicalize(path)?;
            path.starts_with("/proc") || path.starts_with("/sys")
        };
        if !found.is_dir() && (!found.is_file() || made_up) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is not a file, and an editor's server reads nothing else",
            ));
        }
        read_stream(std::fs::File::open(path)?)
    }

    fn identity(&self, path: &Path) -> PathBuf {
        Disk.identity(path)
    }

    fn ancestors(&self, folder: &Path) -> Vec<PathBuf> {
        Disk.ancestors(folder)
    }
}
