//! `logs`, over the wire.

use serde_json::json;

use super::begun::Begun;
use super::proxy::Fault;

#[test]
fn all_pages_of_all_steps_in_order() {
    let Some(begun) = Begun::new() else { return };
    begun
        .user
        .account
        .shim("settings", json!({ "logPage": 2, "logGaps": true }));
    let lines: Vec<String> = (0..7).map(|n| format!("line {n}")).collect();
    begun.step("start", json!({ "to": "SUCCEEDED", "log": lines }));
    let expected: Vec<String> = lines.iter().map(|line| format!("start | {line}")).collect();
    let ran = begun.user.run(&["logs", "run1", "start"]).code(0);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), expected);
    assert_eq!(ran.stderr, "");
    let ran = begun.user.run(&["logs", "run1"]).code(0);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), expected);
    assert!(
        ran.stderr.contains("done: PENDING, it has no log yet"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_child_that_failed_needs_no_name() {
    let Some(begun) = Begun::new() else { return };
    begun.step("start", json!({ "to": "SUCCEEDED" }));
    for (index, to) in [(0, "SUCCEEDED"), (1, "SUCCEEDED"), (2, "FAILED")] {
        let log = [format!("it was {to}")];
        begun.step("part", json!({ "to": to, "index": index, "log": log }));
    }
    let ran = begun.user.run(&["logs", "run1", "part"]).code(0);
    assert_eq!(ran.stdout, "part:2 | it was FAILED\n");
    assert!(
        ran.stderr
            .contains("part: the children that failed, 1 of 3"),
        "{}",
        ran.stderr
    );
    let ran = begun.user.run(&["logs", "run1", "part:0"]).code(0);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("part:0 | it was SUCCEEDED\n", "")
    );
    // Which has ended, so there is nothing to wait for.
    let ran = begun
        .user
        .run(&["logs", "run1", "part:2", "--follow"])
        .code(0);
    assert_eq!(ran.stdout, "part:2 | it was FAILED\n");
}

#[test]
fn what_is_not_there() {
    let Some(begun) = Begun::new() else { return };
    for (step, told) in [
        ("par", "did you mean `part`?"),
        ("part:x", "not STEP or STEP:INDEX"),
    ] {
        begun.forget();
        let ran = begun.user.run(&["logs", "run1", step]).code(2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
        assert_eq!(begun.user.account.proxy.seen().len(), 0);
    }
    let ran = begun.user.run(&["logs", "run1", "part:3"]).code(2);
    assert!(ran.stderr.contains("3 children: 0 to 2"), "{}", ran.stderr);
    let ran = begun.user.run(&["logs", "run1", "start:0"]).code(2);
    assert!(
        ran.stderr.contains("there is no `start:0`"),
        "{}",
        ran.stderr
    );
    // A job that ran, and a stream that is not there.
    begun.step("start", json!({ "to": "SUCCEEDED" }));
    let ran = begun.user.run(&["logs", "run1", "start"]).code(0);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("start: "), "{}", ran.stderr);
}

/// As those who watch, those who follow outlast a gap.
#[test]
fn a_network_that_goes_away_is_outlasted() {
    for operation in ["DescribeJobs", "GetLogEvents"] {
        let Some(begun) = Begun::new() else { return };
        for step in ["start", "part", "done"] {
            begun.step(step, json!({ "to": "SUCCEEDED", "log": ["hello"] }));
        }
        let from = if operation == "DescribeJobs" { 2 } else { 4 };
        begun.user.account.proxy.rule(move |seen| {
            let lost = seen.operation == operation && (from..from + 12).contains(&seen.nth);
            lost.then_some(Fault::Lost)
        });
        let ran = begun
            .user
            .run(&["logs", "run1", "start", "--follow"])
            .code(0);
        assert_eq!(ran.stdout, "start | hello\n");
        assert_eq!(
            ran.stderr.matches("; looking on").count(),
            1,
            "{}",
            ran.stderr
        );
    }
}
