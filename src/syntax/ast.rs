//! The syntax tree of one file.
//!
//! The tree owns no text: names and literals are spans into the [`Sources`].
//! What the parser could not understand is absent (`None`) or
//! [`ValueKind::Error`], and has been reported; nothing that follows from its
//! absence may be reported again.
//!
//! [`Sources`]: crate::source::Sources

use crate::source::{FileId, Span};

/// A file, as far as it was understood.
#[derive(Clone, Debug)]
pub struct File {
    /// Which file.
    pub id: FileId,
    /// The imports, in order.
    pub imports: Vec<Import>,
    /// The lets, in order.
    pub lets: Vec<Let>,
    /// The profiles, in order.
    pub profiles: Vec<Profile>,
    /// The flow; a second one in the file has been reported.
    pub flow: Option<Flow>,
    /// Every comment, from the `#` to the end of its line, in order.
    pub comments: Vec<Span>,
    /// Text that belongs to nothing.
    pub junk: Vec<Span>,
}

/// A name where the grammar wants one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name {
    /// The text of the name.
    pub span: Span,
}

/// The `##` lines that document an item: a range of [`File::comments`].
pub type Doc = std::ops::Range<u32>;

/// `import "path"`
#[derive(Clone, Debug)]
pub struct Import {
    /// The whole statement.
    pub span: Span,
    /// The path, a string without interpolation.
    pub path: Option<Str>,
}

/// `let name = value`
#[derive(Clone, Debug)]
pub struct Let {
    /// The whole statement.
    pub span: Span,
    /// Its documentation.
    pub doc: Doc,
    /// What it defines.
    pub name: Name,
    /// Its value.
    pub value: Option<Value>,
}

/// `profile name { annotations }`
#[derive(Clone, Debug)]
pub struct Profile {
    /// From the keyword to the closing brace.
    pub span: Span,
    /// Its documentation.
    pub doc: Doc,
    /// What it defines.
    pub name: Name,
    /// Its annotations.
    pub annotations: Vec<Annotation>,
}

/// `flow Name { params and steps }`
#[derive(Clone, Debug)]
pub struct Flow {
    /// From the keyword to the closing brace.
    pub span: Span,
    /// Its documentation.
    pub doc: Doc,
    /// The annotations before it.
    pub annotations: Vec<Annotation>,
    /// Its name.
    pub name: Option<Name>,
    /// Its params, in order.
    pub params: Vec<Param>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// Whether part of the body was not understood, so that something that
    /// seems to be missing may stand in it.
    pub broken: bool,
}

/// `param name: type = default`
#[derive(Clone, Debug)]
pub struct Param {
    /// The whole statement.
    pub span: Span,
    /// Its documentation.
    pub doc: Doc,
    /// What it defines.
    pub name: Name,
    /// The type's name, any word.
    pub ty: Option<Name>,
    /// Whether a default was written, even one that could not be understood.
    pub has_default: bool,
    /// The default.
    pub default: Option<Value>,
}

/// The word that begins a step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StepKind {
    /// `step`
    Step,
    /// `join`
    Join,
    /// `gather`
    Gather,
}

impl StepKind {
    /// The keyword.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Join => "join",
            Self::Gather => "gather",
        }
    }
}

/// `step name { run … next … }`, or with `join` or `gather`.
#[derive(Clone, Debug)]
pub struct Step {
    /// From the keyword to the closing brace.
    pub span: Span,
    /// Its documentation.
    pub doc: Doc,
    /// Which word began it.
    pub kind: StepKind,
    /// That word.
    pub keyword: Span,
    /// Its name.
    pub name: Name,
    /// The annotations before it.
    pub annotations: Vec<Annotation>,
    /// `run …`
    pub run: Option<Run>,
    /// `next …`
    pub next: Option<Next>,
    /// Whether part of the step was not understood, so that a `run` or `next`
    /// that seems to be missing may stand in it.
    pub broken: bool,
}

/// `run …`
#[derive(Clone, Debug)]
pub struct Run {
    /// From the keyword to the end of the value.
    pub span: Span,
    /// What it runs.
    pub value: RunValue,
}

