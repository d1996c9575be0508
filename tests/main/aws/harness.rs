//! The server is what it claims to be: else the tests with it show nothing.

use serde_json::{Value, json};

use super::account::Account;

/// An account with the queue `ml` and the definition `one`.
pub(crate) fn account() -> Option<Account> {
    let account = Account::new()?.queue("ml");
    account.call("RegisterJobDefinition", &definition("one"));
    Some(account)
}

fn definition(name: &str) -> Value {
    json!({
        "jobDefinitionName": name,
        "type": "container",
        "containerProperties": {
            "image": "busybox",
            "command": ["true"],
            "environment": [{ "name": "A", "value": "1" }, { "name": "B", "value": "" }],
            "resourceRequirements": [
                { "type": "VCPU", "value": "1" }, { "type": "MEMORY", "value": "512" },
            ],
        },
    })
}

pub(crate) fn job(name: &str) -> Value {
    json!({ "jobName": name, "jobQueue": "ml", "jobDefinition": "one" })
}

fn with(mut value: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("no object");
    };
    value.as_object_mut().expect("an object").extend(more);
    value
}

fn submit(account: &Account, job: &Value) -> String {
    let reply = account.call("SubmitJob", job);
    reply["jobId"].as_str().expect("an id").to_owned()
}

fn described(account: &Account, id: &str) -> Value {
    account.call("DescribeJobs", &json!({ "jobs": [id] }))["jobs"][0].clone()
}

#[test]
fn what_the_service_refuses_is_refused() {
    let Some(account) = account() else { return };
    let depends = |count: usize| {
        let id = submit(&account, &job("first"));
        json!({ "dependsOn": vec![json!({ "jobId": id }); count] })
    };
    submit(&account, &with(job("twenty"), depends(20)));
    let array = |size: usize| json!({ "arrayProperties": { "size": size } });
    submit(&account, &with(job("small"), array(2)));
    submit(&account, &with(job("large"), array(10_000)));
    let missing = json!({ "dependsOn": [{ "jobId": "4a1d7ad2-1b0c-4d55-9b0f-000000000000" }] });
    for more in [depends(21), missing, array(0), array(1), array(20_000)] {
        account.refused("SubmitJob", &with(job("x"), more));
    }
    account.refused(
        "SubmitJob",
        &with(job("x"), json!({ "jobDefinition": "none" })),
    );
    account.refused("SubmitJob", &with(job("x"), json!({ "jobQueue": "none" })));
    let ids = vec![json!("x"); 101];
    account.refused("DescribeJobs", &json!({ "jobs": ids }));
    account.call(
        "UpdateJobQueue",
        &json!({ "jobQueue": "ml", "state": "DISABLED" }),
    );
    account.refused("SubmitJob", &job("x"));
    assert_eq!(account.live().get("x"), None);
}

/// It is accepted, and fails.
#[test]
fn overrides_that_are_too_long_fail_the_job() {
    let Some(account) = account() else { return };
    let value = "x".repeat(8192);
    let more =
        json!({ "containerOverrides": { "environment": [{ "name": "A", "value": value }] } });
    let id = submit(&account, &with(job("long"), more));
    let job = described(&account, &id);
    assert_eq!(job["status"], "FAILED");
    assert_eq!(
        job["statusReason"],
        "Container Overrides length must be at most 8192"
    );
}

#[test]
fn jobs_are_listed_as_the_service_does() {
    let Some(account) = account() else { return };
    submit(
        &account,
        &with(job("Run-a"), json!({ "arrayProperties": { "size": 3 } })),
    );
    let b = submit(&account, &job("run-b"));
    submit(&account, &job("other"));
    account.shim(
        "move",
        json!({ "job": b, "to": "FAILED", "exitCode": 3, "reason": "no" }),
    );
    let names = |request: Value| -> Vec<String> {
        let reply = account.call("ListJobs", &with(json!({ "jobQueue": "ml" }), request));
        let rows = reply["jobSummaryList"].as_array().expect("a list");
        let name = |row: &Value| row["jobName"].as_str().expect("a name").to_owned();
        rows.iter().map(name).collect()
    };
    let named = |pattern: &str| json!({ "filters": [{ "name": "JOB_NAME", "values": [pattern] }] });
    // Parents only, newest first, of any status, whatever the case of the letters.
    assert_eq!(names(named("RUN-*")), ["run-b", "Run-a"]);
    assert_eq!(names(named("run-A")), ["Run-a"]);
    assert_eq!(names(named("run-")), [""; 0]);
    assert_eq!(
        names(with(named("run*"), json!({ "jobStatus": "RUNNING" }))),
        ["run-b", "Run-a"]
    );
    // Without a filter, by status.
    assert_eq!(names(json!({})), [""; 0]);
    assert_eq!(names(json!({ "jobStatus": "FAILED" })), ["run-b"]);
    // A page at a time; the token is of that question.
    let first = with(named("run*"), json!({ "jobQueue": "ml", "maxResults": 1 }));
    let reply = account.call("ListJobs", &first);
    assert_eq!(reply["jobSummaryList"][0]["jobName"], "run-b");
    let token = json!({ "nextToken": reply["nextToken"] });
    let reply = account.call("ListJobs", &with(first, token.clone()));
    assert_eq!(reply["jobSummaryList"][0]["jobName"], "Run-a");
    assert_eq!(reply["nextToken"], Value::Null);
    account.refused(
        "ListJobs",
        &with(token, json!({ "jobQueue": "ml", "jobStatus": "FAILED" })),
    );
}

