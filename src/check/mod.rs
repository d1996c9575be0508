//! Names, types, graph and options: from syntax trees to the validated [`Flow`].

pub mod annotations;
pub mod form;
pub mod graph;
pub mod load;
pub mod names;
pub mod options;
pub mod resources;
pub mod run;
pub mod shell;
pub mod ty;
pub mod variables;

use crate::codes::options as option_codes;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::driver::{Settings, UsageError};
use crate::flow::{Flow, Step};
use crate::queue::{Fact, Queue};
use crate::rules;
use crate::schema::Opt;
use crate::source::{Sources, Span};
use crate::syntax::ast;

use annotations::{Owner, Profiles, Reader};
use load::Program;
use names::{Names, Place};
use options::{Base, Resolved, Strength};

/// A checked flow, and what lowering needs besides.
#[derive(Debug)]
pub struct Checked<'a> {
    /// The flow.
    pub flow: Flow<'a>,
    /// `METAFLOW_BATCH_CONTAINER_REGISTRY`, if it is set.
    pub registry: Option<&'a str>,
    /// The image of steps that name none.
    pub default_image: String,
    /// Where `python` stands, if it decided that image.
    pub python: Option<Span>,
    /// Where `name_prefix` stands.
    pub prefix: Option<Span>,
}

/// Checks a program; `None` when its root is a library.
pub fn check<'a>(
    program: &'a Program,
    config: &Config<'a>,
    settings: &'a Settings,
    usage: &mut Vec<UsageError>,
    sink: &mut Diagnostics,
) -> Option<Checked<'a>> {
    let sources = &program.sources;
    let root = program.files.len().checked_sub(1)?;
    let mut names = Names::new(program, sink);
    let place = Place {
        file: root,
        params: true,
    };
    let ast = program.files[root].flow.as_ref();
    if let Some(ast) = ast {
        names.add_params(ast, root, config, settings, usage, sink);
        rules::secrets::params(&names.params, sink);
        for step in &ast.steps {
            let foreach = step.next.as_ref().and_then(|next| next.foreach.as_ref());
            if let Some(name) = foreach.and_then(|foreach| foreach.variable) {
                names
                    .foreach_variables
                    .entry(sources.text(name.span))
                    .or_insert(name.span);
            }
        }
    }
    let profiles = Profiles::new(program, &names, sink);
    let ast = ast?;
    let reader = Reader {
        sources,
        names: &names,
        profiles: Some(&profiles),
        sees: &program.sees[root],
        place,
    };
    let name_span = ast.name.map_or(
        Span {
            end: ast.span.start,
            ..ast.span
        },
        |name| name.span,
    );
    let flow_layer = reader.read(&ast.annotations, Owner::Flow, sink);
    let mut base = Base::new(settings, config, &flow_layer, &profiles, name_span, sink);
    let graph = graph::build(sources, &names, place, ast, sink);
    let context = run::Context {
        sources,
        names: &names,
        place,
        graph: &graph,
    };

    // Without its first words, a flow has lost the annotations before them too: that it lacks a
    // queue is not said.
    let headless = ast.name.is_none() && ast.annotations.is_empty();
    let mut unsaid = Diagnostics::default();
    let mut steps: Vec<Step<'a>> = Vec::with_capacity(ast.steps.len());
    let mut rules = rules::Rules::default();
    let answered = settings.queues.completed(&config.queues);
    for (id, item) in ast.steps.iter().enumerate() {
        let own = reader.read(&item.annotations, Owner::Step, sink);
        let name = sources.text(item.name.span);
        let mut step = Step {
            name,
            span: item.name.span,
            kind: item.kind,
            run: None,
            scope: graph.scope[id].unwrap_or_default(),
            depends_on: Vec::new(),
            options: Resolved::default(),
        };
        if item.run.is_none() {
            control_point(sources, item, sink);
            steps.push(step);
            continue;
        }
        step.options = base.step(own, &profiles);
        let lacks = if headless { &mut unsaid } else { &mut *sink };
        let name_of_queue = step.options.str(Opt::Queue);
        let stated = name_of_queue.and_then(|queue| config.queues.find(queue));
        let answered = name_of_queue.and_then(|queue| answered.find(queue));
        let queue = answered.or(stated);
        platform(&mut step.options, stated, answered, name_span, lacks);
        step.run = context.check(id, item, &step.options, sink);
        let scopes = context.scopes(id);
        variables::check_duplicates(&step.options, &names.params, &scopes, sink);
        rules.check(
            &rules::Job {
                flow: sources.text(name_span),
                step: name,
                span: step.span,
                options: &step.options,
                scopes: &scopes,
                params: &names.params,
                run: step.run.as_ref(),
                queue,
                registry: base.registry,
            },
            sink,
        );
        steps.push(step);
    }
    for (step, depends_on) in steps.iter_mut().zip(graph.depends_on) {
        step.depends_on = depends_on;
    }
    rules::check_flow(&steps, sink);
    profiles.report_unused(root, sink);
    let jobs = || {
        steps
            .iter()
            .filter(|step| ast_has_run(ast, step.span))
            .map(|step| &step.options)
    };
    options::unused_env_options(config, jobs(), sink);
    options::wrong_variables(std::mem::take(&mut base.wrong), jobs(), sink);
    let sink = if headless { &mut unsaid } else { sink };
    missing_queue(ast, &steps, name_span, sink);
    let default_image = default_image(config, ast, &steps, name_span, sink);
    let mut bare_images = steps
        .iter()
        .filter(|step| step.run.is_some() && !step.options.is_opaque(Opt::Image))
        .map(|step| {
            let image = step.options.str(Opt::Image).unwrap_or(&default_image);
            (image, step.options.span(Opt::Image).unwrap_or(name_span))
        })
        .filter(|(image, _)| !crate::batch::definition::has_registry(image))
        .peekable();
    // Without a registry to put before them, images are not looked into.
    let registry = base.registry.map(|registry| {
        let is_used = bare_images.peek().is_some();
        if is_used {
            options::wrong_registry(registry, bare_images, name_span, sink);
        }
        (registry, is_used)
    });
    options::ambient_options(
        steps
            .iter()
            .filter(|step| step.run.is_some())
            .map(|step| (&step.options, step.name)),
        registry,
        name_span,
        sink,
    );
    Some(Checked {
        flow: Flow {
            name: sources.text(name_span),
            span: name_span,
            prefix: config
                .name_prefix
                .as_ref()
                .map_or_else(String::new, |(prefix, _)| prefix.clone()),
            params: names.params,
            steps,
            scopes: graph.scopes,
            order: graph.order,
        },
        registry: base.registry,
        default_image,
        python: config.python.as_ref().map(|(_, span)| *span),
        prefix: config.name_prefix.as_ref().map(|(_, span)| *span),
    })
}