/// The two forms of `run`.
#[derive(Clone, Debug)]
pub enum RunValue {
    /// `run "script"`
    Shell(Str),
    /// `run ["prog", arg]`, with the span of the list.
    Exec(Vec<Value>, Span),
    /// Not understood, and reported.
    Error,
}

/// `next a, b` or `next a foreach x in SOURCE`
#[derive(Clone, Debug)]
pub struct Next {
    /// From the keyword to the end.
    pub span: Span,
    /// The steps that follow.
    pub targets: Vec<Name>,
    /// The foreach, which belongs to the only target.
    pub foreach: Option<Box<Foreach>>,
    /// Whether there were more targets than a foreach can have, which has been reported.
    pub lost_targets: bool,
}

/// `foreach x in SOURCE`
#[derive(Clone, Debug)]
pub struct Foreach {
    /// From the keyword to the end of the source.
    pub span: Span,
    /// The variable.
    pub variable: Option<Name>,
    /// What it runs over.
    pub source: Option<ForeachSource>,
}

/// What a foreach runs over.
#[derive(Clone, Debug)]
pub enum ForeachSource {
    /// `lo..hi`
    Range {
        /// The first item.
        lo: Value,
        /// One past the last item.
        hi: Value,
        /// Both.
        span: Span,
    },
    /// A list, or the name of one, or (a mistake) anything else.
    Value(Value),
}

/// `@name(args)`
#[derive(Clone, Debug)]
pub struct Annotation {
    /// From the `@` to the closing parenthesis.
    pub span: Span,
    /// The name, without the `@`.
    pub name: Name,
    /// What stands in the parentheses, in order.
    pub args: Vec<Arg>,
    /// Whether part of the arguments was not understood.
    pub broken: bool,
}

/// `key = value`, or a value alone.
#[derive(Clone, Debug)]
pub struct Arg {
    /// The whole argument.
    pub span: Span,
    /// The key.
    pub key: Option<Name>,
    /// The value; `None` when it is missing, which has been reported.
    pub value: Option<Value>,
}

/// A value where it was written.
#[derive(Clone, Debug)]
pub struct Value {
    /// Its text.
    pub span: Span,
    /// What it is.
    pub kind: ValueKind,
}

/// The kinds of values.
#[derive(Clone, Debug)]
pub enum ValueKind {
    /// `1_000`: the number that the text of the span denotes.
    Int(i64),
    /// `0.5`, `1e-4`: read from the text of the span.
    Decimal(f64),
    /// `512MiB`, in bytes.
    Size(u64),
    /// `true` or `false`
    Bool(bool),
    /// A string of either form.
    Str(Str),
    /// `[a, b]`
    List(Vec<Value>),
    /// `{ key = value }`
    Map(Vec<Entry>),
    /// The name of a let, a param or a profile.
    Name,
    /// Not understood, and reported.
    Error,
}

/// `key = value` in a map.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key, a name or a string.
    pub key: Key,
    /// The value.
    pub value: Value,
}

/// The key of a map entry.
#[derive(Clone, Debug)]
pub enum Key {
    /// `key`
    Name(Name),
    /// `"key"`, without interpolation
    Str(Str),
}

impl Key {
    /// Where it was written.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Name(name) => name.span,
            Self::Str(text) => text.span,
        }
    }
}

/// A string literal.
#[derive(Clone, Debug)]
pub struct Str {
    /// With its quotes.
    pub span: Span,
    /// What it says.
    pub content: StrContent,
}

/// What a string literal says.
#[derive(Clone, Debug)]
pub enum StrContent {
    /// The text between the quotes as it stands.
    Verbatim(Span),
    /// Something else than the text between the quotes: escapes or
    /// indentation were resolved, but there is nothing to interpolate.
    Decoded(Box<str>),
    /// Text and names to interpolate, in order.
    Pieces(Box<[Piece]>),
    /// Not understood, and reported.
    Error,
}

/// A part of an interpolated string.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text, escapes resolved.
    Text(Box<str>),
    /// `${name}`
    Name(Name),
}
