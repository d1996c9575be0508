//! THE table of annotations and options.
//!
//! Checking, resolution, `explain`, `raw` and the documentation read it; to
//! add an option, add a row here, and its meaning in `batch`.

mod words;

/// A resolved option: what several spellings may decide together.
///
/// `@batch(cpu)` and `@resources(cpu)` are one option, and so are
/// `inferentia` and `trainium`, and the three parts of `@timeout`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs)] // the table below documents each
pub enum Opt {
    Cpu,
    Gpu,
    Memory,
    Image,
    Queue,
    IamRole,
    ExecutionRole,
    SharedMemory,
    MaxSwap,
    Swappiness,
    UseTmpfs,
    TmpfsTempdir,
    TmpfsSize,
    TmpfsPath,
    Neuron,
    Efa,
    EphemeralStorage,
    HostVolumes,
    EfsVolumes,
    LogDriver,
    LogOptions,
    Privileged,
    BatchTags,
    Platform,
    Arch,
    AssignPublicIp,
    PlatformVersion,
    Ulimits,
    User,
    ReadonlyRootFilesystem,
    InitProcess,
    Devices,
    SchedulingPriority,
    ShareIdentifier,
    PropagateTags,
    RepositoryCredentials,
    SecretLogOptions,
    JobDefinitionName,
    Raw,
    Disk,
    Times,
    MinutesBetweenRetries,
    On,
    Timeout,
    Vars,
    Secrets,
    Nodes,
}

impl Opt {
    /// How many there are.
    pub const COUNT: usize = Self::Nodes as usize + 1;
}

/// Where an annotation may stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Places {
    /// Before the flow.
    pub flow: bool,
    /// In a profile.
    pub profile: bool,
}

/// An annotation. Every one may stand before a step.
#[derive(Debug)]
pub struct AnnotationSpec {
    /// The name, without the `@`.
    pub name: &'static str,
    /// Where else than before a step it may stand.
    pub places: Places,
    /// What it is for, one line.
    pub doc: &'static str,
    /// Its options; none for `@use`, which takes profile names.
    pub options: &'static [OptionSpec],
}

/// An option of an annotation.
#[derive(Debug)]
pub struct OptionSpec {
    /// What it decides.
    pub opt: Opt,
    /// Its name.
    pub name: &'static str,
    /// What may be written.
    pub ty: Ty,
    /// How a stronger layer, or another spelling in the same layer, meets this one.
    pub merge: Merge,
    /// Its default, in words; empty for none.
    pub default: &'static str,
    /// The `METAFLOW_*` variable that is its weakest layer.
    pub variable: Option<&'static str>,
    /// What it means, one or two sentences.
    pub doc: &'static str,
    /// The fields of RegisterJobDefinition that it manages (`raw` may not set them), or of
    /// SubmitJob, with the prefix `SubmitJob.`.
    pub fields: &'static [&'static str],
}

