//! Values after names and interpolation are resolved.

use std::borrow::Cow;
use std::rc::Rc;

use crate::source::Span;

/// A value, where it is used and where it was defined.
#[derive(Clone, Debug)]
pub struct Value<'a> {
    /// Where it is used; for a value that stands in no file, the nearest place that is.
    pub span: Span,
    /// Where the let or param that provided it was defined.
    pub defined: Option<Span>,
    /// What it is.
    pub kind: Kind<'a>,
}

/// The kinds of values.
#[derive(Clone, Debug)]
pub enum Kind<'a> {
    /// `true` or `false`
    Bool(bool),
    /// A whole number, and its text without `_`.
    Int(i64, Cow<'a, str>),
    /// A decimal, and its text without `_`.
    Decimal(f64, Cow<'a, str>),
    /// A size in bytes, and its text.
    Size(u64, Cow<'a, str>),
    /// A string.
    Str(Cow<'a, str>),
    /// A list.
    List(Rc<[Value<'a>]>),
    /// A map, in the order written; keys are unique.
    Map(Rc<[Entry<'a>]>),
    /// A param without a value: its type is known, what it will say is not.
    Unknown(Type),
    /// A mistake that has been reported; nothing follows from it.
    Error,
}

/// An entry of a map.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// Where the key stands.
    pub span: Span,
    /// The value.
    pub value: Value<'a>,
}

/// The types of params.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    /// `string`
    String,
    /// `int`
    Int,
    /// `float`
    Float,
    /// `bool`
    Bool,
}

impl Type {
    /// All types, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::String, Self::Int, Self::Float, Self::Bool];

    /// The word in a flow.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
        }
    }

    /// The type of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.as_str() == word)
    }
}

impl Kind<'_> {
    /// What it is, with its article, for messages.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::Int(..) => "an integer",
            Self::Decimal(..) => "a decimal number",
            Self::Size(..) => "a size",
            Self::Str(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Unknown(_) => "a param without a value",
            Self::Error => "a mistake",
        }
    }

    /// The text that scripts and environments see: strings, numbers as written, booleans.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Int(_, text) | Self::Decimal(_, text) => Some(text),
            Self::Str(text) => Some(text),
            _ => None,
        }
    }
}

impl<'a> Value<'a> {
    /// A value written at `span`.
    #[must_use]
    pub fn new(span: Span, kind: Kind<'a>) -> Self {
        Self {
            span,
            defined: None,
            kind,
        }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a mistake that has been reported, or not known yet.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        matches!(self.kind, Kind::Error | Kind::Unknown(_))
    }
}
