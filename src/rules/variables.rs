//! Environment variables.

use crate::codes::values as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::flow::Run;

use super::Job;

/// A param with an empty default reaches scripts, not programs.
pub(super) fn empty_params(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(Run::Exec { span, .. }) = job.run else {
        return;
    };
    for param in job.params {
        if param.default_text() == Some("") {
            sink.push(
                Diagnostic::new(
                    &codes::EMPTY_VALUE,
                    param.span,
                    format!("the empty default of `{}` does not reach every step", param.name),
                )
                .label(*span, "a program, which will not have the variable at all")
                .help("AWS Batch drops environment variables without a value; only shell scripts can make up for it"),
            );
        }
    }
}
