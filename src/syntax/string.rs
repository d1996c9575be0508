//! What a string literal says.

use super::ast::{Name, Piece, Str, StrContent};
use super::lex::is_name;
use crate::codes::syntax as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// What `$` means in a string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dollar {
    /// `${name}` stands for the value of a name.
    Interpolates,
    /// There is nothing to interpolate in an import's path or a map's key.
    Forbidden,
    /// It belongs to the shell, and so does the backslash before it.
    Shell,
    /// It belongs to the program that is run.
    Program,
}

/// Decodes literals of one file.
pub(super) struct Decoder<'a> {
    pub(super) text: &'a str,
    pub(super) file: FileId,
    pub(super) sink: &'a mut Diagnostics,
    /// Whether the literal stands in single quotes, which has been reported.
    pub(super) single: bool,
}

impl Decoder<'_> {
    /// The literal at `start..end`. An unclosed one has been reported by then.
    pub(super) fn decode(&mut self, start: usize, end: usize, dollar: Dollar) -> Str {
        let token = &self.text[start..end];
        if let Some(at) = memchr::memchr(0, token.as_bytes()) {
            let span = Span::new(self.file, start + at, start + at + 1);
            self.sink.push(
                Diagnostic::new(&codes::INVISIBLE_CHARACTER, span, "a NUL in a string").help(
                    "no argument and no environment variable can hold one; is this file text?",
                ),
            );
        }
        let content = if let Some(inner) = token.strip_prefix("\"\"\"") {
            let inner = inner.strip_suffix("\"\"\"").unwrap_or(inner);
            self.raw(start + 3, inner.len())
        } else {
            let close = usize::from(is_closed(token));
            self.escaped(start + 1, (end - close).max(start + 1), dollar)
        };
        Str {
            span: Span::new(self.file, start, end),
            content,
        }
    }

    fn raw(&self, start: usize, length: usize) -> StrContent {
        let inner = &self.text[start..start + length];
        let said = dedent(inner);
        if said == inner {
            StrContent::Verbatim(Span::new(self.file, start, start + length))
        } else {
            StrContent::Decoded(said.into())
        }
    }

    fn escaped(&mut self, start: usize, end: usize, dollar: Dollar) -> StrContent {
        let inner = &self.text[start..end];
        let special = match dollar {
            Dollar::Interpolates | Dollar::Forbidden => {
                memchr::memchr2(b'\\', b'$', inner.as_bytes())
            }
            Dollar::Shell | Dollar::Program => memchr::memchr(b'\\', inner.as_bytes()),
        };
        if special.is_none() {
            return StrContent::Verbatim(Span::new(self.file, start, end));
        }
        let before = self.sink.as_slice().len();
        let mut pieces = Vec::new();
        let mut said = String::with_capacity(inner.len());
        let mut at = start;
        while let Some(n) = memchr::memchr2(b'\\', b'$', &self.text.as_bytes()[at..end]) {
            said.push_str(&self.text[at..at + n]);
            at += n;
            at = if self.text.as_bytes()[at] == b'\\' {
                self.escape(at, end, dollar, &mut said)
            } else if self.text[at..end].starts_with("${") && dollar == Dollar::Interpolates {
                self.interpolation(at, end, &mut said, &mut pieces)
            } else {
                if self.text[at..end].starts_with("${") && dollar == Dollar::Forbidden {
                    self.forbidden(at);
                }
                said.push('$');
                at + 1
            };
        }
        said.push_str(&self.text[at..end]);
        if self.sink.as_slice().len() > before {
            return StrContent::Error;
        }
        if pieces.is_empty() {
            return StrContent::Decoded(said.into());
        }
        if !said.is_empty() {
            pieces.push(Piece::Text(said.into()));
        }
        StrContent::Pieces(pieces.into())
    }

    /// The escape at `at`; returns its end.
    fn escape(&mut self, at: usize, end: usize, dollar: Dollar, said: &mut String) -> usize {
        let Some(c) = self.text[at + 1..end].chars().next() else {
            return end; // the string is unclosed
        };
        let after = at + 1 + c.len_utf8();
        match c {
            '"' | '\\' => said.push(c),
            '\'' if self.single => said.push(c),
            'n' => said.push('\n'),
            't' => said.push('\t'),
            'r' => said.push('\r'),
            '$' if dollar == Dollar::Shell => said.push_str("\\$"),
            '$' => said.push('$'),
            'u' => return self.unicode(at, end, said),
            _ => {
                let span = Span::new(self.file, at, after);
                let mut diagnostic =
                    Diagnostic::new(&codes::INVALID_ESCAPE, span, format!("unknown escape `\\{}`", c.escape_debug()))
                        .help("the escapes are \\\" \\\\ \\n \\t \\r \\$ and \\u{…}; a backslash itself is written `\\\\`");
                diagnostic = if c == '\'' {
                    diagnostic.fix("write `'`", span, "'")
                } else {
                    diagnostic.suggest("escape the backslash", span.before(), "\\")
                };
                self.sink.push(diagnostic);
                said.push(c);
            }
        }
        after
    }

    /// `\u{1F600}` at `at`; returns its end.
    fn unicode(&mut self, at: usize, end: usize, said: &mut String) -> usize {
        let rest = &self.text[at + 2..end];
        let digits = rest.strip_prefix('{').map(|rest| {
            let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
            (&rest[..length], rest[length..].starts_with('}'))
        });
        let (after, c) = match digits {
            Some((digits, true)) => {
                let code = u32::from_str_radix(digits, 16).ok();
                let code = code.filter(|&code| code != 0);
                (at + 4 + digits.len(), code.and_then(char::from_u32))
            }
            Some((digits, false)) => (at + 3 + digits.len(), None),
            None => (at + 2, None),
        };
        match c {
            Some(c) => said.push(c),
            None => {
                let span = Span::new(self.file, at, after);
                let message = format!("`{}` is no character", &self.text[at..after]);
                self.sink
                    .push(Diagnostic::new(&codes::INVALID_ESCAPE, span, message).help(
                        "write the number of a Unicode character in hexadecimal, as in `\\u{e9}`",
                    ));
            }
        }
        after
    }

    /// `${name}` at `at`; returns its end.
    fn interpolation(
        &mut self,
        at: usize,
        end: usize,
        said: &mut String,
        pieces: &mut Vec<Piece>,
    ) -> usize {
        let rest = &self.text.as_bytes()[at + 2..end];
        let close = memchr::memchr2(b'}', b'$', rest).filter(|&n| rest[n] == b'}');
        let name = close.map(|n| &self.text[at + 2..at + 2 + n]);
        if let Some(name) = name.filter(|name| is_name(name)) {
            if !said.is_empty() {
                pieces.push(Piece::Text(std::mem::take(said).into()));
            }
            let span = Span::new(self.file, at + 2, at + 2 + name.len());
            pieces.push(Piece::Name(Name { span }));
            return at + 3 + name.len();
        }
        let after = name.map_or(at + 2, |name| at + 3 + name.len());
        let span = Span::new(self.file, at, after);
        let message = match name {
            None => "`${` is not closed".to_owned(),
            Some("") => "`${}` holds no name".to_owned(),
            Some(name) => format!("`{name}` is not a name"),
        };
        let mut diagnostic = Diagnostic::new(&codes::INVALID_INTERPOLATION, span, message).help(
            "`${name}` puts in the value of one let or param, there are no expressions; \
             write `\\${` for the two characters themselves",
        );
        let trimmed = name.map(str::trim).filter(|name| is_name(name));
        diagnostic = match trimmed {
            Some(name) => diagnostic.fix("remove the blanks", span, format!("${{{name}}}")),
            None => diagnostic.suggest("escape the `$`", span.before(), "\\"),
        };
        self.sink.push(diagnostic);
        said.push_str(&self.text[at..after]);
        after
    }

    fn forbidden(&mut self, at: usize) {
        let span = Span::new(self.file, at, at + 2);
        self.sink.push(
            Diagnostic::new(
                &codes::INVALID_INTERPOLATION,
                span,
                "nothing is put into the path of an import or the key of a map",
            )
            .help("write the text itself, or `\\${` for the two characters")
            .suggest("escape the `$`", span.before(), "\\"),
        );
    }
}

