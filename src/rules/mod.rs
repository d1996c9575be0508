//! What AWS Batch demands of a resolved step, by topic.
//!
//! A rule is a small function with a code. It reads the resolved options of
//! one job and reports what AWS Batch would refuse, ignore or never start;
//! where an option's value is a mistake or not known yet, it says nothing.
//! To add one, write it in the file of its topic and name it in one of the
//! lists here.

mod arns;
mod capacity;
mod credentials;
mod image;
mod logs;
mod platform;
mod queue;
mod raw;
mod retry;
mod roles;
pub(crate) mod secrets;
mod shares;
mod storage;
mod tags;
mod timeout;
mod variables;

use crate::check::options::{Opts, Resolved, Strength};
use crate::diagnostic::Diagnostics;
use crate::flow::{Param, Run, Scope, Step};
use crate::queue::Queue;
use crate::schema::Opt;
use crate::source::Span;

/// A step with a `run`, as rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Job<'j, 'a> {
    /// The flow's name.
    pub flow: &'j str,
    /// The step's name.
    pub step: &'j str,
    /// Where the step's name stands.
    pub span: Span,
    /// Its options.
    pub options: &'j Resolved<'a>,
    /// The scopes it stands in, outermost first.
    pub scopes: &'j [&'j Scope<'a>],
    /// The flow's params.
    pub params: &'j [Param<'a>],
    /// What it runs, unless that is a mistake.
    pub run: Option<&'j Run<'a>>,
    /// What is known of its queue.
    pub queue: Option<&'j Queue>,
    /// `METAFLOW_BATCH_CONTAINER_REGISTRY`, if it is set.
    pub registry: Option<&'j str>,
}

impl Job<'_, '_> {
    /// Where an option was written, or the step's name when its default applies.
    fn at(&self, opt: Opt) -> Span {
        self.options.span(opt).unwrap_or(self.span)
    }

    /// Where an option's name was written, or the step's name when its default applies.
    fn option_at(&self, opt: Opt) -> Span {
        self.options
            .get(opt)
            .map_or(self.span, |setting| setting.span)
    }

    /// What decided the platform, for a label at its place.
    fn platform_is(&self) -> &'static str {
        match self.options.get(Opt::Platform) {
            Some(setting) if setting.strength == Strength::Default => {
                "nothing says what the queue runs on: EC2 is assumed"
            }
            _ => "the platform is stated here",
        }
    }

    /// Whether it is known to run on Fargate (`true`) or EC2 (`false`).
    fn fargate(&self) -> Option<bool> {
        self.options
            .str(Opt::Platform)
            .map(|platform| platform == "fargate")
    }
}

type Rule = fn(&Job<'_, '_>, &mut Diagnostics);

/// Rules for every job, in no order that matters: diagnostics are sorted by place.
const RULES: &[Rule] = &[
    platform::fargate_has_not,
    platform::ec2_has_not,
    capacity::fargate_cpu_and_memory,
    capacity::ec2_cpu,
    roles::execution_role,
    arns::of_one_account,
    timeout::fargate,
    variables::empty_params,
];

/// Rules that say nothing unless one of some options is written.
const OF_OPTIONS: &[(Opts, Rule)] = &[
    (Opts::of(&[Opt::Efa]), capacity::devices_on_one_node),
    (Opts::of(&[Opt::Nodes]), capacity::parallel_in_foreach),
    (Opts::of(&LOGS), logs::driver),
    (Opts::of(&LOGS), logs::complete),
    (Opts::of(&LOGS), logs::options),
    (Opts::of(&LOGS), logs::multiline),
    (Opts::of(&[Opt::Raw]), raw::instance_type),
    (Opts::of(&[Opt::Raw]), raw::consumable_resources),
    (Opts::of(&[Opt::On]), retry::classes),
    (Opts::of(&[Opt::MinutesBetweenRetries]), retry::meaningless),
    (Opts::of(&[Opt::ShareIdentifier]), shares::priority),
    (Opts::of(&VOLUMES), storage::mounts),
    (Opts::of(&DEVICES), storage::devices),
    (Opts::of(&TMPFS), storage::tmpfs),
    (
        Opts::of(&[Opt::SharedMemory, Opt::TmpfsSize]),
        storage::within_memory,
    ),
    (Opts::of(&[Opt::MaxSwap, Opt::Swappiness]), storage::swap),
    (Opts::of(&[Opt::EfsVolumes]), storage::efs),
    (Opts::of(&[Opt::Disk]), storage::disk),
    (
        Opts::of(&[Opt::ReadonlyRootFilesystem]),
        storage::nothing_writable,
    ),
    (Opts::of(&[Opt::BatchTags]), tags::count),
];

const LOGS: [Opt; 3] = [Opt::LogDriver, Opt::LogOptions, Opt::SecretLogOptions];
const DEVICES: [Opt; 3] = [Opt::Neuron, Opt::Efa, Opt::Devices];
const TMPFS: [Opt; 4] = [
    Opt::UseTmpfs,
    Opt::TmpfsSize,
    Opt::TmpfsPath,
    Opt::TmpfsTempdir,
];
const VOLUMES: [Opt; 4] = [
    Opt::HostVolumes,
    Opt::EfsVolumes,
    Opt::UseTmpfs,
    Opt::TmpfsSize,
];

/// Rules about what is known of a job's queue.
const OF_QUEUES: &[Rule] = &[
    queue::capacity::instances_fit,
    queue::capacity::max_vcpus,
    queue::capacity::node_instance_type,
    queue::devices::neuron,
    queue::devices::efa,
    queue::network::public_address,
    queue::network::nodes,
    queue::network::registry,
    queue::nodes_on_spot,
    queue::architecture,
    queue::share::share,
    queue::swap::swap,
    queue::account::an_environment_fits,
];

/// Rules that read one option and nothing else.
const OF_ONE_OPTION: &[(Opt, Rule)] = &[
    (Opt::Image, image::ecr),
    (Opt::Image, image::floating),
    (Opt::Queue, queue::account::takes_jobs),
    (Opt::Queue, queue::account::starts_jobs),
];

/// The rules, applied to one job of a flow after another.
#[derive(Debug, Default)]
pub struct Rules {
    /// Where the option of each rule of one option was written for the job before: what comes from
    /// one place need not be read for every step.
    last: [Option<Span>; OF_ONE_OPTION.len()],
}

impl Rules {
    /// Applies every rule to a job.
    pub fn check(&mut self, job: &Job<'_, '_>, sink: &mut Diagnostics) {
        for rule in RULES {
            rule(job, sink);
        }
        for (opts, rule) in OF_OPTIONS {
            if job.options.has_any(*opts) {
                rule(job, sink);
            }
        }
        if job.queue.is_some() {
            for rule in OF_QUEUES {
                rule(job, sink);
            }
        }
        for ((opt, rule), last) in OF_ONE_OPTION.iter().zip(&mut self.last) {
            let place = job.options.span(*opt);
            if std::mem::replace(last, place) != place {
                rule(job, sink);
            }
        }
    }
}

/// Applies the rules that are about all jobs of a flow.
pub fn check_flow(steps: &[Step<'_>], sink: &mut Diagnostics) {
    arns::queues_of_one_place(steps, sink);
}
