//! The tokens of a file, for editors and the formatter.

use super::lex::{self, Lexeme};
use super::pairs::{Items, Pair};
use super::{Rule, prescan};
use crate::source::{FileId, Sources, Span};

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TokenKind {
    /// A reserved word where it has its meaning.
    Keyword,
    /// A name, or the key of an argument.
    Name,
    /// The name of an annotation, with its `@` before it.
    Annotation,
    /// The type of a param.
    Type,
    /// A number or a size.
    Number,
    /// A string.
    String,
    /// Brackets, commas and signs.
    Punctuation,
    /// A comment, without the end of its line.
    Comment,
    /// Blanks and newlines.
    Whitespace,
    /// Text that fits nowhere.
    Junk,
}

/// Every byte of a file exactly once, in order.
#[must_use]
pub fn tokens(sources: &Sources, file: FileId) -> Vec<(TokenKind, Span)> {
    let text = &*sources.file(file).text;
    let marks = marks(text);
    let mut marks = marks.iter().peekable();
    let mut tokens = Vec::with_capacity(text.len() / 4);
    let mut at = 0;
    while at < text.len() {
        while marks.next_if(|mark| mark.end <= at).is_some() {}
        let mark = marks.peek().filter(|mark| mark.start <= at);
        let (lexeme, end) = lex::token(text, at);
        let kind = match (lexeme, mark.map(|mark| mark.rule)) {
            (Lexeme::Space | Lexeme::OddSpace, _) => TokenKind::Whitespace,
            (Lexeme::Comment | Lexeme::SlashComment, _) => TokenKind::Comment,
            (_, Some(Rule::name | Rule::new_name | Rule::target | Rule::variable)) => {
                TokenKind::Name
            }
            (_, Some(Rule::any_name)) => TokenKind::Annotation,
            (_, Some(Rule::type_name)) => TokenKind::Type,
            (_, Some(Rule::foreign_string)) => TokenKind::String,
            (_, Some(_)) => TokenKind::Junk,
            (Lexeme::String | Lexeme::ForeignString, None) => TokenKind::String,
            (Lexeme::Number, None) => TokenKind::Number,
            (Lexeme::Word, None) if lex::is_reserved(&text[at..end]) => TokenKind::Keyword,
            (Lexeme::Word, None) => TokenKind::Name,
            (Lexeme::Open | Lexeme::Close | Lexeme::Other, None) => TokenKind::Punctuation,
        };
        let kind = match kind {
            TokenKind::Name if matches!(&text[at..end], "true" | "false") => TokenKind::Keyword,
            kind => kind,
        };
        tokens.push((kind, Span::new(file, at, end)));
        at = end;
    }
    tokens
}

/// A stretch that the grammar knows more about than its letters say.
struct Mark {
    start: usize,
    end: usize,
    rule: Rule,
}

fn marks(text: &str) -> Vec<Mark> {
    let shown = prescan::shown(text, &prescan::scan(text));
    Items::new(&shown)
        .flat_map(Pair::flatten)
        .filter(|pair| {
            matches!(
                pair.as_rule(),
                Rule::name
                    | Rule::new_name
                    | Rule::odd_name
                    | Rule::any_name
                    | Rule::type_name
                    | Rule::target
                    | Rule::variable
                    | Rule::foreign_string
                    | Rule::junk
                    | Rule::junk_value
                    | Rule::header_junk
                    | Rule::tail
                    | Rule::second_word
                    | Rule::type_args
                    | Rule::call
                    | Rule::stray_brace
                    | Rule::python_line
                    | Rule::self_next
            )
        })
        .map(|pair| Mark {
            rule: pair.as_rule(),
            start: pair.start(),
            end: pair.end(),
        })
        .collect()
}

/// The tokens of a part of a text that begins with one, as far as their letters alone say what they
/// are: a [`TokenKind::Name`] may be anything that is a word.
#[must_use]
pub fn lexemes(
    text: &str,
    range: std::ops::Range<usize>,
) -> Vec<(TokenKind, std::ops::Range<usize>)> {
    let mut lexemes = Vec::new();
    let mut at = range.start;
    while at < range.end.min(text.len()) {
        let (lexeme, end) = lex::token(text, at);
        let kind = match lexeme {
            Lexeme::Space | Lexeme::OddSpace => TokenKind::Whitespace,
            Lexeme::Comment | Lexeme::SlashComment => TokenKind::Comment,
            Lexeme::String | Lexeme::ForeignString => TokenKind::String,
            Lexeme::Number => TokenKind::Number,
            Lexeme::Word if lex::is_reserved(&text[at..end]) => TokenKind::Keyword,
            Lexeme::Word => TokenKind::Name,
            Lexeme::Open | Lexeme::Close | Lexeme::Other => TokenKind::Punctuation,
        };
        lexemes.push((kind, at..end));
        at = end;
    }
    lexemes
}

/// Whether a text has a flow, as far as its words tell: no more of it is read than up to there.
#[must_use]
pub fn has_flow(text: &str) -> bool {
    let mut depth = 0usize;
    let mut at = 0;
    while at < text.len() {
        let (lexeme, end) = lex::token(text, at);
        match lexeme {
            Lexeme::Open => depth += 1,
            Lexeme::Close => depth = depth.saturating_sub(1),
            Lexeme::Word if depth == 0 && &text[at..end] == "flow" => return true,
            _ => {}
        }
        at = end;
    }
    false
}

/// Whether a word can name something.
#[must_use]
pub fn is_name(word: &str) -> bool {
    lex::is_name(word) && !lex::is_reserved(word)
}
