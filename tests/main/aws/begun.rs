//! A run that was submitted call by call, so that a test decides how far that came, and what its
//! journal knows.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use flowbatch::aws::run::{Document, Entry, Header, Record, Run, RunId, StateError, StateFolder};
use serde_json::{Value, json};

use super::user::User;

/// Somebody's run of the flow `a.flow`.
pub(crate) struct Begun {
    pub(crate) user: User,
    pub(crate) run: RunId,
    /// The jobs, by step.
    pub(crate) ids: BTreeMap<String, String>,
    document: Document,
}

pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.expect("after 1970").as_millis()).expect("before the end of time")
}

impl Begun {
    /// All of it is submitted and journalled; `None`, which has been said, without a server.
    pub(crate) fn new() -> Option<Self> {
        let mut begun = Self::unsubmitted(User::new()?, "run1");
        begun.submit(usize::MAX);
        begun.journal(Record::Complete);
        Some(begun)
    }

    /// Nothing is submitted yet.
    pub(crate) fn unsubmitted(user: User, run: &str) -> Self {
        let built = user.run(&["build", "a.flow", "--stdout"]).code(0).stdout;
        let begun = Self {
            document: Document::parse(&built).expect("a document"),
            run: RunId::parse(run).expect("an id"),
            ids: BTreeMap::new(),
            user,
        };
        let header = Header {
            version: Header::VERSION,
            run: run.into(),
            flow: begun.document.flow.clone(),
            prefix: String::new(),
            began: now(),
            file: "a.flow".into(),
            from: None,
            profile: None,
            region: "eu-central-1".into(),
            endpoint: None,
            queues: begun.document.queues(),
        };
        begun.folder().begin(header, &built).expect("a new run");
        begun
    }

    pub(crate) fn folder(&self) -> StateFolder {
        StateFolder::of(self.user.project.path())
    }

    /// Holds the run's folder. A process that another test just started has copies of our locks for a
    /// moment, until it has become `flowbatch`.
    pub(crate) fn hold(&self) -> Run {
        loop {
            match self.folder().open(&self.run) {
                Err(StateError::Busy(_)) => std::thread::yield_now(),
                opened => return opened.expect("a run"),
            }
        }
    }

    pub(crate) fn journal(&self, record: Record) {
        let mut run = self.hold();
        let entry = Entry { at: now(), record };
        run.journal.append(&[entry]).expect("room on the disk");
    }

    /// Submits the jobs of the first steps, and journals them.
    pub(crate) fn submit(&mut self, steps: usize) {
        for at in 0..steps.min(self.document.jobs.len()) {
            let step = self.document.jobs[at].step.clone();
            let id = self.send(&step);
            self.journal(Record::Submitting { step: step.clone() });
            let record = Record::Submitted {
                step: step.clone(),
                job_id: id.clone(),
                found: false,
            };
            self.journal(record);
            self.ids.insert(step, id);
        }
    }

    /// Submits the job of a step, which no journal knows of.
    pub(crate) fn send(&self, step: &str) -> String {
        let job = self.document.jobs.iter().find(|job| job.step == step);
        let job = job.expect("a step");
        let account = &self.user.account;
        let registered = account.call("RegisterJobDefinition", &job.definition);
        let arn = registered["jobDefinitionArn"].as_str().expect("an ARN");
        let after = job.depends_on.iter();
        let after = after.map(|on| self.ids[&self.document.jobs[on.job].step].as_str());
        let after: Vec<&str> = after.collect();
        let request = job.submission("", &self.document.flow, &self.run, arn, &after);
        let reply = account.call("SubmitJob", &request);
        reply["jobId"].as_str().expect("an id").to_owned()
    }

    /// Moves the job of a step.
    pub(crate) fn step(&self, step: &str, how: Value) {
        let mut how = how;
        how["job"] = json!(self.ids[step]);
        self.user.account.shim("move", how);
    }

    /// The jobs that have not ended. One can end before it is asked to: with what it waits for.
    pub(crate) fn alive(&self) -> Vec<String> {
        let jobs = self
            .user
            .account
            .jobs()
            .into_iter()
            .map(|mut one| one["job"].take());
        let alive = jobs.filter(|job| job["status"] != "FAILED" && job["status"] != "SUCCEEDED");
        alive.map(|job| job["jobName"].to_string()).collect()
    }

    /// How often an operation was called since the last [`Begun::forget`].
    pub(crate) fn count(&self, operation: &str) -> usize {
        let counts = self.user.account.proxy.counts();
        counts.get(operation).copied().unwrap_or(0)
    }

    pub(crate) fn forget(&self) {
        self.user.account.proxy.forget();
    }
}
