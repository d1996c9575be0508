//! Annotations as written, to layers of settings.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use crate::batch::definition::field;
use crate::check::load::Program;
use crate::check::names::{Names, Place};
use crate::check::options::{Setting, Strength};
use crate::check::{form, run, ty};
use crate::codes::{names as name_codes, options as codes, run as run_codes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::{self, ANNOTATIONS, AnnotationSpec, Merge, Opt, OptionSpec};
use crate::source::{Sources, Span};
use crate::suggest;
use crate::syntax::ast;
use crate::value::{Entry, Kind, Value};

/// What one item's annotations say.
#[derive(Clone, Default, Debug)]
pub struct Layer<'a> {
    /// At most one a resolved option.
    pub settings: Vec<Rc<Setting<'a>>>,
    /// Where its `@retry` stands.
    pub retry: Option<Span>,
    /// The profiles it uses, in order.
    pub uses: Vec<usize>,
}

impl<'a> Layer<'a> {
    /// The same settings as part of another layer.
    #[must_use]
    pub fn with(&self, strength: Strength) -> Self {
        let mut layer = self.clone();
        for setting in &mut layer.settings {
            if setting.strength != strength {
                Rc::make_mut(setting).strength = strength;
            }
        }
        layer
    }
}

/// What the annotations belong to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owner {
    /// The flow.
    Flow,
    /// A profile.
    Profile,
    /// A step.
    Step,
}

/// The profiles of all files.
#[derive(Debug)]
pub struct Profiles<'a> {
    /// Whether an import is missing, with what it would have defined.
    incomplete: bool,
    by_name: HashMap<&'a str, usize>,
    list: Vec<Profile<'a>>,
}

#[derive(Debug)]
struct Profile<'a> {
    name: &'a str,
    span: Span,
    file: usize,
    layer: Layer<'a>,
    used: std::cell::Cell<bool>,
}

impl<'a> Profiles<'a> {
    /// Reads all profiles of a program.
    pub fn new(program: &'a Program, names: &Names<'a>, sink: &mut Diagnostics) -> Self {
        let Program {
            sources,
            files,
            incomplete,
            ..
        } = program;
        let incomplete = *incomplete;
        let mut profiles = Self {
            incomplete,
            by_name: HashMap::new(),
            list: Vec::new(),
        };
        for (file, ast) in files.iter().enumerate() {
            for item in &ast.profiles {
                let name = sources.text(item.name.span);
                let reader = Reader {
                    sources,
                    names,
                    profiles: None,
                    sees: &[],
                    place: Place {
                        file,
                        params: false,
                    },
                };
                let layer = reader.read(&item.annotations, Owner::Profile, sink);
                if let Some(&first) = profiles.by_name.get(name) {
                    sink.push(
                        Diagnostic::new(
                            &name_codes::DUPLICATE_NAME,
                            item.name.span,
                            format!("profile `{name}` is already defined"),
                        )
                        .here("defined again")
                        .label(profiles.list[first].span, "first defined here")
                        .help("rename one of them"),
                    );
                    continue;
                }
                profiles.by_name.insert(name, profiles.list.len());
                profiles.list.push(Profile {
                    name,
                    span: item.name.span,
                    file,
                    layer,
                    used: std::cell::Cell::new(false),
                });
            }
        }
        // `@use` in a profile is a mistake; that nothing uses the profile it names follows from it.
        let annotations = files.iter().flat_map(|file| &file.profiles);
        for annotation in annotations.flat_map(|profile| &profile.annotations) {
            if sources.text(annotation.name.span) == "use" {
                for arg in &annotation.args {
                    if let Some(&profile) = profiles.by_name.get(sources.text(arg.span)) {
                        profiles.list[profile].used.set(true);
                    }
                }
            }
        }
        profiles
    }

