//! Every resolved option, and where it came from.

use serde_json::Value as Json;

use crate::batch::definition;
use crate::check::Checked;
use crate::check::options::{Resolved, Setting};
use crate::check::resources::{
    DEFAULT_RETRIES, DEFAULT_SWAPPINESS, DEFAULT_TIMEOUT, DEFAULT_TMPFS_PATH,
};
use crate::driver::{ExplainedOption, ExplainedStep, Explanation, Origin};
use crate::flow::Step;
use crate::schema::{ANNOTATIONS, AnnotationSpec, Opt, OptionSpec};
use crate::value::{Kind, Value};

/// Explains a flow.
pub(crate) fn explain(checked: &Checked<'_>) -> Explanation {
    Explanation {
        flow: checked.flow.name.to_owned(),
        steps: checked
            .flow
            .steps
            .iter()
            .map(|step| explain_step(checked, step))
            .collect(),
    }
}

fn explain_step(checked: &Checked<'_>, step: &Step<'_>) -> ExplainedStep {
    let flow = &checked.flow;
    let is_job = step.run.is_some();
    ExplainedStep {
        name: step.name.to_owned(),
        span: step.span,
        kind: step.kind.as_str(),
        job_definition: is_job.then(|| definition::name(checked, step)),
        array_size: step.scope.map(|scope| flow.scopes[scope].size),
        depends_on: step
            .depends_on
            .iter()
            .map(|dependency| {
                (
                    flow.steps[dependency.step].name.to_owned(),
                    dependency.n_to_n.then_some("N_TO_N"),
                )
            })
            .collect(),
        options: if is_job {
            options(checked, step)
        } else {
            Vec::new()
        },
    }
}

/// The options in the order of the table: what was written, and defaults that apply.
fn options(checked: &Checked<'_>, step: &Step<'_>) -> Vec<ExplainedOption> {
    let mut seen = [false; Opt::COUNT];
    let mut explained = Vec::new();
    for (annotation, spec) in ANNOTATIONS.iter().flat_map(|annotation| {
        annotation
            .options
            .iter()
            .map(move |spec| (annotation, spec))
    }) {
        if std::mem::replace(&mut seen[spec.opt as usize], true) {
            continue;
        }
        let option = match step.options.get(spec.opt) {
            Some(setting) => Some(written(annotation, setting, checked, &step.options)),
            None => default(annotation, spec, checked, step),
        };
        explained.extend(option);
    }
    explained
}

fn written(
    annotation: &AnnotationSpec,
    setting: &Setting<'_>,
    checked: &Checked<'_>,
    options: &Resolved<'_>,
) -> ExplainedOption {
    let mut origins = Vec::new();
    match (&setting.value.kind, setting.variable) {
        (_, Some(variable)) => origins.push(Origin::Variable(variable)),
        // A merged map may come from several places.
        (Kind::Map(entries), None) if !entries.is_empty() => {
            for entry in entries.iter() {
                let origin = Origin::Place(entry.span);
                if !origins.contains(&origin) {
                    origins.push(origin);
                }
            }
        }
        _ => origins.push(Origin::Place(setting.span)),
    }
    let params = checked.flow.params.iter();
    let mut given = params.filter(|param| param.from_arguments());
    if let Some(param) = given.find(|param| setting.value.defined == Some(param.span)) {
        origins.push(Origin::Derived(format!("-p {}", param.name)));
    }
    let mut value = to_json(&setting.value);
    if setting.spec.opt == Opt::Image && !setting.value.is_opaque() {
        let image = definition::image(checked, options);
        if setting.value.as_str() != Some(&image) {
            value = Some(Json::from(image));
            origins.push(Origin::Variable(crate::check::options::REGISTRY));
        }
    }
    if setting.spec.opt == Opt::Platform && setting.span == checked.flow.span {
        origins = vec![Origin::Default];
    }
    ExplainedOption {
        annotation: annotation.name,
        name: name_of(setting.spec).to_owned(),
        value,
        origins,
    }
}

