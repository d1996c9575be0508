//! What the server knows: the open texts, and what was found in them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gen_lsp_types as lsp;

use super::files::OnlyFiles;
use super::uri;
use crate::ide::text::{Encoding, Point, Text};
use crate::ide::{self, Analysis, Cuts};
use crate::source::{FileId, Loader, Overlay};
use crate::{Explanation, Settings};

/// What the client can do.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    pub(super) encoding: Encoding,
    pub(super) snippets: bool,
    pub(super) related: bool,
    pub(super) versioned_edits: bool,
    pub(super) watches_files: bool,
    pub(super) shows_documents: bool,
    pub(super) nested_symbols: bool,
    pub(super) refreshes_hints: bool,
}

/// An open text.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) path: PathBuf,
    pub(super) identity: PathBuf,
    pub(super) version: i32,
    pub(super) text: Rc<Text>,
    /// Greater than that of what was edited before.
    edited: u64,
}

/// An open file, checked.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// How the client calls it, if it is open.
    uri: Option<String>,
    pub(super) analysis: Rc<Analysis>,
    /// The identity of each of its files.
    pub(super) identities: Rc<[PathBuf]>,
    explanation: Rc<OnceCell<Option<Explanation>>>,
}

/// The open texts over the disk, and what was found in them.
#[derive(Debug)]
pub(super) struct World {
    pub(super) settings: Settings,
    pub(super) client: Client,
    /// The folders that the client has open.
    pub(super) folders: Vec<PathBuf>,
    /// Where a file is open under several names, its text is the one that was edited last.
    pub(super) files: Overlay<'static, OnlyFiles>,
    /// By the URI that the client uses.
    pub(super) documents: BTreeMap<String, Document>,
    /// How many edits there were.
    edits: u64,
    /// The documents that were checked since they, or what they import, were changed last.
    roots: HashMap<String, Root>,
    /// What each document read when it was checked last.
    reads: HashMap<String, Rc<[PathBuf]>>,
    /// What is known of the texts that were checked last.
    cuts: Cuts,
    /// The documents to check.
    unchecked: BTreeSet<String>,
    /// Whether the client has to be told what is wrong now.
    untold: bool,
    /// Requests to make of the client.
    pub(super) asks: Vec<(&'static str, serde_json::Value)>,
}

impl World {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            client: Client::default(),
            folders: Vec::new(),
            files: Overlay::new(&OnlyFiles),
            documents: BTreeMap::new(),
            edits: 0,
            roots: HashMap::new(),
            reads: HashMap::new(),
            cuts: Cuts::new(),
            unchecked: BTreeSet::new(),
            untold: false,
            asks: Vec::new(),
        }
    }

    pub(super) fn open(&mut self, uri: &str, version: i32, text: &str) {
        let path = uri::to_path(uri);
        self.edits += 1;
        let document = Document {
            identity: self.files.identity(&path),
            path,
            version,
            text: Rc::new(Text::new(text)),
            edited: self.edits,
        };
        self.files.insert(&document.path, document.text.share());
        self.documents.insert(uri.to_owned(), document);
        self.stale_all();
    }

    /// Applies changes, one after another; a range of `None` is the whole text. Without a version, the
    /// document keeps its last one.
    pub(super) fn change(
        &mut self,
        uri: &str,
        version: Option<i32>,
        changes: impl IntoIterator<Item = (Option<std::ops::Range<Point>>, String)>,
    ) {
        let Some(document) = self.documents.get_mut(uri) else {
            return;
        };
        self.edits += 1;
        document.edited = self.edits;
        document.version = version.unwrap_or(document.version);
        let text = Rc::make_mut(&mut document.text);
        for (range, new) in changes {
            match range {
                Some(range) => text.replace(range, &new, self.client.encoding),
                None => *text = Text::new(new),
            }
        }
        self.files.insert(&document.path, document.text.share());
        let identity = document.identity.clone();
        let is_config = document.path.file_name() == Some(crate::config::FILE_NAME.as_ref());
        let affected: Vec<String> = self
            .documents
            .keys()
            .filter(|other| {
                let reads = self.reads.get(*other);
                *other == uri || is_config || reads.is_none_or(|reads| reads.contains(&identity))
            })
            .cloned()
            .collect();
        self.untold = true;
        for uri in affected {
            self.stale(uri);
        }
    }

    pub(super) fn close(&mut self, uri: &str) {
        if let Some(document) = self.documents.remove(uri) {
            let other = self.document(&document.identity);
            match other.map(|(_, other)| other.text.share()) {
                Some(text) => self.files.insert(&document.path, text),
                None => self.files.remove(&document.path),
            }
        }
        self.roots.remove(uri);
        self.reads.remove(uri);
        self.unchecked.remove(uri);
        // Of what is still read, little has to be found out anew.
        self.cuts.clear();
        self.stale_all();
    }

    /// Something on the disk may be different.
    pub(super) fn stale_all(&mut self) {
        self.untold = true;
        for uri in self.documents.keys().cloned().collect::<Vec<_>>() {
            self.stale(uri);
        }
    }

    fn stale(&mut self, uri: String) {
        self.roots.remove(&uri);
        self.unchecked.insert(uri);
    }

    /// Checks one of the documents that have to be; whether there was one.
    pub(super) fn check_one(&mut self) -> bool {
        let uri = self.unchecked.pop_first();
        uri.is_some_and(|uri| self.root(&uri).is_some())
    }

    /// Whether the client has to be told what is wrong now; asked once.
    pub(super) fn is_untold(&mut self) -> bool {
        std::mem::take(&mut self.untold)
    }

    /// What is known of a document now; `None` if it is not open.
    pub(super) fn root(&mut self, uri: &str) -> Option<Root> {
        if let Some(root) = self.roots.get(uri) {
            return Some(root.clone());
        }
        let document = self.documents.get(uri)?;
        let (files, settings) = (seen_by(&self.files, Some(document)), &self.settings);
        // The text is in memory, so that it can be read.
        let analysis = ide::analyze_again(&files, &document.path, settings, &mut self.cuts).ok()?;
        let root = self.rooted(Some(uri.to_owned()), analysis);
        let reads = Rc::clone(&root.identities);
        self.reads.insert(uri.to_owned(), reads);
        self.roots.insert(uri.to_owned(), root.clone());
        Some(root)
    }

    /// The files as a document sees them: with its own text, whatever another one of the same file has.
    pub(super) fn files_of(&self, document: Option<&Document>) -> Files<'_> {
        seen_by(&self.files, document)
    }

    /// Checks a file, open or not; `None` if it cannot be read, which an open one can.
    pub(super) fn analyze(&self, path: &Path) -> Option<Root> {
        let analysis = ide::analyze(&self.files, path, &self.settings).ok()?;
        Some(self.rooted(None, analysis))
    }

    fn rooted(&self, uri: Option<String>, analysis: Analysis) -> Root {
        let files = analysis.checked.files();
        let identities: Rc<[PathBuf]> = files.map(|path| self.files.identity(path)).collect();
        Root {
            uri,
            analysis: Rc::new(analysis),
            identities,
            explanation: Rc::default(),
        }
    }

    /// The document and the byte that a request is about.
    pub(super) fn at(&mut self, params: &lsp::TextDocumentPositionParams) -> Option<(Root, usize)> {
        let uri = params.text_document.uri.as_ref();
        let root = self.root(uri)?;
        let text = &self.documents.get(uri)?.text;
        let point = super::convert::point(params.position);
        Some((root, text.offset(point, self.client.encoding)))
    }

    /// The resolved options of a flow.
    pub(super) fn explain<'r>(&self, root: &'r Root) -> Option<&'r Explanation> {
        let explain = || {
            let path = root.analysis.checked.files().next()?;
            let document = root.uri.as_ref().and_then(|uri| self.documents.get(uri));
            let explained = crate::explain(&self.files_of(document), path, &self.settings).ok()?;
            explained.explanation
        };
        root.explanation.get_or_init(explain).as_ref()
    }

    /// All documents that were checked and have not changed since.
    pub(super) fn known_roots(&self) -> impl Iterator<Item = &Root> {
        self.documents.keys().filter_map(|uri| self.roots.get(uri))
    }

    /// The open document of an identity, with its URI; of several the one that was edited last.
    pub(super) fn document(&self, identity: &Path) -> Option<(&str, &Document)> {
        let documents = self.documents.iter();
        let same = documents.filter(|(_, document)| document.identity == identity);
        let found = same.max_by_key(|(_, document)| document.edited)?;
        Some((found.0, found.1))
    }

    /// The open document that one of the files of a check is, with its URI.
    pub(super) fn document_of(&self, root: &Root, file: FileId) -> Option<(&str, &Document)> {
        match &root.uri {
            Some(uri) if file == root.analysis.root_id() => {
                let (uri, document) = self.documents.get_key_value(uri)?;
                Some((uri, document))
            }
            _ => self.document(root.identities.get(file.0 as usize)?),
        }
    }

    /// How the client calls a file.
    pub(super) fn uri(&self, path: &Path, identity: &Path) -> lsp::Uri {
        match self.document(identity) {
            Some((uri, _)) => uri.into(),
            None => uri::of_path(path).into(),
        }
    }
}

/// Some texts over those of the world.
pub(super) type Files<'w> = Overlay<'w, Overlay<'static, OnlyFiles>>;

fn seen_by<'w>(files: &'w Overlay<'static, OnlyFiles>, document: Option<&Document>) -> Files<'w> {
    let mut files = Overlay::new(files);
    if let Some(document) = document {
        files.insert(&document.path, document.text.share());
    }
    files
}
