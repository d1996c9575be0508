//! What was made of a text, kept for the next version of it, of which an edit changes little.
//!
//! The grammar does not look behind it, so what it makes of some items depends on their text and on how
//! far it looks ahead of them. Where both are as before, or all is up to the end, the pairs are as well.
//! And where the pairs are, so is the tree of a step, unless there was something to say about it.

use std::rc::Rc;
use std::vec;

use super::ast::{Annotation, File, Step};
use super::grammar::Rule;
use super::pairs::Node;
use super::prescan::Scan;
use super::shift::Shift;
use crate::source::FileId;

/// The pairs of one version of a text, lot by lot, and the tree that was built of them.
#[derive(Debug, Default)]
pub struct Cut {
    text: Box<str>,
    /// The text as the grammar was shown it, if it was shown another.
    shown: Option<Box<str>>,
    scan: Scan,
    lots: Vec<Lot>,
    /// Taken apart for the next version if nobody else has it then.
    tree: Option<Rc<File>>,
    /// Where annotations and steps begin that must be built anew, in order.
    unclear: Vec<usize>,
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
    /// Whether it is the same in a flow and outside of one.
    fn fits_anywhere(&self) -> bool {
        let mut at = 1;
        while let Some(node) = self.nodes.get(at) {
            if !matches!(node.rule, Rule::annotation | Rule::step) {
                return false;
            }
            at = node.after;
        }
        at > 1
    }

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
    /// What is the same in this version and in another.
    pub(super) fn same(&self, text: &str) -> Same {
        Same::of(&self.text, text)
    }

    /// What the pass before the grammar found.
    pub(super) fn scan(&self) -> &Scan {
        &self.scan
    }

    fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.text)
    }
}

/// The trees of the steps of an earlier version, from which they are taken in order.
#[derive(Debug)]
struct Steps<'c> {
    left: vec::IntoIter<Step>,
    unclear: &'c [usize],
}

impl<'c> Steps<'c> {
    fn new(tree: Option<Rc<File>>, unclear: &'c [usize]) -> Self {
        let file = tree.and_then(|tree| Rc::try_unwrap(tree).ok());
        let steps = file.and_then(|file| file.flow).map(|flow| flow.steps);
        Self {
            left: steps.unwrap_or_default().into_iter(),
            unclear,
        }
    }

    /// The step, with its annotations, that was at a place, if that was clear.
    fn at(&mut self, at: usize) -> Option<&mut Step> {
        while let Some(step) = self.left.as_slice().first()
            && step.span.end as usize <= at
        {
            self.left.next();
        }
        if self.unclear.binary_search(&at).is_ok() {
            return None;
        }
        self.left.as_mut_slice().first_mut()
    }

    fn take_annotation(&mut self, at: usize) -> Option<Annotation> {
        let annotations = &mut self.at(at)?.annotations;
        let found = annotations
            .iter()
            .position(|annotation| annotation.span.start as usize == at)?;
        Some(annotations.remove(found))
    }

    fn take_step(&mut self, at: usize) -> Option<Step> {
        let step = self.at(at)?;
        (step.span.start as usize == at)
            .then(|| self.left.next())
            .flatten()
    }
}

/// What an earlier version says about a text.
#[derive(Debug)]
pub(super) struct Known<'c> {
    cut: &'c Cut,
    same: Same,
    steps: Steps<'c>,
    /// What the text was cut into so far.
    pub(super) lots: Vec<Lot>,
    /// Where annotations and steps begin that must be built anew next time, in order.
    pub(super) unclear: Vec<usize>,
}

/// Items that are known from an earlier version.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) nodes: Rc<Vec<Node>>,
    /// The old place of an item is its new one and this.
    pub(super) from: isize,
}

/// Up to how many bytes before something known items are read one by one, so as to meet it.
const NEAR: usize = 8192;

impl<'c> Known<'c> {
    /// What an earlier version says about a text; `same` is what both have.
    pub(super) fn new(cut: &'c mut Cut, same: Same, shown: &str) -> Self {
        let tree = cut.tree.take();
        let cut = &*cut;
        // The text decides the tree, what is shown of it the pairs.
        let same = same.and(&Same::of(cut.shown(), shown));
        Self {
            cut,
            same,
            steps: Steps::new(tree, &cut.unclear),
            lots: Vec::with_capacity(cut.lots.len()),
            unclear: Vec::new(),
        }
    }

