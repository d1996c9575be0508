//! From `initialize` to `exit`, in awkward orders.

use serde_json::{Value, json};

use super::client::Client;

#[test]
fn nothing_before_initialize() {
    let mut client = Client::silent(&[]);
    client.notify("textDocument/didOpen", json!({}));
    let id = client.request("textDocument/hover", json!({}));
    assert_eq!(client.answer(id)["error"]["code"], -32002);
    let result = client.initialize(&json!({}));
    assert_eq!(result["serverInfo"]["name"], "flowbatch");
    assert_eq!(client.exit(), 0);
}

#[test]
fn nothing_after_shutdown() {
    let mut client = Client::new(&[]);
    client.ask("shutdown", Value::Null);
    let id = client.request("textDocument/hover", json!({}));
    assert_eq!(client.answer(id)["error"]["code"], -32600);
    client.notify("exit", Value::Null);
    assert_eq!(client.end(), 0);
}

#[test]
fn exit_without_shutdown_is_1() {
    let mut client = Client::new(&[]);
    client.notify("exit", Value::Null);
    assert_eq!(client.end(), 1);
    let mut client = Client::silent(&[]);
    client.notify("exit", Value::Null);
    assert_eq!(client.end(), 1);
}

#[test]
fn a_client_that_goes_away() {
    assert_eq!(Client::silent(&[]).hang_up(), 1);
    assert_eq!(Client::new(&[]).hang_up(), 1);
}

#[test]
fn a_second_initialize_is_refused() {
    let mut client = Client::new(&[]);
    let id = client.request("initialize", json!({ "capabilities": {} }));
    assert_eq!(client.answer(id)["error"]["code"], -32600);
    assert_eq!(client.exit(), 0);
}

#[test]
fn garbage_is_survived() {
    let mut client = Client::new(&[]);
    client.raw(b"garbage\r\n\r\n\0\xff\xfe");
    client.raw(b"Content-Length: 9\r\n\r\nnot JSON!");
    let answer = client.wait(|message| message["error"]["code"] == -32700);
    assert_eq!(answer["id"], Value::Null);
    client.raw(b"Content-Length: 2\r\n\r\n[]");
    client.wait(|message| message["error"]["code"] == -32600);
    client.raw(b"Content-Length: 18446744073709551615\r\n\r\nContent-Length: -1\r\n\r\n");
    // Messages that mean nothing.
    client.notify("$/unknown", json!({}));
    client.notify("textDocument/didOpen", json!({ "textDocument": 1 }));
    client.notify("textDocument/didChange", json!(null));
    client.send(&json!({ "jsonrpc": "2.0", "id": 7, "result": null }));
    client.send(&json!({ "jsonrpc": "2.0", "id": null, "method": "textDocument/hover" }));
    let id = client.request("no/such/method", json!({}));
    assert_eq!(client.answer(id)["error"]["code"], -32601);
    let id = client.request("textDocument/hover", json!({ "textDocument": [] }));
    assert_eq!(client.answer(id)["error"]["code"], -32602);
    assert_eq!(client.exit(), 0);
}

/// Of documents that are not open, and places that no text has.
#[test]
fn requests_about_nothing() {
    let mut client = Client::new(&[]);
    client.open("a.flow", "flow A {");
    client.change(
        "a.flow",
        &json!([{ "range": { "start": { "line": 9, "character": 9 }, "end": { "line": 0, "character": 0 } }, "text": "}" }]),
    );
    client.close("never-opened.flow");
    for (name, method) in ["a.flow", "not-open.flow", "flowbatch.toml"]
        .iter()
        .flat_map(|name| {
            let methods = [
                "hover",
                "completion",
                "definition",
                "signatureHelp",
                "prepareRename",
                "documentHighlight",
            ];
            methods.map(|method| (*name, method))
        })
    {
        for place in [(0, 0), (0, 999), (4_294_967_295, 4_294_967_295)] {
            client.at(method, name, place.0, place.1);
        }
    }
    for name in ["a.flow", "not-open.flow", "flowbatch.toml"] {
        for method in [
            "documentSymbol",
            "foldingRange",
            "semanticTokens/full",
            "formatting",
        ] {
            client.of(method, name);
        }
        let range =
            json!({ "start": { "line": 9, "character": 0 }, "end": { "line": 0, "character": 0 } });
        let mut params = json!({ "textDocument": { "uri": client.uri(name) }, "range": range });
        client.ask("textDocument/inlayHint", params.clone());
        client.ask("textDocument/semanticTokens/range", params.clone());
        params["context"] = json!({ "diagnostics": [] });
        client.ask("textDocument/codeAction", params);
    }
    assert_eq!(client.exit(), 0);
}

#[test]
fn a_request_that_is_cancelled_is_answered_as_such() {
    let mut client = Client::new(&[]);
    // In one piece, so that the second message is there when the first is looked at.
    let messages = [
        json!({ "jsonrpc": "2.0", "id": 7, "method": "workspace/symbol", "params": { "query": "" } }),
        json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": 7 } }),
    ];
    let mut answer = Value::Null;
    // The reader may hand over the one before the other has come in.
    for _ in 0..100 {
        let together: String = messages
            .iter()
            .map(|message| {
                let text = message.to_string();
                format!("Content-Length: {}\r\n\r\n{text}", text.len())
            })
            .collect();
        client.raw(together.repeat(20).as_bytes());
        for _ in 0..20 {
            let next = client.wait(|message| message["id"] == 7);
            if next.get("error").is_some() {
                answer = next;
            }
        }
        if answer != Value::Null {
            break;
        }
    }
    assert_eq!(answer["error"]["code"], -32800);
    // Too late, or of nothing.
    client.notify("$/cancelRequest", json!({ "id": 7 }));
    client.notify("$/cancelRequest", json!({ "id": "x" }));
    assert_eq!(client.exit(), 0);
}

