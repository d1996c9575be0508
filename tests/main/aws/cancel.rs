//! `cancel`, over the wire.

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
        ran.stdout.contains("run run1 was cancelled"),
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
    let held = begun.folder().open(&begun.run).expect("nobody has it");
    let child = begun
        .user
        .command(&["cancel", "run1"])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("flowbatch runs");
    let mut child = child;
    let mut line = String::new();
    let stderr = child.stderr.take().expect("piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stderr), &mut line).expect("text");
    assert_eq!(
        line,
        "run run1 is being submitted: waiting for that to end\n"
    );
    assert_eq!(begun.alive().len(), 3);
    drop(held);
    assert!(child.wait().expect("it ends").success());
    assert_eq!(begun.alive().len(), 0);
}
