//! Text to tree. Never fails: what is not understood becomes a diagnostic.
//!
//! [`parse`] caps nesting in one linear pass, lets the grammar cut the text
//! into pairs, and builds the tree from them. The grammar itself accepts any
//! text; mistakes are productions of it, and become diagnostics here.

pub mod ast;

mod annotations;
mod blocks;
mod build;
mod items;
mod junk;
mod lex;
mod number;
mod paste;
mod prescan;
mod python;
mod statements;
mod steps;
mod string;
mod tokens;
mod values;

#[cfg(test)]
mod tests;

use pest::Parser as _;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Sources, Span};
use build::Builder;

pub use tokens::{TokenKind, tokens};

/// The generated parser, and a rule for every production.
mod grammar {
    #![allow(missing_docs, unreachable_pub)]

    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/flow.pest"]
    pub struct Grammar;
}
use grammar::{Grammar, Rule};

type Pair<'i> = pest::iterators::Pair<'i, Rule>;

/// Parses a file into a tree and diagnostics, in linear time.
///
/// Whatever the text, there is a tree: what could not be understood is absent
/// from it and has been reported.
pub fn parse(sources: &Sources, file: FileId, sink: &mut Diagnostics) -> ast::File {
    let text = &sources.file(file).text;
    let scan = prescan::scan(text);
    let shown = scan.text.clone();
    let pairs = Grammar::parse(Rule::file, &shown);
    let builder = Builder::new(text, file, scan, sink);
    match pairs {
        Ok(pairs) => builder.file(pairs),
        Err(error) => builder.lost(&error),
    }
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

/// The failure that the grammar rules out, all the same without a panic.
fn lost(text: &str, file: FileId, error: &pest::error::Error<Rule>) -> Diagnostic {
    let at = match error.location {
        pest::error::InputLocation::Pos(at) => at,
        pest::error::InputLocation::Span((start, _)) => start,
    };
    let span = Span::new(file, at, text.len());
    Diagnostic::new(
        &crate::codes::syntax::UNEXPECTED_TEXT,
        span.before(),
        "this file cannot be read from here on",
    )
    .help("this is a mistake in flowbatch; please report it with the file")
}
