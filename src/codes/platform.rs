//! What EC2 and Fargate have.

codes! { "platform";
    /// An option that Fargate does not have
    FARGATE_OPTION: "fargate-option", Error,
    explain: "\
A container on Fargate has no instance that it could see. There are no GPUs and other devices, no \
folders of a host, no tmpfs, no swap, no shared memory of a chosen size, no ulimits, no privileged \
containers and no multi-node jobs, and AWS Batch refuses to register a definition that asks for \
one of them: “GPU is not applicable for Fargate.” The help of the message quotes its answer to \
this option.

Remove the option, or give the step a queue on EC2; `queue` and `platform` can differ from step to \
step. For more room on disk, Fargate has `ephemeral_storage`.",
    failing: r#"@batch(
  queue="small",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @batch(gpu=1)
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(
  queue="small",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @batch(queue="gpu", platform="ec2", gpu=1)
  step start {
    run "python train.py"
  }
}
"#;

    /// An option that EC2 does not have
    EC2_OPTION: "ec2-option", Error,
    explain: "\
`ephemeral_storage`, `assign_public_ip`, `platform_version` and `arch` describe a task on Fargate. \
On EC2 all this is settled by the compute environment of the queue: the disk by its launch \
template, addresses by its subnets, the architecture by its instance types. AWS Batch answers \
“runtimePlatform is not applicable for EC2.” or “fargatePlatformConfiguration not applicable for \
EC2.”; of the other two its documentation says that they are for Fargate only.

Remove the option, or give the step a queue on Fargate. For ARM on EC2, use a queue with Graviton \
instances and an image that is built for them.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(arch="ARM64")
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(queue="graviton")
  step start {
    run "echo hello"
  }
}
"#;

    /// A number of vCPUs that Fargate does not have
    FARGATE_CPU: "fargate-cpu", Error,
    explain: "\
On Fargate a job has 0.25, 0.5, 1, 2, 4, 8, 16 or 32 vCPUs. AWS Batch rounds nothing: “Fargate \
resource requirements (3.00 vCPU, 8192 MiB) not valid.” flowbatch does not either, since the next \
larger size costs more and the next smaller one may be too slow.

Choose one of these. The memory has to go with it; `flowbatch rule fargate-memory` shows what does.",
    failing: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @batch(cpu=3, memory=8GiB)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @batch(cpu=4, memory=8GiB)
  step start {
    run "echo hello"
  }
}
"#;

    /// Memory that Fargate does not have with these vCPUs
    FARGATE_MEMORY: "fargate-memory", Error,
    explain: "\
On Fargate, vCPUs and memory come in fixed pairs. AWS Batch rounds nothing: “Fargate resource \
requirements (1.00 vCPU, 4000 MiB) not valid.” These are all of them:

  vCPUs   memory in MiB
  0.25    512, 1024, 2048
  0.5     1024 to 4096, by 1024
  1       2048 to 8192, by 1024
  2       4096 to 16384, by 1024
  4       8192 to 30720, by 1024
  8       16384 to 61440, by 4096
  16      32768 to 122880, by 8192
  32      61440, 122880, 249856

Without `cpu` a step has 1 vCPU, without `memory` 4096 MiB. The help of the message says which \
memory is nearest, and with how many vCPUs there would be exactly this much.",
    failing: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @batch(memory=16GiB)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @batch(cpu=2, memory=16GiB)
  step start {
    run "echo hello"
  }
}
"#;

    /// A log driver that Fargate does not have
    FARGATE_LOG_DRIVER: "fargate-log-driver", Error,
    explain: "\
Most log drivers write to something on the instance, such as its journal, and on Fargate there is \
none. AWS Batch takes `awslogs`, `splunk` and `awsfirelens` there, and says of others “Log driver \
for Fargate is not valid: journald”. Of these, `awsfirelens` needs a second container, which \
flowbatch does not write.

Use `awslogs`, or leave `log_driver` out: the logs then go to CloudWatch too, into the group \
/aws/batch/job.",
    failing: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @batch(log_driver="journald")
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @batch(log_driver="awslogs")
  step start {
    run "echo hello"
  }
}
"#;

    /// A timeout that Fargate does not wait for
    FARGATE_TIMEOUT: "fargate-timeout", Warning,
    explain: "\
A timeout has no maximum, but AWS Batch says of Fargate that a job may be ended after 14 days, \
1,209,600 seconds, whatever its timeout. The definition is registered and the job starts, so this \
would be noticed after two weeks only.

