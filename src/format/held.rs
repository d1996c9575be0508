//! Lines that a comment for `flowbatch` speaks of: what stands on one stays on one, and alone there.

use std::ops::Range;

use super::{Layout, is_blank};
use crate::source::Span;
use crate::syntax::ast::File;
use crate::syntax::{self, TokenKind};

/// Whether a comment is about what `flowbatch` reports on its line or the next one.
pub(super) fn is_directive(comment: &str) -> bool {
    let said = comment.trim_start_matches('#').trim_start();
    said.starts_with("flowbatch:")
}

/// The lines that comments speak of, in order.
pub(super) struct Held(Vec<Range<usize>>);

impl Held {
    pub(super) fn new(text: &str, tree: &File) -> Self {
        let mut lines: Vec<Range<usize>> = Vec::new();
        for comment in &tree.comments {
            let at = comment.start as usize;
            let known = lines.last().is_some_and(|line| at < line.end);
            if known || !is_directive(&text[comment.range()]) {
                continue;
            }
            // Comments above one another all belong to what follows them.
            let mut line = line_of(text, at);
            while text[line.clone()].trim_start().starts_with('#') && line.end < text.len() {
                line = line_of(text, line.end);
            }
            lines.push(line);
        }
        let mut held = Self(lines);
        // What is said above an item's annotations is said of the item.
        let flow = tree.flow.iter();
        let name = |flow: &crate::syntax::ast::Flow| {
            let first = flow.annotations.first()?.span;
            Some((first, flow.name?.span))
        };
        let steps = flow.clone().flat_map(|flow| &flow.steps);
        let steps = steps.filter_map(|step| Some((step.annotations.first()?.span, step.name.span)));
        let more: Vec<_> = flow
            .filter_map(name)
            .chain(steps)
            .filter(|(first, name)| {
                held.contains(first.start as usize) && !held.contains(name.start as usize)
            })
            .map(|(_, name)| line_of(text, name.start as usize))
            .collect();
        held.0.extend(more);
        held.0.sort_unstable_by_key(|line| line.start);
        held.0.dedup();
        held
    }

    /// Whether a place is on such a line.
    pub(super) fn contains(&self, at: usize) -> bool {
        let next = self.0.partition_point(|line| line.end <= at);
        self.0.get(next).is_some_and(|line| line.contains(&at))
    }

    /// Those that have something of `range`.
    fn within(&self, range: Range<usize>) -> &[Range<usize>] {
        let first = self.0.partition_point(|line| line.end <= range.start);
        let last = self.0.partition_point(|line| line.start < range.end);
        self.0.get(first..last).unwrap_or_default()
    }
}

/// The line of a place, with its end.
fn line_of(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |n| at + n + 1);
    start..end
}

impl Layout<'_> {
    /// Whether what stands on a held line stands on one line of `new`, too, with nothing else.
    pub(super) fn keeps_lines(&self, span: Span, new: &str) -> bool {
        let held = self.held.within(span.range());
        if held.is_empty() {
            return true;
        }
        let old = self.between(span.start as usize, span.end as usize);
        let old = old.iter().map(|token| token.range());
        let old: Vec<usize> = old
            .filter(|token| &self.text[token.clone()] != ",")
            .map(|token| token.start)
            .collect();
        // The line of each token.
        let mut lines = Vec::with_capacity(old.len());
        let (mut line, mut counted) = (0, 0);
        for (kind, token) in syntax::lexemes(new, 0..new.len()) {
            let word = &new[token.clone()];
            let is_said = match kind {
                TokenKind::Whitespace => !is_blank(word),
                TokenKind::Comment => false,
                _ => word != ",",
            };
            if is_said {
                let between = new[counted..token.start].bytes();
                line += between.filter(|&b| b == b'\n').count();
                counted = token.start;
                lines.push(line);
            }
        }
        let index = |at: usize| old.partition_point(|&start| start < at);
        lines.len() == old.len()
            && held.iter().all(|range| {
                let there = index(range.start)..index(range.end);
                let Some((first, last)) = lines[there.clone()]
                    .first()
                    .zip(lines[there.clone()].last())
                else {
                    return true;
                };
                let before = there.start.checked_sub(1).and_then(|at| lines.get(at));
                first == last && before != Some(first) && lines.get(there.end) != Some(last)
            })
    }
}
