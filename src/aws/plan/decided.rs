//! A job definition as what was decided, whoever wrote it down.
//!
//! DescribeJobDefinitions does not give back what RegisterJobDefinition took: it adds members of its
//! own, defaults and empty lists, drops environment variables without a value, reorders lists that
//! are sets, writes actions in lower case, and shows definitions of old in their old form. Here both
//! become the same tree, read by the shape of the request; what the request has not is the
//! service's own.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::batch::shapes::{self, Shape, Structure};

/// A part of a definition.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Node {
    /// A number, a string, a boolean.
    Leaf(Value),
    /// A list whose order matters.
    List(Vec<Node>),
    /// A list of words whose order does not matter, sorted.
    Words(Vec<Value>),
    /// The members of a structure of this name.
    Fields(&'static str, Vec<(String, Node)>),
    /// A map, or a list whose items have names, by name.
    Named(Vec<(String, Node)>),
}

impl Node {
    /// As JSON, to be shown.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Leaf(value) => value.clone(),
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Words(words) => words.iter().cloned().collect(),
            Self::Fields(_, members) | Self::Named(members) => {
                let members = members.iter();
                let members = members.map(|(name, node)| (name.clone(), node.json()));
                Value::Object(members.collect())
            }
        }
    }
}

/// A job definition, ours or the account's, as what was decided; an empty one if it is no object.
pub(super) fn decided(definition: &Value) -> Node {
    match (shapes::register_job_definition(), definition) {
        (Shape::Structure(structure), Value::Object(members)) => fields(structure, members),
        _ => Node::Named(Vec::new()),
    }
}

/// What a member means when it is left out, where that is one value. Sources: the documentation of
/// the API, member by member; for `platformVersion`, what Terraform's users saw come back.
pub(super) fn default(structure: &str, member: &str) -> Option<Value> {
    Some(match (structure, member) {
        ("RegisterJobDefinitionRequest", "platformCapabilities") => json!(["EC2"]),
        ("RetryStrategy", "attempts") => json!(1),
        ("LogConfiguration", "logDriver") => json!("awslogs"),
        ("NetworkConfiguration", "assignPublicIp")
        | ("EFSVolumeConfiguration", "transitEncryption")
        | ("EFSAuthorizationConfig", "iam") => json!("DISABLED"),
        ("EFSVolumeConfiguration" | "S3FilesVolumeConfiguration", "rootDirectory") => json!("/"),
        ("FargatePlatformConfiguration" | "EcsTaskProperties", "platformVersion") => {
            json!("LATEST")
        }
        ("RuntimePlatform", "operatingSystemFamily") => json!("LINUX"),
        ("RuntimePlatform", "cpuArchitecture") => json!("X86_64"),
        ("EphemeralStorage", "sizeInGiB") => json!(20),
        ("Device", "permissions") => json!(["MKNOD", "READ", "WRITE"]),
        ("EksEmptyDir", "medium") => json!(""),
        ("TaskContainerProperties", "essential") | ("EksPodProperties", "hostNetwork") => {
            json!(true)
        }
        (
            _,
            "propagateTags"
            | "privileged"
            | "readonlyRootFilesystem"
            | "enableExecuteCommand"
            | "initProcessEnabled"
            | "readOnly"
            | "shareProcessNamespace",
        ) => json!(false),
        _ => return None,
    })
}

/// What the service may fill in for a member that was left out, though it is not the same to write
/// it: a job on a fair-share queue needs a priority, be it 0.
pub(super) fn filled_in(structure: &str, member: &str) -> Option<Value> {
    match (structure, member) {
        ("RegisterJobDefinitionRequest", "schedulingPriority")
        | (_, "transitEncryptionPort" | "sharedMemorySize") => Some(json!(0)),
        _ => None,
    }
}

/// By which member the items of a list are told apart, where their order does not matter.
fn key(item: &str) -> Option<&'static str> {
    Some(match item {
        "ResourceRequirement" => "type",
        "NodeRangeProperty" => "targetNodes",
        "MountPoint" | "Tmpfs" | "Device" => "containerPath",
        "EksContainerVolumeMount" => "mountPath",
        "TaskContainerDependency" => "containerName",
        "ConsumableResourceRequirement" => "consumableResource",
        "KeyValuePair"
        | "Secret"
        | "Ulimit"
        | "Volume"
        | "TaskContainerProperties"
        | "ImagePullSecret"
        | "EksContainerEnvironmentVariable"
        | "EksVolume" => "name",
        _ => return None,
    })
}

/// Lists of words that are sets.
const WORDS: &[&str] = &["platformCapabilities", "permissions", "instanceTypes"];

/// A value of a member; `None` if it says nothing.
fn node(shape: &Shape, member: &str, value: &Value) -> Option<Node> {
    let node = match (shape, value) {
        (_, Value::Null) => return None,
        (Shape::Structure(structure), Value::Object(members)) => fields(structure, members),
        (Shape::List(item, _), Value::Array(items)) => list(item, member, items),
        (Shape::Map(_, shape, _), Value::Object(entries)) => {
            let own = |name: &str| member == "tags" && name.starts_with("aws:");
            let entries = entries.iter().filter(|(name, _)| !own(name));
            Node::Named(
                entries
                    .filter_map(|(name, value)| Some((name.clone(), node(shape, "", value)?)))
                    .collect(),
            )
        }
        (shape, value) => Node::Leaf(leaf(shape, value)),
    };
    let says_nothing = match &node {
        Node::Leaf(_) => false,
        Node::List(items) => items.is_empty(),
        Node::Words(words) => words.is_empty(),
        Node::Fields(_, members) | Node::Named(members) => members.is_empty(),
    };
    (!says_nothing).then_some(node)
}

