//! What a file is made of: its items, and what of it can be folded.

use crate::source::{Source, Span};
use crate::syntax::ast::{Annotation, File, RunValue};

use super::symbols::NameKind;

/// An item of a file and what is in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Its name.
    pub name: Span,
    /// What it is.
    pub kind: NameKind,
    /// A word on it: `join`, or the type of a param.
    pub detail: Option<Span>,
    /// All of it.
    pub span: Span,
    /// The items in it, in order.
    pub children: Vec<Item>,
}

/// The items of a file, in order.
#[must_use]
pub fn items(tree: &File) -> Vec<Item> {
    let leaf = |kind, name, span, detail| Item {
        name,
        kind,
        detail,
        span,
        children: Vec::new(),
    };
    let lets = tree.lets.iter();
    let lets = lets.map(|item| leaf(NameKind::Let, item.name.span, item.span, None));
    let profiles = tree.profiles.iter();
    let profiles = profiles.map(|item| leaf(NameKind::Profile, item.name.span, item.span, None));
    let mut items: Vec<Item> = lets.chain(profiles).collect();
    if let Some(flow) = &tree.flow {
        let params = flow.params.iter().map(|item| {
            let ty = item.ty.map(|ty| ty.span);
            leaf(NameKind::Param, item.name.span, item.span, ty)
        });
        let steps = flow.steps.iter().map(|item| {
            let keyword = Some(item.keyword);
            leaf(NameKind::Step, item.name.span, item.span, keyword)
        });
        let mut children: Vec<Item> = params.chain(steps).collect();
        match flow.name {
            Some(name) => {
                // A step may stand behind the brace that was meant to close another.
                children.sort_by_key(|item| item.span);
                let end = children.iter().map(|item| item.span.end).max();
                let end = end.map_or(flow.span.end, |end| end.max(flow.span.end));
                items.push(Item {
                    name: name.span,
                    kind: NameKind::Flow,
                    detail: None,
                    span: Span { end, ..flow.span },
                    children,
                });
            }
            None => items.append(&mut children),
        }
    }
    items.sort_by_key(|item| item.span);
    items
}

/// What kind of text can be folded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FoldKind {
    /// Comments.
    Comment,
    /// Imports.
    Imports,
    /// Anything else.
    Region,
}

/// Parts of a file that go over several lines and can be folded.
#[must_use]
pub fn folds(source: &Source, tree: &File) -> Vec<(Span, FoldKind)> {
    let mut folds: Vec<(Span, FoldKind)> = Vec::new();
    let mut region = |span| folds.push((span, FoldKind::Region));
    let annotations = |annotations: &[Annotation], region: &mut dyn FnMut(Span)| {
        annotations.iter().for_each(|item| region(item.span));
    };
    tree.lets.iter().for_each(|item| region(item.span));
    for profile in &tree.profiles {
        region(profile.span);
        annotations(&profile.annotations, &mut region);
    }
    if let Some(flow) = &tree.flow {
        region(flow.span);
        annotations(&flow.annotations, &mut region);
        flow.params.iter().for_each(|item| region(item.span));
        for step in &flow.steps {
            region(step.span);
            annotations(&step.annotations, &mut region);
            match step.run.as_ref().map(|run| &run.value) {
                Some(RunValue::Shell(script)) => region(script.span),
                Some(RunValue::Exec(_, span)) => region(*span),
                Some(RunValue::Error) | None => {}
            }
        }
    }
    if let [first, .., last] = tree.imports.as_slice() {
        folds.push((first.span.to(last.span), FoldKind::Imports));
    }
    // Comments on lines of their own, one below the other.
    let mut group: Option<Span> = None;
    for &comment in &tree.comments {
        let line = source.line_text(source.line_of(comment.start));
        if !line.trim_start().starts_with('#') {
            continue;
        }
        group = match group {
            Some(before) if source.line_of(before.end) + 1 == source.line_of(comment.start) => {
                Some(before.to(comment))
            }
            before => {
                folds.extend(before.map(|span| (span, FoldKind::Comment)));
                Some(comment)
            }
        };
    }
    folds.extend(group.map(|span| (span, FoldKind::Comment)));
    folds.retain(|(span, _)| source.line_of(span.start) < source.line_of(span.end));
    folds.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    folds.dedup_by_key(|(span, _)| (source.line_of(span.start), source.line_of(span.end)));
    folds
}
