//! One pass over the text before the grammar: comments, odd characters, and a
//! cap on nesting, because the grammar recurses on every bracket.

use std::borrow::Cow;
use std::ops::Range;

use super::again::Same;
use super::lex::{self, Lexeme};

/// Brackets nested deeper than this are an error.
pub(super) const MAX_NESTING: usize = 64;

/// What the grammar is shown. The extra levels are the parentheses of an
/// annotation and the braces around it, which are no nesting of values.
const MAX_DEPTH: usize = MAX_NESTING + 4;

/// What the pass found; all places are bytes of the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Scan {
    /// Every comment, without the line ending.
    pub(super) comments: Vec<Comment>,
    /// Invisible characters that are no blanks, neighbours together.
    pub(super) odd_spaces: Vec<Range<usize>>,
    /// What is nested too deep, and not shown.
    pub(super) masked: Vec<Range<usize>>,
    /// Keywords that were written with capital letters; small ones are shown.
    pub(super) capitals: Vec<Range<usize>>,
    /// Characters of two bytes in strings that are neither quotes nor backslashes for the grammar.
    escapes: Vec<usize>,
    /// Characters that cannot be seen.
    controls: Vec<usize>,
    /// Tabs and carriage returns between tokens.
    tabs: Vec<usize>,
    /// Where a line begins with `@` and nothing is nested too deep: what comes then does not depend on
    /// what came before.
    marks: Vec<usize>,
    /// Whether a `*/` was looked for up to the end, and not found.
    no_block_end: bool,
}

/// A comment.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    pub(super) range: Range<usize>,
    pub(super) kind: CommentKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum CommentKind {
    /// `#`
    Plain,
    /// `##`, not `###`, alone on its line.
    Doc,
    /// `##`, not `###`, after something else.
    TrailingDoc,
    /// `//`
    Slash,
    /// `/* … */`
    Block,
    /// `-- `
    Dashes,
    /// `; ` at the beginning of a line
    Semicolon,
}

/// Reads the text once.
pub(super) fn scan(text: &str) -> Scan {
    read(text, Scan::default(), None)
}

/// The same, with what was found in an earlier version: only what differs is read, from the last mark
/// before it up to the first one behind it.
pub(super) fn scan_again(text: &str, old: &Scan, same: &Same) -> Scan {
    read(text, old.up_to_a_mark(text, same), Some((old, same)))
}

