//! What the server answers about one small project.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::client::{Client, cursor};

pub(super) const TOML: &str = "python = \"3.12\"\n\n[batch]\niam_role = \"arn:aws:iam::123456789012:role/task\"\n\n\
    [params]\ndate = \"2026-11-20\"\n\n[queues.ml-dev]\nplatform = \"ec2\"\n\n[queues.ml-gpu]\nplatform = \"ec2\"\n";

pub(super) const LIB: &str = "## Where images come from.\nlet registry = \"registry.example.com\"\n\n\
    ## For training.\nprofile gpu {\n  @batch(gpu=1, memory=60GiB, queue=\"ml-gpu\")\n}\n";

pub(super) const FLOW: &str = r#"# 🎉 日本
import "shared/lib.flow"

let regions = ["eu", "us"]

## Nightly 🎉 model.
@batch(aws_batch_tags={ team = "日本" }, queue="ml-dev", image="${registry}/churn:1")
flow Churn {
  ## The day.
  param date: string
  param shards: int = 16

  ## Prepares.
  @batch(cpu=2, memory=8GiB)
  step start {
    run "echo 🎉 $date ${date}"
    next train foreach region in regions
  }

  @use(gpu)
  @batch(
    shared_memory=1GiB,
    ulimits=[{ name = "nofile", soft = 1, hard = 2 }],
  )
  step train {
    run """
      # 日本 $region
      echo "\n $date" '$no' "$region"
    """
    next evaluate
  }

  gather evaluate { run ["echo", date] }
}
"#;

pub(super) fn project() -> Client {
    let files = [
        ("flowbatch.toml", TOML),
        ("shared/lib.flow", LIB),
        ("a.flow", FLOW),
    ];
    Client::new(&files)
}

/// Opens the flow; there is nothing wrong with it.
fn opened() -> Client {
    let mut client = project();
    client.open("a.flow", FLOW);
    assert_eq!(client.diagnostics("a.flow"), [] as [Value; 0]);
    client
}

/// The line and column of the first `|…` in the flow, given with its `|`.
fn place_of(marked: &str) -> (usize, usize) {
    let plain = marked.replace('|', "");
    let text = FLOW.replacen(&plain, marked, 1);
    assert_ne!(text, FLOW, "{marked}");
    let (_, line, column) = cursor(&text);
    (line, column)
}

#[test]
fn hover() {
    let mut client = opened();
    let mut shown = String::new();
    for place in [
        "import \"sh|ared",
        "@ba|tch(cpu",
        "que|ue=\"ml-dev\"",
        "\"ml-|dev\"",
        "${reg|istry}",
        "flow |Churn",
        "memory|=8GiB",
        "8G|iB",
        "echo 🎉 $d|ate",
        "next tra|in",
        "@use(g|pu)",
        "na|me = \"nofile\"",
        "soft| = 1",
        "日本 $re|gion",
        "step tr|ain",
        "[\"echo\", dat|e]",
        "|# 🎉",
    ] {
        let (line, column) = place_of(place);
        let hover = client.at("hover", "a.flow", line, column);
        let text = hover["contents"]["value"].as_str().unwrap_or("nothing");
        let _ = writeln!(shown, "──── {place} {}\n{text}\n", hover["range"]);
    }
    insta::assert_snapshot!(client.plain(&shown));
}

/// The labels, and how the first few are written.
fn completions(client: &mut Client, marked: &str) -> String {
    let (text, line, column) = cursor(marked);
    client.replace("a.flow", &text);
    let found = client.at("completion", "a.flow", line, column);
    let items = found.as_array().cloned().unwrap_or_default();
    let labels: Vec<&str> = items
        .iter()
        .map(|item| item["label"].as_str().unwrap())
        .collect();
    let mut shown = labels.join(" ");
    for item in items.iter().take(2) {
        let edit = &item["textEdit"];
        let (start, end) = (&edit["range"]["start"], &edit["range"]["end"]);
        let _ = write!(
            shown,
            "\n    {} {}:{}-{}:{} {} ({})",
            item["label"],
            start["line"],
            start["character"],
            end["line"],
            end["character"],
            edit["newText"],
            item["detail"]
        );
    }
    shown
}

