//! Retries.

use crate::codes::options as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Opt;

use super::Job;

/// `evaluateOnExit` has at most 5 entries, and the last one is ours.
const MAX_CLASSES: usize = 4;

/// At most four different classes of failures, and attempts to spend on them.
pub(super) fn classes(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(setting) = job.options.get(Opt::On) else {
        return;
    };
    let classes = job.options.list(Opt::On);
    // One that stands there twice, or is none, is reported for itself.
    let different: std::collections::HashSet<&str> =
        classes.iter().filter_map(|class| class.as_str()).collect();
    if different.len() > MAX_CLASSES {
        sink.push(
            Diagnostic::new(
                &codes::RETRY_CLASSES,
                setting.value.span,
                format!("`on` has {} classes, and AWS Batch takes {MAX_CLASSES}", different.len()),
            )
            .help("evaluateOnExit has at most 5 entries, and the last one ends the job for every other failure"),
        );
    }
    for (index, class) in classes.iter().enumerate() {
        let earlier = classes[..index]
            .iter()
            .find(|earlier| earlier.as_str().is_some() && earlier.as_str() == class.as_str());
        if let Some(earlier) = earlier {
            sink.push(
                Diagnostic::new(
                    &codes::RETRY_CLASSES,
                    class.span,
                    "this class stands here twice",
                )
                .label(earlier.span, "the first time")
                .help("remove one of them"),
            );
        }
    }
    let without_effect = if job.options.attempts() == Some(1) {
        Some("with `times=0` nothing is retried")
    } else if classes.is_empty() && !setting.value.is_opaque() {
        Some("without a class, every failure is retried")
    } else {
        None
    };
    if let Some(why) = without_effect {
        sink.push(
            Diagnostic::new(
                &codes::OPTION_WITHOUT_EFFECT,
                setting.span,
                "`on` changes nothing",
            )
            .help(format!("{why}; remove it")),
        );
    }
}

/// Batch retries at once.
pub(super) fn meaningless(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if let Some(setting) = job.options.get(Opt::MinutesBetweenRetries) {
        sink.push(
            Diagnostic::new(
                &codes::OPTION_WITHOUT_MEANING,
                setting.span,
                "AWS Batch does not wait between attempts",
            )
            .help("remove it; a script can sleep when `$AWS_BATCH_JOB_ATTEMPT` is more than 1"),
        );
    }
}
