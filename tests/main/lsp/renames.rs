//! What a rename must not do: break a flow, or change what one compiles to.

use std::collections::BTreeMap;
use std::path::Path;

use flowbatch::Settings;
use flowbatch::source::Disk;
use serde_json::json;

use super::client::{Client, cursor};
use super::names::applied;

/// A workspace with these files after a rename at the `|` in one of them, or the reason why not.
fn rename(files: &[(&str, &str)], new: &str) -> Result<Client, String> {
    let (at, marked) = files.iter().find(|(_, text)| text.contains('|')).unwrap();
    let (text, line, column) = cursor(marked);
    let files: Vec<_> = files
        .iter()
        .map(|&(name, content)| (name, if name == *at { &text } else { content }))
        .collect();
    let mut client = Client::new(&files);
    client.open(at, &text);
    let params = json!({
        "textDocument": { "uri": client.uri(at) },
        "position": { "line": line, "character": column },
        "newName": new,
    });
    let id = client.request("textDocument/rename", params);
    let answer = client.answer(id);
    if let Some(message) = answer["error"]["message"].as_str() {
        return Err(client.plain(message));
    }
    for change in answer["result"]["documentChanges"].as_array().unwrap() {
        let uri = change["textDocument"]["uri"].as_str().unwrap();
        let path = uri.strip_prefix("file://").unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        std::fs::write(path, applied(&text, change["edits"].as_array().unwrap())).unwrap();
    }
    Ok(client)
}

/// What a flow compiles to.
fn compiled(folder: &Path, flow: &str, env: Option<&str>) -> String {
    let settings = Settings {
        env: env.map(str::to_owned),
        ..Settings::default()
    };
    let compiled = flowbatch::compile(&Disk, &folder.join(flow), &settings).unwrap();
    assert!(!compiled.checked.has_errors(), "{flow}");
    compiled.artifacts.unwrap().document()
}

const BATCH: &str = "@batch(queue=\"q\", image=\"i\", platform=\"ec2\")\n";

fn flow(name: &str, items: &str) -> String {
    format!("{BATCH}flow {name} {{\n{items}\n}}\n")
}

const KEYS: &str = "[params]\ndate = \"today\"\n\n[env.prod.params]\ndate = \"prod-date\"\n\n\
    [env.test]\nparams = { \"date\" = \"test-date\", other = 1 }\n";

/// A param has the values of its keys in every environment afterwards, and so have the other flows.
#[test]
fn a_renamed_param_keeps_its_values_in_every_environment() {
    let items = "  param da|te: string = \"default\"\n  step s { run \"echo $date\" }";
    let a = flow("A", items);
    let b = flow(
        "B",
        "  param other: int = 7\n  step s { run \"echo $other\" }",
    );
    // One of another project, with the same name.
    let c = flow("C", &items.replace('|', ""));
    let files = [
        ("flowbatch.toml", KEYS),
        ("a.flow", &*a),
        ("b.flow", &*b),
        ("c/flowbatch.toml", "[params]\ndate = \"c\"\n"),
        ("c/c.flow", &*c),
    ];
    let client = rename(&files, "day").unwrap();
    let toml = std::fs::read_to_string(client.path().join("flowbatch.toml")).unwrap();
    assert_eq!(
        toml,
        KEYS.replace("\"date\"", "day").replace("date =", "day =")
    );
    for (env, value) in [
        (None, "today"),
        (Some("prod"), "prod-date"),
        (Some("test"), "test-date"),
    ] {
        let document = compiled(client.path(), "a.flow", env);
        assert!(document.contains(value), "{env:?}: {document}");
    }
    assert!(compiled(client.path(), "b.flow", Some("test")).contains("\"1\""));
    assert!(compiled(client.path(), "c/c.flow", None).contains("\"c\""));
}

