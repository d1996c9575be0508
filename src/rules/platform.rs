//! What only EC2 has, and what only Fargate has.

use crate::codes::platform as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Opt;
use crate::value::Kind;

use super::Job;

/// Options that Fargate does not have, and what AWS Batch answers (RegisterJobDefinition).
const EC2_ONLY: &[(Opt, &str)] = &[
    (Opt::Gpu, "GPU is not applicable for Fargate."),
    (
        Opt::SharedMemory,
        "linuxParameter.sharedMemorySize is not allowed for Fargate.",
    ),
    (
        Opt::MaxSwap,
        "linuxParameter.maxSwap is not allowed for Fargate.",
    ),
    (
        Opt::Swappiness,
        "linuxParameter.swappiness is not allowed for Fargate.",
    ),
    (
        Opt::UseTmpfs,
        "linuxParameter.tmpfs is not allowed for Fargate.",
    ),
    (
        Opt::TmpfsSize,
        "linuxParameter.tmpfs is not allowed for Fargate.",
    ),
    (
        Opt::TmpfsPath,
        "linuxParameter.tmpfs is not allowed for Fargate.",
    ),
    (
        Opt::Neuron,
        "linuxParameter.devices is not allowed for Fargate.",
    ),
    (
        Opt::Efa,
        "linuxParameter.devices is not allowed for Fargate.",
    ),
    (
        Opt::Devices,
        "linuxParameter.devices is not allowed for Fargate.",
    ),
    (
        Opt::HostVolumes,
        "host.sourcePath should not be set for volumes in Fargate.",
    ),
    (
        Opt::Privileged,
        "Fargate requires that the 'privileged' setting be 'false' at the container level.",
    ),
    (Opt::Ulimits, "ulimits is not applicable for Fargate."),
    (Opt::Nodes, "Fargate does not support MNP jobs"),
];

/// Options that EC2 does not have, and what AWS Batch answers or documents.
const FARGATE_ONLY: &[(Opt, &str)] = &[
    (
        Opt::EphemeralStorage,
        "AWS documents it for tasks on Fargate only",
    ),
    (
        Opt::AssignPublicIp,
        "AWS documents that EC2 jobs must not specify networkConfiguration",
    ),
    (
        Opt::PlatformVersion,
        "AWS Batch answers \"fargatePlatformConfiguration not applicable for EC2.\"",
    ),
    (
        Opt::Arch,
        "AWS Batch answers \"runtimePlatform is not applicable for EC2.\"; on EC2 the queue's instance types decide",
    ),
];

/// Whether an option asks for nothing: `gpu=0`, `privileged=false`, `ulimits=[]`.
fn asks_for_nothing(kind: &Kind<'_>, opt: Opt) -> bool {
    match kind {
        Kind::Int(0, _) => matches!(opt, Opt::Gpu | Opt::Neuron | Opt::Efa),
        Kind::Bool(false) => matches!(opt, Opt::Privileged | Opt::UseTmpfs),
        Kind::List(items) => items.is_empty(),
        Kind::Error | Kind::Unknown(_) => true,
        _ => false,
    }
}

/// Fargate refuses much of what EC2 takes.
pub(super) fn fargate_has_not(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if job.fargate() != Some(true) {
        return;
    }
    for (opt, answer) in EC2_ONLY {
        let Some(setting) = job.options.get(*opt) else {
            continue;
        };
        if asks_for_nothing(&setting.value.kind, *opt) {
            continue;
        }
        sink.push(
            Diagnostic::new(
                &codes::FARGATE_OPTION,
                setting.span,
                if *opt == Opt::Nodes {
                    "Fargate has no `@parallel`".to_owned()
                } else {
                    format!("Fargate has no `{}`", setting.spec.name)
                },
            )
            .label(job.at(Opt::Platform), "the platform is stated here")
            .help(format!(
                "AWS Batch answers \"{answer}\"; remove it, or use a queue on EC2"
            )),
        );
    }
}

/// EC2 refuses what only Fargate has.
pub(super) fn ec2_has_not(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if job.fargate() != Some(false) {
        return;
    }
    for (opt, why) in FARGATE_ONLY {
        let Some(setting) = job
            .options
            .get(*opt)
            .filter(|setting| !setting.value.is_opaque())
        else {
            continue;
        };
        let mut diagnostic = Diagnostic::new(
            &codes::EC2_OPTION,
            setting.span,
            format!("EC2 has no `{}`", setting.spec.name),
        )
        .label(job.at(Opt::Platform), job.platform_is())
        .help(format!("{why}; remove it, or use a queue on Fargate"));
        // What decides instead is perhaps known.
        let instances = job.queue.and_then(|queue| queue.instances.as_ref());
        if let (Opt::Arch, Some(instances)) = (opt, instances)
            && let (Some(origin), Some(row)) = (instances.origin, instances.value.first())
        {
            diagnostic = diagnostic.label(origin, format!("these are {}", row.arch.as_str()));
        }
        sink.push(diagnostic);
    }
}
