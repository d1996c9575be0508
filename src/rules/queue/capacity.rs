//! Whether an instance of the queue can hold the job, and the queue all of it.

use std::cell::OnceCell;

use crate::codes::queue as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::queue::{Arch, Fact, InstanceType, Queue, table};
use crate::schema::Opt;

use super::{asks, count, instances, known, name, stated};
use crate::rules::capacity::{fargate_vcpus, suggest, suggest_fargate_cpu};
use crate::rules::{Job, raw};

type Types<'t> = Vec<&'t InstanceType>;

/// What a job asks of an instance; 0 where that is not known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    vcpus: i64,
    memory: i64,
    gpus: i64,
    /// Devices, which AWS Batch does not count.
    pub(super) neuron: i64,
    /// How the names of instance types with such devices begin.
    chips: &'static str,
    /// Adapters: on one node it gets the first, on several as many as it asks for.
    pub(super) efa: i64,
}

impl Need {
    pub(super) fn of(job: &Job<'_, '_>) -> Self {
        #[allow(clippy::cast_possible_truncation)] // a float saturates
        let vcpus = |cpu: f64| cpu.ceil() as i64;
        let asked = |opt| job.options.int(opt).unwrap_or(0);
        Self {
            vcpus: job.options.cpu_number().map_or(0, vcpus),
            memory: job.options.memory().unwrap_or(0),
            gpus: asked(Opt::Gpu),
            neuron: asked(Opt::Neuron),
            chips: match job
                .options
                .get(Opt::Neuron)
                .map(|setting| setting.spec.name)
            {
                Some("trainium") if asked(Opt::Neuron) > 0 => "trn",
                Some(_) if asked(Opt::Neuron) > 0 => "inf",
                _ => "",
            },
            efa: match asked(Opt::Nodes) {
                0 | 1 => asked(Opt::Efa).min(1),
                _ => asked(Opt::Efa),
            },
        }
    }

    /// Whether AWS Batch may start it there.
    pub(super) fn fits(self, row: &InstanceType) -> bool {
        row.gpus_for_jobs() >= self.gpus
            && row.vcpus >= self.vcpus
            && row.memory_at_most() >= self.memory
    }

    /// Whether it runs there for sure.
    fn runs(self, row: &InstanceType) -> bool {
        self.fits(row)
            && row.memory_for_sure() >= self.memory
            && row.neuron >= self.neuron
            && row.efa >= self.efa
    }

    /// The smallest instance type on which it runs for sure: of the families that the queue has,
    /// else of those that are current, if possible with nothing that it does not ask for.
    fn smallest(self, queue: &[&InstanceType]) -> Option<&'static InstanceType> {
        let mut families: Vec<&str> = queue.iter().map(|row| row.family()).collect();
        families.dedup();
        // What has GPUs or Neuron devices for jobs is X86_64.
        let arch = queue.first().map_or(Arch::X86, |row| row.arch);
        let any_arch = self.gpus > 0 || self.neuron > 0;
        let mut best = None;
        for row in table() {
            if !self.runs(row) || row.fractional_gpu || !row.name.starts_with(self.chips) {
                continue;
            }
            let foreign = if families.contains(&row.family()) {
                0
            } else if row.old || (!any_arch && row.arch != arch) {
                continue;
            } else if (self.gpus > 0 || row.gpus == 0) && (self.neuron > 0 || row.neuron == 0) {
                1
            } else {
                2
            };
            let size = (
                foreign, row.neuron, row.gpus, row.memory, row.vcpus, row.name,
            );
            if best.is_none_or(|(least, _)| size < least) {
                best = Some((size, row));
            }
        }
        best.map(|(_, row)| row)
    }

    /// `; the smallest instance type that would do is …`
    pub(super) fn or_add(self, queue: &[&InstanceType]) -> String {
        let Some(row) = self.smallest(queue) else {
            return "; no instance type of EC2 would do".to_owned();
        };
        let gpus = match row.gpus {
            0 => String::new(),
            gpus => format!(", {}", count(gpus, "GPU")),
        };
        format!(
            "; the smallest instance type that would do is {} ({} vCPUs, {} MiB{gpus})",
            row.name, row.vcpus, row.memory
        )
    }
}

const TOGETHER: &str = "at a time, for all jobs together";
const WAITS: &str = "the job would wait in RUNNABLE for ever";

