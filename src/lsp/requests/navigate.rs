//! From one place to others: definitions, references, symbols.

use std::collections::BTreeMap;

use gen_lsp_types as lsp;

use super::Answer;
use crate::diagnostic::Diagnostics;
use crate::ide::outline::{self, Item};
use crate::ide::rename;
use crate::ide::symbols::{self, NameKind, Symbol};
use crate::ide::text::Text;
use crate::lsp::convert::{self, Places};
use crate::lsp::world::{Root, World};
use crate::source::{FileId, Loader as _, Sources, Span};
use crate::syntax;

pub(super) fn definition(
    world: &mut World,
    params: lsp::DefinitionParams,
) -> Answer<Option<lsp::DefinitionResponse>> {
    let Some((root, offset)) = world.at(&params.text_document_position_params) else {
        return Ok(None);
    };
    let analysis = &root.analysis;
    let found = symbols::at(analysis, analysis.root_id(), offset);
    let target = match found.map(|found| found.symbol) {
        Some(Symbol::Name(_, span) | Symbol::Queue(span)) => span,
        Some(Symbol::File(file)) => Span::new(file, 0, 0),
        _ => return Ok(None),
    };
    let location = Places::new(world, &root).location(target);
    Ok(Some(lsp::Definition::Location(location).into()))
}

/// The places of a name in the whole workspace, by file, with how the file is called.
pub(super) type Found = BTreeMap<String, (Option<i32>, Vec<lsp::Range>)>;

pub(super) fn everywhere(world: &World, references: &[(Root, Span, Vec<Span>)]) -> Found {
    let mut found = Found::new();
    for (root, _, spans) in references {
        let places = Places::new(world, root);
        for &span in spans {
            let (uri, version, _) = places.file(span.file);
            let (_, ranges) = found.entry(uri.0).or_insert((version, Vec::new()));
            ranges.push(places.range(span));
        }
    }
    for (_, ranges) in found.values_mut() {
        ranges.sort_unstable();
        ranges.dedup();
    }
    found
}

pub(super) fn references(
    world: &mut World,
    params: lsp::ReferenceParams,
) -> Answer<Option<Vec<lsp::Location>>> {
    let Some((root, offset)) = world.at(&params.text_document_position_params) else {
        return Ok(None);
    };
    let Some((_, _, definition)) = rename::name_at(&root.analysis, offset) else {
        return Ok(None);
    };
    let there = Places::new(world, &root).location(definition);
    let references = world.references(&root, definition);
    let mut locations = Vec::new();
    for (uri, (_, ranges)) in everywhere(world, &references) {
        locations.extend(ranges.into_iter().map(|range| lsp::Location {
            uri: uri.clone().into(),
            range,
        }));
    }
    if !params.context.include_declaration {
        locations.retain(|location| *location != there);
    }
    Ok(Some(locations))
}

pub(super) fn highlights(
    world: &mut World,
    params: lsp::DocumentHighlightParams,
) -> Answer<Option<Vec<lsp::DocumentHighlight>>> {
    let Some((root, offset)) = world.at(&params.text_document_position_params) else {
        return Ok(None);
    };
    let analysis = &root.analysis;
    let Some((_, _, definition)) = rename::name_at(analysis, offset) else {
        return Ok(None);
    };
    let places = Places::new(world, &root);
    let spans = rename::references(analysis, definition).into_iter();
    let here = spans.filter(|span| span.file == analysis.root_id());
    let highlights = here.map(|span| lsp::DocumentHighlight {
        range: places.range(span),
        kind: Some(match span == definition {
            true => lsp::DocumentHighlightKind::Write,
            false => lsp::DocumentHighlightKind::Read,
        }),
    });
    Ok(Some(highlights.collect()))
}

fn symbol_kind(kind: NameKind) -> lsp::SymbolKind {
    match kind {
        NameKind::Flow => lsp::SymbolKind::Class,
        NameKind::Step => lsp::SymbolKind::Function,
        NameKind::Param | NameKind::Variable => lsp::SymbolKind::Variable,
        NameKind::Let => lsp::SymbolKind::Constant,
        NameKind::Profile => lsp::SymbolKind::Struct,
    }
}

