//! The emitted commands, run by real shells as AWS Batch would run them.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Output as Ended, Stdio};
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;

use super::input::{HEAD, Input, Output, quoted};

/// What stands for `/bin/sh` in an image: Debian's, Fedora's, macOS', Alpine's.
const SHELLS: &[&[&str]] = &[
    &["dash"],
    &["bash", "--posix"],
    &["bash"],
    &["busybox", "sh"],
];

/// The shells that this machine has.
static FOUND: LazyLock<Vec<&[&str]>> = LazyLock::new(|| {
    let (found, missing): (Vec<&[&str]>, Vec<_>) = SHELLS.iter().partition(|shell| {
        let ran = Command::new(shell[0])
            .args(&shell[1..])
            .args(["-c", "exit 3"])
            .output();
        ran.is_ok_and(|ran| ran.status.code() == Some(3))
    });
    // `.ci/run` installs them all.
    assert!(
        missing.is_empty() || std::env::var_os("CI").is_none(),
        "shells are missing: {missing:?}"
    );
    for shell in missing {
        // Past the capture of the test harness: a shell that was not tried must be seen.
        let _ = writeln!(
            std::io::stderr(),
            "\nNOT TESTED: no `{}` on this machine, so no script was run with it\n",
            shell.join(" ")
        );
    }
    assert!(!found.is_empty(), "not one shell to run scripts with");
    found
});

/// A script that is strict with itself and shows, past all quoting, what it got: the items as the
/// processes that it starts see them, index and size, and how many arguments it has.
const SHOW: &str = r#"
      set -u
      /bin/sh -c 'for _n do eval "printf \"%s\\0\" \"\$$_n\""; done' - NAMES
      printf '%s\0' "$FLOWBATCH_INDEX" "$FLOWBATCH_SIZE" "$#"
"#;

/// Runs a step's command for one child, as AWS Batch would: the environment is the definition's,
/// the request's, and the index of an array job.
fn run(output: &Output, step: &str, shell: &[&str], index: u64) -> Ended {
    let definition = &output.definition(step)["containerProperties"];
    let request = &output.job(step)["request"];
    let mut variables: BTreeMap<&str, &str> = BTreeMap::new();
    let lists = [
        &definition["environment"],
        &request["containerOverrides"]["environment"],
    ];
    for pair in lists.iter().filter_map(|list| list.as_array()).flatten() {
        let (name, value) = (text(&pair["name"]), text(&pair["value"]));
        assert!(!value.is_empty(), "AWS Batch drops `{name}`");
        variables.insert(name, value);
    }
    let mut words = command(output, step);
    if words[0] == "/bin/sh" {
        words.splice(..1, shell.iter().map(|word| (*word).to_owned()));
    }
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env_clear().envs(variables);
    command.env("PATH", std::env::var_os("PATH").expect("a path"));
    if let Some(size) = request["arrayProperties"]["size"].as_u64() {
        assert!(index < size && size >= 2);
        command.env("AWS_BATCH_JOB_ARRAY_INDEX", index.to_string());
    }
    command.stdin(Stdio::null()).output().expect("it starts")
}

