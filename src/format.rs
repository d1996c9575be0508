//! One layout for flow files.
//!
//! What the parser understood is laid out anew; all else stays as it is, byte
//! by byte. The layout follows from the tokens and comments, and from where
//! blank lines are, of which one is kept: nothing else that was written before
//! matters. At the end, the tokens of both texts are held against each other;
//! if they differ by more than a comma after the last of several or the `=` of a
//! map's entry, the text is left alone.

mod group;
mod held;

use unicode_width::UnicodeWidthStr as _;

use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::{
    Annotation, File, Flow, Foreach, ForeachSource, Import, Let, Next, Param, Profile, Run,
    RunValue, Step,
};
use crate::syntax::{self, TokenKind};

use group::Node;
use held::Held;

/// The columns of a line, unless a single token is longer.
pub const WIDTH: usize = 100;
/// The blanks of one level.
const INDENT: usize = 2;

/// The text of a file in the canonical layout; linear in its length.
///
/// ```
/// assert_eq!(
///     flowbatch::format("flow A{step start{run \"true\"}}"),
///     "flow A {\n  step start {\n    run \"true\"\n  }\n}\n",
/// );
/// ```
#[must_use]
pub fn format(text: &str) -> String {
    let (new, understood) = laid_out(text);
    // Mistakes may be read differently once they stand elsewhere.
    if same_tokens(text, &new) && (understood || laid_out(&new).0 == new) {
        new
    } else {
        text.to_owned()
    }
}

/// The text laid out anew, and whether all of it was understood.
fn laid_out(text: &str) -> (String, bool) {
    let (sources, file) = alone(text);
    let mut sink = Diagnostics::default();
    let tree = syntax::parse(&sources, file, &mut sink);
    let new = Layout::new(&sources, file, &tree).file();
    (new, !sink.has_errors())
}

fn alone(text: &str) -> (Sources, FileId) {
    let mut sources = Sources::default();
    let file = sources.add("a.flow".into(), "a.flow".into(), text);
    (sources, file)
}

/// Whether two texts say the same, commas after the last of several and signs in maps aside.
fn same_tokens(old: &str, new: &str) -> bool {
    let meaning = |text: &str| {
        let (sources, file) = alone(text);
        let mut words: Vec<String> = Vec::new();
        for (kind, span) in syntax::tokens(&sources, file) {
            let word = match kind {
                TokenKind::Whitespace if is_blank(sources.text(span)) => continue,
                TokenKind::Comment => sources.text(span).trim_end(),
                _ => sources.text(span),
            };
            let ends = matches!(word, ")" | "]" | "}" | "run" | "foreach");
            let last = words.iter().rposition(|word| !word.starts_with('#'));
            if let Some(last) = last.filter(|&last| ends && words[last] == ",") {
                words.remove(last);
            }
            words.push(if word == ":" { "=" } else { word }.to_owned());
        }
        // A comment may change sides with the comma before it.
        words
            .into_iter()
            .partition::<Vec<String>, _>(|word| word.starts_with('#'))
    };
    meaning(old) == meaning(new)
}

/// Whether white space is what the layout decides on; what else looks like it is a mistake, to be kept.
fn is_blank(space: &str) -> bool {
    let blank = |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    space.bytes().all(blank)
}

/// The columns that a text takes on its line.
fn width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.width()
    }
}

/// Something that stands in a block: an item, a statement, a comment, or what is none of them.
struct Part {
    span: Span,
    kind: PartKind,
}

enum PartKind {
    /// Laid out anew, without indentation before its first line.
    Item(String),
    /// An item as above, to which the next part belongs.
    Annotation(String),
    /// A comment, alone on its line or after something else.
    Comment,
    /// As it was written.
    Verbatim,
}

struct Layout<'a> {
    text: &'a str,
    tree: &'a File,
    /// Every token but blanks and what is in comments.
    tokens: Vec<Span>,
    held: Held,
    line_end: &'static str,
}

