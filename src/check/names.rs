//! Lets and params: what a name means, and what a value is once names are replaced.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use crate::check::load::Program;
use crate::codes::{names as codes, values};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::driver::{Settings, UsageError};
use crate::flow::Param;
use crate::source::{Sources, Span};
use crate::suggest;
use crate::syntax::ast::{self, ValueKind};
use crate::value::{Entry, Kind, Type, Value};

/// What a name of the shared namespace stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// A let, by its place in [`Names::lets`].
    Let(usize),
    /// A param, by its place in [`Names::params`].
    Param(usize),
}

/// The bytes and items that a let may have, names replaced: far more than any request takes.
const MAX_WEIGHT: u64 = 1 << 22;

/// A let and its value.
#[derive(Debug)]
pub struct LetValue<'a> {
    /// The name.
    pub name: &'a str,
    /// Where the name stands.
    pub span: Span,
    /// Which file it is in.
    file: usize,
    /// Its bytes and items; see [`MAX_WEIGHT`].
    weight: u64,
    /// The value.
    pub value: Value<'a>,
}

/// The lets of all files and the params of the flow.
pub struct Names<'a> {
    sources: &'a Sources,
    sees: &'a [Vec<bool>],
    /// Whether an import is missing, with what it would have defined.
    incomplete: bool,
    /// Names that a let and a param share, which has been reported.
    clashes: Vec<&'a str>,
    bindings: HashMap<&'a str, Binding>,
    /// All lets, in the order they were evaluated.
    pub lets: Vec<LetValue<'a>>,
    /// The params, in file order.
    pub params: Vec<Param<'a>>,
    /// Lets that stand further down or could not be bound, for better messages.
    declared: HashMap<&'a str, Span>,
    /// The variables of every foreach of the flow, for better messages.
    pub foreach_variables: HashMap<&'a str, Span>,
    /// How many more did-you-means may be computed: each compares with every name.
    suggestions: RefCell<u32>,
}

/// Where a value stands, which decides what it sees.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The index of its file.
    pub file: usize,
    /// Whether it sees params.
    pub params: bool,
}

impl<'a> Names<'a> {
    /// Evaluates all lets of `program`.
    pub fn new(program: &'a Program, sink: &mut Diagnostics) -> Self {
        let sources = &program.sources;
        let mut names = Self {
            sources,
            sees: &program.sees,
            incomplete: program.incomplete,
            clashes: Vec::new(),
            bindings: HashMap::new(),
            lets: Vec::new(),
            params: Vec::new(),
            declared: HashMap::new(),
            foreach_variables: HashMap::new(),
            suggestions: RefCell::new(100),
        };
        for file in &program.files {
            for item in &file.lets {
                let name = sources.text(item.name.span);
                names.declared.entry(name).or_insert(item.name.span);
            }
        }
        for (file, ast) in program.files.iter().enumerate() {
            for item in &ast.lets {
                names.add_let(file, item, sink);
            }
        }
        names
    }

    fn add_let(&mut self, file: usize, item: &'a ast::Let, sink: &mut Diagnostics) {
        let name = self.sources.text(item.name.span);
        let place = Place {
            file,
            params: false,
        };
        let weight = item.value.as_ref().map_or(0, |value| self.weight(value));
        let value = match &item.value {
            Some(value) if weight > MAX_WEIGHT => {
                sink.push(
                    Diagnostic::new(
                        &values::INTERPOLATION,
                        value.span,
                        format!("the value of `{name}` is too large"),
                    )
                    .help("lets that are put into lets, again and again, double each time"),
                );
                Value::new(value.span, Kind::Error)
            }
            Some(value) => self.eval(value, place, sink),
            None => Value::new(item.span, Kind::Error),
        };
        if let Some(&Binding::Let(first)) = self.bindings.get(name) {
            sink.push(duplicate(
                "let",
                name,
                item.name.span,
                self.lets[first].span,
            ));
            return;
        }
        self.bindings.insert(name, Binding::Let(self.lets.len()));
        self.lets.push(LetValue {
            name,
            span: item.name.span,
            file,
            weight,
            value,
        });
    }

