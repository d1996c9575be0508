//! Another name for something, wherever it is named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use gen_lsp_types as lsp;

use super::navigate::everywhere;
use super::{Answer, Refusal};
use crate::diagnostic::Edit;
use crate::fix;
use crate::ide::rename;
use crate::ide::symbols::NameKind;
use crate::lsp::convert::{self, Places};
use crate::lsp::world::{Files, Root, World};
use crate::source::{FileId, Loader as _, Span};

pub(super) fn prepare_rename(
    world: &mut World,
    params: lsp::PrepareRenameParams,
) -> Answer<Option<lsp::PrepareRenameResult>> {
    let Some((root, offset)) = world.at(&params.text_document_position_params) else {
        return Ok(None);
    };
    let found = rename::name_at(&root.analysis, offset);
    Ok(found.map(|(span, _, _)| {
        lsp::PrepareRenamePlaceholder {
            range: Places::new(world, &root).range(span),
            placeholder: root.analysis.text(span).to_owned(),
        }
        .into()
    }))
}

pub(super) fn rename(
    world: &mut World,
    params: lsp::RenameParams,
) -> Answer<Option<lsp::WorkspaceEdit>> {
    let Some((root, offset)) = world.at(&params.text_document_position_params) else {
        return Ok(None);
    };
    let new = params.new_name.as_str();
    let Some((_, kind, definition)) = rename::name_at(&root.analysis, offset) else {
        return Err(Refusal::failed("there is no name here that can be changed"));
    };
    rename::check(&root.analysis, kind, definition, new).map_err(Refusal::failed)?;
    if kind == NameKind::Param {
        no_other_flow_has_the_key(world, &root, definition, new)?;
    }
    let references = world.references(&root, definition);
    for (other, there, _) in &references {
        rename::check(&other.analysis, kind, *there, new)
            .map_err(|reason| Refusal::failed(format!("{}: {reason}", path(other))))?;
    }
    no_flow_breaks(world, &root, definition, &references, new)?;
    let edits = everywhere(world, &references).into_iter();
    let edits = edits.map(|(uri, (version, ranges))| {
        let edit = |range| lsp::TextEdit {
            range,
            new_text: new.to_owned(),
        };
        (uri, version, ranges.into_iter().map(edit).collect())
    });
    Ok(Some(convert::workspace_edit(&world.client, edits)))
}

/// How the file that was checked is called.
fn path(root: &Root) -> String {
    let path = root.analysis.checked.files().next();
    path.map_or_else(String::new, |path| path.display().to_string())
}

/// A key of `flowbatch.toml` is that of every flow with such a param: under another name, one of them
/// would lose its value, or another one have it.
fn no_other_flow_has_the_key(
    world: &mut World,
    root: &Root,
    definition: Span,
    new: &str,
) -> Answer<()> {
    let old = root.analysis.text(definition);
    let key = rename::keys(&root.analysis, old).next();
    let Some(key) = key.filter(|_| new != old) else {
        return Ok(());
    };
    let config = root.analysis.checked.sources.file(key.file);
    let place = format!("line {} of {}", config.line_of(key.start), config.name);
    for (other, _) in world.readers(root, key.file, &[old, new]) {
        if other.identities.first() == root.identities.first() {
            continue;
        }
        for name in [old, new] {
            if rename::has_param(&other.analysis, name) {
                let path = path(&other);
                return Err(Refusal::failed(if name == old {
                    format!(
                        "{place} gives `{old}` its value in {path} too, which would lose it: write a line \
                         for `{new}` beside it, and change the name in this flow by hand"
                    )
                } else {
                    format!("{path} has a param `{new}`, to which {place} would give its value")
                }));
            }
        }
    }
    Ok(())
}

/// What is wrong with a name is wrong in whatever sees it, whether it is named there or not: every flow
/// that reads what would be changed is checked as it would be.
///
/// All of them read the file that defines the name, or are it: what names it does.
fn no_flow_breaks(
    world: &World,
    root: &Root,
    definition: Span,
    references: &[(Root, Span, Vec<Span>)],
    new: &str,
) -> Answer<()> {
    let texts = renamed(world, references, new);
    let defining = root.identities.get(definition.file.0 as usize);
    // A library is read by what has imports; of a flow no other file sees anything.
    let name = root.analysis.text(definition);
    let mut trees = root.analysis.files.iter();
    let words: &[&str] = match trees.find(|tree| tree.id == definition.file) {
        Some(tree) if tree.flow.is_some() => &[name],
        _ => &[name, "import"],
    };
    for path in world.flows_with(words) {
        let Ok(after) = crate::check(&texts, &path, &world.settings) else {
            continue;
        };
        let mut files = after.files().map(|path| texts.identity(path));
        if !after.has_errors() || !files.any(|file| Some(&file) == defining) {
            continue;
        }
        let Ok(before) = crate::check(&world.files, &path, &world.settings) else {
            continue;
        };
        if let Some(error) = rename::first_new_error(&before, &after) {
            let place = error.primary().map_or_else(String::new, |span| {
                let source = after.sources.file(span.file);
                format!(", line {} of {}", source.line_of(span.start), source.name)
            });
            return Err(Refusal::failed(format!(
                "`{new}` would be an error{place}: {} [{}]",
                error.message, error.code.name
            )));
        }
    }
    Ok(())
}

/// The files with the new name in all these places.
fn renamed<'w>(world: &'w World, references: &[(Root, Span, Vec<Span>)], new: &str) -> Files<'w> {
    // Several flows name the same places of what they share, each by an id of its own for the file.
    let mut files: BTreeMap<&PathBuf, (&Arc<str>, BTreeSet<Span>)> = BTreeMap::new();
    for (root, _, spans) in references {
        for &span in spans {
            if let Some(identity) = root.identities.get(span.file.0 as usize) {
                let text = &root.analysis.checked.sources.file(span.file).text;
                let (_, places) = files.entry(identity).or_insert((text, BTreeSet::new()));
                let file = FileId(0);
                places.insert(Span { file, ..span });
            }
        }
    }
    let mut texts = world.files_of(None);
    for (identity, (text, places)) in files {
        let edits = places.into_iter().map(|span| Edit {
            span,
            text: new.to_owned(),
        });
        if let Some(text) = fix::apply(text, &edits.collect::<Vec<_>>()) {
            texts.insert(identity, text);
        }
    }
    texts
}
