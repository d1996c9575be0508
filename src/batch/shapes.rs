//! The shapes of the AWS Batch requests: every member, its type and its bounds.
//!
//! Read from `shapes.txt`, which says where the facts come from.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use serde_json::Value;

use crate::suggest::closest;

/// What a value of a request may be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shape {
    /// `true` or `false`
    Bool,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    Long,
    /// A string; its length counts characters.
    Str(Bounds),
    /// One of some strings.
    Enum(Vec<&'static str>),
    /// A list of such items.
    List(Box<Shape>, Bounds),
    /// A map from such strings to such values.
    Map(Box<Shape>, Box<Shape>, Bounds),
    /// An object with known members.
    Structure(Arc<Structure>),
}

/// An object with known members.
#[derive(PartialEq, Eq, Debug)]
pub struct Structure {
    /// Its name in the service model.
    pub name: &'static str,
    /// Its members, in the order of the model.
    pub members: Vec<Member>,
}

/// A member of a structure.
#[derive(PartialEq, Eq, Debug)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub shape: Shape,
    /// Whether the model demands it; the service demands more.
    pub required: bool,
    /// Whether the model calls it deprecated.
    pub deprecated: bool,
}

/// How long something may be, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Bounds {
    /// At least this long.
    pub min: usize,
    /// At most this long.
    pub max: Option<usize>,
}

/// What is wrong with a value, and where in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Members, map keys and list indices from the checked value down; empty for itself.
    pub path: Vec<String>,
    /// Whether it is the name at the end of the path that is wrong, rather than what it holds.
    pub is_name: bool,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// A name that was probably meant, or what is allowed.
    pub help: Option<String>,
}

/// The input of RegisterJobDefinition.
#[must_use]
pub fn register_job_definition() -> &'static Shape {
    root("RegisterJobDefinitionRequest")
}

/// The input of SubmitJob.
#[must_use]
pub fn submit_job() -> &'static Shape {
    root("SubmitJobRequest")
}

fn root(name: &str) -> &'static Shape {
    static SHAPES: LazyLock<HashMap<&str, Shape>> =
        LazyLock::new(|| parse(include_str!("shapes.txt")).unwrap_or_default());
    // A test parses the file and finds both roots in it.
    static NONE: LazyLock<Shape> = LazyLock::new(|| {
        Shape::Structure(Arc::new(Structure {
            name: "",
            members: Vec::new(),
        }))
    });
    SHAPES.get(name).unwrap_or(&NONE)
}

impl Shape {
    /// Everything in which `value` differs from this shape, outer mistakes first.
    #[must_use]
    pub fn check(&self, value: &Value) -> Vec<Violation> {
        self.run(value, true)
    }

    /// Like [`Shape::check`] for a part that is yet to be merged into a request: members may be
    /// missing, lists and maps too short.
    #[must_use]
    pub fn check_part(&self, value: &Value) -> Vec<Violation> {
        self.run(value, false)
    }

    /// The shape of the member at a dotted path. Lists on the way are looked through; a map has
    /// every key.
    #[must_use]
    pub fn member(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |shape, name| {
            let mut shape = shape;
            while let Self::List(item, _) = shape {
                shape = item;
            }
            match shape {
                Self::Structure(structure) => structure.member(name).map(|member| &member.shape),
                Self::Map(_, value, _) => Some(value.as_ref()),
                _ => None,
            }
        })
    }

    fn run(&self, value: &Value, whole: bool) -> Vec<Violation> {
        let mut checker = Checker {
            whole,
            path: Vec::new(),
            found: Vec::new(),
        };
        checker.value(self, value);
        checker.found
    }
}

impl Structure {
    /// The member of a name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

/// What is expected, with its article.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "a boolean",
            Self::Int | Self::Long => "an integer",
            Self::Str(_) | Self::Enum(_) => "a string",
            Self::List(..) => "a list",
            Self::Map(..) | Self::Structure(_) => "a map",
        })
    }
}

fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// How a value of a shape is written in a flow.
fn how_to_write(shape: &Shape, instead: &Value) -> String {
    match (shape, instead) {
        (Shape::Bool, _) => "write `true` or `false`, without quotes".to_owned(),
        (Shape::Int | Shape::Long, Value::String(_)) => {
            "write a whole number, without quotes".to_owned()
        }
        (Shape::Int | Shape::Long, _) => "write a whole number".to_owned(),
        (Shape::Str(_) | Shape::Enum(_), Value::Number(_) | Value::Bool(_)) => {
            format!("write `\"{instead}\"`, in quotes")
        }
        (Shape::Str(_) | Shape::Enum(_), _) => "write a text in quotes".to_owned(),
        (Shape::List(..), _) => "write a list, `[…]`".to_owned(),
        (Shape::Map(..) | Shape::Structure(_), _) => "write a map, `{ … }`".to_owned(),
    }
}

