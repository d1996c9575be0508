//! What goes with the program where it is installed: completions of shells and manual pages.

#![cfg(unix)]

use std::process::Command;

use super::project::Project;
use super::tools::{has, output};

/// A folder with the completions of a shell in `completions`.
fn completions(shell: &str) -> Project {
    let project = Project::new();
    let script = project.run(&["completions", shell]).code(0).stdout;
    project.file("completions", script)
}

#[test]
fn bash_completes() {
    if !has("bash", "completions of bash") {
        return;
    }
    let project = completions("bash");
    // What bash itself does when tab is pressed.
    let script = r#"
        source ./completions
        press() {
            COMP_WORDS=(flowbatch "$@") COMP_CWORD=$# COMPREPLY=()
            $(complete -p flowbatch | grep -o '_flowbatch') \
                flowbatch "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            echo "${COMPREPLY[@]}"
        }
        press bu
        press check --fo
        press check --format s
    "#;
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", script])
        .current_dir(project.path());
    assert_eq!(output(&mut bash), "build\n--format\nsarif\n");
}

#[test]
fn fish_completes() {
    if !has("fish", "completions of fish") {
        return;
    }
    let project = completions("fish");
    let script = "source ./completions
        complete -C 'flowbatch bu'
        complete -C 'flowbatch check --fo'
        complete -C 'flowbatch check --format s'";
    let mut fish = Command::new("fish");
    fish.args(["--no-config", "-c", script])
        .current_dir(project.path())
        .env("HOME", project.path());
    let shown = output(&mut fish);
    let words: Vec<&str> = shown
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    assert_eq!(words, ["build", "--format", "sarif"], "{shown}");
}

#[test]
fn zsh_takes_the_completions() {
    if !has("zsh", "completions of zsh") {
        return;
    }
    let project = completions("zsh");
    // As from a folder of `fpath`, from which the name of the function comes.
    let script = "mkdir site && mv completions site/_flowbatch && fpath=($PWD/site $fpath)
        autoload -U compinit && compinit -u -D
        print $_comps[flowbatch]
        autoload +X _flowbatch && whence -w _flowbatch";
    let mut zsh = Command::new("zsh");
    zsh.args(["-f", "-c", script])
        .current_dir(project.path())
        .env("HOME", project.path());
    assert_eq!(output(&mut zsh), "_flowbatch\n_flowbatch: function\n");
}

#[test]
fn completions_of_no_shell() {
    let ran = Project::new().run(&["completions", "tcsh"]).code(2);
    assert!(ran.stderr.contains("bash, elvish, fish"), "{}", ran.stderr);
}

#[test]
fn manual_pages_of_all_commands() {
    let project = Project::new();
    let ran = project.run(&["man", "share/man/man1"]).code(0);
    let pages = project.files();
    assert_eq!(
        ran.stderr,
        format!("share/man/man1: {} written\n", pages.len())
    );
    let help = project.run(&["--help"]).code(0).stdout;
    let mut commands: Vec<String> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // Others are the rest of an explanation.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .map(|command| format!("share/man/man1/flowbatch-{command}.1"))
        .collect();
    commands.push("share/man/man1/flowbatch.1".to_owned());
    commands.sort();
    assert_eq!(pages, commands);
    let page = project.text("share/man/man1/flowbatch.1");
    assert_eq!(project.run(&["man"]).code(0).stdout, page);
    let page = project.text("share/man/man1/flowbatch-fmt.1");
    assert_eq!(page.matches("<\\fIPATH\\fR>...").count(), 1, "{page}");
    // Writing them again is no matter.
    project.run(&["man", "share/man/man1"]).code(0);
    assert_eq!(project.files(), commands);
    let ran = project.file("file", "").run(&["man", "file"]).code(2);
    assert!(ran.stderr.contains("cannot write file"), "{}", ran.stderr);
}

#[test]
fn manual_pages_are_read() {
    if !has("mandoc", "manual pages") {
        return;
    }
    let project = Project::new();
    project.run(&["man", "man1"]).code(0);
    for page in project.files() {
        let mut mandoc = Command::new("mandoc");
        mandoc.args(["-W", "error,stop", "-T", "ascii", "-O", "width=100"]);
        let text = output(mandoc.arg(&page).current_dir(project.path()));
        assert!(text.contains("Print help"), "{text}");
        if page.ends_with("flowbatch-check.1") {
            assert!(text.contains("lead to no more errors"), "{text}");
            assert!(text.contains("SARIF 2.1.0"), "{text}");
        }
    }
}
