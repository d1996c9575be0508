//! Snippets of the source with labels, drawn by miette.
//!
//! A miette diagnostic has one source, ours have places in several files, so
//! each file becomes a snippet of its own. What miette gets to read is not the
//! file but an [`Excerpt`], the lines that will be shown: it would otherwise
//! scan the file from its start for every label, and print a line of a megabyte
//! as a line of a megabyte.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};
use std::ops::Range;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::{Style, Summary, printable};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::printable::is_unprintable;
use crate::source::{FileId, Source, Sources};

/// Lines shown above and below a label.
const CONTEXT: usize = 1;
/// A label over more lines than this is shown on its first line only.
const TALLEST: u32 = 8;
/// A line of more bytes than this is shown in part.
const WIDEST: usize = 240;
/// What is shown of a long line before its first label.
const LEAD: usize = 60;
/// Stands for what is not shown of a long line.
const CUT: &str = "...";

pub(super) fn render(
    sources: &Sources,
    diagnostics: &[Diagnostic],
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme {
        characters: if style.unicode {
            ThemeCharacters::unicode()
        } else {
            ThemeCharacters::ascii()
        },
        styles: if style.color {
            ThemeStyles::ansi()
        } else {
            ThemeStyles::none()
        },
    })
    .with_width(style.width)
    .with_urls(false)
    .with_context_lines(CONTEXT)
    .with_break_words(false)
    .without_syntax_highlighting();

    for diagnostic in diagnostics {
        render_one(sources, diagnostic, style, &handler, out)?;
        writeln!(out)?;
    }
    match summary(diagnostics) {
        Some((severity, text)) => writeln!(out, "{}: {text}", heading(severity, "", style)),
        None => Ok(()),
    }
}

fn render_one(
    sources: &Sources,
    diagnostic: &Diagnostic,
    style: Style,
    handler: &GraphicalReportHandler,
    out: &mut dyn Write,
) -> io::Result<()> {
    let code = format!("[{}]", diagnostic.code.name);
    writeln!(
        out,
        "{}: {}",
        heading(diagnostic.severity, &code, style),
        printable(&diagnostic.message)
    )?;

    let mut snippets: Vec<Snippet> = by_file(diagnostic)
        .into_iter()
        .map(|(file, labels)| Snippet::new(sources.file(file), &labels))
        .collect();
    if let Some(help) = &diagnostic.help {
        // Below the last snippet; miette wraps it.
        let help = Some(printable(help).into_owned());
        match snippets.last_mut() {
            Some(last) => last.help = help,
            None => snippets.push(Snippet {
                help,
                ..Snippet::default()
            }),
        }
    }
    for snippet in &snippets {
        let mut drawn = String::new();
        handler
            .render_report(&mut drawn, snippet)
            .map_err(io::Error::other)?;
        // miette begins with the message, which is already written, above all snippets.
        let (_, snippet) = drawn.split_once('\n').unwrap_or_default();
        out.write_all(snippet.as_bytes())?;
    }
    for fix in &diagnostic.fixes {
        let title = if fix.certain { "fix" } else { "try" };
        let message = printable(&fix.message).replace('\n', "\n        ");
        writeln!(out, "   {}: {message}", paint(title, "36", style))?;
    }
    Ok(())
}

/// The labels of each file, the primary one's file first.
fn by_file(diagnostic: &Diagnostic) -> Vec<(FileId, Vec<&Label>)> {
    let mut files: Vec<(FileId, Vec<&Label>)> = Vec::new();
    let (primary, others): (Vec<&Label>, Vec<&Label>) =
        diagnostic.labels.iter().partition(|label| label.primary);
    for label in primary.into_iter().chain(others) {
        match files.iter_mut().find(|(file, _)| *file == label.span.file) {
            Some((_, labels)) => labels.push(label),
            None => files.push((label.span.file, vec![label])),
        }
    }
    files
}

