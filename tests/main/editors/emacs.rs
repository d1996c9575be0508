//! Emacs, with the configuration that the page recommends.

use std::path::Path;
use std::process::Command;

use super::{BROKEN, FORMATTED, LIBRARY, configuration};
use crate::main::project::Project;
use crate::main::tools::{has, not_tested, output, path};

#[test]
fn emacs_shows_mends_formats_and_jumps() {
    if !has("emacs", "Emacs") {
        return;
    }
    let has_eglot = Command::new("emacs")
        .args(["--batch", "--eval", "(require 'eglot)"])
        .output()
        .is_ok_and(|ran| ran.status.success());
    if !has_eglot {
        not_tested("Emacs", "it has no eglot");
        return;
    }
    let project = Project::new()
        .file("broken.flow", BROKEN)
        .file("library.flow", LIBRARY);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/main/editors/emacs.el");
    let played = output(
        Command::new("emacs")
            .args(["--batch", "-l"])
            .arg(configuration("emacs.el"))
            .arg("-l")
            .arg(script)
            .current_dir(project.path())
            .env("PATH", path())
            .env("HOME", project.path()),
    );
    for said in [
        "mode: flowbatch-mode\n",
        "there is no step `trian`",
        " at trian\n",
        FORMATTED,
        "definition: train {\n",
    ] {
        assert!(played.contains(said), "{said} is not in\n{played}");
    }
    assert_eq!(project.text("broken.flow"), FORMATTED);
}
