//! Python and Metaflow where a flow should stand.

use super::Pair;
use super::ast::{Annotation, Name, Next};
use super::build::Builder;
use super::lex;
use crate::codes::syntax as codes;
use crate::diagnostic::{Diagnostic, Edit};
use crate::source::Span;

impl Builder<'_> {
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
            lost_targets: false,
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
        let start = pair.start();
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
            self.error_until(pair.end());
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
            self.error_until(pair.end());
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
    pub(super) fn indentation(&self, at: usize) -> &str {
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
    pub(super) fn indented_end(&self, start: usize, limit: usize) -> usize {
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
