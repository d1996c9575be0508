//! Annotations and their options.

codes! { "options";
    /// An annotation that does not exist
    UNKNOWN_ANNOTATION: "unknown-annotation", Error,
    explain: "\
The annotations are `@batch`, `@resources`, `@retry`, `@timeout`, `@environment`, `@secrets`, \
`@parallel` and `@use`. They have the names and options of Metaflow's decorators as far as these \
have a meaning on AWS Batch. Anything else would change nothing, so it is refused.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @timout(hours=2)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @timeout(hours=2)
  step start {
    run "echo hello"
  }
}
"#;

    /// A Metaflow decorator that has no meaning here
    METAFLOW_DECORATOR: "metaflow-decorator", Error,
    explain: "\
This decorator of Metaflow does something that a job definition of AWS Batch cannot express, or \
that Metaflow's own runtime does: schedules and triggers, Python environments, catching \
exceptions, cards. flowbatch compiles to job definitions and jobs only, and does not pretend \
otherwise.

The help of the message says what to do instead. Packages belong into the container image; a \
schedule is a matter for cron or an EventBridge schedule.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
@schedule(daily=true)
flow Example {
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#;

    /// One annotation twice at one place
    DUPLICATE_ANNOTATION: "duplicate-annotation", Error,
    explain: "\
Each annotation stands at most once before a flow or a step, or in a profile, so that everything \
it says is found in one place. Put all the options into one.

`@batch` and `@resources` may stand side by side: of `cpu`, `gpu`, `memory` and `shared_memory` \
the larger value counts. Annotations of the flow, of profiles and of the step do not repeat each \
other either: they are layers, of which the stronger wins option by option.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(cpu=2)
  @batch(memory=8GiB)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(cpu=2, memory=8GiB)
  step start {
    run "echo hello"
  }
}
"#;

    /// An annotation where it has no meaning
    MISPLACED_ANNOTATION: "misplaced-annotation", Error,
    explain: "\
`@parallel` belongs before a step, or in a profile that the step uses: before the flow it would \
make every step, down to the last report, a job of several nodes. `@use` belongs before the flow \
or a step; a profile cannot use another one, so that every `@use` shows all the profiles that \
apply.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
@parallel(nodes=4)
flow Example {
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @parallel(nodes=4)
  step start {
    run "python train.py"
  }
}
"#;

    /// An option that does not exist
    UNKNOWN_OPTION: "unknown-option", Error,
    explain: "\
The annotation has no option of this name. It may be misspelled, belong to another annotation, or \
be the name that the AWS API or another tool uses: vCPUs are `cpu`, `jobRoleArn` is `iam_role`. \
An option that is not known would silently change nothing, so it is refused.

Fields of RegisterJobDefinition for which there is no option go into `raw` of `@batch`, spelled \
as the API spells them.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(vcpus=4)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(cpu=4)
  step start {
    run "echo hello"
  }
}
"#;

    /// One option twice in one annotation
    DUPLICATE_OPTION: "duplicate-option", Error,
    explain: "\
The option stands twice in one annotation, and only one value could count. Keep the one that is \
meant. To let a step differ from the flow, write the option in the flow's annotation and again in \
the step's, which is stronger.

A log option stands once in `log_options` for the same reason, and a limit once in `ulimits`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(cpu=2, memory=8GiB, cpu=4)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(cpu=4, memory=8GiB)
  step start {
    run "echo hello"
  }
}
"#;

    /// A value without the name of its option
    POSITIONAL_ARGUMENT: "positional-argument", Error,
    explain: "\
Options are written `name=value`, in any order. A value alone does not say which option it is \
for, even where an annotation has only one. The exception is `@use`, which takes the names of \
profiles.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @retry(2)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @retry(times=2)
  step start {
    run "echo hello"
  }
}
"#;

    /// A key that a map option does not have
    UNKNOWN_KEY: "unknown-key", Error,
    explain: "\
Some options take maps with certain keys: `efs_volumes`, `ulimits`, `devices`. The help of the \
message lists the keys of this one. They are shorter than those of the API: `soft` is its \
`softLimit`, `path` its `containerPath`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(ulimits=[{ name = "nofile", soft = 4096, max = 65536 }])
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(ulimits=[{ name = "nofile", soft = 4096, hard = 65536 }])
  step start {
    run "echo hello"
  }
}
"#;

    /// A key that a map option needs
    MISSING_KEY: "missing-key", Error,
    explain: "\
AWS Batch requires this part of the entry, and there is no default that would be right for \
everyone. An entry of `ulimits` needs `name`, `soft` and `hard`, one of `efs_volumes` needs `id`, \
one of `devices` needs `host`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(ulimits=[{ name = "nofile", soft = 65536 }])
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(ulimits=[{ name = "nofile", soft = 65536, hard = 65536 }])
  step start {
    run "echo hello"
  }
}
"#;

    /// An annotation that needs options has none
    EMPTY_ANNOTATION: "empty-annotation", Error,
    explain: "\
Without options the annotation says nothing. Give it the option that was meant, or remove it: a \
step without `@timeout`, for one, is stopped after five days, as in Metaflow.

