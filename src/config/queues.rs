//! `[queues.NAME]`: what is known of a queue.

use std::collections::HashSet;

use toml_edit::Value as Toml;

use crate::check::form;
use crate::codes::{config as codes, queue as queue_codes};
use crate::diagnostic::Diagnostic;
use crate::queue::{
    self, Arch, BUNDLES, Fact, ImageType, InstanceType, Queue, Queues, Subnets, Swap,
};
use crate::schema::{Form, PLATFORMS};
use crate::source::Span;
use crate::suggest::closest;
use crate::value::Kind;

use super::{Key, Pair, Place, Reader, quoted};

/// Strategies of ComputeResource.allocationStrategy (CreateComputeEnvironment), and whether each is
/// the one that never exceeds `maxvCpus`.
const STRATEGIES: &[(&str, bool)] = &[
    ("BEST_FIT", true),
    ("BEST_FIT_PROGRESSIVE", false),
    ("BEST_FIT_PROGRESSIVE_ORDERED", false),
    ("SPOT_CAPACITY_OPTIMIZED", false),
    ("SPOT_PRICE_CAPACITY_OPTIMIZED", false),
    ("SPOT_CAPACITY_OPTIMIZED_PRIORITIZED", false),
];

/// An item of a list, or the one value of a key.
struct Written<'t> {
    text: &'t str,
    span: Span,
}

impl Reader<'_, '_> {
    pub(super) fn queues(&mut self, section: &Pair<'_>) -> Queues {
        let mut queues = Queues::default();
        for entry in self.table(section) {
            if let Err(error) = form::check(Form::Queue, entry.name) {
                let mut diagnostic =
                    Diagnostic::new(&codes::CONFIG_VALUE, entry.span, error.message);
                diagnostic.help = error.help;
                self.sink.push(diagnostic);
            }
            let before = self.sink.as_slice().len();
            let mut queue = self.queue(&entry);
            queue.incomplete = self.sink.as_slice().len() > before;
            queues.push(queue);
        }
        queues
    }

    fn queue(&mut self, entry: &Pair<'_>) -> Queue {
        let mut queue = Queue {
            name: entry.name.to_owned(),
            origin: Some(entry.span),
            ..Queue::default()
        };
        let Some(table) = self.table_like(entry) else {
            return queue;
        };
        if table.is_empty() {
            self.sink.push(
                Diagnostic::new(
                    &codes::CONFIG_VALUE,
                    entry.span,
                    format!("nothing is said about queue `{}`", entry.name),
                )
                .help(format!(
                    "write its `platform = \"ec2\"` or `platform = \"fargate\"`, or what else is known \
                     of it: {}",
                    quoted(Place::Queue.names())
                )),
            );
        }
        // What only instances have.
        let mut of_instances = Vec::new();
        for (key, pair) in self.keys(table, Place::Queue, entry.span) {
            match key {
                Key::Platform => {
                    let words: Vec<_> = PLATFORMS.iter().map(|word| (*word, *word)).collect();
                    queue.platform = self.word(&pair, "platform", &words);
                }
                Key::InstanceTypes => queue.instances = self.instance_types(&pair),
                Key::MaxVcpus => queue.max_vcpus = self.max_vcpus(&pair),
                Key::AllocationStrategy => {
                    queue.best_fit = self.word(&pair, "allocation strategy", STRATEGIES);
                }
                Key::Spot => queue.spot = self.truth(&pair),
                Key::FairShare => queue.fair_share = self.truth(&pair),
                Key::ImageType => queue.images = self.image_types(&pair),
                Key::Swap => queue.swap = self.swap(&pair),
                Key::Subnets => queue.subnets = self.subnets(&pair),
                _ => {}
            }
            if matches!(
                key,
                Key::InstanceTypes | Key::AllocationStrategy | Key::ImageType | Key::Swap
            ) {
                of_instances.push(pair);
            }
        }
        match &queue.platform {
            Some(platform) if platform.value == "fargate" => {
                for pair in of_instances {
                    let mut diagnostic = Diagnostic::new(
                        &queue_codes::QUEUE_PROFILE,
                        pair.span,
                        format!("a queue on Fargate has no `{}`", pair.name),
                    );
                    if let Some(stated) = platform.origin {
                        diagnostic = diagnostic.label(stated, "the platform is stated here");
                    }
                    self.sink.push(diagnostic.help(
                        "it describes EC2 instances, and the compute environments of a queue are all \
                         on EC2 or all on Fargate; remove one of the two",
                    ));
                }
                queue.instances = None;
                queue.best_fit = None;
                queue.images = None;
                queue.swap = None;
            }
            Some(_) => {}
            None if table.contains_key("platform") => {}
            None => {
                queue.platform = of_instances.first().map(|pair| Fact {
                    value: "ec2",
                    origin: Some(pair.span),
                });
            }
        }
        queue
    }

