//! Reads the flow, what it imports, and `flowbatch.toml`.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::codes::names as codes;
use crate::config;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Loader, Sources, Span, normalize};
use crate::syntax::{self, ast};

/// Every file of a compilation, parsed.
#[derive(Debug)]
pub struct Program {
    /// The texts.
    pub sources: Sources,
    /// Whether an import could not be read, so that names may lack their definitions.
    pub incomplete: bool,
    /// The files, each after all it imports; the root is the last.
    pub files: Vec<Rc<ast::File>>,
    /// For each of `files`, which of them it sees: itself and what it imports, transitively.
    pub sees: Vec<Vec<bool>>,
}

impl Program {
    /// The file that was asked for.
    #[must_use]
    pub fn root(&self) -> Option<&ast::File> {
        self.files.last().map(Rc::as_ref)
    }

    /// The place of a file in `files`.
    #[must_use]
    pub fn index_of(&self, id: FileId) -> Option<usize> {
        self.files.iter().position(|file| file.id == id)
    }
}

/// Reads and parses `path` and everything it imports, and reads the `flowbatch.toml` that
/// governs it: the file that was found, or `None` when it could not be read. With `cuts`, files are
/// parsed with what these know of them, and they know the files afterwards.
///
/// # Errors
/// When `path` itself cannot be read or is not UTF-8. Whatever is wrong with an import is a
/// diagnostic instead.
pub fn load(
    loader: &dyn Loader,
    path: &Path,
    cuts: Option<&mut Cuts>,
    sink: &mut Diagnostics,
) -> io::Result<(Program, Option<Option<FileId>>)> {
    let mut loading = Loading {
        loader,
        cuts,
        sources: Sources::default(),
        nodes: Vec::new(),
        by_identity: HashMap::new(),
        incomplete: false,
    };
    let text = decode(loader.read(path)?)?;
    let root = loading.add(path.to_path_buf(), text, sink);
    loading.read_imports(sink);
    let toml = match config::find(loader, path, &mut loading.sources) {
        Ok(toml) => Some(toml),
        Err(diagnostic) => {
            sink.push(diagnostic);
            None
        }
    };
    Ok((loading.finish(root, sink), toml))
}

/// A file while its imports are being read.
struct Node {
    file: Rc<ast::File>,
    /// The node each import leads to, and the import's span.
    imports: Vec<(usize, Span)>,
}

/// What is known of earlier versions of files, by their identity, so that they are parsed faster.
pub type Cuts = HashMap<PathBuf, syntax::Cut>;

struct Loading<'l> {
    loader: &'l dyn Loader,
    cuts: Option<&'l mut Cuts>,
    sources: Sources,
    nodes: Vec<Node>,
    by_identity: HashMap<PathBuf, usize>,
    incomplete: bool,
}