/// Whether the step whose name stands at `span` has a `run`, be it a wrong one.
fn ast_has_run(ast: &ast::Flow, span: Span) -> bool {
    ast.steps
        .binary_search_by_key(&span, |step| step.name.span)
        .is_ok_and(|step| ast.steps[step].run.is_some())
}

/// A step without `run` costs no job, so nothing about jobs applies to it.
fn control_point(sources: &Sources, step: &ast::Step, sink: &mut Diagnostics) {
    if step.broken {
        return;
    }
    let parallel = step
        .annotations
        .iter()
        .find(|annotation| sources.text(annotation.name.span) == "parallel");
    if let Some(parallel) = parallel {
        sink.push(
            Diagnostic::new(
                &option_codes::PARALLEL_WITHOUT_RUN,
                parallel.span,
                "several nodes have nothing to run",
            )
            .label(step.name.span, "this step has no `run`")
            .help("give the step a `run`, or remove `@parallel`"),
        );
        return;
    }
    if let Some(first) = step.annotations.first() {
        sink.push(
            Diagnostic::new(
                &option_codes::ANNOTATED_CONTROL_POINT,
                first.span,
                "this annotation changes nothing",
            )
            .label(
                step.name.span,
                "this step has no `run`, so it becomes no job",
            )
            .help("remove it, or give the step a `run`"),
        );
    }
}

