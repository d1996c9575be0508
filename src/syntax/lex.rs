//! The tokens of the grammar, read by hand.
//!
//! The same tokens as in `grammar/flow.pest`, without knowing what they are
//! for: enough to find comments and to count brackets before pest runs, and to
//! colour what lies between its pairs afterwards.

use pest::unicode;

use crate::ascii::is_word;

/// What a token looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lexeme {
    /// Blanks and newlines.
    Space,
    /// One of the invisible characters that web pages put between words.
    OddSpace,
    /// `#` to the end of the line.
    Comment,
    /// `//` to the end of the line.
    SlashComment,
    /// `"…"` or `"""…"""`, perhaps unclosed.
    String,
    /// The quotes of other languages.
    ForeignString,
    /// A keyword, a name, or what was meant to be one.
    Word,
    /// Anything that begins like a number.
    Number,
    /// `(`, `[` or `{`
    Open,
    /// `)`, `]` or `}`
    Close,
    /// Any other character.
    Other,
}

/// The token at `at`, which is a character boundary before the end: what it is, and its end.
#[inline]
pub(super) fn token(text: &str, at: usize) -> (Lexeme, usize) {
    let bytes = text.as_bytes();
    let byte = |n: usize| bytes.get(n).copied().unwrap_or(0);
    match byte(at) {
        b' ' | b'\n' | b'\t' | b'\r' => {
            let blank = |b: &u8| matches!(b, b' ' | b'\n' | b'\t' | b'\r');
            let length = bytes[at..].iter().take_while(|b| blank(b)).count();
            (Lexeme::Space, at + length)
        }
        0x0B | 0x0C => (Lexeme::OddSpace, at + 1),
        b'#' => (Lexeme::Comment, line_end(bytes, at)),
        b'/' if byte(at + 1) == b'/' => (Lexeme::SlashComment, line_end(bytes, at)),
        b'"' => (Lexeme::String, quoted(bytes, at, b'"')),
        b'\'' => (Lexeme::ForeignString, quoted(bytes, at, b'\'')),
        b'(' | b'[' | b'{' => (Lexeme::Open, at + 1),
        b')' | b']' | b'}' => (Lexeme::Close, at + 1),
        b'0'..=b'9' => (Lexeme::Number, number_end(bytes, at)),
        b'-' if byte(at + 1).is_ascii_digit() => (Lexeme::Number, number_end(bytes, at + 1)),
        b'.' if byte(at + 1).is_ascii_digit() => (Lexeme::Number, number_end(bytes, at + 1)),
        b'-' if byte(at + 1) == b'.' && byte(at + 2).is_ascii_digit() => {
            (Lexeme::Number, number_end(bytes, at + 2))
        }
        b'.' if byte(at + 1) == b'.' => (Lexeme::Other, at + 2),
        b if is_word(b) => (Lexeme::Word, word_end(text, at)),
        b if b.is_ascii() => (Lexeme::Other, at + 1),
        _ => other(text, at),
    }
}

fn other(text: &str, at: usize) -> (Lexeme, usize) {
    let Some(c) = text[at..].chars().next() else {
        return (Lexeme::Other, text.len());
    };
    let end = at + c.len_utf8();
    match c {
        '\u{200B}' | '\u{FEFF}' => (Lexeme::OddSpace, end),
        c if c.is_whitespace() => (Lexeme::OddSpace, end),
        '\u{201C}' => {
            let stop = |c: char| matches!(c, '\u{201C}' | '\u{201D}' | '\n');
            let length = text[end..].find(stop).unwrap_or(text.len() - end);
            let close = text[end + length..].chars().next();
            let close = close.filter(|&c| c != '\n').map_or(0, char::len_utf8);
            (Lexeme::ForeignString, end + length + close)
        }
        c if unicode::XID_START(c) => (Lexeme::Word, word_end(text, at)),
        _ => (Lexeme::Other, end),
    }
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n)
}

/// The end of a literal in `quote`s, single or triple, that begins at `at`.
fn quoted(bytes: &[u8], at: usize, quote: u8) -> usize {
    let triple = [quote; 3];
    if bytes[at..].starts_with(&triple) {
        let from = at + 3;
        return memchr::memmem::find(&bytes[from..], &triple).map_or(bytes.len(), |n| from + n + 3);
    }
    let mut from = at + 1;
    while let Some(n) = memchr::memchr3(quote, b'\\', b'\n', &bytes[from..]) {
        from += n;
        match bytes[from] {
            b'\n' => return from,
            b'\\' if bytes.get(from + 1).is_some_and(|&b| b != b'\n') => from += 2,
            b'\\' => from += 1,
            _ => return from + 1,
        }
    }
    bytes.len()
}

/// Where a literal in single or double quotes has a backslash before a quote or a backslash.
pub(super) fn escapes(literal: &[u8]) -> impl Iterator<Item = usize> {
    let raw = literal.starts_with(b"\"\"\"") || literal.starts_with(b"'''");
    let mut at = if raw { literal.len() } else { 0 };
    std::iter::from_fn(move || {
        loop {
            let escape = at + memchr::memchr(b'\\', &literal[at..])?;
            at = (escape + 2).min(literal.len());
            if matches!(literal.get(escape + 1), Some(b'"' | b'\'' | b'\\')) {
                return Some(escape);
            }
        }
    })
}

fn number_end(bytes: &[u8], mut at: usize) -> usize {
    let byte = |n: usize| bytes.get(n).copied().unwrap_or(0);
    loop {
        at += match byte(at) {
            b'e' | b'E' if matches!(byte(at + 1), b'+' | b'-') && byte(at + 2).is_ascii_digit() => {
                3
            }
            b'.' if byte(at + 1).is_ascii_digit() => 2,
            b if is_word(b) => 1,
            _ => return at,
        };
    }
}

/// The end of the word that begins at `at`: its characters, and each `-` or
/// `.` that has one of them after it.
fn word_end(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    let char_len = |at: usize| match bytes.get(at) {
        Some(&b) if b.is_ascii() => usize::from(is_word(b)),
        Some(_) => {
            let c = text[at..]
                .chars()
                .next()
                .filter(|&c| unicode::XID_CONTINUE(c));
            c.map_or(0, char::len_utf8)
        }
        None => 0,
    };
    loop {
        // Most are of ASCII.
        at += bytes[at..].iter().take_while(|b| is_word(**b)).count();
        let sign = usize::from(matches!(bytes.get(at), Some(b'-' | b'.')));
        match char_len(at + sign) {
            0 => return at,
            length => at += sign + length,
        }
    }
}

/// The words that begin an item or a statement.
pub(super) const STATEMENTS: [&str; 10] = [
    "import", "let", "profile", "flow", "param", "step", "join", "gather", "run", "next",
];

/// Whether the language has a meaning of its own for a word.
pub(super) fn is_reserved(word: &str) -> bool {
    begins_item(word) || matches!(word, "run" | "next" | "foreach" | "in" | "true" | "false")
}

/// Whether a word begins an item of a file or a flow.
pub(super) fn begins_item(word: &str) -> bool {
    matches!(
        word,
        "import" | "let" | "profile" | "flow" | "param" | "step" | "join" | "gather"
    )
}

/// Whether a word has the form of a name.
pub(super) fn is_name(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.iter().all(|&b| is_word(b))
}
