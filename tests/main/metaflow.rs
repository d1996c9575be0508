//! The same job as Metaflow runs, for every case in `fixtures/metaflow.json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::input::Input;

#[derive(Deserialize)]
struct Case {
    name: String,
    environment: BTreeMap<String, String>,
    flow: String,
    queue: String,
    job: Value,
}

#[test]
fn jobs_are_those_of_metaflow() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../fixtures/metaflow.json")).expect("the fixture");
    assert_eq!(cases.len(), 60);
    let mut differences = Vec::new();
    for case in cases {
        let mut input = Input::new(case.flow.as_str());
        for (name, value) in &case.environment {
            input = input.variable(name, value);
        }
        let output = input.compile();
        let Some(job) = output.jobs().first() else {
            differences.push(format!("{}: {:?}\n{}", case.name, output.found, case.flow));
            continue;
        };
        let request = &job["request"];
        let mut ours = output.definition("s").clone();
        for field in ["timeout", "retryStrategy", "tags"] {
            if let Some(value) = request.get(field) {
                ours[field] = value.clone();
            }
        }
        ours["jobQueue"] = request["jobQueue"].clone();
        let mut theirs = case.job;
        theirs["jobQueue"] = case.queue.into();
        remove(&mut ours, "jobDefinitionName");
        normalize(&mut ours);
        normalize(&mut theirs);
        if ours != theirs {
            differences.push(format!(
                "{}\n{}ours   {ours}\ntheirs {theirs}",
                case.name, case.flow
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{} differ\n{}",
        differences.len(),
        differences.join("\n\n")
    );
}

/// Brings what may be written in several ways into one of them, and nothing else.
fn normalize(job: &mut Value) {
    if job["platformCapabilities"] == json!(["EC2"]) {
        remove(job, "platformCapabilities");
    }
    if let Some(tags) = job.get_mut("tags").and_then(Value::as_object_mut) {
        tags.retain(|key, _| !key.starts_with("flowbatch:"));
    }
    if let Some(container) = job.get_mut("containerProperties") {
        normalize_container(container);
    }
    let ranges = job.pointer_mut("/nodeProperties/nodeRangeProperties");
    for range in ranges.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(container) = range.get_mut("container") {
            normalize_container(container);
        }
    }
    drop_empty(job);
}

fn normalize_container(container: &mut Value) {
    remove(container, "command");
    as_map(container, "resourceRequirements", "type", "value");
    as_map(container, "environment", "name", "value");
    if let Some(environment) = container.get_mut("environment") {
        let variables = environment.as_object_mut().expect("a map by now");
        variables.retain(|name, _| name == "METAFLOW_TEMPDIR");
    }
    // Every mount point with what it mounts, in place of the volume's name.
    let volumes = remove(container, "volumes");
    let volumes: Vec<Value> = serde_json::from_value(volumes).unwrap_or_default();
    let mut mounted = 0;
    let points = container.get_mut("mountPoints");
    for point in points.and_then(Value::as_array_mut).into_iter().flatten() {
        let name = remove(point, "sourceVolume");
        let volume = volumes.iter().find(|volume| volume["name"] == name);
        let mut volume = volume.expect("the volume is there").clone();
        remove(&mut volume, "name");
        point["volume"] = volume;
        mounted += 1;
    }
    assert_eq!(mounted, volumes.len(), "each volume is mounted once");
}

fn remove(object: &mut Value, key: &str) -> Value {
    let object = object.as_object_mut();
    object
        .and_then(|object| object.shift_remove(key))
        .unwrap_or_default()
}

/// A list of keys and values as a map; a key that is there twice fails the test.
fn as_map(container: &mut Value, field: &str, key: &str, value: &str) {
    let Some(list) = container.get_mut(field) else {
        return;
    };
    let mut map = Map::new();
    for entry in list.as_array().expect("a list") {
        let key = entry[key].as_str().expect("a key");
        let before = map.insert(key.to_owned(), entry[value].clone());
        assert_eq!(before, None, "{field} has {key} twice");
    }
    *list = Value::Object(map);
}

fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(drop_empty);
            map.retain(|_, value| !is_empty(value));
        }
        Value::Array(list) => list.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    *value == json!({}) || *value == json!([])
}
