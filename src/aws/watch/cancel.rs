//! Ends what has not ended.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use super::look;
use super::model::Job;
use crate::aws::api::{Api, Fault};
use crate::aws::ask::{self, Failed};
use crate::aws::patient::Patient;
use crate::aws::run::{Document, RunId};
use crate::batch::names;

/// What the job's status reason will say.
const REASON: &str = "cancelled with `flowbatch cancel`";

/// A job that was just submitted may not be listed yet: how often to look again, and after which
/// pauses, as long as that is possible.
const AGAIN: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    LONGEST,
];

/// The pause after these, while something may still arrive.
const LONGEST: Duration = Duration::from_secs(8);

/// The jobs of a run, wherever they are known from.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Target {
    /// What their names begin with.
    pub prefix: String,
    /// The queues that they can be on.
    pub queues: Vec<String>,
    /// The steps by the names of their jobs, with the longest way from there to the end of the flow.
    pub steps: HashMap<String, (usize, String)>,
    /// Ids that are known, with the name if that is known: those that are not listed yet too.
    pub ids: BTreeMap<String, Option<String>>,
    /// Of these ids, those of jobs that were seen to have ended: AWS may have forgotten them.
    pub ended: BTreeSet<String>,
    /// Steps of which a request has no known outcome, by the names of their jobs.
    pub open: BTreeMap<String, Open>,
}

/// Requests for the job of a step of which not all have a known outcome.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Open {
    /// How many were sent.
    pub sends: usize,
    /// For how long from now on one of them may still arrive.
    pub late: Duration,
}

/// That a job may still arrive, so that it is waited for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// The steps whose job it may be.
    pub steps: Vec<String>,
    /// For how long.
    pub time: Duration,
}

impl Target {
    /// Those of a document, by their names alone.
    #[must_use]
    pub fn of(document: &Document, prefix: &str, run: &RunId) -> Self {
        let mut ways = vec![0; document.jobs.len()];
        for (at, job) in document.jobs.iter().enumerate().rev() {
            for dependency in &job.depends_on {
                ways[dependency.job] = ways[dependency.job].max(ways[at] + 1);
            }
        }
        let steps = document.jobs.iter().zip(ways).map(|(job, way)| {
            let name = job.name(prefix, &document.flow, run);
            (name, (way, job.step.clone()))
        });
        Self {
            prefix: names::run(prefix, &document.flow, run.as_str()),
            queues: document.queues(),
            steps: steps.collect(),
            ids: BTreeMap::new(),
            ended: BTreeSet::new(),
            open: BTreeMap::new(),
        }
    }

    /// Jobs in the order in which to end them, those together that may be ended at once. What waits
    /// for others goes before them, so that it is no more when they happen to succeed.
    fn turns(&self, jobs: Vec<Job>) -> Vec<Vec<Job>> {
        let mut turns: BTreeMap<usize, Vec<Job>> = BTreeMap::new();
        for job in jobs {
            // What no step knows goes first.
            let way = self.steps.get(&job.job_name).map_or(0, |(way, _)| *way);
            turns.entry(way).or_default().push(job);
        }
        turns.into_values().collect()
    }

    /// The steps of which, after so long, not as many jobs were seen as were sent, and for how much
    /// longer one may arrive.
    fn waiting(&self, report: &Report, after: Duration) -> Option<Waiting> {
        let seen = |name: &String| report.seen.get(name).map_or(0, BTreeMap::len);
        let open = self.open.iter().filter(|(name, open)| {
            // What arrives last is listed after that.
            open.late > after && seen(name) < open.sends
        });
        let open: Vec<(&String, &Open)> = open.collect();
        let time = open.iter().map(|(_, open)| open.late - after).max()?;
        let steps = open.iter().filter_map(|(name, _)| self.steps.get(*name));
        let mut steps: Vec<_> = steps.collect();
        steps.sort_by_key(|(way, step)| (std::cmp::Reverse(*way), step));
        Some(Waiting {
            steps: steps.into_iter().map(|(_, step)| step.clone()).collect(),
            time,
        })
    }

    fn label(&self, job: &Job) -> String {
        match self.steps.get(&job.job_name) {
            Some((_, step)) => step.clone(),
            None if job.job_name.is_empty() => job.job_id.clone(),
            None => job.job_name.clone(),
        }
    }
}

