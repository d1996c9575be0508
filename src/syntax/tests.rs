//! What the parser promises, on tables and on random text.

#![allow(clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::ast::{File, ForeachSource, Key, Piece, RunValue, StrContent, ValueKind};
use super::{Cut, parse, parse_again, tokens};
use crate::codes::Example;
use crate::codes::syntax as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Sources;

const CHURN: &str = r##"# churn.flow: nightly churn model
import "platform.flow"                       # its `let`s and `profile`s

let account  = "123456789012"
let registry = "${account}.dkr.ecr.us-east-1.amazonaws.com"

profile gpu {
  @batch(gpu=1, cpu=8, memory=60GiB, queue="ml-gpu")
  @retry(times=2)
}

## Nightly churn model.
@batch(
  queue    = queue,
  image    = "${registry}/churn:${version}",
  iam_role = "arn:aws:iam::${account}:role/churn-task",
)
## And its second line.
@timeout(hours=2)
flow ChurnModel {
  param queue: string = "ml-dev"
  param version: string = "2026-11-20"
  param date: string
  param shards: int = 16

  @batch(cpu=2, memory=8GiB)
  step start {
    run "python -m churn.prepare --date $date --shards $shards"
    next train foreach shard in 0..shards
  }

  @use(gpu)
  @batch(shared_memory=8GiB)
  step train {
    run "python -m churn.train --shard $shard"
    next evaluate
  }

  @resources(memory=16GiB)
  @environment(vars={ MODE = "full", "a-b": 1, LIST: [1, -2.5, 1_000, 1e-4, true,], })
  gather evaluate {
    run """
      python -m churn.evaluate
      python -m churn.report
    """
    next publish, notify,
  }

  step publish { run ["python", "-m", "churn.publish", "--date", date]  next end }
  step notify  { run "python -m churn.notify"                           next end }
  @retry
  join end {}
}
"##;

fn read(text: &str) -> (Sources, File, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let id = sources.add("test.flow".into(), "test.flow".into(), text);
    let mut sink = crate::diagnostic::Diagnostics::default();
    let file = parse(&sources, id, &mut sink);
    (sources, file, sink.into_sorted())
}

fn names(text: &str) -> Vec<&'static str> {
    read(text)
        .2
        .iter()
        .map(|diagnostic| diagnostic.code.name)
        .collect()
}

/// Applies all fixes of a kind and returns the new text.
fn mend(text: &str, diagnostics: &[Diagnostic], certain: bool) -> String {
    let mut edits: Vec<_> = diagnostics
        .iter()
        .flat_map(|diagnostic| {
            diagnostic
                .fixes
                .iter()
                .filter(|fix| fix.certain == certain)
                .take(1)
        })
        .flat_map(|fix| &fix.edits)
        .collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut mended = text.to_owned();
    for edit in edits.iter().rev() {
        mended.replace_range(edit.span.range(), &edit.text);
    }
    mended
}

#[test]
fn the_page_of_the_language_has_no_mistake() {
    let (sources, file, diagnostics) = read(CHURN);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    let flow = file.flow.expect("a flow");
    let text = |span| sources.text(span);
    assert_eq!(flow.name.map(|name| text(name.span)), Some("ChurnModel"));
    let names: Vec<_> = flow.steps.iter().map(|step| text(step.name.span)).collect();
    assert_eq!(
        names,
        ["start", "train", "evaluate", "publish", "notify", "end"]
    );
    assert_eq!(flow.params.len(), 4);
    assert_eq!(flow.annotations.len(), 2);
    assert!(!flow.broken && flow.steps.iter().all(|step| !step.broken));
    let docs: Vec<_> = file.comments[flow.doc.start as usize..flow.doc.end as usize]
        .iter()
        .map(|&span| text(span))
        .collect();
    assert_eq!(docs.first(), Some(&"## Nightly churn model."));
    assert_eq!(docs.last(), Some(&"## And its second line."));
    assert!(text(flow.span).starts_with("flow ChurnModel {") && text(flow.span).ends_with('}'));

    let next = flow.steps[0].next.as_ref().expect("a next");
    let foreach = next.foreach.as_ref().expect("a foreach");
    assert_eq!(text(next.span), "next train foreach shard in 0..shards");
    assert!(
        matches!(&foreach.source, Some(ForeachSource::Range { lo, hi, .. })
        if matches!(lo.kind, ValueKind::Int(0)) && matches!(hi.kind, ValueKind::Name))
    );

    let run = flow.steps[2].run.as_ref().expect("a run");
    assert!(matches!(&run.value, RunValue::Shell(script)
        if matches!(&script.content, StrContent::Decoded(said)
            if &**said == "python -m churn.evaluate\npython -m churn.report")));
    assert!(
        matches!(&flow.steps[3].run.as_ref().expect("a run").value, RunValue::Exec(items, _) if items.len() == 5)
    );

    let vars = flow.steps[2].annotations[1].args[0]
        .value
        .as_ref()
        .expect("a value");
    let ValueKind::Map(entries) = &vars.kind else {
        panic!("a map")
    };
    assert!(matches!(entries[1].key, Key::Str(_)));
    let ValueKind::List(items) = &entries[2].value.kind else {
        panic!("a list")
    };
    assert!(matches!(items[2].kind, ValueKind::Int(1000)));
    assert!(
        matches!(flow.steps[0].annotations[0].args[1].value.as_ref().map(|value| &value.kind), Some(&ValueKind::Size(bytes)) if bytes == 8 << 30)
    );

    let image = flow.annotations[0].args[1].value.as_ref().expect("a value");
    let ValueKind::Str(image) = &image.kind else {
        panic!("a string")
    };
    let StrContent::Pieces(pieces) = &image.content else {
        panic!("pieces")
    };
    assert!(matches!(
        &pieces[..],
        [Piece::Name(_), Piece::Text(_), Piece::Name(_)]
    ));
}

