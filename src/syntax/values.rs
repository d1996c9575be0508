//! Annotations, arguments and values.

use std::borrow::Cow;
use std::collections::HashMap;

use super::annotations::Argument;
use super::ast::{Entry, Key, Name, Str, StrContent, Value, ValueKind};
use super::build::{Builder, excerpt};
use super::lex;
use super::number;
use super::prescan::MAX_NESTING;
use super::string::Dollar;
use super::{Pair, Rule};
use crate::codes::syntax as codes;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// The values there are.
pub(super) const VALUES: &str = "a value is a number, a size such as `8GiB`, `true` or `false`, a string, a list, a map, or the name of a let or param";

impl Builder<'_> {
    /// The elements of a list.
    fn list(&mut self, pair: Pair<'_>, dollar: Dollar) -> Vec<Value> {
        let open = self.at(pair.start(), pair.start() + 1);
        let mut values: Vec<Value> = Vec::new();
        let mut comma: Option<Pair<'_>> = None;
        for pair in pair.into_inner() {
            match pair.as_rule() {
                Rule::missing_comma => comma = Some(pair),
                Rule::missing_bracket => self.unclosed(&pair, open, "this list", "]"),
                Rule::tail => {
                    if !self.tail(Some(&pair))
                        && let Some(last) = values.last_mut()
                    {
                        last.kind = ValueKind::Error;
                    }
                }
                Rule::stray_comma | Rule::other_comma => self.punctuation(&pair),
                _ => {
                    if let Some(missed) = comma.take() {
                        let argument = Argument {
                            first: pair.clone(),
                            sign: None,
                            second: None,
                            tail: None,
                        };
                        if self.spaced_size(values.last_mut(), &argument)
                            || !self.missing_comma(&missed, &argument, true)
                        {
                            if std::mem::take(&mut self.spoiled)
                                && let Some(last) = values.last_mut()
                            {
                                last.kind = ValueKind::Error;
                            }
                            continue;
                        }
                    }
                    values.extend(self.value(pair, dollar));
                }
            }
        }
        values
    }

    /// The entries of a map, without those that were not understood.
    fn map(&mut self, pair: Pair<'_>) -> Vec<Entry> {
        let open = self.at(pair.start(), pair.start() + 1);
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = HashMap::new();
        let mut comma: Option<Pair<'_>> = None;
        for pair in pair.into_inner() {
            match pair.as_rule() {
                Rule::missing_comma => comma = Some(pair),
                Rule::missing_brace => self.unclosed(&pair, open, "this map", "}"),
                Rule::argument => {
                    let missed = comma.take();
                    let Some(argument) = Argument::read(pair) else {
                        continue;
                    };
                    if let Some(missed) = missed {
                        let last = entries.last_mut().map(|entry| &mut entry.value);
                        if self.spaced_size(last, &argument)
                            || !self.missing_comma(&missed, &argument, false)
                        {
                            if std::mem::take(&mut self.spoiled)
                                && let Some(last) = entries.last_mut()
                            {
                                last.value.kind = ValueKind::Error;
                            }
                            continue;
                        }
                    }
                    let Some(entry) = self.entry(argument) else {
                        continue;
                    };
                    let key = self.key_text(&entry.key);
                    let span = entry.key.span();
                    if let Some(&first) = seen.get(&key) {
                        self.error(
                            Diagnostic::new(
                                &codes::DUPLICATE_KEY,
                                span,
                                format!("the key `{key}` stands twice in this map"),
                            )
                            .label(first, "first here")
                            .help("keep one of the two"),
                        );
                        continue;
                    }
                    seen.insert(key, span);
                    entries.push(entry);
                }
                _ => self.punctuation(&pair),
            }
        }
        entries
    }

    fn entry(&mut self, argument: Argument<'_>) -> Option<Entry> {
        let end = argument.end();
        let key_span = self.token(&argument.first);
        let key = match argument.first.as_rule() {
            Rule::name => Some(Key::Name(Name { span: key_span })),
            Rule::string => Some(Key::Str(self.string(&argument.first, Dollar::Forbidden))),
            Rule::foreign_string => Some(Key::Str(
                self.foreign_string(&argument.first, Dollar::Forbidden),
            )),
            _ => None,
        };
        let Some(second) = argument.second else {
            if !self.follows_error(key_span.start as usize) {
                self.error(
                    Diagnostic::new(
                        &codes::MISSING_VALUE,
                        key_span.after(),
                        "the value of this key is missing",
                    )
                    .label(key_span, "the key")
                    .help("a map holds `key = value`; a list of values stands in `[` and `]`"),
                );
            }
            self.error_until(end);
            return None;
        };
        if let Some(sign) = argument.sign.filter(|sign| sign.as_str() != ":") {
            self.wrong_sign(&sign);
        }
        if let Some(Key::Name(name)) = &key {
            let word = &self.text[name.span.range()];
            if lex::is_reserved(word) || !lex::is_name(word) {
                self.error(
                    Diagnostic::new(
                        if lex::is_reserved(word) {
                            &codes::RESERVED_WORD
                        } else {
                            &codes::INVALID_NAME
                        },
                        key_span,
                        format!("`{word}` cannot be a bare key"),
                    )
                    .help("a key that is no name stands in quotes")
                    .fix("put it into quotes", key_span, format!("\"{word}\"")),
                );
            }
        }
        if key.is_none() {
            self.error(
                Diagnostic::new(
                    &codes::BAD_KEY,
                    key_span,
                    format!(
                        "`{}` cannot be a key",
                        excerpt(self.source(&argument.first))
                    ),
                )
                .help("a key is a name or a string"),
            );
        }
        if second.as_rule() == Rule::missing_value {
            self.missing_value(&second, "key");
            return None;
        }
        let value = self.value(second, Dollar::Interpolates)?;
        let kind = if self.tail(argument.tail.as_ref()) {
            value.kind
        } else {
            ValueKind::Error
        };
        Some(Entry {
            key: key?,
            value: Value {
                span: value.span,
                kind,
            },
        })
    }

    /// What a key says, so that `a` and `"a"` are one.
    fn key_text(&self, key: &Key) -> Cow<'static, str> {
        match key {
            Key::Name(Name { span })
            | Key::Str(Str {
                content: StrContent::Verbatim(span),
                ..
            }) => self.text[span.range()].to_owned().into(),
            Key::Str(Str {
                content: StrContent::Decoded(text),
                ..
            }) => text.to_string().into(),
            Key::Str(Str {
                content: StrContent::Pieces(_) | StrContent::Error,
                ..
            }) => "".into(),
        }
    }

    /// A value; `None` where none was written.
    pub(super) fn value(&mut self, pair: Pair<'_>, dollar: Dollar) -> Option<Value> {
        let span = self.token(&pair);
        let kind = match pair.as_rule() {
            Rule::string => ValueKind::Str(self.string(&pair, dollar)),
            Rule::number => self.number(&pair),
            Rule::name => self.name_value(&pair),
            Rule::foreign_string => ValueKind::Str(self.foreign_string(&pair, dollar)),
            Rule::list | Rule::map => {
                let span = self.span(&pair);
                return Some(Value {
                    span,
                    kind: self.nested(pair, span, dollar),
                });
            }
            Rule::junk_value => {
                self.unexpected(span, "where a value should stand", VALUES);
                ValueKind::Error
            }
            _ => return None,
        };
        Some(Value { span, kind })
    }

    fn nested(&mut self, pair: Pair<'_>, span: Span, dollar: Dollar) -> ValueKind {
        if self.depth == MAX_NESTING {
            self.too_deep(self.at(span.start as usize, span.start as usize + 1));
            self.error_until(span.end as usize);
            self.deep.push(span);
            return ValueKind::Error;
        }
        self.depth += 1;
        let kind = if pair.as_rule() == Rule::list {
            ValueKind::List(self.list(pair, dollar))
        } else {
            ValueKind::Map(self.map(pair))
        };
        self.depth -= 1;
        kind
    }

    fn name_value(&mut self, pair: &Pair<'_>) -> ValueKind {
        let span = self.token(pair);
        let word = pair.as_str();
        match word {
            "true" => return ValueKind::Bool(true),
            "false" => return ValueKind::Bool(false),
            "True" | "False" | "TRUE" | "FALSE" => {
                let right = word.to_ascii_lowercase();
                if self.meaningless {
                    return ValueKind::Bool(right == "true");
                }
                self.error(
                    Diagnostic::new(
                        &codes::PYTHON_LITERAL,
                        span,
                        format!("`{word}` is written `{right}`"),
                    )
                    .fix(format!("write `{right}`"), span, right.clone()),
                );
                return ValueKind::Bool(right == "true");
            }
            "None" | "null" | "nil" => self.none(pair, None),
            _ if lex::is_reserved(word) => self.error(
                Diagnostic::new(
                    &codes::RESERVED_WORD,
                    span,
                    format!("`{word}` is a word of the language, not a value"),
                )
                .help("if it is meant as text, put it into quotes")
                .suggest("put it into quotes", span, format!("\"{word}\"")),
            ),
            _ if !lex::is_name(word) => self.error(
                Diagnostic::new(&codes::INVALID_NAME, span, format!("`{word}` is no value"))
                    .help("text stands in quotes; a bare word is the name of a let or param")
                    .suggest("put it into quotes", span, format!("\"{word}\"")),
            ),
            _ => return ValueKind::Name,
        }
        ValueKind::Error
    }

    fn number(&mut self, pair: &Pair<'_>) -> ValueKind {
        let span = self.token(pair);
        let problem = match number::classify(pair.as_str()) {
            Ok(kind) => return kind,
            Err(problem) => problem,
        };
        self.malformed(span, problem);
        ValueKind::Error
    }

    /// `8 GiB`: a number, and then a unit on its own.
    pub(super) fn spaced_size(
        &mut self,
        before: Option<&mut Value>,
        argument: &Argument<'_>,
    ) -> bool {
        let Some(before) = before else { return false };
        if !argument.is_bare_name()
            || !matches!(before.kind, ValueKind::Int(_) | ValueKind::Decimal(_))
        {
            return false;
        }
        let Some(unit) = number::unit_meant(argument.first.as_str()) else {
            return false;
        };
        self.spaced(before, self.token(&argument.first), unit);
        true
    }

    fn spaced(&mut self, before: &mut Value, unit_span: Span, unit: &str) {
        let span = before.span.to(unit_span);
        let joined = format!("{}{unit}", &self.text[before.span.range()]);
        let meant = match number::classify(&joined) {
            Ok(_) => Some(joined),
            Err(number::Malformed::Size(meant)) => meant,
            Err(_) => None,
        };
        *before = Value {
            span,
            kind: ValueKind::Error,
        };
        self.malformed(span, number::Malformed::Size(meant));
    }

    /// A value outside of brackets, with what clings to it.
    pub(super) fn whole_value(&mut self, pair: Pair<'_>, rest: Option<&Pair<'_>>) -> Option<Value> {
        let mut value = self.value(pair, Dollar::Interpolates)?;
        let Some(rest) = rest else { return Some(value) };
        let unit = match rest.as_rule() {
            Rule::unit => number::unit_meant(rest.as_str()),
            _ => None,
        };
        match (unit, &value.kind) {
            (Some(unit), ValueKind::Int(_) | ValueKind::Decimal(_)) => {
                self.spaced(&mut value, self.token(rest), unit);
            }
            _ => {
                self.tail(Some(rest));
                value.kind = ValueKind::Error;
            }
        }
        Some(value)
    }

    /// Judges the text that clings to the end of a value. Returns whether there is none.
    pub(super) fn tail(&mut self, tail: Option<&Pair<'_>>) -> bool {
        let Some(tail) = tail else { return true };
        self.unexpected(self.token(tail), "after a value", "there are no expressions here: a value is written as it is, and `\"${name}\"` puts the value of a name into text");
        false
    }

    pub(super) fn missing_value(&mut self, pair: &Pair<'_>, of: &str) {
        self.missing(
            pair,
            &codes::MISSING_VALUE,
            &format!("the value of this {of}"),
            |diagnostic| diagnostic.help(VALUES),
        );
    }
}
