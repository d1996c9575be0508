//! What the queue decides: jobs that it refuses, never starts, or runs not as they are meant.
//!
//! These rules read what is known of the queue, whoever stated it; where a fact is missing, they
//! are silent.

pub(super) mod account;
pub(super) mod capacity;
pub(super) mod devices;
pub(super) mod network;
pub(super) mod share;
pub(super) mod swap;

use crate::check::form;
use crate::check::options::Strength;
use crate::check::resources::DEFAULT_MEMORY;
use crate::codes::{Code, queue as codes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::queue::{Arch, Fact, InstanceType, Queue};
use crate::schema::Opt;

use super::Job;

/// What is known of a job's queue. Where it is of another platform than the job, only that is said.
fn known<'j>(job: &Job<'j, '_>) -> Option<&'j Queue> {
    let queue = job.queue?;
    let stated = queue.platform.as_ref().map(|platform| platform.value);
    (stated.is_none() || stated == job.options.str(Opt::Platform)).then_some(queue)
}

/// The instance types of a job's queue, of which there is at least one, where it runs on EC2.
fn instances<'j>(job: &Job<'j, '_>) -> Option<(&'j Queue, &'j Fact<Vec<&'static InstanceType>>)> {
    let queue = known(job).filter(|_| job.fargate() == Some(false))?;
    let instances = queue.instances.as_ref()?;
    (!instances.value.is_empty()).then_some((queue, instances))
}

/// What a message calls a queue.
fn name(queue: &Queue) -> &str {
    form::queue_name(&queue.name)
}

/// A diagnostic at an option that its queue cannot satisfy, with what led there and stands neither
/// before the step nor before the flow: the option, the queue.
fn asks(job: &Job<'_, '_>, code: &'static Code, opt: Opt, message: String) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(code, job.at(opt), message);
    if let Some(setting) = job.options.get(opt) {
        if let Some(variable) = setting.variable {
            diagnostic = diagnostic.here(format!("{variable} decides `{}`", setting.spec.name));
        }
        if let Some(defined) = setting.value.defined {
            let mut params = job.params.iter().filter(|param| param.from_arguments());
            let words = match params.find(|param| param.span == defined) {
                Some(_) => "`-p` gives its value",
                None => "its value",
            };
            diagnostic = diagnostic.label(defined, words);
        }
        if setting.strength != Strength::Step {
            diagnostic = diagnostic.label(job.span, "for this step");
        }
    } else if let Some(default) = match opt {
        Opt::Cpu => Some("`cpu` is 1 unless written".to_owned()),
        Opt::Memory => Some(format!("`memory` is {DEFAULT_MEMORY} unless written")),
        _ => None,
    } {
        diagnostic = diagnostic.here(default);
    }
    let queue = job.options.get(Opt::Queue).filter(|_| opt != Opt::Queue);
    match queue.map(|queue| (queue, queue.variable)) {
        Some((queue, Some(variable))) => {
            diagnostic.label(queue.value.span, format!("{variable} names the queue"))
        }
        Some((queue, None)) if !matches!(queue.strength, Strength::Flow | Strength::Step) => {
            diagnostic.label(queue.value.span, "the queue")
        }
        _ => diagnostic,
    }
}

/// Labels what is known of the queue, where it is stated; what the account answered is stated
/// nowhere, and said where the mistake is.
fn stated<T>(diagnostic: Diagnostic, fact: &Fact<T>, words: impl Into<String>) -> Diagnostic {
    if let Some(origin) = fact.origin {
        return diagnostic.label(origin, words);
    }
    let here = diagnostic.labels.iter().find(|label| label.primary);
    let here = here.map_or("", |label| label.message.as_str());
    let words = words.into();
    let words = if here.contains(IN_ACCOUNT) {
        format!("{here}; {words}")
    } else if here.is_empty() {
        format!("{IN_ACCOUNT}: {words}")
    } else {
        format!("{here}; {IN_ACCOUNT}: {words}")
    };
    diagnostic.here(words)
}

/// Who says so, if nobody here does.
const IN_ACCOUNT: &str = "in the account";

/// `1 GPU`, `2 GPUs`
fn count(number: impl std::fmt::Display, noun: &str) -> String {
    let text = number.to_string();
    let plural = if text == "1" { "" } else { "s" };
    format!("{text} {noun}{plural}")
}