    /// A profile's settings.
    #[must_use]
    pub fn layer(&self, profile: usize) -> &Layer<'a> {
        &self.list[profile].layer
    }

    /// Warns of profiles of the file `root` that nothing uses; a library's are for others.
    pub fn report_unused(&self, root: usize, sink: &mut Diagnostics) {
        for profile in &self.list {
            if profile.file == root && !profile.used.get() {
                sink.push(
                    Diagnostic::new(
                        &name_codes::UNUSED_PROFILE,
                        profile.span,
                        format!("nothing uses profile `{}`", profile.name),
                    )
                    .help(format!(
                        "write `@use({})` before the flow or a step, or remove it",
                        profile.name
                    )),
                );
            }
        }
    }
}

/// Reads the annotations of one item.
#[derive(Debug)]
pub struct Reader<'r, 'a> {
    /// The texts.
    pub sources: &'a Sources,
    /// The names that values may use.
    pub names: &'r Names<'a>,
    /// The profiles that `@use` may name; `None` inside a profile.
    pub profiles: Option<&'r Profiles<'a>>,
    /// Which files the item's file sees.
    pub sees: &'r [bool],
    /// Where the item stands.
    pub place: Place,
}

/// Decorators of Metaflow that have no meaning here, with what to do instead.
const METAFLOW: &[(&str, &str)] = &[
    (
        "schedule",
        "start the flow from cron or an EventBridge schedule instead",
    ),
    ("trigger", "start the flow from an EventBridge rule instead"),
    (
        "trigger_on_finish",
        "start the flow after the other one instead",
    ),
    ("conda", "put the packages into the container image instead"),
    (
        "conda_base",
        "put the packages into the container image instead",
    ),
    ("pypi", "put the packages into the container image instead"),
    (
        "pypi_base",
        "put the packages into the container image instead",
    ),
    ("uv", "put the packages into the container image instead"),
    (
        "catch",
        "a failed job fails its dependants in AWS Batch; handle the error in the script instead",
    ),
    ("card", "write the report in the script instead"),
    ("checkpoint", "write checkpoints in the script instead"),
    ("project", "set `name_prefix` in flowbatch.toml instead"),
    (
        "exit_hook",
        "AWS Batch has no hooks; use an EventBridge rule on job state changes instead",
    ),
    (
        "kubernetes",
        "flowbatch compiles to AWS Batch: write `@batch`",
    ),
    ("step", "write `step NAME { … }`"),
    ("titus", "flowbatch compiles to AWS Batch: write `@batch`"),
    ("model", "load the model in the script instead"),
    ("huggingface_hub", "load the model in the script instead"),
    (
        "torchrun_parallel",
        "write `@parallel(nodes=n)` and call torchrun in the script",
    ),
    (
        "metaflow_ray",
        "write `@parallel(nodes=n)` and start ray in the script",
    ),
    (
        "unbounded_test_foreach_internal",
        "foreach is known at build time here",
    ),
];

