//! `flowbatch submit` against an account, where all goes well, and where the process ends.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::account::Account;
use super::proxy::Fault;
use crate::main::project::{Project, Ran};

const CHURN: &str = r#"@batch(queue="ml", image="python:3.12", platform="ec2")
flow Churn {
  param date: string = "today"

  step start {
    run "python prepare.py"
    next train foreach region in ["eu", "us"]
  }

  @batch(cpu=4, memory=16GiB)
  step train {
    run "python train.py --region $region"
    next report
  }

  gather report { run "python report.py" }
}
"#;

fn churn() -> Project {
    let toml = "name_prefix = \"team-\"\n";
    Project::new()
        .file("churn.flow", CHURN)
        .file("flowbatch.toml", toml)
}

fn account() -> Option<Account> {
    Account::new().map(|account| account.queue("ml"))
}

fn submit(account: &Account, project: &Project, more: &[&str]) -> Ran {
    let arguments = [&["submit", "churn.flow"], more].concat();
    project.run_with(account.command(project, &arguments), b"")
}

/// Goes on with the first run, with so little patience that no test waits for half a minute.
fn resume(account: &Account, project: &Project) -> Ran {
    let run = &runs(project)[0];
    let mut command = account.command(project, &["submit", "--resume", run]);
    command.env("FLOWBATCH_CALL_TIMEOUT_MS", "1000");
    project.run_with(command, b"")
}

/// The ids of the runs that the project knows, the oldest first.
fn runs(project: &Project) -> Vec<String> {
    let folder = std::fs::read_dir(project.path().join(".flowbatch/runs"));
    let entries = folder
        .expect("there are runs")
        .map(|entry| entry.expect("readable"));
    let mut runs: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().expect("an id"))
        .collect();
    runs.sort();
    runs
}

/// That there is one live job for each step of each run, and no other.
#[track_caller]
fn assert_once(account: &Account, project: &Project) {
    let mut expected = Vec::new();
    for run in runs(project) {
        for step in ["report", "start", "train"] {
            expected.push((format!("team-Churn-{run}-{step}"), 1));
        }
    }
    expected.sort();
    assert_eq!(account.live().into_iter().collect::<Vec<_>>(), expected);
}

