//! Where a name is used, and whether it can have another.

use std::collections::HashMap;
use std::path::Path;

use super::Analysis;
use super::symbols::{self, NameKind, Occurrence, Scope, Symbol};
use crate::Checked;
use crate::codes::config::CONFIG_SYNTAX;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;
use crate::syntax::ast::RunValue;
use crate::syntax::is_name;

/// The name at a place: where it stands there, what it names and where that is defined.
#[must_use]
pub fn name_at(analysis: &Analysis, offset: usize) -> Option<(Span, NameKind, Span)> {
    let file = analysis.root_id();
    match symbols::at(analysis, file, offset)? {
        Occurrence {
            span,
            symbol: Symbol::Name(kind, definition),
        } => Some((span, kind, definition)),
        _ => None,
    }
}

/// Every place of all files of an analysis that names what is defined at `definition`, that place
/// included; of a param also the keys of `flowbatch.toml`.
#[must_use]
pub fn references(analysis: &Analysis, definition: Span) -> Vec<Span> {
    let mut found = Vec::new();
    let mut kind = None;
    for tree in &analysis.files {
        for occurrence in symbols::occurrences(analysis, tree.id) {
            if let Symbol::Name(of, target) = occurrence.symbol
                && target == definition
            {
                kind = Some(of);
                found.push(occurrence.span);
            }
        }
    }
    if kind == Some(NameKind::Param) {
        found.extend(keys(analysis, analysis.text(definition)));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The keys of `flowbatch.toml` that give a param of this name a value, in every environment.
pub fn keys(analysis: &Analysis, name: &str) -> impl Iterator<Item = Span> {
    let keys = analysis.facts.params.iter();
    keys.filter(move |(key, _)| key == name)
        .map(|(_, span)| *span)
}

/// Whether the flow of an analysis has a param of this name.
#[must_use]
pub fn has_param(analysis: &Analysis, name: &str) -> bool {
    let mut params = analysis.flow().into_iter().flat_map(|flow| &flow.params);
    params.any(|param| analysis.text(param.name.span) == name)
}

/// The first error that is there after names were changed, and was not before. No name ends a line, so
/// that an error stays on its own, whatever it says of the name.
#[must_use]
pub fn first_new_error<'a>(before: &Checked, after: &'a Checked) -> Option<&'a Diagnostic> {
    let mut known: HashMap<_, usize> = HashMap::new();
    for error in errors(before) {
        *known.entry(line_of(before, error)).or_default() += 1;
    }
    errors(after).find(|error| match known.get_mut(&line_of(after, error)) {
        Some(left @ 1..) => {
            *left -= 1;
            false
        }
        _ => true,
    })
}

fn errors(checked: &Checked) -> impl Iterator<Item = &Diagnostic> {
    let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
    checked.diagnostics.iter().filter(is_error)
}

/// Which error stands where.
fn line_of<'a>(
    checked: &'a Checked,
    error: &Diagnostic,
) -> (&'static str, Option<(&'a Path, u32)>) {
    let place = error.primary().map(|span| {
        let source = checked.sources.file(span.file);
        (source.path.as_path(), source.line_of(span.start))
    });
    (error.code.name, place)
}

/// Why what is defined at `definition` cannot be called `new`, as far as one analysis can tell.
///
/// # Errors
/// The reason, as a sentence without its full stop.
pub fn check(
    analysis: &Analysis,
    kind: NameKind,
    definition: Span,
    new: &str,
) -> Result<(), String> {
    let old = analysis.text(definition);
    if new == old {
        return Ok(());
    }
    if !is_name(new) {
        return Err(format!(
            "`{new}` cannot be a name: one begins with a letter, goes on with letters, digits and `_`, \
             and is no word of the language"
        ));
    }
    let taken = |what: &str| Err(format!("there is {what} `{new}` already"));
    for index in 0..analysis.files.len() {
        let scope = Scope::of(analysis, index);
        match kind {
            NameKind::Flow => {}
            NameKind::Step => {
                let mut others = scope.steps.iter().filter(|(_, span)| **span != definition);
                if let Some((name, _)) = others.find(|(name, _)| name.eq_ignore_ascii_case(new)) {
                    return Err(format!("there is a step `{name}` already"));
                }
            }
            NameKind::Profile if scope.profiles.contains_key(new) => return taken("a profile"),
            NameKind::Profile => {}
            NameKind::Let | NameKind::Param | NameKind::Variable => {
                if let Some((other, _)) = scope.values.get(new) {
                    return taken(&format!("a {}", other.as_str()));
                }
                let variables = analysis.facts.variables.iter().flatten();
                if variables.clone().any(|span| analysis.text(*span) == new) {
                    return taken("a foreach variable");
                }
            }
        }
    }
    if kind == NameKind::Param {
        keys_can_change(analysis, old, new)?;
    }
    if matches!(kind, NameKind::Param | NameKind::Variable)
        && let Some(reason) = crate::check::variables::reserved_name(new)
    {
        return Err(format!("`{new}` cannot be a variable of scripts: {reason}"));
    }
    if matches!(kind, NameKind::Param | NameKind::Variable) {
        scripts_leave_alone(analysis, old, false)?;
        scripts_leave_alone(analysis, new, true)?;
        scripts_are_followed(analysis, kind, definition)?;
    }
    Ok(())
}