impl<'a> Reader<'_, 'a> {
    /// Reads all annotations of an item.
    pub fn read(
        &self,
        annotations: &'a [ast::Annotation],
        owner: Owner,
        sink: &mut Diagnostics,
    ) -> Layer<'a> {
        let mut layer = Layer::default();
        let mut seen: Vec<(&'static str, Span)> = Vec::new();
        let mut options = Vec::new();
        for annotation in annotations {
            let Some(spec) = self.spec(annotation, sink) else {
                continue;
            };
            let misspelt = self.sources.text(annotation.name.span) != spec.name;
            if let Some(&(_, first)) = seen.iter().find(|(name, _)| *name == spec.name) {
                if misspelt {
                    continue; // which of the two was meant as the other is not known
                }
                sink.push(
                    Diagnostic::new(
                        &codes::DUPLICATE_ANNOTATION,
                        annotation.name.span,
                        format!("`@{}` stands here twice", spec.name),
                    )
                    .label(first, "the first one")
                    .help("put all its options into one"),
                );
                continue;
            }
            seen.push((spec.name, annotation.name.span));
            let misplaced = match owner {
                Owner::Flow => !spec.places.flow,
                Owner::Profile => !spec.places.profile,
                Owner::Step => false,
            };
            if misplaced {
                let (message, help) = if owner == Owner::Flow {
                    (
                        format!("`@{}` cannot stand before a flow", spec.name),
                        "put it before the step that it is for",
                    )
                } else {
                    (
                        format!("`@{}` cannot stand in a profile", spec.name),
                        "write `@use` before the flow or a step, with every profile it needs",
                    )
                };
                sink.push(
                    Diagnostic::new(&codes::MISPLACED_ANNOTATION, annotation.name.span, message)
                        .help(help),
                );
                continue;
            }
            if spec.name == "use" {
                self.read_use(annotation, owner, &mut layer, sink);
                continue;
            }
            if spec.name == "retry" {
                layer.retry = Some(annotation.name.span);
            }
            if annotation.args.is_empty() && spec.name != "retry" && !annotation.broken {
                sink.push(
                    Diagnostic::new(
                        &codes::EMPTY_ANNOTATION,
                        annotation.span,
                        format!("`@{}` says nothing", spec.name),
                    )
                    .help(format!(
                        "give it an option, such as `{}`, or remove it",
                        spec.options[0].name
                    )),
                );
            }
            self.read_options(annotation, spec, &mut options, &mut layer, sink);
        }
        layer
    }

    /// The annotation that is written, or that was probably meant: so its options are checked,
    /// and nothing follows from their lack.
    fn spec(
        &self,
        annotation: &ast::Annotation,
        sink: &mut Diagnostics,
    ) -> Option<&'static AnnotationSpec> {
        let name = self.sources.text(annotation.name.span);
        if let Some(spec) = schema::annotation(name) {
            return Some(spec);
        }
        if let Some((_, instead)) = METAFLOW.iter().find(|(decorator, _)| *decorator == name) {
            sink.push(
                Diagnostic::new(
                    &codes::METAFLOW_DECORATOR,
                    annotation.span,
                    format!("Metaflow's `@{name}` has no meaning here"),
                )
                .help(*instead)
                .suggest("remove it", annotation.span, ""),
            );
            return None;
        }
        let diagnostic = Diagnostic::new(
            &codes::UNKNOWN_ANNOTATION,
            annotation.name.span,
            format!("there is no annotation `@{name}`"),
        );
        let known: Vec<String> = ANNOTATIONS
            .iter()
            .map(|spec| format!("`@{}`", spec.name))
            .collect();
        let meant = suggest::closest(name, ANNOTATIONS.iter().map(|spec| spec.name));
        sink.push(match meant {
            Some(meant) => diagnostic
                .help(format!("did you mean `@{meant}`?"))
                .suggest(format!("write `@{meant}`"), annotation.name.span, meant),
            None => diagnostic.help(format!("there are {}", known.join(", "))),
        });
        meant.and_then(schema::annotation)
    }

    fn read_use(
        &self,
        annotation: &'a ast::Annotation,
        owner: Owner,
        layer: &mut Layer<'a>,
        sink: &mut Diagnostics,
    ) {
        if annotation.args.is_empty() && !annotation.broken {
            sink.push(
                Diagnostic::new(
                    &codes::EMPTY_ANNOTATION,
                    annotation.span,
                    "`@use` names no profile",
                )
                .help("write the name of a profile: `@use(gpu)`"),
            );
        }
        for arg in &annotation.args {
            let Some(value) = &arg.value else { continue };
            if matches!(value.kind, ast::ValueKind::Error) {
                continue;
            }
            if arg.key.is_some() || !matches!(value.kind, ast::ValueKind::Name) {
                let mut diagnostic = Diagnostic::new(
                    &name_codes::UNKNOWN_PROFILE,
                    arg.span,
                    "`@use` takes the names of profiles",
                )
                .help("write them without quotes: `@use(gpu, spot)`");
                if let (None, ast::ValueKind::Str(text)) = (arg.key, &value.kind) {
                    let text = self.names.plain_str(text);
                    if let Some(profiles) = self.profiles
                        && profiles.by_name.contains_key(text.as_ref())
                    {
                        diagnostic = diagnostic.fix("remove the quotes", value.span, text.clone());
                    }
                }
                sink.push(diagnostic);
                continue;
            }
            let Some(profiles) = self.profiles else {
                continue;
            };
            let name = self.sources.text(value.span);
            match profiles.by_name.get(name) {
                Some(&profile) if self.sees.get(profiles.list[profile].file) == Some(&true) => {
                    profiles.list[profile].used.set(true);
                    let mut settings = profiles.layer(profile).settings.iter();
                    if let Some(nodes) = settings.find(|setting| setting.spec.opt == Opt::Nodes)
                        && owner == Owner::Flow
                    {
                        sink.push(
                            Diagnostic::new(
                                &codes::MISPLACED_ANNOTATION,
                                value.span,
                                format!("profile `{name}` is for steps only"),
                            )
                            .label(nodes.span, "because of its `@parallel`")
                            .help(format!(
                                "write `@use({name})` before the steps that it is for"
                            )),
                        );
                        continue;
                    }
                    layer.uses.push(profile);
                }
                _ => {
                    let diagnostic = Diagnostic::new(
                        &name_codes::UNKNOWN_PROFILE,
                        value.span,
                        format!("there is no profile `{name}`"),
                    );
                    let meant =
                        suggest::closest(name, profiles.list.iter().map(|known| known.name));
                    if let Some(&profile) = meant.and_then(|meant| profiles.by_name.get(meant)) {
                        profiles.list[profile].used.set(true);
                    } else if profiles.incomplete {
                        continue; // it may be in a file that could not be imported
                    }
                    sink.push(match meant {
                        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")).suggest(
                            format!("write `{meant}`"),
                            value.span,
                            meant,
                        ),
                        None => diagnostic.help(format!(
                            "define `profile {name} {{ … }}`, or import the file that has it"
                        )),
                    });
                }
            }
        }
    }

    /// `seen` is memory for the options that have been read, of this annotation alone.
    fn read_options(
        &self,
        annotation: &'a ast::Annotation,
        spec: &'static AnnotationSpec,
        seen: &mut Vec<(&'static str, Span)>,
        layer: &mut Layer<'a>,
        sink: &mut Diagnostics,
    ) {
        let mut after_name = false;
        seen.clear();
        let first_setting = layer.settings.len();
        for arg in &annotation.args {
            let alone = annotation.args.len() == 1 && !annotation.broken;
            let (key, option) = match arg.key {
                Some(key) => (key.span, self.option(key, spec, sink)),
                // Behind the name of an option stands its value, without the `=`.
                None if after_name => {
                    after_name = false;
                    continue;
                }
                None => match self.positional(arg, spec, alone, sink) {
                    Positional::Name => {
                        after_name = true;
                        continue;
                    }
                    Positional::Unknown => continue,
                    Positional::Value(option) => (arg.span, Some(option)),
                },
            };
            after_name = false;
            let Some(option) = option else {
                continue;
            };
            let misspelt = arg.key.is_some() && self.sources.text(key) != option.name;
            if let Some(&(_, first)) = seen.iter().find(|(name, _)| *name == option.name) {
                if misspelt {
                    continue;
                }
                sink.push(
                    Diagnostic::new(
                        &codes::DUPLICATE_OPTION,
                        key,
                        format!("`{}` is written twice", option.name),
                    )
                    .label(first, "the first one")
                    .help("keep one of them"),
                );
                continue;
            }
            seen.push((option.name, key));
            let value = match &arg.value {
                Some(value) => self.names.eval(value, self.place, sink),
                None => Value::new(arg.span, Kind::Error),
            };
            let value = if misspelt {
                Value::new(value.span, Kind::Error)
            } else {
                value
            };
            let value = ty::check(value, &option.ty, &format_args!("`{}`", option.name), sink);
            let value = normalize(value, option);
            check_entries(&value, option, sink);
            self.add(
                Setting {
                    value,
                    span: key,
                    spec: option,
                    variable: None,
                    strength: Strength::Step,
                },
                layer,
                sink,
            );
        }
        if spec.name == "timeout" && layer.settings.len() > first_setting {
            check_timeout(annotation, layer, sink);
        }
    }

    /// Reports a value without the name of its option, and says what it is.
    fn positional(
        &self,
        arg: &ast::Arg,
        spec: &'static AnnotationSpec,
        alone: bool,
        sink: &mut Diagnostics,
    ) -> Positional {
        let Some(value) = &arg.value else {
            return Positional::Unknown;
        };
        if matches!(value.kind, ast::ValueKind::Error) {
            return Positional::Unknown;
        }
        let text = self.sources.text(value.span);
        if matches!(value.kind, ast::ValueKind::Name) && spec.option(text).is_some() {
            sink.push(
                Diagnostic::new(
                    &codes::POSITIONAL_ARGUMENT,
                    arg.span,
                    format!("`{text}` has no value"),
                )
                .help(format!("write `{text}=` and the value")),
            );
            return Positional::Name;
        }
        let mut diagnostic = Diagnostic::new(
            &codes::POSITIONAL_ARGUMENT,
            arg.span,
            format!("`{text}` has no option name"),
        )
        .help(format!(
            "options of `@{}` are written `name=value`",
            spec.name
        ));
        let meant = match spec.options {
            [only] if alone && can_be(&value.kind, &only.ty) => Some(only),
            _ => None,
        };
        if let Some(meant) = meant {
            diagnostic = diagnostic.fix(
                format!("write `{}=`", meant.name),
                arg.span.before(),
                format!("{}=", meant.name),
            );
        }
        sink.push(diagnostic);
        meant.map_or(Positional::Unknown, Positional::Value)
    }

    /// The option that is written, or that was probably meant.
    fn option(
        &self,
        key: ast::Name,
        spec: &'static AnnotationSpec,
        sink: &mut Diagnostics,
    ) -> Option<&'static OptionSpec> {
        let name = self.sources.text(key.span);
        if let Some(option) = spec.option(name) {
            return Some(option);
        }
        let diagnostic = Diagnostic::new(
            &codes::UNKNOWN_OPTION,
            key.span,
            format!("`@{}` has no option `{name}`", spec.name),
        );
        let with = |name: &str| {
            ANNOTATIONS
                .iter()
                .find(|annotation| annotation.option(name).is_some())
        };
        let alias = alias(name);
        let elsewhere = with(name).map(|other| (other, name)).or_else(|| {
            let alias = alias.filter(|alias| spec.option(alias).is_none())?;
            Some((with(alias)?, alias))
        });
        let meant = alias
            .filter(|alias| spec.option(alias).is_some())
            .or_else(|| suggest::closest(name, spec.options.iter().map(|option| option.name)))
            .filter(|_| elsewhere.is_none());
        sink.push(match elsewhere {
            Some((other, meant)) if meant == name => {
                diagnostic.help(format!("`{name}` is an option of `@{}`", other.name))
            }
            Some((other, meant)) => diagnostic.help(format!("write `@{}({meant}=…)`", other.name)),
            None if spec.options[0].opt == Opt::Vars || spec.options[0].opt == Opt::Secrets => {
                diagnostic.help(format!(
                    "variables stand in one map: `@{}(vars={{ {name} = … }})`",
                    spec.name
                ))
            }
            None => match meant {
                Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")).suggest(
                    format!("write `{meant}`"),
                    key.span,
                    meant,
                ),
                None => {
                    const SHOWN: usize = 8;
                    let known: Vec<String> = spec
                        .options
                        .iter()
                        .take(SHOWN)
                        .map(|option| format!("`{}`", option.name))
                        .collect();
                    let more = spec.options.len().saturating_sub(SHOWN);
                    diagnostic.help(if more > 0 {
                        format!(
                            "its options are {} and {more} more, all in docs/options.md",
                            known.join(", ")
                        )
                    } else {
                        format!("its options are {}", known.join(", "))
                    })
                }
            },
        });
        meant.and_then(|meant| spec.option(meant))
    }

    /// Adds a setting to a layer in which another spelling of the option may already stand.
    fn add(&self, setting: Setting<'a>, layer: &mut Layer<'a>, sink: &mut Diagnostics) {
        let Some(known) = layer
            .settings
            .iter_mut()
            .find(|known| known.spec.opt == setting.spec.opt)
        else {
            layer.settings.push(Rc::new(setting));
            return;
        };
        match setting.spec.merge {
            Merge::Max => {
                if larger(&setting.value, &known.value) {
                    *known = Rc::new(setting);
                }
            }
            Merge::Sum => {
                let sum = match (&known.value.kind, &setting.value.kind) {
                    (Kind::Int(known, _), Kind::Int(more, _)) => {
                        number(known.saturating_add(*more))
                    }
                    (Kind::Error, _) | (_, Kind::Error) => Kind::Error,
                    _ => Kind::Unknown(crate::value::Type::Int),
                };
                let known = Rc::make_mut(known);
                known.value.kind = sum;
                known.value.span = known.value.span.to(setting.value.span);
            }
            Merge::Replace | Merge::Keys => {
                sink.push(
                    Diagnostic::new(
                        &codes::CONFLICTING_OPTIONS,
                        setting.span,
                        format!(
                            "`{}` and `{}` are two words for one option",
                            known.spec.name, setting.spec.name
                        ),
                    )
                    .label(known.span, "the other one")
                    .help("keep one of them"),
                );
            }
        }
    }
}

