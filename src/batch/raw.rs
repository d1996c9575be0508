//! `raw`: fields of RegisterJobDefinition that no option manages.

use serde_json::Value as Json;

use crate::batch::shapes::{self, Violation};
use crate::codes::options as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema;
use crate::source::Span;
use crate::value::{Entry, Kind, Value};

/// Fields that something else than an option decides, and what.
const DECIDED: &[(&str, &str)] = &[
    (
        "type",
        "flowbatch writes `multinode` for `@parallel`, else `container`",
    ),
    ("parameters", "they are the flow's params"),
    ("containerProperties.command", "it is the step's `run`"),
    (
        "ecsProperties",
        "flowbatch writes `containerProperties`, and AWS Batch takes only one of the two",
    ),
    (
        "eksProperties",
        "flowbatch writes `containerProperties`, and AWS Batch takes only one of the two",
    ),
];

/// Checks a `raw` map where it is written.
pub fn check(value: &Value<'_>, sink: &mut Diagnostics) {
    let Kind::Map(entries) = &value.kind else {
        return;
    };
    let before = sink.as_slice().len();
    managed(entries, "", sink);
    if sink.as_slice().len() > before {
        return;
    }
    let Some(json) = to_json(value, sink) else {
        return;
    };
    for violation in shapes::register_job_definition().check_part(&json) {
        let is_index = |name: &&String| name.bytes().all(|b| b.is_ascii_digit());
        let name = violation.path.iter().rfind(|name| !is_index(name));
        let name = name.map_or("raw", String::as_str);
        let message = if violation.message.contains(name) {
            format!("`raw`: {}", violation.message)
        } else if violation.path.last().is_some_and(|last| is_index(&last)) {
            format!("an item of `{name}` in `raw`: {}", violation.message)
        } else {
            format!("`{name}` in `raw`: {}", violation.message)
        };
        let place = locate(value, &violation);
        let mut diagnostic = Diagnostic::new(&codes::RAW_FIELD, place, message);
        if let Some(help) = violation.help {
            diagnostic = diagnostic.help(help);
        }
        sink.push(diagnostic);
    }
}

/// Refuses what a typed option manages.
fn managed(entries: &[Entry<'_>], prefix: &str, sink: &mut Diagnostics) {
    for entry in entries {
        let path = if prefix.is_empty() {
            entry.key.to_string()
        } else {
            format!("{prefix}.{}", entry.key)
        };
        let decided = DECIDED.iter().find(|(field, _)| *field == path);
        if let Some((_, why)) = decided {
            sink.push(
                Diagnostic::new(
                    &codes::RAW_MANAGED,
                    entry.span,
                    format!("`raw` cannot set `{path}`"),
                )
                .help(*why),
            );
        } else if let Some((annotation, option)) = schema::manager_of(&path) {
            let option = format!("@{}({}=…)", annotation.name, option.name);
            sink.push(
                Diagnostic::new(
                    &codes::RAW_MANAGED,
                    entry.span,
                    format!("`raw` cannot set `{path}`: an option does"),
                )
                .help(format!("write `{option}`")),
            );
        } else if let Kind::Map(inner) = &entry.value.kind {
            managed(inner, &path, sink);
        }
    }
}

/// A value as JSON; sizes are reported, and what is not known yet has none.
fn to_json(value: &Value<'_>, sink: &mut Diagnostics) -> Option<Json> {
    Some(match &value.kind {
        Kind::Bool(flag) => Json::Bool(*flag),
        Kind::Int(number, _) => Json::from(*number),
        Kind::Decimal(number, _) => Json::from(*number),
        Kind::Str(text) => Json::from(text.as_ref()),
        Kind::List(items) => Json::Array(
            items
                .iter()
                .map(|item| to_json(item, sink))
                .collect::<Option<_>>()?,
        ),
        Kind::Map(entries) => Json::Object(
            entries
                .iter()
                .map(|entry| Some((entry.key.to_string(), to_json(&entry.value, sink)?)))
                .collect::<Option<_>>()?,
        ),
        Kind::Size(..) => {
            sink.push(
                Diagnostic::new(
                    &codes::RAW_FIELD,
                    value.span,
                    "`raw`: a size cannot stand here",
                )
                .help("write the number in the unit that the API documents"),
            );
            return None;
        }
        Kind::Unknown(_) | Kind::Error => return None,
    })
}

/// The name or the value, or the nearest value around it, that a violation's path leads to.
fn locate(value: &Value<'_>, violation: &Violation) -> Span {
    let mut value = value;
    for (depth, name) in violation.path.iter().enumerate() {
        let inner = match &value.kind {
            Kind::Map(entries) => match entries.iter().find(|entry| entry.key == *name) {
                Some(entry) if violation.is_name && depth + 1 == violation.path.len() => {
                    return entry.span;
                }
                entry => entry.map(|entry| &entry.value),
            },
            Kind::List(items) => name.parse().ok().and_then(|index: usize| items.get(index)),
            _ => None,
        };
        let Some(inner) = inner else { break };
        value = inner;
    }
    value.span
}

/// What a multi-node definition has in each range of nodes, and its name there.
const OF_NODES: &[(&str, &str)] = &[
    ("containerProperties", "container"),
    (
        "consumableResourceProperties",
        "consumableResourceProperties",
    ),
];

/// Merges `raw` into a definition; in a multi-node one, what belongs to nodes into every range.
pub fn merge_into(definition: &mut Json, raw: &[Entry<'_>]) {
    let mut ignored = Diagnostics::default();
    for entry in raw {
        let Some(json) = to_json(&entry.value, &mut ignored) else {
            continue;
        };
        let ranges = definition
            .pointer_mut("/nodeProperties/nodeRangeProperties")
            .and_then(Json::as_array_mut);
        let of_nodes = OF_NODES.iter().find(|(field, _)| entry.key == *field);
        match (ranges, of_nodes) {
            (Some(ranges), Some((_, field))) => {
                for range in ranges {
                    merge(&mut range[*field], &json);
                }
            }
            _ => merge(&mut definition[entry.key.as_ref()], &json),
        }
    }
}

fn merge(base: &mut Json, over: &Json) {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(key) {
                    Some(known) => merge(known, value),
                    None => {
                        base.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}
