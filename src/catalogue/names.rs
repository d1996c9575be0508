//! Names, type and size of a request.

chapter! { "Names, type and size";
    "jobdef-name-charset": RefusedAtRegister, Live,
    "The name of a job definition has 1 to 128 letters, digits, `_` and `-`: “Job definition name \
     should match a valid pattern.”",
    source: "cdk-preflight jd-name; Batch API RegisterJobDefinition.jobDefinitionName",
    Codes[values::OPTION_FORM, config::CONFIG_VALUE]
    Construction("`batch/names.rs` makes the other names of names of the language, and cuts them at 128");

    "jobdef-name-first-char": RefusedAtRegister, Live,
    "The name of a job definition begins with a letter or a digit, though the documentation does \
     not say so.",
    source: "hashicorp/terraform-provider-aws#2126; hashicorp/terraform-provider-aws#2159",
    Codes[values::OPTION_FORM, config::CONFIG_VALUE]
    Construction("names in the language begin with a letter, and so does what `batch/names.rs` makes of them");

    "job-name-pattern": RefusedAtSubmit, Live,
    "A job's name has 1 to 128 letters, digits, `_` and `-`, and begins with a letter or a digit: \
     “Job name should match valid pattern”.",
    source: "fluidattacks/makes#697; opensupplyhub/open-apparel-registry#2007; Batch API SubmitJob.jobName",
    Codes[config::CONFIG_VALUE]
    Construction("`batch/names.rs` makes it of prefix, flow, run and step, and cuts it at 128");

    "queue-name-pattern": RefusedAtSubmit, Documented,
    "A job queue is given by its name, 1 to 128 letters, digits, `_` and `-`, or by its ARN.",
    source: "Batch API SubmitJob.jobQueue, CreateJobQueue.jobQueueName",
    Codes[values::OPTION_FORM];

    "jobdef-ref-form": RefusedAtSubmit, Live,
    "A submission names its job definition as `name`, `name:revision` or by ARN; without a revision \
     it gets the newest active one. An ARN of something else is refused: “Provided name … is not \
     supported pattern[a-zA-Z_0-9-]{1,128}”.",
    source: "Batch API SubmitJob.jobDefinition; boto/boto3#1330",
    Construction("`batch/plan.rs` writes the name of the step's own definition");

    "jobdef-exists": RefusedAtSubmit, Live,
    "The job definition of a submission is active, in the same account and region. For a moment \
     after its registration it may still be unknown.",
    source: "broadinstitute/cromwell#4076; broadinstitute/cromwell#4496",
    Construction("`batch/plan.rs` lets every job name a definition of the same build")
    Plan("whether each definition is registered and active, and is the one that was built");

    "queue-exists-enabled": RefusedAtSubmit, Documented,
    "The queue exists, is valid, and is enabled: to a disabled one “new jobs can't be added”.",
    source: "Batch API CreateJobQueue.state; Batch guide job_queue_parameters; Metaflow",
    Codes[queue::UNKNOWN_QUEUE, queue::QUEUE_DISABLED]
    Plan("whether each queue is there, is `ENABLED`, and neither `INVALID` nor being deleted; `submit` looks at the same first");

    "type-enum": RefusedAtRegister, Model,
    "`type` is `container` or `multinode`.",
    source: "Batch API JobDefinitionType",
    Construction("`batch/definition.rs` writes `multinode` for `@parallel`, else `container`; `raw` cannot set it");

    "required-jobdef-name-type": RefusedAtRegister, Model,
    "A job definition has a `jobDefinitionName` and a `type`.",
    source: "Batch API RegisterJobDefinition",
    Construction("both are fields of `RegisterJobDefinition` in `batch/wire.rs` that cannot be left out");

    "required-submit": RefusedAtSubmit, Model,
    "A submission has a `jobName`, a `jobQueue` and a `jobDefinition`.",
    source: "Batch API SubmitJob",
    Codes[options::MISSING_QUEUE]
    Construction("the two names are fields in `batch/wire.rs` that cannot be left out");

    "container-needs-props": RefusedAtRegister, Live,
    "A definition of type `container` has exactly one of `containerProperties`, `ecsProperties` and \
     `eksProperties`. Without any: “ECS Container Image must be provided.”",
    source: "cdk-preflight jd-container-type-requires-props",
    Construction("`batch/definition.rs` writes `containerProperties`, always");

    "props-exclusive-container-ecs": RefusedAtRegister, Live,
    "“Cannot use both ECS containerProperties and ecsProperties”.",
    source: "cdk-preflight jd-props-container-and-ecs",
    Construction("`ecsProperties` is never written; `raw` cannot set it");

    "props-exclusive-container-eks": RefusedAtRegister, Live,
    "“Cannot use both ECS containerProperties and eksProperties”.",
    source: "cdk-preflight jd-props-container-and-eks",
    Construction("`eksProperties` is never written; `raw` cannot set it");

    "props-exclusive-ecs-eks": RefusedAtRegister, Live,
    "“Cannot use both ecsProperties and eksProperties”.",
    source: "cdk-preflight jd-props-ecs-and-eks",
    Construction("neither is ever written; `raw` cannot set them");

    "props-exclusive-node-eks": RefusedAtRegister, Live,
    "“Cannot use both nodeProperties and eksProperties”.",
    source: "cdk-preflight jd-eks-node-properties",
    Construction("`eksProperties` is never written; `raw` cannot set it");

    "multinode-needs-nodeprops": RefusedAtRegister, Live,
    "A definition of type `multinode` has `nodeProperties`: “Node properties of multinode job is \
     required.”",
    source: "cdk-preflight jd-multinode-requires-node-properties; Batch API RegisterJobDefinition.type",
    Construction("`batch/definition.rs` writes the two together");

    "nodeprops-needs-multinode": RefusedAtRegister, Live,
    "`nodeProperties` stand only in a definition of type `multinode`.",
    source: "cdk-preflight jd-node-properties-requires-multinode; Terraform",
    Construction("`batch/definition.rs` writes the two together; `raw` cannot set `nodeProperties`");

    "multinode-no-containerprops": RefusedAtRegister, ThirdParty,
    "A definition of type `multinode` has its containers in `nodeProperties`, and neither \
     `containerProperties` nor `ecsProperties` beside them.",
    source: "Terraform",
    Construction("`batch/definition.rs` writes one or the other; `batch/raw.rs` merges `containerProperties` into every node's container");

    "jobdef-size": RefusedAtRegister, Documented,
    "A job definition has at most 24 KiB. How AWS counts is not documented.",
    source: "Batch guide service_limits",
    Codes[size::DEFINITION_SIZE];

    "submit-size": RefusedAtSubmit, Live,
    "A submission has less than 30 KiB: “Job size must be less than 30 KiB, got 47 KiB”.",
    source: "ASFHyP3/hyp3#3041; Batch guide service_limits",
    Codes[size::SUBMISSION_SIZE];

    "container-override-8192": Fails, Live,
    "What Batch overrides in a container when it starts it, command and environment with \
     variables of its own, has at most 8,192 characters. The submission is accepted, and the job \
     then fails: “Container Overrides length must be at most 8192”.",
    source: "Netflix/metaflow#1482; Netflix/metaflow#977; ASFHyP3/hyp3#3041; ECS API RunTask.overrides",
    Codes[size::OVERRIDE_SIZE],
    because: "over the limit no attempt can succeed; near it, it is a warning";

    "unknown-field": Ignored, ThirdParty,
    "A member that the API does not have is ignored by the service; the AWS CLI and the SDKs refuse \
     to send it.",
    source: "Batch API RegisterJobDefinition, SubmitJob",
    Codes[options::RAW_FIELD]
    Construction("the types of `batch/wire.rs` have the members of the API, and no others"),
    because: "the AWS CLI refuses it, so such a file could not be registered";

    "json-types": RefusedAtRegister, Model,
    "Numbers are JSON numbers and booleans JSON booleans, but the `value` of a resource requirement \
     is a string.",
    source: "Batch API RegisterJobDefinition, SubmitJob",
    Codes[options::RAW_FIELD]
    Construction("the types of `batch/wire.rs`");

    "int32-range": RefusedAtRegister, Model,
    "Whole numbers have 32 bits, with few exceptions of 64.",
    source: "Batch API RegisterJobDefinition, SubmitJob",
    Codes[values::OPTION_RANGE]
    Construction("the ranges in `schema.rs` end within 32 bits");
}
