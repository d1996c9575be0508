//! Resolved options: layers of annotations, and which of them decided what.
//!
//! Weakest first: built-in defaults; `METAFLOW_*` variables; `[batch]`;
//! `[env.NAME.batch]`; the flow's profiles, then its own annotations; each
//! profile a step uses, left to right; the step's own annotations.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use crate::check::annotations::{Layer, Profiles};
use crate::check::form;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::driver::Settings;
use crate::schema::{self, ANNOTATIONS, Merge, Opt, OptionSpec};
use crate::source::Span;
use crate::value::{Entry, Kind, Value};

/// What decided an option.
#[derive(Clone, Debug)]
pub struct Setting<'a> {
    /// The value, of the type that the table states, or opaque.
    pub value: Value<'a>,
    /// Where the option was written; for a variable, where its effect is reported.
    pub span: Span,
    /// The row of the table that was written.
    pub spec: &'static OptionSpec,
    /// The `METAFLOW_*` variable that decided it, if one did.
    pub variable: Option<&'static str>,
    /// How strong its layer is; see [`Strength`].
    pub strength: Strength,
}

/// The layers, weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Strength {
    /// A built-in default that is known only when all else is.
    Default,
    /// A `METAFLOW_*` variable.
    Variable,
    /// `[batch]`
    Config,
    /// `[env.NAME.batch]`
    Env,
    /// A profile that the flow uses, by its place among them.
    FlowProfile(usize),
    /// The flow's own annotations.
    Flow,
    /// A profile that the step uses, by its place among them.
    StepProfile(usize),
    /// The step's own annotations.
    Step,
}

/// A set of options, a bit an option.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Opts(u128);

impl Opts {
    /// The set of some options.
    #[must_use]
    pub const fn of(opts: &[Opt]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < opts.len() {
            bits |= 1 << opts[index] as u32;
            index += 1;
        }
        Self(bits)
    }

    fn has(self, opt: Opt) -> bool {
        self.0 & (1 << opt as u32) != 0
    }

    fn add(&mut self, opt: Opt) {
        self.0 |= 1 << opt as u32;
    }
}

/// The options of a step.
#[derive(Clone, Debug)]
pub struct Resolved<'a> {
    /// What holds for the whole flow, an option a place.
    flow: Rc<[Option<Rc<Setting<'a>>>]>,
    /// Which options these are.
    of_flow: Opts,
    /// What a step decides itself.
    own: Vec<Rc<Setting<'a>>>,
    /// Which options these are.
    decided: Opts,
    /// Where a `@retry` stands that applies, with or without options.
    pub retry: Option<Span>,
}

impl Default for Resolved<'_> {
    fn default() -> Self {
        Self {
            flow: vec![None; Opt::COUNT].into(),
            of_flow: Opts::default(),
            own: Vec::new(),
            decided: Opts::default(),
            retry: None,
        }
    }
}

