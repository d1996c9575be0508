//! The entry points: check, compile, explain one file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::check::load::Cuts;
use crate::codes::{Code, options, queue};
use crate::config::{self, Config};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::queue::Queues;
use crate::source::{Loader, Sources, Span};
use crate::syntax::ast;
use crate::{allow, batch};

/// What a compilation is told besides the files. The default is to be told nothing.
///
/// ```
/// use flowbatch::Settings;
///
/// let settings = Settings {
///     env: Some("prod".into()),
///     params: vec![("date".into(), "2026-11-20".into())],
///     // No variable reaches a compilation by itself.
///     variables: std::env::vars()
///         .filter(|(name, _)| name.starts_with("METAFLOW_"))
///         .collect(),
///     ..Settings::default()
/// };
/// # let _ = settings;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The `METAFLOW_*` variables; no other variable is ever read.
    pub variables: BTreeMap<String, String>,
    /// `--env NAME`: which `[env.NAME]` of `flowbatch.toml` applies.
    pub env: Option<String>,
    /// `-p NAME=value`, in order.
    pub params: Vec<(String, String)>,
    /// What the account answered about queues. It decides no option, since what is built must not
    /// depend on who builds; jobs are checked against it instead of `[queues]`.
    pub queues: Queues,
}

/// The file to compile could not be read.
#[derive(Debug)]
pub struct ReadError {
    /// Which file.
    pub path: PathBuf,
    /// Why.
    pub error: std::io::Error,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// A `-p` that cannot be: wrong usage rather than a mistake in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UsageError {
    /// The flow has no such param (another flow of the same command may).
    UnknownParam {
        /// The name given.
        name: String,
        /// A param of the flow that was probably meant.
        suggestion: Option<String>,
    },
    /// Anything else, in words.
    Other(String),
}

/// What [`check`] found.
#[derive(Debug)]
pub struct Checked {
    /// Every file that was read; spans point into it.
    pub sources: Sources,
    /// What is wrong, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// What is wrong with the settings.
    pub usage: Vec<UsageError>,
    /// The flow's name; `None` for a library.
    pub flow: Option<String>,
    /// Where the flow's name stands: two flows of one build must not share it.
    pub flow_span: Option<Span>,
}

/// What [`compile`] made.
#[derive(Debug)]
pub struct Compiled {
    /// As after [`check`].
    pub checked: Checked,
    /// The artifacts; `None` when there are errors or the file is a library.
    pub artifacts: Option<Artifacts>,
}

/// What [`explain`] found.
#[derive(Debug)]
pub struct Explained {
    /// As after [`check`].
    pub checked: Checked,
    /// The explanation, as far as errors allow; `None` for a library.
    pub explanation: Option<Explanation>,
}

/// One file to be written, relative to the flow's own folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Artifact {
    /// `job-definitions/<step>.json` or `jobs.json`
    pub path: String,
    /// Its whole content.
    pub text: String,
}

/// The artifacts of one flow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Artifacts {
    /// The flow's name, which is the name of its folder.
    pub flow: String,
    /// `name_prefix`, with which the names of job definitions and jobs begin.
    pub prefix: String,
    /// Every job definition's name and the step it is for, in file order: names must be
    /// unique over all flows of a build.
    pub definition_names: Vec<(String, Span)>,
    /// The files, job definitions in file order, then `jobs.json`.
    pub files: Vec<Artifact>,
}

impl Artifacts {
    /// The one document that `build --stdout` prints: `jobs.json` with the job definitions in it.
    #[must_use]
    pub fn document(&self) -> String {
        batch::document(&self.files)
    }
}

/// Every step's options, as resolved.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The flow's name.
    pub flow: String,
    /// The steps in file order, control points without options.
    pub steps: Vec<ExplainedStep>,
}

