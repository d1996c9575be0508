//! What a check knows, kept for questions about it.

use std::path::Path;

use crate::config;
use crate::diagnostic::Diagnostics;
use crate::driver::{self, Checked, ReadError, Settings};
use crate::source::{FileId, Loader, Sources, Span};
use crate::syntax::ast;

/// A file with what it imports and its `flowbatch.toml`, checked, and their trees.
#[derive(Debug)]
pub struct Analysis {
    /// As [`check`](crate::check) returns it.
    pub checked: Checked,
    /// The files, each after all it imports; the one that was asked for is the last.
    pub files: Vec<ast::File>,
    /// For each of `files`, which of them it sees.
    pub sees: Vec<Vec<bool>>,
    /// What `flowbatch.toml` names.
    pub named: Named,
}

/// The names in a `flowbatch.toml`.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// Queues: those that have a section, and those that are used.
    pub queues: Vec<String>,
    /// The keys of `[params]` and of the chosen environment's.
    pub params: Vec<(String, Span)>,
}

impl Named {
    fn of(config: &config::Config<'_>) -> Self {
        let sections = config.queues.iter().map(|queue| queue.name.clone());
        let mut queues: Vec<String> = sections.collect();
        for option in config.batch.iter().chain(&config.env_batch) {
            let queue = option.value.as_str();
            let queue = queue.filter(|_| option.opt == crate::schema::Opt::Queue);
            if let Some(queue) = queue.filter(|queue| config.queues.find(queue).is_none()) {
                queues.push(queue.to_owned());
            }
        }
        queues.sort_unstable();
        queues.dedup();
        let params = config.params.iter().chain(&config.env_params);
        Self {
            queues,
            params: params
                .map(|param| (param.name.clone(), param.span))
                .collect(),
        }
    }
}

/// Checks a file as [`check`](crate::check) does, and keeps what it learns. A `flowbatch.toml` is
/// checked by itself, without a flow.
///
/// # Errors
/// When the file itself cannot be read or is not UTF-8.
pub fn analyze(
    loader: &dyn Loader,
    path: &Path,
    settings: &Settings,
) -> Result<Analysis, ReadError> {
    if path.file_name() == Some(config::FILE_NAME.as_ref()) {
        return Ok(analyze_config(loader, path, settings));
    }
    let ran = driver::run(loader, path, settings, |config, _, _| Named::of(config))?;
    Ok(Analysis {
        checked: ran.checked,
        files: ran.files,
        sees: ran.sees,
        named: ran.result,
    })
}

fn analyze_config(loader: &dyn Loader, path: &Path, settings: &Settings) -> Analysis {
    let mut sources = Sources::default();
    let mut sink = Diagnostics::default();
    let mut named = Named::default();
    match config::find(loader, path, &mut sources) {
        Ok(file) => {
            named = Named::of(&config::read(
                &sources,
                file,
                settings.env.as_deref(),
                &mut sink,
            ));
        }
        Err(diagnostic) => sink.push(diagnostic),
    }
    Analysis {
        checked: Checked {
            sources,
            diagnostics: sink.into_sorted(),
            usage: Vec::new(),
            flow: None,
            flow_span: None,
        },
        files: Vec::new(),
        sees: Vec::new(),
        named,
    }
}

impl Analysis {
    /// The tree of the file that was asked for.
    #[must_use]
    pub fn root(&self) -> Option<&ast::File> {
        self.files.last()
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
