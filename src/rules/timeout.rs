//! Timeouts.

use crate::codes::platform as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Opt;

use super::Job;

/// The seconds that Fargate surely leaves a task (AWS Batch user guide, "Job timeouts": 14 days).
const FARGATE: i64 = 14 * 24 * 60 * 60;

/// Fargate may end a task after 14 days, whatever its timeout. The default is less.
pub(super) fn fargate(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if job.fargate() != Some(true) {
        return;
    }
    let Some(seconds) = job.options.int(Opt::Timeout) else {
        return;
    };
    if seconds > FARGATE {
        sink.push(
            Diagnostic::new(
                &codes::FARGATE_TIMEOUT,
                job.at(Opt::Timeout),
                format!("Fargate may end this before its {seconds} seconds are over"),
            )
            .label(job.at(Opt::Platform), "the platform is stated here")
            .help(format!(
                "AWS documents 14 days, {FARGATE} seconds: write at most `hours={}`, or use a queue on EC2",
                FARGATE / 3600
            )),
        );
    }
}
