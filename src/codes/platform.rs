//! What EC2 and Fargate have.

codes! { "platform";
    /// An option that Fargate does not have
    FARGATE_OPTION: "fargate-option", Error,
    explain: "", failing: "", corrected: "";

    /// An option that EC2 does not have
    EC2_OPTION: "ec2-option", Error,
    explain: "", failing: "", corrected: "";

    /// A number of vCPUs that Fargate does not have
    FARGATE_CPU: "fargate-cpu", Error,
    explain: "", failing: "", corrected: "";

    /// Memory that Fargate does not have with these vCPUs
    FARGATE_MEMORY: "fargate-memory", Error,
    explain: "", failing: "", corrected: "";

    /// A log driver that Fargate does not have
    FARGATE_LOG_DRIVER: "fargate-log-driver", Error,
    explain: "", failing: "", corrected: "";

    /// A fraction of a vCPU on EC2
    EC2_CPU: "ec2-cpu", Error,
    explain: "", failing: "", corrected: "";

    /// Fargate, secrets or registry credentials without an execution role
    MISSING_EXECUTION_ROLE: "missing-execution-role", Error,
    explain: "", failing: "", corrected: "";

    /// A multi-node step in a foreach
    PARALLEL_IN_FOREACH: "parallel-in-foreach", Error,
    explain: "", failing: "", corrected: "";
}
