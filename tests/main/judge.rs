//! An independent judge of what is emitted: the rules of cdk-preflight, most of which quote what the
//! live service answers, in AWS' own engine for CloudFormation templates.
//!
//! `judge.toml` is the table of its rules, and of who refuses first what they refuse; `docs/judge.md`
//! is made from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use flowbatch::Artifacts;
use flowbatch::batch::shapes::{self, Shape};
use flowbatch::codes;
use flowbatch::diagnostic::Severity;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use toml_edit::{Document, TableLike};

use super::emitted::{fixtures, generated};
use super::input::{Input, Output, quoted};
use super::reference::hold;

/// The rules, and the engine. Both come without dependencies.
const PACKAGES: [&str; 2] = [
    "cdk-preflight@0.0.143",
    "@aws/cloudformation-validate@1.9.0-beta",
];

/// What `raw` is told that says what it must not.
const RAW: &str = "raw-managed";

/// A folder that the packages are installed in; `None` if they cannot be had.
static FOLDER: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let made = install();
    if let Err(error) = &made {
        // `.ci/run` has Node and the network.
        assert!(std::env::var_os("CI").is_none(), "{PACKAGES:?}: {error}");
        // Past the capture of the test harness: what was not tried must be seen.
        let _ = writeln!(
            std::io::stderr(),
            "\nNOT TESTED: definitions with {PACKAGES:?}, since they cannot be installed: {error}\n"
        );
    }
    made.ok()
});

fn install() -> Result<PathBuf, String> {
    let run = |command: &mut Command| match command.output() {
        Ok(ran) if ran.status.success() => Ok(()),
        Ok(ran) => Err(String::from_utf8_lossy(&ran.stderr).into_owned()),
        Err(error) => Err(format!("{}: {error}", command.get_program().display())),
    };
    run(Command::new("node").arg("--version"))?;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join(PACKAGES.join("+").replace('/', "-"));
    if folder.exists() {
        return Ok(folder);
    }
    // Another run of the tests may do the same: the folder gets its name when it is complete.
    let new = tempfile::tempdir_in(target).map_err(|error| error.to_string())?;
    run(Command::new("npm")
        .args(["install", "--no-save", "--no-audit", "--no-fund"])
        // One asks for the AWS CDK, which it needs for what is not used here.
        .args(["--ignore-scripts", "--legacy-peer-deps", "--prefix"])
        .arg(new.path())
        .args(PACKAGES)
        .current_dir(new.path()))?;
    match fs::rename(new.path(), &folder) {
        Err(error) if !folder.exists() => Err(error.to_string()),
        _ => Ok(folder),
    }
}

/// What the judge says against a definition, a warning or worse.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: String,
    severity: String,
    message: String,
}

/// What the judge said.
#[derive(Deserialize)]
struct Answer {
    /// The ids of its rules for job definitions.
    rules: BTreeSet<String>,
    /// A list for each definition.
    verdicts: Vec<Vec<Finding>>,
}

/// What it said to every definition that a test asks about: one process for all of them.
struct Judged {
    rules: BTreeSet<String>,
    verdicts: BTreeMap<String, Vec<Finding>>,
}

static JUDGED: LazyLock<Option<Judged>> = LazyLock::new(|| {
    let folder = FOLDER.as_deref()?;
    let mut texts: BTreeMap<String, Value> = BTreeMap::new();
    let mut add = |definition: Value| {
        let properties = properties(shapes::register_job_definition(), &definition);
        texts.insert(definition.to_string(), properties);
    };
    EMITTED
        .iter()
        .for_each(|(_, definition)| add(definition.clone()));
    TABLE.bases.values().for_each(|base| add(base.definition()));
    TABLE.rules.iter().for_each(|rule| add(rule.broken()));
    for one in &TABLE.disagreements {
        add(TABLE.changed(&one.base, &one.change));
    }
    let definitions: Vec<&Value> = texts.values().collect();
    let mut child = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/main/judge.mjs"))
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let mut stdin = child.stdin.take().expect("piped");
    stdin
        .write_all(json!(definitions).to_string().as_bytes())
        .expect("it reads all of it first");
    drop(stdin);
    let ended = child.wait_with_output().expect("node ends");
    assert!(ended.status.success(), "the judge failed");
    let answer: Answer = serde_json::from_slice(&ended.stdout).expect("an answer");
    assert_eq!(answer.verdicts.len(), definitions.len());
    Some(Judged {
        rules: answer.rules,
        verdicts: texts.into_keys().zip(answer.verdicts).collect(),
    })
});

