//! Retries, timeouts, priorities, tags, parameters.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::input::Input;
use super::{Check, Checks, Made, containers};

pub(super) fn checks() -> Checks {
    let tags = (0..51).map(|tag| (tag.to_string(), json!("x")));
    let many = Value::Object(tags.collect());
    vec![
        (
            "eoe-requires-attempts",
            Check::Made(
                |made| made.definition["retryStrategy"]["attempts"].is_u64(),
                "definition/retryStrategy/attempts",
                json!(null),
            ),
        ),
        (
            "eoe-needs-condition",
            Check::Made(
                |made| entries(made).all(|entry| conditions(entry).count() > 0),
                "definition/retryStrategy/evaluateOnExit/1/onReason",
                json!(null),
            ),
        ),
        (
            "eoe-action",
            Check::Made(
                |made| {
                    entries(made).all(|entry| {
                        ["RETRY", "EXIT"]
                            .iter()
                            .any(|word| entry["action"] == *word)
                    })
                },
                "definition/retryStrategy/evaluateOnExit/0/action",
                json!("STOP"),
            ),
        ),
        (
            "eoe-exitcode-pattern",
            Check::Made(
                |made| {
                    let codes = entries(made).filter_map(|entry| entry.get("onExitCode"));
                    codes
                        .into_iter()
                        .all(|code| is_pattern(code, |c| c.is_ascii_digit()))
                },
                "definition/retryStrategy/evaluateOnExit/0/onExitCode",
                json!("1*3"),
            ),
        ),
        (
            "eoe-reason-pattern",
            Check::Made(
                |made| {
                    let is_legal = |c: char| {
                        c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ".:".contains(c)
                    };
                    let reasons =
                        |entry| conditions(entry).filter(|(name, _)| *name != "onExitCode");
                    entries(made)
                        .flat_map(reasons)
                        .all(|(_, reason)| is_pattern(reason, is_legal))
                },
                "definition/retryStrategy/evaluateOnExit/0/onReason",
                json!("disk/full"),
            ),
        ),
        (
            "eoe-len-512",
            Check::Made(
                |made| {
                    let length =
                        |text: &Value| text.as_str().map_or(0, |text| text.chars().count());
                    entries(made)
                        .flat_map(conditions)
                        .all(|(_, text)| (1..=512).contains(&length(text)))
                },
                "definition/retryStrategy/evaluateOnExit/0/onReason",
                json!("x".repeat(513)),
            ),
        ),
        (
            "eoe-default-retry",
            Check::Made(
                |made| {
                    entries(made)
                        .last()
                        .is_none_or(|last| *last == json!({ "onReason": "*", "action": "EXIT" }))
                },
                "definition/retryStrategy/evaluateOnExit/1/action",
                json!("RETRY"),
            ),
        ),
        (
            "eoe-unreachable",
            Check::Made(
                |made| {
                    let fits_all = |entry| conditions(entry).all(|(_, text)| *text == "*");
                    entries(made).rev().skip(1).all(|entry| !fits_all(entry))
                },
                "definition/retryStrategy/evaluateOnExit/0/onReason",
                json!("*"),
            ),
        ),
        ("eoe-spot-idiom", Check::Test(spot_and_image_pull)),
        (
            "retry-override",
            Check::Made(
                |made| made.submission.get("retryStrategy").is_none(),
                "submission/retryStrategy",
                json!({ "attempts": 1 }),
            ),
        ),
        (
            "no-timeout",
            Check::Made(
                |made| made.definition["timeout"]["attemptDurationSeconds"].is_u64(),
                "definition/timeout",
                json!(null),
            ),
        ),
        (
            "tags-max-50",
            Check::Made(
                |made| {
                    let requests = [&made.definition, &made.submission];
                    let maps = requests
                        .into_iter()
                        .filter_map(|request| request.get("tags"));
                    maps.into_iter()
                        .all(|tags| (1..=50).contains(&tags.as_object().map_or(0, Map::len)))
                },
                "definition/tags",
                json!({}),
            ),
        ),
        (
            "tag-propagate-50",
            Check::Made(
                |made| {
                    let requests = [&made.definition, &made.submission];
                    let maps = requests
                        .into_iter()
                        .filter_map(|request| request["tags"].as_object());
                    maps.flat_map(Map::keys).collect::<BTreeSet<_>>().len() <= 50
                },
                "submission/tags",
                many,
            ),
        ),
        (
            "param-map-strings",
            Check::Made(
                |made| parameters(made).all(|(_, value)| value.is_string()),
                "definition/parameters",
                json!({ "date": 20 }),
            ),
        ),
        (
            "param-undefined-ref",
            Check::Made(
                |made| {
                    let given: BTreeSet<&str> = parameters(made).map(|(name, _)| name).collect();
                    references(made).into_iter().all(|name| {
                        let params = made.document["params"].as_array();
                        let param =
                            params.and_then(|all| all.iter().find(|param| param["name"] == name));
                        param.is_some_and(|param| {
                            param.get("value").is_none() || given.contains(name)
                        })
                    })
                },
                "definition/parameters",
                json!(null),
            ),
        ),
        (
            "param-unused",
            Check::Made(
                |made| parameters(made).all(|(name, _)| references(made).contains(name)),
                "definition/parameters",
                json!({ "unused": "x" }),
            ),
        ),
    ]
}

/// The entries of `evaluateOnExit`.
fn entries(made: &Made) -> impl DoubleEndedIterator<Item = &Value> {
    let entries = made.definition["retryStrategy"]["evaluateOnExit"].as_array();
    entries.into_iter().flatten()
}

/// The conditions of an entry, by their names.
fn conditions(entry: &Value) -> impl Iterator<Item = (&'static str, &Value)> {
    let names = ["onExitCode", "onReason", "onStatusReason"];
    names
        .into_iter()
        .filter_map(|name| Some((name, entry.get(name)?)))
}

/// Whether it is of legal characters, with `*` at most at the end.
fn is_pattern(text: &Value, is_legal: fn(char) -> bool) -> bool {
    let text = text.as_str().unwrap_or("/");
    text.strip_suffix('*').unwrap_or(text).chars().all(is_legal)
}

/// The parameters of a definition and a submission.
fn parameters(made: &Made) -> impl Iterator<Item = (&str, &Value)> {
    let requests = [&made.definition, &made.submission];
    let maps = requests
        .into_iter()
        .filter_map(|request| request["parameters"].as_object());
    maps.flatten().map(|(name, value)| (name.as_str(), value))
}

/// The names behind every `Ref::` in the commands of a step.
fn references(made: &Made) -> BTreeSet<&str> {
    let commands = containers(made)
        .into_iter()
        .filter_map(|container| container["command"].as_array());
    let words = commands.flatten().filter_map(Value::as_str);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    words
        .flat_map(|word| word.split("Ref::").skip(1))
        .map(|rest| &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())])
        .collect()
}

fn spot_and_image_pull() {
    let made = Input::body("@retry(on=[\"spot\", \"image_pull\"]) step s { run \"true\" }")
        .compile()
        .clean();
    assert_eq!(
        made.definition("s")["retryStrategy"]["evaluateOnExit"],
        json!([
            { "onStatusReason": "Host EC2*", "action": "RETRY" },
            { "onReason": "CannotPullContainerError:*", "action": "RETRY" },
            { "onReason": "*", "action": "EXIT" },
        ])
    );
}
