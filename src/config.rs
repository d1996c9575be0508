//! `flowbatch.toml`: found upward from the flow, read with spans.

mod queues;
#[cfg(feature = "aws")]
pub mod record;

use std::borrow::Cow;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item, TableLike};

use crate::check::form;
use crate::codes::config as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::queue::Queues;
use crate::schema::{ANNOTATIONS, Form, Opt, OptionSpec, Ty, annotation};
use crate::source::{FileId, Loader, Sources, Span};
use crate::suggest::closest;
use crate::value::{Entry, Kind, Value};

/// How the file is called.
pub const FILE_NAME: &str = "flowbatch.toml";

/// The longest `name_prefix`, in characters: it leaves room for the flow and the step.
const PREFIX_MAX: usize = 60;

/// What `flowbatch.toml` says, for the chosen environment.
#[derive(Clone, Debug, Default)]
pub struct Config<'a> {
    /// The file; `None` without one.
    pub file: Option<FileId>,
    /// `python = "3.12"`, and where the value stands.
    pub python: Option<(String, Span)>,
    /// Whether `python` is written, but wrongly.
    pub python_is_wrong: bool,
    /// `name_prefix`, that of the environment if it has one, and where the value stands.
    pub name_prefix: Option<(String, Span)>,
    /// The options of `[batch]`.
    pub batch: Vec<ConfigOption<'a>>,
    /// The options of `[env.NAME.batch]`.
    pub env_batch: Vec<ConfigOption<'a>>,
    /// The params of `[params]`.
    pub params: Vec<ConfigParam<'a>>,
    /// The params of `[env.NAME.params]`.
    pub env_params: Vec<ConfigParam<'a>>,
    /// Those of the environments not chosen.
    pub other_params: Vec<ConfigParam<'a>>,
    /// What `[queues.NAME]` says.
    pub queues: Queues,
    /// The names of all environments.
    pub envs: Vec<String>,
}

/// An option of `@batch`, written in the file; its type is not checked yet.
#[derive(Clone, Debug)]
pub struct ConfigOption<'a> {
    /// What it decides.
    pub opt: Opt,
    /// Its row in the table of options.
    pub spec: &'static OptionSpec,
    /// Where its key stands.
    pub key: Span,
    /// Its value; its span holds those of all that is in it.
    pub value: Value<'a>,
}

/// The value of a param: a string, an integer, a decimal or a boolean.
#[derive(Clone, Debug)]
pub struct ConfigParam<'a> {
    /// Its name, which the flow may or may not have.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its value; its type is not matched with the flow's yet.
    pub value: Value<'a>,
}

/// Finds the `flowbatch.toml` nearest to a flow, in its folder or one above, and adds it to the
/// sources.
///
/// # Errors
/// The diagnostic of a file that is there but cannot be read or is not UTF-8.
pub fn find(
    loader: &dyn Loader,
    flow_path: &Path,
    sources: &mut Sources,
) -> Result<Option<FileId>, Diagnostic> {
    let folder = flow_path.parent().unwrap_or(Path::new(""));
    for folder in loader.ancestors(folder) {
        let path = folder.join(FILE_NAME);
        match loader.read(&path) {
            Ok(bytes) => return decode(bytes, path, sources).map(Some),
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => {
                let message = format!("cannot read {}: {error}", path.display());
                return Err(Diagnostic::nowhere(&codes::CONFIG_SYNTAX, message));
            }
        }
    }
    Ok(None)
}

fn decode(bytes: Vec<u8>, path: PathBuf, sources: &mut Sources) -> Result<FileId, Diagnostic> {
    let name = path.display().to_string();
    match String::from_utf8(bytes) {
        Ok(text) => Ok(sources.add(path, name, text)),
        Err(error) => {
            // Up to the mistake the lossy text is the file's, byte by byte.
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let file = sources.add(path, name, text);
            let span = Span::new(file, at, at + char::REPLACEMENT_CHARACTER.len_utf8());
            Err(
                Diagnostic::new(&codes::CONFIG_SYNTAX, span, "the file is not UTF-8")
                    .help("save it in the encoding UTF-8"),
            )
        }
    }
}

/// Reads the file that [`find`] found, and what it says for the environment `--env`.
///
/// Everything that is wrong in it is reported, in the environments not chosen too. Options are
/// not matched with their types, nor params with those of the flow.
pub fn read<'a>(
    sources: &'a Sources,
    file: Option<FileId>,
    env: Option<&str>,
    sink: &mut Diagnostics,
) -> Config<'a> {
    let mut config = Config {
        file,
        ..Config::default()
    };
    if let Some(file) = file {
        let text: &'a str = &sources.file(file).text;
        match Document::parse(text) {
            Ok(document) => {
                let mut reader = Reader { file, text, sink };
                reader.top(document.as_table(), env, &mut config);
            }
            Err(error) => {
                sink.push(syntax_error(file, text, &error));
                return config;
            }
        }
    }
    if let Some(env) = env.filter(|&env| !config.envs.iter().any(|known| known == env)) {
        sink.push(unknown_env(env, &config));
    }
    config
}

fn syntax_error(file: FileId, text: &str, error: &toml_edit::TomlError) -> Diagnostic {
    let range = error.span().unwrap_or(text.len()..text.len());
    let span = Span::new(file, range.start, range.end);
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    Diagnostic::new(&codes::CONFIG_SYNTAX, span, message)
}