/// "Multi-node parallel jobs aren't supported on compute environments that use Spot Instances"; on
/// one, they stay in RUNNABLE.
pub(super) fn nodes_on_spot(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(queue) = known(job).filter(|_| job.fargate() == Some(false)) else {
        return;
    };
    let (Some(nodes), Some(spot)) = (job.options.get(Opt::Nodes), &queue.spot) else {
        return;
    };
    if !spot.value || nodes.value.is_opaque() {
        return;
    }
    let message = format!(
        "queue `{}` has no multi-node jobs: it is on Spot",
        name(queue)
    );
    let diagnostic = asks(job, &codes::QUEUE_SPOT_NODES, Opt::Nodes, message);
    sink.push(
        stated(diagnostic, spot, "all its capacity is Spot")
            .help("the job would wait in RUNNABLE for ever; use a queue with On-Demand instances, or one node without `@parallel`"),
    );
}

/// An image that is named for another architecture than the job's cannot be run: "exec format
/// error".
pub(super) fn architecture(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some((queue, instances)) = instances(job) else {
        return;
    };
    let Some(image) = job.options.str(Opt::Image) else {
        return;
    };
    // A queue has one architecture.
    let (Some(named), Some(first)) = (named_for(image), instances.value.first()) else {
        return;
    };
    let arch = first.arch;
    if arch == named {
        return;
    }
    let message = format!(
        "image `{image}` is for {}, and queue `{}` runs on {}",
        named.as_str(),
        name(queue),
        arch.as_str()
    );
    let diagnostic = asks(job, &codes::QUEUE_ARCHITECTURE, Opt::Image, message);
    sink.push(
        stated(diagnostic, instances, format!("these are {}", arch.as_str())).help(format!(
            "the program would not start: \"exec format error\"; use an image for {}, or a queue with \
             {} instances",
            arch.as_str(),
            named.as_str()
        )),
    );
}

