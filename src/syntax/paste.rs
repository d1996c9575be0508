//! What people paste: Python, Metaflow, shell and other languages.

use super::Pair;
use super::ast::{Annotation, Name, Next, Str, StrContent};
use super::build::{Builder, excerpt};
use super::items::{Head, TYPES};
use super::lex;
use super::number::Malformed;
use super::string::{Decoder, Dollar, is_closed};
use crate::codes::syntax as codes;
use crate::diagnostic::{Diagnostic, Edit};
use crate::source::Span;

impl Builder<'_> {
    // ── Values ──────────────────────────────────────────────────────────────

    /// A string in the quotes of another language, or with a prefix.
    pub(super) fn foreign_string(&mut self, pair: &Pair<'_>, dollar: Dollar) -> Str {
        let span = self.token(pair);
        let (start, end) = (span.start as usize, span.end as usize);
        let token = pair.as_str();
        let prefix = token.len()
            - token
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let quoted = &token[prefix..];
        let lost = Str {
            span,
            content: StrContent::Decoded("".into()),
        };
        if !is_closed(quoted) {
            self.unclosed_string(start + prefix, end);
            return lost;
        }
        let triple = ["\"\"\"", "'''"]
            .into_iter()
            .find(|quotes| quoted.starts_with(quotes));
        let length = match triple {
            Some(_) => 3,
            None => quoted.chars().next().map_or(1, char::len_utf8),
        };
        let inner = &quoted[length..quoted.len() - length];
        let raw_prefix = token[..prefix].eq_ignore_ascii_case("r");
        let format_prefix = token[..prefix].eq_ignore_ascii_case("f");
        // In double quotes, and in none but double quotes, `"` needs a backslash.
        let mut meant = if triple.is_some() {
            format!("\"\"\"{inner}\"\"\"")
        } else if quoted.starts_with('"') {
            quoted.to_owned()
        } else {
            format!("\"{}\"", requote(inner))
        };
        if raw_prefix && triple.is_none() {
            meant = format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\""));
        }
        let mut certain = true;
        if format_prefix {
            certain = triple.is_none() && !meant.contains(['{', '}']);
            meant = meant
                .replace("${", "{")
                .replace('{', "${")
                .replace("${${", "{")
                .replace("}}", "}");
        }
        let diagnostic = if prefix > 0 {
            let help = match format_prefix {
                true => {
                    "every string interpolates: `\"${name}\"` puts in the value of a let or param; in `run`, `$name` is the shell's"
                }
                false => "a string has no prefix; `\"\"\"` is raw",
            };
            Diagnostic::new(
                &codes::STRING_PREFIX,
                self.at(start, start + prefix),
                format!("a string has no prefix `{}`", &token[..prefix]),
            )
            .help(help)
        } else {
            Diagnostic::new(
                &codes::SINGLE_QUOTES,
                span,
                "a string stands in double quotes",
            )
            .help("write `\"…\"`")
        };
        self.error(diagnostic.fix_edits(
            format!("write `{}`", excerpt(&meant)),
            certain && triple.is_none_or(|_| prefix > 0 || !inner.contains('\\')),
            vec![Edit { span, text: meant }],
        ));
        if prefix > 0 && !quoted.starts_with('"') || format_prefix || triple == Some("'''") {
            return lost;
        }
        // What the string says is not in doubt where the quotes are one byte long.
        if length == 1 || triple.is_some() {
            let single = quoted.starts_with('\'');
            return Decoder {
                text: self.text,
                file: self.file,
                sink: self.sink,
                single,
            }
            .decode(start + prefix, end, dollar);
        }
        Str {
            span,
            content: StrContent::Verbatim(self.at(start + length, end - length)),
        }
    }

    /// `None` as a value; `argument` is the argument that it is the value of.
    pub(super) fn none(&mut self, pair: &Pair<'_>, argument: Option<Span>) {
        let span = self.token(pair);
        let mut diagnostic = Diagnostic::new(
            &codes::PYTHON_LITERAL,
            span,
            format!("there is no `{}`", pair.as_str()),
        )
        .help("an option that is left out has its default");
        if let Some(argument) = argument {
            let comma = self.text[argument.end as usize..].starts_with(", ");
            let end = argument.end as usize + if comma { 2 } else { 0 };
            diagnostic =
                diagnostic.suggest("leave it out", self.at(argument.start as usize, end), "");
        }
        self.error(diagnostic);
    }

    pub(super) fn malformed(&mut self, span: Span, problem: Malformed) {
        let text = &self.text[span.range()];
        const SIZES: &str = "a size is a whole number directly followed by `KiB`, `MiB`, `GiB` or `TiB`, in steps of 1024";
        let (code, message, help, meant) = match problem {
            Malformed::LeadingZero(meant) => (
                &codes::MALFORMED_NUMBER,
                format!("`{text}` begins with a zero"),
                "numbers are decimal, without leading zeros",
                Some(meant),
            ),
            Malformed::Underscore(meant) => (
                &codes::MALFORMED_NUMBER,
                format!("a `_` of `{text}` stands in the wrong place"),
                "`_` stands between two digits: `1_000`",
                Some(meant),
            ),
            Malformed::BarePoint(meant) => (
                &codes::MALFORMED_NUMBER,
                format!("`{text}` has no digit before the point"),
                "write the zero",
                Some(meant),
            ),
            Malformed::TooLarge => (
                &codes::MALFORMED_NUMBER,
                format!("`{text}` is too large"),
                "integers have 64 bits",
                None,
            ),
            Malformed::Size(meant) => (
                &codes::MALFORMED_SIZE,
                format!("`{text}` is not a size"),
                SIZES,
                meant,
            ),
            Malformed::NegativeSize => (
                &codes::MALFORMED_SIZE,
                format!("`{text}` is a size below zero"),
                SIZES,
                None,
            ),
            Malformed::Other => (
                &codes::MALFORMED_NUMBER,
                format!("`{}` is not a number", excerpt(text)),
                "a number is written `16`, `1_000`, `0.5` or `1e-4`; text stands in quotes",
                None,
            ),
        };
        let mut diagnostic = Diagnostic::new(code, span, message).help(help);
        if let Some(meant) = meant {
            diagnostic = diagnostic.suggest(format!("write `{meant}`"), span, meant);
        }
        self.error(diagnostic);
    }

    // ── Statements ──────────────────────────────────────────────────────────

    pub(super) fn semicolon(&mut self, pair: &Pair<'_>) {
        let span = self.token(pair);
        self.sink.push(
            Diagnostic::new(
                &codes::SEMICOLON,
                span,
                "nothing ends with a semicolon here",
            )
            .fix("remove it", span, ""),
        );
    }

    /// `run: "…"`, `next -> a`
    pub(super) fn statement_sign(&mut self, pair: &Pair<'_>, word: &str) {
        let span = self.token(pair);
        let start = span.start as usize;
        let before = &self.text[..start];
        let after = &self.text[span.end as usize..];
        // Keep one blank between the word and what follows.
        let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
        let whole = if before.ends_with([' ', '\t']) {
            self.at(start, span.end as usize + blanks)
        } else {
            span
        };
        let blank = if before.ends_with([' ', '\t', '\n']) || after.starts_with([' ', '\t', '\n']) {
            ""
        } else {
            " "
        };
        self.sink.push(
            Diagnostic::new(
                &codes::STATEMENT_SIGN,
                span,
                format!("nothing stands between `{word}` and what follows"),
            )
            .fix(format!("remove the `{}`", pair.as_str()), whole, blank),
        );
    }

    /// `const x = 1`
    pub(super) fn other_let(&mut self, pair: &Pair<'_>) {
        let span = self.token(pair);
        self.sink.push(
            Diagnostic::new(
                &codes::LET_FORM,
                span,
                format!("`{}` is written `let`", pair.as_str()),
            )
            .fix("write `let`", span, "let"),
        );
    }

    /// `let x: string = 1`, `let x: 1`, `let x := 1`
    pub(super) fn let_colon(&mut self, colon: &Pair<'_>, ty: Option<&Pair<'_>>) {
        let span = self.token(colon);
        self.sink.push(match ty {
            Some(ty) => {
                let whole = span.to(self.token(ty));
                Diagnostic::new(&codes::LET_FORM, whole, "a let has no type")
                    .help("its type is that of its value; a param has a type")
                    .fix("remove it", whole, "")
            }
            None => {
                let blank = self.text[..span.start as usize].ends_with(' ');
                Diagnostic::new(&codes::LET_FORM, span, "a let is written with `=`").fix(
                    "write `=`",
                    span,
                    if blank { "=" } else { " =" },
                )
            }
        });
    }

    /// `param int x` or `param x int`. Returns whether the first word is the type.
    pub(super) fn second_word(&mut self, first: Span, second: Span) -> bool {
        let is_type = |span: Span| {
            matches!(
                &self.text[span.range()],
                "string" | "str" | "int" | "float" | "bool"
            )
        };
        let swapped = is_type(first) && !is_type(second);
        let (a, b) = (&self.text[first.range()], &self.text[second.range()]);
        let whole = first.to(second);
        let meant = if swapped {
            format!("{b}: {a}")
        } else {
            format!("{a}: {b}")
        };
        let diagnostic = Diagnostic::new(
            &codes::PARAM_FORM,
            whole,
            "the type of a param stands after its name and a colon",
        )
        .help(TYPES)
        .fix(format!("write `{meant}`"), whole, meant);
        self.sink.push(diagnostic);
        swapped
    }

    /// `param x: list[string]`
    pub(super) fn type_args(&mut self, args: Span, ty: &str) {
        self.error(
            Diagnostic::new(
                &codes::PARAM_FORM,
                args,
                format!("`{ty}` takes nothing in brackets"),
            )
            .help("params are `string`, `int`, `float` or `bool`; a list is written in a let"),
        );
    }

    /// `step start:`, in a block that ends at `limit`
    pub(super) fn block_colon(&mut self, colon: Span, head: &Head, what: &str, limit: usize) {
        let start = head.junk.map_or(colon, |junk| junk);
        if self.follows_error(start.start as usize) {
            return self.error_until(colon.end as usize);
        }
        let end = self.indented_end(colon.end as usize, limit);
        let base = self.indentation(colon.start as usize);
        let mut edits = vec![Edit {
            span: colon,
            text: " {".to_owned(),
        }];
        // A `}` just below the colon's line already closes the body.
        let rest = self.text[end..].trim_start();
        let brace = self.text.len() - rest.len();
        if !rest.starts_with('}') || self.indentation(brace).len() < base.len() {
            edits.push(Edit {
                span: self.at(end, end),
                text: format!("\n{base}}}"),
            });
        }
        self.error(
            Diagnostic::new(&codes::BLOCK_COLON, colon, format!("the body of a {what} stands between `{{` and `}}`"))
                .help("indentation means nothing here: write `{` here and `}` after the last line of the body")
                .fix_edits("write `{` and `}`", false, edits),
        );
    }

    // ── Python ──────────────────────────────────────────────────────────────

    /// `self.next(self.a, self.b)`, as the `next` that it means if that is plain.
    pub(super) fn self_next(&mut self, pair: &Pair<'_>) -> Option<Next> {
        let span = self.token(pair);
        let diagnostic = Diagnostic::new(
            &codes::SELF_NEXT,
            span,
            "what follows a step is written `next`",
        )
        .help(
            "`self.next(self.a, self.b)` is `next a, b`; a fan-out is `next a foreach item in …`",
        );
        let Some(meant) = translate_next(pair.as_str()) else {
            self.error(diagnostic);
            return None;
        };
        let text = meant.text();
        if meant.foreach.is_some() {
            self.error(diagnostic.suggest(format!("write `{text}`"), span, text));
            return None;
        }
        self.error(diagnostic.fix(format!("write `{text}`"), span, text));
        let base = span.start as usize;
        let targets = meant.targets.iter().map(|target| {
            let start = base + (target.as_ptr() as usize - pair.as_str().as_ptr() as usize);
            Name {
                span: self.at(start, start + target.len()),
            }
        });
        Some(Next {
            span,
            targets: targets.collect(),
            foreach: None,
        })
    }

    /// A line of Python and the indented lines that belong to it. Returns their end.
    pub(super) fn python(
        &mut self,
        pair: &Pair<'_>,
        annotations: &[Annotation],
        limit: usize,
    ) -> usize {
        let line = pair.as_str();
        let start = pair.as_span().start();
        let span = self.at(start, start + line.trim_end().len());
        self.out.junk.push(span);
        let word = line.split([' ', '\t']).next().unwrap_or_default();
        if word == "from" {
            if !self.follows_error(start) {
                self.error(
                    Diagnostic::new(&codes::PYTHON_CODE, span, "this is Python")
                        .help("a flow file imports only other flow files, and needs nothing to be imported to use annotations")
                        .suggest("remove it", span, ""),
                );
            }
            self.error_until(pair.as_span().end());
            return 0;
        }
        let name = line
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .filter(|part| !part.is_empty())
            .find(|part| !matches!(*part, "def" | "class" | "async"));
        let name = name.filter(|name| lex::is_name(name)).unwrap_or("name");
        if word == "class" {
            self.error(
                Diagnostic::new(&codes::PYTHON_CODE, span, "this is Python")
                    .help("a flow is written `flow Name { … }`, with the steps between the braces")
                    .suggest(
                        format!("write `flow {name} {{`, and `}}` at the end"),
                        span,
                        format!("flow {name} {{"),
                    ),
            );
            self.error_until(pair.as_span().end());
            return 0;
        }
        let end = self.indented_end(start, limit);
        let whole = self.at(start, end);
        let step = self.step_meant(name, whole);
        let mut edits = vec![Edit {
            span: whole,
            text: step,
        }];
        // Metaflow marks its steps with `@step`, here a keyword does.
        for annotation in annotations {
            if &self.text[annotation.name.span.range()] == "step" {
                let keyword = annotation.span.start as usize;
                let after = &self.text[annotation.span.end as usize..start];
                let gap = after.len() - after.trim_start().len();
                edits.push(Edit {
                    span: self.at(keyword, annotation.span.end as usize + gap),
                    text: String::new(),
                });
            }
        }
        self.error(
            Diagnostic::new(&codes::PYTHON_CODE, span, "this is Python")
                .help("a step says which program to run and what follows: `step start { run \"python -m start\"  next train }`; the Python code goes into that program")
                .fix_edits(format!("write a step `{name}`"), false, edits),
        );
        self.error_until(end);
        end
    }

    /// The step that a function of a Metaflow class becomes.
    fn step_meant(&self, name: &str, whole: Span) -> String {
        let body = &self.text[whole.range()];
        let base = self.indentation(whole.start as usize);
        let mut step = format!("step {name} {{\n{base}  run \"python -m {name}\"\n");
        let next = body
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with("self.next("))
            .and_then(translate_next);
        if let Some(next) = next {
            step += &format!("{base}  {}\n", next.text());
        }
        step + &format!("{base}}}")
    }

    /// The blanks that begin the line of `at`, or nothing if that is far away.
    fn indentation(&self, at: usize) -> &str {
        let near = at.saturating_sub(200);
        let newline = self.text.as_bytes()[near..at]
            .iter()
            .rposition(|&b| b == b'\n');
        let line = match newline {
            Some(n) => near + n + 1,
            None if near == 0 => 0,
            None => return "",
        };
        let blanks = self.text[line..at]
            .bytes()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        &self.text[line..line + blanks]
    }

    /// The end, before `limit`, of the lines after the one of `start` that are indented deeper.
    fn indented_end(&self, start: usize, limit: usize) -> usize {
        let base = self.indentation(start).len();
        let mut at = start;
        let mut end = start;
        for (n, line) in self.text[start..limit.max(start)]
            .split_inclusive('\n')
            .enumerate()
        {
            let blanks = line.len() - line.trim_ascii_start().len();
            let empty = blanks == line.len();
            if n > 0 && !empty && blanks <= base {
                break;
            }
            if !empty {
                end = at + line.trim_ascii_end().len();
            }
            at += line.len();
        }
        end
    }

    // ── Junk ────────────────────────────────────────────────────────────────

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

