//! Files that are either old or new, whatever happens while they are written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// How the name of a temporary file begins and ends.
const TEMPORARY: (&str, &str) = (".flowbatch-", ".tmp");

/// How often a write begins anew after another process has taken its temporary file away.
const ATTEMPTS: usize = 8;

/// Gives a file a new content: written beside it, flushed to the disk, and
/// renamed over it. A file that is a link stays one, and permissions are kept.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_with(path, |file| file.write_all(content))
}

fn replace_with(path: &Path, write: impl Fn(&mut File) -> io::Result<()>) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut attempt = 1;
    loop {
        match try_replace(&path, &write) {
            // A build that begins at this moment clears what it takes for the
            // remains of a killed one: begin anew.
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempt < ATTEMPTS => {
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn try_replace(path: &Path, write: impl Fn(&mut File) -> io::Result<()>) -> io::Result<()> {
    let (mut file, temporary) = Temporary::beside(path)?;
    write(&mut file)?;
    if let Ok(old) = fs::metadata(path) {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()?;
    // Windows renames no open file.
    drop(file);
    temporary.rename(path)
}

/// Removes what a killed run has left in `folder`.
pub(super) fn clear_leftovers(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a file unless somebody else just did.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// A file that goes away unless it is renamed.
struct Temporary(Option<PathBuf>);

impl Temporary {
    /// A new file in the folder of `path`, so that renaming it moves no bytes.
    fn beside(path: &Path) -> io::Result<(File, Self)> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let folder = path.parent().unwrap_or(Path::new(""));
        loop {
            let count = COUNTER.fetch_add(1, Ordering::Relaxed);
            let (start, end) = TEMPORARY;
            let name = folder.join(format!("{start}{}-{count}{end}", process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&name) {
                Ok(file) => return Ok((file, Self(Some(name)))),
                // Two containers may share a folder and number their processes alike.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn rename(mut self, path: &Path) -> io::Result<()> {
        let Some(name) = &self.0 else { return Ok(()) };
        fs::rename(name, path)?;
        self.0 = None;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(name) = &self.0 {
            // Best effort: the next run clears what stays.
            let _ = fs::remove_file(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn new_and_old_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["a.json"]);
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, "old").unwrap();
        let error = replace_with(&path, |file| {
            file.write_all(b"half of the ne")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.json"]);
    }

    #[test]
    fn a_temporary_file_that_vanishes_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let cleared = AtomicU32::new(0);
        replace_with(&path, |file| {
            if cleared.fetch_add(1, Ordering::Relaxed) < 2 {
                clear_leftovers(folder.path())?;
            }
            file.write_all(b"whole")
        })
        .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }

    #[test]
    fn leftovers_are_cleared_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".flowbatch-12-0.tmp", ".flowbatch-notes", "x.tmp"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        clear_leftovers(folder.path()).unwrap();
        assert_eq!(names(folder.path()), [".flowbatch-notes", "x.tmp"]);
        clear_leftovers(&folder.path().join("gone")).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flow");
        let link = folder.path().join("link.flow");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
    }
}
