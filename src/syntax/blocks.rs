//! What flows, profiles and steps have in common, and profiles.

use super::ast::{Doc, Name, Profile};
use super::build::Builder;
use super::pairs::Pairs;
use super::{Pair, Rule};
use crate::codes::syntax as codes;
use crate::source::Span;

/// What stands before the items of a block.
#[derive(Default)]
pub(super) struct Head {
    pub(super) name: Option<Name>,
    /// Whether the name was written, but cannot be used.
    pub(super) broken: bool,
    /// The opening brace.
    pub(super) open: Option<Span>,
    /// What stood before it.
    pub(super) junk: Option<Span>,
    /// Where the items begin.
    pub(super) end: usize,
}

impl Builder<'_> {
    /// What stands before the items of a block.
    pub(super) fn head(&mut self, inner: &mut Pairs<'_>, what: &'static str, limit: usize) -> Head {
        let mut head = Head::default();
        for pair in inner {
            let span = self.token(&pair);
            head.end = span.end as usize;
            match pair.as_rule() {
                Rule::new_name | Rule::odd_name => {
                    match self.new_name(&pair, format_args!("a {what}")) {
                        Some(name) => head.name = Some(name),
                        None => head.broken = true,
                    }
                }
                Rule::missing_name => {
                    head.broken = true;
                    self.missing(
                        &pair,
                        &codes::MISSING_NAME,
                        &format!("the name of this {what}"),
                        |d| d,
                    );
                }
                Rule::header_junk => head.junk = Some(span),
                Rule::open_brace => {
                    head.open = Some(span);
                    self.header_junk(&head, what);
                    return head;
                }
                Rule::block_colon => {
                    self.block_colon(span, &head, what, limit);
                    return head;
                }
                _ => {
                    self.header_junk(&head, what);
                    self.missing(
                        &pair,
                        &codes::MISSING_BRACE,
                        &format!("the `{{` of this {what}"),
                        |diagnostic| {
                            diagnostic.help(format!(
                                "what belongs to a {what} stands between `{{` and `}}`"
                            ))
                        },
                    );
                    return head;
                }
            }
        }
        head
    }

    fn header_junk(&mut self, head: &Head, what: &str) {
        if let Some(junk) = head.junk {
            self.unexpected(
                junk,
                &format!("before the `{{` of a {what}"),
                &format!("a {what} has a name and nothing else before its `{{`; settings stand in annotations above it"),
            );
        }
    }

    /// Judges the end of a block; returns the brace that closed it.
    pub(super) fn close(
        &mut self,
        close: Option<&Pair<'_>>,
        head: &Head,
        what: &str,
    ) -> Option<Span> {
        let close = close?;
        if close.as_rule() == Rule::close_brace {
            self.took_brace |= head.open.is_none();
            return Some(self.token(close));
        }
        if let Some(open) = head.open.filter(|_| !self.took_brace) {
            self.unclosed(close, open, &format!("this {what}"), "}");
        }
        None
    }

    pub(super) fn profile(&mut self, pair: Pair<'_>, doc: Doc) -> Option<Profile> {
        let span = self.span(&pair);
        let limit = pair.end();
        let mut inner = pair.into_inner();
        let head = self.head(&mut inner, "profile", limit);
        let mut annotations = Vec::new();
        let mut close = None;
        for pair in inner {
            match pair.as_rule() {
                Rule::annotation => annotations.extend(self.annotation(pair)),
                Rule::semicolon => self.semicolon(&pair),
                Rule::close_brace | Rule::missing_brace => close = Some(pair),
                _ => {
                    let span = self.token(&pair);
                    self.unexpected(
                        span,
                        "in a profile",
                        "a profile holds annotations, such as `@batch(cpu=2)`",
                    );
                }
            }
        }
        self.close(close.as_ref(), &head, "profile");
        Some(Profile {
            span,
            doc,
            name: head.name?,
            annotations,
        })
    }
}
