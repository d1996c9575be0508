//! What is wrong, as one types.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::client::Client;

const HEAD: &str = "@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")\n";

/// `line:column-line:column code: message`, a diagnostic a line.
pub(super) fn shown(client: &Client, diagnostics: &[Value]) -> String {
    let mut shown = String::new();
    for found in diagnostics {
        let at = |end: &str| {
            let at = &found["range"][end];
            format!("{}:{}", at["line"], at["character"])
        };
        let message = found["message"].as_str().unwrap();
        let _ = writeln!(
            shown,
            "{}-{} {} {}: {}",
            at("start"),
            at("end"),
            found["severity"],
            found["code"].as_str().unwrap(),
            message.lines().next().unwrap()
        );
        for related in found["relatedInformation"].as_array().into_iter().flatten() {
            let uri = related["location"]["uri"].as_str().unwrap();
            let line = &related["location"]["range"]["start"]["line"];
            let _ = writeln!(shown, "  {uri}:{line} {}", related["message"]);
        }
    }
    client.plain(&shown)
}

#[test]
fn as_one_types() {
    let mut client = Client::new(&[]);
    let text = format!(
        "{HEAD}flow A {{\n  step s {{ run \"true\" next t }}\n  step t {{ run \"true\" }}\n}}\n"
    );
    client.open("a.flow", &text);
    assert_eq!(client.diagnostics("a.flow"), [] as [Value; 0]);
    client.change(
        "a.flow",
        &json!([
            { "range": { "start": { "line": 2, "character": 29 }, "end": { "line": 2, "character": 30 } }, "text": "🎉日 " },
            { "range": { "start": { "line": 2, "character": 33 }, "end": { "line": 2, "character": 33 } }, "text": "tt" },
        ]),
    );
    let found = client.diagnostics("a.flow");
    insta::assert_snapshot!(shown(&client, &found));
    client.replace("a.flow", &text);
    assert_eq!(client.diagnostics("a.flow"), [] as [Value; 0]);
    assert_eq!(client.exit(), 0);
}

/// A library that is open and not saved, the flows that import it, and `flowbatch.toml`.
#[test]
fn through_imports() {
    let flow =
        format!("import \"lib.flow\"\n{HEAD}@use(p)\nflow A {{ step s {{ run \"true\" }} }}\n");
    let files = [
        ("lib.flow", "profile p { @retry(times=1) }\n"),
        ("a.flow", flow.as_str()),
    ];
    let mut client = Client::new(&files);
    client.open("a.flow", &flow);
    assert_eq!(client.diagnostics("a.flow"), [] as [Value; 0]);
    client.open("lib.flow", "profile q { @retry(times=True) }\n");
    let mut seen = String::new();
    let found = client.diagnostics("a.flow");
    seen += &shown(&client, &found);
    let found = client.diagnostics("lib.flow");
    seen += &shown(&client, &found);
    insta::assert_snapshot!(seen);
    // Typed, not saved.
    client.replace("lib.flow", "profile p { @retry(times=2) }\n");
    assert_eq!(client.diagnostics("lib.flow"), [] as [Value; 0]);
    assert_eq!(client.diagnostics("a.flow"), [] as [Value; 0]);
    // What is on the disk counts again.
    client.replace("lib.flow", "");
    assert_eq!(client.diagnostics("a.flow").len(), 1);
    client.close("lib.flow");
    assert_eq!(client.diagnostics("a.flow"), [] as [Value; 0]);
    assert_eq!(client.exit(), 0);
}

/// Each text of a file that is open under two names is checked by itself, and the one that was edited
/// last is what others import.
#[cfg(unix)]
#[test]
fn of_one_file_under_two_names() {
    let flow =
        format!("import \"lib.flow\"\n{HEAD}@use(p)\nflow A {{ step s {{ run \"true\" }} }}\n");
    let (fine, broken) = ("profile p {}\n", "profile p { @retry(times=\"x\") }\n");
    let mut client = Client::new(&[("lib.flow", fine), ("a.flow", flow.as_str())]);
    std::os::unix::fs::symlink("lib.flow", client.path().join("link.flow")).unwrap();
    let codes = |found: Vec<Value>| -> Vec<Value> {
        found.iter().map(|found| found["code"].clone()).collect()
    };
    client.open("lib.flow", broken);
    assert_eq!(codes(client.diagnostics("lib.flow")), ["option-type"]);
    client.open("link.flow", fine);
    assert_eq!(codes(client.diagnostics("link.flow")), [] as [Value; 0]);
    client.replace("lib.flow", broken);
    assert_eq!(codes(client.diagnostics("lib.flow")), ["option-type"]);
    // The same mistake, in both.
    client.replace("link.flow", broken);
    assert_eq!(codes(client.diagnostics("link.flow")), ["option-type"]);
    client.replace("link.flow", "profile q {}\n");
    assert_eq!(codes(client.diagnostics("link.flow")), [] as [Value; 0]);
    let hover = client.at("hover", "link.flow", 0, 8);
    assert!(hover.to_string().contains("profile q"), "{hover}");
    client.open("a.flow", &flow);
    assert_eq!(codes(client.diagnostics("a.flow")), ["unknown-profile"]);
    client.replace("lib.flow", broken);
    assert_eq!(codes(client.diagnostics("a.flow")), [] as [Value; 0]);
    assert_eq!(codes(client.diagnostics("lib.flow")), ["option-type"]);
    // What is left is in force, whichever it is.
    client.replace("link.flow", "profile q {}\n");
    assert_eq!(codes(client.diagnostics("a.flow")), ["unknown-profile"]);
    client.close("link.flow");
    assert_eq!(codes(client.diagnostics("a.flow")), [] as [Value; 0]);
    client.change("lib.flow", &json!([]));
    assert_eq!(codes(client.diagnostics("lib.flow")), ["option-type"]);
    client.close("lib.flow");
    assert_eq!(codes(client.diagnostics("lib.flow")), [] as [Value; 0]);
    assert_eq!(client.exit(), 0);
}