fn summary(diagnostics: &[Diagnostic]) -> Option<(Severity, String)> {
    let worst = diagnostics.iter().map(|found| found.severity).max()?;
    let summary = Summary::of(diagnostics);
    let plural = |n: usize, word: &str| match n {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    };
    let counts: Vec<String> = [
        plural(summary.errors, "error"),
        plural(summary.warnings, "warning"),
        (summary.advice > 0).then(|| format!("{} advice", summary.advice)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut text = counts.join(", ");
    let fixable = diagnostics
        .iter()
        .filter(|found| found.fixes.iter().any(|fix| fix.certain))
        .count();
    if fixable > 0 {
        text.push_str(&format!("; `flowbatch check --fix` mends {fixable}"));
    }
    Some((worst, text))
}

fn heading(severity: Severity, code: &str, style: Style) -> String {
    let color = match severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Advice => "1;36",
    };
    paint(&format!("{}{code}", severity.as_str()), color, style)
}

fn paint(text: &str, color: &str, style: Style) -> String {
    if style.color {
        format!("\u{1b}[{color}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// What miette draws at once: labels in one file, and help below them.
#[derive(Debug, Default)]
struct Snippet {
    excerpt: Excerpt,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
}

impl Snippet {
    fn new(source: &Source, labels: &[&Label]) -> Self {
        let places: Vec<Place> = labels
            .iter()
            .map(|label| Place::new(source, label))
            .collect();
        let excerpt = Excerpt::new(source, &places);
        let labels = places
            .iter()
            .zip(labels)
            .map(|(place, label)| {
                let (span, cut_away) = excerpt.map(place);
                let mut message = printable(&label.message).into_owned();
                if cut_away {
                    let column = source.position_chars(label.span.start).column;
                    message = format!("{message} (column {column})");
                }
                let message = (!message.is_empty()).then_some(message);
                if label.primary {
                    LabeledSpan::new_primary_with_span(message, span)
                } else {
                    LabeledSpan::new_with_span(message, span)
                }
            })
            .collect();
        Self {
            excerpt,
            labels,
            help: None,
        }
    }
}

impl fmt::Display for Snippet {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Snippet {}

impl miette::Diagnostic for Snippet {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as _)
    }
}

/// A label's span by line, lines from 1, bytes within the text of the line.
#[derive(Debug)]
struct Place {
    first: (u32, usize),
    last: (u32, usize),
}

impl Place {
    fn new(source: &Source, label: &Label) -> Self {
        let at = |offset: u32| {
            let line = source.line_of(offset);
            let start = source
                .line_starts()
                .get(line as usize - 1)
                .copied()
                .unwrap_or(0);
            // Line endings are not part of a line here: clamp to its text.
            let text = source.line_text(line);
            let mut column = (offset.saturating_sub(start) as usize).min(text.len());
            while !text.is_char_boundary(column) {
                column -= 1;
            }
            (line, column)
        };
        let first = at(label.span.start);
        let mut last = at(label.span.end.max(label.span.start));
        if last.0 > first.0 && last.1 == 0 {
            // It ends with the line break: nothing of the next line is meant.
            last = at(label.span.end - 1);
        }
        if last.0 - first.0 >= TALLEST {
            last = (first.0, source.line_text(first.0).len());
        }
        Self { first, last }
    }
}

/// The lines of a file that are shown, as a text of their own.
#[derive(Debug, Default)]
struct Excerpt {
    name: String,
    text: String,
    lines: Vec<Line>,
}

/// One line of an [`Excerpt`].
#[derive(Debug)]
struct Line {
    /// Its number in the file, from 1.
    number: u32,
    /// Where it stands in the excerpt, with its line feed.
    range: Range<usize>,
    /// Which bytes of the file's line are shown.
    window: Range<usize>,
    /// Characters of the file's line before the window.
    skipped: usize,
    /// The bytes that stand for them.
    mark: usize,
}

impl Excerpt {
    fn new(source: &Source, places: &[Place]) -> Self {
        let mut numbers = BTreeSet::new();
        let context = u32::try_from(CONTEXT).unwrap_or(0);
        let mut count = u32::try_from(source.line_starts().len()).unwrap_or(u32::MAX);
        if source.text.ends_with('\n') {
            // What follows the last line feed is no line to be shown as context.
            count -= 1;
        }
        for place in places {
            let first = place.first.0.saturating_sub(context).max(1);
            numbers.extend(first..=place.last.0);
            numbers.extend(place.last.0..=(place.last.0 + context).min(count));
            numbers.insert(place.last.0);
        }
        let mut excerpt = Self {
            name: printable(&source.name).into_owned(),
            ..Self::default()
        };
        for number in numbers {
            excerpt.push(source, number, places);
        }
        excerpt
    }

    fn push(&mut self, source: &Source, number: u32, places: &[Place]) {
        let line = source.line_text(number);
        let window = window(line, number, places);
        let shown = line.get(window.clone()).unwrap_or_default();
        let start = self.text.len();
        let mark = if window.start > 0 { CUT } else { "" };
        self.text.push_str(mark);
        self.text.extend(shown.chars().map(shown_as));
        if window.end < line.len() {
            self.text.push_str(CUT);
        }
        self.text.push('\n');
        let first = source.line_starts().get(number as usize - 1).copied();
        let hidden = u32::try_from(window.start).unwrap_or(u32::MAX);
        let skipped = source.position_chars(first.unwrap_or(0) + hidden).column - 1;
        self.lines.push(Line {
            number,
            range: start..self.text.len(),
            skipped: skipped as usize,
            window,
            mark: mark.len(),
        });
    }

    /// Where a place stands in the excerpt, and whether its start was cut away.
    fn map(&self, place: &Place) -> (SourceSpan, bool) {
        let at = |(number, column): (u32, usize)| {
            let index = self.lines.partition_point(|line| line.number < number);
            self.lines.get(index).map_or((0, false), |line| {
                let shown = column.clamp(line.window.start, line.window.end);
                (
                    line.range.start + line.mark + shown - line.window.start,
                    shown != column,
                )
            })
        };
        let (start, cut_away) = at(place.first);
        let (end, _) = at(place.last);
        ((start..end.max(start)).into(), cut_away)
    }

    fn line_at(&self, offset: usize) -> usize {
        self.lines
            .partition_point(|line| line.range.end <= offset)
            .min(self.lines.len().saturating_sub(1))
    }
}

/// Which bytes of a line are shown: all of a normal one, those around the labels of a long one.
fn window(line: &str, number: u32, places: &[Place]) -> Range<usize> {
    if line.len() <= WIDEST {
        return 0..line.len();
    }
    let first = places
        .iter()
        .filter(|place| place.first.0 == number)
        .map(|place| place.first.1)
        .min()
        .unwrap_or(0);
    let mut start = first.saturating_sub(LEAD);
    while !line.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (start + WIDEST - 2 * CUT.len()).min(line.len());
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    start..end
}

/// A character that is safe on a terminal and has as many bytes, so that no label moves.
fn shown_as(c: char) -> char {
    match c.len_utf8() {
        _ if c == '\t' || !is_unprintable(c) => c,
        1 => '?',
        2 => '·',
        _ => '\u{fffd}',
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let out_of_bounds = || MietteError::OutOfBounds;
        let mut first = self.line_at(span.offset());
        let mut last = self.line_at(span.offset() + span.len().saturating_sub(1));
        let column = self.lines.get(first).map_or(0, |line| {
            let text = self.text.get(line.range.start + line.mark..span.offset());
            line.skipped + text.unwrap_or_default().chars().count()
        });
        let adjacent = |pair: &[Line]| pair[0].number + 1 == pair[1].number;
        // miette asks for one span over two labels to see whether they share a
        // snippet: not across lines that are not here.
        let lines = self.lines.get(first..=last).ok_or_else(out_of_bounds)?;
        if !lines.windows(2).all(adjacent) {
            return Err(out_of_bounds());
        }
        for _ in 0..before {
            let pair = first
                .checked_sub(1)
                .and_then(|at| self.lines.get(at..=first));
            first -= usize::from(pair.is_some_and(adjacent));
        }
        for _ in 0..after {
            let pair = self.lines.get(last..last + 2);
            last += usize::from(pair.is_some_and(adjacent));
        }
        let lines = self.lines.get(first..=last).ok_or_else(out_of_bounds)?;
        let (Some(top), Some(bottom)) = (lines.first(), lines.last()) else {
            return Err(out_of_bounds());
        };
        let range = top.range.start..bottom.range.end;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.get(range.clone()).unwrap_or_default().as_bytes(),
            range.into(),
            top.number as usize - 1,
            // With no lines around it, it is the position of the span that is asked for.
            if before == 0 { column } else { 0 },
            lines.len(),
        )))
    }
}