/// What may be written for an option.
#[derive(Clone, Copy, Debug)]
pub enum Ty {
    /// `true` or `false`
    Bool,
    /// A whole number in a range, both ends included.
    Int(i64, i64),
    /// A number greater than zero, decimals allowed.
    Number,
    /// MiB as an integer, or a size; at least this many MiB.
    Mib(i64),
    /// GiB as an integer, or a size, in a range, both ends included.
    Gib(i64, i64),
    /// A string of a form.
    Str(Form),
    /// One of some strings.
    Enum(&'static [&'static str]),
    /// A list of such items.
    List(&'static Ty),
    /// A map to such values, whatever the keys.
    MapOf(&'static Ty),
    /// A map with these keys.
    Struct(&'static [FieldSpec]),
    /// Either.
    Either(&'static Ty, &'static Ty),
    /// A string, a number or a boolean: what an environment variable can hold.
    Scalar,
    /// Anything; checked elsewhere.
    Any,
}

/// A key of a map option.
#[derive(Debug)]
pub struct FieldSpec {
    /// The key.
    pub name: &'static str,
    /// What may be written.
    pub ty: Ty,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub doc: &'static str,
}

/// Forms of strings, each checked by a function of `check::form`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Anything but the empty string.
    Text,
    /// An absolute path in a container or on a host.
    Path,
    /// A container image reference.
    Image,
    /// The name or ARN of a job queue.
    Queue,
    /// The ARN of an IAM role.
    Role,
    /// The ARN of a Secrets Manager secret.
    SecretArn,
    /// A Secrets Manager ARN, with its optional suffix, or an SSM parameter's ARN or name.
    Secret,
    /// `src[:dst[:ro]]`
    HostVolume,
    /// `fs-id[:dst]`
    EfsVolume,
    /// `fs-` and hexadecimal digits.
    FileSystem,
    /// `fsap-` and 17 hexadecimal digits.
    AccessPoint,
    /// A folder of an EFS file system: an absolute path of at most 4,096 characters.
    EfsRoot,
    /// `key:value`
    KeyValue,
    /// A user or `user:group`, by name or number.
    User,
    /// The value of a tag.
    TagValue,
    /// A share identifier.
    Share,
    /// The name of a job definition.
    DefinitionName,
    /// A Fargate platform version.
    PlatformVersion,
    /// A class of failures: `spot`, `image_pull` or `exit:N`.
    RetryClass,
}

/// How a value meets another for the same option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Merge {
    /// The stronger layer wins; within a layer, the larger of `@batch` and `@resources`.
    Max,
    /// The stronger layer wins.
    Replace,
    /// Maps merge key by key, the stronger layer winning.
    Keys,
    /// The parts add up within a layer (`@timeout`); the stronger layer wins as a whole.
    Sum,
}

const I32_MAX: i64 = i32::MAX as i64;
const ANYWHERE: Places = Places {
    flow: true,
    profile: true,
};

/// One row of the table.
macro_rules! option {
    ($opt:ident $name:literal : $ty:expr, $merge:ident, default $default:literal,
     $doc:literal => [$($field:literal),*] $(, env $variable:literal)?) => {
        OptionSpec {
            opt: Opt::$opt,
            name: $name,
            ty: $ty,
            merge: Merge::$merge,
            default: $default,
            variable: option!(@env $($variable)?),
            doc: $doc,
            fields: &[$($field),*],
        }
    };
    (@env) => { None };
    (@env $variable:literal) => { Some($variable) };
}

macro_rules! field {
    ($name:literal : $ty:expr, required, $doc:literal) => {
        FieldSpec {
            name: $name,
            ty: $ty,
            required: true,
            doc: $doc,
        }
    };
    ($name:literal : $ty:expr, $doc:literal) => {
        FieldSpec {
            name: $name,
            ty: $ty,
            required: false,
            doc: $doc,
        }
    };
}

static HOST_VOLUME: Ty = Ty::Str(Form::HostVolume);
static EFS_STRING: Ty = Ty::Str(Form::EfsVolume);
static EFS_MAP: Ty = Ty::Struct(&[
    field!("id": Ty::Str(Form::FileSystem), required, "the file system, `fs-…`"),
    field!("path": Ty::Str(Form::Path), "where it is mounted; `/mnt/<id>` unless given"),
    field!("access_point": Ty::Str(Form::AccessPoint), "an access point, `fsap-…`"),
    field!("root": Ty::Str(Form::EfsRoot), "the folder of the file system to mount"),
    field!("iam": Ty::Bool, "whether to mount with the job's role"),
    field!("read_only": Ty::Bool, "whether to mount it read-only"),
]);
static EFS_VOLUME: Ty = Ty::Either(&EFS_STRING, &EFS_MAP);
static STRING: Ty = Ty::Str(Form::Text);
static TAG_VALUE: Ty = Ty::Str(Form::TagValue);
static KEY_VALUE: Ty = Ty::Str(Form::KeyValue);
static LOG_OPTIONS_MAP: Ty = Ty::MapOf(&STRING);
static LOG_OPTIONS_LIST: Ty = Ty::List(&KEY_VALUE);
static SECRET: Ty = Ty::Str(Form::Secret);
static SCALAR: Ty = Ty::Scalar;
static RETRY_CLASS: Ty = Ty::Str(Form::RetryClass);
static PERMISSION: Ty = Ty::Enum(&["READ", "WRITE", "MKNOD"]);
static ULIMIT: Ty = Ty::Struct(&[
    field!("name": Ty::Enum(ULIMIT_NAMES), required, "which limit, such as `nofile`"),
    field!("soft": Ty::Int(-1, I32_MAX), required, "the soft limit; -1 for none"),
    field!("hard": Ty::Int(-1, I32_MAX), required, "the hard limit; -1 for none"),
]);
static DEVICE: Ty = Ty::Struct(&[
    field!("host": Ty::Str(Form::Path), required, "the device on the host"),
    field!("container": Ty::Str(Form::Path), "the device in the container; the same unless given"),
    field!("permissions": Ty::List(&PERMISSION), "of `READ`, `WRITE`, `MKNOD`; all unless given"),
]);

