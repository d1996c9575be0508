//! The catalogue of AWS Batch's rules: what the service demands of a job, how that is known, and
//! what flowbatch does about it.
//!
//! A chapter a file. Every rule has an answer; `docs/rules.md` is made from the table, `flowbatch
//! rule CODE` shows the rules that a code stands for, and the tests hold every answer to what it
//! says: a code has a proving flow in `fixtures/rules`, a construction has a check over everything
//! that is emitted, and a code that `plan` is said to report is reported of what an account answers.

use std::fmt;

use crate::codes::Code;

/// A chapter of the catalogue.
#[derive(Debug)]
pub struct Chapter {
    /// What it is about.
    pub title: &'static str,
    /// Its rules.
    pub rules: &'static [Rule],
}

/// One rule of AWS Batch, and our answer to it.
#[derive(Debug)]
pub struct Rule {
    /// A stable kebab name.
    pub id: &'static str,
    /// What is demanded, in one or two sentences; AWS's own words in “…”.
    pub text: &'static str,
    /// What happens to a job that breaks it.
    pub effect: Effect,
    /// How well that is known.
    pub evidence: Evidence,
    /// Who says so; [`SOURCES`] names what stands before the first blank.
    pub source: &'static str,
    /// What flowbatch does about it; at least one.
    pub answers: &'static [Answer],
    /// Why a code's severity is not the [`Rule::severity`] that would follow, if it is not.
    pub because: Option<&'static str>,
}

/// What AWS Batch does with a job that breaks a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// RegisterJobDefinition refuses it.
    RefusedAtRegister,
    /// SubmitJob refuses it.
    RefusedAtSubmit,
    /// It is accepted, and then fails or misbehaves.
    Fails,
    /// It is accepted, and never starts.
    Stuck,
    /// It is accepted, and the part in question is dropped or changed silently.
    Ignored,
    /// A quota of the account or the service is used up.
    Quota,
    /// Nothing; it is worth knowing.
    Lint,
}

/// How the effect of breaking a rule is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Evidence {
    /// The service's answer has been recorded.
    Live,
    /// The machine-readable model of the API says so.
    Model,
    /// The documentation of AWS says so.
    Documented,
    /// Another tool assumes so.
    ThirdParty,
    /// Nobody is known to have seen it.
    Unverified,
}

/// What flowbatch does about a rule.
#[derive(Debug)]
pub enum Answer {
    /// These diagnostics report a breach; what they cannot see of it, a further answer says.
    Codes(&'static [&'static Code]),
    /// Nothing that is emitted can break it: which part of the compiler sees to that.
    Construction(&'static str),
    /// Only the account can tell, and `flowbatch plan` asks it: what it looks at.
    Plan(&'static str),
    /// Only the account can tell, and `flowbatch plan` does not ask for it: where to look, with the
    /// command that shows it.
    Account(&'static str),
    /// Not the business of flowbatch: why.
    OutOfScope(&'static str),
}

impl Rule {
    /// How serious a breach is: what is refused is an error, what fails, starves or is ignored a
    /// warning, what is worth knowing advice. An error that nobody has verified would refuse what
    /// may be legal, so that is a warning too.
    #[must_use]
    pub fn severity(&self) -> crate::diagnostic::Severity {
        use crate::diagnostic::Severity::{Advice, Error, Warning};
        match self.effect {
            Effect::RefusedAtRegister | Effect::RefusedAtSubmit
                if self.evidence != Evidence::Unverified =>
            {
                Error
            }
            Effect::Lint => Advice,
            _ => Warning,
        }
    }

    /// The codes that report it.
    pub fn codes(&self) -> impl Iterator<Item = &'static Code> + use<> {
        let answers: &'static [Answer] = self.answers;
        answers.iter().flat_map(|answer| match answer {
            Answer::Codes(codes) => codes.iter().copied(),
            _ => [].iter().copied(),
        })
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RefusedAtRegister => "refused at registration",
            Self::RefusedAtSubmit => "refused at submission",
            Self::Fails => "fails",
            Self::Stuck => "never starts",
            Self::Ignored => "ignored",
            Self::Quota => "quota",
            Self::Lint => "worth knowing",
        })
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Live => "seen live",
            Self::Model => "API model",
            Self::Documented => "documented",
            Self::ThirdParty => "third party",
            Self::Unverified => "unverified",
        })
    }
}

