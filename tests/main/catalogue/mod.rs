//! The catalogue of AWS Batch's rules says the truth about the compiler.
//!
//! A rule with codes has a proving flow, `fixtures/rules/ID.flow`, or, if it needs other files, a
//! folder `fixtures/rules/ID`: it fires exactly these codes. What an account answers, where that is
//! needed, is `account.json` in that folder. A rule that cannot be broken by construction has a
//! check, in the file of its chapter here, of everything that is emitted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use flowbatch::catalogue::{self, Answer, Rule};
use flowbatch::check::load::load;
use flowbatch::codes;
use flowbatch::diagnostic::{Diagnostics, Severity};
use flowbatch::queue::{Environment, Found, Queue, Queues};
use flowbatch::source::{Disk, Loader, Memory};
use flowbatch::{Settings, config};
use serde_json::Value;

use super::emitted::settings;
use super::requests::{Made, everything};

mod arrays;
mod consumables;
mod containers;
mod jobs;
mod linux;
mod names;
mod nodes;
pub(crate) mod page;
mod platforms;
mod resources;
mod roles;
mod storage;

/// How a construction is checked.
enum Check {
    /// What holds of every step; and a place in [`Made`] with a value that makes one wrong.
    Made(fn(&Made) -> bool, &'static str, Value),
    /// A test of its own.
    Test(fn()),
}

/// The checks, by rule.
type Checks = Vec<(&'static str, Check)>;

fn checks() -> Checks {
    let chapters = [
        names::checks(),
        platforms::checks(),
        resources::checks(),
        containers::checks(),
        roles::checks(),
        linux::checks(),
        storage::checks(),
        jobs::checks(),
        nodes::checks(),
        arrays::checks(),
        consumables::checks(),
    ];
    chapters.into_iter().flatten().collect()
}

/// The rules of the catalogue with an answer of a kind.
fn with(kind: fn(&Answer) -> bool) -> impl Iterator<Item = &'static Rule> {
    catalogue::all().filter(move |rule| rule.answers.iter().any(kind))
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules")
}

/// No rule is lost: the ids are kept apart from the catalogue.
#[test]
fn every_rule_is_in_the_catalogue() {
    let ids = include_str!("../../../fixtures/rules/ids.txt");
    let ids: Vec<&str> = ids.lines().collect();
    assert_eq!(ids.len(), 282);
    let known: Vec<&str> = catalogue::all().map(|rule| rule.id).collect();
    let unique: BTreeSet<&str> = known.iter().copied().collect();
    assert_eq!(unique.len(), known.len(), "a rule stands there twice");
    assert_eq!(known, ids);
}

/// Texts are sentences, and quotations are closed.
#[test]
fn rules_are_told_in_sentences() {
    for Rule {
        id,
        text,
        source,
        answers,
        ..
    } in catalogue::all()
    {
        assert!(text.ends_with(['.', '”']), "{id}: {text}");
        assert_eq!(
            text.matches('“').count(),
            text.matches('”').count(),
            "{id}: {text}"
        );
        let told = answers.iter().filter_map(|answer| match answer {
            Answer::Codes(_) => None,
            Answer::Construction(text) | Answer::OutOfScope(text) => Some(text),
            Answer::Plan(text) | Answer::Account(text) => Some(text),
        });
        for text in told.clone() {
            assert!(!text.ends_with('.'), "{id}: {text}");
            assert_eq!(text.matches('`').count() % 2, 0, "{id}: {text}");
        }
        for text in [text, source].into_iter().chain(told) {
            assert!(!text.contains("  ") && text.trim() == *text, "{id}: {text}");
        }
        assert!(!answers.is_empty(), "{id}");
        let known = |part: &str| {
            part.contains('#')
                || catalogue::SOURCES
                    .iter()
                    .any(|(name, _)| part.starts_with(name))
        };
        assert!(source.split("; ").all(known), "{id}: {source}");
    }
}

/// The severity of a code follows from what AWS does, or the row says why it does not.
#[test]
fn severities_follow_from_effects() {
    for rule in catalogue::all() {
        let usual = rule.codes().all(|code| code.severity == rule.severity());
        assert_eq!(
            usual,
            rule.because.is_none(),
            "{}: {:?} and {:?} make it {:?}",
            rule.id,
            rule.effect,
            rule.evidence,
            rule.severity()
        );
    }
}

/// The flow that proves a rule, if it is there.
fn proving_flow(id: &str) -> Option<PathBuf> {
    let folder = fixtures().join(id);
    [
        fixtures().join(format!("{id}.flow")),
        folder.join("example.flow"),
    ]
    .into_iter()
    .find(|path| path.exists())
}

/// The codes that a flow fires.
fn fired(
    loader: &dyn Loader,
    path: &Path,
    settings: &Settings,
) -> BTreeMap<&'static str, Severity> {
    let compiled = flowbatch::compile(loader, path, settings).expect("it is readable");
    let found = compiled.checked.diagnostics.into_iter();
    found
        .map(|found| (found.code.name, found.severity))
        .collect()
}