    /// Bytes and items of a value once its names are replaced, without replacing them.
    fn weight(&self, value: &ast::Value) -> u64 {
        let of_name = |name: &str| match self.bindings.get(name) {
            Some(&Binding::Let(index)) => self.lets[index].weight,
            _ => 1,
        };
        match &value.kind {
            ValueKind::List(items) => items
                .iter()
                .fold(1, |sum, item| sum.saturating_add(self.weight(item))),
            ValueKind::Map(entries) => entries.iter().fold(1, |sum, entry| {
                sum.saturating_add(self.weight(&entry.value))
            }),
            ValueKind::Str(text) => match &text.content {
                ast::StrContent::Pieces(pieces) => pieces.iter().fold(1, |sum, piece| {
                    sum.saturating_add(match piece {
                        ast::Piece::Text(text) => text.len() as u64,
                        ast::Piece::Name(name) => of_name(self.sources.text(name.span)),
                    })
                }),
                _ => u64::from(text.span.end - text.span.start),
            },
            ValueKind::Name => of_name(self.sources.text(value.span)),
            _ => 1,
        }
    }

    /// Adds the flow's params, with the values that the configuration and `-p` give them.
    pub fn add_params(
        &mut self,
        flow: &'a ast::Flow,
        file: usize,
        config: &Config<'a>,
        settings: &'a Settings,
        usage: &mut Vec<UsageError>,
        sink: &mut Diagnostics,
    ) {
        let place = Place {
            file,
            params: false,
        };
        for item in &flow.params {
            let name = self.sources.text(item.name.span);
            let ty = item.ty.and_then(|word| self.param_type(word, sink));
            let default = item.default.as_ref().and_then(|written| {
                let value = self.eval(written, place, sink);
                match ty {
                    Some(ty) => fit(value, ty, sink, |value| {
                        Diagnostic::new(
                            &values::PARAM_DEFAULT_TYPE,
                            value.span,
                            format!(
                                "param `{name}` is {} {}, its default is {}",
                                article(ty),
                                ty.as_str(),
                                value.kind.describe()
                            ),
                        )
                        .label(item.ty.map_or(item.span, |word| word.span), "the type")
                    }),
                    None => None,
                }
            });
            match self.bindings.get(name).copied() {
                Some(Binding::Let(first)) => {
                    sink.push(duplicate(
                        "param",
                        name,
                        item.name.span,
                        self.lets[first].span,
                    ));
                    self.clashes.push(name);
                    continue;
                }
                Some(Binding::Param(first)) => {
                    sink.push(duplicate(
                        "param",
                        name,
                        item.name.span,
                        self.params[first].span,
                    ));
                    continue;
                }
                None => {}
            }
            if let Some(reason) = crate::check::variables::reserved_name(name) {
                sink.push(
                    Diagnostic::new(
                        &codes::RESERVED_VARIABLE,
                        item.name.span,
                        format!("a param cannot be named `{name}`"),
                    )
                    .help(format!(
                        "every param is an environment variable of its name, and {reason}"
                    )),
                );
            }
            self.bindings
                .insert(name, Binding::Param(self.params.len()));
            self.params.push(Param {
                name,
                span: item.name.span,
                ty: ty.unwrap_or(Type::String),
                has_default: item.has_default,
                default,
                given: None,
                fixed: RefCell::new(None),
                broken: ty.is_none() || (item.has_default && item.default.is_none()),
            });
        }
        for given in config.params.iter().chain(&config.env_params) {
            self.give_from_config(&given.name, &given.value, sink);
        }
        self.give_from_arguments(settings, usage, sink);
    }