/// Checks what the type of an option does not say, where the option is written.
pub fn check_entries(value: &Value<'_>, spec: &OptionSpec, sink: &mut Diagnostics) {
    let opt = spec.opt;
    if opt == Opt::Raw {
        crate::batch::raw::check(value, sink);
    }
    references(value, sink);
    if opt == Opt::Ulimits {
        check_ulimits(value, sink);
    }
    crate::rules::secrets::option(opt, value, sink);
    let Kind::Map(entries) = &value.kind else {
        return;
    };
    if entries.is_empty() && spec.merge == Merge::Keys {
        sink.push(
            Diagnostic::new(
                &codes::OPTION_WITHOUT_EFFECT,
                value.span,
                "an empty map changes nothing",
            )
            .help("maps of all layers are merged key by key; remove it"),
        );
    }
    for (index, entry) in entries.iter().enumerate() {
        // Only a list of "key:value" can hold a key twice: the parser refuses it in a map.
        if opt == Opt::LogOptions
            && let Some(first) = entries[..index].iter().find(|known| known.key == entry.key)
        {
            sink.push(
                Diagnostic::new(
                    &codes::DUPLICATE_OPTION,
                    entry.span,
                    format!("`{}` is written twice", entry.key),
                )
                .label(first.span, "the first one")
                .help("keep one of them"),
            );
        }
        match opt {
            Opt::Vars | Opt::Secrets => super::variables::check_entry(entry, sink),
            Opt::BatchTags => {
                if let Err(error) = form::tag_key(&entry.key) {
                    let mut diagnostic = Diagnostic::new(
                        &crate::codes::values::OPTION_FORM,
                        entry.span,
                        if entry.key.is_empty() {
                            error.message
                        } else {
                            format!("the tag `{}`: {}", entry.key, error.message)
                        },
                    );
                    diagnostic.help = error.help;
                    sink.push(diagnostic);
                }
            }
            _ => {}
        }
    }
}

