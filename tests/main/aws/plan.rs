//! `flowbatch plan` against an account.

use std::collections::BTreeMap;
use std::path::Path;

use flowbatch::source::Disk;
use serde_json::{Value, json};

use super::account::Account;
use super::figures::say;
use super::proxy::Fault;
use crate::main::emitted::settings;
use crate::main::project::{Project, Ran};

pub(super) const CHURN: &str = r#"@batch(queue="ml", image="python:3.12", platform="ec2")
flow Churn {
  param date: string = "today"

  step start {
    run """
      set -x
      python prepare.py
      echo done
    """
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

pub(super) fn churn() -> Project {
    Project::new().file("churn.flow", CHURN)
}

pub(super) fn plan(account: &Account, project: &Project, more: &[&str]) -> Ran {
    let arguments = [&["plan", "churn.flow"], more].concat();
    project.run_with(account.command(project, &arguments), b"")
}

/// Registers the definitions of a flow.
pub(super) fn register(account: &Account, project: &Project) {
    project.run(&["build", "churn.flow"]).code(0);
    for step in ["start", "train", "report"] {
        let text = project.text(&format!("out/Churn/job-definitions/{step}.json"));
        let definition: Value = serde_json::from_str(&text).expect("JSON");
        account.call("RegisterJobDefinition", &definition);
    }
}

#[test]
fn new_unchanged_and_changed() {
    let Some(account) = Account::new() else {
        return;
    };
    let account = account.queue("ml");
    let project = churn();
    let ran = plan(&account, &project, &[]).code(0);
    assert_eq!(ran.stderr, "");
    let expected = "\
job definitions of Churn
  + Churn-start   new
  + Churn-train   new
  + Churn-report  new

jobs of Churn
  + Churn-<run>-start   queue ml
  + Churn-<run>-train   queue ml, array of 2, after start
  + Churn-<run>-report  queue ml, after train

Plan: 3 to register, 0 new revisions, 0 unchanged; 3 jobs to submit.
";
    assert_eq!(ran.stdout, expected);
    plan(&account, &project, &["--detailed-exitcode"]).code(5);

    register(&account, &project);
    account.proxy.forget();
    let ran = plan(&account, &project, &["--detailed-exitcode"]).code(0);
    assert!(
        ran.stdout
            .contains("    Churn-train   unchanged, revision 1\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .ends_with("Plan: 0 to register, 0 new revisions, 3 unchanged; 3 jobs to submit.\n")
    );
    // One call a name, and two about the queue: nothing else.
    let counts = BTreeMap::from([
        ("DescribeJobDefinitions".to_owned(), 3),
        ("DescribeJobQueues".to_owned(), 1),
        ("DescribeComputeEnvironments".to_owned(), 1),
    ]);
    assert_eq!(account.proxy.counts(), counts);

    // A value of a run is no change; it goes into the submission.
    let ran = plan(
        &account,
        &project,
        &["--detailed-exitcode", "-p", "date=2026-11-20"],
    );
    ran.code(0);

    let edited = CHURN
        .replace("python prepare.py", "python prepare.py --fast")
        .replace(
            "memory=16GiB",
            "memory=32GiB, aws_batch_tags={ team = \"ml\" }",
        )
        .replace("image=\"python:3.12\"", "image=\"python:3.13\"");
    let project = project.file("churn.flow", edited);
    let ran = plan(&account, &project, &["--detailed-exitcode"]).code(5);
    let expected = r#"job definitions of Churn
  ~ Churn-start   new revision, 1 is out of date
      ~ containerProperties.image  "python:3.12" -> "python:3.13"
      ~ containerProperties.command[2]
            set -x
          - python prepare.py
          + python prepare.py --fast
            echo done
  ~ Churn-train   new revision, 1 is out of date
      ~ containerProperties.image                         "python:3.12" -> "python:3.13"
      ~ containerProperties.resourceRequirements[MEMORY]  "16384" -> "32768"
      + tags[team]                                        "ml"
  ~ Churn-report  new revision, 1 is out of date
      ~ containerProperties.image  "python:3.12" -> "python:3.13"
"#;
    assert!(ran.stdout.starts_with(expected), "{}", ran.stdout);

    let ran = plan(&account, &project, &["--format", "json"]).code(0);
    let json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        json["summary"],
        json!({ "register": 0, "revise": 3, "unchanged": 0, "jobs": 3 })
    );
    assert_eq!(
        json["definitions"][1]["changes"][2],
        json!({ "path": "tags[team]", "kind": "add", "old": null, "new": "ml" })
    );
    assert_eq!(json["jobs"][1]["dependsOn"], json!([{ "step": "start" }]));
    assert_eq!(json["queues"][0]["computeEnvironments"][0]["maxvCpus"], 256);
    assert_eq!(json["diagnostics"], json!([]));
}

#[test]
fn any_active_revision_counts_whatever_the_pages() {
    let Some(account) = Account::new() else {
        return;
    };
    let account = account.queue("ml");
    let project = churn();
    register(&account, &project);
    let old = json!({
        "jobDefinitionName": "Churn-start", "type": "container",
        "containerProperties": { "image": "old", "vcpus": 1, "memory": 512 },
    });
    for _ in 0..3 {
        account.call("RegisterJobDefinition", &old);
    }
    account.shim("settings", json!({ "page": 2 }));
    // An older revision is the same: a submission would take it, and register nothing.
    let ran = plan(&account, &project, &["--detailed-exitcode"]).code(0);
    let (_, start) = ran.stdout.split_once("Churn-start ").expect("a line");
    assert!(
        start.starts_with("  unchanged, revision 1\n"),
        "{}",
        ran.stdout
    );
    let gone = json!({ "jobDefinition": "Churn-start:1" });
    account.call("DeregisterJobDefinition", &gone);
    let ran = plan(&account, &project, &["--detailed-exitcode"]).code(5);
    assert!(
        ran.stdout.contains("~ Churn-start   new revision, 4 is"),
        "{}",
        ran.stdout
    );
    register(&account, &project);
    let ran = plan(&account, &project, &["--detailed-exitcode"]).code(0);
    assert!(
        ran.stdout.contains("Churn-start   unchanged, revision 5"),
        "{}",
        ran.stdout
    );
}

/// Every fixture that is built, registered as it is: nothing is to change.
#[test]
fn every_fixture_is_unchanged_once_registered() {
    let Some(account) = Account::new() else {
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut folders = vec![root];
    let (mut flows, mut definitions) = (0, 0);
    let project = Project::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Some(compiled) = flowbatch::compile(&Disk, &path, &settings(&path))
                .ok()
                .filter(|_| {
                    path.extension()
                        .is_some_and(|extension| extension == "flow")
                })
            else {
                continue;
            };
            let Some(artifacts) = compiled.artifacts else {
                continue;
            };
            for file in &artifacts.files {
                if file.path.starts_with("job-definitions/") {
                    let definition = serde_json::from_str(&file.text).expect("JSON");
                    account.call("RegisterJobDefinition", &definition);
                    definitions += 1;
                }
            }
            let name = path.display().to_string();
            let beside = std::fs::read_to_string(path.with_extension("args")).unwrap_or_default();
            let words = [
                &["plan", &name, "--format", "json"],
                &*beside.split_whitespace().collect::<Vec<_>>(),
            ]
            .concat();
            let mut command = account.command(&project, &words);
            command.envs(settings(&path).variables);
            let ran = project.run_with(command, b"");
            let plan: Value = serde_json::from_str(&ran.stdout)
                .unwrap_or_else(|error| panic!("{name}: {error}\n{}\n{}", ran.stdout, ran.stderr));
            for definition in plan["definitions"].as_array().expect("a list") {
                assert_eq!(definition["action"], "keep", "{name}: {definition:#}");
            }
            flows += 1;
        }
    }
    assert!(flows > 60 && definitions > 150, "{flows}, {definitions}");
    say(&format!(
        "plan: {definitions} definitions of {flows} fixtures are unchanged once registered"
    ));
}

#[test]
fn what_keeps_it_from_the_account_is_said() {
    let Some(account) = Account::new() else {
        return;
    };
    let account = account.queue("ml");
    let project = churn();
    account
        .proxy
        .rule(|seen| (seen.operation == "DescribeJobQueues").then_some(Fault::Status(403)));
    let ran = plan(&account, &project, &[]).code(3);
    assert!(
        ran.stderr.contains("error: AWS refused DescribeJobQueues"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
    // What passes by itself is waited for.
    account
        .proxy
        .rule(|seen| (seen.nth < 2).then_some(Fault::Status(429)));
    plan(&account, &project, &[]).code(0);
    account
        .proxy
        .rule(|seen| (seen.nth < 2).then_some(Fault::ReplyCut));
    plan(&account, &project, &[]).code(0);
    // A flow that is wrong asks nobody.
    account.proxy.heal();
    account.proxy.forget();
    let project = project.file("churn.flow", CHURN.replace("16GiB", "\"16G\""));
    let ran = plan(&account, &project, &[]).code(1);
    assert!(ran.stderr.contains("error[option-type]"), "{}", ran.stderr);
    assert_eq!(account.proxy.seen().len(), 0);
}
