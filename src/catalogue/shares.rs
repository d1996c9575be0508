//! Fair shares.

chapter! { "Fair shares";
    "share-required": RefusedAtSubmit, Documented,
    "A job in a queue with a fair-share policy names its share.",
    source: "Batch API SubmitJob.shareIdentifier",
    Codes[queue::QUEUE_SHARE_MISSING]
    Plan("whether each queue has a scheduling policy");

    "share-forbidden": RefusedAtSubmit, Documented,
    "A job in a queue without such a policy names none.",
    source: "Batch API SubmitJob.shareIdentifier",
    Codes[queue::QUEUE_SHARE_REFUSED]
    Plan("whether each queue has a scheduling policy");

    "share-needs-priority": RefusedAtSubmit, Live,
    "A job with a share has a priority: “Either schedulingPriority in job definition or \
     schedulingPriorityOverride should be specified.”",
    source: "nextflow-io/nextflow#3505; hashicorp/terraform-provider-aws#31226",
    Codes[options::SHARE_WITHOUT_PRIORITY];

    "share-id-format": RefusedAtSubmit, Live,
    "A share identifier has at most 255 letters and digits; policies take `_` and `-` too. Only \
     policies have `*`.",
    source: "cdk-preflight sp-share-identifier-pattern; Batch API SubmitJob.shareIdentifier",
    Codes[values::OPTION_FORM];

    "share-max-500": RefusedAtSubmit, Documented,
    "A queue has at most 500 active shares.",
    source: "Batch API CreateJobQueue, SubmitJob",
    Account("how many shares of each queue are active: `activeShareCount` in `aws batch get-job-queue-snapshot --job-queue NAME`");

    "share-create-race": Quota, Live,
    "“Failed to create shareIdentifier …”, a passing ServerException.",
    source: "ASFHyP3/hyp3#802; ASFHyP3/hyp3#805",
    OutOfScope("a submission tries again; no flow can be wrong");

    "quota-share-service-only": RefusedAtSubmit, Documented,
    "Queues with quota shares take service jobs, of SubmitServiceJob, only.",
    source: "Batch guide quota-management",
    Account("whether each queue has quota shares: `aws batch list-quota-shares --job-queue NAME`");
}
