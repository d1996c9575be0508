//! While one writes: completion, signatures, layout.

use gen_lsp_types as lsp;

use super::Answer;
use crate::ide::complete::{self, Completion, CompletionKind};
use crate::ide::signature;
use crate::ide::symbols::NameKind;
use crate::lsp::convert;
use crate::lsp::workspace;
use crate::lsp::world::World;

pub(super) fn completion(
    world: &mut World,
    params: lsp::CompletionParams,
) -> Answer<Option<lsp::CompletionResponse>> {
    let at = params.text_document_position_params;
    let Some((root, offset)) = world.at(&at) else {
        return Ok(None);
    };
    let Some(document) = world.documents.get(at.text_document.uri.as_ref()) else {
        return Ok(None);
    };
    // A blank asks only for what must follow a word, such as the steps behind `next`.
    let typed = params.context.and_then(|context| context.trigger_character);
    let folder = document.path.parent().map(std::path::Path::to_path_buf);
    let list = |below: &str| {
        let folder = folder.as_ref().map(|folder| folder.join(below));
        let mut entries = folder.as_deref().map_or_else(Vec::new, workspace::list);
        entries.retain(|(name, is_folder)| {
            let path = folder.iter().map(|folder| folder.join(name)).next();
            *is_folder || path.is_some_and(|path| world.can_import(&document.identity, &path))
        });
        entries
    };
    let found = complete::complete(&root.analysis, offset, list);
    if typed.as_deref() == Some(" ") && found.items.iter().any(is_item) {
        return Ok(None);
    }
    let range = convert::range(&document.text, world.client.encoding, found.replace);
    let snippets = world.client.snippets;
    let items = found.items.into_iter().enumerate();
    let items = items.map(|(order, item)| to_item(order, item, range, snippets));
    Ok(Some(items.collect::<Vec<_>>().into()))
}

/// Whether a completion begins something of its own.
fn is_item(item: &Completion) -> bool {
    matches!(
        item.kind,
        CompletionKind::Annotation | CompletionKind::Keyword
    ) && !matches!(item.label.as_str(), "in" | "foreach")
}

fn to_item(
    order: usize,
    item: Completion,
    range: lsp::Range,
    snippets: bool,
) -> lsp::CompletionItem {
    let kind = match item.kind {
        CompletionKind::Keyword => lsp::CompletionItemKind::Keyword,
        CompletionKind::Annotation => lsp::CompletionItemKind::Interface,
        CompletionKind::Option => lsp::CompletionItemKind::Property,
        CompletionKind::Value => lsp::CompletionItemKind::EnumMember,
        CompletionKind::Queue => lsp::CompletionItemKind::Value,
        CompletionKind::Type => lsp::CompletionItemKind::TypeParameter,
        CompletionKind::Variable => lsp::CompletionItemKind::Variable,
        CompletionKind::File => lsp::CompletionItemKind::File,
        CompletionKind::Folder => lsp::CompletionItemKind::Folder,
        CompletionKind::Name(NameKind::Step) => lsp::CompletionItemKind::Function,
        CompletionKind::Name(NameKind::Let) => lsp::CompletionItemKind::Constant,
        CompletionKind::Name(NameKind::Profile) => lsp::CompletionItemKind::Struct,
        CompletionKind::Name(NameKind::Flow) => lsp::CompletionItemKind::Class,
        CompletionKind::Name(NameKind::Param | NameKind::Variable) => {
            lsp::CompletionItemKind::Variable
        }
    };
    let snippet = item.snippet.filter(|_| snippets);
    let format = match snippet {
        Some(_) => lsp::InsertTextFormat::Snippet,
        None => lsp::InsertTextFormat::PlainText,
    };
    let new_text = snippet.unwrap_or(item.text);
    lsp::CompletionItem {
        kind: Some(kind),
        detail: Some(item.detail).filter(|detail| !detail.is_empty()),
        documentation: (!item.doc.is_empty()).then(|| convert::markdown(item.doc).into()),
        sort_text: Some(format!("{order:05}")),
        filter_text: Some(item.label.clone()),
        insert_text_format: Some(format),
        text_edit: Some(lsp::TextEdit { range, new_text }.into()),
        label: item.label,
        ..Default::default()
    }
}

pub(super) fn signature(
    world: &mut World,
    params: lsp::SignatureHelpParams,
) -> Answer<Option<lsp::SignatureHelp>> {
    let Some((root, offset)) = world.at(&params.text_document_position_params) else {
        return Ok(None);
    };
    let Some(found) = signature::signature(&root.analysis, offset) else {
        return Ok(None);
    };
    // Labels are of ASCII, but for `…`, which stands behind all parts.
    let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let parameters = found.parameters.into_iter().map(|(part, doc)| {
        let label = (clamp(part.start), clamp(part.end));
        lsp::ParameterInformation {
            label: lsp::ParameterInformationLabel::Tuple(label),
            documentation: Some(convert::markdown(doc).into()),
        }
    });
    let parameters: Vec<_> = parameters.collect();
    // Beyond the last: none of them is being written yet.
    let active = found.active.unwrap_or(parameters.len());
    let active = lsp::ActiveParameter::Int(clamp(active));
    Ok(Some(lsp::SignatureHelp {
        signatures: vec![lsp::SignatureInformation {
            label: found.label,
            documentation: Some(found.doc.to_owned().into()),
            parameters: Some(parameters),
            active_parameter: Some(active),
        }],
        active_signature: Some(0),
        active_parameter: None,
    }))
}

pub(super) fn formatting(
    world: &mut World,
    params: lsp::DocumentFormattingParams,
) -> Answer<Option<Vec<lsp::TextEdit>>> {
    let Some(document) = world.documents.get(params.text_document.uri.as_ref()) else {
        return Ok(None);
    };
    if workspace::is_config(&document.path) {
        return Ok(None);
    }
    let old = document.text.as_str();
    let new = crate::format(old);
    let edit = convert::difference(old, &new);
    Ok(Some(edit.map_or_else(Vec::new, |(range, new_text)| {
        let range = convert::range(&document.text, world.client.encoding, range);
        vec![lsp::TextEdit { range, new_text }]
    })))
}