/// AWS Batch launches an instance type that has the vCPUs, the memory and the GPUs of a job; if
/// there is none, the job stays in RUNNABLE (MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT).
pub(in crate::rules) fn instances_fit(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some((queue, types)) = instances(job) else {
        return;
    };
    let need = Need::of(job);
    let surely = |row: &InstanceType| need.fits(row) && row.memory_for_sure() >= need.memory;
    let lacks_gpus = |row: &InstanceType| need.gpus > 0 && row.gpus_for_jobs() == 0;
    let mut in_mixed = types.value.iter().filter(|_| queue.mixes_gpus());
    let without_gpus = in_mixed.find(|row| lacks_gpus(row));
    if without_gpus.is_none() && types.value.iter().any(|row| surely(row)) {
        return;
    }
    let check = Check {
        job,
        queue,
        types,
        need,
        or_add: OnceCell::new(),
    };
    let mut rows: Types<'_> = types.value.clone();
    rows.retain(|row| row.gpus_for_jobs() >= need.gpus);
    if rows.is_empty() {
        sink.push(check.gpus());
        rows.clone_from(&types.value);
    } else if let Some(without) = without_gpus {
        sink.push(check.mixed(without));
    }
    let of = |fits: &dyn Fn(&InstanceType) -> bool| -> Types<'_> {
        rows.iter().copied().filter(|row| fits(row)).collect()
    };
    let vcpus = of(&|row| row.vcpus >= need.vcpus);
    let memory = of(&|row| row.memory_at_most() >= need.memory);
    let both = of(&|row| row.vcpus >= need.vcpus && row.memory_at_most() >= need.memory);
    if vcpus.is_empty() {
        let rows = if memory.is_empty() { &rows } else { &memory };
        sink.extend(check.vcpus(rows));
    }
    if memory.is_empty() {
        let rows = if vcpus.is_empty() { &rows } else { &vcpus };
        sink.extend(check.memory(rows));
    }
    if vcpus.is_empty() || memory.is_empty() {
        return;
    }
    if both.is_empty() {
        sink.extend(check.together(&vcpus, &memory));
    } else if !both.iter().any(|row| row.memory_for_sure() >= need.memory) {
        sink.extend(check.close(&both));
    }
}

/// The one with most of something.
fn most<'t>(rows: &[&'t InstanceType], of: fn(&InstanceType) -> i64) -> Option<&'t InstanceType> {
    rows.iter().copied().max_by_key(|row| of(row))
}

struct Check<'c, 'j, 'a> {
    job: &'c Job<'j, 'a>,
    queue: &'j Queue,
    types: &'j Fact<Vec<&'static InstanceType>>,
    need: Need,
    or_add: OnceCell<String>,
}

