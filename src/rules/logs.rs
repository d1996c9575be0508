//! Log drivers.

use crate::codes::{options, platform as codes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Opt;

use super::Job;

/// Options need a driver; Fargate has three: "Log driver for Fargate is not valid: journald".
pub(super) fn driver(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(setting) = job.options.get(Opt::LogDriver) else {
        for opt in [Opt::LogOptions, Opt::SecretLogOptions] {
            if let Some(setting) = job.options.get(opt) {
                sink.push(
                    Diagnostic::new(
                        &options::MISSING_LOG_DRIVER,
                        setting.span,
                        format!("`{}` needs `log_driver`", setting.spec.name),
                    )
                    .help("name the driver that these options are for, such as `log_driver=\"awslogs\"`"),
                );
            }
        }
        return;
    };
    let Some(driver) = setting.value.as_str() else {
        return;
    };
    if job.fargate() == Some(true) && !["awslogs", "splunk", "awsfirelens"].contains(&driver) {
        sink.push(
            Diagnostic::new(
                &codes::FARGATE_LOG_DRIVER,
                setting.value.span,
                format!("Fargate has no log driver `{driver}`"),
            )
            .label(job.at(Opt::Platform), "the platform is stated here")
            .help("it has `awslogs` and `splunk`"),
        );
    }
}
