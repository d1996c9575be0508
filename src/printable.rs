//! Text that a terminal shows rather than obeys.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a terminal would obey the character rather than show it, or reorder text by it.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with control characters and bidirectional overrides spelt out:
/// messages quote files, and a file must not be able to drive the terminal.
/// Line feeds stay.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let escape = |c: char| c != '\n' && is_unprintable(c);
    if !text.contains(escape) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c == '\t' {
            clean.push(' ');
        } else if escape(c) {
            let _ = write!(clean, "\\u{{{:x}}}", u32::from(c));
        } else {
            clean.push(c);
        }
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn control_characters_are_spelt_out() {
        assert_eq!(printable("plain\nä"), "plain\nä");
        assert_eq!(
            printable("a\u{1b}[31m\tb\u{202e}"),
            "a\\u{1b}[31m b\\u{202e}"
        );
    }
}
