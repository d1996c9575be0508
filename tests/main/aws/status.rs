//! `status` and `runs`, over the wire.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flowbatch::aws::run::Record;
use serde_json::{Value, json};

use super::begun::Begun;
use super::proxy::Fault;
use super::user::User;
use crate::main::project::Project;

#[test]
fn a_line_a_step() {
    let Some(begun) = Begun::new() else { return };
    begun.step("start", json!({ "to": "SUCCEEDED", "exitCode": 0 }));
    let reason = "Essential container in task exited";
    let how = json!({ "to": "FAILED", "index": 2, "exitCode": 137, "reason": reason });
    begun.step("part", how);
    begun.forget();
    // Without an id, the newest; with the beginning of one, that.
    for arguments in [&["status"][..], &["status", "run1"], &["status", "ru"]] {
        let ran = begun.user.run(arguments).code(0);
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!(lines.len(), 4, "{}", ran.stdout);
        assert!(lines[0].starts_with("run run1 of Churn: 1 of 3 steps succeeded"));
        assert!(lines[1].starts_with("  start  SUCCEEDED"), "{}", lines[1]);
        assert!(
            lines[2].contains("0 of 3 succeeded, 1 failed"),
            "{}",
            lines[2]
        );
        assert!(
            lines[3].contains("PENDING        after part"),
            "{}",
            lines[3]
        );
        assert_eq!(ran.stderr, "");
    }
    // Whatever there is, one call a look; and no other.
    assert_eq!(begun.user.account.proxy.seen().len(), 3);
    let asked = begun.user.account.proxy.seen().pop().expect("a call");
    assert_eq!(
        asked.body["jobs"].as_array().map(Vec::len),
        Some(2),
        "ended jobs are not asked about"
    );
}

#[test]
fn a_run_in_json() {
    let Some(begun) = Begun::new() else { return };
    begun.step("start", json!({ "to": "SUCCEEDED" }));
    let ran = begun.user.run(&["status", "--format", "json"]).code(0);
    let run: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        (&run["run"], &run["flow"]),
        (&json!("run1"), &json!("Churn"))
    );
    assert_eq!(
        (&run["ended"], &run["submission"]),
        (&json!(false), &json!("complete"))
    );
    let step = &run["steps"][1];
    assert_eq!(
        (&step["step"], &step["after"]),
        (&json!("part"), &json!(["start"]))
    );
    assert_eq!(step["job"]["array"]["size"], 3);
    assert_eq!(step["jobId"], begun.ids["part"].as_str());
}

