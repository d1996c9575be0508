//! Every name in a file: what it stands for, and where that is defined.

use std::collections::HashMap;

use super::Analysis;
use crate::check::shell;
use crate::schema::{self, AnnotationSpec, FieldSpec, OptionSpec, Ty};
use crate::source::{FileId, Span};
use crate::syntax::ast::{
    Annotation, File, Flow, ForeachSource, Key, Name, Next, Piece, RunValue, Str, StrContent,
    Value, ValueKind,
};

/// What a name that somebody gave stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NameKind {
    /// A flow.
    Flow,
    /// A step.
    Step,
    /// A param.
    Param,
    /// A let.
    Let,
    /// A profile.
    Profile,
    /// The variable of a foreach.
    Variable,
}

impl NameKind {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Step => "step",
            Self::Param => "param",
            Self::Let => "let",
            Self::Profile => "profile",
            Self::Variable => "foreach variable",
        }
    }
}

/// What something in a text stands for.
#[derive(Clone, Copy, Debug)]
pub enum Symbol {
    /// A name, and where it is defined.
    Name(NameKind, Span),
    /// A file that is imported.
    File(FileId),
    /// The name of an annotation.
    Annotation(&'static AnnotationSpec),
    /// The key of an option.
    Option(&'static AnnotationSpec, &'static OptionSpec),
    /// The key of a map that is a part of an option.
    Field(&'static FieldSpec),
    /// A queue, and where `flowbatch.toml` describes it.
    Queue(Span),
    /// A size, in bytes.
    Size(u64),
}

/// Something that stands for something.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence {
    /// Where it stands.
    pub span: Span,
    /// What it stands for.
    pub symbol: Symbol,
}

/// All occurrences in one of the files of an analysis, in no order.
///
/// A name that is not defined stands for nothing, as one does that a script sets itself.
#[must_use]
pub fn occurrences(analysis: &Analysis, file: FileId) -> Vec<Occurrence> {
    let Some(index) = analysis.files.iter().position(|tree| tree.id == file) else {
        return Vec::new();
    };
    let scope = Scope::of(analysis, index);
    let mut walk = Walk {
        analysis,
        scope: &scope,
        params: false,
        found: Vec::new(),
    };
    walk.file(&analysis.files[index]);
    walk.found
}

/// What stands at a place: the innermost, of two that touch the one behind.
#[must_use]
pub fn at(analysis: &Analysis, file: FileId, offset: usize) -> Option<Occurrence> {
    let touches = |found: &Occurrence| {
        found.span.start as usize <= offset && offset <= found.span.end as usize
    };
    let all = occurrences(analysis, file).into_iter().filter(touches);
    all.min_by_key(|found| {
        (
            found.span.end - found.span.start,
            u32::MAX - found.span.start,
        )
    })
}

/// The names that a file sees, by what they name.
#[derive(Debug, Default)]
pub struct Scope<'a> {
    /// Lets and params.
    pub values: HashMap<&'a str, (NameKind, Span)>,
    /// Profiles.
    pub profiles: HashMap<&'a str, Span>,
    /// Steps.
    pub steps: HashMap<&'a str, Span>,
}

impl<'a> Scope<'a> {
    /// The names that the file of this index in [`Analysis::files`] sees. Of two of one name the
    /// first counts.
    #[must_use]
    pub fn of(analysis: &'a Analysis, index: usize) -> Self {
        let mut scope = Self::default();
        let sees = analysis.sees.get(index);
        for (other, tree) in analysis.files.iter().enumerate() {
            if !sees.is_some_and(|sees| sees.get(other).copied().unwrap_or(false)) {
                continue;
            }
            for item in &tree.lets {
                let name = analysis.text(item.name.span);
                let value = (NameKind::Let, item.name.span);
                scope.values.entry(name).or_insert(value);
            }
            for item in &tree.profiles {
                let name = analysis.text(item.name.span);
                scope.profiles.entry(name).or_insert(item.name.span);
            }
        }
        let flow = analysis
            .files
            .get(index)
            .and_then(|tree| tree.flow.as_ref());
        if let Some(flow) = flow {
            for item in &flow.params {
                let name = analysis.text(item.name.span);
                let value = (NameKind::Param, item.name.span);
                scope.values.entry(name).or_insert(value);
            }
            for item in &flow.steps {
                let name = analysis.text(item.name.span);
                scope.steps.entry(name).or_insert(item.name.span);
            }
        }
        scope
    }
}

struct Walk<'a> {
    analysis: &'a Analysis,
    scope: &'a Scope<'a>,
    /// Whether params are seen here.
    params: bool,
    found: Vec<Occurrence>,
}

