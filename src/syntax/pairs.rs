//! What the grammar makes of a text: pairs, read a few items at a time.
//!
//! pest keeps all pairs of a parse in one list. A few items at a time, that list
//! is short and its memory is used again and again, whatever the file's size.

use std::ops::Range;

use pest::Parser as _;

use super::grammar::{Grammar, Rule};

/// A pair of the grammar, at its place in the whole text.
#[derive(Clone, Debug)]
pub(super) struct Pair<'i> {
    pair: pest::iterators::Pair<'i, Rule>,
    /// Where the text of its parse begins.
    base: usize,
}

impl<'i> Pair<'i> {
    pub(super) fn as_rule(&self) -> Rule {
        self.pair.as_rule()
    }

    pub(super) fn as_str(&self) -> &'i str {
        self.pair.as_str()
    }

    pub(super) fn range(&self) -> Range<usize> {
        let span = self.pair.as_span();
        self.base + span.start()..self.base + span.end()
    }

    pub(super) fn start(&self) -> usize {
        self.range().start
    }

    pub(super) fn end(&self) -> usize {
        self.range().end
    }

    pub(super) fn into_inner(self) -> Pairs<'i> {
        Pairs {
            pairs: self.pair.into_inner(),
            base: self.base,
        }
    }

    /// This pair and all in it, outer ones first.
    pub(super) fn flatten(self) -> impl Iterator<Item = Self> {
        let base = self.base;
        let inner = self.pair.clone().into_inner().flatten();
        std::iter::once(self).chain(inner.map(move |pair| Self { pair, base }))
    }
}

/// The pairs in a pair.
#[derive(Clone, Debug)]
pub(super) struct Pairs<'i> {
    pairs: pest::iterators::Pairs<'i, Rule>,
    base: usize,
}

impl<'i> Iterator for Pairs<'i> {
    type Item = Pair<'i>;

    fn next(&mut self) -> Option<Pair<'i>> {
        let pair = self.pairs.next()?;
        Some(Pair {
            pair,
            base: self.base,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.pairs.size_hint()
    }
}

impl ExactSizeIterator for Pairs<'_> {}

/// The items of a text, one after another: those of the file; after a `flow`,
/// which is only its head, those of the flow, and what closes it.
#[derive(Debug)]
pub(super) struct Items<'i> {
    text: &'i str,
    at: usize,
    in_flow: bool,
    /// What has been read and not been given out.
    read: Option<Pairs<'i>>,
    /// Where the grammar gave up, which it should never do.
    pub(super) lost: Option<usize>,
}

impl<'i> Items<'i> {
    pub(super) fn new(text: &'i str) -> Self {
        Self {
            text,
            at: 0,
            in_flow: false,
            read: None,
            lost: None,
        }
    }

    /// Reads some more, and gives out the first of it.
    fn read_on(&mut self) -> Option<Pair<'i>> {
        let rule = match self.in_flow {
            true => Rule::items_of_flow,
            false => Rule::item_of_file,
        };
        let base = self.at;
        let parsed = Grammar::parse(rule, &self.text[base..]);
        let Some(pair) = parsed.ok().and_then(|mut pairs| pairs.next()) else {
            self.lost = Some(base);
            return None;
        };
        let pair = Pair { pair, base };
        self.at = pair.end();
        self.read.insert(pair.into_inner()).next()
    }
}

impl<'i> Iterator for Items<'i> {
    type Item = Pair<'i>;

    fn next(&mut self) -> Option<Pair<'i>> {
        if self.lost.is_some() {
            return None;
        }
        let pair = match self.read.as_mut().and_then(Pairs::next) {
            Some(pair) => pair,
            None => self.read_on()?,
        };
        match pair.as_rule() {
            Rule::EOI => return None,
            Rule::flow => self.in_flow = true,
            Rule::close_brace | Rule::missing_brace => self.in_flow = false,
            _ => {}
        }
        Some(pair)
    }
}
