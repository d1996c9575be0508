//! Certain fixes, applied to texts. No file is touched here.
//!
//! A fix is certain where there is one reading of what was meant. In a garbled text that reading may
//! still be wrong, and the fix makes two mistakes of one. So a fix is kept only if a check of the
//! fixed texts finds them no worse.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use crate::Checked;
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity};
use crate::source::{FileId, Loader, Overlay, Sources, Span};

/// How often fixes are looked for at most. A fix may uncover the next mistake; one
/// that undoes another ends here.
pub const ROUNDS: usize = 16;

/// How often fixed texts are checked at most, so that the time is linear in the texts however many
/// fixes there are. It is one where all are kept.
pub const CHECKS: usize = 64;

/// What a check found: a part of [`Checked`], or of several.
#[derive(Debug)]
pub struct Found {
    /// What the spans point into.
    pub sources: Sources,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl From<Checked> for Found {
    fn from(checked: Checked) -> Self {
        Self {
            sources: checked.sources,
            diagnostics: checked.diagnostics,
        }
    }
}

/// A line of a file, from 1.
type Line = (FileId, u32);

impl Found {
    fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
        self.diagnostics.iter().filter(is_error)
    }

    fn line(&self, span: Span) -> Line {
        (span.file, self.sources.file(span.file).line_of(span.start))
    }
}

/// A file after its fixes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fixed {
    /// Where it was read from.
    pub path: PathBuf,
    /// How diagnostics call it.
    pub name: String,
    /// Its text as read.
    pub old: Arc<str>,
    /// Its text now.
    pub new: Arc<str>,
    /// How many diagnostics were mended whose fix begins in this file.
    pub problems: usize,
}

/// What [`apply_certain`] came to.
#[derive(Debug)]
pub struct Outcome {
    /// What is wrong with the fixed texts. A certain fix that is still there was not kept.
    pub found: Found,
    /// The files that differ now.
    pub files: Vec<Fixed>,
}

/// Applies certain fixes until there is none left that may be kept.
///
/// `check` is asked what is wrong with `files`, then with fixed texts over them. There are never more
/// errors afterwards than before: all fixes are tried at once, and group by group where errors come
/// up that were not there. One that leads to more errors is not applied; nor is one after which
/// `check` fails, and of very many garbled fixes what was not tried in [`CHECKS`].
///
/// A fix is applied as a whole or not at all. One that touches what another one has changed waits
/// until its diagnostic, if it is still there, offers edits for the new text.
///
/// ```
/// use flowbatch::{Settings, check, fix, source::Memory};
///
/// let text = "@batch(queue='ml', privileged=True) flow Churn { step start { run \"true\" } }";
/// let files = Memory::default().with("churn.flow", text);
/// let settings = Settings::default();
/// let outcome = fix::apply_certain(&files, |files| {
///     check(files, "churn.flow".as_ref(), &settings).map(fix::Found::from)
/// })?;
/// let fixed = &outcome.files[0];
/// assert!(fixed.new.starts_with("@batch(queue=\"ml\", privileged=true) flow"));
/// assert_eq!(fixed.problems, 2);
/// # Ok::<(), flowbatch::ReadError>(())
/// ```
///
/// # Errors
/// When the first check fails.
pub fn apply_certain<L: Loader + ?Sized, E>(
    files: &L,
    check: impl FnMut(&Overlay<'_, L>) -> Result<Found, E>,
) -> Result<Outcome, E> {
    let texts = Overlay::new(files);
    let mut search = Search {
        texts,
        check,
        checks: CHECKS,
    };
    let mut found = (search.check)(&search.texts)?;
    let mut fixed: BTreeMap<PathBuf, Fixed> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let Some((kept, next)) = search.round(&found) else {
            break;
        };
        for (id, (new, problems)) in fixed_texts(&found.sources, &kept) {
            let source = found.sources.file(id);
            search.texts.insert(&source.path, Arc::clone(&new));
            let file = fixed
                .entry(files.identity(&source.path))
                .or_insert_with(|| Fixed {
                    path: source.path.clone(),
                    name: source.name.clone(),
                    old: Arc::clone(&source.text),
                    new: Arc::clone(&new),
                    problems: 0,
                });
            file.new = new;
            file.problems += problems;
        }
        found = next;
    }
    let files = fixed.into_values().filter(|file| file.old != file.new);
    Ok(Outcome {
        found,
        files: files.collect(),
    })
}