impl Judged {
    fn findings(&self, definition: &Value) -> &[Finding] {
        &self.verdicts[&definition.to_string()]
    }
}

/// A request of RegisterJobDefinition as CloudFormation has it: members begin with a capital, the
/// keys of maps stay as they are.
fn properties(shape: &Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::Structure(structure), Value::Object(members)) => {
            let converted = members.iter().map(|(name, value)| {
                let mut letters = name.chars();
                let first = letters.next().map(|first| first.to_ascii_uppercase());
                let value = structure
                    .member(name)
                    .map_or_else(|| value.clone(), |member| properties(&member.shape, value));
                let name = match name.as_str() {
                    "s3filesVolumeConfiguration" => "S3FilesVolumeConfiguration".to_owned(),
                    _ => first.into_iter().chain(letters).collect(),
                };
                (name, value)
            });
            Value::Object(converted.collect())
        }
        (Shape::Map(_, shape, _), Value::Object(entries)) => {
            let converted = entries.iter();
            let converted = converted.map(|(key, value)| (key.clone(), properties(shape, value)));
            Value::Object(converted.collect())
        }
        (Shape::List(shape, _), Value::Array(items)) => {
            items.iter().map(|item| properties(shape, item)).collect()
        }
        _ => value.clone(),
    }
}

/// Every definition that the fixtures, the generator and the table's own flows emit, and where it
/// comes from.
static EMITTED: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let definitions = |(from, artifacts): (String, Artifacts)| {
        let document: Value = serde_json::from_str(&artifacts.document()).expect("JSON");
        let definitions = document["jobDefinitions"].as_object().cloned();
        let definitions = definitions.expect("definitions").into_iter();
        definitions.flat_map(move |(step, definition)| {
            let from = format!("{from}: {step}");
            let nodes = nodes(&from, &definition);
            [(from, definition)].into_iter().chain(nodes)
        })
    };
    let disputed = TABLE.disagreements.iter().flat_map(|one| &one.tries);
    let tried = TABLE
        .rules
        .iter()
        .flat_map(|rule| &rule.tries)
        .chain(disputed);
    let tried = tried.filter_map(|one| {
        let artifacts = TABLE.bases[&one.base]
            .input(&one.flow)
            .compiled("example.flow")
            .artifacts;
        Some((one.flow.clone(), artifacts?))
    });
    fixtures()
        .into_iter()
        .chain(generated(200))
        .chain(tried)
        .flat_map(definitions)
        .collect()
});

/// The container of each range of nodes as a definition of its own: the judge looks at
/// `containerProperties` only.
fn nodes(from: &str, definition: &Value) -> Vec<(String, Value)> {
    let ranges = definition.pointer("/nodeProperties/nodeRangeProperties");
    let ranges = ranges.and_then(Value::as_array).into_iter().flatten();
    let alone = |range: &Value| {
        let mut alone = definition.clone();
        let change = json!({
            "type": "container", "nodeProperties": null, "containerProperties": range["container"],
        });
        merge(&mut alone, &change);
        // Only a node has one.
        merge(
            &mut alone,
            &json!({ "containerProperties": { "instanceType": null } }),
        );
        (format!("{from}: nodes {}", range["targetNodes"]), alone)
    };
    ranges.map(alone).collect()
}

