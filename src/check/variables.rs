//! Names of environment variables.

use std::collections::HashMap;

use crate::codes::names as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::flow::{Param, Scope};
use crate::schema::Opt;
use crate::source::Span;
use crate::suggest;
use crate::value::Entry;

use super::options::Resolved;

/// Variables to which dash, bash or busybox give values of their own, whatever the environment
/// says, or which nothing can be assigned to.
const SHELL_VARIABLES: &[&str] = &[
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HISTCMD",
    "IFS",
    "LINENO",
    "OLDPWD",
    "OPTIND",
    "PIPESTATUS",
    "PPID",
    "PS1",
    "PS2",
    "PS4",
    "PWD",
    "RANDOM",
    "SECONDS",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "UID",
];

/// Why a param or a foreach variable cannot have this name.
#[must_use]
pub fn reserved_name(name: &str) -> Option<&'static str> {
    match name {
        "PATH" => Some("`PATH` is where the shell finds programs"),
        "HOME" => Some("`HOME` is where programs find their settings"),
        _ if SHELL_VARIABLES.contains(&name) || name.starts_with("BASH") => {
            Some("shells set this variable themselves, so a script would not see the value")
        }
        _ if name.starts_with("AWS_") => {
            Some("names that begin with `AWS_` steer the AWS SDKs and the AWS CLI")
        }
        _ if name.starts_with("FLOWBATCH_") => {
            Some("names that begin with `FLOWBATCH_` are set by flowbatch")
        }
        _ => None,
    }
}

/// Which jobs have a variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Had {
    /// Every job.
    ByAll,
    /// The children of an array job: the items of a foreach with several.
    ByChildren,
    /// The items of every foreach.
    ByItems,
    /// The nodes of a multi-node job.
    ByNodes,
    /// Its nodes without the main one.
    ByOtherNodes,
    /// Jobs on EKS.
    ByPods,
}

impl Had {
    /// Which jobs, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ByAll => "of every job",
            Self::ByChildren => "of the items of a foreach with several",
            Self::ByItems => "of the items of a foreach",
            Self::ByNodes => "of the nodes of `@parallel`",
            Self::ByOtherNodes => "of the nodes of `@parallel` but the main one",
            Self::ByPods => "of jobs on EKS",
        }
    }
}

/// The variables that AWS Batch sets (user guide, "AWS Batch job environment variables"), and those
/// of flowbatch.
const SET: &[(&str, Had)] = &[
    ("AWS_BATCH_CE_NAME", Had::ByAll),
    ("AWS_BATCH_JOB_ARRAY_INDEX", Had::ByChildren),
    ("AWS_BATCH_JOB_ARRAY_SIZE", Had::ByChildren),
    ("AWS_BATCH_JOB_ATTEMPT", Had::ByAll),
    ("AWS_BATCH_JOB_ID", Had::ByAll),
    ("AWS_BATCH_JOB_KUBERNETES_NODE_UID", Had::ByPods),
    ("AWS_BATCH_JOB_MAIN_NODE_INDEX", Had::ByNodes),
    (
        "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS",
        Had::ByOtherNodes,
    ),
    ("AWS_BATCH_JOB_NODE_INDEX", Had::ByNodes),
    ("AWS_BATCH_JOB_NUM_NODES", Had::ByNodes),
    ("AWS_BATCH_JQ_NAME", Had::ByAll),
    ("FLOWBATCH_FLOW", Had::ByAll),
    ("FLOWBATCH_INDEX", Had::ByItems),
    ("FLOWBATCH_RUN_ID", Had::ByAll),
    ("FLOWBATCH_SIZE", Had::ByItems),
    ("FLOWBATCH_STEP", Had::ByAll),
];

/// All variables of AWS Batch and flowbatch.
pub fn set() -> impl Iterator<Item = (&'static str, Had)> {
    SET.iter().copied()
}

