//! One piece of work for each of many flows, in parallel, with results in order.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::Failure;
use super::inputs::Input;
use crate::source::Loader;
use crate::{Checked, Compiled, Explained, ReadError, Settings, UsageError};

/// As much as the main thread usually has: a flow that compiles alone compiles among others.
const STACK: usize = 8 << 20;

/// Something that [`check`](crate::check) is part of.
pub(super) trait Outcome: Send {
    fn checked(&self) -> &Checked;
}

impl Outcome for Checked {
    fn checked(&self) -> &Checked {
        self
    }
}

impl Outcome for Compiled {
    fn checked(&self) -> &Checked {
        &self.checked
    }
}

impl Outcome for Explained {
    fn checked(&self) -> &Checked {
        &self.checked
    }
}

/// [`check`](crate::check), [`compile`](crate::compile) or [`explain`](crate::explain).
pub(super) type Work<T> = fn(&dyn Loader, &Path, &Settings) -> Result<T, ReadError>;

/// Does the work for every input.
///
/// # Errors
/// When files cannot be read, all of them named, or the settings are wrong.
pub(super) fn run<T: Outcome>(
    files: &(impl Loader + Sync),
    inputs: &[Input],
    settings: &Settings,
    work: Work<T>,
) -> Result<Vec<T>, Failure> {
    let outcomes = collect(parallel(inputs, |input| work(files, &input.path, settings)))?;
    let unknown = usage(&outcomes)?;
    if unknown.iter().all(BTreeSet::is_empty) {
        return Ok(outcomes);
    }
    // Names that another flow of the command knows do not concern this one.
    collect(parallel_with(inputs, outcomes, |input, at, outcome| {
        let Some(foreign) = unknown.get(at).filter(|names| !names.is_empty()) else {
            return Ok(outcome);
        };
        let mut settings = settings.clone();
        settings.params.retain(|(name, _)| !foreign.contains(name));
        work(files, &input.path, &settings)
    }))
}

fn collect<T>(results: Vec<Result<T, ReadError>>) -> Result<Vec<T>, Failure> {
    let mut outcomes = Vec::with_capacity(results.len());
    let mut unreadable = Vec::new();
    for result in results {
        match result {
            Ok(outcome) => outcomes.push(outcome),
            Err(error) => unreadable.push(error.to_string()),
        }
    }
    if unreadable.is_empty() {
        Ok(outcomes)
    } else {
        Err(Failure::several(unreadable))
    }
}

/// Which given params each flow does not know; an error if there is one that
/// no flow knows, or anything else is wrong with the settings.
fn usage<T: Outcome>(outcomes: &[T]) -> Result<Vec<BTreeSet<String>>, Failure> {
    let mut wrong: Vec<String> = Vec::new();
    let mut suggestions: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    let mut unknown = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        let mut names = BTreeSet::new();
        for error in &outcome.checked().usage {
            match error {
                UsageError::UnknownParam { name, suggestion } => {
                    names.insert(name.clone());
                    let known = suggestions.entry(name).or_default();
                    *known = known.or(suggestion.as_deref());
                }
                UsageError::Other(message) if wrong.contains(message) => {}
                UsageError::Other(message) => wrong.push(message.clone()),
            }
        }
        unknown.push(names);
    }
    for (name, suggestion) in suggestions {
        let known = outcomes
            .iter()
            .zip(&unknown)
            .any(|(outcome, unknown)| outcome.checked().flow.is_some() && !unknown.contains(name));
        if !known {
            let hint =
                suggestion.map_or_else(String::new, |meant| format!(", did you mean `{meant}`?"));
            wrong.push(format!("no flow here has a param `{name}`{hint}"));
        }
    }
    if wrong.is_empty() {
        Ok(unknown)
    } else {
        Err(Failure::several(wrong))
    }
}

fn parallel<I: Sync, R: Send>(items: &[I], work: impl Fn(&I) -> R + Sync) -> Vec<R> {
    let extra = items.iter().map(|_| ()).collect();
    parallel_with(items, extra, |item, _, ()| work(item))
}

