//! Text that fits nowhere, and what was probably meant.

use super::ast::Run;
use super::build::{Builder, excerpt};
use super::lex;
use super::{Pair, Rule};
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
        let opens = pair.as_str().trim_end();
        if opens.strip_suffix(':').is_some_and(lex::is_name) {
            self.out.junk.push(span);
            self.error(
                Diagnostic::new(
                    &codes::UNEXPECTED_TEXT,
                    span,
                    format!("unexpected `{opens}` {place}"),
                )
                .help(format!("this is YAML, which has no meaning here; {help}")),
            );
            let end = self.listed_end(span.start as usize, limit);
            self.error_until(end);
            return end;
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
        if is_control(word) && !self.follows_error(pair.start()) {
            return self.control(pair, word, limit);
        }
        let after = pair.as_str()[word.len()..].trim_start();
        let set = after.starts_with(['=', ':']) && !after.starts_with("==");
        let help = match word {
            "depends_on" | "needs" | "after" | "depends" | "requires" if set => {
                "a step names what follows it: write `next` in the steps before this one"
            }
            _ if set && lex::is_name(word) => {
                "a step holds `run` and `next`; settings stand in annotations before it, such as `@batch(cpu=2)`"
            }
            _ => "a step holds `run` and `next`",
        };
        self.junk_word(self.token(pair), word, &["run", "next"], "in a step", help);
        0
    }

    /// Whether text in a step looks like a line for the shell.
    pub(super) fn is_shell(&self, pair: &Pair<'_>) -> bool {
        let text = pair.as_str();
        if self.follows_error(pair.start()) {
            return false;
        }
        if text.starts_with(['.', '/', '$']) {
            return true;
        }
        let word = first_word(text);
        let after = &text[word.len()..];
        let said = after.trim_start_matches([' ', '\t']);
        if ["run", "next"].iter().any(|meant| one_off(word, meant)) {
            return false;
        }
        SHELL.contains(&word)
            || lex::is_name(word)
                && !is_control(word)
                && said.len() < after.len()
                && said.starts_with(|c: char| {
                    c.is_alphanumeric() || matches!(c, '-' | '.' | '/' | '$')
                })
    }

    /// Whether `more` is a further line after those of `lines`.
    pub(super) fn goes_on(&self, lines: Span, more: &Pair<'_>) -> bool {
        let (start, end) = (lines.end as usize, more.start());
        let same_line = !self.text[start..end].contains('\n');
        match more.as_rule() {
            Rule::junk => same_line || self.text[start..end].trim().is_empty(),
            Rule::semicolon => same_line,
            _ => false,
        }
    }

    /// Lines for the shell, not in quotes.
    pub(super) fn shell_lines(&mut self, lines: Span, run: Option<&Run>) {
        let text = &self.text[lines.range()];
        let first = text.lines().next().unwrap_or_default().trim_end();
        let span = self.at(lines.start as usize, lines.start as usize + first.len());
        let diagnostic = Diagnostic::new(
            &codes::UNEXPECTED_TEXT,
            span,
            format!("unexpected `{}` in a step", excerpt(text)),
        );
        let diagnostic = if run.is_some() {
            diagnostic.help("what a step runs stands in the quotes of its `run`, on several lines between `\"\"\"` and `\"\"\"`")
        } else {
            let meant = if text.contains('\n') {
                let base = self.indentation(lines.start as usize);
                format!("run \"\"\"\n{base}{text}\n{base}\"\"\"")
            } else {
                let said = text.replace('\\', "\\\\").replace('"', "\\\"");
                format!("run \"{said}\"")
            };
            let diagnostic = diagnostic
                .help("a line for the shell stands in the quotes of `run`: `run \"echo hello\"`");
            match text.contains("\"\"\"") {
                true => diagnostic,
                false => diagnostic.suggest(format!("write `{}`", excerpt(&meant)), lines, meant),
            }
        };
        self.out.junk.push(lines);
        self.error(diagnostic);
        self.error_until(lines.end as usize);
    }

    /// `run: |`, `run <<EOF` and the lines below, as the end of these lines.
    pub(super) fn run_block(&mut self, pair: &Pair<'_>, limit: usize) -> Option<usize> {
        let block = pair.clone().into_inner().last()?;
        let sign = block.as_str();
        if block.as_rule() != Rule::junk_value
            || !(sign.starts_with(['|', '>']) || sign.starts_with("<<"))
        {
            return None;
        }
        let (start, line_end) = (block.start(), block.end());
        let after = self.text[line_end..].lines().next().unwrap_or_default();
        if !after.trim().is_empty() {
            return None;
        }
        let keyword = pair.start();
        let end = self.indented_end(start, limit).max(line_end);
        let mut body = line_end..end;
        let mut end = end;
        if let Some(word) = sign.strip_prefix("<<") {
            let word = word
                .trim_start_matches(['-', '~', ' '])
                .trim_matches(['"', '\'']);
            let last = self.text[body.clone()]
                .rfind('\n')
                .map_or(end, |n| line_end + n);
            let below = self.text[end..limit.max(end)].trim_start();
            if self.text[last..end].trim() == word {
                body.end = last;
            } else if below.split_whitespace().next() == Some(word) {
                end = limit.max(end) - below.len() + word.len();
            }
        }
        let base = self.indentation(keyword);
        let script = &self.text[body];
        let whole = self.at(keyword, end);
        let diagnostic = Diagnostic::new(
            &codes::UNEXPECTED_TEXT,
            self.token(&block),
            format!("unexpected `{}` after `run`", excerpt(sign)),
        )
        .help("several lines stand between `\"\"\"` and `\"\"\"`");
        self.error(
            match script.trim().is_empty() || script.contains("\"\"\"") {
                true => diagnostic,
                false => diagnostic.suggest(
                    "put the lines between `\"\"\"` and `\"\"\"`",
                    whole,
                    format!("run \"\"\"{script}\n{base}\"\"\""),
                ),
            },
        );
        self.error_until(end);
        Some(end)
    }

    /// The end of the lines that YAML counts to the key at `start`: a list may stand as far left as its key.
    fn listed_end(&self, start: usize, limit: usize) -> usize {
        let mut end = self.indented_end(start, limit);
        if !self.indentation(start).is_empty()
            || end > start + self.text[start..].lines().next().map_or(0, str::len)
        {
            return end;
        }
        while self.text[end..limit.max(end)]
            .trim_start()
            .starts_with("- ")
        {
            let rest = self.text[end..limit].trim_start();
            end = self.indented_end(limit - rest.len(), limit);
        }
        end
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

/// Commands that people write without quotes.
const SHELL: [&str; 24] = [
    "aws", "awk", "bash", "cat", "cd", "chmod", "cp", "curl", "docker", "echo", "export", "git",
    "java", "ls", "make", "mkdir", "mv", "node", "pip", "python", "python3", "rm", "sh", "tar",
];

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
