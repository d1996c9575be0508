//! The steps of a run, from its folder or from what AWS lists.

use std::collections::HashMap;

use super::model::{Job, Sent, Snapshot, Step, Submission};
use crate::aws::run::{Document, Entry, Header, Record, RunId, RunState};

/// A run as its folder has it.
#[must_use]
pub fn from_folder(header: &Header, document: &Document, entries: &[Entry]) -> Snapshot {
    let state = RunState::of(entries);
    let times: HashMap<&str, u64> = entries
        .iter()
        .filter_map(|entry| match &entry.record {
            Record::Submitted { job_id, .. } => Some((job_id.as_str(), entry.at)),
            _ => None,
        })
        .collect();
    let sent = |step: &str| {
        let Some(known) = state.steps.get(step) else {
            return Sent::No;
        };
        match (&known.job_id, &known.refused) {
            (Some(id), _) => Sent::Yes {
                id: id.clone(),
                at: times.get(id.as_str()).copied().unwrap_or(0),
            },
            (None, Some(message)) => Sent::Refused(message.clone()),
            (None, None) if known.submitting.is_empty() => Sent::No,
            (None, None) => Sent::Unknown,
        }
    };
    let part = |at: usize| match &header.from {
        Some(from) => follows(document, at, from),
        None => true,
    };
    Snapshot {
        run: header.run.clone(),
        flow: header.flow.clone(),
        began: Some(header.began),
        submission: match (state.cancelled, state.complete) {
            (true, _) if state.cancelling => Submission::Cancelling,
            (true, _) => Submission::Cancelled,
            (false, true) => Submission::Complete,
            (false, false) => Submission::Incomplete,
        },
        steps: steps(document, part, sent),
    }
}

/// A run as AWS lists it: `jobs` are those whose names begin as the run's. Of the document, only
/// the steps are taken.
#[must_use]
pub fn from_listing(run: &RunId, prefix: &str, document: &Document, jobs: &[Job]) -> Snapshot {
    let mut by_name: HashMap<&str, &Job> = HashMap::new();
    for job in jobs {
        let kept = by_name.entry(&job.job_name).or_insert(job);
        if worth(job) > worth(kept) {
            *kept = job;
        }
    }
    let named: Vec<Option<&Job>> = document
        .jobs
        .iter()
        .map(|job| {
            let name = job.name(prefix, &document.flow, run);
            by_name.get(name.as_str()).copied()
        })
        .collect();
    // A step is submitted after those that it depends on: one that was not, but has such a
    // follower, is no part of the run, which began at a later step.
    let mut outside = vec![false; named.len()];
    for (at, job) in document.jobs.iter().enumerate().rev() {
        if named[at].is_some() || outside[at] {
            for dependency in &job.depends_on {
                outside[dependency.job] = named[dependency.job].is_none();
            }
        }
    }
    let places: HashMap<&str, usize> = document
        .jobs
        .iter()
        .enumerate()
        .map(|(at, job)| (job.step.as_str(), at))
        .collect();
    let sent = |step: &str| match places.get(step).and_then(|&at| named[at]) {
        Some(job) => Sent::Yes {
            id: job.job_id.clone(),
            at: job.created_at.unwrap_or(0),
        },
        None => Sent::No,
    };
    let steps = steps(document, |at| !outside[at], sent);
    let all = steps
        .iter()
        .all(|step| matches!(step.sent, Sent::Yes { .. }));
    Snapshot {
        run: run.to_string(),
        flow: document.flow.clone(),
        began: jobs.iter().filter_map(|job| job.created_at).min(),
        submission: if all {
            Submission::Complete
        } else {
            Submission::Incomplete
        },
        steps,
    }
}

/// Of two jobs of one name, one came about when an answer was lost, and was terminated.
fn worth(job: &Job) -> (bool, Option<u64>) {
    (job.status != "FAILED", job.created_at)
}

/// Whether a step is `from` or depends on it.
fn follows(document: &Document, at: usize, from: &str) -> bool {
    let mut seen = vec![false; document.jobs.len()];
    let mut next = vec![at];
    while let Some(at) = next.pop() {
        let Some(job) = document.jobs.get(at) else {
            continue;
        };
        if job.step == from {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            next.extend(job.depends_on.iter().map(|dependency| dependency.job));
        }
    }
    false
}

