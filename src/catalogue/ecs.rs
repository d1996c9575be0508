//! ecsProperties: several containers.

chapter! { "Several containers: ecsProperties";
    "ecs-one-task": RefusedAtRegister, Documented,
    "`taskProperties` is a list of one.",
    source: "Batch API EcsProperties.taskProperties",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-containers-1-10": RefusedAtRegister, Live,
    "“Number of containers must be between 1 and 10”.",
    source: "cdk-preflight jd-ecs-task-containers-max; cdk-preflight jd-ecs-task-containers-required",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-essential": RefusedAtRegister, Live,
    "“At least one container must be set as essential”.",
    source: "cdk-preflight jd-ecs-essential-required",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-name-unique": RefusedAtRegister, Live,
    "“Container names must be unique”, of at most 255 letters, digits, `_` and `-`.",
    source: "cdk-preflight jd-ecs-container-name-unique; ECS API ContainerDefinition.name",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-depends-condition": RefusedAtRegister, Live,
    "A container depends on another's START, COMPLETE or SUCCESS.",
    source: "cdk-preflight jd-ecs-depends-on-condition-value",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-depends-exists": RefusedAtRegister, Live,
    "A container depends on one of its task.",
    source: "cdk-preflight jd-ecs-depends-on-container-exists",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-depends-essential": RefusedAtRegister, Live,
    "Nothing waits for the end of an essential container.",
    source: "cdk-preflight jd-ecs-depends-on-essential-complete",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-depends-single": RefusedAtRegister, Live,
    "A single container depends on none.",
    source: "cdk-preflight jd-ecs-depends-on-single-container",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-depends-acyclic": RefusedAtRegister, Unverified,
    "No container depends on itself, through others or not.",
    source: "ECS API ContainerDefinition.dependsOn",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-ipc-pid": RefusedAtRegister, Live,
    "`ipcMode` is `host`, `task` or `none`, and not on Fargate; `pidMode` is `host` or `task`.",
    source: "cdk-preflight jd-ecs-ipc-mode-value; cdk-preflight jd-ecs-pid-mode-value; Batch API EcsTaskProperties",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-start-stop-timeout": RefusedAtRegister, Documented,
    "Start and stop timeouts are 2 seconds or more, on Fargate at most 120.",
    source: "Batch API TaskContainerProperties",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-firelens": RefusedAtRegister, Live,
    "A FireLens container is `fluentd` or `fluentbit`, and another one logs to awsfirelens.",
    source: "cdk-preflight jd-ecs-firelens-log-driver; Batch API FirelensConfiguration",
    OutOfScope("flowbatch writes one container, in `containerProperties`");

    "ecs-override-kind": RefusedAtSubmit, Documented,
    "Such jobs are overridden with `ecsPropertiesOverride`, by the names of containers.",
    source: "Batch API EcsPropertiesOverride",
    OutOfScope("flowbatch writes one container, in `containerProperties`");
}
