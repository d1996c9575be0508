//! Neovim, with the configuration that the page recommends.

use std::process::Command;

use serde_json::{Value, json};

use super::{BROKEN, FORMATTED, LIBRARY, configuration};
use crate::main::project::Project;
use crate::main::tools::{has, output, path};

#[test]
fn neovim_shows_mends_formats_and_jumps() {
    if !has("nvim", "Neovim") {
        return;
    }
    let project = Project::new()
        .file("broken.flow", BROKEN)
        .file("library.flow", LIBRARY);
    let played = output(
        Command::new("nvim")
            .args(["--headless", "-n", "-i", "NONE", "-u"])
            .arg(configuration("neovim.lua"))
            .args(["-c", "luafile tests/main/editors/neovim.lua"].map(absolute))
            .current_dir(project.path())
            .env("PATH", path())
            .env("HOME", project.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("VIMINIT"),
    );
    let said = |what: &str| -> Value {
        let lines = played.lines();
        let mut values = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let found = values.find(|value| value[0] == what);
        found.unwrap_or_else(|| panic!("no {what}:\n{played}"))[1].take()
    };
    assert_eq!(said("filetype"), "flow");
    // Columns are bytes in Neovim and UTF-16 units on the way to it, and there is an emoji before.
    let line = BROKEN.lines().nth(3).expect("a line");
    let column = line.find("trian").expect("a mistake");
    assert_eq!(
        said("diagnostics"),
        json!([{ "code": "unknown-step", "line": 3, "column": column, "last": column + 5, "severity": 1 }])
    );
    assert_eq!(said("offered")[0], "write `train`");
    assert_eq!(said("mended"), BROKEN.replace("trian", "train"));
    assert_eq!(said("formatted"), FORMATTED);
    assert_eq!(said("definition"), json!(["  step train {", 8]));
    assert_eq!(said("modified"), false);
    assert_eq!(project.text("broken.flow"), FORMATTED);
    assert_eq!(said("clients"), 1);
    assert_eq!(said("imported")[0]["code"], "option-type");
    for name in ["written", "saved"] {
        assert_eq!(said(name), json!(["flow", "python-literal"]));
    }
}

/// It says so once, without a traceback.
#[test]
fn neovim_without_the_program() {
    if !has("nvim", "Neovim") {
        return;
    }
    let project = Project::new().file("a.flow", "flow A {}");
    let ran = Command::new("nvim")
        .args(["--headless", "-n", "-i", "NONE", "-u"])
        .arg(configuration("neovim.lua"))
        .args(["a.flow", "-c", "qa!"])
        .current_dir(project.path())
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", project.path())
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("VIMINIT")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("flowbatch"), "{said}");
    assert!(!said.contains("traceback"), "{said}");
}

/// A path in an argument, from the root of the repository.
fn absolute(argument: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    argument.replace("tests/main", &format!("{root}/tests/main"))
}

/// Vim's colours: what each place of a flow is.
#[test]
fn the_colours_of_vim() {
    if !has("nvim", "the colours of Vim") {
        return;
    }
    let flow = r##"let a = 512MiB  # beside
## Documents.
@batch(queue="q${a}\n", cpu=2)
flow A {
  step s { run "echo $x"  next t }
  step t {
    run """
      if true; then echo 'open
    """
    next u
  }
}
"##;
    let places = [
        ("let", "flowItem"),
        ("512MiB", "flowNumber"),
        ("# beside", "flowComment"),
        ("## Doc", "flowDoc"),
        ("@batch", "flowAnnotation"),
        ("queue", "flowOption"),
        ("\"q", "flowString"),
        ("${a}", "flowInterpolation"),
        ("\\n", "flowEscape"),
        ("A {", "flowName"),
        ("s {", "flowStep"),
        ("$x", "flowVariable"),
        ("next t", "flowStatement"),
        ("t }", "flowTarget"),
        ("if true", "shConditional"),
        // A quote that is left open in a script ends with it.
        ("next u", "flowStatement"),
        ("u\n", "flowTarget"),
    ];
    let project = Project::new().file("a.flow", flow);
    let script = places.map(|(text, _)| {
        let at = flow.find(text).expect(text);
        let line = flow[..at].matches('\n').count() + 1;
        let column = at - flow[..at].rfind('\n').map_or(0, |newline| newline + 1) + 1;
        format!("call add(found, synIDattr(synID({line}, {column}, 1), 'name'))\n")
    });
    let script = format!(
        "syntax on\nedit a.flow\nset filetype=flow\nlet found = []\n{}\
         call writefile(found, 'found')\nqall!\n",
        script.concat()
    );
    let project = project.file("script.vim", script);
    output(
        Command::new("nvim")
            .args(["--headless", "-n", "-i", "NONE", "-u", "NONE", "--cmd"])
            .arg(format!("set runtimepath^={}", configuration("vim")))
            .args(["-S", "script.vim"])
            .current_dir(project.path())
            .env("HOME", project.path()),
    );
    let found = project.text("found");
    let found: Vec<(&str, &str)> = places
        .iter()
        .map(|(text, _)| *text)
        .zip(found.lines())
        .collect();
    assert_eq!(found, places);
}