fn steps(
    document: &Document,
    part: impl Fn(usize) -> bool,
    sent: impl Fn(&str) -> Sent,
) -> Vec<Step> {
    let mut places = vec![None; document.jobs.len()];
    let mut steps: Vec<Step> = Vec::new();
    for (at, job) in document.jobs.iter().enumerate().filter(|(at, _)| part(*at)) {
        places[at] = Some(steps.len());
        let after = job.depends_on.iter();
        let after = after.filter_map(|dependency| *places.get(dependency.job)?);
        steps.push(Step {
            name: job.step.clone(),
            after: after.collect(),
            sent: sent(&job.step),
            job: None,
            missing: false,
        });
    }
    steps
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// A document of steps with what they come after.
    pub(crate) fn document(steps: &[(&str, &[&str])]) -> Document {
        let definitions: serde_json::Map<String, serde_json::Value> = steps
            .iter()
            .map(|(name, _)| ((*name).into(), json!({ "jobDefinitionName": name })))
            .collect();
        let jobs: Vec<_> = steps
            .iter()
            .map(|(name, after)| {
                let after: Vec<_> = after.iter().map(|step| json!({ "step": step })).collect();
                json!({ "step": name, "dependsOn": after, "request": { "jobQueue": "q" } })
            })
            .collect();
        let text = json!({ "flow": "F", "jobDefinitions": definitions, "jobs": jobs }).to_string();
        Document::parse(&text).unwrap()
    }

    pub(crate) fn header(from: Option<&str>) -> Header {
        Header {
            version: Header::VERSION,
            run: "r1".into(),
            flow: "F".into(),
            prefix: "p-".into(),
            began: 7,
            file: "f.flow".into(),
            from: from.map(str::to_owned),
            profile: None,
            region: "us-east-1".into(),
            endpoint: None,
            queues: vec!["q".into()],
        }
    }

    fn diamond() -> Document {
        document(&[
            ("start", &[]),
            ("a", &["start"]),
            ("b", &["start"]),
            ("join", &["a", "b"]),
        ])
    }

    fn names(run: &Snapshot) -> Vec<String> {
        let state = |step: &Step| format!("{} {}", step.name, step.state().as_str());
        run.steps.iter().map(state).collect()
    }

    #[test]
    fn what_the_journal_says() {
        let record = |at, record| Entry { at, record };
        let submitting = |step: &str| Record::Submitting { step: step.into() };
        let mut entries = vec![
            record(1, submitting("start")),
            record(
                2,
                Record::Submitted {
                    step: "start".into(),
                    job_id: "1".into(),
                    found: false,
                },
            ),
            record(3, submitting("a")),
            record(4, submitting("b")),
            record(
                5,
                Record::Refused {
                    step: "b".into(),
                    message: "no".into(),
                },
            ),
        ];
        let run = from_folder(&header(None), &diamond(), &entries);
        assert_eq!(
            names(&run),
            [
                "start SUBMITTED",
                "a unknown",
                "b refused",
                "join not submitted"
            ]
        );
        let sent = Sent::Yes {
            id: "1".into(),
            at: 2,
        };
        assert_eq!(
            (&run.steps[0].sent, &run.steps[3].after),
            (&sent, &vec![1, 2])
        );
        assert_eq!(run.submission, Submission::Incomplete);
        entries.push(record(6, Record::Complete));
        let run = from_folder(&header(None), &diamond(), &entries);
        assert_eq!(run.submission, Submission::Complete);
        entries.push(record(7, Record::Cancelling));
        let run = from_folder(&header(None), &diamond(), &entries);
        assert_eq!(run.submission, Submission::Cancelling);
        entries.push(record(8, Record::Cancelled));
        let run = from_folder(&header(None), &diamond(), &entries);
        assert_eq!(run.submission, Submission::Cancelled);
    }

    #[test]
    fn a_run_from_a_step_on() {
        let run = from_folder(&header(Some("a")), &diamond(), &[]);
        assert_eq!(names(&run), ["a not submitted", "join not submitted"]);
        assert_eq!(run.steps[1].after, [0]);
    }

    #[test]
    fn what_aws_lists() {
        let job = |name: &str, id: &str, status: &str| {
            Job::of(&json!({ "jobName": name, "jobId": id, "status": status, "createdAt": 5 }))
        };
        let id = RunId::parse("r1").unwrap();
        let jobs = [
            job("p-F-r1-a", "1", "SUCCEEDED"),
            job("p-F-r1-join", "2", "RUNNING"),
            job("p-F-r1-join", "3", "FAILED"),
        ];
        // `start` and `b` are no part of a run that has `join`.
        let run = from_listing(&id, "p-", &diamond(), &jobs);
        assert_eq!(names(&run), ["a SUBMITTED", "join SUBMITTED"]);
        assert_eq!((run.submission, run.began), (Submission::Complete, Some(5)));
        assert!(matches!(&run.steps[1].sent, Sent::Yes { id, .. } if id == "2"));
        // One that was interrupted is incomplete.
        let run = from_listing(&id, "p-", &diamond(), &[job("p-F-r1-start", "1", "FAILED")]);
        assert_eq!(run.steps.len(), 4);
        assert_eq!(run.submission, Submission::Incomplete);
    }
}