/// Merges as RFC 7386 has it: maps key by key, null removes, all else replaces.
fn merge(base: &mut Value, change: &Value) {
    let Value::Object(change) = change else {
        *base = change.clone();
        return;
    };
    if !base.is_object() {
        *base = Value::Object(Map::new());
    }
    let entries = base.as_object_mut().expect("made above");
    for (key, value) in change {
        if value.is_null() {
            entries.remove(key);
        } else {
            merge(entries.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// `judge.toml`
struct Table {
    bases: BTreeMap<String, Base>,
    rules: Vec<Rule>,
    disagreements: Vec<Disagreement>,
}

/// A definition that rules are tried with.
struct Base {
    /// What stands before the flow.
    head: String,
    /// What stands before the step that is emitted.
    step: String,
    /// What is changed in the definition of the step.
    change: Value,
}

/// A rule of the judge.
struct Rule {
    id: String,
    base: String,
    /// A change of the base that it refuses.
    breaks: Value,
    tries: Vec<Try>,
    /// Why nothing in a `.flow` file can break it.
    why: String,
}

/// What would break a rule, and what becomes of it.
struct Try {
    /// Annotations of a step.
    flow: String,
    /// The base whose head it has.
    base: String,
    /// What is said to it; empty if nothing is.
    code: String,
}

/// What AWS or flowbatch sees differently from the judge.
struct Disagreement {
    about: String,
    base: String,
    change: Value,
    /// The rule with which the judge refuses it; empty if it does not.
    rule: String,
    /// What only this refusal says.
    says: String,
    tries: Vec<Try>,
    /// Whom we follow, and why.
    follow: String,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let document = Document::parse(include_str!("judge.toml")).expect("TOML");
    let rows = |name: &str| {
        let rows = document
            .get(name)
            .and_then(|rows| rows.as_array_of_tables());
        rows.map(|rows| rows.iter()).into_iter().flatten()
    };
    let bases = document["base"].as_table().expect("bases").iter();
    Table {
        bases: bases
            .map(|(name, base)| {
                let base = base.as_table().expect("a table");
                known(base, &["head", "step", "change"]);
                let base = Base {
                    head: text(base, "head"),
                    step: text(base, "step"),
                    change: change(base, "change"),
                };
                (name.to_owned(), base)
            })
            .collect(),
        rules: rows("rule")
            .map(|row| {
                known(row, &["id", "base", "breaks", "tries", "why"]);
                Rule {
                    id: text(row, "id"),
                    base: base(row, "ec2"),
                    breaks: change(row, "breaks"),
                    tries: tries(row),
                    why: text(row, "why"),
                }
            })
            .collect(),
        disagreements: rows("disagreement")
            .map(|row| {
                let keys = ["about", "base", "change", "rule", "says", "tries", "follow"];
                known(row, &keys);
                Disagreement {
                    about: text(row, "about"),
                    base: base(row, "ec2"),
                    change: change(row, "change"),
                    rule: text(row, "rule"),
                    says: text(row, "says"),
                    tries: tries(row),
                    follow: text(row, "follow"),
                }
            })
            .collect(),
    }
});

fn known(table: &dyn TableLike, keys: &[&str]) {
    let unknown: Vec<&str> = table
        .iter()
        .map(|(key, _)| key)
        .filter(|key| !keys.contains(key))
        .collect();
    assert!(unknown.is_empty(), "judge.toml: {unknown:?}");
}

fn text(table: &dyn TableLike, key: &str) -> String {
    let value = table.get(key).map(|value| value.as_str().expect(key));
    value.unwrap_or_default().to_owned()
}

fn base(table: &dyn TableLike, default: &str) -> String {
    Some(text(table, "base"))
        .filter(|base| !base.is_empty())
        .unwrap_or_else(|| default.to_owned())
}

fn tries(row: &dyn TableLike) -> Vec<Try> {
    let tries = row.get("tries").and_then(|tries| tries.as_array());
    let tries = tries.map(|tries| tries.iter()).into_iter().flatten();
    tries
        .map(|one| {
            let one = one.as_inline_table().expect("a table");
            known(one, &["flow", "code", "base"]);
            Try {
                flow: text(one, "flow"),
                base: base(one, &base(row, "ec2")),
                code: text(one, "code"),
            }
        })
        .collect()
}

fn change(table: &dyn TableLike, key: &str) -> Value {
    let text = text(table, key);
    if text.is_empty() {
        return json!({});
    }
    let mut change = serde_json::from_str(&text).expect(&text);
    write_out(&mut change);
    change
}

/// Writes 64 letters for `"x*64"`.
fn write_out(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(count) = text.strip_prefix("x*").and_then(|count| count.parse().ok()) {
                *text = "x".repeat(count);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(write_out),
        Value::Object(entries) => entries.values_mut().for_each(write_out),
        _ => {}
    }
}

impl Base {
    /// A flow of one step with these annotations.
    fn input(&self, annotations: &str) -> Input {
        let head = &self.head;
        Input::new(format!(
            "{head}\nflow F {{\n{annotations}\nstep s {{ run \"true\" }}\n}}\n"
        ))
    }

    fn definition(&self) -> Value {
        let mut definition = self
            .input(&self.step)
            .compile()
            .clean()
            .definition("s")
            .clone();
        merge(&mut definition, &self.change);
        definition
    }
}

impl Table {
    /// The definition of a base with a change.
    fn changed(&self, base: &str, change: &Value) -> Value {
        let mut definition = self.bases[base].definition();
        merge(&mut definition, change);
        definition
    }
}

impl Rule {
    /// A definition that the judge refuses.
    fn broken(&self) -> Value {
        TABLE.changed(&self.base, &self.breaks)
    }

    /// What comes of writing `breaks` as `raw`; `None` if it only takes away.
    fn as_raw(&self) -> Option<Output> {
        let raw = written(&self.breaks)?;
        let base = &TABLE.bases[&self.base];
        let step = match self.base.as_str() {
            "multinode" => base.step.as_str(),
            _ => "",
        };
        Some(base.input(&format!("{step} @batch(raw={raw})")).compile())
    }
}

/// A value as a `.flow` file has it, without what is null; `None` if nothing is left.
fn written(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(written).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let written: Vec<String> = entries
                .iter()
                .filter_map(|(key, value)| Some(format!("{} = {}", quoted(key), written(value)?)))
                .collect();
            if written.is_empty() {
                return None;
            }
            format!("{{ {} }}", written.join(", "))
        }
        other => other.to_string(),
    })
}

