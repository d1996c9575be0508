//! Image, command, environment, user.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Check, Checks, Made, containers, overrides};

pub(super) fn checks() -> Checks {
    vec![
        (
            "image-required",
            Check::Made(
                |made| {
                    every(made, |of| {
                        of["image"].as_str().is_some_and(|image| !image.is_empty())
                    })
                },
                "definition/containerProperties/image",
                json!(null),
            ),
        ),
        (
            "no-entrypoint",
            Check::Made(
                |made| every(made, |of| of.get("entryPoint").is_none()),
                "definition/containerProperties/entryPoint",
                json!(["sh", "-c"]),
            ),
        ),
        (
            "command-override-nonempty",
            Check::Made(
                |made| overrides(made).iter().all(|of| of.get("command").is_none()),
                "submission/containerOverrides/command",
                json!(["echo", ""]),
            ),
        ),
        (
            "command-omit-vs-empty",
            Check::Made(
                |made| {
                    every(made, |of| {
                        of.get("command").is_none_or(|words| *words != json!([]))
                    })
                },
                "definition/containerProperties/command",
                json!([]),
            ),
        ),
        (
            "env-empty-value",
            Check::Made(
                |made| {
                    let mut lists = [containers(made), overrides(made)].concat().into_iter();
                    lists.all(|of| variables(of).iter().all(|(_, value)| !value.is_empty()))
                },
                "definition/containerProperties/environment/0/value",
                json!(""),
            ),
        ),
        (
            "env-duplicate-name",
            Check::Made(
                |made| {
                    let mut lists = [containers(made), overrides(made)].concat().into_iter();
                    lists.all(|of| {
                        let variables = variables(of);
                        let names: BTreeSet<&str> =
                            variables.iter().map(|(name, _)| *name).collect();
                        names.len() == variables.len()
                    })
                },
                "definition/containerProperties/environment/0/name",
                json!("FLOWBATCH_STEP"),
            ),
        ),
        (
            "windows-forbidden-fields",
            Check::Made(
                |made| {
                    every(made, |of| {
                        of["runtimePlatform"].get("operatingSystemFamily").is_none()
                    })
                },
                "definition/containerProperties/runtimePlatform",
                json!({ "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" }),
            ),
        ),
    ]
}

fn every(made: &Made, holds: fn(&Value) -> bool) -> bool {
    containers(made).into_iter().all(holds)
}

/// The environment with the secrets: names, and values or where they come from.
fn variables(of: &Value) -> Vec<(&str, &str)> {
    let lists = [("environment", "value"), ("secrets", "valueFrom")];
    let entries = lists.into_iter().flat_map(|(list, value)| {
        let entries = of[list].as_array().into_iter().flatten();
        entries.map(move |entry| (&entry["name"], &entry[value]))
    });
    let entries = entries.map(|(name, value)| (name.as_str(), value.as_str()));
    let texts = entries.map(|(name, value)| (name.unwrap_or_default(), value.unwrap_or_default()));
    texts.collect()
}
