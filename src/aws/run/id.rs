//! Run ids.

use std::fmt;

/// The digits of base 36, in the order in which they sort.
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// 2020-01-01, from which runs are counted, in milliseconds.
const EPOCH: u64 = 1_577_836_800_000;

/// How many digits the time has: enough until the year 2109.
const TIME: usize = 8;

/// How many digits tell runs of one millisecond apart.
const TAIL: usize = 4;

/// A run's id: at most 16 of `[a-z0-9]`. Ids sort by the time at which the runs began.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RunId(String);

impl RunId {
    /// The id of a run that begins at `now`, in milliseconds of Unix time; `random` tells it from
    /// what others begin in the same millisecond.
    #[must_use]
    pub fn new(now: u64, random: u64) -> Self {
        let mut id = String::with_capacity(TIME + TAIL);
        base36(now.saturating_sub(EPOCH), TIME, &mut id);
        base36(random, TAIL, &mut id);
        Self(id)
    }

    /// An id that somebody wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = (1..=16).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        is_id.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes the last `digits` digits of a number.
fn base36(mut number: u64, digits: usize, text: &mut String) {
    let mut reversed = [b'0'; TIME];
    for digit in reversed.iter_mut().take(digits) {
        *digit = DIGITS[usize::try_from(number % 36).unwrap_or(0)];
        number /= 36;
    }
    text.extend(
        reversed[..digits]
            .iter()
            .rev()
            .map(|&digit| char::from(digit)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time() {
        let now = 1_795_000_000_000;
        let mut ids: Vec<RunId> = (0..2_000)
            .map(|step| RunId::new(now + step * 977, u64::MAX - step * 7))
            .collect();
        let sorted = {
            let mut ids = ids.clone();
            ids.sort();
            ids
        };
        assert_eq!(ids, sorted);
        ids.dedup();
        assert_eq!(ids.len(), 2_000);
        for id in &ids {
            assert_eq!(RunId::parse(id.as_str()).as_ref(), Some(id));
        }
        let last = RunId::new(4_398_000_000_000, 0); // 2109
        assert!(ids[0] < last && last.as_str().starts_with('z'), "{last}");
    }

    #[test]
    fn runs_of_one_millisecond_differ() {
        let ids: std::collections::HashSet<RunId> =
            (0..1_000).map(|random| RunId::new(EPOCH, random)).collect();
        assert_eq!(ids.len(), 1_000);
    }

    #[test]
    fn what_is_no_id() {
        for text in ["", "A", "a-b", "../x", "é", "12345678901234567"] {
            assert_eq!(RunId::parse(text), None, "{text}");
        }
        assert!(RunId::parse("1234567890abcdef").is_some());
    }
}
