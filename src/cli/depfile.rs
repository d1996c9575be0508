//! What was read for what was written, for make and ninja.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Failure, atomic};

/// A file that was made, and the files that it was made from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rule {
    pub(super) target: PathBuf,
    pub(super) inputs: Vec<PathBuf>,
}

/// Whether the rules can be written to `path` without taking the place of something else.
pub(super) fn check(path: &Path, out: &Path, rules: &[Rule]) -> Result<(), Failure> {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let refused = |why: &str| {
        let path = path.display();
        Err(Failure::new(format!(
            "cannot write the dependency file {path}: {why}"
        )))
    };
    let Some(file) = real(path) else {
        return Ok(());
    };
    if !file.is_file() {
        return refused("it is no file");
    }
    if rules
        .iter()
        .flat_map(|rule| &rule.inputs)
        .any(|input| real(input).as_ref() == Some(&file))
    {
        return refused("the flow is made from it");
    }
    let artifact = rules
        .iter()
        .filter_map(|rule| real(rule.target.parent()?))
        .any(|folder| {
            file == folder.join("jobs.json") || file.starts_with(folder.join("job-definitions"))
        });
    if artifact {
        return refused(&format!("it is an artifact in {}", out.display()));
    }
    Ok(())
}

/// Writes the rules, and then makes the targets newer than all inputs: what is up to date is not
/// written, but make goes by the time.
pub(super) fn write(path: &Path, rules: &[Rule]) -> Result<(), Failure> {
    let failure = |error: io::Error| {
        let path = path.display();
        Failure::new(format!("cannot write the dependency file {path}: {error}"))
    };
    let text = text(rules).map_err(failure)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failure)?;
    }
    atomic::replace(path, &text).map_err(failure)?;
    for rule in rules {
        let touched = File::options()
            .write(true)
            .open(&rule.target)
            .and_then(|file| file.set_modified(SystemTime::now()));
        touched.map_err(|error| {
            let path = rule.target.display();
            Failure::new(format!("cannot write {path}: {error}"))
        })?;
    }
    Ok(())
}

/// A rule without recipe for each target, and then one without anything for each input: without
/// it make would refuse to go on when an input is gone.
fn text(rules: &[Rule]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut inputs: Vec<&Path> = Vec::new();
    for rule in rules {
        escape(&rule.target, &mut text)?;
        text.push(b':');
        for input in &rule.inputs {
            text.extend(b" \\\n  ");
            escape(input, &mut text)?;
        }
        text.push(b'\n');
        inputs.extend(rule.inputs.iter().map(PathBuf::as_path));
    }
    inputs.sort_unstable();
    inputs.dedup();
    for input in inputs {
        text.push(b'\n');
        escape(input, &mut text)?;
        text.extend(b":\n");
    }
    Ok(text)
}

/// Appends a path as make and ninja both read it.
fn escape(path: &Path, text: &mut Vec<u8>) -> io::Result<()> {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut backslashes = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' | b'\r' => {
                let message = format!("{} has a line break in its name", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
            b'$' => text.push(b'$'),
            // That of a drive stays.
            b':' if cfg!(windows) && at == 1 => {}
            b' ' | b'\t' | b'#' | b':' => {
                // One before it would be taken for one that escapes.
                text.extend(std::iter::repeat_n(b'\\', backslashes + 1));
            }
            _ => {}
        }
        backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
        text.push(byte);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(path: &str) -> String {
        let mut text = Vec::new();
        escape(Path::new(path), &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn what_make_would_not_take_as_it_is() {
        assert_eq!(escaped("flows/a-b_c.flow"), "flows/a-b_c.flow");
        assert_eq!(escaped("my flows/#1 $x.flow"), r"my\ flows/\#1\ $$x.flow");
        assert_eq!(escaped("at 12:30"), r"at\ 12\:30");
        assert_eq!(escaped(r"a\b\ c\"), r"a\b\\\ c\");
        assert!(escape(Path::new("a\nb"), &mut Vec::new()).is_err());
    }

    #[test]
    fn one_rule_for_each_target_and_one_for_each_input() {
        let rule = |target: &str, inputs: &[&str]| Rule {
            target: target.into(),
            inputs: inputs.iter().map(PathBuf::from).collect(),
        };
        let rules = [
            rule("out/A/jobs.json", &["a.flow", "lib.flow"]),
            rule("out/B/jobs.json", &["b.flow", "lib.flow"]),
        ];
        let expected = "out/A/jobs.json: \\\n  a.flow \\\n  lib.flow\n\
                        out/B/jobs.json: \\\n  b.flow \\\n  lib.flow\n\
                        \na.flow:\n\nb.flow:\n\nlib.flow:\n";
        assert_eq!(text(&rules).unwrap(), expected.as_bytes());
    }
}
