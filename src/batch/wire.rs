//! The requests to AWS Batch, in wire form and in the order in which they are reviewed.
//!
//! Only what was decided is written: absent fields, empty lists and empty maps
//! are left out. Field names and meanings are those of the API
//! (RegisterJobDefinition and SubmitJob, version 2016-08-10).
#![allow(missing_docs)] // the API's own documentation describes each field

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

type Text<'m> = Cow<'m, str>;

/// A map written in its own order.
#[derive(Clone, Debug, Default)]
pub struct Pairs<'m>(pub Vec<(Text<'m>, Text<'m>)>);

impl Pairs<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterJobDefinition<'m> {
    pub job_definition_name: Text<'m>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub platform_capabilities: [&'static str; 1],
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    pub parameters: Pairs<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_properties: Option<ContainerProperties<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_properties: Option<NodeProperties<'m>>,
    pub retry_strategy: RetryStrategy<'m>,
    pub timeout: Timeout,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduling_priority: Option<i64>,
    pub propagate_tags: bool,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    pub tags: Pairs<'m>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerProperties<'m> {
    pub image: Text<'m>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<Text<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_role_arn: Option<Text<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_role_arn: Option<Text<'m>>,
    pub resource_requirements: Vec<ResourceRequirement<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<KeyValue<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Text<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privileged: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readonly_root_filesystem: Option<bool>,
    #[serde(skip_serializing_if = "LinuxParameters::is_empty")]
    pub linux_parameters: LinuxParameters<'m>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ulimits: Vec<Ulimit<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Volume<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mount_points: Vec<MountPoint<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_configuration: Option<LogConfiguration<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_configuration: Option<NetworkConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fargate_platform_configuration: Option<FargatePlatformConfiguration<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral_storage: Option<EphemeralStorage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_platform: Option<RuntimePlatform<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository_credentials: Option<RepositoryCredentials<'m>>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ResourceRequirement<'m> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub value: Text<'m>,
}

#[derive(Clone, Debug, Serialize)]
pub struct KeyValue<'m> {
    pub name: Text<'m>,
    pub value: Text<'m>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret<'m> {
    pub name: Text<'m>,
    pub value_from: Text<'m>,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinuxParameters<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_process_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_memory_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_swap: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swappiness: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tmpfs: Vec<Tmpfs<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device<'m>>,
}

impl LinuxParameters<'_> {
    fn is_empty(&self) -> bool {
        self.init_process_enabled.is_none()
            && self.shared_memory_size.is_none()
            && self.max_swap.is_none()
            && self.swappiness.is_none()
            && self.tmpfs.is_empty()
            && self.devices.is_empty()
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tmpfs<'m> {
    pub container_path: Text<'m>,
    pub size: i64,
    pub mount_options: [&'static str; 1],
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Device<'m> {
    pub host_path: Text<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_path: Option<Text<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<Text<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ulimit<'m> {
    pub name: Text<'m>,
    pub soft_limit: i64,
    pub hard_limit: i64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Volume<'m> {
    pub name: Text<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Host<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub efs_volume_configuration: Option<EfsVolumeConfiguration<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Host<'m> {
    pub source_path: Text<'m>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EfsVolumeConfiguration<'m> {
    pub file_system_id: Text<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_directory: Option<Text<'m>>,
    pub transit_encryption: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_config: Option<EfsAuthorizationConfig<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EfsAuthorizationConfig<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_point_id: Option<Text<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam: Option<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MountPoint<'m> {
    pub source_volume: Text<'m>,
    pub container_path: Text<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogConfiguration<'m> {
    pub log_driver: Text<'m>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    pub options: Pairs<'m>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secret_options: Vec<Secret<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkConfiguration {
    pub assign_public_ip: &'static str,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FargatePlatformConfiguration<'m> {
    pub platform_version: Text<'m>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EphemeralStorage {
    #[serde(rename = "sizeInGiB")]
    pub size_in_gib: i64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuntimePlatform<'m> {
    pub cpu_architecture: Text<'m>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryCredentials<'m> {
    pub credentials_parameter: Text<'m>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeProperties<'m> {
    pub num_nodes: i64,
    pub main_node: i64,
    pub node_range_properties: Vec<NodeRangeProperty<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeRangeProperty<'m> {
    pub target_nodes: Text<'m>,
    pub container: ContainerProperties<'m>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryStrategy<'m> {
    pub attempts: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evaluate_on_exit: Vec<EvaluateOnExit<'m>>,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluateOnExit<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_status_reason: Option<Text<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_reason: Option<Text<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_exit_code: Option<Text<'m>>,
    pub action: &'static str,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeout {
    pub attempt_duration_seconds: i64,
}

/// SubmitJob without what only a submission knows: dependencies by job id, the definition's
/// revision, the run's tags.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmitJob<'m> {
    pub job_name: Text<'m>,
    pub job_queue: Text<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_identifier: Option<Text<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub array_properties: Option<ArrayProperties>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    pub parameters: Pairs<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_overrides: Option<ContainerOverrides<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_overrides: Option<NodeOverrides<'m>>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    pub tags: Pairs<'m>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct ArrayProperties {
    pub size: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct ContainerOverrides<'m> {
    pub environment: Vec<KeyValue<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeOverrides<'m> {
    pub node_property_overrides: Vec<NodePropertyOverride<'m>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodePropertyOverride<'m> {
    pub target_nodes: Text<'m>,
    pub container_overrides: ContainerOverrides<'m>,
}

/// A param in the submission plan.
#[derive(Clone, Debug, Serialize)]
pub struct Param<'m> {
    pub name: Text<'m>,
    #[serde(rename = "type")]
    pub ty: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Verbatim>,
    pub fixed: bool,
}

/// JSON that is printed as it is.
#[derive(Clone, Debug)]
pub struct Verbatim(pub Box<RawValue>);

/// The name by which the printer knows it.
pub(super) const VERBATIM: &str = "Verbatim";

impl Serialize for Verbatim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(VERBATIM, self.0.get())
    }
}

/// A job in the submission plan.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job<'m> {
    pub step: Text<'m>,
    pub job_definition: Text<'m>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<DependsOn<'m>>,
    pub request: SubmitJob<'m>,
}

#[derive(Clone, Debug, Serialize)]
pub struct DependsOn<'m> {
    pub step: Text<'m>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
}

/// The submission plan.
#[derive(Clone, Debug, Serialize)]
pub struct Plan<'m> {
    pub flow: &'m str,
    pub params: Vec<Param<'m>>,
    pub jobs: Vec<Job<'m>>,
}
