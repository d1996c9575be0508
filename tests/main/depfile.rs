//! `flowbatch build --depfile`, read by make and ninja.

#![cfg(unix)]

use std::fs::{self, File};
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::project::{Project, Ran};
use super::tools;

const FLOW: &str = r#"import "lib/queues.flow"
@batch(queue=queue, image="python:3.12", platform="ec2")
flow Churn {
  step start { run "true" }
}
"#;

const LIBRARY: &str = "let queue = \"ml\"\n";

const TOML: &str = "python = \"3.12\"\n";

/// A user's Makefile. A file whose name make has an opinion about is among the inputs.
const MAKEFILE: &str = "out/Churn/jobs.json: churn.flow\n\
                        \tflowbatch build $< --depfile .churn.d\n\
                        -include .churn.d\n";

const NINJA: &str = "rule flow\n  command = flowbatch build $in --depfile $out.d\n  \
                     depfile = $out.d\nbuild out/Churn/jobs.json: flow churn.flow\n";

fn project() -> Project {
    Project::new()
        .file("churn.flow", FLOW)
        .file("lib/queues.flow", LIBRARY)
        .file("flowbatch.toml", TOML)
}

/// Gives a file a time, in seconds before (or, if negative, after) now.
fn set_age(project: &Project, path: &str, seconds: i64) {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let now = SystemTime::now();
    let time = if seconds < 0 {
        now + distance
    } else {
        now - distance
    };
    let file = File::options().write(true).open(project.path().join(path));
    file.and_then(|file| file.set_modified(time)).expect(path);
}

/// Runs a tool that finds `flowbatch` on the path; `None` if it is not on this machine.
fn tool(project: &Project, words: &[&str]) -> Option<Ran> {
    if !tools::has(words[0], "dependency files") {
        return None;
    }
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .current_dir(project.path())
        .env("PATH", tools::path())
        .env_remove("MAKEFLAGS");
    Some(project.run_with(command, b""))
}

/// Every input, and only inputs, make the tool build again.
fn rebuilds(project: &Project, words: &[&str]) {
    let built = |when: &str, expected: bool| {
        let Some(ran) = tool(project, words) else {
            return false;
        };
        let ran = ran.code(0);
        let all = ran.stdout + &ran.stderr;
        assert_eq!(all.contains("flowbatch build"), expected, "{when}: {all}");
        let again = tool(project, words).expect("it was there").code(0);
        let all = again.stdout + &again.stderr;
        assert!(!all.contains("flowbatch build"), "again {when}: {all}");
        true
    };
    for path in ["churn.flow", "lib/queues.flow", "flowbatch.toml"] {
        set_age(project, path, 100);
    }
    if !built("at first", true) {
        return;
    }
    fs::write(project.path().join("lib/other.flow"), "").expect("a file");
    built("after a file that is not read", false);
    for path in ["churn.flow", "lib/queues.flow", "flowbatch.toml"] {
        set_age(project, "out/Churn/jobs.json", 50);
        set_age(project, path, 20);
        // Nothing else in it than before: what is built is up to date, and must look so.
        built(path, true);
    }
    // An import that is gone is no file that nobody can make.
    fs::remove_file(project.path().join("lib/queues.flow")).expect("a file");
    let flow = FLOW.replace("import \"lib/queues.flow\"", "let queue = \"ml\"");
    fs::write(project.path().join("churn.flow"), flow).expect("a file");
    set_age(project, "out/Churn/jobs.json", 50);
    set_age(project, "churn.flow", 20);
    built("without its import", true);
}

#[test]
fn make_builds_what_changed() {
    rebuilds(&project().file("Makefile", MAKEFILE), &["make"]);
}

#[test]
fn ninja_builds_what_changed() {
    rebuilds(&project().file("build.ninja", NINJA), &["ninja", "-v"]);
}

