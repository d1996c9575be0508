//! Platforms: EC2, Fargate, Managed Instances.

use serde_json::{Value, json};

use super::{Check, Checks, containers, is_for};

pub(super) fn checks() -> Checks {
    vec![
        (
            "caps-enum",
            Check::Made(
                |made| {
                    capabilities(&made.definition)
                        .iter()
                        .all(|word| *word == "EC2" || *word == "FARGATE")
                },
                "definition/platformCapabilities",
                json!(["MANAGED_INSTANCES"]),
            ),
        ),
        (
            "caps-single",
            Check::Made(
                |made| capabilities(&made.definition).len() == 1,
                "definition/platformCapabilities",
                json!(["EC2", "FARGATE"]),
            ),
        ),
        (
            "ec2-no-network-config",
            Check::Made(
                |made| {
                    let has_none =
                        |container: &&Value| container.get("networkConfiguration").is_none();
                    !is_for(made, "EC2") || containers(made).iter().all(has_none)
                },
                "definition/containerProperties/networkConfiguration",
                json!({ "assignPublicIp": "DISABLED" }),
            ),
        ),
    ]
}

fn capabilities(definition: &Value) -> &[Value] {
    definition["platformCapabilities"]
        .as_array()
        .map_or(&[], Vec::as_slice)
}
