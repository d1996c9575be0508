//! Our JSON held against what the SDK's own types serialise: every request that is emitted is made
//! again of those types, and what the SDK would send of it must say the same.

use std::sync::{Arc, Mutex};

use aws_sdk_batch::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_batch::config::{
    BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
};
use aws_sdk_batch::error::BoxError;
use aws_sdk_batch::types::*;
use aws_sdk_batch::{Client, Config};
use serde_json::Value;

use super::requests::everything;

/// Keeps the body of a request, and stops it from being sent.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Option<Vec<u8>>>>);

impl Intercept for Kept {
    fn name(&self) -> &'static str {
        "kept"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.request().body().bytes().map(<[u8]>::to_vec);
        *self.0.lock().unwrap() = body;
        Err("this is as far as it goes".into())
    }
}

#[test]
fn requests_are_what_the_types_of_the_sdk_serialise() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let kept = Kept::default();
    let client = Client::from_conf(
        Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new(
                "AKIDEXAMPLE",
                "secret",
                None,
                None,
                "test",
            ))
            .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
            .interceptor(kept.clone())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build(),
    );
    let body = || -> Value {
        let body = kept.0.lock().unwrap().take().expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    };
    let mut compared = 0;
    for made in everything() {
        let sent = runtime.block_on(register(&client, &made.definition));
        assert!(sent.is_err());
        assert_eq!(body(), made.definition, "{}", made.from);
        let sent = runtime.block_on(submit(&client, &made.submission));
        assert!(sent.is_err());
        assert_eq!(body(), made.submission, "{}", made.from);
        compared += 2;
    }
    assert!(compared > 400, "{compared}");
}

async fn register(client: &Client, json: &Value) -> Result<(), BoxError> {
    let call = client
        .register_job_definition()
        .set_job_definition_name(text(json, "jobDefinitionName"))
        .set_type(word(json, "type"))
        .set_platform_capabilities(list(json, "platformCapabilities", |v| {
            one(v).as_str().into()
        }))
        .set_parameters(map(json, "parameters"))
        .set_container_properties(object(json, "containerProperties", container))
        .set_node_properties(object(json, "nodeProperties", nodes))
        .set_retry_strategy(object(json, "retryStrategy", retry))
        .set_timeout(object(json, "timeout", timeout))
        .set_scheduling_priority(int(json, "schedulingPriority"))
        .set_propagate_tags(flag(json, "propagateTags"))
        .set_consumable_resource_properties(object(
            json,
            "consumableResourceProperties",
            consumables,
        ))
        .set_tags(map(json, "tags"));
    Ok(call.send().await.map(drop)?)
}

async fn submit(client: &Client, json: &Value) -> Result<(), BoxError> {
    let call = client
        .submit_job()
        .set_job_name(text(json, "jobName"))
        .set_job_queue(text(json, "jobQueue"))
        .set_job_definition(text(json, "jobDefinition"))
        .set_share_identifier(text(json, "shareIdentifier"))
        .set_scheduling_priority_override(int(json, "schedulingPriorityOverride"))
        .set_array_properties(object(json, "arrayProperties", |v| {
            ArrayProperties::builder().set_size(int(v, "size")).build()
        }))
        .set_depends_on(list(json, "dependsOn", |v| {
            JobDependency::builder()
                .set_job_id(text(v, "jobId"))
                .set_type(word(v, "type"))
                .build()
        }))
        .set_parameters(map(json, "parameters"))
        .set_container_overrides(object(json, "containerOverrides", overrides))
        .set_node_overrides(object(json, "nodeOverrides", |v| {
            NodeOverrides::builder()
                .set_num_nodes(int(v, "numNodes"))
                .set_node_property_overrides(list(v, "nodePropertyOverrides", |v| {
                    NodePropertyOverride::builder()
                        .set_target_nodes(text(v, "targetNodes"))
                        .set_container_overrides(object(v, "containerOverrides", overrides))
                        .build()
                }))
                .build()
        }))
        .set_propagate_tags(flag(json, "propagateTags"))
        .set_tags(map(json, "tags"));
    Ok(call.send().await.map(drop)?)
}