    fn truth(&mut self, pair: &Pair<'_>) -> Option<Fact<bool>> {
        let Some(value) = pair.item.as_bool() else {
            let diagnostic = self.wrong_type(pair, "`true` or `false`");
            self.sink.push(diagnostic);
            return None;
        };
        Some(self.fact(pair, value))
    }

    fn max_vcpus(&mut self, pair: &Pair<'_>) -> Option<Fact<i64>> {
        match pair.item.as_integer() {
            Some(number) if (1..=i64::from(i32::MAX)).contains(&number) => {
                return Some(self.fact(pair, number));
            }
            Some(number) => {
                let at = self.item_span(pair);
                self.sink.push(
                    Diagnostic::new(
                        &codes::CONFIG_VALUE,
                        at,
                        format!("`{}` cannot be {number}", pair.name),
                    )
                    .help(format!("at least 1 and at most {}", i32::MAX)),
                );
            }
            None => {
                let diagnostic = self.wrong_type(pair, "an integer");
                self.sink.push(diagnostic);
            }
        }
        None
    }

    fn swap(&mut self, pair: &Pair<'_>) -> Option<Fact<Swap>> {
        const MIB: u64 = 1 << 20;
        let value = self.value(pair, true);
        let swap = match &value.kind {
            Kind::Bool(true) => Some(Swap::Some),
            Kind::Bool(false) | Kind::Int(0, _) => Some(Swap::None),
            Kind::Int(mib, _) if *mib > 0 => Some(Swap::Mib(*mib)),
            Kind::Size(0, _) => Some(Swap::None),
            Kind::Size(bytes, _) if bytes % MIB == 0 => {
                i64::try_from(bytes / MIB).ok().map(Swap::Mib)
            }
            _ => None,
        };
        if swap.is_none() && !value.is_opaque() {
            self.sink.push(
                Diagnostic::new(
                    &codes::CONFIG_VALUE,
                    value.span,
                    format!("`{}` is not an amount of swap", pair.name),
                )
                .help("write MiB as an integer, a size such as `\"8GiB\"`, `true` or `false`"),
            );
        }
        swap.map(|swap| self.fact(pair, swap))
    }

    fn subnets(&mut self, pair: &Pair<'_>) -> Option<Fact<Subnets>> {
        if pair.item.as_str() == Some("private") {
            let at = self.item_span(pair);
            self.sink.push(
                Diagnostic::new(
                    &codes::CONFIG_VALUE,
                    at,
                    "private subnets with a NAT gateway, or without?",
                )
                .help(
                    "write `private-nat` where a NAT gateway leads to the internet, and `isolated` \
                     where nothing does",
                )
                .suggest("write `private-nat`", at, "\"private-nat\"")
                .suggest("write `isolated`", at, "\"isolated\""),
            );
            return None;
        }
        self.word(pair, "kind of subnets", Subnets::ALL)
    }

    fn image_types(&mut self, pair: &Pair<'_>) -> Option<Fact<Vec<ImageType>>> {
        let mut images = Vec::new();
        for written in self.strings(pair)? {
            let image = self.known(&written, "image type", ImageType::ALL)?;
            if !images.contains(&image) {
                images.push(image);
            }
        }
        Some(self.fact(pair, images))
    }