Write a shorter timeout, and divide the work if it takes longer: among the items of a foreach, or \
into steps that follow each other. On EC2 a job may run for as long as its timeout says.",
    failing: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @timeout(hours=400)
  step start {
    run "python crawl.py"
  }
}
"#,
    corrected: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="fargate",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @timeout(hours=336)
  step start {
    run "python crawl.py"
  }
}
"#;

    /// A log driver that an instance may not offer
    LOG_DRIVER_AVAILABLE: "log-driver-available", Advice,
    explain: "\
On EC2 a job starts only on an instance that offers its log driver. The agent on the instance \
offers the drivers that its setting ECS_AVAILABLE_LOGGING_DRIVERS names: on the AMIs for ECS, \
`awslogs`, `json-file`, `syslog` and `fluentd`, unless told otherwise. Without an instance that \
offers `gelf`, `journald` or `splunk`, a job that asks for it stays RUNNABLE forever.

Name the driver in /etc/ecs/ecs.config of the instances, by the launch template of the compute \
environment:

  ECS_AVAILABLE_LOGGING_DRIVERS=[\"awslogs\",\"json-file\",\"splunk\"]

Then silence this with `# flowbatch: allow(log-driver-available)`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(log_driver="journald")
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

    /// A fraction of a vCPU on EC2
    EC2_CPU: "ec2-cpu", Error,
    explain: "\
On EC2, AWS Batch hands out whole vCPUs: “vCPU must be at least 1, got 0.5.” Fractions, a quarter \
and a half, are for Fargate. `cpu=2.0` is a whole number too, and is written as 2, since AWS Batch \
reads no decimals there: “Value 1.0 for type VCPU in resourceRequirement is not valid. Please provide \
a numeric value.”

Take the next whole number. If a task really needs less than one vCPU, let one job do several of \
them side by side, or use a queue on Fargate.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(cpu=0.5)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(cpu=1)
  step start {
    run "echo hello"
  }
}
"#;

    /// Fargate, secrets or registry credentials without an execution role
    MISSING_EXECUTION_ROLE: "missing-execution-role", Error,
    explain: "\
A job has two roles. `iam_role` is what your code may do. `execution_role` is what ECS may do \
before your code starts: read secrets and the credentials of a registry, and on Fargate also pull \
the image and write the logs. AWS Batch does not register a definition without it: \
“executionRoleArn is required for Fargate jobs.”, “executionRoleArn cannot be empty when using \
secrets or secretOptions”. With registry credentials it would, but the image could not be pulled.

Write `execution_role` before the flow, or under `[batch]` in flowbatch.toml. Metaflow's variable \
METAFLOW_ECS_FARGATE_EXECUTION_ROLE is read too. The policy AmazonECSTaskExecutionRolePolicy is \
enough for images in ECR and for logs; the role has to be allowed to read the secrets as well.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @secrets(vars={ DB_PASSWORD = "/churn/db-password" })
  step start {
    run "python load.py"
  }
}
"#,
    corrected: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="ec2",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @secrets(vars={ DB_PASSWORD = "/churn/db-password" })
  step start {
    run "python load.py"
  }
}
"#;

    /// A multi-node step in a foreach
    PARALLEL_IN_FOREACH: "parallel-in-foreach", Error,
    explain: "\
The steps in a foreach become array jobs, a step with `@parallel` becomes a multi-node job. AWS \
Batch has no job that is both. That holds for `nodes=1` and for a foreach over a single item too, \
so that a flow does not stop working when a number changes.

Remove `@parallel` and give each item one larger machine, or leave the foreach out and let the \
nodes share the items: each knows its number as $AWS_BATCH_JOB_NODE_INDEX.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train foreach shard in 0..4
  }

  @parallel(nodes=2)
  step train {
    run "python train.py $shard"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train foreach shard in 0..4
  }

  step train {
    run "python train.py $shard"
  }
}
"#;
}
