//! vCPUs, memory, GPUs.

chapter! { "vCPUs, memory and GPUs";
    "rr-type-enum": RefusedAtRegister, Model,
    "A resource requirement is a `VCPU`, `MEMORY` or `GPU`; Inferentia and Trainium are none.",
    source: "Batch API ResourceType; cfn-lint E3030",
    Construction("`batch/definition.rs` writes these three");

    "rr-unique": RefusedAtRegister, Live,
    "“Cannot provide duplicates in resourceRequirements.”",
    source: "cdk-preflight jd-resource-requirements-duplicate-type",
    Construction("`batch/definition.rs` writes each at most once");

    "rr-vcpu-required": RefusedAtRegister, Live,
    "“vCPU is required.”",
    source: "cdk-preflight jd-resource-requirements-required; ASFHyP3/hyp3#586",
    Construction("`batch/definition.rs` writes it always, 1 by default");

    "rr-memory-required": RefusedAtRegister, Live,
    "Every container has an amount of memory.",
    source: "awsdocs/aws-cloudformation-user-guide#967; Batch API ResourceRequirement",
    Construction("`batch/definition.rs` writes it always, 4096 MiB by default");

    "rr-vcpu-ec2-integer": RefusedAtSubmit, Live,
    "On EC2 vCPUs are whole, and written without decimals: “Value 1.0 for type VCPU in \
     resourceRequirement is not valid. Please provide a numeric value.”",
    source: "kestra-io/plugin-aws#504; Batch API ResourceRequirement; Metaflow",
    Codes[platform::EC2_CPU]
    Construction("`check/resources.rs` writes 1.0 as 1");

    "rr-vcpu-ec2-min": RefusedAtRegister, Live,
    "On EC2 there is at least one: “vCPU must be at least 1, got 0.5.”",
    source: "cdk-preflight jd-resource-requirements-vcpu-min",
    Codes[platform::EC2_CPU];

    "rr-memory-integer": RefusedAtRegister, ThirdParty,
    "Memory is a whole number of MiB, without a unit.",
    source: "Batch API ResourceRequirement; moto",
    Codes[values::OPTION_TYPE, values::INEXACT_SIZE]
    Construction("sizes become whole MiB before they are written");

    "rr-memory-min-4": RefusedAtRegister, Live,
    "“Memory must be at least 4 Mib, got 2 Mib.”",
    source: "cdk-preflight jd-memory-minimum; Batch API ResourceRequirement",
    Codes[values::OPTION_RANGE];

    "rr-memory-docker-min-6": Fails, Documented,
    "Docker takes no less than 6 MiB: with 4 or 5 a job is registered, and its container cannot be \
     created.",
    source: "ECS API ContainerDefinition.memory",
    Codes[values::OPTION_RANGE],
    because: "no container can be created with less";

    "rr-gpu-integer": RefusedAtRegister, Live,
    "GPUs are whole: “Value 1.5 for type GPU in resourceRequirement is not valid. Please provide a \
     numeric value.” Whether 0 is taken is not known.",
    source: "cdk-preflight jd-resource-requirements-gpu-integer; Metaflow",
    Codes[values::OPTION_TYPE]
    Construction("`batch/definition.rs` leaves 0 out");

    "rr-gpu-not-fargate": RefusedAtRegister, Live,
    "“GPU is not applicable for Fargate.”",
    source: "cdk-preflight jd-resource-requirements-gpu-not-fargate",
    Codes[platform::FARGATE_OPTION];

    "rr-legacy-conflict": RefusedAtRegister, Live,
    "“Cannot use both ECS containerProperties vcpus and resourceRequirement VCPU.”",
    source: "cdk-preflight jd-legacy-and-resource-requirements",
    Construction("`vcpus` and `memory` of the container are never written; `raw` cannot set them");

    "rr-legacy-not-fargate": RefusedAtSubmit, Live,
    "“vcpus is not applicable for Fargate. Use resource requirements instead.”",
    source: "insitro/redun#95; Batch guide fargate",
    Construction("`vcpus` and `memory` of the container are never written; `raw` cannot set them");

    "rr-legacy-override-ignored": Ignored, Live,
    "`vcpus` and `memory` of a submission do not override the resource requirements of a definition.",
    source: "nextstrain/cli#177; Batch guide troubleshooting; Batch API ContainerOverrides",
    Construction("`batch/plan.rs` overrides the environment only");

    "rr-never-emit-legacy": Lint, Documented,
    "`vcpus` and `memory` of the container are deprecated.",
    source: "Batch API ContainerProperties",
    Construction("they are never written; `raw` cannot set them");

    "fargate-vcpu-set": RefusedAtRegister, Live,
    "Fargate has 0.25, 0.5, 1, 2, 4, 8, 16 or 32 vCPUs: “Fargate resource requirements (3.00 vCPU, \
     8192 MiB) not valid.” 32 are documented, and have not been seen live.",
    source: "cdk-preflight fargate-cpu-memory; Batch API ResourceRequirement",
    Codes[platform::FARGATE_CPU];

    "fargate-vcpu-mem-pair": RefusedAtRegister, Live,
    "On Fargate each number of vCPUs goes with some amounts of memory; nothing is rounded: “Fargate \
     resource requirements (1.00 vCPU, 4000 MiB) not valid.”",
    source: "cdk-preflight fargate-cpu-memory; Netflix/metaflow#749; Batch API ResourceRequirement",
    Codes[platform::FARGATE_MEMORY];

    "fargate-windows-vcpu-min": RefusedAtRegister, Live,
    "“vCPU must be at least 1 for Windows Job definition, got 0.5.”",
    source: "cdk-preflight jd-runtime-platform-windows-vcpu-min",
    Construction("no option makes a Windows job, and `raw` cannot set `runtimePlatform`");

    "mnp-resources-each-node": RefusedAtRegister, Documented,
    "In a multi-node job every node has vCPUs and memory.",
    source: "Batch API ResourceRequirement",
    Construction("`batch/definition.rs` gives every range of nodes the whole container");

    "ecs-multi-container-fargate-sum": RefusedAtRegister, Unverified,
    "With `ecsProperties` on Fargate, the containers together make a pair of vCPUs and memory that \
     Fargate has.",
    source: "Batch guide multi-container-jobs",
    OutOfScope("flowbatch writes one container, in `containerProperties`");
}
