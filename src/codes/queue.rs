//! What `flowbatch.toml` says of queues, and jobs that their queue cannot run.

codes! { "queue";
    /// An instance type that is not known
    UNKNOWN_INSTANCE_TYPE: "unknown-instance-type", Advice,
    explain: "\
`instance_types` names instance types such as \"g5.2xlarge\", families such as \"p4d\", or what AWS \
Batch chooses from: \"optimal\", \"default_x86_64\", \"default_arm64\". flowbatch carries a table of what \
EC2 offers, with the day that it was taken; the message names that day. Of a type that is not in it \
nothing is known, so no job is checked against the instance types of the queue: the others might not \
be the largest.

Mend the name. If the type is newer than the table, the queue is right and its jobs are just not \
checked; a newer flowbatch will know it.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(gpu=1)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["g5.2xlrge"]
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(gpu=1)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["g5.2xlarge"]
"#;

    /// Facts of a queue that exclude each other
    QUEUE_PROFILE: "queue-profile", Error,
    explain: "\
What `[queues.NAME]` says is what the compute environments of the queue offer, and some of it cannot \
be true at once. They are all on EC2 or all on Fargate, where there are no instances: no \
`instance_types`, `allocation_strategy`, `image_type` and `swap`. And they all have one architecture, \
so that X86_64 and ARM64 instance types do not stand together.

Look at the compute environments of the queue, with `aws batch describe-job-queues` and `aws batch \
describe-compute-environments`, and remove what is not so.",
    failing: r#"-- example.flow --
@batch(
  queue="ml",
  image="python:3.12-slim",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
platform = "fargate"
instance_types = ["c7i"]
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["c7i"]
"#;

    /// More vCPUs than any instance of the queue has
    QUEUE_CPU: "queue-cpu", Warning,
    explain: "\
A job runs on one instance, and AWS Batch launches one that has its vCPUs. None of the instance types \
that `[queues.NAME]` states does, so the job stays in RUNNABLE for ever: MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT.

Ask for fewer vCPUs, share the work among the items of a foreach, or use a queue with larger \
instances. If the queue has them, complete its `instance_types`.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(cpu=16)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["c7i.2xlarge"]
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(cpu=8)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["c7i.2xlarge"]
"#;

    /// More memory than any instance of the queue leaves for a job
    QUEUE_MEMORY: "queue-memory", Warning,
    explain: "\
A job runs on one instance, and AWS Batch launches one that has its memory. None of the instance types \
that `[queues.NAME]` states does, so the job stays in RUNNABLE for ever: MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT.

A job never gets all of an instance's memory. Linux keeps a 64th of it for its list of pages, and the \
agent of ECS keeps 32 MiB (ECS_RESERVED_MEMORY of the AMIs of AWS Batch). So much is missing on every \
instance, and beyond it this warning is given. The kernel, the hypervisor and the devices take more, \
which differs from type to type: AWS documents that an m4.large with 8192 MiB offers 7985, before the \
agent's 32, and other instances offer less. A 20th and 288 MiB less than EC2 lists has been seen to \
fit on nearly all; the help proposes that, and `flowbatch rule queue-memory-close` is about what lies \
between.

Ask for less, or use a queue with larger instances. If the queue has them, complete its \
`instance_types`.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(memory=32GiB)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["m7i.2xlarge"]
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(memory=30GiB)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["m7i.2xlarge"]
"#;

    /// Memory that an instance may not leave for a job
    QUEUE_MEMORY_CLOSE: "queue-memory-close", Advice,
    explain: "\
The job asks for nearly all the memory of the largest instance type that could hold it. How much of \
that an instance leaves for jobs is measured by the agent of ECS when it starts; beforehand only bounds \
are known. At most, all but a 64th and 32 MiB is left. For sure, as far as one can say, all but a 20th \
and 288 MiB: Karpenter measured 656 instance types in August 2023 (aws/karpenter-provider-aws, issue \
5161), and all but two video transcoders, the smaller types of vt1, kept at least that. Between the two \
it depends on the type, and a job that is too large by one MiB stays in RUNNABLE.

Ask for what is sure to fit, or look at an instance of the type: `aws ecs \
describe-container-instances` shows its `registeredResources`. Silence this where you have.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(memory=31GiB)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["m7i.2xlarge"]
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(memory=30GiB)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["m7i.2xlarge"]
"#;

    /// GPUs that no instance of the queue has
    QUEUE_GPU: "queue-gpu", Warning,
    explain: "\
AWS Batch launches an instance that has the GPUs of a job. None of the instance types that \
`[queues.NAME]` states does, so the job stays in RUNNABLE for ever: MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT.

Only NVIDIA's GPUs count, and only beside X86_64 processors: for others, such as those of g4ad and \
g5g, AWS Batch has no AMI. `optimal` and the default families have no GPUs at all.

Ask for fewer GPUs, or use a queue that has them. If this one does, complete its `instance_types`.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(gpu=1)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["optimal"]
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(gpu=1)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["g5.2xlarge"]
"#;

    /// A job with GPUs on a queue that also has instances without
    QUEUE_GPU_MIXED: "queue-gpu-mixed", Advice,
    explain: "\
AWS documents that all instance types of a compute environment for jobs with GPUs should have GPUs, \
and that jobs with GPUs may otherwise be stuck in RUNNABLE. Jobs without GPUs may run on instances with \
them, where they are dearer and in the way.

Give instances with and without GPUs compute environments of their own, or better queues of their own. \
A queue of several compute environments is stated as one, so flowbatch cannot see whether the two kinds \
are apart already; if they are, silence this.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(gpu=1)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["g5.2xlarge", "m7i.2xlarge"]
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(gpu=1)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["g5.2xlarge"]
"#;

    /// No instance of the queue has the memory and the vCPUs together
    QUEUE_COMBINATION: "queue-combination", Warning,
    explain: "\
A job runs on one instance. Some instance types that `[queues.NAME]` states have its vCPUs, others have \
its memory, but none has both, so the job stays in RUNNABLE for ever: MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT.

The help says how much memory goes with these vCPUs, and how many vCPUs with this memory. Ask for less \
of either, or use a queue whose instances have both.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(cpu=16, memory=48GiB)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["c7i.4xlarge", "r7i.2xlarge"]
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(cpu=8, memory=48GiB)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["c7i.4xlarge", "r7i.2xlarge"]
"#;

    /// More vCPUs than the queue has
    QUEUE_MAX_VCPUS: "queue-max-vcpus", Warning,
    explain: "\
A compute environment has at most `maxvCpus` vCPUs at a time, and `max_vcpus` states the largest \
maximum of the queue. A job that needs more by itself stays in RUNNABLE for ever: \
MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE. All nodes of a multi-node job run at the same time, \
each on an instance of its own, whose vCPUs all count. The items of a foreach do not add up: they wait \
for one another.

With the allocation strategy BEST_FIT and On-Demand instances, AWS Batch launches no instance that \
would exceed the maximum, so that the smallest one for the job has to be within it too; otherwise it \
may exceed the maximum by one instance. That is checked if `allocation_strategy` says so.

Ask for less, or raise maxvCpus in the compute environment and here.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @parallel(nodes=8)
  @batch(cpu=4)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
platform = "ec2"
max_vcpus = 16
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @parallel(nodes=4)
  @batch(cpu=4)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
platform = "ec2"
max_vcpus = 16
"#;

    /// An instance type for nodes that the queue does not launch
    QUEUE_INSTANCE_TYPE: "queue-instance-type", Warning,
    explain: "\
`raw` gives the nodes of a multi-node job an `instanceType`, and the queue has no such instances, so the \
job stays in RUNNABLE for ever.

Name an instance type of the queue, or leave it out: then AWS Batch chooses one that fits.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @parallel(nodes=2)
  @batch(raw={ containerProperties = { instanceType = "p5.48xlarge" } })
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["p4d.24xlarge"]
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @parallel(nodes=2)
  @batch(raw={ containerProperties = { instanceType = "p4d.24xlarge" } })
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["p4d.24xlarge"]
"#;

    /// A multi-node job on Spot
    QUEUE_SPOT_NODES: "queue-spot-nodes", Warning,
    explain: "\
AWS documents that multi-node jobs are not supported on compute environments that use Spot; on a queue \
that has no others, the job stays in RUNNABLE for ever.

Give the step a queue with On-Demand instances. If this queue has some, its `spot` is not true.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @parallel(nodes=2)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
platform = "ec2"
spot = true
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @parallel(nodes=2)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
platform = "ec2"
spot = false
"#;

    /// Devices that instances of the queue do not have
    QUEUE_DEVICES: "queue-devices", Warning,
    explain: "\
`inferentia`, `trainium` and `efa` hand devices of the instance to the container by their paths, such as \
/dev/neuron0. AWS Batch does not count them: it starts the job on any instance that has the vCPUs, the \
memory and the GPUs. Where a device is missing, the container cannot be started, and the job fails.

Use a queue whose instance types all have the devices, or state only those that the queue has. The \
number of EFA devices matters for several nodes only; on one node the container gets the first.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(trainium=16)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["trn1.2xlarge"]
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(trainium=1)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["trn1.2xlarge"]
"#;

    /// An image for another architecture than the queue's
    QUEUE_ARCHITECTURE: "queue-architecture", Warning,
    explain: "\
The tag of the image, or its name on Docker Hub, says that it is for X86_64 or for ARM64 only, and the \
instances of the queue are of the other architecture. The container would start nothing: “exec format \
error”. Tags that end in `amd64`, `x86_64`, `arm64` or `aarch64` say so, and the namespaces `amd64/` and \
`arm64v8/` of Docker Hub.

Use an image for the architecture of the queue, or one for several, which usually has no such ending. \
On Fargate the option `arch` decides, not the queue.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="example.com/train:3.1-arm64")
flow Example {
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["c7i"]
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="example.com/train:3.1-arm64")
flow Example {
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
instance_types = ["c7g"]
"#;

    /// A network that the job needs and its queue does not have
    QUEUE_NETWORK: "queue-network", Warning,
    explain: "\
`subnets` says what the subnets of the queue reach: \"public\" has an internet gateway, \"private-nat\" a NAT \
gateway, and \"isolated\" neither, only VPC endpoints. Three things go wrong. In public subnets a task on \
Fargate with `assign_public_ip=false` reaches nothing, not even its image; and so do the containers of \
multi-node jobs, to which AWS Batch gives no public address. From isolated subnets no image of a public \
registry, such as Docker Hub or public.ecr.aws, can be pulled.

Choose a queue in private subnets with a NAT gateway, or on Fargate in public subnets leave \
`assign_public_ip` out. In isolated subnets use an image in ECR; a pull-through cache brings public \
images there.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
platform = "ec2"
subnets = "isolated"
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1")
flow Example {
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
platform = "ec2"
subnets = "isolated"
"#;

    /// Swap that instances of the queue do not give
    QUEUE_SWAP: "queue-swap", Warning,
    explain: "\
A container swaps only where its instance has swap, and the AMIs that AWS provides have none: `max_swap` \
then changes nothing. On Amazon Linux 2023, the default of AWS Batch, it does not work at all: AWS Batch \
refuses `max_swap` without `swappiness`, and ECS documents that `swappiness` is not supported there, as \
its control groups do not know it.

Ask for the `memory` that the job needs. To swap all the same, set up swap in the launch template of the \
compute environment, on Amazon Linux 2, and state it: `image_type = \"ECS_AL2\"`, `swap = \"8GiB\"`.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(max_swap=8GiB, swappiness=60)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
image_type = "ECS_AL2023"
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(max_swap=8GiB, swappiness=60)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
image_type = "ECS_AL2"
swap = "16GiB"
"#;

    /// A job without a share on a fair-share queue
    QUEUE_SHARE_MISSING: "queue-share-missing", Error,
    explain: "\
A queue with a scheduling policy divides its capacity among shares, and AWS documents that every job \
has to name the one that it counts toward; SubmitJob is refused otherwise.

Write `share_identifier`, with a name that the policy knows or that it will take on, and with it a \
`scheduling_priority`. Both may stand before the flow, or under `[batch]`.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(scheduling_priority=1)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
platform = "ec2"
fair_share = true
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(share_identifier="training", scheduling_priority=1)
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
platform = "ec2"
fair_share = true
"#;

    /// A share on a queue without shares
    QUEUE_SHARE_REFUSED: "queue-share-refused", Error,
    explain: "\
Only a queue with a scheduling policy has shares. AWS documents that a job must not name one on other \
queues, which start jobs in the order of submission.

Remove `share_identifier`, and `scheduling_priority` with it, or use a queue with a scheduling policy. A \
policy cannot be added to a queue that was made without.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  @batch(share_identifier="training")
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
platform = "ec2"
fair_share = false
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim")
flow Example {
  step start {
    run "python train.py"
  }
}
-- flowbatch.toml --
[queues.ml]
platform = "ec2"
fair_share = false
"#;

    /// A queue that the account does not have
    UNKNOWN_QUEUE: "unknown-queue", Error,
    explain: "\
`flowbatch plan` and `flowbatch submit` ask the account for the queues of the flow, and this one is not \
there, in the region that is used. SubmitJob would be refused.

Correct the name, choose the region or the account with `--region` and `--profile`, or let `--env` \
choose another queue. `aws batch describe-job-queues` lists the queues that are there.",
    failing: r#"-- example.flow --
@batch(queue="mll", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python train.py"
  }
}
-- account.json --
{ "jobQueues": [{ "jobQueueName": "ml", "state": "ENABLED", "status": "VALID",
    "jobQueueArn": "arn:aws:batch:eu-central-1:123456789012:job-queue/ml",
    "computeEnvironmentOrder": [{ "order": 1, "computeEnvironment":
      "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot" }] }],
  "computeEnvironments": [{ "computeEnvironmentName": "spot", "state": "ENABLED", "status": "VALID",
    "computeEnvironmentArn": "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot",
    "type": "MANAGED", "computeResources": { "type": "SPOT", "maxvCpus": 256,
      "instanceTypes": ["c7i", "m7i"] } }] }
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python train.py"
  }
}
-- account.json --
{ "jobQueues": [{ "jobQueueName": "ml", "state": "ENABLED", "status": "VALID",
    "jobQueueArn": "arn:aws:batch:eu-central-1:123456789012:job-queue/ml",
    "computeEnvironmentOrder": [{ "order": 1, "computeEnvironment":
      "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot" }] }],
  "computeEnvironments": [{ "computeEnvironmentName": "spot", "state": "ENABLED", "status": "VALID",
    "computeEnvironmentArn": "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot",
    "type": "MANAGED", "computeResources": { "type": "SPOT", "maxvCpus": 256,
      "instanceTypes": ["c7i", "m7i"] } }] }
