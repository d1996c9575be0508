//! Pipes that break, and what goes where.

use std::io::Read;
use std::process::Stdio;

use super::project::Project;

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = Project::new();
    for arguments in [&["rule", "--format", "json"][..], &["--help"]] {
        let mut child = project
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("flowbatch runs");
        drop(child.stdout.take());
        let mut stderr = String::new();
        let _ = child
            .stderr
            .take()
            .expect("piped")
            .read_to_string(&mut stderr);
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
        assert_eq!(stderr, "");
    }
}

#[test]
fn no_colour_in_a_pipe() {
    let project = Project::new();
    for arguments in [
        &["rule", "duplicate-flow"][..],
        &["rule", "x"],
        &["--help"],
        &["check"],
    ] {
        let ran = project.run(arguments);
        assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'));
    }
}