impl Loading<'_> {
    fn add(&mut self, path: PathBuf, text: String, sink: &mut Diagnostics) -> usize {
        let identity = self.loader.identity(&path);
        let name = display_name(&path);
        let id = self.sources.add(path, name, text);
        let file = match &mut self.cuts {
            None => Rc::new(syntax::parse(&self.sources, id, sink)),
            Some(cuts) => {
                let cut = cuts.entry(identity.clone()).or_default();
                syntax::parse_again(&self.sources, id, cut, sink)
            }
        };
        let index = self.nodes.len();
        self.nodes.push(Node {
            file,
            imports: Vec::new(),
        });
        self.by_identity.insert(identity, index);
        index
    }

    /// Reads imports breadth first; the list of nodes is the work list.
    fn read_imports(&mut self, sink: &mut Diagnostics) {
        let mut next = 0;
        while next < self.nodes.len() {
            let importer = self.sources.file(self.nodes[next].file.id).path.clone();
            self.incomplete |= self.nodes[next]
                .file
                .imports
                .iter()
                .any(|import| import.path.is_none());
            let imports: Vec<ast::Str> = self.nodes[next]
                .file
                .imports
                .iter()
                .filter_map(|import| import.path.clone())
                .collect();
            let mut seen: HashMap<usize, Span> = HashMap::new();
            for import in imports {
                let Some(target) = self.read_import(&importer, &import, sink) else {
                    self.incomplete = true;
                    continue;
                };
                if let Some(&first) = seen.get(&target) {
                    sink.push(
                        Diagnostic::new(
                            &codes::DUPLICATE_IMPORT,
                            import.span,
                            "this file is already imported",
                        )
                        .label(first, "imported here"),
                    );
                    continue;
                }
                seen.insert(target, import.span);
                self.nodes[next].imports.push((target, import.span));
            }
            next += 1;
        }
    }

    fn read_import(
        &mut self,
        importer: &Path,
        import: &ast::Str,
        sink: &mut Diagnostics,
    ) -> Option<usize> {
        let written = match &import.content {
            ast::StrContent::Verbatim(span) => self.sources.text(*span).to_owned(),
            ast::StrContent::Decoded(text) => text.to_string(),
            ast::StrContent::Pieces(_) | ast::StrContent::Error => return None,
        };
        if written.is_empty() {
            sink.push(
                Diagnostic::new(
                    &codes::IMPORT_NOT_FOUND,
                    import.span,
                    "an import needs a path",
                )
                .help("write the path of a `.flow` file, relative to this one"),
            );
            return None;
        }
        if written.contains("://") {
            sink.push(
                Diagnostic::new(
                    &codes::IMPORT_NOT_FOUND,
                    import.span,
                    "an import is a file, not an address",
                )
                .help("put a copy of it beside this file, and import that"),
            );
            return None;
        }
        let folder = importer.parent().unwrap_or(Path::new(""));
        let path = normalize(&folder.join(&written));
        if let Some(&known) = self.by_identity.get(&self.loader.identity(&path)) {
            return Some(known);
        }
        match self.loader.read(&path).and_then(decode) {
            Ok(text) => Some(self.add(path, text, sink)),
            Err(error) => {
                let shown = display_name(&path);
                let reason = if error.kind() == io::ErrorKind::NotFound {
                    format!("there is no file `{shown}`")
                } else {
                    format!("cannot read `{shown}`: {error}")
                };
                sink.push(
                    Diagnostic::new(&codes::IMPORT_NOT_FOUND, import.span, reason)
                        .help("an import's path is relative to the file that imports"),
                );
                None
            }
        }
    }

    /// Orders the files so that each comes after its imports, and reports cycles and imported flows.
    fn finish(self, root: usize, sink: &mut Diagnostics) -> Program {
        let mut order = Order {
            nodes: &self.nodes,
            state: vec![State::New; self.nodes.len()],
            order: Vec::new(),
            path: Vec::new(),
        };
        order.visit(root, &self.sources, sink);
        let order = order.order;

        for node in &self.nodes {
            for &(target, span) in &node.imports {
                if let Some(flow) = &self.nodes[target].file.flow
                    && target != root
                {
                    sink.push(
                        Diagnostic::new(
                            &codes::IMPORT_OF_FLOW,
                            span,
                            "this file has a flow, so it cannot be imported",
                        )
                        .label(
                            flow.name.map_or(flow.span.before(), |name| name.span),
                            "the flow",
                        )
                        .help("move what both need into a file without a flow, and import that"),
                    );
                }
            }
        }

        let mut place = vec![usize::MAX; self.nodes.len()];
        for (index, &node) in order.iter().enumerate() {
            place[node] = index;
        }
        let mut sees: Vec<Vec<bool>> = Vec::with_capacity(order.len());
        for (index, &node) in order.iter().enumerate() {
            let mut seen = vec![false; order.len()];
            seen[index] = true;
            for &(target, _) in &self.nodes[node].imports {
                // An import that is not placed earlier closes a cycle, which has been reported.
                if let Some(theirs) = sees.get(place[target]) {
                    for (mine, theirs) in seen.iter_mut().zip(theirs) {
                        *mine |= theirs;
                    }
                }
            }
            sees.push(seen);
        }

        let mut files: Vec<Option<Rc<ast::File>>> =
            self.nodes.into_iter().map(|node| Some(node.file)).collect();
        Program {
            sources: self.sources,
            incomplete: self.incomplete,
            files: order
                .iter()
                .filter_map(|&node| files[node].take())
                .collect(),
            sees,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

struct Order<'n> {
    nodes: &'n [Node],
    state: Vec<State>,
    order: Vec<usize>,
    path: Vec<(usize, Span)>,
}

impl Order<'_> {
    /// Depth first, with a stack of its own: a chain of imports may be long.
    fn visit(&mut self, root: usize, sources: &Sources, sink: &mut Diagnostics) {
        let mut stack = vec![(root, 0)];
        self.state[root] = State::Open;
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            let Some(&(target, span)) = self.nodes[node].imports.get(*next) else {
                self.state[node] = State::Done;
                self.order.push(node);
                stack.pop();
                self.path.pop();
                continue;
            };
            *next += 1;
            match self.state[target] {
                State::Done => {}
                State::New => {
                    self.state[target] = State::Open;
                    stack.push((target, 0));
                    self.path.push((target, span));
                }
                State::Open => {
                    let name = |node: usize| sources.file(self.nodes[node].file.id).name.as_str();
                    let from = stack
                        .iter()
                        .position(|&(open, _)| open == target)
                        .unwrap_or(0);
                    let mut names: Vec<&str> =
                        stack[from..].iter().map(|&(open, _)| name(open)).collect();
                    names.push(name(target));
                    let mut diagnostic = Diagnostic::new(
                        &codes::IMPORT_CYCLE,
                        span,
                        format!("imports go in a circle: {}", names.join(" → ")),
                    );
                    for &(_, earlier) in self.path.iter().skip(from) {
                        diagnostic = diagnostic.label(earlier, "which is imported here");
                    }
                    sink.push(diagnostic.help("move what both need into a third file"));
                }
            }
        }
    }
}

fn decode(bytes: Vec<u8>) -> io::Result<String> {
    if u32::try_from(bytes.len()).is_err() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the file is larger than 4 GiB",
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "it is not UTF-8 text (byte {} cannot be decoded)",
                error.utf8_error().valid_up_to()
            ),
        )
    })
}

/// A path as it is shown: with forward slashes, the same on every machine.
fn display_name(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        return ".".to_owned();
    }
    path.to_string_lossy().replace('\\', "/")
}
