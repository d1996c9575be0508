//! Files, flows, profiles, lets, params and imports.

use super::ast::{Annotation, Doc, Flow, Param, Step};
use super::build::Builder;
use super::pairs::Items;
use super::{Pair, Rule};
use crate::codes::syntax as codes;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// Annotations and documentation that wait for the item they belong to.
#[derive(Default)]
struct Pending {
    annotations: Vec<Annotation>,
    /// Doc comments before and between the annotations, a range of comments a gap.
    docs: Vec<Doc>,
}

/// Where items stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Top,
    Flow,
}

/// A flow while its body is read.
#[derive(Default)]
struct Body {
    params: Vec<Param>,
    steps: Vec<Step>,
    broken: bool,
}

impl Builder<'_> {
    pub(super) fn top(&mut self, items: &mut Items<'_>) {
        self.sequence(items, 0, Place::Top, &mut Body::default());
    }

    /// Items of a file or of a flow, in order.
    /// Returns the closing brace or the absence of one.
    fn sequence<'i>(
        &mut self,
        items: &mut Items<'i>,
        start: usize,
        place: Place,
        body: &mut Body,
    ) -> Option<Pair<'i>> {
        let mut close = None;
        let mut pending = Pending::default();
        let limit = self.text.len();
        // Where the gap before the next item begins.
        let mut gap = start;
        // Up to where everything belongs to a piece of Python.
        let mut python_end = 0;
        while let Some(pair) = items.next() {
            let range = pair.range();
            let docs = self.docs_in(gap..range.start);
            gap = range.end;
            pending.docs.extend(docs);
            if range.start < python_end {
                self.error_until(range.end);
                continue;
            }
            match pair.as_rule() {
                Rule::annotation => {
                    let annotation = match self.known(range.start, items, Items::take_annotation) {
                        Some(annotation) => Some(annotation),
                        None => {
                            let said = self.said();
                            let annotation = self.annotation(pair);
                            let is_clear = annotation.as_ref().is_some_and(|it| !it.broken);
                            self.note(range.start, is_clear && self.said() == said, items);
                            annotation
                        }
                    };
                    pending.annotations.extend(annotation);
                }
                Rule::flow => {
                    gap = self.flow(pair, items, std::mem::take(&mut pending));
                }
                Rule::step => {
                    let annotations = std::mem::take(&mut pending.annotations);
                    let doc = self.take_docs(&mut pending);
                    let span = self.span(&pair);
                    let first = annotations
                        .first()
                        .map_or(span, |annotation| annotation.span);
                    let step = match self.known(range.start, items, Items::take_step) {
                        Some(step) => Some(Step {
                            annotations,
                            doc,
                            ..step
                        }),
                        None => {
                            let said = self.said();
                            let step = self.step(pair, annotations, doc);
                            let is_clear = step.as_ref().is_some_and(|it| !it.broken);
                            self.note(range.start, is_clear && self.said() == said, items);
                            step
                        }
                    };
                    for param in std::mem::take(&mut self.inner_params) {
                        match place {
                            Place::Flow => body.params.push(param),
                            Place::Top => self.some_flow(first).params.push(param),
                        }
                    }
                    match step {
                        Some(step) if place == Place::Flow => body.steps.push(step),
                        step => self.adopt_step(step, first, place, body),
                    }
                }
                Rule::param => {
                    self.stray_annotations(&mut pending, "a param");
                    let doc = self.take_docs(&mut pending);
                    let span = self.span(&pair);
                    match self.param(pair, doc) {
                        Some(param) if place == Place::Flow => body.params.push(param),
                        param => self.adopt_param(param, span, place, body),
                    }
                }
                Rule::let_item | Rule::profile | Rule::import => {
                    self.pending_item(pair, &mut pending, place);
                }
                Rule::python_line => {
                    let annotations = std::mem::take(&mut pending).annotations;
                    python_end = self.python(&pair, &annotations, limit);
                    body.broken = true;
                    self.lost_top |= place == Place::Top;
                }
                Rule::stray_brace => self.stray_brace(&pair),
                Rule::semicolon => self.semicolon(&pair),
                Rule::junk => {
                    pending.annotations.clear();
                    self.take_docs(&mut pending);
                    python_end = self.junk_item(&pair, place == Place::Flow, limit);
                    body.broken = true;
                    self.lost_top |= place == Place::Top;
                }
                Rule::close_brace | Rule::missing_brace => {
                    close = Some(pair);
                    break;
                }
                _ => {}
            }
        }
        self.stray_annotations(&mut pending, "");
        close
    }

    /// What was built of an item of an earlier version, if nothing before it can have a say in it.
    fn known<'i, T>(
        &self,
        start: usize,
        items: &mut Items<'i>,
        take: impl FnOnce(&mut Items<'i>, usize, FileId) -> Option<T>,
    ) -> Option<T> {
        self.starts_clear(start)
            .then(|| take(items, start, self.file))?
    }

    /// Notes whether what was built of an item depends on nothing but its text, and says nothing.
    fn note(&self, start: usize, is_clear: bool, items: &mut Items<'_>) {
        if !is_clear || !self.starts_clear(start) {
            items.is_unclear(start);
        }
    }

    /// What a file holds besides its flow; inside of the flow it is misplaced.
    fn pending_item(&mut self, pair: Pair<'_>, pending: &mut Pending, place: Place) {
        let what = match pair.as_rule() {
            Rule::let_item => "a let",
            Rule::profile => "a profile",
            _ => "an import",
        };
        self.stray_annotations(pending, what);
        if place == Place::Flow {
            let help = "move it before the flow, to the top of the file";
            self.misplaced_item(&pair, what, "in a flow", help);
        }
        let doc = match pair.as_rule() {
            Rule::import => {
                pending.docs.clear();
                0..0
            }
            _ => self.take_docs(pending),
        };
        self.file_item(pair, doc);
    }

    /// Reports an item that does not belong where it stands, but is understood.
    pub(super) fn misplaced_item(&mut self, pair: &Pair<'_>, what: &str, place: &str, help: &str) {
        let start = pair.start();
        let word = pair.as_str().find([' ', '\t', '\n']).unwrap_or(3);
        let diagnostic = Diagnostic::new(
            &codes::MISPLACED_ITEM,
            self.at(start, start + word),
            format!("{what} does not stand {place}"),
        );
        let other = pair.clone().into_inner().next();
        let other = other.filter(|first| first.as_rule() == Rule::other_let);
        let diagnostic = match other {
            Some(other) => diagnostic.help(format!(
                "{help}, with `let` instead of `{}`",
                other.as_str()
            )),
            None => diagnostic.help(help),
        };
        self.error(diagnostic);
    }

    /// An import, a let or a profile.
    pub(super) fn file_item(&mut self, pair: Pair<'_>, doc: Doc) {
        match pair.as_rule() {
            Rule::let_item => {
                let item = self.let_item(pair, doc);
                self.out.lets.extend(item);
            }
            Rule::profile => {
                let item = self.profile(pair, doc);
                self.out.profiles.extend(item);
            }
            _ => {
                let item = self.import(pair);
                self.out.imports.push(item);
            }
        }
    }

    fn take_docs(&mut self, pending: &mut Pending) -> Doc {
        for doc in &pending.docs {
            self.use_docs(doc);
        }
        let doc = match (pending.docs.first(), pending.docs.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        };
        pending.docs.clear();
        doc
    }

    fn stray_annotations(&mut self, pending: &mut Pending, before: &str) {
        let annotations = std::mem::take(&mut pending.annotations);
        let (Some(first), Some(last)) = (annotations.first(), annotations.last()) else {
            return;
        };
        let message = match before {
            "" => "nothing follows this annotation".to_owned(),
            item => format!("an annotation cannot stand before {item}"),
        };
        self.sink.push(
            Diagnostic::new(&codes::STRAY_ANNOTATION, first.span.to(last.span), message)
                .help("annotations stand before the flow or a step, or in a profile"),
        );
    }

    // ── The flow ────────────────────────────────────────────────────────────

    /// A flow, of which `pair` is the head, and what comes next are the items.
    /// Returns where it ends.
    fn flow(&mut self, pair: Pair<'_>, items: &mut Items<'_>, mut pending: Pending) -> usize {
        let doc = self.take_docs(&mut pending);
        let start = pair.start();
        let head = self.head(&mut pair.into_inner(), "flow", self.text.len());
        let mut body = Body {
            broken: head.broken,
            ..Body::default()
        };
        let close = self.sequence(items, head.end, Place::Flow, &mut body);
        let last = close.as_ref().map_or(self.text.len(), Pair::end);
        let span = self.at(start, self.token_end(start, last));
        let end = self.close(close.as_ref(), &head, "flow");
        body.broken |= end.is_none();
        let mut flow = Flow {
            span,
            doc,
            annotations: pending.annotations,
            name: head.name,
            params: body.params,
            steps: body.steps,
            broken: body.broken,
        };
        match self.out.flow.take() {
            Some(first) if first.name.is_some() => {
                let mut diagnostic = Diagnostic::new(&codes::SECOND_FLOW, self.at(span.start as usize, span.start as usize + 4), "a file holds one flow")
                    .help("move this one into a file of its own; what both need goes into a third that both import");
                if let Some(name) = first.name {
                    diagnostic = diagnostic.label(name.span, "the flow of this file");
                }
                self.error(diagnostic);
                self.out.flow = Some(first);
            }
            Some(mut strays) => {
                // Steps that stood before it.
                strays.params.append(&mut flow.params);
                strays.steps.append(&mut flow.steps);
                flow.params = strays.params;
                flow.steps = strays.steps;
                self.flow_end = end;
                self.out.flow = Some(flow);
            }
            None => {
                self.flow_end = end;
                self.out.flow = Some(flow);
            }
        }
        last
    }

    /// A step outside of the flow: one brace too many closed it, or there is none.
    fn adopt_step(&mut self, step: Option<Step>, first: Span, place: Place, body: &mut Body) {
        if place == Place::Flow {
            body.broken = true;
            return;
        }
        self.outside("step", first);
        let flow = self.some_flow(first);
        match step {
            Some(step) => flow.steps.push(step),
            None => flow.broken = true,
        }
    }

    fn adopt_param(&mut self, param: Option<Param>, span: Span, place: Place, body: &mut Body) {
        if place == Place::Flow {
            body.broken = true;
            return;
        }
        self.outside("param", span);
        let flow = self.some_flow(span);
        match param {
            Some(param) => flow.params.push(param),
            None => flow.broken = true,
        }
    }

    fn outside(&mut self, what: &str, span: Span) {
        if std::mem::replace(&mut self.outside, true) || self.lost_top {
            return;
        }
        let diagnostic = Diagnostic::new(
            &codes::OUTSIDE_FLOW,
            span,
            format!("this {what} stands outside of a flow"),
        );
        self.error(match self.flow_end {
            Some(end) => diagnostic
                .label(end, "the flow ends here")
                .help("one `}` too many seems to stand before this one")
                .suggest("remove the `}`", end, ""),
            None => {
                diagnostic.help("steps and params stand between the braces of `flow Name { … }`")
            }
        });
        // What follows on the line is another matter.
        self.error_end = None;
    }

    /// Whether a closing bracket was found to be missing; looks at each diagnostic once.
    fn is_unclosed(&mut self) -> bool {
        let missing = |found: &Diagnostic| found.code == &codes::UNCLOSED_BRACKET;
        let found = self.sink.as_slice();
        self.unclosed |= found.iter().skip(self.looked_at).any(missing);
        self.looked_at = found.len();
        self.unclosed
    }

    fn stray_brace(&mut self, pair: &Pair<'_>) {
        let span = self.token(pair);
        if self.outside || self.lost_top || self.follows_error(span.start as usize) {
            self.out.junk.push(span);
            return;
        }
        let mut diagnostic =
            Diagnostic::new(&codes::UNOPENED_BRACE, span, "this `}` closes nothing");
        // All that follow on the line are one mistake.
        let rest = &self.text[span.end as usize..];
        let after = rest.trim_start_matches([' ', '\t', '\r', '}']);
        let more = rest[..rest.len() - after.len()].trim_end();
        let all = self.at(span.start as usize, span.end as usize + more.len());
        // Where a `}` is missing as well, this one may be what closes something after all; amid
        // other text it may be what is left of something else. One too many follows the last.
        let before = &self.text[..self.token_end(0, span.start as usize)];
        let alone = before.ends_with('}') && (after.is_empty() || after.starts_with(['\n', '#']));
        diagnostic = if alone && !self.is_unclosed() {
            diagnostic.fix("remove it", all, "")
        } else {
            diagnostic.suggest("remove it", all, "")
        };
        if let Some(end) = self.flow_end {
            diagnostic = diagnostic.label(end, "the flow has already ended here");
        }
        self.error(diagnostic);
        self.error_until(all.end as usize);
    }
}