/// Which jobs have a variable of AWS Batch or flowbatch; `None` for any other.
#[must_use]
pub fn had_by(name: &str) -> Option<Had> {
    let (_, had) = SET.iter().find(|(known, _)| *known == name)?;
    Some(*had)
}

/// The variable of AWS Batch or flowbatch that was probably meant.
#[must_use]
pub fn closest_set(name: &str) -> Option<&'static str> {
    // What all of them begin with makes none of them more alike.
    let (prefix, rest) = name.split_at(name.find("BATCH_")? + "BATCH_".len());
    let same = || {
        SET.iter()
            .filter_map(|(known, _)| Some((*known, known.strip_prefix(prefix)?)))
    };
    let meant = suggest::closest(rest, same().map(|(_, rest)| rest))?;
    same().find_map(|(known, rest)| (rest == meant).then_some(known))
}

/// Checks the names in `vars` of `@environment` and `@secrets`, once for each place they are
/// written.
pub fn check_entry(entry: &Entry<'_>, sink: &mut Diagnostics) {
    let name = entry.key.as_ref();
    let reason = if name.starts_with("AWS_BATCH") {
        Some("AWS Batch sets the names that begin with `AWS_BATCH` itself and drops others")
    } else if name.starts_with("FLOWBATCH_") {
        Some("flowbatch sets the names that begin with `FLOWBATCH_` itself")
    } else {
        None
    };
    if let Some(reason) = reason {
        sink.push(
            Diagnostic::new(
                &codes::RESERVED_VARIABLE,
                entry.span,
                format!("the variable `{name}` cannot be set"),
            )
            .help(reason),
        );
    } else if let Err(error) = super::form::env_name(name) {
        let mut diagnostic = Diagnostic::new(&codes::RESERVED_VARIABLE, entry.span, error.message);
        diagnostic.help = error.help;
        sink.push(diagnostic);
    }
    if entry.value.as_str() == Some("") {
        sink.push(
            Diagnostic::new(
                &crate::codes::values::EMPTY_VALUE,
                entry.value.span,
                format!("the variable `{name}` will not be set"),
            )
            .help("AWS Batch drops environment variables without a value; set it in the script instead"),
        );
    }
}

/// One name set from two places in a step's environment.
pub fn check_duplicates(
    options: &Resolved<'_>,
    params: &[Param<'_>],
    scopes: &[&Scope<'_>],
    sink: &mut Diagnostics,
) {
    let (vars, secrets) = (options.map(Opt::Vars), options.map(Opt::Secrets));
    let tempdir = super::resources::tmpfs_tempdir(options);
    if vars.is_empty() && secrets.is_empty() && tempdir.is_none() {
        return;
    }
    let tempdir = tempdir.into_iter().flat_map(|(span, _)| {
        let what = "set by the tmpfs, unless `tmpfs_tempdir=false`";
        ["METAFLOW_TEMPDIR", "TMPDIR"].map(|name| (name, span, what))
    });
    let params = params
        .iter()
        .map(|param| (param.name, param.span, "a param"));
    let items = scopes
        .iter()
        .map(|scope| (scope.variable, scope.span, "a foreach variable"));
    let vars = vars
        .iter()
        .map(|entry| (entry.key.as_ref(), entry.span, "in `@environment`"));
    let secrets = secrets
        .iter()
        .map(|entry| (entry.key.as_ref(), entry.span, "in `@secrets`"));
    let mut seen: HashMap<&str, (Span, &str)> = HashMap::new();
    for (name, span, what) in tempdir
        .chain(params)
        .chain(items)
        .chain(vars)
        .chain(secrets)
    {
        if let Some((first, other)) = seen.insert(name, (span, what)) {
            sink.push(
                Diagnostic::new(
                    &codes::DUPLICATE_VARIABLE,
                    span,
                    format!("the variable `{name}` is already set"),
                )
                .label(first, format!("`{name}` is {other}"))
                .help("a job has one value for each name; rename one of them"),
            );
        }
    }
}
