//! Roles and secrets.

use serde_json::{Value, json};

use super::storage::volumes;
use super::{Check, Checks, Made, containers};
use crate::main::input::Input;

pub(super) fn checks() -> Checks {
    vec![
        (
            "job-role-fargate-console",
            Check::Test(fargate_needs_no_job_role),
        ),
        (
            "s3files-job-role",
            Check::Made(
                |made| {
                    containers(made).into_iter().all(|container| {
                        container.get("jobRoleArn").is_some()
                            || volumes(container)
                                .all(|volume| volume.get("s3filesVolumeConfiguration").is_none())
                    })
                },
                "definition/containerProperties/volumes/0/s3filesVolumeConfiguration",
                json!({}),
            ),
        ),
        (
            "secret-required-fields",
            Check::Made(
                |made| {
                    secrets(made)
                        .all(|secret| has_text(secret, "name") && has_text(secret, "valueFrom"))
                },
                "definition/containerProperties/secrets/0/valueFrom",
                json!(null),
            ),
        ),
    ]
}

/// The secrets of all containers, and those of their log drivers.
fn secrets(made: &Made) -> impl Iterator<Item = &Value> {
    containers(made)
        .into_iter()
        .flat_map(|container| {
            [
                &container["secrets"],
                &container["logConfiguration"]["secretOptions"],
            ]
        })
        .flat_map(|list| list.as_array().into_iter().flatten())
}

/// Whether a member is a string that is not empty.
pub(super) fn has_text(object: &Value, member: &str) -> bool {
    object[member].as_str().is_some_and(|text| !text.is_empty())
}

fn fargate_needs_no_job_role() {
    let flow = "@batch(queue=\"q\", image=\"alpine:3\", platform=\"fargate\", \
                execution_role=\"arn:aws:iam::123456789012:role/exec\")\n\
                flow F { step a { run \"true\" } }";
    let built = Input::new(flow).compile().clean();
    assert!(built.text.contains("executionRoleArn"));
    assert!(!built.text.contains("jobRoleArn"));
}
