//! Fair shares.

use crate::check::options::Strength;
use crate::codes::options as codes;
use crate::diagnostic::{Diagnostic, Diagnostics, Edit};
use crate::schema::Opt;

use super::Job;

/// A share needs a priority: "Either schedulingPriority in job definition or
/// schedulingPriorityOverride should be specified."
pub(super) fn priority(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(share) = job.options.get(Opt::ShareIdentifier) else {
        return;
    };
    if job.options.get(Opt::SchedulingPriority).is_some() {
        return;
    }
    // Where there are no shares, that is said instead.
    let policy = job.queue.and_then(|queue| queue.fair_share.as_ref());
    if policy.is_some_and(|policy| !policy.value) {
        return;
    }
    let mut diagnostic = Diagnostic::new(
        &codes::SHARE_WITHOUT_PRIORITY,
        share.span,
        "a job with a share needs `scheduling_priority`",
    )
    .label(job.span, "this step has none")
    .help("any number from 0 to 9999; of the jobs of one share, those with a higher one go first");
    // In a toml it would be a line of its own.
    if !matches!(share.strength, Strength::Config | Strength::Env) {
        let edit = Edit {
            span: share.value.span.after(),
            text: ", scheduling_priority=0".to_owned(),
        };
        diagnostic = diagnostic.fix_edits("write `scheduling_priority=0`", false, vec![edit]);
    }
    sink.push(diagnostic);
}
