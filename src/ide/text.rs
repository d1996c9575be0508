//! Places in a text as editors count them: a line and a column, both from 0.
//!
//! A line ends with `\n`, `\r\n` or `\r`, as the Language Server Protocol has it. The compiler's own
//! positions are in [`source`](crate::source).

use std::ops::Range;
use std::sync::Arc;

/// What a column counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units.
    #[default]
    Utf16,
}

/// A line and a column, both from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Point {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// A text that is edited by ranges of points.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    text: Arc<str>,
    /// The first byte of every line.
    starts: Vec<u32>,
}

impl Text {
    /// A text, its first line beginning at its first byte.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let starts = line_starts(&text, 0);
        Self { text, starts }
    }

    /// A text as it is shown when it is opened: without its byte order mark, though offsets count it.
    #[must_use]
    pub fn of_file(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let first = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let starts = line_starts(&text, first);
        Self { text, starts }
    }

    /// All of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// All of it, to be kept.
    #[must_use]
    pub fn share(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The byte at a point. A line beyond the last is the end of the text, a column beyond the last
    /// the end of its line, and one in the middle of a character that character.
    #[must_use]
    pub fn offset(&self, point: Point, encoding: Encoding) -> usize {
        let Some(line) = self.line(point.line) else {
            return self.text.len();
        };
        let text = &self.text[line.clone()];
        let column = point.column as usize;
        let within = match encoding {
            Encoding::Utf8 => floor(text, column),
            Encoding::Utf16 if text.is_ascii() => column.min(text.len()),
            Encoding::Utf16 => {
                let mut units = 0;
                let past = text.char_indices().find(|(_, c)| {
                    units += c.len_utf16();
                    units > column
                });
                past.map_or(text.len(), |(at, _)| at)
            }
        };
        line.start + within
    }

    /// The point of a byte; one in the middle of a character, or of a line's end, is before it.
    #[must_use]
    pub fn point(&self, offset: usize, encoding: Encoding) -> Point {
        let offset = floor(&self.text, offset);
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let line = self
            .starts
            .partition_point(|&start| start as usize <= offset);
        let line = line.saturating_sub(1);
        let content = self.line(clamp(line)).unwrap_or(0..0);
        let before = content.start..offset.clamp(content.start, content.end);
        let before = &self.text[before];
        let column = match encoding {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 => before.chars().map(char::len_utf16).sum(),
        };
        Point {
            line: clamp(line),
            column: clamp(column),
        }
    }

    /// Replaces what lies between two points; a range that ends before it begins is empty.
    pub fn replace(&mut self, range: Range<Point>, new: &str, encoding: Encoding) {
        let start = self.offset(range.start, encoding);
        let end = self.offset(range.end, encoding).max(start);
        let text = [&self.text[..start], new, &self.text[end..]].concat();
        *self = Self::new(text);
    }

    /// The bytes of a line, without what ends it; `None` beyond the last.
    fn line(&self, line: u32) -> Option<Range<usize>> {
        let start = *self.starts.get(line as usize)? as usize;
        let Some(&next) = self.starts.get(line as usize + 1) else {
            return Some(start..self.text.len());
        };
        let line = &self.text[start..next as usize];
        let ending = if line.ends_with("\r\n") { 2 } else { 1 };
        Some(start..next as usize - ending)
    }
}

/// The last character boundary of `text` up to `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn line_starts(text: &str, first: u32) -> Vec<u32> {
    let bytes = text.as_bytes();
    let mut starts = vec![first];
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
            continue;
        }
        starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_find_every_character() {
        let text = Text::new("a🎉日\r\nß\rx\n\n🎉");
        for (encoding, columns) in [(Encoding::Utf8, [0, 1, 5]), (Encoding::Utf16, [0, 1, 3])] {
            for (at, column) in [0, 1, 5].into_iter().zip(columns) {
                let point = Point { line: 0, column };
                assert_eq!(text.point(at, encoding), point);
                assert_eq!(text.offset(point, encoding), at);
            }
            for (at, _) in text.as_str().char_indices() {
                let point = text.point(at, encoding);
                let is_second_of_ending =
                    text.as_str()[..at].ends_with('\r') && text.as_str()[at..].starts_with('\n');
                let back = text.offset(point, encoding);
                assert_eq!(back, at - usize::from(is_second_of_ending), "{at}");
            }
        }
    }

    #[test]
    fn points_that_are_nowhere_have_a_place() {
        let text = Text::new("🎉a\r\nb");
        let offset = |line, column| text.offset(Point { line, column }, Encoding::Utf16);
        assert_eq!(offset(0, 1), 0);
        assert_eq!(offset(0, 99), 5);
        assert_eq!(offset(9, 0), 8);
        assert_eq!(text.offset(Point { line: 0, column: 2 }, Encoding::Utf8), 0);
        assert_eq!(text.point(2, Encoding::Utf16), Point::default());
        assert_eq!(
            text.point(99, Encoding::Utf16),
            Point { line: 1, column: 1 }
        );
    }

    #[test]
    fn a_byte_order_mark_is_not_shown() {
        let text = Text::of_file("\u{feff}ab");
        assert_eq!(text.point(4, Encoding::Utf16), Point { line: 0, column: 1 });
        assert_eq!(text.point(0, Encoding::Utf16), Point::default());
    }
}