/// AWS Batch replaces `Ref::name` in commands only, and no option is one.
fn references(value: &Value<'_>, sink: &mut Diagnostics) {
    match &value.kind {
        Kind::Str(text) => {
            if let Some(found) = run::reference(text) {
                sink.push(
                    Diagnostic::new(
                        &run_codes::REF_OUTSIDE_COMMAND,
                        value.span,
                        format!("nothing replaces `{found}` here"),
                    )
                    .help(
                        "AWS Batch replaces it in commands only; a script has every param as a variable, \
                         and an option has its value at the build if the param is named, without quotes",
                    ),
                );
            }
        }
        Kind::List(items) => items.iter().for_each(|item| references(item, sink)),
        Kind::Map(entries) => {
            for entry in entries.iter() {
                references(&entry.value, sink);
            }
        }
        _ => {}
    }
}

/// Each limit stands there once, and its soft limit is not above the hard one: the kernel (setrlimit)
/// and the OCI runtime refuse anything else, so that no container starts.
fn check_ulimits(value: &Value<'_>, sink: &mut Diagnostics) {
    const UNLIMITED: i64 = -1;
    let Kind::List(items) = &value.kind else {
        return;
    };
    let mut seen: Vec<(&str, Span)> = Vec::new();
    for item in items.iter() {
        let Some((name, limit)) = field(item, "name").and_then(|name| Some((name, name.as_str()?)))
        else {
            continue;
        };
        match seen.iter().find(|(known, _)| *known == limit) {
            Some((_, first)) => sink.push(
                Diagnostic::new(
                    &codes::DUPLICATE_OPTION,
                    name.span,
                    format!("the limit `{limit}` is written twice"),
                )
                .label(*first, "the first one")
                .help("keep one of them: with two the container does not start"),
            ),
            None => seen.push((limit, name.span)),
        }
        let (Some(soft), Some(hard)) = (field(item, "soft"), field(item, "hard")) else {
            continue;
        };
        let (Kind::Int(low, low_text), Kind::Int(high, high_text)) = (&soft.kind, &hard.kind)
        else {
            continue;
        };
        if *high == UNLIMITED || (*low != UNLIMITED && low <= high) {
            continue;
        }
        let words = |number: &i64, text: &str| match *number {
            UNLIMITED => "no limit (-1)".to_owned(),
            _ => text.to_owned(),
        };
        let mut diagnostic = Diagnostic::new(
            &crate::codes::values::OPTION_RANGE,
            soft.span,
            format!(
                "the soft limit of `{limit}` is {}, and the hard one {}",
                words(low, low_text),
                words(high, high_text)
            ),
        )
        .label(hard.span, "the hard limit")
        .help("the soft limit is at most the hard one, where -1 is no limit; with another no container starts");
        for (key, value, text) in [("soft", soft, high_text), ("hard", hard, low_text)] {
            if value.defined.is_none() {
                diagnostic = diagnostic.suggest(
                    format!("write `{key} = {text}`"),
                    value.span,
                    text.as_ref(),
                );
            }
        }
        sink.push(diagnostic);
    }
}

