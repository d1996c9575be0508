//! ARNs that have to name one account.

use crate::check::form::{self, Arn};
use crate::check::options::{Resolved, Setting};
use crate::codes::options as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::flow::Step;
use crate::schema::Opt;

use super::Job;

/// A job and its roles are of one partition and one account.
pub(super) fn of_one_account(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let opts = [Opt::Queue, Opt::IamRole, Opt::ExecutionRole];
    let is_arn = |opt: &&Opt| {
        job.options
            .str(**opt)
            .is_some_and(|text| text.starts_with("arn:"))
    };
    if opts.iter().filter(is_arn).count() < 2 {
        return;
    }
    let mut arns = opts
        .into_iter()
        .filter(|opt| *opt != Opt::ExecutionRole || job.options.writes_execution_role())
        .filter_map(|opt| read(job.options, opt));
    let Some(first) = arns.next() else { return };
    for other in arns {
        let Some(part) = difference(&other.1, &first.1, &["partition", "account"]) else {
            continue;
        };
        let (name, of) = (other.0.spec.name, first.0.spec.name);
        let message = format!(
            "`{name}` is of {} {}, and `{of}` of {}",
            part.name, part.one, part.other
        );
        sink.push(mismatch(message, other.0, first.0, &part).help(
            "a job has only roles of its own partition and account; write the ARN of one there",
        ));
    }
}

/// The queues of a flow are of one account and one region.
pub(super) fn queues_of_one_place(steps: &[Step<'_>], sink: &mut Diagnostics) {
    let mut arns = steps
        .iter()
        .filter_map(|step| read(&step.options, Opt::Queue));
    let Some(first) = arns.next() else { return };
    for other in arns {
        let parts = ["partition", "account", "region"];
        let Some(part) = difference(&other.1, &first.1, &parts) else {
            continue;
        };
        let message = format!(
            "this queue is of {} {}, and another one of {}",
            part.name, part.one, part.other
        );
        sink.push(
            mismatch(message, other.0, first.0, &part).help(
                "a job waits only for jobs of its own account and region; make a flow for each",
            ),
        );
    }
}

/// An option that holds an ARN.
fn read<'o, 'a>(options: &'o Resolved<'a>, opt: Opt) -> Option<(&'o Setting<'a>, Arn<'o>)> {
    let setting = options.get(opt)?;
    Some((setting, form::parse_arn(setting.value.as_str()?)?))
}

/// Where two ARNs differ.
struct Part<'o> {
    name: &'static str,
    one: &'o str,
    other: &'o str,
}

/// The first of some parts that is not the same.
fn difference<'o>(one: &Arn<'o>, other: &Arn<'o>, parts: &[&'static str]) -> Option<Part<'o>> {
    let of = |arn: &Arn<'o>, name| match name {
        "partition" => arn.partition,
        "account" => arn.account,
        _ => arn.region,
    };
    parts
        .iter()
        .map(|&name| Part {
            name,
            one: of(one, name),
            other: of(other, name),
        })
        .find(|part| part.one != part.other)
}

fn mismatch(
    message: String,
    one: &Setting<'_>,
    other: &Setting<'_>,
    part: &Part<'_>,
) -> Diagnostic {
    // A variable's value stands in no file.
    let label = |setting: &Setting<'_>, value: &str| match setting.variable {
        Some(variable) => format!("{variable} names {} {value}", part.name),
        None => format!("{} {value}", part.name),
    };
    Diagnostic::new(&codes::ARN_MISMATCH, one.value.span, message)
        .here(label(one, part.one))
        .label(other.value.span, label(other, part.other))
}
