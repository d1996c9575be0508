//! A run in JSON: the shape is in `docs/aws.md`.

use serde_json::{Value, json};

use super::model::{Sent, Snapshot};
use super::words;

/// The document of a run. The times in it are AWS's; only `explanation` depends on `now`.
#[must_use]
pub fn document(run: &Snapshot, now: u64) -> Value {
    let steps = run.steps.iter().map(|step| {
        let after = step.after.iter().filter_map(|&at| run.steps.get(at));
        let (id, message) = match &step.sent {
            Sent::Yes { id, .. } => (Some(id), None),
            Sent::Refused(message) => (None, Some(message)),
            _ => (None, None),
        };
        json!({
            "step": step.name,
            "state": step.state().as_str(),
            "after": after.map(|step| &step.name).collect::<Vec<_>>(),
            "jobId": id,
            "refused": message,
            "job": step.job,
            "explanation": words::explanations(run, step, now),
        })
    });
    json!({
        "run": run.run,
        "flow": run.flow,
        "began": run.began,
        "submission": run.submission,
        "ended": run.is_quiet(now),
        "succeeded": run.has_succeeded(),
        "steps": steps.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{described, snapshot};
    use super::*;

    /// Every key is in the page; those of `statusSummary` are AWS's.
    fn hold(value: &Value, page: &str) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    assert!(page.contains(&format!("`{key}`")), "{key}");
                    if key != "statusSummary" {
                        hold(value, page);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| hold(item, page)),
            _ => {}
        }
    }

    #[test]
    fn the_documented_shape() {
        let mut run = snapshot(&[("a", &[]), ("b", &["a"]), ("c", &["a"])]);
        run.steps[2].sent = Sent::Refused("no".into());
        let reply = described(&[
            json!({ "jobId": "id-a", "jobName": "F-r1-a", "status": "PENDING", "createdAt": 5,
                "arrayProperties": { "size": 2, "statusSummary": { "RUNNABLE": 2, "FAILED": 0 } } }),
            json!({ "jobId": "id-b", "jobName": "F-r1-b", "status": "FAILED", "createdAt": 5, "startedAt": 6,
                "stoppedAt": 7, "statusReason": "Essential container in task exited", "isTerminated": true,
                "attempts": [{}, {}], "retryStrategy": { "attempts": 2 },
                "container": { "exitCode": 137, "reason": "OutOfMemoryError: killed" } }),
        ]);
        run.absorb(&["id-a".into(), "id-b".into()], &reply);
        let document = document(&run, 9);
        let page = include_str!("../../../docs/aws.md");
        hold(&document, page);
        insta::assert_json_snapshot!(document);
    }
}
