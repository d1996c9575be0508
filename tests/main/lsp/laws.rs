//! What holds of any text and any edits.

use std::path::Path;
use std::sync::LazyLock;

use flowbatch::Settings;
use flowbatch::ide::{
    self, complete, context, describe, hints, outline, rename, signature, symbols, tokens,
};
use flowbatch::source::Memory;
use proptest::prelude::*;

use super::edits::{self, Edit, Units};
use super::features::{FLOW, LIB, TOML};

const PIECES: [&str; 24] = [
    "a",
    "ß",
    "日本",
    "🎉",
    "\n",
    "\r\n",
    "\r",
    "\"",
    "\"\"\"",
    "'",
    "# x\n",
    "## doc\n",
    "{",
    "}",
    "(",
    ")",
    "[",
    "@batch(cpu=2)\n",
    "step s { run \"true\" }\n",
    "  step t { run \"$a\" next s }\n",
    "flow F {\n",
    "memory=8GiB",
    "next s foreach x in [1, 2]",
    "param p: int = 1\n",
];

fn text(pieces: usize) -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES.to_vec());
    prop::collection::vec(piece, 0..pieces).prop_map(|pieces| pieces.concat())
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = || (0u32..14, 0u32..30);
    let range = prop_oneof![
        // Most edits are where one types.
        8 => place().prop_map(|place| Some([place, place])),
        8 => (place(), 0u32..3).prop_map(|(place, more)| Some([place, (place.0, place.1 + more)])),
        4 => (place(), place()).prop_map(|(start, end)| Some([start, end])),
        1 => Just(Some([(u32::MAX, u32::MAX), (u32::MAX, 0)])),
        1 => Just(None),
    ];
    (range, text(3)).prop_map(|(range, text)| Edit { range, text })
}

static START: LazyLock<String> = LazyLock::new(|| {
    let steps = (0..6).map(|n| {
        format!("  ## Step {n} 🎉.\n  @batch(cpu={n})\n  step s{n} {{ # 日本\n    run \"echo $date\"\n  }}\n")
    });
    let steps: String = steps.collect();
    format!("let a = 1\n@batch(queue=\"q\")\nflow F {{\n  param date: string\n{steps}}}\n")
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn server_and_client_have_one_text(
        text in prop_oneof![text(12), Just(START.clone())],
        notifications in prop::collection::vec(prop::collection::vec(edit(), 0..4), 1..6),
        utf8 in any::<bool>(),
    ) {
        edits::law(&text, &notifications, if utf8 { Units::Utf8 } else { Units::Utf16 });
    }

    #[test]
    fn the_layout_is_that_of_the_command(
        text in prop_oneof![text(12), Just(START.clone())],
        endings in prop::collection::vec(prop::sample::select(vec!["\n", "\r\n", "\r"]), 1..9),
    ) {
        let mut endings = endings.iter().cycle();
        let lines = text.split('\n').flat_map(|line| [line, endings.next().unwrap()]);
        let text: String = lines.collect();
        edits::layout(&text, Units::Utf8);
        edits::layout(&text, Units::Utf16);
    }
}

#[test]
fn an_edit_ends_with_no_half_of_a_line_ending() {
    let text = "flow A {\n  step s {\r\n    run \"x\"\r\n  }\n}\n";
    for text in [
        text,
        &text.replace("{\r\n", "{ \r\n"),
        "\r\r\nlet a=1\r\n\n\r\n",
    ] {
        edits::layout(text, Units::Utf8);
        edits::layout(text, Units::Utf16);
    }
}

/// Asks everything of every place of a text that is near one; of places further off not of every one,
/// which would take minutes.
fn ask_everything(text: &str, near: usize) {
    let files = Memory::default()
        .with("flowbatch.toml", TOML)
        .with("shared/lib.flow", LIB)
        .with("a.flow", text);
    let settings = Settings::default();
    let path = Path::new("a.flow");
    let analysis = ide::analyze(&files, path, &settings).unwrap();
    let explained = flowbatch::explain(&files, path, &settings)
        .unwrap()
        .explanation;
    let file = analysis.root_id();
    let span_is_place = |span: flowbatch::source::Span| {
        assert!(
            analysis
                .checked
                .sources
                .file(span.file)
                .text
                .get(span.range())
                .is_some()
        );
    };
    for found in symbols::occurrences(&analysis, file) {
        span_is_place(found.span);
    }
    let mut end = 0;
    for (_, span) in tokens::tokens(&analysis, file) {
        span_is_place(span);
        assert!(
            span.start >= end && span.end > span.start,
            "tokens follow each other"
        );
        end = span.end;
    }
    let tree = analysis.root().unwrap();
    for (span, _) in outline::folds(analysis.checked.sources.file(file), tree) {
        span_is_place(span);
    }
    outline::items(tree)
        .iter()
        .for_each(|item| span_is_place(item.name));
    for hint in hints::hints(&analysis, explained.as_ref(), 0..text.len()) {
        assert!(text.is_char_boundary(hint.offset as usize));
    }
    let offsets = (0..=text.len()).filter(|at| text.is_char_boundary(*at));
    let offsets = offsets.filter(|at| at.abs_diff(near) < 12 || at % 41 == near % 41);
    for offset in offsets {
        let place = context::at(&analysis, file, offset);
        assert!(text.get(place.word.clone()).is_some(), "{place:?}");
        let found = complete::complete(&analysis, offset, |_| vec![("lib.flow".to_owned(), false)]);
        assert!(text.get(found.replace.clone()).is_some(), "{found:?}");
        assert!(
            found.replace.start <= offset && offset <= found.replace.end,
            "{found:?} at {offset}"
        );
        if let Some(found) = signature::signature(&analysis, offset) {
            assert!(
                found
                    .active
                    .is_none_or(|active| active < found.parameters.len())
            );
        }
        let _ = describe::hover(&analysis, offset, || explained.as_ref());
        if let Some((span, kind, definition)) = rename::name_at(&analysis, offset) {
            span_is_place(span);
            let references = rename::references(&analysis, definition);
            assert!(references.contains(&definition) && references.contains(&span));
            let _ = rename::check(&analysis, kind, definition, "fresh_name");
        }
    }
}

#[test]
fn every_place_of_a_flow_has_answers() {
    for near in (0..FLOW.len()).step_by(24) {
        ask_everything(FLOW, near);
    }
    ask_everything(&FLOW.replace('\n', "\r\n"), 30);
    ask_everything(&format!("\u{feff}{FLOW}"), 0);
    ask_everything(LIB, 40);
    ask_everything("", 0);
}

/// A text that is cut off, and one that lacks a token.
#[test]
fn every_place_of_a_broken_flow_has_answers() {
    let mut at = 0;
    let mut starts = Vec::new();
    for (_, range) in flowbatch::syntax::lexemes(FLOW, 0..FLOW.len()) {
        starts.push((at, range.end));
        at = range.end;
    }
    for (n, (start, end)) in starts.into_iter().enumerate() {
        // All of them take minutes; which are left out is the same in every run.
        match n % 6 {
            0 => ask_everything(&FLOW[..end], end),
            3 => ask_everything(&format!("{}{}", &FLOW[..start], &FLOW[end..]), start),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_place_of_any_text_has_answers(text in text(12), near in 0usize..40) {
        ask_everything(&text, near);
    }
}
