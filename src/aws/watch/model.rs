//! A run as it was last seen.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long after it was submitted a job may still be unknown to DescribeJobs. AWS forgets jobs
/// some days after their end.
const CONSISTENT: u64 = 120_000;

/// How many jobs DescribeJobs takes.
pub const BATCH: usize = 100;

/// A run: its steps in topological order, each with what was last seen of its job.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Snapshot {
    /// The run's id.
    pub run: String,
    /// Its flow.
    pub flow: String,
    /// When it began, in milliseconds of Unix time.
    pub began: Option<u64>,
    /// How far its submission came.
    pub submission: Submission,
    /// Its steps.
    pub steps: Vec<Step>,
}

impl Snapshot {
    /// Whether nothing is known to have been submitted, or refused.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        self.steps.iter().all(|step| step.sent == Sent::No)
    }
}

/// How far the submission of a run came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Submission {
    /// All jobs are there.
    #[default]
    Complete,
    /// Not all of them, and it may be going on.
    Incomplete,
    /// Somebody began to cancel the run.
    Cancelling,
    /// The run was cancelled.
    Cancelled,
}

/// A step of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// The steps that it waits for, by place.
    pub after: Vec<usize>,
    /// What is known of its submission.
    pub sent: Sent,
    /// Its job, once it was seen.
    pub job: Option<Job>,
    /// Whether AWS did not know the job when it was asked last.
    pub missing: bool,
}

/// What is known of a step's submission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sent {
    /// It was not submitted.
    No,
    /// AWS refused it, and said this.
    Refused(String),
    /// Whether it was could not be found out yet.
    Unknown,
    /// It was.
    Yes {
        /// The job's id.
        id: String,
        /// When, in milliseconds of Unix time; 0 if that is not known.
        at: u64,
    },
}

/// The state of a step, or the status of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// Not submitted.
    Unsent,
    /// AWS refused the job.
    Refused,
    /// It may have been submitted.
    Unknown,
    /// AWS does not know the job yet, or not any more.
    Missing,
    /// In AWS's words; also those that it may have later.
    Aws(Cow<'static, str>),
}

impl State {
    /// As it is written: AWS's own words in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unsent => "not submitted",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Missing => "not found",
            Self::Aws(status) => status,
        }
    }
}

/// What DescribeJobs says about a job, in its words.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Job {
    /// Its id.
    pub job_id: String,
    /// Its name.
    pub job_name: String,
    /// Its status.
    pub status: String,
    /// Why it has that status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// When it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<u64>,
    /// When its last attempt began to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<u64>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<u64>,
    /// How many attempts have ended.
    pub attempts: u64,
    /// How many there may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u64>,
    /// The exit code of the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// What the container of the last attempt died of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many nodes it has, if it is a multi-node job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_nodes: Option<u64>,
    /// Its children, if it is an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub array: Option<Array>,
    /// Whether somebody asked to end it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_terminated: bool,
}

/// The children of an array.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Array {
    /// How many there are.
    pub size: u64,
    /// How many have each status.
    pub status_summary: BTreeMap<String, u64>,
    /// The status reason of the first one, where all of them wait for a machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
}

impl Array {
    /// How many have a status.
    #[must_use]
    pub fn count(&self, status: &str) -> u64 {
        self.status_summary.get(status).copied().unwrap_or(0)
    }

    /// How many have ended.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.count("SUCCEEDED") + self.count("FAILED")
    }

    /// Whether it waits as a whole.
    fn waits(&self) -> bool {
        self.count("RUNNABLE") > 0 && self.count("RUNNABLE") == self.size
    }
}

