//! vCPUs, memory, devices, nodes.

use std::fmt;

use crate::check::options::Strength;
use crate::codes::platform as codes;
use crate::diagnostic::{Diagnostic, Diagnostics, Edit};
use crate::schema::Opt;

use super::Job;

/// The vCPUs that Fargate has, and for each the memory in MiB: least, most, step; 0 for the
/// explicit sets (AWS Batch API reference, ResourceRequirement; all but 32 seen live).
const FARGATE: &[(f64, Memory)] = &[
    (0.25, Memory::Set(&[512, 1024, 2048])),
    (0.5, Memory::Steps(1024, 4096, 1024)),
    (1.0, Memory::Steps(2048, 8192, 1024)),
    (2.0, Memory::Steps(4096, 16384, 1024)),
    (4.0, Memory::Steps(8192, 30720, 1024)),
    (8.0, Memory::Steps(16384, 61440, 4096)),
    (16.0, Memory::Steps(32768, 122_880, 8192)),
    (32.0, Memory::Set(&[61440, 122_880, 249_856])),
];

#[derive(Clone, Copy)]
enum Memory {
    Set(&'static [i64]),
    Steps(i64, i64, i64),
}

impl Memory {
    fn values(self) -> Vec<i64> {
        match self {
            Self::Set(values) => values.to_vec(),
            Self::Steps(least, most, step) => {
                let mut values = Vec::new();
                let mut value = least;
                while value <= most {
                    values.push(value);
                    value += step;
                }
                values
            }
        }
    }
}

/// `4096 to 16384`, or `512, 1024 or 2048`
impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(values) => {
                let values: Vec<String> = values.iter().map(i64::to_string).collect();
                f.write_str(&or(&values))
            }
            Self::Steps(least, most, _) => write!(f, "{least} to {most}"),
        }
    }
}

/// The most vCPUs of a job on Fargate that are not more than `most`.
pub(super) fn fargate_vcpus(most: i64) -> Option<String> {
    #[allow(clippy::cast_precision_loss)] // far below 2^52
    let within = FARGATE.iter().rev().find(|(vcpu, _)| *vcpu <= most as f64);
    within.map(|(vcpu, _)| vcpu.to_string())
}

/// Fargate has a table of vCPUs and memory; AWS Batch rounds nothing.
pub(super) fn fargate_cpu_and_memory(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if job.fargate() != Some(true) {
        return;
    }
    let Some(cpu) = job.options.cpu_number() else {
        return;
    };
    let tier = FARGATE
        .iter()
        .find(|(vcpu, _)| (vcpu - cpu).abs() < f64::EPSILON);
    sink.extend(match tier {
        Some((_, memory)) => fargate_memory(job, *memory),
        None => Some(fargate_cpu(job, cpu)),
    });
}

fn fargate_cpu(job: &Job<'_, '_>, cpu: f64) -> Diagnostic {
    let text = job.options.cpu().unwrap_or_default();
    let mut diagnostic = Diagnostic::new(
        &codes::FARGATE_CPU,
        job.at(Opt::Cpu),
        format!("Fargate has no {text} vCPUs"),
    )
    .label(job.at(Opt::Platform), "the platform is stated here");
    let memory = job.options.memory();
    if let (Some(memory), Some(span)) = (memory, job.options.span(Opt::Memory)) {
        diagnostic = diagnostic.label(span, format!("{memory} MiB"));
    }
    let below = FARGATE.iter().rev().find(|(vcpu, _)| *vcpu < cpu);
    let above = FARGATE.iter().find(|(vcpu, _)| *vcpu > cpu);
    let nearest = || below.into_iter().chain(above);
    let described: Vec<String> = nearest()
        .map(|(vcpu, memory)| format!("{vcpu}, with {memory} MiB"))
        .collect();
    diagnostic = diagnostic.help(match described.as_slice() {
        [one] => format!("the nearest is {one}"),
        more => format!("the nearest are {}", more.join("; and ")),
    });
    for (vcpu, _) in nearest() {
        diagnostic = suggest_fargate_cpu(job, &vcpu.to_string(), diagnostic);
    }
    diagnostic
}

/// Offers vCPUs that Fargate has, and the nearest memory that goes with them.
pub(super) fn suggest_fargate_cpu(
    job: &Job<'_, '_>,
    vcpu: &str,
    diagnostic: Diagnostic,
) -> Diagnostic {
    let mut changes = vec![(Opt::Cpu, vcpu.to_owned())];
    let tier = FARGATE.iter().find(|(known, _)| known.to_string() == vcpu);
    if let (Some((_, legal)), Some(memory)) = (tier, job.options.memory()) {
        let values = legal.values();
        if !values.contains(&memory) {
            let nearest = values
                .into_iter()
                .min_by_key(|value| value.abs_diff(memory));
            changes.extend(nearest.map(|value| (Opt::Memory, value.to_string())));
        }
    }
    suggest_all(job, &changes, diagnostic)
}

