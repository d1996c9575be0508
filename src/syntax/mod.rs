//! Text to tree. Never fails: what is not understood becomes a diagnostic.
//!
//! [`parse`] caps nesting in one linear pass, lets the grammar cut the text
//! into pairs, and builds the tree from them. The grammar itself accepts any
//! text; mistakes are productions of it, and become diagnostics here.

pub mod ast;

mod again;
mod annotations;
mod blocks;
mod build;
mod items;
mod junk;
mod lex;
mod number;
mod pairs;
mod paste;
mod prescan;
mod python;
mod shift;
mod statements;
mod steps;
mod string;
mod tokens;
mod values;

#[cfg(test)]
mod tests;

use std::rc::Rc;

use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Sources};
use again::Known;
use build::Builder;

pub use again::Cut;
pub use tokens::{TokenKind, has_flow, is_name, lexemes, tokens};

/// The generated parser, and a rule for every production.
mod grammar {
    #![allow(missing_docs, unreachable_pub)]

    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/flow.pest"]
    pub struct Grammar;
}
use grammar::Rule;
use pairs::{Items, Pair};

/// Parses a file into a tree and diagnostics, in linear time.
///
/// Whatever the text, there is a tree: what could not be understood is absent
/// from it and has been reported.
pub fn parse(sources: &Sources, file: FileId, sink: &mut Diagnostics) -> ast::File {
    let text = &sources.file(file).text;
    let scan = prescan::scan(text);
    let shown = prescan::shown(text, &scan);
    Builder::new(text, &shown, file, scan, sink).file(&mut Items::new(&shown))
}

/// The same tree and diagnostics, with what was kept of an earlier version of the file: what an edit
/// does not touch is not cut into pairs again, nor are trees of steps built again, if nobody else has
/// that version's tree any more.
pub fn parse_again(
    sources: &Sources,
    file: FileId,
    cut: &mut Cut,
    sink: &mut Diagnostics,
) -> Rc<ast::File> {
    let text = &sources.file(file).text;
    let mut old = std::mem::take(cut);
    let same = old.same(text);
    let scan = prescan::scan_again(text, old.scan(), &same);
    let shown = prescan::shown(text, &scan);
    let mut items = Items::again(&shown, Known::new(&mut old, same, &shown));
    let builder = Builder::new(text, &shown, file, scan.clone(), sink);
    let tree = Rc::new(builder.file(&mut items));
    *cut = items.into_cut(text, scan, &tree);
    tree
}

/// The grammar alone, as a yardstick for the benchmarks: how many items it cuts a text into.
#[doc(hidden)]
pub fn pest_alone(text: &str) -> impl Fn() -> usize {
    let shown = prescan::shown(text, &prescan::scan(text)).into_owned();
    move || Items::new(&shown).count()
}

/// The integer, decimal or size that a text is in the language's own notation.
#[must_use]
pub fn parse_number(text: &str) -> Option<ast::ValueKind> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    number::classify(text).ok()
}
