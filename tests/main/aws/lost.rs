//! Folders of runs that lie elsewhere, or are damaged.

use std::fs;

use serde_json::Value;

use super::account::Account;
use super::begun::Begun;
use super::user::FLOW;
use crate::main::project::{Project, Ran};

/// What is printed to be run, is run where it was printed.
#[test]
fn hints_work_where_they_are_printed() {
    let Some(account) = Account::new() else {
        return;
    };
    let account = account.queue("ml");
    let project = Project::new()
        .file("flows/my sub/churn.flow", FLOW)
        .file("flows/my sub/flowbatch.toml", "")
        .file("flowbatch.toml", "");
    let run = |arguments: &[&str]| -> Ran {
        let command = account.command(&project, arguments);
        project.run_with(command, b"")
    };
    let ran = run(&["submit", "flows/my sub/churn.flow"]).code(0);
    let hints = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("flowbatch "));
    let hints: Vec<&str> = hints.collect();
    assert_eq!(hints.len(), 2, "{}", ran.stdout);
    let id = hints[0].split(' ').nth(2).expect("an id");
    let file = "flows/my sub/churn.flow";
    // The flow is not what it was; its folder tells all.
    fs::write(project.path().join(file), "broken").expect("a file");
    for (hint, verb) in hints.iter().zip(["status", "cancel"]) {
        let expected = format!("flowbatch {verb} {id} --file 'flows/my sub/churn.flow'   ");
        assert!(hint.starts_with(&expected), "{hint}");
    }
    run(&["status", id]).code(2);
    run(&["submit", "--resume", id]).code(2);
    run(&["submit", "--resume", id, "--file", file]).code(0);
    run(&["submit", file, "--resume", id]).code(0);
    run(&["status", id, "--file", file]).code(0);
    run(&["cancel", id, "--file", file]).code(0);
}

fn damage(begun: &Begun, file: &str) {
    let path = format!(".flowbatch/runs/run1/{file}");
    let path = begun.user.project.path().join(path);
    let text = fs::read_to_string(&path).expect("a file");
    let damaged = match file {
        "journal.jsonl" => text.replacen("submitted", "subm", 1),
        _ => String::new(),
    };
    fs::write(&path, damaged).expect("a file");
}

#[test]
fn what_is_damaged_is_asked_of_aws() {
    for file in ["journal.jsonl", "document.json", "run.json"] {
        let Some(begun) = Begun::new() else { return };
        damage(&begun, file);
        let run = |arguments: &[&str]| begun.user.run(arguments);
        for arguments in [
            &["status"][..],
            &["status", "run1"],
            &["logs", "run1"],
            &["cancel", "run1"],
        ] {
            let ran = run(arguments).code(2);
            assert!(
                ran.stderr.contains(file) && ran.stderr.contains("`--file FILE`"),
                "{}",
                ran.stderr
            );
        }
        let ran = run(&["submit", "--resume", "run1"]).code(2);
        let help = "`flowbatch cancel run1 --file FILE` ends that";
        assert!(
            ran.stderr.contains(file) && ran.stderr.contains(help),
            "{}",
            ran.stderr
        );
        let listed = run(&["runs"]).code(2);
        assert!(
            listed.stdout.starts_with("run1 ") && listed.stdout.ends_with("damaged\n"),
            "{}",
            listed.stdout
        );
        assert!(listed.stderr.contains(file), "{}", listed.stderr);
        let json = run(&["runs", "--format", "json"]).code(2).stdout;
        let json: Value = serde_json::from_str(&json).expect("JSON");
        assert!(
            json["runs"][0]["damaged"].to_string().contains(file),
            "{json}"
        );

        let ran = run(&["status", "run1", "--file", "a.flow"]).code(0);
        assert!(
            ran.stderr.starts_with("warning: ") && ran.stderr.contains(file),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stdout
                .starts_with("run run1 of Churn: 0 of 3 steps succeeded, 1 RUNNABLE"),
            "{}",
            ran.stdout
        );
        let ran = run(&["cancel", "run1", "--file", "a.flow"]).code(0);
        assert!(ran.stdout.contains("3 jobs ended"), "{}", ran.stdout);
        assert_eq!(begun.alive(), Vec::<String>::new());
    }
}

#[test]
fn a_journal_that_is_lost_is_read_from_names() {
    let Some(begun) = Begun::new() else { return };
    let journal = ".flowbatch/runs/run1/journal.jsonl";
    fs::remove_file(begun.user.project.path().join(journal)).expect("a journal");
    for arguments in [&["status"][..], &["status", "run1", "--file", "a.flow"]] {
        let ran = begun.user.run(arguments).code(0);
        assert!(
            ran.stdout.contains("1 RUNNABLE, 2 PENDING"),
            "{}",
            ran.stdout
        );
        assert!(!ran.stdout.contains("not submitted"), "{}", ran.stdout);
    }
    let listed = begun.user.run(&["runs"]).code(2);
    assert!(
        listed.stderr.contains("journal.jsonl: No such file"),
        "{}",
        listed.stderr
    );
    begun.user.run(&["cancel", "run1"]).code(0);
    assert_eq!(begun.alive(), Vec::<String>::new());
    let ran = begun.user.run(&["status", "run1"]).code(0);
    assert!(
        ran.stdout.contains("3 FAILED") || ran.stdout.contains("3 failed"),
        "{}",
        ran.stdout
    );
}
