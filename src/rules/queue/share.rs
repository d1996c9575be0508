//! Fair-share queues.

use crate::codes::{options, queue as codes};
use crate::diagnostic::Diagnostics;
use crate::schema::Opt;

use super::{asks, known, name, stated};
use crate::rules::Job;

/// With a scheduling policy a job names its share and has a priority; without one it names none
/// (SubmitJob, `shareIdentifier`), and its priority is ignored (`schedulingPriority`).
pub(in crate::rules) fn share(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(queue) = known(job) else {
        return;
    };
    let Some(policy) = &queue.fair_share else {
        return;
    };
    let share = job.options.get(Opt::ShareIdentifier);
    let priority = job.options.get(Opt::SchedulingPriority);
    let queue = name(queue);
    if policy.value {
        if share.is_none() {
            let message =
                format!("a job on queue `{queue}` names its share, and this one does not");
            let diagnostic = asks(job, &codes::QUEUE_SHARE_MISSING, Opt::Queue, message);
            let write = match priority {
                Some(_) => "`@batch(share_identifier=\"…\")`",
                None => "`@batch(share_identifier=\"…\", scheduling_priority=0)`",
            };
            sink.push(
                stated(diagnostic, policy, "it has a scheduling policy")
                    .help(format!("AWS Batch refuses the job; write {write}")),
            );
        }
        return;
    }
    if share.is_some() {
        let diagnostic = asks(
            job,
            &codes::QUEUE_SHARE_REFUSED,
            Opt::ShareIdentifier,
            format!("queue `{queue}` has no shares"),
        );
        sink.push(stated(diagnostic, policy, "it has no scheduling policy").help(
            "AWS documents that a job must not name a share there; remove `share_identifier`, or use \
             a queue with a scheduling policy",
        ));
    }
    if priority.is_some() {
        let diagnostic = asks(
            job,
            &options::OPTION_WITHOUT_EFFECT,
            Opt::SchedulingPriority,
            format!("`scheduling_priority` changes nothing on queue `{queue}`"),
        );
        sink.push(
            stated(diagnostic, policy, "it has no scheduling policy")
                .help("such a queue starts jobs in the order of submission; remove it"),
        );
    }
}
