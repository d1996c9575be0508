//! The sizes that AWS Batch limits, measured on what is sent.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value as Json;

use crate::batch::definition::{Definition, named_params};
use crate::batch::wire::{ContainerOverrides, Job, KeyValue};
use crate::batch::{command, names, plan};
use crate::check::Checked;
use crate::check::options::Opts;
use crate::codes::Code;
use crate::codes::size as codes;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::flow::{ExecArg, Run, Step};
use crate::schema::Opt;
use crate::source::Span;

/// A job definition has at most 24 KiB (AWS Batch service quotas).
pub const MAX_DEFINITION: usize = 24 * 1024;
/// A SubmitJob request has less than 30 KiB: "Job size must be less than 30 KiB".
pub const MAX_SUBMISSION: usize = 30 * 1024 - 1;
/// What overrides a container has at most 8,192 characters: "Container Overrides length must be
/// at most 8192", and the job fails.
pub const MAX_OVERRIDE: usize = 8192;

/// Stands for a run id, which has at most 16 characters.
const RUN_ID: &str = "0000000000000000";
/// Stands for a job id, which is a UUID.
const JOB_ID: &str = "00000000-0000-0000-0000-000000000000";

/// What has been reported: the code, whether it was an error, and the place of the cause.
pub type Reported = HashSet<(&'static str, Severity, Span)>;

/// Checks what one step becomes. What several steps suffer from is reported once.
pub fn check(
    checked: &Checked<'_>,
    step: &Step<'_>,
    definition: &Definition<'_>,
    job: &Job<'_>,
    reported: &mut Reported,
    sink: &mut Diagnostics,
) {
    let mut report = |limit: Limit, size: usize, request: &dyn Fn() -> Json| {
        if !near(size, limit.most) {
            return;
        }
        let parts = contributors(&request(), limit.measure);
        let cause = parts
            .first()
            .and_then(|(largest, _)| place(checked, step, largest));
        let diagnostic = limit.exceeded(step, size, &parts, cause);
        let known = cause.is_some_and(|cause| {
            !reported.insert((diagnostic.code.name, diagnostic.severity, cause))
        });
        if !known {
            sink.push(diagnostic);
        }
    };
    let whole = || serde_json::to_value(definition).unwrap_or_default();
    report(DEFINITION, compact_size(definition), &whole);
    let submission = submission(checked, step, job);
    report(SUBMISSION, bytes(&submission), &|| submission.clone());
    let overrides = overrides(checked, step);
    report(OVERRIDE, characters(&overrides), &|| overrides.clone());
}

/// The bytes of all texts that every request of a flow holds: its params.
pub fn shared_text(checked: &Checked<'_>) -> usize {
    let params = checked.flow.params.iter();
    params
        .map(|param| {
            let default = param.default_text().map_or(0, str::len);
            let given = param.override_text().map_or(0, str::len);
            // In the environment, its override, the parameters and theirs.
            2 * (2 * param.name.len() + default + given + 30)
        })
        .sum()
}

/// Whether no limit can be near, told without writing the requests: from the bytes of all texts
/// in them, each in its longest escape, and what is written around them.
pub fn is_small(checked: &Checked<'_>, step: &Step<'_>, shared: usize) -> bool {
    const AROUND: usize = 2_000;
    const ESCAPED: usize = 6;
    /// What these become is longer than what is written.
    const LONG: Opts = Opts::of(&[
        Opt::Neuron,
        Opt::Efa,
        Opt::Devices,
        Opt::Ulimits,
        Opt::HostVolumes,
        Opt::EfsVolumes,
        Opt::Nodes,
        Opt::Raw,
    ]);
    if step.options.has_any(LONG) || step.scope.is_some() {
        return false;
    }
    let command = match &step.run {
        Some(Run::Shell { script, shell, .. }) => {
            script.len() + shell.iter().map(|word| word.len() + 3).sum::<usize>()
        }
        Some(Run::Exec { args, .. }) => args
            .iter()
            .map(|arg| match arg {
                ExecArg::Text(text) => text.len() + 3,
                ExecArg::Param(_) => 0, // a shared text
            })
            .sum(),
        None => 0,
    };
    let names = 4 * (checked.flow.prefix.len() + checked.flow.name.len() + step.name.len());
    let dependencies = step.depends_on.len() * 80;
    let text = command + names + shared + step.options.text_bytes();
    !near(AROUND + dependencies + text * ESCAPED, MAX_OVERRIDE)
}

/// Whether a size is over 85 % of its limit.
fn near(size: usize, limit: usize) -> bool {
    size * 100 > limit * 85
}

/// A limit, and how it is told.
struct Limit {
    code: &'static Code,
    what: &'static str,
    most: usize,
    unit: &'static str,
    measure: Measure,
    remedy: &'static str,
}

const DEFINITION: Limit = Limit {
    code: &codes::DEFINITION_SIZE,
    what: "the job definition",
    most: MAX_DEFINITION,
    unit: "bytes",
    measure: bytes,
    remedy: "make the largest part smaller: a script can be put into the image and run from there, with environment variables for what differs",
};

const SUBMISSION: Limit = Limit {
    code: &codes::SUBMISSION_SIZE,
    what: "the submission",
    most: MAX_SUBMISSION,
    unit: "bytes",
    measure: bytes,
    remedy: "make the largest part smaller: long values can reach the job through a file in S3",
};

const OVERRIDE: Limit = Limit {
    code: &codes::OVERRIDE_SIZE,
    what: "the override",
    most: MAX_OVERRIDE,
    unit: "characters",
    measure: characters,
    remedy: "make the largest part smaller: long values can reach the job through a file in S3",
};

impl Limit {
    /// What is said of a step whose request is so large; `cause` is where its largest part was
    /// written, if that is not what it runs.
    fn exceeded(
        &self,
        step: &Step<'_>,
        size: usize,
        parts: &[(String, usize)],
        cause: Option<Span>,
    ) -> Diagnostic {
        let Self {
            what, most, unit, ..
        } = self;
        let name = step.name;
        let over = size > *most;
        let message = if over {
            format!("{what} of `{name}` has {size} {unit}, AWS Batch takes {most}")
        } else {
            format!("{what} of `{name}` has {size} of the {most} {unit} that AWS Batch takes")
        };
        let run = step.run.as_ref().map_or(step.span, Run::span);
        let largest: Vec<String> = parts
            .iter()
            .take(3)
            .map(|(name, size)| format!("`{name}` {size}"))
            .collect();
        let mut diagnostic = match cause {
            Some(cause) => Diagnostic::new(self.code, cause, message)
                .here("the largest part")
                .label(run, "such as in this step"),
            None => Diagnostic::new(self.code, run, message),
        }
        .help(format!(
            "the largest parts are {}; {}",
            largest.join(", "),
            self.remedy
        ));
        if !over {
            diagnostic.severity = Severity::Warning;
        }
        diagnostic
    }
}

fn bytes(value: &Json) -> usize {
    compact_size(value)
}

fn characters(value: &Json) -> usize {
    value.to_string().chars().count()
}

/// The bytes of a value as compact JSON, without building it.
fn compact_size(value: &impl Serialize) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Writing to a counter cannot fail.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

/// The whole SubmitJob request, as a submission would send it.
fn submission(checked: &Checked<'_>, step: &Step<'_>, job: &Job<'_>) -> Json {
    let mut request = serde_json::to_value(&job.request).unwrap_or_default();
    request["jobName"] =
        names::job(&checked.flow.prefix, checked.flow.name, RUN_ID, step.name).into();
    request["jobDefinition"] = format!(
        "arn:aws:batch:us-gov-west-1:123456789012:job-definition/{}:12345",
        job.job_definition
    )
    .into();
    if !step.depends_on.is_empty() {
        request["dependsOn"] = step
            .depends_on
            .iter()
            .map(|dependency| {
                let mut entry = serde_json::json!({ "jobId": JOB_ID });
                if dependency.n_to_n {
                    entry["type"] = "N_TO_N".into();
                }
                entry
            })
            .collect();
    }
    for (key, value) in [
        ("flow", checked.flow.name),
        ("run", RUN_ID),
        ("step", step.name),
    ] {
        request["tags"][format!("flowbatch:{key}")] = value.into();
    }
    let mut environment = plan::overrides(checked);
    environment.push(run_id());
    match step.options.int(Opt::Nodes) {
        None => {
            request["containerOverrides"] =
                serde_json::to_value(ContainerOverrides { environment }).unwrap_or_default();
        }
        Some(nodes) => {
            request["nodeOverrides"] =
                serde_json::to_value(plan::node_overrides(nodes, &environment)).unwrap_or_default();
        }
    }
    request
}

fn run_id<'m>() -> KeyValue<'m> {
    KeyValue {
        name: Cow::Borrowed("FLOWBATCH_RUN_ID"),
        value: Cow::Borrowed(RUN_ID),
    }
}

/// What Batch overrides when it starts the container: the environment of the submission, and the
/// command where it holds params.
fn overrides(checked: &Checked<'_>, step: &Step<'_>) -> Json {
    let mut environment = plan::overrides(checked);
    environment.push(run_id());
    let mut overrides =
        serde_json::to_value(ContainerOverrides { environment }).unwrap_or_default();
    if !named_params(step).is_empty() {
        overrides["command"] = command::command(&checked.flow, step)
            .iter()
            .map(|word| {
                let param = word
                    .strip_prefix("Ref::")
                    .and_then(|name| checked.flow.params.iter().find(|param| param.name == name));
                match param
                    .and_then(|param| param.value())
                    .and_then(|value| value.kind.as_text())
                {
                    Some(text) => text.to_owned(),
                    None => word.to_string(),
                }
            })
            .collect();
    }
    overrides
}

/// How a limit counts: [`bytes`] or [`characters`].
type Measure = fn(&Json) -> usize;

/// Where a part was written; what it runs is where the diagnostic is.
fn place(checked: &Checked<'_>, step: &Step<'_>, part: &str) -> Option<Span> {
    let Some((list, name)) = part.split_once(": ") else {
        return match part {
            "tags" => step.options.span(Opt::BatchTags),
            _ => None,
        };
    };
    if !list.ends_with("environment") {
        return None;
    }
    let mut params = checked.flow.params.iter();
    let param = params.find(|param| param.name == name);
    let param = param.map(|param| param.given.as_ref().map_or(param.span, |given| given.span));
    let vars = step.options.map(Opt::Vars).iter();
    param.or_else(|| {
        let mut vars = vars.filter(|entry| entry.key == name);
        vars.next().map(|entry| entry.value.span)
    })
}

/// A list of named things is as many parts, each by its name: of an environment, its variables.
fn part(name: String, value: &Json, size: Measure, parts: &mut Vec<(String, usize)>) {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    if items.iter().any(|item| item.get("name").is_some()) {
        for item in items {
            let item_name = item["name"].as_str().unwrap_or_default();
            parts.push((format!("{name}: {item_name}"), size(item)));
        }
        return;
    }
    let nested = |item: &Json| {
        item.get("container")
            .or(item.get("containerOverrides"))
            .cloned()
    };
    // The ranges of a multi-node job are alike: the first one stands for all.
    if let Some(Json::Object(container)) = items.first().and_then(nested) {
        for (inner, value) in &container {
            let before = parts.len();
            part(inner.clone(), value, size, parts);
            for (_, of_one) in &mut parts[before..] {
                *of_one *= items.len();
            }
        }
        return;
    }
    parts.push((name, size(value)));
}

/// The parts of a request, largest first.
fn contributors(request: &Json, size: Measure) -> Vec<(String, usize)> {
    let mut parts = Vec::new();
    if let Json::Object(fields) = request {
        for (name, value) in fields {
            match value {
                Json::Object(inner)
                    if name.ends_with("Properties") || name.ends_with("Overrides") =>
                {
                    for (inner_name, value) in inner {
                        part(format!("{name}.{inner_name}"), value, size, &mut parts);
                    }
                }
                _ => part(name.clone(), value, size, &mut parts),
            }
        }
    }
    parts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    parts
}
