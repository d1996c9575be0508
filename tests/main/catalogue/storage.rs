//! Volumes, EFS, the platform of Fargate.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::roles::has_text;
use super::{Check, Checks, Made, containers};
use crate::main::input::Input;
use crate::main::requests::everything;

// Places in the volume that has everything, of `options/every-option-on-ec2.flow`.
const ENCRYPTION: &str =
    "definition/containerProperties/volumes/5/efsVolumeConfiguration/transitEncryption";
const PORT: &str =
    "definition/containerProperties/volumes/5/efsVolumeConfiguration/transitEncryptionPort";
const IAM: &str =
    "definition/containerProperties/volumes/5/efsVolumeConfiguration/authorizationConfig/iam";

pub(super) fn checks() -> Checks {
    let name = "definition/containerProperties/volumes/0/name";
    let runtime = "definition/containerProperties/runtimePlatform";
    vec![
        (
            "volume-name",
            Check::Made(
                |made| of_all(made, |volume| is_volume_name(&volume["name"])),
                name,
                json!("a.b"),
            ),
        ),
        (
            "volume-name-unique",
            Check::Made(
                |made| {
                    containers(made).into_iter().all(|container| {
                        let names: BTreeSet<_> = volumes(container).map(name_of).collect();
                        names.len() == volumes(container).count()
                    })
                },
                "definition/containerProperties/volumes/1",
                json!({ "name": "_a" }),
            ),
        ),
        (
            "volume-single-config",
            Check::Made(
                |made| {
                    of_all(made, |volume| {
                        let kinds = [
                            "host",
                            "efsVolumeConfiguration",
                            "s3filesVolumeConfiguration",
                        ];
                        kinds
                            .iter()
                            .filter(|kind| volume.get(kind).is_some())
                            .count()
                            == 1
                    })
                },
                "definition/containerProperties/volumes/0/s3filesVolumeConfiguration",
                json!({}),
            ),
        ),
        (
            "mountpoint-refs-volume",
            Check::Made(
                |made| {
                    containers(made).into_iter().all(|container| {
                        mounts(container).all(|mount| {
                            has_text(mount, "containerPath")
                                && volumes(container)
                                    .any(|volume| mount["sourceVolume"] == volume["name"])
                        })
                    })
                },
                "definition/containerProperties/mountPoints/0/sourceVolume",
                json!("another"),
            ),
        ),
        (
            "volume-unused",
            Check::Made(
                |made| {
                    containers(made).into_iter().all(|container| {
                        volumes(container).all(|volume| {
                            mounts(container).any(|mount| mount["sourceVolume"] == volume["name"])
                        })
                    })
                },
                name,
                json!("unused"),
            ),
        ),
        (
            "efs-iam-needs-tls",
            Check::Made(
                |made| {
                    of_all_efs(made, |efs| {
                        efs["authorizationConfig"]["iam"] != "ENABLED" || is_encrypted(efs)
                    })
                },
                ENCRYPTION,
                json!(null),
            ),
        ),
        (
            "efs-ap-needs-tls",
            Check::Made(
                |made| {
                    of_all_efs(made, |efs| {
                        efs["authorizationConfig"].get("accessPointId").is_none()
                            || is_encrypted(efs)
                    })
                },
                ENCRYPTION,
                json!("DISABLED"),
            ),
        ),
        (
            "efs-port",
            Check::Made(
                |made| of_all_efs(made, |efs| efs.get("transitEncryptionPort").is_none()),
                PORT,
                json!(65536),
            ),
        ),
        (
            "efs-enums",
            Check::Made(
                |made| {
                    of_all_efs(made, |efs| {
                        let iam = efs["authorizationConfig"].get("iam");
                        is_encrypted(efs) && iam.is_none_or(|iam| iam == "ENABLED")
                    })
                },
                IAM,
                json!("enabled"),
            ),
        ),
        (
            "s3files-arn",
            Check::Made(
                |made| {
                    of_all(made, |volume| {
                        let files = volume.get("s3filesVolumeConfiguration");
                        files.is_none_or(|files| has_text(files, "fileSystemArn"))
                    })
                },
                "definition/containerProperties/volumes/0/s3filesVolumeConfiguration",
                json!({}),
            ),
        ),
        (
            "fargate-assign-public-ip",
            Check::Test(an_address_is_assigned),
        ),
        (
            "runtime-os",
            Check::Made(
                |made| {
                    let all = [
                        "LINUX",
                        "WINDOWS_SERVER_2019_CORE",
                        "WINDOWS_SERVER_2019_FULL",
                        "WINDOWS_SERVER_2022_CORE",
                        "WINDOWS_SERVER_2022_FULL",
                    ];
                    systems(made).all(|(system, _)| all.contains(&system))
                },
                runtime,
                json!({ "operatingSystemFamily": "WINDOWS_SERVER_2016_FULL" }),
            ),
        ),
        (
            "runtime-windows-x86",
            Check::Made(
                |made| {
                    systems(made)
                        .all(|(system, processor)| system == "LINUX" || processor == "X86_64")
                },
                runtime,
                json!({ "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "ARM64" }),
            ),
        ),
        (
            "windows-no-fargate-spot",
            Check::Made(
                |made| systems(made).all(|(system, _)| system == "LINUX"),
                runtime,
                json!({ "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" }),
            ),
        ),
    ]
}

/// The volumes of a container.
pub(super) fn volumes(container: &Value) -> impl Iterator<Item = &Value> {
    container["volumes"].as_array().into_iter().flatten()
}

fn mounts(container: &Value) -> impl Iterator<Item = &Value> {
    container["mountPoints"].as_array().into_iter().flatten()
}

fn name_of(volume: &Value) -> &str {
    volume["name"].as_str().unwrap_or_default()
}

/// Whether something holds of all volumes.
fn of_all(made: &Made, holds: fn(&Value) -> bool) -> bool {
    containers(made)
        .into_iter()
        .all(|container| volumes(container).all(holds))
}

/// Whether something holds of all file systems.
fn of_all_efs(made: &Made, holds: fn(&Value) -> bool) -> bool {
    containers(made).into_iter().all(|container| {
        volumes(container)
            .filter_map(|volume| volume.get("efsVolumeConfiguration"))
            .all(holds)
    })
}

fn is_encrypted(efs: &Value) -> bool {
    efs["transitEncryption"] == "ENABLED"
}

fn is_volume_name(name: &Value) -> bool {
    let name = name.as_str().unwrap_or_default();
    let is_legal = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
    (1..=255).contains(&name.len()) && name.bytes().all(is_legal)
}

/// The operating system and the processor of each container, with the defaults of Fargate.
fn systems(made: &Made) -> impl Iterator<Item = (&str, &str)> {
    containers(made).into_iter().map(|container| {
        let of = |member| container["runtimePlatform"][member].as_str();
        (
            of("operatingSystemFamily").unwrap_or("LINUX"),
            of("cpuArchitecture").unwrap_or("X86_64"),
        )
    })
}

/// On Fargate there is an address, unless a flow says that there is none.
fn an_address_is_assigned() {
    let assigned = |options: &str| {
        let flow = format!(
            "@batch(queue=\"q\", image=\"alpine:3\", platform=\"fargate\", \
             execution_role=\"arn:aws:iam::123456789012:role/exec\"{options})\n\
             flow F {{ step a {{ run \"true\" }} }}"
        );
        let built = Input::new(flow).compile().clean();
        built.definition("a")["containerProperties"]["networkConfiguration"].clone()
    };
    assert_eq!(assigned(""), json!({ "assignPublicIp": "ENABLED" }));
    assert_eq!(
        assigned(", assign_public_ip=false"),
        json!({ "assignPublicIp": "DISABLED" })
    );
    for made in everything() {
        if made.definition["platformCapabilities"] == json!(["FARGATE"]) {
            for container in containers(made) {
                let assigned = &container["networkConfiguration"]["assignPublicIp"];
                assert!(
                    assigned == "ENABLED" || assigned == "DISABLED",
                    "{}",
                    made.from
                );
            }
        }
    }
}