impl<'a> Layout<'a> {
    fn new(sources: &'a Sources, file: FileId, tree: &'a File) -> Self {
        let text = &*sources.file(file).text;
        let mut comments = tree.comments.iter().peekable();
        let tokens = syntax::tokens(sources, file).into_iter();
        let tokens: Vec<Span> = tokens
            .filter(|&(kind, span)| {
                while comments
                    .next_if(|comment| comment.end <= span.start)
                    .is_some()
                {}
                let in_comment = comments
                    .peek()
                    .is_some_and(|comment| comment.contains(span));
                let said = match kind {
                    TokenKind::Whitespace => !is_blank(&text[span.range()]),
                    kind => kind != TokenKind::Comment,
                };
                said && !in_comment
            })
            .map(|(_, span)| span)
            .collect();
        let carriage = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
        // A string keeps its line ends, whatever those of the file are.
        let bare = |token: &Span| text[token.range()].replace("\r\n", "").contains('\n');
        let carriage = carriage && !tokens.iter().any(bare);
        Self {
            text,
            tree,
            tokens,
            held: Held::new(text, tree),
            line_end: if carriage { "\r\n" } else { "\n" },
        }
    }

    fn file(&self) -> String {
        let mut parts = Vec::new();
        for import in &self.tree.imports {
            parts.push(self.part(import.span, self.import(import)));
        }
        for item in &self.tree.lets {
            parts.push(self.part(item.span, self.let_item(item)));
        }
        for profile in &self.tree.profiles {
            parts.push(self.part(profile.span, self.profile(profile)));
        }
        if let Some(flow) = &self.tree.flow {
            self.annotations(&flow.annotations, 0, &mut parts);
            if flow.name.is_some() {
                parts.push(self.part(flow.span, self.flow(flow)));
            }
        }
        let mark = usize::from(self.text.starts_with('\u{FEFF}')) * 3;
        let mut out = self.block(parts, mark, self.text.len(), 0);
        if !out.is_empty() {
            out.push('\n');
        }
        // All line ends were written as `\n`, but for those inside of tokens.
        if self.line_end == "\r\n" {
            out = out.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        format!("{}{out}", &self.text[..mark])
    }

    fn part(&self, span: Span, laid_out: Option<String>) -> Part {
        let kind = laid_out.map_or(PartKind::Verbatim, PartKind::Item);
        Part { span, kind }
    }

    fn annotations(&self, annotations: &[Annotation], indent: usize, parts: &mut Vec<Part>) {
        for annotation in annotations {
            let laid_out = self.annotation(annotation, indent);
            parts.push(Part {
                span: annotation.span,
                kind: laid_out.map_or(PartKind::Verbatim, PartKind::Annotation),
            });
        }
    }

    // ── Blocks ──────────────────────────────────────────────────────────────

    /// The lines of a block, without the last line's end; empty if nothing is in it.
    fn block(&self, mut parts: Vec<Part>, start: usize, end: usize, indent: usize) -> String {
        parts.sort_by_key(|part| part.span.start);
        let parts = self.with_gaps(parts, start, end);
        let mut out = String::new();
        let mut before: Option<&Part> = None;
        for part in &parts {
            let range = part.span.range();
            let gap = &self.text[before.map_or(start, |part| part.span.end as usize)..range.start];
            let lines = gap.bytes().filter(|&b| b == b'\n').count();
            let same_line = lines == 0 && before.is_some();
            let clings = |part: &Part| matches!(part.kind, PartKind::Verbatim);
            let text = match &part.kind {
                PartKind::Item(text) | PartKind::Annotation(text) => text.as_str(),
                PartKind::Comment => self.text[range.clone()].trim_end(),
                PartKind::Verbatim => &self.text[range.clone()],
            };
            match part.kind {
                PartKind::Comment if same_line => out.push_str("  "),
                _ if same_line && (clings(part) || before.is_some_and(clings)) => {
                    out.push_str(gap);
                }
                _ => {
                    if let Some(before) = before {
                        out.push('\n');
                        if lines > 1 && !matches!(before.kind, PartKind::Annotation(_)) {
                            out.push('\n');
                        }
                    }
                    match self.indentation(range.start) {
                        Some(blanks) if clings(part) => out.push_str(blanks),
                        _ => out.extend(std::iter::repeat_n(' ', indent)),
                    }
                }
            }
            out.push_str(text);
            before = Some(part);
        }
        out
    }

    /// The blanks before `at`, if nothing else stands before it on its line.
    fn indentation(&self, at: usize) -> Option<&'a str> {
        let line = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let before = &self.text[line..at];
        let blank = before.bytes().all(|b| matches!(b, b' ' | b'\t'));
        blank.then_some(before)
    }

