//! What belongs at a place, told from the tokens before it: the text there is rarely complete.

use std::ops::Range;

use super::Analysis;
use crate::schema::{self, AnnotationSpec, OptionSpec, Ty};
use crate::source::FileId;
use crate::syntax::ast::File;
use crate::syntax::{TokenKind, lexemes};

/// What belongs at a place.
#[derive(Clone, Debug)]
pub enum Context<'a> {
    /// An item of a file.
    Top,
    /// A param, a step, or an annotation before one.
    InFlow,
    /// `run` or `next`.
    InStep,
    /// An annotation.
    InProfile,
    /// The name of an annotation, behind its `@`.
    Annotation(Owner),
    /// The name of an option, or of a profile in `@use`; with the names that are there already.
    Argument(&'static AnnotationSpec, Vec<&'a str>),
    /// The value of an option or of a part of it.
    Value(Option<&'static OptionSpec>, Ty),
    /// The key of a map with fixed keys, with those that are there already.
    Field(Ty, Vec<&'a str>),
    /// The steps that follow, with those that are named already.
    Target(Vec<&'a str>),
    /// `foreach`, behind the only target.
    AfterTarget,
    /// `in`, behind a foreach's variable.
    AfterVariable,
    /// What a foreach runs over.
    Source,
    /// The end of a range.
    Bound,
    /// The type of a param.
    Type,
    /// The value of a let or the default of a param.
    Constant,
    /// An argument of a `run` list.
    ExecArgument,
    /// A path to import, as far as it is written.
    Import(&'a str),
    /// The name of a variable in a script.
    Variable,
    /// A name in `${…}`.
    Interpolation,
    /// The name of a new step.
    NewStep,
    /// Nothing that is known.
    Nothing,
}

/// What an annotation stands before or in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owner {
    /// A flow.
    Flow,
    /// A step.
    Step,
    /// A profile.
    Profile,
}

/// A place in a text.
#[derive(Debug)]
pub struct Place<'a> {
    /// What belongs there.
    pub context: Context<'a>,
    /// What is there already and would be replaced: the word, or the string with its quotes, that
    /// the place is in or before.
    pub word: Range<usize>,
    /// Whether the place is in a string.
    pub quoted: bool,
}

/// A bracket that is open.
struct Open<'a> {
    kind: Bracket<'a>,
    /// What stands in it so far, that is in no bracket of its own.
    tokens: Vec<Token>,
}

type Token = (TokenKind, Range<usize>);

#[derive(Clone, PartialEq)]
enum Bracket<'a> {
    /// None.
    Outside,
    Arguments(&'a str),
    Step,
    Flow,
    Profile,
    /// `[` or `{` of a value.
    Value(&'a str),
}

/// What belongs at `offset`, a character boundary of a file of the analysis.
#[must_use]
pub fn at(analysis: &Analysis, file: FileId, offset: usize) -> Place<'_> {
    let text: &str = &analysis.checked.sources.file(file).text;
    let tree = analysis.files.iter().find(|tree| tree.id == file);
    let start = tree.map_or(0, |tree| start_of_item(tree, offset));
    let in_flow = tree.is_some_and(|tree| is_in_flow(tree, text, start));
    let mut tokens = lexemes(text, start..offset);
    tokens.retain(|(kind, _)| *kind != TokenKind::Whitespace);
    let last = tokens.last().cloned();
    let place = |context, word, quoted| Place {
        context,
        word,
        quoted,
    };
    match last {
        Some((TokenKind::Comment, range)) if offset <= range.end => {
            place(Context::Nothing, offset..offset, false)
        }
        // An unclosed string ends before the end of its line.
        Some((TokenKind::String, range))
            if offset < range.end || offset == range.end && !is_closed(&text[range.clone()]) =>
        {
            tokens.pop();
            let context = outer(text, &tokens, in_flow);
            let is_script = begins_with(&context.1, text, "run");
            let before = &text[range.start..offset];
            let name = before.len() - before.trim_end_matches(is_word).len();
            let word = offset - name..word_end(text, offset);
            let before = &before[..before.len() - name];
            if is_script && (before.ends_with('$') || before.ends_with("${")) {
                return place(Context::Variable, word, false);
            }
            if !is_script && before.ends_with("${") && !before.ends_with("\\${") {
                return place(Context::Interpolation, word, false);
            }
            let inner = range.start + 1..offset.max(range.start + 1);
            let context = match context.0 {
                Context::Import(_) => Context::Import(text.get(inner).unwrap_or_default()),
                context @ Context::Value(..) => context,
                _ => Context::Nothing,
            };
            place(context, range, true)
        }
        Some((TokenKind::Name | TokenKind::Keyword | TokenKind::Number, range))
            if range.end >= offset =>
        {
            tokens.pop();
            let word = range.start..range.end;
            place(outer(text, &tokens, in_flow).0, word, false)
        }
        _ => {
            let context = outer(text, &tokens, in_flow).0;
            let takes_string = matches!(context, Context::Value(..) | Context::Import(_));
            let word = match token(text, offset) {
                Some((TokenKind::Name, range)) => range,
                Some((TokenKind::String, range)) if takes_string => range,
                _ => offset..offset,
            };
            place(context, word, false)
        }
    }
}