impl<'a> Resolved<'a> {
    /// What decided an option; `None` when its default applies.
    #[must_use]
    pub fn get(&self, opt: Opt) -> Option<&Setting<'a>> {
        self.slot(opt).map(Rc::as_ref)
    }

    fn slot(&self, opt: Opt) -> Option<&Rc<Setting<'a>>> {
        if self.decided.has(opt) {
            self.own.iter().find(|setting| setting.spec.opt == opt)
        } else {
            self.flow[opt as usize].as_ref()
        }
    }

    /// Whether any of some options was written.
    #[must_use]
    pub fn has_any(&self, opts: Opts) -> bool {
        (self.of_flow.0 | self.decided.0) & opts.0 != 0
    }

    /// Every setting that applies.
    fn settings(&self) -> impl Iterator<Item = &Rc<Setting<'a>>> {
        // Few options are written, of all that there are.
        let mut left = self.of_flow.0 & !self.decided.0;
        let next = move || {
            let index = left.trailing_zeros() as usize;
            left &= left.checked_sub(1)?;
            self.flow.get(index)
        };
        std::iter::from_fn(next).flatten().chain(&self.own)
    }

    /// Whether an option was written, and what it says is a mistake or not known yet.
    #[must_use]
    pub fn is_opaque(&self, opt: Opt) -> bool {
        self.get(opt)
            .is_some_and(|setting| setting.value.is_opaque())
    }

    /// An integer option; `None` when not written or opaque.
    #[must_use]
    pub fn int(&self, opt: Opt) -> Option<i64> {
        match self.get(opt)?.value.kind {
            Kind::Int(number, _) => Some(number),
            _ => None,
        }
    }

    /// A string option; `None` when not written or opaque.
    #[must_use]
    pub fn str(&self, opt: Opt) -> Option<&str> {
        self.get(opt)?.value.as_str()
    }

    /// A boolean option; `None` when not written or opaque.
    #[must_use]
    pub fn bool(&self, opt: Opt) -> Option<bool> {
        match self.get(opt)?.value.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A list option; empty when not written or opaque.
    #[must_use]
    pub fn list(&self, opt: Opt) -> &[Value<'a>] {
        match self.get(opt).map(|setting| &setting.value.kind) {
            Some(Kind::List(items)) => items,
            _ => &[],
        }
    }

    /// A map option; empty when not written or opaque.
    #[must_use]
    pub fn map(&self, opt: Opt) -> &[Entry<'a>] {
        match self.get(opt).map(|setting| &setting.value.kind) {
            Some(Kind::Map(entries)) => entries,
            _ => &[],
        }
    }

    /// Where an option's value was written.
    #[must_use]
    pub fn span(&self, opt: Opt) -> Option<Span> {
        self.get(opt).map(|setting| setting.value.span)
    }

    /// The bytes of all texts in the values, with those around each of them in JSON.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        fn bytes(kind: &Kind<'_>) -> usize {
            match kind {
                Kind::List(items) => items.iter().map(|item| bytes(&item.kind)).sum(),
                Kind::Map(entries) => entries
                    .iter()
                    .map(|entry| entry.key.len() + bytes(&entry.value.kind) + 24)
                    .sum(),
                kind => kind.as_text().map_or(8, str::len) + 4,
            }
        }
        self.settings()
            .map(|setting| bytes(&setting.value.kind))
            .sum()
    }

    /// Lays a stronger setting over what is there.
    fn overlay(&mut self, setting: &Rc<Setting<'a>>) {
        let opt = setting.spec.opt;
        let merged = match self.slot(opt) {
            Some(weaker) if setting.spec.merge == Merge::Keys => {
                Rc::new(merge_keys(weaker, setting))
            }
            _ => Rc::clone(setting),
        };
        self.set(merged);
    }

    fn set(&mut self, setting: Rc<Setting<'a>>) {
        let opt = setting.spec.opt;
        match self.own.iter_mut().find(|own| own.spec.opt == opt) {
            Some(own) => *own = setting,
            None => self.own.push(setting),
        }
        self.decided.add(opt);
    }

    /// Makes all that has been decided so far what steps start from.
    fn settle(&mut self) {
        let mut flow = self.flow.to_vec();
        for setting in self.own.drain(..) {
            let opt = setting.spec.opt;
            flow[opt as usize] = Some(setting);
            self.of_flow.add(opt);
        }
        self.flow = flow.into();
        self.decided = Opts::default();
    }

    /// Lays a step's only layer over what holds for the flow: its list is kept as it is.
    fn adopt(&mut self, mut layer: Layer<'a>) {
        for setting in &mut layer.settings {
            let opt = setting.spec.opt;
            if setting.spec.merge == Merge::Keys
                && let Some(weaker) = self.slot(opt)
            {
                *setting = Rc::new(merge_keys(weaker, setting));
            }
            self.decided.add(opt);
        }
        self.own = layer.settings;
        self.retry = layer.retry.or(self.retry);
    }

    /// Lays a whole layer over what is there.
    pub fn apply(&mut self, layer: &Layer<'a>) {
        for setting in &layer.settings {
            self.overlay(setting);
        }
        if layer.retry.is_some() {
            self.retry = layer.retry;
        }
    }
}