impl Job {
    /// Reads an entry of `jobs` of DescribeJobs, or of `jobSummaryList` of ListJobs. Whatever is not
    /// as it should be is as if it were not there.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let text = |value: &Value, key: &str| {
            let text = value[key].as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        // A time that has not come is left out, or 0.
        let time = |key: &str| value[key].as_u64().filter(|&time| time > 0);
        let attempts = value["attempts"].as_array().map_or(&[][..], Vec::as_slice);
        let last = attempts
            .last()
            .map_or(&Value::Null, |last| &last["container"]);
        let container = &value["container"];
        let array = &value["arrayProperties"];
        let summary = array["statusSummary"].as_object().into_iter().flatten();
        Self {
            job_id: text(value, "jobId").unwrap_or_default(),
            job_name: text(value, "jobName").unwrap_or_default(),
            status: text(value, "status").unwrap_or_else(|| "UNKNOWN".into()),
            status_reason: text(value, "statusReason"),
            created_at: time("createdAt"),
            started_at: time("startedAt"),
            stopped_at: time("stoppedAt"),
            attempts: attempts.len() as u64,
            max_attempts: value["retryStrategy"]["attempts"].as_u64(),
            exit_code: container["exitCode"]
                .as_i64()
                .or_else(|| last["exitCode"].as_i64()),
            reason: text(container, "reason").or_else(|| text(last, "reason")),
            num_nodes: value["nodeProperties"]["numNodes"].as_u64(),
            array: array["size"].as_u64().map(|size| Array {
                size,
                status_summary: summary
                    .filter_map(|(status, count)| Some((status.clone(), count.as_u64()?)))
                    .filter(|(_, count)| *count > 0)
                    .collect(),
                status_reason: None,
            }),
            is_terminated: value["isTerminated"] == true,
        }
    }

    /// Whether it has come to its end.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.status.as_str(), "SUCCEEDED" | "FAILED")
    }

    /// Its status; an array's, which itself only ever is PENDING, by that of its children.
    #[must_use]
    pub fn state(&self) -> State {
        let children = self.array.as_ref().filter(|_| !self.has_ended());
        let active = ["RUNNING", "STARTING", "RUNNABLE"];
        let active = children.and_then(|array| active.into_iter().find(|one| array.count(one) > 0));
        State::Aws(active.map_or_else(|| self.status.clone().into(), Cow::Borrowed))
    }

    /// Which attempt it is at, from 1; 0 before the first.
    #[must_use]
    pub fn attempt(&self) -> u64 {
        let now = matches!(self.status.as_str(), "STARTING" | "RUNNING");
        self.attempts + u64::from(now)
    }
}

impl Step {
    /// Its state.
    #[must_use]
    pub fn state(&self) -> State {
        match (&self.job, &self.sent) {
            (Some(job), _) if !self.missing || job.has_ended() => job.state(),
            (_, Sent::Yes { .. }) if self.missing => State::Missing,
            (_, Sent::Yes { .. }) => State::Aws("SUBMITTED".into()),
            (_, Sent::No) => State::Unsent,
            (_, Sent::Refused(_)) => State::Refused,
            (_, Sent::Unknown) => State::Unknown,
        }
    }

    /// Whether its job succeeded.
    #[must_use]
    pub fn has_succeeded(&self) -> bool {
        matches!(&self.job, Some(job) if job.status == "SUCCEEDED")
    }

    /// Whether its job failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(&self.job, Some(job) if job.status == "FAILED")
    }

    /// The id of a job about which AWS may have news.
    fn open(&self, now: u64) -> Option<&str> {
        match &self.sent {
            Sent::Yes { .. } if self.job.as_ref().is_some_and(Job::has_ended) => None,
            Sent::Yes { at, .. } if self.missing && now.saturating_sub(*at) > CONSISTENT => None,
            Sent::Yes { id, .. } => Some(id),
            _ => None,
        }
    }
}

impl Snapshot {
    /// The jobs to ask about, in calls of DescribeJobs: none that ended. Where all children of an
    /// array wait, the first of them tells why; it is asked about if there is room.
    #[must_use]
    pub fn calls(&self, now: u64) -> Vec<Vec<String>> {
        let open = self.steps.iter().filter_map(|step| step.open(now));
        let mut ids: Vec<String> = open.map(str::to_owned).collect();
        let room = ids.len().next_multiple_of(BATCH) - ids.len();
        let waiting = self.steps.iter().filter_map(|step| {
            let id = step.open(now)?;
            let array = step.job.as_ref()?.array.as_ref()?;
            array.waits().then(|| format!("{id}:0"))
        });
        let waiting: Vec<String> = waiting.take(room).collect();
        ids.extend(waiting);
        ids.chunks(BATCH).map(<[String]>::to_vec).collect()
    }

