//! What the queue's subnets reach.

use crate::check::form;
use crate::codes::queue as codes;
use crate::diagnostic::Diagnostics;
use crate::queue::Subnets;
use crate::schema::Opt;

use super::{asks, known, name, stated};
use crate::rules::Job;
use crate::rules::capacity::suggest;

/// Hosts of registries that are reached over the internet only.
const PUBLIC_REGISTRIES: &[&str] = &[
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "mcr.microsoft.com",
    "nvcr.io",
    "public.ecr.aws",
    "quay.io",
    "registry.gitlab.com",
    "registry.k8s.io",
];

/// In a public subnet, only what has a public address reaches the internet, and so an image
/// (NetworkConfiguration, `assignPublicIp`).
pub(in crate::rules) fn public_address(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(queue) = known(job).filter(|_| job.fargate() == Some(true)) else {
        return;
    };
    let Some(subnets) = &queue.subnets else {
        return;
    };
    if subnets.value != Subnets::Public || job.options.bool(Opt::AssignPublicIp) != Some(false) {
        return;
    }
    let diagnostic = asks(
        job,
        &codes::QUEUE_NETWORK,
        Opt::AssignPublicIp,
        format!(
            "without a public address nothing is reached from the subnets of queue `{}`",
            name(queue)
        ),
    );
    let diagnostic = stated(diagnostic, subnets, "no NAT gateway leads out of these");
    sink.push(suggest(job, Opt::AssignPublicIp,
        "true",
        diagnostic.help(
            "the image could not be pulled, and the job would fail; write `assign_public_ip=true`, or \
             use a queue in private subnets with a NAT gateway",
        ),
    ));
}

/// The containers of multi-node jobs have no public address: "Multi-node parallel jobs that run on
/// compute resources within public subnets don't have outbound network access."
pub(in crate::rules) fn nodes(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(queue) = known(job).filter(|_| job.fargate() == Some(false)) else {
        return;
    };
    let (Some(nodes), Some(subnets)) = (job.options.get(Opt::Nodes), &queue.subnets) else {
        return;
    };
    if subnets.value != Subnets::Public || nodes.value.is_opaque() {
        return;
    }
    let diagnostic = asks(
        job,
        &codes::QUEUE_NETWORK,
        Opt::Nodes,
        format!(
            "the nodes of a multi-node job do not reach the internet from the subnets of queue `{}`",
            name(queue)
        ),
    );
    sink.push(stated(diagnostic, subnets, "these are public").help(
        "AWS Batch gives their containers no public address, so that they reach nothing outside of the \
         VPC; use a queue in private subnets with a NAT gateway",
    ));
}

/// From isolated subnets, only registries with a VPC endpoint are reached: ECR.
pub(in crate::rules) fn registry(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(queue) = known(job) else {
        return;
    };
    let (Some(image), Some(subnets)) = (job.options.str(Opt::Image), &queue.subnets) else {
        return;
    };
    if subnets.value != Subnets::Isolated {
        return;
    }
    let Ok(parsed) = form::parse_image(image) else {
        return;
    };
    let host = match parsed.registry {
        Some(host) => host,
        // The registry of the variable is put before it.
        None if job.registry.is_some() => return,
        None => "docker.io",
    };
    if !PUBLIC_REGISTRIES.contains(&host) {
        return;
    }
    let diagnostic = asks(
        job,
        &codes::QUEUE_NETWORK,
        Opt::Image,
        format!(
            "{host} is not reached from the subnets of queue `{}`",
            name(queue)
        ),
    );
    sink.push(stated(diagnostic, subnets, "nothing leads to the internet").help(
        "the image could not be pulled, and the job would fail; use an image in ECR, perhaps through \
         a pull-through cache, or a queue with a way to the internet",
    ));
}