/// A map laid over a weaker one, key by key.
fn merge_keys<'a>(weaker: &Setting<'a>, stronger: &Setting<'a>) -> Setting<'a> {
    let (Kind::Map(base), Kind::Map(over)) = (&weaker.value.kind, &stronger.value.kind) else {
        return stronger.clone();
    };
    let mut entries: Vec<Entry<'a>> = base.to_vec();
    for entry in over.iter() {
        match entries.iter_mut().find(|known| known.key == entry.key) {
            Some(known) => merge_entry(known, entry),
            None => entries.push(entry.clone()),
        }
    }
    let mut merged = stronger.clone();
    merged.value.kind = Kind::Map(entries.into());
    merged
}

/// Nested maps (of `raw`) merge too; anything else is replaced.
fn merge_entry<'a>(weaker: &mut Entry<'a>, stronger: &Entry<'a>) {
    if let (Kind::Map(base), Kind::Map(over)) = (&weaker.value.kind, &stronger.value.kind) {
        let mut entries: Vec<Entry<'a>> = base.to_vec();
        for entry in over.iter() {
            match entries.iter_mut().find(|known| known.key == entry.key) {
                Some(known) => merge_entry(known, entry),
                None => entries.push(entry.clone()),
            }
        }
        weaker.value.kind = Kind::Map(entries.into());
        weaker.span = stronger.span;
        weaker.value.span = stronger.value.span;
    } else {
        *weaker = stronger.clone();
    }
}

/// The layers that every step of a flow starts from.
#[derive(Debug)]
pub struct Base<'a> {
    /// The flow's options.
    pub resolved: Resolved<'a>,
    /// `METAFLOW_BATCH_CONTAINER_REGISTRY`, if it is set.
    pub registry: Option<&'a str>,
    /// What is wrong with the value of a variable, to be said if it decides something.
    pub wrong: Vec<(&'static str, Diagnostic)>,
}

impl<'a> Base<'a> {
    /// Resolves what holds for the whole flow; `at` is where the effect of a variable is reported.
    pub fn new(
        settings: &'a Settings,
        config: &Config<'a>,
        flow: &Layer<'a>,
        profiles: &Profiles<'a>,
        at: Span,
        sink: &mut Diagnostics,
    ) -> Self {
        let mut resolved = Resolved::default();
        let mut wrong = Vec::new();
        resolved.apply(&variables(settings, at, &mut wrong));
        resolved.apply(&config_layer(&config.batch, Strength::Config, sink));
        resolved.apply(&config_layer(&config.env_batch, Strength::Env, sink));
        for (place, &profile) in flow.uses.iter().enumerate() {
            resolved.apply(&profiles.layer(profile).with(Strength::FlowProfile(place)));
        }
        resolved.apply(&flow.with(Strength::Flow));
        resolved.settle();
        Self {
            resolved,
            wrong,
            registry: settings
                .variables
                .get(REGISTRY)
                .map(String::as_str)
                .filter(|registry| !registry.is_empty()),
        }
    }

    /// A step's options.
    #[must_use]
    pub fn step(&self, own: Layer<'a>, profiles: &Profiles<'a>) -> Resolved<'a> {
        let mut resolved = self.resolved.clone();
        if own.uses.is_empty() {
            resolved.adopt(own);
            return resolved;
        }
        for (place, &profile) in own.uses.iter().enumerate() {
            resolved.apply(&profiles.layer(profile).with(Strength::StepProfile(place)));
        }
        resolved.apply(&own);
        resolved
    }
}

/// The variable that is put before an image without a registry.
pub const REGISTRY: &str = "METAFLOW_BATCH_CONTAINER_REGISTRY";

/// The layer of the `METAFLOW_*` variables. Empty ones count as unset.
fn variables<'a>(
    settings: &'a Settings,
    at: Span,
    wrong: &mut Vec<(&'static str, Diagnostic)>,
) -> Layer<'a> {
    let mut layer = Layer::default();
    for spec in ANNOTATIONS.iter().flat_map(|annotation| annotation.options) {
        let Some(variable) = spec.variable else {
            continue;
        };
        let Some(text) = settings
            .variables
            .get(variable)
            .filter(|text| !text.is_empty())
        else {
            continue;
        };
        let value = Value::new(at, Kind::Str(Cow::Borrowed(text)));
        let mut found = Diagnostics::default();
        let value = crate::check::ty::check(
            value,
            &spec.ty,
            &format_args!("the variable {variable}"),
            &mut found,
        );
        wrong.extend(
            found
                .into_sorted()
                .into_iter()
                .map(|found| (variable, found)),
        );
        layer.settings.push(Rc::new(Setting {
            value,
            span: at,
            spec,
            variable: Some(variable),
            strength: Strength::Variable,
        }));
    }
    layer
}

