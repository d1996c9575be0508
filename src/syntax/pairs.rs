//! What the grammar makes of a text: pairs, read a few items at a time.
//!
//! pest keeps all pairs of a parse in one list. A few items at a time, that list
//! is short and its memory is used again and again, whatever the file's size. It
//! is copied into one of our own, whose pairs are small and cheap to go through.

use std::ops::Range;
use std::rc::Rc;

use pest::iterators::Tokens;
use pest::{Parser as _, Token};

use super::grammar::{Grammar, Rule};

/// A rule that matched, at its place in the whole text.
#[derive(Debug)]
struct Node {
    rule: Rule,
    start: usize,
    end: usize,
    /// Its place among the nodes, behind all that it holds.
    after: usize,
}

/// A pair of the grammar: a node, and what it is made of.
#[derive(Clone, Debug)]
pub(super) struct Pair<'i> {
    text: &'i str,
    /// Of one parse, outer ones first.
    nodes: Rc<Vec<Node>>,
    at: usize,
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
        self.node().start
    }

    pub(super) fn end(&self) -> usize {
        self.node().end
    }

    pub(super) fn into_inner(self) -> Pairs<'i> {
        Pairs {
            at: self.at + 1,
            end: self.node().after,
            text: self.text,
            nodes: self.nodes,
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
        let Some(nodes) = parsed.ok().and_then(|pairs| nodes(pairs.tokens(), base)) else {
            self.lost = Some(base);
            return None;
        };
        let whole = Pair {
            text: self.text,
            nodes: Rc::new(nodes),
            at: 0,
        };
        self.at = whole.end();
        self.read.insert(whole.into_inner()).next()
    }
}

/// The pairs of a parse of the text from `base` on; `None` if there are none.
fn nodes(tokens: Tokens<'_, Rule>, base: usize) -> Option<Vec<Node>> {
    let mut nodes: Vec<Node> = Vec::with_capacity(tokens.len() / 2);
    let mut open = Vec::new();
    for token in tokens {
        match token {
            Token::Start { rule, pos } => {
                open.push(nodes.len());
                nodes.push(Node {
                    rule,
                    start: base + pos.pos(),
                    end: 0,
                    after: 0,
                });
            }
            Token::End { pos, .. } => {
                let after = nodes.len();
                let node = &mut nodes[open.pop()?];
                (node.end, node.after) = (base + pos.pos(), after);
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
