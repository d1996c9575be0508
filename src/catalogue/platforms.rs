//! Platforms: EC2, Fargate, Managed Instances.

chapter! { "Platforms";
    "caps-enum": RefusedAtRegister, Live,
    "A platform capability is `EC2`, `FARGATE` or `MANAGED_INSTANCES`, and `EC2` if none is written: \
     “Capability X is not valid. Valid capabilities: [FARGATE, EC2, MANAGED_INSTANCES]”.",
    source: "cdk-preflight jd-platform-capability-value; Batch API PlatformCapability",
    Construction("`platform` takes two words, of which `batch/definition.rs` makes `EC2` and `FARGATE`");

    "caps-single": RefusedAtRegister, Live,
    "`platformCapabilities` is a list of one: “Exactly 1 capability must be provided.”",
    source: "cdk-preflight jd-platform-capabilities-single",
    Construction("it is an array of one in `batch/wire.rs`");

    "caps-not-eks": RefusedAtRegister, Documented,
    "A definition for EKS has no `platformCapabilities`.",
    source: "Batch API RegisterJobDefinition.platformCapabilities",
    OutOfScope("flowbatch writes no definitions for EKS");

    "fargate-no-mnp": RefusedAtRegister, Live,
    "Fargate has no multi-node jobs: “Fargate does not support MNP jobs”.",
    source: "cdk-preflight fargate-multinode; Metaflow",
    Codes[platform::FARGATE_OPTION];

    "mi-no-mnp": RefusedAtRegister, Live,
    "“MANAGED_INSTANCES does not support MNP jobs”.",
    source: "cdk-preflight jd-mi-no-multinode",
    OutOfScope("flowbatch writes no definitions for Managed Instances, which need `ecsProperties`");

    "mi-needs-ecsprops": RefusedAtRegister, Live,
    "“Cannot use ECS containerProperties for MANAGED_INSTANCES”.",
    source: "cdk-preflight jd-mi-requires-ecs-properties; Batch guide ecs-managed-instances-job-definitions",
    OutOfScope("flowbatch writes no definitions for Managed Instances, which need `ecsProperties`");

    "mi-os-linux": RefusedAtRegister, Live,
    "On Managed Instances the operating system is `LINUX`.",
    source: "cdk-preflight jd-mi-os-family-linux",
    OutOfScope("flowbatch writes no definitions for Managed Instances, which need `ecsProperties`");

    "networkmode-mi-only": RefusedAtRegister, Documented,
    "`networkMode` of `ecsProperties` is `host`, and only on Managed Instances.",
    source: "Batch API EcsTaskProperties.networkMode",
    OutOfScope("flowbatch writes no definitions for Managed Instances, which need `ecsProperties`");

    "jobdef-queue-platform-match": RefusedAtSubmit, Live,
    "A job's platform is that of the compute environments of its queue; a submission is checked \
     against it once more: “vcpus is not applicable for Fargate. Use resource requirements instead.”",
    source: "insitro/redun#95; Netflix/metaflow#749",
    Codes[options::QUEUE_PLATFORM]
    Plan("the kind of each queue's compute environments");

    "ec2-no-fargate-platform-config": RefusedAtRegister, Live,
    "“fargatePlatformConfiguration not applicable for EC2.”",
    source: "cdk-preflight jd-fargate-platform-config-on-ec2",
    Codes[platform::EC2_OPTION];

    "ec2-no-network-config": RefusedAtRegister, Documented,
    "A job on EC2 must not have a `networkConfiguration`.",
    source: "Batch API NetworkConfiguration",
    Codes[platform::EC2_OPTION]
    Construction("`batch/definition.rs` writes it on Fargate only");

    "ec2-no-runtime-platform": RefusedAtRegister, Live,
    "“runtimePlatform is not applicable for EC2.” There the instance types of the queue decide on the \
     architecture.",
    source: "cdk-preflight jd-runtime-platform-ec2-only",
    Codes[platform::EC2_OPTION];

    "ec2-no-ephemeral": RefusedAtRegister, Unverified,
    "`ephemeralStorage` is for tasks on Fargate.",
    source: "Batch API EphemeralStorage; Metaflow",
    Codes[platform::EC2_OPTION],
    because: "nothing on EC2 could be meant by it";

    "instance-type-mnp-only": RefusedAtRegister, Documented,
    "`instanceType` is for the nodes of multi-node jobs, and should stand in no other definition.",
    source: "Batch API ContainerProperties.instanceType",
    Codes[options::INSTANCE_TYPE];
}