"#;

    /// A queue that takes no jobs
    QUEUE_DISABLED: "queue-disabled", Error,
    explain: "\
A queue that is DISABLED takes no new jobs, nor does one that is INVALID or being deleted: SubmitJob is \
refused. `flowbatch plan` and `flowbatch submit` ask the account.

Enable the queue, see to what made it invalid, or use another one.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python train.py"
  }
}
-- account.json --
{ "jobQueues": [{ "jobQueueName": "ml", "state": "DISABLED", "status": "VALID",
    "jobQueueArn": "arn:aws:batch:eu-central-1:123456789012:job-queue/ml",
    "computeEnvironmentOrder": [{ "order": 1, "computeEnvironment":
      "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot" }] }],
  "computeEnvironments": [{ "computeEnvironmentName": "spot", "state": "ENABLED", "status": "VALID",
    "computeEnvironmentArn": "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot",
    "type": "MANAGED", "computeResources": { "type": "SPOT", "maxvCpus": 256,
      "instanceTypes": ["c7i", "m7i"] } }] }
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python train.py"
  }
}
-- account.json --
{ "jobQueues": [{ "jobQueueName": "ml", "state": "ENABLED", "status": "VALID",
    "jobQueueArn": "arn:aws:batch:eu-central-1:123456789012:job-queue/ml",
    "computeEnvironmentOrder": [{ "order": 1, "computeEnvironment":
      "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot" }] }],
  "computeEnvironments": [{ "computeEnvironmentName": "spot", "state": "ENABLED", "status": "VALID",
    "computeEnvironmentArn": "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot",
    "type": "MANAGED", "computeResources": { "type": "SPOT", "maxvCpus": 256,
      "instanceTypes": ["c7i", "m7i"] } }] }
