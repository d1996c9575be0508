//! Job definitions held against those that the service gives back.

use std::sync::LazyLock;

use flowbatch::aws::plan::compare::{Kind, changes, same};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::emitted;
use super::service_form::{Choices, service_form};

/// Every definition of the fixtures and of generated flows, with what it is from.
static DEFINITIONS: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let mut definitions = Vec::new();
    for (name, artifacts) in emitted::fixtures()
        .into_iter()
        .chain(emitted::generated(60))
    {
        for file in &artifacts.files {
            if file.path.starts_with("job-definitions/") {
                let json = serde_json::from_str(&file.text).expect("JSON");
                definitions.push((format!("{name}: {}", file.path), json));
            }
        }
    }
    assert!(definitions.len() > 300, "only {}", definitions.len());
    definitions
});

/// The pointers of everything in a definition, inner before outer.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut inside = |name: &str, value: &Value| {
        let name = name.replace('~', "~0").replace('/', "~1");
        let at = format!("{at}/{name}");
        pointers(value, &at, found);
        found.push(at);
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                inside(name, value);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                inside(&index.to_string(), value);
            }
        }
        _ => {}
    }
}

/// Whether leaving this out means the same.
fn means_nothing(pointer: &str, value: &Value) -> bool {
    let member = pointer.rsplit('/').next().unwrap_or_default();
    let parent = pointer.rsplit('/').nth(1).unwrap_or_default();
    match member {
        "propagateTags"
        | "privileged"
        | "readonlyRootFilesystem"
        | "enableExecuteCommand"
        | "readOnly"
        | "initProcessEnabled" => value == false,
        "attempts" => value == 1,
        // The service may fill it in.
        "schedulingPriority" => value == 0,
        "retryStrategy" => *value == json!({ "attempts": 1 }),
        "platformCapabilities" => *value == json!(["EC2"]),
        "0" if parent == "platformCapabilities" => value == "EC2",
        "assignPublicIp" | "iam" => value == "DISABLED",
        "networkConfiguration" => *value == json!({ "assignPublicIp": "DISABLED" }),
        "rootDirectory" => value == "/",
        "platformVersion" => value == "LATEST",
        "fargatePlatformConfiguration" => *value == json!({ "platformVersion": "LATEST" }),
        "cpuArchitecture" => value == "X86_64",
        "runtimePlatform" => *value == json!({ "cpuArchitecture": "X86_64" }),
        "logDriver" => value == "awslogs",
        "logConfiguration" => *value == json!({ "logDriver": "awslogs" }),
        // The service takes the host's path, and all permissions.
        "containerPath" => pointer.contains("/devices/"),
        "permissions" => value.as_array().is_some_and(|all| all.len() == 3),
        "linuxParameters" => value.as_object().is_some_and(|members| {
            members.keys().all(|name| name == "initProcessEnabled")
                && members.values().all(|value| value == false)
        }),
        // What is left would be nothing.
        _ => false,
    }
}

/// The definition with something else at a pointer, in every way that is another definition.
fn edits(definition: &Value, pointer: &str) -> Vec<(&'static str, Value)> {
    let old = definition.pointer(pointer).expect("there");
    let mut edits = Vec::new();
    let other = match old {
        Value::String(text) => Some(json!(format!("{text}x"))),
        Value::Number(number) => Some(json!(number.as_i64().expect("whole") + 1)),
        Value::Bool(yes) => Some(json!(!yes)),
        _ => None,
    };
    if let Some(other) = other {
        let mut edited = definition.clone();
        *edited.pointer_mut(pointer).expect("there") = other;
        edits.push(("replaced", edited));
    }
    if !means_nothing(pointer, old) {
        let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
        let mut edited = definition.clone();
        match edited.pointer_mut(parent).expect("there") {
            Value::Object(members) => {
                let member = member.replace("~1", "/").replace("~0", "~");
                members.remove(&member);
            }
            Value::Array(items) => {
                items.remove(member.parse().expect("an index"));
            }
            _ => unreachable!(),
        }
        edits.push(("removed", edited));
    }
    let ordered = pointer.ends_with("/command") || pointer.ends_with("/evaluateOnExit");
    if let Value::Array(items) = old
        && ordered
        && items.first() != items.last()
    {
        let mut edited = definition.clone();
        let items = edited.pointer_mut(pointer).and_then(Value::as_array_mut);
        items.expect("there").reverse();
        edits.push(("reversed", edited));
    }
    edits
}

#[test]
fn what_the_service_gives_back_is_unchanged() {
    let mut choices = Choices(7);
    for (name, definition) in DEFINITIONS.iter() {
        assert!(same(definition, definition), "{name}");
        for _ in 0..8 {
            let theirs = service_form(definition, &mut choices);
            let found = changes(definition, &theirs);
            assert_eq!(found, [], "{name}: {definition:#} and {theirs:#}");
        }
    }
}