    /// The parts, with the comments between them and what else is there.
    fn with_gaps(&self, parts: Vec<Part>, start: usize, end: usize) -> Vec<Part> {
        let mut all: Vec<Part> = Vec::new();
        let mut at = start;
        for part in parts {
            if (part.span.start as usize) < at {
                // Two readings of one text: what was first stands for both.
                if let Some(last) = all.last_mut() {
                    let whole = last.span.to(part.span);
                    at = at.max(whole.end as usize);
                    last.span = whole;
                    last.kind = PartKind::Verbatim;
                }
                continue;
            }
            self.gap(at, part.span.start as usize, &mut all);
            at = part.span.end as usize;
            all.push(part);
        }
        self.gap(at, end, &mut all);
        for part in &mut all {
            if let PartKind::Item(new) | PartKind::Annotation(new) = &part.kind
                && !self.keeps_lines(part.span, new)
            {
                part.kind = PartKind::Verbatim;
            }
        }
        for index in 1..all.len() {
            let between = all[index - 1].span.end as usize..all[index].span.start as usize;
            let is_item = |part: &Part| !matches!(part.kind, PartKind::Comment);
            if self.held.contains(between.start)
                && !self.text[between].contains('\n')
                && all[index - 1..=index].iter().all(is_item)
            {
                all[index - 1].kind = PartKind::Verbatim;
                all[index].kind = PartKind::Verbatim;
            }
        }
        // What shares a line with something that stays as it is, stays too, but for a block:
        // its lines are its own, but the first and the last.
        let next = |all: &mut Vec<Part>, from: usize, to: usize| {
            let (before, after) = (from.min(to), from.max(to));
            let between = all[before].span.end as usize..all[after].span.start as usize;
            if matches!(all[from].kind, PartKind::Verbatim)
                && !matches!(all[to].kind, PartKind::Comment)
                && !self.text[all[to].span.range()].ends_with('}')
                && !self.text[between].contains('\n')
            {
                all[to].kind = PartKind::Verbatim;
            }
        };
        for index in 1..all.len() {
            next(&mut all, index - 1, index);
        }
        for index in (1..all.len()).rev() {
            next(&mut all, index, index - 1);
        }
        all
    }

    /// What stands between two parts.
    fn gap(&self, start: usize, end: usize, all: &mut Vec<Part>) {
        let comments = self.comments(start, end);
        let mut at = start;
        for &comment in comments {
            self.unknown(at, comment.start as usize, all);
            all.push(Part {
                span: comment,
                kind: PartKind::Comment,
            });
            at = comment.end as usize;
        }
        self.unknown(at, end, all);
    }

    fn unknown(&self, start: usize, end: usize, all: &mut Vec<Part>) {
        let tokens = self.between(start, end);
        if let (Some(first), Some(last)) = (tokens.first(), tokens.last()) {
            all.push(Part {
                span: first.to(*last),
                kind: PartKind::Verbatim,
            });
        }
    }

