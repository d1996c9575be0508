//! A flow as a submission plan.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::batch::definition::{self, named_params, node_ranges, pairs};
use crate::batch::names;
use crate::batch::wire::{
    ArrayProperties, ContainerOverrides, DependsOn, Job, KeyValue, NodeOverrides,
    NodePropertyOverride, Pairs, Param, SubmitJob, Verbatim,
};
use crate::check::Checked;
use crate::flow::Step;
use crate::schema::Opt;
use crate::value::Kind;

/// The params, with the values in force.
#[must_use]
pub fn params<'m>(checked: &'m Checked<'_>) -> Vec<Param<'m>> {
    checked
        .flow
        .params
        .iter()
        .map(|param| Param {
            name: param.name.into(),
            ty: param.ty.as_str(),
            value: param.value().and_then(|value| {
                let json = match &value.kind {
                    Kind::Str(text) => serde_json::to_string(text).ok()?,
                    kind => kind.as_text()?.to_owned(),
                };
                RawValue::from_string(json).ok().map(Verbatim)
            }),
            fixed: param.fixed.borrow().is_some(),
        })
        .collect()
}

/// The jobs, in topological order.
#[must_use]
pub fn jobs<'m>(checked: &'m Checked<'_>) -> Vec<Job<'m>> {
    checked
        .flow
        .order
        .iter()
        .map(|&step| job(checked, &checked.flow.steps[step]))
        .collect()
}

/// One job of the plan.
#[must_use]
pub fn job<'m>(checked: &'m Checked<'_>, step: &'m Step<'_>) -> Job<'m> {
    Job {
        step: step.name.into(),
        job_definition: Cow::Owned(definition::name(checked, step)),
        depends_on: step
            .depends_on
            .iter()
            .map(|dependency| DependsOn {
                step: checked.flow.steps[dependency.step].name.into(),
                kind: dependency.n_to_n.then_some("N_TO_N"),
            })
            .collect(),
        request: request(checked, step),
    }
}

fn request<'m>(checked: &'m Checked<'_>, step: &'m Step<'_>) -> SubmitJob<'m> {
    let options = &step.options;
    let environment = overrides(checked);
    let nodes = options.int(Opt::Nodes);
    SubmitJob {
        job_name: Cow::Owned(names::definition(
            &checked.flow.prefix,
            checked.flow.name,
            step.name,
        )),
        job_queue: options.str(Opt::Queue).unwrap_or_default().into(),
        share_identifier: options.str(Opt::ShareIdentifier).map(Cow::Borrowed),
        array_properties: checked
            .flow
            .array_size(step)
            .map(|size| ArrayProperties { size }),
        parameters: parameters(checked, step),
        container_overrides: (nodes.is_none() && !environment.is_empty()).then(|| {
            ContainerOverrides {
                environment: environment.clone(),
            }
        }),
        node_overrides: nodes
            .filter(|_| !environment.is_empty())
            .map(|nodes| node_overrides(nodes, &environment)),
        tags: pairs(options.map(Opt::BatchTags)),
    }
}

/// The same environment for every range of nodes; the ranges must be the definition's.
#[must_use]
pub fn node_overrides<'m>(nodes: i64, environment: &[KeyValue<'m>]) -> NodeOverrides<'m> {
    NodeOverrides {
        node_property_overrides: node_ranges(nodes)
            .into_iter()
            .map(|range| NodePropertyOverride {
                target_nodes: Cow::Owned(range),
                container_overrides: ContainerOverrides {
                    environment: environment.to_vec(),
                },
            })
            .collect(),
    }
}

/// The params whose value is not the file's default, as environment.
#[must_use]
pub fn overrides<'m>(checked: &'m Checked<'_>) -> Vec<KeyValue<'m>> {
    checked
        .flow
        .params
        .iter()
        .filter_map(|param| {
            let text = param.override_text().filter(|text| !text.is_empty())?;
            Some(KeyValue {
                name: param.name.into(),
                value: text.into(),
            })
        })
        .collect()
}

/// The same, of those that the command names.
fn parameters<'m>(checked: &'m Checked<'_>, step: &'m Step<'_>) -> Pairs<'m> {
    let mut pairs = Pairs::default();
    for param in named_params(step) {
        let param = &checked.flow.params[param];
        if let Some(text) = param.override_text() {
            pairs.0.push((param.name.into(), text.into()));
        }
    }
    pairs
}