/// What the names in [`Rule::source`] stand for.
pub static SOURCES: &[(&str, &str)] = &[
    (
        "Batch API",
        "the [API reference](https://docs.aws.amazon.com/batch/latest/APIReference/) of AWS Batch and \
         the service model published with botocore 1.44.5, version 2016-08-10; with the type or member",
    ),
    (
        "Batch guide",
        "the [user guide](https://docs.aws.amazon.com/batch/latest/userguide/) of AWS Batch; with the \
         page, or its file in the edition of 2023",
    ),
    (
        "ECS API",
        "the API reference and service model of Amazon ECS, which runs the containers",
    ),
    ("ECS agent", "the file of aws/amazon-ecs-agent on GitHub"),
    (
        "cdk-preflight",
        "the rule `pf-batch-…` of the npm package cdk-preflight 0.0.143, which quotes what the \
         service answered in September 2026",
    ),
    (
        "Terraform",
        "the resource `aws_batch_job_definition` of hashicorp/terraform-provider-aws",
    ),
    (
        "Metaflow",
        "`plugins/aws/batch/batch_client.py` of Metaflow 2.19",
    ),
    (
        "cfn-lint",
        "the CloudFormation schemas and rules in cfn-lint 1.58",
    ),
    ("moto", "moto 5.2, a simulation of AWS"),
    ("Docker", "the reference of Docker and its libraries"),
    (
        "owner/repository#1",
        "an issue or pull request on GitHub that records what AWS did",
    ),
];

/// Declares a chapter:
///
/// ```text
/// chapter! { "Names, type and size";
///     "job-name-pattern": RefusedAtSubmit, Live,
///     "A job's name …: “Job name should match valid pattern”.",
///     source: "Batch API SubmitJob.jobName",
///     Codes[values::OPTION_FORM] Construction("`batch/names.rs` …");
/// }
/// ```
///
/// After the answers may follow `because: "…"`, see [`Rule::because`].
macro_rules! chapter {
    ($title:literal; $(
        $id:literal: $effect:ident, $evidence:ident,
        $text:literal,
        source: $source:literal,
        $($answer:ident $arguments:tt)+ $(, because: $because:literal)?;
    )*) => {
        /// The chapter of this file.
        pub(super) static CHAPTER: $crate::catalogue::Chapter = $crate::catalogue::Chapter {
            title: $title,
            rules: &[$($crate::catalogue::Rule {
                id: $id,
                text: $text,
                effect: $crate::catalogue::Effect::$effect,
                evidence: $crate::catalogue::Evidence::$evidence,
                source: $source,
                answers: &[$(answer!($answer $arguments)),+],
                because: because!($($because)?),
            }),*],
        };
    };
}

macro_rules! answer {
    (Codes [$($group:ident::$code:ident),+]) => {
        $crate::catalogue::Answer::Codes(&[$(&$crate::codes::$group::$code),+])
    };
    ($answer:ident ($text:literal)) => {
        $crate::catalogue::Answer::$answer($text)
    };
}

macro_rules! because {
    () => {
        None
    };
    ($text:literal) => {
        Some($text)
    };
}

mod arrays;
mod consumables;
mod containers;
mod ecs;
mod eks;
mod jobs;
mod linux;
mod logs;
mod names;
mod nodes;
mod platforms;
mod quotas;
mod resources;
mod roles;
mod shares;
mod storage;

/// Every chapter, in the order of the documentation.
pub static CHAPTERS: &[&Chapter] = &[
    &names::CHAPTER,
    &platforms::CHAPTER,
    &resources::CHAPTER,
    &containers::CHAPTER,
    &roles::CHAPTER,
    &linux::CHAPTER,
    &storage::CHAPTER,
    &logs::CHAPTER,
    &jobs::CHAPTER,
    &nodes::CHAPTER,
    &arrays::CHAPTER,
    &shares::CHAPTER,
    &consumables::CHAPTER,
    &ecs::CHAPTER,
    &eks::CHAPTER,
    &quotas::CHAPTER,
];

/// Every rule.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    CHAPTERS.iter().flat_map(|chapter| chapter.rules)
}

/// The rules that a code stands for.
pub fn of(code: &Code) -> impl Iterator<Item = &'static Rule> {
    all().filter(move |rule| rule.codes().any(|known| known == code))
}
