//! What people paste: Python, Metaflow, shell and other languages.

use super::Pair;
use super::ast::{Str, StrContent};
use super::blocks::Head;
use super::build::{Builder, excerpt};
use super::number::Malformed;
use super::statements::TYPES;
use super::string::{Decoder, Dollar, is_closed};
use crate::codes::syntax as codes;
use crate::diagnostic::{Diagnostic, Edit};
use crate::source::Span;

impl Builder<'_> {
    // ── Values ──────────────────────────────────────────────────────────────

    /// A string in the quotes of another language, or with a prefix.
    pub(super) fn foreign_string(&mut self, pair: &Pair<'_>, dollar: Dollar) -> Str {
        let span = self.token(pair);
        let (start, end) = (span.start as usize, span.end as usize);
        let token = &self.text[span.range()];
        let prefix = token.len()
            - token
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let quoted = &token[prefix..];
        let lost = Str {
            span,
            content: StrContent::Error,
        };
        if !is_closed(quoted) {
            self.unclosed_string(start + prefix, end);
            return lost;
        }
        let triple = ["\"\"\"", "'''"]
            .into_iter()
            .find(|quotes| quoted.starts_with(quotes));
        let length = match triple {
            Some(_) => 3,
            None => quoted.chars().next().map_or(1, char::len_utf8),
        };
        let inner = &quoted[length..quoted.len() - length];
        let raw_prefix = token[..prefix].eq_ignore_ascii_case("r");
        let format_prefix = token[..prefix].eq_ignore_ascii_case("f");
        // In double quotes, and in none but double quotes, `"` needs a backslash.
        let mut meant = if triple.is_some() {
            format!("\"\"\"{inner}\"\"\"")
        } else if quoted.starts_with('"') {
            quoted.to_owned()
        } else {
            format!("\"{}\"", requote(inner))
        };
        if raw_prefix && triple.is_none() {
            meant = format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\""));
        }
        let mut certain = true;
        if format_prefix {
            certain = triple.is_none() && !meant.contains(['{', '}']);
            meant = meant
                .replace("${", "{")
                .replace('{', "${")
                .replace("${${", "{")
                .replace("}}", "}");
        }
        let diagnostic = if prefix > 0 {
            let help = match format_prefix {
                true => {
                    "every string interpolates: `\"${name}\"` puts in the value of a let or param; in `run`, `$name` is the shell's"
                }
                false => "a string has no prefix; `\"\"\"` is raw",
            };
            Diagnostic::new(
                &codes::STRING_PREFIX,
                self.at(start, start + prefix),
                format!("a string has no prefix `{}`", &token[..prefix]),
            )
            .help(help)
        } else {
            Diagnostic::new(
                &codes::SINGLE_QUOTES,
                span,
                "a string stands in double quotes",
            )
            .help("write `\"…\"`")
        };
        self.error(diagnostic.fix_edits(
            format!("write `{}`", excerpt(&meant)),
            certain && triple.is_none_or(|_| prefix > 0 || !inner.contains('\\')),
            vec![Edit { span, text: meant }],
        ));
        if prefix > 0 && !quoted.starts_with('"') || format_prefix || triple == Some("'''") {
            return lost;
        }
        // What the string says is not in doubt where the quotes are one byte long.
        if length == 1 || triple.is_some() {
            let single = quoted.starts_with('\'');
            return Decoder {
                text: self.text,
                file: self.file,
                sink: self.sink,
                single,
            }
            .decode(start + prefix, end, dollar);
        }
        Str {
            span,
            content: StrContent::Verbatim(self.at(start + length, end - length)),
        }
    }

    /// `None` as a value; `argument` is the argument that it is the value of.
    pub(super) fn none(&mut self, pair: &Pair<'_>, argument: Option<Span>) {
        if self.meaningless {
            return;
        }
        let span = self.token(pair);
        let mut diagnostic = Diagnostic::new(
            &codes::PYTHON_LITERAL,
            span,
            format!("there is no `{}`", pair.as_str()),
        )
        .help("an option that is left out has its default");
        if let Some(argument) = argument {
            let comma = self.text[argument.end as usize..].starts_with(", ");
            let end = argument.end as usize + if comma { 2 } else { 0 };
            diagnostic =
                diagnostic.suggest("leave it out", self.at(argument.start as usize, end), "");
        }
        self.error(diagnostic);
    }

    pub(super) fn malformed(&mut self, span: Span, problem: Malformed) {
        let text = &self.text[span.range()];
        const SIZES: &str = "a size is a whole number directly followed by `KiB`, `MiB`, `GiB` or `TiB`, in steps of 1024";
        let (code, message, help, meant) = match problem {
            Malformed::LeadingZero(meant) => (
                &codes::MALFORMED_NUMBER,
                format!("`{text}` begins with a zero"),
                "numbers are decimal, without leading zeros",
                Some(meant),
            ),
            Malformed::Underscore(meant) => (
                &codes::MALFORMED_NUMBER,
                format!("a `_` of `{text}` stands in the wrong place"),
                "`_` stands between two digits: `1_000`",
                Some(meant),
            ),
            Malformed::BarePoint(meant) => (
                &codes::MALFORMED_NUMBER,
                format!("`{text}` has no digit before the point"),
                "write the zero",
                Some(meant),
            ),
            Malformed::TooLarge => (
                &codes::MALFORMED_NUMBER,
                format!("`{text}` is too large"),
                if text.contains(['e', 'E', '.']) {
                    "decimal numbers reach to about 1.8e308"
                } else {
                    "integers have 64 bits"
                },
                None,
            ),
            Malformed::Size(meant) => (
                &codes::MALFORMED_SIZE,
                format!("`{text}` is not a size"),
                SIZES,
                meant,
            ),
            Malformed::NegativeSize => (
                &codes::MALFORMED_SIZE,
                format!("`{text}` is a size below zero"),
                SIZES,
                None,
            ),
            Malformed::Other => (
                &codes::MALFORMED_NUMBER,
                format!("`{}` is not a number", excerpt(text)),
                "a number is written `16`, `1_000`, `0.5` or `1e-4`; text stands in quotes",
                None,
            ),
        };
        let mut diagnostic = Diagnostic::new(code, span, message).help(help);
        if let Some(meant) = meant {
            diagnostic = diagnostic.suggest(format!("write `{meant}`"), span, meant);
        }
        self.error(diagnostic);
    }

    // ── Statements ──────────────────────────────────────────────────────────

    pub(super) fn semicolon(&mut self, pair: &Pair<'_>) {
        let span = self.token(pair);
        if self.known_semicolon == Some(span.start as usize) {
            return;
        }
        if self.follows_error(span.start as usize) {
            return self.error_until(span.end as usize);
        }
        // Before a bracket it does not end anything either: what it stands for is unknown.
        let rest = self.text[span.end as usize..].trim_start_matches([' ', '\t']);
        let certain = !rest.starts_with(['(', '[', '{', ';']);
        let edit = Edit {
            span,
            text: String::new(),
        };
        self.sink.push(
            Diagnostic::new(
                &codes::SEMICOLON,
                span,
                "nothing ends with a semicolon here",
            )
            .fix_edits("remove it", certain, vec![edit]),
        );
    }

    /// `run: "…"`, `next -> a`
    pub(super) fn statement_sign(&mut self, pair: &Pair<'_>, word: &str) {
        let span = self.token(pair);
        let start = span.start as usize;
        let before = &self.text[..start];
        let after = &self.text[span.end as usize..];
        // Keep one blank between the word and what follows.
        let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
        let whole = if before.ends_with([' ', '\t']) {
            self.at(start, span.end as usize + blanks)
        } else {
            span
        };
        let blank = if before.ends_with([' ', '\t', '\n']) || after.starts_with([' ', '\t', '\n']) {
            ""
        } else {
            " "
        };
        self.sink.push(
            Diagnostic::new(
                &codes::STATEMENT_SIGN,
                span,
                format!("nothing stands between `{word}` and what follows"),
            )
            .fix(format!("remove the `{}`", pair.as_str()), whole, blank),
        );
    }

    /// `const x = 1`, perhaps with a `;` at the end of `item`
    pub(super) fn other_let(&mut self, pair: &Pair<'_>, item: Span) {
        let span = self.token(pair);
        let mut edits = vec![Edit {
            span,
            text: "let".to_owned(),
        }];
        let after = &self.text[item.end as usize..];
        let rest = after.trim_start_matches([' ', '\t']);
        if rest.starts_with(';') {
            let semicolon = self.text.len() - rest.len();
            self.known_semicolon = Some(semicolon);
            edits.push(Edit {
                span: self.at(semicolon, semicolon + 1),
                text: String::new(),
            });
        }
        // In the wrong place, it has been reported.
        if self.error_end == Some(span.end as usize) {
            return;
        }
        self.sink.push(
            Diagnostic::new(
                &codes::LET_FORM,
                span,
                format!("`{}` is written `let`", pair.as_str()),
            )
            .fix_edits("write `let`", true, edits),
        );
    }

    /// `let x: string = 1`, `let x: 1`, `let x := 1`
    pub(super) fn let_colon(&mut self, colon: &Pair<'_>, ty: Option<&Pair<'_>>) {
        let span = self.token(colon);
        self.sink.push(match ty {
            Some(ty) => {
                let whole = span.to(self.token(ty));
                Diagnostic::new(&codes::LET_FORM, whole, "a let has no type")
                    .help("its type is that of its value; a param has a type")
                    .fix("remove it", whole, "")
            }
            None => {
                let blank = self.text[..span.start as usize].ends_with(' ');
                Diagnostic::new(&codes::LET_FORM, span, "a let is written with `=`").fix(
                    "write `=`",
                    span,
                    if blank { "=" } else { " =" },
                )
            }
        });
    }

    /// `param int x` or `param x int`. Returns whether the first word is the type.
    pub(super) fn second_word(&mut self, first: Span, second: Span) -> bool {
        let is_type = |span: Span| {
            matches!(
                &self.text[span.range()],
                "string" | "str" | "int" | "float" | "bool"
            )
        };
        let swapped = is_type(first) && !is_type(second);
        let (a, b) = (&self.text[first.range()], &self.text[second.range()]);
        let whole = first.to(second);
        let meant = if swapped {
            format!("{b}: {a}")
        } else {
            format!("{a}: {b}")
        };
        let diagnostic = Diagnostic::new(
            &codes::PARAM_FORM,
            whole,
            "the type of a param stands after its name and a colon",
        )
        .help(TYPES)
        .fix(format!("write `{meant}`"), whole, meant);
        self.sink.push(diagnostic);
        swapped
    }

    /// `param x: list[string]`
    pub(super) fn type_args(&mut self, args: Span, ty: &str) {
        self.error(
            Diagnostic::new(
                &codes::PARAM_FORM,
                args,
                format!("`{ty}` takes nothing in brackets"),
            )
            .help("params are `string`, `int`, `float` or `bool`; a list is written in a let"),
        );
    }

    /// `step start:`, in a block that ends at `limit`
    pub(super) fn block_colon(&mut self, colon: Span, head: &Head, what: &str, limit: usize) {
        let start = head.junk.map_or(colon, |junk| junk);
        if self.follows_error(start.start as usize) {
            return self.error_until(colon.end as usize);
        }
        let end = self.indented_end(colon.end as usize, limit);
        let base = self.indentation(colon.start as usize);
        let mut edits = vec![Edit {
            span: colon,
            text: " {".to_owned(),
        }];
        // A `}` just below the colon's line already closes the body.
        let rest = self.text[end..].trim_start();
        let brace = self.text.len() - rest.len();
        if !rest.starts_with('}') || self.indentation(brace).len() < base.len() {
            edits.push(Edit {
                span: self.at(end, end),
                text: format!("\n{base}}}"),
            });
        }
        self.error(
            Diagnostic::new(&codes::BLOCK_COLON, colon, format!("the body of a {what} stands between `{{` and `}}`"))
                .help("indentation means nothing here: write `{` here and `}` after the last line of the body")
                .fix_edits("write `{` and `}`", false, edits),
        );
    }
}

/// The text of a literal in single quotes, fit for double quotes.
fn requote(inner: &str) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => match chars.next() {
                Some('\'') => text.push('\''),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
            _ => text.push(c),
        }
    }
    text
}
