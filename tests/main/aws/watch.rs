//! `status`, `logs`, `cancel`, `runs` and `submit --wait` over the wire.

use std::fs;

use serde_json::{Value, json};

use super::account::Account;
use super::containers;
use super::proxy::Fault;
use super::user::{FLOW, User};

/// A user with a run that was submitted, and its id.
fn submitted() -> Option<(User, String)> {
    let user = User::new()?;
    user.submit().code(0);
    let run = user.runs().remove(0);
    Some((user, run))
}

/// Moves the job of a step.
fn step(user: &User, run: &str, step: &str, how: Value) {
    let mut how = how;
    how["job"] = json!(format!("Churn-{run}-{step}"));
    user.account.shim("move", how);
}

#[test]
fn who_waits_learns_how_it_ends() {
    let Some(user) = User::new() else { return };
    user.account.shim("settings", json!({ "auto": true }));
    let ran = user.run(&["submit", "a.flow", "--wait"]).code(0);
    assert!(ran.stdout.contains("SUCCEEDED"), "{}", ran.stdout);
    let fail = json!({ "-part": { "index": [1], "exitCode": 3, "reason": "Essential container in task exited" } });
    user.account.shim("settings", json!({ "fail": fail }));
    let ran = user.run(&["submit", "a.flow", "--wait"]).code(4);
    assert!(ran.stdout.contains("FAILED"), "{}", ran.stdout);
    let run = user.runs().remove(1);
    user.run(&["status", &run, "--watch"]).code(4);
}

/// Page after page, and the child that failed is found.
#[test]
fn logs_are_whole() {
    let Some((user, run)) = submitted() else {
        return;
    };
    user.account
        .shim("settings", json!({ "logPage": 2, "logGaps": true }));
    let lines: Vec<String> = (0..7).map(|n| format!("line {n}")).collect();
    step(
        &user,
        &run,
        "start",
        json!({ "to": "SUCCEEDED", "log": lines }),
    );
    step(
        &user,
        &run,
        "part",
        json!({ "to": "FAILED", "index": 2, "exitCode": 1, "log": ["it broke"] }),
    );
    let ran = user.run(&["logs", &run, "start"]).code(0);
    let mut rest = ran.stdout.as_str();
    for line in &lines {
        let at = rest.find(line.as_str());
        rest = &rest[at.unwrap_or_else(|| panic!("no {line} in\n{}", ran.stdout))..];
    }
    let ran = user.run(&["logs", &run, "part"]).code(0);
    assert!(ran.stdout.contains("it broke"), "{}", ran.stdout);
    let ran = user.run(&["logs", &run, "part:2"]).code(0);
    assert!(ran.stdout.contains("it broke"), "{}", ran.stdout);
}

/// All that has not ended is ended, also what no journal knows of; whatever goes wrong, a second
/// time does the rest.
#[test]
fn a_run_is_cancelled() {
    for fault in [
        None,
        Some(Fault::ReplyLost),
        Some(Fault::Lost),
        Some(Fault::Status(503)),
    ] {
        let Some((user, run)) = submitted() else {
            return;
        };
        step(&user, &run, "start", json!({ "to": "RUNNING" }));
        // A job that was made, and never journalled.
        let start = user.account.jobs()[0]["request"].clone();
        user.account.call("SubmitJob", &start);
        if let Some(fault) = fault {
            user.account.proxy.rule(move |seen| {
                (seen.nth == 1 && seen.operation == "TerminateJob").then_some(fault)
            });
        }
        let ran = user.run(&["cancel", &run]);
        if ran.code != Some(0) {
            assert!(fault.is_some() && !ran.stderr.is_empty(), "{}", ran.stderr);
            user.run(&["cancel", &run]).code(0);
        }
        assert!(
            user.account
                .jobs()
                .iter()
                .all(|one| one["job"]["status"] == "FAILED"),
            "{fault:?}"
        );
        user.account.proxy.forget();
        user.run(&["cancel", &run]).code(0);
        assert_eq!(user.account.proxy.counts().get("TerminateJob"), None);
    }
}

/// From the file to the lines of the containers.
#[test]
fn a_flow_in_containers() {
    let Some(account) = Account::with_containers() else {
        return;
    };
    let user = User::of(
        account,
        &FLOW.replace("flowbatch-tests:busybox", containers::IMAGE),
    );
    user.run(&["submit", "a.flow", "-p", "day=sunday", "--wait"])
        .code(0);
    let run = user.runs().remove(0);
    let ran = user.run(&["logs", &run]).code(0);
    for line in ["start sunday", "part 0", "part 1", "part 2", "done"] {
        assert!(ran.stdout.contains(line), "no {line} in\n{}", ran.stdout);
    }
    let broken = FLOW.replace("echo part $n", "echo part $n; test $n != 1");
    fs::write(user.project.path().join("a.flow"), broken).expect("a file");
    user.run(&["submit", "a.flow", "--wait"]).code(4);
    let run = user.runs().remove(1);
    let ran = user.run(&["logs", &run, "part"]).code(0);
    assert!(ran.stdout.contains("part 1"), "{}", ran.stdout);
}
