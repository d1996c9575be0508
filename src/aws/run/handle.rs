//! How a run is named to the commands that people are told to run.

use std::fmt;
use std::path::Path;

use super::RunId;
use crate::batch::command::quote;

/// A run with the options that find it from where it is told of: what follows `flowbatch status`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Handle {
    words: String,
    /// Whether this machine has the run's folder, without which it cannot be resumed.
    pub is_kept: bool,
}

impl Handle {
    /// A run whose folder is here; with `file`, it is beside this flow.
    #[must_use]
    pub fn kept(run: &RunId, file: Option<&Path>) -> Self {
        let handle = Self {
            words: run.to_string(),
            is_kept: true,
        };
        let file = file.map(Path::to_string_lossy);
        handle.with("--file", file.as_deref())
    }

    /// A run of which only AWS tells.
    #[must_use]
    pub fn remote(run: &RunId) -> Self {
        Self {
            words: run.to_string(),
            is_kept: false,
        }
    }

    /// The same with an option, if it has a value.
    #[must_use]
    pub fn with(mut self, option: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.words.push_str(&format!(" {option} {}", quote(value)));
        }
        self
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_it_back() {
        let run = RunId::parse("r1").unwrap();
        assert_eq!(Handle::kept(&run, None).to_string(), "r1");
        let beside = Handle::kept(&run, Some(Path::new("my flows/a.flow")));
        assert_eq!(beside.to_string(), "r1 --file 'my flows/a.flow'");
        let remote = Handle::remote(&run)
            .with("--env", None)
            .with("-p", Some("day=x"));
        assert_eq!(
            (remote.to_string().as_str(), remote.is_kept),
            ("r1 -p day=x", false)
        );
    }
}