    fn param_type(&self, word: ast::Name, sink: &mut Diagnostics) -> Option<Type> {
        let text = self.sources.text(word.span);
        if let Some(ty) = Type::parse(text) {
            return Some(ty);
        }
        let meant = match text {
            "str" | "String" | "text" => Some("string"),
            "integer" | "Int" | "i32" | "i64" | "long" => Some("int"),
            "double" | "number" | "Float" | "decimal" | "f64" => Some("float"),
            "boolean" | "Bool" => Some("bool"),
            _ => suggest::closest(text, Type::ALL.map(Type::as_str)),
        };
        let diagnostic = Diagnostic::new(
            &values::UNKNOWN_TYPE,
            word.span,
            format!("there is no type `{text}`"),
        )
        .help("a param is a `string`, an `int`, a `float` or a `bool`");
        sink.push(match meant {
            Some(meant) => diagnostic.fix(format!("write `{meant}`"), word.span, meant),
            None => diagnostic,
        });
        None
    }

    fn give_from_config(&mut self, name: &str, given: &Value<'a>, sink: &mut Diagnostics) {
        let Some(&Binding::Param(index)) = self.bindings.get(name) else {
            return; // another flow's
        };
        let param = &mut self.params[index];
        let (ty, span) = (param.ty, param.span);
        let value = fit(given.clone(), ty, sink, |value| {
            Diagnostic::new(
                &crate::codes::config::PARAM_VALUE,
                value.span,
                format!(
                    "param `{name}` is {} {}, not {}",
                    article(ty),
                    ty.as_str(),
                    value.kind.describe()
                ),
            )
            .label(span, "the param")
        });
        if let Some(value) = value {
            if value.as_str() == Some("")
                && param.default_text().is_some_and(|text| !text.is_empty())
            {
                sink.push(
                    Diagnostic::new(
                        &crate::codes::config::PARAM_VALUE,
                        value.span,
                        format!("an empty value cannot replace the default of param `{name}`"),
                    )
                    .label(span, "the param")
                    .help("AWS Batch drops an empty environment value and would keep the default"),
                );
                return;
            }
            if value.as_str() == Some("") && !param.has_default {
                sink.push(empty_given(name, value.span).label(span, "the param"));
            }
            param.given = Some(value);
        }
    }

    fn give_from_arguments(
        &mut self,
        settings: &'a Settings,
        usage: &mut Vec<UsageError>,
        sink: &mut Diagnostics,
    ) {
        let mut seen: Vec<&str> = Vec::new();
        for (name, text) in &settings.params {
            if seen.contains(&name.as_str()) {
                usage.push(UsageError::Other(format!("`-p {name}` is given twice")));
                continue;
            }
            seen.push(name);
            let Some(&Binding::Param(index)) = self.bindings.get(name.as_str()) else {
                let suggestion = suggest::closest(name, self.params.iter().map(|param| param.name));
                usage.push(UsageError::UnknownParam {
                    name: name.clone(),
                    suggestion: suggestion.map(str::to_owned),
                });
                continue;
            };
            let param = &mut self.params[index];
            if param.broken {
                continue;
            }
            let kind = match param.ty {
                Type::String => Some(Kind::Str(Cow::Borrowed(text.as_str()))),
                Type::Bool => match text.as_str() {
                    "true" => Some(Kind::Bool(true)),
                    "false" => Some(Kind::Bool(false)),
                    _ => None,
                },
                Type::Int | Type::Float => syntax_number(text)
                    .filter(|kind| matches!(kind, Kind::Int(..)) || param.ty == Type::Float),
            };
            let Some(kind) = kind else {
                let example = match param.ty {
                    Type::Bool => "`true` or `false`",
                    Type::Int => "a whole number such as 16",
                    _ => "a number such as 0.5",
                };
                usage.push(UsageError::Other(format!(
                    "`-p {name}={text}`: param `{name}` is {} {}; give {example}",
                    article(param.ty),
                    param.ty.as_str()
                )));
                continue;
            };
            if text.is_empty() && param.default_text().is_some_and(|text| !text.is_empty()) {
                usage.push(UsageError::Other(format!(
                    "`-p {name}=`: AWS Batch drops an empty environment value and would keep the \
                     default of param `{name}`"
                )));
                continue;
            }
            if text.is_empty() && !param.has_default {
                sink.push(empty_given(name, param.span));
            }
            param.given = Some(Value::new(param.span, kind));
        }
    }