#[test]
fn completion() {
    let mut client = opened();
    let head = "import \"shared/lib.flow\"\nlet list = [1]\n";
    let mut shown = String::new();
    for place in [
        "|",
        "@|",
        "@ba|",
        "import \"|\"",
        "import \"shared/|",
        "@batch(queue=\"m|\") flow A {}",
        "@batch(queue=|) flow A {}",
        "@batch(cpu=1, pl|) flow A {}",
        "@batch(cpu=1, platform=|",
        "@batch(privileged=|",
        "@batch(log_driver=\"aw|s\")\nflow A {}",
        "@batch(ulimits=[{|",
        "@batch(ulimits=[{ name = |",
        "@batch(efs_volumes=[{ id = \"fs-1\", |}])",
        "@retry(on=[\"|\"])",
        "@use(|)",
        "@batch(image=\"🎉${re|}\")",
        "flow A {\n  |\n}",
        "flow A {\n  param x: |\n}",
        "flow A {\n  param x: int = |\n}",
        "flow A {\n  step 日 {}\n  step s {\n    |\n  }\n}",
        "flow A {\n  step s {\n    next |\n  }\n  step t {}\n  step u {}\n}",
        "flow A {\n  step s {\n    next t, |\n  }\n  step t {}\n  step u {}\n}",
        "flow A {\n  step s {\n    next t |\n  }\n  step t {}\n}",
        "flow A {\n  step s { next t foreach x |}\n  step t {}\n}",
        "flow A {\n  step s { next t foreach x in |}\n  step t {}\n}",
        "flow A {\n  step s { next wanted }\n  step |\n}",
        "flow A {\n  param date: string\n  step s { next t foreach item in list }\n  step t { run \"🎉 $|\" }\n}",
        "flow A {\n  param date: string\n  step t { run [\"echo\", |] }\n}",
        "flow A {\n  @|\n  step t { run \"true\" }\n}",
        "profile p {\n  @|\n}",
        "profile p {\n  |\n}",
        "flow A { step t { run \"no | thing\" } }",
        "# no | thing",
        "flow |",
    ] {
        let found = completions(&mut client, &format!("{head}{place}"));
        let _ = writeln!(shown, "──── {}\n{found}", place.replace('\n', "⏎"));
    }
    insta::assert_snapshot!(shown);
}

/// What stands behind a word stays there alone.
#[test]
fn completion_brings_nothing_that_is_there() {
    let plain = json!({ "textDocument": { "completion": { "completionItem": { "snippetSupport": false } } } });
    for differs in [json!({}), plain] {
        let mut client = Client::with(&[("flowbatch.toml", TOML), ("lib.flow", LIB)], &differs);
        for (marked, label, expected) in [
            ("@batch(me|=4GiB)", "memory", "@batch(memory=4GiB)"),
            ("@batch(|=4GiB)", "memory", "@batch(memory=4GiB)"),
            ("@batch(|mem=4GiB)", "memory", "@batch(memory=4GiB)"),
            (
                "@batch(me| # 🎉\n : 4GiB)",
                "memory",
                "@batch(memory # 🎉\n : 4GiB)",
            ),
            (
                "@batch(pla|tform = \"ec2\")",
                "platform",
                "@batch(platform = \"ec2\")",
            ),
            (
                "@batch(pla| \"ec2\")",
                "platform",
                "@batch(platform \"ec2\")",
            ),
            (
                "@batch(platform=|\"ec2\")",
                "\"fargate\"",
                "@batch(platform=\"fargate\")",
            ),
            (
                "@batch(ulimits=[{ na|= \"core\" }])",
                "name",
                "@batch(ulimits=[{ name= \"core\" }])",
            ),
            ("@ba|(cpu=2)", "batch", "@batch(cpu=2)"),
            ("@|bat (cpu=2)", "batch", "@batch (cpu=2)"),
            ("imp| \"lib.flow\"", "import", "import \"lib.flow\""),
            ("import |\"li.flow\"", "lib.flow", "import \"lib.flow\""),
            ("fl| A {}", "flow", "flow A {}"),
            ("le| x = 1", "let", "let x = 1"),
            ("flow A { pa| x: int }", "param", "flow A { param x: int }"),
            ("flow A { st| s {} }", "step", "flow A { step s {} }"),
            (
                "flow A { step s { ru| \"x\" } }",
                "run",
                "flow A { step s { run \"x\" } }",
            ),
            (
                "flow A { step s { ru|[\"x\"] } }",
                "run",
                "flow A { step s { run[\"x\"] } }",
            ),
            (
                "flow A { step s { ne| t } }",
                "next",
                "flow A { step s { next t } }",
            ),
            (
                "flow A { step s { next t fore| x in [1] } }",
                "foreach",
                "flow A { step s { next t foreach x in [1] } }",
            ),
            (
                "flow A { step s { next ghost } step gh| {} }",
                "ghost",
                "flow A { step s { next ghost } step ghost {} }",
            ),
            (
                "flow A { step s { next ghost } step | {} }",
                "ghost",
                "flow A { step s { next ghost } step ghost {} }",
            ),
        ] {
            let (text, line, column) = cursor(marked);
            client.open("a.flow", &text);
            let found = client.at("completion", "a.flow", line, column);
            client.close("a.flow");
            let mut items = found.as_array().into_iter().flatten();
            let item = items.find(|item| item["label"] == label);
            let edit = &item.unwrap_or_else(|| panic!("{label} at {marked}"))["textEdit"];
            assert_eq!(edit["range"]["start"]["line"], edit["range"]["end"]["line"]);
            let at = |end: &str| {
                let column = edit["range"][end]["character"].as_u64().unwrap();
                usize::try_from(column).unwrap()
            };
            // All before the place is of ASCII.
            let new = edit["newText"].as_str().unwrap();
            let mended = format!("{}{new}{}", &text[..at("start")], &text[at("end")..]);
            assert_eq!(mended, expected, "{marked}");
        }
    }
}