impl Check<'_, '_, '_> {
    /// What instance type would do, looked for once a job.
    fn or_add(&self) -> &str {
        let look = || self.need.or_add(&self.types.value);
        self.or_add.get_or_init(look)
    }

    /// ` and 1 GPU`, if that narrows the choice.
    fn and_gpus(&self) -> String {
        let gpus = self.need.gpus;
        let have = |row: &&InstanceType| row.gpus_for_jobs() >= gpus;
        let with_gpus = self.types.value.iter().copied().filter(have).count();
        if (1..self.types.value.len()).contains(&with_gpus) {
            format!(" and {}", count(gpus, "GPU"))
        } else {
            String::new()
        }
    }

    fn gpus(&self) -> Diagnostic {
        let (queue, gpus) = (name(self.queue), self.need.gpus);
        let most = most(&self.types.value, InstanceType::gpus_for_jobs);
        let most = most.filter(|row| row.gpus_for_jobs() > 0);
        let message = match most {
            None => format!("queue `{queue}` has no instance type with GPUs"),
            Some(_) => format!(
                "queue `{queue}` has no instance type with {}",
                count(gpus, "GPU")
            ),
        };
        let diagnostic = asks(self.job, &codes::QUEUE_GPU, Opt::Gpu, message);
        let on_arm = self.types.value.iter().find(|row| row.gpus > 0);
        let label = match (most, on_arm) {
            (Some(row), _) => format!("the most is {}, on {}", row.gpus, row.name),
            (None, Some(row)) => {
                format!(
                    "those of {} are not for jobs: AWS Batch has no AMI for them",
                    row.name
                )
            }
            (None, None) => "none of these has any".to_owned(),
        };
        let add = self.or_add();
        let diagnostic = stated(diagnostic, self.types, label);
        match most {
            None => diagnostic.help(format!("{WAITS}; use a queue with GPUs{add}")),
            Some(row) => suggest(
                self.job,
                Opt::Gpu,
                &row.gpus.to_string(),
                diagnostic.help(format!("{WAITS}; at most {} fit here{add}", row.gpus)),
            ),
        }
    }

    /// "If this isn't done, GPU jobs can get stuck": all instance types of a compute environment for
    /// GPU jobs should have GPUs (user guide, "GPU jobs").
    fn mixed(&self, without: &InstanceType) -> Diagnostic {
        let diagnostic = asks(
            self.job,
            &codes::QUEUE_GPU_MIXED,
            Opt::Gpu,
            format!(
                "queue `{}` has instance types with and without GPUs",
                name(self.queue)
            ),
        );
        stated(diagnostic, self.types, format!("{} has none", without.name)).help(
            "in one compute environment, jobs with GPUs may stay in RUNNABLE beside instances without; \
             give the two kinds compute environments of their own, or queues",
        )
    }

    fn vcpus(&self, rows: &[&InstanceType]) -> Option<Diagnostic> {
        let row = most(rows, |row| row.vcpus)?;
        let (queue, text) = (name(self.queue), self.job.options.cpu()?);
        let diagnostic = asks(
            self.job,
            &codes::QUEUE_CPU,
            Opt::Cpu,
            format!(
                "queue `{queue}` has no instance type with {text} vCPUs{}",
                self.and_gpus()
            ),
        );
        let add = self.or_add();
        let label = format!("the most is {}, on {}", row.vcpus, row.name);
        let diagnostic = stated(diagnostic, self.types, label)
            .help(format!("{WAITS}; at most {} fit here{add}", row.vcpus));
        Some(suggest(
            self.job,
            Opt::Cpu,
            &row.vcpus.to_string(),
            diagnostic,
        ))
    }

    fn memory(&self, rows: &[&InstanceType]) -> Option<Diagnostic> {
        let row = most(rows, |row| row.memory)?;
        let (queue, wanted) = (name(self.queue), self.need.memory);
        let left = if wanted > row.memory {
            ""
        } else {
            " left for a job"
        };
        let message = format!(
            "queue `{queue}` has no instance type with {wanted} MiB of memory{left}{}",
            self.and_gpus()
        );
        let diagnostic = asks(self.job, &codes::QUEUE_MEMORY, Opt::Memory, message);
        let label = format!(
            "the largest is {}: {} MiB, of which jobs get at most {}",
            row.name,
            row.memory,
            row.memory_at_most()
        );
        let sure = row.memory_for_sure();
        let add = self.or_add();
        let diagnostic = stated(diagnostic, self.types, label)
            .help(format!("{WAITS}; {sure} MiB should fit{add}"));
        Some(suggest(
            self.job,
            Opt::Memory,
            &sure.to_string(),
            diagnostic,
        ))
    }

    /// Each of the two is there, but not on one instance type.
    fn together(&self, vcpus: &[&InstanceType], memory: &[&InstanceType]) -> Option<Diagnostic> {
        let (queue, need) = (name(self.queue), self.need);
        let text = self.job.options.cpu()?;
        let with_vcpus = most(vcpus, |row| row.memory)?;
        let with_memory = most(memory, |row| row.vcpus)?;
        let message = format!(
            "queue `{queue}` has no instance type with both {} MiB of memory and {text} vCPUs{}",
            need.memory,
            self.and_gpus()
        );
        let diagnostic = asks(self.job, &codes::QUEUE_COMBINATION, Opt::Memory, message)
            .label(self.job.at(Opt::Cpu), format!("{text} vCPUs"));
        let sure = with_vcpus.memory_for_sure();
        let diagnostic = stated(diagnostic, self.types, "none of these").help(format!(
            "{WAITS}; {text} vCPUs go with {sure} MiB, on {}, and {} MiB with at most {} vCPUs, on \
             {}{}",
            with_vcpus.name,
            need.memory,
            with_memory.vcpus,
            with_memory.name,
            self.or_add()
        ));
        let diagnostic = suggest(self.job, Opt::Memory, &sure.to_string(), diagnostic);
        Some(suggest(
            self.job,
            Opt::Cpu,
            &with_memory.vcpus.to_string(),
            diagnostic,
        ))
    }

    /// It may fit or not: what an instance leaves for jobs is known roughly.
    fn close(&self, rows: &[&InstanceType]) -> Option<Diagnostic> {
        let row = most(rows, |row| row.memory)?;
        let (least, most) = (row.memory_for_sure(), row.memory_at_most());
        let message = format!(
            "{} MiB of memory may be more than {} leaves for a job",
            self.need.memory, row.name
        );
        let diagnostic = asks(self.job, &codes::QUEUE_MEMORY_CLOSE, Opt::Memory, message);
        let label = format!(
            "the largest is {}: {} MiB, of which jobs get {least} to {most}",
            row.name, row.memory
        );
        let add = self.or_add();
        let diagnostic = stated(diagnostic, self.types, label).help(format!(
            "if it is, the job waits in RUNNABLE for ever; {least} MiB should fit{add}"
        ));
        Some(suggest(
            self.job,
            Opt::Memory,
            &least.to_string(),
            diagnostic,
        ))
    }
}