Only `@retry` means something by itself: three further attempts after the first.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @timeout
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @timeout(hours=1)
  step start {
    run "echo hello"
  }
}
"#;

    /// Two options of one annotation exclude each other
    CONFLICTING_OPTIONS: "conflicting-options", Error,
    explain: "\
`inferentia` and `trainium` are two words for one option: either mounts that many devices \
/dev/neuron0, /dev/neuron1 and so on, and it is the queue's instance type that decides which \
chips they are. Written together in one annotation they contradict each other, or one of them is \
needless. Keep the one that fits the instances.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(inferentia=1, trainium=1)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(trainium=1)
  step start {
    run "echo hello"
  }
}
"#;

    /// An option that changes nothing
    OPTION_WITHOUT_EFFECT: "option-without-effect", Warning,
    explain: "\
The option was understood, but with the other options of the step it changes nothing. That is \
often half of a setting: `tmpfs_path` says where a tmpfs is mounted, but only `use_tmpfs=true` or \
a `tmpfs_size` mounts one.

Add what is missing, or remove the option.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(tmpfs_path="/scratch")
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(use_tmpfs=true, tmpfs_path="/scratch")
  step start {
    run "echo hello"
  }
}
"#;

    /// An option without a meaning on AWS Batch
    OPTION_WITHOUT_MEANING: "option-without-meaning", Advice,
    explain: "\
Metaflow has this option, so it is accepted, but AWS Batch has nothing that this value could \
become. It tries a failed job again at once, so `minutes_between_retries` cannot be kept; a \
container on EC2 shares the disk of its instance, so `disk` cannot be asked for; and on a single \
node more than one `efa` is the same device.

Remove it. The disk of EC2 instances is set in the launch template of the compute environment, \
that of a Fargate task with `ephemeral_storage`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @resources(memory=8GiB, disk=100GiB)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @resources(memory=8GiB)
  step start {
    run "echo hello"
  }
}
"#;

    /// Annotations on a control point
    ANNOTATED_CONTROL_POINT: "annotated-control-point", Warning,
    explain: "\
A step without `run` is a point where edges meet or part. It becomes no job, so there is nothing \
that its annotations could apply to.

Remove them, move them to the step that they were meant for, or give this one a `run`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
    next end
  }

  @timeout(hours=1)
  step end {}
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
    next end
  }

  step end {}
}
"#;

    /// A job without a queue
    MISSING_QUEUE: "missing-queue", Error,
    explain: "\
AWS Batch runs a job from a job queue, which every submission has to name. Write its name or ARN \
in `queue` of `@batch`, before the flow or before single steps; or, for all the flows of a \
project, as `queue` under `[batch]` in flowbatch.toml. Metaflow's variable \
METAFLOW_BATCH_JOB_QUEUE is read too, where neither says anything.",
    failing: r#"@batch(image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#;

    /// Nothing says whether the queue runs on EC2 or Fargate
    DEFAULT_PLATFORM: "default-platform", Advice,
    explain: "\
A job definition is either for EC2 or for Fargate, and a queue takes only those that fit its \
compute environments. What is legal depends on it: Fargate has no GPUs and a fixed table of CPU \
and memory, EC2 has no `ephemeral_storage`. Nothing here says what the queue runs on, so EC2 is \
assumed and checked.