/// The token that begins at a byte.
fn token(text: &str, at: usize) -> Option<Token> {
    lexemes(text, at..at + 1).pop()
}

/// What the token behind a byte is, blanks and comments aside, and how it is written.
pub(super) fn next_token(text: &str, mut at: usize) -> Option<(TokenKind, &str)> {
    loop {
        let (kind, range) = token(text, at)?;
        at = range.end;
        if !matches!(kind, TokenKind::Whitespace | TokenKind::Comment) {
            return Some((kind, &text[range]));
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_end(text: &str, offset: usize) -> usize {
    let rest = &text[offset..];
    offset + rest.find(|c| !is_word(c)).unwrap_or(rest.len())
}

/// Whether a string literal has its closing quotes.
fn is_closed(literal: &str) -> bool {
    let quotes = if literal.starts_with("\"\"\"") { 3 } else { 1 };
    let quote = &literal[..literal.chars().next().map_or(0, char::len_utf8)];
    literal.len() >= 2 * quotes && literal.ends_with(quote)
}

/// Where the last item begins that begins before `offset`: no string or bracket is open there.
fn start_of_item(tree: &File, offset: usize) -> usize {
    let flow = tree.flow.iter();
    let steps = flow.clone().flat_map(|flow| &flow.steps);
    let spans = tree.lets.iter().map(|item| item.span);
    let spans = spans.chain(tree.imports.iter().map(|item| item.span));
    let spans = spans.chain(tree.profiles.iter().map(|item| item.span));
    let spans = spans.chain(flow.clone().map(|item| item.span));
    let params = flow.clone().flat_map(|flow| &flow.params);
    let spans = spans.chain(params.map(|item| item.span));
    let spans = spans.chain(steps.clone().map(|item| item.span));
    let annotations = steps.flat_map(|step| &step.annotations);
    let annotations = annotations.chain(flow.flat_map(|flow| &flow.annotations));
    let spans = spans.chain(annotations.map(|annotation| annotation.span));
    let starts = spans.map(|span| span.start as usize);
    starts.filter(|start| *start < offset).max().unwrap_or(0)
}

/// Whether an item that begins at `start` stands in the braces of the flow.
fn is_in_flow(tree: &File, text: &str, start: usize) -> bool {
    tree.flow.as_ref().is_some_and(|flow| {
        let span = flow.span.range();
        let closed = text
            .get(span.clone())
            .is_some_and(|text| text.ends_with('}'));
        let head = flow.name.map_or(flow.span.start, |name| name.span.end);
        start > head as usize && (!closed || start < span.end)
    })
}

fn begins_with(tokens: &[Token], text: &str, word: &str) -> bool {
    statement(tokens, text).is_some_and(|(found, _)| found == word)
}

/// The last word that begins a statement, and what follows it.
fn statement<'t>(tokens: &'t [Token], text: &'t str) -> Option<(&'t str, &'t [Token])> {
    const WORDS: [&str; 10] = [
        "import", "let", "profile", "flow", "param", "step", "join", "gather", "run", "next",
    ];
    let at = tokens.iter().rposition(|(kind, range)| {
        *kind == TokenKind::Keyword && WORDS.contains(&&text[range.clone()])
    })?;
    Some((&text[tokens[at].1.clone()], &tokens[at + 1..]))
}

/// What belongs behind some tokens, and those of them that stand in the innermost bracket.
fn outer<'a>(text: &'a str, tokens: &[Token], in_flow: bool) -> (Context<'a>, Vec<Token>) {
    let mut open = vec![Open {
        kind: Bracket::Outside,
        tokens: Vec::new(),
    }];
    for token in tokens {
        let shown = &text[token.1.clone()];
        let innermost = open.last().map_or(&[][..], |open| &open.tokens);
        match (token.0, shown) {
            (TokenKind::Punctuation, "(" | "[" | "{") => {
                let kind = bracket(text, shown, innermost);
                open.push(Open {
                    kind,
                    tokens: Vec::new(),
                });
            }
            (TokenKind::Punctuation, ")" | "]" | "}") if open.len() > 1 => {
                let closed = open.pop();
                if let Some(outer) = open.last_mut() {
                    // A block or a list of arguments ends what it belongs to.
                    let ends =
                        closed.is_some_and(|closed| !matches!(closed.kind, Bracket::Value(_)));
                    if ends {
                        outer.tokens.clear();
                    } else {
                        outer.tokens.push((TokenKind::Punctuation, token.1.clone()));
                    }
                }
            }
            _ => {
                if let Some(open) = open.last_mut() {
                    open.tokens.push(token.clone());
                }
            }
        }
    }
    let context = innermost(text, &open, in_flow);
    let tokens = open.pop().map_or_else(Vec::new, |open| open.tokens);
    (context, tokens)
}

fn bracket<'a>(text: &'a str, bracket: &'a str, before: &[Token]) -> Bracket<'a> {
    let word = |back: usize| {
        let token = before.len().checked_sub(back).and_then(|at| before.get(at));
        token.map_or("", |token| &text[token.1.clone()])
    };
    match bracket {
        "(" if word(2) == "@" => Bracket::Arguments(word(1)),
        "{" => match word(2) {
            "step" | "join" | "gather" => Bracket::Step,
            "flow" => Bracket::Flow,
            "profile" => Bracket::Profile,
            _ => Bracket::Value("{"),
        },
        other => Bracket::Value(other),
    }
}

fn innermost<'a>(text: &'a str, open: &[Open<'a>], in_flow: bool) -> Context<'a> {
    let Some((last, outer)) = open.split_last() else {
        return Context::Nothing;
    };
    let tokens = &last.tokens;
    let shown = |back: usize| {
        let token = tokens.len().checked_sub(back).and_then(|at| tokens.get(at));
        token.map_or("", |token| &text[token.1.clone()])
    };
    let in_flow = in_flow || open.iter().any(|open| open.kind == Bracket::Flow);
    let in_profile = last.kind == Bracket::Profile;
    if shown(1) == "@" {
        return Context::Annotation(match (in_profile, in_flow) {
            (true, _) => Owner::Profile,
            (_, true) => Owner::Step,
            (_, false) => Owner::Flow,
        });
    }
    match &last.kind {
        Bracket::Arguments(name) => arguments(text, name, tokens),
        Bracket::Value(bracket) => match option_of(text, outer) {
            Some((option, ty)) if *bracket == "{" => map(text, option, ty, tokens),
            Some((option, ty)) => match super::symbols::item_type(ty) {
                Some(ty) => Context::Value(Some(option), ty),
                None => Context::Nothing,
            },
            None if *bracket == "[" => list(text, outer),
            None => Context::Nothing,
        },
        Bracket::Step => in_step(text, tokens),
        Bracket::Profile => Context::InProfile,
        Bracket::Flow => item(text, tokens, true),
        Bracket::Outside => item(text, tokens, in_flow),
    }
}

fn arguments<'a>(text: &'a str, name: &str, tokens: &[Token]) -> Context<'a> {
    let Some(spec) = schema::annotation(name) else {
        return Context::Nothing;
    };
    match argument(text, tokens) {
        Some(key) if spec.name != "use" => match spec.option(key) {
            Some(option) => Context::Value(Some(option), option.ty),
            None => Context::Nothing,
        },
        // Two values in a row.
        _ if !follows(text, tokens, &["", ","]) => Context::Nothing,
        _ => Context::Argument(spec, keys(text, tokens, spec.name == "use")),
    }
}

