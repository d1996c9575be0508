//! Where a job's logs are, and what to say if there are none.

use serde_json::Value;

use crate::aws::watch::model::Job;

/// Where AWS Batch logs to unless it is told otherwise.
const GROUP: &str = "/aws/batch/job";

/// A log stream of a job.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Stream {
    /// Its log group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// The attempt that wrote it, from 1, if there was more than one.
    pub attempt: Option<usize>,
}

/// What reading a stream came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// There were events.
    Events,
    /// There were none.
    Empty,
    /// CloudWatch has no such stream, or no such group.
    NoStream,
}

/// The streams of a job as DescribeJobs shows it, of its earlier attempts first.
pub(super) fn of(job: &Value) -> Vec<Stream> {
    if driver(job).is_some_and(|driver| driver != "awslogs") {
        return Vec::new();
    }
    let option = &configuration(job)["options"]["awslogs-group"];
    let group = option.as_str().unwrap_or(GROUP);
    let attempts = job["attempts"].as_array().map_or(&[][..], Vec::as_slice);
    let mut found: Vec<(String, usize)> = Vec::new();
    let mut add = |value: &Value, attempt: usize| {
        names(value, &mut |name| {
            if !found.iter().any(|(known, _)| known == name) {
                found.push((name.to_owned(), attempt));
            }
        });
    };
    for (at, attempt) in attempts.iter().enumerate() {
        add(attempt, at + 1);
    }
    // The container is that of the attempt that runs, or of the last one.
    for key in ["container", "ecsProperties"] {
        add(&job[key], attempts.len() + 1);
    }
    let several = found.iter().any(|(_, attempt)| *attempt > 1);
    let streams = found.into_iter().map(|(name, attempt)| Stream {
        group: group.to_owned(),
        name,
        attempt: several.then_some(attempt),
    });
    streams.collect()
}

/// All `logStreamName`, wherever a kind of job has them.
fn names(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str().filter(|_| key == "logStreamName") {
                    Some("") => {}
                    Some(name) => each(name),
                    None => names(value, each),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, each)),
        _ => {}
    }
}

/// The log configuration of a job's first container that has one.
fn configuration(value: &Value) -> &Value {
    static NONE: Value = Value::Null;
    let found = match value {
        Value::Object(fields) => {
            let own = fields.get("logConfiguration").filter(|own| own.is_object());
            let below = || {
                fields
                    .values()
                    .map(configuration)
                    .find(|found| !found.is_null())
            };
            own.or_else(below)
        }
        Value::Array(items) => items
            .iter()
            .map(configuration)
            .find(|found| !found.is_null()),
        _ => None,
    };
    found.unwrap_or(&NONE)
}

fn driver(job: &Value) -> Option<&str> {
    configuration(job)["logDriver"].as_str()
}