#[test]
fn every_edit_of_what_was_decided_is_seen() {
    let mut choices = Choices(11);
    let mut tried = 0;
    for (name, definition) in DEFINITIONS.iter() {
        let theirs = service_form(definition, &mut choices);
        let mut all = Vec::new();
        pointers(definition, "", &mut all);
        for pointer in all {
            for (how, edited) in edits(definition, &pointer) {
                assert!(!same(&edited, &theirs), "{name}: {how} {pointer}");
                tried += 1;
            }
        }
    }
    assert!(tried > 20_000, "only {tried}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the service gives back, and whoever made the edit.
    #[test]
    fn edits_are_seen_in_any_form(which: prop::sample::Index, seed: u64, at: prop::sample::Index) {
        let (name, definition) = which.get(&DEFINITIONS);
        let theirs = service_form(definition, &mut Choices(seed));
        prop_assert!(same(definition, &theirs), "{name}");
        let mut all = Vec::new();
        pointers(definition, "", &mut all);
        let pointer = at.get(&all);
        for (how, edited) in edits(definition, pointer) {
            prop_assert!(!same(&edited, &theirs), "{name}: {how} {pointer}");
            // What is added one way is removed the other way.
            prop_assert!(!same(definition, &edited), "{name}: {how} {pointer}");
        }
    }
}

#[test]
fn changes_say_where_and_what() {
    let ours = json!({
        "jobDefinitionName": "F-a", "type": "container", "tags": { "team": "ml" },
        "retryStrategy": { "attempts": 2, "evaluateOnExit": [
            { "onReason": "*", "action": "EXIT" } ] },
        "containerProperties": {
            "image": "a:2", "command": ["/bin/sh", "-ec", "true"],
            "environment": [{ "name": "A", "value": "1" }, { "name": "B", "value": "2" }],
            "resourceRequirements": [{ "type": "VCPU", "value": "1" },
                                     { "type": "MEMORY", "value": "4096" }],
            "volumes": [{ "name": "new" }],
        },
    });
    let theirs = json!({
        "jobDefinitionName": "F-a", "type": "container", "revision": 3, "tags": {},
        "retryStrategy": { "attempts": 1 },
        "containerProperties": {
            "image": "a:1", "command": ["/bin/sh", "-ec", "false"], "vcpus": 1, "memory": 2048,
            "environment": [{ "name": "C", "value": "3" }, { "name": "B", "value": "2" }],
            "user": "root", "privileged": true, "readonlyRootFilesystem": false,
            "linuxParameters": { "devices": [{ "hostPath": "/dev/fuse" }] },
        },
    });
    let found: Vec<String> = changes(&ours, &theirs)
        .into_iter()
        .map(|change| {
            let sign = match change.kind() {
                Kind::Add => '+',
                Kind::Remove => '-',
                Kind::Replace => '~',
            };
            let value =
                |value: Option<Value>| value.map_or("none".into(), |value| value.to_string());
            let (old, new) = (value(change.old), value(change.new));
            format!("{sign} {}: {old} -> {new}", change.path)
        })
        .collect();
    let expected = [
        r#"+ tags[team]: none -> "ml""#,
        "~ retryStrategy.attempts: 1 -> 2",
        r#"+ retryStrategy.evaluateOnExit: none -> [{"onReason":"*","action":"EXIT"}]"#,
        r#"~ containerProperties.image: "a:1" -> "a:2""#,
        r#"~ containerProperties.command[2]: "false" -> "true""#,
        r#"+ containerProperties.environment[A]: none -> "1""#,
        r#"- containerProperties.environment[C]: "3" -> none"#,
        r#"~ containerProperties.resourceRequirements[MEMORY]: "2048" -> "4096""#,
        "+ containerProperties.volumes[new]: none -> {}",
        r#"- containerProperties.user: "root" -> none"#,
        "- containerProperties.privileged: true -> none",
        r#"- containerProperties.linuxParameters.devices[/dev/fuse].hostPath: "/dev/fuse" -> none"#,
    ];
    assert_eq!(found, expected);
}

#[test]
fn rewritten_values_are_the_same() {
    let ours = |container: Value| json!({ "type": "container", "containerProperties": container });
    for (a, b) in [
        (
            json!({ "resourceRequirements": [{ "type": "VCPU", "value": "1" }] }),
            json!({ "resourceRequirements": [{ "type": "VCPU", "value": "1.0" }], "vcpus": 0 }),
        ),
        (
            json!({ "resourceRequirements": [{ "type": "VCPU", "value": "0.25" }] }),
            json!({ "resourceRequirements": [{ "type": "VCPU", "value": 0.25 }], "memory": 0 }),
        ),
        (
            json!({ "resourceRequirements": [{ "type": "VCPU", "value": "2" }] }),
            json!({ "resourceRequirements": [{ "type": "VCPU", "value": "2" }], "vcpus": 1 }),
        ),
        (
            json!({ "ulimits": [{ "name": "nofile", "softLimit": 1, "hardLimit": 2 }] }),
            json!({ "ulimits": [{ "hardLimit": "2", "name": "nofile", "softLimit": 1.0 }] }),
        ),
        (
            json!({ "environment": [{ "name": "A", "value": "1" }] }),
            json!({ "environment": [{ "name": "E", "value": "" }, { "name": "A", "value": 1 }] }),
        ),
        (
            json!({ "image": "a" }),
            json!({ "image": "a", "user": null, "newMember": { "x": 1 } }),
        ),
    ] {
        assert_eq!(changes(&ours(a.clone()), &ours(b.clone())), []);
        assert_eq!(changes(&ours(b), &ours(a)), []);
    }
    // A number is a number only where it is one.
    let (a, b) = (
        json!({ "environment": [{ "name": "A", "value": "1" }] }),
        json!({ "environment": [{ "name": "A", "value": "1.0" }] }),
    );
    assert!(!same(&ours(a), &ours(b)));
}

#[test]
fn a_priority_of_zero_is_decided() {
    let (none, zero) = (json!({}), json!({ "schedulingPriority": 0 }));
    assert!(same(&none, &zero), "the service may fill it in");
    assert!(!same(&zero, &none), "a fair-share queue asks for it");
}

#[test]
fn anything_at_all_can_be_compared() {
    for value in [
        json!(null),
        json!([]),
        json!("x"),
        json!({ "containerProperties": [] }),
    ] {
        let definition = &DEFINITIONS[0].1;
        assert!(!same(definition, &value));
        assert!(!same(&value, definition));
        assert!(same(&value, &value));
    }
}