"#;

    /// A queue without a compute environment that starts jobs
    QUEUE_ENVIRONMENTS: "queue-environments", Warning,
    explain: "\
A queue starts its jobs in compute environments that are ENABLED and VALID. If it has none, it still \
takes jobs, and they wait in RUNNABLE until one is mended. `flowbatch plan` asks the account.

Look at the reason that AWS gives, which the message shows: often a role or a launch template is gone. \
Enable or repair the compute environment, or use another queue.",
    failing: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python train.py"
  }
}
-- account.json --
{ "jobQueues": [{ "jobQueueName": "ml", "state": "ENABLED", "status": "VALID",
    "jobQueueArn": "arn:aws:batch:eu-central-1:123456789012:job-queue/ml",
    "computeEnvironmentOrder": [{ "order": 1, "computeEnvironment":
      "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot" }] }],
  "computeEnvironments": [{ "computeEnvironmentName": "spot", "state": "DISABLED", "status": "VALID",
    "computeEnvironmentArn": "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot",
    "type": "MANAGED", "computeResources": { "type": "SPOT", "maxvCpus": 256,
      "instanceTypes": ["c7i", "m7i"] } }] }
"#,
    corrected: r#"-- example.flow --
@batch(queue="ml", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python train.py"
  }
}
-- account.json --
{ "jobQueues": [{ "jobQueueName": "ml", "state": "ENABLED", "status": "VALID",
    "jobQueueArn": "arn:aws:batch:eu-central-1:123456789012:job-queue/ml",
    "computeEnvironmentOrder": [{ "order": 1, "computeEnvironment":
      "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot" }] }],
  "computeEnvironments": [{ "computeEnvironmentName": "spot", "state": "ENABLED", "status": "VALID",
    "computeEnvironmentArn": "arn:aws:batch:eu-central-1:123456789012:compute-environment/spot",
    "type": "MANAGED", "computeResources": { "type": "SPOT", "maxvCpus": 256,
      "instanceTypes": ["c7i", "m7i"] } }] }
"#;
}
