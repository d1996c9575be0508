//! The flows of the folders that the client has open.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::world::{Root, World};
use crate::ide::rename;
use crate::source::{FileId, Loader as _, SKIPPED_FOLDERS, Span};
use crate::syntax;

/// How many flows of a workspace are looked at, at most.
const MAX_FLOWS: usize = 10_000;

impl World {
    /// Every flow and library of the workspace, and every one that is open, each once.
    pub(super) fn flows(&self) -> Vec<PathBuf> {
        let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
        let documents = self.documents.values();
        let mut flows: Vec<PathBuf> = Vec::new();
        for document in documents.filter(|document| !is_config(&document.path)) {
            if seen.insert(document.identity.clone()) {
                flows.push(document.path.clone());
            }
        }
        let mut folders = self.folders.clone();
        while let Some(folder) = folders.pop() {
            for (name, is_folder) in list(&folder) {
                let path = folder.join(&name);
                if is_folder {
                    if !name.starts_with('.') && !SKIPPED_FOLDERS.contains(&name.as_str()) {
                        folders.push(path);
                    }
                } else if name.ends_with(".flow")
                    && flows.len() < MAX_FLOWS
                    && seen.insert(self.files.identity(&path))
                {
                    flows.push(path);
                }
            }
        }
        flows
    }

    /// The flows of the workspace that hold one of these words, as any does that uses such a name.
    pub(super) fn flows_with(&self, words: &[&str]) -> Vec<PathBuf> {
        let mut flows = self.flows();
        flows.retain(|path| {
            let text = self.files.read(path).unwrap_or_default();
            let mut words = words.iter().map(|word| word.as_bytes());
            words.any(|word| memchr::memmem::find(&text, word).is_some())
        });
        flows
    }

    /// Those of them that read one of the files of `root`, checked, and which of their files it is.
    pub(super) fn readers(
        &mut self,
        root: &Root,
        file: FileId,
        words: &[&str],
    ) -> impl Iterator<Item = (Root, FileId)> {
        let identity = root.identities.get(file.0 as usize).cloned();
        let flows = self.flows_with(words).into_iter();
        flows.filter_map(move |path| {
            let open = self.document(&self.files.identity(&path));
            let open = open.map(|(uri, _)| uri.to_owned());
            let other = match open {
                Some(uri) => self.root(&uri),
                None => self.analyze(&path),
            }?;
            let mut files = (0u32..).map(FileId).zip(other.identities.iter());
            let (file, _) = files.find(|(_, file)| Some(*file) == identity.as_ref())?;
            Some((other, file))
        })
    }

    /// The places in all flows of the workspace that name what one of the files of `root` defines at
    /// `definition`, for each flow that has some.
    pub(super) fn references(
        &mut self,
        root: &Root,
        definition: Span,
    ) -> Vec<(Root, Span, Vec<Span>)> {
        let name = root.analysis.text(definition);
        let mut found = Vec::new();
        for (other, file) in self.readers(root, definition.file, &[name]) {
            let there = Span { file, ..definition };
            let spans = rename::references(&other.analysis, there);
            if !spans.is_empty() {
                found.push((other, there, spans));
            }
        }
        found
    }
}

impl World {
    /// Whether a file can be imported by another one: it is a library, which has no flow.
    pub(super) fn can_import(&self, importer: &Path, path: &Path) -> bool {
        if path.extension() != Some("flow".as_ref()) || self.files.identity(path) == importer {
            return false;
        }
        let Ok(text) = self.files.read(path).map(String::from_utf8) else {
            return false;
        };
        text.is_ok_and(|text| !syntax::has_flow(&text))
    }
}

/// Whether a file is a `flowbatch.toml`.
pub(super) fn is_config(path: &Path) -> bool {
    path.file_name() == Some(crate::config::FILE_NAME.as_ref())
}

/// What a folder holds, by name, and whether each is a folder; links to folders are followed by nobody.
pub(super) fn list(folder: &Path) -> Vec<(String, bool)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut list: Vec<(String, bool)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            Some((name, entry.file_type().ok()?.is_dir()))
        })
        .collect();
    list.sort_unstable();
    list
}
