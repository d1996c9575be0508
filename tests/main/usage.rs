//! Wrong usage and unreadable input: exit code 2, and words on standard error.

use super::project::Project;

#[test]
fn help_names_the_commands_that_exist() {
    let help = Project::new().run(&["--help"]).code(0);
    let mut commands = vec!["check", "build", "explain", "fmt", "rule"];
    if cfg!(feature = "lsp") {
        commands.push("lsp");
    }
    if cfg!(feature = "aws") {
        commands.extend(["plan", "submit", "status", "logs", "cancel", "runs"]);
    }
    for command in commands {
        assert!(
            help.stdout.contains(&format!("\n  {command} ")),
            "{}",
            help.stdout
        );
    }
    for later in ["graph", "run", "import"] {
        assert!(
            !help.stdout.contains(&format!("\n  {later} ")),
            "{}",
            help.stdout
        );
    }
    assert_eq!(help.stderr, "");
}

#[test]
fn wrong_usage_is_2() {
    let project = Project::new().file("a.flow", "");
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["check"],
        &["check", "a.flow", "--format", "xml"],
        &["check", "a.flow", "-p", "novalue"],
        &["check", "a.flow", "-p", "x=1", "-p", "x=2"],
        &["build", "a.flow", "--stdout", "-o", "x"],
        &["build", "a.flow", "--stdout", "--check"],
        &["explain"],
        &["explain", "."],
        &["rule", "no-such-code"],
        &["plan"],
        &["plan", "."],
        &["plan", "a.flow", "--format", "sarif"],
    ] {
        let ran = project.run(arguments).code(2);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_folder_without_flows() {
    let project = Project::new().file("empty/readme.txt", "");
    for command in ["check", "build"] {
        let ran = project.run(&[command, "empty"]).code(2);
        assert_eq!(ran.stderr, "error: no .flow files in empty\n");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let project = Project::new().file("a.flow", "");
    let mut command = project.command(&["check", "a.flow"]);
    command.env("METAFLOW_BATCH_JOB_QUEUE", OsStr::from_bytes(b"\xff"));
    let ran = project.run_with(command, b"").code(2);
    assert!(
        ran.stderr
            .contains("`METAFLOW_BATCH_JOB_QUEUE` is not UTF-8"),
        "{}",
        ran.stderr
    );
}