/// The layer of a table of `flowbatch.toml`.
fn config_layer<'a>(
    options: &[crate::config::ConfigOption<'a>],
    strength: Strength,
    sink: &mut Diagnostics,
) -> Layer<'a> {
    let mut layer = Layer::default();
    for option in options {
        let mut found = Diagnostics::default();
        let value = crate::check::ty::check(
            option.value.clone(),
            &option.spec.ty,
            &format_args!("`{}`", option.spec.name),
            &mut found,
        );
        // TOML has no sizes: there they stand in quotes.
        sink.extend(found.into_sorted().into_iter().map(|mut diagnostic| {
            for edit in diagnostic.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
                if edit.text.ends_with("iB") {
                    edit.text = format!("\"{}\"", edit.text);
                }
            }
            diagnostic
        }));
        let value = crate::check::annotations::normalize(value, option.spec);
        crate::check::annotations::check_entries(&value, option.spec, sink);
        layer.settings.push(Rc::new(Setting {
            value,
            span: option.key,
            spec: option.spec,
            variable: None,
            strength,
        }));
    }
    layer
}

/// Reports options of `[env.NAME.batch]` that every step overrides.
pub fn unused_env_options<'a, 's>(
    config: &Config<'a>,
    steps: impl Iterator<Item = &'s Resolved<'a>> + Clone,
    sink: &mut Diagnostics,
) where
    'a: 's,
{
    for option in &config.env_batch {
        let used = steps.clone().any(|step| {
            step.get(option.opt).is_some_and(|setting| {
                setting.strength == Strength::Env
                    || (option.spec.merge == Merge::Keys && keeps_key_of(setting, option))
            })
        });
        if !used {
            sink.push(
                Diagnostic::new(
                    &crate::codes::config::UNUSED_ENV_OPTION,
                    option.key,
                    format!("every step overrides `{}`", option.spec.name),
                )
                .help("annotations in the flow are stronger than flowbatch.toml; remove one of the two"),
            );
        }
    }
}

/// Whether a merged map still holds an entry that the option of the toml wrote.
fn keeps_key_of(setting: &Setting<'_>, option: &crate::config::ConfigOption<'_>) -> bool {
    match &setting.value.kind {
        Kind::Map(entries) => entries
            .iter()
            .any(|entry| option.value.span.contains(entry.span)),
        _ => true,
    }
}