impl Disagreement {
    /// Whether it is what the judge has found.
    fn explains(&self, finding: &Finding) -> bool {
        finding.rule_id == self.rule && finding.message.contains(&self.says)
    }
}

impl Try {
    /// What does not become of it as the table says.
    fn wrong(&self) -> Option<String> {
        let output = TABLE.bases[&self.base].input(&self.flow).compile();
        let said: Vec<&str> = output.codes();
        let as_it_should_be = if self.code.is_empty() {
            said.is_empty() && !output.document.is_null()
        } else {
            let refused = output.document.is_null();
            said == [self.code.as_str()]
                && codes::find(&self.code)
                    .is_some_and(|code| refused == (code.severity == Severity::Error))
        };
        (!as_it_should_be)
            .then(|| format!("{}: not {:?} but {:?}", self.flow, self.code, output.found))
    }
}

#[test]
fn definitions_are_written_as_cloudformation_has_them() {
    let definition = json!({
        "tags": { "team": "a" },
        "parameters": { "date": "x" },
        "containerProperties": {
            "volumes": [{ "efsVolumeConfiguration": { "authorizationConfig": { "iam": "ENABLED" } } }],
            "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "g" } },
        },
    });
    let expected = json!({
        "Tags": { "team": "a" },
        "Parameters": { "date": "x" },
        "ContainerProperties": {
            "Volumes": [{ "EfsVolumeConfiguration": { "AuthorizationConfig": { "Iam": "ENABLED" } } }],
            "LogConfiguration": { "LogDriver": "awslogs", "Options": { "awslogs-group": "g" } },
        },
    });
    let shape = shapes::register_job_definition();
    assert_eq!(properties(shape, &definition), expected);
}