/// The platform, where no annotation states it: what is stated of the queue, else EC2. What the
/// account answered decides nothing, but has to agree.
fn platform(
    options: &mut Resolved<'_>,
    stated: Option<&Queue>,
    answered: Option<&Queue>,
    flow: Span,
    sink: &mut Diagnostics,
) {
    if options.is_opaque(Opt::Queue) {
        return;
    }
    let of = |queue: Option<&Queue>| queue.and_then(|queue| queue.platform.clone());
    let (stated, answered, incomplete) = (
        of(stated),
        of(answered),
        stated.is_some_and(|queue| queue.incomplete),
    );
    match (options.get(Opt::Platform), &stated) {
        (None, Some(platform)) => {
            let place = platform.origin.unwrap_or(flow);
            options.set_platform(platform.value, place, Strength::Config);
        }
        (None, None) if incomplete => {}
        (None, None) => {
            options.set_platform("ec2", flow, Strength::Default);
            if answered.is_none() {
                sink.push(
                    Diagnostic::new(
                        &option_codes::DEFAULT_PLATFORM,
                        flow,
                        "nothing says what the queue runs on: `ec2` is assumed",
                    )
                    .help(
                        "write `platform=\"ec2\"` or `platform=\"fargate\"` in `@batch`, or \
                         `[queues.NAME] platform = …` in flowbatch.toml",
                    ),
                );
            }
        }
        (Some(_), _) => {}
    }
    let Some(Fact { value, origin }) = answered.or(stated) else {
        return;
    };
    let Some(setting) = options.get(Opt::Platform) else {
        return;
    };
    let Some(chosen) = setting.value.as_str().filter(|chosen| *chosen != value) else {
        return;
    };
    let assumed = setting.strength == Strength::Default;
    let message = format!(
        "queue `{}` runs on {value}, not on {chosen}",
        options.str(Opt::Queue).unwrap_or_default()
    );
    let mut diagnostic =
        Diagnostic::new(&option_codes::QUEUE_PLATFORM, setting.value.span, message);
    if assumed {
        diagnostic = diagnostic.here("nothing here says what it runs on");
    }
    if let Some(origin) = origin {
        diagnostic = diagnostic.label(origin, "stated here");
    }
    if let Some(queue) = options.span(Opt::Queue) {
        diagnostic = diagnostic.label(queue, "the queue");
    }
    const REFUSES: &str =
        "AWS Batch refuses a job whose definition is for another platform than the queue's";
    sink.push(diagnostic.help(match (assumed, setting.strength) {
        (true, _) => format!(
            "{REFUSES}; write `platform=\"{value}\"` in `@batch`, or `platform = \"{value}\"` under \
             `[queues.NAME]` in flowbatch.toml, which `flowbatch plan --write-queues` does"
        ),
        (_, Strength::Config) if origin.is_none() => format!(
            "{REFUSES}; flowbatch.toml is out of date: `flowbatch plan --write-queues` corrects it"
        ),
        _ => format!("{REFUSES}; remove `platform`, or choose another queue"),
    }));
}

/// Every job needs a queue.
fn missing_queue(ast: &ast::Flow, steps: &[Step<'_>], flow: Span, sink: &mut Diagnostics) {
    let jobs: Vec<&Step<'_>> = steps
        .iter()
        .zip(&ast.steps)
        .filter(|(_, item)| item.run.is_some())
        .map(|(step, _)| step)
        .collect();
    let missing: Vec<&&Step<'_>> = jobs
        .iter()
        .filter(|step| step.options.get(Opt::Queue).is_none())
        .collect();
    let help = "write `@batch(queue=\"…\")` before the flow or the step, or `queue` under `[batch]` in flowbatch.toml";
    if missing.len() == jobs.len() {
        if let Some(first) = missing.first() {
            sink.push(
                Diagnostic::new(
                    &option_codes::MISSING_QUEUE,
                    flow,
                    "the steps of this flow have no queue",
                )
                .label(first.span, "such as this one")
                .help(help),
            );
        }
        return;
    }
    for step in missing {
        sink.push(
            Diagnostic::new(
                &option_codes::MISSING_QUEUE,
                step.span,
                format!("step `{}` has no queue", step.name),
            )
            .help(help),
        );
    }
}

/// The image of steps that name none, with a warning where nothing decides it.
fn default_image(
    config: &Config<'_>,
    ast: &ast::Flow,
    steps: &[Step<'_>],
    flow: Span,
    sink: &mut Diagnostics,
) -> String {
    if config.python_is_wrong {
        return resources::DEFAULT_IMAGE.to_owned();
    }
    if let Some((python, _)) = &config.python {
        return format!("python:{python}");
    }
    let first = steps
        .iter()
        .zip(&ast.steps)
        .find(|(step, item)| item.run.is_some() && step.options.get(Opt::Image).is_none());
    if let Some((step, _)) = first {
        sink.push(
            Diagnostic::new(
                &option_codes::DEFAULT_IMAGE,
                flow,
                format!("nothing names an image: `{}` is used", resources::DEFAULT_IMAGE),
            )
            .label(step.span, "by this step")
            .help(
                "write `@batch(image=\"…\")`, or `python = \"3.12\"` in flowbatch.toml for the image \
                 of that Python version",
            ),
        );
    }
    resources::DEFAULT_IMAGE.to_owned()
}
