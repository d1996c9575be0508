//! `# flowbatch: allow(code)`: silences warnings and advice on its line or the next.

use std::collections::HashMap;

use crate::check::load::Program;
use crate::codes;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{FileId, Span};
use crate::suggest;

/// Removes what comments allow, and reports comments that allow nothing there is.
pub(crate) fn apply(program: &Program, diagnostics: &mut Vec<Diagnostic>) {
    let sources = &program.sources;
    // The codes that are allowed on a line of a file.
    let mut allowed: HashMap<(FileId, u32), Vec<&str>> = HashMap::new();
    let mut unknown = Vec::new();
    for file in &program.files {
        let source = sources.file(file.id);
        for &comment in &file.comments {
            let text = sources.text(comment);
            let Some((names, offset)) = names(text) else {
                continue;
            };
            let line = source.line_of(comment.start);
            let alone = source.line_text(line).trim_start().starts_with('#');
            for name in names.split(',') {
                let start = offset
                    + (name.as_ptr() as usize - names.as_ptr() as usize)
                    + (name.len() - name.trim_start().len());
                let name = name.trim();
                let at = comment.start as usize + start;
                let span = Span::new(comment.file, at, at + name.len());
                match codes::find(name) {
                    None => {
                        unknown.push(report(name, span));
                        continue;
                    }
                    // Some errors are warnings in a milder case, such as a nearly full definition.
                    Some(code)
                        if code.severity == Severity::Error
                            && diagnostics.iter().any(|found| {
                                found.code == code && found.severity == Severity::Error
                            }) =>
                    {
                        unknown.push(
                            Diagnostic::new(
                                &codes::names::UNKNOWN_CODE,
                                span,
                                format!("`{name}` is an error, which nothing silences"),
                            )
                            .help("only warnings and advice can be allowed; mend the error"),
                        );
                        continue;
                    }
                    Some(_) => {}
                }
                allowed.entry((file.id, line)).or_default().push(name);
                if alone {
                    // Comments above one another all belong to what follows them.
                    let mut next = line + 1;
                    while source.line_text(next).trim_start().starts_with('#') {
                        next += 1;
                    }
                    allowed.entry((file.id, next)).or_default().push(name);
                }
            }
        }
    }
    let items = program.files.iter().filter_map(|file| file.flow.as_ref());
    for flow in items {
        // What is allowed above an item's annotations is allowed for the item.
        let name = flow
            .name
            .map(|name| (flow.annotations.as_slice(), name.span));
        let steps = flow
            .steps
            .iter()
            .map(|step| (step.annotations.as_slice(), step.name.span));
        if allowed.is_empty() {
            break;
        }
        for (annotations, name) in name.into_iter().chain(steps) {
            let Some(first) = annotations.first() else {
                continue;
            };
            let source = sources.file(name.file);
            let names = allowed
                .get(&(name.file, source.line_of(first.span.start)))
                .cloned();
            let at = (name.file, source.line_of(name.start));
            allowed
                .entry(at)
                .or_default()
                .extend(names.unwrap_or_default());
        }
    }
    // In a script and in flowbatch.toml, comments are not those of the language.
    let in_text = |diagnostic: &Diagnostic, span: Span| {
        let source = sources.file(span.file);
        let allows = |line: u32| {
            let text = source.line_text(line);
            text.split_once('#').is_some_and(|(_, comment)| {
                names(comment).is_some_and(|(names, _)| {
                    names
                        .split(',')
                        .any(|name| name.trim() == diagnostic.code.name)
                })
            })
        };
        let mut line = source.line_of(span.start);
        if allows(line) {
            return true;
        }
        while line > 1 && source.line_text(line - 1).trim_start().starts_with('#') {
            line -= 1;
            if allows(line) {
                return true;
            }
        }
        false
    };
    diagnostics.retain(|diagnostic| {
        diagnostic.severity == Severity::Error
            || diagnostic
                .primary()
                .is_none_or(|span| !in_text(diagnostic, span))
    });
    if !allowed.is_empty() {
        diagnostics.retain(|diagnostic| {
            diagnostic.severity == Severity::Error
                || diagnostic.primary().is_none_or(|span| {
                    let line = sources.file(span.file).line_of(span.start);
                    allowed
                        .get(&(span.file, line))
                        .is_none_or(|names| !names.contains(&diagnostic.code.name))
                })
        });
    }
    if !unknown.is_empty() {
        diagnostics.extend(unknown);
        diagnostics.sort_by_key(Diagnostic::place);
    }
}

/// What stands between the parentheses of `# flowbatch: allow(…)`, and where.
fn names(comment: &str) -> Option<(&str, usize)> {
    let rest = comment.trim_start_matches('#').trim_start();
    let rest = rest.strip_prefix("flowbatch:")?.trim_start();
    let rest = rest.strip_prefix("allow")?.trim_start().strip_prefix('(')?;
    let names = rest.split(')').next()?;
    Some((names, names.as_ptr() as usize - comment.as_ptr() as usize))
}

fn report(name: &str, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        &codes::names::UNKNOWN_CODE,
        span,
        format!("there is no code `{name}`"),
    );
    match suggest::closest(name, codes::all().map(|code| code.name)) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")).suggest(
            format!("write `{meant}`"),
            span,
            meant,
        ),
        None => diagnostic.help("`flowbatch rule` lists all codes"),
    }
}