/// Where what an account answers is, if a flow needs it.
fn replies(flow: &Path) -> PathBuf {
    flow.with_file_name("account.json")
}

/// What lies beside a flow; `None` if that is the answer of an account, which this flowbatch does
/// not read.
fn settings_of(flow: &Path) -> Option<Settings> {
    let settings = settings(flow);
    if !replies(flow).exists() {
        return Some(settings);
    }
    #[cfg(feature = "aws")]
    return {
        let replies = fs::read_to_string(replies(flow)).expect("a text");
        let compiled = flowbatch::compile(&Disk, flow, &settings).expect("it is readable");
        let artifacts = compiled.artifacts.expect("it compiles");
        let queues = super::input::answered(&artifacts, &replies);
        Some(Settings { queues, ..settings })
    };
    #[cfg(not(feature = "aws"))]
    None
}

/// Each flow fires the codes of its rule, every one and no other.
#[test]
fn flows_prove_the_codes() {
    let mut wrong = Vec::new();
    for rule in with(|answer| matches!(answer, Answer::Codes(_))) {
        let Some(path) = proving_flow(rule.id) else {
            continue;
        };
        let Some(settings) = settings_of(&path) else {
            continue;
        };
        let mut fired = fired(&Disk, &path, &settings);
        for code in rule.codes() {
            match fired.remove(code.name) {
                Some(severity) if severity == code.severity => {}
                found => wrong.push(format!("{}: {} is {found:?}", rule.id, code.name)),
            }
        }
        if !fired.is_empty() {
            wrong.push(format!("{}: also {fired:?}", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `plan` is said to look at something if, and only if, the codes of the rule are fired by what an
/// account answers: `flowbatch.toml` says no more of the queues than their platform.
#[test]
fn what_plan_looks_at_fires_the_codes() {
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for rule in with(|answer| matches!(answer, Answer::Codes(_))) {
        let path = proving_flow(rule.id).expect("a flow");
        let text = fs::read(&path).expect("a text");
        let planned = rule
            .answers
            .iter()
            .any(|answer| matches!(answer, Answer::Plan(_)));
        looked_at += usize::from(planned);
        let mut settings = settings(&path);
        let mut files = Memory::default().with("example.flow", text);
        let codes = |files: &Memory, settings: &Settings| {
            let fired = fired(files, Path::new("example.flow"), settings);
            rule.codes().all(|code| fired.contains_key(code.name))
        };
        let without = codes(&files, &settings);
        let with = if replies(&path).exists() {
            // They are held to it by the test above.
            true
        } else {
            let (queues, toml) = answered(&path);
            settings.queues = queues;
            files = files.with("flowbatch.toml", toml);
            codes(&files, &settings)
        };
        if planned != (with && !without) {
            wrong.push(format!(
                "{}: plan looks at it: {planned}; without an account: {without}, with: {with}",
                rule.id
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(looked_at > 15, "{looked_at}");
}

/// The queues that the `flowbatch.toml` beside a flow states, as an account would answer them; and a
/// `flowbatch.toml` with their platforms.
fn answered(flow: &Path) -> (Queues, String) {
    let mut sink = Diagnostics::default();
    let (program, found) = load(&Disk, flow, None, &mut sink).expect("it is readable");
    let stated = config::read(&program.sources, found.flatten(), None, &mut sink).queues;
    let (mut queues, mut toml) = (Queues::default(), String::new());
    for queue in stated.iter() {
        if let Some(platform) = &queue.platform {
            toml += &format!(
                "[queues.{}]\nplatform = \"{}\"\n",
                queue.name, platform.value
            );
        }
        let environment = Environment {
            name: "one".to_owned(),
            state: "ENABLED".to_owned(),
            status: "VALID".to_owned(),
            offers: queue.clone(),
            ..Environment::default()
        };
        let found = Found {
            state: "ENABLED".to_owned(),
            status: "VALID".to_owned(),
            environments: vec![environment],
            ..Found::default()
        };
        let shares = queue.fair_share.as_ref().is_some_and(|fact| fact.value);
        queues.push(Queue::found(&queue.name, shares, found));
    }
    (queues, toml)
}

/// Every flow in the folder is of a rule that has codes.
#[test]
fn flows_are_of_rules() {
    let rules: BTreeSet<&str> = with(|answer| matches!(answer, Answer::Codes(_)))
        .map(|rule| rule.id)
        .collect();
    for entry in fs::read_dir(fixtures()).expect("the folder") {
        let path = entry.expect("an entry").path();
        let id = path.file_stem().expect("a name").to_string_lossy();
        assert!(
            id == "ids" || rules.contains(id.as_ref()),
            "{}",
            path.display()
        );
    }
}

/// Everything that is emitted is as constructed, and each check refuses something: for the fixtures,
/// and for flows whose options are chosen from the table, with the ends of their ranges. That it is
/// of the shapes of the API is one of the checks.
#[test]
fn constructions_hold() {
    let constructed: BTreeSet<&str> = with(|answer| matches!(answer, Answer::Construction(_)))
        .map(|rule| rule.id)
        .collect();
    let mut wrong = Vec::new();
    let mut checked = BTreeSet::new();
    for (id, check) in checks() {
        assert!(checked.insert(id), "{id} has two checks");
        assert!(constructed.contains(id), "{id} is not by construction");
        let (holds, place, value) = match check {
            Check::Made(holds, place, value) => (holds, place, value),
            Check::Test(test) => {
                test();
                continue;
            }
        };
        wrong.extend(
            everything()
                .iter()
                .filter(|made| !holds(made))
                .take(1)
                .map(|made| format!("{id}: {made:#?}")),
        );
        let is_seeing = everything()
            .iter()
            .any(|made| spoilt(made, place, &value).is_some_and(|made| !holds(&made)));
        if !is_seeing {
            wrong.push(format!("{id}: {value} at {place} is not refused"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A step with another value at a place, or without it for null; `None` if it has no such place.
fn spoilt(made: &Made, place: &str, value: &Value) -> Option<Made> {
    let mut made = made.clone();
    let (root, place) = place.split_once('/')?;
    let root = match root {
        "definition" => &mut made.definition,
        "submission" => &mut made.submission,
        "job" => &mut made.job,
        _ => panic!("{root}"),
    };
    let (parent, key) = place.rsplit_once('/').unwrap_or(("", place));
    let parent = match parent {
        "" => root,
        _ => root.pointer_mut(&format!("/{parent}"))?,
    };
    match parent {
        Value::Object(map) if value.is_null() => drop(map.shift_remove(key)?),
        Value::Object(map) => drop(map.insert(key.to_owned(), value.clone())),
        Value::Array(items) => *items.get_mut(key.parse::<usize>().ok()?)? = value.clone(),
        _ => return None,
    }
    Some(made)
}

/// The containers of a step: one, or that of each range of nodes.
fn containers(made: &Made) -> Vec<&Value> {
    let ranges = made.definition["nodeProperties"]["nodeRangeProperties"].as_array();
    match ranges {
        Some(ranges) => ranges.iter().map(|range| &range["container"]).collect(),
        None => vec![&made.definition["containerProperties"]],
    }
}

/// What the submission of a step overrides in each of them.
fn overrides(made: &Made) -> Vec<&Value> {
    let groups = made.submission["nodeOverrides"]["nodePropertyOverrides"].as_array();
    match groups {
        Some(groups) => groups
            .iter()
            .map(|group| &group["containerOverrides"])
            .collect(),
        None => vec![&made.submission["containerOverrides"]],
    }
}

/// Whether a step is for a platform, `EC2` or `FARGATE`.
fn is_for(made: &Made, platform: &str) -> bool {
    made.definition["platformCapabilities"] == serde_json::json!([platform])
}

/// A code about what AWS Batch has and takes stands for a rule of it.
#[test]
fn codes_about_aws_have_rules() {
    const NONE: &[(&str, &str)] = &[("tmpfs-off", "options of ours, of which one wins")];
    let groups = ["platform", "storage", "size"];
    for code in codes::all().filter(|code| groups.contains(&code.group)) {
        let has_rule = catalogue::of(code).next().is_some();
        let known = NONE.iter().any(|(name, _)| *name == code.name);
        assert!(has_rule != known, "{}", code.name);
    }
}

/// Every answer is given, and proved.
#[test]
fn every_answer_is_proved() {
    let checked: BTreeSet<&str> = checks().into_iter().map(|(id, _)| id).collect();
    let mut missing = Vec::new();
    for rule in catalogue::all() {
        for answer in rule.answers {
            let what = match answer {
                Answer::Codes(_) if proving_flow(rule.id).is_none() => "no flow proves it",
                Answer::Construction(_) if !checked.contains(rule.id) => "nothing checks it",
                Answer::Account(whence)
                    if !["`aws ", "`docker "]
                        .iter()
                        .any(|command| whence.contains(command)) =>
                {
                    "no command shows it"
                }
                _ => continue,
            };
            missing.push(format!("{}: {what}", rule.id));
        }
    }
    let count = missing.len();
    assert!(
        missing.is_empty(),
        "{}\n{count} are missing",
        missing.join("\n")
    );
}
