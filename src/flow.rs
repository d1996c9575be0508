//! The validated model: a flow as lowering reads it.

use std::borrow::Cow;
use std::cell::RefCell;

use crate::check::options::Resolved;
use crate::source::Span;
use crate::syntax::ast::StepKind;
use crate::value::{Kind, Type, Value};

/// A flow.
#[derive(Debug)]
pub struct Flow<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where the name stands.
    pub span: Span,
    /// What `flowbatch.toml` puts before every name in AWS.
    pub prefix: String,
    /// The params, in file order.
    pub params: Vec<Param<'a>>,
    /// The steps, in file order, control points among them.
    pub steps: Vec<Step<'a>>,
    /// The scopes that `foreach` opens.
    pub scopes: Vec<Scope<'a>>,
    /// The steps that become jobs, in topological order, ties in file order.
    pub order: Vec<StepId>,
}

/// The place of a step in [`Flow::steps`].
pub type StepId = usize;
/// The place of a scope in [`Flow::scopes`].
pub type ScopeId = usize;

/// A param.
#[derive(Debug)]
pub struct Param<'a> {
    /// Its name, and that of its environment variable.
    pub name: &'a str,
    /// Where the name stands.
    pub span: Span,
    /// Its type.
    pub ty: Type,
    /// Whether a default was written.
    pub has_default: bool,
    /// The default in the file.
    pub default: Option<Value<'a>>,
    /// What `flowbatch.toml` or `-p` gave.
    pub given: Option<Value<'a>>,
    /// Where an annotation or a foreach reads it, so that its value is fixed at build.
    pub fixed: RefCell<Option<Span>>,
    /// Whether it was written wrongly, so that nothing follows from what it seems to lack.
    pub broken: bool,
}

impl<'a> Param<'a> {
    /// The value in force, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&Value<'a>> {
        self.given.as_ref().or(self.default.as_ref())
    }

    /// Whether `-p` gave the value in force.
    #[must_use]
    pub fn from_arguments(&self) -> bool {
        // A value that stands in no file is reported at the param.
        self.given
            .as_ref()
            .is_some_and(|value| value.span == self.span)
    }

    /// The default as environment text.
    #[must_use]
    pub fn default_text(&self) -> Option<&str> {
        self.default.as_ref().and_then(|value| value.kind.as_text())
    }

    /// The value in force as environment text, where it differs from the default.
    #[must_use]
    pub fn override_text(&self) -> Option<&str> {
        let text = self.given.as_ref().and_then(|value| value.kind.as_text())?;
        (self.default_text() != Some(text)).then_some(text)
    }
}

/// A step.
#[derive(Debug)]
pub struct Step<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where the name stands.
    pub span: Span,
    /// The word that began it.
    pub kind: StepKind,
    /// What it runs; `None` for a control point.
    pub run: Option<Run<'a>>,
    /// The innermost foreach it stands in.
    pub scope: Option<ScopeId>,
    /// The jobs that its own waits for; empty for a control point.
    pub depends_on: Vec<Dependency>,
    /// Its options; those of a control point are not resolved.
    pub options: Resolved<'a>,
}

/// A job that another waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dependency {
    /// The job's step.
    pub step: StepId,
    /// Whether child waits for child (`N_TO_N`) rather than the whole for the whole.
    pub n_to_n: bool,
}

/// What a step runs.
#[derive(Debug)]
pub enum Run<'a> {
    /// A script for a shell.
    Shell {
        /// The shell and its options, up to and with `-ec`.
        shell: Cow<'static, [Cow<'static, str>]>,
        /// The script.
        script: Cow<'a, str>,
        /// Where the script stands.
        span: Span,
    },
    /// A program and its arguments; empty for the image's own command.
    Exec {
        /// The arguments.
        args: Vec<ExecArg<'a>>,
        /// Where the list stands.
        span: Span,
    },
}

impl Run<'_> {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Shell { span, .. } | Self::Exec { span, .. } => *span,
        }
    }
}

/// An argument of the exec form.
#[derive(Debug)]
pub enum ExecArg<'a> {
    /// Text as it is.
    Text(Cow<'a, str>),
    /// A param, by its place in [`Flow::params`].
    Param(usize),
}

/// What one `foreach` opens: a list of items that its body runs for.
#[derive(Debug)]
pub struct Scope<'a> {
    /// The scope around it.
    pub parent: Option<ScopeId>,
    /// The step whose `next` has the foreach.
    pub opener: StepId,
    /// The variable.
    pub variable: &'a str,
    /// Where the variable stands.
    pub span: Span,
    /// Where the items stand.
    pub source: Span,
    /// The items.
    pub items: Items<'a>,
    /// How many items there are, those of the scopes around multiplied in; `None` where a value
    /// is missing.
    pub size: Option<u64>,
}

/// The items of a foreach.
#[derive(Debug)]
pub enum Items<'a> {
    /// `lo..hi`
    Range(i64, i64),
    /// Strings, numbers as written, or booleans.
    List(Vec<Cow<'a, str>>),
    /// They depend on a param without a value.
    Unknown,
    /// A mistake that has been reported.
    Error,
}

impl Items<'_> {
    /// How many there are, where that is known.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::Range(lo, hi) => Some(u64::try_from(hi.saturating_sub(*lo)).unwrap_or(0)),
            Self::List(items) => Some(items.len() as u64),
            Self::Unknown | Self::Error => None,
        }
    }
}

impl<'a> Flow<'a> {
    /// The scopes that a step stands in, outermost first.
    #[must_use]
    pub fn scope_chain(&self, scope: Option<ScopeId>) -> Vec<&Scope<'a>> {
        let mut chain = Vec::new();
        let mut next = scope;
        while let Some(id) = next {
            let scope = &self.scopes[id];
            chain.push(scope);
            next = scope.parent;
        }
        chain.reverse();
        chain
    }

    /// The size of a step's array job; `None` for a plain job, also where the size is not known.
    #[must_use]
    pub fn array_size(&self, step: &Step<'_>) -> Option<u64> {
        step.scope
            .and_then(|scope| self.scopes[scope].size)
            .filter(|&size| size >= 2)
    }
}

impl Kind<'_> {
    /// Whether the value is known.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self, Kind::Unknown(_) | Kind::Error)
    }
}
