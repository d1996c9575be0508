//! Log drivers.

use crate::codes::{options, platform as codes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Opt;
use crate::suggest;

use super::Job;
use super::capacity::suggest;

/// What awslogs takes on AWS Batch (user guide, "Use the awslogs log driver"); ECS takes more.
const AWSLOGS: [&str; 6] = [
    "awslogs-create-group",
    "awslogs-datetime-format",
    "awslogs-group",
    "awslogs-multiline-pattern",
    "awslogs-region",
    "awslogs-stream-prefix",
];

/// What the agent of the AMIs for ECS offers unless it is told otherwise (amazon-ecs-agent,
/// ecs-init/docker/docker.go).
const OFFERED: [&str; 4] = ["awslogs", "json-file", "syslog", "fluentd"];

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
        let diagnostic = Diagnostic::new(
            &codes::FARGATE_LOG_DRIVER,
            setting.value.span,
            format!("Fargate has no log driver `{driver}`"),
        )
        .label(job.at(Opt::Platform), "the platform is stated here")
        .help("it has `awslogs` and `splunk`");
        sink.push(suggest(job, Opt::LogDriver, "\"awslogs\"", diagnostic));
    }
    // awsfirelens never works, whatever an instance offers.
    if job.fargate() == Some(false) && !OFFERED.contains(&driver) && driver != "awsfirelens" {
        sink.push(
            Diagnostic::new(
                &codes::LOG_DRIVER_AVAILABLE,
                setting.value.span,
                format!("not every instance offers the log driver `{driver}`"),
            )
            .label(job.at(Opt::Platform), "the platform is decided here")
            .help(format!(
                "unless `{driver}` is in ECS_AVAILABLE_LOGGING_DRIVERS of the queue's instances, \
                 the job stays RUNNABLE"
            )),
        );
    }
}

/// Two drivers need more than their name to send a line anywhere.
pub(super) fn complete(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(driver) = job.options.get(Opt::LogDriver) else {
        return;
    };
    let incomplete = |message: String| {
        Diagnostic::new(&options::INCOMPLETE_LOG_DRIVER, driver.value.span, message)
    };
    match driver.value.as_str() {
        Some("awsfirelens") => {
            let diagnostic =
                incomplete("`awsfirelens` has no container that routes logs".to_owned()).help(
                    "only `ecsProperties` of the API can have one, which flowbatch does not write; \
                     choose another driver",
                );
            sink.push(suggest(job, Opt::LogDriver, "\"awslogs\"", diagnostic));
        }
        Some("splunk") => {
            let written = [Opt::LogOptions, Opt::SecretLogOptions];
            if written.iter().any(|opt| job.options.is_opaque(*opt)) {
                return;
            }
            let has = |key: &str| {
                let mut entries = written.iter().flat_map(|opt| job.options.map(*opt));
                entries.any(|entry| entry.key == key)
            };
            let lacks: Vec<String> = ["splunk-url", "splunk-token"]
                .into_iter()
                .filter(|key| !has(key))
                .map(|key| format!("`{key}`"))
                .collect();
            if lacks.is_empty() {
                return;
            }
            let mut diagnostic = incomplete(format!("`splunk` needs {}", lacks.join(" and ")));
            for opt in written {
                if let Some(setting) = job.options.get(opt) {
                    diagnostic = diagnostic.label(setting.span, "what is written");
                }
            }
            sink.push(diagnostic.help(
                "write `splunk-url` in `log_options`, and `splunk-token` in `secret_log_options`, \
                 with the name of the secret that holds it",
            ));
        }
        _ => {}
    }
}

/// Of two ways to tell where a line of the log ends, awslogs takes one (user guide, "Use the
/// awslogs log driver").
pub(super) fn multiline(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    if job.options.str(Opt::LogDriver) != Some("awslogs") {
        return;
    }
    let entries = job.options.map(Opt::LogOptions);
    let written = |key: &str| entries.iter().find(|entry| entry.key == key);
    if let Some(pattern) = written("awslogs-multiline-pattern")
        && let Some(format) = written("awslogs-datetime-format")
    {
        sink.push(
            Diagnostic::new(
                &options::OPTION_WITHOUT_EFFECT,
                pattern.span,
                "`awslogs-multiline-pattern` changes nothing beside `awslogs-datetime-format`",
            )
            .label(format.span, "which awslogs prefers")
            .help("remove one of the two"),
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