    /// Takes in what DescribeJobs answered when it was asked about some jobs.
    pub fn absorb(&mut self, asked: &[String], reply: &Value) {
        let jobs = reply["jobs"].as_array().map_or(&[][..], Vec::as_slice);
        let mut jobs: HashMap<String, Job> = jobs
            .iter()
            .map(Job::of)
            .map(|job| (job.job_id.clone(), job))
            .collect();
        let places: HashMap<String, usize> = self
            .steps
            .iter()
            .enumerate()
            .filter_map(|(at, step)| match &step.sent {
                Sent::Yes { id, .. } => Some((id.clone(), at)),
                _ => None,
            })
            .collect();
        for id in asked {
            let (parent, child) = match id.split_once(':') {
                Some((parent, _)) => (parent, true),
                None => (id.as_str(), false),
            };
            let Some(step) = places.get(parent).and_then(|&at| self.steps.get_mut(at)) else {
                continue;
            };
            match (child, jobs.remove(id)) {
                (true, told) => {
                    if let Some(array) = step.job.as_mut().and_then(|job| job.array.as_mut()) {
                        array.status_reason = told
                            .filter(|child| child.status == "RUNNABLE")
                            .and_then(|child| child.status_reason);
                    }
                }
                (false, Some(job)) => {
                    step.missing = false;
                    step.job = Some(job);
                }
                (false, None) => step.missing = true,
            }
        }
    }

    /// Keeps, of an earlier look, the jobs that are still the steps' jobs.
    pub fn remember(&mut self, mut jobs: HashMap<String, Job>) {
        for step in &mut self.steps {
            if let Sent::Yes { id, .. } = &step.sent {
                step.job = jobs.remove(id);
            }
        }
    }

    /// The jobs that were seen, by id.
    #[must_use]
    pub fn jobs(&self) -> HashMap<String, Job> {
        let jobs = self.steps.iter().filter_map(|step| step.job.clone());
        jobs.map(|job| (job.job_id.clone(), job)).collect()
    }

    /// Whether no job will change any more.
    #[must_use]
    pub fn is_quiet(&self, now: u64) -> bool {
        self.steps.iter().all(|step| step.open(now).is_none())
    }

    /// Whether every step succeeded.
    #[must_use]
    pub fn has_succeeded(&self) -> bool {
        self.steps.iter().all(Step::has_succeeded)
    }