struct Checker {
    whole: bool,
    path: Vec<String>,
    found: Vec<Violation>,
}

impl Checker {
    fn report(&mut self, message: String, help: Option<String>) {
        self.found.push(Violation {
            path: self.path.clone(),
            is_name: false,
            message,
            help,
        });
    }

    /// The same of a name in what is being checked.
    fn report_name(&mut self, name: &str, message: String, help: Option<String>) {
        let path = [self.path.as_slice(), &[name.to_owned()]].concat();
        self.found.push(Violation {
            path,
            is_name: true,
            message,
            help,
        });
    }

    fn inside(&mut self, key: impl ToString, shape: &Shape, value: &Value) {
        self.path.push(key.to_string());
        self.value(shape, value);
        self.path.pop();
    }

    fn value(&mut self, shape: &Shape, value: &Value) {
        match (shape, value) {
            (Shape::Bool, Value::Bool(_)) => {}
            (Shape::Int, Value::Number(number)) if !number.is_f64() => {
                if number.as_i64().is_none_or(|n| i32::try_from(n).is_err()) {
                    self.report(format!("{number} does not fit 32 bits"), None);
                }
            }
            (Shape::Long, Value::Number(number)) if !number.is_f64() => {
                if number.as_i64().is_none() {
                    self.report(format!("{number} does not fit 64 bits"), None);
                }
            }
            (Shape::Str(bounds), Value::String(text)) => {
                self.length(text.chars().count(), *bounds, "characters", true);
            }
            (Shape::Enum(words), Value::String(text)) => {
                if !words.contains(&text.as_str()) {
                    let help = format!("one of {}", quoted(words));
                    let help = near(text, words.iter().copied()).map_or(help.clone(), |word| {
                        format!("did you mean `{word}`? it is {help}")
                    });
                    self.report(format!("`{text}` is not a value of this field"), Some(help));
                }
            }
            (Shape::List(item, bounds), Value::Array(items)) => {
                self.length(items.len(), *bounds, "items", self.whole);
                for (index, value) in items.iter().enumerate() {
                    self.inside(index, item, value);
                }
            }
            (Shape::Map(key_shape, shape, bounds), Value::Object(entries)) => {
                self.length(entries.len(), *bounds, "entries", self.whole);
                for (key, value) in entries {
                    if let Shape::Str(bounds) = **key_shape {
                        let before = self.found.len();
                        self.path.push(key.clone());
                        self.length(key.chars().count(), bounds, "characters in its name", true);
                        self.path.pop();
                        self.found[before..]
                            .iter_mut()
                            .for_each(|found| found.is_name = true);
                    }
                    self.inside(key, shape, value);
                }
            }
            (Shape::Structure(structure), Value::Object(entries)) => {
                self.structure(structure, entries);
            }
            _ => self.report(
                format!("expected {shape}, found {}", describe(value)),
                Some(how_to_write(shape, value)),
            ),
        }
    }

    fn structure(&mut self, structure: &Structure, entries: &serde_json::Map<String, Value>) {
        if self.whole {
            for member in &structure.members {
                if member.required && !entries.contains_key(member.name) {
                    self.report(format!("`{}` is missing", member.name), None);
                }
            }
        }
        for (key, value) in entries {
            if let Some(member) = structure.member(key) {
                self.inside(key, &member.shape, value);
            } else {
                let names = || structure.members.iter().map(|member| member.name);
                let help = near(key, names()).map_or_else(
                    || {
                        format!(
                            "{} has {}",
                            structure.name,
                            quoted(&names().collect::<Vec<_>>())
                        )
                    },
                    |name| format!("did you mean `{name}`?"),
                );
                let message = format!("{} has no field `{key}`", structure.name);
                self.report_name(key, message, Some(help));
            }
        }
    }

    fn length(&mut self, length: usize, bounds: Bounds, unit: &str, ask_min: bool) {
        if ask_min && length < bounds.min {
            self.report(format!("{length} {unit}, fewer than {}", bounds.min), None);
        }
        if let Some(max) = bounds.max.filter(|&max| length > max) {
            self.report(format!("{length} {unit}, more than {max}"), None);
        }
    }
}

