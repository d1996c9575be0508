//! Which revisions of job definitions were in use last: where to look first.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use super::{StateError, StateFolder};
use crate::cli::atomic;

/// Revisions that earlier runs used, by place and name. They are a hint: each is compared with
/// what it should be before it is used.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Revisions(BTreeMap<String, BTreeMap<String, String>>);

impl Revisions {
    /// Those that the folder knows; none if the file cannot be understood.
    #[must_use]
    pub fn read(folder: &StateFolder) -> Self {
        fs::read(folder.path().join(FILE))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    /// The ARNs of one place: a region, or the URL of an endpoint; by name.
    #[must_use]
    pub fn of(&self, place: &str) -> BTreeMap<String, String> {
        self.0.get(place).cloned().unwrap_or_default()
    }

    /// Adds revisions of a place to those that the folder knows by now.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(
        folder: &StateFolder,
        place: &str,
        revisions: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), StateError> {
        let mut all = Self::read(folder);
        let before = all.clone();
        all.0.entry(place.to_owned()).or_default().extend(revisions);
        if all == before {
            return Ok(());
        }
        let path = folder.path().join(FILE);
        serde_json::to_vec_pretty(&all)
            .map_err(std::io::Error::other)
            .and_then(|text| atomic::replace(&path, &text))
            .map_err(|error| StateError::io("write", &path, error))
    }
}

const FILE: &str = "revisions.json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_kept_apart() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::of(folder.path());
        fs::create_dir(state.path()).unwrap();
        let pair = |name: &str, arn: &str| (name.to_owned(), arn.to_owned());
        Revisions::add(&state, "us-east-1", [pair("a", "a:1"), pair("b", "b:1")]).unwrap();
        Revisions::add(&state, "eu-west-1", [pair("a", "a:9")]).unwrap();
        Revisions::add(&state, "us-east-1", [pair("a", "a:2")]).unwrap();
        let known = Revisions::read(&state);
        assert_eq!(
            known.of("us-east-1"),
            BTreeMap::from([pair("a", "a:2"), pair("b", "b:1")])
        );
        assert_eq!(known.of("eu-west-1")["a"], "a:9");
        assert_eq!(known.of("nowhere"), BTreeMap::new());
        fs::write(state.path().join(FILE), "{").unwrap();
        assert_eq!(Revisions::read(&state), Revisions::default());
    }
}
