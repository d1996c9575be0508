//! Did you mean: the known name that is closest to a misspelt one.

/// Words longer than this are only compared ignoring case: nobody misspells
/// them by a letter, and the distance costs the product of the lengths.
const LONGEST: usize = 64;

/// The candidate that was probably meant by `word`, if one is close enough.
///
/// Case does not count, and a third of the letters may be wrong, missing, too
/// many or swapped with their neighbour. Of several that are equally close,
/// the first in alphabetical order, whatever the order of the candidates.
///
/// ```
/// use flowbatch::suggest::closest;
/// assert_eq!(closest("memroy", ["cpu", "memory"]), Some("memory"));
/// assert_eq!(closest("queue", ["cpu", "memory"]), None);
/// ```
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = fold(word);
    let limit = (letters.len() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = fold(candidate);
            if letters == other {
                return Some((0, candidate));
            }
            if letters.len().max(other.len()) > LONGEST
                || letters.len().abs_diff(other.len()) > limit
            {
                return None;
            }
            let distance = distance(&letters, &other);
            // One letter for another is no resemblance when there is only one letter.
            (distance <= limit && distance < letters.len().min(other.len()))
                .then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

fn fold(word: &str) -> Vec<char> {
    word.chars().flat_map(char::to_lowercase).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row = last.clone();
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    const OPTIONS: [&str; 6] = ["cpu", "gpu", "memory", "image", "queue", "iam_role"];

    #[test]
    fn finds_what_was_meant() {
        assert_eq!(closest("memroy", OPTIONS), Some("memory"));
        assert_eq!(closest("Memory", OPTIONS), Some("memory"));
        assert_eq!(closest("iamrole", OPTIONS), Some("iam_role"));
        assert_eq!(closest("cppu", OPTIONS), Some("cpu"));
        assert_eq!(closest("quuee", OPTIONS), Some("queue"));
    }

    #[test]
    fn stays_silent_when_nothing_is_near() {
        assert_eq!(closest("timeout", OPTIONS), None);
        assert_eq!(closest("a", ["b", "c"]), None);
        assert_eq!(closest("", OPTIONS), None);
        assert_eq!(closest("x", []), None);
    }

    #[test]
    fn ties_do_not_depend_on_the_order() {
        assert_eq!(closest("bpu", ["gpu", "cpu"]), Some("cpu"));
        assert_eq!(closest("bpu", ["cpu", "gpu"]), Some("cpu"));
    }

    #[test]
    fn long_words_cost_nothing() {
        let long = "x".repeat(1 << 20);
        assert_eq!(closest(&long, OPTIONS), None);
        assert_eq!(
            closest(&long, [long.to_uppercase().as_str()]).map(str::len),
            Some(1 << 20)
        );
    }
}