/// The name meant: the same but for its case, or nearly the same.
fn near<'a>(word: &str, names: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    names
        .clone()
        .find(|name| name.eq_ignore_ascii_case(word))
        .or_else(|| closest(word, names))
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// Reads the notation of `shapes.txt`.
///
/// # Errors
/// The line that is not in the notation, or names a structure that does not stand above it.
fn parse(text: &'static str) -> Result<HashMap<&'static str, Shape>, &'static str> {
    let mut shapes = HashMap::new();
    let mut open: Option<Structure> = None;
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        if let Some(member) = line.strip_prefix("  ") {
            let member = parse_member(member, &shapes).ok_or(line)?;
            open.as_mut().ok_or(line)?.members.push(member);
        } else {
            close(&mut shapes, open.take());
            open = Some(Structure {
                name: line,
                members: Vec::new(),
            });
        }
    }
    close(&mut shapes, open);
    Ok(shapes)
}

fn close(shapes: &mut HashMap<&'static str, Shape>, structure: Option<Structure>) {
    if let Some(structure) = structure {
        shapes.insert(structure.name, Shape::Structure(Arc::new(structure)));
    }
}

fn parse_member(text: &'static str, known: &HashMap<&'static str, Shape>) -> Option<Member> {
    let (name, ty) = text.split_once(": ")?;
    let (ty, deprecated) = match ty.strip_suffix(" deprecated") {
        Some(ty) => (ty, true),
        None => (ty, false),
    };
    let (name, required) = match name.strip_suffix('!') {
        Some(name) => (name, true),
        None => (name, false),
    };
    Some(Member {
        name,
        shape: parse_type(ty, known)?,
        required,
        deprecated,
    })
}

fn parse_type(text: &'static str, known: &HashMap<&'static str, Shape>) -> Option<Shape> {
    let (base, bounds) = match text
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
    {
        Some((base, range)) => (base, parse_bounds(range)?),
        None => (text, Bounds::default()),
    };
    if let Some(item) = base
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return Some(Shape::List(Box::new(parse_type(item, known)?), bounds));
    }
    if let Some(entry) = base
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        let (key, value) = entry.split_once(": ")?;
        let key = Box::new(parse_type(key, known)?);
        return Some(Shape::Map(key, Box::new(parse_type(value, known)?), bounds));
    }
    if base == "string" {
        return Some(Shape::Str(bounds));
    }
    if bounds != Bounds::default() {
        return None;
    }
    match base {
        "bool" => Some(Shape::Bool),
        "int32" => Some(Shape::Int),
        "int64" => Some(Shape::Long),
        _ if base.contains('|') => Some(Shape::Enum(base.split('|').collect())),
        _ => known.get(base).cloned(),
    }
}

