//! Asks AWS about jobs.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::model::{BATCH, Job, Snapshot};
use super::pause::{History, pause};
use crate::aws::api::{Api, Call, Fault, Operation};
use crate::aws::ask::{self, Failed};
use crate::aws::patient::Patient;

/// How many looks in a row may go without an answer before watching ends: a quarter of an hour.
const LOST: u32 = 30;

/// Sends calls, as many at once as may be, in their order.
pub(super) async fn together<A: Api>(
    api: &Patient<A>,
    calls: Vec<Call>,
) -> Vec<Result<Value, Failed>> {
    let mut results: Vec<Option<Result<Value, Failed>>> = calls.iter().map(|_| None).collect();
    let mut tasks = JoinSet::new();
    for (at, call) in calls.into_iter().enumerate() {
        let api = api.clone();
        tasks.spawn(async move { (at, ask::once(&api, call).await) });
    }
    while let Some(done) = tasks.join_next().await {
        if let Ok((at, result)) = done {
            results[at] = Some(result);
        }
    }
    results.into_iter().flatten().collect()
}

/// Asks about all jobs of a run that may have changed. Returns how many calls that took.
///
/// # Errors
/// When AWS refuses or fails.
pub async fn describe<A: Api>(
    api: &Patient<A>,
    run: &mut Snapshot,
    now: u64,
) -> Result<usize, Failed> {
    let asked = run.calls(now);
    let calls = asked.iter().map(|ids| describing(ids)).collect();
    for (ids, reply) in asked.iter().zip(together(api, calls).await) {
        run.absorb(ids, &reply?);
    }
    Ok(asked.len())
}

/// What DescribeJobs says about jobs, any number of them, in no order.
///
/// # Errors
/// When AWS refuses or fails.
pub async fn details<A: Api>(api: &Patient<A>, ids: &[String]) -> Result<Vec<Value>, Failed> {
    let calls = ids.chunks(BATCH).map(describing).collect();
    let mut jobs = Vec::with_capacity(ids.len());
    for reply in together(api, calls).await {
        if let Value::Array(all) = reply?["jobs"].take() {
            jobs.extend(all);
        }
    }
    Ok(jobs)
}

fn describing(ids: &[String]) -> Call {
    Call::new(Operation::DescribeJobs, json!({ "jobs": ids }))
}

/// All jobs of some queues whose names begin with `prefix`.
///
/// # Errors
/// When AWS refuses or fails.
pub async fn list<A: Api>(
    api: &Patient<A>,
    queues: &[String],
    prefix: &str,
) -> Result<Vec<Job>, Failed> {
    let mut jobs = Vec::new();
    for queue in queues {
        let call = ask::jobs_named(queue, &format!("{prefix}*"));
        let listed = ask::all(api, call, "jobSummaryList").await?;
        jobs.extend(listed.iter().map(Job::of));
    }
    // The filter does not care about upper and lower case. Children of arrays are not asked for.
    jobs.retain(|job| job.job_name.starts_with(prefix) && ask::is_whole_job(&job.job_id));
    Ok(jobs)
}

/// Some children of an array that have a status: their indexes, the smallest of those that one call
/// returns.
///
/// # Errors
/// When AWS refuses or fails.
pub async fn children<A: Api>(
    api: &Patient<A>,
    array: &str,
    status: &str,
) -> Result<Vec<u64>, Failed> {
    let body = json!({ "arrayJobId": array, "jobStatus": status });
    let reply = ask::once(api, Call::new(Operation::ListJobs, body)).await?;
    let jobs = reply["jobSummaryList"].as_array().into_iter().flatten();
    let mut indexes: Vec<u64> = jobs
        .filter(|job| job["status"].as_str().is_none_or(|is| is == status))
        .filter_map(|job| job["arrayProperties"]["index"].as_u64())
        .collect();
    indexes.sort_unstable();
    Ok(indexes)
}

/// What watching a run needs of who watches.
pub trait Watcher {
    /// Why watching can end.
    type Error: From<Failed>;

