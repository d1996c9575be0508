//! Shared memory, swap, tmpfs, devices.

use serde_json::{Value, json};

use super::roles::has_text;
use super::{Check, Checks, Made, containers};
use crate::main::input::Input;

pub(super) fn checks() -> Checks {
    vec![
        (
            "maxswap-needs-swappiness",
            Check::Made(
                |made| {
                    parameters(made)
                        .all(|linux| linux.get("maxSwap").is_none() || linux["swappiness"].is_u64())
                },
                "definition/containerProperties/linuxParameters/swappiness",
                json!(null),
            ),
        ),
        (
            "tmpfs-required",
            Check::Made(
                |made| {
                    tmpfs(made)
                        .all(|tmpfs| has_text(tmpfs, "containerPath") && tmpfs["size"].is_i64())
                },
                "definition/containerProperties/linuxParameters/tmpfs/0/containerPath",
                json!(null),
            ),
        ),
        (
            "tmpfs-size",
            Check::Made(
                |made| tmpfs(made).all(|tmpfs| tmpfs["size"].as_i64() > Some(0)),
                "definition/containerProperties/linuxParameters/tmpfs/0/size",
                json!(0),
            ),
        ),
        (
            "tmpfs-options",
            Check::Made(
                |made| tmpfs(made).all(|tmpfs| tmpfs["mountOptions"] == json!(["defaults"])),
                "definition/containerProperties/linuxParameters/tmpfs/0/mountOptions/0",
                json!("mode=1777"),
            ),
        ),
        (
            "neuron-devices",
            Check::Made(
                |made| {
                    is_numbered(made, "/dev/neuron", |device| {
                        device["containerPath"] == device["hostPath"]
                            && device["permissions"] == json!(["READ", "WRITE"])
                    })
                },
                "definition/containerProperties/linuxParameters/devices/0/hostPath",
                json!("/dev/neuron1"),
            ),
        ),
        (
            "efa-devices",
            Check::Made(
                |made| {
                    is_numbered(made, "/dev/infiniband/uverbs", |device| {
                        let path = device.get("containerPath");
                        path.is_none_or(|path| *path == device["hostPath"])
                    })
                },
                "definition/containerProperties/linuxParameters/devices/0/containerPath",
                json!("/dev/infiniband/uverbs1"),
            ),
        ),
        ("init-process", Check::Test(fargate_has_an_init_process)),
    ]
}

/// The Linux parameters of all containers.
fn parameters(made: &Made) -> impl Iterator<Item = &Value> {
    containers(made)
        .into_iter()
        .filter_map(|container| container.get("linuxParameters"))
}

fn tmpfs(made: &Made) -> impl Iterator<Item = &Value> {
    parameters(made).flat_map(|linux| linux["tmpfs"].as_array().into_iter().flatten())
}

/// Whether the devices of a name are numbered from 0 in each container, and each is as it should.
fn is_numbered(made: &Made, name: &str, is_right: fn(&Value) -> bool) -> bool {
    parameters(made).all(|linux| {
        let devices = linux["devices"].as_array().into_iter().flatten();
        let named = devices.filter(|device| {
            let path = device["hostPath"].as_str();
            path.is_some_and(|path| path.starts_with(name))
        });
        named.enumerate().all(|(number, device)| {
            device["hostPath"] == format!("{name}{number}") && is_right(device)
        })
    })
}

fn fargate_has_an_init_process() {
    let flow = "@batch(queue=\"q\", image=\"alpine:3\", platform=\"fargate\", \
                execution_role=\"arn:aws:iam::123456789012:role/exec\")\n\
                flow F { @batch(init_process=true) step a { run \"true\" } }";
    let built = Input::new(flow).compile().clean();
    let container = &built.definition("a")["containerProperties"];
    assert_eq!(
        container["linuxParameters"],
        json!({ "initProcessEnabled": true })
    );
}
