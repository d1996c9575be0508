//! Tags.

use crate::codes::options as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Opt;

use super::Job;

/// A resource has at most 50 tags, and a submission adds three of ours.
const MAX_TAGS: usize = 50 - 3;

/// At most 47 tags.
pub(super) fn count(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let tags = job.options.map(Opt::BatchTags);
    if tags.len() > MAX_TAGS {
        sink.push(
            Diagnostic::new(
                &codes::TOO_MANY_TAGS,
                job.option_at(Opt::BatchTags),
                format!("a job has {} tags, and {MAX_TAGS} fit", tags.len()),
            )
            .label(job.span, "this step")
            .help("AWS Batch takes 50, of which `flowbatch:flow`, `flowbatch:step` and `flowbatch:run` are three"),
        );
    }
}