    /// Since when a step's job can be waiting for a machine, at the latest: since it was submitted,
    /// what it depends on ended, and its last attempt failed.
    #[must_use]
    pub fn runnable_since(&self, step: &Step) -> Option<u64> {
        let job = step.job.as_ref()?;
        let before = step.after.iter().filter_map(|&at| self.steps.get(at));
        let ended = before.filter_map(|step| step.job.as_ref()?.stopped_at);
        ended.chain(job.stopped_at).chain(job.created_at).max()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{described, snapshot};
    use super::*;
    use serde_json::json;

    const NOW: u64 = 1_000_000;

    #[test]
    fn ended_jobs_are_not_asked_about_again() {
        let mut run = snapshot(&[("a", &[]), ("b", &["a"])]);
        assert_eq!(run.calls(NOW), [["id-a", "id-b"]]);
        let reply = described(&[
            json!({ "jobId": "id-a", "status": "SUCCEEDED" }),
            json!({ "jobId": "id-b", "status": "RUNNABLE" }),
        ]);
        run.absorb(&run.calls(NOW)[0].clone(), &reply);
        assert_eq!(run.calls(NOW), [["id-b"]]);
        let reply = described(&[json!({ "jobId": "id-b", "status": "FAILED" })]);
        run.absorb(&["id-b".into()], &reply);
        assert!(run.calls(NOW).is_empty() && run.is_quiet(NOW) && !run.has_succeeded());
    }

    #[test]
    fn a_job_that_is_not_there_yet_is_waited_for() {
        let mut run = snapshot(&[("a", &[])]);
        run.steps[0].sent = Sent::Yes {
            id: "id-a".into(),
            at: NOW,
        };
        run.absorb(&["id-a".into()], &json!({}));
        assert_eq!(run.steps[0].state(), State::Missing);
        assert_eq!(run.calls(NOW + CONSISTENT), [["id-a"]]);
        assert!(run.is_quiet(NOW + CONSISTENT + 1) && !run.has_succeeded());
        run.absorb(
            &["id-a".into()],
            &described(&[json!({ "jobId": "id-a", "status": "RUNNING" })]),
        );
        assert_eq!(run.steps[0].state().as_str(), "RUNNING");
    }

    #[test]
    fn no_more_calls_than_a_hundredth_of_the_jobs() {
        let names: Vec<String> = (0..250).map(|n| format!("s{n}")).collect();
        let steps: Vec<(&str, &[&str])> = names.iter().map(|n| (n.as_str(), &[][..])).collect();
        let mut run = snapshot(&steps);
        for step in &mut run.steps {
            step.job = Some(Job::of(&json!({ "status": "PENDING",
                "arrayProperties": { "size": 2, "statusSummary": { "RUNNABLE": 2 } } })));
        }
        let calls = run.calls(NOW);
        let sizes: Vec<usize> = calls.iter().map(Vec::len).collect();
        assert_eq!(sizes, [100, 100, 100]);
        assert_eq!(calls[2][50], "id-s0:0");
        for step in &mut run.steps[..50] {
            step.sent = Sent::No;
        }
        // No call is made for them alone.
        assert_eq!(run.calls(NOW).len(), 2);
    }

    #[test]
    fn an_array_is_what_its_children_are() {
        let array = |summary: Value, status: &str| {
            let job = json!({ "status": status,
                "arrayProperties": { "size": 4, "statusSummary": summary } });
            Job::of(&job).state().as_str().to_owned()
        };
        assert_eq!(
            array(json!({ "RUNNABLE": 4, "FAILED": 0 }), "PENDING"),
            "RUNNABLE"
        );
        assert_eq!(
            array(json!({ "RUNNABLE": 2, "RUNNING": 1 }), "PENDING"),
            "RUNNING"
        );
        assert_eq!(array(json!({ "SUCCEEDED": 3 }), "PENDING"), "PENDING");
        assert_eq!(
            array(json!({ "FAILED": 1, "SUCCEEDED": 3 }), "FAILED"),
            "FAILED"
        );
    }

    #[test]
    fn the_first_child_tells_why_all_wait() {
        let mut run = snapshot(&[("a", &[])]);
        let parent = json!({ "jobId": "id-a", "status": "PENDING",
            "arrayProperties": { "size": 2, "statusSummary": { "RUNNABLE": 2 } } });
        run.absorb(&["id-a".into()], &described(std::slice::from_ref(&parent)));
        let asked = run.calls(NOW)[0].clone();
        assert_eq!(asked, ["id-a", "id-a:0"]);
        let child = json!({ "jobId": "id-a:0", "status": "RUNNABLE", "statusReason": "X:Y" });
        run.absorb(&asked, &described(&[child, parent]));
        let array = run.steps[0].job.clone().unwrap().array.unwrap();
        assert_eq!(array.status_reason.as_deref(), Some("X:Y"));
    }

    #[test]
    fn any_reply_is_taken() {
        let odd = [
            json!(null),
            json!([]),
            json!({ "jobs": 7 }),
            json!({ "jobs": [null, 1, "x", {}, { "jobId": 3 }, { "jobId": "id-a" }] }),
            json!({ "jobs": [{ "jobId": "id-a", "status": 4, "createdAt": -1, "attempts": {},
                "arrayProperties": { "size": "2", "statusSummary": [] }, "container": [] }] }),
            json!({ "jobs": [{ "jobId": "id-a", "status": "PREEMPTED", "attempts": [null],
                "arrayProperties": { "size": 2, "statusSummary": { "X": null, "Y": 1e99 } } }] }),
        ];
        for reply in odd {
            let mut run = snapshot(&[("a", &[])]);
            run.absorb(&["id-a".into(), "id-a:0".into(), "?".into()], &reply);
            assert!(!run.is_quiet(0), "{reply}");
            let _ = (run.steps[0].state(), run.jobs());
        }
        let job = Job::of(&json!({ "status": "PREEMPTED" }));
        assert_eq!(
            (job.state().as_str(), job.has_ended()),
            ("PREEMPTED", false)
        );
    }

    #[test]
    fn attempts_and_exit_codes() {
        let job = Job::of(
            &json!({ "status": "RUNNING", "retryStrategy": { "attempts": 3 },
            "attempts": [{ "container": { "exitCode": 1, "reason": "OutOfMemoryError: x" } }] }),
        );
        assert_eq!((job.attempt(), job.max_attempts), (2, Some(3)));
        assert_eq!(job.exit_code, Some(1));
        assert_eq!(job.reason.as_deref(), Some("OutOfMemoryError: x"));
        let kept: Job = serde_json::from_value(serde_json::to_value(&job).unwrap()).unwrap();
        assert_eq!(kept, job);
    }
}