    /// `head { lines }`; `open` is where the head ends. At the end of the file, the bracket may be
    /// missing.
    fn braces(
        &self,
        head: &str,
        open: u32,
        span: Span,
        parts: impl FnOnce(&mut Vec<Part>),
        indent: usize,
    ) -> Option<String> {
        let brace = *self.tokens_from(open as usize).first()?;
        self.says(open, brace.end, &["{"])?;
        let mut inside = Vec::new();
        parts(&mut inside);
        let closed = self.is_closed(brace, span, &inside);
        if !closed && !self.tokens_from(span.end as usize).is_empty() {
            return None;
        }
        let end = span.end as usize - usize::from(closed);
        let start = brace.end as usize;
        // A comment after the brace stays on its line; those of the head come before it.
        let first = inside.iter().map(|part| part.span.start as usize).min();
        let beside = self
            .comments(start, first.unwrap_or(end))
            .first()
            .filter(|comment| !self.text[start..comment.start as usize].contains('\n'));
        let mut out = format!("{head} {{");
        let of_head = self.comments(span.start as usize, start);
        self.beside(&mut out, of_head.iter().chain(beside), indent + INDENT);
        let from = beside.map_or(start, |comment| comment.end as usize);
        let lines = self.block(inside, from, end, indent + INDENT);
        if !lines.is_empty() {
            out.push('\n');
            out.push_str(&lines);
        }
        if closed {
            if !out.ends_with('{') {
                new_line(&mut out, indent);
            }
            out.push('}');
        }
        Some(out)
    }

    /// Whether the last character of `span` is the bracket that closes `brace`, and none of a part's.
    fn is_closed(&self, brace: Span, span: Span, inside: &[Part]) -> bool {
        let within = brace.end as usize..span.end as usize;
        let text = self.text.get(within).unwrap_or_default();
        text.ends_with('}') && inside.iter().all(|part| part.span.end < span.end)
    }

    // ── Items ───────────────────────────────────────────────────────────────

    fn import(&self, import: &Import) -> Option<String> {
        let path = import.path.as_ref()?.span;
        self.says(import.span.start, path.start, &["import"])?;
        self.says(path.end, import.span.end, &[])?;
        let above = self.above(import.span, 0);
        Some(format!("{above}import {}", &self.text[path.range()]))
    }

    fn let_item(&self, item: &Let) -> Option<String> {
        let (name, value) = (item.name.span, item.value.as_ref()?);
        self.says(item.span.start, name.start, &["let"])?;
        self.says(name.end, value.span.start, &["="])?;
        self.says(value.span.end, item.span.end, &[])?;
        let above = self.above(item.span, 0);
        let head = format!("{above}let {} = ", &self.text[name.range()]);
        Some(self.value(value)?.after(head, 0, 0))
    }

    fn param(&self, param: &Param) -> Option<String> {
        let name = param.name.span;
        self.says(param.span.start, name.start, &["param"])?;
        let above = self.above(param.span, INDENT);
        let mut head = format!("{above}param {}", &self.text[name.range()]);
        let mut end = name.end;
        if let Some(ty) = param.ty {
            self.says(end, ty.span.start, &[":"])?;
            head += ": ";
            head += &self.text[ty.span.range()];
            end = ty.span.end;
        }
        let Some(default) = &param.default else {
            self.says(end, param.span.end, &[])?;
            return Some(head);
        };
        self.says(end, default.span.start, &["="])?;
        self.says(default.span.end, param.span.end, &[])?;
        Some(self.value(default)?.after(head + " = ", INDENT, 0))
    }

    fn profile(&self, profile: &Profile) -> Option<String> {
        let name = profile.name.span;
        self.says(profile.span.start, name.start, &["profile"])?;
        let head = format!("profile {}", &self.text[name.range()]);
        let parts = |parts: &mut Vec<Part>| {
            self.annotations(&profile.annotations, INDENT, parts);
            for part in parts {
                // Nothing follows that they belong to.
                if let PartKind::Annotation(text) = &mut part.kind {
                    part.kind = PartKind::Item(std::mem::take(text));
                }
            }
        };
        self.braces(&head, name.end, profile.span, parts, 0)
    }