/// Text with the ids of runs and jobs taken out.
fn without_ids(project: &Project, text: &str) -> String {
    let mut text = text.to_owned();
    for run in runs(project) {
        text = text.replace(&run, "RUN");
    }
    let is_id = |word: &str| word.len() == 36 && word.matches('-').count() == 4;
    let line = |line: &str| {
        let words = line.split(' ');
        let words = words.map(|word| if is_id(word) { "JOB" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_flow_and_again() {
    let Some(account) = account() else { return };
    let project = churn();
    let ran = submit(&account, &project, &["-p", "date=2026-11-27"]).code(0);
    let text = without_ids(&project, &ran.stdout);
    let text = text.replace(&format!("http://{}", account.proxy.address), "ENDPOINT");
    assert_eq!(
        text,
        "run RUN of Churn: 3 jobs in ENDPOINT
  start   team-Churn-start:1 (new)   JOB
  train   team-Churn-train:1 (new)   JOB  array of 2
  report  team-Churn-report:1 (new)  JOB

flowbatch status RUN   shows how it goes
flowbatch cancel RUN   ends it"
    );
    assert_once(&account, &project);
    let run = runs(&project).remove(0);
    let jobs = account.jobs();
    let request = |step: &str| {
        let mut jobs = jobs.iter().map(|job| &job["request"]);
        jobs.find(|request| request["tags"]["flowbatch:step"] == step)
            .expect("submitted")
    };
    let id = |step: &str| {
        let mut of = jobs
            .iter()
            .filter(|job| job["request"]["tags"]["flowbatch:step"] == step);
        of.next().expect("submitted")["job"]["jobId"].clone()
    };
    assert_eq!(
        request("train")["tags"],
        json!({ "flowbatch:flow": "Churn", "flowbatch:step": "train", "flowbatch:run": run })
    );
    assert_eq!(
        request("train")["containerOverrides"]["environment"],
        json!([
            { "name": "date", "value": "2026-11-27" },
            { "name": "FLOWBATCH_RUN_ID", "value": run },
        ])
    );
    assert_eq!(
        request("train")["dependsOn"],
        json!([{ "jobId": id("start") }])
    );
    assert_eq!(
        request("report")["dependsOn"],
        json!([{ "jobId": id("train") }])
    );
    let definition = request("report")["jobDefinition"].as_str().expect("an ARN");
    assert!(
        definition.ends_with(":job-definition/team-Churn-report:1"),
        "{definition}"
    );
    assert!(project.text(".flowbatch/.gitignore") == "*\n");

    // Nothing has changed: one look at all definitions, one at the queue, the jobs, one list.
    account.proxy.forget();
    let ran = submit(&account, &project, &["-p", "date=2026-11-28"]).code(0);
    assert!(!ran.stdout.contains("(new)"), "{}", ran.stdout);
    let counts: Vec<_> = account.proxy.counts().into_iter().collect();
    let expected = [
        ("DescribeJobDefinitions", 1),
        ("DescribeJobQueues", 1),
        ("ListJobs", 1),
        ("SubmitJob", 3),
    ];
    assert_eq!(
        counts,
        expected.map(|(name, count)| (name.to_owned(), count))
    );
    assert_once(&account, &project);
}

#[test]
fn a_dry_run_makes_nothing() {
    let Some(account) = account() else { return };
    let project = churn();
    let ran = submit(&account, &project, &["--dry-run"]).code(0);
    assert!(
        ran.stderr
            .contains("3 of 3 job definitions would be registered"),
        "{}",
        ran.stderr
    );
    let document: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        document["RegisterJobDefinition"].as_array().map(Vec::len),
        Some(3)
    );
    assert_eq!(
        document["SubmitJob"][2]["dependsOn"],
        json!([{ "jobId": "<job of train>" }])
    );
    assert_eq!(
        document["SubmitJob"][0]["jobDefinition"],
        "<new revision of team-Churn-start>"
    );
    assert_eq!(
        account.proxy.counts().keys().collect::<Vec<_>>(),
        ["DescribeJobDefinitions"]
    );
    assert!(account.jobs().is_empty());
    assert!(!project.path().join(".flowbatch").exists());
}

#[test]
fn from_a_step_on() {
    let Some(account) = account() else { return };
    let project = churn();
    let ran = submit(&account, &project, &["--from", "train", "--format", "json"]).code(0);
    let document: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(document["complete"], true);
    assert_eq!(document["diagnostics"], json!([]));
    let steps: Vec<&Value> = document["jobs"].as_array().expect("jobs").iter().collect();
    let names: Vec<&Value> = steps.iter().map(|job| &job["step"]).collect();
    assert_eq!(names, ["train", "report"]);
    let live = account.live();
    assert_eq!(live.len(), 2);
    let jobs = account.jobs();
    assert_eq!(jobs[0]["request"].get("dependsOn"), None);
    assert_eq!(
        jobs[1]["request"]["dependsOn"],
        json!([{ "jobId": steps[0]["jobId"] }])
    );

    let ran = submit(&account, &project, &["--from", "trian"]).code(2);
    assert!(
        ran.stderr
            .contains("no job runs a step `trian`; did you mean `train`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_cannot_be_submitted() {
    let Some(account) = account() else { return };
    let flow = CHURN.replace(" = \"today\"", "");
    let project = Project::new().file("churn.flow", flow);
    let ran = submit(&account, &project, &[]).code(2);
    assert!(
        ran.stderr.contains("the param `date` has no value"),
        "{}",
        ran.stderr
    );
    let project = Project::new().file("churn.flow", CHURN.replace("cpu=4", "cpu=-4"));
    let ran = submit(&account, &project, &["--format", "json"]).code(1);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["summary"]["errors"], 1);
    assert!(account.jobs().is_empty());
    let ran = project.run_with(
        account.command(&project, &["submit", "--resume", "nosuchrun"]),
        b"",
    );
    assert!(ran.code(2).stderr.contains("there is no run `nosuchrun`"));
}

#[test]
fn several_at_once() {
    let Some(account) = account() else { return };
    let project = churn();
    let begin = |_| {
        let mut command = account.command(&project, &["submit", "churn.flow"]);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts")
    };
    let children: Vec<Child> = (0..4).map(begin).collect();
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    assert_eq!(runs(&project).len(), 4);
    assert_once(&account, &project);
}

/// A submission that waits for ever for the reply to some call, which was done or not.
fn stuck(
    account: &Account,
    project: &Project,
    operation: &'static str,
    nth: usize,
    fault: Fault,
) -> Child {
    account
        .proxy
        .rule(move |seen| (seen.operation == operation && seen.nth == nth).then_some(fault));
    let mut command = account.command(project, &["submit", "churn.flow"]);
    let command = command.env("FLOWBATCH_CALL_TIMEOUT_MS", "600000");
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = child.expect("it starts");
    while !account
        .proxy
        .seen()
        .iter()
        .any(|seen| seen.operation == operation && seen.nth == nth)
    {
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn killed_and_resumed() {
    let Some(account) = account() else { return };
    for (operation, nth, fault) in [
        ("DescribeJobDefinitions", 2, Fault::Silence),
        ("RegisterJobDefinition", 1, Fault::SilenceAfter),
        ("SubmitJob", 1, Fault::Silence),
        ("SubmitJob", 2, Fault::SilenceAfter),
        ("SubmitJob", 3, Fault::SilenceAfter),
        ("ListJobs", 1, Fault::Silence),
    ] {
        let Some(account) = Account::new().map(|account| account.queue("ml")) else {
            return;
        };
        let project = churn();
        let mut child = stuck(&account, &project, operation, nth, fault);
        let busy = resume(&account, &project).code(2);
        assert!(
            busy.stderr.contains("another process is at work on run"),
            "{}",
            busy.stderr
        );
        child.kill().expect("it was there");
        child.wait().expect("it ends");
        account.proxy.heal();
        resume(&account, &project).code(0);
        assert_once(&account, &project);
        // Once more, it finds all done.
        account.proxy.forget();
        resume(&account, &project).code(0);
        assert_eq!(
            account.proxy.counts().keys().collect::<Vec<_>>(),
            ["ListJobs"]
        );
    }
    drop(account);
}

#[cfg(unix)]
#[test]
fn a_file_that_can_grow_no_more() {
    let Some(account) = account() else { return };
    let project = churn();
    let mut child = stuck(
        &account,
        &project,
        "DescribeJobDefinitions",
        1,
        Fault::Silence,
    );
    child.kill().expect("it was there");
    child.wait().expect("it ends");
    account.proxy.heal();
    let run = runs(&project).remove(0);
    // As on a full disk, writing fails from some byte on.
    let flowbatch = account.command(&project, &[]);
    let script = format!(
        "trap '' XFSZ; ulimit -f 1; exec '{}' submit --resume {run}",
        flowbatch.get_program().display()
    );
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &script])
        .current_dir(project.path())
        .env_clear();
    shell.envs(
        flowbatch
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let ran = project.run_with(shell, b"").code(2);
    assert!(ran.stderr.contains("cannot write "), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains(&format!("flowbatch submit --resume {run}")),
        "{}",
        ran.stderr
    );
    resume(&account, &project).code(0);
    assert_once(&account, &project);
}

#[test]
fn waited_for() {
    let flow = "@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")\n\
                flow Churn { step start { run \"true\" } }\n";
    for (to, code) in [("SUCCEEDED", 0), ("FAILED", 4)] {
        let Some(account) = account() else { return };
        let project = Project::new().file("churn.flow", flow);
        let mut command = account.command(&project, &["submit", "churn.flow", "--wait"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let child = child.expect("it starts");
        while account.jobs().is_empty() {
            std::thread::sleep(Duration::from_millis(20));
        }
        let id = account.jobs()[0]["job"]["jobId"].clone();
        account.shim("move", json!({ "job": id, "to": to }));
        let ran = child.wait_with_output().expect("it ends");
        assert_eq!(ran.status.code(), Some(code));
        let text = String::from_utf8(ran.stdout).expect("text");
        assert!(text.contains(to), "{text}");
        assert_eq!(runs(&project).len(), 1);
    }
}