/// Reads on behind what has been found, up to where all is as it was.
fn read(text: &str, found: Scan, known: Option<(&Scan, &Same)>) -> Scan {
    let begin = match found.marks.last() {
        Some(&mark) => mark,
        None if text.starts_with('\u{FEFF}') => 3,
        None => 0,
    };
    let Scan {
        mut comments,
        mut odd_spaces,
        mut masked,
        mut capitals,
        mut escapes,
        mut controls,
        mut tabs,
        mut marks,
        mut no_block_end,
    } = found;
    // The last byte of the token before, comments aside.
    let mut before = b'\n';
    let mut at = begin;
    let mut rest = None;
    // An upper bound of the brackets that the grammar has entered at `at`: it
    // leaves at least one at every closing bracket, and all of them at an `@`
    // and before a word that begins an item.
    let mut depth = 0_usize;
    let mut mask: Option<usize> = None;
    // Just after a word that begins an item, unless `=` or `:` follows.
    let mut item_word: Option<usize> = None;
    // Whether only blanks precede on this line.
    let mut line_is_blank = true;

    while let Some(&first) = text.as_bytes().get(at) {
        // White space is half of the tokens: it is not looked at twice.
        if matches!(first, b' ' | b'\n' | b'\t' | b'\r') {
            match first {
                b'\n' => line_is_blank = true,
                b'\t' | b'\r' => tabs.push(at),
                _ => {}
            }
            at += 1;
            continue;
        }
        if first == b'@' && line_is_blank && mask.is_none() {
            if let Some((old, same)) = known
                && let Some(mark) = same.old(at).filter(|mark| *mark >= same.end)
                && old.marks.binary_search(&mark).is_ok()
            {
                rest = Some((old, mark, at));
                break;
            }
            if at > begin || marks.is_empty() {
                marks.push(at);
            }
        }
        let (lexeme, end) = lex::token(text, at);
        let bytes = &text.as_bytes()[at..end];
        match lexeme {
            Lexeme::OddSpace => {
                match odd_spaces.last_mut() {
                    Some(last) if last.end == at => last.end = end,
                    _ => odd_spaces.push(at..end),
                }
                at = end;
                continue;
            }
            Lexeme::Comment | Lexeme::SlashComment => {
                let kind = if lexeme == Lexeme::SlashComment {
                    CommentKind::Slash
                } else if !bytes.starts_with(b"##") || bytes.starts_with(b"###") {
                    CommentKind::Plain
                } else if line_is_blank {
                    CommentKind::Doc
                } else {
                    CommentKind::TrailingDoc
                };
                let carriage = usize::from(bytes.ends_with(b"\r"));
                tabs.extend((carriage > 0).then_some(end - 1));
                comments.push(Comment {
                    range: at..end - carriage,
                    kind,
                });
                at = end;
                continue;
            }
            Lexeme::Other if bytes[0] < b' ' => controls.push(at),
            Lexeme::Other if matches!(bytes, b"/" | b"-" | b";") => {
                let fresh = line_is_blank || matches!(before, b'{' | b'}' | b')' | b']' | b'"');
                if let Some((kind, end)) =
                    foreign_comment(text, at, fresh, line_is_blank, &mut no_block_end)
                {
                    comments.push(Comment {
                        range: at..end,
                        kind,
                    });
                    at = end;
                    continue;
                }
            }
            _ => {}
        }
        let mut keyword = None;
        if lexeme == Lexeme::Word && bytes[0].is_ascii_uppercase() {
            let fresh = matches!(before, b'{' | b'}' | b')' | b']' | b'"' | b';');
            let goes_on = matches!(before, b',' | b'=' | b':' | b'(' | b'[' | b'@');
            if fresh || line_is_blank && !goes_on {
                keyword = keyword_meant(text, at, end);
                capitals.extend(keyword.map(|_| at..end));
            }
        }
        before = bytes[bytes.len() - 1];
        line_is_blank = false;
        let reset = match item_word.take() {
            Some(word) if !matches!(bytes[0], b'=' | b':') => Some(word),
            _ => (bytes[0] == b'@').then_some(at),
        };
        if let Some(reset) = reset {
            depth = 0;
            masked.extend(mask.take().map(|start| start..reset));
        }
        match lexeme {
            Lexeme::Word if lex::begins_item(keyword.unwrap_or(&text[at..end])) => {
                item_word = Some(at);
            }
            Lexeme::Open => {
                depth += 1;
                if depth > MAX_DEPTH && mask.is_none() {
                    mask = Some(at);
                }
            }
            Lexeme::String | Lexeme::ForeignString => {
                escapes.extend(lex::escapes(bytes).map(|escape| at + escape));
            }
            Lexeme::Close => {
                depth = depth.saturating_sub(1);
                if depth <= MAX_DEPTH {
                    masked.extend(mask.take().map(|start| start..end));
                }
            }
            _ => {}
        }
        at = end;
    }
    masked.extend(mask.map(|start| start..text.len()));

    let mut found = Scan {
        comments,
        odd_spaces,
        masked,
        capitals,
        escapes,
        controls,
        tabs,
        marks,
        no_block_end,
    };
    if let Some((old, mark, at)) = rest {
        found.no_block_end |= old.no_block_end;
        found.take(old, mark..usize::MAX, |old| old - mark + at);
    }
    found
}

impl Scan {
    /// What was found before the last mark that an edit behind what is the same cannot reach.
    fn up_to_a_mark(&self, text: &str, same: &Same) -> Self {
        let mut found = Self::default();
        if self.no_block_end {
            return found;
        }
        // What begins on the lines before, strings of several lines aside, looks no further than
        // their ends; and such a string has ended.
        let Some(line) = memchr::memrchr(b'\n', &text.as_bytes()[..same.start]) else {
            return found;
        };
        let before = self.marks.partition_point(|mark| *mark < line);
        if let Some(&mark) = self.marks[..before].last() {
            found.take(self, 0..mark, |old| old);
            found.marks.push(mark);
        }
        found
    }

    /// Takes over what begins in a range of an earlier version.
    fn take(&mut self, old: &Self, range: Range<usize>, to: impl Fn(usize) -> usize) {
        let places = |mine: &mut Vec<usize>, old: &[usize]| {
            let found = part(old, &range, |place| *place);
            mine.extend(found.iter().map(|place| to(*place)));
        };
        let ranges = |mine: &mut Vec<Range<usize>>, old: &[Range<usize>]| {
            let found = part(old, &range, |range| range.start);
            mine.extend(found.iter().map(|range| to(range.start)..to(range.end)));
        };
        let comments = part(&old.comments, &range, |comment| comment.range.start);
        self.comments
            .extend(comments.iter().map(|Comment { range, kind }| Comment {
                range: to(range.start)..to(range.end),
                kind: *kind,
            }));
        ranges(&mut self.odd_spaces, &old.odd_spaces);
        ranges(&mut self.masked, &old.masked);
        ranges(&mut self.capitals, &old.capitals);
        places(&mut self.escapes, &old.escapes);
        places(&mut self.controls, &old.controls);
        places(&mut self.tabs, &old.tabs);
        places(&mut self.marks, &old.marks);
    }
}