impl Walk<'_> {
    fn push(&mut self, span: Span, symbol: Symbol) {
        self.found.push(Occurrence { span, symbol });
    }

    fn definition(&mut self, kind: NameKind, name: Name) {
        self.push(name.span, Symbol::Name(kind, name.span));
    }

    fn file(&mut self, tree: &File) {
        for import in &tree.imports {
            if let Some(path) = &import.path
                && let Some(file) = imported(self.analysis, tree.id, path)
            {
                self.push(path.span, Symbol::File(file));
            }
        }
        for item in &tree.lets {
            self.definition(NameKind::Let, item.name);
            if let Some(value) = &item.value {
                self.value(value, None);
            }
        }
        for item in &tree.profiles {
            self.definition(NameKind::Profile, item.name);
            self.annotations(&item.annotations);
        }
        if let Some(flow) = &tree.flow {
            self.flow(flow);
        }
    }

    fn flow(&mut self, flow: &Flow) {
        if let Some(name) = flow.name {
            self.definition(NameKind::Flow, name);
        }
        for param in &flow.params {
            self.definition(NameKind::Param, param.name);
            if let Some(value) = &param.default {
                self.value(value, None);
            }
        }
        self.params = true;
        self.annotations(&flow.annotations);
        for (index, step) in flow.steps.iter().enumerate() {
            self.annotations(&step.annotations);
            // Of two steps of one name, the first is meant by others.
            self.definition(NameKind::Step, step.name);
            match step.run.as_ref().map(|run| &run.value) {
                Some(RunValue::Shell(script)) => self.script(index, script),
                Some(RunValue::Exec(args, _)) => {
                    for arg in args {
                        self.value(arg, None);
                    }
                }
                Some(RunValue::Error) | None => {}
            }
            if let Some(next) = &step.next {
                self.next(next);
            }
        }
        self.params = false;
    }

    fn next(&mut self, next: &Next) {
        for target in &next.targets {
            let name = self.analysis.text(target.span);
            if let Some(&step) = self.scope.steps.get(name) {
                self.push(target.span, Symbol::Name(NameKind::Step, step));
            }
        }
        let Some(foreach) = &next.foreach else {
            return;
        };
        if let Some(variable) = foreach.variable {
            self.definition(NameKind::Variable, variable);
        }
        match &foreach.source {
            Some(ForeachSource::Range { lo, hi, .. }) => {
                self.value(lo, None);
                self.value(hi, None);
            }
            Some(ForeachSource::Value(value)) => self.value(value, None),
            None => {}
        }
    }

    fn annotations(&mut self, annotations: &[Annotation]) {
        for annotation in annotations {
            let Some(spec) = schema::annotation(self.analysis.text(annotation.name.span)) else {
                continue;
            };
            self.push(annotation.name.span, Symbol::Annotation(spec));
            for arg in &annotation.args {
                let key = arg.key.map(|key| (key, self.analysis.text(key.span)));
                let option = key.and_then(|(_, key)| spec.option(key));
                if let (Some((key, _)), Some(option)) = (key, option) {
                    self.push(key.span, Symbol::Option(spec, option));
                }
                let Some(value) = &arg.value else {
                    continue;
                };
                if spec.name == "use" && key.is_none() {
                    let name = self.analysis.text(value.span);
                    if let Some(&profile) = self.scope.profiles.get(name) {
                        self.push(value.span, Symbol::Name(NameKind::Profile, profile));
                    }
                } else {
                    if option.is_some_and(|option| option.opt == schema::Opt::Queue) {
                        self.queue(value);
                    }
                    self.value(value, option.map(|option| option.ty));
                }
            }
        }
    }

    fn value(&mut self, value: &Value, ty: Option<Ty>) {
        match &value.kind {
            ValueKind::Name => self.name(Name { span: value.span }),
            ValueKind::Size(bytes) => self.push(value.span, Symbol::Size(*bytes)),
            ValueKind::Str(text) => self.string(text),
            ValueKind::List(items) => {
                let ty = ty.and_then(item_type);
                for item in items {
                    self.value(item, ty);
                }
            }
            ValueKind::Map(entries) => {
                for entry in entries {
                    let key = match &entry.key {
                        Key::Name(name) => self.analysis.text(name.span),
                        Key::Str(text) => self.analysis.text(text.span).trim_matches('"'),
                    };
                    let field = ty.and_then(|ty| field(ty, key));
                    if let Some(field) = field {
                        self.push(entry.key.span(), Symbol::Field(field));
                    }
                    self.value(&entry.value, field.map(|field| field.ty));
                }
            }
            _ => {}
        }
    }

    fn queue(&mut self, value: &Value) {
        let written = self.analysis.text(value.span).trim_matches('"');
        let last = written.rsplit('/').next();
        let mut queues = self.analysis.facts.queues.iter();
        let queue = queues.find(|(name, _)| name == written || Some(name.as_str()) == last);
        if let Some(&(_, Some(section))) = queue {
            self.push(value.span, Symbol::Queue(section));
        }
    }

    fn name(&mut self, name: Name) {
        let found = self.scope.values.get(self.analysis.text(name.span));
        if let Some(&(kind, span)) = found
            && (kind != NameKind::Param || self.params)
        {
            self.push(name.span, Symbol::Name(kind, span));
        }
    }

    fn string(&mut self, text: &Str) {
        if let StrContent::Pieces(pieces) = &text.content {
            for piece in pieces {
                if let Piece::Name(name) = piece {
                    self.name(*name);
                }
            }
        }
    }

    /// What a script reads: params, and the items of the foreach that its step stands in.
    fn script(&mut self, step: usize, literal: &Str) {
        let analysis = self.analysis;
        for read in reads(analysis, literal) {
            if read.sets {
                continue;
            }
            let name = analysis.text(read.span);
            let variables = analysis.facts.variables.get(step).into_iter().flatten();
            let mut variables = variables.filter(|variable| analysis.text(**variable) == name);
            let symbol = match (variables.next_back(), self.scope.values.get(name)) {
                (Some(&variable), _) => Symbol::Name(NameKind::Variable, variable),
                (None, Some(&(NameKind::Param, span))) => Symbol::Name(NameKind::Param, span),
                _ => continue,
            };
            self.push(read.span, symbol);
        }
    }
}

