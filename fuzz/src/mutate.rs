//! Changes texts token by token, so that what comes out is often still a flow.

use std::sync::LazyLock;

use flowbatch::source::Sources;
use flowbatch::syntax;

/// The words of the language, of `flow.dict`.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let lines = include_str!("../flow.dict").lines();
    let words: Vec<String> = lines.filter_map(word).collect();
    assert!(words.len() > 100, "{}", words.len());
    words
});

/// The word of a line `"…"`.
fn word(line: &str) -> Option<String> {
    let mut escaped = line.strip_prefix('"')?.strip_suffix('"')?.bytes();
    let mut word = Vec::new();
    while let Some(byte) = escaped.next() {
        let byte = match byte {
            b'\\' => match escaped.next()? {
                b'x' => {
                    let digits = [escaped.next()?, escaped.next()?];
                    u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
                }
                other => other,
            },
            other => other,
        };
        word.push(byte);
    }
    String::from_utf8(word).ok()
}

/// Numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n.max(1)
    }
}

/// Changes `data[..size]` in place, to at most `max` bytes, and returns the new size.
pub fn mutate(data: &mut [u8], size: usize, max: usize, seed: u32) -> usize {
    let mut random = Random((u64::from(seed) << 20) | 0x9E37_79B9);
    let bytes_only = random.below(4) == 0;
    let Some(text) = data.get(..size).filter(|_| !bytes_only) else {
        return libfuzzer_sys::fuzzer_mutate(data, size, max);
    };
    let text = String::from_utf8_lossy(text).into_owned();
    let new = mutated(&text, &mut random);
    let mut size = new.len().min(max).min(data.len());
    while !new.is_char_boundary(size) {
        size -= 1;
    }
    data[..size].copy_from_slice(&new.as_bytes()[..size]);
    size
}

fn mutated(text: &str, random: &mut Random) -> String {
    let mut sources = Sources::default();
    let file = sources.add("a.flow".into(), "a.flow".to_owned(), text);
    let tokens = syntax::tokens(&sources, file);
    let mut tokens: Vec<&str> = tokens.iter().map(|(_, span)| &text[span.range()]).collect();
    for _ in 0..=random.below(3) {
        let length = tokens.len();
        let at = random.below(length + 1);
        let some = |random: &mut Random, most: usize| {
            let start = random.below(length + 1);
            start..(start + 1 + random.below(most)).min(length.max(start))
        };
        let new = &*WORDS[random.below(WORDS.len())];
        match random.below(9) {
            0 | 1 => tokens.insert(at, new),
            2 if at < length => tokens[at] = new,
            3 => drop(tokens.drain(some(random, 8))),
            // A stretch once more, elsewhere.
            4 => {
                let stretch = tokens[some(random, 24)].to_vec();
                tokens.splice(at..at, stretch);
            }
            5 if at < length => {
                let other = random.below(length);
                tokens.swap(at, other);
            }
            // One token as another is.
            6 | 7 if at < length => tokens[at] = tokens[random.below(length)],
            // A whole block or statement once more, or gone.
            8 => {
                let Some(range) = block(&tokens, at) else {
                    continue;
                };
                if random.below(3) == 0 {
                    tokens.drain(range);
                } else {
                    let block = tokens[range].to_vec();
                    let to = random.below(length + 1);
                    tokens.splice(to..to, block);
                }
            }
            _ => {}
        }
    }
    tokens.concat()
}

/// From the next bracket that opens to the one that closes it, with the word before it.
fn block(tokens: &[&str], at: usize) -> Option<std::ops::Range<usize>> {
    let open = at
        + tokens
            .get(at..)?
            .iter()
            .position(|token| matches!(*token, "{" | "(" | "["))?;
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match *token {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open.saturating_sub(4)..index + 1);
        }
    }
    None
}
