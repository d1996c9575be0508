//! What the account says of queues, written into `flowbatch.toml`.

use flowbatch::aws::plan::account;
use flowbatch::config::record::record;
use flowbatch::queue::Queues;
use serde_json::{Value, json};

use super::input::Input;
use super::plan::{ec2, environment, queue};

/// Queues of an account of which all is known.
fn answered(names: &[&str], environments: &[(&str, Value)]) -> Queues {
    let order: Vec<&str> = environments.iter().map(|(name, _)| *name).collect();
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let bare = |name: &String| name.rsplit('/').next().unwrap_or(name).to_owned();
    let queues: Vec<Value> = names
        .iter()
        .map(|name| {
            let mut queue = queue(&bare(name), &order);
            queue["jobQueueArn"] = json!(name);
            queue
        })
        .collect();
    let environments: Vec<Value> = environments
        .iter()
        .map(|(name, resources)| environment(name, resources.clone()))
        .collect();
    account::queues(&names, &queues, &environments, "eu-central-1", &[])
}

#[test]
fn a_queue_is_written_however_it_was_written() {
    let queues = answered(&["ml"], &[("ce", ec2(&["m7i", "c7i"], 64))]);
    for (old, new) in [
        (
            "",
            "[queues.ml]\nplatform = \"ec2\"\ninstance_types = [\"m7i\", \"c7i\"]\nmax_vcpus = 64\n\
             spot = false\nfair_share = false\n",
        ),
        (
            "queues.ml = { max_vcpus = 1, spot = false } # mine\n",
            "queues.ml = { max_vcpus = 64, spot = false , platform = \"ec2\", \
             instance_types = [\"m7i\", \"c7i\"], fair_share = false } # mine\n",
        ),
        (
            "[queues]\nml.max_vcpus = 1\nother.spot = true\n",
            "[queues]\nml.max_vcpus = 64\nml.platform = \"ec2\"\nml.instance_types = [\"m7i\", \"c7i\"]\n\
             ml.spot = false\nml.fair_share = false\nother.spot = true\n",
        ),
        (
            "[queues.ml]\n# both\ninstance_types = [\n  \"c7i\", # first\n  \"m7i\",\n]\nplatform = \"ec2\"\n\
             max_vcpus = 64\nspot = false\nfair_share = false\n",
            "[queues.ml]\n# both\ninstance_types = [\n  \"c7i\", # first\n  \"m7i\",\n]\nplatform = \"ec2\"\n\
             max_vcpus = 64\nspot = false\nfair_share = false\n",
        ),
    ] {
        let written = record(old, &queues).expect("TOML");
        assert_eq!(written, new);
        assert_eq!(record(&written, &queues).expect("TOML"), written);
    }
    assert!(record("[queues.ml", &queues).is_err());
}

#[test]
fn what_a_platform_has_not_is_taken_out() {
    let old = "[queues.ml]\ninstance_types = \"m7i\"\nimage_type = \"ECS_AL2\"\nswap = true\n\
               subnets = \"public\"\nmax_vcpus = 4\n";
    let fargate = json!({ "type": "FARGATE_SPOT", "maxvCpus": 4 });
    let queues = answered(&["ml"], &[("ce", fargate)]);
    assert_eq!(
        record(old, &queues).expect("TOML"),
        "[queues.ml]\nsubnets = \"public\"\nmax_vcpus = 4\nplatform = \"fargate\"\nspot = true\n\
         fair_share = false\n"
    );
}

#[test]
fn queues_of_one_name_keep_their_arns() {
    let arn = |region: &str| format!("arn:aws:batch:{region}:123456789012:job-queue/ml");
    let (here, there) = (arn("eu-central-1"), arn("us-east-1"));
    let environments = [("ce", json!({ "type": "FARGATE", "maxvCpus": 4 }))];
    let two = answered(&[&here, &there], &environments);
    let written = record("", &two).expect("TOML");
    for arn in [&here, &there] {
        assert!(
            written.contains(&format!("[queues.\"{arn}\"]\n")),
            "{written}"
        );
    }
    let one = answered(&[&here], &environments);
    assert!(record("", &one).expect("TOML").starts_with("[queues.ml]\n"));
    // Where it is stated by ARN, it stays so.
    let old = format!("[queues.\"{here}\"]\nspot = true\n");
    assert!(
        record(&old, &one)
            .expect("TOML")
            .starts_with(&old.replace("true", "false"))
    );
}

