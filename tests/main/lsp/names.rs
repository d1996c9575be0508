//! Where names are used, and how they get another, in all files of a workspace.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Client, cursor};
use super::features::{FLOW, LIB, TOML};

const OTHER: &str = "import \"shared/lib.flow\"\nlet image = \"${registry}/日本🎉:${registry}\"\n@use(gpu) flow Other { step s { run \"true\" } }\n";

fn project() -> Client {
    let mut client = Client::new(&[
        ("flowbatch.toml", TOML),
        ("shared/lib.flow", LIB),
        ("other.flow", OTHER),
        (".hidden/other.flow", OTHER),
        ("lonely.flow", "let registry = 1 profile gpu {}"),
        ("a.flow", FLOW),
    ]);
    client.open("a.flow", FLOW);
    client
}

fn place(client: &Client, name: &str, marked: &str) -> Value {
    let text = std::fs::read_to_string(client.path().join(name)).unwrap();
    let plain = marked.replace('|', "");
    assert!(text.contains(&plain), "{marked}");
    let (_, line, column) = cursor(&text.replacen(&plain, marked, 1));
    json!({
        "textDocument": { "uri": client.uri(name) },
        "position": { "line": line, "character": column },
    })
}

/// `file line:column`, for each.
fn references(client: &mut Client, marked: &str, declaration: bool) -> String {
    let mut params = place(client, "a.flow", marked);
    params["context"] = json!({ "includeDeclaration": declaration });
    let found = client.ask("textDocument/references", params);
    let all = found.as_array().into_iter().flatten().map(|found| {
        let start = &found["range"]["start"];
        let uri = found["uri"].as_str().unwrap();
        format!(
            "{} {}:{}",
            client.plain(uri),
            start["line"],
            start["character"]
        )
    });
    all.collect::<Vec<_>>().join("\n")
}

#[test]
fn references_in_all_files() {
    let mut client = project();
    let mut seen = Vec::new();
    for marked in [
        "${reg|istry}",
        "@use(g|pu)",
        "param da|te",
        "next tra|in",
        "region in reg|ions",
        "\"$reg|ion\"",
        "flow Chu|rn",
    ] {
        seen.push(format!(
            "──── {marked}\n{}",
            references(&mut client, marked, true)
        ));
    }
    seen.push(format!(
        "──── without the definition\n{}",
        references(&mut client, "next tra|in", false)
    ));
    insta::assert_snapshot!(seen.join("\n"));
    let highlights = place(&client, "a.flow", "param da|te");
    let highlights = client.ask("textDocument/documentHighlight", highlights);
    assert_eq!(highlights.as_array().unwrap().len(), 5);
}

/// The files after a rename.
fn renamed(
    client: &mut Client,
    marked: &str,
    new: &str,
) -> Result<BTreeMap<String, String>, String> {
    let mut params = place(client, "a.flow", marked);
    params["newName"] = new.into();
    let id = client.request("textDocument/rename", params);
    let answer = client.answer(id);
    if let Some(message) = answer["error"]["message"].as_str() {
        return Err(client.plain(message));
    }
    let mut files = BTreeMap::new();
    for change in answer["result"]["documentChanges"].as_array().unwrap() {
        let uri = change["textDocument"]["uri"].as_str().unwrap();
        let name = client.plain(uri).replace("file:///test/", "");
        let version = if name == "a.flow" {
            json!(1)
        } else {
            Value::Null
        };
        assert_eq!(change["textDocument"]["version"], version, "{name}");
        let text = std::fs::read_to_string(client.path().join(&name)).unwrap();
        files.insert(name, applied(&text, change["edits"].as_array().unwrap()));
    }
    Ok(files)
}

/// A text after edits that are given in UTF-16 units.
pub(super) fn applied(text: &str, edits: &[Value]) -> String {
    let offset = |at: &Value| {
        let number = |key: &str| usize::try_from(at[key].as_u64().unwrap()).unwrap();
        let line: usize = text
            .split_inclusive('\n')
            .take(number("line"))
            .map(str::len)
            .sum();
        let mut units = 0;
        let rest = text[line..].char_indices();
        let mut rest = rest.skip_while(|(_, c)| {
            units += c.len_utf16();
            units <= number("character")
        });
        line + rest.next().map_or(text.len() - line, |(at, _)| at)
    };
    let mut edits: Vec<_> = edits
        .iter()
        .map(|edit| {
            let range = offset(&edit["range"]["start"])..offset(&edit["range"]["end"]);
            (range, edit["newText"].as_str().unwrap())
        })
        .collect();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut text = text.to_owned();
    for (range, new) in edits {
        text.replace_range(range, new);
    }
    text
}

#[test]
fn renames_in_all_files() {
    let mut client = project();
    for (marked, old, new) in [
        ("${reg|istry}", "registry", "pictures"),
        ("@use(g|pu)", "gpu", "large"),
        ("next tra|in", "train", "fit"),
        ("\"$reg|ion\"", "region", "place"),
        ("region in reg|ions", "regions", "places"),
        ("flow Chu|rn", "Churn", "Leave"),
    ] {
        let files = renamed(&mut client, marked, new).unwrap();
        for (name, text) in &files {
            let before = std::fs::read_to_string(client.path().join(name)).unwrap();
            let count = |text: &str, word: &str| {
                let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
                text.split(|c| !is_word(c))
                    .filter(|found| *found == word)
                    .count()
            };
            // What is left is no name: a comment, and what is called like a host.
            let left = count(text, old);
            assert_eq!(
                count(text, new) + left,
                count(&before, old),
                "{name}: {text}"
            );
            assert!(left <= 2, "{name}: {text}");
        }
        let expected: &[&str] = match old {
            "registry" | "gpu" => &["a.flow", "other.flow", "shared/lib.flow"],
            _ => &["a.flow"],
        };
        assert_eq!(files.keys().collect::<Vec<_>>(), expected, "{marked}");
    }
}

