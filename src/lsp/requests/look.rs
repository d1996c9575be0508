//! While one reads: hover, hints, colours, folding.

use gen_lsp_types as lsp;

use super::Answer;
use crate::ide::outline::{self, FoldKind};
use crate::ide::symbols::NameKind;
use crate::ide::tokens::{self, Token};
use crate::ide::{describe, hints};
use crate::lsp::convert::{self, Places};
use crate::lsp::world::World;
use crate::syntax::TokenKind;

pub(super) fn hover(world: &mut World, params: lsp::HoverParams) -> Answer<Option<lsp::Hover>> {
    let Some((root, offset)) = world.at(&params.text_document_position_params) else {
        return Ok(None);
    };
    let found = describe::hover(&root.analysis, offset, || world.explain(&root));
    Ok(found.map(|(span, text)| lsp::Hover {
        contents: convert::markdown(text).into(),
        range: Some(Places::new(world, &root).range(span)),
    }))
}

pub(super) fn hints(
    world: &mut World,
    params: lsp::InlayHintParams,
) -> Answer<Option<Vec<lsp::InlayHint>>> {
    let uri = params.text_document.uri.as_ref();
    let Some(root) = world.root(uri) else {
        return Ok(None);
    };
    let Some(document) = world.documents.get(uri) else {
        return Ok(None);
    };
    let encoding = world.client.encoding;
    let start = document
        .text
        .offset(convert::point(params.range.start), encoding);
    let end = document
        .text
        .offset(convert::point(params.range.end), encoding);
    let found = hints::hints(&root.analysis, world.explain(&root), start..end.max(start));
    let hints = found.into_iter().map(|hint| lsp::InlayHint {
        position: convert::position(document.text.point(hint.offset as usize, encoding)),
        label: hint.text.into(),
        kind: None,
        text_edits: None,
        tooltip: None,
        padding_left: Some(true),
        padding_right: None,
        data: None,
    });
    Ok(Some(hints.collect()))
}

/// The types of tokens, in the order of the numbers that [`number`] gives them.
const TYPES: [&str; 12] = [
    "keyword",
    "comment",
    "string",
    "number",
    "type",
    "decorator",
    "property",
    "class",
    "function",
    "parameter",
    "variable",
    "struct",
];
/// The bit of what is defined where it stands.
const DECLARATION: u32 = 1;
/// The bit of what has one value.
const READONLY: u32 = 2;

pub(in crate::lsp) fn legend() -> lsp::SemanticTokensLegend {
    lsp::SemanticTokensLegend {
        token_types: TYPES.map(str::to_owned).to_vec(),
        token_modifiers: ["declaration", "readonly"].map(str::to_owned).to_vec(),
    }
}

fn number(token: Token) -> Option<(&'static str, u32)> {
    Some(match token {
        Token::Plain(TokenKind::Keyword) => ("keyword", 0),
        Token::Plain(TokenKind::Comment) => ("comment", 0),
        Token::Plain(TokenKind::String) => ("string", 0),
        Token::Plain(TokenKind::Number) => ("number", 0),
        Token::Plain(TokenKind::Type) => ("type", 0),
        Token::Plain(TokenKind::Annotation) => ("decorator", 0),
        Token::Plain(_) => return None,
        Token::Option => ("property", 0),
        Token::Name(kind, defined) => {
            let (name, modifiers) = match kind {
                NameKind::Flow => ("class", 0),
                NameKind::Step => ("function", 0),
                NameKind::Param => ("parameter", 0),
                NameKind::Variable => ("variable", 0),
                NameKind::Let => ("variable", READONLY),
                NameKind::Profile => ("struct", 0),
            };
            (name, modifiers | if defined { DECLARATION } else { 0 })
        }
    })
}

pub(super) fn tokens(
    world: &mut World,
    params: lsp::SemanticTokensParams,
) -> Answer<Option<lsp::SemanticTokens>> {
    Ok(all_tokens(world, params.text_document.uri.as_ref(), None))
}

pub(super) fn tokens_in(
    world: &mut World,
    params: lsp::SemanticTokensRangeParams,
) -> Answer<Option<lsp::SemanticTokens>> {
    let uri = params.text_document.uri.as_ref();
    Ok(all_tokens(world, uri, Some(params.range)))
}

fn all_tokens(
    world: &mut World,
    uri: &str,
    range: Option<lsp::Range>,
) -> Option<lsp::SemanticTokens> {
    let root = world.root(uri)?;
    let document = world.documents.get(uri)?;
    if root.analysis.files.is_empty() {
        return None;
    }
    let (text, encoding) = (&document.text, world.client.encoding);
    let bytes = range.map(|range| {
        let start = text.offset(convert::point(range.start), encoding);
        start..text.offset(convert::point(range.end), encoding)
    });
    let mut data = Vec::new();
    let mut before = lsp::Position::default();
    for (token, span) in tokens::tokens(&root.analysis, root.analysis.root_id()) {
        let Some((name, modifiers)) = number(token) else {
            continue;
        };
        let is_outside = |bytes: &std::ops::Range<usize>| {
            span.end as usize <= bytes.start || bytes.end <= span.start as usize
        };
        if bytes.as_ref().is_some_and(is_outside) {
            continue;
        }
        let token_type = TYPES.iter().position(|known| *known == name).unwrap_or(0);
        // A token ends with its line: not all clients know longer ones.
        let mut at = span.start as usize;
        for line in text.as_str()[span.range()].split_inclusive(['\n', '\r']) {
            let shown = line.trim_end_matches(['\n', '\r']).len();
            let part = convert::range(text, encoding, at..at + shown);
            at += line.len();
            let length = part.end.character.saturating_sub(part.start.character);
            if length == 0 {
                continue;
            }
            let delta_line = part.start.line.saturating_sub(before.line);
            data.push(lsp::SemanticToken {
                delta_line,
                delta_start: match delta_line {
                    0 => part.start.character.saturating_sub(before.character),
                    _ => part.start.character,
                },
                length,
                token_type: u32::try_from(token_type).unwrap_or(0),
                token_modifiers_bitset: modifiers,
            });
            before = part.start;
        }
    }
    Some(lsp::SemanticTokens {
        result_id: None,
        data,
    })
}

pub(super) fn folds(
    world: &mut World,
    params: lsp::FoldingRangeParams,
) -> Answer<Option<Vec<lsp::FoldingRange>>> {
    let Some(root) = world.root(params.text_document.uri.as_ref()) else {
        return Ok(None);
    };
    let Some(tree) = root.analysis.root() else {
        return Ok(None);
    };
    let sources = &root.analysis.checked.sources;
    let places = Places::new(world, &root);
    let folds = outline::folds(sources.file(tree.id), tree).into_iter();
    let folds = folds.filter_map(|(span, kind)| {
        let range = places.range(span);
        // The line of a closing bracket stays.
        let last = sources.text(span).lines().next_back().unwrap_or_default();
        let closes = matches!(last.trim(), "}" | ")" | "]" | "\"\"\"");
        let end_line = range.end.line.saturating_sub(u32::from(closes));
        (range.start.line < end_line).then(|| lsp::FoldingRange {
            start_line: range.start.line,
            end_line,
            kind: match kind {
                FoldKind::Comment => Some(lsp::FoldingRangeKind::Comment),
                FoldKind::Imports => Some(lsp::FoldingRangeKind::Imports),
                FoldKind::Region => None,
            },
            ..Default::default()
        })
    });
    Ok(Some(folds.collect()))
}
