//! What can be done at a place: fixes, and what a flow compiles to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gen_lsp_types as lsp;
use serde_json::{Value, json};

use super::{Answer, Refusal};
use crate::diagnostic::Fix;
use crate::fix::{self, Found};
use crate::ide::text::Text;
use crate::lsp::convert::{self, Places};
use crate::lsp::uri;
use crate::lsp::world::{Root, World};

/// The command that returns what a flow compiles to: `[uri]` the whole document, `[uri, step]` a job
/// definition. A client that shows documents is asked to show it.
pub(in crate::lsp) const EMITTED: &str = "flowbatch.emitted";

pub(super) fn actions(
    world: &mut World,
    params: lsp::CodeActionParams,
) -> Answer<Option<Vec<lsp::CodeActionResponse>>> {
    let uri = params.text_document.uri.as_ref();
    let Some(root) = world.root(uri) else {
        return Ok(None);
    };
    let only = params.context.only.as_deref();
    let wants = |kind: &str| {
        only.is_none_or(|only| {
            only.iter().any(|only| {
                let only = String::from(only.clone());
                let below = kind.strip_prefix(&only);
                below
                    .is_some_and(|rest| rest.is_empty() || only.is_empty() || rest.starts_with('.'))
            })
        })
    };
    let mut actions: Vec<lsp::CodeAction> = Vec::new();
    let mut certain = false;
    {
        let places = Places::new(world, &root);
        let checked = &root.analysis.checked;
        let here = checked.diagnostics.iter().filter(|found| {
            let span = found.primary();
            let span = span.filter(|span| span.file == root.analysis.root_id());
            span.is_some_and(|span| touches(places.range(span), params.range))
        });
        for found in here {
            for fix in &found.fixes {
                certain |= fix.certain;
                if wants("quickfix") {
                    let diagnostic = places.diagnostic(found);
                    actions.push(lsp::CodeAction {
                        title: fix.message.clone(),
                        kind: Some(lsp::CodeActionKind::QuickFix),
                        diagnostics: Some(vec![diagnostic]),
                        is_preferred: Some(fix.certain),
                        edit: Some(edit_of(world, &places, fix)),
                        ..Default::default()
                    });
                }
            }
        }
    }
    // Asked for nothing in particular, it is only offered where there is something to mend.
    if wants("source.fixAll") && (only.is_some() || certain) {
        let edit = fix_all(world, uri)?;
        actions.extend(edit.map(|edit| lsp::CodeAction {
            title: "fix all that has one reading".to_owned(),
            kind: Some(lsp::CodeActionKind::SourceFixAll),
            edit: Some(edit),
            ..Default::default()
        }));
    }
    if wants("source") && world.client.shows_documents {
        actions.extend(shows(world, &root, uri, params.range));
    }
    Ok(Some(actions.into_iter().map(Into::into).collect()))
}

fn touches(one: lsp::Range, other: lsp::Range) -> bool {
    one.start <= other.end && other.start <= one.end
}

fn edit_of(world: &World, places: &Places<'_>, fix: &Fix) -> lsp::WorkspaceEdit {
    let mut files: BTreeMap<String, (Option<i32>, Vec<lsp::TextEdit>)> = BTreeMap::new();
    for edit in &fix.edits {
        let (uri, version, _) = places.file(edit.span.file);
        let (_, edits) = files.entry(uri.0).or_insert((version, Vec::new()));
        edits.push(lsp::TextEdit {
            range: places.range(edit.span),
            new_text: edit.text.clone(),
        });
    }
    let files = files
        .into_iter()
        .map(|(uri, (version, edits))| (uri, version, edits));
    convert::workspace_edit(&world.client, files)
}

/// What `check --fix` would do; `None` for nothing.
fn fix_all(world: &World, uri: &str) -> Answer<Option<lsp::WorkspaceEdit>> {
    let Some(document) = world.documents.get(uri) else {
        return Ok(None);
    };
    let outcome = fix::apply_certain(&world.files_of(Some(document)), |files| {
        crate::check(files, &document.path, &world.settings).map(Found::from)
    });
    let outcome = outcome.map_err(|error| Refusal::failed(error.to_string()))?;
    let files = outcome.files.into_iter().filter_map(|fixed| {
        let identity = crate::source::Loader::identity(&world.files, &fixed.path);
        let open = match identity == document.identity {
            true => Some((uri, document)),
            false => world.document(&identity),
        };
        let (uri, version, text) = match open {
            Some((uri, open)) => (uri.to_owned(), Some(open.version), Text::clone(&open.text)),
            None => {
                let text = Text::of_file(fixed.old.clone());
                (uri::of_path(&fixed.path), None, text)
            }
        };
        let (range, new_text) = convert::difference(&fixed.old, &fixed.new)?;
        let range = convert::range(&text, world.client.encoding, range);
        Some((uri, version, vec![lsp::TextEdit { range, new_text }]))
    });
    let files: Vec<_> = files.collect();
    Ok((!files.is_empty()).then(|| convert::workspace_edit(&world.client, files.into_iter())))
}

