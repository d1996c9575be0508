//! Volumes, mounts, tmpfs, swap.

use std::borrow::Cow;

use crate::batch::definition::{Efs, field};
use crate::check::form;
use crate::check::resources::DEFAULT_SWAPPINESS;
use crate::codes::{options, storage as codes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Opt;
use crate::source::Span;
use crate::value::{Kind, Value};

use super::Job;
use super::capacity::suggest;

/// Each path of the container is mounted once.
pub(super) fn mounts(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let mut seen: Vec<(Cow<'_, str>, Span, &str)> = Vec::new();
    let host = job
        .options
        .list(Opt::HostVolumes)
        .iter()
        .filter_map(|item| {
            let volume = form::parse_host_volume(item.as_str()?).ok()?;
            Some((Cow::Borrowed(volume.dst), item.span, "a host volume"))
        });
    let efs = job
        .options
        .list(Opt::EfsVolumes)
        .iter()
        .filter_map(|item| Some((Efs::read(item)?.path, item.span, "an EFS volume")));
    let tmpfs = job.options.tmpfs().map(|tmpfs| {
        (
            Cow::Borrowed(tmpfs.path),
            job.options.span(Opt::TmpfsPath).unwrap_or(tmpfs.span),
            "the tmpfs",
        )
    });
    for (path, span, what) in host.chain(efs).chain(tmpfs) {
        let bare = |path: &str| path.trim_end_matches('/').to_owned();
        if let Some((_, first, other)) = seen.iter().find(|(known, ..)| bare(known) == bare(&path))
        {
            sink.push(
                Diagnostic::new(
                    &codes::MOUNT_TWICE,
                    span,
                    format!("`{path}` is already mounted"),
                )
                .here(format!("by {what}"))
                .label(*first, format!("by {other}"))
                .help("give one of them another path in the container"),
            );
            continue;
        }
        seen.push((path, span, what));
    }
}

/// Each path of the container is one device.
pub(super) fn devices(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let mut seen: Vec<(Cow<'_, str>, Span)> = Vec::new();
    let count = |opt| (0..job.options.count(opt).unwrap_or(0)).zip(std::iter::repeat(job.at(opt)));
    seen.extend(count(Opt::Neuron).map(|(n, at)| (format!("/dev/neuron{n}").into(), at)));
    let nodes = job.options.int(Opt::Nodes).unwrap_or(1);
    let adapters = count(Opt::Efa).take(if nodes > 1 { usize::MAX } else { 1 });
    seen.extend(adapters.map(|(n, at)| (format!("/dev/infiniband/uverbs{n}").into(), at)));
    for item in job.options.list(Opt::Devices) {
        let Kind::Map(entries) = &item.kind else {
            continue;
        };
        let field = |key: &str| {
            let entry = entries.iter().find(|entry| entry.key == key)?;
            entry.value.as_str()
        };
        let Some(path) = field("container").or_else(|| field("host")) else {
            continue;
        };
        if let Some((_, first)) = seen.iter().find(|(known, _)| known == path) {
            sink.push(
                Diagnostic::new(
                    &codes::MOUNT_TWICE,
                    item.span,
                    format!("`{path}` is already a device of the container"),
                )
                .label(*first, "by this")
                .help("remove one of them, or give one another path in the container"),
            );
            continue;
        }
        seen.push((Cow::Borrowed(path), item.span));
    }
}

/// Options of a tmpfs without a tmpfs.
pub(super) fn tmpfs(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let open = [Opt::UseTmpfs, Opt::TmpfsPath, Opt::TmpfsSize]
        .iter()
        .any(|opt| job.options.is_opaque(*opt));
    if open || job.options.tmpfs().is_some() {
        return;
    }
    let fargate = job.fargate() == Some(true);
    for opt in [Opt::TmpfsSize, Opt::TmpfsPath, Opt::TmpfsTempdir] {
        // What asks for a tmpfs there is refused already.
        if fargate && opt != Opt::TmpfsTempdir {
            continue;
        }
        let Some(setting) = job.options.get(opt) else {
            continue;
        };
        if setting.value.is_opaque() {
            continue;
        }
        let mut diagnostic = Diagnostic::new(
            if opt == Opt::TmpfsSize {
                &codes::TMPFS_OFF
            } else {
                &options::OPTION_WITHOUT_EFFECT
            },
            setting.span,
            format!("`{}` changes nothing: there is no tmpfs", setting.spec.name),
        );
        diagnostic = match job.options.get(Opt::UseTmpfs) {
            Some(switch) => diagnostic
                .label(switch.value.span, "it is turned off here")
                .help("remove one of the two"),
            None if fargate => diagnostic.help("remove it: Fargate has none"),
            None => diagnostic.help("write `use_tmpfs=true`, or remove it"),
        };
        sink.push(diagnostic);
    }
}

/// What is in shared memory and in a tmpfs counts toward the memory of the container (Docker).
pub(super) fn within_memory(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    // Fargate has neither.
    if job.fargate() != Some(false) {
        return;
    }
    let Some(memory) = job.options.memory() else {
        return;
    };
    for opt in [Opt::SharedMemory, Opt::TmpfsSize] {
        let (Some(setting), Some(size)) = (job.options.get(opt), job.options.int(opt)) else {
            continue;
        };
        // Next to a tmpfs, the program itself needs some.
        let (fits, less, more, help) = if opt == Opt::SharedMemory {
            let help = format!(
                "what is in it counts toward the memory; write at most {memory} MiB, or a `memory` of at least {size} MiB"
            );
            (size <= memory, memory, size, help)
        } else {
            let help = format!(
                "what is in it counts toward the memory; write less than {memory} MiB, such as half of it, or a `memory` of more than {size} MiB"
            );
            let fits = size < memory || job.options.tmpfs().is_none();
            (fits, memory / 2, size * 2, help)
        };
        if fits {
            continue;
        }
        let name = setting.spec.name;
        let mut diagnostic = Diagnostic::new(
            &codes::LARGER_THAN_MEMORY,
            setting.value.span,
            format!("`{name}` is {size} MiB, and the job has {memory} MiB of memory"),
        );
        diagnostic = match job.options.span(Opt::Memory) {
            Some(span) => diagnostic.label(span, format!("{memory} MiB")),
            None => diagnostic.label(job.span, format!("{memory} MiB by default")),
        };
        diagnostic = diagnostic.help(help);
        diagnostic = suggest(job, opt, &less.to_string(), diagnostic);
        if more <= i64::from(i32::MAX) {
            diagnostic = suggest(job, Opt::Memory, &more.to_string(), diagnostic);
        }
        sink.push(diagnostic);
    }
}

/// Swap needs both of its options: "When container specified swap memory, swappiness value is
/// required."
pub(super) fn swap(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if job.fargate() != Some(false) {
        return;
    }
    match (
        job.options.get(Opt::MaxSwap),
        job.options.get(Opt::Swappiness),
    ) {
        (Some(swap), None) if !swap.value.is_opaque() => {
            sink.push(
                Diagnostic::new(
                    &codes::DEFAULT_SWAPPINESS,
                    swap.span,
                    format!("`swappiness` {DEFAULT_SWAPPINESS} is written too"),
                )
                .help(format!(
                    "AWS Batch refuses maxSwap without it; write `swappiness={DEFAULT_SWAPPINESS}` to say so"
                )),
            );
        }
        (None, Some(swappiness)) => {
            sink.push(
                Diagnostic::new(
                    &options::OPTION_WITHOUT_EFFECT,
                    swappiness.span,
                    "`swappiness` changes nothing without `max_swap`",
                )
                .help("AWS Batch ignores it; write `max_swap` too, or remove it"),
            );
        }
        _ => {}
    }
}

/// What EFS mounts need of each other.
pub(super) fn efs(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    for item in job.options.list(Opt::EfsVolumes) {
        let Some(efs) = Efs::read(item) else { continue };
        let at = |key| field(item, key).map_or(item.span, |value| value.span);
        if efs.access_point.is_some()
            && let Some(root) = efs.root
            && root != "/"
        {
            let diagnostic = Diagnostic::new(
                &codes::EFS_ROOT,
                at("root"),
                "an access point has a root folder of its own",
            )
            .label(at("access_point"), "the access point")
            .help("AWS Batch refuses another one beside it; remove `root`");
            sink.push(match field(item, "root") {
                Some(root) if root.defined.is_none() => {
                    diagnostic.suggest("write `/`, the access point's folder", root.span, "\"/\"")
                }
                _ => diagnostic,
            });
        }
        if efs.iam && job.options.get(Opt::IamRole).is_none() {
            sink.push(
                Diagnostic::new(&codes::EFS_IAM, at("iam"), "`iam = true` needs `iam_role`")
                    .label(job.span, "for this step")
                    .help("EFS is mounted with the job's role: write `@batch(iam_role=\"arn:aws:iam::…:role/…\")`"),
            );
        }
    }
    let old = job
        .options
        .str(Opt::PlatformVersion)
        .filter(|version| *version == "1.3.0" && job.fargate() == Some(true));
    if let (Some(version), Some(setting)) = (old, job.options.get(Opt::EfsVolumes))
        && !job.options.list(Opt::EfsVolumes).is_empty()
    {
        let mut diagnostic = Diagnostic::new(
            &codes::EFS_PLATFORM_VERSION,
            job.at(Opt::PlatformVersion),
            format!("Fargate {version} cannot mount EFS"),
        )
        .label(setting.span, "the EFS volumes")
        .help(
            "AWS Batch answers \"EFS is supported for Fargate platform versions 1.4.0 or later\"",
        );
        for version in ["\"1.4.0\"", "\"LATEST\""] {
            diagnostic = suggest(job, Opt::PlatformVersion, version, diagnostic);
        }
        sink.push(diagnostic);
    }
}

/// With a read-only root file system, only what is mounted can be written.
pub(super) fn nothing_writable(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(setting) = job.options.get(Opt::ReadonlyRootFilesystem) else {
        return;
    };
    if !matches!(setting.value.kind, Kind::Bool(true)) || job.options.tmpfs().is_some() {
        return;
    }
    let mounts = [
        Opt::UseTmpfs,
        Opt::TmpfsSize,
        Opt::TmpfsPath,
        Opt::HostVolumes,
        Opt::EfsVolumes,
    ];
    // One that is a mistake counts as one that can be written.
    let host = |item: &Value<'_>| {
        item.as_str()
            .and_then(|text| form::parse_host_volume(text).ok())
            .is_none_or(|volume| !volume.read_only)
    };
    let efs = |item: &Value<'_>| Efs::read(item).is_none_or(|volume| !volume.read_only);
    if mounts.iter().any(|opt| job.options.is_opaque(*opt))
        || job.options.list(Opt::HostVolumes).iter().any(host)
        || job.options.list(Opt::EfsVolumes).iter().any(efs)
    {
        return;
    }
    sink.push(
        Diagnostic::new(
            &codes::NOTHING_WRITABLE,
            setting.span,
            "there is no folder that the job can write to",
        )
        .label(job.span, "in this step")
        .help(match job.fargate() {
            Some(true) => "mount an EFS volume that is not read-only; Fargate has no tmpfs",
            _ => "write `use_tmpfs=true`, or mount a volume that is not read-only",
        }),
    );
}

/// `disk` of `@resources` is for other platforms of Metaflow.
pub(super) fn disk(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if let Some(setting) = job.options.get(Opt::Disk) {
        sink.push(
            Diagnostic::new(
                &options::OPTION_WITHOUT_MEANING,
                setting.span,
                "`disk` has no meaning on AWS Batch",
            )
            .help("on Fargate write `@batch(ephemeral_storage=…)`; on EC2 the instance's disk is shared"),
        );
    }
}
