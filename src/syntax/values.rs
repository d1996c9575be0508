//! Annotations, arguments and values.

use std::borrow::Cow;
use std::collections::HashMap;

use super::ast::{Annotation, Arg, Entry, Key, Name, Str, StrContent, Value, ValueKind};
use super::build::{Builder, excerpt};
use super::lex;
use super::number;
use super::prescan::MAX_NESTING;
use super::string::Dollar;
use super::{Pair, Rule};
use crate::codes::syntax as codes;
use crate::diagnostic::{Diagnostic, Edit};
use crate::source::Span;

/// An element of arguments or of a map, before its key is judged.
struct Argument<'i> {
    first: Pair<'i>,
    sign: Option<Pair<'i>>,
    /// Whether a sign and a value follow `first`, or should.
    second: Option<Pair<'i>>,
    tail: Option<Pair<'i>>,
}

impl<'i> Argument<'i> {
    fn read(pair: Pair<'i>) -> Option<Self> {
        let mut inner = pair.into_inner();
        let mut argument = Self {
            first: inner.next()?,
            sign: None,
            second: None,
            tail: None,
        };
        for pair in inner {
            match pair.as_rule() {
                Rule::other_sign => argument.sign = Some(pair),
                Rule::tail => argument.tail = Some(pair),
                _ => argument.second = Some(pair),
            }
        }
        Some(argument)
    }

    fn is_bare_name(&self) -> bool {
        self.first.as_rule() == Rule::name && self.second.is_none()
    }
}

