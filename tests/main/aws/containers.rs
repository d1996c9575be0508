//! Jobs in real containers, where there is a Docker engine.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::account::Account;
use super::figures::not_tested;

/// An image that the tests make themselves: busybox, and nothing else.
pub(crate) const IMAGE: &str = "flowbatch-tests:busybox";

/// Says that a machine has no engine, where everything else must be tested.
const ALLOWANCE: &str = "FLOWBATCH_TESTS_WITHOUT_DOCKER";

/// Whether there is an engine that runs [`IMAGE`].
pub(crate) static ENGINE: LazyLock<bool> = LazyLock::new(|| {
    let made = image();
    if let Err(error) = &made {
        // `.ci/run` starts an engine, and allows to go without where it cannot.
        let set = |name: &str| std::env::var_os(name).is_some();
        assert!(
            !set("CI") || set(ALLOWANCE),
            "no Docker engine, and {ALLOWANCE} is not set: {error}"
        );
        not_tested(&format!("jobs in containers, without Docker: {error}"));
    }
    made.is_ok()
});

fn image() -> Result<(), String> {
    docker(&["version"])?;
    let root = tempfile::tempdir().map_err(|error| error.to_string())?;
    let bin = root.path().join("bin");
    let folders = [bin.as_path(), &root.path().join("tmp")];
    folders
        .into_iter()
        .try_for_each(fs::create_dir_all)
        .and_then(|()| busybox(&bin))
        .map_err(|error| format!("busybox: {error}"))?;
    let mut tar = Command::new("tar")
        .args(["-c", "-C"])
        .arg(root.path())
        .arg(".")
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("tar: {error}"))?;
    let import = Command::new("docker")
        .args(["import", "-", IMAGE])
        .stdin(tar.stdout.take().ok_or("no pipe")?)
        .output()
        .map_err(|error| error.to_string())?;
    let packed = tar.wait().map_err(|error| error.to_string())?;
    if !packed.success() || !import.status.success() {
        return Err(String::from_utf8_lossy(&import.stderr).into_owned());
    }
    // A busybox that is not static does not run there.
    docker(&["run", "--rm", IMAGE, "true"])
}

/// The machine's own busybox, under every name that it answers to.
fn busybox(bin: &Path) -> std::io::Result<()> {
    let listed = Command::new("busybox").arg("--list").output()?;
    let path = Command::new("sh")
        .args(["-c", "command -v busybox"])
        .output()?;
    fs::copy(
        String::from_utf8_lossy(&path.stdout).trim(),
        bin.join("busybox"),
    )?;
    for name in String::from_utf8_lossy(&listed.stdout).lines() {
        if name != "busybox" {
            symlink("busybox", bin.join(name))?;
        }
    }
    Ok(())
}

fn docker(arguments: &[&str]) -> Result<(), String> {
    match Command::new("docker").args(arguments).output() {
        Ok(ran) if ran.status.success() => Ok(()),
        Ok(ran) => Err(String::from_utf8_lossy(&ran.stderr).trim().to_owned()),
        Err(error) => Err(format!("docker: {error}")),
    }
}

/// Waits until nothing runs any more; the jobs, by name.
pub(crate) fn ended(account: &Account) -> Vec<Value> {
    let begin = Instant::now();
    loop {
        let jobs = account.jobs();
        let ended =
            |one: &Value| one["job"]["status"] == "SUCCEEDED" || one["job"]["status"] == "FAILED";
        if jobs.iter().all(ended) {
            return jobs.into_iter().map(|mut one| one["job"].take()).collect();
        }
        assert!(
            begin.elapsed() < Duration::from_secs(120),
            "they do not end: {jobs:#?}"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What the server does with containers, without flowbatch.
#[test]
fn the_server_runs_containers() {
    let Some(account) = Account::with_containers() else {
        return;
    };
    let account = account.queue("ml");
    account.call(
        "RegisterJobDefinition",
        &json!({ "jobDefinitionName": "one", "type": "container", "containerProperties": {
            "image": IMAGE,
            "command": ["sh", "-c", "echo I am $AWS_BATCH_JOB_ARRAY_INDEX of $WHAT; test $AWS_BATCH_JOB_ARRAY_INDEX != 1"],
            "resourceRequirements": [
                { "type": "VCPU", "value": "1" }, { "type": "MEMORY", "value": "64" },
            ],
        } }),
    );
    let environment = json!({ "environment": [{ "name": "WHAT", "value": "three" }] });
    let submit = |name: &str, more: Value| {
        let mut job = json!({ "jobName": name, "jobQueue": "ml", "jobDefinition": "one" });
        job.as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        account.call("SubmitJob", &job)["jobId"]
            .as_str()
            .expect("an id")
            .to_owned()
    };
    let array = submit(
        "array",
        json!({ "arrayProperties": { "size": 3 }, "containerOverrides": environment }),
    );
    submit("after", json!({ "dependsOn": [{ "jobId": array }] }));
    let jobs = ended(&account);
    let statuses: Vec<&Value> = jobs.iter().map(|job| &job["status"]).collect();
    assert_eq!(statuses, ["FAILED", "FAILED"]);
    assert_eq!(jobs[1]["statusReason"], "Dependent Job failed");
    for index in 0..3 {
        let asked = json!({ "jobs": [format!("{array}:{index}")] });
        let child = account.call("DescribeJobs", &asked)["jobs"][0].clone();
        assert_eq!(child["container"]["exitCode"], i32::from(index == 1));
        let stream = &child["container"]["logStreamName"];
        let asked = json!({ "logGroupName": "/aws/batch/job", "logStreamName": stream });
        let events = account.call("GetLogEvents", &asked)["events"].clone();
        assert_eq!(events[0]["message"], format!("I am {index} of three"));
    }
}
