//! Whether a value is what an option takes.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use crate::check::form;
use crate::codes::{options, values as codes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::{Form, Ty};
use crate::source::Span;
use crate::suggest;
use crate::value::{Entry, Kind, Type, Value};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The value as the option means it (sizes become whole MiB or GiB), or [`Kind::Error`] once
/// what is wrong has been reported. `what` is the option as messages call it, with its quotes.
pub fn check<'a>(
    value: Value<'a>,
    ty: &Ty,
    what: &dyn fmt::Display,
    sink: &mut Diagnostics,
) -> Value<'a> {
    let Value {
        span,
        defined,
        kind,
    } = value;
    let checker = Checker {
        span,
        defined,
        what,
    };
    Value {
        span,
        defined,
        kind: checker.kind(kind, ty, sink),
    }
}

struct Checker<'w> {
    span: Span,
    defined: Option<Span>,
    what: &'w dyn fmt::Display,
}

impl Checker<'_> {
    fn kind<'a>(&self, kind: Kind<'a>, ty: &Ty, sink: &mut Diagnostics) -> Kind<'a> {
        match (ty, kind) {
            (_, Kind::Error) => Kind::Error,
            (_, Kind::Unknown(unknown)) => {
                if may_be(ty, unknown) {
                    Kind::Unknown(unknown)
                } else {
                    self.wrong(ty, &Kind::Unknown(unknown), sink)
                }
            }
            (Ty::Any, kind) => kind,
            (Ty::Bool, kind @ Kind::Bool(_)) => kind,
            (
                Ty::Scalar,
                kind @ (Kind::Str(_) | Kind::Int(..) | Kind::Decimal(..) | Kind::Bool(_)),
            ) => kind,
            (Ty::Int(min, max), Kind::Int(number, text)) => {
                self.ranged(number, text, *min, *max, "", sink)
            }
            (Ty::Number, Kind::Int(number, _)) if number <= 0 => self.not_positive(sink),
            (Ty::Number, Kind::Decimal(number, _)) if number <= 0.0 => self.not_positive(sink),
            (Ty::Number, Kind::Int(number, _)) if number > i64::from(i32::MAX) => {
                self.too_many(sink)
            }
            (Ty::Number, Kind::Decimal(number, _)) if number > f64::from(i32::MAX) => {
                self.too_many(sink)
            }
            (Ty::Number, kind @ (Kind::Int(..) | Kind::Decimal(..))) => kind,
            (Ty::Mib(min), Kind::Int(number, text)) => {
                self.ranged(number, text, *min, i64::from(i32::MAX), " MiB", sink)
            }
            (Ty::Mib(min), Kind::Size(bytes, text)) => match self.exact(bytes, MIB, &text, sink) {
                Some(number) => self.ranged(
                    number,
                    Cow::Owned(number.to_string()),
                    *min,
                    i64::from(i32::MAX),
                    " MiB",
                    sink,
                ),
                None => Kind::Error,
            },
            (Ty::Gib(min, max), Kind::Int(number, text)) => {
                self.ranged(number, text, *min, *max, " GiB", sink)
            }
            (Ty::Gib(min, max), Kind::Size(bytes, text)) => {
                match self.exact(bytes, GIB, &text, sink) {
                    Some(number) => self.ranged(
                        number,
                        Cow::Owned(number.to_string()),
                        *min,
                        *max,
                        " GiB",
                        sink,
                    ),
                    None => Kind::Error,
                }
            }
            (Ty::Str(form), Kind::Str(text)) => match form::check(*form, &text) {
                Ok(()) => Kind::Str(text),
                Err(error) => {
                    let mut diagnostic = Diagnostic::new(
                        &codes::OPTION_FORM,
                        self.span,
                        format!("{}: {}", self.what, error.message),
                    );
                    if let Some(help) = error.help {
                        diagnostic = diagnostic.help(help);
                    }
                    if let (Some(text), None) = (error.suggestion, self.defined) {
                        diagnostic =
                            diagnostic.suggest(format!("write `{text}`"), self.span, quote(&text));
                    }
                    self.push(diagnostic, sink)
                }
            },
            (Ty::Enum(words), Kind::Str(text)) => {
                if words.contains(&text.as_ref()) {
                    return Kind::Str(text);
                }
                let mut diagnostic = Diagnostic::new(
                    &codes::OPTION_FORM,
                    self.span,
                    format!("{} cannot be {}", self.what, quote(&text)),
                )
                .help(format!("it is one of {}", list_of(words)));
                let meant = words
                    .iter()
                    .copied()
                    .find(|word| word.eq_ignore_ascii_case(&text));
                if self.defined.is_none() {
                    if let Some(meant) = meant {
                        diagnostic =
                            diagnostic.fix(format!("write `{meant}`"), self.span, quote(meant));
                    } else if let Some(meant) = suggest::closest(&text, words.iter().copied()) {
                        diagnostic =
                            diagnostic.suggest(format!("write `{meant}`"), self.span, quote(meant));
                    }
                }
                self.push(diagnostic, sink)
            }
            (Ty::List(item), Kind::List(items)) => self.list(&items, item, sink),
            (Ty::MapOf(of), Kind::Map(entries)) => Kind::Map(
                entries
                    .iter()
                    .map(|entry| self.entry(entry, of, sink))
                    .collect(),
            ),
            (Ty::Struct(fields), Kind::Map(entries)) => self.fields(&entries, fields, sink),
            (Ty::Either(one, other), kind) => {
                let ty = if matches_shape(one, &kind) {
                    one
                } else {
                    other
                };
                if matches_shape(ty, &kind) {
                    self.kind(kind, ty, sink)
                } else {
                    self.wrong(&Ty::Either(one, other), &kind, sink)
                }
            }
            (ty, kind) => self.wrong(ty, &kind, sink),
        }
    }

    fn list<'a>(&self, items: &Rc<[Value<'a>]>, ty: &Ty, sink: &mut Diagnostics) -> Kind<'a> {
        let items: Rc<[Value<'a>]> = items
            .iter()
            .map(|item| {
                let mut item = item.clone();
                // In a let, the item's own place is elsewhere; the use is what is wrong.
                if item.defined.is_none() {
                    item.defined = self.defined;
                }
                check(item, ty, &format_args!("an item of {}", self.what), sink)
            })
            .collect();
        Kind::List(items)
    }

    fn entry<'a>(&self, entry: &Entry<'a>, ty: &Ty, sink: &mut Diagnostics) -> Entry<'a> {
        let what = format_args!("`{}` in {}", entry.key, self.what);
        Entry {
            key: entry.key.clone(),
            span: entry.span,
            value: check(entry.value.clone(), ty, &what, sink),
        }
    }

    fn fields<'a>(
        &self,
        entries: &Rc<[Entry<'a>]>,
        fields: &[crate::schema::FieldSpec],
        sink: &mut Diagnostics,
    ) -> Kind<'a> {
        let mut complete = true;
        let mut checked = Vec::with_capacity(entries.len());
        for entry in entries.iter() {
            let Some(field) = fields.iter().find(|field| field.name == entry.key) else {
                complete = false;
                let mut diagnostic = Diagnostic::new(
                    &options::UNKNOWN_KEY,
                    entry.span,
                    format!("{} has no key `{}`", self.what, entry.key),
                )
                .help(format!(
                    "its keys are {}",
                    fields
                        .iter()
                        .map(|field| format!("`{}`", field.name))
                        .collect::<Vec<_>>()
                        .join(", ")
                ));
                let api_name = |name: &str| match name {
                    "softLimit" => Some("soft"),
                    "hardLimit" => Some("hard"),
                    "hostPath" => Some("host"),
                    "containerPath" => Some("container"),
                    "fileSystemId" => Some("id"),
                    "accessPointId" => Some("access_point"),
                    "rootDirectory" => Some("root"),
                    "readOnly" => Some("read_only"),
                    _ => None,
                };
                let meant = api_name(&entry.key)
                    .filter(|name| fields.iter().any(|field| field.name == *name))
                    .or_else(|| {
                        suggest::closest(&entry.key, fields.iter().map(|field| field.name))
                    });
                if let Some(meant) = meant {
                    diagnostic = diagnostic.suggest(format!("write `{meant}`"), entry.span, meant);
                }
                sink.push(diagnostic);
                continue;
            };
            checked.push(self.entry(entry, &field.ty, sink));
        }
        for field in fields.iter().filter(|field| field.required) {
            if !entries.iter().any(|entry| entry.key == field.name) && complete {
                complete = false;
                sink.push(
                    Diagnostic::new(
                        &options::MISSING_KEY,
                        self.span,
                        format!("{} needs the key `{}`", self.what, field.name),
                    )
                    .help(format!("`{}` is {}", field.name, field.doc)),
                );
            }
        }
        if complete {
            Kind::Map(checked.into())
        } else {
            Kind::Error
        }
    }

    fn ranged<'a>(
        &self,
        number: i64,
        text: Cow<'a, str>,
        min: i64,
        max: i64,
        unit: &str,
        sink: &mut Diagnostics,
    ) -> Kind<'a> {
        if (min..=max).contains(&number) {
            return Kind::Int(number, text);
        }
        // So little memory was probably meant in GiB.
        let meant = (unit == " MiB" && (1..min).contains(&number)).then(|| format!("{number}GiB"));
        let help = if let Some(meant) = &meant {
            format!("it is at least {min} MiB; perhaps `{meant}` was meant")
        } else if max == i64::from(i32::MAX) && number < min {
            format!("it is at least {min}{unit}")
        } else if number > i64::from(i32::MAX) && max == i64::from(i32::MAX) {
            format!("the API takes at most {max}{unit}")
        } else {
            format!("it is {min} to {max}{unit}")
        };
        let nearest = number.clamp(min, max);
        let mut diagnostic = Diagnostic::new(
            &codes::OPTION_RANGE,
            self.span,
            format!("{} cannot be {number}{unit}", self.what),
        )
        .help(help);
        if self.defined.is_none() && max != i64::from(i32::MAX) {
            diagnostic =
                diagnostic.suggest(format!("write `{nearest}`"), self.span, nearest.to_string());
        }
        if let (Some(meant), None) = (meant, self.defined) {
            diagnostic = diagnostic.suggest(format!("write `{meant}`"), self.span, meant);
        }
        self.push(diagnostic, sink)
    }

    fn not_positive<'a>(&self, sink: &mut Diagnostics) -> Kind<'a> {
        self.push(
            Diagnostic::new(
                &codes::OPTION_RANGE,
                self.span,
                format!("{} must be more than 0", self.what),
            ),
            sink,
        )
    }

    fn too_many<'a>(&self, sink: &mut Diagnostics) -> Kind<'a> {
        let message = format!("{} must be at most {}", self.what, i32::MAX);
        let diagnostic = Diagnostic::new(&codes::OPTION_RANGE, self.span, message);
        self.push(diagnostic.help("the API takes no larger number"), sink)
    }

    /// A size in whole units of `unit` bytes.
    fn exact(&self, bytes: u64, unit: u64, text: &str, sink: &mut Diagnostics) -> Option<i64> {
        if bytes.is_multiple_of(unit) {
            return i64::try_from(bytes / unit).ok();
        }
        let name = if unit == MIB { "MiB" } else { "GiB" };
        let below = bytes / unit;
        let mut diagnostic = Diagnostic::new(
            &codes::INEXACT_SIZE,
            self.span,
            format!(
                "{} is counted in {name}, and {text} is no whole number of them",
                self.what
            ),
        )
        .help(format!(
            "the nearest sizes are {below}{name} and {}{name}",
            below + 1
        ));
        if self.defined.is_none() {
            for size in [below, below + 1].into_iter().filter(|&size| size > 0) {
                diagnostic = diagnostic.suggest(
                    format!("write `{size}{name}`"),
                    self.span,
                    format!("{size}{name}"),
                );
            }
        }
        self.push(diagnostic, sink);
        None
    }

    fn wrong<'a>(&self, ty: &Ty, kind: &Kind<'_>, sink: &mut Diagnostics) -> Kind<'a> {
        let found = match kind {
            Kind::Unknown(ty) => format!("a param of type {}", ty.as_str()),
            kind => kind.describe().to_owned(),
        };
        let mut diagnostic = Diagnostic::new(
            &codes::OPTION_TYPE,
            self.span,
            format!("{} takes {}, not {found}", self.what, describe(ty)),
        );
        if self.defined.is_none() {
            diagnostic = self.conversion(ty, kind, diagnostic);
        }
        self.push(diagnostic, sink)
    }

    /// The fix where what was written says what was meant.
    fn conversion(&self, ty: &Ty, kind: &Kind<'_>, diagnostic: Diagnostic) -> Diagnostic {
        match (ty, kind) {
            (Ty::Mib(_) | Ty::Gib(..), Kind::Str(text)) => match size_meant(text) {
                Some((size, true)) => diagnostic.fix(format!("write `{size}`"), self.span, size),
                Some((size, false)) => diagnostic
                    .help(format!(
                        "sizes are written without quotes and with a binary unit: `{size}`"
                    ))
                    .suggest(format!("write `{size}`"), self.span, size),
                None => diagnostic,
            },
            (Ty::Mib(_) | Ty::Gib(..), Kind::Decimal(_, text)) => diagnostic.help(format!(
                "write a whole number of MiB, or of a smaller unit, instead of {text}"
            )),
            (Ty::Int(..) | Ty::Number, Kind::Str(text))
                if crate::syntax::parse_number(text).is_some() =>
            {
                diagnostic.fix("remove the quotes", self.span, text.to_string())
            }
            (Ty::Bool, Kind::Str(text)) => match text.to_ascii_lowercase().as_str() {
                word @ ("true" | "false") => {
                    let word = word.to_owned();
                    diagnostic.fix("remove the quotes", self.span, word)
                }
                _ => diagnostic.help("write `true` or `false`"),
            },
            (Ty::Bool, Kind::Int(number @ (0 | 1), _)) => {
                let word = if *number == 1 { "true" } else { "false" };
                diagnostic.fix(format!("write `{word}`"), self.span, word)
            }
            (Ty::Str(_) | Ty::Enum(_), kind) => match kind.as_text() {
                Some(text) => {
                    // Text of any kind was meant as such; a name of something probably not.
                    let certain = matches!(ty, Ty::Str(Form::Text | Form::TagValue));
                    let edit = crate::diagnostic::Edit {
                        span: self.span,
                        text: quote(text),
                    };
                    match ty {
                        Ty::Str(form) if form::check(*form, text).is_ok() => {
                            diagnostic.fix_edits("put quotes around it", certain, vec![edit])
                        }
                        _ => diagnostic,
                    }
                }
                None => diagnostic,
            },
            (Ty::List(Ty::Str(_) | Ty::Struct(_) | Ty::Either(..)), Kind::Str(text)) => diagnostic
                .fix_edits(
                    "put it in a list",
                    true,
                    vec![
                        crate::diagnostic::Edit {
                            span: self.span.before(),
                            text: "[".into(),
                        },
                        crate::diagnostic::Edit {
                            span: self.span.after(),
                            text: "]".into(),
                        },
                    ],
                )
                .help(format!("write `[{}]`", quote(text))),
            _ => diagnostic,
        }
    }

    fn push<'a>(&self, diagnostic: Diagnostic, sink: &mut Diagnostics) -> Kind<'a> {
        sink.push(match self.defined {
            Some(span) if span != self.span => diagnostic.label(span, "its value comes from here"),
            _ => diagnostic,
        });
        Kind::Error
    }
}

