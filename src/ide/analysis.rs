//! What a check knows, kept for questions about it.

use std::path::Path;
use std::rc::Rc;

use crate::check::Checked;
use crate::check::load::Cuts;
use crate::config;
use crate::diagnostic::Diagnostics;
use crate::driver::{self, ReadError, Settings};
use crate::source::{FileId, Loader, Sources, Span};
use crate::syntax::ast;

/// A file with what it imports and its `flowbatch.toml`, checked, and their trees.
#[derive(Debug)]
pub struct Analysis {
    /// As [`check`](crate::check()) returns it.
    pub checked: crate::Checked,
    /// The files, each after all it imports; the one that was asked for is the last.
    pub files: Vec<Rc<ast::File>>,
    /// For each of `files`, which of them it sees.
    pub sees: Vec<Vec<bool>>,
    /// What `flowbatch.toml` names, and the flow's scopes.
    pub facts: Facts,
}

/// What only the checker knows, besides the diagnostics.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Queues of `flowbatch.toml`: those that have a section, and where, and those that are used.
    pub queues: Vec<(String, Option<Span>)>,
    /// The keys of its `[params]`, and of those of all environments.
    pub params: Vec<(String, Span)>,
    /// For each step, the variables of the foreach that it stands in, outermost first.
    pub variables: Vec<Vec<Span>>,
}

impl Facts {
    fn of(config: &config::Config<'_>, flow: Option<&Checked<'_>>) -> Self {
        let sections = config.queues.iter();
        let sections = sections.map(|queue| (queue.name.clone(), queue.origin));
        let mut queues: Vec<_> = sections.collect();
        for option in config.batch.iter().chain(&config.env_batch) {
            let queue = option.value.as_str();
            let queue = queue.filter(|_| option.opt == crate::schema::Opt::Queue);
            if let Some(queue) = queue.filter(|queue| config.queues.find(queue).is_none()) {
                queues.push((queue.to_owned(), None));
            }
        }
        queues.sort_unstable();
        queues.dedup();
        let params = config.params.iter().chain(&config.env_params);
        let params = params.chain(&config.other_params);
        let variables = flow.map_or_else(Vec::new, |Checked { flow, .. }| {
            let scopes = flow.steps.iter().map(|step| flow.scope_chain(step.scope));
            scopes
                .map(|chain| chain.into_iter().map(|scope| scope.span).collect())
                .collect()
        });
        Self {
            queues,
            params: params
                .map(|param| (param.name.clone(), param.span))
                .collect(),
            variables,
        }
    }
}

/// Checks a file as [`check`](crate::check()) does, and keeps what it learns. A `flowbatch.toml` is
/// checked by itself, without a flow.
///
/// # Errors
/// When the file itself cannot be read or is not UTF-8.
pub fn analyze(
    loader: &dyn Loader,
    path: &Path,
    settings: &Settings,
) -> Result<Analysis, ReadError> {
    analyze_with(loader, path, settings, None)
}

/// The same, faster where `cuts` know an earlier version of a file; they know this one afterwards.
///
/// # Errors
/// When the file itself cannot be read or is not UTF-8.
pub fn analyze_again(
    loader: &dyn Loader,
    path: &Path,
    settings: &Settings,
    cuts: &mut Cuts,
) -> Result<Analysis, ReadError> {
    analyze_with(loader, path, settings, Some(cuts))
}

fn analyze_with(
    loader: &dyn Loader,
    path: &Path,
    settings: &Settings,
    cuts: Option<&mut Cuts>,
) -> Result<Analysis, ReadError> {
    if path.file_name() == Some(config::FILE_NAME.as_ref()) {
        return Ok(analyze_config(loader, path, settings));
    }
    let ran = driver::run(loader, path, settings, cuts, |config, flow, _| {
        Facts::of(config, flow)
    })?;
    Ok(Analysis {
        checked: ran.checked,
        files: ran.files,
        sees: ran.sees,
        facts: ran.result,
    })
}

fn analyze_config(loader: &dyn Loader, path: &Path, settings: &Settings) -> Analysis {
    let mut sources = Sources::default();
    let mut sink = Diagnostics::default();
    let mut facts = Facts::default();
    match config::find(loader, path, &mut sources) {
        Ok(file) => {
            let config = config::read(&sources, file, settings.env.as_deref(), &mut sink);
            facts = Facts::of(&config, None);
        }
        Err(diagnostic) => sink.push(diagnostic),
    }
    Analysis {
        checked: crate::Checked {
            sources,
            diagnostics: sink.into_sorted(),
            usage: Vec::new(),
            flow: None,
            flow_span: None,
        },
        files: Vec::new(),
        sees: Vec::new(),
        facts,
    }
}

impl Analysis {
    /// The tree of the file that was asked for.
    #[must_use]
    pub fn root(&self) -> Option<&ast::File> {
        self.files.last().map(Rc::as_ref)
    }

    /// The flow, if that file has one.
    #[must_use]
    pub fn flow(&self) -> Option<&ast::Flow> {
        self.root()?.flow.as_ref()
    }

    /// The id of the file that was asked for.
    #[must_use]
    pub fn root_id(&self) -> FileId {
        FileId(0)
    }

    /// The text of a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.checked.sources.text(span)
    }
}