/// A `self.next(…)`.
struct NextMeant<'t> {
    targets: Vec<&'t str>,
    foreach: Option<&'t str>,
}

impl NextMeant<'_> {
    fn text(&self) -> String {
        let mut text = format!("next {}", self.targets.join(", "));
        if let Some(list) = self.foreach {
            text += &format!(" foreach item in {list}");
        }
        text
    }
}

fn translate_next(text: &str) -> Option<NextMeant<'_>> {
    let inner = text.trim().strip_prefix("self.next")?.trim();
    let inner = inner.strip_prefix('(')?.strip_suffix(')')?;
    let mut meant = NextMeant {
        targets: Vec::new(),
        foreach: None,
    };
    for argument in inner
        .split(',')
        .map(str::trim)
        .filter(|argument| !argument.is_empty())
    {
        if let Some(target) = argument.strip_prefix("self.") {
            meant
                .targets
                .push(Some(target).filter(|target| lex::is_name(target))?);
        } else {
            let list = argument
                .strip_prefix("foreach")?
                .trim_start()
                .strip_prefix('=')?;
            let list = list.trim().trim_matches(['"', '\'']);
            meant.foreach = Some(Some(list).filter(|list| lex::is_name(list))?);
        }
    }
    (!meant.targets.is_empty()).then_some(meant)
}

/// The text of a literal in single quotes, fit for double quotes.
fn requote(inner: &str) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => match chars.next() {
                Some('\'') => text.push('\''),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
            _ => text.push(c),
        }
    }
    text
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
