//! What the grammar made of a text, kept for the next version of it, of which an edit changes little.
//!
//! The grammar does not look behind it, so what it makes of some items depends on their text and on how
//! far it looks ahead of them. Where both are as before, or all is up to the end, the pairs are as well.

use std::rc::Rc;

use super::grammar::Rule;
use super::pairs::Node;

/// The pairs of one version of a text, lot by lot.
#[derive(Debug, Default)]
pub struct Cut {
    /// The text as the grammar was shown it.
    text: Box<str>,
    lots: Vec<Lot>,
}

/// Some items that were read at once.
#[derive(Debug)]
pub(super) struct Lot {
    pub(super) start: usize,
    pub(super) in_flow: bool,
    pub(super) nodes: Rc<Vec<Node>>,
    /// Up to where the text decided what the items are, at most.
    pub(super) seen: usize,
}

impl Lot {
    /// Where the first step of the lot ends.
    fn end_of_first_step(&self) -> Option<usize> {
        let whole = self.nodes.first()?;
        let mut at = 1;
        while at < whole.after {
            let node = self.nodes.get(at)?;
            if node.rule == Rule::step {
                return Some(self.start + node.end);
            }
            at = node.after;
        }
        None
    }
}

impl Cut {
    pub(super) fn new(text: &str, mut lots: Vec<Lot>) -> Self {
        // The grammar looks past annotations and the like for what they belong to, which is at most
        // the next step, and past its first word; the one behind that is beyond all doubt.
        // The end is seen as well: behind it, nothing is as before.
        let mut next = [text.len() + 1; 2];
        for lot in lots.iter_mut().rev() {
            lot.seen = next[1];
            if let Some(end) = lot.end_of_first_step() {
                next = [end, next[0]];
            }
        }
        Self {
            text: text.into(),
            lots,
        }
    }
}

/// What an earlier version says about a text.
#[derive(Debug)]
pub(super) struct Known<'c> {
    cut: &'c Cut,
    /// How many bytes are the same at the start of both.
    same_start: usize,
    /// Where what is the same up to the end begins in the old text.
    same_end: usize,
    /// The old text is this much longer.
    longer: isize,
    /// What the text was cut into so far.
    pub(super) lots: Vec<Lot>,
}

/// Up to how many bytes before something known items are read one by one, so as to meet it.
const NEAR: usize = 8192;

impl<'c> Known<'c> {
    pub(super) fn new(cut: &'c Cut, text: &str) -> Self {
        let (old, new) = (cut.text.as_bytes(), text.as_bytes());
        let length = |bytes: usize| isize::try_from(bytes).unwrap_or(isize::MAX);
        let same_start = common(old, new, |bytes, at| bytes.get(at..at + BLOCK));
        let same_at_end = common(old, new, |bytes, at| {
            let end = bytes.len().checked_sub(at)?;
            bytes.get(end.checked_sub(BLOCK)?..end)
        });
        Self {
            cut,
            same_start,
            same_end: old.len() - same_at_end,
            longer: length(old.len()) - length(new.len()),
            lots: Vec::with_capacity(cut.lots.len()),
        }
    }

    /// What the items at a place of the new text are, if that is known.
    pub(super) fn lot(&self, at: usize, in_flow: bool) -> Option<Rc<Vec<Node>>> {
        let find = |start: usize| {
            let lots = &self.cut.lots;
            let found = lots.binary_search_by_key(&start, |lot| lot.start).ok()?;
            lots.get(found).filter(|lot| lot.in_flow == in_flow)
        };
        let before = find(at).filter(|lot| lot.seen <= self.same_start);
        let found = before.or_else(|| {
            let old = at.checked_add_signed(self.longer)?;
            find(old).filter(|lot| lot.start >= self.same_end)
        });
        found.map(|lot| Rc::clone(&lot.nodes))
    }

    /// Whether something known begins not far behind a place of the new text.
    pub(super) fn goes_on_near(&self, at: usize) -> bool {
        let lots = &self.cut.lots;
        let Some(old) = at.checked_add_signed(self.longer) else {
            return !lots.is_empty();
        };
        let next = lots.partition_point(|lot| lot.start < old.max(self.same_end));
        lots.get(next).is_some_and(|lot| lot.start < old + NEAR)
    }
}

/// How many bytes are compared at once.
const BLOCK: usize = 32;

/// How many bytes of two texts are the same from one end; blocks are counted whole, so it may be some
/// fewer.
fn common<'t>(
    one: &'t [u8],
    other: &'t [u8],
    block: impl Fn(&'t [u8], usize) -> Option<&'t [u8]>,
) -> usize {
    let mut same = 0;
    while let (Some(mine), Some(theirs)) = (block(one, same), block(other, same))
        && mine == theirs
    {
        same += BLOCK;
    }
    same
}
