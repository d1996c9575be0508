//! Programs that tests run beside `flowbatch`, and what becomes of a test without them.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Says past the capture of the test harness what was not tried, which must be seen; fails where
/// `.ci/run` has made sure that everything is there.
pub(crate) fn not_tested(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "\nNOT TESTED: {what}: {why}\n");
    assert!(std::env::var_os("CI").is_none(), "{what}: {why}");
}

/// Whether a program is on this machine, which `what` is tested with.
pub(crate) fn has(program: &str, what: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !found {
        not_tested(what, &format!("no `{program}` on this machine"));
    }
    found
}

/// The path of programs, with the folder of `flowbatch` before the others.
pub(crate) fn path() -> OsString {
    let binary = Path::new(env!("CARGO_BIN_EXE_flowbatch"));
    let mut path = binary.parent().expect("a folder").as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    path
}

/// What a program prints to both of its streams; fails the test unless it ends well.
#[track_caller]
pub(crate) fn output(command: &mut Command) -> String {
    let ran = command.output().expect("it runs");
    let text = [ran.stdout, ran.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(ran.status.success(), "{command:?}: {}\n{text}", ran.status);
    text
}

/// A folder below the build's own that is made once by `make`; `None` if that fails. Its name says
/// what is in it, versions and all.
pub(crate) fn made_once(
    name: &str,
    make: impl FnOnce(&Path) -> Result<(), String>,
) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join(name);
    if folder.exists() {
        return Some(folder);
    }
    // Another run of the tests may do the same: the folder gets its name when it is complete.
    let new = tempfile::tempdir_in(target).expect("a temporary folder");
    if let Err(error) = make(new.path()) {
        not_tested(name, &error);
        return None;
    }
    match fs::rename(new.path(), &folder) {
        Err(error) if !folder.exists() => panic!("{}: {error}", folder.display()),
        _ => Some(folder),
    }
}

/// Runs a command that makes something, for [`made_once`].
pub(crate) fn step(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(ran) if ran.status.success() => Ok(()),
        Ok(ran) => Err(String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned()),
        Err(error) => Err(format!("{}: {error}", command.get_program().display())),
    }
}