    /// What a name stands for, where `place` sees it.
    #[must_use]
    pub fn lookup(&self, name: &str, place: Place) -> Option<Binding> {
        let binding = *self.bindings.get(name)?;
        let visible = match binding {
            Binding::Let(index) => self.sees[place.file][self.lets[index].file],
            Binding::Param(_) => place.params,
        };
        visible.then_some(binding)
    }

    /// What a name stands for, wherever it is seen from.
    #[must_use]
    pub fn binding(&self, name: &str) -> Option<Binding> {
        self.bindings.get(name).copied()
    }

    /// Whether a let and a param share the name, which has been reported.
    #[must_use]
    pub fn is_clash(&self, name: &str) -> bool {
        self.clashes.contains(&name)
    }

    /// Where a binding was defined.
    #[must_use]
    pub fn span_of(&self, binding: Binding) -> Span {
        match binding {
            Binding::Let(index) => self.lets[index].span,
            Binding::Param(index) => self.params[index].span,
        }
    }

    /// Reports a name that is not seen from `place`.
    pub fn unknown(&self, name: ast::Name, place: Place, sink: &mut Diagnostics) {
        let text = self.sources.text(name.span);
        let diagnostic = Diagnostic::new(
            &codes::UNKNOWN_NAME,
            name.span,
            format!("nothing here is named `{text}`"),
        );
        sink.push(match self.bindings.get(text) {
            Some(&Binding::Let(index)) => diagnostic
                .label(self.lets[index].span, "it is defined in a file that this one does not import")
                .help("import that file here"),
            Some(&Binding::Param(index)) => diagnostic
                .label(self.params[index].span, "the param")
                .help("lets, profiles and the defaults of params do not see params"),
            None if self.incomplete => return,
            None => match (self.declared.get(text), self.foreach_variables.get(text)) {
                (Some(&span), _) if span.file != name.span.file => diagnostic
                    .label(span, "it is defined in a file that this one does not import")
                    .help("a file sees its own lets and those it imports: move that one into a file that both import"),
                (Some(&span), _) => diagnostic
                    .label(span, "it is defined here")
                    .help("a let sees only the lets above it; move that one up"),
                (None, Some(&span)) => diagnostic.label(span, "the foreach variable").help(
                    "a foreach variable has a value only while the job runs: use it in a `run` script",
                ),
                (None, None) => match self.suggestion(text, place) {
                    Some(meant) => {
                        let message = format!("write `{meant}`");
                        diagnostic
                            .help(format!("did you mean `{meant}`?"))
                            .suggest(message, name.span, meant)
                    }
                    None => diagnostic.help(if place.params {
                        "define it with `let` or `param`, or put quotes around it to make it a string"
                    } else {
                        "define it with `let`, or put quotes around it to make it a string"
                    }),
                },
            },
        });
    }