fn container(json: &Value) -> ContainerProperties {
    ContainerProperties::builder()
        .set_image(text(json, "image"))
        .set_command(list(json, "command", one))
        .set_job_role_arn(text(json, "jobRoleArn"))
        .set_execution_role_arn(text(json, "executionRoleArn"))
        .set_resource_requirements(list(json, "resourceRequirements", |v| {
            ResourceRequirement::builder()
                .set_type(word(v, "type"))
                .set_value(text(v, "value"))
                .build()
        }))
        .set_environment(list(json, "environment", pair))
        .set_secrets(list(json, "secrets", secret))
        .set_user(text(json, "user"))
        .set_privileged(flag(json, "privileged"))
        .set_readonly_root_filesystem(flag(json, "readonlyRootFilesystem"))
        .set_enable_execute_command(flag(json, "enableExecuteCommand"))
        .set_instance_type(text(json, "instanceType"))
        .set_linux_parameters(object(json, "linuxParameters", linux))
        .set_ulimits(list(json, "ulimits", |v| {
            Ulimit::builder()
                .set_name(text(v, "name"))
                .set_soft_limit(int(v, "softLimit"))
                .set_hard_limit(int(v, "hardLimit"))
                .build()
        }))
        .set_volumes(list(json, "volumes", volume))
        .set_mount_points(list(json, "mountPoints", |v| {
            MountPoint::builder()
                .set_source_volume(text(v, "sourceVolume"))
                .set_container_path(text(v, "containerPath"))
                .set_read_only(flag(v, "readOnly"))
                .build()
        }))
        .set_log_configuration(object(json, "logConfiguration", |v| {
            LogConfiguration::builder()
                .set_log_driver(word(v, "logDriver"))
                .set_options(map(v, "options"))
                .set_secret_options(list(v, "secretOptions", secret))
                .build()
        }))
        .set_network_configuration(object(json, "networkConfiguration", |v| {
            NetworkConfiguration::builder()
                .set_assign_public_ip(word(v, "assignPublicIp"))
                .build()
        }))
        .set_fargate_platform_configuration(object(json, "fargatePlatformConfiguration", |v| {
            FargatePlatformConfiguration::builder()
                .set_platform_version(text(v, "platformVersion"))
                .build()
        }))
        .set_ephemeral_storage(object(json, "ephemeralStorage", |v| {
            EphemeralStorage::builder()
                .set_size_in_gib(int(v, "sizeInGiB"))
                .build()
        }))
        .set_runtime_platform(object(json, "runtimePlatform", |v| {
            RuntimePlatform::builder()
                .set_cpu_architecture(text(v, "cpuArchitecture"))
                .set_operating_system_family(text(v, "operatingSystemFamily"))
                .build()
        }))
        .set_repository_credentials(object(json, "repositoryCredentials", |v| {
            RepositoryCredentials::builder()
                .set_credentials_parameter(text(v, "credentialsParameter"))
                .build()
        }))
        .build()
}

fn linux(json: &Value) -> LinuxParameters {
    LinuxParameters::builder()
        .set_init_process_enabled(flag(json, "initProcessEnabled"))
        .set_shared_memory_size(int(json, "sharedMemorySize"))
        .set_max_swap(int(json, "maxSwap"))
        .set_swappiness(int(json, "swappiness"))
        .set_tmpfs(list(json, "tmpfs", |v| {
            Tmpfs::builder()
                .set_container_path(text(v, "containerPath"))
                .set_size(int(v, "size"))
                .set_mount_options(list(v, "mountOptions", one))
                .build()
        }))
        .set_devices(list(json, "devices", |v| {
            Device::builder()
                .set_host_path(text(v, "hostPath"))
                .set_container_path(text(v, "containerPath"))
                .set_permissions(list(v, "permissions", |v| one(v).as_str().into()))
                .build()
        }))
        .build()
}

