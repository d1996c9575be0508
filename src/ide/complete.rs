//! What can be written at a place.

use std::fmt::Write as _;
use std::ops::Range;

use super::Analysis;
use super::context::{self, Context, Owner};
use super::describe;
use super::symbols::{self, NameKind, Scope};
use crate::check::variables::{self, Had};
use crate::schema::{ANNOTATIONS, AnnotationSpec, OptionSpec, Ty};
use crate::source::FileId;
use crate::syntax::TokenKind;
use crate::syntax::ast::ValueKind;
use crate::value::Type;

/// What a completion stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompletionKind {
    /// A word of the language.
    Keyword,
    /// An annotation.
    Annotation,
    /// An option, or a key of a map.
    Option,
    /// One of a few values.
    Value,
    /// Something that has a name.
    Name(NameKind),
    /// A job queue.
    Queue,
    /// A type of params.
    Type,
    /// A variable of the environment of a job.
    Variable,
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// Something that can be written at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// How it is called.
    pub label: String,
    /// What it stands for.
    pub kind: CompletionKind,
    /// A few words on it.
    pub detail: String,
    /// What it means, in Markdown; may be empty.
    pub doc: String,
    /// What is written, in place of [`Completions::replace`].
    pub text: String,
    /// The same with places to fill in, in the syntax of snippets of the Language Server Protocol.
    pub snippet: Option<String>,
}

/// What can be written at a place, the likely first.
#[derive(Clone, Debug)]
pub struct Completions {
    /// The bytes that a completion takes the place of.
    pub replace: Range<usize>,
    /// All of them, whatever is written already.
    pub items: Vec<Completion>,
}

/// What can be written at `offset`, a character boundary of the file that the analysis is of.
///
/// `list` is asked what a folder, given relative to the file's own, holds: names, and whether each is
/// a folder itself.
#[must_use]
pub fn complete(
    analysis: &Analysis,
    offset: usize,
    list: impl Fn(&str) -> Vec<(String, bool)>,
) -> Completions {
    let file = analysis.root_id();
    let place = context::at(analysis, file, offset);
    let text: &str = &analysis.checked.sources.file(file).text;
    let is_number = text[place.word.clone()].starts_with(|c: char| c.is_ascii_digit());
    if analysis.files.is_empty() || is_number {
        let (replace, items) = (place.word, Vec::new());
        return Completions { replace, items };
    }
    let mut list_of = Completer {
        analysis,
        scope: Scope::of(analysis, analysis.files.len().saturating_sub(1)),
        quoted: place.quoted,
        items: Vec::new(),
    };
    let mut replace = place.word.clone();
    match place.context {
        Context::Top => list_of.top(),
        Context::InFlow => list_of.in_flow(),
        Context::InStep => list_of.in_step(file, offset),
        Context::InProfile => list_of.annotations(Owner::Profile, "@"),
        Context::Annotation(owner) => list_of.annotations(owner, ""),
        Context::Argument(spec, taken) => list_of.arguments(spec, &taken),
        Context::Value(option, ty) => list_of.values(option, ty),
        Context::Field(ty, taken) => list_of.fields(ty, &taken),
        Context::Target(taken) => list_of.targets(file, offset, &taken),
        Context::AfterTarget => {
            list_of.keyword(
                "foreach",
                "foreach ${1:item} in ${2:source}",
                "once for each item",
            );
            list_of.in_step(file, offset);
        }
        Context::AfterVariable => list_of.keyword("in", "in ", "what it runs over"),
        Context::Source => list_of.lists(),
        Context::Bound | Context::ExecArgument => list_of.values_by_name(true),
        Context::Type => list_of.types(),
        Context::Constant => {
            list_of.values_by_name(false);
            list_of.booleans();
        }
        Context::Import(written) => {
            let (folder, name) = written
                .rfind('/')
                .map_or(("", written), |at| (&written[..=at], &written[at + 1..]));
            if place.quoted {
                let inner = offset - name.len();
                replace = inner..place.word.end.max(offset);
                let closed =
                    analysis.checked.sources.file(file).text[replace.clone()].ends_with('"');
                replace.end -= usize::from(closed);
            }
            list_of.paths(folder, list(folder));
        }
        Context::Variable => list_of.variables(file, offset),
        Context::Interpolation => list_of.values_by_name(true),
        Context::NewStep => list_of.wanted_steps(),
        Context::Nothing => {}
    }
    let mut items = list_of.items;
    if let Some((kind, shown)) = context::next_token(text, replace.end) {
        for item in items.iter_mut().filter(|item| item.has_rest(kind, shown)) {
            item.text.clone_from(&item.label);
            item.snippet = None;
        }
    }
    Completions { replace, items }
}