/// A fix that may be applied, and what it mends.
#[derive(Clone, Copy)]
struct Candidate<'f> {
    diagnostic: &'f Diagnostic,
    fix: &'f Fix,
}

impl Candidate<'_> {
    fn mends_error(&self) -> bool {
        self.diagnostic.severity == Severity::Error
    }

    /// Where it begins to change the text that it was `found` in.
    fn line(&self, found: &Found) -> Option<Line> {
        self.fix.edits.first().map(|edit| found.line(edit.span))
    }
}

/// The first certain fix of each diagnostic that changes anything.
fn candidates(found: &Found) -> Vec<Candidate<'_>> {
    let fixes = found.diagnostics.iter().filter_map(|diagnostic| {
        let fix = diagnostic.fixes.iter().find(|fix| fix.certain)?;
        Some(Candidate { diagnostic, fix })
    });
    fixes
        .filter(|candidate| changes(&found.sources, candidate.fix))
        .collect()
}

struct Search<'a, L: ?Sized, C> {
    /// The files with the fixes of earlier rounds.
    texts: Overlay<'a, L>,
    check: C,
    /// How many checks are left.
    checks: usize,
}

impl<L, E, C> Search<'_, L, C>
where
    L: Loader + ?Sized,
    C: FnMut(&Overlay<'_, L>) -> Result<Found, E>,
{
    /// The fixes of `found` that may be kept, and what is found with them; `None` if there are none.
    ///
    /// All are tried at once, and of a group that may not be kept its [`parts`], larger groups first:
    /// where the checks run out, little is left untried.
    fn round<'f>(&mut self, found: &'f Found) -> Option<(Vec<Candidate<'f>>, Found)> {
        let mut kept = Vec::new();
        let mut last: Option<Found> = None;
        let mut places = Taken::default();
        let mut waiting = candidates(found);
        while !waiting.is_empty() {
            let mut taken = places.clone();
            let (apart, met): (Vec<_>, Vec<_>) = waiting
                .into_iter()
                .partition(|candidate: &Candidate<'_>| taken.take(candidate.fix));
            let all_met = apart.is_empty();
            let mut groups = VecDeque::from([apart]);
            while let Some(group) = groups.pop_front().filter(|group| !group.is_empty()) {
                let Some(checks) = self.checks.checked_sub(1) else {
                    return last.map(|last| (kept, last));
                };
                self.checks = checks;
                let before = kept.len();
                kept.extend_from_slice(&group);
                let now = last.as_ref().unwrap_or(found);
                match self.check_with(found, &kept) {
                    Some(after) if is_no_worse(now, &group, &after) => last = Some(after),
                    after => {
                        kept.truncate(before);
                        groups.extend(parts(found, group, now, after.as_ref()));
                    }
                }
            }
            // Those that met one that is not kept are tried after all.
            places = Taken::default();
            for candidate in &kept {
                places.take(candidate.fix);
            }
            waiting = if all_met { Vec::new() } else { met };
        }
        last.map(|last| (kept, last))
    }

    fn check_with(&mut self, found: &Found, fixes: &[Candidate<'_>]) -> Option<Found> {
        let mut texts = self.texts.clone();
        for (file, (text, _)) in fixed_texts(&found.sources, fixes) {
            texts.insert(&found.sources.file(file).path, text);
        }
        (self.check)(&texts).ok()
    }
}

/// Whether what a group of fixes came to may be kept.
///
/// One may uncover an error that was hidden by what it mends, but not two. Several at once may uncover
/// none, lest one that makes two of one hide among the others.
fn is_no_worse(before: &Found, group: &[Candidate<'_>], after: &Found) -> bool {
    let mended = match group {
        [_] => 0,
        _ => group.iter().filter(|fix| fix.mends_error()).count(),
    };
    after.errors().count() + mended <= before.errors().count()
}

/// What to try of a group that may not be kept: those beside new errors and the others, or those of
/// other codes, or any two halves.
fn parts<'f>(
    found: &Found,
    mut group: Vec<Candidate<'f>>,
    before: &Found,
    after: Option<&Found>,
) -> Vec<Vec<Candidate<'f>>> {
    if group.len() < 2 {
        return Vec::new();
    }
    if let Some(after) = after {
        let lines = beside_new_errors(found, &group, before, after);
        let suspected = |fix: &Candidate<'_>| fix.line(found).is_some_and(|at| lines.contains(&at));
        let (suspected, others): (Vec<_>, Vec<_>) = group.iter().partition(|fix| suspected(fix));
        if !suspected.is_empty() && !others.is_empty() {
            return vec![others, suspected];
        }
    }
    let code = |fix: &Candidate<'_>| fix.diagnostic.code.name;
    let codes: BTreeSet<&str> = group.iter().map(code).collect();
    match codes.iter().nth(codes.len() / 2) {
        Some(&middle) if codes.len() > 1 => {
            let (some, others) = group.iter().partition(|fix| code(fix) < middle);
            vec![some, others]
        }
        _ => {
            let half = group.split_off(group.len() / 2);
            vec![group, half]
        }
    }
}

/// The lines of those fixes of a group that stand where there are more errors after than before, or
/// nearest above. Hardly a fix adds lines, and if one does, only time is lost.
fn beside_new_errors(
    found: &Found,
    group: &[Candidate<'_>],
    before: &Found,
    after: &Found,
) -> BTreeSet<Line> {
    let mut new: BTreeMap<Line, i32> = BTreeMap::new();
    let mut count = |found: &Found, diagnostic: &Diagnostic, n: i32| {
        if let Some(span) = diagnostic.primary() {
            *new.entry(found.line(span)).or_default() += n;
        }
    };
    before.errors().for_each(|error| count(before, error, -1));
    after.errors().for_each(|error| count(after, error, 1));
    let mended = group.iter().filter(|fix| fix.mends_error());
    mended.for_each(|fix| count(found, fix.diagnostic, 1));
    let fixes: BTreeSet<Line> = group.iter().filter_map(|fix| fix.line(found)).collect();
    let places = new.into_iter().filter(|(_, more)| *more > 0);
    places
        .filter_map(|((file, line), _)| fixes.range((file, 0)..=(file, line)).next_back().copied())
        .collect()
}

/// The files that fixes change, with their new texts, and how many of the fixes begin there.
fn fixed_texts(sources: &Sources, fixes: &[Candidate<'_>]) -> BTreeMap<FileId, (Arc<str>, usize)> {
    let mut edits: BTreeMap<FileId, (Vec<&Edit>, usize)> = BTreeMap::new();
    for Candidate { fix, .. } in fixes {
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
            let text = apply(&sources.file(file).text, edits)?;
            Some((file, (text.into(), problems)))
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

/// Whether a fix changes a text, every edit is a range of its file, and none overlaps another.
fn changes(sources: &Sources, fix: &Fix) -> bool {
    let mut spans: Vec<_> = fix.edits.iter().map(|edit| edit.span).collect();
    spans.sort_unstable();
    let old = |span: &Span| sources.file(span.file).text.get(span.range());
    fix.edits
        .iter()
        .any(|edit| old(&edit.span) != Some(&edit.text))
        && spans.iter().all(|span| old(span).is_some())
        && spans
            .windows(2)
            .all(|pair| pair[0].file != pair[1].file || pair[0].end <= pair[1].start)
}

/// The places that accepted fixes change: start and end of each, by file.
#[derive(Clone, Default)]
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
    use crate::codes::{names::DUPLICATE_FLOW, syntax::MISSING_COMMA};
    use crate::source::Memory;
    use proptest::prelude::*;
    use std::io;
    use std::path::Path;

    fn sources(text: &str) -> (Sources, FileId) {
        let mut sources = Sources::default();
        let file = sources.add("a.flow".into(), "a.flow".to_owned(), text);
        (sources, file)
    }

    fn diagnostic(file: FileId, edits: &[(usize, usize, &str)], certain: bool) -> Diagnostic {
        let (start, end, _) = edits[0];
        Diagnostic::new(&DUPLICATE_FLOW, Span::new(file, start, end), "x").fix_edits(
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

    /// What the fixes of one check make of a text, and how many were kept.
    fn fixed(text: &str, diagnostics: &[Diagnostic]) -> Option<(String, usize)> {
        let files = Memory::default().with("a.flow", text);
        let check = |files: &Overlay<'_, Memory>| {
            let now = String::from_utf8(files.read(Path::new("a.flow"))?).unwrap();
            let (sources, _) = sources(&now);
            let diagnostics = if now == text {
                diagnostics.to_vec()
            } else {
                Vec::new()
            };
            io::Result::Ok(Found {
                sources,
                diagnostics,
            })
        };
        let fixed = apply_certain(&files, check).unwrap().files.pop()?;
        Some((fixed.new.to_string(), fixed.problems))
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

    /// Finds an error at each letter but `o`. An `x` is fixed well, to `o`; a `v` hides another
    /// error; a `u` becomes two, as does a `w`, which is another kind of mistake. Returns the text then, the problems and the checks.
    fn mended(text: &str) -> (String, usize, usize) {
        let files = Memory::default().with("a.flow", text);
        let mut checks = 0;
        let check = |files: &Overlay<'_, Memory>| {
            checks += 1;
            let text = String::from_utf8(files.read(Path::new("a.flow"))?).unwrap();
            let (sources, file) = sources(&text);
            let errors = text
                .char_indices()
                .filter(|(_, c)| c.is_alphabetic() && *c != 'o');
            let found = errors.map(|(at, c)| match c {
                'x' => diagnostic(file, &[(at, at + 1, "o")], true),
                'v' => diagnostic(file, &[(at, at + 1, "e")], true),
                'u' => diagnostic(file, &[(at, at + 1, "ee")], true),
                'w' => Diagnostic {
                    code: &MISSING_COMMA,
                    ..diagnostic(file, &[(at, at + 1, "ee")], true)
                },
                _ => Diagnostic::new(&DUPLICATE_FLOW, Span::new(file, at, at + 1), "x"),
            });
            let diagnostics = found.collect();
            io::Result::Ok(Found {
                sources,
                diagnostics,
            })
        };
        let files = apply_certain(&files, check).unwrap().files;
        let (text, problems) = match &files[..] {
            [] => (text, 0),
            [fixed] => (&*fixed.new, fixed.problems),
            _ => unreachable!(),
        };
        (text.to_owned(), problems, checks)
    }

    #[test]
    fn a_fix_that_makes_two_errors_of_one_is_not_kept() {
        assert_eq!(mended("x.x"), ("o.o".to_owned(), 2, 2));
        assert_eq!(mended("u"), ("u".to_owned(), 0, 2));
        assert_eq!(mended("x.u.x.e.x").0, "o.u.o.e.o");
        assert_eq!(mended("v").0, "e");
        assert_eq!(mended("x.v.u.v").0, "o.e.u.e");
    }

    /// What touches a fix that is not kept is tried all the same.
    #[test]
    fn a_fix_that_is_not_kept_holds_up_no_other() {
        assert_eq!(mended("ux").0, "uo");
        assert_eq!(mended("uxux.u").0, "uouo.u");
    }

    /// Of 2,000 fixes in `text` those of `x` are kept; how many checks that takes.
    fn few_bad(text: &str) -> usize {
        let (now, problems, checks) = mended(text);
        assert_eq!(now, text.replace('x', "o"));
        assert_eq!(problems, text.matches('x').count());
        assert_eq!(text.matches(['x', 'u']).count(), 2_000);
        checks
    }

    #[test]
    fn those_that_are_not_kept_are_found_among_many() {
        let line = format!("{}u.u.{}", "x.".repeat(1_333), "x.".repeat(665));
        let checks = few_bad(&line);
        assert!(checks < CHECKS, "{checks}");
        // The places of new errors tell at once.
        let checks = few_bad(&line.replace('.', "\n"));
        assert!(checks < 10, "{checks}");
        let lines = format!("{}u\n", "x\n".repeat(99)).repeat(20);
        few_bad(&lines);
        // So do codes, where they are on every line.
        let both = "xw\n".repeat(1_000);
        assert_eq!(mended(&both).0, both.replace('x', "o"));
    }

    #[test]
    fn the_checks_are_bounded() {
        let bad = "u.".repeat(2_000);
        assert_eq!(mended(&bad), (bad, 0, 1 + CHECKS));
        // Most of the others are mended.
        let mixed = format!("{}u.", "x.".repeat(249)).repeat(8);
        let (text, problems, checks) = mended(&mixed);
        assert_eq!(text.matches('u').count(), 8);
        assert_eq!(text.matches('e').count(), 0);
        assert!(problems > 1_000, "{problems}");
        assert_eq!(checks, 1 + CHECKS);
    }

    #[test]
    fn the_rounds_are_bounded() {
        let files = Memory::default().with("a.flow", "");
        let longer = |files: &Overlay<'_, Memory>| {
            let text = String::from_utf8(files.read(Path::new("a.flow"))?).unwrap();
            let (sources, file) = sources(&text);
            let diagnostics = vec![diagnostic(file, &[(0, 0, "m")], true)];
            io::Result::Ok(Found {
                sources,
                diagnostics,
            })
        };
        let outcome = apply_certain(&files, longer).unwrap();
        assert_eq!(outcome.files[0].new.len(), ROUNDS);
        assert_eq!(outcome.found.diagnostics.len(), 1);
    }

    /// As where a name of the command line is no longer found.
    #[test]
    fn a_fix_after_which_nothing_can_be_checked_is_not_kept() {
        let files = Memory::default().with("a.flow", "x.x");
        let check = |files: &Overlay<'_, Memory>| {
            let text = String::from_utf8(files.read(Path::new("a.flow")).unwrap()).unwrap();
            if text.ends_with('o') {
                return Err(());
            }
            let (sources, file) = sources(&text);
            let places = text.match_indices('x');
            let found = places.map(|(at, _)| diagnostic(file, &[(at, at + 1, "o")], true));
            let diagnostics = found.collect();
            Ok(Found {
                sources,
                diagnostics,
            })
        };
        let outcome = apply_certain(&files, check).unwrap();
        assert_eq!(&*outcome.files[0].new, "o.x");
        assert!(apply_certain(&files, |_| Err::<Found, ()>(())).is_err());
    }

    proptest! {
        /// Whatever the fixes, the text outside the accepted spans is kept, in order.
        #[test]
        fn only_spans_change(
            text in "[a-zäß€🎉\n]{0,40}",
            wanted in prop::collection::vec((0usize..60, 0usize..6, "[A-Z]{0,4}"), 0..8),
        ) {
            let found: Vec<Diagnostic> = wanted
                .iter()
                .map(|(start, length, new)| diagnostic(FileId(0), &[(*start, start + length, new)], true))
                .collect();
            let after = fixed(&text, &found).map_or_else(|| text.clone(), |(text, _)| text);
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