#[test]
fn no_snippets_for_clients_that_take_none() {
    let snippets = json!({ "textDocument": { "completion": { "completionItem": { "snippetSupport": false } } } });
    let mut client = Client::with(&[], &snippets);
    client.open("a.flow", "@batch()");
    let found = client.at("completion", "a.flow", 0, 7);
    for item in found.as_array().unwrap() {
        assert_eq!(item["insertTextFormat"], 1, "{item}");
        assert!(
            !item["textEdit"]["newText"].as_str().unwrap().contains('$'),
            "{item}"
        );
    }
}

#[test]
fn signatures() {
    let mut client = opened();
    let (line, column) = place_of("memory=8|GiB");
    let found = client.at("signatureHelp", "a.flow", line, column);
    let signature = &found["signatures"][0];
    let active = usize::try_from(signature["activeParameter"].as_u64().unwrap()).unwrap();
    let range = &signature["parameters"][active]["label"];
    let at = |n: usize| usize::try_from(range[n].as_u64().unwrap()).unwrap();
    let label = signature["label"].as_str().unwrap();
    assert_eq!(&label[at(0)..at(1)], "memory");
    let (line, column) = place_of("@use(g|pu)");
    let found = client.at("signatureHelp", "a.flow", line, column);
    assert_eq!(found["signatures"][0]["label"], "@use(profile, …)");
    assert_eq!(client.at("signatureHelp", "a.flow", 0, 0), Value::Null);
}

#[test]
fn symbols_and_folds() {
    let mut client = opened();
    let symbols = client.of("documentSymbol", "a.flow");
    let mut shown = String::new();
    outline(&symbols, 0, &mut shown);
    for fold in client.of("foldingRange", "a.flow").as_array().unwrap() {
        let _ = writeln!(
            shown,
            "{}-{} {}",
            fold["startLine"], fold["endLine"], fold["kind"]
        );
    }
    let found = client.ask("workspace/symbol", json!({ "query": "gi" }));
    for symbol in found.as_array().unwrap() {
        let at = &symbol["location"];
        let _ = writeln!(
            shown,
            "{} {} {}",
            symbol["name"], at["uri"], at["range"]["start"]
        );
    }
    insta::assert_snapshot!(client.plain(&shown));
}

fn outline(symbols: &Value, depth: usize, shown: &mut String) {
    for symbol in symbols.as_array().into_iter().flatten() {
        let range = |range: &str| {
            let at = |end: &str| {
                let at = &symbol[range][end];
                format!("{}:{}", at["line"], at["character"])
            };
            format!("{}-{}", at("start"), at("end"))
        };
        let _ = writeln!(
            shown,
            "{:indent$}{} {} {} kind {} in {}",
            "",
            symbol["name"].as_str().unwrap(),
            symbol["detail"],
            range("selectionRange"),
            symbol["kind"],
            range("range"),
            indent = depth * 2
        );
        outline(&symbol["children"], depth + 1, shown);
    }
}

/// Each token with its text, as `text:type`.
#[test]
fn semantic_tokens() {
    let mut client = opened();
    let mut utf8 = Client::with(
        &[("flowbatch.toml", TOML), ("shared/lib.flow", LIB)],
        &json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } }),
    );
    utf8.open("a.flow", FLOW);
    let wide = tokens(
        &client.of("semanticTokens/full", "a.flow"),
        |line, start, length| {
            let units: Vec<u16> = line.encode_utf16().collect();
            String::from_utf16(&units[start..start + length]).unwrap()
        },
    );
    let narrow = tokens(
        &utf8.of("semanticTokens/full", "a.flow"),
        |line, start, length| line[start..start + length].to_owned(),
    );
    assert_eq!(wide, narrow);
    insta::assert_snapshot!(wide);
    let params = json!({
        "textDocument": { "uri": client.uri("a.flow") },
        "range": { "start": { "line": 6, "character": 0 }, "end": { "line": 7, "character": 0 } },
    });
    let part = client.ask("textDocument/semanticTokens/range", params);
    assert_eq!(part["data"][0], 6);
}