#[test]
fn a_second_revision_is_its_own() {
    let Some(account) = account() else { return };
    let more = json!({
        "schedulingPriority": 7, "platformCapabilities": ["FARGATE"], "propagateTags": true,
        "retryStrategy": { "attempts": 2, "evaluateOnExit": [{ "action": "RETRY", "onExitCode": "1" }] },
    });
    account.call("RegisterJobDefinition", &with(definition("one"), more));
    let asked = json!({ "jobDefinitions": ["one:2", "one:1", "one:9"] });
    let reply = account.call("DescribeJobDefinitions", &asked);
    let [second, first] = reply["jobDefinitions"]
        .as_array()
        .expect("a list")
        .as_slice()
    else {
        panic!("{reply}");
    };
    assert_eq!(second["revision"], 2);
    assert_eq!(second["schedulingPriority"], 7);
    assert_eq!(second["platformCapabilities"], json!(["FARGATE"]));
    assert_eq!(second["propagateTags"], true);
    assert_eq!(
        second["retryStrategy"]["evaluateOnExit"][0]["action"],
        "retry"
    );
    assert_eq!(first["schedulingPriority"], Value::Null);
    assert_eq!(first["platformCapabilities"], json!(["EC2"]));
    let environment = json!([{ "name": "A", "value": "1" }]);
    assert_eq!(first["containerProperties"]["environment"], environment);
    assert_eq!(first["containerProperties"]["ulimits"], json!([]));
    // A page at a time.
    account.shim("settings", json!({ "page": 1 }));
    let mut asked = json!({ "jobDefinitionName": "one", "status": "ACTIVE" });
    let mut revisions = Vec::new();
    loop {
        let reply = account.call("DescribeJobDefinitions", &asked);
        let page = reply["jobDefinitions"].as_array().expect("a list");
        revisions.extend(page.iter().map(|one| one["revision"].clone()));
        if reply["nextToken"].is_null() {
            break;
        }
        asked["nextToken"] = reply["nextToken"].clone();
    }
    assert_eq!(revisions, [1, 2]);
}

#[test]
fn a_job_says_all_that_it_was_given() {
    let Some(account) = account() else { return };
    let nodes = json!({
        "jobDefinitionName": "many", "type": "multinode",
        "nodeProperties": { "numNodes": 2, "mainNode": 0, "nodeRangeProperties": [
            { "targetNodes": "0:", "container": definition("x")["containerProperties"] },
        ] },
    });
    account.call("RegisterJobDefinition", &nodes);
    let more = json!({
        "jobDefinition": "many", "propagateTags": true, "tags": { "k": "v" },
        "retryStrategy": { "attempts": 3 }, "timeout": { "attemptDurationSeconds": 60 },
        "schedulingPriorityOverride": 4, "shareIdentifier": "team",
        "nodeOverrides": { "nodePropertyOverrides": [{ "targetNodes": "0:1", "containerOverrides": {
            "environment": [{ "name": "A", "value": "2" }],
        } }] },
    });
    let id = submit(&account, &with(job("many"), more));
    let job = described(&account, &id);
    assert_eq!(job["propagateTags"], true);
    assert_eq!(job["tags"], json!({ "k": "v" }));
    assert_eq!(job["retryStrategy"]["attempts"], 3);
    assert_eq!(job["timeout"]["attemptDurationSeconds"], 60);
    assert_eq!(job["schedulingPriority"], 4);
    assert_eq!(job["shareIdentifier"], "team");
    let container = &job["nodeProperties"]["nodeRangeProperties"][0]["container"];
    assert_eq!(
        container["environment"],
        json!([{ "name": "A", "value": "2" }])
    );
    let main = described(&account, &format!("{id}#1"));
    assert_eq!(
        main["nodeDetails"],
        json!({ "nodeIndex": 1, "isMainNode": false })
    );
}