/// Options of other tools, by their names there.
fn alias(name: &str) -> Option<&'static str> {
    Some(match name {
        "cpus" | "vcpu" | "vcpus" => "cpu",
        "gpus" => "gpu",
        "mem" | "ram" => "memory",
        "container" | "docker" | "docker_image" => "image",
        "timeout" | "attemptDurationSeconds" => "seconds",
        "job_queue" | "jobQueue" => "queue",
        "role" | "job_role" | "job_role_arn" | "jobRoleArn" => "iam_role",
        "exec_role" | "execution_role_arn" | "executionRoleArn" => "execution_role",
        "shm" | "shm_size" | "sharedMemorySize" => "shared_memory",
        "tags" => "aws_batch_tags",
        "volumes" | "mounts" => "host_volumes",
        "efs" => "efs_volumes",
        "disk" | "disk_size" => "ephemeral_storage",
        "priority" => "scheduling_priority",
        "retries" | "retry" | "count" | "attempts" | "max_attempts" => "times",
        "env" | "variables" | "environment" => "vars",
        "num_nodes" | "num_parallel" => "nodes",
        "architecture" | "cpu_architecture" => "arch",
        _ => return None,
    })
}

/// Whether a number is larger; one that is not known keeps what is known from being used.
fn larger(value: &Value<'_>, than: &Value<'_>) -> bool {
    fn as_f64(value: &Value<'_>) -> Option<f64> {
        match value.kind {
            #[allow(clippy::cast_precision_loss)] // only compared
            Kind::Int(number, _) => Some(number as f64),
            Kind::Decimal(number, _) => Some(number),
            _ => None,
        }
    }
    match (as_f64(value), as_f64(than)) {
        (Some(value), Some(than)) => value > than,
        (None, Some(_)) => true,
        _ => false,
    }
}