    /// The time, in milliseconds of Unix time.
    fn now(&self) -> u64;

    /// Is called after each look; `changed` if anything is new.
    ///
    /// # Errors
    /// To end the watching.
    fn look(&mut self, run: &Snapshot, changed: bool) -> Result<(), Self::Error>;

    /// A run whose submission is not complete, as it is known by now, and whether somebody is
    /// submitting it.
    ///
    /// # Errors
    /// To end the watching.
    fn refresh(&mut self, run: &Snapshot) -> Result<(Snapshot, bool), Self::Error>;

    /// Is called when AWS did not answer; watching goes on.
    fn lost(&mut self, failed: &Failed);
}

/// How long AWS has not answered whoever looks again and again.
#[derive(Default)]
pub(super) struct Outage {
    answered: bool,
    lost: u32,
}

impl Outage {
    /// AWS has answered.
    pub(super) fn end(&mut self) {
        *self = Self {
            answered: true,
            lost: 0,
        };
    }

    /// AWS has not; whether that is to be told, before looking on.
    ///
    /// # Errors
    /// When looking on is of no use: AWS refuses, never answered, or has not for long.
    pub(super) fn lasts(&mut self, failed: &Failed) -> Result<bool, Failed> {
        let gone = matches!(failed.fault, Fault::Refused { .. } | Fault::Unsent { .. });
        self.lost += 1;
        if gone || !self.answered || self.lost == LOST {
            return Err(failed.clone());
        }
        Ok(self.lost == 1)
    }

    /// How long to wait before the next look.
    pub(super) fn pause(&self) -> Duration {
        let mut history = History::default();
        (0..self.lost).for_each(|_| history.add(false, 0));
        pause(history)
    }
}

/// What is said when AWS did not answer and watching goes on.
#[must_use]
pub fn looking_on(failed: &Failed) -> String {
    format!("{}; looking on", failed.fault)
}