#[test]
fn jobs_move_when_they_are_told_to() {
    let Some(account) = account() else { return };
    let array = json!({ "arrayProperties": { "size": 10_000 } });
    let first = submit(&account, &with(job("first"), array.clone()));
    let paired = json!({ "dependsOn": [{ "jobId": first, "type": "N_TO_N" }] });
    let second = submit(&account, &with(with(job("second"), array), paired));
    let last = submit(
        &account,
        &with(job("last"), json!({ "dependsOn": [{ "jobId": second }] })),
    );
    let status = |id: &str| described(&account, id)["status"].clone();
    assert_eq!(status(&first), "PENDING");
    assert_eq!(status(&format!("{first}:17")), "RUNNABLE");
    assert_eq!(status(&format!("{second}:17")), "PENDING");
    account.shim(
        "move",
        json!({ "job": "first", "index": 17, "to": "SUCCEEDED" }),
    );
    assert_eq!(status(&format!("{second}:17")), "RUNNABLE");
    assert_eq!(status(&format!("{second}:18")), "PENDING");
    account.shim("move", json!({ "job": "first", "to": "SUCCEEDED" }));
    assert_eq!(status(&first), "SUCCEEDED");
    let how = json!({
        "job": "second", "index": 4711, "to": "FAILED", "exitCode": 2, "attempts": 3,
        "reason": "Essential container in task exited", "log": ["one", "two", "three"],
    });
    account.shim("move", how);
    assert_eq!(status(&last), "PENDING");
    account.shim("move", json!({ "job": "second", "to": "SUCCEEDED" }));
    assert_eq!(status(&last), "FAILED");
    let summary = &described(&account, &second)["arrayProperties"]["statusSummary"];
    assert_eq!(
        (&summary["SUCCEEDED"], &summary["FAILED"]),
        (&json!(9999), &json!(1))
    );
    let asked = json!({ "arrayJobId": second, "jobStatus": "FAILED" });
    let failed = account.call("ListJobs", &asked)["jobSummaryList"].clone();
    assert_eq!(failed.as_array().expect("a list").len(), 1);
    let child = described(&account, failed[0]["jobId"].as_str().expect("an id"));
    assert_eq!(child["attempts"].as_array().expect("a list").len(), 3);
    assert_eq!(child["container"]["exitCode"], 2);
    account.shim("settings", json!({ "logPage": 2, "logGaps": true }));
    let stream = &child["container"]["logStreamName"];
    let mut asked = json!({
        "logGroupName": "/aws/batch/job", "logStreamName": stream, "startFromHead": true,
    });
    let mut lines = Vec::new();
    loop {
        let reply = account.call("GetLogEvents", &asked);
        let page = reply["events"].as_array().expect("a list");
        assert!(page.len() <= 2);
        lines.extend(page.iter().map(|event| event["message"].clone()));
        if asked["nextToken"] == reply["nextForwardToken"] {
            break;
        }
        asked["nextToken"] = reply["nextForwardToken"].clone();
    }
    assert_eq!(lines, ["one", "two", "three"]);
}

#[test]
fn jobs_move_on_when_they_are_looked_at() {
    let Some(account) = account() else { return };
    account.shim(
        "settings",
        json!({ "auto": true, "fail": { "-bad": { "exitCode": 9 } } }),
    );
    let good = submit(&account, &job("good"));
    let bad = submit(&account, &job("x-bad"));
    let ends = |id: &str| {
        let seen = std::iter::repeat_with(|| described(&account, id)["status"].clone());
        seen.take(4)
            .map(|status| status.as_str().expect("a status").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ends(&good),
        ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    );
    assert_eq!(ends(&bad), ["RUNNABLE", "STARTING", "RUNNING", "FAILED"]);
}

#[test]
fn what_is_ended_ends() {
    let Some(account) = account() else { return };
    let first = submit(&account, &job("first"));
    let second = submit(
        &account,
        &with(job("second"), json!({ "dependsOn": [{ "jobId": first }] })),
    );
    let end = |operation: &str, id: &str| {
        account.call(operation, &json!({ "jobId": id, "reason": "enough" }));
    };
    // One that waits is not cancelled before what it waits for has ended.
    end("CancelJob", &second);
    assert_eq!(described(&account, &second)["status"], "PENDING");
    account.shim("move", json!({ "job": "first", "to": "SUCCEEDED" }));
    let job = described(&account, &second);
    assert_eq!(
        (&job["status"], &job["statusReason"]),
        (&json!("FAILED"), &json!("enough"))
    );
    let third = submit(&account, &job_after(&first));
    end("TerminateJob", &third);
    let job = described(&account, &third);
    assert_eq!(
        (&job["status"], &job["isTerminated"]),
        (&json!("FAILED"), &json!(true))
    );
    end("TerminateJob", &third);
    assert_eq!(account.live().len(), 1);
}

fn job_after(id: &str) -> Value {
    with(job("third"), json!({ "dependsOn": [{ "jobId": id }] }))
}

#[test]
fn what_is_new_is_not_seen_at_once() {
    let Some(account) = account() else { return };
    account.shim("settings", json!({ "jobLag": 1, "definitionLag": 1 }));
    account.call("RegisterJobDefinition", &definition("two"));
    let two = with(job("x"), json!({ "jobDefinition": "two:1" }));
    account.refused("SubmitJob", &two);
    submit(&account, &two);
    let named = json!({ "jobQueue": "ml", "filters": [{ "name": "JOB_NAME", "values": ["x"] }] });
    let count = || {
        account.call("ListJobs", &named)["jobSummaryList"]
            .as_array()
            .map(Vec::len)
    };
    assert_eq!((count(), count()), (Some(0), Some(1)));
}