/// Whether a string token has its closing quotes.
pub(super) fn is_closed(token: &str) -> bool {
    let quote = match token.chars().next() {
        Some('\u{201C}') => {
            return token
                .chars()
                .skip(1)
                .any(|c| matches!(c, '\u{201C}' | '\u{201D}'));
        }
        Some(quote) => quote,
        None => return false,
    };
    let triple = if quote == '\'' { "'''" } else { "\"\"\"" };
    if let Some(inner) = token.strip_prefix(triple) {
        return inner.ends_with(triple);
    }
    let Some(inner) = token[1..].strip_suffix(quote) else {
        return false;
    };
    let slashes = inner.bytes().rev().take_while(|&b| b == b'\\').count();
    slashes % 2 == 0
}

/// What a raw string says: see "Syntax" in the language's documentation.
fn dedent(inner: &str) -> String {
    let mut text = inner.replace("\r\n", "\n");
    if text.starts_with('\n') {
        text.remove(0);
    }
    if let Some((before, last)) = text.rsplit_once('\n') {
        if last.trim_ascii().is_empty() {
            text.truncate(before.len());
        }
    } else if inner.starts_with(['\r', '\n']) && text.trim_ascii().is_empty() {
        text.clear();
    }
    let indentation = text
        .split('\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .map(indentation)
        .reduce(common_prefix)
        .unwrap_or_default()
        .to_owned();
    if indentation.is_empty() {
        return text;
    }
    let mut said = String::with_capacity(text.len());
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            said.push('\n');
        }
        said.push_str(&line[common_prefix(line, &indentation).len()..]);
    }
    said
}

fn indentation(line: &str) -> &str {
    let length = line
        .bytes()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    &line[..length]
}

fn common_prefix<'t>(a: &'t str, b: &str) -> &'t str {
    let length = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    // A prefix of blanks, so always on a character boundary.
    a.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_strings() {
        let table = [
            ("a", "a"),
            ("", ""),
            ("\n  a\n  b\n", "a\nb"),
            ("\n    a\n      b\n  ", "a\n  b"),
            ("\r\n  a\r\n\r\n  b\r\n  ", "a\n\nb"),
            ("\n\ta\n\t b\n", "a\n b"),
            ("\n\ta\n  b\n", "\ta\n  b"),
            ("a\n  b", "a\n  b"),
            ("  a", "a"),
            ("\n  a\n \n  b\n", "a\n\nb"),
            ("\n\n", ""),
            ("\n  ", ""),
        ];
        for (inner, said) in table {
            assert_eq!(dedent(inner), said, "{inner:?}");
        }
    }

    #[test]
    fn closing_quotes() {
        let table = [
            (r#""a""#, true),
            (r#"""#, false),
            (r#""""#, true),
            (r#""a\""#, false),
            (r#""a\\""#, true),
            (r#"""""#, false),
            (r#"""""a"""#, false),
            (r#""""a""""#, true),
            (r#""""""""#, true),
            ("'''", false),
            ("''", true),
        ];
        for (token, closed) in table {
            assert_eq!(is_closed(token), closed, "{token}");
        }
    }
}
