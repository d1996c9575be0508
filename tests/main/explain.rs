//! `flowbatch explain`.

use super::project::Project;

const FLOW: &str = r#"@batch(image="python:3.12", platform="ec2")
flow Churn {
  step start { run "true" }
}
"#;

#[test]
fn values_and_what_decided_them() {
    let project = Project::new().file("churn.flow", FLOW);
    let mut command = project.command(&["explain", "churn.flow", "start"]);
    command.env("METAFLOW_BATCH_JOB_QUEUE", "ml");
    let ran = project.run_with(command, b"").code(0);
    assert!(
        ran.stdout
            .starts_with("step start — job definition Churn-start\n"),
        "{}",
        ran.stdout
    );
    let line = |option: &str| {
        let line = ran
            .stdout
            .lines()
            .find(|line| line.contains(option))
            .unwrap_or_default();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        line("@batch queue"),
        "@batch queue \"ml\" METAFLOW_BATCH_JOB_QUEUE"
    );
    assert_eq!(line("@batch cpu"), "@batch cpu 1 default");
    assert!(line("@batch image").starts_with("@batch image \"python:3.12\" churn.flow:1:"));
}

#[test]
fn an_unknown_step_is_corrected() {
    let project = Project::new()
        .file("churn.flow", FLOW)
        .file("lib.flow", "let x = 1\n");
    let ran = project.run(&["explain", "churn.flow", "strat"]).code(2);
    assert!(
        ran.stderr
            .ends_with("has no step `strat`, did you mean `start`?\n"),
        "{}",
        ran.stderr
    );
    let ran = project.run(&["explain", "lib.flow"]).code(2);
    assert!(ran.stderr.contains("is a library"), "{}", ran.stderr);
}