/// The ulimits that AWS Batch documents (RegisterJobDefinition, `ulimits[].name`).
pub static ULIMIT_NAMES: &[&str] = &[
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// The log drivers of the API (`LogDriver`).
pub static LOG_DRIVERS: &[&str] = &[
    "json-file",
    "syslog",
    "journald",
    "gelf",
    "fluentd",
    "awslogs",
    "splunk",
    "awsfirelens",
];

/// What a queue's compute environments are.
pub static PLATFORMS: &[&str] = &["ec2", "fargate"];

/// The row of `platform`, which `flowbatch.toml` sets for whole queues too.
pub static PLATFORM: OptionSpec = PLATFORM_ROW;
const PLATFORM_ROW: OptionSpec = option!(Platform "platform": Ty::Enum(PLATFORMS), Replace,
    default "the queue's in flowbatch.toml, else ec2",
    "What the queue's compute environments are."
    => ["platformCapabilities"]);

/// Every annotation, in the order of the documentation.
pub static ANNOTATIONS: &[AnnotationSpec] = &[
    AnnotationSpec {
        name: "batch",
        places: ANYWHERE,
        doc: "What a job needs, and where and how it runs.",
        options: &[
            option!(Cpu "cpu": Ty::Number, Max, default "1",
                "vCPUs. A whole number on EC2; on Fargate 0.25, 0.5, 1, 2, 4, 8, 16 or 32."
                => ["containerProperties.resourceRequirements", "containerProperties.vcpus"]),
            option!(Gpu "gpu": Ty::Int(0, I32_MAX), Max, default "0",
                "GPUs. Not on Fargate; 0 is left out."
                => ["containerProperties.resourceRequirements"]),
            option!(Memory "memory": Ty::Mib(6), Max, default "4096",
                "Memory, in MiB when a plain integer."
                => ["containerProperties.resourceRequirements", "containerProperties.memory"]),
            option!(Image "image": Ty::Str(Form::Image), Replace,
                default "python:X.Y from `python` in flowbatch.toml, else python:3.12 with a warning",
                "The container image; `METAFLOW_BATCH_CONTAINER_REGISTRY` is put before one that names no registry."
                => ["containerProperties.image"], env "METAFLOW_BATCH_CONTAINER_IMAGE"),
            option!(Queue "queue": Ty::Str(Form::Queue), Replace, default "",
                "The job queue, by name or ARN. Required."
                => ["SubmitJob.jobQueue"], env "METAFLOW_BATCH_JOB_QUEUE"),
            option!(IamRole "iam_role": Ty::Str(Form::Role), Replace, default "",
                "The IAM role that the job's code has."
                => ["containerProperties.jobRoleArn"], env "METAFLOW_ECS_S3_ACCESS_IAM_ROLE"),
            option!(ExecutionRole "execution_role": Ty::Str(Form::Role), Replace, default "",
                "The IAM role with which ECS pulls the image, writes logs and reads secrets. Required on Fargate and with secrets."
                => ["containerProperties.executionRoleArn"], env "METAFLOW_ECS_FARGATE_EXECUTION_ROLE"),
            option!(SharedMemory "shared_memory": Ty::Mib(1), Max, default "",
                "The size of /dev/shm, in MiB when a plain integer. EC2 only."
                => ["containerProperties.linuxParameters.sharedMemorySize"]),
            option!(MaxSwap "max_swap": Ty::Mib(0), Replace, default "",
                "Swap that the container may use, in MiB when a plain integer; 0 disables swap. EC2 only."
                => ["containerProperties.linuxParameters.maxSwap"]),
            option!(Swappiness "swappiness": Ty::Int(0, 100), Replace, default "60, with `max_swap`",
                "How readily the container swaps, 0 to 100. EC2 only."
                => ["containerProperties.linuxParameters.swappiness"]),
            option!(UseTmpfs "use_tmpfs": Ty::Bool, Replace, default "false",
                "Whether to mount a tmpfs. `tmpfs_size` alone turns it on too. EC2 only."
                => ["containerProperties.linuxParameters.tmpfs"]),
            option!(TmpfsTempdir "tmpfs_tempdir": Ty::Bool, Replace, default "true",
                "Whether METAFLOW_TEMPDIR and TMPDIR name the tmpfs."
                => []),
            option!(TmpfsSize "tmpfs_size": Ty::Mib(1), Replace, default "half of `memory`",
                "The size of the tmpfs, in MiB when a plain integer."
                => ["containerProperties.linuxParameters.tmpfs"]),
            option!(TmpfsPath "tmpfs_path": Ty::Str(Form::Path), Replace, default "/metaflow_temp",
                "Where the tmpfs is mounted."
                => ["containerProperties.linuxParameters.tmpfs"]),
            option!(Neuron "inferentia": Ty::Int(0, 64), Replace, default "0",
                "AWS Inferentia devices, /dev/neuron0 and up. EC2 only; another word for `trainium`."
                => ["containerProperties.linuxParameters.devices"]),
            option!(Neuron "trainium": Ty::Int(0, 64), Replace, default "0",
                "AWS Trainium devices, /dev/neuron0 and up. EC2 only; another word for `inferentia`."
                => ["containerProperties.linuxParameters.devices"]),
            option!(Efa "efa": Ty::Int(0, 32), Replace, default "0",
                "Elastic Fabric Adapters, /dev/infiniband/uverbs0 and up. EC2 only."
                => ["containerProperties.linuxParameters.devices"]),
            option!(EphemeralStorage "ephemeral_storage": Ty::Gib(21, 200), Replace, default "",
                "The task's disk, in GiB when a plain integer, 21 to 200. Fargate only."
                => ["containerProperties.ephemeralStorage"]),
            option!(HostVolumes "host_volumes": Ty::List(&HOST_VOLUME), Replace, default "",
                "Folders of the host to mount, each `src[:dst[:ro]]`. EC2 only."
                => ["containerProperties.volumes", "containerProperties.mountPoints"]),
            option!(EfsVolumes "efs_volumes": Ty::List(&EFS_VOLUME), Replace, default "",
                "EFS file systems to mount, each `fs-id[:dst]` or a map with `id`, `path`, `access_point`, `root`, `iam`, `read_only`; always encrypted in transit."
                => ["containerProperties.volumes", "containerProperties.mountPoints"]),
            option!(LogDriver "log_driver": Ty::Enum(LOG_DRIVERS), Replace, default "",
                "The log driver; without one Batch writes to the log group /aws/batch/job."
                => ["containerProperties.logConfiguration.logDriver"]),
            option!(LogOptions "log_options": Ty::Either(&LOG_OPTIONS_MAP, &LOG_OPTIONS_LIST), Keys, default "",
                "Options of the log driver: a map, or a list of `\"key:value\"`."
                => ["containerProperties.logConfiguration.options"]),
            option!(Privileged "privileged": Ty::Bool, Replace, default "false",
                "Whether the container has the rights of root on the host. EC2 only."
                => ["containerProperties.privileged"]),
            option!(BatchTags "aws_batch_tags": Ty::MapOf(&TAG_VALUE), Keys, default "",
                "Tags of the job definition and the job, at most 47."
                => ["tags"]),
            PLATFORM_ROW,
            option!(Arch "arch": Ty::Enum(&["X86_64", "ARM64"]), Replace, default "",
                "The processor architecture. Written on Fargate only: on EC2 the queue's instance types decide."
                => ["containerProperties.runtimePlatform"]),
            option!(AssignPublicIp "assign_public_ip": Ty::Bool, Replace, default "true, on Fargate",
                "Whether the task gets a public IP address. Fargate only."
                => ["containerProperties.networkConfiguration"]),
            option!(PlatformVersion "platform_version": Ty::Str(Form::PlatformVersion), Replace, default "",
                "The Fargate platform version, such as `LATEST` or `1.4.0`. Fargate only."
                => ["containerProperties.fargatePlatformConfiguration"]),
            option!(Ulimits "ulimits": Ty::List(&ULIMIT), Replace, default "",
                "Limits of the container, each a map with `name`, `soft`, `hard`. EC2 only."
                => ["containerProperties.ulimits"]),
            option!(User "user": Ty::Str(Form::User), Replace, default "",
                "The user in the container: `user`, `user:group`, by name or number."
                => ["containerProperties.user"]),
            option!(ReadonlyRootFilesystem "readonly_root_filesystem": Ty::Bool, Replace, default "false",
                "Whether the container's root file system is read-only."
                => ["containerProperties.readonlyRootFilesystem"]),
            option!(InitProcess "init_process": Ty::Bool, Replace, default "false",
                "Whether an init process forwards signals and reaps processes."
                => ["containerProperties.linuxParameters.initProcessEnabled"]),
            option!(Devices "devices": Ty::List(&DEVICE), Replace, default "",
                "Devices of the host, each a map with `host`, `container`, `permissions`. EC2 only."
                => ["containerProperties.linuxParameters.devices"]),
            option!(SchedulingPriority "scheduling_priority": Ty::Int(0, 9999), Replace, default "",
                "The priority among jobs of one share identifier, 0 to 9999, higher first."
                => ["schedulingPriority"]),
            option!(ShareIdentifier "share_identifier": Ty::Str(Form::Share), Replace, default "",
                "The share of a fair-share queue that the job counts toward; needs `scheduling_priority`."
                => ["SubmitJob.shareIdentifier"]),
            option!(PropagateTags "propagate_tags": Ty::Bool, Replace, default "true",
                "Whether the tags reach the ECS task."
                => ["propagateTags"]),
            option!(RepositoryCredentials "repository_credentials": Ty::Str(Form::SecretArn), Replace, default "",
                "The Secrets Manager secret with the user and password of a private registry."
                => ["containerProperties.repositoryCredentials"]),
            option!(SecretLogOptions "secret_log_options": Ty::MapOf(&SECRET), Keys, default "",
                "Options of the log driver that come from Secrets Manager or SSM."
                => ["containerProperties.logConfiguration.secretOptions"]),
            option!(JobDefinitionName "job_definition_name": Ty::Str(Form::DefinitionName), Replace,
                default "<prefix><Flow>-<step>",
                "The job definition's name, instead of the one made from flow and step."
                => ["jobDefinitionName"]),
            option!(Raw "raw": Ty::MapOf(&ANY), Keys, default "",
                "Fields of RegisterJobDefinition that no option manages, as the API spells them."
                => []),
        ],
    },
    AnnotationSpec {
        name: "resources",
        places: ANYWHERE,
        doc: "What a job needs, wherever it runs; the larger of this and `@batch` counts.",
        options: &[
            option!(Cpu "cpu": Ty::Number, Max, default "1", "vCPUs."
                => ["containerProperties.resourceRequirements"]),
            option!(Gpu "gpu": Ty::Int(0, I32_MAX), Max, default "0", "GPUs."
                => ["containerProperties.resourceRequirements"]),
            option!(Memory "memory": Ty::Mib(6), Max, default "4096",
                "Memory, in MiB when a plain integer."
                => ["containerProperties.resourceRequirements"]),
            option!(SharedMemory "shared_memory": Ty::Mib(1), Max, default "",
                "The size of /dev/shm, in MiB when a plain integer. EC2 only."
                => ["containerProperties.linuxParameters.sharedMemorySize"]),
            option!(Disk "disk": Ty::Mib(1), Replace, default "",
                "Without a meaning on AWS Batch, which is said when it is written."
                => []),
        ],
    },
    AnnotationSpec {
        name: "retry",
        places: ANYWHERE,
        doc: "How often a failed job is tried again.",
        options: &[
            option!(Times "times": Ty::Int(0, 9), Replace, default "3, with `@retry`",
                "Further attempts after the first, at most 9."
                => ["retryStrategy"]),
            option!(MinutesBetweenRetries "minutes_between_retries": Ty::Int(0, I32_MAX), Replace,
                default "", "Without a meaning on AWS Batch, which retries at once." => []),
            option!(On "on": Ty::List(&RETRY_CLASS), Replace, default "",
                "Retry only these failures, at most 4 of `\"spot\"`, `\"image_pull\"`, `\"exit:N\"`."
                => ["retryStrategy"]),
        ],
    },
    AnnotationSpec {
        name: "timeout",
        places: ANYWHERE,
        doc: "How long an attempt may run; at least 60 seconds in all.",
        options: &[
            option!(Timeout "seconds": Ty::Int(0, I32_MAX), Sum, default "", "Seconds."
                => ["timeout"]),
            option!(Timeout "minutes": Ty::Int(0, I32_MAX), Sum, default "", "Minutes."
                => ["timeout"]),
            option!(Timeout "hours": Ty::Int(0, I32_MAX), Sum, default "", "Hours."
                => ["timeout"]),
        ],
    },
    AnnotationSpec {
        name: "environment",
        places: ANYWHERE,
        doc: "Environment variables.",
        options: &[option!(Vars "vars": Ty::MapOf(&SCALAR), Keys, default "",
                "Names and values: strings, numbers or booleans."
                => ["containerProperties.environment"])],
    },
    AnnotationSpec {
        name: "secrets",
        places: ANYWHERE,
        doc: "Environment variables whose values come from Secrets Manager or SSM.",
        options: &[
            option!(Secrets "vars": Ty::MapOf(&SECRET), Keys, default "",
                "Names, and for each a Secrets Manager ARN, alone or with `:key:stage:id`, or an SSM parameter's ARN or name."
                => ["containerProperties.secrets"]),
        ],
    },
    AnnotationSpec {
        name: "parallel",
        places: Places {
            flow: false,
            profile: true,
        },
        doc: "Runs the step on several nodes at once. EC2 only.",
        options: &[
            option!(Nodes "nodes": Ty::Int(1, 1000), Replace, default "",
                "Nodes, 1 to 1000; node 0 is the main node."
                => ["nodeProperties"]),
        ],
    },
    AnnotationSpec {
        name: "use",
        places: Places {
            flow: true,
            profile: false,
        },
        doc: "Applies profiles, left to right.",
        options: &[],
    },
];

static ANY: Ty = Ty::Any;

/// The annotation of a name.
#[must_use]
pub fn annotation(name: &str) -> Option<&'static AnnotationSpec> {
    ANNOTATIONS.iter().find(|spec| spec.name == name)
}

impl AnnotationSpec {
    /// The option of a name.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&'static OptionSpec>
    where
        Self: 'static,
    {
        self.options_static().iter().find(|spec| spec.name == name)
    }

    fn options_static(&self) -> &'static [OptionSpec] {
        self.options
    }
}

/// Whether a typed option manages a field of RegisterJobDefinition, given as a dotted path; the
/// annotation and the option if so.
#[must_use]
pub fn manager_of(field: &str) -> Option<(&'static AnnotationSpec, &'static OptionSpec)> {
    ANNOTATIONS.iter().find_map(|annotation| {
        let option = annotation
            .options
            .iter()
            .find(|option| option.fields.contains(&field))?;
        Some((annotation, option))
    })
}