/// Whether a param of type `param` could hold what `ty` takes.
fn may_be(ty: &Ty, param: Type) -> bool {
    match ty {
        Ty::Any | Ty::Scalar => true,
        Ty::Bool => param == Type::Bool,
        Ty::Int(..) | Ty::Mib(_) | Ty::Gib(..) => param == Type::Int,
        Ty::Number => matches!(param, Type::Int | Type::Float),
        Ty::Str(_) | Ty::Enum(_) => param == Type::String,
        Ty::List(_) | Ty::MapOf(_) | Ty::Struct(_) => false,
        Ty::Either(one, other) => may_be(one, param) || may_be(other, param),
    }
}

/// Whether a value is at all of the kind that `ty` takes.
fn matches_shape(ty: &Ty, kind: &Kind<'_>) -> bool {
    match (ty, kind) {
        (_, Kind::Error) => true,
        (ty, Kind::Unknown(param)) => may_be(ty, *param),
        (Ty::List(_), Kind::List(_))
        | (Ty::MapOf(_) | Ty::Struct(_), Kind::Map(_))
        | (Ty::Str(_) | Ty::Enum(_), Kind::Str(_)) => true,
        _ => false,
    }
}

/// What an option takes, for messages.
fn describe(ty: &Ty) -> String {
    match ty {
        Ty::Bool => "`true` or `false`".into(),
        Ty::Int(..) => "an integer".into(),
        Ty::Number => "a number".into(),
        Ty::Mib(_) => "MiB as an integer, or a size such as `8GiB`".into(),
        Ty::Gib(..) => "GiB as an integer, or a size such as `50GiB`".into(),
        Ty::Str(_) | Ty::Enum(_) => "a string".into(),
        Ty::List(item) => format!("a list of {}", plural(item)),
        Ty::MapOf(Ty::Any) => "a map".into(),
        Ty::MapOf(of) => format!("a map to {}", plural(of)),
        Ty::Struct(_) => "a map".into(),
        Ty::Either(one, other) => format!("{} or {}", describe(one), describe(other)),
        Ty::Scalar => "a string, a number or a boolean".into(),
        Ty::Any => "anything".into(),
    }
}

