//! Log drivers.

chapter! { "Logs";
    "logdriver-enum": RefusedAtRegister, Model,
    "A log driver is awslogs, awsfirelens, fluentd, gelf, journald, json-file, splunk or syslog.",
    source: "Batch API LogDriver; cfn-lint E3030",
    Codes[values::OPTION_FORM];

    "logdriver-fargate": RefusedAtRegister, Live,
    "Fargate has awslogs, splunk and awsfirelens: “Log driver for Fargate is not valid: journald”.",
    source: "cdk-preflight jd-fargate-log-driver; ECS API LogConfiguration",
    Codes[platform::FARGATE_LOG_DRIVER];

    "logdriver-mi": RefusedAtRegister, Documented,
    "Managed Instances have awslogs, splunk, awsfirelens and json-file.",
    source: "ECS API LogConfiguration",
    OutOfScope("flowbatch writes no definitions for Managed Instances, which need `ecsProperties`");

    "awslogs-options": RefusedAtRegister, Live,
    "awslogs has six options in Batch, `awslogs-group`, `-region`, `-stream-prefix`, \
     `-datetime-format`, `-multiline-pattern` and `-create-group`: “Log driver awslogs disallows \
     options: mode”.",
    source: "cdk-preflight jd-log-awslogs-unknown-option; Batch guide using_awslogs",
    Codes[options::LOG_OPTION];

    "awslogs-default-group": Fails, Documented,
    "The log group is /aws/batch/job; another one has to exist, unless `awslogs-create-group` makes \
     it.",
    source: "Batch guide using_awslogs, job_states",
    Account("whether each `awslogs-group` is there: `aws logs describe-log-groups --log-group-name-prefix NAME`");

    "awslogs-both-multiline": Ignored, Documented,
    "Beside `awslogs-datetime-format`, `awslogs-multiline-pattern` is ignored.",
    source: "Batch guide using_awslogs",
    Codes[options::OPTION_WITHOUT_EFFECT];

    "logdriver-available": Stuck, Documented,
    "On EC2 an instance offers the drivers that its agent names in \
     `ECS_AVAILABLE_LOGGING_DRIVERS`; a job with another one stays RUNNABLE. The AMIs for ECS name \
     awslogs, json-file, syslog and fluentd.",
    source: "Batch guide troubleshooting; Batch API ContainerProperties.logConfiguration; ECS agent ecs-init/docker/docker.go",
    Codes[platform::LOG_DRIVER_AVAILABLE],
    because: "an AMI of one's own may offer it, and no API tells";

    "awsfirelens-needs-router": Fails, Documented,
    "awsfirelens sends to a container that routes logs, which only `ecsProperties` can have.",
    source: "Batch API FirelensConfiguration; cdk-preflight jd-ecs-firelens-log-driver",
    Codes[options::INCOMPLETE_LOG_DRIVER];

    "log-options-required-other": Fails, Unverified,
    "splunk needs `splunk-url` and `splunk-token`.",
    source: "Docker logging drivers",
    Codes[options::INCOMPLETE_LOG_DRIVER];
}