fn tokens(result: &Value, text: impl Fn(&str, usize, usize) -> String) -> String {
    const TYPES: [&str; 12] = [
        "keyword",
        "comment",
        "string",
        "number",
        "type",
        "decorator",
        "property",
        "class",
        "function",
        "parameter",
        "variable",
        "struct",
    ];
    let numbers: Vec<usize> = result["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|number| usize::try_from(number.as_u64().unwrap()).unwrap())
        .collect();
    let lines: Vec<&str> = FLOW.lines().collect();
    let (mut line, mut column) = (0, 0);
    let mut shown = String::new();
    for token in numbers.chunks(5) {
        if token[0] > 0 {
            (line, column) = (line + token[0], 0);
            shown.push('\n');
        }
        column += token[1];
        let text = text(lines[line], column, token[2]);
        let modifiers = ["", "+", "!", "!+"][token[4]];
        let _ = write!(shown, "‹{text}›{}{modifiers} ", TYPES[token[3]]);
    }
    shown.replace(" \n", "\n")
}

#[test]
fn inlay_hints() {
    let mut client = opened();
    let params = json!({
        "textDocument": { "uri": client.uri("a.flow") },
        "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 999, "character": 0 } },
    });
    let hints = client.ask("textDocument/inlayHint", params);
    let lines: Vec<&str> = FLOW.lines().collect();
    let mut shown = String::new();
    for hint in hints.as_array().unwrap() {
        let at = |key: &str| usize::try_from(hint["position"][key].as_u64().unwrap()).unwrap();
        let (line, column) = (lines[at("line")], at("character"));
        let _ = writeln!(
            shown,
            "{}‹{}›{}",
            &line[..column],
            hint["label"].as_str().unwrap(),
            &line[column..]
        );
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn definitions() {
    let mut client = opened();
    let mut shown = String::new();
    for place in [
        "shared/|lib",
        "${regi|stry}",
        "\"ml-d|ev\"",
        "next tr|ain",
        "region in reg|ions",
        "🎉 $d|ate ${",
        "${dat|e}",
        "@use(gp|u)",
        "\"\\n $da|te\"",
        "\"$regio|n\"",
        "'$n|o'",
        "\", da|te]",
        "next eva|luate",
        "cp|u=2",
    ] {
        let (line, column) = place_of(place);
        let found = client.at("definition", "a.flow", line, column);
        let start = &found["range"]["start"];
        let _ = writeln!(
            shown,
            "{place} → {} {}:{}",
            found["uri"], start["line"], start["character"]
        );
    }
    insta::assert_snapshot!(client.plain(&shown));
}

#[test]
fn formatting() {
    let mut client = opened();
    client.replace("a.flow", &flowbatch::format(FLOW));
    assert_eq!(client.of("formatting", "a.flow"), json!([]));
    client.replace("a.flow", "# 🎉\nflow A{step 日{}   step s{run \"🎉\"}}\n");
    let edits = client.of("formatting", "a.flow");
    insta::assert_snapshot!(serde_json::to_string_pretty(&edits).unwrap());
}

/// The labels of what is offered at the `|` of a text.
fn offered(client: &mut Client, name: &str, marked: &str) -> Vec<String> {
    let (text, line, column) = cursor(marked);
    client.open(name, &text);
    let found = client.at("completion", name, line, column);
    client.close(name);
    let items = found.as_array().into_iter().flatten();
    items
        .map(|item| item["label"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn only_what_can_be_there_is_offered() {
    let mut client = Client::new(&[
        ("library.flow", "let a = [\"a flow B {}\"]"),
        ("other.flow", "# flow B {}\nprofile flows {}"),
        ("flow.flow", "let a = 1\nflow B {}"),
        ("folder/c.flow", ""),
    ]);
    // Neither a flow nor the file itself.
    let found = offered(&mut client, "library.flow", "import \"|\"");
    assert_eq!(found, ["folder/", "other.flow"]);
    let head = "let list = [1]\nlet same = list\nlet one = 1\nlet round = round\nflow A {\n  param n: int\n";
    let marked = format!("{head}  step s {{ next t foreach x in | }}\n  step t {{}}\n}}");
    assert_eq!(offered(&mut client, "a.flow", &marked), ["list", "same"]);
    let marked = marked.replace("in |", "in 0..|");
    assert!(offered(&mut client, "a.flow", &marked).contains(&"n".to_owned()));
}

#[test]
fn hover_names_a_place_once() {
    let mut client = Client::new(&[]);
    let marked = "@batch(queue=\"q\", image=\"i\", platform=\"ec2\") @environment(vars={ a = \"1\" }) flow A { \
                  @environment(vars={ b = \"2\" }) step s| { run \"true\" } }";
    let (text, line, column) = cursor(marked);
    client.open("a.flow", &text);
    let found = client.at("hover", "a.flow", line, column);
    let said = found["contents"]["value"].as_str().unwrap();
    let row = said
        .lines()
        .find(|line| line.contains("environment"))
        .unwrap();
    assert_eq!(row.matches("a.flow:1").count(), 1, "{row}");
}
