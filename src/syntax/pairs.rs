//! What the grammar makes of a text: pairs, read a few items at a time.
//!
//! pest keeps all pairs of a parse in one list. A few items at a time, that list
//! is short and its memory is used again and again, whatever the file's size. It
//! is copied into one of our own, whose pairs are small and cheap to go through.

use std::ops::Range;
use std::rc::Rc;

use pest::iterators::Tokens;
use pest::{Parser as _, Token};

use super::again::{Cut, Known, Lot};
use super::ast::{Annotation, File, Step};
use super::grammar::{Grammar, Rule};
use super::prescan::Scan;
use crate::source::FileId;

/// A rule that matched, at its place behind the start of the parse.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) rule: Rule,
    start: usize,
    pub(super) end: usize,
    /// Its place among the nodes, behind all that it holds.
    pub(super) after: usize,
}

/// A pair of the grammar: a node, and what it is made of.
#[derive(Clone, Debug)]
pub(super) struct Pair<'i> {
    text: &'i str,
    /// Of one parse, outer ones first.
    nodes: Rc<Vec<Node>>,
    at: usize,
    /// Where that parse began in the whole text.
    base: usize,
}

impl<'i> Pair<'i> {
    fn node(&self) -> &Node {
        &self.nodes[self.at]
    }

    pub(super) fn as_rule(&self) -> Rule {
        self.node().rule
    }

    pub(super) fn as_str(&self) -> &'i str {
        &self.text[self.range()]
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.start()..self.end()
    }

    pub(super) fn start(&self) -> usize {
        self.base + self.node().start
    }

    pub(super) fn end(&self) -> usize {
        self.base + self.node().end
    }

    pub(super) fn into_inner(self) -> Pairs<'i> {
        Pairs {
            at: self.at + 1,
            end: self.node().after,
            text: self.text,
            nodes: self.nodes,
            base: self.base,
        }
    }

    /// This pair and all in it, outer ones first.
    pub(super) fn flatten(self) -> impl Iterator<Item = Self> {
        let all = self.at..self.node().after;
        all.map(move |at| Self { at, ..self.clone() })
    }
}

/// The pairs in a pair.
#[derive(Clone, Debug)]
pub(super) struct Pairs<'i> {
    text: &'i str,
    nodes: Rc<Vec<Node>>,
    at: usize,
    end: usize,
    base: usize,
}

impl<'i> Iterator for Pairs<'i> {
    type Item = Pair<'i>;

    fn next(&mut self) -> Option<Pair<'i>> {
        let at = self.at;
        self.at = self.nodes[..self.end].get(at)?.after;
        Some(Pair {
            text: self.text,
            nodes: Rc::clone(&self.nodes),
            at,
            base: self.base,
        })
    }
}

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
    /// What is known of an earlier version of the text.
    known: Option<Known<'i>>,
    /// Whether what has been read was known, and then from where.
    from: Option<isize>,
}

impl<'i> Items<'i> {
    pub(super) fn new(text: &'i str) -> Self {
        Self {
            text,
            at: 0,
            in_flow: false,
            read: None,
            lost: None,
            known: None,
            from: None,
        }
    }

    /// The same, read faster with what is known of an earlier version.
    pub(super) fn again(text: &'i str, known: Known<'i>) -> Self {
        Self {
            known: Some(known),
            ..Self::new(text)
        }
    }

    /// What there is to know for the next version, once all has been read and `tree` been built of it.
    pub(super) fn into_cut(self, text: &str, scan: Scan, tree: &Rc<File>) -> Cut {
        let known = self.known;
        let cut = known.map(|known| known.into_cut(text, self.text, scan, tree));
        cut.unwrap_or_default()
    }

    /// The tree of an annotation that was given out last, if it is known.
    pub(super) fn take_annotation(&mut self, start: usize, file: FileId) -> Option<Annotation> {
        self.known
            .as_mut()?
            .take_annotation(start, self.from?, file)
    }

    /// The tree of a step that was given out last, if it is known, but for its annotations.
    pub(super) fn take_step(&mut self, start: usize, file: FileId) -> Option<Step> {
        self.known.as_mut()?.take_step(start, self.from?, file)
    }

    /// The tree of the annotation or step that begins there is not to be taken the next time.
    pub(super) fn is_unclear(&mut self, start: usize) {
        if let Some(known) = &mut self.known {
            known.unclear.push(start);
        }
    }

    /// Reads some more, and gives out the first of it.
    fn read_on(&mut self) -> Option<Pair<'i>> {
        let base = self.at;
        let known = self.known.as_ref();
        let found = known.and_then(|known| known.lot(base, self.in_flow));
        self.from = found.as_ref().map(|found| found.from);
        let lot = match found {
            Some(found) => Some(found.nodes),
            None => {
                let is_near = known.is_some_and(|known| known.goes_on_near(base));
                let rule = match (self.in_flow, is_near) {
                    (true, false) => Rule::items_of_flow,
                    (true, true) => Rule::item_of_flow,
                    (false, _) => Rule::item_of_file,
                };
                let parsed = Grammar::parse(rule, &self.text[base..]);
                parsed
                    .ok()
                    .and_then(|pairs| nodes(pairs.tokens()))
                    .map(Rc::new)
            }
        };
        let Some(nodes) = lot else {
            self.lost = Some(base);
            return None;
        };
        if let Some(known) = &mut self.known {
            known.lots.push(Lot {
                start: base,
                in_flow: self.in_flow,
                nodes: Rc::clone(&nodes),
                seen: 0,
            });
        }
        let whole = Pair {
            text: self.text,
            nodes,
            at: 0,
            base,
        };
        self.at = whole.end();
        self.read.insert(whole.into_inner()).next()
    }
}

/// The pairs of a parse; `None` if there are none.
fn nodes(tokens: Tokens<'_, Rule>) -> Option<Vec<Node>> {
    let mut nodes: Vec<Node> = Vec::with_capacity(tokens.len() / 2);
    let mut open = Vec::new();
    for token in tokens {
        match token {
            Token::Start { rule, pos } => {
                open.push(nodes.len());
                nodes.push(Node {
                    rule,
                    start: pos.pos(),
                    end: 0,
                    after: 0,
                });
            }
            Token::End { pos, .. } => {
                let after = nodes.len();
                let node = &mut nodes[open.pop()?];
                (node.end, node.after) = (pos.pos(), after);
            }
        }
    }
    (!nodes.is_empty()).then_some(nodes)
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
