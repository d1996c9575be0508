//! A model of what AWS Batch makes of a job definition that was registered.

use serde_json::{Map, Value, json};

/// Choices that the model of the service leaves open.
pub(crate) struct Choices(pub(crate) u64);

impl Choices {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end.max(1)
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}

/// What DescribeJobDefinitions gives back of a definition: what Terraform's provider, and those who
/// reported that it showed changes where there were none, saw of it.
pub(crate) fn service_form(definition: &Value, choices: &mut Choices) -> Value {
    let mut form = definition.as_object().expect("an object").clone();
    let name = form
        .get("jobDefinitionName")
        .and_then(Value::as_str)
        .unwrap_or("none");
    let name = name.to_owned();
    form.insert(
        "jobDefinitionArn".into(),
        json!(format!(
            "arn:aws:batch:us-east-1:123456789012:job-definition/{name}:7"
        )),
    );
    form.insert("revision".into(), json!(7));
    form.insert("status".into(), json!("ACTIVE"));
    form.insert("containerOrchestrationType".into(), json!("ECS"));
    form.entry("parameters").or_insert(json!({}));
    let tags = form.entry("tags").or_insert(json!({}));
    if choices.coin() {
        tags["aws:cloudformation:stack-name"] = json!("batch");
    }
    if form.get("platformCapabilities") == Some(&json!(["EC2"])) && choices.coin() {
        form.remove("platformCapabilities");
    }
    if form.get("propagateTags") == Some(&json!(false)) && choices.coin() {
        form.remove("propagateTags");
    }
    if choices.coin() {
        form.entry("schedulingPriority").or_insert(json!(0));
    }
    if let Some(retry) = form.get_mut("retryStrategy") {
        if let Some(rules) = retry.get_mut("evaluateOnExit") {
            for rule in rules.as_array_mut().expect("a list") {
                if let Some(action) = rule["action"].as_str() {
                    rule["action"] = json!(action.to_lowercase());
                }
            }
        } else {
            retry["evaluateOnExit"] = json!([]);
        }
    } else if choices.coin() {
        form.insert(
            "retryStrategy".into(),
            json!({ "attempts": 1, "evaluateOnExit": [] }),
        );
    }
    if let Some(nodes) = form.get_mut("nodeProperties") {
        let ranges = nodes["nodeRangeProperties"].as_array_mut().expect("ranges");
        for range in ranges.iter_mut() {
            container(range["container"].as_object_mut().expect("one"), choices);
        }
        choices.shuffle(ranges);
    }
    if let Some(properties) = form.get_mut("containerProperties") {
        container(properties.as_object_mut().expect("one"), choices);
    }
    let mut members: Vec<(String, Value)> = form.into_iter().collect();
    choices.shuffle(&mut members);
    Value::Object(members.into_iter().collect())
}

fn container(container: &mut Map<String, Value>, choices: &mut Choices) {
    for list in [
        "command",
        "volumes",
        "environment",
        "mountPoints",
        "ulimits",
        "resourceRequirements",
        "secrets",
    ] {
        let list = container.entry(list).or_insert(json!([]));
        list.as_array().expect("a list");
    }
    for set in [
        "volumes",
        "environment",
        "mountPoints",
        "ulimits",
        "resourceRequirements",
        "secrets",
    ] {
        choices.shuffle(container[set].as_array_mut().expect("a list"));
    }
    if choices.below(4) == 0 {
        legacy(container);
    }
    if choices.coin() {
        for flag in [
            "privileged",
            "readonlyRootFilesystem",
            "enableExecuteCommand",
        ] {
            container.entry(flag).or_insert(json!(false));
        }
    }
    for mount in container["mountPoints"].as_array_mut().expect("a list") {
        let mount = mount.as_object_mut().expect("one");
        mount.entry("readOnly").or_insert(json!(false));
    }
    for volume in container["volumes"].as_array_mut().expect("a list") {
        if let Some(efs) = volume.get_mut("efsVolumeConfiguration") {
            let efs = efs.as_object_mut().expect("one");
            efs.entry("rootDirectory").or_insert(json!("/"));
            efs.entry("transitEncryptionPort").or_insert(json!(0));
        }
    }
    let linux = container.entry("linuxParameters").or_insert(json!({}));
    for list in ["devices", "tmpfs"] {
        if linux.get(list).is_none() {
            linux[list] = json!([]);
        }
    }
    for device in linux["devices"].as_array_mut().expect("a list") {
        let device = device.as_object_mut().expect("one");
        let path = device["hostPath"].clone();
        device.entry("containerPath").or_insert(path);
        device.entry("permissions").or_insert(json!([]));
        choices.shuffle(device["permissions"].as_array_mut().expect("a list"));
    }
    if let Some(log) = container.get_mut("logConfiguration") {
        for (member, empty) in [("options", json!({})), ("secretOptions", json!([]))] {
            if log.get(member).is_none() {
                log[member] = empty;
            }
        }
    }
    if container.contains_key("networkConfiguration") {
        let platform = json!({ "platformVersion": "LATEST" });
        container
            .entry("fargatePlatformConfiguration")
            .or_insert(platform);
        let runtime = container.entry("runtimePlatform").or_insert(json!({}));
        let runtime = runtime.as_object_mut().expect("one");
        runtime
            .entry("operatingSystemFamily")
            .or_insert(json!("LINUX"));
        runtime.entry("cpuArchitecture").or_insert(json!("X86_64"));
        if choices.coin() {
            container
                .entry("ephemeralStorage")
                .or_insert(json!({ "sizeInGiB": 20 }));
        }
    }
}

/// `vcpus` and `memory`, where they can say it.
fn legacy(container: &mut Map<String, Value>) {
    let requirements = container["resourceRequirements"].as_array_mut().expect("a");
    let mut moved = Vec::new();
    requirements.retain(|one| {
        let Ok(amount) = one["value"].as_str().expect("text").parse::<i64>() else {
            return true;
        };
        match one["type"].as_str() {
            Some("VCPU") => moved.push(("vcpus", amount)),
            Some("MEMORY") => moved.push(("memory", amount)),
            _ => return true,
        }
        false
    });
    for (name, amount) in moved {
        container.insert(name.into(), json!(amount));
    }
}
