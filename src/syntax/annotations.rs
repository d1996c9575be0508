//! Annotations and their arguments, and what separates arguments and elements.

use super::ast::{Annotation, Arg, Name, Value, ValueKind};
use super::build::{Builder, excerpt};
use super::lex;
use super::string::Dollar;
use super::{Pair, Rule};
use crate::codes::syntax as codes;
use crate::diagnostic::{Diagnostic, Edit};
use crate::source::Span;

/// Decorators of Metaflow that mean nothing here, so that it does not matter what they hold.
const METAFLOW: [&str; 8] = [
    "schedule",
    "trigger",
    "trigger_on_finish",
    "conda",
    "conda_base",
    "pypi",
    "pypi_base",
    "catch",
];

/// An element of arguments or of a map, before its key is judged.
pub(super) struct Argument<'i> {
    pub(super) first: Pair<'i>,
    pub(super) sign: Option<Pair<'i>>,
    /// Whether a sign and a value follow `first`, or should.
    pub(super) second: Option<Pair<'i>>,
    pub(super) tail: Option<Pair<'i>>,
}

impl<'i> Argument<'i> {
    pub(super) fn read(pair: Pair<'i>) -> Option<Self> {
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

    /// Where the last of it ends, with all that clings to its value.
    pub(super) fn end(&self) -> usize {
        let last = self.tail.as_ref().or(self.second.as_ref());
        last.unwrap_or(&self.first).end()
    }

    pub(super) fn is_bare_name(&self) -> bool {
        self.first.as_rule() == Rule::name && self.second.is_none()
    }
}

impl Builder<'_> {
    pub(super) fn annotation(&mut self, pair: Pair<'_>) -> Option<Annotation> {
        let at = self.at(pair.start(), pair.start() + 1);
        let span = self.span(&pair);
        let mut name = None;
        let inner = pair.into_inner();
        // The first of them is the name.
        let mut args = Vec::with_capacity(inner.clone().skip(1).count());
        let mut broken = false;
        let mut colons = Vec::new();
        let mut comma = None;
        for pair in inner {
            match pair.as_rule() {
                Rule::any_name | Rule::name => {
                    self.meaningless = METAFLOW.contains(&pair.as_str());
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
                        let named = name.is_some_and(|name| {
                            &self.text[name.span.range()] == "use" && argument.is_bare_name()
                        });
                        if spaced || !self.missing_comma(&missed, &argument, named) {
                            broken = true;
                            if std::mem::take(&mut self.spoiled)
                                && let Some(value) = args.last_mut().and_then(arg_value)
                            {
                                value.kind = ValueKind::Error;
                            }
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
        self.meaningless = false;
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
        let said = self.source(pair).trim_matches(['"', '\'']);
        let diagnostic = Diagnostic::new(
            &codes::BAD_KEY,
            span,
            format!(
                "`{}` is not the name of an option",
                excerpt(self.source(pair))
            ),
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

    /// Reports that a comma is missing before `next`. Returns whether `next` can be used; in lists,
    /// and where a name is an argument of its own, it need not be of the form `key = value`.
    pub(super) fn missing_comma(
        &mut self,
        pair: &Pair<'_>,
        next: &Argument<'_>,
        alone: bool,
    ) -> bool {
        let end = self.token_end(0, pair.start());
        if self.error_end.is_some_and(|error| error >= end) {
            // Already inside a mistake; it ends at a comma or where a key begins.
            if next.second.is_none() {
                self.error_until(next.end());
            }
            return next.second.is_some();
        }
        let insert = self.at(end, end);
        let first = self.token(&next.first);
        let word = next.first.as_str();
        if next.second.is_none()
            && matches!(word, "for" | "if" | "else" | "and" | "or" | "not" | "is")
        {
            let (message, help) = match word {
                "for" => (
                    "there are no comprehensions: a list holds its values",
                    "write the values out; a fan-out over numbers is written `next step foreach item in 0..3`",
                ),
                _ => (
                    "there are no expressions here",
                    "a value is written as it is; decide in the program that a step runs",
                ),
            };
            self.spoiled = true;
            self.error(Diagnostic::new(&codes::CONTROL_FLOW, first, message).help(help));
            return false;
        }
        // `image="x:1, platform="ec2"`: the first string ends where the second one should begin.
        let joined = end == first.start as usize && self.text[..end].ends_with('"');
        if joined && matches!(next.first.as_rule(), Rule::name | Rule::number) {
            self.spoiled = true;
            let line = self.text[..end - 1].rfind(['"', '\n']).unwrap_or(0);
            let said = &self.text[line..end - 1];
            let diagnostic = Diagnostic::new(
                &codes::UNCLOSED_STRING,
                self.at(end - 1, first.end as usize),
                "a string ends here, and a word follows it directly",
            )
            .help("a `\"` seems to be missing before this one, or in front of the string");
            // Where a further option begins, its comma was meant to stand outside.
            let comma = said.rfind(',').filter(|&comma| {
                let key = said[comma + 1..].trim();
                key.strip_suffix(['=', ':'])
                    .is_some_and(|key| lex::is_name(key.trim()))
            });
            self.error(match comma {
                Some(comma) => {
                    let close = self.at(line + comma, line + comma);
                    diagnostic.suggest("write `\"`", close, "\"")
                }
                None => diagnostic,
            });
            self.error_until(first.end as usize);
            return false;
        }
        let strings = next.second.is_none() && next.first.as_rule() == Rule::string;
        let diagnostic = Diagnostic::new(&codes::MISSING_COMMA, insert, "a comma is missing")
            .help("commas stand between the elements; one after the last is welcome as well");
        let edits = vec![Edit {
            span: insert,
            text: ",".to_owned(),
        }];
        // Python joins neighbouring strings, so that two of them may have been meant as one; and a
        // value alone is no option of an annotation, with or without a comma.
        let certain = !strings && (next.second.is_some() || alone);
        self.sink
            .push(diagnostic.fix_edits("write `,`", certain, edits));
        if next.second.is_none() && !strings && self.depth == 0 && !alone {
            self.error_until(next.end());
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

    pub(super) fn wrong_sign(&mut self, sign: &Pair<'_>) {
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
    pub(super) fn punctuation(&mut self, pair: &Pair<'_>) {
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

fn arg_value(arg: &mut Arg) -> Option<&mut Value> {
    arg.value.as_mut()
}
