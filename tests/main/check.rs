//! `flowbatch check`.

use super::project::Project;

const FLOW: &str = r#"@batch(queue="ml", image="python:3.12", platform="ec2")
flow Churn {
  step start { run "true" }
}
"#;

#[test]
fn a_clean_flow_says_nothing() {
    let project = Project::new().file("churn.flow", FLOW);
    let ran = project.run(&["check", "churn.flow"]).code(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn files_that_cannot_be_read() {
    let project = Project::new().file("latin.flow", b"# \xe9\n");
    let ran = project.run(&["check", "gone.flow", "latin.flow"]).code(2);
    assert!(
        ran.stderr.contains("gone.flow") && ran.stderr.contains("latin.flow"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_mistake_in_a_shared_library_is_shown_and_fixed_once() {
    let library = "profile p {\n  @batch(privileged=True)\n}\n";
    let flow = |name: &str| format!("import \"lib.flow\"\n{}", FLOW.replace("Churn", name));
    let project = Project::new()
        .file("a.flow", flow("A"))
        .file("b.flow", flow("B"))
        .file("lib.flow", library);
    let ran = project.run(&["check", ".", "--format", "concise"]).code(1);
    assert_eq!(
        ran.stdout
            .lines()
            .filter(|line| line.contains("error["))
            .count(),
        1,
        "{}",
        ran.stdout
    );
    let fixed = project.run(&["check", ".", "--fix"]).code(0);
    assert!(
        fixed.stderr.starts_with("fixed 1 problem in lib.flow\n"),
        "{}",
        fixed.stderr
    );
    assert_eq!(project.text("lib.flow"), library.replace("True", "true"));
}

#[test]
fn standard_input_is_fixed_to_standard_output() {
    let flow = FLOW.replace("platform=", "privileged=True, platform=");
    let project = Project::new();
    let command = project.command(&["check", "-", "--fix"]);
    let ran = project.run_with(command, flow.as_bytes()).code(0);
    assert_eq!(ran.stdout, flow.replace("True", "true"));
    let ran = project
        .run_with(project.command(&["check", "-"]), flow.as_bytes())
        .code(1);
    assert!(ran.stderr.contains("<stdin>:1:"), "{}", ran.stderr);
}

#[test]
fn every_format_is_well_formed() {
    let project = Project::new().file(
        "churn.flow",
        FLOW.replace("platform=", "privileged=True, platform="),
    );
    for format in ["json", "sarif"] {
        let ran = project
            .run(&["check", "churn.flow", "--format", format])
            .code(1);
        serde_json::from_str::<serde_json::Value>(&ran.stdout).expect(format);
        assert_eq!(ran.stderr, "");
    }
    let ran = project
        .run(&["check", "churn.flow", "--format", "github"])
        .code(1);
    assert!(
        ran.stdout.starts_with("::error file=churn.flow,line=1,"),
        "{}",
        ran.stdout
    );
}