#[test]
fn a_client_that_stops_reading() {
    let mut client = Client::new(&[]);
    assert_eq!(client.stop_reading(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_that_dies_with_its_pipes_open() {
    let mut client = Client::silent(&[]);
    let mut dies = std::process::Command::new("sleep")
        .arg("600")
        .spawn()
        .unwrap();
    let params = json!({ "processId": dies.id(), "capabilities": {} });
    client.ask("initialize", params);
    dies.kill().unwrap();
    dies.wait().unwrap();
    assert_eq!(client.end(), 1);
}

/// The server's own input is a pipe with the protocol in it, which no import may take.
#[cfg(target_os = "linux")]
#[test]
fn imports_of_what_is_no_file_are_refused() {
    let mut client = Client::new(&[]);
    for path in [
        "/dev/stdin",
        "/dev/stdout",
        "/dev/fd/0",
        "/proc/self/fd/0",
        "/proc/kmsg",
        "/proc/self/status",
        "/dev/zero",
    ] {
        let text = format!("import \"{path}\"\nflow A {{ step s {{ run \"true\" }} }}");
        client.open("a.flow", &text);
        let found = client.diagnostics("a.flow");
        let refused = found.iter().any(|found| {
            let message = found["message"].as_str().unwrap();
            found["range"]["start"]["line"] == 0 && message.contains("it is not a file")
        });
        assert!(refused, "{path}: {found:?}");
        client.close("a.flow");
        client.diagnostics("a.flow");
    }
    assert_eq!(client.exit(), 0);
}

#[test]
fn a_change_without_a_version_is_taken() {
    let mut client = Client::new(&[]);
    client.open("a.flow", "flow A {");
    assert!(!client.diagnostics("a.flow").is_empty());
    let change = |version| {
        json!({
            "textDocument": version,
            "contentChanges": [{ "text": "let   a=1" }],
        })
    };
    let uri = client.uri("a.flow");
    client.notify(
        "textDocument/didChange",
        change(json!({ "uri": uri, "version": null })),
    );
    let edits = client.of("formatting", "a.flow");
    assert!(edits.to_string().contains("a = 1"), "{edits}");
    assert_eq!(client.exit(), 0);
}

/// However deep a text is nested, it is answered, and takes no stack for it.
#[test]
fn depth_is_survived() {
    let mut client = Client::new(&[]);
    let run = |script: &str| format!("flow A {{ step s {{ run \"\"\"{script}\"\"\" }} }}");
    let deep = |piece: &str| piece.repeat(16_000);
    let opened = [
        format!("let a = {}", deep("[")),
        format!("let a = {}", deep("{ a = ")),
        deep("("),
        deep("["),
        deep("{"),
        format!("@batch(ulimits={}", deep("[")),
        format!("@batch(raw={}", deep("{ a = ")),
        format!("@batch(raw={}", deep("[{ a = ")),
        format!("flow A {{ step s {{ run {}", deep("[")),
        format!("flow A {{ step s {{ next t foreach x in {}", deep("[")),
        format!("let a = \"{}", "${".repeat(1_000)),
        run(&deep("$(")),
        run(&deep("\"${a:-")),
    ];
    let closed = opened.each_ref().map(|text| {
        let close = |c: char| match c {
            '(' => Some(')'),
            '[' => Some(']'),
            '{' => Some('}'),
            _ => None,
        };
        format!(
            "{text}{}",
            text.chars().rev().filter_map(close).collect::<String>()
        )
    });
    for text in opened.iter().chain(&closed) {
        client.open("a.flow", text);
        // Where one types, and in the middle.
        for column in [text.len(), text.len() / 2] {
            for method in [
                "completion",
                "signatureHelp",
                "hover",
                "definition",
                "documentHighlight",
                "prepareRename",
            ] {
                client.at(method, "a.flow", 0, column);
            }
        }
        for method in [
            "formatting",
            "documentSymbol",
            "foldingRange",
            "semanticTokens/full",
        ] {
            client.of(method, "a.flow");
        }
        let all = json!({
            "start": { "line": 0, "character": 0 },
            "end": { "line": 1, "character": 0 },
        });
        for method in ["inlayHint", "codeAction", "semanticTokens/range"] {
            let mut params =
                json!({ "textDocument": { "uri": client.uri("a.flow") }, "range": all });
            params["context"] = json!({ "diagnostics": [], "only": ["source.fixAll", "quickfix"] });
            client.ask(&format!("textDocument/{method}"), params);
        }
        client.ask("workspace/symbol", json!({ "query": "a" }));
        let emitted =
            json!({ "command": "flowbatch.emitted", "arguments": [client.uri("a.flow")] });
        let id = client.request("workspace/executeCommand", emitted);
        client.answer(id);
        client.diagnostics("a.flow");
        client.close("a.flow");
    }
    assert_eq!(client.exit(), 0);
}
