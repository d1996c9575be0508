//! The runs of a flow that AWS knows, from names and tags alone.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::look;
use super::model::Job;
use crate::aws::api::Api;
use crate::aws::ask::Failed;
use crate::aws::patient::Patient;
use crate::aws::run::{RunId, TAGS};
use crate::batch::names;

/// What the names of all jobs of a run begin with.
#[must_use]
pub fn prefix(prefix: &str, flow: &str, run: &RunId) -> String {
    names::run(prefix, flow, run.as_str())
}

/// A run, by its jobs.
#[derive(Clone, PartialEq, Debug)]
pub struct Remote {
    /// Its id.
    pub run: RunId,
    /// When its first job was submitted.
    pub began: Option<u64>,
    /// How many jobs have each status.
    pub jobs: BTreeMap<String, u64>,
}

/// The runs of a flow on some queues, the oldest first. A name alone may be anybody's: of each run,
/// one job must carry the tag of the run.
///
/// # Errors
/// When AWS refuses or fails.
pub async fn runs<A: Api>(
    api: &Patient<A>,
    name_prefix: &str,
    flow: &str,
    queues: &[String],
) -> Result<Vec<Remote>, Failed> {
    let any = names::run(name_prefix, flow, "");
    let all = any.strip_suffix('-').unwrap_or(&any);
    let jobs = look::list(api, queues, all).await?;
    let mut found: BTreeMap<RunId, Vec<&Job>> = BTreeMap::new();
    for job in &jobs {
        let rest = job
            .job_name
            .strip_prefix(all)
            .and_then(|rest| rest.split_once('-'));
        if let Some(run) = rest.and_then(|(run, _)| RunId::parse(run)) {
            found.entry(run).or_default().push(job);
        }
    }
    let ids: Vec<String> = found.values().map(|jobs| jobs[0].job_id.clone()).collect();
    let details = look::details(api, &ids).await?;
    let tag = |job: &Value| {
        let run = job["tags"][TAGS[2]].as_str()?;
        Some((job["jobId"].as_str()?.to_owned(), run.to_owned()))
    };
    let tags: HashMap<String, String> = details.iter().filter_map(tag).collect();
    found.retain(|run, jobs| {
        tags.get(&jobs[0].job_id)
            .is_some_and(|tag| tag == run.as_str())
    });
    let runs = found.into_iter().map(|(run, of_run)| {
        let mut jobs: BTreeMap<String, u64> = BTreeMap::new();
        for job in &of_run {
            *jobs.entry(job.status.clone()).or_default() += 1;
        }
        Remote {
            run,
            began: of_run.iter().filter_map(|job| job.created_at).min(),
            jobs,
        }
    });
    Ok(runs.collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fake, run as run_async};
    use super::*;
    use crate::aws::api::Operation;
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn runs_are_told_from_what_only_looks_like_one() {
        let job = |name: &str, id: &str, status: &str, at: u64| json!({ "jobName": name, "jobId": id, "status": status, "createdAt": at });
        let jobs = vec![
            job("p-F-run2-a", "3", "RUNNING", 9),
            job("p-F-run1-a", "1", "SUCCEEDED", 5),
            job("p-F-run1-b", "2", "FAILED", 4),
            job("p-F-other-a", "4", "RUNNING", 1),
            job("p-F-NOID-a", "5", "RUNNING", 1),
            job("p-F-alone", "6", "RUNNING", 1),
        ];
        let fake = Fake::new(move |call| {
            Ok(match call.operation {
                Operation::ListJobs => json!({ "jobSummaryList": jobs }),
                _ => json!({ "jobs": [
                    { "jobId": "1", "tags": { "flowbatch:run": "run1" } },
                    { "jobId": "3", "tags": { "flowbatch:run": "run2" } },
                    { "jobId": "4", "tags": {} },
                ] }),
            })
        });
        let api = Patient::new(Arc::clone(&fake));
        let found = run_async(runs(&api, "p-", "F", &["q".into()])).unwrap();
        let told: Vec<String> = found
            .iter()
            .map(|run| format!("{} {:?} {:?}", run.run, run.began, run.jobs))
            .collect();
        assert_eq!(
            told,
            [
                r#"run1 Some(4) {"FAILED": 1, "SUCCEEDED": 1}"#,
                r#"run2 Some(9) {"RUNNING": 1}"#,
            ]
        );
        let calls = fake.calls();
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0].body["filters"][0]["values"], json!(["p-F-*"]));
        assert_eq!(calls[1].body["jobs"], json!(["4", "1", "3"]));
    }
}
