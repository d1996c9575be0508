//! A submission that is not begun, or of which nobody can read that it was.

use std::fs::File;
use std::process::Stdio;

use serde_json::{Value, json};

use super::proxy::Fault;
use super::user::{FLOW, STEPS, Tally, User};
use crate::main::project::Ran;

/// That nothing was registered, submitted or kept.
#[track_caller]
fn assert_nothing(user: &User) {
    assert_eq!(user.account.jobs(), Vec::<Value>::new());
    assert_eq!(user.account.definitions(), Vec::<Value>::new());
    let runs = std::fs::read_dir(user.project.path().join(".flowbatch/runs"));
    assert_eq!(runs.map_or(0, Iterator::count), 0, "a run is kept");
}

fn elsewhere(queue: &str) -> Option<User> {
    let user = User::new()?;
    let flow = FLOW.replace("\"ml\"", &format!("\"{queue}\""));
    std::fs::write(user.project.path().join("a.flow"), flow).expect("a file");
    Some(user)
}

fn disable(user: &User) {
    let update = json!({ "jobQueue": "ml", "state": "DISABLED" });
    user.account.call("UpdateJobQueue", &update);
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[test]
fn queues_that_take_no_jobs_are_found_before_anything_is_done() {
    let Some(user) = elsewhere("mll") else { return };
    let ran = user.submit().code(1);
    for told in ["error[unknown-queue]", "a.flow:1:", "did you mean `ml`?"] {
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    assert_nothing(&user);
    let ran = user.run(&["submit", "a.flow", "--format", "json"]).code(1);
    assert_eq!(json_of(&ran)["diagnostics"][0]["code"], "unknown-queue");

    let Some(user) = User::new() else { return };
    disable(&user);
    let ran = user.submit().code(1);
    assert!(
        ran.stderr
            .contains("error[queue-disabled]: queue `ml` is DISABLED"),
        "{}",
        ran.stderr
    );
    assert_nothing(&user);
}

/// From standard input, which can be read only once.
#[test]
fn a_flow_that_is_piped_is_refused_as_well() {
    let Some(user) = User::new() else { return };
    let flow = FLOW.replace("\"ml\"", "\"mll\"");
    let command = user.command(&["submit", "-"]);
    let ran = user.project.run_with(command, flow.as_bytes()).code(1);
    assert!(
        ran.stderr.contains("error[unknown-queue]"),
        "{}",
        ran.stderr
    );
    assert_nothing(&user);
}

#[test]
fn who_may_not_ask_for_queues_may_submit() {
    let Some(user) = User::new() else { return };
    let denied = |user: &User| {
        user.account
            .proxy
            .rule(|seen| (seen.operation == "DescribeJobQueues").then_some(Fault::Status(403)));
    };
    denied(&user);
    let ran = user.submit().code(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(user.once(&STEPS), Ok(Tally::default()));
    // A run that is complete is resumed without asking.
    user.account.proxy.heal();
    user.account.proxy.forget();
    user.resume().code(0);
    assert!(
        !user
            .account
            .proxy
            .counts()
            .contains_key("DescribeJobQueues")
    );

    // What is refused for what it is would be refused again.
    let Some(user) = elsewhere("mll") else { return };
    denied(&user);
    let ran = user.run(&["submit", "a.flow", "--format", "json"]).code(3);
    let document = json_of(&ran);
    let error = document["error"].as_str().expect("a text");
    for told in ["AWS refused the job of `start`", "submit it anew"] {
        assert!(error.contains(told), "{error}");
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    assert!(!error.contains("once this is mended"), "{error}");

    // What is refused for the state of the account is not.
    let Some(user) = User::new() else { return };
    denied(&user);
    disable(&user);
    let ran = user.submit().code(3);
    assert!(
        ran.stderr
            .contains("once this is mended, `flowbatch submit --resume"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_queue_of_another_region_or_account() {
    let arn = "arn:aws:batch:us-east-1:123456789012:job-queue/ml";
    let Some(user) = elsewhere(arn) else { return };
    for command in ["plan", "submit"] {
        let ran = user.run(&[command, "a.flow"]).code(1);
        let told = "the ARN of queue `ml` is of us-east-1, and eu-central-1 was asked";
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
        assert!(ran.stderr.contains("--region us-east-1"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("did you mean"), "{}", ran.stderr);
    }
    let Some(user) = elsewhere(&arn.replace("us-east-1", "eu-central-1")) else {
        return;
    };
    let ran = user.run(&["plan", "a.flow"]).code(1);
    let told = "the ARN of queue `ml` is of account 123456789012, and another one was asked";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn without_credentials_no_run_is_kept() {
    let Some(user) = User::new() else { return };
    for json in [false, true] {
        let more: &[&str] = if json { &["--format", "json"] } else { &[] };
        let mut command = user.command(&[&["submit", "a.flow"], more].concat());
        command
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY");
        let ran = user.project.run_with(command, b"").code(3);
        for told in ["no AWS credentials were found", "submit the flow anew"] {
            assert!(ran.stderr.contains(told), "{}", ran.stderr);
        }
        assert!(!ran.stderr.contains("--resume"), "{}", ran.stderr);
        if json {
            let document = json_of(&ran);
            assert_eq!(document["run"], Value::Null);
            let error = document["error"].as_str().expect("a text");
            assert!(error.contains("no AWS credentials"), "{error}");
        } else {
            assert_eq!(ran.stdout, "");
        }
        assert_nothing(&user);
    }
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_before_the_run_begins() {
    let Some(user) = User::new() else { return };
    let flowbatch = user.command(&[]);
    let script = format!(
        "trap '' XFSZ; ulimit -f 0; exec '{}' submit a.flow --format json",
        flowbatch.get_program().display()
    );
    // What is written once for all runs is there.
    let folder = user.project.path().join(".flowbatch");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join(".gitignore"), "*\n").expect("a file");
    let mut shell = std::process::Command::new("/bin/sh");
    shell
        .args(["-c", &script])
        .current_dir(user.project.path())
        .env_clear();
    shell.envs(
        flowbatch
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    // Standard error is a pipe, which has no such limit.
    let ran = user.project.run_with(shell, b"").code(2);
    let document = json_of(&ran);
    let error = document["error"].as_str().expect("a text");
    for said in [error, ran.stderr.as_str()] {
        assert!(said.contains("cannot write "), "{said}");
    }
    assert_nothing(&user);
}

#[cfg(target_os = "linux")]
#[test]
fn the_run_is_named_where_standard_output_is_full() {
    let Some(user) = User::new() else { return };
    let mut command = user.command(&["submit", "a.flow"]);
    let full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("Linux has it");
    command
        .stdin(Stdio::null())
        .stdout(full)
        .stderr(Stdio::piped());
    let child = command.spawn().expect("flowbatch runs");
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(2));
    let text = String::from_utf8(ended.stderr).expect("text");
    let runs = user.runs();
    assert_eq!(runs.len(), 1);
    for told in [
        "cannot write the output".to_owned(),
        format!("run {} of Churn is submitted", runs[0]),
        format!("`flowbatch cancel {}` ends it", runs[0]),
    ] {
        assert!(text.contains(&told), "{text}");
    }
    assert_eq!(user.once(&STEPS), Ok(Tally::default()));
}

#[test]
fn one_is_said_as_one() {
    let Some(user) = User::new() else { return };
    let flow = "@batch(queue=\"ml\", image=\"i\", platform=\"ec2\")\nflow One { step s { run \"true\" } }\n";
    std::fs::write(user.project.path().join("a.flow"), flow).expect("a file");
    let ran = user.run(&["submit", "a.flow", "--dry-run"]).code(0);
    let told =
        "dry run: 1 of 1 job definition would be registered, 0 are there; 1 job would be submitted";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}
