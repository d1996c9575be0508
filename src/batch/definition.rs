//! A step as a job definition.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value as Json;

use crate::batch::raw;
use crate::batch::wire::{
    ContainerProperties, Device, EfsAuthorizationConfig, EfsVolumeConfiguration, EphemeralStorage,
    EvaluateOnExit, FargatePlatformConfiguration, Host, KeyValue, LinuxParameters,
    LogConfiguration, MountPoint, NetworkConfiguration, NodeProperties, NodeRangeProperty, Pairs,
    RegisterJobDefinition, RepositoryCredentials, ResourceRequirement, RetryStrategy,
    RuntimePlatform, Secret, Timeout, Tmpfs, Ulimit, Volume,
};
use crate::batch::{command, names};
use crate::check::Checked;
use crate::check::form::{self, RetryClass};
use crate::check::options::Resolved;
use crate::check::resources::{DEFAULT_SWAPPINESS, DEFAULT_TIMEOUT, tmpfs_tempdir};
use crate::flow::{ExecArg, Run, Step};
use crate::schema::Opt;
use crate::value::{Entry, Kind, Value};

/// A job definition, with what `raw` adds.
#[derive(Debug)]
pub enum Definition<'m> {
    /// As lowered.
    Typed(Box<RegisterJobDefinition<'m>>),
    /// With `raw` merged in.
    Merged(Json),
}

impl serde::Serialize for Definition<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Typed(definition) => definition.serialize(serializer),
            Self::Merged(json) => json.serialize(serializer),
        }
    }
}

/// The name of a step's job definition.
#[must_use]
pub fn name(checked: &Checked<'_>, step: &Step<'_>) -> String {
    match step.options.str(Opt::JobDefinitionName) {
        Some(name) => name.to_owned(),
        None => names::definition(&checked.flow.prefix, checked.flow.name, step.name),
    }
}

/// Lowers a step without errors.
#[must_use]
pub fn lower<'m>(checked: &'m Checked<'_>, step: &'m Step<'_>) -> Definition<'m> {
    let options = &step.options;
    let container = container(checked, step);
    let nodes = options.int(Opt::Nodes);
    let (kind, container, node) = match nodes {
        None => ("container", Some(container), None),
        Some(nodes) => ("multinode", None, Some(node_properties(nodes, container))),
    };
    let typed = RegisterJobDefinition {
        job_definition_name: Cow::Owned(name(checked, step)),
        kind,
        platform_capabilities: [if options.is_fargate() {
            "FARGATE"
        } else {
            "EC2"
        }],
        parameters: parameters(checked, step),
        container_properties: container,
        node_properties: node,
        retry_strategy: retry(options),
        timeout: Timeout {
            attempt_duration_seconds: options.int(Opt::Timeout).unwrap_or(DEFAULT_TIMEOUT),
        },
        scheduling_priority: options.int(Opt::SchedulingPriority),
        propagate_tags: options.bool(Opt::PropagateTags).unwrap_or(true),
        tags: pairs(options.map(Opt::BatchTags)),
    };
    let raw = options.map(Opt::Raw);
    if raw.is_empty() {
        return Definition::Typed(Box::new(typed));
    }
    match serde_json::to_value(&typed) {
        Ok(mut json) => {
            raw::merge_into(&mut json, raw);
            Definition::Merged(json)
        }
        // Structs of strings and numbers always serialize.
        Err(_) => Definition::Typed(Box::new(typed)),
    }
}

/// The ranges of nodes that a multi-node definition has.
#[must_use]
pub fn node_ranges(nodes: i64) -> Vec<String> {
    let mut ranges = vec!["0:0".to_owned()];
    if nodes > 1 {
        ranges.push(format!("1:{}", nodes - 1));
    }
    ranges
}

