//! linuxParameters, devices, ulimits.

chapter! { "Shared memory, swap, tmpfs, devices and ulimits";
    "shm-positive": RefusedAtRegister, ThirdParty,
    "The size of the shared memory is a positive number of MiB.",
    source: "Batch API LinuxParameters.sharedMemorySize; Metaflow",
    Codes[values::OPTION_RANGE];

    "shm-le-memory": Fails, Unverified,
    "Shared memory counts toward the memory of the container: a job that used more than that would be \
     killed.",
    source: "Docker run, --shm-size",
    Codes[storage::LARGER_THAN_MEMORY];

    "shm-fargate": RefusedAtRegister, Live,
    "“linuxParameter.sharedMemorySize is not allowed for Fargate.”",
    source: "cdk-preflight jd-fargate-shared-memory-size",
    Codes[platform::FARGATE_OPTION];

    "maxswap-range": RefusedAtRegister, Live,
    "“Invalid swap memory size: -1, must be non-negative.” 0 turns swap off.",
    source: "cdk-preflight jd-linux-max-swap-negative; Batch API LinuxParameters.maxSwap",
    Codes[values::OPTION_RANGE];

    "maxswap-needs-swappiness": RefusedAtRegister, Live,
    "`maxSwap` needs `swappiness`: “When container specified swap memory, swappiness value is \
     required.” The documentation names 60 as its default.",
    source: "cdk-preflight jd-max-swap-requires-swappiness",
    Construction("`batch/definition.rs` writes 60 where `max_swap` stands alone")
    Codes[storage::DEFAULT_SWAPPINESS],
    because: "swappiness is written, so nothing is refused";

    "swappiness-range": RefusedAtRegister, Live,
    "“Invalid swappiness: 101, must be between 0 and 100.”",
    source: "cdk-preflight jd-linux-swappiness-range; Batch API LinuxParameters.swappiness",
    Codes[values::OPTION_RANGE];

    "swappiness-without-maxswap": Ignored, Documented,
    "`swappiness` without `maxSwap` is ignored.",
    source: "Batch API LinuxParameters.swappiness",
    Codes[options::OPTION_WITHOUT_EFFECT];

    "swap-omitted": Lint, Documented,
    "Whether a container without `maxSwap` swaps is told in two ways: yes, as the instance does, by \
     the documentation of ECS; no, by that of Batch.",
    source: "Batch API LinuxParameters.maxSwap; ECS API LinuxParameters.maxSwap",
    OutOfScope("an advice would stand at every job on EC2; `max_swap=0` settles it");

    "swap-host": Ignored, Documented,
    "Swap of a container is swap of its instance, of which the AMIs for ECS have none.",
    source: "Batch API LinuxParameters.maxSwap; Netflix/metaflow#1165",
    Codes[queue::QUEUE_SWAP]
    Account("whether the launch template of each compute environment sets up swap: the user data in `aws ec2 describe-launch-template-versions --launch-template-id ID`; `swap` of `[queues.NAME]` then says so");

    "swappiness-al2023": Fails, Documented,
    "Amazon Linux 2023, the default of Batch, does not know the swappiness of a container; some \
     runtimes then create it and never start it.",
    source: "ECS API LinuxParameters.swappiness; Batch API Ec2Configuration; aws/amazon-ecs-agent#3638; sous-chefs/docker#1215",
    Codes[queue::QUEUE_SWAP]
    Plan("the `imageType` of each compute environment, unless one has an AMI or a launch template of its own");

    "swap-fargate": RefusedAtRegister, Live,
    "“linuxParameter.maxSwap is not allowed for Fargate.” Nor is swappiness.",
    source: "cdk-preflight jd-fargate-max-swap; cdk-preflight jd-fargate-swappiness",
    Codes[platform::FARGATE_OPTION];

    "tmpfs-required": RefusedAtRegister, Model,
    "A tmpfs has a path in the container and a size.",
    source: "Batch API Tmpfs",
    Construction("both are fields of `Tmpfs` in `batch/wire.rs` that cannot be left out");

    "tmpfs-size": RefusedAtRegister, Live,
    "“Size of a tmpfs is invalid. The size is required and must be a positive integer.”",
    source: "cdk-preflight jd-tmpfs-size-min",
    Codes[values::OPTION_RANGE]
    Construction("half of the memory, the default, is never 0");

    "tmpfs-size-le-memory": Fails, ThirdParty,
    "What is in a tmpfs counts toward the memory of the container: one that is as large would let the \
     job be killed before it is full.",
    source: "Metaflow; Docker run, --tmpfs",
    Codes[storage::LARGER_THAN_MEMORY];

    "tmpfs-options": RefusedAtRegister, Documented,
    "The mount options of a tmpfs are some words, of which `defaults` is one.",
    source: "Batch API Tmpfs.mountOptions",
    Construction("`defaults` is all that is written");

    "tmpfs-fargate": RefusedAtRegister, Live,
    "“linuxParameter.tmpfs is not allowed for Fargate.”",
    source: "cdk-preflight jd-fargate-tmpfs",
    Codes[platform::FARGATE_OPTION];

    "device-hostpath-required": RefusedAtRegister, Model,
    "A device has a path on the host; in the container it has the same, unless another is written.",
    source: "Batch API Device",
    Codes[options::MISSING_KEY];

    "device-permissions": RefusedAtRegister, Live,
    "The permissions of a device are `READ`, `WRITE` and `MKNOD`: “Invalid permission: EXEC for device \
     /dev/neuron0”.",
    source: "cdk-preflight jd-device-permissions-value; cfn-lint E3030",
    Codes[values::OPTION_FORM];

    "device-fargate": RefusedAtRegister, Live,
    "“linuxParameter.devices is not allowed for Fargate.”",
    source: "cdk-preflight jd-fargate-linux-devices",
    Codes[platform::FARGATE_OPTION];

    "neuron-devices": Fails, ThirdParty,
    "Inferentia and Trainium are the devices /dev/neuron0 and up, of which an instance has only so \
     many; it needs the Neuron AMI.",
    source: "Metaflow",
    Construction("`batch/definition.rs` numbers them from 0, each with READ and WRITE")
    Codes[queue::QUEUE_DEVICES]
    Plan("the instance types of each compute environment")
    Account("whether the AMI of each compute environment has the Neuron driver: `imageId`, `imageIdOverride` or `launchTemplate` in `aws batch describe-compute-environments`");

    "efa-devices": Fails, Documented,
    "An Elastic Fabric Adapter is /dev/infiniband/uverbs0, under the same path in the container. It \
     needs an instance type that has one, its driver, and a security group open to itself.",
    source: "Batch guide efa; Metaflow",
    Construction("`batch/definition.rs` writes the paths")
    Codes[queue::QUEUE_DEVICES]
    Plan("the instance types of each compute environment")
    Account("whether the AMI of each compute environment has the driver for EFA: `imageId`, `imageIdOverride` or `launchTemplate` in `aws batch describe-compute-environments`; and whether its `securityGroupIds` there let in and out what comes from the same group: `aws ec2 describe-security-groups --group-ids ID`");

    "device-missing-on-host": Fails, Unverified,
    "A device that the host does not have: CannotStartContainerError.",
    source: "Docker run, --device",
    OutOfScope("an AMI and its drivers decide which devices there are, and no API tells");

    "init-process": Lint, Documented,
    "Of `linuxParameters`, `initProcessEnabled` is the one that Fargate has.",
    source: "Batch API LinuxParameters",
    Construction("`init_process` is taken on either platform");

    "ulimit-required": RefusedAtRegister, Model,
    "A ulimit has a name, a soft and a hard limit.",
    source: "Batch API Ulimit",
    Codes[options::MISSING_KEY];

    "ulimit-name": RefusedAtRegister, Documented,
    "A ulimit is one of core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, \
     rtprio, rttime, sigpending and stack.",
    source: "Batch API Ulimit.name; ECS API UlimitName",
    Codes[values::OPTION_FORM];

    "ulimit-soft-le-hard": Fails, Unverified,
    "The soft limit is not above the hard one; -1 is no limit.",
    source: "Docker run, --ulimit",
    Codes[values::OPTION_RANGE],
    because: "the kernel sets no such limit, so no container starts";

    "ulimit-fargate": RefusedAtRegister, Live,
    "“ulimits is not applicable for Fargate.”",
    source: "cdk-preflight jd-fargate-ulimits",
    Codes[platform::FARGATE_OPTION];
}
