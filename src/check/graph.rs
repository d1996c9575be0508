//! Steps and edges: who follows whom, in which scope, and what each job waits for.
//!
//! Linear in steps, edges and emitted dependencies: what passes through control points is cut
//! off just above the 20 dependencies that AWS Batch takes.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::rc::Rc;

use crate::check::names::{Binding, Names, Place};
use crate::codes::{graph as codes, names as name_codes, run as run_codes, syntax as syntax_codes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::flow::{Dependency, Items, Scope, ScopeId, StepId};
use crate::source::{Sources, Span};
use crate::suggest;
use crate::syntax::ast::{self, ForeachSource, StepKind};
use crate::value::{Kind, Type};

/// AWS Batch takes at most 20 dependencies a job (SubmitJob, `dependsOn`).
pub const MAX_DEPENDENCIES: usize = 20;
/// AWS Batch takes arrays of 2 to 10,000 (SubmitJob, `arrayProperties.size`).
pub const MAX_ARRAY: u64 = 10_000;
/// How deep foreach may be nested, as everything else.
const MAX_FOREACH: usize = 64;
/// In how many places a diagnostic about a long path has labels.
const MAX_LABELS: usize = 8;
/// For how many jobs that wait for too many others these are counted, since each count may pass
/// every step.
const MAX_COUNTS: usize = 20;
/// For how many unknown steps a did-you-mean is computed, since each compares with every step.
const MAX_SUGGESTIONS: usize = 100;

/// What the graph says about the steps, by their place in the file.
#[derive(Debug, Default)]
pub struct Graph<'a> {
    /// The scopes.
    pub scopes: Vec<Scope<'a>>,
    /// Each step's scope; `Err` where a mistake leaves it open.
    pub scope: Vec<Result<Option<ScopeId>, ()>>,
    /// What each job waits for, in topological order.
    pub depends_on: Vec<Vec<Dependency>>,
    /// The jobs in topological order, ties in file order.
    pub order: Vec<StepId>,
    /// Whether edges are missing that are not understood, so that nothing follows from the lack
    /// of one.
    pub incomplete: bool,
}

#[derive(Clone, Copy)]
struct Edge {
    from: StepId,
    to: StepId,
    /// Where the target is named.
    span: Span,
    /// The scope that the edge's foreach opens.
    opens: Option<ScopeId>,
}

/// A list of edges for each step, in one piece of memory.
#[derive(Default)]
struct Lists {
    /// Where the list of each step begins in `edges`, and behind them the end of the last.
    starts: Vec<usize>,
    edges: Vec<usize>,
}

impl Lists {
    /// Groups edges by their steps, keeping their order.
    fn group(count: usize, steps: impl Iterator<Item = StepId> + Clone) -> Self {
        let mut starts = vec![0; count + 1];
        for step in steps.clone() {
            starts[step + 1] += 1;
        }
        for step in 0..count {
            starts[step + 1] += starts[step];
        }
        let mut ends = starts.clone();
        let mut edges = vec![0; starts[count]];
        for (edge, step) in steps.enumerate() {
            edges[ends[step]] = edge;
            ends[step] += 1;
        }
        Self { starts, edges }
    }

    fn of(&self, step: StepId) -> &[usize] {
        &self.edges[self.starts[step]..self.starts[step + 1]]
    }
}

/// The jobs that stand for a step.
#[derive(Clone)]
enum Stands {
    Itself,
    /// Those before a control point.
    These(Rc<[StepId]>),
}

impl Stands {
    fn add_to(&self, jobs: &mut Vec<StepId>, step: StepId) {
        match self {
            Self::Itself => jobs.push(step),
            Self::These(these) => jobs.extend_from_slice(these),
        }
    }
}

struct Builder<'g, 'a> {
    sources: &'a Sources,
    names: &'g Names<'a>,
    place: Place,
    flow: &'a ast::Flow,
    edges: Vec<Edge>,
    /// Second definitions of a step, which take no part in the graph.
    again: Vec<bool>,
    /// The edges into each step and out of it, as places in `edges`.
    incoming: Lists,
    outgoing: Lists,
    /// How many foreach each scope is in, itself included.
    depths: Vec<usize>,
    graph: Graph<'a>,
}