/// Does `work` for every item and what comes with it, in as many threads as
/// there are processors; the results are in the order of the items.
fn parallel_with<I: Sync, E: Send, R: Send>(
    items: &[I],
    extra: Vec<E>,
    work: impl Fn(&I, usize, E) -> R + Sync,
) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    if threads.min(items.len()) <= 1 {
        let numbered = items.iter().zip(extra).enumerate();
        return numbered
            .map(|(at, (item, extra))| work(item, at, extra))
            .collect();
    }
    let next = AtomicUsize::new(0);
    let extra: Vec<Mutex<Option<E>>> = extra.into_iter().map(|e| Mutex::new(Some(e))).collect();
    let worker = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some(item), Some(extra)) = (items.get(at), extra.get(at)) else {
                return done;
            };
            let extra = extra.lock().ok().and_then(|mut extra| extra.take());
            if let Some(extra) = extra {
                done.push((at, work(item, at, extra)));
            }
        }
    };
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        // This thread is a worker too, so the work is done even where no thread can be had.
        let handles: Vec<_> = (1..threads.min(items.len()))
            .map_while(|_| {
                let builder = thread::Builder::new().stack_size(STACK);
                builder.spawn_scoped(scope, worker).ok()
            })
            .collect();
        let mut done = worker();
        for handle in handles {
            done.extend(handle.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, Sources};

    fn checked(flow: Option<&str>, unknown: &[&str]) -> Checked {
        Checked {
            sources: Sources::default(),
            diagnostics: Vec::new(),
            usage: unknown
                .iter()
                .map(|name| UsageError::UnknownParam {
                    name: (*name).to_owned(),
                    suggestion: Some("date".to_owned()),
                })
                .collect(),
            flow: flow.map(str::to_owned),
            flow_span: None,
        }
    }

    /// A flow called as its file, which has one param called as its file.
    fn work(_: &dyn Loader, path: &Path, settings: &Settings) -> Result<Checked, ReadError> {
        let name = path.to_str().unwrap();
        if name == "gone" {
            let error = std::io::ErrorKind::NotFound.into();
            return Err(ReadError {
                path: path.into(),
                error,
            });
        }
        let foreign = settings.params.iter().map(|(param, _)| param.as_str());
        Ok(checked(
            Some(name),
            &foreign.filter(|param| *param != name).collect::<Vec<_>>(),
        ))
    }

    fn names(inputs: &[&str], params: &[&str]) -> Result<Vec<Checked>, Failure> {
        let inputs: Vec<Input> = inputs
            .iter()
            .map(|path| Input {
                path: path.into(),
                named: true,
            })
            .collect();
        let settings = Settings {
            params: params
                .iter()
                .map(|name| ((*name).to_owned(), "1".to_owned()))
                .collect(),
            ..Settings::default()
        };
        run(&Memory::default(), &inputs, &settings, work)
    }

    #[test]
    fn results_come_in_order() {
        let inputs: Vec<String> = (0..200).map(|n| n.to_string()).collect();
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let found = names(&inputs, &[]).unwrap();
        let found: Vec<&str> = found.iter().filter_map(|one| one.flow.as_deref()).collect();
        assert_eq!(found, inputs);
    }

    #[test]
    fn one_flow_must_know_a_param() {
        let found = names(&["a", "b"], &["a"]).unwrap();
        assert!(found.iter().all(|one| one.usage.is_empty()));
        let error = names(&["a", "b"], &["a", "dat"]).unwrap_err().to_string();
        assert_eq!(
            error,
            "no flow here has a param `dat`, did you mean `date`?"
        );
    }

    #[test]
    fn a_library_knows_no_param() {
        let found = usage(&[checked(None, &[]), checked(Some("A"), &["x"])]);
        assert!(found.is_err());
    }

    #[test]
    fn every_unreadable_file_is_named() {
        let error = names(&["gone", "a", "gone"], &[]).unwrap_err();
        assert_eq!(error.messages.len(), 2);
    }
}
