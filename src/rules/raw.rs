//! What AWS Batch demands of fields that only `raw` sets.

use std::collections::HashMap;

use crate::check::form;
use crate::codes::options as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Opt;
use crate::source::Span;
use crate::value::{Entry, Kind};

use super::Job;

/// "Each ConsumableResourceProperty can have at most 5 consumableResources"
const MAX_CONSUMABLE_RESOURCES: usize = 5;

/// The entry of `raw` at a path.
pub(super) fn field<'j, 'a>(job: &'j Job<'j, 'a>, path: &[&str]) -> Option<&'j Entry<'a>> {
    let (last, above) = path.split_last()?;
    let mut entries = job.options.map(Opt::Raw);
    for name in above {
        match &named(entries, name)?.value.kind {
            Kind::Map(inner) => entries = inner,
            _ => return None,
        }
    }
    named(entries, last)
}

fn named<'j, 'a>(entries: &'j [Entry<'a>], name: &str) -> Option<&'j Entry<'a>> {
    entries.iter().find(|entry| entry.key == name)
}

/// A node of several has an instance type; AWS documents that other jobs must not, and
/// CloudFormation has no such property for them.
pub(super) fn instance_type(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if job.options.get(Opt::Nodes).is_some() {
        return;
    }
    if let Some(entry) = field(job, &["containerProperties", "instanceType"]) {
        sink.push(
            Diagnostic::new(
                &codes::INSTANCE_TYPE,
                entry.span,
                "a job on one node has no instance type",
            )
            .label(job.span, "this step has no `@parallel`")
            .help("the compute environments of the queue decide; remove it, or write `@parallel(nodes=…)`"),
        );
    }
}

/// At most five different consumable resources, and how much of each: "Cannot have duplicate
/// consumableResource in consumableResourceProperties".
pub(super) fn consumable_resources(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let path = ["consumableResourceProperties", "consumableResourceList"];
    let Some(list) = field(job, &path) else {
        return;
    };
    let Kind::List(items) = &list.value.kind else {
        return;
    };
    if items.len() > MAX_CONSUMABLE_RESOURCES {
        sink.push(
            Diagnostic::new(
                &codes::CONSUMABLE_RESOURCES,
                list.span,
                format!(
                    "a job consumes {} resources, and AWS Batch takes {MAX_CONSUMABLE_RESOURCES}",
                    items.len()
                ),
            )
            .help("leave out what the job does not have to wait for"),
        );
    }
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for item in items.iter() {
        let Kind::Map(entries) = &item.kind else {
            continue;
        };
        for name in ["consumableResource", "quantity"] {
            if named(entries, name).is_none() {
                sink.push(
                    Diagnostic::new(
                        &codes::CONSUMABLE_RESOURCES,
                        item.span,
                        format!("a consumable resource needs `{name}`"),
                    )
                    .help("write `{ consumableResource = \"NAME\", quantity = 1 }`"),
                );
            }
        }
        if let Some(quantity) = named(entries, "quantity")
            && let Kind::Int(..=0, text) = &quantity.value.kind
        {
            sink.push(
                Diagnostic::new(
                    &codes::CONSUMABLE_RESOURCES,
                    quantity.value.span,
                    format!("a job cannot consume {text} of a resource"),
                )
                .help("write at least 1, or remove the resource"),
            );
        }
        let Some(resource) = named(entries, "consumableResource") else {
            continue;
        };
        let Some(name) = resource.value.as_str() else {
            continue;
        };
        // Of a let that stands here twice, the name is in one place.
        let at = match item.defined {
            Some(_) => item.span,
            None => resource.value.span,
        };
        if !is_consumable_resource(name) {
            sink.push(
                Diagnostic::new(
                    &codes::CONSUMABLE_RESOURCES,
                    at,
                    if name.is_empty() {
                        "the consumable resource has no name".to_owned()
                    } else {
                        format!("`{name}` is neither the name nor the ARN of a consumable resource")
                    },
                )
                .help(
                    "a name has 1 to 128 letters, digits, `_` and `-`; an ARN looks like \
                     `arn:aws:batch:us-east-1:123456789012:consumable-resource/name`",
                ),
            );
            continue;
        }
        if let Some(&first) = seen.get(name) {
            sink.push(
                Diagnostic::new(
                    &codes::CONSUMABLE_RESOURCES,
                    at,
                    format!("the job consumes `{name}` already"),
                )
                .label(first, "the first time")
                .help("write it once, with the quantities added up"),
            );
        } else {
            seen.insert(name, at);
        }
    }
}

/// A name of a consumable resource, or the ARN of one (API reference, CreateConsumableResource).
fn is_consumable_resource(text: &str) -> bool {
    let of_arn = form::parse_arn(text)
        .filter(|arn| arn.service == "batch" && !arn.region.is_empty())
        .and_then(|arn| arn.resource.strip_prefix("consumable-resource/"));
    let name = of_arn.unwrap_or(text);
    let is_legal = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
    (1..=128).contains(&name.len()) && name.bytes().all(is_legal)
}