/// The offers to show what the flow, or the step that is named in a range, compiles to.
fn shows(world: &World, root: &Root, uri: &str, range: lsp::Range) -> Vec<lsp::CodeAction> {
    let analysis = &root.analysis;
    let Some(flow) = analysis.flow() else {
        return Vec::new();
    };
    let places = Places::new(world, root);
    let is_here = |span| touches(places.range(span), range);
    let action = |title: String, arguments: Vec<Value>| lsp::CodeAction {
        kind: Some(lsp::CodeActionKind::Source),
        command: Some(lsp::Command {
            title: title.clone(),
            tooltip: None,
            command: EMITTED.to_owned(),
            arguments: Some(arguments),
        }),
        title,
        ..Default::default()
    };
    let mut actions = Vec::new();
    if flow.name.is_some_and(|name| is_here(name.span)) {
        let title = "show what the flow compiles to".to_owned();
        actions.push(action(title, vec![json!(uri)]));
    }
    let steps = flow.steps.iter().filter(|step| step.run.is_some());
    for step in steps.filter(|step| is_here(step.keyword.to(step.name.span))) {
        let name = analysis.text(step.name.span);
        let title = format!("show the job definition of `{name}`");
        actions.push(action(title, vec![json!(uri), json!(name)]));
    }
    actions
}

pub(super) fn execute(
    world: &mut World,
    params: lsp::ExecuteCommandParams,
) -> Answer<Option<Value>> {
    if params.command != EMITTED {
        let message = format!("there is no command `{}`", params.command);
        return Err(Refusal::failed(message));
    }
    let arguments = params.arguments.unwrap_or_default();
    let argument = |at: usize| arguments.get(at).and_then(Value::as_str);
    let Some(uri) = argument(0) else {
        let message = format!("the arguments of {EMITTED} are `[uri]` or `[uri, step]`");
        return Err(Refusal::failed(message));
    };
    let document = world.documents.get(uri);
    let path = document.map_or_else(|| uri::to_path(uri), |open| open.path.clone());
    let compiled = crate::compile(&world.files_of(document), &path, &world.settings);
    let compiled = compiled.map_err(|error| Refusal::failed(error.to_string()))?;
    let (name, text) = emitted(compiled, argument(1))?;
    if world.client.shows_documents {
        let path = show(&name, &text)
            .map_err(|error| Refusal::failed(format!("cannot write {name}: {error}")))?;
        let params = lsp::ShowDocumentParams {
            uri: uri::of_path(&path).into(),
            external: None,
            take_focus: Some(true),
            selection: None,
        };
        if let Ok(params) = serde_json::to_value(params) {
            world.asks.push(("window/showDocument", params));
        }
    }
    Ok(Some(Value::String(text)))
}

/// What a flow or a step of it compiles to, and how a file with it is called.
fn emitted(compiled: crate::Compiled, step: Option<&str>) -> Answer<(String, String)> {
    let Some(artifacts) = compiled.artifacts else {
        let message = match compiled.checked.has_errors() {
            true => "the flow has errors, so it compiles to nothing",
            false => "the file has no flow",
        };
        return Err(Refusal::failed(message));
    };
    let Some(step) = step else {
        return Ok((format!("{}.json", artifacts.flow), artifacts.document()));
    };
    let wanted = format!("job-definitions/{step}.json");
    let mut files = artifacts.files.into_iter();
    match files.find(|file| file.path == wanted) {
        Some(file) => Ok((format!("{}-{step}.json", artifacts.flow), file.text)),
        None => Err(Refusal::failed(format!(
            "step `{step}` has no job definition"
        ))),
    }
}

/// Where texts are written for an editor to open.
fn shown() -> PathBuf {
    std::env::temp_dir().join(format!("flowbatch-lsp-{}", std::process::id()))
}

/// Takes away what was shown.
pub(in crate::lsp) fn clean_up() {
    // Mostly there is nothing.
    let _ = std::fs::remove_dir_all(shown());
}

/// Writes a text where an editor can open it.
fn show(name: &str, text: &str) -> std::io::Result<PathBuf> {
    let folder = shown();
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    std::fs::write(&path, text)?;
    Ok(path)
}
