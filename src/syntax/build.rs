//! From pairs to tree: what all parts of the builder share.
//!
//! Two habits keep one mistake to one diagnostic. Something missing is
//! reported at the end of the token before it, and only if no other error
//! ended there. And text that does not fit is not reported when it follows
//! another error on the same line.

use std::fmt;
use std::ops::Range;

use super::ast::{Doc, File, Flow, Name, Param};
use super::lex;
use super::pairs::Items;
use super::prescan::{Comment, CommentKind, MAX_NESTING, Scan};
use super::string::{Decoder, Dollar};
use super::{Pair, ast};
use crate::codes::Code;
use crate::codes::syntax as codes;
use crate::diagnostic::{Diagnostic, Diagnostics, Edit};
use crate::source::{FileId, Span};

pub(super) struct Builder<'a> {
    pub(super) text: &'a str,
    /// The text as the grammar sees it.
    shown: &'a str,
    pub(super) file: FileId,
    pub(super) sink: &'a mut Diagnostics,
    pub(super) comments: Vec<Comment>,
    masked: Vec<Range<usize>>,
    /// Which of `comments` document something.
    documents: Vec<bool>,
    pub(super) out: File,
    /// Where the last error ended.
    pub(super) error_end: Option<usize>,
    /// How many lists and maps are open.
    pub(super) depth: usize,
    /// The lists and maps that were reported as nested too deep.
    pub(super) deep: Vec<Span>,
    /// The brace that closed the flow, once it has been closed.
    pub(super) flow_end: Option<Span>,
    /// Whether steps were found outside of the flow, which is reported once.
    pub(super) outside: bool,
    /// Whether a block that no `{` opened has taken a `}`, perhaps that of the flow.
    pub(super) took_brace: bool,
    /// Whether text at the top level was not understood, which explains stray steps and braces.
    pub(super) lost_top: bool,
    /// Params that stood in the step that was read last.
    pub(super) inner_params: Vec<Param>,
    /// Words of the language that `next` names as steps.
    pub(super) reserved_targets: Vec<Span>,
    /// Words of the language that were reported as names.
    pub(super) reserved_names: Vec<&'a str>,
    /// Where a semicolon stands that belongs to a mistake that was reported.
    pub(super) known_semicolon: Option<usize>,
    /// Whether the error reported last leaves nothing of the value before it.
    pub(super) spoiled: bool,
    /// Whether the annotation that is being read means nothing here.
    pub(super) meaningless: bool,
    /// Whether a closing bracket was missing, as far as the diagnostics have been looked at.
    pub(super) unclosed: bool,
    /// How many of the diagnostics that are.
    pub(super) looked_at: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        text: &'a str,
        shown: &'a str,
        file: FileId,
        scan: Scan,
        sink: &'a mut Diagnostics,
    ) -> Self {
        let span = |range: &Range<usize>| Span::new(file, range.start, range.end);
        let out = File {
            id: file,
            imports: Vec::new(),
            lets: Vec::new(),
            profiles: Vec::new(),
            flow: None,
            comments: scan
                .comments
                .iter()
                .map(|comment| span(&comment.range))
                .collect(),
            junk: Vec::new(),
        };
        let mut builder = Self {
            text,
            shown,
            file,
            sink,
            documents: vec![false; scan.comments.len()],
            comments: scan.comments,
            masked: scan.masked,
            out,
            error_end: None,
            depth: 0,
            deep: Vec::new(),
            flow_end: None,
            outside: false,
            took_brace: false,
            lost_top: false,
            inner_params: Vec::new(),
            reserved_targets: Vec::new(),
            reserved_names: Vec::new(),
            known_semicolon: None,
            spoiled: false,
            meaningless: false,
            unclosed: false,
            looked_at: 0,
        };
        builder.odd_spaces(&scan.odd_spaces);
        builder.foreign_comments();
        builder.capitals(&scan.capitals);
        builder
    }

    /// The tree of the whole file.
    pub(super) fn file(mut self, items: &mut Items<'_>) -> File {
        self.top(items);
        if let Some(at) = items.lost {
            self.lost(at);
            return self.out;
        }
        self.stray_docs();
        self.hidden();
        self.reserved_targets();
        self.out
    }

    /// The failure that the grammar rules out, all the same without a panic.
    fn lost(&mut self, at: usize) {
        self.sink.push(
            Diagnostic::new(
                &codes::UNEXPECTED_TEXT,
                self.at(at, at),
                "this file cannot be read from here on",
            )
            .help("this is a mistake in flowbatch; please report it with the file"),
        );
    }

    // ── Spans ───────────────────────────────────────────────────────────────

    pub(super) fn at(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    /// The span of a pair without the trivia that it may end with.
    pub(super) fn span(&self, pair: &Pair<'_>) -> Span {
        let range = pair.range();
        self.at(range.start, self.token_end(range.start, range.end))
    }

    /// The span of a pair that ends with a token.
    pub(super) fn token(&self, pair: &Pair<'_>) -> Span {
        let range = pair.range();
        self.at(range.start, range.end)
    }

    /// The text of a pair as it was written; that of the pair itself is what the grammar was shown.
    pub(super) fn source(&self, pair: &Pair<'_>) -> &'a str {
        &self.text[pair.range()]
    }

    /// The end of the last token that ends in `floor..=end`.
    pub(super) fn token_end(&self, floor: usize, end: usize) -> usize {
        let after = self.masked.partition_point(|masked| masked.start < end);
        // What is nested too deep is not shown, and no trivia.
        let masked = after
            .checked_sub(1)
            .map_or(0, |last| self.masked[last].end.min(end));
        let shown = &self.shown[..end];
        // Nearly every pair ends with a token.
        let shown = match shown.as_bytes().last() {
            Some(last) if last.is_ascii_graphic() => end,
            _ => shown.trim_end().len(),
        };
        shown.max(masked).max(floor)
    }

    // ── Errors ──────────────────────────────────────────────────────────────

    /// Reports an error and remembers where it ended.
    pub(super) fn error(&mut self, diagnostic: Diagnostic) {
        // What is certainly meant is no stretch of unknown text: what follows is
        // judged as it will be once that is written.
        let understood = diagnostic.fixes.iter().any(|fix| fix.certain);
        if let Some(span) = diagnostic.primary().filter(|_| !understood) {
            self.error_until(span.end as usize);
        }
        self.sink.push(diagnostic);
    }

    /// What follows up to `end` is part of the last error.
    pub(super) fn error_until(&mut self, end: usize) {
        self.error_end = Some(self.error_end.unwrap_or(0).max(end));
    }

    /// Whether no error reaches up to an item that begins at `start`.
    pub(super) fn starts_clear(&self, start: usize) -> bool {
        self.error_end.is_none_or(|end| end <= start)
    }

    /// How much has been said, or left unsaid for something that was: what builds a part and leaves it
    /// as it is depends on the text of that part alone.
    pub(super) fn said(&self) -> [usize; 7] {
        [
            self.sink.as_slice().len(),
            self.error_end.unwrap_or(0),
            self.out.junk.len(),
            self.deep.len(),
            self.reserved_targets.len(),
            self.reserved_names.len(),
            self.inner_params.len(),
        ]
    }

    /// Whether an error ended just before `start`, on the same line.
    pub(super) fn follows_error(&self, start: usize) -> bool {
        self.error_end.is_some_and(|end| {
            end >= start
                || self.text[end..start]
                    .bytes()
                    .all(|b| matches!(b, b' ' | b'\t'))
        })
    }

    /// Reports something that had to stand before `pair`, a zero-width
    /// `missing_*`, unless an error ended there.
    pub(super) fn missing(
        &mut self,
        pair: &Pair<'_>,
        code: &'static Code,
        what: &str,
        more: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        let end = self.token_end(0, pair.start());
        if self.error_end.is_some_and(|error| error >= end) {
            return;
        }
        self.error(more(Diagnostic::new(
            code,
            self.at(end, end),
            format!("{what} is missing"),
        )));
    }

    /// Reports a bracket that is never closed.
    pub(super) fn unclosed(&mut self, pair: &Pair<'_>, open: Span, what: &str, close: &str) {
        self.missing(
            pair,
            &codes::UNCLOSED_BRACKET,
            &format!("the closing `{close}` of {what}"),
            |diagnostic| {
                let insert = diagnostic.primary();
                let diagnostic = diagnostic.label(open, "opened here");
                match insert {
                    Some(span) => diagnostic.suggest(format!("write `{close}`"), span, close),
                    None => diagnostic,
                }
            },
        );
    }

    /// Reports text that fits nowhere. Returns whether it did.
    pub(super) fn unexpected(&mut self, span: Span, place: &str, help: &str) -> bool {
        self.out.junk.push(span);
        if self.follows_error(span.start as usize) {
            self.error_until(span.end as usize);
            return false;
        }
        let shown = excerpt(&self.text[span.range()]);
        self.error(
            Diagnostic::new(
                &codes::UNEXPECTED_TEXT,
                span,
                format!("unexpected `{shown}` {place}"),
            )
            .help(help),
        );
        true
    }

    // ── Names and strings ───────────────────────────────────────────────────

    /// What stands in the quotes or brackets of a span, without them: they may be all that is between
    /// it and the words beside it.
    pub(super) fn bare(&self, span: Span, inner: &str) -> String {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let blank = |near| if near { " " } else { "" };
        let before = self.text[..span.start as usize].ends_with(is_word);
        let after = self.text[span.end as usize..].starts_with(is_word);
        format!("{}{inner}{}", blank(before), blank(after))
    }

    /// A name being given.
    pub(super) fn new_name(&mut self, pair: &Pair<'_>, what: fmt::Arguments<'_>) -> Option<Name> {
        let span = self.token(pair);
        let word = self.source(pair);
        if lex::is_reserved(pair.as_str()) {
            self.reserved(&self.text[span.range()], span, &what.to_string());
            return None;
        }
        let quoted = word.trim_matches(['"', '\'']);
        if quoted.len() + 2 == word.len() && lex::is_name(quoted) && !lex::is_reserved(quoted) {
            self.error(
                Diagnostic::new(
                    &codes::INVALID_NAME,
                    span,
                    format!("the name of {what} stands without quotes"),
                )
                .fix("remove the quotes", span, self.bare(span, quoted)),
            );
            return Some(Name {
                span: self.at(span.start as usize + 1, span.end as usize - 1),
            });
        }
        if !lex::is_name(word) {
            let mut diagnostic = Diagnostic::new(&codes::INVALID_NAME, span, format!("`{word}` cannot name {what}"))
                .help("a name begins with a letter and goes on with letters, digits and `_`, all of ASCII");
            let meant = word.replace(['-', '.'], "_");
            let meant = meant.trim_start_matches('_');
            if lex::is_name(meant) && !lex::is_reserved(meant) {
                diagnostic = diagnostic.suggest(format!("name it `{meant}`"), span, meant);
            }
            self.error(diagnostic);
        }
        Some(Name { span })
    }

    /// A word of the language where a name should stand.
    fn reserved(&mut self, word: &'a str, span: Span, what: &str) {
        self.reserved_names.push(word);
        let help = if matches!(word, "join" | "gather") && what == "a step" {
            format!(
                "a step that other steps lead to is written `{word} NAME {{ … }}`, the name being any other word"
            )
        } else {
            format!("choose another name, such as `{word}_1` or `my_{word}`")
        };
        self.error(
            Diagnostic::new(
                &codes::RESERVED_WORD,
                span,
                format!("`{word}` is a word of the language and cannot name {what}"),
            )
            .help(help),
        );
    }

    /// A string in double quotes.
    pub(super) fn string(&mut self, pair: &Pair<'_>, dollar: Dollar) -> ast::Str {
        let (start, end) = (pair.start(), pair.end());
        if !super::string::is_closed(&self.text[start..end]) {
            self.unclosed_string(start, end);
        }
        Decoder {
            text: self.text,
            file: self.file,
            sink: self.sink,
            single: false,
        }
        .decode(start, end, dollar)
    }

    pub(super) fn unclosed_string(&mut self, start: usize, end: usize) {
        let token = &self.text[start..end];
        let close = match token.chars().next() {
            Some('\'') => "'",
            _ => "\"",
        };
        let (close, help) = if token.starts_with(&close.repeat(3)) {
            (
                close.repeat(3),
                "everything up to the end of the file is part of it",
            )
        } else {
            (
                close.to_owned(),
                "a string ends on its line; several lines stand between `\"\"\"` and `\"\"\"`",
            )
        };
        let quotes = if token.starts_with('\u{201C}') {
            3
        } else {
            close.len()
        };
        let last = self.token_end(start, end).max(start + quotes);
        let open = self.at(start, start + quotes);
        let insert = self.at(last, last);
        self.error(
            Diagnostic::new(&codes::UNCLOSED_STRING, open, "this string is not closed")
                .help(help)
                .suggest(format!("write `{close}`"), insert, close),
        );
        self.error_until(end);
    }

    // ── Documentation ───────────────────────────────────────────────────────

    /// The doc comments that begin in `range`.
    pub(super) fn docs_in(&self, range: Range<usize>) -> Option<Doc> {
        let first = self
            .comments
            .partition_point(|comment| comment.range.start < range.start);
        let mut docs = None;
        for (index, comment) in self.comments.iter().enumerate().skip(first) {
            if comment.range.start >= range.end {
                break;
            }
            if comment.kind == CommentKind::Doc {
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                docs = Some(docs.map_or(index, |docs: Doc| docs.start)..index + 1);
            }
        }
        docs
    }

    /// Records that comments document something.
    pub(super) fn use_docs(&mut self, docs: &Doc) {
        for used in &mut self.documents[docs.start as usize..docs.end as usize] {
            *used = true;
        }
    }

    fn stray_docs(&mut self) {
        for (comment, used) in self.comments.iter().zip(&self.documents) {
            let stray = match comment.kind {
                CommentKind::Doc => !used,
                CommentKind::TrailingDoc => true,
                CommentKind::Plain
                | CommentKind::Slash
                | CommentKind::Block
                | CommentKind::Dashes
                | CommentKind::Semicolon => false,
            };
            if stray {
                let start = comment.range.start;
                self.sink.push(
                    Diagnostic::new(&codes::STRAY_DOC_COMMENT, self.at(start, comment.range.end), "this documents nothing")
                        .help("`##` on a line of its own documents the flow, step, param, let or profile after it; anything else is a plain comment, `#`")
                        .suggest("make it a plain comment", self.at(start, start + 2), "#"),
                );
            }
        }
    }

    // ── What the first pass found ───────────────────────────────────────────

    fn odd_spaces(&mut self, ranges: &[Range<usize>]) {
        for range in ranges {
            let char = self.text[range.clone()].chars().next().unwrap_or_default();
            self.sink.push(
                Diagnostic::new(
                    &codes::INVISIBLE_CHARACTER,
                    self.at(range.start, range.end),
                    format!("an invisible character, U+{:04X}", u32::from(char)),
                )
                .help("it looks like a blank, but is not; it often comes along when text is copied from a web page")
                .fix("write a blank", self.at(range.start, range.end), " "),
            );
        }
    }

    /// Comments of other languages.
    fn foreign_comments(&mut self) {
        for comment in &self.comments {
            let (start, end) = (comment.range.start, comment.range.end);
            let sign = match comment.kind {
                CommentKind::Slash => "//",
                CommentKind::Dashes => "--",
                CommentKind::Semicolon if self.text[start..].starts_with(";;") => ";;",
                CommentKind::Semicolon => ";",
                CommentKind::Block => "/*",
                CommentKind::Plain | CommentKind::Doc | CommentKind::TrailingDoc => continue,
            };
            let open = self.at(start, start + sign.len());
            let diagnostic =
                Diagnostic::new(&codes::SLASH_COMMENT, open, "a comment begins with `#`").help(
                    match comment.kind {
                        CommentKind::Block => "a comment ends with its line; several lines begin with `#` each".to_owned(),
                        _ => format!("`{sign}` is no comment here; in a shell script, comments begin with `#` as well"),
                    },
                );
            let diagnostic = if comment.kind != CommentKind::Block {
                diagnostic.fix("write `#`", open, "#")
            } else if self.text[end..]
                .lines()
                .next()
                .is_none_or(|rest| rest.trim().is_empty())
            {
                let edits = self.block_comment(start, end);
                diagnostic.fix_edits("write `#`", true, edits)
            } else {
                diagnostic.suggest("remove it", self.at(start, end), "")
            };
            self.sink.push(diagnostic);
        }
    }

    /// What makes `/* … */` a comment of lines that begin with `#`.
    fn block_comment(&self, start: usize, end: usize) -> Vec<Edit> {
        let mut edits = vec![Edit {
            span: self.at(start, start + 2),
            text: "#".to_owned(),
        }];
        let body = start + 2..end - 2;
        let mut at = body.start;
        for (n, line) in self.text[body.clone()].split_inclusive('\n').enumerate() {
            let said = line.trim();
            let blanks = line.len() - line.trim_start().len();
            if n > 0 && !said.is_empty() {
                // Such lines often begin with a `*` of their own.
                let star = usize::from(said.starts_with('*'));
                edits.push(Edit {
                    span: self.at(at + blanks, at + blanks + star),
                    text: if star == 1 { "#" } else { "# " }.to_owned(),
                });
            }
            at += line.len();
        }
        let last = &self.text[body.clone()];
        let blanks = last.len() - last.trim_end_matches([' ', '\t']).len();
        edits.push(Edit {
            span: self.at(body.end - blanks, end),
            text: String::new(),
        });
        edits
    }

    /// `Flow`, `STEP`
    fn capitals(&mut self, ranges: &[Range<usize>]) {
        for range in ranges {
            let span = self.at(range.start, range.end);
            let word = &self.text[range.clone()];
            let meant = word.to_ascii_lowercase();
            self.sink.push(
                Diagnostic::new(
                    &codes::UNEXPECTED_TEXT,
                    span,
                    format!("`{word}` is written `{meant}`"),
                )
                .help("the words of the language have no capital letters")
                .fix(format!("write `{meant}`"), span, meant.clone()),
            );
        }
    }

    /// Reports brackets that the grammar was not shown, if the builder did not.
    fn hidden(&mut self) {
        for range in std::mem::take(&mut self.masked) {
            let span = self.at(range.start, range.end);
            let before = self.deep.partition_point(|deep| deep.start <= span.start);
            let deep = self.deep[..before].last();
            if deep.is_none_or(|deep| deep.end <= span.start) {
                self.too_deep(self.at(range.start, range.start + 1));
            }
        }
    }

    pub(super) fn too_deep(&mut self, open: Span) {
        self.error(
            Diagnostic::new(
                &codes::NESTING_TOO_DEEP,
                open,
                format!("brackets nested deeper than {MAX_NESTING}"),
            )
            .help("put the inner parts into a file that your program reads"),
        );
    }

    /// Reports the words of the language that `next` names, each of them once.
    fn reserved_targets(&mut self) {
        for span in std::mem::take(&mut self.reserved_targets) {
            let text = self.text;
            let word = &text[span.range()];
            if !self.reserved_names.contains(&word) {
                self.reserved(word, span, "a step");
            }
        }
    }

    // ── The flow ────────────────────────────────────────────────────────────

    /// The flow, or a nameless one for what stands outside of any.
    pub(super) fn some_flow(&mut self, near: Span) -> &mut Flow {
        self.out.flow.get_or_insert_with(|| Flow {
            span: near,
            doc: 0..0,
            annotations: Vec::new(),
            name: None,
            params: Vec::new(),
            steps: Vec::new(),
            broken: true,
        })
    }
}

/// What the grammar calls `t`, but for comments.
/// The first line of a text, cut where it gets long.
pub(super) fn excerpt(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim_end();
    let mut chars = line.chars();
    let short: String = chars.by_ref().take(40).collect();
    if chars.next().is_some() || line.len() < text.trim_end().len() {
        format!("{}…", short.trim_end())
    } else {
        short
    }
}