/// Every reason for which a rename is refused that only a check of all readers can tell, or the keys
/// that flows share.
#[test]
fn renames_that_would_break_a_flow() {
    let param = flow(
        "A",
        "  param da|te: string = \"d\"\n  step s { run \"echo $date\" }",
    );
    let lib = "let regi|stry = \"r\"\nprofile gpu { @batch(gpu=1) }\n";
    let importer =
        |head: &str, items: &str| format!("import \"lib.flow\"\n{head}{}", flow("B", items));
    let step = "  step s { run \"true\" }";
    let between = "import \"lib.flow\"\n";
    type Files = Vec<(&'static str, String)>;
    let cases: BTreeMap<&str, (Files, &str)> = BTreeMap::from([
        (
            "a key that another flow shares",
            (
                vec![
                    ("flowbatch.toml", KEYS.to_owned()),
                    ("a.flow", param.clone()),
                    (
                        "sub/b.flow",
                        flow("B", &format!("  param date: string = \"d\"\n{step}")),
                    ),
                ],
                "day",
            ),
        ),
        (
            "a key that another flow would have",
            (
                vec![
                    ("flowbatch.toml", KEYS.to_owned()),
                    ("a.flow", param.clone()),
                    (
                        "b.flow",
                        flow("B", &format!("  param day: string = \"d\"\n{step}")),
                    ),
                ],
                "day",
            ),
        ),
        (
            "a key that is there",
            (
                vec![
                    (
                        "flowbatch.toml",
                        "[env.prod.params]\nday = \"x\"\n".to_owned(),
                    ),
                    ("a.flow", param.clone()),
                ],
                "day",
            ),
        ),
        (
            "keys that cannot be read",
            (
                vec![
                    ("flowbatch.toml", "[params]\ndate = \n".to_owned()),
                    ("a.flow", param.clone()),
                ],
                "day",
            ),
        ),
        (
            "a param of an importing flow",
            (
                vec![
                    ("lib.flow", lib.to_owned()),
                    (
                        "b.flow",
                        importer("", &format!("  param tok: int = 1\n{step}")),
                    ),
                ],
                "tok",
            ),
        ),
        (
            "a let of a flow that imports by way of another library",
            (
                vec![
                    ("lib.flow", lib.to_owned()),
                    ("between.flow", between.to_owned()),
                    (
                        "b.flow",
                        importer("let tok = 1\n", step).replace("lib.flow", "between.flow"),
                    ),
                ],
                "tok",
            ),
        ),
        (
            "a foreach variable of an importing flow",
            (
                vec![
                    ("lib.flow", lib.to_owned()),
                    (
                        "b.flow",
                        importer(
                            "",
                            "  step s { run \"true\" next t foreach tok in 0..2 }\n  step t { run \"true\" }",
                        ),
                    ),
                ],
                "tok",
            ),
        ),
        (
            "a profile of an importing flow",
            (
                vec![
                    (
                        "lib.flow",
                        lib.replace("regi|stry", "registry")
                            .replace("gpu {", "gp|u {"),
                    ),
                    ("b.flow", importer("profile tok { @batch(cpu=1) }\n", step)),
                ],
                "tok",
            ),
        ),
        (
            "a variable of @environment",
            (
                vec![(
                    "a.flow",
                    flow(
                        "A",
                        "  param da|te: string = \"d\"\n  @environment(vars={ TODAY = \"x\" })\n  step s { run \"echo $date\" }",
                    ),
                )],
                "TODAY",
            ),
        ),
        (
            "the first step",
            (
                vec![(
                    "a.flow",
                    flow("A", "  step a { run \"true\" }\n  step b| { run \"true\" }"),
                )],
                "start",
            ),
        ),
        (
            "the name of a job definition",
            (
                vec![(
                    "a.flow",
                    flow(
                        "P",
                        "  @batch(job_definition_name=\"P-z\")\n  step b { run \"true\" }\n  step c| { run \"true\" }",
                    ),
                )],
                "z",
            ),
        ),
        (
            "a variable that a script has from elsewhere",
            (
                vec![(
                    "a.flow",
                    flow(
                        "A",
                        "  param da|te: string = \"d\"\n  step s { run \"echo $date $FROM_IMAGE\" }",
                    ),
                )],
                "FROM_IMAGE",
            ),
        ),
    ]);
    let seen = cases.into_iter().map(|(what, (files, new))| {
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        match rename(&files, new) {
            Ok(_) => format!("──── {what}\naccepted"),
            Err(reason) => format!("──── {what}\n{reason}"),
        }
    });
    insta::assert_snapshot!(seen.collect::<Vec<_>>().join("\n"));
}

/// A name may stay as it is, whoever else has it.
#[test]
fn the_same_name_again() {
    let items = "  param da|te: string = \"d\"\n  step s { run \"echo $date\" }";
    let (a, b) = (flow("A", items), flow("B", &items.replace('|', "")));
    let files = [("flowbatch.toml", KEYS), ("a.flow", &*a), ("b.flow", &*b)];
    assert!(rename(&files, "date").is_ok());
}

/// What was wrong before does not stand in the way, nor does a flow that reads nothing of it.
#[test]
fn errors_that_are_there_already_are_no_reason() {
    let lib = "let regi|stry = \"r\"\n";
    let wrong = format!(
        "import \"lib.flow\"\n{}",
        flow(
            "B",
            "  step s { run [\"echo\", registry, tok] }\n  step s { run \"true\" next none }"
        )
    );
    let stranger = format!(
        "import \"else.flow\"\n{}",
        flow("C", "  param tok: int = 1\n  step s { run \"x\" next no }")
    );
    let files = [
        ("lib.flow", lib),
        ("else.flow", "let registry = 1\n"),
        ("b.flow", &*wrong),
        ("c.flow", &*stranger),
    ];
    let client = rename(&files, "token").unwrap();
    let read = |name: &str| std::fs::read_to_string(client.path().join(name)).unwrap();
    assert_eq!(read("b.flow"), wrong.replace("registry", "token"));
    assert_eq!(read("c.flow"), stranger);
}