    /// What there is to know for the next version, once all of the text has been read.
    pub(super) fn into_cut(self, text: &str, shown: &str, scan: Scan, tree: &Rc<File>) -> Cut {
        let mut lots = self.lots;
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
        Cut {
            text: text.into(),
            shown: (shown != text).then(|| shown.into()),
            scan,
            lots,
            tree: Some(Rc::clone(tree)),
            unclear: self.unclear,
        }
    }

    /// What the items at a place of the new text are, if that is known.
    pub(super) fn lot(&self, at: usize, in_flow: bool) -> Option<Found> {
        let find = |start: usize| {
            let lots = &self.cut.lots;
            let found = lots.binary_search_by_key(&start, |lot| lot.start).ok()?;
            let fits = |lot: &&Lot| lot.in_flow == in_flow || lot.fits_anywhere();
            lots.get(found).filter(fits)
        };
        let found = |lot: &Lot, from: isize| Found {
            nodes: Rc::clone(&lot.nodes),
            from,
        };
        let before = find(at).filter(|lot| lot.seen <= self.same.start);
        if let Some(lot) = before {
            return Some(found(lot, 0));
        }
        let behind = find(self.same.old(at)?).filter(|lot| lot.start >= self.same.end);
        behind.map(|lot| found(lot, self.same.longer))
    }

    /// The tree of the annotation at a place of the old text, as one of the new text.
    pub(super) fn take_annotation(
        &mut self,
        start: usize,
        from: isize,
        file: FileId,
    ) -> Option<Annotation> {
        let mut annotation = self
            .steps
            .take_annotation(start.checked_add_signed(from)?)?;
        if let Some(shift) = shift(annotation.span.file, file, from) {
            shift.annotation(&mut annotation);
        }
        Some(annotation)
    }

    /// The same of a step; its annotations were taken before.
    pub(super) fn take_step(&mut self, start: usize, from: isize, file: FileId) -> Option<Step> {
        let mut step = self.steps.take_step(start.checked_add_signed(from)?)?;
        if let Some(shift) = shift(step.span.file, file, from) {
            shift.step(&mut step);
        }
        Some(step)
    }

    /// Whether something known begins not far behind a place of the new text.
    pub(super) fn goes_on_near(&self, at: usize) -> bool {
        let lots = &self.cut.lots;
        let Some(old) = self.same.old(at) else {
            return !lots.is_empty();
        };
        let next = lots.partition_point(|lot| lot.start < old.max(self.same.end));
        lots.get(next).is_some_and(|lot| lot.start < old + NEAR)
    }
}

/// What moves a tree; `None` if it stays where it is.
fn shift(old: FileId, new: FileId, from: isize) -> Option<Shift> {
    let by = i64::try_from(from).map_or(0, |from| -from);
    (old != new || by != 0).then_some(Shift { file: new, by })
}

/// How many bytes are compared at once.
const BLOCK: usize = 32;

/// What is the same in two versions of a text.
#[derive(Clone, Debug)]
pub(super) struct Same {
    /// How many bytes are at the start of both.
    pub(super) start: usize,
    /// Where what is the same up to the end begins in the old one.
    pub(super) end: usize,
    /// The old one is this much longer.
    longer: isize,
}

impl Same {
    fn of(old: &str, new: &str) -> Self {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        let length = |text: &[u8]| isize::try_from(text.len()).unwrap_or(isize::MAX);
        let start = common(old, new, |bytes, at| bytes.get(at..at + BLOCK));
        let end = common(old, new, |bytes, at| {
            let end = bytes.len().checked_sub(at)?;
            bytes.get(end.checked_sub(BLOCK)?..end)
        });
        Self {
            start,
            end: old.len() - end,
            longer: length(old) - length(new),
        }
    }

    /// What is the same in two texts as well as in two others of the same lengths.
    fn and(&self, other: &Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
            longer: self.longer,
        }
    }

    /// The place in the old text of one that is counted from the end.
    pub(super) fn old(&self, new: usize) -> Option<usize> {
        new.checked_add_signed(self.longer)
    }
}

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
