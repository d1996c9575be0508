//! Annotations, lists and maps: on one line if it fits, else an element a line.

use super::{INDENT, Layout, WIDTH, held, new_line, width};
use crate::source::Span;
use crate::syntax::ast::{Annotation, Value, ValueKind};

/// Elements of a list that has only such short ones share lines.
const SHORT: usize = 10;

/// A value, or the arguments of an annotation.
pub(super) enum Node<'a> {
    /// One token, perhaps of several lines.
    Text(&'a str),
    Group(Group<'a>),
}

pub(super) struct Group<'a> {
    kind: Kind,
    elements: Vec<Element<'a>>,
    /// Comments after the last element.
    rest: Vec<Comment<'a>>,
}

/// A comment on a line of its own.
struct Comment<'a> {
    text: &'a str,
    /// Whether a blank line stands before it.
    apart: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Arguments,
    List,
    Map,
}

struct Element<'a> {
    /// Comments on lines of their own before it.
    comments: Vec<Comment<'a>>,
    /// Whether a blank line stands between these, or what is before, and it.
    apart: bool,
    key: Option<&'a str>,
    value: Node<'a>,
    /// A comment after it, on its line.
    beside: Option<&'a str>,
}

impl<'a> Layout<'a> {
    pub(super) fn annotation(&self, annotation: &'a Annotation, indent: usize) -> Option<String> {
        let name = annotation.name.span;
        let head = format!("@{}", &self.text[name.range()]);
        self.says(annotation.span.start, name.start, &["@"])?;
        let head = self.above(annotation.span, indent) + &head;
        if name.end == annotation.span.end {
            return Some(head);
        }
        let open = *self.tokens_from(name.end as usize).first()?;
        self.says(name.end, open.end, &["("])?;
        let mut elements = Vec::with_capacity(annotation.args.len());
        for arg in &annotation.args {
            let value = arg.value.as_ref()?;
            if let Some(key) = arg.key {
                self.says(key.span.end, value.span.start, &["="])?;
            }
            let start = arg.key.map_or(value.span.start, |key| key.span.start);
            elements.push((start, arg.key.map(|key| key.span), value));
        }
        let inside = (open.end, annotation.span.end.checked_sub(1)?);
        self.says(inside.1, annotation.span.end, &[")"])?;
        let group = self.group(Kind::Arguments, elements, inside)?;
        Some(Node::Group(group).after(head, indent, 0))
    }

    pub(super) fn value(&self, value: &'a Value) -> Option<Node<'a>> {
        match &value.kind {
            ValueKind::List(values) => self.list(values, value.span),
            ValueKind::Map(entries) => {
                let mut elements = Vec::with_capacity(entries.len());
                for entry in entries {
                    let key = entry.key.span();
                    let sign = self
                        .says(key.end, entry.value.span.start, &["="])
                        .or_else(|| self.says(key.end, entry.value.span.start, &[":"]));
                    sign?;
                    elements.push((key.start, Some(key), &entry.value));
                }
                let inside = self.inside(value.span, "{", "}")?;
                Some(Node::Group(self.group(Kind::Map, elements, inside)?))
            }
            _ => Some(Node::Text(&self.text[value.span.range()])),
        }
    }

    pub(super) fn list(&self, values: &'a [Value], span: Span) -> Option<Node<'a>> {
        let elements = values
            .iter()
            .map(|value| (value.span.start, None, value))
            .collect();
        let inside = self.inside(span, "[", "]")?;
        Some(Node::Group(self.group(Kind::List, elements, inside)?))
    }

    /// What stands between two brackets.
    fn inside(&self, span: Span, open: &str, close: &str) -> Option<(u32, u32)> {
        let text = &self.text[span.range()];
        let closed = text.len() > 1 && text.starts_with(open) && text.ends_with(close);
        closed.then_some((span.start + 1, span.end - 1))
    }

    /// Elements with the comments around them, if nothing but commas is between them.
    fn group(
        &self,
        kind: Kind,
        elements: Vec<(u32, Option<Span>, &'a Value)>,
        (start, end): (u32, u32),
    ) -> Option<Group<'a>> {
        let mut group = Group {
            kind,
            elements: Vec::with_capacity(elements.len()),
            rest: Vec::new(),
        };
        let mut at = start;
        for (start, key, value) in elements {
            let (mut comments, mut apart) = self.separated(at, start, &mut group)?;
            // Those between a key and its value go before both.
            for comment in self.comments(start as usize, value.span.start as usize) {
                let text = self.text[comment.range()].trim_end();
                let apart = std::mem::take(&mut apart);
                comments.push(Comment { text, apart });
            }
            group.elements.push(Element {
                comments,
                apart,
                key: key.map(|key| &self.text[key.range()]),
                value: self.value(value)?,
                beside: None,
            });
            at = value.span.end;
        }
        let (rest, _) = self.separated(at, end, &mut group)?;
        // Between the last element and the bracket, a comma may be missing.
        group.rest = rest;
        Some(group)
    }

    /// The comments between two elements, without the one beside the first.
    fn separated(
        &self,
        start: u32,
        end: u32,
        group: &mut Group<'a>,
    ) -> Option<(Vec<Comment<'a>>, bool)> {
        // A bracket that nothing closes ends where it begins.
        let (from, to) = (start as usize, end as usize);
        if from > to {
            return None;
        }
        let words: Vec<&str> = self
            .between(from, to)
            .iter()
            .map(|token| &self.text[token.range()])
            .collect();
        let is_end = self.text[to..].starts_with([')', ']', '}']);
        match (words.as_slice(), group.elements.last()) {
            ([], None) | ([","], Some(_)) => {}
            ([], Some(_)) if is_end => {}
            _ => return None,
        }
        let mut comments: Vec<Comment<'_>> = Vec::new();
        let mut at = from;
        let mut is_first = group.elements.is_empty();
        let mut is_apart = |at: usize, to: usize| {
            let lines = self.text[at..to].bytes().filter(|&b| b == b'\n');
            !std::mem::take(&mut is_first) && lines.count() > 1
        };
        for comment in self.comments(from, to) {
            let text = self.text[comment.range()].trim_end();
            let start = comment.start as usize;
            let beside = !self.text[from..start].contains('\n');
            match group.elements.last_mut() {
                Some(last) if beside && last.beside.is_none() => last.beside = Some(text),
                // It would be about another line.
                None if beside && held::is_directive(text) => return None,
                // It would be about the line below: no blank line is left before a bracket.
                _ if is_end
                    && held::is_directive(text)
                    && has_blank_line(&self.text[comment.end as usize..to]) =>
                {
                    return None;
                }
                _ => comments.push(Comment {
                    text,
                    apart: is_apart(at, start),
                }),
            }
            at = comment.end as usize;
        }
        Some((comments, is_apart(at, to)))
    }
}

impl Node<'_> {
    /// The text after `head`, which begins at `indent`; `more` columns follow on the last line.
    pub(super) fn after(&self, head: String, indent: usize, more: usize) -> String {
        let mut out = head;
        let column = indent + width(out.rsplit('\n').next().unwrap_or_default());
        let column = if out.contains('\n') {
            column - indent
        } else {
            column
        };
        match self.flat() {
            Some(flat) if column + width(&flat) + more <= WIDTH => out.push_str(&flat),
            _ => self.write(&mut out, indent),
        }
        out
    }

    /// On one line; `None` if it cannot be.
    fn flat(&self) -> Option<String> {
        match self {
            Self::Text(text) => (!text.contains('\n')).then(|| (*text).to_owned()),
            Self::Group(group) => group.flat(),
        }
    }

    /// With a line for each element.
    fn write(&self, out: &mut String, indent: usize) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Group(group) => group.write(out, indent),
        }
    }
}