#[cfg(test)]
// One span is what many of these tests are about.
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;
    use crate::codes::names::DUPLICATE_FLOW;
    use crate::report::{Format, render, testing};
    use crate::source::Span;
    use proptest::prelude::*;

    #[test]
    fn snippets_of_every_file() {
        insta::assert_snapshot!(testing::rendered_sample(Format::Human));
    }

    #[test]
    fn nothing_found_says_nothing() {
        assert_eq!(
            testing::rendered(Format::Human, &Sources::default(), &[]),
            ""
        );
    }

    #[test]
    fn colours_and_boxes_on_a_terminal() {
        let (sources, diagnostics) = testing::sample();
        let style = Style {
            color: true,
            unicode: true,
            width: 60,
        };
        let mut out = Vec::new();
        render(Format::Human, &sources, &diagnostics[..1], style, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("\u{1b}[1;31merror[duplicate-flow]\u{1b}[0m: `True`"));
        assert!(text.contains("╭─["), "{text}");
    }

    fn shown(text: &str, spans: &[Range<usize>]) -> String {
        let mut sources = Sources::default();
        let file = sources.add("a.flow".into(), "a.flow".to_owned(), text);
        let mut found = Diagnostic::nowhere(&DUPLICATE_FLOW, "wrong");
        for (at, span) in (0..).zip(spans) {
            found.labels.push(Label {
                span: Span::new(file, span.start, span.end),
                message: format!("label {at}"),
                primary: at == 0,
            });
        }
        testing::rendered(Format::Human, &sources, &[found])
    }

    #[test]
    fn places_that_are_hard_to_show() {
        let cases = [
            ("an empty file", shown("", &[0..0])),
            ("after the last line feed", shown("flow A {\n", &[9..9])),
            ("at the end of a line", shown("flow A\r\n{}\r\n", &[6..6])),
            (
                "over line ends",
                shown("flow A\r\n{\r\n}\r\n", &[5..14, 8..10]),
            ),
            ("no line feed at the end", shown("a\nb\nlet", &[4..7])),
            ("far apart", shown(&"line\n".repeat(30), &[5..9, 100..104])),
            (
                "control characters",
                shown("let \u{1b}[31m = \u{202e}1\n", &[4..9]),
            ),
            ("tabs", shown("\tlet\tx = 1\n", &[5..6])),
        ];
        let text: String = cases
            .iter()
            .map(|(what, text)| format!("-- {what} --\n{text}"))
            .collect();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_very_long_line_is_shown_around_its_labels() {
        let line = format!("{}here{}there", "é ".repeat(5000), "x".repeat(5000));
        let at = line.find("here").unwrap();
        let end = line.len();
        let text = shown(&line, &[at..at + 4, end - 5..end]);
        assert!(text.len() < 1000, "{}", text.len());
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_label_over_many_lines_is_shown_on_the_first() {
        let text = format!("flow A {{\n{}}}\n", "  step x {}\n".repeat(1000));
        let text = shown(&text, &[0..text.len()]);
        assert!(text.lines().count() < 12, "{text}");
    }

    proptest! {
        /// Whatever the text and the spans, something is drawn and every label is in it.
        #[test]
        fn every_label_is_shown(
            text in "[a-z é🎉\t\r\n\u{1b}]{0,120}",
            spans in prop::collection::vec((0usize..130, 0usize..60), 1..4),
        ) {
            let boundary = |mut at: usize| {
                at = at.min(text.len());
                while !text.is_char_boundary(at) { at -= 1; }
                at
            };
            let spans: Vec<Range<usize>> = spans
                .iter()
                .map(|(start, length)| boundary(*start)..boundary(start + length))
                .collect();
            let text = shown(&text, &spans);
            for at in 0..spans.len() {
                let label = format!("label {at}");
                prop_assert!(text.contains(&label), "{}", text);
            }
            prop_assert!(!text.contains('\x1b'), "{}", text);
        }
    }
}
