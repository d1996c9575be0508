//! What things mean, in Markdown.

use std::fmt::Write as _;
use std::path::Path;

use super::Analysis;
use super::symbols::{self, NameKind, Occurrence, Symbol};
use crate::codes::{self, Code};
use crate::schema::{AnnotationSpec, FieldSpec, OptionSpec};
use crate::source::{Sources, Span};
use crate::syntax::ast;
use crate::{ExplainedStep, Explanation, Origin};

/// How many codes are named of an option, at most.
const MAX_CODES: usize = 12;

/// What stands at a place, in Markdown, and where it stands there.
///
/// `explain` is asked for the resolved options only if they are told.
#[must_use]
pub fn hover<'e>(
    analysis: &Analysis,
    offset: usize,
    explain: impl FnOnce() -> Option<&'e Explanation>,
) -> Option<(Span, String)> {
    let found = symbols::at(analysis, analysis.root_id(), offset)?;
    let Occurrence { span, symbol } = found;
    let text = match symbol {
        Symbol::Annotation(spec) => annotation(spec),
        Symbol::Option(annotation, spec) => option(annotation, spec),
        Symbol::Field(spec) => field(spec),
        Symbol::Size(bytes) => size(analysis.text(span), bytes),
        Symbol::Queue(section) => {
            let source = analysis.checked.sources.file(section.file);
            let line = source.line_text(source.line_of(section.start));
            format!(
                "Job queue, described in `{}`:\n\n```toml\n{line}\n```",
                source.path.display()
            )
        }
        Symbol::File(file) => {
            let path = &analysis.checked.sources.file(file).path;
            format!("`{}`", path.display())
        }
        Symbol::Name(NameKind::Step, definition) => {
            let name = analysis.text(definition);
            let explained = explain().and_then(|explained| {
                let mut steps = explained.steps.iter();
                steps.find(|step| step.name == name)
            });
            let mut text = explained.map_or_else(
                || code_block(&format!("step {name}")),
                |step| self::step(&analysis.checked.sources, step),
            );
            let doc = doc(analysis, definition);
            if !doc.is_empty() {
                let _ = write!(text, "\n\n{doc}");
            }
            text
        }
        Symbol::Name(kind, definition) => value(analysis, kind, definition),
    };
    Some((span, text))
}

fn code_block(text: &str) -> String {
    format!("```flow\n{text}\n```")
}

/// What an annotation is for.
#[must_use]
pub fn annotation(spec: &AnnotationSpec) -> String {
    let mut text = format!("{}\n\n{}", code_block(&format!("@{}", spec.name)), spec.doc);
    let names: Vec<String> = spec
        .options
        .iter()
        .map(|option| format!("`{}`", option.name))
        .collect();
    if names.is_empty() {
        text.push_str("\n\nIts arguments are names of profiles.");
    } else {
        let _ = write!(text, "\n\nOptions: {}", names.join(", "));
    }
    text
}

/// What an option means: its value, its default, the API's fields, and the diagnostics that are about
/// it.
#[must_use]
pub fn option(annotation: &AnnotationSpec, spec: &OptionSpec) -> String {
    let head = format!("@{}({})", annotation.name, spec.name);
    let mut text = format!("{}\n\n{}\n", code_block(&head), spec.doc);
    let _ = write!(text, "\n- value: {}", spec.ty.words());
    let _ = write!(text, "\n- default: {}", escaped(&spec.default_words()));
    if !spec.fields.is_empty() {
        let fields: Vec<String> = spec
            .fields
            .iter()
            .map(|field| format!("`{field}`"))
            .collect();
        let _ = write!(text, "\n- in AWS Batch: {}", fields.join(", "));
    }
    let links: Vec<String> = codes_about(spec.name)
        .take(MAX_CODES)
        .map(|code| format!("[{}]({})", code.name, code.url()))
        .collect();
    if !links.is_empty() {
        let _ = write!(text, "\n- rules: {}", links.join(", "));
    }
    text
}

fn field(spec: &FieldSpec) -> String {
    let needed = if spec.required { ", required" } else { "" };
    let head = code_block(spec.name);
    format!(
        "{head}\n\n{}\n\n- value: {}{needed}",
        spec.doc,
        spec.ty.words()
    )
}

/// An angle bracket would be a tag.
fn escaped(text: &str) -> String {
    text.replace('<', "\\<")
}

/// The diagnostics whose pages are about an option: those that name it in their first line, then
/// those that name it further down.
fn codes_about(option: &str) -> impl Iterator<Item = &'static Code> {
    let named = format!("`{option}`");
    let (first, rest): (Vec<_>, Vec<_>) = codes::all()
        .filter(|code| code.summary.contains(&named) || code.explanation.contains(&named))
        .partition(|code| code.summary.contains(&named));
    first.into_iter().chain(rest)
}

fn size(written: &str, bytes: u64) -> String {
    let mib = bytes as f64 / f64::from(1 << 20);
    format!("`{written}` is {mib} MiB")
}

/// What a name stands for, and what its documentation says.
#[must_use]
pub fn value(analysis: &Analysis, kind: NameKind, definition: Span) -> String {
    let head = declaration(analysis, kind, definition);
    let doc = doc(analysis, definition);
    match doc.is_empty() {
        true => code_block(&head),
        false => format!("{}\n\n{doc}", code_block(&head)),
    }
}

