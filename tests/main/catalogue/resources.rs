//! vCPUs, memory, GPUs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Check, Checks, Made, containers, is_for, overrides};

pub(super) fn checks() -> Checks {
    vec![
        (
            "rr-type-enum",
            Check::Made(
                |made| {
                    every(made, |of| {
                        kinds(of)
                            .iter()
                            .all(|kind| ["VCPU", "MEMORY", "GPU"].contains(kind))
                    })
                },
                "definition/containerProperties/resourceRequirements/0/type",
                json!("NEURON"),
            ),
        ),
        (
            "rr-unique",
            Check::Made(
                |made| {
                    every(made, |of| {
                        kinds(of).iter().collect::<BTreeSet<_>>().len() == kinds(of).len()
                    })
                },
                "definition/containerProperties/resourceRequirements/0/type",
                json!("MEMORY"),
            ),
        ),
        (
            "rr-vcpu-required",
            Check::Made(
                |made| every(made, |of| value(of, "VCPU").is_some()),
                "definition/containerProperties/resourceRequirements/0/type",
                json!("GPU"),
            ),
        ),
        (
            "rr-memory-required",
            Check::Made(
                |made| every(made, |of| value(of, "MEMORY").is_some()),
                "definition/containerProperties/resourceRequirements/1/type",
                json!("GPU"),
            ),
        ),
        (
            "rr-vcpu-ec2-integer",
            Check::Made(
                |made| {
                    !is_for(made, "EC2") || every(made, |of| value(of, "VCPU").is_none_or(is_whole))
                },
                "definition/containerProperties/resourceRequirements/0/value",
                json!("1.0"),
            ),
        ),
        (
            "rr-memory-integer",
            Check::Made(
                |made| every(made, |of| value(of, "MEMORY").is_none_or(is_whole)),
                "definition/containerProperties/resourceRequirements/1/value",
                json!("4096MiB"),
            ),
        ),
        (
            "rr-gpu-integer",
            Check::Made(
                |made| every(made, |of| value(of, "GPU").is_none_or(is_whole)),
                "definition/containerProperties/resourceRequirements/2/value",
                json!("0"),
            ),
        ),
        (
            "rr-legacy-conflict",
            Check::Made(
                |made| every(made, is_modern),
                "definition/containerProperties/vcpus",
                json!(1),
            ),
        ),
        (
            "rr-legacy-not-fargate",
            Check::Made(
                |made| !is_for(made, "FARGATE") || every(made, is_modern),
                "definition/containerProperties/memory",
                json!(512),
            ),
        ),
        (
            "rr-legacy-override-ignored",
            Check::Made(
                |made| {
                    let mut keys = overrides(made)
                        .into_iter()
                        .filter_map(Value::as_object)
                        .flat_map(|of| of.keys());
                    keys.all(|key| key == "environment")
                },
                "submission/containerOverrides/memory",
                json!(512),
            ),
        ),
        (
            "rr-never-emit-legacy",
            Check::Made(
                |made| every(made, is_modern),
                "definition/containerProperties/memory",
                json!(512),
            ),
        ),
        (
            "fargate-windows-vcpu-min",
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
        (
            "mnp-resources-each-node",
            Check::Made(
                |made| {
                    every(made, |of| {
                        value(of, "VCPU").and(value(of, "MEMORY")).is_some()
                    })
                },
                "definition/nodeProperties/nodeRangeProperties/1/container/resourceRequirements",
                json!(null),
            ),
        ),
    ]
}

fn every(made: &Made, holds: fn(&Value) -> bool) -> bool {
    containers(made).into_iter().all(holds)
}

fn requirements(container: &Value) -> &[Value] {
    container["resourceRequirements"]
        .as_array()
        .map_or(&[], Vec::as_slice)
}

fn kinds(container: &Value) -> Vec<&str> {
    let kinds = requirements(container).iter();
    kinds
        .map(|requirement| requirement["type"].as_str().unwrap_or_default())
        .collect()
}

/// How much of a kind a container requires.
fn value<'c>(container: &'c Value, kind: &str) -> Option<&'c str> {
    let mut all = requirements(container).iter();
    all.find(|requirement| requirement["type"] == kind)?["value"].as_str()
}

/// `1` and up, written with digits only.
fn is_whole(text: &str) -> bool {
    !text.starts_with('0') && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Without the deprecated members.
fn is_modern(container: &Value) -> bool {
    container.get("vcpus").is_none() && container.get("memory").is_none()
}
