//! What a submission would change: job definitions held against those of the account, and queues
//! asked whether they take and start the jobs.

pub mod account;
pub mod compare;
mod decided;
pub mod read;
mod show;

use serde_json::Value;

use crate::Artifacts;
use compare::Change;

/// What stands for the id of a run that is not there yet.
pub const RUN: &str = "<run>";

/// What a submission would do.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// The flow's name.
    pub flow: String,
    /// Its job definitions, in file order.
    pub definitions: Vec<Definition>,
    /// Its jobs, in topological order.
    pub jobs: Vec<Job>,
}

/// A job definition.
#[derive(Clone, PartialEq, Debug)]
pub struct Definition {
    /// The step that it is for.
    pub step: String,
    /// Its name.
    pub name: String,
    /// What a submission would do about it.
    pub action: Action,
}

/// What a submission would do about a job definition.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// Register its first revision.
    Register,
    /// Register one more revision.
    Revise {
        /// The newest one of the account.
        revision: i64,
        /// What would be different.
        changes: Vec<Change>,
    },
    /// Use a revision of the account.
    Keep {
        /// Which: the newest of those that are the same.
        revision: i64,
    },
}

/// A job to submit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// The step that it runs.
    pub step: String,
    /// Its name, with [`RUN`] for the id of the run.
    pub name: String,
    /// The queue, by name or ARN.
    pub queue: String,
    /// How many children it has, if it is an array.
    pub size: Option<u64>,
    /// The steps whose jobs it waits for, and the dependency's type.
    pub depends_on: Vec<(String, Option<String>)>,
}

/// How much a submission would do.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Summary {
    /// Definitions without a revision.
    pub register: usize,
    /// Definitions that get one more revision.
    pub revise: usize,
    /// Definitions that stay.
    pub unchanged: usize,
    /// Jobs.
    pub jobs: usize,
}

/// The requests of a flow, read from its artifacts.
#[derive(Clone, PartialEq, Debug)]
pub struct Requests {
    /// The flow's name.
    pub flow: String,
    /// Step and RegisterJobDefinition input of every definition, in file order.
    pub definitions: Vec<(String, Value)>,
    /// The jobs, as in `jobs.json`.
    pub jobs: Vec<Value>,
}

impl Requests {
    /// Reads what was compiled.
    ///
    /// # Errors
    /// Never in practice: the compiler writes JSON.
    pub fn of(artifacts: &Artifacts) -> serde_json::Result<Self> {
        let mut document: Value = serde_json::from_str(&artifacts.document())?;
        let definitions = match document["jobDefinitions"].take() {
            Value::Object(definitions) => definitions.into_iter().collect(),
            _ => Vec::new(),
        };
        let jobs = match document["jobs"].take() {
            Value::Array(jobs) => jobs,
            _ => Vec::new(),
        };
        Ok(Self {
            flow: artifacts.flow.clone(),
            definitions,
            jobs,
        })
    }

    /// The names of the definitions.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let names = self.definitions.iter();
        names
            .map(|(_, definition)| text(&definition["jobDefinitionName"]))
            .collect()
    }

    /// The queues of the jobs, by name or ARN, each once.
    #[must_use]
    pub fn queues(&self) -> Vec<String> {
        let mut queues: Vec<String> = Vec::new();
        for job in &self.jobs {
            let queue = text(&job["request"]["jobQueue"]);
            if !queues.contains(&queue) {
                queues.push(queue);
            }
        }
        queues
    }
}

impl Action {
    /// What to do about a definition of ours, beside the revisions of the account, the newest first.
    fn of(ours: &Value, revisions: &[Value]) -> Self {
        let Some(newest) = revisions.first() else {
            return Self::Register;
        };
        let same = revisions.iter().find(|theirs| compare::same(ours, theirs));
        match same {
            Some(theirs) => Self::Keep {
                revision: read::revision(theirs),
            },
            None => Self::Revise {
                revision: read::revision(newest),
                changes: compare::changes(ours, newest),
            },
        }
    }
}

impl Plan {
    /// Holds requests against the active revisions of the account, the newest first, in the order of
    /// the definitions. As for a submission, any revision that is the same will do.
    #[must_use]
    pub fn of(requests: &Requests, revisions: &[Vec<Value>]) -> Self {
        let definition = |(at, (step, ours)): (usize, &(String, Value))| Definition {
            step: step.clone(),
            name: text(&ours["jobDefinitionName"]),
            action: Action::of(ours, revisions.get(at).map_or(&[], Vec::as_slice)),
        };
        Self {
            flow: requests.flow.clone(),
            definitions: requests
                .definitions
                .iter()
                .enumerate()
                .map(definition)
                .collect(),
            jobs: requests.jobs.iter().map(Job::of).collect(),
        }
    }

    /// How much it is.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            jobs: self.jobs.len(),
            ..Summary::default()
        };
        for definition in &self.definitions {
            match definition.action {
                Action::Register => summary.register += 1,
                Action::Revise { .. } => summary.revise += 1,
                Action::Keep { .. } => summary.unchanged += 1,
            }
        }
        summary
    }
}

impl Summary {
    /// Whether a definition would be registered.
    #[must_use]
    pub fn has_changes(self) -> bool {
        self.register > 0 || self.revise > 0
    }
}

impl Job {
    fn of(job: &Value) -> Self {
        let step = text(&job["step"]);
        let request = &job["request"];
        let name = text(&request["jobName"]);
        // Where the name was cut, that of a run is cut elsewhere.
        let name = match name.strip_suffix(&format!("-{step}")) {
            Some(flow) => format!("{flow}-{RUN}-{step}"),
            None => name,
        };
        let depends_on = job["dependsOn"].as_array().into_iter().flatten();
        Self {
            name,
            queue: text(&request["jobQueue"]),
            size: request["arrayProperties"]["size"].as_u64(),
            depends_on: depends_on
                .map(|one| {
                    let kind = one["type"].as_str().map(str::to_owned);
                    (text(&one["step"]), kind)
                })
                .collect(),
            step,
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