fn unknown_env(env: &str, config: &Config<'_>) -> Diagnostic {
    let diagnostic = Diagnostic::nowhere(
        &codes::UNKNOWN_ENV,
        format!("there is no environment `{env}`"),
    );
    let names = || config.envs.iter().map(String::as_str);
    diagnostic.help(if config.file.is_none() {
        format!("`--env {env}` needs a `[env.{env}]` in {FILE_NAME}, and there is no {FILE_NAME}")
    } else if config.envs.is_empty() {
        format!("{FILE_NAME} has no environments; add `[env.{env}]`")
    } else {
        let known = format!("{FILE_NAME} has {}", quoted(names()));
        match closest(env, names()) {
            Some(meant) => format!("did you mean `{meant}`? {known}"),
            None => known,
        }
    })
}

/// The keys that the file knows, besides options and the names of params, queues, environments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Python,
    NamePrefix,
    Batch,
    Params,
    Queues,
    Env,
    Platform,
    InstanceTypes,
    MaxVcpus,
    AllocationStrategy,
    Spot,
    FairShare,
    ImageType,
    Swap,
    Subnets,
}

/// Where a key may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Env,
    Queue,
}

static KEYS: &[(Place, &str, Key)] = &[
    (Place::Top, "python", Key::Python),
    (Place::Top, "name_prefix", Key::NamePrefix),
    (Place::Top, "batch", Key::Batch),
    (Place::Top, "params", Key::Params),
    (Place::Top, "queues", Key::Queues),
    (Place::Top, "env", Key::Env),
    (Place::Env, "name_prefix", Key::NamePrefix),
    (Place::Env, "batch", Key::Batch),
    (Place::Env, "params", Key::Params),
    (Place::Queue, "platform", Key::Platform),
    (Place::Queue, "instance_types", Key::InstanceTypes),
    (Place::Queue, "max_vcpus", Key::MaxVcpus),
    (Place::Queue, "allocation_strategy", Key::AllocationStrategy),
    (Place::Queue, "spot", Key::Spot),
    (Place::Queue, "fair_share", Key::FairShare),
    (Place::Queue, "image_type", Key::ImageType),
    (Place::Queue, "swap", Key::Swap),
    (Place::Queue, "subnets", Key::Subnets),
];

impl Place {
    fn names(self) -> impl Iterator<Item = &'static str> {
        KEYS.iter()
            .filter(move |(place, ..)| *place == self)
            .map(|(_, name, _)| *name)
    }

    fn key(self, name: &str) -> Option<Key> {
        KEYS.iter()
            .find(|(place, known, _)| *place == self && *known == name)
            .map(|(.., key)| *key)
    }

    /// The key for what people and the API call otherwise.
    fn other_word(self, name: &str) -> Option<&'static str> {
        match (self, name) {
            (Self::Queue, "ami" | "ami_family" | "ec2_configuration") => Some("image_type"),
            (
                Self::Queue,
                "scheduling_policy" | "scheduling_policy_arn" | "schedulingPolicyArn",
            ) => Some("fair_share"),
            (Self::Queue, "type") => Some("platform"),
            _ => None,
        }
    }

    /// Where, in words.
    fn describe(self) -> &'static str {
        match self {
            Self::Top => "at the top of the file, above the first `[section]`",
            Self::Env => "in `[env.NAME]`",
            Self::Queue => "in `[queues.NAME]`",
        }
    }
}

struct Reader<'a, 's> {
    file: FileId,
    text: &'a str,
    sink: &'s mut Diagnostics,
}

/// A key of a table, where it stands, and what it has.
struct Pair<'t> {
    name: &'t str,
    span: Span,
    item: &'t Item,
}