    fn suggestion(&self, text: &str, place: Place) -> Option<&'a str> {
        let mut left = self.suggestions.borrow_mut();
        *left = left.checked_sub(1)?;
        let lets = self
            .lets
            .iter()
            .filter(|binding| self.sees[place.file][binding.file])
            .map(|binding| binding.name);
        let params = self.params.iter().map(|param| param.name);
        suggest::closest(text, lets.chain(params.filter(|_| place.params)))
    }

    /// Replaces names in a value. Mistakes are reported and become [`Kind::Error`].
    pub fn eval(&self, value: &'a ast::Value, place: Place, sink: &mut Diagnostics) -> Value<'a> {
        let kind = match &value.kind {
            ValueKind::Bool(value) => Kind::Bool(*value),
            ValueKind::Int(number) => Kind::Int(*number, self.digits(value.span)),
            ValueKind::Decimal(number) => Kind::Decimal(*number, self.digits(value.span)),
            ValueKind::Size(bytes) => Kind::Size(*bytes, self.digits(value.span)),
            ValueKind::Str(text) => self.eval_str(text, place, sink),
            ValueKind::List(items) => Kind::List(
                items
                    .iter()
                    .map(|item| self.eval(item, place, sink))
                    .collect(),
            ),
            ValueKind::Map(entries) if entries.iter().any(|entry| is_error(&entry.key)) => {
                for entry in entries {
                    self.eval(&entry.value, place, sink);
                }
                Kind::Error
            }
            ValueKind::Map(entries) => Kind::Map(
                entries
                    .iter()
                    .map(|entry| Entry {
                        key: self.key(&entry.key),
                        span: entry.key.span(),
                        value: self.eval(&entry.value, place, sink),
                    })
                    .collect(),
            ),
            ValueKind::Name => {
                return self.eval_name(ast::Name { span: value.span }, place, sink);
            }
            ValueKind::Error => Kind::Error,
        };
        Value::new(value.span, kind)
    }

    /// The text of a map key.
    #[must_use]
    pub fn key(&self, key: &'a ast::Key) -> Cow<'a, str> {
        match key {
            ast::Key::Name(name) => Cow::Borrowed(self.sources.text(name.span)),
            ast::Key::Str(text) => self.plain_str(text),
        }
    }

    /// The text of a string in which nothing is interpolated.
    #[must_use]
    pub fn plain_str(&self, text: &'a ast::Str) -> Cow<'a, str> {
        match &text.content {
            ast::StrContent::Verbatim(span) => Cow::Borrowed(self.sources.text(*span)),
            ast::StrContent::Decoded(text) => Cow::Borrowed(text),
            ast::StrContent::Pieces(_) | ast::StrContent::Error => Cow::Borrowed(""),
        }
    }

    fn digits(&self, span: Span) -> Cow<'a, str> {
        let text = self.sources.text(span);
        if text.bytes().any(|byte| byte == b'_') {
            Cow::Owned(text.replace('_', ""))
        } else {
            Cow::Borrowed(text)
        }
    }

    fn eval_str(&self, text: &'a ast::Str, place: Place, sink: &mut Diagnostics) -> Kind<'a> {
        let pieces = match &text.content {
            ast::StrContent::Pieces(pieces) => pieces,
            ast::StrContent::Error => return Kind::Error,
            _ => return Kind::Str(self.plain_str(text)),
        };
        let mut whole = String::new();
        let mut unknown = false;
        for piece in pieces {
            match piece {
                ast::Piece::Text(text) => whole.push_str(text),
                ast::Piece::Name(name) => {
                    let value = self.eval_name(*name, place, sink);
                    match (&value.kind, value.kind.as_text()) {
                        (_, Some(text)) => whole.push_str(text),
                        (Kind::Unknown(_), _) => unknown = true,
                        (Kind::Error, _) => return Kind::Error,
                        _ => {
                            let mut diagnostic = Diagnostic::new(
                                &values::INTERPOLATION,
                                name.span,
                                format!("{} cannot stand in a string", value.kind.describe()),
                            )
                            .help("only strings, numbers and booleans can");
                            if let Some(defined) = value.defined {
                                diagnostic = diagnostic.label(defined, "its value");
                            }
                            sink.push(diagnostic);
                            return Kind::Error;
                        }
                    }
                }
            }
        }
        if unknown {
            Kind::Unknown(Type::String)
        } else {
            Kind::Str(Cow::Owned(whole))
        }
    }

    fn eval_name(&self, name: ast::Name, place: Place, sink: &mut Diagnostics) -> Value<'a> {
        match self.lookup(self.sources.text(name.span), place) {
            Some(Binding::Let(index)) => {
                let value = &self.lets[index].value;
                Value {
                    span: name.span,
                    defined: Some(value.defined.unwrap_or(value.span)),
                    kind: value.kind.clone(),
                }
            }
            Some(Binding::Param(index)) => {
                let param = &self.params[index];
                param.fixed.borrow_mut().get_or_insert(name.span);
                let kind = match param.value() {
                    Some(value) => value.kind.clone(),
                    None if param.broken => Kind::Error,
                    None => Kind::Unknown(param.ty),
                };
                Value {
                    span: name.span,
                    defined: Some(param.value().map_or(param.span, |value| value.span)),
                    kind,
                }
            }
            None => {
                self.unknown(name, place, sink);
                Value::new(name.span, Kind::Error)
            }
        }
    }
}

impl std::fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Names")
            .field("lets", &self.lets)
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

/// Whether a key was not understood.
fn is_error(key: &ast::Key) -> bool {
    matches!(key, ast::Key::Str(text) if matches!(text.content, ast::StrContent::Error))
}

/// An empty value where the definition does not know that it may be empty.
fn empty_given(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        &values::EMPTY_VALUE,
        span,
        format!("the empty value given for param `{name}` will not be set"),
    )
    .help(format!(
        "AWS Batch drops environment variables without a value; with the default `\"\"` in the flow, \
         scripts set `{name}` themselves"
    ))
}

