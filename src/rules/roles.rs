//! IAM roles.

use crate::codes::platform as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Opt;
use crate::value::Kind;

use super::Job;

/// Fargate, secrets and registry credentials need an execution role: "executionRoleArn is
/// required for Fargate jobs.", "executionRoleArn cannot be empty when using secrets or
/// secretOptions".
pub(super) fn execution_role(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if job.options.get(Opt::ExecutionRole).is_some() {
        return;
    }
    let reason = [
        (Opt::Secrets, "secrets are read with the execution role"),
        (
            Opt::SecretLogOptions,
            "secret log options are read with the execution role",
        ),
        (
            Opt::RepositoryCredentials,
            "registry credentials are read with the execution role",
        ),
    ]
    .into_iter()
    .find(|(opt, _)| {
        // An empty map asks for nothing.
        job.options.get(*opt).is_some_and(
            |setting| !matches!(&setting.value.kind, Kind::Map(entries) if entries.is_empty()),
        )
    });
    let (span, reason) = match (reason, job.fargate()) {
        (Some((opt, reason)), _) => (job.option_at(opt), reason),
        (None, Some(true)) => (
            job.at(Opt::Platform),
            "Fargate pulls the image with the execution role",
        ),
        _ => return,
    };
    sink.push(
        Diagnostic::new(&codes::MISSING_EXECUTION_ROLE, span, "this needs `execution_role`")
            .here(reason)
            .label(job.span, "for this step")
            .help("write `@batch(execution_role=\"arn:aws:iam::…:role/…\")` before the flow, or `execution_role` under `[batch]` in flowbatch.toml"),
    );
}
