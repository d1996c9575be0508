//! Devices, which AWS Batch does not count when it chooses an instance.

use crate::codes::queue as codes;
use crate::diagnostic::Diagnostics;
use crate::queue::InstanceType;
use crate::schema::Opt;

use super::capacity::Need;
use super::{asks, count, instances, name, stated};
use crate::rules::Job;
use crate::rules::capacity::suggest;

/// Inferentia and Trainium: `/dev/neuron0` and up.
pub(in crate::rules) fn neuron(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let wanted = Need::of(job).neuron;
    check(
        job,
        Opt::Neuron,
        wanted,
        "Neuron device",
        |row| row.neuron,
        sink,
    );
}

/// Elastic Fabric Adapters: `/dev/infiniband/uverbs0` and up.
pub(in crate::rules) fn efa(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if job.options.is_opaque(Opt::Nodes) {
        return;
    }
    let wanted = Need::of(job).efa;
    check(job, Opt::Efa, wanted, "EFA interface", |row| row.efa, sink);
}

fn check(
    job: &Job<'_, '_>,
    opt: Opt,
    wanted: i64,
    noun: &str,
    has: fn(&InstanceType) -> i64,
    sink: &mut Diagnostics,
) {
    let Some((queue, types)) = instances(job).filter(|_| wanted > 0) else {
        return;
    };
    let Some(most) = types.value.iter().max_by_key(|row| has(row)) else {
        return;
    };
    let (queue, need) = (name(queue), Need::of(job));
    if has(most) < wanted {
        let (wants, label) = match has(most) {
            0 => (format!("{noun}s"), "none of these has any".to_owned()),
            has => (
                count(wanted, noun),
                format!("the most is {has}, on {}", most.name),
            ),
        };
        let message = format!("queue `{queue}` has no instance type with {wants}");
        let diagnostic = asks(job, &codes::QUEUE_DEVICES, opt, message);
        let diagnostic = stated(diagnostic, types, label).help(format!(
            "AWS Batch would start the job, and its container would fail{}",
            need.or_add(&types.value)
        ));
        sink.push(match has(most) {
            0 => diagnostic,
            most => suggest(job, opt, &most.to_string(), diagnostic),
        });
        return;
    }
    let lacking = types
        .value
        .iter()
        .filter(|row| has(row) < wanted && need.fits(row));
    let Some(row) = lacking.min_by_key(|row| (has(row), row.name)) else {
        return;
    };
    let message = format!(
        "the job may be started on {}, which has {}, not {wanted}",
        row.name,
        count(has(row), noun)
    );
    let diagnostic = asks(job, &codes::QUEUE_DEVICES, opt, message);
    sink.push(
        stated(diagnostic, types, format!("{} is one of these", row.name)).help(
            "AWS Batch does not count these devices when it chooses an instance; use a queue whose \
             instance types all have them, or ask for so many vCPUs that only those are large enough",
        ),
    );
}