Write `platform=\"ec2\"` or `platform=\"fargate\"` in `@batch`, or state it once for the queue in \
flowbatch.toml:

  [queues.ml-gpu]
  platform = \"ec2\"",
    failing: r#"@batch(queue="q", image="python:3.12-slim")
flow Example {
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#;

    /// `platform` is not that of the queue
    QUEUE_PLATFORM: "queue-platform", Error,
    explain: "\
flowbatch.toml, or for `flowbatch plan` the account, says that the queue runs on another platform \
than `platform` does. A queue takes only job definitions for the platform of its compute \
environments, so the job could be registered but not submitted.

Choose another queue, or remove `platform`: it then follows what flowbatch.toml says of the queue. If \
that is out of date, correct it there; `flowbatch plan --write-queues` does.",
    failing: r#"-- example.flow --
@batch(queue="small", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
-- flowbatch.toml --
[queues.small]
platform = "fargate"

[queues.large]
platform = "ec2"
"#,
    corrected: r#"-- example.flow --
@batch(queue="large", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
-- flowbatch.toml --
[queues.small]
platform = "fargate"

[queues.large]
platform = "ec2"
"#;

    /// ARNs of different accounts, partitions or regions
    ARN_MISMATCH: "arn-mismatch", Warning,
    explain: "\
The roles of a job are of the account and the partition that the job runs in, which are those of \
its queue: AWS passes a role to no job of another account. So the ARNs of one step name one \
account, and one partition, such as `aws` or `aws-cn`. What lies elsewhere, such as an image or a \
secret, may be of another account and is not compared.

The queues of one flow are of one account and one region as well. A submission goes to one region, \
and a job waits only for jobs there. What AWS Batch answers otherwise is not documented, so this is \
a warning.

Most often the flow was copied from another account. Write the account once, in a `let` that every \
ARN reads; in flowbatch.toml, `[env.NAME.batch]` can hold the ARNs of each account.",
    failing: r#"@batch(
  queue="arn:aws:batch:us-east-1:123456789012:job-queue/ml",
  image="python:3.12-slim",
  platform="ec2",
)
flow Example {
  @batch(iam_role="arn:aws:iam::210987654321:role/churn-task")
  step start {
    run "python load.py"
  }
}
"#,
    corrected: r#"@batch(
  queue="arn:aws:batch:us-east-1:123456789012:job-queue/ml",
  image="python:3.12-slim",
  platform="ec2",
)
flow Example {
  @batch(iam_role="arn:aws:iam::123456789012:role/churn-task")
  step start {
    run "python load.py"
  }
}
"#;

    /// Nothing names a container image
    DEFAULT_IMAGE: "default-image", Warning,
    explain: "\
Every container needs an image, and nothing names one: neither `image` of `@batch`, nor `[batch]` \
in flowbatch.toml, nor METAFLOW_BATCH_CONTAINER_IMAGE. A plain `python:3.12` is used. Your code \
is not in it, so most jobs would fail at their first command.

Write the image of your code. If it is Python's own image that you want, state the version in \
flowbatch.toml with `python = \"3.12\"`, and say so for all flows.",
    failing: r#"@batch(queue="q", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#;

    /// Options of a log driver without the driver
    MISSING_LOG_DRIVER: "missing-log-driver", Error,
    explain: "\
Every log driver has options of its own, and the API does not take any without the name of the \
driver. flowbatch does not guess it from the options.

Write `log_driver`, here or in a weaker layer such as the flow's annotation: \"awslogs\" is the \
driver that Batch uses when nothing is written, with the log group /aws/batch/job. To log as \
usual, remove the options.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(log_options={ "awslogs-group" = "/team/churn" })
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(log_driver="awslogs", log_options={ "awslogs-group" = "/team/churn" })
  step start {
    run "echo hello"
  }
}
"#;

    /// A log driver that cannot send anything
    INCOMPLETE_LOG_DRIVER: "incomplete-log-driver", Warning,
    explain: "\
AWS Batch registers the driver as it is written, but no job can log with it. `splunk` needs \
`splunk-url` and `splunk-token`, without which, by its documentation, Docker starts no container. `awsfirelens` hands the \
logs to a container beside the job's own, and such a container exists in `ecsProperties` only, \
which flowbatch does not write.

