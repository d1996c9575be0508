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
