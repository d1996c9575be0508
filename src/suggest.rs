//! “Did you mean”: the known word nearest to an unknown one.

/// The candidate nearest to `word`, if one is near enough to have been meant.
///
/// Near is a third of the word's length, at least one: as many letters may be missing, added,
/// wrong, or swapped with their neighbour. The first of equally near candidates wins.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().collect();
    let mut limit = (word.len() / 3).max(1);
    let mut best = None;
    for candidate in candidates {
        let letters: Vec<char> = candidate.chars().collect();
        if letters.len().abs_diff(word.len()) > limit {
            continue;
        }
        let distance = distance(&word, &letters);
        if distance == 0 {
            return Some(candidate);
        }
        if distance <= limit {
            best = Some(candidate);
            limit = distance - 1;
        }
    }
    best
}

/// The optimal string alignment distance: Damerau-Levenshtein without editing a pair twice.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn finds_near_words_only() {
        let words = ["cpu", "gpu", "memory", "queue", "shared_memory"];
        for (word, expected) in [
            ("memroy", Some("memory")),
            ("mem", None),
            ("cpus", Some("cpu")),
            ("bpu", Some("cpu")),
            ("shared_memmory", Some("shared_memory")),
            ("queue", Some("queue")),
            ("", None),
        ] {
            assert_eq!(closest(word, words), expected, "{word}");
        }
    }
}
