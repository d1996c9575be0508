//! What `flowbatch plan` makes of the account's queues.

use serde_json::{Value, json};

use super::account::Account;
use super::plan::{CHURN, churn, plan, register};
use crate::main::project::{Project, Ran};

#[test]
fn what_is_wrong_with_a_queue_is_said_where_it_is_named() {
    let Some(account) = Account::new() else {
        return;
    };
    let account = account.queue("mlx");
    let project = churn();
    let ran = plan(&account, &project, &[]).code(1);
    let expected = "\
error[unknown-queue]: there is no queue `ml` in eu-central-1
   ,-[churn.flow:1:14]
 1 | @batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")
   :              ^^^^
 2 | flow Churn {
   `----
  help: did you mean `mlx`? there is `mlx`
   try: write `mlx`

error: 1 error
";
    assert_eq!(ran.stderr, expected);
    assert!(ran.stdout.contains("Plan: 3 to register"), "{}", ran.stdout);

    let account = account.queue("ml");
    let shown = |expected: &str, code: i32| {
        let ran = plan(&account, &project, &["--format", "json"]).code(code);
        let plan: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert_eq!(codes(&plan), expected, "{plan:#}");
    };
    shown("", 0);
    account.shim("say", json!({ "name": "ml", "state": "DISABLED" }));
    shown("queue-disabled", 1);
    account.shim(
        "say",
        json!({ "name": "ml", "state": "ENABLED", "status": "INVALID" }),
    );
    shown("queue-disabled", 1);
    account.shim("say", json!({ "name": "ml", "status": "VALID" }));
    let machines = |more: Value| {
        let mut body = json!({ "name": "ml-machines" });
        body.as_object_mut()
            .expect("one")
            .extend(more.as_object().expect("one").clone());
        account.shim("say", body);
    };
    machines(json!({ "status": "INVALID", "statusReason": "CLIENT_ERROR - no role" }));
    shown("queue-environments", 0);
    plan(&account, &project, &["--deny", "warnings"]).code(1);
    machines(
        json!({ "status": "VALID", "computeResources": { "type": "FARGATE", "maxvCpus": 16 } }),
    );
    shown("queue-platform", 1);
    machines(json!({ "computeResources": {
        "type": "EC2", "maxvCpus": 2, "instanceTypes": ["m7i.large"], "allocationStrategy": "BEST_FIT" } }));
    shown("queue-cpu queue-max-vcpus queue-memory", 0);
}

/// The codes of a plan's diagnostics, each once.
fn codes(plan: &Value) -> String {
    let found = plan["diagnostics"].as_array().expect("a list").iter();
    let codes: std::collections::BTreeSet<&str> = found
        .map(|one| one["code"].as_str().expect("a code"))
        .collect();
    codes.into_iter().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_the_account_says_is_written_down() {
    let Some(account) = Account::new() else {
        return;
    };
    let account = account.queue("ml").queue("gpu");
    account.shim(
        "say",
        json!({ "name": "gpu-machines", "computeResources": {
            "type": "SPOT", "maxvCpus": 64, "instanceTypes": ["g5.xlarge", "g5.2xlarge"],
            "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED",
            "ec2Configuration": [{ "imageType": "ECS_AL2023_NVIDIA" }],
        } }),
    );
    let flow = r#"flow Churn {
  @batch(queue="ml", cpu=512, memory=8GiB) step start { run "true" next train }
  @batch(queue="gpu", gpu=1, memory=64GiB) @parallel(nodes=2) step train { run "true" next end }
  @batch(queue="gpu", gpu=1, memory=4GiB, max_swap=8) step end { run "true" }
}
"#;
    let toml = "\
# Ours.
[batch]
image = \"python:3.12\"   # pinned

[queues.gpu]
# Of the team.
max_vcpus = 8  # was enough once
swap = true

[params]
";
    let project = churn()
        .file("churn.flow", flow)
        .file("flowbatch.toml", toml);
    let found = |ran: Ran| -> Vec<(Value, Value, Value)> {
        let json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let found = json["diagnostics"].as_array().expect("a list").clone();
        found
            .into_iter()
            .map(|one| {
                (
                    one["code"].clone(),
                    one["message"].clone(),
                    one["help"].clone(),
                )
            })
            .collect()
    };
    let json = ["--format", "json"];
    let planned = found(plan(&account, &project, &json));
    assert_eq!(project.text("flowbatch.toml"), toml);
    let ran = plan(&account, &project, &["--write-queues", "--format", "json"]).code(0);
    assert_eq!(
        ran.stderr,
        "DIR/flowbatch.toml: wrote what the account says of the queues\n".replace("DIR/", "")
    );
    let written = "\
# Ours.
[batch]
image = \"python:3.12\"   # pinned

[queues.gpu]
# Of the team.
max_vcpus = 64  # was enough once
swap = true
platform = \"ec2\"
instance_types = [\"g5.xlarge\", \"g5.2xlarge\"]
allocation_strategy = \"SPOT_CAPACITY_OPTIMIZED\"
spot = true
fair_share = false
image_type = \"ECS_AL2023_NVIDIA\"

[queues.ml]
platform = \"ec2\"
instance_types = [\"optimal\"]
max_vcpus = 256
spot = false
fair_share = false

[params]
";
    assert_eq!(project.text("flowbatch.toml"), written);
    assert_eq!(found(ran), planned);
    // Offline, the same is found.
    let checked = found(project.run(&["check", "churn.flow", "--format", "json"]));
    assert_eq!(checked, planned);
    let codes: Vec<&str> = checked
        .iter()
        .filter_map(|(code, ..)| code.as_str())
        .collect();
    for code in [
        "queue-max-vcpus",
        "queue-memory",
        "queue-spot-nodes",
        "queue-swap",
    ] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    // Once more changes nothing.
    let ran = plan(&account, &project, &["--write-queues"]).code(0);
    assert!(
        ran.stderr
            .contains("flowbatch.toml says so of the queues already"),
        "{}",
        ran.stderr
    );
    assert_eq!(project.text("flowbatch.toml"), written);
}

#[test]
fn a_new_flowbatch_toml_lies_beside_the_flow() {
    let Some(account) = Account::new() else {
        return;
    };
    let account = account.queue("ml");
    let project = Project::new().file("flows/churn.flow", CHURN.replace(", platform=\"ec2\"", ""));
    let run = |more: &[&str]| {
        let arguments = [&["plan", "flows/churn.flow"], more].concat();
        project
            .run_with(account.command(&project, &arguments), b"")
            .code(0)
    };
    let ran = run(&["--write-queues"]);
    // The account knows the platform: nothing is assumed any more.
    assert_eq!(
        ran.stderr,
        "flows/flowbatch.toml: wrote what the account says of the queues\n"
    );
    project
        .run(&["check", "flows/churn.flow", "--deny", "warnings"])
        .code(0);
    let ran = run(&[]);
    assert_eq!(ran.stderr, "");
    // Standard input is a file of the current folder.
    let command = account.command(&project, &["plan", "-", "--write-queues"]);
    let ran = project.run_with(command, CHURN.as_bytes()).code(0);
    assert!(ran.stdout.contains("Plan: 3 to register"), "{}", ran.stdout);
    assert_eq!(
        project.text("flowbatch.toml"),
        project.text("flows/flowbatch.toml")
    );
}

/// What is written down may decide the platform, and with it the definitions.
#[test]
fn a_plan_is_of_what_was_written_down() {
    let Some(account) = Account::new() else {
        return;
    };
    let account = account.queue("ml");
    let fargate = json!({ "type": "FARGATE", "maxvCpus": 64 });
    account.shim(
        "say",
        json!({ "name": "ml-machines", "computeResources": fargate }),
    );
    let role = "execution_role=\"arn:aws:iam::123456789012:role/x\"";
    let toml = "[queues.ml]\nplatform = \"fargate\"\n";
    let flow = CHURN.replace("platform=\"ec2\"", role);
    let project = Project::new().file("churn.flow", &flow);
    register(
        &account,
        &Project::new()
            .file("churn.flow", &flow)
            .file("flowbatch.toml", toml),
    );
    let ran = plan(&account, &project, &["--format", "json"]).code(1);
    let json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(codes(&json), "queue-platform");
    assert_eq!(json["summary"]["revise"], 3);
    let ran = plan(
        &account,
        &project,
        &["--write-queues", "--detailed-exitcode"],
    );
    let ran = ran.code(0);
    assert!(ran.stdout.contains("3 unchanged"), "{}", ran.stdout);
}

/// What flowbatch.toml says of a queue may be out of date: the account knows.
#[test]
fn a_stale_flowbatch_toml_stops_nothing() {
    let Some(account) = Account::new() else {
        return;
    };
    let account = account.queue("ml");
    let stale = "[queues.ml]\nplatform = \"fargate\"\nfair_share = true\n";
    let project = churn().file("flowbatch.toml", stale);
    project.run(&["check", "churn.flow"]).code(1);
    let ran = plan(&account, &project, &[]).code(0);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains("Plan: 3 to register"), "{}", ran.stdout);
    let ran = plan(&account, &project, &["--write-queues"]).code(0);
    let wrote = "flowbatch.toml: wrote what the account says of the queues\n";
    assert_eq!(ran.stderr, wrote);
    let ran = project.run(&["check", "churn.flow", "--deny", "warnings"]);
    ran.code(0);
    // An error that the account does not take back stays.
    let share = CHURN.replace("cpu=4", "share_identifier=\"a\"");
    let project = project.file("churn.flow", share);
    let ran = plan(&account, &project, &[]).code(1);
    assert!(
        ran.stderr.contains("error[queue-share-refused]"),
        "{}",
        ran.stderr
    );
}