fn duplicate(what: &str, name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::DUPLICATE_NAME,
        span,
        format!("`{name}` is already defined"),
    )
    .here("defined again")
    .label(first, "first defined here")
    .help(format!(
        "lets, params and foreach variables share one namespace; rename this {what}"
    ))
}

/// The value if it is of the type; an integer also fits a float.
fn fit<'a>(
    value: Value<'a>,
    ty: Type,
    sink: &mut Diagnostics,
    report: impl FnOnce(&Value<'a>) -> Diagnostic,
) -> Option<Value<'a>> {
    let fits = match (&value.kind, ty) {
        (Kind::Error, _) => return None,
        (Kind::Str(_), Type::String)
        | (Kind::Int(..), Type::Int | Type::Float)
        | (Kind::Decimal(..), Type::Float)
        | (Kind::Bool(_), Type::Bool) => true,
        _ => false,
    };
    if fits {
        return Some(value);
    }
    let mut diagnostic = report(&value);
    if ty == Type::String
        && let Some(text) = value.kind.as_text()
        && value.defined.is_none()
    {
        diagnostic = diagnostic.fix("put quotes around it", value.span, format!("\"{text}\""));
    }
    // Whether the type or the quotes are wrong cannot be told.
    if let (Kind::Str(text), None) = (&value.kind, value.defined) {
        let unquoted = match ty {
            Type::Bool => matches!(text.as_ref(), "true" | "false"),
            Type::Int => matches!(syntax_number(text), Some(Kind::Int(..))),
            Type::Float => syntax_number(text).is_some(),
            Type::String => false,
        };
        if unquoted {
            diagnostic = diagnostic.suggest("remove the quotes", value.span, text.to_string());
        }
    }
    sink.push(diagnostic);
    None
}

/// A number in the language's own notation.
fn syntax_number(text: &str) -> Option<Kind<'_>> {
    crate::syntax::parse_number(text)
        .map(|number| {
            let digits = if text.contains('_') {
                Cow::Owned(text.replace('_', ""))
            } else {
                Cow::Borrowed(text)
            };
            match number {
                ValueKind::Int(value) => Kind::Int(value, digits),
                ValueKind::Decimal(value) => Kind::Decimal(value, digits),
                _ => Kind::Error,
            }
        })
        .filter(|kind| !matches!(kind, Kind::Error))
}

/// `a` or `an`, before the name of a type.
fn article(ty: Type) -> &'static str {
    if ty == Type::Int { "an" } else { "a" }
}
