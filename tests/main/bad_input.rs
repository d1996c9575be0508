//! What nobody would write, and what is wrong with the machine: a clear message, the right exit
//! code, no panic, no waiting for ever, and nothing that is half written.

#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::project::{Project, Ran};

const HEAD: &str = "@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")\n";

const FLOW: &str = "flow Churn {\n  step start { run \"true\" }\n}\n";

/// A flow of some steps, one after the other.
fn steps(count: usize) -> String {
    let mut text = format!("{HEAD}flow Churn {{\n");
    for n in 0..count {
        let next = if n + 1 < count {
            format!("next s{}", n + 1)
        } else {
            String::new()
        };
        text += &format!("  step s{n} {{ run \"true\" {next} }}\n");
    }
    text + "}\n"
}

/// Runs a command that must end soon, and must not panic.
#[track_caller]
fn run(project: &Project, mut command: Command) -> Ran {
    let output = tempfile::tempdir().expect("a folder");
    let file = |name: &str| fs::File::create(output.path().join(name)).expect("a file");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(file("stdout"))
        .stderr(file("stderr"))
        .spawn()
        .expect("flowbatch runs");
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if begin.elapsed() > Duration::from_secs(60) {
            child.kill().expect("a child");
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let folder = project.path().to_string_lossy().into_owned();
    let text = |name: &str| {
        let text = fs::read_to_string(output.path().join(name)).expect("UTF-8");
        text.replace(&folder, "DIR")
    };
    let ran = Ran {
        code: status.code(),
        stdout: text("stdout"),
        stderr: text("stderr"),
    };
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran
}

/// Builds `a.flow`, which must end with `code`, say each of `says`, and write nothing.
#[track_caller]
fn refuses(project: &Project, code: i32, says: &[&str]) -> Ran {
    let before = project.files();
    let ran = run(project, project.command(&["build", "a.flow"])).code(code);
    for part in says {
        assert!(ran.stderr.contains(part), "no {part:?} in:\n{}", cut(&ran));
    }
    assert_eq!(project.files(), before);
    ran
}

/// Enough of what was printed to see what it is.
fn cut(ran: &Ran) -> String {
    ran.stderr.chars().take(2000).collect()
}

fn flow(text: impl AsRef<[u8]>) -> Project {
    Project::new().file("a.flow", text)
}

#[test]
fn nothing_and_no_text() {
    refuses(
        &flow(""),
        2,
        &["a.flow is a library: it has no flow to build"],
    );
    refuses(&flow("\u{feff}"), 2, &["a.flow is a library"]);
    refuses(&flow("\n\r\n # only words"), 2, &["a.flow is a library"]);
    let binary: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    refuses(
        &flow(binary),
        2,
        &["cannot read a.flow: it is not UTF-8 text (byte 128 "],
    );
    refuses(
        &flow("\0\u{1}\u{1b}[31m"),
        1,
        &["error[unexpected-text]", "\\u{1b}"],
    );
    // UTF-16 with its mark, as an editor may save it.
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(FLOW.bytes().flat_map(|b| [b, 0]))
        .collect();
    refuses(&flow(utf16), 2, &["it is not UTF-8 text (byte 0 "]);
    refuses(
        &flow(format!("import \"lib.flow\"\n{HEAD}{FLOW}")).file("lib.flow", b"let x = \"\xe9\"\n"),
        1,
        &["error[import-not-found]", "lib.flow", "not UTF-8"],
    );
    refuses(
        &flow(format!("{HEAD}{FLOW}")).file("flowbatch.toml", b"python = \"\xe9\"\n"),
        1,
        &[
            "error[config-syntax]: the file is not UTF-8",
            "flowbatch.toml:1:11",
        ],
    );
}

#[test]
fn line_endings_and_a_mark_change_nothing() {
    let text = format!(
        "{HEAD}flow F {{\n  step s {{ run \"\"\"\n    echo 1\n\n    echo 2\n  \"\"\" }}\n}}\n"
    );
    let built = |text: String| flow(text).run(&["build", "a.flow", "--stdout"]).code(0);
    let plain = built(text.clone());
    assert!(plain.stdout.contains(r"echo 1\n\necho 2"));
    for other in [
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
        format!("\u{feff}{}", text.replace('\n', "\r\n")),
    ] {
        let other = built(other);
        assert_eq!(
            (other.stdout, other.stderr),
            (plain.stdout.clone(), plain.stderr.clone())
        );
    }
    // Mistakes are at the same places.
    let wrong = |text: String| {
        let project = flow(text.replace("queue=", "queu="));
        project
            .run(&["check", "a.flow", "--format", "concise"])
            .code(1)
            .stdout
    };
    assert_eq!(
        wrong(text.clone()),
        wrong(format!("\u{feff}{}", text.replace('\n', "\r\n")))
    );
}

#[test]
fn very_long_lines() {
    let script = "x".repeat(5_000_000);
    let text = format!("{HEAD}flow F {{ step s {{ run \"{script}\" }} }}");
    let ran = refuses(&flow(text), 1, &["error[definition-size]", "5000"]);
    assert!(ran.stderr.len() < 10_000, "{}", ran.stderr.len());
    // All of it on the line of a mistake at either end.
    let text = format!("flow F {{ stp a {{}} # {}", "é".repeat(2_500_000));
    let ran = refuses(&flow(text), 1, &["a.flow:1:"]);
    assert!(ran.stderr.len() < 10_000, "{}", ran.stderr.len());
    let text = format!("let x = \"{}\" let y = z", "é".repeat(2_500_000));
    let ran = refuses(&flow(text), 1, &["a.flow:1:2500020"]);
    assert!(ran.stderr.len() < 10_000, "{}", ran.stderr.len());
    let name = "n".repeat(5_000_000);
    refuses(
        &flow(format!("{HEAD}flow {name} {{ step s {{ run \"true\" }} }}")),
        1,
        &["error["],
    );
}

#[test]
fn brackets_without_end() {
    for (text, says) in [
        ("[".repeat(200_000), "error[nesting-too-deep]"),
        (
            format!("let x = {}", "[".repeat(200_000)),
            "error[nesting-too-deep]",
        ),
        (
            format!("let x = {}", "{ a = ".repeat(100_000)),
            "error[nesting-too-deep]",
        ),
        (
            format!("let x = {}1{}", "[".repeat(100_000), "]".repeat(100_000)),
            "error[nesting-too-deep]",
        ),
        (
            format!("flow F {}", "{".repeat(200_000)),
            "error[nesting-too-deep]",
        ),
        (
            format!("flow F {{ step s {{ run {}", "[".repeat(200_000)),
            "error[nesting-too-deep]",
        ),
        (
            format!("flow F {{ @batch(raw={}", "{a=[".repeat(50_000)),
            "error[nesting-too-deep]",
        ),
        ("}".repeat(200_000), "error[unopened-brace]"),
        ("@batch(".repeat(20_000), "error[unclosed-bracket]"),
        ("@batch(x=\"".repeat(20_000), "error["),
    ] {
        let start: String = text.chars().take(40).collect();
        let project = flow(text);
        let ran = run(
            &project,
            project.command(&["build", "a.flow", "--format", "concise"]),
        );
        assert_eq!(ran.code, Some(1), "{start}");
        assert!(ran.stdout.contains(says), "{start}");
        assert_eq!(project.files(), ["a.flow"]);
    }
}

#[test]
fn what_is_not_closed_at_the_end() {
    for (text, says) in [
        ("flow F {\n  step s { run \"true", "a.flow:2:16"),
        ("flow F {\n  step s { run \"\"\"true\n\n", "a.flow:2:16"),
        ("flow F {\n  step s { run \"true\\", "a.flow:2:16"),
        ("flow F {\n  step s { run \"${", "a.flow:2:16"),
        ("let x = \"${", "a.flow:1:"),
        ("let x = \"\\u{", "a.flow:1:"),
        (
            "flow F {\n  step s { run \"true\"",
            "error[unclosed-bracket]",
        ),
        ("flow F {\n  step s", "a.flow:2:"),
        ("flow", "a.flow:1:5"),
        ("let x =", "a.flow:1:8"),
        ("import", "a.flow:1:7"),
    ] {
        let ran = refuses(&flow(text), 1, &[says]);
        assert!(ran.stderr.contains("error["), "{text}");
    }
}

#[test]
fn numbers_out_of_range() {
    for (value, says) in [
        ("9223372036854775808", "too large"),
        ("-9223372036854775809", "too large"),
        ("1e999", "too large"),
        ("99999999999999999TiB", "too large"),
        ("007", "error["),
        ("1__0", "error["),
        ("1.", "error["),
        ("0x10", "error["),
    ] {
        let text = format!(
            "{}flow F {{ step s {{ run \"true\" }} }}\n",
            HEAD.replace("queue", &format!("memory={value}, queue"))
        );
        let ran = refuses(&flow(text), 1, &[]);
        assert!(ran.stderr.contains(says), "{value}: {}", ran.stderr);
    }
    for (options, code) in [
        ("cpu=0", "error["),
        ("cpu=-1", "error["),
        ("memory=9223372036854775807", "error["),
        ("gpu=9223372036854775807", "error["),
        ("swappiness=101", "error["),
    ] {
        let text = HEAD.replace("queue", &format!("{options}, queue")) + FLOW;
        let project = flow(text);
        let ran = run(&project, project.command(&["build", "a.flow"]));
        assert!(
            ran.code == Some(1) && ran.stderr.contains(code),
            "{options}: {ran:?}"
        );
    }
    let foreach = "flow F { step s { run \"true\" next t foreach i in -9223372036854775808..9223372036854775807 } step t { run \"true\" } }\n";
    refuses(&flow(format!("{HEAD}{foreach}")), 1, &["error["]);
}

#[test]
fn folders_in_the_place_of_files() {
    let project = Project::new().file("a.flow/none.txt", "");
    refuses(&project, 2, &["no .flow files in a.flow"]);
    let ran = run(&project, project.command(&["explain", "a.flow"])).code(2);
    assert_eq!(ran.stderr, "error: a.flow is a folder; name one flow\n");
    let project = flow(format!("import \"lib\"\n{HEAD}{FLOW}")).file("lib/x.flow", "");
    refuses(
        &project,
        1,
        &["error[import-not-found]: cannot read `lib`: "],
    );
    let project = flow(format!("import \".\"\n{HEAD}{FLOW}"));
    refuses(&project, 1, &["error[import-not-found]", "`.`"]);
    let project = flow(format!("{HEAD}{FLOW}")).file("flowbatch.toml/x", "");
    refuses(
        &project,
        1,
        &["error[config-syntax]: cannot read flowbatch.toml: "],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn files_and_folders_that_must_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let project = flow(format!("import \"lib.flow\"\n{HEAD}{FLOW}"))
        .file("lib.flow", "")
        .file("flowbatch.toml", "")
        .file("closed/b.flow", "");
    let open = |path: &str, open: bool| {
        let folder = path == "closed";
        let mode = match (open, folder) {
            (false, _) => 0o000,
            (true, true) => 0o755,
            (true, false) => 0o644,
        };
        fs::set_permissions(project.path().join(path), fs::Permissions::from_mode(mode))
            .expect(path);
    };
    for (path, code, says) in [
        ("a.flow", 2, "error: cannot read a.flow: Permission denied"),
        (
            "lib.flow",
            1,
            "error[import-not-found]: cannot read `lib.flow`: Permission denied",
        ),
        (
            "flowbatch.toml",
            1,
            "error[config-syntax]: cannot read flowbatch.toml: Permission denied",
        ),
    ] {
        open(path, false);
        let ran = run(&project, project.command_as_nobody(&["check", "a.flow"])).code(code);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        open(path, true);
    }
    open("closed", false);
    let ran = run(&project, project.command_as_nobody(&["check", "."])).code(2);
    assert!(
        ran.stderr.contains("cannot read ./closed: ")
            || ran.stderr.contains("cannot read closed: "),
        "{}",
        ran.stderr
    );
    open("closed", true);
}

#[test]
fn links_in_circles() {
    let project = flow(format!("{HEAD}{FLOW}"));
    let link = |to: &str, name: &str| symlink(to, project.path().join(name)).expect("a link");
    link("two.flow", "one.flow");
    link("one.flow", "two.flow");
    fs::create_dir(project.path().join("deep")).expect("a folder");
    link("..", "deep/up");
    // In a folder they are passed over, as links that lead nowhere are.
    let ran = run(&project, project.command(&["build", "."])).code(0);
    assert_eq!(ran.stderr, "out/Churn: 2 written\n");
    let ran = run(&project, project.command(&["build", "one.flow"])).code(2);
    assert!(
        ran.stderr.starts_with("error: cannot read one.flow: "),
        "{}",
        ran.stderr
    );
    let ran = run(
        &project,
        project.command(&["check", "deep/up/deep/up/a.flow"]),
    )
    .code(0);
    assert_eq!(ran.stderr, "");
    let project = project.file("b.flow", format!("import \"one.flow\"\n{HEAD}{FLOW}"));
    let ran = run(&project, project.command(&["check", "b.flow"])).code(1);
    assert!(
        ran.stderr
            .contains("error[import-not-found]: cannot read `one.flow`: "),
        "{}",
        ran.stderr
    );
}

#[test]
fn imports_in_circles_through_links() {
    let project = flow(format!("import \"x/lib.flow\"\n{HEAD}{FLOW}"))
        .file("lib.flow", "import \"x/x/other.flow\"\nlet a = 1\n")
        .file("other.flow", "import \"lib.flow\"\nlet b = 1\n");
    symlink(".", project.path().join("x")).expect("a link");
    refuses(
        &project,
        1,
        &["error[import-cycle]: imports go in a circle: "],
    );
    let project = flow(format!("import \"b.flow\"\n{HEAD}{FLOW}"));
    symlink("a.flow", project.path().join("b.flow")).expect("a link");
    refuses(
        &project,
        1,
        &["error[import-cycle]: imports go in a circle: a.flow → a.flow"],
    );
}

#[test]
fn pipes_and_devices() {
    let project = flow(format!("import \"pipe.flow\"\n{HEAD}{FLOW}"));
    let made = Command::new("mkfifo")
        .arg(project.path().join("pipe.flow"))
        .status();
    assert!(made.expect("mkfifo").success());
    let ran = run(&project, project.command(&["check", "pipe.flow"])).code(2);
    assert_eq!(
        ran.stderr,
        "error: cannot read pipe.flow: it is a named pipe, not a file\n"
    );
    refuses(
        &project,
        1,
        &["error[import-not-found]: cannot read `pipe.flow`: it is a named pipe"],
    );
    // A folder holds flows in files only.
    let project = project.file("a.flow", format!("{HEAD}{FLOW}"));
    run(&project, project.command(&["check", "."])).code(0);
    // A pipe that a shell has opened has a writer.
    let mut command = Command::new("bash");
    command.args(["-c", "\"$0\" build <(cat a.flow) --stdout"]);
    command
        .arg(env!("CARGO_BIN_EXE_flowbatch"))
        .current_dir(project.path());
    assert!(
        run(&project, command)
            .code(0)
            .stdout
            .starts_with("{\n  \"flow\": \"Churn\"")
    );

    let ran = run(&project, project.command(&["build", "/dev/null"])).code(2);
    assert_eq!(
        ran.stderr,
        "error: /dev/null is a library: it has no flow to build\n"
    );
    run(&project, project.command(&["check", "-"])).code(0);
    let ran = run(&project, project.command(&["check", "/dev/zero"])).code(2);
    assert!(
        ran.stderr.contains("there was no end to it after 64 MiB"),
        "{}",
        ran.stderr
    );
    for words in [
        &["build", "a.flow", "-o", "/dev/null"][..],
        &["build", "a.flow", "-o", "a.flow"],
    ] {
        let ran = run(&project, project.command(words)).code(2);
        assert!(
            ran.stderr.contains(" is a file, not a folder; "),
            "{}",
            ran.stderr
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_output_that_takes_nothing() {
    let project = flow(format!("{HEAD}{FLOW}"));
    for words in [
        &["build", "a.flow", "--stdout"][..],
        &["explain", "a.flow"],
        &["check", "a.flow", "--format", "json"],
        &["rule"],
    ] {
        let full = fs::File::options()
            .write(true)
            .open("/dev/full")
            .expect("a device");
        let mut child = project
            .command(words)
            .stdout(full)
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .expect("piped")
            .read_to_string(&mut stderr)
            .expect("UTF-8");
        assert_eq!(child.wait().expect("it ends").code(), Some(2), "{words:?}");
        assert!(
            stderr.starts_with("error: cannot write the output: "),
            "{words:?}: {stderr}"
        );
    }
}

/// More than a pipe holds, to a reader that goes away in the middle.
#[test]
fn a_reader_that_goes_away_in_the_middle() {
    let wrong = steps(300).replace("\"true\"", "\"true\" nxt x");
    let project = flow(steps(300)).file("wrong.flow", wrong);
    for (words, code) in [
        (&["build", "a.flow", "--stdout"][..], 0),
        (&["explain", "a.flow"], 0),
        (&["check", "wrong.flow", "--format", "json"], 1),
    ] {
        let mut child = project
            .command(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("flowbatch runs");
        let mut some = [0; 100];
        child
            .stdout
            .take()
            .expect("piped")
            .read_exact(&mut some)
            .expect("something");
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .expect("piped")
            .read_to_string(&mut stderr)
            .expect("UTF-8");
        assert_eq!(
            child.wait().expect("it ends").code(),
            Some(code),
            "{words:?}"
        );
        assert_eq!(stderr, "", "{words:?}");
    }
}

#[test]
fn very_long_names() {
    let project = flow(format!("{HEAD}{FLOW}"));
    let long = format!("{}.flow", "x".repeat(300));
    let ran = run(&project, project.command(&["build", &long])).code(2);
    assert!(ran.stderr.contains("File name too long"), "{}", ran.stderr);
    let ran = run(
        &project,
        project.command(&["build", "a.flow", "-o", &"x/".repeat(3000)]),
    )
    .code(2);
    assert!(ran.stderr.contains("File name too long"), "{}", cut(&ran));
    let project = project.file("a.flow", format!("import \"{long}\"\n{HEAD}{FLOW}"));
    refuses(
        &project,
        1,
        &["error[import-not-found]", "File name too long"],
    );
    // Names of files are made of those of flows and steps.
    let name = "n".repeat(300);
    for text in [FLOW.replace("Churn", &name), FLOW.replace("start", &name)] {
        let project = flow(format!("{HEAD}{text}"));
        let before = project.files();
        let ran = run(&project, project.command(&["build", "a.flow"]));
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(
            ran.stderr.contains("; the file system takes no such name"),
            "{}",
            ran.stderr
        );
        assert_eq!(project.files(), before);
    }
    let project = Project::new().file(
        &format!("{}.flow", "y".repeat(250)),
        format!("{HEAD}{FLOW}"),
    );
    run(&project, project.command(&["build", "."])).code(0);
}

#[test]
fn names_that_windows_keeps_for_itself() {
    let text = "flow Nul { step con { run \"true\" next Aux } step Aux { run \"true\" } }\n";
    let project = flow(format!("{HEAD}{text}"));
    run(&project, project.command(&["build", "a.flow", "-o", "prn"])).code(0);
    assert!(
        project
            .files()
            .contains(&"prn/Nul/job-definitions/con.json".to_owned())
    );
}

/// In a namespace of its own, where even a user who is not root may mount.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full() {
    let project = flow(steps(2))
        .file("b/a.flow", steps(40))
        .file("out/keep", "");
    let script = "mount -t tmpfs -o size=64k tmpfs out || exit 99\n\
                  \"$0\" build a.flow || exit 98\n\
                  \"$0\" build b/a.flow; code=$?\n\
                  cp -a out after && exit $code\n";
    let mut command = Command::new("unshare");
    command.args([
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        script,
        env!("CARGO_BIN_EXE_flowbatch"),
    ]);
    command.current_dir(project.path());
    let ran = run(&project, command);
    if ran.code == Some(99) || ran.stderr.starts_with("unshare: ") {
        // Past the capture of the test harness: what was not tried must be seen.
        let _ = writeln!(
            std::io::stderr(),
            "\nNOT TESTED: a full disk, since none can be mounted here: {}\n",
            ran.stderr
        );
        return;
    }
    let ran = ran.code(2);
    assert!(
        ran.stderr.contains("No space left on device"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("; free some space and build again; "),
        "{}",
        ran.stderr
    );
    let files = project.files();
    let left: Vec<&String> = files
        .iter()
        .filter(|file| file.starts_with("after/Churn/"))
        .collect();
    assert!((3..43).contains(&left.len()), "{left:?}");
    for file in left {
        let value: serde_json::Value = serde_json::from_str(&project.text(file)).expect(file);
        assert!(value.is_object());
    }
    // The plan comes after what it refers to: it is the old one.
    let plan: serde_json::Value =
        serde_json::from_str(&project.text("after/Churn/jobs.json")).expect("JSON");
    assert_eq!(plan["jobs"].as_array().map(Vec::len), Some(2));
}

#[test]
fn two_builds_into_one_folder() {
    let project = flow(steps(60)).file("b/a.flow", steps(60).replace("3.12", "3.13"));
    let spawn = |path: &str| {
        let mut command = project.command(&["build", path]);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs")
    };
    for _ in 0..5 {
        let children = ["a.flow", "b/a.flow", "a.flow", "b/a.flow"].map(spawn);
        for child in children {
            let ended = child.wait_with_output().expect("it ends");
            let stderr = String::from_utf8_lossy(&ended.stderr);
            assert_eq!(ended.status.code(), Some(0), "{stderr}");
        }
    }
    let files = project.files();
    assert_eq!(files.len(), 2 + 61, "{files:?}");
    for file in files.iter().filter(|file| file.ends_with(".json")) {
        let value: serde_json::Value = serde_json::from_str(&project.text(file)).expect(file);
        assert!(value.is_object());
    }
}

#[test]
fn foreach_without_end() {
    let mut flow = String::from(
        "@batch(queue=\"q\", image=\"busybox:1.36\", platform=\"ec2\")\nflow Deep {\n",
    );
    for n in 0..5_000 {
        flow += &format!(
            "  step s{n} {{ run \"true\"  next s{} foreach x{n} in 0..1 }}\n",
            n + 1
        );
    }
    flow += "  step s5000 { run \"true\" }\n}\n";
    let project = Project::new().file("deep.flow", flow);
    let ran = project
        .run(&["check", "deep.flow", "--format", "concise"])
        .code(1);
    let errors = ran.stdout.lines().filter(|line| line.contains("error["));
    assert_eq!(errors.count(), 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("nesting-too-deep"), "{}", ran.stdout);
}

/// Whichever comes last, the folder is all its own.
#[test]
fn two_builds_of_one_name_at_once() {
    let flow = |step: &str| {
        let steps: String = (0..60)
            .map(|n| format!("  step {step}{n} {{ run \"true\" }}\n"))
            .collect();
        format!(
            "@batch(queue=\"q\", image=\"busybox:1.36\", platform=\"ec2\")\nflow Same {{\n{steps}}}\n"
        )
    };
    let project = Project::new()
        .file("a.flow", flow("a"))
        .file("b.flow", flow("b"));
    for _ in 0..8 {
        let children = ["a.flow", "b.flow"].map(|name| {
            project
                .command(&["build", name, "-o", "o"])
                .stderr(std::process::Stdio::null())
                .spawn()
                .expect("it runs")
        });
        for mut child in children {
            assert!(child.wait().expect("it ends").success());
        }
        let codes = ["a.flow", "b.flow"]
            .map(|name| project.run(&["build", name, "-o", "o", "--check"]).code);
        assert!(
            codes == [Some(0), Some(1)] || codes == [Some(1), Some(0)],
            "{codes:?}"
        );
    }
}
