//! One pass over the text before the grammar: comments, odd characters, and a
//! cap on nesting, because the grammar recurses on every bracket.

use std::borrow::Cow;
use std::ops::Range;

use super::lex::{self, Lexeme};

/// Brackets nested deeper than this are an error.
pub(super) const MAX_NESTING: usize = 64;

/// What the grammar is shown. The extra levels are the parentheses of an
/// annotation and the braces around it, which are no nesting of values.
const MAX_DEPTH: usize = MAX_NESTING + 4;

/// What the pass found; all ranges are bytes of the text.
#[derive(Debug)]
pub(super) struct Prescan<'t> {
    /// The text with blanks for what is nested too deep.
    pub(super) text: Cow<'t, str>,
    /// Every comment, without the line ending.
    pub(super) comments: Vec<Comment>,
    /// Invisible characters that are no blanks, neighbours together.
    pub(super) odd_spaces: Vec<Range<usize>>,
    /// What `text` does not show.
    pub(super) masked: Vec<Range<usize>>,
}

/// A comment.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    pub(super) range: Range<usize>,
    pub(super) kind: CommentKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum CommentKind {
    /// `#`
    Plain,
    /// `##`, not `###`, alone on its line.
    Doc,
    /// `##`, not `###`, after something else.
    TrailingDoc,
    /// `//`
    Slash,
}

/// Reads the text once.
pub(super) fn scan(text: &str) -> Prescan<'_> {
    let mut comments = Vec::new();
    let mut odd_spaces: Vec<Range<usize>> = Vec::new();
    let mut masked: Vec<Range<usize>> = Vec::new();
    let mut at = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
    // An upper bound of the brackets that the grammar has entered at `at`: it
    // leaves at least one at every closing bracket, and all of them at an `@`
    // and before a word that begins an item.
    let mut depth = 0_usize;
    let mut mask: Option<usize> = None;
    // Just after a word that begins an item, unless `=` or `:` follows.
    let mut item_word: Option<usize> = None;
    // Whether only blanks precede on this line.
    let mut line_is_blank = true;

    while at < text.len() {
        let (lexeme, end) = lex::token(text, at);
        let bytes = &text.as_bytes()[at..end];
        match lexeme {
            Lexeme::Space => {
                line_is_blank |= memchr::memchr(b'\n', bytes).is_some();
                at = end;
                continue;
            }
            Lexeme::OddSpace => {
                match odd_spaces.last_mut() {
                    Some(last) if last.end == at => last.end = end,
                    _ => odd_spaces.push(at..end),
                }
                at = end;
                continue;
            }
            Lexeme::Comment | Lexeme::SlashComment => {
                let kind = if lexeme == Lexeme::SlashComment {
                    CommentKind::Slash
                } else if !bytes.starts_with(b"##") || bytes.starts_with(b"###") {
                    CommentKind::Plain
                } else if line_is_blank {
                    CommentKind::Doc
                } else {
                    CommentKind::TrailingDoc
                };
                let carriage = usize::from(bytes.ends_with(b"\r"));
                comments.push(Comment {
                    range: at..end - carriage,
                    kind,
                });
                at = end;
                continue;
            }
            _ => {}
        }
        line_is_blank = false;
        let reset = match item_word.take() {
            Some(word) if !matches!(bytes[0], b'=' | b':') => Some(word),
            _ => (bytes[0] == b'@').then_some(at),
        };
        if let Some(reset) = reset {
            depth = 0;
            masked.extend(mask.take().map(|start| start..reset));
        }
        match lexeme {
            Lexeme::Word if lex::begins_item(&text[at..end]) => item_word = Some(at),
            Lexeme::Open => {
                depth += 1;
                if depth > MAX_DEPTH && mask.is_none() {
                    mask = Some(at);
                }
            }
            Lexeme::Close => {
                depth = depth.saturating_sub(1);
                if depth <= MAX_DEPTH {
                    masked.extend(mask.take().map(|start| start..end));
                }
            }
            _ => {}
        }
        at = end;
    }
    masked.extend(mask.map(|start| start..text.len()));

    Prescan {
        text: hide(text, &masked),
        comments,
        odd_spaces,
        masked,
    }
}

/// The text with blanks in the place of every byte of `ranges`.
fn hide<'t>(text: &'t str, ranges: &[Range<usize>]) -> Cow<'t, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for range in ranges {
        shown.push_str(&text[from..range.start]);
        shown.extend(std::iter::repeat_n(' ', range.len()));
        from = range.end;
    }
    shown.push_str(&text[from..]);
    Cow::Owned(shown)
}
