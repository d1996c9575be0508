//! Imports, lets and params.

use super::ast::{Doc, Import, Let, Name, Param};
use super::build::Builder;
use super::string::Dollar;
use super::{Pair, Rule};
use crate::codes::syntax as codes;
use crate::diagnostic::Diagnostic;

/// The types of params.
pub(super) const TYPES: &str =
    "a param is written `param name: type`, the type being `string`, `int`, `float` or `bool`";

impl Builder<'_> {
    pub(super) fn import(&mut self, pair: Pair<'_>) -> Import {
        let span = self.span(&pair);
        let mut path = None;
        for pair in pair.into_inner() {
            match pair.as_rule() {
                Rule::string => path = Some(self.string(&pair, Dollar::Forbidden)),
                Rule::foreign_string => path = Some(self.foreign_string(&pair, Dollar::Forbidden)),
                Rule::name => {
                    let span = self.token(&pair);
                    let word = pair.as_str();
                    let mut diagnostic = Diagnostic::new(&codes::IMPORT_PATH, span, "the path of an import is a string")
                        .help("flowbatch imports other `.flow` files, by a path relative to this one: `import \"platform.flow\"`");
                    if word.ends_with(".flow") {
                        diagnostic =
                            diagnostic.fix("put it into quotes", span, format!("\"{word}\""));
                    }
                    self.error(diagnostic);
                }
                _ => self.missing(
                    &pair,
                    &codes::IMPORT_PATH,
                    "the path of this import",
                    |diagnostic| {
                        diagnostic.help("write it as a string: `import \"platform.flow\"`")
                    },
                ),
            }
        }
        Import { span, path }
    }

    pub(super) fn let_item(&mut self, pair: Pair<'_>, doc: Doc) -> Option<Let> {
        let span = self.span(&pair);
        let mut name: Option<Name> = None;
        let mut colon = None;
        let mut values = Vec::new();
        let mut value = None;
        let mut rest = None;
        for pair in pair.into_inner() {
            match pair.as_rule() {
                Rule::other_let => self.other_let(&pair, span),
                Rule::new_name | Rule::odd_name => {
                    name = self.new_name(&pair, format_args!("a let"))
                }
                Rule::missing_name => {
                    self.missing(&pair, &codes::MISSING_NAME, "the name of this let", |d| d);
                }
                Rule::missing_equals => {
                    self.missing(
                        &pair,
                        &codes::MISSING_EQUALS,
                        "the `=` of this let",
                        |diagnostic| match diagnostic.primary() {
                            Some(span) => diagnostic.help("write `let name = value`").suggest(
                                "write ` =`",
                                span,
                                " =",
                            ),
                            None => diagnostic,
                        },
                    );
                }
                Rule::missing_value => self.missing_value(&pair, "let"),
                Rule::let_colon => colon = Some(pair),
                Rule::tail | Rule::unit => rest = Some(pair),
                _ => values.push(pair),
            }
        }
        // Of `let x: string = "a"`, the value is the last.
        let last = values.pop();
        if let Some(colon) = colon {
            self.let_colon(&colon, values.first());
        }
        if let Some(last) = last {
            value = self.whole_value(last, rest.as_ref());
        }
        Some(Let {
            span,
            doc,
            name: name?,
            value,
        })
    }

    pub(super) fn param(&mut self, pair: Pair<'_>, doc: Doc) -> Option<Param> {
        let span = self.span(&pair);
        let mut name_pair = None;
        let mut ty = None;
        let mut typed = false;
        let mut default = None;
        let mut missing_default = None;
        let mut rest = None;
        let mut lost_type = false;
        for pair in pair.into_inner() {
            match pair.as_rule() {
                Rule::new_name | Rule::odd_name => name_pair = Some(pair),
                Rule::missing_name => {
                    typed = true;
                    self.missing(&pair, &codes::MISSING_NAME, "the name of this param", |d| d);
                }
                Rule::type_name => {
                    typed = true;
                    ty = Some(Name {
                        span: self.token(&pair),
                    });
                }
                Rule::type_args => {
                    let args = self.token(&pair);
                    let name = ty.map_or("", |ty: Name| &self.text[ty.span.range()]);
                    self.type_args(args, name);
                    lost_type = true;
                }
                Rule::missing_type => {
                    typed = true;
                    self.missing(&pair, &codes::MISSING_TYPE, "the type of this param", |d| {
                        d.help(TYPES)
                    });
                }
                Rule::second_word => {
                    typed = true;
                    let second = self.token(&pair);
                    if let Some(first) = &name_pair {
                        let first_span = self.token(first);
                        let swapped = self.second_word(first_span, second);
                        ty = Some(Name {
                            span: if swapped { first_span } else { second },
                        });
                        if swapped {
                            name_pair = Some(pair);
                        }
                    }
                }
                Rule::missing_value => missing_default = Some(pair),
                Rule::tail | Rule::unit => rest = Some(pair),
                _ => default = Some(pair),
            }
        }
        let name = match &name_pair {
            Some(pair) => self.new_name(pair, format_args!("a param")),
            None => None,
        };
        if let (false, Some(name)) = (typed, name) {
            self.missing_type(name, default.as_ref());
        }
        if let Some(pair) = &missing_default {
            self.missing_value(pair, "param");
        }
        let has_default = default.is_some() || missing_default.is_some();
        let default = default.and_then(|pair| self.whole_value(pair, rest.as_ref()));
        Some(Param {
            span,
            doc,
            name: name?,
            ty: ty.filter(|_| !lost_type),
            has_default,
            default,
        })
    }

    fn missing_type(&mut self, name: Name, default: Option<&Pair<'_>>) {
        let insert = name.span.after();
        if self.follows_error(insert.start as usize) {
            return;
        }
        let mut diagnostic = Diagnostic::new(
            &codes::MISSING_TYPE,
            insert,
            "the type of this param is missing",
        )
        .help(TYPES);
        let meant = default.and_then(|pair| match pair.as_rule() {
            Rule::string | Rule::foreign_string => Some("string"),
            Rule::number if pair.as_str().contains(['.', 'e', 'E']) => Some("float"),
            Rule::number => Some("int"),
            Rule::name if matches!(pair.as_str(), "true" | "false" | "True" | "False") => {
                Some("bool")
            }
            _ => None,
        });
        if let Some(meant) = meant {
            diagnostic =
                diagnostic.suggest(format!("write `: {meant}`"), insert, format!(": {meant}"));
        }
        // The name itself is sound, so that the rest of the line still counts.
        self.sink.push(diagnostic);
    }
}