/// A mistake in a file that is not open is said of that file, and taken back.
#[test]
fn of_files_that_are_not_open() {
    let flow = format!("import \"lib.flow\"\n{HEAD}flow A {{ step s {{ run \"true\" }} }}\n");
    let files = [
        ("lib.flow", "let x = True\n"),
        ("flowbatch.toml", "[batch]\ncpuu = 1\n"),
    ];
    let mut client = Client::new(&files);
    client.open("a.flow", &flow);
    let mut seen = String::new();
    for name in ["lib.flow", "flowbatch.toml"] {
        let found = client.diagnostics(name);
        seen += &shown(&client, &found);
    }
    insta::assert_snapshot!(seen);
    // Mended on the disk.
    std::fs::write(client.path().join("lib.flow"), "let x = true\n").unwrap();
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    assert_eq!(client.diagnostics("lib.flow"), [] as [Value; 0]);
    client.close("a.flow");
    assert_eq!(client.diagnostics("flowbatch.toml"), [] as [Value; 0]);
}

#[test]
fn of_a_toml_alone() {
    let mut client = Client::new(&[]);
    client.open("flowbatch.toml", "[batch]\ncpuu = 1\n");
    let found = client.diagnostics("flowbatch.toml");
    assert_eq!(found[0]["code"], "config-unknown-key", "{found:?}");
    client.replace("flowbatch.toml", "[batch]\ncpu = 1\n");
    assert_eq!(client.diagnostics("flowbatch.toml"), [] as [Value; 0]);
    // It governs flows as it is typed.
    client.open(
        "a.flow",
        "@batch(image=\"python:3.12\", platform=\"ec2\") flow A { step s { run \"true\" } }",
    );
    assert_eq!(client.diagnostics("a.flow")[0]["code"], "missing-queue");
    client.replace("flowbatch.toml", "[batch]\nqueue = \"ml\"\n");
    assert_eq!(client.diagnostics("a.flow"), [] as [Value; 0]);
}

/// The same as the command says, in the same places.
#[test]
fn the_same_as_check() {
    let text = "@batch(memory=\"16G\", cpu=🎉)\nflow 日本 { step s { run 'true' next t } }\n";
    let mut client = Client::new(&[("a.flow", text)]);
    client.open("a.flow", text);
    let found = client.diagnostics("a.flow");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_flowbatch"))
        .args(["check", "a.flow", "--format", "json"])
        .current_dir(client.path())
        .env_clear()
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = report["diagnostics"].as_array().unwrap();
    let expected = expected.iter().map(|found| {
        let labels = found["labels"].as_array().unwrap();
        let at = labels
            .iter()
            .find(|label| label["primary"] == true)
            .unwrap();
        let number = |key: &str| at[key].as_u64().unwrap() - 1;
        let place = [
            number("line"),
            number("column"),
            number("endLine"),
            number("endColumn"),
        ];
        (found["code"].clone(), place)
    });
    let found = found.iter().map(|found| {
        let number = |end: &str, key: &str| found["range"][end][key].as_u64().unwrap();
        let place = [
            number("start", "line"),
            number("start", "character"),
            number("end", "line"),
            number("end", "character"),
        ];
        (found["code"].clone(), place)
    });
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

/// Only the last of what is typed at once is checked.
#[test]
fn what_is_typed_faster_than_checked_is_skipped() {
    let mut client = Client::new(&[]);
    let text = format!("{HEAD}flow A {{ step s {{ run \"true\" }} }}\n");
    client.open("a.flow", "");
    client.diagnostics("a.flow");
    let mut together = Vec::new();
    for version in 2..=60 {
        let text = if version == 60 {
            text.as_str()
        } else {
            "flow {"
        };
        let message = json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": { "uri": client.uri("a.flow"), "version": version },
            "contentChanges": [{ "text": text }] } })
        .to_string();
        together.extend(format!("Content-Length: {}\r\n\r\n{message}", message.len()).bytes());
    }
    client.raw(&together);
    let mut published = 0;
    loop {
        let found = client.wait(|message| message["method"] == "textDocument/publishDiagnostics");
        published += 1;
        if found["params"]["version"] == 60 {
            assert_eq!(found["params"]["diagnostics"], json!([]));
            break;
        }
    }
    assert!(published < 59, "{published}");
}
