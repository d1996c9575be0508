//! Names, type and size of a request.

use flowbatch::batch::shapes;
use serde_json::{Value, json};

use super::{Check, Checks, Made};

pub(super) fn checks() -> Checks {
    let long = "x".repeat(129);
    vec![
        (
            "jobdef-name-charset",
            Check::Made(
                |made| is_name(&made.definition["jobDefinitionName"]),
                "definition/jobDefinitionName",
                json!("a.b"),
            ),
        ),
        (
            "jobdef-name-first-char",
            Check::Made(
                |made| is_name(&made.definition["jobDefinitionName"]),
                "definition/jobDefinitionName",
                json!("_a"),
            ),
        ),
        (
            "job-name-pattern",
            Check::Made(
                |made| is_name(&made.submission["jobName"]),
                "submission/jobName",
                json!(long),
            ),
        ),
        (
            "jobdef-ref-form",
            Check::Made(
                |made| is_name(&made.job["jobDefinition"]),
                "job/jobDefinition",
                json!("arn:aws:batch:us-east-1:123456789012:job-queue/q"),
            ),
        ),
        (
            "jobdef-exists",
            Check::Made(
                |made| made.job["jobDefinition"] == made.definition["jobDefinitionName"],
                "job/jobDefinition",
                json!("another"),
            ),
        ),
        (
            "type-enum",
            Check::Made(
                |made| {
                    ["container", "multinode"]
                        .iter()
                        .any(|word| made.definition["type"] == *word)
                },
                "definition/type",
                json!("array"),
            ),
        ),
        (
            "required-jobdef-name-type",
            Check::Made(
                |made| has(&made.definition, &["jobDefinitionName", "type"]),
                "definition/type",
                json!(null),
            ),
        ),
        (
            "required-submit",
            Check::Made(
                |made| has(&made.submission, &["jobName", "jobQueue", "jobDefinition"]),
                "submission/jobName",
                json!(null),
            ),
        ),
        (
            "container-needs-props",
            Check::Made(
                |made| {
                    made.definition["type"] != "container"
                        || properties(made) == ["containerProperties"]
                },
                "definition/containerProperties",
                json!(null),
            ),
        ),
        (
            "props-exclusive-container-ecs",
            Check::Made(
                |made| properties(made).len() == 1,
                "definition/ecsProperties",
                json!({}),
            ),
        ),
        (
            "props-exclusive-container-eks",
            Check::Made(
                |made| properties(made).len() == 1,
                "definition/eksProperties",
                json!({}),
            ),
        ),
        (
            "props-exclusive-ecs-eks",
            Check::Made(
                |made| !properties(made).iter().any(|name| name.starts_with('e')),
                "definition/ecsProperties",
                json!({}),
            ),
        ),
        (
            "props-exclusive-node-eks",
            Check::Made(
                |made| properties(made).len() == 1,
                "definition/eksProperties",
                json!({}),
            ),
        ),
        (
            "multinode-needs-nodeprops",
            Check::Made(
                |made| {
                    made.definition["type"] != "multinode"
                        || made.definition["nodeProperties"].is_object()
                },
                "definition/nodeProperties",
                json!(null),
            ),
        ),
        (
            "nodeprops-needs-multinode",
            Check::Made(
                |made| {
                    made.definition["type"] == "multinode"
                        || made.definition.get("nodeProperties").is_none()
                },
                "definition/nodeProperties",
                json!({}),
            ),
        ),
        (
            "multinode-no-containerprops",
            Check::Made(
                |made| {
                    made.definition["type"] != "multinode" || properties(made) == ["nodeProperties"]
                },
                "definition/containerProperties",
                json!({}),
            ),
        ),
        (
            "unknown-field",
            Check::Made(
                is_of_the_shapes,
                "definition/containerProperties/entryPoint",
                json!(["sh"]),
            ),
        ),
        (
            "json-types",
            Check::Made(
                is_of_the_shapes,
                "definition/containerProperties/resourceRequirements/0/value",
                json!(1),
            ),
        ),
        (
            "int32-range",
            Check::Made(
                is_of_the_shapes,
                "definition/timeout/attemptDurationSeconds",
                json!(1_i64 << 31),
            ),
        ),
    ]
}

/// What AWS Batch takes for the name of a definition or a job.
fn is_name(name: &Value) -> bool {
    let name = name.as_str().unwrap_or_default();
    let is_legal = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
    name.len() <= 128
        && name.bytes().all(is_legal)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether a request has members that are not empty.
fn has(request: &Value, members: &[&str]) -> bool {
    let is_text = |name: &&str| request[*name].as_str().is_some_and(|text| !text.is_empty());
    members.iter().all(is_text)
}

/// The kinds of containers that a definition has.
fn properties(made: &Made) -> Vec<&'static str> {
    let all = [
        "containerProperties",
        "nodeProperties",
        "ecsProperties",
        "eksProperties",
    ];
    let written = |name: &&str| made.definition.get(*name).is_some();
    all.into_iter().filter(written).collect()
}

/// Members, types and ranges are those of the API.
pub(super) fn is_of_the_shapes(made: &Made) -> bool {
    shapes::register_job_definition()
        .check(&made.definition)
        .is_empty()
        && shapes::submit_job().check(&made.submission).is_empty()
}