/// How something is declared, without what is in its braces.
fn declaration(analysis: &Analysis, kind: NameKind, definition: Span) -> String {
    const LONGEST: usize = 400;
    let name = analysis.text(definition);
    let whole = item(analysis, definition).map(|item| match item {
        Item::Let(item) => item.span,
        Item::Param(item) => item.span,
        Item::Profile(item) => item.span,
        Item::Flow(item) => item.span,
        Item::Step(item) => item.span,
    });
    let text = match (kind, whole) {
        (NameKind::Let | NameKind::Param | NameKind::Profile, Some(whole)) => {
            analysis.text(whole).to_owned()
        }
        (NameKind::Variable, _) => match foreach(analysis, definition) {
            Some(foreach) => analysis.text(foreach).to_owned(),
            None => format!("foreach {name}"),
        },
        _ => format!("{} {name}", kind.as_str()),
    };
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if end < text.len() {
        format!("{}…", &text[..end])
    } else {
        text
    }
}

fn foreach(analysis: &Analysis, variable: Span) -> Option<Span> {
    let flow = analysis.flow()?;
    let nexts = flow.steps.iter().filter_map(|step| step.next.as_ref());
    let mut all = nexts.filter_map(|next| next.foreach.as_ref());
    all.find(|foreach| foreach.variable.is_some_and(|name| name.span == variable))
        .map(|foreach| foreach.span)
}

/// Something that has a name.
#[derive(Clone, Copy)]
enum Item<'a> {
    Let(&'a ast::Let),
    Param(&'a ast::Param),
    Profile(&'a ast::Profile),
    Flow(&'a ast::Flow),
    Step(&'a ast::Step),
}

/// What has its name at `definition`.
fn item(analysis: &Analysis, definition: Span) -> Option<Item<'_>> {
    let mut trees = analysis.files.iter();
    let tree = trees.find(|tree| tree.id == definition.file)?;
    let flow = tree.flow.as_ref();
    let lets = tree
        .lets
        .iter()
        .map(|item| (Some(item.name), Item::Let(item)));
    let profiles = tree.profiles.iter();
    let profiles = profiles.map(|item| (Some(item.name), Item::Profile(item)));
    let params = flow.into_iter().flat_map(|flow| &flow.params);
    let params = params.map(|item| (Some(item.name), Item::Param(item)));
    let steps = flow.into_iter().flat_map(|flow| &flow.steps);
    let steps = steps.map(|item| (Some(item.name), Item::Step(item)));
    let flows = flow.map(|item| (item.name, Item::Flow(item)));
    let all = lets.chain(profiles).chain(params).chain(steps).chain(flows);
    let mut found = all.filter(|(name, _)| name.is_some_and(|name| name.span == definition));
    found.next().map(|(_, item)| item)
}

/// The doc comments of what has its name at `definition`.
#[must_use]
pub fn doc(analysis: &Analysis, definition: Span) -> String {
    let mut trees = analysis.files.iter();
    let Some(tree) = trees.find(|tree| tree.id == definition.file) else {
        return String::new();
    };
    let doc = match item(analysis, definition) {
        Some(Item::Let(item)) => &item.doc,
        Some(Item::Param(item)) => &item.doc,
        Some(Item::Profile(item)) => &item.doc,
        Some(Item::Flow(item)) => &item.doc,
        Some(Item::Step(item)) => &item.doc,
        None => return String::new(),
    };
    let comments = tree.comments.get(doc.start as usize..doc.end as usize);
    let lines = comments.unwrap_or_default().iter().map(|comment| {
        let line = analysis.text(*comment).trim_start_matches('#');
        line.strip_prefix(' ').unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A step's resolved options and where each came from, its array and what it waits for.
#[must_use]
pub fn step(sources: &Sources, step: &ExplainedStep) -> String {
    let mut text = code_block(&format!("{} {}", step.kind, step.name));
    match &step.job_definition {
        Some(name) => {
            let _ = write!(text, "\n\nJob definition `{name}`");
        }
        None => text.push_str("\n\nA control point: it has no `run`, so it costs no job"),
    }
    match step.array_size {
        Some(Some(1)) => text.push_str(", one item"),
        Some(Some(size)) => {
            let _ = write!(text, ", an array of {size}");
        }
        Some(None) => text.push_str(", an array whose size is not known yet"),
        None => {}
    }
    if !step.depends_on.is_empty() {
        let waits: Vec<String> = step
            .depends_on
            .iter()
            .map(|(name, kind)| match kind {
                Some(kind) => format!("`{name}` ({kind})"),
                None => format!("`{name}`"),
            })
            .collect();
        let _ = write!(text, "; waits for {}", waits.join(", "));
    }
    text.push('.');
    if !step.options.is_empty() {
        text.push_str("\n\n| option | value | from |\n| --- | --- | --- |");
    }
    for option in &step.options {
        let value = match &option.value {
            Some(value) => format!("`{}`", cell(&value.to_string()).replace('`', "'")),
            None => "not known yet".to_owned(),
        };
        // Two values may stand on one line.
        let mut origins: Vec<String> = Vec::with_capacity(option.origins.len());
        for from in &option.origins {
            let from = origin(sources, from);
            if !origins.contains(&from) {
                origins.push(from);
            }
        }
        let _ = write!(
            text,
            "\n| `@{}` {} | {value} | {} |",
            option.annotation,
            option.name,
            cell(&origins.join(", "))
        );
    }
    text
}

/// Text that does not end the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn origin(sources: &Sources, origin: &Origin) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::Variable(name) => format!("`{name}`"),
        Origin::Derived(words) => words.clone(),
        Origin::Place(span) => {
            let source = sources.file(span.file);
            let name = Path::new(&source.name).file_name();
            let name =
                name.map_or_else(|| source.name.clone().into(), |name| name.to_string_lossy());
            format!("{name}:{}", source.line_of(span.start))
        }
    }
}
