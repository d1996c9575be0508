//! `docs/ci.md` and the hooks: what others run flowbatch with, as they do.

#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use super::project::Project;
use super::tools::{has, made_once, output, path, step};

const PRE_COMMIT: &str = "pre-commit==4.7.0";
/// Has the schema of GitHub's workflows in it.
const CHECK_JSONSCHEMA: &str = "check-jsonschema==0.39.0";
/// Has the schema of SARIF in it.
const SARIF: &str = "@microsoft/jest-sarif@1.0.0-beta.0";

/// A folder of programs of Python; `None` if they cannot be had.
static TOOLS: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let name = format!("{PRE_COMMIT}+{CHECK_JSONSCHEMA}");
    // A virtual environment cannot be moved: only that it is complete is noted when it is.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
    made_once(&format!("{name}-complete"), |_| {
        step(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&folder),
        )?;
        let mut pip = Command::new(folder.join("bin/pip"));
        let packages = [PRE_COMMIT, CHECK_JSONSCHEMA];
        step(
            pip.args(["install", "--quiet", "--retries", "1"])
                .args(packages),
        )
    })?;
    Some(folder.join("bin"))
});

/// The schema of SARIF 2.1.0.
fn schema_of_sarif() -> Option<PathBuf> {
    let folder = made_once(&SARIF.replace('/', "-"), |folder| {
        step(
            Command::new("npm")
                .args(["pack", "--silent", SARIF])
                .current_dir(folder),
        )?;
        step(
            Command::new("sh")
                .args(["-c", "tar xzf *.tgz"])
                .current_dir(folder),
        )
    })?;
    Some(folder.join("package/lib/schemas/sarif-2.1.0-rtm.5.json"))
}

/// A block of the page.
fn block(name: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci.md");
    let page = fs::read_to_string(page).expect("a page");
    let (_, rest) = page.split_once(&format!("```yaml {name}\n")).expect(name);
    rest.split_once("```").expect("an end").0.to_owned()
}

/// What YAML says.
fn yaml(tools: &Path, text: &str) -> Value {
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.argv[1])))";
    let printed = output(Command::new(tools.join("python")).args(["-c", script, text]));
    serde_json::from_str(&printed).expect("JSON")
}