/// Whether the last token is one of some.
fn follows(text: &str, tokens: &[Token], ends: &[&str]) -> bool {
    let last = tokens.last().map_or("", |token| &text[token.1.clone()]);
    ends.contains(&last)
}

/// The key before the `=` or `:` that the tokens end with.
fn argument<'a>(text: &'a str, tokens: &[Token]) -> Option<&'a str> {
    match tokens {
        [.., key, sign] if matches!(&text[sign.1.clone()], "=" | ":") => {
            Some(text[key.1.clone()].trim_matches('"'))
        }
        _ => None,
    }
}

/// The keys, or all words, among the tokens.
fn keys<'a>(text: &'a str, tokens: &[Token], all: bool) -> Vec<&'a str> {
    let mut keys = Vec::new();
    for (at, (kind, range)) in tokens.iter().enumerate() {
        let sign = tokens
            .get(at + 1)
            .map_or("", |token| &text[token.1.clone()]);
        let is_word = matches!(kind, TokenKind::Name | TokenKind::String);
        if is_word && (all || matches!(sign, "=" | ":")) {
            keys.push(text[range.clone()].trim_matches('"'));
        }
    }
    keys
}

/// The option whose value the innermost of some brackets are in, and the type of the value that
/// stands in the last of them. There may be as many as the text has.
fn option_of(text: &str, open: &[Open<'_>]) -> Option<(&'static OptionSpec, Ty)> {
    let is_value = |open: &Open<'_>| matches!(open.kind, Bracket::Value(_));
    let start = open.iter().rposition(|open| !is_value(open))?;
    let (arguments, values) = open[start..].split_first()?;
    let Bracket::Arguments(name) = &arguments.kind else {
        return None;
    };
    let spec = schema::annotation(name)?;
    let option = spec.option(argument(text, &arguments.tokens)?)?;
    let mut ty = option.ty;
    for value in values {
        ty = match (&value.kind, ty) {
            (Bracket::Value("{"), ty) => {
                let key = argument(text, &value.tokens)?;
                match ty {
                    Ty::MapOf(value) => *value,
                    _ => {
                        let mut fields = super::symbols::fields(ty).iter();
                        fields.find(|field| field.name == key)?.ty
                    }
                }
            }
            (_, ty) => super::symbols::item_type(ty)?,
        };
    }
    Some((option, ty))
}

fn map<'a>(text: &'a str, option: &'static OptionSpec, ty: Ty, tokens: &[Token]) -> Context<'a> {
    let fields = super::symbols::fields(ty);
    match argument(text, tokens) {
        Some(key) => {
            let field = fields.iter().find(|field| field.name == key);
            let ty = match (field, ty) {
                (Some(field), _) => Some(field.ty),
                (None, Ty::MapOf(value)) => Some(*value),
                (None, Ty::Either(Ty::MapOf(value), _)) => Some(**value),
                _ => None,
            };
            ty.map_or(Context::Nothing, |ty| Context::Value(Some(option), ty))
        }
        None if follows(text, tokens, &["", ","]) => Context::Field(ty, keys(text, tokens, false)),
        None => Context::Nothing,
    }
}

/// In a list that is no part of an option.
fn list<'a>(text: &'a str, outer: &[Open<'_>]) -> Context<'a> {
    let tokens = outer.last().map_or(&[][..], |open| &open.tokens);
    match statement(tokens, text) {
        Some(("run", _)) => Context::ExecArgument,
        Some(("let" | "next", _)) => Context::Constant,
        _ => Context::Nothing,
    }
}

fn in_step<'a>(text: &'a str, tokens: &[Token]) -> Context<'a> {
    let Some((word, after)) = statement(tokens, text) else {
        return Context::InStep;
    };
    let shown = |at: usize| after.get(at).map_or("", |token| &text[token.1.clone()]);
    match (word, after.len()) {
        ("run", 0) => Context::Nothing,
        ("next", _) => {
            let foreach = after
                .iter()
                .position(|token| &text[token.1.clone()] == "foreach");
            let Some(foreach) = foreach else {
                if after.is_empty() || follows(text, after, &[","]) {
                    return Context::Target(keys_of_targets(text, after));
                }
                return if after.len() == 1 {
                    Context::AfterTarget
                } else {
                    Context::InStep
                };
            };
            match after.len() - foreach {
                1 => Context::Nothing,
                2 => Context::AfterVariable,
                3 if shown(foreach + 2) == "in" => Context::Source,
                _ if follows(text, after, &["..", "..=", "..."]) => Context::Bound,
                _ => Context::InStep,
            }
        }
        _ => Context::InStep,
    }
}

fn keys_of_targets<'a>(text: &'a str, tokens: &[Token]) -> Vec<&'a str> {
    let names = tokens.iter().filter(|(kind, _)| *kind == TokenKind::Name);
    names.map(|(_, range)| &text[range.clone()]).collect()
}

/// Outside of steps and profiles.
fn item<'a>(text: &'a str, tokens: &[Token], in_flow: bool) -> Context<'a> {
    let place = if in_flow {
        Context::InFlow
    } else {
        Context::Top
    };
    let Some((word, after)) = statement(tokens, text) else {
        return place;
    };
    match (word, after.len()) {
        ("import", 0) => Context::Import(""),
        ("step" | "join" | "gather", 0) => Context::NewStep,
        ("let" | "profile" | "flow" | "param", 0) => Context::Nothing,
        ("param", 2) if follows(text, after, &[":"]) => Context::Type,
        ("param" | "let", _) if follows(text, after, &["="]) => Context::Constant,
        ("let" | "param", 1) | ("step" | "join" | "gather" | "flow" | "profile", _) => {
            Context::Nothing
        }
        _ => place,
    }
}