#[test]
fn the_table_has_every_rule_of_the_judge() {
    let mut ids = BTreeSet::new();
    for rule in &TABLE.rules {
        assert!(ids.insert(rule.id.clone()), "{} stands twice", rule.id);
    }
    if let Some(judged) = JUDGED.as_ref() {
        assert_eq!(ids, judged.rules);
    }
}

/// No rule of the judge is blind, and what they are tried with is right but for that.
#[test]
fn the_judge_sees_what_breaks_a_rule() {
    let Some(judged) = JUDGED.as_ref() else {
        return;
    };
    for (name, base) in &TABLE.bases {
        assert_eq!(judged.findings(&base.definition()), [], "{name}");
    }
    let mut wrong = Vec::new();
    for rule in &TABLE.rules {
        let found = judged.findings(&rule.broken());
        if !found.iter().any(|finding| finding.rule_id == rule.id) {
            wrong.push(format!("{}: {found:?}", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_breaks_a_rule_is_refused_first() {
    let mut wrong = Vec::new();
    for rule in &TABLE.rules {
        let id = &rule.id;
        let tries = rule.tries.iter().filter_map(Try::wrong);
        wrong.extend(tries.map(|wrong| format!("{id}: {wrong}")));
        match rule.as_raw() {
            Some(output) => {
                assert_eq!(rule.why, "", "{id}");
                let errors = output.errors();
                let raw_only = rule.tries.is_empty();
                if errors.is_empty() || raw_only && errors.iter().any(|&code| code != RAW) {
                    wrong.push(format!("{id}: `raw` gives {errors:?}"));
                }
            }
            None => assert_eq!(rule.why.is_empty(), !rule.tries.is_empty(), "{id}"),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn documents_of_the_judge() {
    let name = "docs/judge.md";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let page = fs::read_to_string(path).unwrap_or_default();
    hold(name, &page, &document());
}

fn document() -> String {
    let [(rules, rules_version), (engine, engine_version)] =
        PACKAGES.map(|package| package.rsplit_once('@').expect("a version"));
    let all = TABLE.rules.len();
    let said = TABLE.rules.iter().filter(|rule| !rule.tries.is_empty());
    let never = TABLE.rules.iter().filter(|rule| !rule.why.is_empty());
    let raw = all - said.clone().count() - never.clone().count();
    let mut page = format!(
        "\
<!-- Made from tests/main/judge.toml: UPDATE_DOCS=1 cargo test --test main documents -->
# An independent judge

What flowbatch builds should be what AWS Batch takes. Others have written down what it does not
take: the npm package `{rules}` is a set of rules for CloudFormation templates, most of which
quote what the live service answered. The tests install its version {rules_version} and
`{engine}` {engine_version}, AWS' own engine for such rules, and
give it every definition that the valid fixtures and some hundred generated flows emit. It finds
nothing, not even something to warn of, but for what is below under
[where we disagree](#where-we-disagree).

It has {all} rules for job definitions. {said} can be broken with an option, and each of them is
refused first, or mended with an advice. {raw} are about what no option says, and `raw` may not say
it either. For each rule, the tests break a definition and see that the judge sees it, and then try
to have a flow say the same.

## What an option would break

| rule of the judge | for instance | what flowbatch says |
| --- | --- | --- |
",
        said = said.clone().count(),
    );
    for rule in said {
        let mut codes: Vec<String> = rule.tries.iter().map(|one| link(&one.code)).collect();
        codes.dedup();
        let flows: Vec<String> = rule.tries.iter().map(|one| cell(&one.flow)).collect();
        let cells = [cell(&rule.id), flows.join("<br>"), codes.join("<br>")];
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
    let _ = write!(
        page,
        "
## What only `raw` would break

{} says of each of these fields that `raw` may not set it.

| field | rules of the judge |
| --- | --- |
",
        link(RAW)
    );
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rule in TABLE.rules.iter().filter(|rule| rule.tries.is_empty()) {
        let Some(output) = rule.as_raw() else {
            continue;
        };
        // The field is quoted after `raw` itself.
        let field = |message: &str| message.split('`').nth(3).map(cell);
        let found = output.found.iter();
        let found: Vec<String> = found.filter_map(|(_, _, text)| field(text)).collect();
        let rules = fields.entry(found.join(" and ")).or_default();
        rules.push(cell(&rule.id));
    }
    for (field, rules) in fields {
        let _ = writeln!(page, "| {field} | {} |", rules.join(", "));
    }
    page += "\nAnd nothing that a flow can say breaks\n\n";
    for rule in never {
        let _ = writeln!(page, "- {}: {}.", cell(&rule.id), rule.why);
    }
    page += "
## Where we disagree

| about | the judge | flowbatch | whom we follow |
| --- | --- | --- | --- |
";
    for one in &TABLE.disagreements {
        let judge = match one.rule.as_str() {
            "" => "takes it".to_owned(),
            rule => format!("refuses it: {}", cell(rule)),
        };
        let ours = one.tries.iter().map(|one| match one.code.as_str() {
            "" => format!("{}: taken", cell(&one.flow)),
            code => format!("{}: {}", cell(&one.flow), link(code)),
        });
        let ours: Vec<String> = ours.collect();
        let follow: Vec<&str> = one.follow.split_whitespace().collect();
        let cells = [&one.about, &judge, &ours.join("<br>"), &follow.join(" ")];
        let _ = writeln!(page, "| {} |", cells.map(String::as_str).join(" | "));
    }
    page
}

/// Code in a table.
fn cell(code: &str) -> String {
    format!("`{}`", code.replace('|', "\\|"))
}

/// A code, with its severity where that is not `error`.
fn link(code: &str) -> String {
    let severity = match codes::find(code).expect(code).severity {
        Severity::Error => String::new(),
        severity => format!(", {}", severity.as_str()),
    };
    format!("[`{code}`](codes.md#{code}){severity}")
}

/// What is in dispute is as the table says, on both sides.
#[test]
fn disagreements_are_as_described() {
    let mut wrong = Vec::new();
    for one in &TABLE.disagreements {
        let about = &one.about;
        let tries = one.tries.iter().filter_map(Try::wrong);
        wrong.extend(tries.map(|wrong| format!("{about}: {wrong}")));
        let Some(judged) = JUDGED.as_ref() else {
            continue;
        };
        let found = judged.findings(&TABLE.changed(&one.base, &one.change));
        let refuses = !one.rule.is_empty();
        if found.iter().any(|finding| !one.explains(finding)) || found.is_empty() == refuses {
            wrong.push(format!("{about}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_judge_has_nothing_against_what_is_emitted() {
    let Some(judged) = JUDGED.as_ref() else {
        return;
    };
    assert!(EMITTED.len() > 500, "{}", EMITTED.len());
    for (field, value) in [
        ("/platformCapabilities/0", "EC2"),
        ("/platformCapabilities/0", "FARGATE"),
        ("/type", "multinode"),
    ] {
        let mut all = EMITTED.iter();
        assert!(all.any(|(_, definition)| definition.pointer(field) == Some(&json!(value))));
    }
    let wrong: Vec<String> = EMITTED
        .iter()
        .flat_map(|(from, definition)| {
            let findings = judged.findings(definition).iter();
            let findings = findings.filter(|finding| {
                let mut known = TABLE.disagreements.iter();
                !known.any(|one| one.explains(finding))
            });
            findings.map(move |finding| format!("{from}: {finding:?}\n{definition}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