    fn flow(&self, flow: &Flow) -> Option<String> {
        let name = flow.name?.span;
        self.says(flow.span.start, name.start, &["flow"])?;
        let head = format!("flow {}", &self.text[name.range()]);
        let parts = |parts: &mut Vec<Part>| {
            for param in &flow.params {
                parts.push(self.part(param.span, self.param(param)));
            }
            for step in &flow.steps {
                self.annotations(&step.annotations, INDENT, parts);
                parts.push(self.part(step.span, self.step(step)));
            }
        };
        self.braces(&head, name.end, flow.span, parts, 0)
    }

    fn step(&self, step: &Step) -> Option<String> {
        let name = step.name.span;
        self.says(step.span.start, name.start, &[step.kind.as_str()])?;
        let head = format!("{} {}", step.kind.as_str(), &self.text[name.range()]);
        let parts = |parts: &mut Vec<Part>| {
            if let Some(run) = &step.run {
                parts.push(self.part(run.span, self.run(run)));
            }
            if let Some(next) = &step.next {
                parts.push(self.part(next.span, self.next(next)));
            }
        };
        let text = self.braces(&head, name.end, step.span, parts, INDENT)?;
        // Statements are told apart by what is around them.
        let known = |token: &&Span| {
            let within = |span: Option<Span>| span.is_some_and(|span| span.contains(**token));
            within(step.run.as_ref().map(|run| run.span))
                || within(step.next.as_ref().map(|next| next.span))
        };
        let tokens = self.between(name.end as usize, step.span.end as usize);
        let brackets = tokens.iter().filter(|token| !known(token)).count();
        let understood = brackets == if text.ends_with('}') { 2 } else { 1 };
        understood.then_some(text)
    }

    fn run(&self, run: &Run) -> Option<String> {
        let (value, node) = match &run.value {
            RunValue::Shell(script) => (script.span, Node::Text(&self.text[script.span.range()])),
            RunValue::Exec(args, span) => (*span, self.list(args, *span)?),
            RunValue::Error => return None,
        };
        self.says(run.span.start, value.start, &["run"])?;
        self.says(value.end, run.span.end, &[])?;
        let above = self.above(run.span, 2 * INDENT);
        Some(node.after(above + "run ", 2 * INDENT, 0))
    }

    fn next(&self, next: &Next) -> Option<String> {
        let (first, more) = next.targets.split_first()?;
        self.says(next.span.start, first.span.start, &["next"])?;
        // Comments between steps that follow stay between them.
        let of_first = match more {
            [] => next.span,
            _ => next.span.before().to(first.span),
        };
        let mut out = self.above(of_first, 2 * INDENT) + "next ";
        out.push_str(&self.text[first.span.range()]);
        let mut column = 2 * INDENT + "next ".len() + width(&self.text[first.span.range()]);
        let mut end = first.span.end;
        for (index, target) in more.iter().enumerate() {
            self.says(end, target.span.start, &[","])?;
            out.push(',');
            // With those between the last and a comma after it.
            let until = match index + 1 == more.len() {
                true => next.span.end,
                false => target.span.start,
            };
            let comments = self.comments(end as usize, until as usize);
            self.beside(&mut out, comments.iter(), 3 * INDENT);
            let name = &self.text[target.span.range()];
            // With the comma before it, the blank, and a comma after it.
            if !comments.is_empty() || column + width(name) + 3 > WIDTH {
                new_line(&mut out, 3 * INDENT);
                column = 3 * INDENT;
            } else {
                out.push(' ');
                column += 2;
            }
            out.push_str(name);
            column += width(name);
            end = target.span.end;
        }
        if let Some(foreach) = &next.foreach {
            self.ends(end, foreach.span.start)?;
            out = self.foreach(foreach, out + " ")?;
            end = foreach.span.end;
        }
        self.ends(end, next.span.end)?;
        Some(out)
    }