/// The command with its `Ref::`s replaced, as AWS Batch does it.
fn command(output: &Output, step: &str) -> Vec<String> {
    let definition = output.definition(step);
    let mut parameters: BTreeMap<&str, &str> = BTreeMap::new();
    let request = &output.job(step)["request"]["parameters"];
    for map in [&definition["parameters"], request] {
        let pairs = map.as_object().into_iter().flatten();
        parameters.extend(pairs.map(|(name, value)| (name.as_str(), text(value))));
    }
    let words = definition["containerProperties"]["command"].as_array();
    let words = words.expect("a command").iter().map(text);
    words
        .map(|word| {
            let mut made = String::new();
            let mut rest = word;
            while let Some((before, after)) = rest.split_once("Ref::") {
                let end = after
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
                    .unwrap_or(after.len());
                made += before;
                made += parameters
                    .get(&after[..end])
                    .unwrap_or_else(|| panic!("`{word}` has no value"));
                rest = &after[end..];
            }
            made + rest
        })
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// What a script printed, at its NULs.
#[track_caller]
fn shown(ended: &Ended) -> Vec<String> {
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{} {errors}", ended.status);
    let stdout = String::from_utf8(ended.stdout.clone()).expect("UTF-8");
    let mut parts: Vec<String> = stdout.split('\0').map(str::to_owned).collect();
    assert_eq!(parts.pop().as_deref(), Some(""));
    parts
}

/// A flow with one foreach in the other, each of a variable and its source.
fn nested(foreaches: &[(&str, &str)]) -> Input {
    let mut body = String::new();
    for (depth, (variable, source)) in foreaches.iter().enumerate() {
        let next = depth + 1;
        body += &format!("step s{depth} {{ next s{next} foreach {variable} in {source} }}\n");
    }
    let names: Vec<&str> = foreaches.iter().map(|(name, _)| *name).collect();
    let show = SHOW.replace("NAMES", &names.join(" "));
    body += &format!("step s{} {{ run \"\"\"{show}\"\"\" }}\n", foreaches.len());
    Input::body(&body)
}

/// Runs the children of a flow of [`nested`] foreaches in every shell and compares what each got.
#[track_caller]
fn assert_items(foreaches: &[(&str, &str)], expected: &[Vec<String>], children: &[usize]) {
    let output = nested(foreaches).compile().built();
    let step = format!("s{}", foreaches.len());
    for shell in FOUND.iter() {
        for &child in children {
            let ended = run(&output, &step, shell, child as u64);
            let mut all = expected[child].clone();
            all.extend([child.to_string(), expected.len().to_string(), "0".into()]);
            assert_eq!(shown(&ended), all, "{shell:?} {foreaches:?}");
        }
    }
}

#[track_caller]
fn assert_list(items: &[&str]) {
    let source: Vec<String> = items.iter().map(|item| quoted(item)).collect();
    let expected: Vec<Vec<String>> = items.iter().map(|item| vec![(*item).into()]).collect();
    let children: Vec<usize> = (0..items.len()).collect();
    assert_items(
        &[("item", &format!("[{}]", source.join(", ")))],
        &expected,
        &children,
    );
}

#[track_caller]
fn assert_source(source: &str, items: &[&str]) {
    let expected: Vec<Vec<String>> = items.iter().map(|item| vec![(*item).into()]).collect();
    let children: Vec<usize> = (0..items.len()).collect();
    assert_items(&[("item", source)], &expected, &children);
}

/// Whatever a shell could take for something else.
const HARD: &[&str] = &[
    "",
    "plain",
    " ",
    " two  spaces ",
    "tab\there",
    "line\nbreak",
    "trailing newline\n",
    "\n",
    "carriage\rreturn\r\n",
    "'",
    "it's",
    "''",
    "\"",
    "say \"hi\"",
    "'\"'\"'",
    "$HOME",
    "${HOME}",
    "$(echo no)",
    "`echo no`",
    "$$",
    "$",
    "$1",
    "\\",
    "\\\\",
    "\\n",
    "ends with \\",
    "*",
    "/*",
    "?",
    "[a-z]",
    "{a,b}",
    "~",
    "~root",
    "-",
    "--",
    "-e",
    "-n",
    "+x",
    "!",
    "!!",
    "wow!",
    "#",
    "# no comment",
    "a=b",
    ";",
    "a; exit 9",
    "a && b",
    "a | b",
    "> out",
    "< in",
    "(x)",
    "%s%n",
    "%",
    "\u{7f}\u{1}\u{1b}[1m",
    "äöü €",
    "🎉 e\u{301}",
    "\u{a0}\u{2028}",
    "}}",
    "\"\"\"",
    "case esac",
    "end",
];

#[test]
fn strings_arrive_unchanged() {
    assert_list(HARD);
}

#[test]
fn a_list_of_one_is_a_plain_job() {
    for item in ["", "it's $HOME", "-n", "x\n"] {
        assert_list(&[item]);
        let output = nested(&[("item", &format!("[{}]", quoted(item)))]).compile();
        assert_eq!(output.job("s1")["request"].get("arrayProperties"), None);
    }
    assert_source("7..8", &["7"]);
    assert_source("-7..-6", &["-7"]);
    assert_source("[1e-4]", &["1e-4"]);
}

#[test]
fn ranges() {
    assert_source("0..2", &["0", "1"]);
    assert_source("3..6", &["3", "4", "5"]);
    assert_source("-2..2", &["-2", "-1", "0", "1"]);
    assert_source("-9..-7", &["-9", "-8"]);
    assert_source("1_000..1_002", &["1000", "1001"]);
    assert_source(
        "9223372036854775805..9223372036854775807",
        &["9223372036854775805", "9223372036854775806"],
    );
    assert_source(
        "-9223372036854775808..-9223372036854775806",
        &["-9223372036854775808", "-9223372036854775807"],
    );
}

#[test]
fn numbers_and_booleans_as_written() {
    assert_source(
        "[1, -1, 0, 1_000, 0.50, 1e-4, -2.5E+3]",
        &["1", "-1", "0", "1000", "0.50", "1e-4", "-2.5E+3"],
    );
    assert_source("[true, false]", &["true", "false"]);
}

#[test]
fn nested_scopes_are_row_major() {
    let outer = ["a b", "it's", "-"];
    let inner = ["x\ny", "$z"];
    let mut expected = Vec::new();
    for o in outer {
        for m in -1..2 {
            for i in inner {
                expected.push(vec![o.to_owned(), m.to_string(), i.to_owned()]);
            }
        }
    }
    let list = |items: &[&str]| {
        let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
        format!("[{}]", items.join(", "))
    };
    let children: Vec<usize> = (0..expected.len()).collect();
    assert_items(
        &[("o", &list(&outer)), ("m", "-1..2"), ("i", &list(&inner))],
        &expected,
        &children,
    );
    // Scopes of one item among others, and nothing but them.
    let expected: Vec<Vec<String>> = (5..8)
        .map(|m| vec!["one".to_owned(), m.to_string(), "-3".to_owned()])
        .collect();
    let foreaches = [("o", "[\"one\"]"), ("m", "5..8"), ("i", "-3..-2")];
    assert_items(&foreaches, &expected, &[0, 1, 2]);
    let foreaches = [("o", "[\"it's\"]"), ("m", "4..5")];
    assert_items(&foreaches, &[vec!["it's".into(), "4".into()]], &[0]);
}

/// The largest array there is, as a range and as a list that just fits a definition.
#[test]
fn ten_thousand_items() {
    let some: Vec<usize> = (0..10_000).step_by(1429).chain([1, 9_998, 9_999]).collect();
    let expected: Vec<Vec<String>> = (0..10_000).map(|n| vec![(n - 5_000).to_string()]).collect();
    assert_items(&[("item", "-5_000..5_000")], &expected, &some);
    let expected: Vec<Vec<String>> = (0..10_000).map(|n| vec![(n % 7).to_string()]).collect();
    let items: Vec<&str> = expected.iter().map(|item| item[0].as_str()).collect();
    assert_items(
        &[("item", &format!("[{}]", items.join(",")))],
        &expected,
        &some,
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_strings_arrive_unchanged(items in prop::collection::vec(
        prop_oneof![
            prop::collection::vec(prop::sample::select(HARD), 0..4).prop_map(|parts| parts.concat()),
            any::<String>(),
        ],
        1..6,
    )) {
        // No environment can hold a NUL, and AWS Batch replaces `Ref::`: both are errors.
        let items: Vec<String> = items
            .iter()
            .map(|item| item.replace('\0', "").replace("Ref::", ""))
            .collect();
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        assert_list(&items);
    }
}

/// What no shell could hand on, or AWS Batch would change, is an error.
#[test]
fn items_that_cannot_arrive_are_errors() {
    for item in ["a\u{0}b", "Ref::date", "x Ref::y"] {
        let output = nested(&[("item", &format!("[{}]", quoted(item)))]).compile();
        assert!(!output.errors().is_empty(), "{item:?}");
        let output = nested(&[("item", &format!("[\"a\", {}]", quoted(item)))]).compile();
        assert!(!output.errors().is_empty(), "{item:?}");
    }
    let nul = "step s { run \"\"\"echo a\0b\"\"\" }";
    assert_eq!(Input::body(nul).compile().codes(), ["invisible-character"]);
    let toml = Input::body("param p: string step s { run \"echo $p\" }");
    let toml = toml.file("flowbatch.toml", "[params]\np = \"a\\u0000b\"\n");
    assert_eq!(toml.compile().codes(), ["config-value"]);
    let from_let =
        format!("let x = \"Ref::date\"\n{HEAD}\nflow F {{ step s {{ run [\"echo\", x] }} }}");
    assert_eq!(Input::new(from_let).compile().codes(), ["ref-in-text"]);
}

/// Batch drops empty values, so the script makes up for it; a value that is given wins.
#[test]
fn an_empty_default_is_set_and_empty() {
    let input = Input::body(
        r#"param note: string = ""
           param other: string = "it's $1"
           step s { run """
             set -u
             printf '%s\0' "$note" "$other" "$FLOWBATCH_FLOW" "$FLOWBATCH_STEP" "${FLOWBATCH_INDEX-none}"
             /bin/sh -c 'printf "%s\0" "${note-unset}"'
           """ }"#,
    );
    for (input, note) in [(input.clone(), ""), (input.param("note", "a b"), "a b")] {
        let output = input.compile().built();
        for shell in FOUND.iter() {
            assert_eq!(
                shown(&run(&output, "s", shell, 0)),
                [note, "it's $1", "F", "s", "none", note]
            );
        }
    }
}

#[test]
fn scripts_choose_their_shell() {
    let command_of = |shebang: &str| {
        let script = format!(
            "\"\"\"\n    {shebang}\n    set -euo pipefail\n    [[ $item == 'a b' ]]\n    \
             printf '%s\\0' \"$item\" \"${{BASH_VERSION:+bash}}\" \"$-\"\n  \"\"\""
        );
        let body = format!(
            "step s {{ next t foreach item in [\"a b\", \"a b\"] }}\nstep t {{ run {script} }}"
        );
        Input::body(&body).compile().clean()
    };
    for (shebang, start) in [
        ("#!/bin/bash", &["/bin/bash", "-ec"][..]),
        ("#!/bin/bash -x", &["/bin/bash", "-x", "-ec"]),
        ("#!/usr/bin/env bash", &["/usr/bin/env", "bash", "-ec"]),
        (
            "#! /usr/bin/env -S bash -x",
            &["/usr/bin/env", "bash", "-x", "-ec"],
        ),
    ] {
        let output = command_of(shebang);
        let command = command(&output, "t");
        assert_eq!(command[..start.len()], *start);
        assert_eq!(command.len(), start.len() + 1);
        if !FOUND.contains(&&["bash"][..]) || !std::path::Path::new("/bin/bash").exists() {
            continue;
        }
        let ended = run(&output, "t", &[], 1);
        let shown = shown(&ended);
        assert_eq!(shown[..2], ["a b", "bash"]);
        for flag in ["e", "u"] {
            assert!(shown[2].contains(flag), "{shown:?}");
        }
        let traced = String::from_utf8_lossy(&ended.stderr).contains("+ printf");
        assert_eq!(traced, shebang.contains("-x"));
    }
}

/// What may follow the shell on a `#!` line, and still be followed by the script.
#[test]
fn words_after_the_shell() {
    let marked = |shebang: &str| {
        let script =
            format!("\"\"\"\n{shebang}\nprintf '%s\\0' ran \"$-\"\nfalse\necho reached\n\"\"\"");
        Input::body(&format!("step s {{ run {script} }}")).compile()
    };
    for (shebang, works) in [
        ("#!/bin/sh", true),
        ("#!/bin/sh -", true),
        ("#!/bin/sh -u", true),
        ("#!/bin/bash --", true),
        ("#!/bin/bash --norc", true),
        ("#!/bin/bash -x +B --", true),
        ("#!/bin/bash -o pipefail", true),
        ("#!/bin/bash -euo pipefail", true),
        ("#!/usr/bin/env -S A=b bash -u", true),
        ("#!/bin/bash -c", false),
        ("#!/bin/sh file.sh", false),
        ("#!/usr/bin/python3", false),
        ("#!bash", false),
    ] {
        let output = marked(shebang);
        if !works {
            assert_eq!(output.codes(), ["shebang"], "{shebang}");
            continue;
        }
        let output = output.clean();
        if shebang.contains("bash") && !std::path::Path::new("/bin/bash").exists() {
            continue;
        }
        let ended = run(&output, "s", &["/bin/sh"], 0);
        let stdout = String::from_utf8_lossy(&ended.stdout);
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert!(
            stdout.starts_with("ran\0") && stdout.contains('e'),
            "{shebang}: {stdout} {errors}"
        );
        assert!(
            !stdout.contains("reached") && !ended.status.success(),
            "{shebang}"
        );
    }
}

#[test]
fn a_command_that_fails_ends_the_script() {
    let output = Input::body("step s { run \"false\\necho reached\" }")
        .compile()
        .clean();
    for shell in FOUND.iter() {
        let ended = run(&output, "s", shell, 0);
        assert!(!ended.status.success() && ended.stdout.is_empty());
    }
}

/// Whatever name is allowed arrives, as an item and as a param; what shells keep is not allowed.
#[test]
fn names_that_shells_know() {
    for name in [
        "IFS",
        "UID",
        "EUID",
        "PPID",
        "RANDOM",
        "SRANDOM",
        "LINENO",
        "GROUPS",
        "PWD",
        "OLDPWD",
        "OPTIND",
        "SHELLOPTS",
        "BASHOPTS",
        "BASH_ENV",
        "BASH",
        "PS4",
        "SHLVL",
        "EPOCHSECONDS",
        "DIRSTACK",
        "FUNCNAME",
        "HISTCMD",
        "SECONDS",
        "PIPESTATUS",
        "PATH",
        "HOME",
        "AWS_REGION",
        "ENV",
        "PS1",
        "PS2",
        "LANG",
        "TERM",
        "SHELL",
        "REPLY",
        "HOSTNAME",
        "OPTARG",
        "CDPATH",
        "MAIL",
        "COLUMNS",
        "USER",
        "TZ",
        "POSIXLY_CORRECT",
        "name",
        "index",
        "i",
    ] {
        let foreach = nested(&[(name, "[\"7\", \"8\"]")]).compile();
        let param = Input::body(&format!(
            "param {name}: int = 7 step s {{ run \"printf '%s\\\\0' \\\"${name}\\\"\" }}"
        ));
        let param = param.compile();
        if foreach.document.is_null() {
            assert_eq!(foreach.codes(), ["reserved-variable"], "{name}");
            assert_eq!(param.codes(), ["reserved-variable"], "{name}");
            continue;
        }
        for shell in FOUND.iter() {
            assert_eq!(
                shown(&run(&foreach, "s1", shell, 1)),
                ["8", "1", "2", "0"],
                "{shell:?} {name}"
            );
            assert_eq!(
                shown(&run(&param, "s", shell, 0)),
                ["7"],
                "{shell:?} {name}"
            );
        }
    }
}

/// In the exec form no shell comes between: a param is one whole argument.
#[test]
fn params_are_whole_arguments() {
    let input = Input::body(
        r#"param note: string = "default"
           param count: int = 1_000
           param dry: bool = true
           step s { run ["printf", "%s\\0", "plain $ \\ it's", note, "a b", count, dry, note] }"#,
    );
    for note in HARD.iter().filter(|note| !note.is_empty()) {
        let output = input.clone().param("note", note).compile().built();
        assert_eq!(
            shown(&run(&output, "s", &[], 0)),
            ["plain $ \\ it's", note, "a b", "1000", "true", note]
        );
    }
    let output = input.compile().built();
    assert_eq!(shown(&run(&output, "s", &[], 0))[1], "default");
}