fn fields(structure: &Structure, members: &Map<String, Value>) -> Node {
    let members = match structure.name {
        "ContainerProperties" => in_new_form(members),
        _ => Cow::Borrowed(members),
    };
    let mut fields: Vec<(String, Node)> = members
        .iter()
        .filter_map(|(name, value)| {
            let shape = &structure.member(name)?.shape;
            Some((name.clone(), node(shape, name, value)?))
        })
        .collect();
    if structure.name == "ResourceRequirement" {
        for (_, node) in fields.iter_mut().filter(|(name, _)| name == "value") {
            if let Node::Leaf(value) = node {
                *value = decimal(value);
            }
        }
    }
    Node::Fields(structure.name, fields)
}

fn list(item: &Shape, member: &str, items: &[Value]) -> Node {
    if let Shape::Structure(structure) = item
        && let Some(key) = key(structure.name)
    {
        return named(structure, key, items);
    }
    if WORDS.contains(&member) {
        let mut words: Vec<Value> = items.iter().map(|value| leaf(item, value)).collect();
        words.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        return Node::Words(words);
    }
    // An item that says nothing still has its place.
    let item = |value| node(item, "", value).unwrap_or(Node::Named(Vec::new()));
    Node::List(items.iter().map(item).collect())
}

/// Items by name; those that have one member besides are that member.
fn named(structure: &Structure, key: &str, items: &[Value]) -> Node {
    let mut named: Vec<(String, Node)> = Vec::with_capacity(items.len());
    for item in items {
        let Some(members) = item.as_object() else {
            continue;
        };
        // A device lies where it lies on the host, unless that is said.
        let at = members.get(key).filter(|at| !at.is_null());
        let at = at.or_else(|| members.get("hostPath"));
        let at = at.and_then(Value::as_str).unwrap_or_default();
        let at = match structure.name {
            // Named by ARN or by name.
            "ConsumableResourceRequirement" => at.rsplit('/').next().unwrap_or(at),
            _ => at,
        };
        let Node::Fields(name, mut rest) = fields(structure, members) else {
            continue;
        };
        rest.retain(|(member, _)| member != key);
        let value = match structure.name {
            "KeyValuePair"
            | "Secret"
            | "ResourceRequirement"
            | "EksContainerEnvironmentVariable" => rest.pop().map(|(_, value)| value),
            _ => Some(Node::Fields(name, rest)),
        };
        let empty = Node::Leaf(Value::String(String::new()));
        let value = match (structure.name, value) {
            // AWS Batch drops variables without a value.
            ("KeyValuePair", value) if value.as_ref().is_none_or(|value| *value == empty) => {
                continue;
            }
            (_, value) => value.unwrap_or(empty),
        };
        let mut name = at.to_owned();
        while named.iter().any(|(taken, _)| *taken == name) {
            name.push('\'');
        }
        named.push((name, value));
    }
    Node::Named(named)
}

/// `vcpus` and `memory` as resource requirements; those that are there win.
fn in_new_form(members: &Map<String, Value>) -> Cow<'_, Map<String, Value>> {
    let legacy = [("vcpus", "VCPU"), ("memory", "MEMORY")];
    if !legacy.iter().any(|(old, _)| members.contains_key(*old)) {
        return Cow::Borrowed(members);
    }
    let mut members = members.clone();
    let mut requirements = match members.shift_remove("resourceRequirements") {
        Some(Value::Array(requirements)) => requirements,
        _ => Vec::new(),
    };
    for (old, new) in legacy {
        let amount = members
            .shift_remove(old)
            .filter(|value| decimal(value) != "0");
        let stated = requirements.iter().any(|one| one["type"] == new);
        if let Some(amount) = amount.filter(|amount| !amount.is_null() && !stated) {
            requirements.push(json!({ "type": new, "value": decimal(&amount) }));
        }
    }
    members.insert("resourceRequirements".to_owned(), json!(requirements));
    Cow::Owned(members)
}

/// A value as its shape has it: actions in capitals, numbers that were written as strings as
/// numbers, and the reverse.
fn leaf(shape: &Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::Enum(words), Value::String(text)) => {
            let word = words.iter().find(|word| word.eq_ignore_ascii_case(text));
            word.map_or_else(|| value.clone(), |word| json!(word))
        }
        (Shape::Int | Shape::Long, Value::String(text)) => text
            .parse::<i64>()
            .map_or_else(|_| value.clone(), Value::from),
        (Shape::Int | Shape::Long, Value::Number(number)) => whole(number).unwrap_or(value.clone()),
        (Shape::Bool, Value::String(text)) => text
            .to_ascii_lowercase()
            .parse::<bool>()
            .map_or_else(|_| value.clone(), Value::Bool),
        (Shape::Str(_), Value::Number(_) | Value::Bool(_)) => json!(value.to_string()),
        _ => value.clone(),
    }
}

/// `2.0` as `2`
fn whole(number: &serde_json::Number) -> Option<Value> {
    let number = number.as_f64().filter(|_| number.is_f64())?;
    #[allow(clippy::cast_possible_truncation)] // it saturates
    let whole = number as i64;
    #[allow(clippy::cast_precision_loss)] // then it differs, and stays as it is
    (whole as f64 == number).then(|| json!(whole))
}

/// An amount as text: `2` for `2.0`, `"2.00"` and 2; other text as it is.
fn decimal(value: &Value) -> Value {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return value.clone(),
    };
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => json!(number.to_string()),
        _ => value.clone(),
    }
}