/// A script may read a variable where no `$` tells (`export n`, `[ -v n ]`), or hand its name to
/// another program (`sh -c 'echo $n'`): a word that would stay must not be that.
fn scripts_are_followed(
    analysis: &Analysis,
    kind: NameKind,
    definition: Span,
) -> Result<(), String> {
    let name = analysis.text(definition);
    let known = references(analysis, definition);
    let steps = analysis.flow().map_or(&[][..], |flow| &flow.steps);
    for (index, step) in steps.iter().enumerate() {
        let mut variables = analysis.facts.variables.get(index).into_iter().flatten();
        if kind == NameKind::Variable && !variables.any(|variable| *variable == definition) {
            continue;
        }
        let span = match step.run.as_ref().map(|run| &run.value) {
            Some(RunValue::Shell(script)) => script.span,
            Some(RunValue::Exec(_, span)) => *span,
            _ => continue,
        };
        let text = analysis.text(span);
        let words = text.match_indices(name).map(|(at, _)| at);
        let unknown = words.filter(|&at| {
            let there = Span::new(
                span.file,
                span.start as usize + at,
                span.start as usize + at + name.len(),
            );
            known.binary_search(&there).is_err() && may_be_read(text, at, name.len())
        });
        let comments = comments(text);
        let mut unknown = unknown.filter(|at| !comments.iter().any(|range| range.contains(at)));
        if let Some(at) = unknown.next() {
            let source = analysis.checked.sources.file(span.file);
            let line = source.line_of(span.start + u32::try_from(at).unwrap_or(0));
            let step = analysis.text(step.name.span);
            return Err(format!(
                "line {line} in the script of step `{step}` has the word `{name}` where it cannot be \
                 told whether the variable is meant (`{}`): change that by hand first",
                source.line_text(line).trim()
            ));
        }
    }
    Ok(())
}

/// Whether what stands in a literal is a whole word that may name a variable.
fn may_be_read(text: &str, at: usize, length: usize) -> bool {
    let before = &text[..at];
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if before.ends_with(is_part) && !ends_with_escape(text, before)
        || text[at + length..].starts_with(is_part)
    {
        return false;
    }
    // The letter of an escape, such as `\n`.
    let slashes = before.len() - before.trim_end_matches('\\').len();
    if slashes % 2 == 1 && !is_raw(text) {
        return false;
    }
    // The name of an option, unless `--` may be an operator.
    let is_option = before
        .strip_suffix("--")
        .is_some_and(|before| before.ends_with([' ', '\t', '\n', '"', '\'']));
    !is_option || text.contains("let ") || text.contains("((")
}

/// Whether a literal has no escapes.
fn is_raw(literal: &str) -> bool {
    literal.starts_with("\"\"\"")
}

/// Whether the last letter belongs to an escape, so that a word may begin behind it.
fn ends_with_escape(literal: &str, before: &str) -> bool {
    let before = &before[..before.len() - 1];
    let slashes = before.len() - before.trim_end_matches('\\').len();
    slashes % 2 == 1 && !is_raw(literal)
}

/// Where the comments of a script are in its literal; of one with escapes, that is not looked for.
fn comments(literal: &str) -> Vec<std::ops::Range<usize>> {
    let quotes = if is_raw(literal) { 3 } else { 1 };
    let end = literal.len().saturating_sub(quotes);
    let Some(script) = literal
        .get(quotes..end)
        .filter(|script| literal.starts_with('"') && (is_raw(literal) || !script.contains('\\')))
    else {
        return Vec::new();
    };
    let found = crate::check::shell::scan(script).comments.into_iter();
    let ranges = found.map(|comment| {
        let start = quotes + (comment.as_ptr() as usize - script.as_ptr() as usize);
        start..start + comment.len()
    });
    ranges.collect()
}

/// A key of `flowbatch.toml` must be known, and give its value to nothing else under its new name.
fn keys_can_change(analysis: &Analysis, old: &str, new: &str) -> Result<(), String> {
    let config = crate::config::FILE_NAME;
    let mut found = analysis.checked.diagnostics.iter();
    if let Some(error) = found.find(|found| found.code == &CONFIG_SYNTAX) {
        let message = &error.message;
        return Err(format!(
            "whether {config} has a value for `{old}` cannot be told: {message}"
        ));
    }
    let Some(key) = keys(analysis, new).next() else {
        return Ok(());
    };
    let line = analysis.checked.sources.file(key.file).line_of(key.start);
    Err(format!(
        "line {line} of {config} has a value for `{new}`, which the param would have then"
    ))
}

/// A script that sets a variable itself may mean its own or the one from outside; and one that reads
/// what is `new` means something else.
fn scripts_leave_alone(analysis: &Analysis, name: &str, is_new: bool) -> Result<(), String> {
    let steps = analysis.flow().map_or(&[][..], |flow| &flow.steps);
    for step in steps {
        let Some(RunValue::Shell(script)) = step.run.as_ref().map(|run| &run.value) else {
            continue;
        };
        let reads = symbols::reads(analysis, script);
        let mut reads = reads.iter();
        let read = reads.find(|read| analysis.text(read.span) == name);
        let Some(read) = read.filter(|read| read.sets || is_new) else {
            continue;
        };
        let step = analysis.text(step.name.span);
        return Err(if read.sets {
            format!(
                "the script of step `{step}` sets `{name}` itself: give that variable another name first"
            )
        } else {
            format!("the script of step `{step}` reads another variable `{name}`")
        });
    }
    Ok(())
}