/// Of what was found, in order, what begins in a range.
fn part<'f, T>(all: &'f [T], range: &Range<usize>, start: impl Fn(&T) -> usize) -> &'f [T] {
    let first = all.partition_point(|found| start(found) < range.start);
    let last = all.partition_point(|found| start(found) < range.end);
    &all[first..last]
}

/// A comment of another language at `at`: what it is, and its end. It has to
/// begin where a statement could, which is `fresh`.
fn foreign_comment(
    text: &str,
    at: usize,
    fresh: bool,
    line_is_blank: bool,
    no_block_end: &mut bool,
) -> Option<(CommentKind, usize)> {
    let rest = &text.as_bytes()[at..];
    if !fresh {
        return None;
    }
    if rest.starts_with(b"/*") {
        if *no_block_end {
            return None;
        }
        let end = memchr::memmem::find(&rest[2..], b"*/");
        *no_block_end = end.is_none();
        return Some((CommentKind::Block, at + 2 + end? + 2));
    }
    let kind = match rest {
        [b'-', b'-', b' ' | b'\t', ..] => CommentKind::Dashes,
        [b';', b' ' | b'\t' | b';', ..] if line_is_blank => CommentKind::Semicolon,
        _ => return None,
    };
    let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let line = text[at..at + length].trim_end();
    let said = line.trim_start_matches([';', '-', ' ', '\t']);
    let word = said.split(|c: char| !c.is_ascii_alphabetic()).next();
    // `; step …` separates statements.
    if said.is_empty() || kind == CommentKind::Semicolon && word.is_some_and(lex::is_reserved) {
        return None;
    }
    Some((kind, at + line.len()))
}

/// The keyword that a word with capital letters is, if what follows is what follows a keyword.
fn keyword_meant(text: &str, at: usize, end: usize) -> Option<&'static str> {
    let keyword = lex::STATEMENTS
        .into_iter()
        .find(|keyword| keyword.eq_ignore_ascii_case(&text[at..end]))?;
    let rest = text[end..].trim_start_matches([' ', '\t']);
    let next = rest.bytes().next()?;
    let follows = match keyword {
        "run" => matches!(next, b'"' | b'[' | b'\''),
        "import" => matches!(next, b'"' | b'\''),
        _ => rest.len() < text.len() - end && (next.is_ascii_alphabetic() || next == b'_'),
    };
    follows.then_some(keyword)
}

/// The text as the grammar is to see it: with blanks for every byte of what is
/// masked, of comments, tabs and odd spaces, with line breaks for carriage returns,
/// with small keywords, and without characters that cannot be seen and quotes and
/// backslashes that are escaped.
pub(super) fn shown<'t>(text: &'t str, scan: &Scan) -> Cow<'t, str> {
    let mark = text.starts_with('\u{FEFF}').then_some(0..3);
    let comments = scan.comments.iter().map(|comment| &comment.range);
    let mut blanks = mark
        .iter()
        .chain(&scan.masked)
        .chain(&scan.odd_spaces)
        .chain(comments)
        .peekable();
    let bytes = [&scan.escapes, &scan.controls, &scan.tabs];
    let as_it_is = scan.capitals.is_empty() && bytes.iter().all(|places| places.is_empty());
    if as_it_is && blanks.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in &scan.capitals {
        bytes[range.clone()].make_ascii_lowercase();
    }
    for &control in &scan.controls {
        bytes[control] = 0x7F;
    }
    for &tab in &scan.tabs {
        // A carriage return ends what a line break ends.
        bytes[tab] = if bytes[tab] == b'\t' { b' ' } else { b'\n' };
    }
    for &escape in &scan.escapes {
        bytes[escape..escape + 2].fill(b'_');
    }
    for range in blanks {
        bytes[range.clone()].fill(b' ');
    }
    match String::from_utf8(bytes) {
        Ok(shown) => Cow::Owned(shown),
        Err(_) => Cow::Borrowed(text),
    }
}
