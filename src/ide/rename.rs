//! Where a name is used, and whether it can have another.

use super::Analysis;
use super::symbols::{self, NameKind, Occurrence, Scope, Symbol};
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
        let name = analysis.text(definition);
        let keys = analysis.facts.params.iter();
        found.extend(keys.filter(|(key, _)| key == name).map(|(_, span)| *span));
    }
    found.sort_unstable();
    found.dedup();
    found
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
    if matches!(kind, NameKind::Param | NameKind::Variable)
        && let Some(reason) = crate::check::variables::reserved_name(new)
    {
        return Err(format!("`{new}` cannot be a variable of scripts: {reason}"));
    }
    if matches!(kind, NameKind::Param | NameKind::Variable) {
        scripts_leave_alone(analysis, old)?;
        scripts_leave_alone(analysis, new)?;
    }
    Ok(())
}

/// A script that sets a variable itself may mean its own or the one from outside.
fn scripts_leave_alone(analysis: &Analysis, name: &str) -> Result<(), String> {
    let steps = analysis.flow().map_or(&[][..], |flow| &flow.steps);
    for step in steps {
        let Some(RunValue::Shell(script)) = step.run.as_ref().map(|run| &run.value) else {
            continue;
        };
        let reads = symbols::reads(analysis, script);
        let mut reads = reads.iter();
        if reads.any(|read| read.sets && analysis.text(read.span) == name) {
            let step = analysis.text(step.name.span);
            return Err(format!(
                "the script of step `{step}` sets `{name}` itself: give that variable another name first"
            ));
        }
    }
    Ok(())
}