/// A step's options, as resolved.
#[derive(Clone, Debug)]
pub struct ExplainedStep {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// `step`, `join` or `gather`.
    pub kind: &'static str,
    /// The job definition's name; `None` for a control point.
    pub job_definition: Option<String>,
    /// `None` outside every foreach; `Some(None)` where a value that decides it is missing.
    pub array_size: Option<Option<u64>>,
    /// Steps whose jobs this one's waits for, and the dependency's type.
    pub depends_on: Vec<(String, Option<&'static str>)>,
    /// In the order of the option table, defaults included.
    pub options: Vec<ExplainedOption>,
}

/// One resolved option.
#[derive(Clone, Debug)]
pub struct ExplainedOption {
    /// The annotation it belongs to, such as `batch`.
    pub annotation: &'static str,
    /// Its name.
    pub name: String,
    /// Its value as JSON; `None` where a param that decides it has no value.
    pub value: Option<serde_json::Value>,
    /// What decided it; several for a map merged from several places.
    pub origins: Vec<Origin>,
}

/// What decided an option.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The built-in default.
    Default,
    /// A `METAFLOW_*` variable.
    Variable(&'static str),
    /// A place in a flow, a library or `flowbatch.toml`.
    Place(Span),
    /// Follows from another option, in words: ``half of `memory` ``.
    Derived(String),
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownParam { name, suggestion } => {
                write!(f, "the flow has no param `{name}`")?;
                match suggestion {
                    Some(meant) => write!(f, ", did you mean `{meant}`?"),
                    None => Ok(()),
                }
            }
            Self::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for UsageError {}

impl Checked {
    /// The path of every file that was read: the file itself, what it imports, and its
    /// `flowbatch.toml`. When one of them changes, so may the result.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.sources.iter().map(|(_, source)| source.path.as_path())
    }

    /// Whether nothing can be built.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        !self.usage.is_empty()
            || self
                .diagnostics
                .iter()
                .any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Checks the file at `path`, what it imports and its `flowbatch.toml`.
///
/// Mistakes are no `Err`: they are in [`Checked::diagnostics`], all of them.
///
/// ```
/// use flowbatch::{Settings, check, source::Memory};
///
/// let files = Memory::default().with("lib.flow", "let queue = \"ml\"\n");
/// let checked = check(&files, "lib.flow".as_ref(), &Settings::default())?;
/// assert!(!checked.has_errors());
/// assert_eq!(checked.flow, None); // a library
/// # Ok::<(), flowbatch::ReadError>(())
/// ```
///
/// # Errors
/// When the file itself cannot be read or is not UTF-8.
pub fn check(loader: &dyn Loader, path: &Path, settings: &Settings) -> Result<Checked, ReadError> {
    run(loader, path, settings, None, |_, _, _| ()).map(|ran| ran.checked)
}

/// Compiles the flow at `path`.
///
/// There are artifacts unless there are errors. Nothing is written; see
/// [the crate's page](crate#in-a-buildrs) for a build script that does.
///
/// ```
/// use flowbatch::{Settings, compile, source::Memory};
///
/// let files = Memory::default()
///     .with("flowbatch.toml", "[batch]\nqueue = \"ml\"\nimage = \"python:3.12\"\n")
///     .with("hello.flow", "flow Hello { step start { run \"echo hello\" } }");
/// let compiled = compile(&files, "hello.flow".as_ref(), &Settings::default())?;
/// for found in &compiled.checked.diagnostics {
///     eprintln!("{:#}", found.display(&compiled.checked.sources));
/// }
/// let artifacts = compiled.artifacts.expect("no errors");
/// let paths: Vec<&str> = artifacts.files.iter().map(|file| file.path.as_str()).collect();
/// assert_eq!(paths, ["job-definitions/start.json", "jobs.json"]);
/// assert!(artifacts.document().starts_with("{\n  \"flow\": \"Hello\""));
/// # Ok::<(), flowbatch::ReadError>(())
/// ```
///
/// # Errors
/// When the file itself cannot be read or is not UTF-8.
pub fn compile(
    loader: &dyn Loader,
    path: &Path,
    settings: &Settings,
) -> Result<Compiled, ReadError> {
    let ran = run(loader, path, settings, None, |_, flow, sink| {
        let flow = flow.filter(|_| !sink.has_errors())?;
        missing_values(flow, sink);
        if sink.has_errors() {
            return None;
        }
        // Requests of strings and numbers always serialize.
        batch::emit(flow).ok()
    })?;
    let checked = ran.checked;
    let artifacts = ran.result.filter(|_| !checked.has_errors());
    Ok(Compiled { checked, artifacts })
}

/// Resolves every option of the flow at `path` and says where it came from.
///
/// # Errors
/// When the file itself cannot be read or is not UTF-8.
pub fn explain(
    loader: &dyn Loader,
    path: &Path,
    settings: &Settings,
) -> Result<Explained, ReadError> {
    let ran = run(loader, path, settings, None, |_, flow, _| {
        flow.map(crate::explain::explain)
    })?;
    Ok(Explained {
        checked: ran.checked,
        explanation: ran.result,
    })
}

/// What [`run`] made.
pub(crate) struct Ran<T> {
    pub(crate) checked: Checked,
    /// As in `Program`.
    pub(crate) files: Vec<Rc<ast::File>>,
    /// As in `Program`.
    pub(crate) sees: Vec<Vec<bool>>,
    pub(crate) result: T,
}

/// Loads and checks, and hands the configuration and the flow, if there is one, to `then`.
pub(crate) fn run<T>(
    loader: &dyn Loader,
    path: &Path,
    settings: &Settings,
    cuts: Option<&mut Cuts>,
    then: impl FnOnce(&Config<'_>, Option<&crate::check::Checked<'_>>, &mut Diagnostics) -> T,
) -> Result<Ran<T>, ReadError> {
    let mut sink = Diagnostics::default();
    let mut usage = Vec::new();
    let (program, toml) =
        crate::check::load::load(loader, path, cuts, &mut sink).map_err(|error| ReadError {
            path: path.to_path_buf(),
            error,
        })?;
    let config = match toml {
        Some(toml) => config::read(&program.sources, toml, settings.env.as_deref(), &mut sink),
        None => Config::default(),
    };
    let mut name = None;
    let mut flow_span = None;
    let flow = crate::check::check(&program, &config, settings, &mut usage, &mut sink);
    if let Some(checked) = &flow {
        name = Some(checked.flow.name.to_owned());
        flow_span = Some(checked.flow.span);
        batch::check(checked, &mut sink);
    } else if !settings.params.is_empty() {
        usage.extend(
            settings
                .params
                .iter()
                .map(|(name, _)| UsageError::UnknownParam {
                    name: name.clone(),
                    suggestion: None,
                }),
        );
    }
    let result = then(&config, flow.as_ref(), &mut sink);
    drop(flow);
    drop(config);
    let mut diagnostics = sink.into_sorted();
    one_for_a_missing_sign(&program.sources, &mut diagnostics);
    let lost = diagnostics.iter().any(loses_settings);
    diagnostics.retain(|diagnostic| !(lost && LACKS.contains(&diagnostic.code)));
    allow::apply(&program, &mut diagnostics);
    Ok(Ran {
        checked: Checked {
            sources: program.sources,
            diagnostics,
            usage,
            flow: name,
            flow_span,
        },
        files: program.files,
        sees: program.sees,
        result,
    })
}

/// Where `=` or `,` is missing between two values, the parser misses a comma and the checker the
/// name of an option: the better one of the two is said.
fn one_for_a_missing_sign(sources: &Sources, diagnostics: &mut Vec<Diagnostic>) {
    let comma = &crate::codes::syntax::MISSING_COMMA;
    let mut before: Option<(&'static Code, Span)> = None;
    diagnostics.retain(|diagnostic| {
        let Some(span) = diagnostic.primary() else {
            return true;
        };
        let follows = before.filter(|(_, earlier)| {
            let between = Span {
                start: earlier.end,
                end: span.start,
                ..span
            };
            earlier.file == span.file
                && earlier.end <= span.start
                && sources.text(between).trim().is_empty()
        });
        let repeats = follows.is_some_and(|(code, _)| {
            let pair = [code, diagnostic.code];
            pair == [comma, &options::POSITIONAL_ARGUMENT]
                || pair == [&options::POSITIONAL_ARGUMENT, comma]
        });
        before = Some((diagnostic.code, span));
        !repeats
    });
}

/// What is said of a step that lacks a setting.
static LACKS: [&Code; 4] = [
    &options::MISSING_QUEUE,
    &options::DEFAULT_PLATFORM,
    &options::DEFAULT_IMAGE,
    &queue::QUEUE_SHARE_MISSING,
];

/// Whether a mistake may have cost settings: that they lack is then not said as well.
fn loses_settings(diagnostic: &Diagnostic) -> bool {
    let costly = [
        &options::UNKNOWN_ANNOTATION,
        &options::UNKNOWN_OPTION,
        &options::POSITIONAL_ARGUMENT,
        &options::MISPLACED_ANNOTATION,
        &crate::codes::names::UNKNOWN_PROFILE,
        &crate::codes::names::IMPORT_NOT_FOUND,
        &crate::codes::syntax::STRAY_ANNOTATION,
        &crate::codes::syntax::IMPORT_PATH,
    ];
    costly.contains(&diagnostic.code)
        || diagnostic.code.group == "config" && diagnostic.severity == Severity::Error
}

/// A build needs the value of every param that it fixes.
fn missing_values(checked: &crate::check::Checked<'_>, sink: &mut Diagnostics) {
    for param in &checked.flow.params {
        if let (Some(span), None) = (*param.fixed.borrow(), param.value()) {
            sink.push(
                Diagnostic::new(
                    &crate::codes::values::MISSING_VALUE,
                    param.span,
                    format!("param `{}` has no value", param.name),
                )
                .label(span, "it is read here, so it is fixed at build")
                .help(format!(
                    "give it a default, a value under `[params]` in flowbatch.toml, or `-p {}=…`",
                    param.name
                )),
            );
        }
    }
}
