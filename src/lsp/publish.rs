//! What is wrong, told to the client: of every open file, what it imports, and `flowbatch.toml`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use gen_lsp_types as lsp;

use super::convert::Places;
use super::world::World;
use crate::source::FileId;

/// What the client was told last.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// For every file that has diagnostics or is open, by URI.
    told: HashMap<String, (Option<i32>, Vec<lsp::Diagnostic>)>,
}

impl Published {
    /// What to tell the client now that all that is open has been checked: every file of which
    /// something else is to be said than last time.
    pub(super) fn update(&mut self, world: &World) -> Vec<lsp::PublishDiagnosticsParams> {
        let mut now = current(world);
        for uri in world.documents.keys() {
            now.entry(uri.clone()).or_default();
        }
        for uri in self.told.keys() {
            now.entry(uri.clone()).or_default();
        }
        let mut params = Vec::new();
        for (uri, diagnostics) in now {
            let version = world.documents.get(&uri).map(|document| document.version);
            let told = self.told.get(&uri);
            if told.is_some_and(|told| told.0 == version && told.1 == diagnostics) {
                continue;
            }
            if version.is_none() && diagnostics.is_empty() {
                self.told.remove(&uri);
            } else {
                self.told
                    .insert(uri.clone(), (version, diagnostics.clone()));
            }
            params.push(lsp::PublishDiagnosticsParams {
                uri: uri.into(),
                version,
                diagnostics,
            });
        }
        params
    }
}

/// What is said of a file, or of one of the open texts of it: where, the code, and in which words.
type Said<'a> = (
    (&'a Path, Option<&'a str>),
    Option<(u32, u32)>,
    &'a str,
    &'a str,
);

/// What is wrong in every file. What several flows find in a file that they share is said once.
fn current(world: &World) -> BTreeMap<String, Vec<lsp::Diagnostic>> {
    let mut all: BTreeMap<String, Vec<lsp::Diagnostic>> = BTreeMap::new();
    let mut seen: HashSet<Said<'_>> = HashSet::new();
    for root in world.known_roots() {
        let places = Places::new(world, root);
        for found in &root.analysis.checked.diagnostics {
            let primary = found.primary();
            let file = primary.map_or(FileId(0), |span| span.file);
            let Some(identity) = root.identities.get(file.0 as usize) else {
                continue;
            };
            let open = world.document_of(root, file).map(|(uri, _)| uri);
            let place = primary.map(|span| (span.start, span.end));
            let said = ((&**identity, open), place, found.code.name, &*found.message);
            if seen.insert(said) {
                let (uri, _, _) = places.file(file);
                all.entry(uri.0).or_default().push(places.diagnostic(found));
            }
        }
    }
    all
}