fn volume(json: &Value) -> Volume {
    Volume::builder()
        .set_name(text(json, "name"))
        .set_host(object(json, "host", |v| {
            Host::builder()
                .set_source_path(text(v, "sourcePath"))
                .build()
        }))
        .set_efs_volume_configuration(object(json, "efsVolumeConfiguration", |v| {
            EfsVolumeConfiguration::builder()
                .set_file_system_id(text(v, "fileSystemId"))
                .set_root_directory(text(v, "rootDirectory"))
                .set_transit_encryption(word(v, "transitEncryption"))
                .set_authorization_config(object(v, "authorizationConfig", |v| {
                    EfsAuthorizationConfig::builder()
                        .set_access_point_id(text(v, "accessPointId"))
                        .set_iam(word(v, "iam"))
                        .build()
                }))
                .build()
        }))
        .build()
}

fn nodes(json: &Value) -> NodeProperties {
    NodeProperties::builder()
        .set_num_nodes(int(json, "numNodes"))
        .set_main_node(int(json, "mainNode"))
        .set_node_range_properties(list(json, "nodeRangeProperties", |v| {
            NodeRangeProperty::builder()
                .set_target_nodes(text(v, "targetNodes"))
                .set_container(object(v, "container", container))
                .set_instance_types(list(v, "instanceTypes", one))
                .set_consumable_resource_properties(object(
                    v,
                    "consumableResourceProperties",
                    consumables,
                ))
                .build()
        }))
        .build()
}

fn consumables(json: &Value) -> ConsumableResourceProperties {
    ConsumableResourceProperties::builder()
        .set_consumable_resource_list(list(json, "consumableResourceList", |v| {
            ConsumableResourceRequirement::builder()
                .set_consumable_resource(text(v, "consumableResource"))
                .set_quantity(v.get("quantity").and_then(Value::as_i64))
                .build()
        }))
        .build()
}

fn retry(json: &Value) -> RetryStrategy {
    RetryStrategy::builder()
        .set_attempts(int(json, "attempts"))
        .set_evaluate_on_exit(list(json, "evaluateOnExit", |v| {
            EvaluateOnExit::builder()
                .set_on_status_reason(text(v, "onStatusReason"))
                .set_on_reason(text(v, "onReason"))
                .set_on_exit_code(text(v, "onExitCode"))
                .set_action(word(v, "action"))
                .build()
        }))
        .build()
}

fn timeout(json: &Value) -> JobTimeout {
    JobTimeout::builder()
        .set_attempt_duration_seconds(int(json, "attemptDurationSeconds"))
        .build()
}

fn overrides(json: &Value) -> ContainerOverrides {
    ContainerOverrides::builder()
        .set_command(list(json, "command", one))
        .set_environment(list(json, "environment", pair))
        .build()
}

fn pair(json: &Value) -> KeyValuePair {
    KeyValuePair::builder()
        .set_name(text(json, "name"))
        .set_value(text(json, "value"))
        .build()
}

fn secret(json: &Value) -> Secret {
    Secret::builder()
        .set_name(text(json, "name"))
        .set_value_from(text(json, "valueFrom"))
        .build()
}

// What is not as expected is left out, which the comparison of the whole then shows.

fn one(json: &Value) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn text(json: &Value, key: &str) -> Option<String> {
    json.get(key).map(one)
}

fn word<T: for<'a> From<&'a str>>(json: &Value, key: &str) -> Option<T> {
    json.get(key).and_then(Value::as_str).map(T::from)
}

fn int(json: &Value, key: &str) -> Option<i32> {
    let int = json.get(key).and_then(Value::as_i64);
    int.and_then(|int| i32::try_from(int).ok())
}

fn flag(json: &Value, key: &str) -> Option<bool> {
    json.get(key).and_then(Value::as_bool)
}

fn object<T>(json: &Value, key: &str, make: impl Fn(&Value) -> T) -> Option<T> {
    json.get(key).map(make)
}

fn list<T>(json: &Value, key: &str, make: impl Fn(&Value) -> T) -> Option<Vec<T>> {
    let items = json.get(key).and_then(Value::as_array);
    items.map(|items| items.iter().map(make).collect())
}

fn map(json: &Value, key: &str) -> Option<std::collections::HashMap<String, String>> {
    let entries = json.get(key).and_then(Value::as_object);
    entries.map(|entries| {
        let entry = |(key, value): (&String, &Value)| (key.clone(), one(value));
        entries.iter().map(entry).collect()
    })
}
