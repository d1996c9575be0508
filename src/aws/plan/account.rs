//! The account's queues and compute environments as queue profiles.

use serde_json::Value;

use crate::check::form;
use crate::queue::{
    self, Account, Environment, Fact, Found, ImageType, InstanceType, Queue, Queues,
};

/// Whether a queue of the account is called so, by name or ARN.
pub(super) fn is_called(queue: &Value, name: &str) -> bool {
    queue["jobQueueArn"] == *name || queue["jobQueueName"] == *name
}

/// The names of queues, sorted.
pub(super) fn names(queues: &[Value]) -> Vec<String> {
    let names = queues
        .iter()
        .filter_map(|queue| text(queue, "jobQueueName"));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The ARNs of all compute environments of queues, each once.
pub(super) fn environments_of(queues: &[Value]) -> Vec<String> {
    let mut all: Vec<String> = queues.iter().flat_map(order).collect();
    all.sort();
    all.dedup();
    all
}

/// The compute environments of a queue, in its order.
fn order(queue: &Value) -> Vec<String> {
    let order = queue["computeEnvironmentOrder"].as_array();
    let mut order: Vec<(i64, String)> = order
        .into_iter()
        .flatten()
        .filter_map(|one| {
            let arn = text(one, "computeEnvironment")?;
            Some((one["order"].as_i64().unwrap_or(i64::MAX), arn))
        })
        .collect();
    order.sort_by_key(|(at, _)| *at);
    order.into_iter().map(|(_, arn)| arn).collect()
}

/// What the account says of the queues that a flow names so: from the lists that DescribeJobQueues
/// and DescribeComputeEnvironments answer. `names` are those of all its queues, where one is
/// missing.
#[must_use]
pub fn queues(
    wanted: &[String],
    queues: &[Value],
    environments: &[Value],
    region: &str,
    names: &[String],
) -> Queues {
    let mut known = Queues::default();
    for wanted in wanted {
        let queue = queues.iter().find(|queue| is_called(queue, wanted));
        let gone = |queue: &&Value| queue["status"] == "DELETED";
        known.push(match queue.filter(|queue| !gone(queue)) {
            Some(queue) => found(wanted, queue, environments),
            None => Queue::missing(wanted, region, names.to_vec()),
        });
    }
    known
}

/// Of the queues that a flow names so, those that would take no jobs; of their compute environments
/// nothing is known.
pub(super) fn refusing(
    wanted: &[String],
    queues: &[Value],
    region: &str,
    names: &[String],
) -> Queues {
    let mut refusing = Queues::default();
    for queue in self::queues(wanted, queues, &[], region, names).iter() {
        let mut queue = queue.clone();
        if let Some(Account::Found(found)) = &mut queue.account {
            if found.takes_jobs() {
                continue;
            }
            found.environments.clear();
        }
        refusing.push(queue);
    }
    refusing
}

fn found(name: &str, queue: &Value, environments: &[Value]) -> Queue {
    let environments = order(queue).into_iter().map(|wanted| {
        let is = |one: &&Value| {
            one["computeEnvironmentArn"] == *wanted || one["computeEnvironmentName"] == *wanted
        };
        match environments.iter().find(is) {
            Some(found) => environment(found),
            None => Environment {
                name: form::queue_name(&wanted).to_owned(),
                state: "gone".to_owned(),
                ..Environment::default()
            },
        }
    });
    let found = Found {
        state: text(queue, "state").unwrap_or_default(),
        status: text(queue, "status").unwrap_or_default(),
        reason: text(queue, "statusReason"),
        environments: environments.collect(),
    };
    Queue::found(name, text(queue, "schedulingPolicyArn").is_some(), found)
}

fn environment(environment: &Value) -> Environment {
    let name = text(environment, "computeEnvironmentName").unwrap_or_default();
    let eks = environment["containerOrchestrationType"] == "EKS"
        || !environment["eksConfiguration"].is_null();
    // One that the account's owner manages has none.
    let resources = &environment["computeResources"];
    let (platform, spot) = match resources["type"].as_str() {
        Some("EC2") => (Some("ec2"), Some(false)),
        Some("SPOT") => (Some("ec2"), Some(true)),
        Some("FARGATE") => (Some("fargate"), Some(false)),
        Some("FARGATE_SPOT") => (Some("fargate"), Some(true)),
        // Its instances are the owner's: EC2.
        None if environment["type"] == "UNMANAGED" => (Some("ec2"), None),
        _ => (None, None),
    };
    let instance_types = match platform {
        Some("ec2") => words(resources, "instanceTypes"),
        _ => Vec::new(),
    };
    let strategy = text(resources, "allocationStrategy").filter(|_| platform == Some("ec2"));
    let answered = |value| Some(Fact::answered(value));
    let offers = Queue {
        name: name.clone(),
        platform: platform.filter(|_| !eks).map(Fact::answered),
        instances: selected(&instance_types).map(Fact::answered),
        max_vcpus: resources["maxvCpus"]
            .as_i64()
            .filter(|most| *most > 0)
            .map(Fact::answered),
        best_fit: strategy
            .as_ref()
            .and_then(|strategy| answered(strategy == "BEST_FIT")),
        spot: spot.map(Fact::answered),
        images: images(resources).map(Fact::answered),
        ..Queue::default()
    };
    Environment {
        state: text(environment, "state").unwrap_or_default(),
        status: text(environment, "status").unwrap_or_default(),
        reason: text(environment, "statusReason"),
        name,
        eks,
        instance_types,
        strategy,
        offers,
    }
}

/// The instance types that words select; `None` if one is not known: it might be the largest.
fn selected(words: &[String]) -> Option<Vec<&'static InstanceType>> {
    let mut selected: Vec<&'static InstanceType> = Vec::new();
    for word in words {
        selected.extend(queue::select(word)?);
    }
    selected.sort_by_key(|row| row.name);
    selected.dedup_by_key(|row| row.name);
    (!selected.is_empty()).then_some(selected)
}

/// The kinds of AMI, where AWS Batch chooses them.
fn images(resources: &Value) -> Option<Vec<ImageType>> {
    let own = |value: &Value| !value.is_null();
    if own(&resources["imageId"]) || own(&resources["launchTemplate"]) {
        return None;
    }
    let mut images = Vec::new();
    for one in resources["ec2Configuration"].as_array()? {
        let word = one["imageType"].as_str()?;
        let (_, image) = ImageType::ALL.iter().find(|(known, _)| *known == word)?;
        if own(&one["imageIdOverride"]) {
            return None;
        }
        if !images.contains(image) {
            images.push(*image);
        }
    }
    (!images.is_empty()).then_some(images)
}

fn text(value: &Value, member: &str) -> Option<String> {
    let text = value[member].as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned)
}

fn words(value: &Value, member: &str) -> Vec<String> {
    let words = value[member].as_array().into_iter().flatten();
    words.filter_map(Value::as_str).map(str::to_owned).collect()
}