#[test]
fn make_and_ninja_read_names_that_are_hard_to_write() {
    let name = "my #1 $x: a\\ b.flow";
    let makefile = "all: out/Churn/jobs.json\n\
                    out/Churn/jobs.json:\n\tflowbatch build churn.flow --depfile all.d\n\
                    -include all.d\n";
    let flow = FLOW.replace(
        "lib/queues.flow",
        &name.replace('\\', "\\\\").replace('$', "\\$"),
    );
    for (words, file, text) in [
        (&["make"][..], "Makefile", makefile),
        (&["ninja", "-v"], "build.ninja", NINJA),
    ] {
        let project = Project::new()
            .file("churn.flow", &flow)
            .file(name, LIBRARY)
            .file(file, text);
        set_age(&project, "churn.flow", 100);
        set_age(&project, name, 100);
        for expected in [true, false, true] {
            let Some(ran) = tool(&project, words) else {
                continue;
            };
            let ran = ran.code(0);
            let all = ran.stdout + &ran.stderr;
            assert_eq!(
                all.contains("flowbatch build"),
                expected,
                "{words:?}: {all}"
            );
            if !expected {
                set_age(&project, "out/Churn/jobs.json", 50);
                set_age(&project, name, 20);
            }
        }
    }
}

#[test]
fn every_flow_has_its_rule() {
    let project = project()
        .file("b.flow", FLOW.replace("Churn", "B"))
        .file("c.flow", "flow C { step s { run \"true\" } }");
    let words = [
        "build",
        "churn.flow",
        "b.flow",
        "-o",
        "my out",
        "--depfile",
        "deps/all.d",
    ];
    project.run(&words).code(0);
    let text = project.text("deps/all.d");
    assert_eq!(
        text,
        "my\\ out/Churn/jobs.json: \\\n  churn.flow \\\n  lib/queues.flow \\\n  flowbatch.toml\n\
         my\\ out/B/jobs.json: \\\n  b.flow \\\n  lib/queues.flow \\\n  flowbatch.toml\n\
         \nb.flow:\n\nchurn.flow:\n\nflowbatch.toml:\n\nlib/queues.flow:\n"
    );
    // Standard input is no file.
    let command = project.command(&["build", "-", "--depfile", "deps/in.d"]);
    project.run_with(command, FLOW.as_bytes()).code(0);
    let text = project.text("deps/in.d");
    assert!(
        text.starts_with("out/Churn/jobs.json: \\\n  lib/queues.flow \\\n  flowbatch.toml\n"),
        "{text}"
    );
}

#[test]
fn a_build_that_fails_leaves_the_old_one() {
    let project = project().file("all.d", "old");
    let words = ["build", "churn.flow", "--depfile", "all.d"];
    let project = project.file("lib/queues.flow", "let queue = 1\n");
    project.run(&words).code(1);
    assert_eq!(project.text("all.d"), "old");
    let project = project.file("lib/queues.flow", LIBRARY).file("out", "");
    project.run(&words).code(2);
    assert_eq!(project.text("all.d"), "old");
    // One that cannot be written is said to be so.
    let project = self::project().file("in-the-way", "");
    let words = ["build", "churn.flow", "--depfile", "in-the-way/all.d"];
    let ran = project.run(&words).code(2);
    assert!(
        ran.stderr
            .contains("cannot write the dependency file in-the-way/all.d")
    );
}

#[test]
fn it_takes_no_other_files_place() {
    let flow = "@batch(queue=\"q\", image=\"busybox:1.36\", platform=\"ec2\")\n\
                flow Taken { step start { run \"true\" } }\n";
    let project = Project::new().file("a.flow", flow);
    for path in ["out/Taken/jobs.json", "a.flow", "out/Taken/jobs.json"] {
        let ran = project.run(&["build", "a.flow", "--depfile", path]).code(2);
        assert!(
            ran.stderr.contains("cannot write the dependency file"),
            "{}",
            ran.stderr
        );
        assert_eq!(project.text("a.flow"), flow);
    }
    project.run(&["build", "a.flow", "--check"]).code(0);
}