#[test]
fn a_run_is_watched_to_its_end() {
    let Some(begun) = Begun::new() else { return };
    begun.user.account.shim("settings", json!({ "auto": true }));
    begun.forget();
    let ran = begun.user.run(&["status", "--watch"]).code(0);
    let of = |step: &str| -> Vec<&str> {
        let begin = format!("  {step}");
        let lines = ran.stdout.lines().filter(|line| line.starts_with(&begin));
        lines
            .filter_map(|line| line.split_whitespace().nth(1))
            .collect()
    };
    let last = |step| of(step).last().copied();
    assert_eq!(
        (last("start"), last("part"), last("done")),
        (Some("SUCCEEDED"), Some("SUCCEEDED"), Some("SUCCEEDED"))
    );
    assert!(of("start").len() > 1, "{}", ran.stdout);
    assert!(
        ran.stdout
            .ends_with("run run1 of Churn: 3 of 3 steps succeeded\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(begun.count("ListJobs"), 0);
    // Once it has ended, nobody is asked, not even when AWS has forgotten it.
    begun.forget();
    begun.user.run(&["status", "--watch"]).code(0);
    assert_eq!(begun.user.account.proxy.seen().len(), 0);
}

#[test]
fn a_run_that_fails_is_4() {
    let Some(begun) = Begun::new() else { return };
    let how =
        json!({ "to": "FAILED", "exitCode": 3, "reason": "Essential container in task exited" });
    begun.step("start", how);
    let ran = begun
        .user
        .run(&["status", "--watch", "--format", "json"])
        .code(4);
    let documents: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a document a line"))
        .collect();
    let last = documents.last().expect("one");
    assert_eq!(
        (&last["ended"], &last["succeeded"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(last["steps"][0]["job"]["exitCode"], 3);
    let ran = begun.user.run(&["status"]).code(0);
    assert!(ran.stdout.contains("exit code 3"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("`flowbatch logs run1 start`"),
        "{}",
        ran.stdout
    );
}

/// What was never submitted is said, and is no success.
#[test]
fn a_submission_that_broke_off() {
    let Some(user) = User::new() else { return };
    let mut begun = Begun::unsubmitted(user, "run1");
    begun.submit(1);
    begun.step("start", json!({ "to": "SUCCEEDED" }));
    begun.journal(Record::Submitting {
        step: "part".into(),
    });
    let ran = begun.user.run(&["status", "--watch"]).code(4);
    assert!(ran.stdout.contains("  part   unknown"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("  done   not submitted"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("`flowbatch submit --resume run1`"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_wait_is_explained() {
    let Some(begun) = Begun::new() else { return };
    let reason =
        "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement is higher";
    begun.step("start", json!({ "to": "RUNNABLE", "reason": reason }));
    let ran = begun.user.run(&["status"]).code(0);
    for part in [
        reason,
        "stuck-no-instance-fits: ",
        "stuck-memory-overhead: ",
    ] {
        assert!(ran.stdout.contains(part), "no {part} in {}", ran.stdout);
    }
}

#[cfg(unix)]
#[test]
fn who_has_enough_of_watching_leaves_the_run_alone() {
    let Some(begun) = Begun::new() else { return };
    let mut child = begun.user.watch(&["status", "--watch"]);
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    lines.next().expect("it has looked").expect("text");
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(sent.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("`flowbatch status run1 --watch`")
            && told.contains("`flowbatch cancel run1`"),
        "{told}"
    );
    assert_eq!(begun.alive().len(), 3);
}

#[test]
fn what_aws_says_no_to() {
    let Some(begun) = Begun::new() else { return };
    begun.user.account.proxy.rule(|_| Some(Fault::Status(503)));
    let ran = begun.user.run(&["status"]).code(3);
    assert!(ran.stderr.contains("503"), "{}", ran.stderr);
    begun.user.account.proxy.heal();
    begun.user.run(&["status"]).code(0);
}

#[test]
fn runs_that_are_not_known() {
    let project = Project::new().file("a.flow", super::user::FLOW);
    for arguments in [
        &["status"][..],
        &["status", "x1"],
        &["logs", "x1"],
        &["cancel", "x1"],
    ] {
        let ran = project.run(arguments).code(2);
        assert!(ran.stderr.contains("--file"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    let ran = project.run(&["runs"]).code(0);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("", "no runs in .flowbatch\n")
    );
    project.run(&["status", "-p", "day=x"]).code(2);
    let Some(begun) = Begun::new() else { return };
    let ran = begun.user.run(&["status", "x1"]).code(2);
    assert!(ran.stderr.contains("known are run1"), "{}", ran.stderr);
    let ran = begun.user.run(&["status", "X", "--file", "a.flow"]).code(2);
    assert!(ran.stderr.contains("no run id"), "{}", ran.stderr);
    let ran = begun
        .user
        .run(&["status", "x1", "--file", "a.flow"])
        .code(2);
    assert!(
        ran.stderr.contains("AWS has no jobs of run x1"),
        "{}",
        ran.stderr
    );
}

#[test]
fn known_runs_are_listed() {
    let Some(begun) = Begun::new() else { return };
    begun.forget();
    let list = |arguments: &[&str]| begun.user.run(arguments).code(0).stdout;
    assert!(
        list(&["runs"]).contains("Churn  3 steps submitted\n"),
        "{}",
        list(&["runs"])
    );
    assert_eq!(begun.user.account.proxy.seen().len(), 0);
    begun.step("start", json!({ "to": "SUCCEEDED" }));
    begun.user.run(&["status"]).code(0);
    assert!(
        list(&["runs"]).contains("1 of 3 steps succeeded, 1 RUNNABLE, 1 PENDING, as of 20"),
        "{}",
        list(&["runs"])
    );
    assert_eq!(list(&["runs", "--flow", "Other"]), "");
    let runs: Value = serde_json::from_str(&list(&["runs", "--format", "json"])).expect("JSON");
    assert_eq!(
        (&runs["runs"][0]["run"], &runs["runs"][0]["succeeded"]),
        (&json!("run1"), &json!(1))
    );
    // In a folder below, the same ones are known.
    fs::create_dir(begun.user.project.path().join("below")).expect("a folder");
    let mut command = begun.user.command(&["runs"]);
    command.current_dir(begun.user.project.path().join("below"));
    assert!(
        begun
            .user
            .project
            .run_with(command, b"")
            .code(0)
            .stdout
            .contains("run1")
    );
}

/// Names and tags carry all that there is to know.
#[test]
fn a_folder_that_is_lost() {
    let Some(begun) = Begun::new() else { return };
    begun.step("start", json!({ "to": "SUCCEEDED", "log": ["hello"] }));
    fs::remove_dir_all(begun.user.project.path().join(".flowbatch")).expect("a folder");
    let run = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--file", "a.flow"]);
        begun.user.run(&all)
    };
    let listed = run(&["runs"]).code(0).stdout;
    assert!(listed.starts_with("run1  20"), "{listed}");
    assert!(listed.contains("1 SUCCEEDED"), "{listed}");
    let status = run(&["status", "run1"]).code(0).stdout;
    assert!(
        status.starts_with("run run1 of Churn: 1 of 3 steps succeeded"),
        "{status}"
    );
    assert!(
        run(&["logs", "run1", "start"])
            .code(0)
            .stdout
            .contains("start | hello")
    );
    let ran = run(&["cancel", "run1"]).code(0);
    assert!(
        ran.stdout.contains("2 jobs ended: done, part"),
        "{}",
        ran.stdout
    );
    run(&["status", "run1", "--watch"]).code(4);
}

/// On a terminal, there are bars, which are gone at the end.
#[cfg(unix)]
#[test]
fn bars_on_a_terminal() {
    let Some(begun) = Begun::new() else { return };
    begun.user.account.shim("settings", json!({ "auto": true }));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/main/aws/terminal.py");
    let flowbatch = begun.user.command(&["status", "--watch"]);
    let mut command = std::process::Command::new("python3");
    command.arg(script).arg(flowbatch.get_program());
    command.args(flowbatch.get_args()).env("TERM", "xterm");
    for (name, value) in flowbatch.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(begun.user.project.path());
    let ran = begun.user.project.run_with(command, b"").code(0);
    assert!(
        ran.stdout.contains("run run1 of Churn [") && ran.stdout.contains("] 1/3"),
        "{:?}",
        ran.stdout
    );
    assert!(ran.stdout.contains("RUNNING"), "{:?}", ran.stdout);
    let end = ran
        .stdout
        .rfind("run run1 of Churn: 3 of 3 steps succeeded")
        .expect("an end");
    let end: Vec<&str> = ran.stdout[end..].lines().collect();
    assert_eq!(end.len(), 4, "{end:?}");
    assert!(end[3].starts_with("  done   SUCCEEDED"), "{end:?}");
}
