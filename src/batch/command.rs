//! The command of a job: the script with its prologue, or the program and its arguments.

use std::borrow::Cow;

use crate::flow::{ExecArg, Flow, Items, Run, Scope, Step};

/// The `command` of a step's container; empty for the image's own.
#[must_use]
pub fn command<'m>(flow: &'m Flow<'_>, step: &'m Step<'_>) -> Vec<Cow<'m, str>> {
    match &step.run {
        None => Vec::new(),
        Some(Run::Exec { args, .. }) => args
            .iter()
            .map(|arg| match arg {
                ExecArg::Text(text) => Cow::Borrowed(text.as_ref()),
                ExecArg::Param(param) => Cow::Owned(format!("Ref::{}", flow.params[*param].name)),
            })
            .collect(),
        Some(Run::Shell { shell, script, .. }) => {
            let prologue = prologue(flow, step);
            let script = if prologue.is_empty() {
                Cow::Borrowed(script.as_ref())
            } else {
                Cow::Owned(format!("{prologue}{script}"))
            };
            shell
                .iter()
                .map(|word| Cow::Borrowed(word.as_ref()))
                .chain([script])
                .collect()
        }
    }
}

/// What a script needs before its first line, in POSIX sh.
fn prologue(flow: &Flow<'_>, step: &Step<'_>) -> String {
    let mut lines = String::new();
    for param in &flow.params {
        // Batch drops empty environment values, so the script makes it up.
        if param.default_text() == Some("") {
            lines.push_str(&format!("export {0}=\"${{{0}-}}\"\n", param.name));
        }
    }
    let scopes = flow.scope_chain(step.scope);
    let Some(size) = step.scope.and_then(|scope| flow.scopes[scope].size) else {
        return lines;
    };
    // A plain job has no index: an array of one item is none.
    let index = if size >= 2 {
        "\"$AWS_BATCH_JOB_ARRAY_INDEX\""
    } else {
        "0"
    };
    lines.push_str(&format!(
        "export FLOWBATCH_INDEX={index} FLOWBATCH_SIZE={size}\n"
    ));
    // Row-major: the innermost scope changes fastest.
    let mut inner = size;
    for (depth, scope) in scopes.iter().enumerate() {
        let count = scope.items.count().unwrap_or(1).max(1);
        inner /= count;
        let mut place = "FLOWBATCH_INDEX".to_owned();
        if inner > 1 {
            place = format!("{place} / {inner}");
        }
        if depth > 0 && count > 1 {
            place = format!("{place} % {count}");
        }
        if count == 1 {
            place = "0".to_owned();
        }
        lines.push_str(&item(scope, &place));
    }
    lines
}

/// Sets the variable of one scope to the item at an arithmetic expression.
fn item(scope: &Scope<'_>, place: &str) -> String {
    let name = scope.variable;
    match &scope.items {
        Items::Range(lo, _) if place == "0" => format!("export {name}={lo}\n"),
        Items::Range(0, _) => format!("export {name}=\"$(({place}))\"\n"),
        // A shell reads `-N` as the negative of N, and of the smallest number there is none.
        Items::Range(i64::MIN, _) => {
            format!("export {name}=\"$((-{} - 1 + {place}))\"\n", i64::MAX)
        }
        Items::Range(lo, _) => format!("export {name}=\"$(({lo} + {place}))\"\n"),
        Items::List(items) => {
            if let [only] = items.as_slice() {
                return format!("export {name}={}\n", quote(only));
            }
            let items: Vec<String> = items.iter().map(|item| quote(item)).collect();
            format!(
                "set -- {}\nshift \"$(({place}))\"\nexport {name}=\"$1\"\nset --\n",
                items.join(" ")
            )
        }
        Items::Unknown | Items::Error => String::new(),
    }
}

/// A word as every POSIX shell reads it back unchanged.
#[must_use]
pub fn quote(text: &str) -> String {
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&b));
    if plain {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
