//! A service that stands in for AWS Batch, in virtual time.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::aws::api::{Call, Fault, Operation};

/// A job that was made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) queue: String,
    pub(super) at: u64,
    pub(super) request: Value,
    pub(super) terminated: bool,
}

/// AWS Batch as it is: eventually consistent, and with pages.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) definitions: Vec<(Value, u64)>,
    pub(super) jobs: Vec<Made>,
    /// How long what was made takes to be seen.
    pub(super) unseen: u64,
    /// How many items a page has.
    pub(super) page: usize,
    /// Queues that take no jobs from some time on.
    pub(super) disabled: BTreeMap<String, u64>,
    /// Who may not do what.
    pub(super) denied: Option<Operation>,
    pub(super) calls: BTreeMap<Operation, usize>,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            definitions: Vec::new(),
            jobs: Vec::new(),
            unseen: 0,
            page: 100,
            disabled: BTreeMap::new(),
            denied: None,
            calls: BTreeMap::new(),
        }
    }
}

fn refused(message: impl Into<String>) -> Fault {
    Fault::Refused {
        status: 400,
        code: "ClientException".into(),
        message: message.into(),
    }
}

impl Service {
    /// Does what is asked, at the time when the request arrives.
    pub(super) fn handle(&mut self, call: &Call, now: u64) -> Result<Value, Fault> {
        *self.calls.entry(call.operation).or_default() += 1;
        if self.denied == Some(call.operation) {
            return Err(Fault::Refused {
                status: 403,
                code: "AccessDeniedException".into(),
                message: "not authorized".into(),
            });
        }
        let body = &call.body;
        match call.operation {
            Operation::RegisterJobDefinition => Ok(self.register(body, now)),
            Operation::DescribeJobDefinitions => self.describe(body, now),
            Operation::SubmitJob => self.submit(body, now),
            Operation::ListJobs => self.list(body, now),
            Operation::TerminateJob => self.terminate(body),
            other => panic!("{other:?} is not part of a submission"),
        }
    }

    fn is_seen(&self, at: u64, now: u64) -> bool {
        at + self.unseen <= now
    }

    pub(super) fn register(&mut self, body: &Value, now: u64) -> Value {
        let name = body["jobDefinitionName"].as_str().unwrap();
        let of_name = self.definitions.iter();
        let of_name = of_name.filter(|(known, _)| known["jobDefinitionName"] == name);
        let revision = of_name.count() + 1;
        let arn = format!("arn:aws:batch:us-east-1:123456789012:job-definition/{name}:{revision}");
        let mut definition = body.clone();
        definition["revision"] = revision.into();
        definition["status"] = "ACTIVE".into();
        definition["jobDefinitionArn"] = arn.as_str().into();
        self.definitions.push((definition, now));
        json!({ "jobDefinitionName": name, "jobDefinitionArn": arn, "revision": revision })
    }

    fn page(&self, items: Vec<Value>, body: &Value, key: &str) -> Value {
        let from = body["nextToken"].as_str();
        let from: usize = from.map_or(0, |token| token.parse().unwrap());
        let to = items.len().min(from + self.page);
        let mut reply = json!({ key: items[from..to] });
        if to < items.len() {
            reply["nextToken"] = to.to_string().into();
        }
        reply
    }

    fn describe(&self, body: &Value, now: u64) -> Result<Value, Fault> {
        let seen = self.definitions.iter();
        let seen = seen.filter(|(_, at)| self.is_seen(*at, now));
        let seen = seen.map(|(definition, _)| definition);
        if let Some(names) = body["jobDefinitions"].as_array() {
            assert!(names.len() <= 100 && body.as_object().unwrap().len() == 1);
            let short = |definition: &Value| {
                let name = definition["jobDefinitionName"].as_str().unwrap();
                Value::from(format!("{name}:{}", definition["revision"]))
            };
            let items: Vec<&Value> = seen.filter(|it| names.contains(&short(it))).collect();
            return Ok(json!({ "jobDefinitions": items }));
        }
        let items = seen.filter(|it| it["jobDefinitionName"] == body["jobDefinitionName"]);
        Ok(self.page(items.cloned().collect(), body, "jobDefinitions"))
    }

    fn submit(&mut self, body: &Value, now: u64) -> Result<Value, Fault> {
        let queue = body["jobQueue"].as_str().unwrap();
        if self.disabled.get(queue).is_some_and(|&from| now >= from) {
            return Err(refused(format!("Job Queue {queue} is disabled")));
        }
        let definition = self.definitions.iter().find(|(definition, at)| {
            definition["jobDefinitionArn"] == body["jobDefinition"] && self.is_seen(*at, now)
        });
        if definition.is_none() {
            return Err(refused(format!(
                "JobDefinition {} does not exist",
                body["jobDefinition"]
            )));
        }
        for dependency in body["dependsOn"].as_array().into_iter().flatten() {
            let id = dependency["jobId"].as_str().unwrap();
            let seen = self.jobs.iter();
            let mut seen = seen.filter(|job| self.is_seen(job.at, now));
            if !seen.any(|job| job.id == id) {
                return Err(refused(format!("Job {id} does not exist")));
            }
        }
        let id = format!("job-{:04}", self.jobs.len());
        let name = body["jobName"].as_str().unwrap();
        self.jobs.push(Made {
            id: id.clone(),
            name: name.to_owned(),
            queue: queue.to_owned(),
            at: now,
            request: body.clone(),
            terminated: false,
        });
        Ok(json!({ "jobName": name, "jobId": id }))
    }

    fn list(&self, body: &Value, now: u64) -> Result<Value, Fault> {
        let filter = body["filters"][0]["values"][0].as_str().unwrap();
        let filter = filter.to_lowercase();
        let matches = |name: &str| match filter.strip_suffix('*') {
            Some(start) => name.to_lowercase().starts_with(start),
            None => name.to_lowercase() == filter,
        };
        let jobs = self.jobs.iter().rev();
        let jobs = jobs.filter(|job| {
            body["jobQueue"] == job.queue && matches(&job.name) && self.is_seen(job.at, now)
        });
        let items = jobs.flat_map(|job| {
            let status = if job.terminated { "FAILED" } else { "RUNNABLE" };
            let item = |id: String| {
                json!({ "jobId": id, "jobName": job.name, "createdAt": job.at, "status": status })
            };
            // Some services list the children of arrays as well.
            let children = job.request["arrayProperties"]["size"].as_u64().unwrap_or(0);
            let children = (0..children).map(|index| format!("{}:{index}", job.id));
            std::iter::once(job.id.clone()).chain(children).map(item).collect::<Vec<_>>()
        });
        Ok(self.page(items.collect(), body, "jobSummaryList"))
    }

    fn terminate(&mut self, body: &Value) -> Result<Value, Fault> {
        let id = body["jobId"].as_str().unwrap();
        let job = self.jobs.iter_mut().find(|job| job.id == id);
        let job = job.ok_or_else(|| refused(format!("Job {id} does not exist")))?;
        job.terminated = true;
        Ok(json!({}))
    }
}