Write what is missing. A token is better kept in a secret, which `secret_log_options` names. \
Instead of `awsfirelens`, use the driver of the place that the logs shall go to.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(log_driver="awsfirelens")
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(log_driver="awslogs")
  step start {
    run "echo hello"
  }
}
"#;

    /// An option that the log driver does not have
    LOG_OPTION: "log-option", Error,
    explain: "\
AWS Batch checks the options of `awslogs`, and takes six: `awslogs-group`, `awslogs-region`, \
`awslogs-stream-prefix`, `awslogs-datetime-format`, `awslogs-multiline-pattern` and \
`awslogs-create-group`. Others, such as `mode` and `max-buffer-size`, exist on Amazon ECS but not \
here: “Log driver awslogs disallows options: mode”.

Remove the option. The options of other drivers are not checked, neither here nor when the job \
definition is registered.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(log_driver="awslogs", log_options={ mode = "non-blocking" })
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(log_driver="awslogs", log_options={ "awslogs-group" = "/team/churn" })
  step start {
    run "echo hello"
  }
}
"#;

    /// A share of a fair-share queue without a priority
    SHARE_WITHOUT_PRIORITY: "share-without-priority", Error,
    explain: "\
Of the jobs of one share, those with a higher priority start first, and there is no default. AWS \
Batch refuses the submission: “Either schedulingPriority in job definition or \
schedulingPriorityOverride should be specified.”

Write `scheduling_priority`, any number from 0 to 9999, where `share_identifier` stands or in \
another layer. With one number for all jobs of a share, they start in the order of submission.",
    failing: r#"@batch(queue="fair", image="python:3.12-slim", platform="ec2", share_identifier="research")
flow Example {
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(
  queue="fair",
  image="python:3.12-slim",
  platform="ec2",
  share_identifier="research",
  scheduling_priority=10,
)
flow Example {
  step start {
    run "python train.py"
  }
}
"#;

    /// Too many classes of failures to retry, or one of them twice
    RETRY_CLASSES: "retry-classes", Error,
    explain: "\
`on` becomes `evaluateOnExit`, of which AWS Batch takes at most five entries. AWS Batch tries a \
job again when no entry fits, so flowbatch spends the last one on ending the job for every other \
failure. That leaves four for `on`, each once.

Keep the failures that really go away by themselves. To retry every failure, leave `on` out.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @retry(on=["spot", "image_pull", "exit:75", "exit:137", "exit:143"])
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @retry(on=["spot", "image_pull", "exit:75", "exit:137"])
  step start {
    run "echo hello"
  }
}
"#;

    /// More tags than a job can have
    TOO_MANY_TAGS: "too-many-tags", Error,
    explain: "\
A resource of AWS has at most 50 tags. A submission adds three of its own, `flowbatch:flow`, \
`flowbatch:step` and `flowbatch:run`, by which a run is found again, so 47 remain for \
`aws_batch_tags`. Those of `[batch]` in flowbatch.toml, of the flow, of profiles and of the step \
count together, each key once.

Remove tags, or put several facts into the value of one.",
    failing: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="ec2",
  aws_batch_tags={
    tag01 = "x", tag02 = "x", tag03 = "x", tag04 = "x", tag05 = "x", tag06 = "x",
    tag07 = "x", tag08 = "x", tag09 = "x", tag10 = "x", tag11 = "x", tag12 = "x",
    tag13 = "x", tag14 = "x", tag15 = "x", tag16 = "x", tag17 = "x", tag18 = "x",
    tag19 = "x", tag20 = "x", tag21 = "x", tag22 = "x", tag23 = "x", tag24 = "x",
    tag25 = "x", tag26 = "x", tag27 = "x", tag28 = "x", tag29 = "x", tag30 = "x",
    tag31 = "x", tag32 = "x", tag33 = "x", tag34 = "x", tag35 = "x", tag36 = "x",
    tag37 = "x", tag38 = "x", tag39 = "x", tag40 = "x", tag41 = "x", tag42 = "x",
    tag43 = "x", tag44 = "x", tag45 = "x", tag46 = "x", tag47 = "x", tag48 = "x",
  },
)
flow Example {
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="ec2",
  aws_batch_tags={
    tag01 = "x", tag02 = "x", tag03 = "x", tag04 = "x", tag05 = "x", tag06 = "x",
    tag07 = "x", tag08 = "x", tag09 = "x", tag10 = "x", tag11 = "x", tag12 = "x",
    tag13 = "x", tag14 = "x", tag15 = "x", tag16 = "x", tag17 = "x", tag18 = "x",
    tag19 = "x", tag20 = "x", tag21 = "x", tag22 = "x", tag23 = "x", tag24 = "x",
    tag25 = "x", tag26 = "x", tag27 = "x", tag28 = "x", tag29 = "x", tag30 = "x",
    tag31 = "x", tag32 = "x", tag33 = "x", tag34 = "x", tag35 = "x", tag36 = "x",
    tag37 = "x", tag38 = "x", tag39 = "x", tag40 = "x", tag41 = "x", tag42 = "x",
    tag43 = "x", tag44 = "x", tag45 = "x", tag46 = "x", tag47 = "x",
  },
)
flow Example {
  step start {
    run "echo hello"
  }
}
"#;

    /// `raw` sets what something else decides
    RAW_MANAGED: "raw-managed", Error,
    explain: "\
`raw` is for fields of RegisterJobDefinition that flowbatch has no option for. This one has an \
option, or follows from the flow itself: its command from `run`, its parameters from the params. \
If `raw` set it too, the checks would look at one value and AWS Batch would get another.