#[test]
fn every_example_fires_its_code_alone() {
    let mut wrong = String::new();
    for code in codes::ALL {
        for (example, expected) in [(code.failing, vec![code.name]), (code.corrected, vec![])] {
            let (_, text) = &Example::new(example).parts()[0];
            let (_, _, diagnostics) = read(text);
            let found: Vec<_> = diagnostics
                .iter()
                .map(|diagnostic| diagnostic.code.name)
                .collect();
            if found != expected {
                let messages: Vec<_> = diagnostics
                    .iter()
                    .map(|diagnostic| &diagnostic.message)
                    .collect();
                wrong += &format!("{}: {found:?} {messages:#?}\n{text}\n", code.name);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn certain_fixes_mend() {
    let mut wrong = String::new();
    for code in codes::ALL {
        let (_, text) = &Example::new(code.failing).parts()[0];
        let (_, _, diagnostics) = read(text);
        if diagnostics
            .iter()
            .any(|diagnostic| diagnostic.fixes.iter().any(|fix| fix.certain))
        {
            let mended = mend(text, &diagnostics, true);
            if !names(&mended).is_empty() {
                wrong += &format!("{}: {:?}\n{mended}\n", code.name, names(&mended));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Text that `CHURN` is mutated with.
fn scrap() -> impl Strategy<Value = String> {
    const SCRAPS: &[&str] = &[
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "\"\"\"",
        "'",
        "@",
        "@batch(",
        "step ",
        "step x {",
        "flow ",
        "flow F {",
        "join",
        "next ",
        "run ",
        "foreach ",
        " in ",
        "let ",
        "let x = ",
        "param ",
        "profile ",
        "import ",
        ",",
        "=",
        ":",
        ";",
        "..",
        ".",
        "-",
        "//",
        "/* ",
        " */",
        "-- x",
        "\n; x",
        "Step ",
        "Flow F {",
        "Run \"x\"",
        "2nd",
        "next(a, b)",
        "run: |\n  ",
        "run <<EOF\n",
        "EOF",
        "for x in y",
        "const x = 1;",
        "#",
        "## doc\n",
        "\\",
        "$",
        "${",
        "${a}",
        "\u{A0}",
        "é",
        "\u{201C}",
        "0",
        "8 GiB",
        "1.5GB",
        "None",
        "True",
        "self.next(",
        "def f(self):\n",
        "class C(F):",
        "if x:",
        "for a in b {",
        "\n",
        "\r\n",
        " ",
        "[[[[[[[[",
        "{{{{{{{{",
        "((((((((",
        "=>",
        "->",
        "f\"",
        "\u{FEFF}",
        "\0",
    ];
    prop_oneof![
        4 => prop::sample::select(SCRAPS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

/// A valid flow in which some stretches were replaced.
fn mutated() -> impl Strategy<Value = String> {
    let change = (
        any::<prop::sample::Index>(),
        0..40_usize,
        prop::collection::vec(scrap(), 0..4),
    );
    prop::collection::vec(change, 1..6).prop_map(|changes| {
        let mut text = CHURN.to_owned();
        for (at, length, scraps) in changes {
            let at = boundary(&text, at.index(text.len() + 1));
            let end = boundary(&text, at + length);
            text.replace_range(at..end, &scraps.concat());
        }
        text
    })
}

/// Every pair of the grammar consists of whole tokens of the hand-written
/// lexer, on which the cap on nesting relies.
fn tokens_agree(text: &str) {
    let whole = super::prescan::shown(text, &super::prescan::scan(text));
    let mut ends = vec![false; text.len() + 1];
    let mut at = 0;
    while at < text.len() {
        ends[at] = true;
        at = super::lex::token(&whole, at).1;
    }
    ends[at] = true;
    let mut items = super::Items::new(&whole);
    for pair in items.by_ref().flat_map(super::Pair::flatten) {
        let span = pair.range();
        let shown = pair.as_str();
        assert!(
            ends[span.start] || shown.starts_with('.') || in_blanks(&whole, span.start),
            "{pair:?}"
        );
        assert!(
            ends[span.end] || shown == ".." || in_blanks(&whole, span.end),
            "{pair:?}"
        );
    }
    assert_eq!(items.lost, None);
}

/// Whether a place lies between two blanks, which are one token to the lexer.
fn in_blanks(text: &str, at: usize) -> bool {
    let blank = |b: u8| matches!(b, b' ' | b'\n' | b'\t' | b'\r');
    at > 0 && at < text.len() && blank(text.as_bytes()[at - 1]) && blank(text.as_bytes()[at])
}

#[test]
fn nesting_is_capped() {
    for (text, expected) in [
        (
            "[".repeat(10_000),
            vec!["unexpected-text", "nesting-too-deep"],
        ),
        (
            "let x = ".to_owned() + &"[".repeat(10_000),
            vec!["nesting-too-deep"],
        ),
        (
            "let x = ".to_owned() + &"[".repeat(65) + &"]".repeat(65),
            vec!["nesting-too-deep"],
        ),
        (
            "let x = ".to_owned() + &"[".repeat(64) + &"]".repeat(64),
            vec![],
        ),
        (
            "let x = ".to_owned() + &"{ a = ".repeat(10_000),
            vec!["nesting-too-deep"],
        ),
        (
            "let x = ".to_owned() + &"[".repeat(10_000) + &"]".repeat(10_000) + "\nlet y = 1",
            vec!["nesting-too-deep"],
        ),
        (
            "step x { foo ".to_owned() + &"{".repeat(10_000),
            vec!["outside-flow"],
        ),
    ] {
        let found = names(&text);
        assert!(
            expected.iter().all(|name| found.contains(name)) && found.len() <= 4,
            "{found:?} {}",
            &text[..20]
        );
        if expected.len() < 2 && !text.starts_with("step") {
            assert_eq!(found, expected, "{}", &text[..20]);
        }
    }
}

/// The last character boundary up to `at`.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

fn holds_the_laws(text: &str) {
    tokens_agree(text);
    let (sources, file, diagnostics) = read(text);
    for diagnostic in &diagnostics {
        assert_ne!(diagnostic.message, "this file cannot be read from here on");
        let spans = diagnostic.labels.iter().map(|label| label.span);
        let edits = diagnostic
            .fixes
            .iter()
            .flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        for span in spans.chain(edits) {
            assert!(text.get(span.range()).is_some(), "{diagnostic:?}");
        }
    }
    let mut end = 0;
    for (_, span) in tokens(&sources, file.id) {
        assert_eq!(span.start, end);
        assert!(span.end > span.start && text.is_char_boundary(span.end as usize));
        end = span.end;
    }
    assert_eq!(end as usize, text.len());
}

/// Some flows of many steps, so that an edit leaves much as it is.
fn long() -> impl Strategy<Value = String> {
    let step = prop::sample::select(vec![
        "\n  ## A step.\n  @batch(cpu=2, memory=8GiB)\n  @retry(times=2)\n  step a {\n    run \"python -m a --date $date\"\n    next b, c\n  }\n",
        "\n  step b { run [\"a\", \"${date}\"] next c foreach x in [1, 0..n] }\n",
        "  @environment(vars={ A = \"b\\n\", \"c\": [date] }) # why\n  gather c {\n    run \"\"\"\n      a ${x}\n    \"\"\"\n  }\n",
        "  @batch(cpu=) step d { run true }\n",
        "}\n",
    ]);
    (mutated(), prop::collection::vec(step, 0..12)).prop_map(|(text, steps)| {
        format!(
            "{text}flow F {{\n  param date: string\n{}}}\n",
            steps.concat()
        )
    })
}

/// Where to cut something out, how much, and what to put there.
fn edit() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    (
        any::<prop::sample::Index>(),
        0usize..6,
        prop::option::of(scrap()),
    )
        .prop_map(|(at, length, scrap)| (at, length, scrap.unwrap_or_default()))
}

fn edited(text: &str, (at, length, scrap): &(prop::sample::Index, usize, String)) -> String {
    let start = boundary(text, at.index(text.len() + 1));
    let end = boundary(text, start + length).max(start);
    format!("{}{scrap}{}", &text[..start], &text[end..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_has_a_tree(text in any::<String>()) {
        holds_the_laws(&text);
    }

    #[test]
    fn scraps_have_a_tree(scraps in prop::collection::vec(scrap(), 0..60)) {
        holds_the_laws(&scraps.concat());
    }

    #[test]
    fn mutated_flows_have_a_tree(text in mutated()) {
        holds_the_laws(&text);
    }

    #[test]
    fn what_is_kept_of_a_text_changes_nothing(
        text in long(),
        edits in prop::collection::vec(edit(), 1..6),
    ) {
        let (mut cut, mut text) = (Cut::default(), text);
        for edit in edits.iter().map(Some).chain([None]) {
            let (sources, tree, diagnostics) = read(&text);
            let mut sink = Diagnostics::default();
            let again = parse_again(&sources, tree.id, &mut cut, &mut sink);
            prop_assert_eq!(format!("{again:?}"), format!("{tree:?}"));
            prop_assert_eq!(sink.into_sorted(), diagnostics);
            text = edit.map_or_else(String::new, |edit| edited(&text, edit));
        }
    }
}