/// All vCPUs of a job count toward `maxvCpus`, those of all nodes together, and a node takes a whole
/// instance (MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE).
pub(in crate::rules) fn max_vcpus(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(queue) = known(job) else {
        return;
    };
    let Some(max) = &queue.max_vcpus else {
        return;
    };
    let nodes = match job.options.get(Opt::Nodes) {
        None => None,
        Some(_) => match job.options.int(Opt::Nodes) {
            Some(nodes) if job.fargate() == Some(false) => Some(nodes),
            _ => return,
        },
    };
    let Some(cpu) = job.options.cpu_number() else {
        return;
    };
    let smallest = Smallest::of(job);
    let found = match (nodes, smallest) {
        (Some(nodes), Some(smallest)) => smallest.nodes(job, queue, max, nodes),
        (Some(nodes), None) => several_nodes(job, queue, max, cpu, nodes),
        (None, smallest) => smallest
            .and_then(|smallest| smallest.best_fit(job, queue, max))
            .or_else(|| one_job(job, queue, max, cpu)),
    };
    sink.extend(found);
}

#[allow(clippy::cast_precision_loss)] // far below 2^52
fn one_job(job: &Job<'_, '_>, queue: &Queue, max: &Fact<i64>, cpu: f64) -> Option<Diagnostic> {
    let most = max.value;
    if cpu <= most as f64 {
        return None;
    }
    let message = format!(
        "queue `{}` has at most {}, not {cpu}",
        name(queue),
        count(most, "vCPU")
    );
    let diagnostic = asks(job, &codes::QUEUE_MAX_VCPUS, Opt::Cpu, message);
    let legal = match job.fargate() {
        Some(true) => fargate_vcpus(most)?,
        _ => most.to_string(),
    };
    let diagnostic = stated(diagnostic, max, TOGETHER).help(format!(
        "{WAITS}; ask for at most {legal}, or use a queue with at least {cpu}"
    ));
    Some(match job.fargate() {
        Some(true) => suggest_fargate_cpu(job, &legal, diagnostic),
        _ => suggest(job, Opt::Cpu, &legal, diagnostic),
    })
}

/// Nodes on instances that are not known: each has at least the vCPUs that it asks for.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // far below 2^52
fn several_nodes(
    job: &Job<'_, '_>,
    queue: &Queue,
    max: &Fact<i64>,
    cpu: f64,
    nodes: i64,
) -> Option<Diagnostic> {
    let most = max.value;
    let total = cpu * nodes as f64;
    if total <= most as f64 {
        return None;
    }
    let vcpus = count(cpu, "vCPU");
    let message = format!(
        "{} with {vcpus} each need {total}, and queue `{}` has at most {most}",
        count(nodes, "node"),
        name(queue)
    );
    let diagnostic =
        asks(job, &codes::QUEUE_MAX_VCPUS, Opt::Nodes, message).label(job.at(Opt::Cpu), vcpus);
    let fewer_nodes = (most as f64 / cpu) as i64;
    let diagnostic = stated(diagnostic, max, TOGETHER);
    Some(fewer(job, diagnostic, nodes, fewer_nodes, most / nodes))
}

/// Offers fewer nodes, or fewer vCPUs for each of `wanted`.
fn fewer(
    job: &Job<'_, '_>,
    diagnostic: Diagnostic,
    wanted: i64,
    nodes: i64,
    vcpus: i64,
) -> Diagnostic {
    let mut ways = vec![WAITS.to_owned()];
    if nodes > 0 {
        let fit = if nodes == 1 { "fits" } else { "fit" };
        ways.push(format!("as they are, {} {fit}", count(nodes, "node")));
    }
    if vcpus > 0 {
        let vcpus = count(vcpus, "vCPU");
        ways.push(format!("with at most {vcpus} each, {wanted} fit"));
    }
    let mut diagnostic = diagnostic.help(ways.join("; "));
    if nodes > 0 {
        diagnostic = suggest(job, Opt::Nodes, &nodes.to_string(), diagnostic);
    }
    if vcpus > 0 {
        diagnostic = suggest(job, Opt::Cpu, &vcpus.to_string(), diagnostic);
    }
    diagnostic
}

