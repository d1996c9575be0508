//! Everything that is emitted, given to what AWS' own clients check requests with before they send
//! them: botocore's validator, the AWS CLI, and our table of the same shapes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use flowbatch::batch::shapes;
use serde_json::{Value, json};

use super::input::Input;
use super::python;
use super::requests::{Made, everything, made};

/// The AWS CLI brings the botocore of its day.
const AWSCLI: &str = "awscli==1.45.11";

/// A folder of programs of Python that has the AWS CLI; `None` if it cannot be had.
static TOOLS: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let made = python::environment(&AWSCLI.replace("==", "-"), &[AWSCLI]);
    if let Err(error) = &made {
        // `.ci/run` has Python and the network.
        assert!(std::env::var_os("CI").is_none(), "no {AWSCLI}: {error}");
        // Past the capture of the test harness: what was not tried must be seen.
        let _ = writeln!(
            std::io::stderr(),
            "\nNOT TESTED: requests with botocore, since {AWSCLI} cannot be installed: {error}\n"
        );
    }
    made.ok()
});

/// Reads a list of requests and prints what is wrong with each, one a line; empty if nothing.
const VALIDATE: &str = r#"
import json, sys
from botocore.session import Session
from botocore.validate import ParamValidator
model = Session().get_service_model("batch")
shapes = {name: model.operation_model(name).input_shape for name in model.operation_names}
for one in json.load(sys.stdin):
    report = ParamValidator().validate(one["input"], shapes[one["operation"]])
    print(json.dumps(report.generate_report()))
"#;

/// A program of the folder, away from a developer's own settings and keys.
fn program(folder: &Path, name: &str) -> Command {
    let mut command = Command::new(folder.join(name));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("AWS_") || text.starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    command
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_DEFAULT_REGION", "us-east-1");
    command
}

/// A request, and where it comes from.
struct Request {
    from: String,
    operation: &'static str,
    input: Value,
}

impl Request {
    /// What our own table says against it.
    fn violations(&self) -> String {
        let shape = match self.operation {
            "SubmitJob" => shapes::submit_job(),
            _ => shapes::register_job_definition(),
        };
        let violations = shape.check(&self.input);
        if violations.is_empty() {
            String::new()
        } else {
            format!("{violations:?}")
        }
    }
}

/// The requests that steps become.
fn requests(made: &[Made]) -> Vec<Request> {
    let both = |made: &Made| {
        [
            Request {
                from: made.from.clone(),
                operation: "RegisterJobDefinition",
                input: made.definition.clone(),
            },
            Request {
                from: format!("{}, its job", made.from),
                operation: "SubmitJob",
                input: made.submission.clone(),
            },
        ]
    };
    made.iter().flat_map(both).collect()
}