/// The architecture that an image's name says it is for: by the ending of its tag, or a namespace of
/// Docker Hub's official images for one architecture.
fn named_for(image: &str) -> Option<Arch> {
    let image = form::parse_image(image).ok()?;
    let tag = image.tag.unwrap_or_default().to_ascii_lowercase();
    for (ending, arch) in [
        ("amd64", Arch::X86),
        ("x86_64", Arch::X86),
        ("x86-64", Arch::X86),
        ("arm64", Arch::Arm),
        ("arm64v8", Arch::Arm),
        ("aarch64", Arch::Arm),
    ] {
        let before = tag.strip_suffix(ending);
        if before.is_some_and(|before| before.is_empty() || before.ends_with(['-', '_', '.'])) {
            return Some(arch);
        }
    }
    let hub = image
        .registry
        .is_none_or(|registry| registry == "docker.io");
    match image.repository.split_once('/') {
        Some(("amd64", _)) if hub => Some(Arch::X86),
        Some(("arm64v8", _)) if hub => Some(Arch::Arm),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;
    use crate::check::load::load;
    use crate::config::{self, Config};
    use crate::driver::Settings;
    use crate::queue::{Queues, named};
    use crate::source::{Memory, Span};

    const TOML: &str = "\
[queues.gpu]
instance_types = [\"g5.2xlarge\", \"m7i.large\"]
max_vcpus = 16
allocation_strategy = \"BEST_FIT\"
spot = true
fair_share = false
image_type = \"ECS_AL2023\"
swap = false
subnets = \"public\"
[queues.fair]
platform = \"ec2\"
fair_share = true
subnets = \"isolated\"
swap = 4
[queues.serverless]
platform = \"fargate\"
max_vcpus = 1
subnets = \"public\"
";

    const FLOW: &str = r#"
@batch(queue="gpu", image="a:1-arm64", execution_role="arn:aws:iam::123456789012:role/x")
flow F {
  @batch(cpu=96, memory=1TiB, gpu=2, max_swap=8, share_identifier="a", scheduling_priority=1, inferentia=1)
  step a { run "true" }
  @batch(cpu=3, memory=8GiB) step b { run "true" }
  @batch(memory=31GiB, gpu=1) @parallel(nodes=4) step c { run "true" }
  @batch(queue="fair", max_swap=8, swappiness=1) step d { run "true" }
  @batch(queue="serverless", cpu=2, memory=4GiB, assign_public_ip=false) step e { run "true" }
}
"#;

    /// Checks a flow with what the toml says of queues, changed by `change`.
    fn check(change: impl Fn(&mut Queue)) -> Vec<Diagnostic> {
        let files = Memory::default()
            .with("f.flow", FLOW)
            .with("flowbatch.toml", TOML);
        let mut sink = Diagnostics::default();
        let (program, toml) = load(&files, Path::new("f.flow"), None, &mut sink).unwrap();
        let mut config: Config<'_> = config::read(&program.sources, toml.unwrap(), None, &mut sink);
        let mut queues = Queues::default();
        for queue in config.queues.iter() {
            let mut queue = queue.clone();
            change(&mut queue);
            queues.push(queue);
        }
        config.queues = queues;
        let settings = Settings::default();
        crate::check::check(&program, &config, &settings, &mut Vec::new(), &mut sink);
        sink.into_sorted()
    }

    /// Makes it a queue of which only the account is known to have said something.
    fn of_the_account(queue: &mut Queue) {
        fn forget<T>(fact: &mut Option<Fact<T>>) {
            if let Some(fact) = fact {
                fact.origin = None;
            }
        }
        queue.origin = None;
        forget(&mut queue.platform);
        forget(&mut queue.instances);
        forget(&mut queue.max_vcpus);
        forget(&mut queue.best_fit);
        forget(&mut queue.spot);
        forget(&mut queue.fair_share);
        forget(&mut queue.images);
        forget(&mut queue.swap);
        forget(&mut queue.subnets);
    }

    #[test]
    fn what_the_account_answers_is_held_against_jobs_in_the_same_words() {
        let stated = check(|_| {});
        let answered = check(of_the_account);
        let words = |found: &[Diagnostic]| -> Vec<(&str, String, Option<String>, Option<Span>)> {
            let all = found.iter();
            all.map(|found| {
                (
                    found.code.name,
                    found.message.clone(),
                    found.help.clone(),
                    found.primary(),
                )
            })
            .collect()
        };
        assert_eq!(words(&stated), words(&answered));
        let codes: std::collections::BTreeSet<&str> =
            stated.iter().map(|found| found.code.name).collect();
        for code in [
            "option-without-effect",
            "queue-architecture",
            "queue-cpu",
            "queue-devices",
            "queue-gpu",
            "queue-gpu-mixed",
            "queue-max-vcpus",
            "queue-memory",
            "queue-memory-close",
            "queue-network",
            "queue-share-missing",
            "queue-share-refused",
            "queue-spot-nodes",
            "queue-swap",
        ] {
            assert!(codes.contains(code), "{code} is not in {codes:?}");
        }
        let in_flow = |found: &Diagnostic| {
            let file = found.primary().unwrap().file;
            found.labels.iter().all(|label| label.span.file == file)
        };
        assert!(answered.iter().all(in_flow));
        assert!(stated.iter().filter(|found| !in_flow(found)).count() > 15);
    }

    #[test]
    fn without_facts_the_rules_are_silent() {
        let found = check(|queue| {
            *queue = Queue {
                name: queue.name.clone(),
                platform: queue.platform.clone(),
                ..Queue::default()
            };
        });
        let queue = |found: &&Diagnostic| found.code.group == "queue";
        assert_eq!(found.iter().find(queue), None);
    }

    #[test]
    fn no_instance_type_is_no_fact() {
        let nothing = check(|queue| {
            if let Some(instances) = &mut queue.instances {
                instances.value.clear();
            }
        });
        assert!(
            !nothing
                .iter()
                .any(|found| found.code.name == "queue-memory")
        );
        let large = check(|queue| {
            if let Some(instances) = &mut queue.instances {
                instances.value = vec![named("u7i-6tb.112xlarge").unwrap()];
            }
        });
        assert!(!large.iter().any(|found| found.code.name == "queue-memory"));
        assert!(large.iter().any(|found| found.code.name == "queue-gpu"));
    }

    #[test]
    fn images_named_for_an_architecture() {
        for (image, arch) in [
            ("python:3.12", None),
            ("python:3.12-arm64", Some(Arch::Arm)),
            ("example.com:5000/a/b:1.0_amd64", Some(Arch::X86)),
            ("a/b:X86_64", Some(Arch::X86)),
            ("a:aarch64", Some(Arch::Arm)),
            ("a:farm64", None),
            ("a:arm64-runner", None),
            ("arm64v8/python:3", Some(Arch::Arm)),
            ("docker.io/amd64/python", Some(Arch::X86)),
            ("example.com/amd64/python", None),
            ("amd64", None),
            ("a b", None),
        ] {
            assert_eq!(named_for(image), arch, "{image}");
        }
    }
}