fn plural(ty: &Ty) -> String {
    match ty {
        Ty::Str(_) | Ty::Enum(_) => "strings".into(),
        Ty::Struct(_) | Ty::MapOf(_) => "maps".into(),
        Ty::Scalar => "strings, numbers or booleans".into(),
        Ty::Either(one, other) => format!("{} or {}", plural(one), plural(other)),
        _ => "values".into(),
    }
}

/// The size that `8G`, `8Gi`, `8GB`, `8gib`, `8 GiB` or `8192` in quotes means, and whether that
/// is certain: a decimal unit may have been meant as such.
#[must_use]
pub fn size_meant(text: &str) -> Option<(String, bool)> {
    let text = text.trim();
    let split = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    let unit = unit.trim().to_ascii_lowercase();
    let (unit, certain) = match unit.as_str() {
        "" => ("", true),
        "kib" | "ki" => ("KiB", true),
        "mib" | "mi" => ("MiB", true),
        "gib" | "gi" => ("GiB", true),
        "tib" | "ti" => ("TiB", true),
        "k" | "kb" => ("KiB", false),
        "m" | "mb" => ("MiB", false),
        "g" | "gb" => ("GiB", false),
        "t" | "tb" => ("TiB", false),
        _ => return None,
    };
    Some((format!("{digits}{unit}"), certain))
}

/// A string as the language writes it.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '$' => quoted.push_str("\\$"),
            c if c.is_control() => quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// `` `a`, `b` or `c` ``
#[must_use]
pub fn list_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [rest @ .., last] => format!("{} or `{last}`", {
            let rest: Vec<String> = rest.iter().map(|word| format!("`{word}`")).collect();
            rest.join(", ")
        }),
    }
}