    fn foreach(&self, foreach: &Foreach, head: String) -> Option<String> {
        let variable = foreach.variable?.span;
        self.says(foreach.span.start, variable.start, &["foreach"])?;
        let head = format!("{head}foreach {} in ", &self.text[variable.range()]);
        match foreach.source.as_ref()? {
            ForeachSource::Range { lo, hi, .. } => {
                self.says(variable.end, lo.span.start, &["in"])?;
                self.says(lo.span.end, hi.span.start, &[".."])?;
                self.says(hi.span.end, foreach.span.end, &[])?;
                let (lo, hi) = (&self.text[lo.span.range()], &self.text[hi.span.range()]);
                Some(format!("{head}{lo}..{hi}"))
            }
            ForeachSource::Value(value) => {
                self.says(variable.end, value.span.start, &["in"])?;
                self.says(value.span.end, foreach.span.end, &[])?;
                Some(self.value(value)?.after(head, 2 * INDENT, 0))
            }
        }
    }

    // ── Tokens ──────────────────────────────────────────────────────────────

    /// The tokens that begin at `start` or later.
    fn tokens_from(&self, start: usize) -> &[Span] {
        let first = self
            .tokens
            .partition_point(|token| (token.start as usize) < start);
        &self.tokens[first..]
    }

    /// The tokens in `start..end`.
    fn between(&self, start: usize, end: usize) -> &[Span] {
        let tokens = self.tokens_from(start);
        &tokens[..tokens.partition_point(|token| (token.start as usize) < end)]
    }

    /// The comments in `start..end`.
    fn comments(&self, start: usize, end: usize) -> &'a [Span] {
        let comments = &self.tree.comments;
        let first = comments.partition_point(|comment| (comment.start as usize) < start);
        let last = comments.partition_point(|comment| (comment.start as usize) < end);
        comments.get(first..last).unwrap_or_default()
    }

    /// The comments of a statement, but for those within brackets, a line each, and the blanks
    /// before the statement.
    fn above(&self, span: Span, indent: usize) -> String {
        let mut out = String::new();
        let mut at = span.start as usize;
        let mut depth = 0_usize;
        for comment in self.comments(at, span.end as usize) {
            for token in self.between(at, comment.start as usize) {
                match &self.text[token.range()] {
                    "(" | "[" | "{" => depth += 1,
                    ")" | "]" | "}" => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            at = comment.end as usize;
            if depth == 0 {
                out.push_str(self.text[comment.range()].trim_end());
                new_line(&mut out, indent);
            }
        }
        out
    }

    /// Writes comments behind what stands on a line: the first beside it, the others on the next lines.
    fn beside<'c>(
        &self,
        out: &mut String,
        comments: impl Iterator<Item = &'c Span>,
        indent: usize,
    ) {
        for (index, comment) in comments.enumerate() {
            if index == 0 {
                out.push_str("  ");
            } else {
                new_line(out, indent);
            }
            out.push_str(self.text[comment.range()].trim_end());
        }
    }

    /// Whether nothing stands in `start..end` but perhaps a comma after the last of several.
    fn ends(&self, start: u32, end: u32) -> Option<()> {
        self.says(start, end, &[])
            .or_else(|| self.says(start, end, &[","]))
    }

    /// Whether nothing but `words` stands in `start..end`, and comments that can be moved.
    fn says(&self, start: u32, end: u32, words: &[&str]) -> Option<()> {
        let (start, end) = (start as usize, end as usize);
        let tokens = self.between(start, end);
        let same = tokens.len() == words.len()
            && tokens
                .iter()
                .zip(words)
                .all(|(token, word)| &self.text[token.range()] == *word);
        let mut comments = self.comments(start, end).iter();
        (same && comments.all(|comment| is_movable(&self.text[comment.range()]))).then_some(())
    }
}

/// Whether a comment says the same wherever it stands: about no line, documenting nothing.
fn is_movable(comment: &str) -> bool {
    let documents = comment.starts_with("##") && !comment.starts_with("###");
    comment.starts_with('#') && !documents && !held::is_directive(comment)
}

/// Begins a line.
fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}
