//! What every token is, for colours: what the grammar knows, and what its names stand for.

use super::Analysis;
use super::symbols::{self, NameKind, Symbol};
use crate::source::{FileId, Span};
use crate::syntax::{self, TokenKind};

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token {
    /// As the grammar has it.
    Plain(TokenKind),
    /// The key of an option or of a map.
    Option,
    /// A name; whether it is defined here.
    Name(NameKind, bool),
}

/// The tokens of a file, without blanks and signs, in order, and none in another: a name in a string
/// divides it.
#[must_use]
pub fn tokens(analysis: &Analysis, file: FileId) -> Vec<(Token, Span)> {
    let mut known: Vec<(Token, Span)> = symbols::occurrences(analysis, file)
        .into_iter()
        .filter_map(|found| {
            let token = match found.symbol {
                Symbol::Name(kind, definition) => Token::Name(kind, definition == found.span),
                Symbol::Option(..) | Symbol::Field(_) => Token::Option,
                Symbol::File(_) | Symbol::Annotation(_) | Symbol::Queue(_) | Symbol::Size(_) => {
                    return None;
                }
            };
            Some((token, found.span))
        })
        .collect();
    known.sort_by_key(|(_, span)| (span.start, span.end));
    let mut known = known.into_iter().peekable();
    let mut tokens = Vec::new();
    for (kind, span) in syntax::tokens(&analysis.checked.sources, file) {
        if matches!(
            kind,
            TokenKind::Whitespace | TokenKind::Punctuation | TokenKind::Junk
        ) {
            continue;
        }
        let mut at = span.start;
        while let Some((token, name)) = known.next_if(|(_, name)| name.start < span.end) {
            if name.start < at || name.end > span.end {
                continue;
            }
            if at < name.start {
                let end = name.start;
                tokens.push((
                    Token::Plain(kind),
                    Span {
                        start: at,
                        end,
                        ..span
                    },
                ));
            }
            tokens.push((token, name));
            at = name.end;
        }
        if at < span.end {
            tokens.push((Token::Plain(kind), Span { start: at, ..span }));
        }
    }
    tokens
}