fn git(project: &Project, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(["-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(project.path())
        .env("HOME", project.path())
        .env("GIT_CONFIG_NOSYSTEM", "1");
    output(&mut git)
}

const FLOW: &str = r#"@batch(queue="ml", image="python:3.12", platform="ec2")
flow A {
  step start {
    run "true"
  }
}
"#;

#[test]
fn the_hooks_of_pre_commit() {
    if !has("git", "the hooks of pre-commit") {
        return;
    }
    let Some(tools) = TOOLS.as_deref() else {
        return;
    };
    // The repository of flowbatch, as far as pre-commit reads it.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let hooks = fs::read(root.join(".pre-commit-hooks.yaml")).expect("the hooks");
    let ours = Project::new().file(".pre-commit-hooks.yaml", hooks);
    git(&ours, &["init", "--quiet"]);
    git(&ours, &["add", "."]);
    git(&ours, &["commit", "--quiet", "-m", "hooks"]);
    git(&ours, &["tag", "v0.1.0"]);

    // The configuration of the page, but for where the repository is, and for the program, which is
    // there already.
    let configuration = block(".pre-commit-config.yaml").replace(
        "https://github.com/flowbatch/flowbatch",
        &ours.path().to_string_lossy(),
    );
    let mut configured = String::new();
    for line in configuration.lines() {
        configured += &format!("{line}\n");
        if line.contains("- id:") {
            configured += "        language: system\n";
        }
    }
    let project = Project::new()
        .file(".pre-commit-config.yaml", configured)
        .file("flows/a.flow", FLOW);
    project.run(&["build", "flows", "-o", "out"]).code(0);
    git(&project, &["init", "--quiet"]);
    git(&project, &["add", "."]);
    let run = || {
        let mut command = Command::new(tools.join("pre-commit"));
        command
            .args(["run", "--color=never"])
            .current_dir(project.path())
            .env("PATH", path())
            .env("HOME", project.path())
            .env("PRE_COMMIT_HOME", project.path().join(".cache"));
        project.run_with(command, b"")
    };
    let ran = run().code(0);
    assert_eq!(ran.stdout.matches("Passed").count(), 3, "{}", ran.stdout);

    // One mistake for each of them.
    let text = FLOW
        .replace("flow A {", "flow A   {")
        .replace("\"true\"", "\"false\"");
    fs::write(
        project.path().join("flows/a.flow"),
        text + "import \"gone.flow\"\n",
    )
    .expect("a file");
    git(&project, &["add", "."]);
    let ran = run().code(1);
    for said in ["formatted flows/a.flow", "import-not-found", "Failed"] {
        assert!(
            ran.stdout.contains(said),
            "{said} is not in\n{}",
            ran.stdout
        );
    }

    // Laid out and checked, but not built.
    fs::write(
        project.path().join("flows/a.flow"),
        FLOW.replace("\"true\"", "\"false\""),
    )
    .expect("a file");
    git(&project, &["add", "."]);
    let ran = run().code(1);
    assert_eq!(ran.stdout.matches("Passed").count(), 2, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("flowbatch build . -o out"),
        "{}",
        ran.stdout
    );

    // What was built is changed by hand.
    project.run(&["build", "flows", "-o", "out"]).code(0);
    git(&project, &["add", "."]);
    git(&project, &["commit", "--quiet", "--no-verify", "-m", "all"]);
    let built = project.path().join("out/A/jobs.json");
    fs::write(&built, "{}\n").expect("a file");
    git(&project, &["add", "."]);
    let ran = run().code(1);
    assert!(ran.stdout.contains("jobs.json"), "{}", ran.stdout);
}

#[test]
fn the_manifest_of_hooks_is_valid() {
    let Some(tools) = TOOLS.as_deref() else {
        return;
    };
    output(
        Command::new(tools.join("pre-commit"))
            .args(["validate-manifest", ".pre-commit-hooks.yaml"])
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    );
}

#[test]
fn the_workflow_runs() {
    let Some(tools) = TOOLS.as_deref() else {
        return;
    };
    let workflow = block(".github/workflows/flows.yml");
    let project = Project::new()
        .file("workflow.yml", &workflow)
        .file("flows/a.flow", FLOW)
        .file("flows/b.flow", "flow B {\n  step b { run 'true' }\n}\n");
    output(
        Command::new(tools.join("check-jsonschema"))
            .args([
                "--builtin-schema",
                "vendor.github-workflows",
                "workflow.yml",
            ])
            .current_dir(project.path()),
    );
    let workflow = yaml(tools, &workflow);
    let steps = workflow["jobs"]["flows"]["steps"]
        .as_array()
        .expect("steps");
    let ours: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["run"].as_str())
        .filter(|run| run.starts_with("flowbatch"))
        .collect();
    // As GitHub runs them; what there is to find makes each of them fail.
    for (index, run) in ours.iter().enumerate() {
        let mut bash = Command::new("bash");
        bash.args(["-e", "-c", run])
            .current_dir(project.path())
            .env("PATH", path());
        let ran = project.run_with(bash, b"");
        assert_eq!(ran.code, Some(1), "{index}: {run}\n{}", ran.stderr);
    }
    assert_eq!(ours.len(), 3);
    let upload = steps
        .iter()
        .find(|step| step["with"]["sarif_file"] == "flows.sarif");
    assert!(upload.is_some(), "{steps:?}");
    let report: Value = serde_json::from_str(&project.text("flows.sarif")).expect("JSON");
    let results = report["runs"][0]["results"].as_array().expect("results");
    let place = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, "flows/b.flow");

    let Some(schema) = schema_of_sarif() else {
        return;
    };
    // Everything that a report can have in it.
    let root = env!("CARGO_MANIFEST_DIR");
    let all = Project::new();
    let mut reports = vec![project.path().join("flows.sarif")];
    for name in ["ten-mistakes.flow", "churn.flow", "graph", "queues"] {
        let report = all.path().join(format!("{name}.sarif"));
        let mut check = all.command(&["check", "--format", "sarif"]);
        let ran = check
            .arg(Path::new(root).join("fixtures").join(name))
            .output()
            .expect("it runs");
        fs::write(&report, ran.stdout).expect("a file");
        reports.push(report);
    }
    let valid = |report: &Path| {
        let mut check = Command::new(tools.join("check-jsonschema"));
        check.args(["--regex-variant", "nonunicode", "--schemafile"]);
        let ran = check.arg(&schema).arg(report).output().expect("it runs");
        let said = [ran.stdout, ran.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        ran.status.success().then_some(()).ok_or(said)
    };
    for report in &reports {
        assert_eq!(valid(report), Ok(()), "{}", report.display());
    }
    let text = project.text("flows.sarif");
    let wrong = text.replacen("\"level\": \"error\"", "\"level\": \"grave\"", 1);
    assert_ne!(wrong, text);
    fs::write(&reports[0], wrong).expect("a file");
    let refused = valid(&reports[0]).expect_err("no such level");
    assert!(refused.contains("grave"), "{refused}");
}