pub(super) fn document_symbols(
    world: &mut World,
    params: lsp::DocumentSymbolParams,
) -> Answer<Option<lsp::DocumentSymbolResponse>> {
    let uri = params.text_document.uri.as_ref();
    let Some(root) = world.root(uri) else {
        return Ok(None);
    };
    let Some(tree) = root.analysis.root() else {
        return Ok(None);
    };
    let places = Places::new(world, &root);
    let items = outline::items(tree);
    if world.client.nested_symbols {
        let symbols = items.iter().map(|item| nested(&root, &places, item));
        return Ok(Some(symbols.collect::<Vec<_>>().into()));
    }
    let mut flat = Vec::new();
    for item in &items {
        flat.push(flatly(&root, &places, item, None));
        let within = root.analysis.text(item.name);
        let children = item.children.iter();
        flat.extend(children.map(|item| flatly(&root, &places, item, Some(within))));
    }
    Ok(Some(flat.into()))
}

fn nested(root: &Root, places: &Places<'_>, item: &Item) -> lsp::DocumentSymbol {
    let text = |span| root.analysis.text(span).to_owned();
    let children = item.children.iter().map(|item| nested(root, places, item));
    let children: Vec<_> = children.collect();
    #[allow(deprecated)] // a field that is not set
    lsp::DocumentSymbol {
        name: text(item.name),
        detail: item.detail.map(text),
        kind: symbol_kind(item.kind),
        tags: None,
        deprecated: None,
        range: places.range(item.span),
        selection_range: places.range(item.name),
        children: (!children.is_empty()).then_some(children),
    }
}

fn flatly(
    root: &Root,
    places: &Places<'_>,
    item: &Item,
    within: Option<&str>,
) -> lsp::SymbolInformation {
    #[allow(deprecated)] // a field that is not set
    lsp::SymbolInformation {
        deprecated: None,
        location: places.location(item.span),
        base_symbol_information: lsp::BaseSymbolInformation {
            name: root.analysis.text(item.name).to_owned(),
            kind: symbol_kind(item.kind),
            tags: None,
            container_name: within.map(str::to_owned),
        },
    }
}

/// How many symbols are given at once; who wants others asks for something longer.
const MAX_SYMBOLS: usize = 1000;

pub(super) fn workspace_symbols(
    world: &mut World,
    params: lsp::WorkspaceSymbolParams,
) -> Answer<Option<lsp::WorkspaceSymbolResponse>> {
    let query = params.query.to_lowercase();
    let mut found = Vec::new();
    for path in world.flows() {
        let Ok(text) = world.files.read(&path) else {
            continue;
        };
        let Ok(text) = String::from_utf8(text) else {
            continue;
        };
        let identity = world.files.identity(&path);
        let uri = world.uri(&path, &identity);
        let lines = match world.document(&identity) {
            Some((_, document)) => Text::clone(&document.text),
            None => Text::of_file(text.as_str()),
        };
        let mut sources = Sources::default();
        let file: FileId = sources.add(path, String::new(), text);
        let tree = syntax::parse(&sources, file, &mut Diagnostics::default());
        for item in outline::items(&tree) {
            let within = sources.text(item.name);
            let items = item.children.iter().map(|child| (child, Some(within)));
            for (item, within) in std::iter::once((&item, None)).chain(items) {
                let name = sources.text(item.name);
                if found.len() < MAX_SYMBOLS && matches(name, &query) {
                    let encoding = world.client.encoding;
                    let range = convert::range(&lines, encoding, item.name.range());
                    let location = lsp::Location::new(uri.clone(), range);
                    found.push(lsp::WorkspaceSymbol {
                        location: location.into(),
                        data: None,
                        base_symbol_information: lsp::BaseSymbolInformation {
                            name: name.to_owned(),
                            kind: symbol_kind(item.kind),
                            tags: None,
                            container_name: within.map(str::to_owned),
                        },
                    });
                }
            }
        }
    }
    Ok(Some(found.into()))
}

/// Whether the letters of a query stand in a name in that order.
fn matches(name: &str, query: &str) -> bool {
    let name = name.to_lowercase();
    let mut letters = name.chars();
    query.chars().all(|wanted| letters.any(|c| c == wanted))
}