/// Builds the graph of a flow and reports what is wrong with it.
pub fn build<'a>(
    sources: &'a Sources,
    names: &Names<'a>,
    place: Place,
    flow: &'a ast::Flow,
    sink: &mut Diagnostics,
) -> Graph<'a> {
    let count = flow.steps.len();
    let mut builder = Builder {
        sources,
        names,
        place,
        flow,
        edges: Vec::new(),
        again: vec![false; count],
        incoming: Lists::default(),
        outgoing: Lists::default(),
        depths: Vec::new(),
        graph: Graph {
            scopes: Vec::new(),
            scope: vec![Err(()); count],
            depends_on: vec![Vec::new(); count],
            order: Vec::new(),
            incomplete: flow.broken || flow.steps.iter().any(|step| step.broken),
        },
    };
    builder.connect(sink);
    builder.incoming = Lists::group(count, builder.edges.iter().map(|edge| edge.to));
    builder.outgoing = Lists::group(count, builder.edges.iter().map(|edge| edge.from));
    let order = builder.sort(sink);
    builder.entries(sink);
    for &step in &order {
        builder.enter(step, sink);
    }
    builder.sizes(sink);
    builder.dependencies(&order, sink);
    if flow
        .steps
        .iter()
        .any(|step| step.run.is_some() || step.broken)
    {
        builder.bodies(sink);
    } else if let (Some(name), false) = (flow.name, flow.broken) {
        sink.push(
            Diagnostic::new(&codes::NO_JOB, name.span, "this flow runs nothing")
                .help("give at least one step a `run`"),
        );
    }
    builder.graph
}

