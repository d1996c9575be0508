//! Plans, with an account that is a few replies.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use flowbatch::aws::api::{Api, Call, Fault, Operation};
use flowbatch::aws::ask::Failed;
use flowbatch::aws::plan::read;
use flowbatch::aws::plan::{Action, Plan, Requests};
use serde_json::{Value, json};

use super::input::Input;

/// Answers by a function, and keeps what was asked.
struct Fake<F> {
    answer: F,
    asked: Mutex<Vec<Call>>,
}

impl<F: Fn(&Call) -> Result<Value, Fault> + Send + Sync + 'static> Fake<F> {
    fn new(answer: F) -> Arc<Self> {
        Arc::new(Self {
            answer,
            asked: Mutex::new(Vec::new()),
        })
    }

    fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for call in self.asked.lock().expect("unpoisoned").iter() {
            *counts.entry(call.operation.name()).or_default() += 1;
        }
        counts
    }
}

impl<F: Fn(&Call) -> Result<Value, Fault> + Send + Sync + 'static> Api for Fake<F> {
    async fn call(&self, call: Call) -> Result<Value, Fault> {
        self.asked.lock().expect("unpoisoned").push(call.clone());
        (self.answer)(&call)
    }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(work)
}

/// A compute environment, with what is said of its resources.
pub(crate) fn environment(name: &str, resources: Value) -> Value {
    json!({
        "computeEnvironmentName": name,
        "computeEnvironmentArn": format!("arn:aws:batch:r:1:compute-environment/{name}"),
        "type": "MANAGED", "state": "ENABLED", "status": "VALID",
        "computeResources": resources,
    })
}

/// A queue with these compute environments.
pub(crate) fn queue(name: &str, environments: &[&str]) -> Value {
    let order = environments.iter().enumerate().map(|(at, name)| {
        json!({ "order": at + 1, "computeEnvironment": format!("arn:aws:batch:r:1:compute-environment/{name}") })
    });
    json!({
        "jobQueueName": name, "state": "ENABLED", "status": "VALID",
        "jobQueueArn": format!("arn:aws:batch:eu-central-1:123456789012:job-queue/{name}"),
        "computeEnvironmentOrder": order.collect::<Value>(),
    })
}