fn number<'a>(number: i64) -> Kind<'a> {
    Kind::Int(number, Cow::Owned(number.to_string()))
}

/// The seconds in one of what an option of `@timeout` counts.
fn seconds_of(option: &OptionSpec) -> i64 {
    match option.name {
        "minutes" if option.opt == Opt::Timeout => 60,
        "hours" if option.opt == Opt::Timeout => 3600,
        _ => 1,
    }
}

/// Brings the ways to write one value to one form.
pub fn normalize<'a>(value: Value<'a>, option: &OptionSpec) -> Value<'a> {
    let seconds = seconds_of(option);
    let kind = match (option.opt, value.kind) {
        (Opt::Timeout, Kind::Int(count, _)) if seconds > 1 => number(count.saturating_mul(seconds)),
        // A list of "key:value" is a map.
        (Opt::LogOptions, Kind::List(items)) => {
            let mut entries: Vec<Entry<'a>> = Vec::with_capacity(items.len());
            for item in items.iter() {
                if let Some((key, text)) = item
                    .as_str()
                    .and_then(|text| form::parse_key_value(text).ok())
                {
                    let entry = Entry {
                        key: Cow::Owned(key.to_owned()),
                        span: item.span,
                        value: Value {
                            kind: Kind::Str(Cow::Owned(text.to_owned())),
                            ..item.clone()
                        },
                    };
                    entries.push(entry);
                }
            }
            Kind::Map(entries.into())
        }
        (_, kind) => kind,
    };
    Value { kind, ..value }
}