impl Group<'_> {
    fn brackets(&self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::Arguments => ("(", ")"),
            Kind::List => ("[", "]"),
            Kind::Map => ("{", "}"),
        }
    }

    fn flat(&self) -> Option<String> {
        let (open, close) = self.brackets();
        let sign = if self.kind == Kind::Arguments {
            "="
        } else {
            " = "
        };
        let mut out = String::from(open);
        for (index, element) in self.elements.iter().enumerate() {
            if !element.comments.is_empty() || element.beside.is_some() {
                return None;
            }
            out.push_str(match (index, self.kind) {
                (0, Kind::Map) => " ",
                (0, _) => "",
                _ => ", ",
            });
            if let Some(key) = element.key {
                out.push_str(key);
                out.push_str(sign);
            }
            out.push_str(&element.value.flat()?);
            // What cannot fit need not be written out.
            if out.len() > 4 * WIDTH {
                return None;
            }
        }
        if !self.rest.is_empty() {
            return None;
        }
        if self.kind == Kind::Map && !self.elements.is_empty() {
            out.push(' ');
        }
        out.push_str(close);
        Some(out)
    }

    fn write(&self, out: &mut String, indent: usize) {
        let (open, close) = self.brackets();
        let inner = indent + INDENT;
        let line = |out: &mut String, apart: bool| {
            if apart {
                out.push('\n');
            }
            new_line(out, inner);
        };
        out.push_str(open);
        if self.is_short() {
            self.fill(out, inner);
        } else {
            for element in &self.elements {
                for comment in &element.comments {
                    line(out, comment.apart);
                    out.push_str(comment.text);
                }
                line(out, element.apart);
                let head = element
                    .key
                    .map_or_else(String::new, |key| format!("{key} = "));
                out.push_str(&element.value.after(head, inner, 1));
                out.push(',');
                if let Some(comment) = element.beside {
                    out.push_str("  ");
                    out.push_str(comment);
                }
            }
            for comment in &self.rest {
                line(out, comment.apart);
                out.push_str(comment.text);
            }
        }
        if !self.elements.is_empty() || !self.rest.is_empty() {
            new_line(out, indent);
        }
        out.push_str(close);
    }

    /// Whether all elements are so short that they share lines.
    fn is_short(&self) -> bool {
        self.kind == Kind::List
            && self.rest.is_empty()
            && self.elements.iter().all(|element| {
                let short = matches!(element.value, Node::Text(text) if width(text) <= SHORT);
                short && element.comments.is_empty() && element.beside.is_none()
            })
    }

    fn fill(&self, out: &mut String, indent: usize) {
        let mut column = WIDTH;
        for element in &self.elements {
            let Node::Text(text) = element.value else {
                continue;
            };
            if column + 1 + width(text) + 1 > WIDTH {
                new_line(out, indent);
                column = indent;
            } else {
                out.push(' ');
                column += 1;
            }
            out.push_str(text);
            out.push(',');
            column += width(text) + 1;
        }
    }
}

fn has_blank_line(text: &str) -> bool {
    let mut lines = text.split('\n').skip(1).peekable();
    std::iter::from_fn(|| lines.next().filter(|_| lines.peek().is_some()))
        .any(|line| line.trim().is_empty())
}