/// Looks at a run until no job will change any more.
///
/// # Errors
/// When AWS refuses, does not answer at first or for long, or the watcher says so.
pub async fn watch<A: Api, W: Watcher>(
    api: &Patient<A>,
    mut run: Snapshot,
    watcher: &mut W,
) -> Result<Snapshot, W::Error> {
    use super::model::Submission;

    let mut history = History::default();
    let mut last: Option<Snapshot> = None;
    let mut outage = Outage::default();
    loop {
        match describe(api, &mut run, watcher.now()).await {
            Ok(calls) => {
                let changed = last.as_ref() != Some(&run);
                watcher.look(&run, changed)?;
                history.add(changed, calls);
                last = Some(run.clone());
                outage.end();
            }
            Err(failed) => {
                if outage.lasts(&failed)? {
                    watcher.lost(&failed);
                }
                history.add(false, 0);
            }
        }
        let mut going_on = false;
        if run.submission == Submission::Incomplete {
            let (mut fresh, submitting) = watcher.refresh(&run)?;
            fresh.remember(run.jobs());
            going_on = submitting || fresh.calls(watcher.now()) != run.calls(watcher.now());
            for (new, old) in fresh.steps.iter_mut().zip(&run.steps) {
                new.missing = old.missing && new.sent == old.sent;
            }
            run = fresh;
        }
        if run.is_quiet(watcher.now()) && !going_on {
            // What was learnt since the last look: the submission came to its end.
            if last.as_ref() != Some(&run) {
                watcher.look(&run, true)?;
            }
            return Ok(run);
        }
        tokio::time::sleep(pause(history)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{Sent, Submission};
    use super::super::testing::{Fake, described, run as run_async, snapshot};
    use super::*;
    use std::sync::Arc;

    fn patient(api: &Arc<Fake>) -> Patient<Fake> {
        Patient::new(Arc::clone(api))
    }

    #[derive(Default)]
    struct Notes {
        began: Option<tokio::time::Instant>,
        looks: Vec<(bool, String)>,
        lost: usize,
        refreshed: Vec<(Snapshot, bool)>,
    }

    impl Watcher for Notes {
        type Error = Failed;

        fn now(&self) -> u64 {
            let began = self.began.unwrap_or_else(tokio::time::Instant::now);
            u64::try_from(began.elapsed().as_millis()).unwrap()
        }

        fn look(&mut self, run: &Snapshot, changed: bool) -> Result<(), Failed> {
            self.looks
                .push((changed, super::super::words::summary(run)));
            Ok(())
        }

        fn refresh(&mut self, run: &Snapshot) -> Result<(Snapshot, bool), Failed> {
            Ok(if self.refreshed.is_empty() {
                (run.clone(), false)
            } else {
                self.refreshed.remove(0)
            })
        }

        fn lost(&mut self, _: &Failed) {
            self.lost += 1;
        }
    }

    fn watched(
        api: &Arc<Fake>,
        run: Snapshot,
        mut notes: Notes,
    ) -> (Result<Snapshot, Failed>, Notes) {
        run_async(async {
            notes.began = Some(tokio::time::Instant::now());
            let result = watch(&patient(api), run, &mut notes).await;
            (result, notes)
        })
    }

    fn jobs(states: &[(&str, &str)]) -> Value {
        let job = |(id, status): &(&str, &str)| json!({ "jobId": id, "status": status });
        described(&states.iter().map(job).collect::<Vec<_>>())
    }

    #[test]
    fn until_the_last_job_has_ended() {
        let api = Fake::replies([
            jobs(&[("id-a", "RUNNING"), ("id-b", "PENDING")]),
            jobs(&[("id-a", "RUNNING"), ("id-b", "PENDING")]),
            jobs(&[("id-a", "SUCCEEDED"), ("id-b", "RUNNING")]),
            jobs(&[("id-b", "FAILED")]),
        ]);
        let (run, notes) = watched(
            &api,
            snapshot(&[("a", &[]), ("b", &["a"])]),
            Notes::default(),
        );
        assert!(!run.unwrap().has_succeeded());
        let changed: Vec<bool> = notes.looks.iter().map(|(changed, _)| *changed).collect();
        assert_eq!(changed, [true, false, true, true]);
        assert_eq!(notes.looks[3].1, "1 of 2 steps succeeded, 1 failed");
        let last = api.calls().pop().unwrap();
        assert_eq!(last.body, json!({ "jobs": ["id-b"] }));
    }

    #[test]
    fn a_thousand_jobs_take_ten_calls_a_round() {
        let names: Vec<String> = (0..1_000).map(|n| format!("s{n}")).collect();
        let steps: Vec<(&str, &[&str])> = names.iter().map(|n| (n.as_str(), &[][..])).collect();
        let mut calls = 0;
        let api = Fake::new(move |call| {
            calls += 1;
            let status = if calls <= 50 { "RUNNING" } else { "SUCCEEDED" };
            let ids = call.body["jobs"].as_array().unwrap().iter();
            let all: Vec<Value> = ids
                .map(|id| json!({ "jobId": id, "status": status }))
                .collect();
            Ok(described(&all))
        });
        let (run, notes) = watched(&api, snapshot(&steps), Notes::default());
        assert!(run.unwrap().has_succeeded());
        assert_eq!((api.calls().len(), notes.looks.len()), (60, 6));
        assert!(
            api.calls()
                .iter()
                .all(|call| call.body["jobs"].as_array().unwrap().len() == 100)
        );
    }

    #[test]
    fn a_network_that_goes_away_and_comes_back() {
        let mut calls = 0;
        let api = Fake::new(move |_| {
            calls += 1;
            match calls {
                1 => Ok(jobs(&[("id-a", "RUNNING")])),
                2..=50 => Err(Fault::Unknown {
                    message: "no answer".into(),
                }),
                _ => Ok(jobs(&[("id-a", "SUCCEEDED")])),
            }
        });
        let (run, notes) = watched(&api, snapshot(&[("a", &[])]), Notes::default());
        assert!(run.unwrap().has_succeeded());
        assert_eq!(notes.lost, 1);
    }

    #[test]
    fn what_will_not_get_better_ends_it() {
        let unknown = Fault::Unknown {
            message: "no answer".into(),
        };
        let refused = Fault::Unsent {
            message: "expired".into(),
            help: String::new(),
        };
        let always = unknown.clone();
        let api = Fake::new(move |_| Err(always.clone()));
        let (run, _) = watched(&api, snapshot(&[("a", &[])]), Notes::default());
        assert_eq!(run.unwrap_err().operation, Operation::DescribeJobs);
        let after_a_look = |fault: Fault| {
            let mut replies = vec![jobs(&[("id-a", "RUNNING")])];
            let api = Fake::new(move |_| replies.pop().ok_or_else(|| fault.clone()));
            let (run, notes) = watched(&api, snapshot(&[("a", &[])]), Notes::default());
            assert!(run.is_err());
            (api.calls().len(), notes)
        };
        let (calls, notes) = after_a_look(refused);
        assert_eq!((notes.looks.len(), calls), (1, 2));
        let (_, notes) = after_a_look(unknown);
        assert_eq!((notes.looks.len(), notes.lost), (1, 1));
    }

    #[test]
    fn a_submission_that_goes_on_is_followed() {
        let whole = snapshot(&[("a", &[]), ("b", &["a"])]);
        let mut half = whole.clone();
        half.submission = Submission::Incomplete;
        half.steps[1].sent = Sent::No;
        let api = Fake::replies([
            jobs(&[("id-a", "SUCCEEDED")]),
            jobs(&[("id-b", "SUCCEEDED")]),
        ]);
        let notes = Notes {
            refreshed: vec![(half.clone(), true), (half.clone(), true), (whole, false)],
            ..Notes::default()
        };
        let (run, _) = watched(&api, half.clone(), notes);
        assert!(run.unwrap().has_succeeded());
        // Nobody goes on with it.
        let api = Fake::replies([jobs(&[("id-a", "SUCCEEDED")])]);
        let (run, _) = watched(&api, half, Notes::default());
        assert!(!run.unwrap().has_succeeded());
    }

    #[test]
    fn a_run_is_listed_by_its_prefix_on_every_queue() {
        let job =
            |name: &str, id: &str| json!({ "jobName": name, "jobId": id, "status": "RUNNING" });
        let api = Fake::new(move |call| {
            let queue = call.body["jobQueue"].as_str().unwrap();
            let page = call.body["nextToken"].as_str();
            Ok(match (queue, page) {
                ("q1", None) => json!({ "jobSummaryList": [job("F-r-a", "1")], "nextToken": "t" }),
                ("q1", Some(_)) => {
                    json!({ "jobSummaryList": [job("f-r-a", "2"), job("F-r-b", "3:0")],
                    "nextToken": "t" })
                }
                _ => json!({ "jobSummaryList": [job("F-r-c", "4"), 7], "nextToken": null }),
            })
        });
        let queues = ["q1".to_owned(), "q2".to_owned()];
        let found = run_async(list(&patient(&api), &queues, "F-r-")).unwrap();
        let ids: Vec<&str> = found.iter().map(|job| job.job_id.as_str()).collect();
        assert_eq!(ids, ["1", "4"]);
        assert_eq!(api.calls().len(), 3);
        assert_eq!(
            api.calls()[0].body,
            json!({ "jobQueue": "q1", "filters": [{ "name": "JOB_NAME", "values": ["F-r-*"] }] })
        );
    }

    #[test]
    fn failing_children() {
        let child = |index: Value, status: &str| json!({ "jobId": "a:1", "status": status, "arrayProperties": { "index": index } });
        let api = Fake::replies([json!({ "jobSummaryList": [child(json!(7), "FAILED"),
            child(json!(3), "FAILED"), child(json!(1), "SUCCEEDED"), child(json!("x"), "FAILED"), {}] })]);
        let found = run_async(children(&patient(&api), "a", "FAILED")).unwrap();
        assert_eq!(found, [3, 7]);
        assert_eq!(
            api.calls()[0].body,
            json!({ "arrayJobId": "a", "jobStatus": "FAILED" })
        );
    }
}