fn flow(annotations: &str) -> Input {
    Input::new(format!(
        "@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")\n\
         flow F {{\n  {annotations}\n  step start {{ run \"true\" }}\n}}\n"
    ))
}

/// The codes that a flow has, with one queue `ml` of these compute environments.
fn codes(annotations: &str, environments: &[(&str, Value)]) -> Vec<&'static str> {
    found(annotations, environments)
        .into_iter()
        .map(|(code, ..)| code)
        .collect()
}

fn found(annotations: &str, environments: &[(&str, Value)]) -> Vec<(&'static str, String, String)> {
    let names: Vec<&str> = environments.iter().map(|(name, _)| *name).collect();
    let all = environments
        .iter()
        .map(|(name, resources)| environment(name, resources.clone()));
    let replies = json!({
        "jobQueues": [queue("ml", &names)], "computeEnvironments": all.collect::<Value>(),
    });
    let compiled = flow(annotations).account(&replies.to_string());
    let compiled = compiled.compiled("example.flow");
    let found = compiled.checked.diagnostics.into_iter();
    found
        .map(|one| {
            let here = one.labels.into_iter().find(|label| label.primary);
            (one.code.name, one.message, here.expect("a place").message)
        })
        .collect()
}

pub(crate) fn ec2(types: &[&str], most: i64) -> Value {
    json!({ "type": "EC2", "maxvCpus": most, "instanceTypes": types })
}

#[test]
fn a_job_has_to_fit_one_compute_environment() {
    let small = || ("small", ec2(&["m7i.large"], 256));
    let large = |most| ("large", ec2(&["m7i.16xlarge"], most));
    let job = "@batch(cpu=32, memory=64GiB)";
    assert_eq!(codes(job, &[small()]), ["queue-cpu", "queue-memory"]);
    assert_eq!(codes(job, &[small(), large(64)]), [""; 0]);
    // Instances that are large enough here, and vCPUs enough there.
    let both = found(job, &[small(), large(16)]);
    assert_eq!(
        both,
        [(
            "queue-combination",
            "no compute environment of queue `ml` alone can run this job".to_owned(),
            "in the account: `small`: it has no instance type with 32 vCPUs; \
             `large`: it has at most 16 vCPUs, not 32"
                .to_owned(),
        )]
    );
}

#[test]
fn what_the_account_has_is_said_where_the_mistake_is() {
    let found = found("@batch(memory=64GiB)", &[("ce", ec2(&["g6.4xlarge"], 256))]);
    let (code, _, here) = &found[0];
    assert_eq!(*code, "queue-memory");
    assert_eq!(
        here,
        "in the account: the largest is g6.4xlarge: 65536 MiB, of which jobs get at most 64480"
    );
}

#[test]
fn environments_of_one_kind_are_not_mixed() {
    let job = "@batch(gpu=1, memory=4GiB)";
    let mixed = [("ce", ec2(&["g6.4xlarge", "m7i.large"], 256))];
    assert_eq!(codes(job, &mixed), ["queue-gpu-mixed"]);
    let apart = [
        ("gpu", ec2(&["g6.4xlarge"], 256)),
        ("cpu", ec2(&["m7i.large"], 256)),
    ];
    assert_eq!(codes(job, &apart), [""; 0]);
}

#[test]
fn spot_is_all_or_not() {
    let job = "@batch(memory=1GiB) @parallel(nodes=2)";
    let spot = || {
        (
            "spot",
            json!({ "type": "SPOT", "maxvCpus": 256, "instanceTypes": ["m7i"] }),
        )
    };
    assert_eq!(codes(job, &[spot()]), ["queue-spot-nodes"]);
    assert_eq!(codes(job, &[spot(), ("od", ec2(&["m7i"], 256))]), [""; 0]);
}

#[test]
fn a_scheduling_policy_wants_shares() {
    let mut queue = queue("ml", &["ce"]);
    let replies = |queue: &Value| {
        let environments = [environment("ce", ec2(&["m7i"], 256))];
        json!({ "jobQueues": [queue], "computeEnvironments": environments }).to_string()
    };
    let share = "@batch(share_identifier=\"a\", scheduling_priority=1)";
    assert_eq!(
        flow("").account(&replies(&queue)).compile().codes(),
        [""; 0]
    );
    let refused = flow(share).account(&replies(&queue)).compile();
    assert_eq!(
        refused.codes(),
        ["queue-share-refused", "option-without-effect"]
    );
    queue["schedulingPolicyArn"] = json!("arn:aws:batch:r:1:scheduling-policy/fair");
    let missing = flow("").account(&replies(&queue)).compile();
    assert_eq!(missing.codes(), ["queue-share-missing"]);
    assert_eq!(
        flow(share).account(&replies(&queue)).compile().codes(),
        [""; 0]
    );
}

#[test]
fn what_is_not_known_is_not_concluded_from() {
    let job = "@batch(cpu=512, memory=1GiB)";
    for resources in [
        ec2(&["x99.large"], 1024),
        ec2(&[], 1024),
        json!({}),
        json!(null),
        json!("x"),
    ] {
        assert_eq!(
            codes(job, &[("ce", resources.clone())]),
            [""; 0],
            "{resources}"
        );
    }
}

#[test]
fn an_image_type_counts_unless_the_ami_is_chosen() {
    let job = "@batch(max_swap=8, swappiness=60)";
    let with = |more: Value| {
        let mut resources = ec2(&["m7i"], 256);
        let resources_of = resources.as_object_mut().expect("one");
        resources_of.extend(more.as_object().expect("one").clone());
        codes(job, &[("ce", resources)])
    };
    let image = json!([{ "imageType": "ECS_AL2023" }]);
    assert_eq!(with(json!({ "ec2Configuration": image })), ["queue-swap"]);
    let own = json!([{ "imageType": "ECS_AL2023", "imageIdOverride": "ami-1" }]);
    for more in [
        json!({ "ec2Configuration": own }),
        json!({ "ec2Configuration": image, "imageId": "ami-1" }),
        json!({ "ec2Configuration": image, "launchTemplate": { "launchTemplateId": "lt-1" } }),
        json!({ "ec2Configuration": [{ "imageType": "ECS_NEW" }] }),
    ] {
        assert_eq!(with(more.clone()), [""; 0], "{more}");
    }
}

/// What the account says of a platform decides nothing: what is built must not depend on who builds.
#[test]
fn a_platform_that_was_assumed_has_to_be_right() {
    let text =
        "@batch(queue=\"ml\", image=\"python:3.12\")\nflow F { step start { run \"true\" } }\n";
    let built = |input: &Input| {
        let output = input.compile();
        let found = output.found.iter();
        let found: Vec<_> = found.map(|(code, ..)| *code).collect();
        (found, output.document["jobDefinitions"].clone())
    };
    let replies = |kind: &str| {
        json!({
            "jobQueues": [queue("ml", &["ce"])],
            "computeEnvironments": [environment("ce", json!({ "type": kind, "maxvCpus": 16 }))],
        })
        .to_string()
    };
    let (found, definitions) = built(&Input::new(text));
    assert_eq!(found, ["default-platform"]);
    let (found, same) = built(&Input::new(text).account(&replies("EC2")));
    assert_eq!((found, same), (vec![], definitions));
    let fargate = Input::new(text).account(&replies("FARGATE"));
    let (found, document) = built(&fargate);
    assert_eq!((found, document), (vec!["queue-platform"], Value::Null));
    // flowbatch.toml is out of date.
    let stated = Input::new(text)
        .file("flowbatch.toml", "[queues.ml]\nplatform = \"ec2\"\n")
        .account(&replies("FARGATE"));
    assert_eq!(built(&stated).0, ["queue-platform"]);
}

#[test]
fn a_plan_is_made_in_as_few_calls_as_it_takes() {
    let api = Fake::new(|call| {
        let body = &call.body;
        Ok(match call.operation {
            Operation::DescribeJobDefinitions => {
                let name = body["jobDefinitionName"].as_str().expect("a name");
                assert_eq!(body["status"], "ACTIVE");
                let one = |revision: i64, status: &str| json!({ "jobDefinitionName": name, "revision": revision, "status": status });
                match (name, body["nextToken"].as_str()) {
                    ("none", _) => json!({ "jobDefinitions": [] }),
                    ("many", None) => {
                        json!({ "jobDefinitions": [one(3, "ACTIVE")], "nextToken": "a" })
                    }
                    ("many", Some("a")) => json!({
                        "jobDefinitions": [one(12, "INACTIVE"), one(9, "ACTIVE"), one(10, "ACTIVE")],
                        "nextToken": "b" }),
                    ("many", _) => {
                        json!({ "jobDefinitions": [one(2, "ACTIVE")], "nextToken": "b" })
                    }
                    _ => json!({ "jobDefinitions": [one(1, "ACTIVE")] }),
                }
            }
            _ => unreachable!(),
        })
    });
    let names = ["none", "many", "one"].map(str::to_owned);
    let found = wait(read::revisions(&api, &names)).expect("answers");
    let revisions: Vec<Vec<i64>> = found
        .iter()
        .map(|of_name| of_name.iter().map(read::revision).collect())
        .collect();
    assert_eq!(revisions, [vec![], vec![10, 9, 3, 2], vec![1]]);
    // A token that comes twice ends it.
    assert_eq!(
        api.counts(),
        BTreeMap::from([("DescribeJobDefinitions", 5)])
    );
}

#[test]
fn queues_are_two_calls_and_one_more_for_those_that_are_missing() {
    let api = Fake::new(|call| {
        let queues = json!([queue("ml", &["a", "b"]), queue("gpu", &["b"])]);
        let environments = json!([
            environment("a", ec2(&["m7i"], 8)),
            environment("b", ec2(&["g6"], 8))
        ]);
        Ok(match call.operation {
            Operation::DescribeJobQueues if call.body == json!({}) => {
                json!({ "jobQueues": queues })
            }
            Operation::DescribeJobQueues => {
                let wanted = call.body["jobQueues"].as_array().expect("names");
                let known = queues.as_array().expect("all").iter();
                let called = |queue: &&Value| {
                    wanted.contains(&queue["jobQueueName"])
                        || wanted.contains(&queue["jobQueueArn"])
                };
                json!({ "jobQueues": known.filter(called).collect::<Vec<_>>() })
            }
            Operation::DescribeComputeEnvironments => {
                assert_eq!(
                    call.body["computeEnvironments"].as_array().map(Vec::len),
                    Some(2)
                );
                json!({ "computeEnvironments": environments })
            }
            _ => unreachable!(),
        })
    });
    let arn = "arn:aws:batch:eu-central-1:123456789012:job-queue/gpu";
    let names = ["ml", arn].map(str::to_owned);
    let queues = wait(read::queues(&api, &names, "eu-central-1")).expect("answers");
    assert_eq!(queues.iter().count(), 2);
    assert_eq!(queues.find("ml").expect("it").several().len(), 2);
    assert!(queues.find(arn).expect("it").instances.is_some());
    let twice = BTreeMap::from([("DescribeJobQueues", 1), ("DescribeComputeEnvironments", 1)]);
    assert_eq!(api.counts(), twice);
    let names = ["ml", "gpux"].map(str::to_owned);
    wait(read::queues(&api, &names, "eu-central-1")).expect("answers");
    let more = BTreeMap::from([("DescribeJobQueues", 3), ("DescribeComputeEnvironments", 2)]);
    assert_eq!(api.counts(), more);
}

#[test]
fn a_fault_says_at_what() {
    let fault = || Fault::Unknown {
        message: "no reply".into(),
    };
    let api = Fake::new(move |_| Err(fault()));
    let failed = wait(read::revisions(&api, &["a".to_owned()])).expect_err("a fault");
    let expected = Failed {
        operation: Operation::DescribeJobDefinitions,
        fault: fault(),
    };
    assert_eq!(failed, expected);
    assert_eq!(failed.to_string(), "DescribeJobDefinitions: no reply");
}

#[test]
fn a_plan_for_people() {
    let compiled = Input::new(
        "@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")\n\
         flow F {\n  step a { run \"true\" next b foreach i in 0..3 }\n\
         step b { run [\"x\", \"y\"] next c }\n  step c { run \"true\" }\n}\n",
    )
    .compiled("example.flow");
    let requests = Requests::of(&compiled.artifacts.expect("it compiles")).expect("JSON");
    let theirs = |at: usize, edit: &dyn Fn(&mut Value)| {
        let mut theirs = requests.definitions[at].1.clone();
        theirs["revision"] = json!(41 + at);
        edit(&mut theirs["containerProperties"]);
        vec![theirs]
    };
    let long = "x".repeat(80);
    let revisions = [
        theirs(0, &|container| {
            container["command"] = json!(["/bin/sh", "-ec", "a\u{1b}[2J\nfalse\n"]);
            container["user"] = json!("\u{202e}root");
            container["environment"][0]["value"] = json!(long);
        }),
        theirs(1, &|container| container["command"] = json!(["x"])),
        theirs(2, &|_| {}),
    ];
    let plan = Plan::of(&requests, &revisions);
    let expected = format!(
        r#"job definitions of F
  ~ F-a  new revision, 41 is out of date
      ~ containerProperties.command[2]
          - a\u{{1b}}[2J
          - false
          + true
      ~ containerProperties.environment[FLOWBATCH_FLOW]
          - "{long}"
          + "F"
      - containerProperties.user  "\u{{202e}}root"
  ~ F-b  new revision, 42 is out of date
      ~ containerProperties.command  ["x"] -> ["x","y"]
    F-c  unchanged, revision 43

jobs of F
  + F-<run>-a  queue ml
  + F-<run>-b  queue ml, array of 3, after a
  + F-<run>-c  queue ml, array of 3, after b (N_TO_N)

Plan: 0 to register, 2 new revisions, 1 unchanged; 3 jobs to submit.
"#
    );
    assert_eq!(plan.text(), expected);
    assert!(plan.summary().has_changes());
    assert_eq!(plan.definitions[2].action, Action::Keep { revision: 43 });
    let none = Plan::of(&requests, &[]);
    assert!(
        none.text()
            .ends_with("Plan: 3 to register, 0 new revisions, 0 unchanged; 3 jobs to submit.\n")
    );
}
