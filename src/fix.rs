//! Certain fixes, applied to texts. No file is touched here.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::source::{FileId, Sources};

/// How often fixes are applied at most. A fix may uncover the next mistake; one
/// that undoes another ends here.
pub const ROUNDS: usize = 16;

/// A file after its fixes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fixed {
    /// Which file.
    pub file: FileId,
    /// Its new text.
    pub text: String,
    /// How many diagnostics the edits mend whose first edit is in this file.
    pub problems: usize,
}

/// Applies the first certain fix of every diagnostic.
///
/// A fix is applied as a whole or not at all. One that touches what an earlier
/// one has changed is left for the next round, when its diagnostic, if it is
/// still there, offers edits for the new text.
#[must_use]
pub fn apply_certain(sources: &Sources, diagnostics: &[Diagnostic]) -> Vec<Fixed> {
    let mut taken = Taken::default();
    let mut edits: BTreeMap<FileId, (Vec<&Edit>, usize)> = BTreeMap::new();
    for diagnostic in diagnostics {
        let Some(fix) = diagnostic.fixes.iter().find(|fix| fix.certain) else {
            continue;
        };
        if !is_sound(sources, fix) || !taken.take(fix) {
            continue;
        }
        if let Some(first) = fix.edits.first() {
            edits.entry(first.span.file).or_default().1 += 1;
        }
        for edit in &fix.edits {
            edits.entry(edit.span.file).or_default().0.push(edit);
        }
    }
    edits
        .into_iter()
        .filter_map(|(file, (edits, problems))| {
            let old = &sources.file(file).text;
            let text = apply(old, edits)?;
            (text != **old).then_some(Fixed {
                file,
                text,
                problems,
            })
        })
        .collect()
}

/// `text` after edits that all lie in it; `None` when two of them overlap or
/// one is not a range of it.
#[must_use]
pub fn apply<'a>(text: &str, edits: impl IntoIterator<Item = &'a Edit>) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut fixed = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let range = edit.span.range();
        fixed.push_str(text.get(at..range.start)?);
        // Asked for only to refuse a range that splits a character or runs past the end.
        text.get(range.clone())?;
        fixed.push_str(&edit.text);
        at = range.end;
    }
    fixed.push_str(text.get(at..)?);
    Some(fixed)
}

/// Whether every edit is a range of its file and none overlaps another of the same fix.
fn is_sound(sources: &Sources, fix: &Fix) -> bool {
    let mut spans: Vec<_> = fix.edits.iter().map(|edit| edit.span).collect();
    spans.sort_unstable();
    !spans.is_empty()
        && spans
            .iter()
            .all(|span| sources.file(span.file).text.get(span.range()).is_some())
        && spans
            .windows(2)
            .all(|pair| pair[0].file != pair[1].file || pair[0].end <= pair[1].start)
}

/// The places that accepted fixes change: start and end of each, by file.
#[derive(Default)]
struct Taken(BTreeMap<(FileId, u32), u32>);