/// What cancelling did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// The steps whose jobs were ended now, in that order.
    pub terminated: Vec<String>,
    /// How many were on their way to their end already.
    pub ending: usize,
    /// How many had ended.
    pub ended: usize,
    /// What AWS refused to end, and what it said.
    pub refused: Vec<(String, Fault)>,
    /// What AWS does not know, though it was submitted: whoever asks may be asking in another
    /// account.
    pub missing: Vec<String>,
    /// When the jobs were created that were listed, by name and id.
    pub seen: BTreeMap<String, BTreeMap<String, Option<u64>>>,
}

impl Report {
    /// The job that stands for a step, if any was listed under its name: the oldest, as for who
    /// submits.
    #[must_use]
    pub fn found(&self, name: &str) -> Option<&str> {
        let jobs = self.seen.get(name)?.iter();
        let oldest = jobs.min_by_key(|(id, created)| (created.unwrap_or(u64::MAX), *id));
        oldest.map(|(id, _)| id.as_str())
    }
}

/// Ends all jobs of a run that have not ended, and says in `report` what was done so far. May be done
/// again, and after an error, or if it is left before its end, must be. That it waits is told once.
///
/// # Errors
/// When AWS cannot be asked.
pub async fn cancel<A: Api>(
    api: &Patient<A>,
    target: &Target,
    report: &mut Report,
    mut tell: impl FnMut(&Waiting),
) -> Result<(), Failed> {
    let began = Instant::now();
    let mut told = false;
    let mut done: HashSet<String> = HashSet::new();
    for round in 0.. {
        let looked = began.elapsed();
        let mut jobs = open(api, target, &done, report).await?;
        // To end what AWS does not know is no error to it, and tells nothing: it may help if the job
        // is new, so it is done once, but only counts when the job is seen.
        let absent: Vec<Job> = jobs.extract_if(.., |job| is_absent(job)).collect();
        report.missing = absent.iter().map(|job| target.label(job)).collect();
        let found = !jobs.is_empty();
        jobs.extend(absent.into_iter().filter(|_| round == 0));
        for turn in target.turns(jobs) {
            for (job, result) in terminate(api, turn).await {
                match result {
                    Ok(()) if is_absent(&job) => continue,
                    Err(Failed { fault, .. })
                        if is_absent(&job) && matches!(fault, Fault::Refused { .. }) =>
                    {
                        continue;
                    }
                    Ok(()) => report.terminated.push(target.label(&job)),
                    Err(Failed { fault, .. }) if matches!(fault, Fault::Refused { .. }) => {
                        report.refused.push((target.label(&job), fault));
                    }
                    Err(failed) => return Err(failed),
                }
                done.insert(job.job_id);
            }
        }
        // What was submitted a moment ago may only be listed now; if this machine knows of
        // everything, there is no such thing.
        let pause = AGAIN.get(round).copied();
        let pause = match target.waiting(report, looked) {
            Some(waiting) => {
                if !std::mem::replace(&mut told, true) {
                    tell(&waiting);
                }
                pause.unwrap_or(LONGEST).min(waiting.time)
            }
            None => match pause {
                Some(pause) if !report.missing.is_empty() || (found && round == 0) => pause,
                _ => break,
            },
        };
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

/// The jobs that are to be ended.
async fn open<A: Api>(
    api: &Patient<A>,
    target: &Target,
    done: &HashSet<String>,
    report: &mut Report,
) -> Result<Vec<Job>, Failed> {
    let listed = look::list(api, &target.queues, &target.prefix).await?;
    for job in &listed {
        let of_name = report.seen.entry(job.job_name.clone()).or_default();
        of_name.insert(job.job_id.clone(), job.created_at);
    }
    let mut jobs: BTreeMap<String, Job> = BTreeMap::new();
    for (id, name) in &target.ids {
        let job = Job {
            job_id: id.clone(),
            job_name: name.clone().unwrap_or_default(),
            ..Job::default()
        };
        jobs.insert(id.clone(), job);
    }
    jobs.extend(listed.into_iter().map(|job| (job.job_id.clone(), job)));
    jobs.retain(|id, _| !done.contains(id));
    // The list does not say which ones somebody has terminated already, and is not up to date.
    let ids = jobs.values().filter(|job| !job.has_ended());
    let ids: Vec<String> = ids.map(|job| job.job_id.clone()).collect();
    let details = look::details(api, &ids).await?;
    let details = details.iter().map(Job::of);
    let details = details.filter(|job| jobs.contains_key(&job.job_id));
    let details: Vec<(String, Job)> = details.map(|job| (job.job_id.clone(), job)).collect();
    jobs.extend(details);
    let forgotten = |job: &Job| is_absent(job) && target.ended.contains(&job.job_id);
    let before = jobs.len();
    jobs.retain(|_, job| !forgotten(job));
    report.ended = before - jobs.len();
    report.ended += jobs.values().filter(|job| job.has_ended()).count();
    let is_ending = |job: &Job| job.is_terminated && !job.has_ended();
    report.ending = jobs.values().filter(|job| is_ending(job)).count();
    let is_open = |job: &Job| !job.has_ended() && !job.is_terminated;
    Ok(jobs.into_values().filter(is_open).collect())
}

/// Whether AWS has said nothing of a job.
fn is_absent(job: &Job) -> bool {
    job.status.is_empty()
}

async fn terminate<A: Api>(api: &Patient<A>, jobs: Vec<Job>) -> Vec<(Job, Result<(), Failed>)> {
    let calls = jobs.iter().map(|job| ask::terminate(&job.job_id, REASON));
    let calls = calls.collect();
    let results = look::together(api, calls).await;
    let results = results.into_iter().map(|result| result.map(|_| ()));
    jobs.into_iter().zip(results).collect()
}

#[cfg(test)]
mod tests {
    use super::super::known::tests::document;
    use super::super::testing::{Fake, run as run_async};
    use super::*;
    use crate::aws::api::Operation;
    use serde_json::{Value, json};
    use std::sync::{Arc, Mutex};

    /// Jobs by id: name, status, whether it was terminated, from which listing on it is listed.
    #[derive(Default)]
    struct Batch {
        jobs: BTreeMap<String, (String, String, bool, usize)>,
        listings: usize,
    }

    fn batch(jobs: &[(&str, &str, &str, usize)]) -> Arc<Mutex<Batch>> {
        let jobs = jobs.iter().map(|(id, name, status, from)| {
            let job = ((*name).to_owned(), (*status).to_owned(), false, *from);
            ((*id).to_owned(), job)
        });
        Arc::new(Mutex::new(Batch {
            jobs: jobs.collect(),
            listings: 0,
        }))
    }

    fn api(batch: &Arc<Mutex<Batch>>) -> Arc<Fake> {
        let batch = Arc::clone(batch);
        Fake::new(move |call| {
            let batch = &mut *batch.lock().unwrap();
            let shown = |(id, (name, status, terminated, _)): (
                &String,
                &(String, String, bool, usize),
            )| {
                json!({ "jobId": id, "jobName": name, "status": status, "isTerminated": terminated })
            };
            Ok(match call.operation {
                Operation::ListJobs => {
                    batch.listings += 1;
                    let listings = batch.listings;
                    let jobs = batch.jobs.iter().filter(|(_, job)| job.3 < listings);
                    json!({ "jobSummaryList": jobs.map(shown).collect::<Vec<Value>>() })
                }
                Operation::DescribeJobs => {
                    let ids: Vec<&str> = call.body["jobs"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|id| id.as_str().unwrap())
                        .collect();
                    let jobs = batch
                        .jobs
                        .iter()
                        .filter(|(id, _)| ids.contains(&id.as_str()));
                    json!({ "jobs": jobs.map(shown).collect::<Vec<Value>>() })
                }
                Operation::TerminateJob => {
                    let id = call.body["jobId"].as_str().unwrap();
                    if let Some(job) = batch.jobs.get_mut(id) {
                        job.2 = true;
                        if job.1 != "RUNNING" {
                            job.1 = "FAILED".into();
                        }
                    }
                    json!({})
                }
                other => panic!("{other:?}"),
            })
        })
    }

    fn target(steps: &[(&str, &[&str])]) -> Target {
        Target::of(&document(steps), "p-", &RunId::parse("r1").unwrap())
    }

    fn cancelled(fake: &Arc<Fake>, target: &Target) -> Report {
        cancelled_in(fake, target).0
    }

    /// What it did, what it told, and how long it took, in seconds.
    fn cancelled_in(fake: &Arc<Fake>, target: &Target) -> (Report, Vec<Waiting>, u64) {
        let (mut report, mut told) = (Report::default(), Vec::new());
        let time = run_async(async {
            let began = Instant::now();
            let api = Patient::new(Arc::clone(fake));
            let tell = |waiting: &Waiting| told.push(waiting.clone());
            cancel(&api, target, &mut report, tell).await.unwrap();
            began.elapsed().as_secs()
        });
        (report, told, time)
    }

    fn sent(sends: usize, late: u64) -> Open {
        let late = Duration::from_secs(late);
        Open { sends, late }
    }

    #[test]
    fn dependants_go_first_and_all_go_once() {
        let batch = batch(&[
            ("1", "p-F-r1-a", "SUCCEEDED", 0),
            ("2", "p-F-r1-b", "RUNNING", 0),
            ("3", "p-F-r1-c", "PENDING", 0),
            ("4", "p-F-r1-stray", "RUNNABLE", 0),
            ("5", "P-f-r1-b", "RUNNING", 0), // another flow's
        ]);
        let fake = api(&batch);
        let target = target(&[("a", &[]), ("b", &["a"]), ("c", &["b"])]);
        let report = cancelled(&fake, &target);
        assert_eq!(report.terminated, ["c", "p-F-r1-stray", "b"]);
        assert_eq!((report.ended, report.refused.len()), (1, 0));
        let sent = fake.bodies(Operation::TerminateJob);
        let ids: Vec<&str> = sent
            .iter()
            .map(|body| body["jobId"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ["3", "4", "2"]);
        assert!(!batch.lock().unwrap().jobs["5"].2);
        // Again: nothing is sent twice.
        let report = cancelled(&fake, &target);
        assert_eq!(
            (report.terminated.len(), report.ending, report.ended),
            (0, 1, 3)
        );
        assert_eq!(fake.bodies(Operation::TerminateJob).len(), 3);
    }

    #[test]
    fn jobs_that_are_listed_late_are_found() {
        let batch = batch(&[
            ("1", "p-F-r1-a", "RUNNING", 0),
            ("2", "p-F-r1-b", "PENDING", 3),
        ]);
        let mut target = target(&[("a", &[]), ("b", &["a"])]);
        target.open.insert("p-F-r1-b".into(), sent(1, 60));
        let (report, told, time) = cancelled_in(&api(&batch), &target);
        assert_eq!(report.terminated, ["a", "b"]); // as they were found
        assert_eq!(report.found("p-F-r1-b"), Some("2"));
        let waiting = Waiting {
            steps: vec!["b".into()],
            time: Duration::from_secs(60),
        };
        assert_eq!(told, [waiting]);
        // Nothing else was sent.
        assert!(time < 30, "{time}");
    }

    /// However late it arrives, as long as it can: the last list is after that.
    #[test]
    fn a_job_that_arrives_while_it_may_is_ended() {
        let mut target = target(&[("a", &[])]);
        target.open.insert("p-F-r1-a".into(), sent(2, 60));
        for arrives in [1, 14, 25, 45, 59, 60] {
            let began = Arc::new(Mutex::new(None));
            let fake = Fake::new(move |call| {
                let began = *began.lock().unwrap().get_or_insert_with(Instant::now);
                let there = began.elapsed().as_secs() >= arrives;
                let job = json!({ "jobId": "1", "jobName": "p-F-r1-a", "status": "RUNNING" });
                let jobs: Vec<Value> = Some(job).filter(|_| there).into_iter().collect();
                Ok(match call.operation {
                    Operation::ListJobs => json!({ "jobSummaryList": jobs }),
                    _ => json!({ "jobs": jobs }),
                })
            });
            let (report, told, time) = cancelled_in(&fake, &target);
            assert_eq!(report.terminated, ["a"], "{arrives}");
            // The other of the two that were sent may arrive until then.
            assert_eq!((told.len(), time), (1, 60), "{arrives}");
        }
    }

    /// An account that lists nothing, and describes `job` from the `from`th time on.
    fn forgetful(from: usize, job: Value) -> Arc<Fake> {
        let mut asked = 0;
        Fake::new(move |call| {
            Ok(match call.operation {
                Operation::ListJobs => json!({ "jobSummaryList": [] }),
                Operation::DescribeJobs => {
                    asked += 1;
                    let known = asked >= from;
                    json!({ "jobs": Some(&job).filter(|_| known).into_iter().collect::<Vec<_>>() })
                }
                _ => json!({}),
            })
        })
    }

    #[test]
    fn a_job_that_only_this_machine_knows_is_ended() {
        let mut target = target(&[("a", &[])]);
        target.ids.insert("1".into(), Some("p-F-r1-a".into()));
        for from in 1..4 {
            let fake = forgetful(from, json!({ "jobId": "1", "status": "SUBMITTED" }));
            let report = cancelled(&fake, &target);
            assert_eq!(report.terminated.len(), 1);
            assert_eq!(report.missing, [""; 0]);
            assert_eq!(fake.bodies(Operation::TerminateJob)[0]["jobId"], "1");
        }
    }

    /// TerminateJob says 200 to any id.
    #[test]
    fn a_job_that_aws_does_not_know_is_not_ended() {
        let mut target = target(&[("a", &[])]);
        target.ids.insert("1".into(), Some("p-F-r1-a".into()));
        let fake = forgetful(usize::MAX, json!({}));
        let missing = Report {
            missing: vec!["a".into()],
            ..Report::default()
        };
        assert_eq!(cancelled(&fake, &target), missing);
        assert_eq!(fake.bodies(Operation::TerminateJob).len(), 1);
        // One that was seen to end may have been forgotten.
        target.ended.insert("1".into());
        let fake = forgetful(usize::MAX, json!({}));
        let ended = Report {
            ended: 1,
            ..Report::default()
        };
        assert_eq!(cancelled(&fake, &target), ended);
        assert_eq!(fake.bodies(Operation::TerminateJob).len(), 0);
    }

    #[test]
    fn nothing_to_do_takes_a_listing_a_queue() {
        let batch = batch(&[("1", "p-F-r1-a", "FAILED", 0)]);
        let fake = api(&batch);
        let report = cancelled(&fake, &target(&[("a", &[])]));
        assert_eq!((report.ended, report.terminated.len()), (1, 0));
        assert_eq!(fake.calls().len(), 1);
    }

    #[test]
    fn a_refusal_keeps_nothing_else_alive() {
        let refusal = || Fault::Refused {
            status: 400,
            code: "ClientException".into(),
            message: "no".into(),
        };
        let job =
            |id: &str, name: &str| json!({ "jobId": id, "jobName": name, "status": "RUNNING" });
        let jobs = vec![job("1", "p-F-r1-a"), job("2", "p-F-r1-b")];
        let fake = Fake::new(move |call| match call.operation {
            Operation::ListJobs => Ok(json!({ "jobSummaryList": jobs })),
            Operation::DescribeJobs => Ok(json!({ "jobs": jobs })),
            _ if call.body["jobId"] == "2" => Err(refusal()),
            _ => Ok(json!({})),
        });
        let report = cancelled(&fake, &target(&[("a", &[]), ("b", &["a"])]));
        assert_eq!(report.terminated, ["a"]);
        assert_eq!(report.refused, [("b".to_owned(), refusal())]);
    }

    /// Nothing is asked to end before all that waits for it was: no step begins for that.
    #[test]
    fn a_thousand_jobs_in_turns() {
        let names: Vec<String> = (0..1_000).map(|n| format!("s{n:03}")).collect();
        let after: Vec<Vec<&str>> = (0..1_000)
            .map(|n: usize| {
                n.checked_sub(100)
                    .map(|at| names[at].as_str())
                    .into_iter()
                    .collect()
            })
            .collect();
        let steps = names.iter().zip(&after);
        let steps: Vec<(&str, &[&str])> = steps.map(|(n, a)| (n.as_str(), a.as_slice())).collect();
        let ids: Vec<String> = names.iter().map(|n| format!("p-F-r1-{n}")).collect();
        let jobs: Vec<(&str, &str, &str, usize)> = ids
            .iter()
            .map(|id| (id.as_str(), id.as_str(), "PENDING", 0))
            .collect();
        let fake = api(&batch(&jobs));
        assert_eq!(cancelled(&fake, &target(&steps)).terminated.len(), 1_000);
        let sent = fake.bodies(Operation::TerminateJob);
        let turn = |body: &Value| {
            let id = body["jobId"].as_str().unwrap();
            id["p-F-r1-s".len()..].parse::<usize>().unwrap() / 100
        };
        let turns: Vec<usize> = sent.iter().map(turn).collect();
        assert_eq!(turns.len(), 1_000);
        assert!(turns.is_sorted_by(|a, b| a >= b), "{turns:?}");
    }
}
