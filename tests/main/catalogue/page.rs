//! `docs/rules.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flowbatch::catalogue::{self, Answer, CHAPTERS, Effect, Evidence, Rule, SOURCES};

/// The page as it has to be.
pub(crate) fn page() -> String {
    let mut page = String::from(
        "<!-- Made from src/catalogue: UPDATE_DOCS=1 cargo test --test main documents -->\n\
         # Rules of AWS Batch\n\n\
         What AWS Batch demands of a job definition and a submission, and what flowbatch does \
         about it. Either a\ndiagnostic reports what breaks a rule; or nothing that flowbatch \
         writes can break it; or only the account\ncan tell; or the rule is out of scope. \
         Of what only the account can tell, `flowbatch plan` looks at\n[some](#for-plan): it asks \
         for job queues, compute environments and job definitions. The rest, such as roles,\n\
         networks and quotas, is [for you to look up](#in-the-account), and the row says where. \
         Nothing here is copied\nfrom AWS but the words in “…”, by which you may have come \
         here.\n\n",
    );
    counts(&mut page);
    legend(&mut page);
    for chapter in CHAPTERS {
        let _ = writeln!(
            page,
            "\n## {}\n\n| rule | | if it is broken | evidence | answer |\n| --- | --- | --- | --- | --- |",
            chapter.title
        );
        for rule in chapter.rules {
            row(&mut page, rule);
        }
    }
    account(&mut page);
    page
}

/// What an answer is called in the count.
fn kind(answer: &Answer) -> (usize, &'static str) {
    match answer {
        Answer::Codes(_) => (0, "reported by a diagnostic"),
        Answer::Construction(_) => (1, "impossible by construction"),
        Answer::Plan(_) => (2, "looked at by `plan`, in the account"),
        Answer::Account(_) => (3, "to be looked up in the account"),
        Answer::OutOfScope(_) => (4, "out of scope"),
    }
}

fn counts(page: &mut String) {
    let mut counts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for rule in catalogue::all() {
        for answer in rule.answers {
            *counts.entry(kind(answer)).or_default() += 1;
        }
    }
    let _ = writeln!(
        page,
        "There are {} rules; some have several answers, each for a part.\n\n| answer | rules |\n| --- | --- |",
        catalogue::all().count()
    );
    for ((_, kind), count) in counts {
        let _ = writeln!(page, "| {kind} | {count} |");
    }
}

fn legend(page: &mut String) {
    page.push_str(
        "\nWhat is refused is an error; what fails, never starts or is ignored is a warning; what \
         is worth\nknowing is advice. Where a diagnostic is of another severity, the row says why.\n\n\
         | evidence | |\n| --- | --- |\n",
    );
    for (evidence, meaning) in [
        (
            Evidence::Live,
            "somebody recorded the answer of the service",
        ),
        (
            Evidence::Model,
            "the machine-readable model of the API says so",
        ),
        (Evidence::Documented, "the documentation of AWS says so"),
        (Evidence::ThirdParty, "another tool checks or assumes it"),
        (
            Evidence::Unverified,
            "plausible, but no source is known; an error only where that refuses nothing that works",
        ),
    ] {
        let _ = writeln!(page, "| {evidence} | {meaning} |");
    }
    page.push_str("\n| source | |\n| --- | --- |\n");
    for (name, meaning) in SOURCES {
        let _ = writeln!(page, "| {name} | {meaning} |");
    }
}

fn row(page: &mut String, rule: &Rule) {
    let answers: Vec<String> = rule
        .answers
        .iter()
        .map(|answer| match answer {
            Answer::Codes(codes) => {
                let links = codes.iter().map(|code| {
                    let severity = code.severity.as_str();
                    format!("{severity} [`{0}`](codes.md#{0})", code.name)
                });
                let because = rule.because.map(|why| format!(" ({why})"));
                links.collect::<Vec<_>>().join(", ") + &because.unwrap_or_default()
            }
            Answer::Construction(how) => format!("by construction: {how}"),
            Answer::Plan(what) => format!("[`plan`](#for-plan): {what}"),
            Answer::Account(whence) => format!("[in the account](#in-the-account): {whence}"),
            Answer::OutOfScope(why) => format!("out of scope: {why}"),
        })
        .collect();
    let effect = match rule.effect {
        Effect::Lint => String::from("–"),
        effect => effect.to_string(),
    };
    let cells = [
        format!("<a id=\"{0}\"></a>`{0}`", rule.id),
        escaped(rule.text),
        effect,
        format!("{}: {}", rule.evidence, linked(rule.source)),
        escaped(&answers.join("; ")),
    ];
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

/// Text in a cell: a bar would end it, angle brackets would be a tag.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

/// A source, with links to issues.
fn linked(source: &str) -> String {
    let parts = source.split("; ").map(|part| match part.split_once('#') {
        Some((repository, number)) => {
            format!("[{part}](https://github.com/{repository}/issues/{number})")
        }
        None => escaped(part),
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// What only the account can tell: a list of what `plan` looks at, and one of what it does not.
fn account(page: &mut String) {
    page.push_str(
        "\n## For plan\n\nWhat only the account can tell, and what `flowbatch plan` looks at for \
         it:\n\n",
    );
    list(page, |answer| match answer {
        Answer::Plan(what) => Some(what),
        _ => None,
    });
    page.push_str(
        "\n## In the account\n\nWhat only the account can tell, and `flowbatch plan` does not ask \
         for: where to look before a first\nrun, or when a job is refused, waits or fails. In the \
         commands, words in capitals stand for what is yours:\n`WHO` for the ARN of the user or role \
         that submits, `ROLE` and `SECRET` for their ARNs, `NAME` and `ID` for\nwhat is asked about. \
         They change nothing, and may need permissions that those who submit do not have.\n\n",
    );
    list(page, |answer| match answer {
        Answer::Account(whence) => Some(whence),
        _ => None,
    });
}

/// A line for each answer of a kind.
fn list(page: &mut String, of: impl Fn(&Answer) -> Option<&str>) {
    for rule in catalogue::all() {
        for text in rule.answers.iter().filter_map(&of) {
            let _ = writeln!(page, "- [`{0}`](#{0}): {text}", rule.id);
        }
    }
}