    fn instance_types(&mut self, pair: &Pair<'_>) -> Option<Fact<Vec<&'static InstanceType>>> {
        let mut seen = HashSet::new();
        let mut selected: Vec<&'static InstanceType> = Vec::new();
        let mut first: Option<(Arch, Written<'_>)> = None;
        let mut known = true;
        for written in self.strings(pair)? {
            if !seen.insert(written.text) {
                continue;
            }
            let Some(rows) = queue::select(written.text) else {
                known = false;
                self.unknown_instance_type(&written);
                continue;
            };
            let Some(arch) = rows.first().map(|row| row.arch) else {
                continue;
            };
            match &first {
                Some((other, stated)) if *other != arch => {
                    if !std::mem::replace(&mut known, false) {
                        continue;
                    }
                    self.sink.push(
                        Diagnostic::new(
                            &queue_codes::QUEUE_PROFILE,
                            written.span,
                            format!(
                                "a queue has one architecture: `{}` is {}, `{}` is {}",
                                written.text,
                                arch.as_str(),
                                stated.text,
                                other.as_str()
                            ),
                        )
                        .label(stated.span, format!("{} here", other.as_str()))
                        .help(
                            "AWS Batch does not mix architectures in the compute environments of a \
                             queue; which of the two has it?",
                        ),
                    );
                }
                Some(_) => {}
                None => first = Some((arch, written)),
            }
            selected.extend(rows);
        }
        selected.sort_by_key(|row| row.name);
        selected.dedup_by_key(|row| row.name);
        known.then(|| self.fact(pair, selected))
    }

    fn unknown_instance_type(&mut self, written: &Written<'_>) {
        let text = written.text;
        // Few names are compared: the sizes of a family, or words with the same first letter.
        let first = text.get(..1).map(str::to_ascii_lowercase);
        let words = || {
            let bundles = BUNDLES.iter().map(|(bundle, _)| *bundle);
            let words = queue::families().chain(bundles);
            words.filter(|word| word.get(..1) == first.as_deref())
        };
        let meant: Vec<&str> = match text.split_once('.') {
            Some((family, size)) => {
                let sizes = queue::select(family).unwrap_or_default();
                let meant = if sizes.is_empty() {
                    let family = closest(family, words());
                    let named = family.and_then(|family| queue::named(&format!("{family}.{size}")));
                    named.map(|row| row.name)
                } else {
                    closest(text, sizes.iter().map(|row| row.name))
                };
                meant.into_iter().collect()
            }
            None => {
                let begin = words().filter(|word| text.len() > 1 && word.starts_with(text));
                let begin: Vec<&str> = begin.take(3).collect();
                if begin.is_empty() {
                    closest(text, words()).into_iter().collect()
                } else {
                    begin
                }
            }
        };
        let mut diagnostic = Diagnostic::new(
            &queue_codes::UNKNOWN_INSTANCE_TYPE,
            written.span,
            format!("nothing is known of instance type `{text}`"),
        );
        let date = queue::table_date();
        let silent = "no job is checked against the queue's instance types";
        diagnostic = if meant.is_empty() {
            diagnostic.help(format!(
                "it is none of those that EC2 had on {date}, and no family of them; {silent}"
            ))
        } else {
            let names: Vec<String> = meant.iter().map(|name| format!("`{name}`")).collect();
            diagnostic.help(format!("did you mean {}? {silent}", names.join(" or ")))
        };
        for name in meant {
            let edit = format!("\"{name}\"");
            diagnostic = diagnostic.suggest(format!("write `{name}`"), written.span, edit);
        }
        self.sink.push(diagnostic);
    }

    /// A key that has one of some words.
    fn word<T: Copy>(
        &mut self,
        pair: &Pair<'_>,
        noun: &str,
        words: &[(&'static str, T)],
    ) -> Option<Fact<T>> {
        let Some(text) = pair.item.as_str() else {
            let diagnostic = self.wrong_type(pair, "a string");
            self.sink.push(diagnostic);
            return None;
        };
        let written = Written {
            text,
            span: self.item_span(pair),
        };
        let value = self.known(&written, noun, words)?;
        Some(self.fact(pair, value))
    }

    /// What a word states; an unknown one is reported.
    fn known<T: Copy>(
        &mut self,
        written: &Written<'_>,
        noun: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let (text, at) = (written.text, written.span);
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let names = || words.iter().map(|(word, _)| *word);
        let diagnostic = Diagnostic::new(
            &codes::CONFIG_VALUE,
            at,
            format!("there is no {noun} `{text}`"),
        )
        .help(format!("one of {}", quoted(names())));
        // `AL2023` for `ECS_AL2023`
        let ends = |word: &&str| {
            let (_, end) = word.split_once('_').unwrap_or_default();
            end.eq_ignore_ascii_case(text)
        };
        let meant = closest(text, names()).or_else(|| names().find(ends));
        self.sink.push(match meant {
            Some(meant) => {
                diagnostic.suggest(format!("write `{meant}`"), at, format!("\"{meant}\""))
            }
            None => diagnostic,
        });
        None
    }

    /// The strings of a list that is not empty; one string will do for a list of one.
    fn strings<'t>(&mut self, pair: &Pair<'t>) -> Option<Vec<Written<'t>>> {
        let at = self.item_span(pair);
        if let Some(text) = pair.item.as_str() {
            return Some(vec![Written { text, span: at }]);
        }
        let Some(items) = pair.item.as_array() else {
            let diagnostic = self.wrong_type(pair, "a list of strings");
            self.sink.push(diagnostic);
            return None;
        };
        if items.is_empty() {
            self.sink.push(
                Diagnostic::new(
                    &codes::CONFIG_VALUE,
                    at,
                    format!("`{}` names nothing", pair.name),
                )
                .help("leave it out where it is not known"),
            );
            return None;
        }
        let mut strings = Vec::with_capacity(items.len());
        for item in items {
            let span = self.span(item.span(), at);
            let Toml::String(text) = item else {
                self.sink.push(
                    Diagnostic::new(
                        &codes::CONFIG_VALUE,
                        span,
                        format!("an item of `{}` is not a string", pair.name),
                    )
                    .help("write the names in quotes, such as `[\"g5.2xlarge\", \"p4d\"]`"),
                );
                return None;
            };
            strings.push(Written {
                text: text.value(),
                span,
            });
        }
        Some(strings)
    }

    fn fact<T>(&self, pair: &Pair<'_>, value: T) -> Fact<T> {
        Fact {
            value,
            origin: Some(self.item_span(pair)),
        }
    }
}