impl Builder<'_> {
    pub(super) fn annotation(&mut self, pair: Pair<'_>) -> Option<Annotation> {
        let at = self.at(pair.as_span().start(), pair.as_span().start() + 1);
        let span = self.span(&pair);
        let mut name = None;
        let mut args = Vec::new();
        let mut broken = false;
        let mut colons = Vec::new();
        let mut comma = None;
        let mut inner = pair.into_inner().peekable();
        while let Some(pair) = inner.next() {
            match pair.as_rule() {
                Rule::any_name | Rule::name => {
                    name = Some(Name {
                        span: self.token(&pair),
                    })
                }
                Rule::missing_name => {
                    self.missing(&pair, &codes::MISSING_NAME, "the name of an annotation", |diagnostic| {
                        diagnostic.help("write one of the annotations, such as `@batch(cpu=2)`, or remove the `@`")
                    });
                }
                Rule::argument => {
                    let missed = comma.take();
                    let Some(argument) = Argument::read(pair) else {
                        continue;
                    };
                    // `8 GiB` is one mistake, and so is a value that clings to a broken one.
                    if let Some(missed) = missed {
                        let spaced =
                            self.spaced_size(args.last_mut().and_then(arg_value), &argument);
                        if spaced || !self.missing_comma(&missed, &argument) {
                            broken = true;
                            continue;
                        }
                    }
                    match self.argument(argument, &mut colons) {
                        Some(arg) => {
                            broken |= arg.value.is_none();
                            args.push(arg);
                        }
                        None => broken = true,
                    }
                }
                Rule::missing_comma => comma = Some(pair),
                Rule::missing_paren => {
                    broken = true;
                    let open = self.at(
                        span.start as usize,
                        name.map_or(at, |name| name.span).end as usize,
                    );
                    self.unclosed(&pair, open, "these arguments", ")");
                }
                _ => self.punctuation(&pair),
            }
        }
        self.colons(&colons);
        Some(Annotation {
            span,
            name: name?,
            args,
            broken,
        })
    }

    /// `key = value` or a value in an annotation.
    fn argument(&mut self, argument: Argument<'_>, colons: &mut Vec<Span>) -> Option<Arg> {
        let start = self.token(&argument.first);
        let Some(second) = &argument.second else {
            let value = self.value(argument.first, Dollar::Interpolates)?;
            let clean = self.tail(argument.tail.as_ref());
            return clean.then_some(Arg {
                span: value.span,
                key: None,
                value: Some(value),
            });
        };
        let key = self.argument_key(&argument.first);
        if let Some(sign) = &argument.sign {
            match sign.as_str() {
                ":" => colons.push(self.token(sign)),
                _ => self.wrong_sign(sign),
            }
        }
        if second.as_rule() == Rule::missing_value {
            self.missing_value(second, "argument");
            return key.map(|key| Arg {
                span: start,
                key: Some(key),
                value: None,
            });
        }
        if second.as_rule() == Rule::name && matches!(second.as_str(), "None" | "null" | "nil") {
            self.none(second, Some(start.to(self.token(second))));
            return key.map(|key| Arg {
                span: start,
                key: Some(key),
                value: None,
            });
        }
        let value = self.value(second.clone(), Dollar::Interpolates);
        let clean = self.tail(argument.tail.as_ref());
        let span = value.as_ref().map_or(start, |value| start.to(value.span));
        Some(Arg {
            span,
            key: Some(key?),
            value: value.filter(|_| clean),
        })
    }

    fn argument_key(&mut self, pair: &Pair<'_>) -> Option<Name> {
        let span = self.token(pair);
        if pair.as_rule() == Rule::name {
            return Some(Name { span });
        }
        let said = pair.as_str().trim_matches(['"', '\'']);
        let diagnostic = Diagnostic::new(
            &codes::BAD_KEY,
            span,
            format!("`{}` is not the name of an option", excerpt(pair.as_str())),
        )
        .help("the options of an annotation are written as bare names: `cpu = 2`");
        if lex::is_name(said) {
            self.error(diagnostic.fix("remove the quotes", span, said));
            // The text between the quotes is the name that was meant.
            return Some(Name {
                span: self.at(span.start as usize + 1, span.end as usize - 1),
            });
        }
        self.error(diagnostic);
        None
    }

    /// The elements of a list.
    fn list(&mut self, pair: Pair<'_>, dollar: Dollar) -> Vec<Value> {
        let open = self.at(pair.as_span().start(), pair.as_span().start() + 1);
        let mut values: Vec<Value> = Vec::new();
        let mut comma: Option<Pair<'_>> = None;
        for pair in pair.into_inner() {
            match pair.as_rule() {
                Rule::missing_comma => comma = Some(pair),
                Rule::missing_bracket => self.unclosed(&pair, open, "this list", "]"),
                Rule::tail => {
                    if !self.tail(Some(&pair)) {
                        if let Some(last) = values.last_mut() {
                            last.kind = ValueKind::Error;
                        }
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
                            || !self.missing_comma(&missed, &argument)
                        {
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
        let open = self.at(pair.as_span().start(), pair.as_span().start() + 1);
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
                            || !self.missing_comma(&missed, &argument)
                        {
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
                    format!("`{}` cannot be a key", excerpt(argument.first.as_str())),
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
                content: StrContent::Pieces(_),
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
    fn spaced_size(&mut self, before: Option<&mut Value>, argument: &Argument<'_>) -> bool {
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
    fn tail(&mut self, tail: Option<&Pair<'_>>) -> bool {
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

    /// Reports that a comma is missing before `next`. Returns whether `next` can be used.
    fn missing_comma(&mut self, pair: &Pair<'_>, next: &Argument<'_>) -> bool {
        let end = self.token_end(0, pair.as_span().start());
        if self.error_end.is_some_and(|error| error >= end) {
            // Already inside a mistake; it ends at a comma or where a key begins.
            let first = self.token(&next.first);
            if next.second.is_none() {
                self.error_until(first.end as usize);
            }
            return next.second.is_some();
        }
        let insert = self.at(end, end);
        let strings = next.second.is_none() && next.first.as_rule() == Rule::string;
        let diagnostic = Diagnostic::new(&codes::MISSING_COMMA, insert, "a comma is missing")
            .help("commas stand between the elements; one after the last is welcome as well");
        let edits = vec![Edit {
            span: insert,
            text: ",".to_owned(),
        }];
        // Python joins neighbouring strings, so that two of them may have been meant as one.
        self.sink
            .push(diagnostic.fix_edits("write `,`", !strings, edits));
        if next.second.is_none() && !strings && self.depth == 0 {
            self.error_until(self.token(&next.first).end as usize);
            return false;
        }
        true
    }

    /// `:` where an annotation wants `=`: one diagnostic for all of an annotation.
    fn colons(&mut self, colons: &[Span]) {
        let Some((&first, others)) = colons.split_first() else {
            return;
        };
        let edits = colons.iter().map(|&span| {
            let before = self.text[..span.start as usize].ends_with(' ');
            let after = self.text[span.end as usize..].starts_with([' ', '\n']);
            let text = match (before, after) {
                (true, true) => "=",
                (true, false) => "= ",
                (false, true) => " =",
                (false, false) => "=",
            };
            Edit {
                span,
                text: text.to_owned(),
            }
        });
        let mut diagnostic = Diagnostic::new(
            &codes::COLON_IN_ANNOTATION,
            first,
            "an annotation takes `key = value`, with `=`",
        )
        .fix_edits("write `=`", true, edits.collect());
        for &other in others {
            diagnostic = diagnostic.label(other, "here too");
        }
        self.sink.push(diagnostic);
    }

    fn wrong_sign(&mut self, sign: &Pair<'_>) {
        let span = self.token(sign);
        self.sink.push(
            Diagnostic::new(
                &codes::WRONG_SIGN,
                span,
                format!("`{}` is written `=`", sign.as_str()),
            )
            .fix("write `=`", span, "="),
        );
    }

    /// A comma or semicolon between arguments that does not belong there.
    fn punctuation(&mut self, pair: &Pair<'_>) {
        let span = self.token(pair);
        match pair.as_rule() {
            Rule::stray_comma if !self.follows_error(span.start as usize) => {
                self.error(
                    Diagnostic::new(
                        &codes::UNEXPECTED_TEXT,
                        span,
                        "a comma with nothing before it",
                    )
                    .fix("remove it", span, ""),
                );
            }
            Rule::other_comma => {
                self.sink.push(
                    Diagnostic::new(&codes::SEMICOLON, span, "elements are separated by commas")
                        .fix("write `,`", span, ","),
                )
            }
            _ => {}
        }
    }
}

const VALUES: &str = "a value is a number, a size such as `8GiB`, `true` or `false`, a string, a list, a map, or the name of a let or param";

fn arg_value(arg: &mut Arg) -> Option<&mut Value> {
    arg.value.as_mut()
}