impl Taken {
    /// Takes the places of a fix, unless one of them overlaps or even touches a
    /// place already taken: there the order of the texts would be a guess.
    fn take(&mut self, fix: &Fix) -> bool {
        let free = fix.edits.iter().all(|edit| {
            let span = edit.span;
            self.0
                .range((span.file, 0)..=(span.file, span.end))
                .next_back()
                .is_none_or(|(_, &end)| end < span.start)
        });
        if free {
            for edit in &fix.edits {
                let end = self.0.entry((edit.span.file, edit.span.start)).or_default();
                *end = edit.span.end.max(*end);
            }
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::names::DUPLICATE_FLOW;
    use crate::source::Span;
    use proptest::prelude::*;

    fn sources(text: &str) -> (Sources, FileId) {
        let mut sources = Sources::default();
        let file = sources.add("a.flow".into(), "a.flow".to_owned(), text);
        (sources, file)
    }

    fn diagnostic(file: FileId, edits: &[(usize, usize, &str)], certain: bool) -> Diagnostic {
        Diagnostic::nowhere(&DUPLICATE_FLOW, "x").fix_edits(
            "mend",
            certain,
            edits
                .iter()
                .map(|&(start, end, text)| Edit {
                    span: Span::new(file, start, end),
                    text: text.to_owned(),
                })
                .collect(),
        )
    }

    fn fixed(text: &str, diagnostics: &[Diagnostic]) -> Option<(String, usize)> {
        let (sources, _) = sources(text);
        apply_certain(&sources, diagnostics)
            .pop()
            .map(|fixed| (fixed.text, fixed.problems))
    }

    #[test]
    fn several_fixes_at_once() {
        let file = FileId(0);
        let found = [
            diagnostic(file, &[(4, 8, "true")], true),
            diagnostic(file, &[(0, 1, "b"), (9, 9, ",")], true),
        ];
        assert_eq!(
            fixed("a = True x", &found),
            Some(("b = true ,x".to_owned(), 2))
        );
    }

    #[test]
    fn fixes_that_meet_wait_for_the_next_round() {
        let file = FileId(0);
        let found = [
            diagnostic(file, &[(0, 2, "x")], true),
            diagnostic(file, &[(2, 2, ",")], true),
            diagnostic(file, &[(1, 3, "y"), (5, 6, "z")], true),
        ];
        assert_eq!(fixed("abcdefg", &found), Some(("xcdefg".to_owned(), 1)));
    }

    #[test]
    fn uncertain_and_unsound_fixes_are_not_applied() {
        let file = FileId(0);
        assert_eq!(
            fixed("abc", &[diagnostic(file, &[(0, 1, "x")], false)]),
            None
        );
        assert_eq!(
            fixed("abc", &[diagnostic(file, &[(2, 9, "x")], true)]),
            None
        );
        assert_eq!(
            fixed("äbc", &[diagnostic(file, &[(1, 2, "x")], true)]),
            None
        );
        assert_eq!(
            fixed(
                "abc",
                &[diagnostic(file, &[(0, 2, "x"), (1, 3, "y")], true)]
            ),
            None
        );
        assert_eq!(
            fixed("abc", &[diagnostic(file, &[(0, 1, "a")], true)]),
            None
        );
    }

    proptest! {
        /// Whatever the fixes, the text outside the accepted spans is kept, in order.
        #[test]
        fn only_spans_change(
            text in "[a-zäß€🎉\n]{0,40}",
            wanted in prop::collection::vec((0usize..60, 0usize..6, "[A-Z]{0,4}"), 0..8),
        ) {
            let (sources, file) = sources(&text);
            let found: Vec<Diagnostic> = wanted
                .iter()
                .map(|(start, length, new)| diagnostic(file, &[(*start, start + length, new)], true))
                .collect();
            let after = apply_certain(&sources, &found)
                .pop()
                .map_or_else(|| text.clone(), |fixed| fixed.text);
            // The texts put in are upper case and the original is not, so what
            // is left of the original must be a subsequence of it, and long enough.
            let kept: Vec<char> = after.chars().filter(|c| !c.is_ascii_uppercase()).collect();
            let mut rest = text.chars();
            prop_assert!(kept.iter().all(|c| rest.any(|other| other == *c)));
            let deleted: usize = wanted.iter().map(|(_, length, _)| length).sum();
            prop_assert!(kept.iter().map(|c| c.len_utf8()).sum::<usize>() + deleted >= text.len());
        }

        /// Edits that do not overlap do exactly what replacing from the back does.
        #[test]
        fn apply_agrees_with_replacing_from_the_back(
            pieces in prop::collection::vec(("[a-z€]{0,5}", "[a-z€]{0,5}", "[A-Z]{0,4}"), 0..8),
        ) {
            let mut text = String::new();
            let mut edits = Vec::new();
            let mut expected = String::new();
            for (kept, old, new) in &pieces {
                text.push_str(kept);
                expected.push_str(kept);
                let start = text.len();
                text.push_str(old);
                expected.push_str(new);
                edits.push(Edit { span: Span::new(FileId(0), start, text.len()), text: new.clone() });
            }
            prop_assert_eq!(apply(&text, &edits), Some(expected));
        }
    }
}
