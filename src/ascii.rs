//! Classes of bytes.

/// A table, because texts are gone through byte by byte.
const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};

/// Whether a byte is a letter or a digit of ASCII, or `_`.
pub(crate) fn is_word(byte: u8) -> bool {
    WORD[usize::from(byte)]
}