/// What botocore says to each; one process for all of them.
fn validated(folder: &Path, requests: &[Request]) -> Vec<String> {
    let list: Vec<Value> = requests
        .iter()
        .map(|request| json!({ "operation": request.operation, "input": request.input }))
        .collect();
    let mut child = program(folder, "python3")
        .args(["-c", VALIDATE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python runs");
    let text = Value::from(list).to_string();
    let mut stdin = child.stdin.take().expect("piped");
    stdin
        .write_all(text.as_bytes())
        .expect("it reads all of it first");
    drop(stdin);
    let ended = child.wait_with_output().expect("python ends");
    assert!(ended.status.success());
    let stdout = String::from_utf8(ended.stdout).expect("UTF-8");
    let reports: Vec<String> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a string"))
        .collect();
    assert_eq!(reports.len(), requests.len());
    reports
}

#[test]
fn every_request_passes_botocore() {
    let Some(folder) = TOOLS.as_deref() else {
        return;
    };
    let all = requests(everything());
    for operation in ["RegisterJobDefinition", "SubmitJob"] {
        assert!(all.iter().filter(|one| one.operation == operation).count() > 500);
    }
    let multi = |one: &&Request| !one.input["nodeOverrides"].is_null();
    assert!(all.iter().filter(multi).count() > 0, "no multi-node job");
    let mut wrong = Vec::new();
    for (request, report) in all.iter().zip(validated(folder, &all)) {
        let ours = request.violations();
        if !report.is_empty() || !ours.is_empty() {
            wrong.push(format!(
                "{}\n{report}\n{ours}\n{}",
                request.from, request.input
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Neither checker is blind.
#[test]
fn both_checkers_refuse_what_is_wrong() {
    let Some(folder) = TOOLS.as_deref() else {
        return;
    };
    let input = Input::body("param n: int = 1\nstep s { run \"true\" }");
    let artifacts = input
        .compiled("example.flow")
        .artifacts
        .expect("it is built");
    let right = requests(&made("F", &artifacts));
    let mut wrong = Vec::new();
    for request in &right {
        let changes: [(&str, Value); 4] = match request.operation {
            "SubmitJob" => [
                ("/jobName", json!(1)),
                ("/jobQueue", json!(null)),
                ("/containerOverrides/environment/0/value", json!(true)),
                ("/dependsOn", json!("876da822")),
            ],
            _ => [
                ("/type", json!(["container"])),
                ("/containerProperties/environment/0", json!("n=1")),
                (
                    "/containerProperties/resourceRequirements/0/type",
                    json!(null),
                ),
                ("/timeout/attemptDurationSeconds", json!("60")),
            ],
        };
        for (place, value) in changes {
            let mut input = request.input.clone();
            if place == "/dependsOn" {
                input["dependsOn"] = value;
            } else {
                let (parent, key) = place.rsplit_once('/').expect("a path");
                let parent = input.pointer_mut(parent).expect(place);
                match (parent.as_object_mut(), value.is_null()) {
                    (Some(map), true) => drop(map.remove(key)),
                    (Some(map), false) => drop(map.insert(key.to_owned(), value)),
                    (None, _) => parent[0] = value,
                }
            }
            wrong.push(Request {
                from: place.to_owned(),
                operation: request.operation,
                input,
            });
        }
        let mut input = request.input.clone();
        input["jobbName"] = json!("x");
        let from = "an unknown member".to_owned();
        wrong.push(Request {
            from,
            operation: request.operation,
            input,
        });
    }
    assert_eq!(wrong.len(), 10);
    for (request, report) in wrong.iter().zip(validated(folder, &wrong)) {
        assert!(!report.is_empty(), "botocore takes {}", request.from);
        assert!(!request.violations().is_empty(), "we take {}", request.from);
    }
}

/// As somebody would do it by hand.
#[test]
fn the_aws_cli_takes_the_files() {
    let Some(folder) = TOOLS.as_deref() else {
        return;
    };
    let project = super::project::Project::new();
    let takes = |operation: &str, input: &Value| {
        let name = "request.json";
        fs::write(project.path().join(name), input.to_string()).expect("a file");
        program(folder, "aws")
            .args([
                "batch",
                operation,
                "--cli-input-json",
                "file://request.json",
            ])
            .args(["--generate-cli-skeleton", "output"])
            .current_dir(project.path())
            .output()
            .expect("the CLI runs")
    };
    let input = Input::body(
        "param n: int\n@batch(efa=1, gpu=1) @retry(times=2, on=[\"spot\"])\n\
         step a { run \"true\" next b foreach i in 0..3 }\nstep b { run \"echo $i\" next c }\n\
         gather c { run \"true\" next d }\n@parallel(nodes=2)\nstep d { run \"true\" }",
    );
    let artifacts = input
        .param("n", "1")
        .compiled("example.flow")
        .artifacts
        .expect("it is built");
    for Request {
        from,
        operation,
        mut input,
    } in requests(&made("F", &artifacts))
    {
        let (operation, says) = match operation {
            "SubmitJob" => ("submit-job", "\"jobId\""),
            _ => ("register-job-definition", "\"jobDefinitionArn\""),
        };
        if from.contains(" b") || from.contains(" c") {
            continue;
        }
        let ran = takes(operation, &input);
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{from}: {stderr}");
        assert!(
            String::from_utf8_lossy(&ran.stdout).contains(says),
            "{from}"
        );
        if from == "F: a" {
            input["jobbName"] = json!("x");
            assert!(
                !takes(operation, &input).status.success(),
                "it takes anything"
            );
        }
    }
}