/// A variable that a script reads.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// Where its name stands.
    pub span: Span,
    /// Whether the script sets it as well, so that it need not be the one from outside.
    pub sets: bool,
}

/// The variables that a script reads, where they can be found in its literal.
#[must_use]
pub fn reads(analysis: &Analysis, literal: &Str) -> Vec<Read> {
    let source = analysis.text(literal.span);
    let (script, start) = match &literal.content {
        StrContent::Verbatim(span) => (analysis.text(*span), Some(span.start as usize)),
        StrContent::Decoded(text) => (&**text, None),
        StrContent::Pieces(_) | StrContent::Error => return Vec::new(),
    };
    let found = shell::scan(script);
    let mut places: HashMap<&str, Option<HashMap<usize, usize>>> = HashMap::new();
    let counts = found.counts.iter().map(|&name| (name, name));
    let reads = found.reads.iter().map(|read| (read.name, read.text));
    let reads = reads.chain(counts).filter_map(|(name, text)| {
        let offset = |part: &str| (part.as_ptr() as usize).checked_sub(script.as_ptr() as usize);
        let at = offset(text)?;
        let within = offset(name)?.checked_sub(at)?;
        let at = match start {
            Some(start) => start + at,
            None => {
                // Escapes and indentation are resolved in the script, and change no name: what comes
                // up equally often in both is the same.
                let places = places.entry(text).or_insert_with(|| {
                    let starts = |whole: &str| -> Vec<usize> {
                        whole.match_indices(text).map(|(at, _)| at).collect()
                    };
                    let (inner, outer) = (starts(script), starts(source));
                    (inner.len() == outer.len()).then(|| inner.into_iter().zip(outer).collect())
                });
                literal.span.start as usize + places.as_ref()?.get(&at)?
            }
        };
        Some(Read {
            span: Span::new(literal.span.file, at + within, at + within + name.len()),
            sets: found.sets.contains(name),
        })
    });
    reads.collect()
}

/// The file that an import leads to.
fn imported(analysis: &Analysis, importer: FileId, path: &Str) -> Option<FileId> {
    let written = match &path.content {
        StrContent::Verbatim(span) => analysis.text(*span),
        StrContent::Decoded(text) => text,
        StrContent::Pieces(_) | StrContent::Error => return None,
    };
    let sources = &analysis.checked.sources;
    let folder = sources.file(importer).path.parent()?;
    let path = crate::source::normalize(&folder.join(written));
    let mut trees = analysis.files.iter().map(|tree| tree.id);
    trees.find(|id| crate::source::normalize(&sources.file(*id).path) == path)
}

/// The type of a list's items.
#[must_use]
pub fn item_type(ty: Ty) -> Option<Ty> {
    match ty {
        Ty::List(item) => Some(*item),
        Ty::Either(one, other) => item_type(*one).or_else(|| item_type(*other)),
        _ => None,
    }
}

/// The keys that a map may have, where they are fixed.
#[must_use]
pub fn fields(ty: Ty) -> &'static [FieldSpec] {
    match ty {
        Ty::Struct(fields) => fields,
        Ty::Either(one, other) if fields(*one).is_empty() => fields(*other),
        Ty::Either(one, _) => fields(*one),
        _ => &[],
    }
}

fn field(ty: Ty, key: &str) -> Option<&'static FieldSpec> {
    fields(ty).iter().find(|field| field.name == key)
}