/// The instance type with the fewest vCPUs that may hold a job, where the queue's are known.
#[derive(Clone, Copy)]
struct Smallest<'j> {
    types: &'j Fact<Vec<&'static InstanceType>>,
    row: &'static InstanceType,
    need: Need,
}

impl<'j> Smallest<'j> {
    fn of(job: &Job<'j, '_>) -> Option<Self> {
        let (_, types) = instances(job)?;
        let need = Need::of(job);
        let fitting = types.value.iter().filter(|row| need.fits(row));
        let row = fitting.min_by_key(|row| (row.vcpus, row.memory))?;
        Some(Self { types, row, need })
    }

    /// "Multi-node parallel job nodes are single-tenant": each takes an instance of its own.
    fn nodes(
        self,
        job: &Job<'_, '_>,
        queue: &Queue,
        max: &Fact<i64>,
        nodes: i64,
    ) -> Option<Diagnostic> {
        let (row, most) = (self.row, max.value);
        let total = row.vcpus.saturating_mul(nodes);
        if total <= most {
            return None;
        }
        let message = format!(
            "{} of {} vCPUs each are {total}, and queue `{}` has at most {most}",
            count(nodes, "instance"),
            row.vcpus,
            name(queue)
        );
        let diagnostic = asks(job, &codes::QUEUE_MAX_VCPUS, Opt::Nodes, message)
            .here("a node takes a whole instance");
        let words = format!("the smallest for this job is {}", row.name);
        let diagnostic = stated(diagnostic, self.types, words);
        let diagnostic = stated(diagnostic, max, TOGETHER);
        let need = Need {
            vcpus: 0,
            ..self.need
        };
        let smaller = self.types.value.iter().filter(|row| need.fits(row));
        let smaller = smaller.map(|row| row.vcpus);
        let vcpus = smaller.filter(|vcpus| *vcpus <= most / nodes).max();
        Some(fewer(
            job,
            diagnostic,
            nodes,
            most / row.vcpus,
            vcpus.unwrap_or(0),
        ))
    }

    /// "With any allocation strategy except BEST_FIT using On-Demand (EC2) compute resources, Batch
    /// might need to exceed maxvCpus", by an instance at most.
    fn best_fit(self, job: &Job<'_, '_>, queue: &Queue, max: &Fact<i64>) -> Option<Diagnostic> {
        let (row, most) = (self.row, max.value);
        let best_fit = queue.best_fit.as_ref().filter(|best_fit| best_fit.value)?;
        let spot = queue.spot.as_ref().is_some_and(|spot| spot.value);
        if spot || row.vcpus <= most {
            return None;
        }
        let message = format!(
            "the smallest instance of queue `{}` for this job has {} vCPUs, and the queue at most {most}",
            name(queue),
            row.vcpus
        );
        let diagnostic = asks(job, &codes::QUEUE_MAX_VCPUS, Opt::Queue, message);
        let diagnostic = stated(
            diagnostic,
            self.types,
            format!("the smallest is {}", row.name),
        );
        let diagnostic = stated(diagnostic, max, TOGETHER);
        let words = "so that the maximum is never exceeded";
        Some(stated(diagnostic, best_fit, words).help(format!(
            "{WAITS}; the maximum has to be at least {}, or the queue needs smaller instances",
            row.vcpus
        )))
    }
}

/// The instance type that `raw` gives the nodes has to be one that the queue can launch.
pub(in crate::rules) fn node_instance_type(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some((queue, types)) = instances(job) else {
        return;
    };
    if job.options.get(Opt::Nodes).is_none() {
        return;
    }
    let Some(field) = raw::field(job, &["containerProperties", "instanceType"]) else {
        return;
    };
    let Some(wanted) = field.value.as_str() else {
        return;
    };
    if types.value.iter().any(|row| row.name == wanted) {
        return;
    }
    let message = format!("queue `{}` has no instance type {wanted}", name(queue));
    let mut diagnostic = asks(job, &codes::QUEUE_INSTANCE_TYPE, Opt::Raw, message);
    for label in diagnostic.labels.iter_mut().filter(|label| label.primary) {
        label.span = field.value.span;
    }
    sink.push(
        stated(diagnostic, types, "it launches these")
            .help(format!("{WAITS}; name one of them, or leave it out")),
    );
}
