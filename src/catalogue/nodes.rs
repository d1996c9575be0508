//! Multi-node jobs.

chapter! { "Multi-node jobs";
    "mnp-required": RefusedAtRegister, Model,
    "`nodeProperties` have `numNodes`, `mainNode` and `nodeRangeProperties`, and each range has \
     `targetNodes`.",
    source: "Batch API NodeProperties, NodeRangeProperty",
    Construction("all are fields in `batch/wire.rs` that cannot be left out");

    "mnp-numnodes": RefusedAtRegister, Live,
    "“Number of nodes must be between 1 and 1000.”",
    source: "cdk-preflight jd-node-num-nodes-max",
    Codes[values::OPTION_RANGE];

    "mnp-mainnode": RefusedAtRegister, Live,
    "“Main node index is out of range, must be less than numNodes.”",
    source: "cdk-preflight jd-node-main-node-lt-num",
    Construction("`batch/definition.rs` writes 0");

    "mnp-ranges-max": RefusedAtRegister, Live,
    "“Maximum allowed size of node range properties is 5”.",
    source: "cdk-preflight jd-node-ranges-max",
    Construction("`batch/definition.rs` writes at most two");

    "mnp-target-format": RefusedAtRegister, Live,
    "Target nodes are `n`, `n:`, `:m` or `n:m`: “targetNodes should contain only digits.”",
    source: "cdk-preflight jd-node-target-nodes-format",
    Construction("`batch/definition.rs` writes `0:0` and `1:m`");

    "mnp-target-in-range": RefusedAtRegister, Live,
    "Target nodes are below `numNodes`.",
    source: "cdk-preflight jd-node-target-nodes-in-range",
    Construction("the ranges of `batch/definition.rs` end with the last node");

    "mnp-coverage": RefusedAtRegister, Live,
    "The ranges cover every node: “Node Range Properties target nodes have missing ranges”.",
    source: "cdk-preflight jd-node-target-nodes-coverage; Batch API NodeRangeProperty.targetNodes",
    Construction("the ranges of `batch/definition.rs` begin with node 0 and leave no gap");

    "mnp-range-payload": RefusedAtRegister, Live,
    "Each range has one kind of container: “Must specify container for node range …”, \
     “NodeRangeProperties can not use both …”.",
    source: "cdk-preflight jd-node-range-payload-required; cdk-preflight jd-node-range-payload-exclusive",
    Construction("`batch/definition.rs` writes `container`");

    "mnp-range-partial-overlap": RefusedAtRegister, Unverified,
    "Ranges that overlap in part; only ranges within others are documented.",
    source: "Batch API NodeRangeProperty.targetNodes",
    Construction("the ranges of `batch/definition.rs` do not overlap");

    "mnp-instancetypes": RefusedAtRegister, Live,
    "“Using instanceTypes with nodeRangeProperty is only allowed for ecsProperties jobs.”",
    source: "cdk-preflight jd-node-instance-types-ecs-only; Batch API NodeRangeProperty.instanceTypes",
    Construction("it is never written; `raw` cannot set `nodeProperties`");

    "mnp-same-instancetype": RefusedAtRegister, Documented,
    "All groups of nodes have one instance type.",
    source: "Batch API ContainerProperties.instanceType; Batch guide multi-node-parallel-jobs",
    Construction("`batch/raw.rs` merges `instanceType` into every node's container");

    "mnp-instancetype-in-ce": Stuck, Documented,
    "The instance type is one that the compute environment launches.",
    source: "Batch guide multi-node-parallel-jobs",
    Codes[queue::QUEUE_INSTANCE_TYPE]
    Plan("the instance types of each compute environment");

    "mnp-no-spot-unmanaged": Stuck, Live,
    "Multi-node jobs run in managed compute environments with On-Demand instances; on Spot they stay \
     RUNNABLE.",
    source: "aws/aws-parallelcluster#2098; Batch API ComputeResource.type; Batch guide multi-node-parallel-jobs",
    Codes[queue::QUEUE_SPOT_NODES]
    Plan("whether all compute environments of each queue are on Spot")
    Account("whether a compute environment that is not on Spot is `MANAGED`: `type` in `aws batch describe-compute-environments`");

    "mnp-ce-capacity": Stuck, Documented,
    "`maxvCpus` of the compute environment, and the account's quota of instances, have room for all \
     nodes at once.",
    source: "Batch guide multi-node-parallel-jobs",
    Codes[queue::QUEUE_MAX_VCPUS]
    Plan("`maxvCpus` and the instance types of each compute environment")
    Account("how many vCPUs of On-Demand instances the account may run: `aws service-quotas list-service-quotas --service-code ec2`");

    "mnp-sg-max5": Fails, Documented,
    "The compute environment has at most 5 security groups, and, for the internet, private subnets with \
     a NAT gateway.",
    source: "Batch guide multi-node-parallel-jobs",
    Codes[queue::QUEUE_NETWORK]
    Account("how many `securityGroupIds` each compute environment has in `aws batch describe-compute-environments`, and whether the routes of its `subnets` lead to a NAT gateway: `aws ec2 describe-route-tables`; `subnets` of `[queues.NAME]` then says so");

    "mnp-overrides-kind": RefusedAtSubmit, Documented,
    "Multi-node jobs are overridden with `nodeOverrides`, others with `containerOverrides`.",
    source: "apache/airflow#25522; Batch API SubmitJob",
    Construction("`batch/plan.rs` writes the one that fits");

    "mnp-override-targets-match": RefusedAtSubmit, Live,
    "“NodeOverride targets should match job definition. Non matching targets - 0:0”.",
    source: "aws/aws-parallelcluster#964; Metaflow",
    Construction("definitions and overrides have the ranges of one function");

    "mnp-override-numnodes": RefusedAtSubmit, Documented,
    "`numNodes` can be overridden only if a range of the definition has no end.",
    source: "Batch API NodeOverrides.numNodes",
    Construction("`batch/plan.rs` does not override it");

    "mnp-not-array": RefusedAtSubmit, Unverified,
    "A multi-node job is not an array.",
    source: "Batch API SubmitJob.arrayProperties",
    Codes[platform::PARALLEL_IN_FOREACH],
    because: "AWS documents no job that is both";

    "mnp-retry-semantics": Lint, Documented,
    "A multi-node job ends with its main node, whose failure alone is retried.",
    source: "Batch guide multi-node-parallel-jobs",
    OutOfScope("an advice would stand at every `@parallel`, and nothing is wrong there");

    "mnp-main-ip-env": Lint, Documented,
    "The main node does not have AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS.",
    source: "Batch guide job_env_vars",
    Codes[run::BATCH_VARIABLE],
    because: "on the main node it is empty, and the nodes do not meet";

    "mnp-num1": Lint, ThirdParty,
    "A multi-node job of one node is legal.",
    source: "Metaflow; cdk-preflight jd-node-num-nodes-max",
    Construction("`batch/definition.rs` writes the range `0:0`");
}