fn parse_bounds(range: &str) -> Option<Bounds> {
    let (min, max) = range.split_once("..")?;
    let min = if min.is_empty() { 0 } else { min.parse().ok()? };
    let max = if max.is_empty() {
        None
    } else {
        Some(max.parse().ok()?)
    };
    Some(Bounds { min, max })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use serde_json::json;

    use super::*;
    use crate::schema::ANNOTATIONS;

    #[test]
    fn the_file_is_in_the_notation() {
        let shapes = parse(include_str!("shapes.txt")).unwrap();
        assert_eq!(shapes.len(), 62);
        assert!(shapes.contains_key("RegisterJobDefinitionRequest"));
        assert!(shapes.contains_key("SubmitJobRequest"));
        assert!(parse("A\n  b: Unknown\n").is_err());
        assert!(parse("  b: string\n").is_err());
    }

    #[test]
    fn every_field_of_the_option_table_exists() {
        for option in ANNOTATIONS.iter().flat_map(|annotation| annotation.options) {
            for field in option.fields {
                let found = match field.strip_prefix("SubmitJob.") {
                    Some(field) => submit_job().member(field),
                    None => register_job_definition().member(field),
                };
                assert!(found.is_some(), "{}: {field}", option.name);
            }
        }
    }

    #[test]
    fn enumerations_agree_with_the_option_table() {
        let at = |path| register_job_definition().member(path).cloned();
        let drivers = at("containerProperties.logConfiguration.logDriver");
        assert_eq!(
            drivers,
            Some(Shape::Enum(crate::schema::LOG_DRIVERS.to_vec()))
        );
    }

    #[test]
    fn members_are_found_through_lists_and_maps() {
        let register = register_job_definition();
        let at = |path| register.member(path);
        assert!(matches!(
            at("containerProperties.volumes"),
            Some(Shape::List(..))
        ));
        assert!(matches!(
            at("containerProperties.volumes.efsVolumeConfiguration.authorizationConfig.iam"),
            Some(Shape::Enum(_))
        ));
        assert_eq!(
            at("tags.team"),
            Some(&Shape::Str(Bounds {
                min: 0,
                max: Some(256)
            }))
        );
        assert_eq!(
            at(
                "nodeProperties.nodeRangeProperties.eksProperties.podProperties.securityContext.fsGroup"
            ),
            Some(&Shape::Long)
        );
        assert!(at("ecsProperties.taskProperties.containers.stopTimeout").is_some());
        assert!(at("containerProperties.entryPoint").is_none());
        assert!(at("jobDefinitionName.x").is_none());
        assert!(
            submit_job()
                .member("eksPropertiesOverride.podProperties.metadata.labels")
                .is_some()
        );
    }

    fn found(shape: &Shape, value: &Value) -> Vec<String> {
        shape
            .check(value)
            .into_iter()
            .map(|v| format!("{}: {}", v.path.join("."), v.message))
            .collect()
    }

    #[test]
    fn a_plain_definition_is_clean() {
        let definition = json!({
            "jobDefinitionName": "a", "type": "container",
            "containerProperties": {
                "image": "busybox",
                "resourceRequirements": [{"type": "VCPU", "value": "1"}],
                "ulimits": [{"name": "nofile", "softLimit": -1, "hardLimit": -1}],
            },
            "tags": {"team": ""},
            "platformCapabilities": ["EC2"],
        });
        assert!(register_job_definition().check(&definition).is_empty());
        let submission = json!({"jobName": "a", "jobQueue": "q", "jobDefinition": "a",
            "dependsOn": [{"jobId": "x", "type": "N_TO_N"}]});
        assert!(submit_job().check(&submission).is_empty());
    }

    #[test]
    fn every_kind_of_violation_is_found() {
        let register = register_job_definition();
        let definition = json!({
            "jobDefinitionName": 1, "type": "Container", "propagateTags": "true",
            "schedulingPriority": 2_147_483_648_u32,
            "containerProperties": {
                "Image": "x", "entryPoint": [],
                "resourceRequirements": [{"type": "CPU", "value": 1}],
                "linuxParameters": {"maxSwap": 1.0, "tmpfs": [{"size": 1}], "devices": {}},
                "environment": [{"name": "A", "value": null}],
            },
            "tags": {"": "x"},
        });
        assert_eq!(
            found(register, &definition),
            [
                "jobDefinitionName: expected a string, found an integer",
                "type: `Container` is not a value of this field",
                "propagateTags: expected a boolean, found a string",
                "schedulingPriority: 2147483648 does not fit 32 bits",
                "containerProperties.Image: ContainerProperties has no field `Image`",
                "containerProperties.entryPoint: ContainerProperties has no field `entryPoint`",
                "containerProperties.resourceRequirements.0.type: `CPU` is not a value of this field",
                "containerProperties.resourceRequirements.0.value: expected a string, found an integer",
                "containerProperties.linuxParameters.maxSwap: expected an integer, found a decimal number",
                "containerProperties.linuxParameters.tmpfs.0: `containerPath` is missing",
                "containerProperties.linuxParameters.devices: expected a list, found a map",
                "containerProperties.environment.0.value: expected a string, found null",
                "tags.: 0 characters in its name, fewer than 1",
            ]
        );
        assert_eq!(
            found(register, &json!({"tags": {}})),
            [
                ": `jobDefinitionName` is missing",
                ": `type` is missing",
                "tags: 0 entries, fewer than 1",
            ]
        );
        assert!(register.check_part(&json!({"tags": {}})).is_empty());
        let long = json!({"tags": {"a": "x".repeat(257)}});
        assert_eq!(
            register.check_part(&long)[0].message,
            "257 characters, more than 256"
        );
        assert!(
            register
                .check_part(&json!({"tags": {"a": "é".repeat(256)}}))
                .is_empty()
        );
        assert_eq!(
            found(register, &json!([])),
            [": expected a map, found a list"]
        );
    }

    #[test]
    fn help_names_what_was_meant() {
        let part = json!({"platformCapabilities": ["ec2"], "containerProperties": {"images": "x", "zzzzzz": 1}});
        let helps: Vec<String> = register_job_definition()
            .check_part(&part)
            .into_iter()
            .filter_map(|violation| violation.help)
            .collect();
        assert_eq!(
            helps[0],
            "did you mean `EC2`? it is one of `EC2`, `FARGATE`, `MANAGED_INSTANCES`"
        );
        assert_eq!(helps[1], "did you mean `image`?");
        assert!(
            helps[2].starts_with("ContainerProperties has `image`, "),
            "{}",
            helps[2]
        );
    }
}