impl<'a> Reader<'a, '_> {
    fn top(&mut self, table: &dyn TableLike, env: Option<&str>, config: &mut Config<'a>) {
        let whole = Span::new(self.file, 0, 0);
        for (key, pair) in self.keys(table, Place::Top, whole) {
            match key {
                Key::Python => {
                    config.python = self.python(&pair);
                    config.python_is_wrong = config.python.is_none();
                }
                // The environment's, which may stand above, is stronger.
                Key::NamePrefix => {
                    let prefix = self.name_prefix(&pair);
                    config.name_prefix = config.name_prefix.take().or(prefix);
                }
                Key::Batch => config.batch = self.options(&pair),
                Key::Params => config.params = self.params(&pair),
                Key::Queues => config.queues = self.queues(&pair),
                Key::Env => {
                    for pair in self.table(&pair) {
                        config.envs.push(pair.name.to_owned());
                        self.env(&pair, env == Some(pair.name), config);
                    }
                }
                _ => {}
            }
        }
    }

    /// Checks an environment, and takes over what it says if it is the chosen one.
    fn env(&mut self, pair: &Pair<'_>, chosen: bool, config: &mut Config<'a>) {
        let Some(table) = self.table_like(pair) else {
            return;
        };
        let mut found = Config::default();
        for (key, pair) in self.keys(table, Place::Env, pair.span) {
            match key {
                Key::NamePrefix => found.name_prefix = self.name_prefix(&pair),
                Key::Batch => found.env_batch = self.options(&pair),
                Key::Params => found.env_params = self.params(&pair),
                _ => {}
            }
        }
        if chosen {
            config.name_prefix = found.name_prefix.or(config.name_prefix.take());
            config.env_batch = found.env_batch;
            config.env_params = found.env_params;
        } else {
            config.other_params.extend(found.env_params);
        }
    }

    fn python(&mut self, pair: &Pair<'_>) -> Option<(String, Span)> {
        let at = self.item_span(pair);
        let is_version = |text: &str| {
            let parts: Vec<&str> = text.split('.').collect();
            let is_number =
                |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            (2..=3).contains(&parts.len()) && parts.iter().all(is_number)
        };
        match pair.item.as_str() {
            Some(text) if is_version(text) => return Some((text.to_owned(), at)),
            Some(text) => self.sink.push(
                Diagnostic::new(
                    &codes::CONFIG_VALUE,
                    at,
                    format!("`{text}` is not a version of Python"),
                )
                .help("write two or three numbers, such as `\"3.12\"`"),
            ),
            None => {
                let diagnostic = self.wrong_type(pair, "a string").help(
                    "a version is a string, such as `\"3.12\"`: as a number 3.10 would be 3.1",
                );
                let written = self.text.get(at.range()).unwrap_or_default();
                self.sink
                    .push(if pair.item.is_float() && is_version(written) {
                        diagnostic.fix("put it in quotes", at, format!("\"{written}\""))
                    } else {
                        diagnostic
                    });
            }
        }
        None
    }

    /// The empty prefix is legal: an environment may do without the general one.
    fn name_prefix(&mut self, pair: &Pair<'_>) -> Option<(String, Span)> {
        let at = self.item_span(pair);
        let Some(text) = pair.item.as_str() else {
            let diagnostic = self.wrong_type(pair, "a string");
            self.sink.push(diagnostic);
            return None;
        };
        let message = if text.len() > PREFIX_MAX {
            format!("a prefix of {} characters", text.chars().count())
        } else if text.is_empty() || form::check(Form::DefinitionName, text).is_ok() {
            return Some((text.to_owned(), at));
        } else {
            format!("`{text}` cannot begin the name of a job definition")
        };
        self.sink.push(
            Diagnostic::new(&codes::CONFIG_VALUE, at, message).help(format!(
                "at most {PREFIX_MAX} letters, digits, `_` and `-`, the first a letter or digit"
            )),
        );
        None
    }

    fn options(&mut self, section: &Pair<'_>) -> Vec<ConfigOption<'a>> {
        let mut options = Vec::new();
        for pair in self.table(section) {
            let batch = annotation("batch");
            match batch.and_then(|batch| batch.option(pair.name)) {
                Some(spec) => {
                    let size = matches!(spec.ty, Ty::Mib(_) | Ty::Gib(..));
                    options.push(ConfigOption {
                        opt: spec.opt,
                        spec,
                        key: pair.span,
                        value: self.value(&pair, size),
                    });
                }
                None => self.unknown_option(&pair),
            }
        }
        options
    }

    fn unknown_option(&mut self, pair: &Pair<'_>) {
        let name = pair.name;
        let diagnostic = Diagnostic::new(
            &codes::CONFIG_UNKNOWN_KEY,
            pair.span,
            format!("`@batch` has no option `{name}`"),
        );
        let elsewhere = ANNOTATIONS
            .iter()
            .find(|annotation| annotation.name == name || annotation.option(name).is_some());
        let names = || {
            annotation("batch")
                .into_iter()
                .flat_map(|batch| batch.options)
        };
        self.sink.push(if let Some(annotation) = elsewhere {
            diagnostic.help(format!(
                "only options of `@batch` stand here; write `@{}(…)` in the flow",
                annotation.name
            ))
        } else if Place::Top.key(name).is_some() {
            diagnostic.help(format!("`{name}` stands {}", Place::Top.describe()))
        } else if let Some(meant) = closest(name, names().map(|option| option.name)) {
            did_you_mean(diagnostic, meant, pair.span)
        } else {
            diagnostic.help("only options of `@batch` stand here")
        });
    }

    fn params(&mut self, section: &Pair<'_>) -> Vec<ConfigParam<'a>> {
        let mut params = Vec::new();
        for pair in self.table(section) {
            let value = self.value(&pair, false);
            match value.kind {
                Kind::Bool(_) | Kind::Int(..) | Kind::Decimal(..) | Kind::Str(_) => {
                    params.push(ConfigParam {
                        name: pair.name.to_owned(),
                        span: pair.span,
                        value,
                    });
                }
                Kind::Error => {}
                _ => self.sink.push(
                    Diagnostic::new(
                        &codes::PARAM_VALUE,
                        value.span,
                        format!("param `{}` cannot be {}", pair.name, value.kind.describe()),
                    )
                    .help("a param is a string, an integer, a decimal number or a boolean"),
                ),
            }
        }
        params
    }

    // --- What all sections share -----------------------------------------------------------

    /// The known keys of a table; the others are reported.
    fn keys<'t>(
        &mut self,
        table: &'t dyn TableLike,
        place: Place,
        whole: Span,
    ) -> Vec<(Key, Pair<'t>)> {
        let mut known = Vec::new();
        for pair in self.pairs(table, whole) {
            match place.key(pair.name) {
                Some(key) => known.push((key, pair)),
                None => self.unknown_key(&pair, place),
            }
        }
        known
    }

    fn unknown_key(&mut self, pair: &Pair<'_>, place: Place) {
        let name = pair.name;
        let diagnostic = Diagnostic::new(
            &codes::CONFIG_UNKNOWN_KEY,
            pair.span,
            format!("there is no key `{name}` here"),
        );
        let other = KEYS.iter().find(|(_, known, _)| *known == name);
        let is_option = annotation("batch").is_some_and(|batch| batch.option(name).is_some());
        self.sink.push(if let Some((other, ..)) = other {
            diagnostic.help(format!("`{name}` stands {}", other.describe()))
        } else if is_option && place != Place::Queue {
            let section = if place == Place::Top {
                "[batch]"
            } else {
                "[env.NAME.batch]"
            };
            diagnostic.help(format!("options of `@batch` stand in `{section}`"))
        } else if let Some(meant) = place
            .other_word(name)
            .or_else(|| closest(name, place.names()))
        {
            did_you_mean(diagnostic, meant, pair.span)
        } else {
            diagnostic.help(format!("known here: {}", quoted(place.names())))
        });
    }

    /// What is in a key that has to be a table.
    fn table<'t>(&mut self, pair: &Pair<'t>) -> Vec<Pair<'t>> {
        match self.table_like(pair) {
            Some(table) => self.pairs(table, pair.span),
            None => Vec::new(),
        }
    }

    fn table_like<'t>(&mut self, pair: &Pair<'t>) -> Option<&'t dyn TableLike> {
        let table = pair.item.as_table_like();
        if table.is_none() {
            let diagnostic = self.wrong_type(pair, "a table");
            self.sink.push(diagnostic);
        }
        table
    }

    fn pairs<'t>(&self, table: &'t dyn TableLike, whole: Span) -> Vec<Pair<'t>> {
        table
            .iter()
            .map(|(name, item)| Pair {
                name,
                span: self.span(table.key(name).and_then(|key| key.span()), whole),
                item,
            })
            .collect()
    }

    fn span(&self, range: Option<Range<usize>>, otherwise: Span) -> Span {
        range.map_or(otherwise, |range| {
            Span::new(self.file, range.start, range.end)
        })
    }

    fn item_span(&self, pair: &Pair<'_>) -> Span {
        self.span(pair.item.span(), pair.span)
    }

    fn wrong_type(&self, pair: &Pair<'_>, wanted: &str) -> Diagnostic {
        let found = match pair.item.type_name() {
            "integer" => "an integer",
            "float" => "a decimal number",
            "boolean" => "a boolean",
            "string" => "a string",
            "datetime" => "a date or time",
            "array" => "a list",
            "array of tables" => "a list of tables",
            _ => "a table",
        };
        Diagnostic::new(
            &codes::CONFIG_VALUE,
            self.item_span(pair),
            format!("`{}` is {wanted}, not {found}", pair.name),
        )
    }

    /// Converts a value; `size` says whether a string may be a size.
    fn value(&mut self, pair: &Pair<'_>, size: bool) -> Value<'a> {
        match pair.item {
            Item::Value(value) => self.scalar(value, pair, size),
            Item::Table(table) => self.map(table, self.item_span(pair)),
            Item::ArrayOfTables(tables) => {
                let at = self.item_span(pair);
                let maps: Vec<Value<'a>> = tables
                    .iter()
                    .map(|table| self.map(table, self.span(table.span(), at)))
                    .collect();
                let whole = maps.iter().fold(at, |whole, map| cover(whole, map.span));
                Value::new(whole, Kind::List(maps.into()))
            }
            Item::None => Value::new(pair.span, Kind::Error),
        }
    }

    fn scalar(&mut self, value: &toml_edit::Value, pair: &Pair<'_>, size: bool) -> Value<'a> {
        use toml_edit::Value as Toml;
        let at = self.span(value.span(), pair.span);
        let kind = match value {
            Toml::String(text) if text.value().contains('\0') => {
                self.sink.push(
                    Diagnostic::new(
                        &codes::CONFIG_VALUE,
                        at,
                        format!("the value of `{}` has a NUL in it", pair.name),
                    )
                    .help("no argument and no environment variable can hold one"),
                );
                Kind::Error
            }
            Toml::String(text) => {
                let text = Cow::Owned(text.value().clone());
                match parse_size(&text).filter(|_| size) {
                    Some(bytes) => Kind::Size(bytes, text),
                    None => Kind::Str(text),
                }
            }
            Toml::Integer(number) => Kind::Int(*number.value(), number.value().to_string().into()),
            Toml::Float(number) if number.value().is_finite() => {
                let written = self.text.get(at.range()).unwrap_or_default();
                let written = written.trim_start_matches('+').replace('_', "");
                Kind::Decimal(*number.value(), written.into())
            }
            Toml::Boolean(truth) => Kind::Bool(*truth.value()),
            Toml::Array(items) => {
                let items: Vec<Value<'a>> = items
                    .iter()
                    .map(|item| self.scalar(item, pair, false))
                    .collect();
                Kind::List(items.into())
            }
            Toml::InlineTable(table) => return self.map(table, at),
            Toml::Float(_) | Toml::Datetime(_) => {
                let what = if value.is_datetime() {
                    "a date or time"
                } else {
                    "not a finite number"
                };
                self.sink.push(
                    Diagnostic::new(
                        &codes::CONFIG_VALUE,
                        at,
                        format!("the value of `{}` is {what}", pair.name),
                    )
                    .help("write a string, a number, a boolean, a list or a table"),
                );
                Kind::Error
            }
        };
        Value::new(at, kind)
    }

    fn map(&mut self, table: &dyn TableLike, at: Span) -> Value<'a> {
        let entries: Vec<Entry<'a>> = self
            .pairs(table, at)
            .iter()
            .map(|pair| Entry {
                key: Cow::Owned(pair.name.to_owned()),
                span: pair.span,
                value: self.value(pair, false),
            })
            .collect();
        // The span of a `[table]` is only its header, and a dotted one has none.
        let whole = entries.iter().fold(at, |whole, entry| {
            cover(cover(whole, entry.span), entry.value.span)
        });
        Value::new(whole, Kind::Map(entries.into()))
    }
}

