//! Which layer decides an option.

use super::input::{Input, Output};

fn requirement(output: &Output, step: &str, kind: &str) -> String {
    let container = &output.definition(step)["containerProperties"];
    let all = container["resourceRequirements"].as_array().expect("some");
    let found = all.iter().find(|found| found["type"] == kind);
    found.map_or(String::new(), |found| {
        found["value"].as_str().expect("text").to_owned()
    })
}

#[test]
fn the_stronger_layer_wins_and_the_larger_within_one() {
    let output = Input::new(
        r#"profile p { @resources(memory=8GiB) }
           @batch(memory=32GiB, image="python:3.12", platform="ec2") @resources(memory=4GiB)
           flow F {
             step a { run "true" }
             @use(p) step b { run "true" }
             @resources(memory=1GiB) step c { run "true" }
             @use(p) @batch(memory=2GiB) @resources(memory=512MiB, gpu=1) step d { run "true" }
           }"#,
    )
    .file("flowbatch.toml", "[batch]\nqueue = \"t\"\nmemory = 2048\n")
    .variable("METAFLOW_BATCH_JOB_QUEUE", "m")
    .compile()
    .clean();
    for (step, memory) in [("a", "32768"), ("b", "8192"), ("c", "1024"), ("d", "2048")] {
        assert_eq!(requirement(&output, step, "MEMORY"), memory, "{step}");
        assert_eq!(output.job(step)["request"]["jobQueue"], "t");
    }
    assert_eq!(requirement(&output, "d", "GPU"), "1");
}

#[test]
fn from_a_variable_to_the_step() {
    let flow = |option: &str, using: &str, step: &str| {
        format!(
            "profile q {{ @batch(queue=\"profile\") }}\n{using}\n\
             @batch(image=\"python:3.12\", platform=\"ec2\"{option})\n\
             flow F {{ {step} step s {{ run \"true\" }} }}\n"
        )
    };
    let queue = |text: String, toml: &str, env: Option<&str>| {
        let input = Input::new(text).variable("METAFLOW_BATCH_JOB_QUEUE", "variable");
        let input = input.file("flowbatch.toml", toml);
        let input = match env {
            Some(env) => input.env(env),
            None => input,
        };
        let output = input.compile().built();
        let advised = output.codes().contains(&"ambient-option");
        let queue = output.job("s")["request"]["jobQueue"].clone();
        assert_eq!(advised, queue == "variable");
        queue.as_str().expect("text").to_owned()
    };
    let toml = "[batch]\nqueue = \"batch\"\n[env.prod.batch]\nqueue = \"env\"\n";
    let mine = ", queue=\"flow\"";
    assert_eq!(queue(flow("", "", ""), "", None), "variable");
    assert_eq!(queue(flow("", "", ""), toml, None), "batch");
    assert_eq!(queue(flow("", "", ""), toml, Some("prod")), "env");
    assert_eq!(
        queue(flow("", "@use(q)", ""), toml, Some("prod")),
        "profile"
    );
    assert_eq!(queue(flow(mine, "@use(q)", ""), toml, Some("prod")), "flow");
    assert_eq!(queue(flow(mine, "", "@use(q)"), toml, None), "profile");
    let step = "@use(q) @batch(queue=\"step\")";
    assert_eq!(queue(flow(mine, "@use(q)", step), toml, None), "step");
}

#[test]
fn maps_merge_and_lists_replace() {
    let output = Input::new(
        r#"profile p { @environment(vars={ B = "p", C = "p" }) @batch(host_volumes=["/p"]) }
           @batch(queue="q", image="python:3.12", platform="ec2", host_volumes=["/f"], aws_batch_tags={ a = "f" })
           @environment(vars={ A = "f", B = "f", C = "f" })
           flow F {
             @use(p) @environment(vars={ C = "s" }) @batch(aws_batch_tags={ b = "s" }) step s { run "true" }
           }"#,
    )
    .compile()
    .clean();
    let container = &output.definition("s")["containerProperties"];
    let value = |name: &str| {
        let all = container["environment"].as_array().expect("some").iter();
        let mut found = all.filter(|found| found["name"] == name);
        (found.next().expect(name)["value"].clone(), found.count())
    };
    for (name, expected) in [("A", "f"), ("B", "p"), ("C", "s")] {
        assert_eq!(value(name), (expected.into(), 0));
    }
    let volumes = container["volumes"].as_array().expect("some");
    assert_eq!(volumes.len(), 1);
    assert_eq!(volumes[0]["host"]["sourcePath"], "/p");
    let tags = serde_json::json!({"a": "f", "b": "s"});
    assert_eq!(output.definition("s")["tags"], tags);
    assert_eq!(output.job("s")["request"]["tags"], tags);
}
