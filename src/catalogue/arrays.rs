//! Array jobs and dependencies.

chapter! { "Array jobs and dependencies";
    "array-size": RefusedAtSubmit, Live,
    "An array has 2 to 10,000 children.",
    source: "opensupplyhub/open-apparel-registry#336; Batch guide service_limits",
    Codes[graph::ARRAY_SIZE]
    Construction("`flow.rs` makes a plain job of one item");

    "array-empty-struct": RefusedAtSubmit, Live,
    "A job that is no array has no `arrayProperties`.",
    source: "opensupplyhub/open-apparel-registry#336",
    Construction("`batch/plan.rs` writes them for 2 items and more");

    "array-no-size-env": Fails, Documented,
    "AWS_BATCH_JOB_ARRAY_INDEX and AWS_BATCH_JOB_ARRAY_SIZE are set for children of arrays, so not for \
     a foreach of one item; the second did not exist for years.",
    source: "Batch guide job_env_vars; aws/containers-roadmap#1631",
    Construction("scripts in a foreach have FLOWBATCH_INDEX and FLOWBATCH_SIZE, whatever the number of items")
    Codes[run::BATCH_VARIABLE];

    "array-parent-states": Lint, Documented,
    "An array never is RUNNABLE or RUNNING itself, and fails with any of its children.",
    source: "Batch guide array_jobs",
    OutOfScope("nothing in a flow can be wrong with it; [the language](language.md) says what follows");

    "depends-max-20": RefusedAtSubmit, Live,
    "“Job cannot have more than 20 dependencies”.",
    source: "OpenNeuroOrg/openneuro#100; Batch API SubmitJob.dependsOn",
    Codes[graph::TOO_MANY_DEPENDENCIES];

    "depends-jobid-not-name": RefusedAtSubmit, Documented,
    "A dependency is the id of a job, not its name.",
    source: "boto/boto3#1038; Batch API JobDependency",
    Construction("`jobs.json` names steps, for which a submission puts the ids of their jobs");

    "depends-type-enum": RefusedAtSubmit, Model,
    "The type of a dependency is `N_TO_N`, `SEQUENTIAL` or none.",
    source: "Batch API ArrayJobDependency",
    Construction("`batch/plan.rs` writes `N_TO_N` or none");

    "depends-sequential": RefusedAtSubmit, Documented,
    "`SEQUENTIAL` is of an array job itself, without an id.",
    source: "Batch API SubmitJob.dependsOn; Batch guide array_jobs",
    Construction("it is never written");

    "depends-n-to-n": RefusedAtSubmit, Unverified,
    "Two arrays that depend `N_TO_N` have one size: child waits for child.",
    source: "Batch API SubmitJob.dependsOn",
    Construction("`check/graph.rs` allows it within one foreach only");

    "depends-n-to-n-array-both": RefusedAtSubmit, Unverified,
    "Both jobs of `N_TO_N` are arrays.",
    source: "Batch API SubmitJob.dependsOn",
    Construction("`check/graph.rs` allows it for at least 2 items only");

    "depends-untyped-on-array": Lint, Documented,
    "A dependency without a type, on an array, waits for all its children.",
    source: "Batch guide example_array_job",
    Construction("a gather depends so on the foreach that it closes");

    "depends-entry-nonempty": RefusedAtSubmit, Unverified,
    "A dependency has an id or a type.",
    source: "Batch API JobDependency",
    Construction("every dependency of `jobs.json` names a step");

    "depends-failed": Fails, Documented,
    "If a job fails, those that wait for it fail too.",
    source: "Batch guide job_dependencies",
    OutOfScope("that is what an edge means; [the language](language.md) says so");

    "depends-acyclic": RefusedAtSubmit, Documented,
    "A job can wait only for jobs that have been submitted.",
    source: "Batch API SubmitJob.dependsOn",
    Codes[graph::CYCLE]
    Construction("`jobs.json` is in topological order");

    "depends-retention": RefusedAtSubmit, Unverified,
    "Jobs that ended are forgotten after seven days or more.",
    source: "Batch guide job_states",
    Account("whether AWS Batch still knows the jobs of a run that is resumed days later: `aws batch describe-jobs --jobs ID`, with the ids that `flowbatch status RUN --format json` shows");

    "depends-scope": RefusedAtSubmit, Unverified,
    "Jobs wait only for jobs of their account and region.",
    source: "Batch API SubmitJob.dependsOn",
    Codes[options::ARN_MISMATCH];
}
