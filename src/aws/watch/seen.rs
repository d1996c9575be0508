//! What was last seen of a run, on this machine.
//!
//! It saves asking about jobs that have ended, tells of them when AWS has forgotten them, and lets
//! `runs` say what became of a run without AWS. It is only a memory: what cannot be read is as if
//! it had never been seen, and what cannot be written is not.

use std::collections::HashMap;
use std::fs;

use serde::{Deserialize, Serialize};

use super::model::{Job, Snapshot};
use crate::aws::run::{RunId, StateFolder};
use crate::cli::atomic;

/// The file, in the folder of the run.
const FILE: &str = "seen.json";

/// Jobs, and when they were seen.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Seen {
    /// When, in milliseconds of Unix time.
    pub at: u64,
    /// By id.
    pub jobs: HashMap<String, Job>,
}

impl Seen {
    /// What was last seen; nothing if nothing ever was.
    #[must_use]
    pub fn read(folder: &StateFolder, run: &RunId) -> Self {
        fs::read(folder.run(run).join(FILE))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    /// Writes down what was seen of a run.
    pub fn write(folder: &StateFolder, run: &RunId, at: u64, snapshot: &Snapshot) {
        let seen = Self {
            at,
            jobs: snapshot.jobs(),
        };
        if let Ok(text) = serde_json::to_vec(&seen) {
            let _ = atomic::replace(&folder.run(run).join(FILE), &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{described, snapshot};
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_seen_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::of(folder.path());
        let id = RunId::parse("r1").unwrap();
        assert_eq!(Seen::read(&state, &id), Seen::default());
        let mut run = snapshot(&[("a", &[]), ("b", &[])]);
        let reply = described(&[json!({ "jobId": "id-a", "status": "SUCCEEDED", "stoppedAt": 4 })]);
        run.absorb(&["id-a".into()], &reply);
        // Without a folder, nothing is kept, and nothing is wrong.
        Seen::write(&state, &id, 9, &run);
        fs::create_dir_all(state.run(&id)).unwrap();
        Seen::write(&state, &id, 9, &run);
        let seen = Seen::read(&state, &id);
        assert_eq!(seen.at, 9);
        let mut again = snapshot(&[("a", &[]), ("b", &[])]);
        again.remember(seen.jobs);
        assert_eq!(again.steps[0].job, run.steps[0].job);
        assert_eq!(again.calls(0), [["id-b"]]);
        // What ended stays so when AWS has forgotten it.
        again.steps[0].missing = true;
        assert!(again.steps[0].has_succeeded());
        fs::write(state.run(&id).join(FILE), "{").unwrap();
        assert_eq!(Seen::read(&state, &id), Seen::default());
    }
}