/// A param is renamed in scripts and in `flowbatch.toml`, and the flow is as it was.
#[test]
fn a_renamed_param_keeps_its_value() {
    let mut client = project();
    let files = renamed(&mut client, "param da|te", "day").unwrap();
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["a.flow", "flowbatch.toml"]
    );
    assert!(files["flowbatch.toml"].contains("\nday = \"2026-11-20\""));
    let flow = &files["a.flow"];
    assert!(
        flow.contains("echo 🎉 $day ${day}")
            && flow.contains("\\n $day\"")
            && flow.contains("\"echo\", day]")
    );
    assert_eq!(flow.matches("date").count(), 0);
}

#[test]
fn names_that_cannot_be() {
    let mut client = project();
    let mut seen = Vec::new();
    for (marked, new) in [
        ("next tra|in", "step"),
        ("next tra|in", "日本"),
        ("next tra|in", "START"),
        ("param da|te", "regions"),
        ("param da|te", "region"),
        ("param da|te", "PATH"),
        ("${reg|istry}", "image"),
        ("@use(g|pu)", ""),
        ("|# 🎉", "x"),
    ] {
        seen.push(format!(
            "{marked} → {new}: {}",
            renamed(&mut client, marked, new).unwrap_err()
        ));
    }
    let text = FLOW.replace("'$no'", "; date=1");
    client.replace("a.flow", &text);
    seen.push(renamed(&mut client, "param da|te", "day").unwrap_err());
    insta::assert_snapshot!(seen.join("\n"));
    let at = place(&client, "a.flow", "next tra|in");
    let prepared = client.ask("textDocument/prepareRename", at);
    assert_eq!(prepared["placeholder"], "train");
    let at = place(&client, "a.flow", "|# 🎉");
    assert_eq!(client.ask("textDocument/prepareRename", at), Value::Null);
}

/// A script that has the name where it is not followed keeps the whole flow as it is.
#[test]
fn names_that_scripts_read_without_a_dollar() {
    let flow = |run: &str| {
        format!("flow A {{\n  param n: int = 1\n  step s {{\n    run {run}\n  }}\n}}\n")
    };
    let mut client = Client::new(&[("a.flow", &flow("\"true\""))]);
    client.open("a.flow", &flow("\"true\""));
    let mut ask = |run: &str| {
        let text = flow(run);
        client.replace("a.flow", &text);
        let params = json!({
            "textDocument": { "uri": client.uri("a.flow") },
            "position": { "line": 1, "character": 8 },
            "newName": "count",
        });
        let id = client.request("textDocument/rename", params);
        let answer = client.answer(id);
        match answer["error"]["message"].as_str() {
            Some(message) => Err(message.to_owned()),
            None => {
                let change = &answer["result"]["documentChanges"][0];
                Ok(applied(&text, change["edits"].as_array().unwrap()))
            }
        }
    };
    for (run, new) in [
        (
            "\"echo $((n + 1)) ${n}\"",
            "\"echo $((count + 1)) ${count}\"",
        ),
        ("\"train --n $n --n=$n\"", "\"train --n $count --n=$count\""),
        ("\"echo \\\"a\\n$n\\\"\"", "\"echo \\\"a\\n$count\\\"\""),
        (
            "\"\"\"\n      # n of $n\n      if (( n > 3 )); then echo $n; fi\n    \"\"\"",
            "\"\"\"\n      # n of $n\n      if (( count > 3 )); then echo $count; fi\n    \"\"\"",
        ),
        ("[\"echo\", n]", "[\"echo\", count]"),
    ] {
        match ask(run) {
            Ok(text) => assert_eq!(text, flow(new).replace("param n", "param count")),
            Err(reason) => panic!("{run}: {reason}"),
        }
    }
    for script in [
        "let m=n+1",
        "[[ n -gt 3 ]]",
        "[ -v n ]",
        "export n",
        "unset n",
        "read n",
        "readarray n",
        "mapfile n",
        "printf -v n 1",
        "printenv n",
        "declare -x n",
        "local n",
        "readonly n",
        "getopts ab n",
        "for n in a; do true; done",
        "sh -c 'echo $n'",
        "envsubst '$n' < a",
        "python -c 'import os; os.environ[\\\"n\\\"]'",
        "let --n",
    ] {
        // As a string with escapes, and as one without.
        let raw = script.replace('\\', "");
        let raw = format!("\"\"\"\n      echo $n\n      {raw}\n    \"\"\"");
        for run in [format!("\"echo $n; {script}\""), raw] {
            let reason = ask(&run).expect_err(script);
            assert!(
                reason.contains("sets `n` itself") || reason.contains("has the word `n`"),
                "{script}: {reason}"
            );
        }
    }
    assert!(ask("[\"sh\", \"-c\", \"echo $n\"]").is_err());
    assert_eq!(
        ask("\"\"\"\n      printenv n\n    \"\"\"").unwrap_err(),
        "line 5 in the script of step `s` has the word `n` where it cannot be told whether the variable \
         is meant (`printenv n`): change that by hand first"
    );
}