fn fargate_memory(job: &Job<'_, '_>, legal: Memory) -> Option<Diagnostic> {
    let memory = job.options.memory()?;
    let values = legal.values();
    if values.contains(&memory) {
        return None;
    }
    let text = job.options.cpu().unwrap_or_default();
    let below = values.iter().rev().find(|&&value| value < memory);
    let above = values.iter().find(|&&value| value > memory);
    let nearest: Vec<String> = below.into_iter().chain(above).map(i64::to_string).collect();
    let other = FARGATE
        .iter()
        .filter(|(_, tier)| tier.values().contains(&memory))
        .map(|(vcpu, _)| vcpu.to_string())
        .collect::<Vec<_>>();
    let mut help = format!(
        "with {text} vCPU the nearest {} {} MiB",
        if nearest.len() > 1 { "are" } else { "is" },
        or(&nearest)
    );
    if !other.is_empty() {
        help.push_str(&format!("; {memory} MiB goes with {} vCPU", or(&other)));
    }
    let message = format!("Fargate has no {memory} MiB of memory with {text} vCPU");
    // Of a default, what was written is the cause.
    let diagnostic = match job.options.span(Opt::Memory) {
        Some(span) => Diagnostic::new(&codes::FARGATE_MEMORY, span, message).label(
            job.at(Opt::Cpu),
            match job.options.get(Opt::Cpu) {
                Some(_) => format!("{text} vCPU"),
                None => format!("without `cpu` it has {text} vCPU"),
            },
        ),
        None => Diagnostic::new(&codes::FARGATE_MEMORY, job.at(Opt::Cpu), message)
            .here(format!("without `memory` there are {memory} MiB")),
    };
    let mut diagnostic = diagnostic
        .label(job.at(Opt::Platform), "the platform is stated here")
        .help(help);
    for value in nearest {
        diagnostic = suggest(job, Opt::Memory, &value, diagnostic);
    }
    for vcpu in other {
        diagnostic = suggest(job, Opt::Cpu, &vcpu, diagnostic);
    }
    Some(diagnostic)
}

/// `2, 4 or 8`
fn or(words: &[String]) -> String {
    match words {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        words => words.concat(),
    }
}

/// Offers another value for an option, where it is written as a literal.
pub(super) fn suggest(
    job: &Job<'_, '_>,
    opt: Opt,
    text: &str,
    diagnostic: Diagnostic,
) -> Diagnostic {
    suggest_all(job, &[(opt, text.to_owned())], diagnostic)
}

/// The same for several options; of `cpu` and `memory`, one that is not written is put beside the
/// other.
fn suggest_all(job: &Job<'_, '_>, changes: &[(Opt, String)], diagnostic: Diagnostic) -> Diagnostic {
    let literal = |opt| {
        job.options
            .get(opt)
            .filter(|setting| setting.value.defined.is_none() && setting.variable.is_none())
    };
    let mut words = Vec::new();
    let mut edits = Vec::new();
    for (opt, text) in changes {
        let (default, other) = match opt {
            Opt::Cpu => ("cpu", Opt::Memory),
            _ => ("memory", Opt::Cpu),
        };
        let written = job.options.get(*opt);
        let name = written.map_or(default, |setting| setting.spec.name);
        let word = format!("{name}={text}");
        let edit = match (written, literal(*opt), job.options.get(other)) {
            (Some(_), Some(setting), _) => Edit {
                span: setting.value.span,
                text: text.clone(),
            },
            // In a toml, options stand on lines of their own.
            (None, _, Some(other))
                if !matches!(other.strength, Strength::Config | Strength::Env) =>
            {
                Edit {
                    span: other.value.span.after(),
                    text: format!(", {word}"),
                }
            }
            _ => return diagnostic,
        };
        words.push(word);
        edits.push(edit);
    }
    diagnostic.fix_edits(format!("write `{}`", words.join(", ")), false, edits)
}

/// EC2 has whole vCPUs: "vCPU must be at least 1, got 0.5.", and `1.0` is refused as well.
pub(super) fn ec2_cpu(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if job.fargate() != Some(false) {
        return;
    }
    let Some(cpu) = job.options.cpu_number() else {
        return;
    };
    if cpu.fract().abs() < f64::EPSILON {
        return;
    }
    let text = job.options.cpu().unwrap_or_default();
    let mut diagnostic = Diagnostic::new(
        &codes::EC2_CPU,
        job.at(Opt::Cpu),
        format!("EC2 has whole vCPUs, not {text}"),
    )
    .label(job.at(Opt::Platform), job.platform_is());
    let (below, above) = (cpu.floor(), cpu.ceil());
    diagnostic = diagnostic.help(if below >= 1.0 {
        format!("the nearest are {below} and {above}")
    } else {
        "a job on EC2 has at least 1".to_owned()
    });
    for value in [below, above] {
        if value >= 1.0 {
            diagnostic = suggest(job, Opt::Cpu, &value.to_string(), diagnostic);
        }
    }
    sink.push(diagnostic);
}

/// One node has one adapter by host path, however many are asked for.
pub(super) fn devices_on_one_node(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if job.options.is_opaque(Opt::Nodes) || job.options.int(Opt::Nodes).unwrap_or(1) > 1 {
        return;
    }
    if let Some(count) = job.options.int(Opt::Efa).filter(|&count| count > 1) {
        sink.push(
            Diagnostic::new(
                &crate::codes::options::OPTION_WITHOUT_MEANING,
                job.at(Opt::Efa),
                format!("{count} adapters are one on a single node"),
            )
            .help("a job on one node gets /dev/infiniband/uverbs0 only; write `efa=1`, or `@parallel(nodes=…)`"),
        );
    }
}

/// A multi-node job cannot be an array.
pub(super) fn parallel_in_foreach(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if let (Some(setting), Some(scope)) = (job.options.get(Opt::Nodes), job.scopes.last()) {
        sink.push(
            Diagnostic::new(
                &codes::PARALLEL_IN_FOREACH,
                setting.span,
                "a step in a foreach cannot run on several nodes",
            )
            .label(scope.span, "the foreach")
            .help("AWS Batch has no arrays of multi-node jobs; take the step out of the foreach, or remove `@parallel`"),
        );
    }
}
