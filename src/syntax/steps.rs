//! Steps and what they hold.

use super::ast::{
    Annotation, Doc, Foreach, ForeachSource, Name, Next, Run, RunValue, Step, StepKind, ValueKind,
};
use super::build::{Builder, excerpt};
use super::lex;
use super::string::Dollar;
use super::{Pair, Rule};
use crate::codes::syntax as codes;
use crate::diagnostic::{Diagnostic, Edit};
use crate::source::Span;

impl Builder<'_> {
    pub(super) fn step(
        &mut self,
        pair: Pair<'_>,
        mut annotations: Vec<Annotation>,
        doc: Doc,
    ) -> Option<Step> {
        let span = self.span(&pair);
        let kind = match pair.as_str().as_bytes().first() {
            Some(b'j') => StepKind::Join,
            Some(b'g') => StepKind::Gather,
            _ => StepKind::Step,
        };
        let limit = pair.end();
        let start = span.start as usize;
        let keyword = self.at(start, start + kind.as_str().len());
        let mut inner = pair.into_inner();
        let head = self.head(&mut inner, kind.as_str(), limit);
        let before = annotations
            .first()
            .map_or(span, |first| first.span)
            .before();
        let mut run: Option<Run> = None;
        let mut next: Option<Next> = None;
        let mut broken = false;
        let mut close = None;
        let mut python_end = 0;
        let mut inner = inner.peekable();
        while let Some(pair) = inner.next() {
            let (start, end) = (pair.start(), pair.end());
            if start < python_end {
                self.error_until(end);
                continue;
            }
            match pair.as_rule() {
                Rule::run => {
                    let (second, end) = self.run(pair, limit);
                    python_end = end;
                    match &run {
                        Some(first) => self.repeated("run", second.span, first.span),
                        None => run = Some(second),
                    }
                }
                Rule::next => {
                    let second = self.next(pair);
                    match &mut next {
                        Some(first) => {
                            self.repeated("next", second.span, first.span);
                            first.lost_targets = true;
                        }
                        None => {
                            broken |= second.targets.is_empty();
                            next = Some(second);
                        }
                    }
                }
                Rule::semicolon => self.semicolon(&pair),
                Rule::self_next => {
                    let targets = self.self_next(&pair);
                    broken |= targets.is_none();
                    next = next.or(targets);
                }
                Rule::python_line => {
                    broken = true;
                    python_end = self.python(&pair, &[], limit);
                }
                Rule::misplaced => self.misplaced(pair, before, &mut annotations),
                Rule::junk if self.is_shell(&pair) => {
                    broken = true;
                    let first = self.token(&pair);
                    let mut lines = first;
                    while let Some(more) = inner.next_if(|more| self.goes_on(lines, more)) {
                        lines = lines.to(self.token(&more));
                    }
                    self.shell_lines(lines, run.as_ref());
                }
                Rule::junk => {
                    broken = true;
                    python_end = self.junk_in_step(&pair, limit);
                }
                Rule::close_brace | Rule::missing_brace => close = Some(pair),
                _ => {}
            }
        }
        let end = self.close(close.as_ref(), &head, kind.as_str());
        broken |= end.is_none();
        Some(Step {
            span,
            doc,
            kind,
            keyword,
            name: head.name?,
            annotations,
            run,
            next,
            broken,
        })
    }

    fn repeated(&mut self, word: &str, second: Span, first: Span) {
        let keyword = self.at(second.start as usize, second.start as usize + word.len());
        let first = self.at(first.start as usize, first.start as usize + word.len());
        let help = match word {
            "run" => {
                "put all commands into one string, on several lines between `\"\"\"` and `\"\"\"`"
            }
            _ => "name all steps that follow in one `next`: `next a, b`",
        };
        let diagnostic = Diagnostic::new(
            &codes::REPEATED_STATEMENT,
            keyword,
            format!("a step has one `{word}`"),
        );
        self.sink
            .push(diagnostic.label(first, "the first").help(help));
    }

    /// What stands in a step and belongs before it.
    fn misplaced(&mut self, pair: Pair<'_>, before: Span, annotations: &mut Vec<Annotation>) {
        for pair in pair.into_inner() {
            let (what, help) = match pair.as_rule() {
                Rule::annotation => {
                    let Some(annotation) = self.annotation(pair) else {
                        continue;
                    };
                    let span = annotation.span;
                    let indentation = self.indentation(before.start as usize);
                    let text = &self.text[span.range()];
                    let moved = Edit {
                        span: before,
                        text: format!("{text}\n{indentation}"),
                    };
                    self.sink.push(
                        Diagnostic::new(
                            &codes::STRAY_ANNOTATION,
                            span,
                            "an annotation does not stand in a step",
                        )
                        .help("annotations stand before the step that they configure")
                        .fix_edits(
                            "move it before the step",
                            false,
                            vec![moved, self.removal(span)],
                        ),
                    );
                    annotations.push(annotation);
                    continue;
                }
                Rule::param => ("a param", "move it into the flow, before its steps"),
                Rule::let_item => ("a let", "move it before the flow, to the top of the file"),
                Rule::profile => (
                    "a profile",
                    "move it before the flow, to the top of the file",
                ),
                _ => ("an import", "move it to the top of the file"),
            };
            self.misplaced_item(&pair, what, "in a step", help);
            match pair.as_rule() {
                Rule::param => {
                    let param = self.param(pair, 0..0);
                    self.inner_params.extend(param);
                }
                _ => self.file_item(pair, 0..0),
            }
        }
    }

    /// What is removed with `span`: its line, if nothing else stands on it.
    fn removal(&self, span: Span) -> Edit {
        let (start, end) = (span.start as usize, span.end as usize);
        let blanks = self.indentation(start).len();
        let alone = self.text.as_bytes()[..start - blanks].ends_with(b"\n");
        let after = &self.text[end..];
        let rest = after.len() - after.trim_start_matches([' ', '\t', '\r']).len();
        let span = match after[rest..].starts_with('\n') {
            true if alone => self.at(start - blanks, end + rest + 1),
            _ => self.at(start, end + rest),
        };
        Edit {
            span,
            text: String::new(),
        }
    }

    fn run(&mut self, pair: Pair<'_>, limit: usize) -> (Run, usize) {
        let span = self.span(&pair);
        let mut value = RunValue::Error;
        if let Some(end) = self.run_block(&pair, limit) {
            return (Run { span, value }, end);
        }
        for pair in pair.into_inner() {
            let token = self.token(&pair);
            match pair.as_rule() {
                Rule::statement_sign => self.statement_sign(&pair, "run"),
                Rule::string => value = RunValue::Shell(self.string(&pair, Dollar::Shell)),
                Rule::foreign_string => {
                    value = RunValue::Shell(self.foreign_string(&pair, Dollar::Shell))
                }
                Rule::list => {
                    let span = self.span(&pair);
                    if let Some(list) = self.value(pair, Dollar::Program)
                        && let ValueKind::List(items) = list.kind
                    {
                        value = RunValue::Exec(items, span);
                    }
                }
                Rule::missing_value => {
                    self.missing(&pair, &codes::MISSING_VALUE, "what to run", |diagnostic| {
                        diagnostic.help(RUN)
                    })
                }
                Rule::junk_value => {
                    self.unexpected(token, "after `run`", RUN);
                }
                _ => self.error(
                    Diagnostic::new(
                        &codes::RUN_VALUE,
                        token,
                        format!("`{}` cannot be run", excerpt(self.source(&pair))),
                    )
                    .help(RUN),
                ),
            }
        }
        (Run { span, value }, 0)
    }

    fn next(&mut self, pair: Pair<'_>) -> Next {
        let span = self.span(&pair);
        let mut next = Next {
            span,
            targets: Vec::new(),
            foreach: None,
            lost_targets: false,
        };
        for pair in pair.into_inner() {
            match pair.as_rule() {
                Rule::statement_sign => self.statement_sign(&pair, "next"),
                Rule::target => next.targets.extend(self.target(&pair)),
                Rule::list | Rule::tuple => self.target_list(pair, &mut next.targets),
                Rule::string | Rule::foreign_string => self.quoted_target(&pair, &mut next.targets),
                Rule::missing_comma => {
                    let end = self.token_end(0, pair.start());
                    if !self.follows_error(end) {
                        let insert = self.at(end, end);
                        self.sink.push(
                            Diagnostic::new(&codes::MISSING_COMMA, insert, "a comma is missing")
                                .help("commas stand between the steps that follow")
                                .fix("write `,`", insert, ","),
                        );
                    }
                }
                Rule::stray_comma => self.punctuation(&pair),
                Rule::missing_target => {
                    self.missing(&pair, &codes::MISSING_NAME, "the step that follows", |diagnostic| {
                        diagnostic.help("write `next` and the name of a step, or leave `next` out to end here")
                    });
                }
                Rule::foreach => next.foreach = Some(Box::new(self.foreach(pair))),
                _ => {}
            }
        }
        if let (Some(foreach), [_, second, ..]) = (&next.foreach, next.targets.as_slice()) {
            let keyword = self.at(foreach.span.start as usize, foreach.span.start as usize + 7);
            self.sink.push(
                Diagnostic::new(&codes::FOREACH_TARGETS, second.span, "a foreach has one target")
                    .label(keyword, "the foreach")
                    .help("let one step run for every item; what else follows can come after it, or from another step"),
            );
            next.targets.truncate(1);
            next.lost_targets = true;
        }
        next
    }

    fn target(&mut self, pair: &Pair<'_>) -> Option<Name> {
        let span = self.token(pair);
        let word = pair.as_str();
        if lex::is_reserved(word) {
            self.reserved_targets.push(span);
            self.error_until(span.end as usize);
            return None;
        }
        if let Some(meant) = word
            .strip_prefix("self.")
            .filter(|meant| lex::is_name(meant))
        {
            self.error(
                Diagnostic::new(&codes::SELF_NEXT, span, "steps are named without `self.`").fix(
                    format!("write `{meant}`"),
                    span,
                    meant,
                ),
            );
            let start = span.start as usize + "self.".len();
            return Some(Name {
                span: self.at(start, span.end as usize),
            });
        }
        Some(Name { span })
    }

    /// `next [a, b]`
    fn target_list(&mut self, pair: Pair<'_>, targets: &mut Vec<Name>) {
        let span = self.span(&pair);
        let (message, brackets) = match pair.as_rule() {
            Rule::tuple => (
                "`next` is not called: it takes names without parentheses",
                "parentheses",
            ),
            _ => ("`next` takes names, not a list", "brackets"),
        };
        let mut names = Some(Vec::new());
        for pair in pair.into_inner().filter(|pair| !pair.as_str().is_empty()) {
            let said = self.source(&pair);
            let meant = match pair.as_rule() {
                Rule::name => said.strip_prefix("self.").unwrap_or(said),
                Rule::string | Rule::foreign_string => said.trim_matches(['"', '\'']),
                _ => "",
            };
            let before = said.find(meant).unwrap_or(0);
            let start = pair.start() + before;
            names = names.filter(|_| lex::is_name(meant) && !lex::is_reserved(meant));
            if let Some(names) = &mut names {
                names.push((meant, self.at(start, start + meant.len())));
            }
        }
        let mut diagnostic = Diagnostic::new(&codes::NEXT_TARGET, span, message)
            .help("write the steps that follow with commas between them: `next a, b`");
        if let Some(names) = names.filter(|names| !names.is_empty()) {
            let list: Vec<&str> = names.iter().map(|&(name, _)| name).collect();
            let list = self.bare(span, &list.join(", "));
            diagnostic = diagnostic.fix(format!("remove the {brackets}"), span, list);
            targets.extend(names.iter().map(|&(_, span)| Name { span }));
        }
        self.error(diagnostic);
    }

    /// `next "a"`
    fn quoted_target(&mut self, pair: &Pair<'_>, targets: &mut Vec<Name>) {
        let span = self.token(pair);
        let said = self.source(pair).trim_matches(['"', '\'']);
        let mut diagnostic = Diagnostic::new(
            &codes::NEXT_TARGET,
            span,
            "`next` takes the name of a step, not a string",
        )
        .help("write the name without quotes");
        if lex::is_name(said) && said.len() + 2 == pair.as_str().len() {
            diagnostic = diagnostic.fix("remove the quotes", span, self.bare(span, said));
            targets.push(Name {
                span: self.at(span.start as usize + 1, span.end as usize - 1),
            });
        }
        self.error(diagnostic);
    }

    fn foreach(&mut self, pair: Pair<'_>) -> Foreach {
        let span = self.span(&pair);
        let mut foreach = Foreach {
            span,
            variable: None,
            source: None,
        };
        let mut lo = None;
        let mut ranged = false;
        let mut lost = false;
        for pair in pair.into_inner() {
            let token = self.token(&pair);
            match pair.as_rule() {
                Rule::other_foreach => self.error(
                    Diagnostic::new(
                        &codes::CONTROL_FLOW,
                        token,
                        "a fan-out is written `foreach`",
                    )
                    .fix("write `foreach`", token, "foreach"),
                ),
                Rule::variable => {
                    foreach.variable =
                        self.new_name(&pair, format_args!("the variable of a foreach"))
                }
                Rule::missing_name => {
                    self.missing(
                        &pair,
                        &codes::MISSING_NAME,
                        "the variable of this foreach",
                        |d| d.help(FOREACH),
                    );
                }
                Rule::missing_in => {
                    self.missing(&pair, &codes::MISSING_IN, "`in`", |diagnostic| {
                        diagnostic.help(FOREACH)
                    });
                    lost = true;
                }
                Rule::call => {
                    lost = true;
                    self.call(lo.as_ref(), token);
                }
                Rule::range_sign => {
                    ranged = true;
                    if pair.as_str() != ".." {
                        self.error(
                            Diagnostic::new(
                                &codes::RANGE_SIGN,
                                token,
                                format!("`{}` is written `..`", pair.as_str()),
                            )
                            .help("`lo..hi` goes from `lo` up to, but not including, `hi`")
                            .suggest("write `..`", token, ".."),
                        );
                    }
                }
                Rule::missing_value => {
                    let what = if ranged {
                        "the end of this range"
                    } else {
                        "what this foreach runs over"
                    };
                    lost = true;
                    self.missing(&pair, &codes::MISSING_VALUE, what, |diagnostic| {
                        diagnostic.help(FOREACH)
                    });
                }
                _ => {
                    let Some(value) = self.value(pair, Dollar::Interpolates) else {
                        continue;
                    };
                    foreach.source = match lo.take() {
                        Some(ForeachSource::Value(first)) if ranged => {
                            let span = first.span.to(value.span);
                            Some(ForeachSource::Range {
                                lo: first,
                                hi: value,
                                span,
                            })
                        }
                        _ => {
                            lo = Some(ForeachSource::Value(value));
                            None
                        }
                    };
                }
            }
        }
        if !lost && foreach.source.is_none() {
            foreach.source = lo;
        }
        if lost {
            self.error_until(span.end as usize);
        }
        foreach
    }

    /// `range(16)` and other calls.
    fn call(&mut self, function: Option<&ForeachSource>, call: Span) {
        let Some(ForeachSource::Value(function)) = function else {
            return;
        };
        let span = function.span.to(call);
        let name = &self.text[function.span.range()];
        let inner = self.text[call.range()]
            .trim_start_matches('(')
            .trim_end_matches(')');
        let ends: Vec<&str> = inner.split(',').map(str::trim).collect();
        let meant = match (name, ends.as_slice()) {
            ("range", [hi]) => Some(format!("0..{hi}")),
            ("range", [lo, hi]) => Some(format!("{lo}..{hi}")),
            _ => None,
        };
        let mut diagnostic = Diagnostic::new(
            &codes::RANGE_SIGN,
            span,
            format!("`{name}(…)` cannot be called: there are no functions"),
        )
        .help("a foreach runs over `lo..hi`, a list, or a let that is one");
        if let Some(meant) = meant {
            diagnostic = diagnostic.fix(format!("write `{meant}`"), span, meant);
        }
        self.error(diagnostic);
    }
}

const RUN: &str = "`run` takes a shell script, `run \"python -m train\"`, or a program with its arguments, `run [\"python\", \"-m\", \"train\"]`";
const FOREACH: &str = "a fan-out is written `next step foreach item in 0..16`, or over a list";