/// The three parts of `@timeout` are one option.
fn name_of(spec: &OptionSpec) -> &'static str {
    match spec.opt {
        Opt::Timeout => "seconds",
        _ => spec.name,
    }
}

fn default(
    annotation: &AnnotationSpec,
    spec: &OptionSpec,
    checked: &Checked<'_>,
    step: &Step<'_>,
) -> Option<ExplainedOption> {
    let options = &step.options;
    let on_fargate = options.is_fargate();
    let (value, origin) = match spec.opt {
        Opt::Cpu => (Json::from(1), Origin::Default),
        Opt::Memory => (
            Json::from(crate::check::resources::DEFAULT_MEMORY),
            Origin::Default,
        ),
        Opt::Image => {
            let image = definition::image(checked, options);
            let mut origins = vec![checked.python.map_or(Origin::Default, Origin::Place)];
            if image != checked.default_image {
                origins.push(Origin::Variable(crate::check::options::REGISTRY));
            }
            return Some(ExplainedOption {
                annotation: annotation.name,
                name: spec.name.to_owned(),
                value: Some(Json::from(image)),
                origins,
            });
        }
        Opt::Swappiness if options.get(Opt::MaxSwap).is_some() => (
            Json::from(DEFAULT_SWAPPINESS),
            Origin::Derived("because of `max_swap`".into()),
        ),
        Opt::UseTmpfs if options.tmpfs().is_some() => (
            Json::from(true),
            Origin::Derived("because of `tmpfs_size`".into()),
        ),
        Opt::TmpfsTempdir if options.tmpfs().is_some() => (Json::from(true), Origin::Default),
        Opt::TmpfsPath if options.tmpfs().is_some() => {
            (Json::from(DEFAULT_TMPFS_PATH), Origin::Default)
        }
        Opt::TmpfsSize if options.tmpfs().is_some() => {
            let size = options.tmpfs().and_then(|tmpfs| tmpfs.size);
            return Some(ExplainedOption {
                annotation: annotation.name,
                name: spec.name.to_owned(),
                value: size.map(Json::from),
                origins: vec![Origin::Derived("half of `memory`".into())],
            });
        }
        Opt::AssignPublicIp if on_fargate => (Json::from(true), Origin::Default),
        Opt::PropagateTags => (Json::from(true), Origin::Default),
        Opt::Times if options.retry.is_some() => (
            Json::from(DEFAULT_RETRIES),
            options.retry.map_or(Origin::Default, Origin::Place),
        ),
        Opt::Times => (Json::from(0), Origin::Default),
        Opt::Timeout => (Json::from(DEFAULT_TIMEOUT), Origin::Default),
        Opt::JobDefinitionName => (
            Json::from(definition::name(checked, step)),
            checked.prefix.map_or(Origin::Default, Origin::Place),
        ),
        _ => return None,
    };
    Some(ExplainedOption {
        annotation: annotation.name,
        name: name_of(spec).to_owned(),
        value: Some(value),
        origins: vec![origin],
    })
}

/// A resolved value as JSON; `None` where a param that decides it has no value.
fn to_json(value: &Value<'_>) -> Option<Json> {
    Some(match &value.kind {
        Kind::Bool(flag) => Json::from(*flag),
        Kind::Int(number, _) => Json::from(*number),
        Kind::Decimal(number, _) => Json::from(*number),
        Kind::Size(_, text) => Json::from(text.as_ref()),
        Kind::Str(text) => Json::from(text.as_ref()),
        Kind::List(items) => Json::Array(items.iter().map(to_json).collect::<Option<_>>()?),
        Kind::Map(entries) => Json::Object(
            entries
                .iter()
                .map(|entry| Some((entry.key.to_string(), to_json(&entry.value)?)))
                .collect::<Option<_>>()?,
        ),
        Kind::Unknown(_) | Kind::Error => return None,
    })
}
