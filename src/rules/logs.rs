//! Log drivers.

use crate::codes::{options, platform as codes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Opt;
use crate::suggest;

use super::Job;

/// What awslogs takes on AWS Batch (user guide, "Use the awslogs log driver"); ECS takes more.
const AWSLOGS: [&str; 6] = [
    "awslogs-create-group",
    "awslogs-datetime-format",
    "awslogs-group",
    "awslogs-multiline-pattern",
    "awslogs-region",
    "awslogs-stream-prefix",
];

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

/// awslogs has options of its own: "Log driver awslogs disallows options: mode".
pub(super) fn options(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(driver) = job.options.get(Opt::LogDriver) else {
        return;
    };
    if driver.value.as_str() != Some("awslogs") {
        return;
    }
    for entry in job.options.map(Opt::LogOptions) {
        let key = entry.key.as_ref();
        if AWSLOGS.contains(&key) {
            continue;
        }
        let diagnostic = Diagnostic::new(
            &options::LOG_OPTION,
            entry.span,
            format!("`awslogs` has no option `{key}`"),
        )
        .label(driver.value.span, "the driver");
        sink.push(match suggest::closest(key, AWSLOGS) {
            Some(meant) => {
                let diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
                // In a list, key and value are one string.
                if entry.span == entry.value.span {
                    diagnostic
                } else {
                    let text = format!("\"{meant}\"");
                    diagnostic.suggest(format!("write `{meant}`"), entry.span, text)
                }
            }
            None => diagnostic.help(format!(
                "AWS Batch answers \"Log driver awslogs disallows options: {key}\"; it has {}",
                AWSLOGS.map(|name| format!("`{name}`")).join(", ")
            )),
        });
    }
}