fn node_properties(nodes: i64, container: ContainerProperties<'_>) -> NodeProperties<'_> {
    NodeProperties {
        num_nodes: nodes,
        main_node: 0,
        node_range_properties: node_ranges(nodes)
            .into_iter()
            .map(|range| NodeRangeProperty {
                target_nodes: Cow::Owned(range),
                container: container.clone(),
            })
            .collect(),
    }
}

/// The defaults of the params that the command names.
fn parameters<'m>(checked: &'m Checked<'_>, step: &'m Step<'_>) -> Pairs<'m> {
    let mut pairs = Pairs::default();
    for param in named_params(step) {
        let param = &checked.flow.params[param];
        if let Some(default) = param.default_text() {
            pairs.0.push((param.name.into(), default.into()));
        }
    }
    pairs
}

/// The params that an exec-form command names, each once, in the order of the flow.
#[must_use]
pub fn named_params(step: &Step<'_>) -> Vec<usize> {
    let Some(Run::Exec { args, .. }) = &step.run else {
        return Vec::new();
    };
    let mut params: Vec<usize> = args
        .iter()
        .filter_map(|arg| match arg {
            ExecArg::Param(param) => Some(*param),
            ExecArg::Text(_) => None,
        })
        .collect();
    params.sort_unstable();
    params.dedup();
    params
}

/// The image, with the registry of the environment before one that names none.
#[must_use]
pub fn image<'m>(checked: &'m Checked<'_>, options: &'m Resolved<'_>) -> Cow<'m, str> {
    let image = options.str(Opt::Image).unwrap_or(&checked.default_image);
    match checked.registry {
        Some(registry) if !has_registry(image) => {
            Cow::Owned(format!("{}/{image}", registry.trim_end_matches('/')))
        }
        _ => Cow::Borrowed(image),
    }
}

/// Whether an image names a registry.
#[must_use]
pub fn has_registry(image: &str) -> bool {
    form::parse_image(image).is_ok_and(|image| image.registry.is_some())
}

fn container<'m>(checked: &'m Checked<'_>, step: &'m Step<'_>) -> ContainerProperties<'m> {
    let options = &step.options;
    let fargate = options.is_fargate();
    let (volumes, mount_points) = volumes(options);
    ContainerProperties {
        image: image(checked, options),
        command: command::command(&checked.flow, step),
        job_role_arn: options.str(Opt::IamRole).map(Cow::Borrowed),
        execution_role_arn: options
            .str(Opt::ExecutionRole)
            .filter(|_| options.writes_execution_role())
            .map(Cow::Borrowed),
        resource_requirements: resource_requirements(options),
        environment: environment(checked, step),
        secrets: secrets(options.map(Opt::Secrets)),
        user: options.str(Opt::User).map(Cow::Borrowed),
        privileged: options.bool(Opt::Privileged),
        readonly_root_filesystem: options.bool(Opt::ReadonlyRootFilesystem),
        linux_parameters: linux_parameters(options),
        ulimits: ulimits(options),
        volumes,
        mount_points,
        log_configuration: options.str(Opt::LogDriver).map(|driver| LogConfiguration {
            log_driver: driver.into(),
            options: pairs(options.map(Opt::LogOptions)),
            secret_options: secrets(options.map(Opt::SecretLogOptions)),
        }),
        network_configuration: fargate.then(|| NetworkConfiguration {
            assign_public_ip: if options.bool(Opt::AssignPublicIp) == Some(false) {
                "DISABLED"
            } else {
                "ENABLED"
            },
        }),
        fargate_platform_configuration: options.str(Opt::PlatformVersion).map(|version| {
            FargatePlatformConfiguration {
                platform_version: version.into(),
            }
        }),
        ephemeral_storage: options
            .int(Opt::EphemeralStorage)
            .map(|size_in_gib| EphemeralStorage { size_in_gib }),
        runtime_platform: options.str(Opt::Arch).map(|arch| RuntimePlatform {
            cpu_architecture: arch.into(),
        }),
        repository_credentials: options.str(Opt::RepositoryCredentials).map(|arn| {
            RepositoryCredentials {
                credentials_parameter: arn.into(),
            }
        }),
    }
}

fn resource_requirements<'m>(options: &'m Resolved<'_>) -> Vec<ResourceRequirement<'m>> {
    let mut requirements = Vec::with_capacity(3);
    requirements.push(ResourceRequirement {
        kind: "VCPU",
        value: options.cpu().unwrap_or(Cow::Borrowed("1")),
    });
    requirements.push(ResourceRequirement {
        kind: "MEMORY",
        value: options.memory_text(),
    });
    if let Some(gpus) = options.int(Opt::Gpu).filter(|&gpus| gpus > 0) {
        requirements.push(ResourceRequirement {
            kind: "GPU",
            value: Cow::Owned(gpus.to_string()),
        });
    }
    requirements
}

fn environment<'m>(checked: &'m Checked<'_>, step: &'m Step<'_>) -> Vec<KeyValue<'m>> {
    let mut environment = Vec::new();
    let mut push = |name: &'m str, value: &'m str| {
        // Batch drops variables without a value.
        if !value.is_empty() {
            environment.push(KeyValue {
                name: name.into(),
                value: value.into(),
            });
        }
    };
    for param in &checked.flow.params {
        if let Some(default) = param.default_text() {
            push(param.name, default);
        }
    }
    for entry in step.options.map(Opt::Vars) {
        if let Some(text) = entry.value.kind.as_text() {
            push(&entry.key, text);
        }
    }
    if let Some((_, path)) = tmpfs_tempdir(&step.options) {
        push("METAFLOW_TEMPDIR", path);
        push("TMPDIR", path);
    }
    push("FLOWBATCH_FLOW", checked.flow.name);
    push("FLOWBATCH_STEP", step.name);
    environment
}

fn secrets<'m>(entries: &'m [Entry<'_>]) -> Vec<Secret<'m>> {
    entries
        .iter()
        .filter_map(|entry| {
            Some(Secret {
                name: entry.key.as_ref().into(),
                value_from: entry.value.as_str()?.into(),
            })
        })
        .collect()
}

/// A map option as a JSON object.
#[must_use]
pub fn pairs<'m>(entries: &'m [Entry<'_>]) -> Pairs<'m> {
    Pairs(
        entries
            .iter()
            .filter_map(|entry| Some((entry.key.as_ref().into(), entry.value.as_str()?.into())))
            .collect(),
    )
}

fn linux_parameters<'m>(options: &'m Resolved<'_>) -> LinuxParameters<'m> {
    let max_swap = options.int(Opt::MaxSwap);
    LinuxParameters {
        init_process_enabled: options.bool(Opt::InitProcess),
        shared_memory_size: options.int(Opt::SharedMemory),
        max_swap,
        // Batch refuses maxSwap without it, though its documentation names a default.
        swappiness: options
            .int(Opt::Swappiness)
            .or(max_swap.map(|_| DEFAULT_SWAPPINESS)),
        tmpfs: options
            .tmpfs()
            .map(|tmpfs| Tmpfs {
                container_path: tmpfs.path.into(),
                size: tmpfs.size.unwrap_or_default(),
                mount_options: ["defaults"],
            })
            .into_iter()
            .collect(),
        devices: devices(options),
    }
}

fn devices<'m>(options: &'m Resolved<'_>) -> Vec<Device<'m>> {
    let mut devices: Vec<Device<'m>> = Vec::new();
    for number in 0..options.count(Opt::Neuron).unwrap_or(0) {
        let path: Cow<'m, str> = Cow::Owned(format!("/dev/neuron{number}"));
        devices.push(Device {
            host_path: path.clone(),
            container_path: Some(path),
            permissions: vec!["READ".into(), "WRITE".into()],
        });
    }
    let adapters = options.count(Opt::Efa).unwrap_or(0);
    if options.int(Opt::Nodes).unwrap_or(1) > 1 {
        for number in 0..adapters {
            let path: Cow<'m, str> = Cow::Owned(format!("/dev/infiniband/uverbs{number}"));
            devices.push(Device {
                host_path: path.clone(),
                container_path: Some(path),
                permissions: vec!["READ".into(), "WRITE".into(), "MKNOD".into()],
            });
        }
    } else if adapters > 0 {
        devices.push(Device {
            host_path: "/dev/infiniband/uverbs0".into(),
            container_path: None,
            permissions: Vec::new(),
        });
    }
    for item in options.list(Opt::Devices) {
        let Some(host) = text(item, "host") else {
            continue;
        };
        devices.push(Device {
            host_path: host.into(),
            container_path: text(item, "container").map(Cow::Borrowed),
            permissions: match field(item, "permissions").map(|value| &value.kind) {
                Some(Kind::List(words)) => words
                    .iter()
                    .filter_map(Value::as_str)
                    .map(Cow::Borrowed)
                    .collect(),
                _ => Vec::new(),
            },
        });
    }
    devices
}

fn ulimits<'m>(options: &'m Resolved<'_>) -> Vec<Ulimit<'m>> {
    options
        .list(Opt::Ulimits)
        .iter()
        .filter_map(|item| {
            Some(Ulimit {
                name: text(item, "name")?.into(),
                soft_limit: int(item, "soft")?,
                hard_limit: int(item, "hard")?,
            })
        })
        .collect()
}

/// Volumes and where they are mounted: the host's first, then EFS, as Metaflow has them.
fn volumes<'m>(options: &'m Resolved<'_>) -> (Vec<Volume<'m>>, Vec<MountPoint<'m>>) {
    let mut volumes = Vec::new();
    let mut mounts = Vec::new();
    let mut names: HashSet<String> = HashSet::new();
    for item in options.list(Opt::HostVolumes) {
        let Some(volume) = item
            .as_str()
            .and_then(|text| form::parse_host_volume(text).ok())
        else {
            continue;
        };
        let name = unique(&mut names, slug(volume.src));
        volumes.push(Volume {
            name: Cow::Owned(name.clone()),
            host: Some(Host {
                source_path: volume.src.into(),
            }),
            efs_volume_configuration: None,
        });
        mounts.push(MountPoint {
            source_volume: Cow::Owned(name),
            container_path: volume.dst.into(),
            read_only: volume.read_only.then_some(true),
        });
    }
    for item in options.list(Opt::EfsVolumes) {
        let Some(efs) = Efs::read(item) else { continue };
        let name = unique(&mut names, format!("efs_{}", efs.id));
        let authorization = efs.access_point.is_some() || efs.iam;
        volumes.push(Volume {
            name: Cow::Owned(name.clone()),
            host: None,
            efs_volume_configuration: Some(EfsVolumeConfiguration {
                file_system_id: efs.id.into(),
                root_directory: efs.root.map(Cow::Borrowed),
                transit_encryption: "ENABLED",
                authorization_config: authorization.then(|| EfsAuthorizationConfig {
                    access_point_id: efs.access_point.map(Cow::Borrowed),
                    iam: efs.iam.then_some("ENABLED"),
                }),
            }),
        });
        mounts.push(MountPoint {
            source_volume: Cow::Owned(name),
            container_path: efs.path,
            read_only: efs.read_only.then_some(true),
        });
    }
    (volumes, mounts)
}

/// An item of `efs_volumes`, in either of its forms.
#[derive(Debug)]
pub struct Efs<'v> {
    /// The file system.
    pub id: &'v str,
    /// Where it is mounted.
    pub path: Cow<'v, str>,
    /// The access point.
    pub access_point: Option<&'v str>,
    /// The folder to mount.
    pub root: Option<&'v str>,
    /// Whether the job's role is used to mount it.
    pub iam: bool,
    /// Whether it is mounted read-only.
    pub read_only: bool,
}

impl<'v> Efs<'v> {
    /// Reads an item; `None` for a mistake.
    #[must_use]
    pub fn read(item: &'v Value<'_>) -> Option<Self> {
        let (id, path) = match &item.kind {
            Kind::Str(text) => {
                let volume = form::parse_efs_volume(text).ok()?;
                (volume.id, Some(volume.dst))
            }
            _ => (text(item, "id")?, text(item, "path").map(Cow::Borrowed)),
        };
        let flag = |name| {
            matches!(
                field(item, name).map(|value| &value.kind),
                Some(Kind::Bool(true))
            )
        };
        Some(Self {
            id,
            path: path.unwrap_or_else(|| Cow::Owned(format!("/mnt/{id}"))),
            access_point: text(item, "access_point"),
            root: text(item, "root"),
            iam: flag("iam"),
            read_only: flag("read_only"),
        })
    }
}

/// The value of a key of a map item.
#[must_use]
pub fn field<'v, 'a>(item: &'v Value<'a>, name: &str) -> Option<&'v Value<'a>> {
    match &item.kind {
        Kind::Map(entries) => entries
            .iter()
            .find(|entry| entry.key == name)
            .map(|entry| &entry.value),
        _ => None,
    }
}

fn text<'v>(item: &'v Value<'_>, name: &str) -> Option<&'v str> {
    field(item, name)?.as_str()
}

fn int(item: &Value<'_>, name: &str) -> Option<i64> {
    match field(item, name)?.kind {
        Kind::Int(number, _) => Some(number),
        _ => None,
    }
}

/// A path as a volume's name: what the API does not take in a name becomes `_`.
fn slug(path: &str) -> String {
    let mut slug: String = path
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect();
    slug.truncate(240); // of 255, with room for a number
    slug
}

fn unique(names: &mut HashSet<String>, name: String) -> String {
    let mut candidate = name.clone();
    let mut number = 2;
    while !names.insert(candidate.clone()) {
        candidate = format!("{name}_{number}");
        number += 1;
    }
    candidate
}

fn retry<'m>(options: &'m Resolved<'_>) -> RetryStrategy<'m> {
    let mut evaluate: Vec<EvaluateOnExit<'m>> = options
        .list(Opt::On)
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|text| form::parse_retry_class(text).ok())
        .map(|class| {
            let mut rule = EvaluateOnExit {
                action: "RETRY",
                ..EvaluateOnExit::default()
            };
            match class {
                RetryClass::Spot => rule.on_status_reason = Some("Host EC2*".into()),
                RetryClass::ImagePull => {
                    rule.on_reason = Some("CannotPullContainerError:*".into());
                }
                RetryClass::Exit(code) => rule.on_exit_code = Some(Cow::Owned(code.to_string())),
            }
            rule
        })
        .collect();
    if !evaluate.is_empty() {
        // Without a match Batch retries; this stops it.
        evaluate.push(EvaluateOnExit {
            on_reason: Some("*".into()),
            action: "EXIT",
            ..EvaluateOnExit::default()
        });
    }
    RetryStrategy {
        attempts: options.attempts().unwrap_or(1),
        evaluate_on_exit: evaluate,
    }
}