/// Reports variables whose values are wrong, where they decide something.
pub fn wrong_variables<'a, 's>(
    wrong: Vec<(&'static str, Diagnostic)>,
    steps: impl Iterator<Item = &'s Resolved<'a>> + Clone,
    sink: &mut Diagnostics,
) where
    'a: 's,
{
    for (variable, diagnostic) in wrong {
        let decides = steps.clone().any(|step| {
            let setting = step.settings();
            let mut decided = setting.filter(|setting| setting.variable == Some(variable));
            decided.any(|setting| {
                setting.spec.opt != Opt::ExecutionRole || step.writes_execution_role()
            })
        });
        if decides {
            sink.push(diagnostic);
        }
    }
}

/// Reports a registry that cannot stand before the images, given with their places.
pub fn wrong_registry<'i>(
    registry: &str,
    images: impl Iterator<Item = (&'i str, Span)>,
    at: Span,
    sink: &mut Diagnostics,
) {
    let before = |image: &str| format!("{}/{image}", registry.trim_end_matches('/'));
    if crate::batch::definition::has_registry(&before("image")) {
        if let Err(error) = form::ecr_image(&before("image")) {
            let mut diagnostic = Diagnostic::new(
                &crate::codes::values::ECR_IMAGE,
                at,
                format!("the variable {REGISTRY}: {}", error.message),
            );
            diagnostic.help = error.help;
            sink.push(diagnostic);
        }
        // Each is fine alone: together they may be too long.
        for (image, place) in images {
            if let Err(error) = form::parse_image(&before(image)) {
                let mut diagnostic = Diagnostic::new(
                    &crate::codes::values::OPTION_FORM,
                    place,
                    format!("`image`, with {REGISTRY} before it: {}", error.message),
                );
                diagnostic.help = error.help;
                sink.push(diagnostic);
            }
        }
    } else {
        sink.push(
            Diagnostic::new(
                &crate::codes::values::OPTION_FORM,
                at,
                format!("the variable {REGISTRY}: `{registry}` is not a registry"),
            )
            .help("write a host, perhaps with a port and a path: `registry.example.com:5000/team`"),
        );
    }
}

/// Reports, once a variable, that a `METAFLOW_*` variable decided a value.
pub fn ambient_options<'a, 's>(
    steps: impl Iterator<Item = (&'s Resolved<'a>, &'s str)>,
    registry: Option<(&str, bool)>,
    at: Span,
    sink: &mut Diagnostics,
) where
    'a: 's,
{
    let mut decided: HashMap<&'static str, (&'static str, String, &str)> = HashMap::new();
    for (step, name) in steps {
        for setting in step.settings() {
            if let (Some(variable), Some(value)) = (setting.variable, setting.value.as_str()) {
                if setting.spec.opt == Opt::ExecutionRole && !step.writes_execution_role() {
                    continue;
                }
                decided
                    .entry(variable)
                    .or_insert_with(|| (setting.spec.name, value.to_owned(), name));
            }
        }
    }
    for spec in ANNOTATIONS.iter().flat_map(|annotation| annotation.options) {
        if let Some((variable, (option, value, step))) = spec
            .variable
            .and_then(|variable| decided.get_key_value(variable))
        {
            sink.push(
                Diagnostic::new(
                    &crate::codes::config::AMBIENT_OPTION,
                    at,
                    format!("{variable} decides `{option}`: `{value}`"),
                )
                .help(format!(
                    "first of step `{step}`; write `{option}` in the flow or in flowbatch.toml, so \
                     that the result does not depend on who builds"
                )),
            );
        }
    }
    if let Some((registry, true)) = registry {
        sink.push(
            Diagnostic::new(
                &crate::codes::config::AMBIENT_OPTION,
                at,
                format!("{REGISTRY} is put before `image`: `{registry}`"),
            )
            .help(
                "write the registry in `image`, so that the result does not depend on who builds",
            ),
        );
    }
}

impl Resolved<'_> {
    /// Whether `executionRoleArn` is written: always on Fargate and where something is read with
    /// it; on EC2 otherwise only when a flow or a toml asks for it, not a variable.
    #[must_use]
    pub fn writes_execution_role(&self) -> bool {
        self.get(Opt::ExecutionRole).is_some_and(|role| {
            role.variable.is_none() || self.is_fargate() || self.needs_execution_role()
        })
    }

    /// Whether secrets or registry credentials are read with the execution role.
    #[must_use]
    pub fn needs_execution_role(&self) -> bool {
        !self.map(Opt::Secrets).is_empty()
            || !self.map(Opt::SecretLogOptions).is_empty()
            || self.get(Opt::RepositoryCredentials).is_some()
    }

    /// Whether the step runs on Fargate, as far as that is known.
    #[must_use]
    pub fn is_fargate(&self) -> bool {
        self.str(Opt::Platform) == Some("fargate")
    }

    /// Sets the platform where no annotation states it.
    pub fn set_platform(&mut self, platform: &'static str, span: Span, strength: Strength) {
        self.set(Rc::new(Setting {
            value: Value::new(span, Kind::Str(Cow::Borrowed(platform))),
            span,
            spec: &schema::PLATFORM,
            variable: None,
            strength,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::Opt;

    #[test]
    fn every_option_has_a_bit() {
        assert!(Opt::COUNT <= u128::BITS as usize);
    }
}
