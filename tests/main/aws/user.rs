//! Somebody who submits a flow of a folder to an account.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::account::Account;
use crate::main::project::{Project, Ran};

/// How long a call may take for who is hasty, in milliseconds. All patience of a submission follows
/// from it, and so does how long the tests with faults take; a call takes some 10 ms.
const CALL: &str = "1000";

/// A flow of three steps, the second an array.
pub(crate) const FLOW: &str = r#"@batch(queue="ml", image="flowbatch-tests:busybox", platform="ec2", memory=64MiB)
flow Churn {
  param day: string = "monday"
  step start { run "echo start $day" next part foreach n in 0..3 }
  step part { run "echo part $n" next done }
  gather done { run "echo done" }
}
"#;

pub(crate) const STEPS: [&str; 3] = ["done", "part", "start"];

/// An account, and a folder with `a.flow`.
pub(crate) struct User {
    pub(crate) account: Account,
    pub(crate) project: Project,
    hasty: bool,
}

/// What there is of a run, in the account.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Tally {
    /// Jobs that were ended since another one stands for their step.
    pub(crate) duplicates: usize,
    /// Revisions beyond one a definition.
    pub(crate) revisions: usize,
}

impl User {
    /// One with [`FLOW`], and the queue `ml`; `None`, which has been said, if there is no server.
    pub(crate) fn new() -> Option<Self> {
        Some(Self::of(Account::new()?, FLOW))
    }

    pub(crate) fn of(account: Account, flow: &str) -> Self {
        Self {
            account: account.queue("ml"),
            project: Project::new().file("a.flow", flow),
            hasty: false,
        }
    }

    /// The same with little patience, to whom calls get lost.
    pub(crate) fn hasty() -> Option<Self> {
        let user = Self::new()?;
        Some(Self {
            hasty: true,
            ..user
        })
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.account.command(&self.project, arguments);
        if self.hasty {
            command.env("FLOWBATCH_CALL_TIMEOUT_MS", CALL);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.project.run_with(self.command(arguments), b"")
    }

    /// Begins a command; what it prints is not looked at.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Child {
        self.spawn(arguments, Stdio::null)
    }

    /// Begins a command; what it prints can be read meanwhile.
    pub(crate) fn watch(&self, arguments: &[&str]) -> Child {
        self.spawn(arguments, Stdio::piped)
    }

    fn spawn(&self, arguments: &[&str], output: impl Fn() -> Stdio) -> Child {
        self.command(arguments)
            .stdin(Stdio::null())
            .stdout(output())
            .stderr(output())
            .spawn()
            .expect("flowbatch runs")
    }

    pub(crate) fn submit(&self) -> Ran {
        self.run(&["submit", "a.flow"])
    }

    /// The runs of the folder, the oldest first.
    pub(crate) fn runs(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.project.path().join(".flowbatch/runs")) else {
            return Vec::new();
        };
        let entries = entries.map(|entry| entry.expect("an entry").path());
        let begun = entries.filter(|path| path.join("run.json").is_file());
        let name = |path: std::path::PathBuf| path.file_name()?.to_str().map(str::to_owned);
        let mut runs: Vec<String> = begun.filter_map(name).collect();
        runs.sort();
        runs
    }

    /// Goes on with the only run, or submits if there is none yet.
    pub(crate) fn resume(&self) -> Ran {
        match self.runs().as_slice() {
            [] => self.submit(),
            [run] => self.run(&["submit", "--resume", run]),
            runs => panic!("{runs:?}"),
        }
    }

    /// The records of a run's journal.
    pub(crate) fn journal(&self, run: &str) -> Vec<String> {
        let path = format!(".flowbatch/runs/{run}/journal.jsonl");
        let text = fs::read_to_string(self.project.path().join(path)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Holds what is in the account against what must be, for the only run: exactly one live job for
    /// each step, under its name, which depends on live jobs.
    pub(crate) fn once(&self, steps: &[&str]) -> Result<Tally, String> {
        let runs = self.runs();
        let [run] = runs.as_slice() else {
            return Err(format!("runs {runs:?}"));
        };
        let jobs = self.account.jobs();
        let mut live: BTreeMap<&str, &str> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        let mut tally = Tally::default();
        let text = |value: &'_ Value| value.as_str().expect("text").to_owned();
        for one in &jobs {
            let job = &one["job"];
            let (name, id) = (
                job["jobName"].as_str().expect("a name"),
                text(&job["jobId"]),
            );
            if job["isTerminated"] == true || job["isCancelled"] == true {
                tally.duplicates += 1;
                continue;
            }
            ids.insert(id);
            let step = name.strip_prefix(&format!("Churn-{run}-"));
            let step = step.ok_or_else(|| format!("a job {name} in run {run}"))?;
            let tags = &one["request"]["tags"];
            if tags["flowbatch:run"] != run.as_str() || tags["flowbatch:step"] != step {
                return Err(format!("{name} has the tags {tags}"));
            }
            if live.insert(step, name).is_some() {
                return Err(format!("two live jobs {name}"));
            }
        }
        if !live.keys().copied().eq(steps.iter().copied()) {
            return Err(format!("live jobs {live:?}"));
        }
        for one in jobs {
            let id = text(&one["job"]["jobId"]);
            let depends = one["job"]["dependsOn"].as_array().expect("a list");
            let lost = depends.iter().find(|on| !ids.contains(&text(&on["jobId"])));
            if let (true, Some(on)) = (ids.contains(&id), lost) {
                return Err(format!(
                    "{} waits for the ended {on}",
                    one["job"]["jobName"]
                ));
            }
        }
        let mut revisions: BTreeMap<String, usize> = BTreeMap::new();
        for one in self.account.definitions() {
            *revisions
                .entry(text(&one["jobDefinitionName"]))
                .or_default() += 1;
        }
        tally.revisions = revisions.values().map(|count| count - 1).sum();
        Ok(tally)
    }
}

/// How many calls a submission makes if nothing goes wrong.
pub(crate) fn calls() -> Option<usize> {
    let calm = User::new()?;
    calm.submit().code(0);
    assert_eq!(calm.once(&STEPS), Ok(Tally::default()));
    Some(calm.account.proxy.seen().len())
}

/// Does something for each item, some at a time: what takes long here is waiting.
pub(crate) fn each<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::SeqCst)) {
                    work(item);
                }
            });
        }
    });
}