impl<'a> Builder<'_, 'a> {
    fn name(&self, step: StepId) -> &'a str {
        self.sources.text(self.flow.steps[step].name.span)
    }

    fn span(&self, step: StepId) -> Span {
        self.flow.steps[step].name.span
    }

    /// Finds the step of every name, and makes the edges.
    fn connect(&mut self, sink: &mut Diagnostics) {
        let mut by_name: HashMap<&'a str, StepId> = HashMap::with_capacity(self.flow.steps.len());
        let mut by_lower: HashMap<String, StepId> = HashMap::new();
        for step in 0..self.flow.steps.len() {
            let name = self.name(step);
            let first = *by_name.entry(name).or_insert(step);
            if first != step {
                sink.push(
                    Diagnostic::new(
                        &name_codes::DUPLICATE_STEP,
                        self.span(step),
                        format!("step `{name}` is already defined"),
                    )
                    .here("defined again")
                    .label(self.span(first), "first defined here")
                    .help("rename one of them"),
                );
                // Where its edges belong is not known.
                self.again[step] = true;
                self.graph.incomplete = true;
            }
        }
        if by_name
            .keys()
            .any(|name| name.bytes().any(|b| b.is_ascii_uppercase()))
        {
            for step in 0..self.flow.steps.len() {
                let name = self.name(step);
                let first = *by_lower.entry(name.to_ascii_lowercase()).or_insert(step);
                if self.name(first) != name {
                    sink.push(
                        Diagnostic::new(
                            &name_codes::DUPLICATE_STEP,
                            self.span(step),
                            format!("`{name}` differs from `{}` only in case", self.name(first)),
                        )
                        .label(self.span(first), "the other step")
                        .help("their job-definition files would be one file on some machines; rename one of them"),
                    );
                }
            }
        }

        let mut suggestions = MAX_SUGGESTIONS;
        for from in 0..self.flow.steps.len() {
            let Some(next) = &self.flow.steps[from].next else {
                continue;
            };
            self.graph.incomplete |= next.lost_targets;
            let mut seen: Vec<(StepId, Span)> = Vec::new();
            for target in &next.targets {
                let name = self.sources.text(target.span);
                let Some(&to) = by_name.get(name) else {
                    self.unknown(*target, &mut suggestions, sink);
                    self.graph.incomplete = true;
                    if let Some(foreach) = &next.foreach {
                        self.open(from, foreach, sink);
                    }
                    continue;
                };
                if seen.len() < 1000
                    && let Some(&(_, first)) = seen.iter().find(|(step, _)| *step == to)
                {
                    sink.push(
                        Diagnostic::new(
                            &codes::DUPLICATE_TARGET,
                            target.span,
                            format!("`{name}` is named twice in one `next`"),
                        )
                        .label(first, "the first time")
                        .help("remove one of them"),
                    );
                    continue;
                }
                if next.targets.len() > 1 {
                    seen.push((to, target.span));
                }
                if self.again[from] {
                    continue;
                }
                let opens = next
                    .foreach
                    .as_ref()
                    .map(|foreach| self.open(from, foreach, sink));
                self.edges.push(Edge {
                    from,
                    to,
                    span: target.span,
                    opens,
                });
            }
        }
    }

    fn unknown(&self, target: ast::Name, suggestions: &mut usize, sink: &mut Diagnostics) {
        let name = self.sources.text(target.span);
        let diagnostic = Diagnostic::new(
            &codes::UNKNOWN_STEP,
            target.span,
            format!("there is no step `{name}`"),
        );
        let meant = suggestions.checked_sub(1).and_then(|left| {
            *suggestions = left;
            suggest::closest(name, (0..self.flow.steps.len()).map(|step| self.name(step)))
        });
        if self.flow.broken && meant.is_none() {
            return; // it may stand in what was not understood
        }
        sink.push(match meant {
            Some(meant) => diagnostic
                .help(format!("did you mean `{meant}`?"))
                .suggest(format!("write `{meant}`"), target.span, meant),
            None => diagnostic.help(format!(
                "add `step {name} {{ … }}`, or remove the name; a step without `next` ends the flow there"
            )),
        });
    }

    /// The scope of a foreach; its parent is known once its step's own scope is.
    fn open(
        &mut self,
        opener: StepId,
        foreach: &'a ast::Foreach,
        sink: &mut Diagnostics,
    ) -> ScopeId {
        let span = foreach.variable.map_or(foreach.span, |name| name.span);
        let variable = foreach
            .variable
            .map_or("", |name| self.sources.text(name.span));
        if let Some(name) = foreach.variable {
            if let Some(binding) = self.names.binding(variable) {
                sink.push(
                    Diagnostic::new(
                        &name_codes::DUPLICATE_NAME,
                        name.span,
                        format!("`{variable}` is already defined"),
                    )
                    .label(self.names.span_of(binding), "first defined here")
                    .help("lets, params and foreach variables share one namespace; rename this variable"),
                );
            }
            if let Some(reason) = crate::check::variables::reserved_name(variable) {
                sink.push(
                    Diagnostic::new(
                        &name_codes::RESERVED_VARIABLE,
                        name.span,
                        format!("a foreach variable cannot be named `{variable}`"),
                    )
                    .help(format!(
                        "the item is an environment variable of that name, and {reason}"
                    )),
                );
            }
        }
        let (items, source) = match &foreach.source {
            Some(source) => self.items(source, sink),
            None => (Items::Error, foreach.span),
        };
        self.graph.scopes.push(Scope {
            parent: None,
            opener,
            variable,
            span,
            source,
            items,
            size: None,
        });
        self.depths.push(1);
        self.graph.scopes.len() - 1
    }

    fn items(&self, source: &'a ForeachSource, sink: &mut Diagnostics) -> (Items<'a>, Span) {
        match source {
            ForeachSource::Range { lo, hi, span } => {
                let lo = self.bound(lo, sink);
                let hi = self.bound(hi, sink);
                let items = match (lo, hi) {
                    (Ok(Some(lo)), Ok(Some(hi))) => Items::Range(lo, hi),
                    (Err(()), _) | (_, Err(())) => Items::Error,
                    _ => Items::Unknown,
                };
                (items, *span)
            }
            ForeachSource::Value(value) => (self.list(value, sink), value.span),
        }
    }

    /// An end of a range; `None` while its param has no value.
    fn bound(&self, value: &'a ast::Value, sink: &mut Diagnostics) -> Result<Option<i64>, ()> {
        let evaluated = self.names.eval(value, self.place, sink);
        match evaluated.kind {
            Kind::Int(number, _) => Ok(Some(number)),
            Kind::Unknown(Type::Int) => Ok(None),
            Kind::Error => Err(()),
            other => {
                let mut diagnostic = Diagnostic::new(
                    &codes::FOREACH_SOURCE,
                    value.span,
                    format!("an end of a range is an integer, not {}", other.describe()),
                );
                if let Some(defined) = evaluated.defined {
                    diagnostic = diagnostic.label(defined, "its value");
                }
                sink.push(diagnostic.help("write integers, or names of integers: `0..shards`"));
                Err(())
            }
        }
    }

    fn list(&self, written: &'a ast::Value, sink: &mut Diagnostics) -> Items<'a> {
        if let ast::ValueKind::Name = written.kind
            && let Some(Binding::Param(param)) = self
                .names
                .lookup(self.sources.text(written.span), self.place)
        {
            let param = &self.names.params[param];
            let mut diagnostic = Diagnostic::new(
                &codes::FOREACH_SOURCE,
                written.span,
                format!("a foreach cannot run over param `{}`", param.name),
            )
            .label(param.span, format!("a param of type {}", param.ty.as_str()));
            diagnostic = if param.ty == Type::Int {
                diagnostic.suggest(
                    format!("write `0..{}`", param.name),
                    written.span,
                    format!("0..{}", param.name),
                )
            } else {
                diagnostic
            };
            sink.push(
                diagnostic.help("it runs over a range `lo..hi`, a list, or a let that is a list"),
            );
            return Items::Error;
        }
        let value = self.names.eval(written, self.place, sink);
        let items = match &value.kind {
            Kind::List(items) => items,
            Kind::Error => return Items::Error,
            other => {
                let mut diagnostic = Diagnostic::new(
                    &codes::FOREACH_SOURCE,
                    written.span,
                    format!("a foreach cannot run over {}", other.describe()),
                );
                if let Some(defined) = value.defined {
                    diagnostic = diagnostic.label(defined, "its value");
                }
                if let (Kind::Int(number, _), None) = (other, value.defined) {
                    diagnostic = diagnostic.suggest(
                        format!("write `0..{number}`"),
                        written.span,
                        format!("0..{number}"),
                    );
                }
                sink.push(
                    diagnostic
                        .help("it runs over a range `lo..hi`, a list, or a let that is a list"),
                );
                return Items::Error;
            }
        };
        #[derive(PartialEq)]
        enum Class {
            Strings,
            Numbers,
            Booleans,
        }
        let mut first: Option<(Class, Span)> = None;
        let mut unknown = false;
        let mut texts: Vec<Cow<'a, str>> = Vec::with_capacity(items.len());
        for item in items.iter() {
            let (class, text) = match &item.kind {
                Kind::Str(text) => (Class::Strings, text.clone()),
                Kind::Int(_, text) | Kind::Decimal(_, text) => (Class::Numbers, text.clone()),
                Kind::Bool(true) => (Class::Booleans, Cow::Borrowed("true")),
                Kind::Bool(false) => (Class::Booleans, Cow::Borrowed("false")),
                Kind::Error => return Items::Error,
                Kind::Unknown(_) => {
                    unknown = true;
                    continue;
                }
                other => {
                    sink.push(
                        Diagnostic::new(
                            &codes::FOREACH_ITEMS,
                            item.span,
                            format!("{} cannot be an item of a foreach", other.describe()),
                        )
                        .help("items are strings, numbers or booleans"),
                    );
                    return Items::Error;
                }
            };
            match &first {
                None => first = Some((class, item.span)),
                Some((known, at)) if *known != class => {
                    sink.push(
                        Diagnostic::new(
                            &codes::FOREACH_ITEMS,
                            item.span,
                            "the items of a foreach are all strings, all numbers or all booleans",
                        )
                        .here("this one is of another kind")
                        .label(*at, "than this one")
                        .help("put quotes around every item to make them strings"),
                    );
                    return Items::Error;
                }
                Some(_) => {}
            }
            if crate::check::run::reference(&text).is_some() {
                sink.push(
                    Diagnostic::new(
                        &run_codes::REF_IN_TEXT,
                        item.span,
                        "AWS Batch would replace `Ref::` in this item",
                    )
                    .help("items are part of the command, where it has no escape"),
                );
                return Items::Error;
            }
            crate::rules::secrets::item(&text, item.span, sink);
            texts.push(text);
        }
        if unknown {
            Items::Unknown
        } else {
            Items::List(texts)
        }
    }

    /// The steps in topological order; those on or behind a cycle are left out, and reported.
    fn sort(&self, sink: &mut Diagnostics) -> Vec<StepId> {
        let steps = 0..self.flow.steps.len();
        let mut waits: Vec<usize> = steps.map(|step| self.incoming.of(step).len()).collect();
        let mut ready: Vec<StepId> = (0..waits.len()).filter(|&step| waits[step] == 0).collect();
        let mut next = 0;
        while next < ready.len() {
            for &edge in self.outgoing.of(ready[next]) {
                let to = self.edges[edge].to;
                waits[to] -= 1;
                if waits[to] == 0 {
                    ready.push(to);
                }
            }
            next += 1;
        }
        if ready.len() < waits.len() {
            self.cycles(&waits, sink);
        }
        ready
    }

    /// Walks backwards from every step that waits for ever; each walk ends in a cycle.
    fn cycles(&self, waits: &[usize], sink: &mut Diagnostics) {
        // 0: not seen; n: seen in walk n.
        let mut seen = vec![0usize; waits.len()];
        for start in 0..waits.len() {
            if waits[start] == 0 || seen[start] != 0 {
                continue;
            }
            let walk = start + 1;
            let mut path: Vec<usize> = Vec::new();
            let mut at = start;
            while seen[at] == 0 {
                seen[at] = walk;
                let Some(&edge) = self
                    .incoming
                    .of(at)
                    .iter()
                    .find(|&&edge| waits[self.edges[edge].from] > 0)
                else {
                    break;
                };
                path.push(edge);
                at = self.edges[edge].from;
            }
            if seen[at] != walk {
                continue; // it leads to a cycle that was found before
            }
            let Some(first) = path.iter().position(|&edge| self.edges[edge].to == at) else {
                continue;
            };
            let mut cycle: Vec<usize> = path[first..].to_vec();
            cycle.reverse();
            let earliest = (0..cycle.len())
                .min_by_key(|&place| self.edges[cycle[place]].from)
                .unwrap_or(0);
            cycle.rotate_left(earliest);
            self.report_cycle(&cycle, sink);
        }
    }

    fn report_cycle(&self, cycle: &[usize], sink: &mut Diagnostics) {
        let Some((&last, rest)) = cycle.split_last() else {
            return;
        };
        let start = self.name(self.edges[cycle[0]].from);
        let mut names: Vec<&str> = vec![start];
        names.extend(cycle.iter().map(|&edge| self.name(self.edges[edge].to)));
        let shown = if names.len() > 12 {
            format!(
                "{} → … {} steps … → {}",
                names[..6].join(" → "),
                names.len() - 9,
                names[names.len() - 3..].join(" → ")
            )
        } else {
            names.join(" → ")
        };
        let mut diagnostic = Diagnostic::new(
            &codes::CYCLE,
            self.edges[last].span,
            format!("the steps go in a circle: {shown}"),
        )
        .here("this closes the circle");
        for &edge in rest.iter().take(MAX_LABELS) {
            let edge = self.edges[edge];
            diagnostic = diagnostic.label(
                edge.span,
                format!(
                    "`{}` is followed by `{}`",
                    self.name(edge.from),
                    self.name(edge.to)
                ),
            );
        }
        sink.push(diagnostic.help("a flow runs forward only; remove one of these edges"));
    }

    /// Steps without an incoming edge begin the flow.
    fn entries(&self, sink: &mut Diagnostics) {
        if self.graph.incomplete {
            return;
        }
        let start = (0..self.flow.steps.len())
            .find(|&step| self.name(step) == "start" && self.incoming.of(step).is_empty());
        for step in 0..self.flow.steps.len() {
            if !self.incoming.of(step).is_empty() {
                continue;
            }
            let (kind, name) = (self.flow.steps[step].kind, self.name(step));
            if kind != StepKind::Step {
                sink.push(
                    Diagnostic::new(
                        &codes::NOTHING_TO_JOIN,
                        self.span(step),
                        format!("nothing leads to {} `{name}`", kind.as_str()),
                    )
                    .help(format!(
                        "name it in the `next` of the steps that it comes after, or begin it with `step`: `{name}` closes nothing"
                    ))
                    .suggest("write `step`", self.flow.steps[step].keyword, "step"),
                );
            } else if let Some(start) = start
                && start != step
            {
                sink.push(
                    Diagnostic::new(
                        &codes::UNREACHABLE_STEP,
                        self.span(step),
                        format!("nothing leads to step `{name}`"),
                    )
                    .label(
                        self.span(start),
                        "the flow begins here, because this step is named `start`",
                    )
                    .help(format!(
                        "name `{name}` in the `next` of another step; a flow without a step named \
                         `start` may begin at several steps"
                    )),
                );
            }
        }
    }

    /// Determines a step's scope from those of the steps before it.
    fn enter(&mut self, step: StepId, sink: &mut Diagnostics) {
        if let (StepKind::Step, [edge]) = (self.flow.steps[step].kind, self.incoming.of(step))
            && self.edges[*edge].opens.is_none()
        {
            self.graph.scope[step] = self.graph.scope[self.edges[*edge].from];
            return;
        }
        let edges: Vec<Edge> = self
            .incoming
            .of(step)
            .iter()
            .map(|&edge| self.edges[edge])
            .collect();
        let kind = self.flow.steps[step].kind;
        let mut scopes = Vec::with_capacity(edges.len());
        for edge in &edges {
            scopes.push(match (self.graph.scope[edge.from], edge.opens) {
                (Err(()), _) => Err(()),
                (Ok(scope), None) => Ok(scope),
                (Ok(parent), Some(opened)) => {
                    self.open_within(opened, parent, sink);
                    self.deep_enough(opened, sink)
                        .then_some(Some(opened))
                        .ok_or(())
                }
            });
        }
        if let Some(into) = edges.iter().find(|edge| edge.opens.is_some())
            && (kind != StepKind::Step || edges.len() > 1)
        {
            self.bad_foreach_target(step, into, &edges, sink);
            return;
        }
        let agree = scopes.windows(2).all(|pair| pair[0] == pair[1]);
        let scope = match scopes.first() {
            // The edge to it may be one that is not understood.
            None if self.again[step]
                || self.graph.incomplete && step != 0 && self.name(step) != "start" =>
            {
                Err(())
            }
            None => Ok(None),
            Some(_) if scopes.contains(&Err(())) => Err(()),
            Some(_) if !agree => {
                self.scopes_differ(step, &edges, &scopes, sink);
                Err(())
            }
            Some(&scope) => scope,
        };
        self.graph.scope[step] = match kind {
            StepKind::Step if edges.len() > 1 => {
                self.missing_join(step, &edges, scope, sink);
                scope
            }
            StepKind::Step => scope,
            StepKind::Join => {
                if let [edge] = edges.as_slice() {
                    self.lonely_join(step, edge, scope, sink);
                }
                scope
            }
            StepKind::Gather if edges.is_empty() => Err(()),
            StepKind::Gather => match scope {
                Ok(Some(scope)) => Ok(self.graph.scopes[scope].parent),
                Ok(None) => {
                    self.nothing_to_gather(step, &edges, sink);
                    Ok(None)
                }
                Err(()) => Err(()),
            },
        };
    }

    fn open_within(&mut self, opened: ScopeId, parent: Option<ScopeId>, sink: &mut Diagnostics) {
        let own = self.graph.scopes[opened].items.count();
        let size = match parent {
            None => own,
            Some(parent) => {
                let (name, span) = (
                    self.graph.scopes[opened].variable,
                    self.graph.scopes[opened].span,
                );
                let mut outer = Some(parent);
                let mut depth = 0;
                while let Some(scope) = outer {
                    let around = &self.graph.scopes[scope];
                    if around.variable == name && !name.is_empty() {
                        sink.push(
                            Diagnostic::new(
                                &name_codes::DUPLICATE_NAME,
                                span,
                                format!("`{name}` is already the variable of the foreach around this one"),
                            )
                            .label(around.span, "the outer variable")
                            .help("inner bodies see outer items too; rename one of them"),
                        );
                        break;
                    }
                    outer = around.parent;
                    depth += 1;
                    if depth > 64 {
                        break; // names that far out are compared no more: time stays linear
                    }
                }
                match (own, self.graph.scopes[parent].size) {
                    (Some(own), Some(outer)) => Some(own.saturating_mul(outer)),
                    _ => None,
                }
            }
        };
        self.graph.scopes[opened].parent = parent;
        self.depths[opened] = 1 + parent.map_or(0, |parent| self.depths[parent]);
        self.graph.scopes[opened].size = size;
    }

    /// Every step knows all foreach that it is in, so there is an end to them.
    fn deep_enough(&self, opened: ScopeId, sink: &mut Diagnostics) -> bool {
        let fits = self.depths[opened] <= MAX_FOREACH;
        if !fits {
            let span = self.graph.scopes[opened].span;
            let message = format!("more than {MAX_FOREACH} foreach, one in the other");
            sink.push(
                Diagnostic::new(&syntax_codes::NESTING_TOO_DEEP, span, message)
                    .help("put several of them into one list of items, or gather some before"),
            );
        }
        fits
    }

    fn describe_scope(&self, scope: Option<ScopeId>) -> String {
        match scope {
            None => "outside every foreach".into(),
            Some(scope) => {
                let scope = &self.graph.scopes[scope];
                format!(
                    "in the foreach over `{}` of `{}`",
                    scope.variable,
                    self.name(scope.opener)
                )
            }
        }
    }

    fn bad_foreach_target(
        &self,
        step: StepId,
        into: &Edge,
        edges: &[Edge],
        sink: &mut Diagnostics,
    ) {
        let (kind, name) = (self.flow.steps[step].kind, self.name(step));
        let mut diagnostic = Diagnostic::new(
            &codes::FOREACH_TARGET,
            into.span,
            if edges.len() > 1 {
                format!("`{name}` is the body of a foreach, but other edges lead to it too")
            } else {
                format!("{} `{name}` cannot be the body of a foreach", kind.as_str())
            },
        );
        for edge in edges
            .iter()
            .filter(|edge| edge.span != into.span)
            .take(MAX_LABELS)
        {
            diagnostic = diagnostic.label(edge.span, "this one leads to it too");
        }
        if edges.len() == 1 {
            diagnostic = diagnostic
                .label(self.flow.steps[step].keyword, "begins with this word")
                .fix("write `step`", self.flow.steps[step].keyword, "step");
        }
        sink.push(
            diagnostic.help("the body of a foreach is a `step` with just that one incoming edge"),
        );
    }

    fn missing_join(
        &self,
        step: StepId,
        edges: &[Edge],
        scope: Result<Option<ScopeId>, ()>,
        sink: &mut Diagnostics,
    ) {
        let Ok(scope) = scope else { return };
        let (keyword, name) = (self.flow.steps[step].keyword, self.name(step));
        let mut diagnostic = Diagnostic::new(
            &codes::MISSING_JOIN,
            self.span(step),
            format!("{} edges lead to step `{name}`", edges.len()),
        );
        for edge in edges.iter().take(MAX_LABELS) {
            diagnostic = diagnostic.label(edge.span, format!("from `{}`", self.name(edge.from)));
        }
        sink.push(match scope {
            None => diagnostic
                .help(format!(
                    "several edges meet in a `join`: write `join {name}`"
                ))
                .fix("write `join`", keyword, "join"),
            Some(scope) => diagnostic
                .help(format!(
                    "write `join {name}` to go on for each item, or `gather {name}` to close the \
                     foreach over `{}`",
                    self.graph.scopes[scope].variable
                ))
                .suggest("write `join`", keyword, "join")
                .suggest("write `gather`", keyword, "gather"),
        });
    }

    fn lonely_join(
        &self,
        step: StepId,
        edge: &Edge,
        scope: Result<Option<ScopeId>, ()>,
        sink: &mut Diagnostics,
    ) {
        if self.graph.incomplete {
            return;
        }
        let (keyword, name) = (self.flow.steps[step].keyword, self.name(step));
        let diagnostic = Diagnostic::new(
            &codes::LONELY_JOIN,
            self.span(step),
            format!("only one edge leads to join `{name}`"),
        )
        .label(edge.span, "this one");
        sink.push(match scope {
            Ok(Some(scope)) => diagnostic
                .help(format!(
                    "write `gather {name}` to close the foreach over `{}`, or `step {name}` to go on \
                     for each item",
                    self.graph.scopes[scope].variable
                ))
                .suggest("write `gather`", keyword, "gather")
                .suggest("write `step`", keyword, "step"),
            _ => diagnostic
                .help("one edge needs no join")
                .fix("write `step`", keyword, "step"),
        });
    }

    fn nothing_to_gather(&self, step: StepId, edges: &[Edge], sink: &mut Diagnostics) {
        let word = if edges.len() > 1 { "join" } else { "step" };
        let mut diagnostic = Diagnostic::new(
            &codes::NOTHING_TO_GATHER,
            self.span(step),
            format!(
                "there is no foreach that gather `{}` could close",
                self.name(step)
            ),
        );
        for edge in edges.iter().take(MAX_LABELS) {
            diagnostic = diagnostic.label(
                edge.span,
                format!("`{}` is outside every foreach", self.name(edge.from)),
            );
        }
        sink.push(diagnostic.help(format!("write `{word}` instead")).fix(
            format!("write `{word}`"),
            self.flow.steps[step].keyword,
            word,
        ));
    }

    fn scopes_differ(
        &self,
        step: StepId,
        edges: &[Edge],
        scopes: &[Result<Option<ScopeId>, ()>],
        sink: &mut Diagnostics,
    ) {
        let name = self.name(step);
        let mut diagnostic = Diagnostic::new(
            &codes::SCOPES_DIFFER,
            self.span(step),
            format!("the edges into `{name}` come from different scopes"),
        );
        for (edge, scope) in edges.iter().zip(scopes).take(MAX_LABELS) {
            let scope = scope.unwrap_or_default();
            diagnostic = diagnostic.label(
                edge.span,
                format!(
                    "`{}` is {}",
                    self.name(edge.from),
                    self.describe_scope(scope)
                ),
            );
        }
        sink.push(diagnostic.help(
            "close each foreach with a `gather` of its own, then `join` what comes after the gathers",
        ));
    }

    /// Every foreach runs something.
    fn bodies(&self, sink: &mut Diagnostics) {
        if self.graph.incomplete {
            return;
        }
        let mut runs = vec![false; self.graph.scopes.len()];
        for (step, scope) in self.graph.scope.iter().enumerate() {
            if self.flow.steps[step].run.is_none() && !self.flow.steps[step].broken {
                continue;
            }
            let mut scope = scope.unwrap_or_default();
            while let Some(id) = scope {
                if std::mem::replace(&mut runs[id], true) {
                    break;
                }
                scope = self.graph.scopes[id].parent;
            }
        }
        for edge in &self.edges {
            if let Some(scope) = edge.opens
                && !runs[scope]
                && self.graph.scope[edge.to].is_ok()
            {
                sink.push(
                    Diagnostic::new(
                        &codes::EMPTY_BODY,
                        edge.span,
                        format!(
                            "the foreach over `{}` runs nothing",
                            self.graph.scopes[scope].variable
                        ),
                    )
                    .label(
                        self.span(edge.to),
                        "this step and what follows it have no `run`",
                    )
                    .help(format!("give `{}` a `run`", self.name(edge.to))),
                );
            }
        }
    }

    /// Every foreach has 1 to 10,000 items, nested ones multiplied.
    fn sizes(&self, sink: &mut Diagnostics) {
        for scope in &self.graph.scopes {
            let (Some(own), Some(size)) = (scope.items.count(), scope.size) else {
                if scope.items.count() != Some(0) {
                    continue;
                }
                self.no_items(scope, sink);
                continue;
            };
            if own == 0 {
                self.no_items(scope, sink);
            } else if size > MAX_ARRAY {
                let outer = scope.parent.and_then(|parent| {
                    let parent = &self.graph.scopes[parent];
                    parent.size.map(|size| (size, parent.source))
                });
                if outer.is_some_and(|(size, _)| size > MAX_ARRAY) {
                    continue;
                }
                let mut diagnostic = Diagnostic::new(
                    &codes::ARRAY_SIZE,
                    scope.source,
                    match outer {
                        None => format!("a foreach over {size} items"),
                        Some((outer, _)) => {
                            format!("nested foreach over {outer} × {own} = {size} items")
                        }
                    },
                );
                if let Some((outer, span)) = outer {
                    diagnostic = diagnostic.label(span, format!("{outer} items here"));
                }
                sink.push(diagnostic.help(format!(
                    "an array job of AWS Batch has at most {MAX_ARRAY} children; let each item be a \
                     batch of {} or more of these",
                    size.div_ceil(MAX_ARRAY)
                )));
            }
        }
    }

    fn no_items(&self, scope: &Scope<'_>, sink: &mut Diagnostics) {
        sink.push(
            Diagnostic::new(&codes::ARRAY_SIZE, scope.source, "a foreach over 0 items")
                .help("AWS Batch has no empty arrays: give it at least one item (in `lo..hi`, hi is not included)"),
        );
    }

    /// What each job waits for, control points removed.
    fn dependencies(&mut self, order: &[StepId], sink: &mut Diagnostics) {
        // The jobs that stand for a step: itself, or those before a control point, cut off when
        // there are too many for anyone to wait for.
        let mut stands = vec![Stands::Itself; self.flow.steps.len()];
        let mut waits_for: Vec<Vec<StepId>> = vec![Vec::new(); self.flow.steps.len()];
        let mut counts = MAX_COUNTS;
        for &step in order {
            let is_job = self.flow.steps[step].run.is_some();
            let mut jobs: Vec<StepId> = Vec::new();
            if let [edge] = self.incoming.of(step) {
                let from = self.edges[*edge].from;
                if !is_job {
                    stands[step] = match &stands[from] {
                        Stands::Itself => Stands::These(Rc::from([from])),
                        these @ Stands::These(_) => these.clone(),
                    };
                    continue;
                }
                stands[from].add_to(&mut jobs, from);
            } else {
                for &edge in self.incoming.of(step) {
                    let from = self.edges[edge].from;
                    stands[from].add_to(&mut jobs, from);
                }
                jobs.sort_unstable();
                jobs.dedup();
            }
            if is_job {
                if jobs.len() > MAX_DEPENDENCIES {
                    self.too_many(step, &mut counts, sink);
                    jobs.truncate(MAX_DEPENDENCIES);
                }
                waits_for[step] = jobs;
            } else {
                jobs.truncate(MAX_DEPENDENCIES + 1);
                stands[step] = Stands::These(jobs.into());
            }
        }
        self.graph.order = self.job_order(order, &waits_for);
        let mut rank = vec![0usize; self.flow.steps.len()];
        for (place, &step) in self.graph.order.iter().enumerate() {
            rank[step] = place;
        }
        for &step in order {
            let mut jobs = std::mem::take(&mut waits_for[step]);
            jobs.sort_unstable_by_key(|&job| rank[job]);
            let scope = self.graph.scope[step];
            self.graph.depends_on[step] = jobs
                .into_iter()
                .map(|job| Dependency {
                    step: job,
                    n_to_n: scope == self.graph.scope[job]
                        && scope
                            .ok()
                            .flatten()
                            .and_then(|scope| self.graph.scopes[scope].size)
                            .is_some_and(|size| size >= 2),
                })
                .collect();
        }
    }

    fn too_many(&self, step: StepId, counts: &mut usize, sink: &mut Diagnostics) {
        let name = self.name(step);
        let Some(left) = counts.checked_sub(1) else {
            sink.push(
                Diagnostic::new(
                    &codes::TOO_MANY_DEPENDENCIES,
                    self.span(step),
                    format!("`{name}` waits for more than {MAX_DEPENDENCIES} jobs"),
                )
                .help("join them in groups first, with intermediate joins that `run \"true\"`"),
            );
            return;
        };
        *counts = left;
        // Every job that reaches it through control points.
        let mut seen = vec![false; self.flow.steps.len()];
        let mut stack: Vec<StepId> = vec![step];
        let mut count = 0usize;
        while let Some(at) = stack.pop() {
            for &edge in self.incoming.of(at) {
                let from = self.edges[edge].from;
                if std::mem::replace(&mut seen[from], true) {
                    continue;
                }
                if self.flow.steps[from].run.is_some() {
                    count += 1;
                } else {
                    stack.push(from);
                }
            }
        }
        sink.push(
            Diagnostic::new(
                &codes::TOO_MANY_DEPENDENCIES,
                self.span(step),
                format!("`{name}` waits for {count} jobs"),
            )
            .help(format!(
                "a job of AWS Batch waits for at most {MAX_DEPENDENCIES}: join them in groups first, with \
                 {} intermediate joins that `run \"true\"`",
                count.div_ceil(MAX_DEPENDENCIES)
            )),
        );
    }

    /// The jobs in topological order, the earliest in the file first where there is a choice.
    fn job_order(&self, order: &[StepId], waits_for: &[Vec<StepId>]) -> Vec<StepId> {
        let mut left: Vec<usize> = waits_for.iter().map(Vec::len).collect();
        let mut edges: Vec<(StepId, StepId)> = Vec::new();
        let mut ready: BinaryHeap<Reverse<StepId>> = BinaryHeap::new();
        for &step in order {
            if self.flow.steps[step].run.is_none() {
                continue;
            }
            edges.extend(waits_for[step].iter().map(|&job| (job, step)));
            if left[step] == 0 {
                ready.push(Reverse(step));
            }
        }
        let followers = Lists::group(waits_for.len(), edges.iter().map(|(job, _)| *job));
        let mut sorted = Vec::with_capacity(order.len());
        while let Some(Reverse(step)) = ready.pop() {
            sorted.push(step);
            for &edge in followers.of(step) {
                let (_, follower) = edges[edge];
                left[follower] -= 1;
                if left[follower] == 0 {
                    ready.push(Reverse(follower));
                }
            }
        }
        sorted
    }
}
