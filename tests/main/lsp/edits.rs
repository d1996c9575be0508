//! After any sequence of edits the server has the text that its client has, and finds wrong in it what
//! it finds in that text when it is opened; and what it lays out is what the command does. The fuzzer has
//! this file too.

use std::io::Cursor;

use flowbatch::Settings;
use serde_json::{Value, json};

const URI: &str = "file:///flowbatch-edits/main.flow";

/// An edit as a client says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Edit {
    /// Line and column of its two ends; `None` replaces the whole text.
    pub(crate) range: Option<[(u32, u32); 2]>,
    /// The new text.
    pub(crate) text: String,
}

/// What a column counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Units {
    /// Bytes.
    Utf8,
    /// UTF-16 code units.
    Utf16,
}

impl Edit {
    /// What a client has afterwards that had `text`.
    fn apply(&self, text: &str, units: Units) -> String {
        let Some([start, end]) = self.range else {
            return self.text.clone();
        };
        let start = offset(text, start, units);
        let end = offset(text, end, units).max(start);
        format!("{}{}{}", &text[..start], self.text, &text[end..])
    }

    fn json(&self) -> Value {
        let at = |(line, character): (u32, u32)| json!({ "line": line, "character": character });
        match self.range {
            None => json!({ "text": self.text }),
            Some([start, end]) => {
                json!({ "range": { "start": at(start), "end": at(end) }, "text": self.text })
            }
        }
    }
}

/// The byte of a place, found by walking from the start, character by character.
fn offset(text: &str, (line, column): (u32, u32), units: Units) -> usize {
    let (mut at_line, mut at_column) = (0, 0);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let width = match units {
            Units::Utf8 => c.len_utf8(),
            Units::Utf16 => c.len_utf16(),
        };
        let width = u32::try_from(width).expect("at most 4");
        let ends = c == '\n' || c == '\r';
        if at_line == line && (ends || at_column + width > column) {
            return at;
        }
        if ends {
            if c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n') {
                chars.next();
            }
            (at_line, at_column) = (at_line + 1, 0);
        } else {
            at_column += width;
        }
    }
    text.len()
}

/// Holds the law of a text and notifications of edits, several in each.
pub(crate) fn law(text: &str, notifications: &[Vec<Edit>], units: Units) {
    let mut expected = text.to_owned();
    for edit in notifications.iter().flatten() {
        expected = edit.apply(&expected, units);
    }
    let edited = converse(text, notifications, units);
    assert_eq!(edited.0, expected);
    // The same messages, so that the same versions are checked.
    let whole = Edit {
        range: None,
        text: expected.clone(),
    };
    let mut at_once = vec![Vec::new(); notifications.len()];
    if let Some(last) = at_once.last_mut() {
        last.push(whole);
        let opened = converse("", &at_once, units);
        assert_eq!(edited, opened, "{expected}");
    }
}

/// A client that formats a text has what `flowbatch fmt` makes of it.
pub(crate) fn layout(text: &str, units: Units) {
    let said = talk(
        text,
        vec![
            json!({ "id": 2, "method": "textDocument/formatting", "params": {
            "textDocument": { "uri": URI }, "options": { "tabSize": 2, "insertSpaces": true } } }),
        ],
        units,
    );
    let answer = said.iter().find(|message| message["id"] == 2);
    let edits = answer.and_then(|answer| answer["result"].as_array());
    let mut formatted = text.to_owned();
    // There is one at most.
    for edit in edits.expect("edits") {
        let at = |end: &str| {
            let at = |key: &str| u32::try_from(edit["range"][end][key].as_u64()?).ok();
            (
                at("line").expect("a line"),
                at("character").expect("a column"),
            )
        };
        let edit = Edit {
            range: Some([at("start"), at("end")]),
            text: edit["newText"].as_str().expect("a text").to_owned(),
        };
        formatted = edit.apply(&formatted, units);
    }
    assert_eq!(formatted, flowbatch::format(text));
}

/// The server's text after a whole conversation, and the diagnostics that it published last.
fn converse(text: &str, notifications: &[Vec<Edit>], units: Units) -> (String, Value) {
    let document = json!({ "uri": URI });
    let mut messages = Vec::new();
    for (version, edits) in notifications.iter().enumerate() {
        let edits: Vec<Value> = edits.iter().map(Edit::json).collect();
        messages.push(
            json!({ "method": "textDocument/didChange", "params": { "contentChanges": edits,
            "textDocument": { "uri": URI, "version": version + 1 } } }),
        );
        // So that every version is looked at.
        messages.push(json!({ "id": 2, "method": "textDocument/documentSymbol",
            "params": { "textDocument": document } }));
    }
    messages.push(json!({ "id": 3, "method": "flowbatch/text", "params": document }));
    let (mut text_now, mut diagnostics) = (None, Value::Null);
    for mut message in talk(text, messages, units) {
        if message["id"] == 3 {
            text_now = message["result"].as_str().map(str::to_owned);
        }
        if message["method"] == "textDocument/publishDiagnostics" {
            diagnostics = message["params"].take();
        }
    }
    (text_now.expect("an answer"), diagnostics)
}

/// All that a server says to a client that opens a text and says some messages then.
fn talk(text: &str, messages: Vec<Value>, units: Units) -> Vec<Value> {
    let encoding = match units {
        Units::Utf8 => "utf-8",
        Units::Utf16 => "utf-16",
    };
    let opening = [
        json!({ "id": 1, "method": "initialize", "params": { "processId": null, "rootUri": null,
            "capabilities": { "general": { "positionEncodings": [encoding] } } } }),
        json!({ "method": "initialized", "params": {} }),
        json!({ "method": "textDocument/didOpen", "params": { "textDocument":
            { "uri": URI, "languageId": "flow", "version": 0, "text": text } } }),
    ];
    let mut input = Vec::new();
    for mut message in opening.into_iter().chain(messages) {
        message["jsonrpc"] = "2.0".into();
        let message = message.to_string();
        input.extend(format!("Content-Length: {}\r\n\r\n{message}", message.len()).bytes());
    }
    let mut output = Vec::new();
    let ended = flowbatch::lsp::run(Cursor::new(input), &mut output, Settings::default());
    assert!(!ended.expect("it is writable"), "there was no exit");
    let mut said = Vec::new();
    let mut rest = std::str::from_utf8(&output).expect("UTF-8");
    while let Some(at) = rest.find("\r\n\r\n") {
        let (head, body) = rest.split_at(at + 4);
        let length = head.trim().strip_prefix("Content-Length: ");
        let length: usize = length.and_then(|n| n.parse().ok()).expect("a length");
        let message: Value = serde_json::from_str(&body[..length]).expect("JSON");
        rest = &body[length..];
        assert!(message.get("error").is_none(), "{message}");
        said.push(message);
    }
    said
}
