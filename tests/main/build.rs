//! `flowbatch build`.

use super::project::Project;

const FLOW: &str = r#"@batch(queue="ml", image="python:3.12", platform="ec2")
flow Churn {
  param date: string = "today"
  step start { run "echo $date"  next end }
  step end { run "true" }
}
"#;

const FILES: [&str; 4] = [
    "churn.flow",
    "out/Churn/job-definitions/end.json",
    "out/Churn/job-definitions/start.json",
    "out/Churn/jobs.json",
];

#[test]
fn writes_then_leaves_alone_then_prunes() {
    let project = Project::new().file("churn.flow", FLOW);
    let ran = project.run(&["build", "churn.flow"]).code(0);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("", "out/Churn: 3 written\n")
    );
    assert_eq!(project.files(), FILES);

    let ran = project.run(&["build", "."]).code(0);
    assert_eq!(ran.stderr, "out/Churn is up to date\n");
    project.run(&["build", "churn.flow", "--check"]).code(0);

    let project = project
        .file(
            "churn.flow",
            FLOW.replace("step end", "step finish")
                .replace("next end", "next finish"),
        )
        .file("out/Churn/job-definitions/mine.json", "{}");
    let stale = project.run(&["build", "churn.flow", "--check"]).code(1);
    assert!(
        stale
            .stdout
            .contains("+++ out/Churn/job-definitions/finish.json\n"),
        "{}",
        stale.stdout
    );
    assert!(
        stale
            .stdout
            .contains("--- out/Churn/job-definitions/end.json\n+++ /dev/null\n")
    );
    assert!(
        stale
            .stderr
            .ends_with("run: flowbatch build churn.flow -o out\n"),
        "{}",
        stale.stderr
    );
    assert_eq!(project.files().len(), 5);

    let ran = project.run(&["build", "churn.flow"]).code(0);
    assert!(
        ran.stderr.ends_with(" written, 1 removed\n"),
        "{}",
        ran.stderr
    );
    let files = project.files();
    assert!(files.contains(&"out/Churn/job-definitions/mine.json".to_owned()));
    assert!(!files.contains(&"out/Churn/job-definitions/end.json".to_owned()));
}

#[test]
fn one_document_on_standard_output() {
    let project = Project::new().file("churn.flow", FLOW);
    for arguments in [
        &["build", "churn.flow", "--stdout"][..],
        &["build", "churn.flow", "--stdout", "--format", "json"],
    ] {
        let ran = project.run(arguments).code(0);
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one document");
        assert_eq!(document["flow"], "Churn");
    }
    let piped = project.run_with(
        project.command(&["build", "-", "--stdout"]),
        FLOW.as_bytes(),
    );
    assert_eq!(
        piped.code(0).stdout,
        project.run(&["build", "churn.flow", "--stdout"]).stdout
    );
    assert_eq!(project.files(), ["churn.flow"]);
}

#[test]
fn errors_anywhere_write_nothing() {
    let project = Project::new().file("churn.flow", FLOW).file(
        "other.flow",
        FLOW.replace("Churn", "Other")
            .replace("next end", "next nowhere"),
    );
    project.run(&["build", "."]).code(1);
    assert_eq!(project.files(), ["churn.flow", "other.flow"]);
}

#[test]
fn two_flows_of_one_name() {
    let project = Project::new().file("a.flow", FLOW).file("b.flow", FLOW);
    let ran = project.run(&["build", ".", "--format", "json"]).code(1);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let found = &report["diagnostics"][0];
    assert_eq!(found["code"], "duplicate-flow");
    assert_eq!(found["labels"][0]["file"], "b.flow");
    assert_eq!(found["labels"][1]["file"], "a.flow");
}

#[test]
fn libraries_are_not_built() {
    let project = Project::new()
        .file("churn.flow", format!("import \"lib.flow\"\n{FLOW}"))
        .file("lib.flow", "let x = 1\n");
    project.run(&["build", "."]).code(0);
    let ran = project.run(&["build", "lib.flow"]).code(2);
    assert_eq!(
        ran.stderr,
        "error: lib.flow is a library: it has no flow to build\n"
    );
}

#[test]
fn a_param_must_be_known_by_one_of_the_flows() {
    let other = FLOW.replace("Churn", "Other").replace("date", "day");
    let project = Project::new()
        .file("churn.flow", FLOW)
        .file("other.flow", other);
    project
        .run(&["build", ".", "-p", "date=x", "-p", "day=y"])
        .code(0);
    let ran = project.run(&["build", ".", "-p", "dat=x"]).code(2);
    assert!(
        ran.stderr
            .contains("no flow here has a param `dat`, did you mean `da"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_file_in_the_place_of_the_folder() {
    let project = Project::new().file("churn.flow", FLOW).file("out", "");
    let ran = project.run(&["build", "churn.flow"]).code(2);
    assert!(
        ran.stderr
            .contains("out is a file, not a folder; move it away"),
        "{}",
        ran.stderr
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_is_not_writable() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    let project = Project::new().file("churn.flow", FLOW);
    let command = project.command_as_nobody(&["build", "churn.flow"]);
    let mode = |mode: u32| fs::set_permissions(project.path(), Permissions::from_mode(mode));
    mode(0o555).expect("our folder");
    let ran = project.run_with(command, b"").code(2);
    assert!(
        ran.stderr.contains("make the folder writable"),
        "{}",
        ran.stderr
    );
    mode(0o755).expect("our folder");
}