impl Completion {
    /// Whether the token that follows begins what a completion would write behind its name.
    fn has_rest(&self, next: TokenKind, shown: &str) -> bool {
        let is_string = next == TokenKind::String;
        match self.kind {
            CompletionKind::Keyword => {
                is_string || next == TokenKind::Name || matches!(shown, "[" | "{" | "=")
            }
            CompletionKind::Annotation => shown == "(",
            CompletionKind::Option => is_string || matches!(shown, "=" | ":"),
            CompletionKind::Name(NameKind::Step) => shown == "{",
            _ => false,
        }
    }
}

struct Completer<'a> {
    analysis: &'a Analysis,
    scope: Scope<'a>,
    /// Whether the place is in quotes.
    quoted: bool,
    items: Vec<Completion>,
}

impl Completer<'_> {
    fn push(
        &mut self,
        kind: CompletionKind,
        label: &str,
        detail: impl Into<String>,
        doc: impl Into<String>,
        snippet: Option<String>,
    ) {
        self.items.push(Completion {
            label: label.to_owned(),
            kind,
            detail: detail.into(),
            doc: doc.into(),
            text: label.to_owned(),
            snippet,
        });
    }

    fn keyword(&mut self, word: &str, snippet: &str, detail: &str) {
        let snippet = Some(snippet.to_owned());
        self.push(CompletionKind::Keyword, word, detail, "", snippet);
    }

    fn top(&mut self) {
        self.keyword(
            "import",
            "import \"$1\"",
            "the lets and profiles of a library",
        );
        self.keyword("let", "let ${1:name} = $0", "a constant");
        self.keyword(
            "profile",
            "profile ${1:name} {\n  $0\n}",
            "annotations for `@use`",
        );
        if self.analysis.flow().is_none() {
            self.keyword(
                "flow",
                "flow ${1:Name} {\n  step start {\n    run \"$0\"\n  }\n}",
                "steps that become jobs",
            );
        }
        self.annotations(Owner::Flow, "@");
    }

    fn in_flow(&mut self) {
        self.keyword(
            "param",
            "param ${1:name}: ${2:string}",
            "an input of the flow",
        );
        for (word, what) in [
            ("step", "a job"),
            ("join", "a job that waits for several steps"),
            ("gather", "the job that closes a foreach"),
        ] {
            let snippet = format!("{word} ${{1:name}} {{\n  run \"$0\"\n}}");
            self.keyword(word, &snippet, what);
        }
        self.annotations(Owner::Step, "@");
    }

    fn in_step(&mut self, file: FileId, offset: usize) {
        let step = self.step(file, offset);
        let lacks_run = step.is_none_or(|step| step.run.is_none());
        let lacks_next = step.is_none_or(|step| step.next.is_none());
        if lacks_run {
            self.keyword(
                "run",
                "run \"$0\"",
                "a script, or a list that is executed as it is",
            );
        }
        if lacks_next {
            self.keyword("next", "next ", "the steps that follow");
        }
    }

    /// The step that a place is in.
    fn step(&self, file: FileId, offset: usize) -> Option<&crate::syntax::ast::Step> {
        let tree = self.analysis.files.iter().find(|tree| tree.id == file)?;
        let steps = &tree.flow.as_ref()?.steps;
        let before = steps.partition_point(|step| (step.span.start as usize) < offset);
        steps.get(before.checked_sub(1)?)
    }

    fn annotations(&mut self, owner: Owner, before: &str) {
        for spec in ANNOTATIONS {
            let fits = match owner {
                Owner::Flow => spec.places.flow,
                Owner::Profile => spec.places.profile,
                Owner::Step => true,
            };
            if fits {
                let snippet = format!("{before}{}($0)", spec.name);
                let (label, doc) = (format!("{before}{}", spec.name), describe::annotation(spec));
                let kind = CompletionKind::Annotation;
                self.push(kind, &label, spec.doc, doc, Some(snippet));
            }
        }
    }

    fn arguments(&mut self, spec: &'static AnnotationSpec, taken: &[&str]) {
        if spec.name == "use" {
            let mut profiles: Vec<_> = self.scope.profiles.keys().copied().collect();
            profiles.sort_unstable();
            for profile in profiles.into_iter().filter(|name| !taken.contains(name)) {
                let kind = CompletionKind::Name(NameKind::Profile);
                self.push(kind, profile, "profile", "", None);
            }
            return;
        }
        for option in spec
            .options
            .iter()
            .filter(|option| !taken.contains(&option.name))
        {
            let mut detail = option.ty.words();
            if !option.default.is_empty() {
                let _ = write!(detail, ", default {}", option.default);
            }
            let snippet = format!("{}={}", option.name, placeholder(option.ty));
            let doc = describe::option(spec, option);
            self.push(
                CompletionKind::Option,
                option.name,
                detail,
                doc,
                Some(snippet),
            );
            if let Some(item) = self.items.last_mut() {
                item.text = format!("{}=", option.name);
            }
        }
    }

    fn fields(&mut self, ty: Ty, taken: &[&str]) {
        for field in symbols::fields(ty) {
            if taken.contains(&field.name) {
                continue;
            }
            let needed = if field.required { ", required" } else { "" };
            let detail = format!("{}{needed}", field.ty.words());
            let snippet = format!("{} = {}", field.name, placeholder(field.ty));
            let kind = CompletionKind::Option;
            self.push(kind, field.name, detail, field.doc, Some(snippet));
            if let Some(item) = self.items.last_mut() {
                item.text = format!("{} = ", field.name);
            }
        }
    }

    /// A string, with quotes.
    fn string(&mut self, kind: CompletionKind, value: &str, detail: &str) {
        self.push(kind, &format!("\"{value}\""), detail, "", None);
    }

    fn values(&mut self, option: Option<&'static OptionSpec>, ty: Ty) {
        let is_queue = option.is_some_and(|option| option.opt == crate::schema::Opt::Queue);
        if is_queue {
            for (queue, _) in &self.analysis.facts.queues {
                let detail = "job queue of flowbatch.toml";
                let label = format!("\"{queue}\"");
                self.items.push(Completion {
                    text: label.clone(),
                    label,
                    kind: CompletionKind::Queue,
                    detail: detail.to_owned(),
                    doc: String::new(),
                    snippet: None,
                });
            }
        }
        match ty {
            Ty::Enum(values) => {
                for value in values {
                    self.string(CompletionKind::Value, value, "");
                }
            }
            Ty::Bool if !self.quoted => self.booleans(),
            Ty::Str(crate::schema::Form::RetryClass) => {
                for class in ["spot", "image_pull", "exit:"] {
                    self.string(CompletionKind::Value, class, "failures to retry");
                }
            }
            Ty::Either(one, other) => {
                for ty in [*one, *other] {
                    if let Ty::Enum(_) | Ty::Bool = ty {
                        self.values(None, ty);
                    }
                }
            }
            _ => {}
        }
        if !self.quoted {
            self.values_by_name(true);
        }
    }

    fn booleans(&mut self) {
        for value in ["true", "false"] {
            self.push(CompletionKind::Value, value, "", "", None);
        }
    }

    /// The lets that a foreach can run over.
    fn lists(&mut self) {
        self.values_by_name(false);
        let items = std::mem::take(&mut self.items);
        let is_list = |item: &Completion| self.is_list(&item.label);
        self.items = items.into_iter().filter(is_list).collect();
    }

    /// Whether a let is a list, or the name of one; or may be, as far as it is written.
    fn is_list(&self, name: &str) -> bool {
        let mut name = name;
        // No more names than there are, in case they lead in circles.
        for _ in 0..=self.scope.values.len() {
            let Some((_, definition)) = self.scope.values.get(name) else {
                return false;
            };
            let mut lets = self.analysis.files.iter().flat_map(|tree| &tree.lets);
            let found = lets.find(|item| item.name.span == *definition);
            match found.map(|item| item.value.as_ref()) {
                Some(Some(value)) => match value.kind {
                    ValueKind::List(_) | ValueKind::Error => return true,
                    ValueKind::Name => name = self.analysis.text(value.span),
                    _ => return false,
                },
                Some(None) => return true,
                None => return false,
            }
        }
        false
    }

    fn values_by_name(&mut self, params: bool) {
        let mut values: Vec<_> = self.scope.values.iter().collect();
        values.sort_unstable_by_key(|(name, _)| **name);
        let mut items = Vec::new();
        for (name, &(kind, span)) in values {
            if kind == NameKind::Param && !params {
                continue;
            }
            let doc = describe::value(self.analysis, kind, span);
            items.push(((*name).to_owned(), kind, doc));
        }
        for (name, kind, doc) in items {
            let detail = kind.as_str();
            self.push(CompletionKind::Name(kind), &name, detail, doc, None);
        }
    }

    fn targets(&mut self, file: FileId, offset: usize, taken: &[&str]) {
        let own = self.step(file, offset).map(|step| step.name.span);
        let mut steps: Vec<_> = self
            .scope
            .steps
            .iter()
            .map(|(name, span)| (*span, *name))
            .collect();
        steps.sort_unstable();
        for (span, name) in steps {
            if Some(span) != own && !taken.contains(&name) {
                let kind = CompletionKind::Name(NameKind::Step);
                self.push(kind, name, "step", describe::doc(self.analysis, span), None);
            }
        }
    }

    /// The steps that a `next` names and that are not there.
    fn wanted_steps(&mut self) {
        let Some(flow) = self.analysis.flow() else {
            return;
        };
        let nexts = flow.steps.iter().filter_map(|step| step.next.as_ref());
        let targets = nexts.flat_map(|next| &next.targets);
        let mut wanted: Vec<&str> = targets
            .map(|target| self.analysis.text(target.span))
            .filter(|name| !self.scope.steps.contains_key(name))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        for name in wanted {
            let snippet = format!("{name} {{\n  run \"$0\"\n}}");
            let kind = CompletionKind::Name(NameKind::Step);
            self.push(kind, name, "a step that others lead to", "", Some(snippet));
        }
    }

    fn types(&mut self) {
        for ty in Type::ALL {
            self.push(CompletionKind::Type, ty.as_str(), "", "", None);
        }
    }

    fn variables(&mut self, file: FileId, offset: usize) {
        let step = self.step(file, offset).map(|step| step.name.span);
        let flow = self.analysis.flow();
        let index = flow.and_then(|flow| {
            let mut steps = flow.steps.iter();
            steps.position(|other| Some(other.name.span) == step)
        });
        let variables = index.and_then(|index| self.analysis.facts.variables.get(index));
        for &variable in variables.into_iter().flatten().rev() {
            let name = self.analysis.text(variable).to_owned();
            let kind = CompletionKind::Name(NameKind::Variable);
            self.push(kind, &name, "the item of the foreach", "", None);
        }
        for param in flow.map_or(&[][..], |flow| &flow.params) {
            let name = self.analysis.text(param.name.span).to_owned();
            let doc = describe::value(self.analysis, NameKind::Param, param.name.span);
            self.push(
                CompletionKind::Name(NameKind::Param),
                &name,
                "param",
                doc,
                None,
            );
        }
        for (name, had) in variables::set().filter(|(_, had)| *had != Had::ByPods) {
            self.push(CompletionKind::Variable, name, had.words(), "", None);
        }
    }

    fn paths(&mut self, folder: &str, entries: Vec<(String, bool)>) {
        let quote = if self.quoted { "" } else { "\"" };
        for (name, is_folder) in entries {
            if !is_folder && !name.ends_with(".flow") {
                continue;
            }
            let (kind, label) = match is_folder {
                true => (CompletionKind::Folder, format!("{name}/")),
                false => (CompletionKind::File, name),
            };
            let text = match self.quoted {
                true => label.clone(),
                false => format!("{quote}{folder}{label}{quote}"),
            };
            self.push(kind, &label, "", "", None);
            if let Some(item) = self.items.last_mut() {
                item.text = text;
            }
        }
    }
}

/// What is filled in for a value, as a snippet.
fn placeholder(ty: Ty) -> String {
    match ty {
        Ty::Bool => "${1|true,false|}".to_owned(),
        Ty::Enum(values) => {
            let quoted: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
            format!("${{1|{}|}}", quoted.join(","))
        }
        Ty::Mib(_) | Ty::Gib(..) => "${1:8}GiB".to_owned(),
        Ty::Int(..) | Ty::Number | Ty::Scalar | Ty::Any => "$1".to_owned(),
        Ty::Str(_) => "\"$1\"".to_owned(),
        Ty::List(_) => "[$1]".to_owned(),
        Ty::MapOf(_) | Ty::Struct(_) => "{ $1 }".to_owned(),
        Ty::Either(one, _) => placeholder(*one),
    }
}
