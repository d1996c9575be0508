//! Credentials in plain text.
//!
//! Unlike other rules these look at each value once, where it is written, so that what a flow gives
//! all its steps is not looked at for every one of them: `check` calls them as it reads options,
//! params, scripts and commands. No message holds a secret itself.

use std::borrow::Cow;

use crate::codes::{Code, secrets as codes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::flow::Param;
use crate::schema::Opt;
use crate::source::Span;
use crate::value::{Entry, Kind, Value};

use super::credentials::{self, By, Credential};

/// Who can read what is in a job definition.
const DEFINITIONS: &str = "whoever may call DescribeJobDefinitions reads it, in old revisions too";
/// Who can read what is in the plan.
const JOBS: &str = "jobs.json holds it, and whoever may call DescribeJobs reads it";

/// What to write: the option that takes it from Secrets Manager.
fn secrets(name: &str) -> String {
    format!("`@secrets(vars={{ {name} = \"arn:aws:secretsmanager:…\" }})`")
}

/// Who can read it, and where to keep it; then `rest`.
fn keep(read_by: &str, what: &str, rest: &str) -> String {
    let role = if what.contains("AWS") {
        "a job with a role, `@batch(iam_role=\"arn:aws:iam::…:role/…\")`, needs no keys; otherwise "
    } else {
        ""
    };
    format!("{read_by}; {role}keep it in Secrets Manager, {rest}")
}

/// Looks through an option that is a map.
pub(crate) fn option(opt: Opt, value: &Value<'_>, sink: &mut Diagnostics) {
    match &value.kind {
        Kind::Map(entries) if matches!(opt, Opt::Vars | Opt::BatchTags | Opt::LogOptions) => {
            each_entry(opt, entries, sink);
        }
        _ if opt == Opt::Raw => raw("raw", value, sink),
        _ => {}
    }
}

fn each_entry(opt: Opt, entries: &[Entry<'_>], sink: &mut Diagnostics) {
    let mut beside = false;
    let tell = |entry| tell_entry(entry, &mut beside);
    let told: Vec<Option<Told>> = entries.iter().map(tell).collect();
    for (entry, told) in entries.iter().zip(told) {
        // An access key tells what the 40 characters in another variable are.
        let told = told.or_else(|| {
            let text = entry.value.as_str().filter(|_| beside)?;
            let mut found = Vec::new();
            credentials::aws_secrets(text, &mut found);
            found.first().map(Told::inside)
        });
        if let Some(told) = told {
            sink.push(entry_diagnostic(opt, entry, &told));
        }
    }
}

fn tell_entry(entry: &Entry<'_>, beside: &mut bool) -> Option<Told> {
    tell(&entry.key, entry.value.as_str()?, beside)
}

/// What a named value looks like, and what told it.
struct Told {
    what: &'static str,
    by: Sign,
}

enum Sign {
    Form,
    /// The name of the value.
    Name,
    /// A name within the value.
    Inner(String),
}

impl Told {
    fn inside(found: &Credential<'_>) -> Self {
        Self {
            what: found.what,
            by: match found.by {
                By::Form(_) => Sign::Form,
                By::Name(written) => Sign::Inner(written.to_owned()),
            },
        }
    }

    fn code(&self) -> &'static Code {
        match self.by {
            Sign::Form => &codes::PLAIN_SECRET,
            Sign::Name | Sign::Inner(_) => &codes::SECRET_BY_NAME,
        }
    }

    /// What is wrong with `whose` value.
    fn message(&self, whose: &str) -> String {
        let what = self.what;
        match &self.by {
            Sign::Form => format!("{whose} holds what looks like {what}"),
            Sign::Name => format!("{whose} is named like {what}, and its value is plain text"),
            Sign::Inner(name) => {
                format!("{whose} holds `{name}`, named like {what}, in plain text")
            }
        }
    }
}

/// What a named value looks like; `beside` becomes true where it is the id of an AWS key.
fn tell(name: &str, text: &str, beside: &mut bool) -> Option<Told> {
    let found = credentials::scan(text);
    *beside |= credentials::has_access_key(&found);
    found.first().map(Told::inside).or_else(|| {
        Some(Told {
            what: credentials::named(name, text)?,
            by: Sign::Name,
        })
    })
}

fn entry_diagnostic(opt: Opt, entry: &Entry<'_>, told: &Told) -> Diagnostic {
    let name = entry.key.as_ref();
    let (kind, rest) = match opt {
        Opt::Vars => ("variable", format!("and write {} instead", secrets(name))),
        Opt::LogOptions => (
            "log option",
            format!(
                "and write `secret_log_options={{ \"{name}\" = \"arn:aws:secretsmanager:…\" }}` instead"
            ),
        ),
        _ => (
            "tag",
            format!("and write {} if the job needs it", secrets(&variable(name))),
        ),
    };
    let message = told.message(&format!("the {kind} `{name}`"));
    let found = Diagnostic::new(told.code(), entry.value.span, message);
    with_definition(found, &entry.value).help(keep(DEFINITIONS, told.what, &rest))
}

fn with_definition(found: Diagnostic, value: &Value<'_>) -> Diagnostic {
    match value.defined {
        Some(defined) => found.label(defined, "its value"),
        None => found,
    }
}

/// Looks through the texts of `raw`.
fn raw(key: &str, value: &Value<'_>, sink: &mut Diagnostics) {
    match &value.kind {
        Kind::Str(text) => {
            let Some(told) = tell(key, text, &mut false) else {
                return;
            };
            let message = told.message(&format!("`{key}` in `raw`"));
            let found = Diagnostic::new(told.code(), value.span, message);
            let rest = format!("and write {} if the job needs it", secrets(&variable(key)));
            sink.push(with_definition(found, value).help(keep(DEFINITIONS, told.what, &rest)));
        }
        Kind::List(items) => items.iter().for_each(|item| raw(key, item, sink)),
        Kind::Map(entries) => {
            for entry in entries.iter() {
                raw(&entry.key, &entry.value, sink);
            }
        }
        _ => {}
    }
}

/// Looks through the values of params: the defaults, which definitions hold, and those from
/// flowbatch.toml and `-p`, which the plan holds.
pub(crate) fn params(params: &[Param<'_>], sink: &mut Diagnostics) {
    for param in params {
        let name = param.name;
        let given = if param.from_arguments() {
            "the `-p` value of param"
        } else {
            "the value of param"
        };
        let values = [
            (&param.default, "the default of param", DEFINITIONS),
            (&param.given, given, JOBS),
        ];
        for (value, whose, read_by) in values {
            let Some(value) = value else { continue };
            let text = value.as_str();
            let Some(told) = text.and_then(|text| tell(name, text, &mut false)) else {
                continue;
            };
            let message = match told.by {
                Sign::Name => format!(
                    "{whose} `{name}` is plain text, and the param is named like {}",
                    told.what
                ),
                _ => told.message(&format!("{whose} `{name}`")),
            };
            let mut found = Diagnostic::new(told.code(), value.span, message);
            if value.span != param.span {
                found = found.label(param.span, "the param");
            }
            let rest = format!(
                "and write {} instead of the param: scripts read `${name}` as before",
                secrets(name)
            );
            sink.push(with_definition(found, value).help(keep(read_by, told.what, &rest)));
        }
    }
}

/// Looks through a script; `locate` says where parts of it stand, asked in their order.
pub(crate) fn script(script: &str, mut locate: impl FnMut(&str) -> Span, sink: &mut Diagnostics) {
    for found in credentials::scan(script) {
        let name = name(&found);
        let told = Told::inside(&found);
        let rest = format!("write {}, and read `${name}` in the script", secrets(&name));
        sink.push(
            Diagnostic::new(
                told.code(),
                locate(&script[found.range.clone()]),
                told.message("the script"),
            )
            .help(keep(DEFINITIONS, found.what, &rest)),
        );
    }
}

/// Looks through the arguments of a command, each with its place.
pub(crate) fn arguments<'t>(args: impl Iterator<Item = (&'t str, Span)>, sink: &mut Diagnostics) {
    let mut before = "";
    for (text, span) in args {
        let found = credentials::scan(text);
        let (told, name) = match found.first() {
            Some(found) => (Some(Told::inside(found)), name(found)),
            // `["--password", "hunter2"]`
            None => {
                let what = credentials::argument(before, text);
                let told = what.map(|what| Told {
                    what,
                    by: Sign::Inner(before.to_owned()),
                });
                (told, variable(before))
            }
        };
        if let Some(told) = told {
            let message = match &told.by {
                Sign::Inner(name) => {
                    format!(
                        "the value of `{name}`, named like {}, is plain text",
                        told.what
                    )
                }
                _ => told.message("this argument"),
            };
            let rest = format!(
                "write {}, and read `${name}` in a script, `run \"…\"`: in a list no shell replaces it",
                secrets(&name)
            );
            sink.push(Diagnostic::new(told.code(), span, message).help(keep(
                DEFINITIONS,
                told.what,
                &rest,
            )));
        }
        before = text;
    }
}

/// Looks through an item of a foreach, which stands in the script of its body.
pub(crate) fn item(item: &str, span: Span, sink: &mut Diagnostics) {
    if let Some(found) = credentials::scan(item).first() {
        let told = Told::inside(found);
        let rest = format!("and write {} instead", secrets(&name(found)));
        sink.push(
            Diagnostic::new(told.code(), span, told.message("this item")).help(keep(
                DEFINITIONS,
                found.what,
                &rest,
            )),
        );
    }
}

/// The variable that may hold what was found.
fn name<'t>(found: &Credential<'t>) -> Cow<'t, str> {
    match found.by {
        By::Form(usual) => Cow::Borrowed(usual),
        By::Name(written) => variable(written),
    }
}

/// A name as that of a variable: as it is if it can be one, else `db-password` as `DB_PASSWORD`.
fn variable(name: &str) -> Cow<'_, str> {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(inner) {
        return Cow::Borrowed(name);
    }
    // `--db-password`, `-Ddb.password`
    let name = name.strip_prefix("-D").unwrap_or(name);
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let name = name.replace(|c: char| !inner(c), "_");
    Cow::Owned(name.to_ascii_uppercase())
}
