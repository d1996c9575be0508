//! `cancel`, over the wire.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use flowbatch::aws::run::{Record, RunState};
use serde_json::json;

use super::begun::Begun;
use super::proxy::Fault;
use super::user::User;

#[test]
fn all_that_has_not_ended_is_ended_once() {
    let Some(begun) = Begun::new() else { return };
    begun.step("start", json!({ "to": "RUNNING" }));
    begun.forget();
    let ran = begun.user.run(&["cancel", "run1"]).code(0);
    assert_eq!(ran.stdout, "run run1: 3 jobs ended: done, part, start\n");
    assert_eq!(begun.alive().len(), 0);
    // Dependants first.
    let sent = begun.user.account.proxy.seen();
    let sent: Vec<&str> = sent
        .iter()
        .filter(|seen| seen.operation == "TerminateJob")
        .map(|seen| seen.body["jobId"].as_str().expect("an id"))
        .collect();
    assert_eq!(
        sent,
        ["done", "part", "start"].map(|step| begun.ids[step].as_str())
    );
    begun.forget();
    let ran = begun.user.run(&["cancel", "run1"]).code(0);
    assert_eq!(
        ran.stdout,
        "run run1: nothing was left to end\nrun run1: 3 jobs had ended before\n"
    );
    assert_eq!(begun.count("TerminateJob"), 0);
    let (_, entries) = begun.folder().read(&begun.run).expect("a run");
    assert!(RunState::of(&entries).cancelled);
    let ran = begun.user.run(&["status"]).code(0);
    assert!(
        // `part` never began.
        ran.stdout
            .ends_with("run run1 was cancelled\nwhat it wrote: `flowbatch logs run1 start`\n"),
        "{}",
        ran.stdout
    );
    assert!(
        begun
            .user
            .run(&["runs"])
            .code(0)
            .stdout
            .contains("cancelled, 3 of 3 steps submitted")
    );
}

#[test]
fn what_no_journal_knows_is_ended_too() {
    let Some(user) = User::new() else { return };
    let mut begun = Begun::unsubmitted(user, "run1");
    begun.submit(1);
    begun.journal(Record::Submitting {
        step: "part".into(),
    });
    begun.send("part");
    begun.send("start");
    begun.user.account.shim("settings", json!({ "jobLag": 1 }));
    let ran = begun.user.run(&["cancel", "run1"]).code(0);
    assert!(ran.stdout.contains("3 jobs ended"), "{}", ran.stdout);
    assert_eq!(begun.alive().len(), 0);
}

/// Whatever goes wrong, a second time does the rest.
#[test]
fn with_every_fault() {
    for fault in [
        Fault::Lost,
        Fault::ReplyLost,
        Fault::Reset,
        Fault::Status(429),
        Fault::Status(503),
        Fault::StatusAfter(500),
    ] {
        let Some(begun) = Begun::new() else { return };
        begun
            .user
            .account
            .proxy
            .rule(move |seen| (seen.nth == 1).then_some(fault));
        let ran = begun.user.run(&["cancel", "run1"]);
        if ran.code != Some(0) {
            assert!(!ran.stderr.is_empty(), "{fault:?}");
            begun.user.run(&["cancel", "run1"]).code(0);
        }
        assert_eq!(begun.alive().len(), 0, "{fault:?}");
    }
}

/// A submission that goes on is waited for, so that what it does last is ended too.
#[test]
fn while_it_is_being_submitted() {
    let Some(begun) = Begun::new() else { return };
    let held = begun.hold();
    let mut child = begun.user.watch(&["cancel", "run1"]);
    let mut line = String::new();
    let stderr = child.stderr.take().expect("piped");
    BufReader::new(stderr).read_line(&mut line).expect("text");
    assert_eq!(
        line,
        "run run1 is being submitted or cancelled by another process: waiting for that to end\n"
    );
    assert_eq!(begun.alive().len(), 3);
    drop(held);
    assert!(child.wait().expect("it ends").success());
    assert_eq!(begun.alive().len(), 0);
}

/// Who waits for a run keeps nobody from cancelling it, and learns of it.
#[test]
fn while_somebody_waits_for_it() {
    let Some(user) = User::new() else { return };
    let mut child = user
        .command(&["submit", "a.flow", "--wait"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("flowbatch runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let looked = |line: &std::io::Result<String>| {
        line.as_ref()
            .is_ok_and(|line| line.contains("steps succeeded"))
    };
    lines.find(looked).expect("it looks").expect("text");
    let run = user.runs().remove(0);
    let ran = user.run(&["cancel", &run]).code(0);
    assert!(
        ran.stdout.contains("3 jobs ended: done, part, start"),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stderr, "");
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().expect("it ends").code(), Some(4));
    let end = format!("run {run} was cancelled: what is not submitted never will be");
    assert!(!rest.contains(&end), "all of it was submitted: {rest:?}");
    let ran = user.run(&["submit", "--resume", &run]).code(2);
    assert!(ran.stderr.contains("was cancelled"), "{}", ran.stderr);
}

/// As in another account, where TerminateJob of an id that nobody has is answered with 200.
#[test]
fn jobs_that_are_not_found_are_not_said_to_be_ended() {
    let Some(user) = User::new() else { return };
    let begun = Begun::unsubmitted(user, "run1");
    for step in ["start", "part"] {
        begun.journal(Record::Submitting { step: step.into() });
        begun.journal(Record::Submitted {
            step: step.into(),
            job_id: format!("00000000-0000-0000-0000-{step:0>12}"),
            found: false,
        });
    }
    let ran = begun.user.run(&["cancel", "run1"]).code(3);
    assert!(
        ran.stderr.contains("2 jobs not found: ")
            && ran.stderr.contains("another account or region"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
    let (_, entries) = begun.folder().read(&begun.run).expect("a run");
    let last = entries.last().map(|entry| &entry.record);
    assert_eq!(last, Some(&Record::Cancelling));
    let told = |arguments: &[&str], code| {
        let ran = begun.user.run(arguments).code(code);
        assert!(
            (ran.stdout.clone() + &ran.stderr).contains("being cancelled"),
            "{arguments:?}: {}{}",
            ran.stdout,
            ran.stderr
        );
    };
    told(&["status", "run1"], 0);
    told(&["runs"], 0);
    told(&["submit", "--resume", "run1"], 2);
}

#[test]
fn a_run_that_is_meant_otherwise() {
    let Some(begun) = Begun::new() else { return };
    let refused = |arguments: &[&str], words: &str| {
        let ran = begun.user.run(arguments).code(2);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
    };
    for command in ["cancel", "status", "logs"] {
        let region = "submitted with `--region` eu-central-1";
        refused(&[command, "run1", "--region", "us-west-2"], region);
        refused(&[command, ""], "RUN is empty");
    }
    let none = "AWS has no jobs of run typo";
    refused(&["cancel", "typo", "--file", "a.flow"], none);
    refused(&["submit", "--resume", ""], "RUN is empty");
    refused(&["runs", "--region", "us-west-2"], "`--file FLOW`");
    refused(&["runs", "--profile", "work"], "`--file FLOW`");
    assert_eq!(begun.alive().len(), 3);
    // The beginning of an id is enough to go on with it.
    let ran = begun.user.run(&["submit", "--resume", "ru"]).code(0);
    assert!(ran.stdout.contains("run1"), "{}", ran.stdout);
    assert_eq!(begun.alive().len(), 3);
}