/// The least span that holds both.
fn cover(a: Span, b: Span) -> Span {
    Span {
        start: a.start.min(b.start),
        end: a.end.max(b.end),
        ..a
    }
}

/// A size as a flow writes it, such as `8GiB`, in bytes.
fn parse_size(text: &str) -> Option<u64> {
    let at = text.len().checked_sub(3)?;
    let (number, unit) = (text.get(..at)?, text.get(at..)?);
    let shift = match unit {
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return None,
    };
    let is_group = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    if !number.split('_').all(is_group) || (number.starts_with('0') && number != "0") {
        return None;
    }
    let number: u64 = number.replace('_', "").parse().ok()?;
    number.checked_mul(1 << shift)
}

fn did_you_mean(diagnostic: Diagnostic, meant: &str, at: Span) -> Diagnostic {
    diagnostic.help(format!("did you mean `{meant}`?")).suggest(
        format!("write `{meant}`"),
        at,
        meant,
    )
}

fn quoted<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;
    use crate::queue::{Subnets, Swap};
    use crate::source::{Disk, Memory};

    fn sources(text: &str) -> Sources {
        let mut sources = Sources::default();
        sources.add(FILE_NAME.into(), FILE_NAME.into(), text);
        sources
    }

    /// Every diagnostic as `text under the primary label | message`.
    fn mistakes(text: &str, env: Option<&str>) -> Vec<String> {
        let sources = sources(text);
        let mut sink = Diagnostics::default();
        read(&sources, Some(FileId(0)), env, &mut sink);
        sink.into_sorted()
            .iter()
            .map(|found| {
                let at = found.primary().map_or("", |span| sources.text(span));
                format!("{at} | {}", found.message)
            })
            .collect()
    }

    fn only(text: &str) -> Diagnostic {
        let sources = sources(text);
        let mut sink = Diagnostics::default();
        read(&sources, Some(FileId(0)), None, &mut sink);
        assert_eq!(sink.as_slice().len(), 1, "{:#?}", sink.as_slice());
        sink.into_sorted().remove(0)
    }

    #[test]
    fn a_whole_file_is_read() {
        let text = "\
python = \"3.12\"
name_prefix = \"p-\"
[batch]
queue = \"q\"
memory = \"8GiB\"
cpu = 0.5
gpu = 1_0
privileged = true
host_volumes = [\"/a\"]
aws_batch_tags.team = \"ml\"
ulimits = [{ name = \"nofile\", soft = 1, hard = 2 }]
[batch.log_options]
awslogs-group = \"/x\"
[[batch.devices]]
host = \"/dev/a\"
[[batch.devices]]
host = \"/dev/b\"
[params]
date = \"2026-01-01\"
rate = +1_0.50
[queues.\"arn:aws:batch:us-east-1:123456789012:job-queue/x\"]
platform = \"ec2\"
[queues.x]
platform = \"fargate\"
[env.dev]
[env.prod]
name_prefix = \"\"
[env.prod.batch]
queue = \"prod\"
memory = \"8G\"
[env.prod.params]
date = \"x\"
";
        let sources = sources(text);
        let mut sink = Diagnostics::default();
        let config = read(&sources, Some(FileId(0)), Some("prod"), &mut sink);
        assert!(sink.as_slice().is_empty(), "{:#?}", sink.as_slice());
        assert_eq!(config.python.as_ref().unwrap().0, "3.12");
        let (prefix, span) = config.name_prefix.as_ref().unwrap();
        assert_eq!((prefix.as_str(), sources.text(*span)), ("", "\"\""));
        assert_eq!(config.envs, ["dev", "prod"]);
        let option = |name: &str| {
            let found = config.batch.iter().find(|option| option.spec.name == name);
            &found.unwrap_or_else(|| panic!("{name}")).value
        };
        assert!(matches!(&option("memory").kind, Kind::Size(n, _) if *n == 8 << 30));
        assert!(matches!(&option("cpu").kind, Kind::Decimal(_, text) if text == "0.5"));
        assert!(matches!(&option("gpu").kind, Kind::Int(10, text) if text == "10"));
        assert!(matches!(option("privileged").kind, Kind::Bool(true)));
        assert!(matches!(&option("ulimits").kind, Kind::List(items) if items.len() == 1));
        assert!(matches!(&option("devices").kind, Kind::List(items) if items.len() == 2));
        for name in ["aws_batch_tags", "log_options"] {
            let value = option(name);
            let Kind::Map(entries) = &value.kind else {
                panic!("{name}")
            };
            assert!(value.span.contains(entries[0].span), "{name}");
            assert!(value.span.contains(entries[0].value.span), "{name}");
        }
        assert!(matches!(&config.params[1].value.kind, Kind::Decimal(_, text) if text == "10.50"));
        assert_eq!(sources.text(config.params[0].span), "date");
        assert_eq!(sources.text(config.env_batch[0].key), "queue");
        assert_eq!(config.env_batch[1].value.as_str(), Some("8G"));
        assert_eq!(config.env_params.len(), 1);
        let platform = |queue| {
            let known = config.queues.find(queue)?.platform.as_ref();
            known.map(|platform| platform.value)
        };
        assert_eq!(platform("x"), Some("fargate"));
        assert_eq!(
            platform("arn:aws:batch:us-east-1:123456789012:job-queue/x"),
            Some("ec2")
        );
        assert_eq!(
            platform("arn:aws:batch:eu-west-1:123456789012:job-queue/x"),
            Some("fargate")
        );
        assert_eq!(platform("y"), None);

        let config = read(&sources, Some(FileId(0)), None, &mut sink);
        assert_eq!(config.name_prefix.unwrap().0, "p-");
        assert!(config.env_batch.is_empty() && config.env_params.is_empty());
    }

    #[test]
    fn a_whole_queue_is_read() {
        let text = "\
[queues.all]
instance_types = [\"p4d\", \"g5.2xlarge\", \"optimal\", \"g5.2xlarge\", \"g5\"]
max_vcpus = 256
allocation_strategy = \"BEST_FIT\"
spot = false
fair_share = true
image_type = [\"ECS_AL2\", \"ECS_AL2_NVIDIA\"]
swap = \"8GiB\"
subnets = \"private-nat\"
[queues.none]
fair_share = false
[queues.swapless]
swap = \"0KiB\"
[queues.one]
instance_types = \"c7g.large\"
image_type = \"ECS_AL2023\"
swap = true
";
        let sources = sources(text);
        let mut sink = Diagnostics::default();
        let config = read(&sources, Some(FileId(0)), None, &mut sink);
        assert!(sink.as_slice().is_empty(), "{:#?}", sink.as_slice());
        let queue = |name| config.queues.find(name).unwrap();
        let all = queue("all");
        let instances = all.instances.as_ref().unwrap();
        let mut names: Vec<&str> = instances.value.iter().map(|row| row.name).collect();
        assert!(names.contains(&"p4d.24xlarge") && names.contains(&"c6i.large"));
        assert!(names.contains(&"g5.48xlarge"));
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(
            sources
                .text(instances.origin.unwrap())
                .starts_with("[\"p4d\"")
        );
        // Only EC2 has instance types.
        let platform = all.platform.as_ref().unwrap();
        assert_eq!(platform.value, "ec2");
        assert_eq!(sources.text(platform.origin.unwrap()), "instance_types");
        assert_eq!(all.max_vcpus.as_ref().unwrap().value, 256);
        assert!(all.best_fit.as_ref().unwrap().value);
        assert!(!all.spot.as_ref().unwrap().value);
        assert!(all.fair_share.as_ref().unwrap().value);
        assert_eq!(all.images.as_ref().unwrap().value.len(), 2);
        assert_eq!(all.swap.as_ref().unwrap().value, Swap::Mib(8192));
        assert_eq!(all.subnets.as_ref().unwrap().value, Subnets::PrivateNat);
        assert!(queue("none").platform.is_none() && !queue("none").incomplete);
        assert_eq!(queue("swapless").swap.as_ref().unwrap().value, Swap::None);
        let one = queue("one");
        assert_eq!(one.instances.as_ref().unwrap().value.len(), 1);
        assert_eq!(one.swap.as_ref().unwrap().value, Swap::Some);
        assert_eq!(config.queues.iter().count(), 4);
    }

    #[test]
    fn the_prefix_of_the_environment_wins_wherever_it_stands() {
        let sources = sources("env.prod.name_prefix = \"e\"\nname_prefix = \"t\"\n");
        let mut sink = Diagnostics::default();
        let config = read(&sources, Some(FileId(0)), Some("prod"), &mut sink);
        assert_eq!(config.name_prefix.unwrap().0, "e");
    }

    #[test]
    fn mistakes_are_reported_where_they_are() {
        for (text, expected) in [
            ("pyton = \"3.12\"", "pyton | there is no key `pyton` here"),
            ("queue = \"q\"", "queue | there is no key `queue` here"),
            ("[bacth]", "bacth | there is no key `bacth` here"),
            ("platform = 1", "platform | there is no key `platform` here"),
            (
                "python = 3.12",
                "3.12 | `python` is a string, not a decimal number",
            ),
            ("python = 3", "3 | `python` is a string, not an integer"),
            ("python = \"3\"", "\"3\" | `3` is not a version of Python"),
            (
                "python = \"3.x\"",
                "\"3.x\" | `3.x` is not a version of Python",
            ),
            (
                "name_prefix = 1",
                "1 | `name_prefix` is a string, not an integer",
            ),
            (
                "name_prefix = \"a b\"",
                "\"a b\" | `a b` cannot begin the name of a job definition",
            ),
            (
                "name_prefix = \"_a\"",
                "\"_a\" | `_a` cannot begin the name of a job definition",
            ),
            ("batch = 1", "1 | `batch` is a table, not an integer"),
            (
                "env = \"prod\"",
                "\"prod\" | `env` is a table, not a string",
            ),
            (
                "[[queues]]",
                "[[queues]] | `queues` is a table, not a list of tables",
            ),
            ("env.prod = 1", "1 | `prod` is a table, not an integer"),
            (
                "[env.prod]\nqueue = \"q\"",
                "queue | there is no key `queue` here",
            ),
            (
                "[env.prod]\npython = \"3.1\"",
                "python | there is no key `python` here",
            ),
            (
                "[env.prod.batch]\ncpus = 1",
                "cpus | `@batch` has no option `cpus`",
            ),
            (
                "[batch]\nmemroy = 1",
                "memroy | `@batch` has no option `memroy`",
            ),
            (
                "[batch]\ntimes = 1",
                "times | `@batch` has no option `times`",
            ),
            (
                "[batch]\nqueue = 2026-01-01",
                "2026-01-01 | the value of `queue` is a date or time",
            ),
            (
                "[batch]\ncpu = inf",
                "inf | the value of `cpu` is not a finite number",
            ),
            (
                "[batch]\nraw = { a = [1979-05-27] }",
                "1979-05-27 | the value of `a` is a date or time",
            ),
            ("[params]\nx = [1]", "[1] | param `x` cannot be a list"),
            ("[queues.q]", "q | nothing is said about queue `q`"),
            (
                "[queues.q]\nplatform = \"EC2\"",
                "\"EC2\" | there is no platform `EC2`",
            ),
            (
                "[queues.q]\nplatform = 1",
                "1 | `platform` is a string, not an integer",
            ),
            (
                "[queues.q]\nplatfrom = \"ec2\"",
                "platfrom | there is no key `platfrom` here",
            ),
            (
                "[queues.q]\ninstance_types = 3",
                "3 | `instance_types` is a list of strings, not an integer",
            ),
            (
                "[queues.q]\ninstance_types = [\"m7i.lrge\"]",
                "\"m7i.lrge\" | nothing is known of instance type `m7i.lrge`",
            ),
            (
                "[queues.q]\nmax_vcpus = 2147483648",
                "2147483648 | `max_vcpus` cannot be 2147483648",
            ),
            (
                "[queues.q]\nspot = 1",
                "1 | `spot` is `true` or `false`, not an integer",
            ),
            (
                "[queues.q]\nimage_type = [\"AL2\"]",
                "\"AL2\" | there is no image type `AL2`",
            ),
            (
                "[queues.q]\nswap = \"1KiB\"",
                "\"1KiB\" | `swap` is not an amount of swap",
            ),
            (
                "[queues.q]\nswap = -1",
                "-1 | `swap` is not an amount of swap",
            ),
            (
                "[queues.q]\nswap = nan",
                "nan | the value of `swap` is not a finite number",
            ),
            (
                "[queues.q]\nplatform = \"fargate\"\nallocation_strategy = \"BEST_FIT\"",
                "allocation_strategy | a queue on Fargate has no `allocation_strategy`",
            ),
            (
                "[queues.q]\nmemory = 1",
                "memory | there is no key `memory` here",
            ),
            (
                "[queues.\"a b\"]\nplatform = \"ec2\"",
                "\"a b\" | `a b` is not the name of a job queue",
            ),
        ] {
            assert_eq!(mistakes(text, None), [expected], "{text}");
        }
        assert_eq!(
            mistakes(&format!("name_prefix = \"{}\"", "a".repeat(61)), None).len(),
            1
        );
        assert_eq!(mistakes("a = 1\nb = 2\n[batch]\nc = 3", None).len(), 3);
    }

    #[test]
    fn help_and_fixes_say_what_to_write() {
        let fix = &only("python = 3.10").fixes[0];
        assert_eq!(
            (fix.edits[0].text.as_str(), fix.certain),
            ("\"3.10\"", true)
        );
        for (text, help) in [
            ("[batch]\nmemroy = 1", "did you mean `memory`?"),
            (
                "[batch]\ntimes = 1",
                "only options of `@batch` stand here; write `@retry(…)` in the flow",
            ),
            (
                "[batch]\nretry = 1",
                "only options of `@batch` stand here; write `@retry(…)` in the flow",
            ),
            (
                "[batch]\npython = 1",
                "`python` stands at the top of the file, above the first `[section]`",
            ),
            ("cpu = 1", "options of `@batch` stand in `[batch]`"),
            (
                "[env.x]\ncpu = 1",
                "options of `@batch` stand in `[env.NAME.batch]`",
            ),
            ("platform = \"ec2\"", "`platform` stands in `[queues.NAME]`"),
            ("[queues.q]\nami = 1", "did you mean `image_type`?"),
            ("[queues.q]\nmaxvCpus = 1", "did you mean `max_vcpus`?"),
            (
                "[env.x]\nzzzzzz = 1",
                "known here: `name_prefix`, `batch`, `params`",
            ),
        ] {
            assert_eq!(only(text).help.as_deref(), Some(help), "{text}");
        }
    }

    #[test]
    fn toml_that_is_none_is_one_diagnostic() {
        for text in [
            "python = ",
            "[batch",
            "a = 1\na = 2",
            "x",
            "\"",
            "a = [1,\n",
            "[batch]\n[batch]\n",
        ] {
            let found = only(text);
            assert_eq!(found.code.name, "config-syntax", "{text}");
            assert!(
                found.primary().unwrap().end as usize <= text.len(),
                "{text}"
            );
        }
        assert!(mistakes("", None).is_empty());
        assert!(mistakes("\u{feff}python = \"3.12\"\r\n", None).is_empty());
        assert_eq!(
            mistakes("\u{feff}pyton = 1", None),
            ["pyton | there is no key `pyton` here"]
        );
        let deep = only(&format!("[params]\na = {}", "[".repeat(100_000)));
        assert_eq!(deep.code.name, "config-syntax");
    }

    #[test]
    fn an_unknown_environment_is_an_error() {
        let help = |text: Option<&str>, env| {
            let sources = sources(text.unwrap_or_default());
            let mut sink = Diagnostics::default();
            read(&sources, text.map(|_| FileId(0)), Some(env), &mut sink);
            let found = sink.into_sorted().remove(0);
            assert_eq!(found.code.name, "unknown-env");
            found.help.unwrap()
        };
        assert!(help(None, "prod").ends_with("there is no flowbatch.toml"));
        assert!(help(Some(""), "prod").contains("no environments"));
        let two = "[env.prod]\n[env.dev.batch]\n";
        assert_eq!(help(Some(two), "x1y2"), "flowbatch.toml has `prod`, `dev`");
        assert!(help(Some(two), "prd").starts_with("did you mean `prod`?"));
        assert!(mistakes(two, Some("dev")).is_empty());
    }

    #[test]
    fn the_examples_of_the_codes_show_them() {
        let run = |example: &'static str| {
            let parts = crate::codes::Example::new(example).parts();
            let part = |name| {
                parts
                    .iter()
                    .find(|part| part.0 == name)
                    .map(|part| part.1.as_ref())
            };
            let sources = sources(part(FILE_NAME).unwrap());
            let env = part("arguments").and_then(|words| words.trim().strip_prefix("--env "));
            let mut sink = Diagnostics::default();
            read(&sources, Some(FileId(0)), env, &mut sink);
            let found = sink.into_sorted();
            found
                .iter()
                .map(|found| found.code.name)
                .collect::<Vec<_>>()
        };
        for code in [
            &codes::CONFIG_SYNTAX,
            &codes::CONFIG_UNKNOWN_KEY,
            &codes::CONFIG_VALUE,
            &codes::UNKNOWN_ENV,
        ] {
            assert_eq!(run(code.failing), [code.name]);
            assert!(run(code.corrected).is_empty(), "{}", code.name);
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("512MiB", Some(512 << 20)),
            ("1_024KiB", Some(1 << 20)),
            ("0GiB", Some(0)),
            ("2TiB", Some(2 << 40)),
            ("8G", None),
            ("8 GiB", None),
            ("GiB", None),
            ("08GiB", None),
            ("-1GiB", None),
            ("1__0GiB", None),
            ("99999999999999TiB", None),
            ("é", None),
        ] {
            assert_eq!(parse_size(text), bytes, "{text}");
        }
    }

    #[test]
    fn the_file_is_found_upward() {
        let find_in = |loader: &dyn Loader, flow: &str| {
            let mut sources = Sources::default();
            let found = find(loader, Path::new(flow), &mut sources);
            found.map(|file| file.map(|file| sources.file(file).name.clone()))
        };
        let loader = Memory::default()
            .with("flowbatch.toml", "")
            .with("a/b/flowbatch.toml", "");
        for (flow, expected) in [
            ("x.flow", "flowbatch.toml"),
            ("a/x.flow", "flowbatch.toml"),
            ("a/b/c/x.flow", "a/b/flowbatch.toml"),
            ("./a/../x.flow", "flowbatch.toml"),
        ] {
            assert_eq!(
                find_in(&loader, flow).unwrap().as_deref(),
                Some(expected),
                "{flow}"
            );
        }
        assert_eq!(find_in(&loader, "/x.flow"), Ok(None));
        assert_eq!(find_in(&loader, "../x.flow"), Ok(None));
        assert_eq!(find_in(&Memory::default(), "a/x.flow"), Ok(None));

        let loader = Memory::default().with("flowbatch.toml", b"# \xff\xff".as_slice());
        let mut sources = Sources::default();
        let error = find(&loader, Path::new("x.flow"), &mut sources).unwrap_err();
        assert_eq!(sources.text(error.primary().unwrap()), "\u{fffd}");
    }

    #[test]
    fn the_disk_is_searched_beyond_the_working_folder() {
        let here = std::env::current_dir().unwrap();
        let folders = Disk.ancestors(Path::new("a"));
        assert_eq!(folders.len(), here.components().count() + 1);
        assert_eq!(folders[..3], ["a", "", ".."].map(PathBuf::from));
        assert_eq!(Disk.ancestors(Path::new("/a/b")).len(), 3);
        assert_eq!(
            Disk.ancestors(Path::new("../a"))[..2],
            ["../a", ".."].map(PathBuf::from)
        );
    }
}
