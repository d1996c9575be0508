//! Fixes, and what a flow compiles to.

use serde_json::{Value, json};

use super::client::Client;
use super::names::applied;

const BROKEN: &str = "# 🎉\n@batch(queue='ml', image=\"日本\", platform=\"ec2\", privileged=True)\nflow A {\n  step s { run \"true\" next trian }\n  step train { run \"true\" }\n}\n";

fn actions(client: &mut Client, lines: (u32, u32), only: Option<&str>) -> Vec<Value> {
    let at = |line| json!({ "line": line, "character": 0 });
    let mut context = json!({ "diagnostics": [] });
    if let Some(only) = only {
        context["only"] = json!([only]);
    }
    let params = json!({
        "textDocument": { "uri": client.uri("a.flow") },
        "range": { "start": at(lines.0), "end": at(lines.1) },
        "context": context,
    });
    let found = client.ask("textDocument/codeAction", params);
    found.as_array().unwrap().clone()
}

#[test]
fn fixes() {
    let mut client = Client::new(&[]);
    client.open("a.flow", BROKEN);
    let mut seen = Vec::new();
    for action in actions(&mut client, (0, 9), None) {
        let edits = action["edit"]["documentChanges"][0]["edits"].as_array();
        let text = applied(BROKEN, edits.unwrap());
        let (old, new) = (BROKEN.lines(), text.lines());
        let changed = old.zip(new).filter(|(old, new)| old != new);
        let changed: Vec<String> = changed.map(|(_, new)| format!("\n    {new}")).collect();
        seen.push(format!(
            "{} {} {}{}",
            action["kind"],
            action["title"],
            action["isPreferred"],
            changed.concat()
        ));
    }
    insta::assert_snapshot!(seen.join("\n"));
    // Only what is asked for, and only where it is.
    let kinds = |actions: Vec<Value>| -> Vec<String> {
        actions
            .iter()
            .map(|action| action["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        kinds(actions(&mut client, (0, 9), Some("source.fixAll"))),
        ["source.fixAll"]
    );
    assert_eq!(
        kinds(actions(&mut client, (0, 9), Some("source"))),
        ["source.fixAll"]
    );
    assert_eq!(kinds(actions(&mut client, (3, 4), None)), ["quickfix"]);
    assert_eq!(kinds(actions(&mut client, (0, 0), None)), [] as [String; 0]);
    assert_eq!(
        kinds(actions(&mut client, (0, 9), Some("refactor"))),
        [] as [String; 0]
    );
}

/// "Fix all" is `check --fix`, also in what is imported.
#[test]
fn fix_all_is_check_fix() {
    let flow = format!("import \"lib.flow\"\n{BROKEN}");
    let lib = "profile p { @retry(times='3') }\n# 日本\n";
    let mut client = Client::with(
        &[("a.flow", &flow), ("lib.flow", lib)],
        &json!({ "workspace": { "workspaceEdit": { "documentChanges": false } } }),
    );
    client.open("a.flow", &flow);
    let action = actions(&mut client, (0, 0), Some("source.fixAll")).remove(0);
    let edits = |name: &str| {
        action["edit"]["changes"][client.uri(name)]
            .as_array()
            .unwrap()
            .clone()
    };
    let fixed = [("a.flow", flow.as_str()), ("lib.flow", lib)]
        .map(|(name, text)| applied(text, &edits(name)));
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_flowbatch"))
        .args(["check", "--fix", "a.flow"])
        .current_dir(client.path())
        .env_clear()
        .stderr(std::process::Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(1));
    for (name, fixed) in ["a.flow", "lib.flow"].iter().zip(fixed) {
        assert_eq!(
            std::fs::read_to_string(client.path().join(name)).unwrap(),
            fixed
        );
    }
}

const FINE: &str = "@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")\nflow A {\n  step s { run \"true\" next t }\n  step t {}\n}\n";

#[test]
fn what_it_compiles_to() {
    let mut client = Client::new(&[]);
    client.open("a.flow", FINE);
    let uri = client.uri("a.flow");
    let mut run = |arguments: Value| {
        let params = json!({ "command": "flowbatch.emitted", "arguments": arguments });
        let id = client.request("workspace/executeCommand", params);
        client.answer(id)
    };
    let whole: Value = serde_json::from_str(run(json!([uri]))["result"].as_str().unwrap()).unwrap();
    assert_eq!(whole["jobs"][0]["step"], "s");
    let step = run(json!([uri, "s"]));
    let step: Value = serde_json::from_str(step["result"].as_str().unwrap()).unwrap();
    assert_eq!(step, whole["jobDefinitions"]["s"]);
    let message = |answer: Value| answer["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(
        message(run(json!([uri, "t"]))),
        "step `t` has no job definition"
    );
    assert_eq!(
        message(run(json!([]))),
        "the arguments of flowbatch.emitted are `[uri]` or `[uri, step]`"
    );
    client.replace("a.flow", BROKEN);
    let params = json!({ "command": "flowbatch.emitted", "arguments": [client.uri("a.flow")] });
    let id = client.request("workspace/executeCommand", params);
    assert_eq!(
        message(client.answer(id)),
        "the flow has errors, so it compiles to nothing"
    );
    let id = client.request("workspace/executeCommand", json!({ "command": "no.such" }));
    assert_eq!(message(client.answer(id)), "there is no command `no.such`");
}

#[test]
fn it_is_shown_to_clients_that_show_documents() {
    let shows = json!({ "window": { "showDocument": { "support": true } } });
    let mut client = Client::with(&[], &shows);
    client.open("a.flow", FINE);
    let offers = actions(&mut client, (2, 3), None);
    assert_eq!(offers.len(), 1, "{offers:?}");
    assert_eq!(offers[0]["title"], "show the job definition of `s`");
    let command = &offers[0]["command"];
    let params = json!({ "command": command["command"], "arguments": command["arguments"] });
    let text = client.ask("workspace/executeCommand", params);
    let asked = client.wait(|message| message["method"] == "window/showDocument");
    let uri = asked["params"]["uri"].as_str().unwrap();
    let path = uri.strip_prefix("file://").unwrap();
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        text.as_str().unwrap()
    );
    assert_eq!(client.exit(), 0);
    // What was shown goes with the server.
    assert!(!std::path::Path::new(path).exists());
}