#[test]
fn a_queue_that_is_not_there_is_not_written() {
    let missing = account::queues(&["ml".to_owned()], &[], &[], "eu-central-1", &[]);
    for text in ["", "# nothing\n", "[queues.ml]\nspot = true\n"] {
        assert_eq!(record(text, &missing).expect("TOML"), text);
    }
}

/// Once it is written down, `check` finds without an account what `plan` finds with one.
#[test]
fn the_same_is_found_offline() {
    let environments = [
        ec2(&["m7i.large"], 4),
        ec2(&["g6.xlarge", "m7i"], 64),
        ec2(&["m7g"], 64),
        json!({ "type": "EC2", "maxvCpus": 8, "instanceTypes": ["c7i.8xlarge"],
                "allocationStrategy": "BEST_FIT" }),
        json!({ "type": "SPOT", "maxvCpus": 64, "instanceTypes": ["optimal"],
                "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED" }),
        json!({ "type": "EC2", "maxvCpus": 64, "instanceTypes": ["trn1"],
                "ec2Configuration": [{ "imageType": "ECS_AL2023" }] }),
        json!({ "type": "EC2", "maxvCpus": 64, "instanceTypes": ["p4d"],
                "ec2Configuration": [{ "imageType": "ECS_AL2_NVIDIA" }, { "imageType": "ECS_AL2023" }] }),
        json!({ "type": "FARGATE", "maxvCpus": 4 }),
        json!({ "type": "FARGATE_SPOT", "maxvCpus": 64 }),
    ];
    let jobs = [
        "@batch(memory=1GiB)",
        "@batch(cpu=16, memory=64GiB)",
        "@batch(gpu=1, memory=4GiB)",
        "@batch(gpu=16, memory=4GiB)",
        "@batch(memory=4GiB, image=\"a/b:1-arm64\")",
        "@batch(memory=4GiB) @parallel(nodes=8)",
        "@batch(memory=4GiB, max_swap=64, swappiness=1)",
        "@batch(trainium=4, memory=4GiB)",
        "@batch(efa=1, memory=4GiB)",
        "@batch(memory=4GiB, share_identifier=\"a\", scheduling_priority=1)",
    ];
    let mut found = std::collections::BTreeSet::new();
    for (at, resources) in environments.iter().enumerate() {
        let kind = resources["type"].as_str().expect("a type");
        let (platform, role) = match kind.starts_with("FARGATE") {
            true => (
                "fargate",
                ", execution_role=\"arn:aws:iam::123456789012:role/x\"",
            ),
            false => ("ec2", ""),
        };
        let mut the_queue = queue("ml", &["ce"]);
        if at % 2 == 1 {
            the_queue["schedulingPolicyArn"] = json!("arn:aws:batch:r:1:scheduling-policy/fair");
        }
        let replies = json!({
            "jobQueues": [the_queue], "computeEnvironments": [environment("ce", resources.clone())],
        });
        let list = |name: &str| replies[name].as_array().cloned().unwrap_or_default();
        let queues = account::queues(
            &["ml".to_owned()],
            &list("jobQueues"),
            &list("computeEnvironments"),
            "eu-central-1",
            &[],
        );
        let toml = record("", &queues).expect("TOML");
        for job in jobs {
            let flow = Input::new(format!(
                "@batch(queue=\"ml\", image=\"python:3.12\", platform=\"{platform}\"{role})\n\
                 flow F {{\n  {job}\n  step start {{ run \"true\" }}\n}}\n"
            ));
            if !flow.compile().errors().is_empty() {
                continue; // Fargate has not all of it.
            }
            let all = |input: &Input| -> Vec<_> {
                let checked = input.compiled("example.flow").checked;
                let found = checked.diagnostics.into_iter();
                let one = |one: flowbatch::diagnostic::Diagnostic| {
                    (one.code.name, one.message, one.help, one.fixes)
                };
                found.map(one).collect()
            };
            let planned = all(&flow.clone().account(&replies.to_string()));
            let checked = all(&flow.clone().file("flowbatch.toml", toml.as_str()));
            assert_eq!(planned, checked, "{resources} {job}\n{toml}");
            found.extend(planned.into_iter().map(|(code, ..)| code));
        }
    }
    assert!(found.len() >= 12, "{found:?}");
}