/// Why a job has no logs to show, if it has none.
pub(super) fn missing(
    label: &str,
    job: &Value,
    outcome: impl Fn(&Stream) -> Option<Outcome>,
) -> Option<String> {
    if let Some(driver) = driver(job).filter(|driver| *driver != "awslogs") {
        return Some(format!(
            "{label}: its log driver is `{driver}`, not `awslogs`: its logs are not in CloudWatch"
        ));
    }
    let streams = of(job);
    let status = Job::of(job);
    let ended = status.has_ended();
    let outcomes: Vec<Outcome> = streams.iter().filter_map(outcome).collect();
    if outcomes.contains(&Outcome::Events) {
        return None;
    }
    let state = status.state();
    let state = state.as_str();
    let Some(stream) = streams.last() else {
        return Some(if ended && status.started_at.is_none() {
            let reason = status
                .status_reason
                .map_or_else(String::new, |reason| format!(": {reason}"));
            format!("{label}: {state} without having started{reason}")
        } else if ended {
            format!("{label}: {state}, and AWS names no log stream of it")
        } else {
            format!("{label}: {state}, it has no log yet")
        });
    };
    let (group, name) = (&stream.group, &stream.name);
    if outcomes.contains(&Outcome::Empty) {
        return Some(if ended {
            format!("{label}: it wrote nothing, or the retention of {group} is over")
        } else {
            format!("{label}: {state}, it has written nothing yet")
        });
    }
    if !ended {
        return Some(format!(
            "{label}: {state}, it has written nothing yet: CloudWatch has no log stream {name} in {group}"
        ));
    }
    let region = configuration(job)["options"]["awslogs-region"].as_str();
    let region = region.map_or_else(String::new, |region| {
        format!("; it logs to {region}: if that is another one, give `--region {region}`")
    });
    Some(format!(
        "{label}: CloudWatch has no log stream {name} in {group}: it wrote nothing, the retention is over, \
         the group is not there, or the role of the job or its machine may not write to it{region}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn named(job: &Value) -> Vec<(String, Option<usize>)> {
        of(job)
            .into_iter()
            .map(|one| (one.name, one.attempt))
            .collect()
    }

    #[test]
    fn streams_of_every_kind_of_job() {
        let plain = json!({ "container": { "logStreamName": "a" } });
        assert_eq!(named(&plain), [("a".into(), None)]);
        assert_eq!(of(&plain)[0].group, "/aws/batch/job");
        let retried = json!({
            "attempts": [{ "container": { "logStreamName": "a" } }, { "container": { "logStreamName": "b" } }],
            "container": { "logStreamName": "b", "logConfiguration": { "logDriver": "awslogs",
                "options": { "awslogs-group": "/team" } } } });
        assert_eq!(
            named(&retried),
            [("a".into(), Some(1)), ("b".into(), Some(2))]
        );
        assert_eq!(of(&retried)[1].group, "/team");
        let running = json!({ "attempts": [{ "container": { "logStreamName": "a" } }],
            "container": { "logStreamName": "c" } });
        assert_eq!(named(&running)[1], ("c".into(), Some(2)));
        let task = json!({ "ecsProperties": { "taskProperties": [{ "containers": [
            { "name": "x", "logStreamName": "x" }, { "name": "y", "logStreamName": "y" }] }] } });
        assert_eq!(named(&task).len(), 2);
        let node = json!({ "nodeProperties": { "isMainNode": true }, "container": { "logStreamName": "n" } });
        assert_eq!(named(&node), [("n".into(), None)]);
    }

    #[test]
    fn any_reply_is_taken() {
        for job in [
            json!(null),
            json!([]),
            json!({ "attempts": 1, "container": "x" }),
            json!({ "attempts": [null, { "container": [] }], "container": { "logStreamName": 7 } }),
            json!({ "container": { "logStreamName": "", "logConfiguration": [] } }),
        ] {
            assert_eq!(of(&job), [], "{job}");
            assert!(missing("a", &job, |_| None).is_some());
        }
    }

    #[test]
    fn why_there_is_nothing() {
        let told = |job: Value, outcome| missing("a", &job, |_| outcome).unwrap_or_default();
        let stream =
            |status: &str| json!({ "status": status, "container": { "logStreamName": "s" } });
        assert_eq!(told(stream("FAILED"), Some(Outcome::Events)), "");
        let never = json!({ "status": "FAILED", "statusReason": "Dependent job failed" });
        assert_eq!(
            told(never, None),
            "a: FAILED without having started: Dependent job failed"
        );
        assert_eq!(
            told(json!({ "status": "RUNNABLE" }), None),
            "a: RUNNABLE, it has no log yet"
        );
        assert_eq!(
            told(stream("RUNNING"), Some(Outcome::Empty)),
            "a: RUNNING, it has written nothing yet"
        );
        let running = told(stream("RUNNING"), Some(Outcome::NoStream));
        assert!(running.contains("written nothing yet"), "{running}");
        let empty = told(stream("SUCCEEDED"), Some(Outcome::Empty));
        assert!(empty.contains("retention of /aws/batch/job"), "{empty}");
        let mut elsewhere = stream("SUCCEEDED");
        elsewhere["container"]["logConfiguration"] =
            json!({ "logDriver": "awslogs", "options": { "awslogs-region": "eu-west-1" } });
        let gone = told(elsewhere, Some(Outcome::NoStream));
        assert!(
            gone.contains("no log stream s") && gone.contains("`--region eu-west-1`"),
            "{gone}"
        );
        let splunk = json!({ "container": { "logStreamName": "s", "logConfiguration": { "logDriver": "splunk" } } });
        assert!(of(&splunk).is_empty());
        assert!(told(splunk, None).contains("`splunk`"));
    }
}
