//! What only the account can say of a queue: that it is there, takes jobs, and starts them.

use crate::check::form;
use crate::codes::{options, queue as codes};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::queue::{Account, Environment, Found, Queues};
use crate::rules::{Job, Rule};
use crate::schema::Opt;

use super::{capacity, devices, nodes_on_spot};

/// A job is submitted to a queue that exists, is ENABLED and VALID (SubmitJob, `jobQueue`).
pub(in crate::rules) fn takes_jobs(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(queue) = job.queue else { return };
    let name = form::queue_name(&queue.name);
    let at = job.at(Opt::Queue);
    match &queue.account {
        Some(Account::Missing { region, names }) => {
            if let Some((message, help)) = elsewhere(&queue.name, region, names) {
                sink.push(Diagnostic::new(&codes::UNKNOWN_QUEUE, at, message).help(help));
                return;
            }
            let message = format!("there is no queue `{name}` in {region}");
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_QUEUE, at, message);
            sink.push(match Queues::meant(name, names) {
                Some(meant) if queue.name == name => diagnostic
                    .help(format!("did you mean `{meant}`? {}", known(names)))
                    .suggest(format!("write `{meant}`"), at, format!("\"{meant}\"")),
                Some(meant) => diagnostic.help(format!("did you mean `{meant}`? {}", known(names))),
                None => diagnostic.help(format!(
                    "{}; or is it in another region or account? see `--region` and `--profile`",
                    known(names)
                )),
            });
        }
        Some(Account::Found(found)) if found.state == "DISABLED" => sink.push(
            Diagnostic::new(
                &codes::QUEUE_DISABLED,
                at,
                format!("queue `{name}` is DISABLED"),
            )
            .help(
                "AWS Batch refuses jobs for it; enable it with `aws batch update-job-queue --state \
                 ENABLED`, or use another queue",
            ),
        ),
        Some(Account::Found(found)) if !found.takes_jobs() => {
            let why = found.reason.as_ref();
            let why = why.map_or_else(String::new, |why| format!("AWS says: {why}; "));
            let message = format!("queue `{name}` is {}", found.status);
            sink.push(
                Diagnostic::new(&codes::QUEUE_DISABLED, at, message).help(format!(
                    "AWS Batch refuses jobs for it; {why}use another queue"
                )),
            );
        }
        _ => {}
    }
}

/// Where a queue is that an ARN names, if that is not where it was looked for, and what to do.
fn elsewhere(queue: &str, region: &str, names: &[String]) -> Option<(String, String)> {
    let arn = form::parse_arn(queue)?;
    let name = form::queue_name(queue);
    if arn.region != region {
        return Some((
            format!(
                "the ARN of queue `{name}` is of {}, and {region} was asked",
                arn.region
            ),
            format!(
                "jobs go to queues of the region that they are submitted in: `--region {}` chooses it, or \
                 use a queue of {region}; {}",
                arn.region,
                known(names)
            ),
        ));
    }
    // One of this name is there, with another ARN.
    names.iter().any(|there| there == name).then(|| {
        (
            format!(
                "the ARN of queue `{name}` is of account {}, and another one was asked",
                arn.account
            ),
            format!(
                "`--profile` chooses the account; the `{name}` of the one that was asked is meant by \
                 the name alone"
            ),
        )
    })
}

/// `eu-central-1 has …`
fn known(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len() {
        0 => "no queue is there".to_owned(),
        count if count > SHOWN => {
            format!("there are {} and {} more", shown.join(", "), count - SHOWN)
        }
        1 => format!("there is {}", shown.join("")),
        _ => format!("there are {}", shown.join(", ")),
    }
}

/// Jobs are started in compute environments that are ENABLED and VALID, and run containers on ECS.
pub(in crate::rules) fn starts_jobs(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(queue) = job.queue else { return };
    let Some(Account::Found(Found { environments, .. })) = &queue.account else {
        return;
    };
    let name = form::queue_name(&queue.name);
    let at = job.at(Opt::Queue);
    if environments.iter().any(|environment| environment.eks) {
        let message = format!("queue `{name}` runs on eks, not on ecs");
        sink.push(Diagnostic::new(&options::QUEUE_PLATFORM, at, message).help(
            "the jobs of flowbatch are containers of ECS, on EC2 or Fargate; use another queue",
        ));
    }
    if environments.is_empty() || environments.iter().any(Environment::is_ready) {
        return;
    }
    let states: Vec<String> = environments.iter().map(state).collect();
    let message = format!("no compute environment of queue `{name}` starts jobs");
    sink.push(
        Diagnostic::new(&codes::QUEUE_ENVIRONMENTS, at, message)
            .here(format!("in the account: {}", states.join("; ")))
            .help("the job would wait in RUNNABLE for ever; see to the compute environments, or use another queue"),
    );
}

/// `` `spot` is INVALID (its role is gone) ``
fn state(environment: &Environment) -> String {
    let state = match environment.state.as_str() {
        "ENABLED" => &environment.status,
        state => state,
    };
    let why = environment.reason.as_ref().filter(|_| state != "DISABLED");
    let why = why.map_or_else(String::new, |why| format!(" ({why})"));
    format!("`{}` is {state}{why}", environment.name)
}

/// What decides whether one compute environment can run a job.
const OF_ONE_ENVIRONMENT: &[Rule] = &[
    capacity::instances_fit,
    capacity::max_vcpus,
    capacity::node_instance_type,
    devices::neuron,
    devices::efa,
    nodes_on_spot,
];

/// A job runs in one compute environment: that a queue has all that it asks for does not help if no
/// environment has all of it.
pub(in crate::rules) fn an_environment_fits(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(queue) = job.queue else { return };
    let several = queue.several();
    if several.is_empty() || !lacks(job).is_empty() {
        return;
    }
    let mut lacking = Vec::with_capacity(several.len());
    for environment in several {
        let alone = Job {
            queue: Some(&environment.offers),
            ..*job
        };
        let found = lacks(&alone);
        let Some(first) = found.first() else { return };
        let name = &environment.name;
        let message = first.message.replace(&format!("queue `{name}`"), "it");
        lacking.push(format!("`{name}`: {message}"));
    }
    let message = format!(
        "no compute environment of queue `{}` alone can run this job",
        form::queue_name(&queue.name)
    );
    let diagnostic = Diagnostic::new(&codes::QUEUE_COMBINATION, job.span, message);
    let diagnostic = match job.options.span(Opt::Queue) {
        Some(at) => diagnostic.label(at, "the queue"),
        None => diagnostic,
    };
    sink.push(
        diagnostic
            .here(format!("in the account: {}", lacking.join("; ")))
            .help("the job would wait in RUNNABLE for ever; ask for what one of them has, or use another queue"),
    );
}

/// Why a job could not run in what its queue offers, as far as that is sure.
fn lacks(job: &Job<'_, '_>) -> Vec<Diagnostic> {
    let mut found = Diagnostics::default();
    for rule in OF_ONE_ENVIRONMENT {
        rule(job, &mut found);
    }
    let mut found = found.into_sorted();
    let close = [&codes::QUEUE_MEMORY_CLOSE, &codes::QUEUE_GPU_MIXED];
    found.retain(|one| one.severity != Severity::Advice && !close.contains(&one.code));
    found
}