/// "AttemptDurationSeconds in Timeout must be at least 60 seconds."
const MIN_TIMEOUT: i64 = 60;

/// What the API has room for.
const MAX_TIMEOUT: i64 = i32::MAX as i64;

fn check_timeout(annotation: &ast::Annotation, layer: &mut Layer<'_>, sink: &mut Diagnostics) {
    let Some(setting) = layer
        .settings
        .iter_mut()
        .find(|setting| setting.spec.opt == Opt::Timeout)
    else {
        return;
    };
    let Kind::Int(seconds, _) = setting.value.kind else {
        return;
    };
    let unit = seconds_of(setting.spec);
    let (message, help, nearest) = if seconds < MIN_TIMEOUT {
        (
            format!("a timeout of {seconds} seconds is too short"),
            format!("AWS Batch takes at least {MIN_TIMEOUT} seconds"),
            (MIN_TIMEOUT + unit - 1) / unit,
        )
    } else if seconds > MAX_TIMEOUT {
        (
            format!("a timeout of {seconds} seconds is too long"),
            format!("the API takes at most {MAX_TIMEOUT} seconds"),
            MAX_TIMEOUT / unit,
        )
    } else {
        return;
    };
    let mut diagnostic = Diagnostic::new(
        &crate::codes::values::OPTION_RANGE,
        setting.value.span,
        message,
    )
    .help(help);
    // Of several parts, which one is wrong is not known.
    if annotation.args.len() == 1 && setting.value.defined.is_none() {
        diagnostic = diagnostic.suggest(
            format!("write `{nearest}`"),
            setting.value.span,
            nearest.to_string(),
        );
    }
    sink.push(diagnostic);
    Rc::make_mut(setting).value.kind = Kind::Error;
}

/// What an argument without a name is.
enum Positional {
    /// The name of an option, without a value.
    Name,
    /// The value of the one option that can be meant.
    Value(&'static OptionSpec),
    /// Of no known option.
    Unknown,
}

/// Whether a value may have been meant for an option of this type.
fn can_be(kind: &ast::ValueKind, ty: &schema::Ty) -> bool {
    use ast::ValueKind as Is;
    match ty {
        schema::Ty::MapOf(_) => matches!(kind, Is::Map(_) | Is::Name),
        _ => matches!(kind, Is::Int(_) | Is::Name),
    }
}
