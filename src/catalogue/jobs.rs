//! Retries, timeouts, priorities, tags, parameters.

chapter! { "Retries, timeouts, priorities, tags and parameters";
    "retry-attempts": RefusedAtRegister, Live,
    "A job has 1 to 10 attempts, the first one counted: “RetryAttempts must be between 1 and 10.”",
    source: "cdk-preflight retry-attempts; Batch API RetryStrategy.attempts; flyteorg/flyteplugins#55",
    Codes[values::OPTION_RANGE];

    "eoe-requires-attempts": RefusedAtRegister, Live,
    "`evaluateOnExit` needs attempts: “RetryAttempts must be provided with retry strategy.”",
    source: "cdk-preflight jd-evaluate-on-exit-requires-attempts",
    Construction("`batch/definition.rs` writes `attempts` always");

    "eoe-max-5": RefusedAtRegister, Documented,
    "`evaluateOnExit` has at most 5 entries.",
    source: "Batch API RetryStrategy.evaluateOnExit; Terraform",
    Codes[options::RETRY_CLASSES];

    "eoe-needs-condition": RefusedAtRegister, Live,
    "Each entry has a condition: “EvaluateOnExit should contain at least one of …”.",
    source: "cdk-preflight jd-evaluate-on-exit-condition-required",
    Construction("`batch/definition.rs` writes one for every class of `on`");

    "eoe-action": RefusedAtRegister, Model,
    "Each entry has an action, RETRY or EXIT.",
    source: "Batch API RetryAction; Terraform; cfn-lint E3030; moto",
    Construction("`batch/definition.rs` writes one of the two");

    "eoe-exitcode-pattern": RefusedAtRegister, Live,
    "An exit code is digits, with `*` at most at the end: “Evaluate on exit condition contains \
     restricted characters.”",
    source: "cdk-preflight jd-evaluate-on-exit-exitcode-format; Terraform",
    Codes[values::OPTION_FORM]
    Construction("`batch/definition.rs` writes numbers from 1 to 255");

    "eoe-reason-pattern": RefusedAtRegister, Documented,
    "A reason is letters, digits, `.`, `:` and blanks, with `*` at most at the end.",
    source: "Batch API EvaluateOnExit; Terraform",
    Construction("the reasons are words of `batch/definition.rs`");

    "eoe-len-512": RefusedAtRegister, Live,
    "“Evaluate on exit condition cannot exceed 512 characters.”",
    source: "cdk-preflight jd-evaluate-on-exit-pattern-length",
    Construction("the conditions are words of `batch/definition.rs`");

    "eoe-default-retry": Lint, Documented,
    "The first entry that fits decides; if none does, the job is retried.",
    source: "Batch API RetryStrategy; Batch guide job_retries",
    Construction("`batch/definition.rs` ends the list with EXIT for every reason");

    "eoe-unreachable": Lint, Documented,
    "Entries behind one that fits everything are never reached.",
    source: "Batch API RetryStrategy",
    Construction("what fits everything stands last");

    "eoe-spot-idiom": Lint, Documented,
    "An instance that is taken away ends a job with the status reason `Host EC2*`, an image that \
     cannot be pulled with the reason `CannotPullContainerError:*`.",
    source: "Batch guide best-practices",
    Construction("`\"spot\"` and `\"image_pull\"` of `@retry` become these");

    "retry-override": Ignored, Documented,
    "A retry strategy of a submission replaces the whole one of the definition.",
    source: "Batch API SubmitJob.retryStrategy",
    Construction("submissions have none");

    "retry-not-on": Lint, Documented,
    "What timed out, was cancelled or terminated is not retried.",
    source: "Batch guide job_retries; Batch API RetryStrategy",
    OutOfScope("an advice would stand at every `@retry` beside a `@timeout`, and nothing is wrong there");

    "timeout-min": RefusedAtRegister, Live,
    "“AttemptDurationSeconds in Timeout must be at least 60 seconds.” There is no maximum.",
    source: "cdk-preflight timeout-minimum; Batch guide job_timeouts",
    Codes[values::OPTION_RANGE];

    "timeout-fargate-14d": Fails, Documented,
    "Fargate may end a task after 14 days.",
    source: "Batch API SubmitJob.timeout; Batch guide job_timeouts",
    Codes[platform::FARGATE_TIMEOUT];

    "timeout-scope": Lint, Documented,
    "A timeout is for each attempt, of each child of an array, and of a multi-node job as a whole.",
    source: "Batch API JobTimeout",
    OutOfScope("an advice would stand at every `@timeout`, and nothing is wrong there");

    "no-timeout": Lint, Documented,
    "A job without a timeout may run for ever.",
    source: "Batch guide job_timeouts",
    Construction("`batch/definition.rs` writes one always, five days by default");

    "sched-priority-range": RefusedAtRegister, Live,
    "“Scheduling priority must be between 0 and 9999.”",
    source: "cdk-preflight jd-scheduling-priority-range; Batch API RegisterJobDefinition.schedulingPriority",
    Codes[values::OPTION_RANGE];

    "sched-priority-fifo": Ignored, Documented,
    "A queue without a fair-share policy ignores priorities.",
    source: "Batch API RegisterJobDefinition.schedulingPriority",
    Codes[options::OPTION_WITHOUT_EFFECT]
    Plan("whether each queue has a scheduling policy");

    "tags-max-50": RefusedAtRegister, Model,
    "A resource has at most 50 tags, and an empty map of tags is none.",
    source: "Batch API TagrisTagsMap",
    Codes[options::TOO_MANY_TAGS]
    Construction("empty maps are left out");

    "tag-key": RefusedAtRegister, Model,
    "A tag's key has 1 to 128 characters.",
    source: "Batch API TagKey; moto",
    Codes[values::OPTION_FORM];

    "tag-value": RefusedAtRegister, Model,
    "A tag's value has at most 256 characters, and may be empty.",
    source: "Batch API TagValue; moto; cfn-lint E3024",
    Codes[values::OPTION_FORM];

    "tag-charset": RefusedAtSubmit, Live,
    "Tags are of letters, digits, blanks and `_.:/=+-@`: “'2.8.1+mc(0.10.0)' is not a valid value for \
     TagValue - it contains illegal characters”.",
    source: "Netflix/metaflow#1345; nf-core/hic#224; Batch guide using-tags; Metaflow",
    Codes[values::OPTION_FORM];

    "tag-aws-prefix": RefusedAtRegister, Documented,
    "Neither keys nor values of tags begin with `aws:`, in any case.",
    source: "Batch guide using-tags; moto; cfn-lint; Metaflow",
    Codes[values::OPTION_FORM];

    "tag-propagate-50": Fails, Documented,
    "With `propagateTags`, the tags of job and definition together are at most 50; with more, the job \
     fails.",
    source: "Batch API RegisterJobDefinition.propagateTags",
    Codes[options::TOO_MANY_TAGS]
    Construction("both have the same tags, and the submission three more"),
    because: "the submission is refused for the same tags";

    "tag-propagate-eks": RefusedAtRegister, Live,
    "“Batch on EKS does not support tag propagation.”",
    source: "cdk-preflight jd-eks-propagate-tags",
    OutOfScope("flowbatch writes no definitions for EKS");

    "tag-children": Ignored, Documented,
    "Tags do not reach the children of arrays and multi-node jobs.",
    source: "Batch guide using-tags",
    OutOfScope("an advice would stand at every foreach of a tagged flow; [the language](language.md) says it");

    "tag-permission": RefusedAtRegister, Documented,
    "Who tags what is created has `batch:TagResource`; otherwise the whole call fails.",
    source: "Batch guide using-tags; Netflix/metaflow#631",
    Account("whether those who submit have `batch:TagResource`: `aws iam simulate-principal-policy --policy-source-arn WHO --action-names batch:TagResource`");

    "param-map-strings": RefusedAtRegister, Model,
    "`parameters` map strings to strings.",
    source: "Batch API ParametersMap",
    Construction("`batch/wire.rs` writes pairs of strings");

    "param-ref-scope": Ignored, Live,
    "`Ref::name` is replaced in `command` and nowhere else.",
    source: "awsdocs/aws-batch-user-guide#24",
    Codes[run::REF_OUTSIDE_COMMAND];

    "param-undefined-ref": Fails, Unverified,
    "`Ref::name` without a parameter of this name reaches the container as it is.",
    source: "Batch guide job_definition_parameters",
    Codes[run::REF_IN_TEXT]
    Construction("`check/run.rs` lets a command name params only"),
    because: "`Ref::` in a text can only be a param that is not meant, or one that is missing";

    "param-ref-escape": Fails, Live,
    "A command cannot hold the text `Ref::name`: there is no escape.",
    source: "hammerlab/coclobas#109",
    Codes[run::REF_IN_TEXT],
    because: "the text would be replaced by something else, or be a mistake";

    "param-unused": Ignored, ThirdParty,
    "Parameters that no `Ref::` names are ignored.",
    source: "Metaflow",
    Construction("`batch/definition.rs` writes those that the command names");
}
