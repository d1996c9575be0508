//! Quotas, queues and compute environments.

chapter! { "Quotas, queues and compute environments";
    "quota-submit-tps": Quota, Live,
    "An account submits at most 50 jobs a second in a region: TooManyRequestsException. An array counts \
     as one.",
    source: "Batch guide service_limits; ASFHyP3/hyp3#1676",
    OutOfScope("a submission waits and tries again; a foreach is one array");

    "quota-register-tps": Quota, Live,
    "Definitions are registered and described only so often: TooManyRequestsException. The numbers are \
     not published.",
    source: "broadinstitute/cromwell#4496; AlexsLemonade/refinebio#3376",
    Plan("which definitions are registered already, as they were built: `submit` registers only the others");

    "quota-submitted-1m": Quota, Documented,
    "An account has at most 1,000,000 jobs that are SUBMITTED.",
    source: "Batch guide service_limits",
    OutOfScope("it depends on all other jobs of the account at that time");

    "quota-queues-ces": Quota, Documented,
    "An account has at most 50 queues and 50 compute environments, and a queue at most 3 of them.",
    source: "Batch guide service_limits",
    OutOfScope("flowbatch makes no queues");

    "quota-describe-100": Quota, Live,
    "“Maximum number of jobs supported is 100” in one DescribeJobs.",
    source: "pegasus-isi/pegasus#2086",
    OutOfScope("it is about watching a run, and no flow can be wrong");

    "quota-revisions": Quota, Unverified,
    "How many revisions a definition may have is not published; what is INACTIVE is deleted after 180 \
     days.",
    source: "Batch API DeregisterJobDefinition",
    Plan("which definitions are registered already, as they were built: these get no new revision");

    "queue-ce-kind": RefusedAtRegister, Documented,
    "The compute environments of a queue are of one kind, EC2 or Fargate, and of one architecture.",
    source: "Batch API CreateJobQueue",
    Codes[queue::QUEUE_PROFILE];

    "stuck-memory-overhead": Stuck, Documented,
    "The agent of ECS and the kernel keep some memory back: a job that wants all that an instance type \
     has fits on none. Status reason MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT.",
    source: "Batch guide memory-management; Batch API JobDetail.statusReason",
    Codes[queue::QUEUE_MEMORY]
    Plan("the instance types of each compute environment");

    "stuck-no-instance-fits": Stuck, Documented,
    "A job that wants more vCPUs, memory or GPUs than any instance type has: \
     MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT.",
    source: "Batch API JobDetail.statusReason; Batch guide job_stuck_in_runnable",
    Codes[queue::QUEUE_CPU, queue::QUEUE_MEMORY, queue::QUEUE_COMBINATION]
    Plan("the instance types of each compute environment");

    "stuck-maxvcpus": Stuck, Live,
    "A job, or the smallest instance that has room for it, with more vCPUs than `maxvCpus`: \
     MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE.",
    source: "Batch API JobDetail.statusReason; aws/aws-parallelcluster#929",
    Codes[queue::QUEUE_MAX_VCPUS]
    Plan("`maxvCpus`, the instance types and the allocation strategy of each compute environment");

    "stuck-gpu": Stuck, Documented,
    "A job with GPUs needs instance types with GPUs of NVIDIA and x86 processors: not g4ad, not g5g.",
    source: "Batch guide gpu-jobs, batch-gpu-ami",
    Codes[queue::QUEUE_GPU]
    Plan("the instance types of each compute environment");

    "stuck-gpu-gt-instance": Stuck, Documented,
    "A job has at most as many GPUs as the largest instance.",
    source: "Batch API ResourceRequirement",
    Codes[queue::QUEUE_GPU]
    Plan("the instance types of each compute environment");

    "stuck-service-role": Stuck, Documented,
    "The service role of a compute environment lacks a permission: \
     MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS.",
    source: "Batch API JobDetail.statusReason",
    Codes[queue::QUEUE_ENVIRONMENTS]
    Plan("whether each queue has a compute environment that is `ENABLED` and `VALID`: one whose role AWS Batch cannot use becomes `INVALID`")
    Account("whether the `serviceRole` of each compute environment in `aws batch describe-compute-environments` is the service-linked role of AWS Batch, or has its managed policy `AWSBatchServiceRole`: `aws iam list-attached-role-policies --role-name NAME`");

    "stuck-capacity": Stuck, Documented,
    "EC2 has no instance to give: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY. A queue can cancel such \
     jobs, with `jobStateTimeLimitActions`.",
    source: "Batch API JobDetail.statusReason; Batch guide job_stuck_in_runnable_capacity",
    Account("whether each queue cancels jobs for which there is no instance: `jobStateTimeLimitActions` in `aws batch describe-job-queues --job-queues NAME`");

    "stuck-network": Stuck, Documented,
    "An instance that does not reach ECS, for lack of a public address, a NAT gateway or an endpoint, \
     takes no jobs.",
    source: "Batch guide troubleshooting",
    Account("where the routes of the `subnets` in `aws batch describe-compute-environments` lead, to an internet gateway, to a NAT gateway or nowhere: `aws ec2 describe-route-tables`; to the first, whether instances have public addresses, `MapPublicIpOnLaunch` in `aws ec2 describe-subnets --subnet-ids ID`; to neither, which endpoints there are, `aws ec2 describe-vpc-endpoints`");

    "stuck-fargate-quota": Stuck, Documented,
    "An account has 6 vCPUs of Fargate On-Demand until it asks for more: larger jobs, and wide arrays, \
     wait.",
    source: "Batch API ResourceRequirement",
    Account("how many vCPUs of Fargate On-Demand the account may use: `aws service-quotas list-service-quotas --service-code fargate`");

    "eks-node-reserve": Stuck, Documented,
    "Kubernetes keeps memory and CPU of every node back.",
    source: "Batch guide memory-cpu-batch-eks",
    OutOfScope("flowbatch writes no jobs for EKS");

    "short-jobs": Lint, Documented,
    "For a job of seconds the scheduling takes longer than the work; three to five minutes are \
     recommended.",
    source: "Batch guide best-practices",
    OutOfScope("how long a job will take is not known");
}