The help of the message names the option, or says where the value comes from.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(raw={ timeout = { attemptDurationSeconds = 3600 } })
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @timeout(hours=1)
  step start {
    run "echo hello"
  }
}
"#;

    /// `raw` is not of the shape that the API takes
    RAW_FIELD: "raw-field", Error,
    explain: "\
`raw` is merged into the input of RegisterJobDefinition, so it has the fields, the types and the \
spelling of the API: `containerProperties`, not `container_properties`. The AWS CLI would refuse \
an unknown field, and the service itself would ignore it.

Sizes are written as numbers in the unit that the API documents. A number in a string is not a \
number, and the other way round.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(raw={ containerProperties = { enableExecuteComand = true } })
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(raw={ containerProperties = { enableExecuteCommand = true } })
  step start {
    run "echo hello"
  }
}
"#;

    /// An instance type for a job on one node
    INSTANCE_TYPE: "instance-type", Error,
    explain: "\
`instanceType` is for the nodes of a multi-node job, which are all of one type. AWS documents that \
other jobs should not have it: they run on whatever instance of the queue's compute environments \
has room for them. CloudFormation has no such property for them.

Remove it. To choose the instances, give the step a queue that has no others, or ask for what they \
alone have, such as GPUs.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(raw={ containerProperties = { instanceType = "p4d.24xlarge" } })
  step train {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(queue="p4d", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(gpu=8)
  step train {
    run "python train.py"
  }
}
"#;

    /// Consumable resources that AWS Batch does not take
    CONSUMABLE_RESOURCES: "consumable-resources", Error,
    explain: "\
A job waits until there is enough of each consumable resource that its definition lists, such as \
licences. AWS Batch takes at most five: “Each ConsumableResourceProperty can have at most 5 \
consumableResources”. It takes none of them twice: “Cannot have duplicate consumableResource in \
consumableResourceProperties”. Each has a name or ARN, `consumableResource`, and a `quantity` of \
at least 1. A name has 1 to 128 letters, digits, `_` and `-`. In a step with `@parallel` the list \
is written for each range of nodes.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(raw={ consumableResourceProperties = { consumableResourceList = [
    { consumableResource = "solver", quantity = 1 },
    { consumableResource = "solver", quantity = 2 },
  ] } })
  step solve {
    run "python solve.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(raw={ consumableResourceProperties = { consumableResourceList = [
    { consumableResource = "solver", quantity = 3 },
  ] } })
  step solve {
    run "python solve.py"
  }
}
"#;

    /// `@parallel` on a step that runs nothing
    PARALLEL_WITHOUT_RUN: "parallel-without-run", Error,
    explain: "\
`@parallel` runs a step's command on several nodes at once. A step without `run` is a control \
point: it becomes no job, and its edges pass through it, so there is nothing to run on the nodes.

Give the step a `run`, or move `@parallel` to the step that has the work.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
    next train
  }

  @parallel(nodes=2)
  step train {}
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
    next train
  }

  @parallel(nodes=2)
  step train {
    run "python train.py"
  }
}
"#;
}
