//! Text that fits nowhere, and what was probably meant.

use super::Pair;
use super::build::Builder;
use super::lex;
use crate::codes::syntax as codes;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

impl Builder<'_> {
    /// Text at the top level or in a flow that fits nowhere. Returns the end of what belongs to it.
    pub(super) fn junk_item(&mut self, pair: &Pair<'_>, in_flow: bool, limit: usize) -> usize {
        let span = self.token(pair);
        let text = pair.as_str();
        let (place, help) = if in_flow {
            (
                "in a flow",
                "a flow holds params and steps: `param`, `step`, `join`, `gather`",
            )
        } else {
            (
                "in a file",
                "a file holds `import`, `let`, `profile` and one `flow`",
            )
        };
        let word = first_word(text);
        let after = text[word.len()..].trim_start();
        if self.follows_error(span.start as usize) {
            self.out.junk.push(span);
            self.error_until(span.end as usize);
            return 0;
        }
        if matches!(word, "run" | "next") {
            self.out.junk.push(span);
            self.error(
                Diagnostic::new(&codes::MISPLACED_ITEM, self.at(span.start as usize, span.start as usize + word.len()), format!("`{word}` stands outside of a step"))
                    .help("put it between the braces of a step; perhaps a `}` above closed the step too early"),
            );
            self.error_until(span.end as usize);
            return 0;
        }
        if lex::is_name(word) && after.starts_with('=') && !after.starts_with("==") {
            self.out.junk.push(span);
            let first = self.at(span.start as usize, span.start as usize + word.len());
            self.error(
                Diagnostic::new(
                    &codes::LET_FORM,
                    first,
                    format!("`{word}` is defined without `let`"),
                )
                .help("a value with a name is written `let name = value`, before the flow")
                .suggest("write `let`", first.before(), "let "),
            );
            self.error_until(span.end as usize);
            return 0;
        }
        if is_control(word) {
            return self.control(pair, word, limit);
        }
        let words: &[&str] = if in_flow {
            &["step", "join", "gather", "param"]
        } else {
            &["flow", "let", "profile", "import"]
        };
        self.junk_word(span, word, words, place, help);
        0
    }

    /// Text in a step that fits nowhere. Returns the end of what belongs to it.
    pub(super) fn junk_in_step(&mut self, pair: &Pair<'_>, limit: usize) -> usize {
        let word = first_word(pair.as_str());
        if is_control(word) && !self.follows_error(pair.as_span().start()) {
            return self.control(pair, word, limit);
        }
        self.junk_word(
            self.token(pair),
            word,
            &["run", "next"],
            "in a step",
            "a step holds `run` and `next`",
        );
        0
    }

    fn junk_word(&mut self, span: Span, word: &str, words: &[&str], place: &str, help: &str) {
        let meant = words.iter().find(|meant| one_off(word, meant));
        let Some(meant) = meant.filter(|_| !self.follows_error(span.start as usize)) else {
            self.unexpected(span, place, help);
            return;
        };
        self.out.junk.push(span);
        let first = self.at(span.start as usize, span.start as usize + word.len());
        self.error(
            Diagnostic::new(
                &codes::UNEXPECTED_TEXT,
                first,
                format!("unexpected `{word}` {place}"),
            )
            .help(format!("did you mean `{meant}`?"))
            .suggest(format!("write `{meant}`"), first, *meant),
        );
        self.error_until(span.end as usize);
    }

    /// `if`, `for` and the like, with the lines that belong to it.
    fn control(&mut self, pair: &Pair<'_>, word: &str, limit: usize) -> usize {
        let span = self.token(pair);
        let first = self.at(span.start as usize, span.start as usize + word.len());
        self.out.junk.push(span);
        let help = match word {
            "for" | "while" => {
                "to run a step once for every item, write `next step foreach item in …` in the step before it"
            }
            _ => {
                "every step of a flow runs; decide in the program that the step runs, or write two flows"
            }
        };
        self.error(
            Diagnostic::new(&codes::CONTROL_FLOW, first, format!("there is no `{word}`"))
                .help(help),
        );
        let end = if self.text[span.range()].trim_end().ends_with(':') {
            self.indented_end(span.start as usize, limit)
        } else {
            span.end as usize
        };
        self.error_until(end);
        end
    }
}

fn first_word(text: &str) -> &str {
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    &text[..end]
}

fn is_control(word: &str) -> bool {
    matches!(
        word,
        "if" | "else" | "elif" | "for" | "while" | "match" | "switch" | "when" | "try" | "with"
    )
}

/// Whether two words differ by one letter, or by two that were exchanged.
fn one_off(word: &str, meant: &str) -> bool {
    let (a, b) = (word.as_bytes(), meant.as_bytes());
    if a == b || a.is_empty() {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a, b) {
        ([x, y, a @ ..], [z, w, b @ ..]) if x == w && y == z && a == b => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([_, a @ ..], b) if a == b => true,
        (a, [_, b @ ..]) if a == b => true,
        _ => false,
    }
}
