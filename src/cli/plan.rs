//! `flowbatch plan`: what a submission would change, and whether the account's queues would run it.
//!
//! The JSON form is described in `docs/aws.md`.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::aws::{AwsArgs, block_on};
use super::console::Console;
use super::explain::Form;
use super::inputs::{Files, Input};
use super::merged::Merged;
use super::options::{Deny, SettingsArgs, denies};
use super::{Exit, Failure, atomic, flows, one};
use crate::aws::patient::Patient;
use crate::aws::plan::{Plan, Requests, read};
use crate::codes::options;
use crate::config::{FILE_NAME, record};
use crate::diagnostic::{Diagnostic, Severity};
use crate::queue::{Account, Queues};
use crate::report::{Format, Summary};
use crate::{Artifacts, Checked, Settings};

/// Shows what a submission would change in the account
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The flow, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    settings: SettingsArgs,

    /// How the plan is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Form,

    /// Ends with 1 not only on errors
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,

    /// Ends with 5 if a job definition would be registered
    #[arg(long)]
    detailed_exitcode: bool,

    /// Writes what the account says of the flow's queues into flowbatch.toml
    #[arg(long)]
    write_queues: bool,

    #[command(flatten)]
    aws: AwsArgs,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    let mut settings = args.settings.settings()?;
    let (files, inputs) = one::find(&args.file)?;
    let mut to_write = args.write_queues;
    let mut compiled = one::compile(&files, &inputs, &settings, "plan")?;
    if compiled.artifacts.is_none() && compiled.checked.diagnostics.iter().any(is_of_queues) {
        // flowbatch.toml may be out of date; the account knows.
        let named = queues_named(&files, &inputs, &settings)?;
        let (_, queues) = block_on(ask(args, &[], &named))?;
        if std::mem::take(&mut to_write) {
            write_queues(args, console, &files, &compiled.checked, &queues)?;
        }
        settings.queues = queues;
        compiled = one::compile(&files, &inputs, &settings, "plan")?;
    }
    let Some(artifacts) = &compiled.artifacts else {
        // The account has nothing to say about a flow that is wrong.
        return report(args, console, &files, compiled.checked, None);
    };
    let requests = read_requests(artifacts)?;
    let (revisions, queues) = block_on(ask(args, &requests.names(), &requests.queues()))?;
    if to_write {
        write_queues(args, console, &files, &compiled.checked, &queues)?;
    }
    settings.queues = queues.clone();
    let compiled = one::compile(&files, &inputs, &settings, "plan")?;
    // What was just written may have decided a platform.
    let requests = match &compiled.artifacts {
        Some(artifacts) => read_requests(artifacts)?,
        None => requests,
    };
    let plan = Plan::of(&requests, &revisions);
    report(
        args,
        console,
        &files,
        compiled.checked,
        Some((&plan, &queues)),
    )
}

fn read_requests(artifacts: &Artifacts) -> Result<Requests, Failure> {
    Requests::of(artifacts).map_err(one::unreadable)
}

/// Whether it is an error that what is known of a queue leads to.
fn is_of_queues(found: &Diagnostic) -> bool {
    let code = found.code;
    found.severity == Severity::Error && (code.group == "queue" || *code == options::QUEUE_PLATFORM)
}

/// The queues of a flow that may have errors, each once.
fn queues_named(
    files: &Files,
    inputs: &[Input],
    settings: &Settings,
) -> Result<Vec<String>, Failure> {
    let explained = flows::run(files, inputs, settings, crate::explain)?;
    let steps = explained.into_iter().filter_map(|one| one.explanation);
    let mut named: Vec<String> = Vec::new();
    for option in steps
        .flat_map(|one| one.steps)
        .flat_map(|step| step.options)
    {
        if option.name == "queue"
            && let Some(Value::String(queue)) = option.value
            && !named.contains(&queue)
        {
            named.push(queue);
        }
    }
    Ok(named)
}

/// What the account has: the revisions, and the queues.
async fn ask(
    args: &Args,
    names: &[String],
    queues: &[String],
) -> Result<(Vec<Vec<Value>>, Queues), Failure> {
    let client = args.aws.connect().await?;
    let region = client.region().to_owned();
    let api = std::sync::Arc::new(Patient::new(client));
    Ok(read::both(&api, names, queues, &region).await?)
}

/// Shows what was found, and how the command ends.
fn report(
    args: &Args,
    console: &mut Console,
    files: &Files,
    checked: Checked,
    planned: Option<(&Plan, &Queues)>,
) -> Result<Exit, Failure> {
    let mut merged = Merged::default();
    merged.add(files, checked);
    match args.format {
        Form::Human => {
            console.report(Format::Human, true, &merged.sources, &merged.diagnostics)?;
            if let Some((plan, _)) = planned {
                console.out.write_all(plan.text().as_bytes())?;
            }
        }
        Form::Json => {
            let mut document = planned.map_or_else(|| json!({}), |(plan, _)| plan.json());
            if let Some((_, queues)) = planned {
                document["queues"] = queues.iter().map(queue).collect();
            }
            document["diagnostics"] = one::diagnostics(console, &merged)?;
            writeln!(console.out, "{document:#}")?;
        }
    }
    Ok(match planned {
        _ if denies(args.deny, Summary::of(&merged.diagnostics)) => Exit::Found,
        Some((plan, _)) if args.detailed_exitcode && plan.summary().has_changes() => Exit::Changes,
        _ => Exit::Fine,
    })
}

/// A queue of the account as JSON.
fn queue(queue: &crate::queue::Queue) -> Value {
    let Some(Account::Found(found)) = &queue.account else {
        return json!({ "name": queue.name, "found": false });
    };
    let environments = found.environments.iter().map(|one| {
        json!({
            "name": one.name,
            "state": one.state,
            "status": one.status,
            "platform": one.offers.platform.as_ref().map(|fact| fact.value),
            "instanceTypes": one.instance_types,
            "maxvCpus": one.offers.max_vcpus.as_ref().map(|fact| fact.value),
            "allocationStrategy": one.strategy,
            "spot": one.offers.spot.as_ref().map(|fact| fact.value),
        })
    });
    json!({
        "name": queue.name,
        "found": true,
        "state": found.state,
        "status": found.status,
        "fairShare": queue.fair_share.as_ref().is_some_and(|fact| fact.value),
        "computeEnvironments": environments.collect::<Value>(),
    })
}

/// Writes the queues into the `flowbatch.toml` that governs the flow, or a new one beside it.
fn write_queues(
    args: &Args,
    console: &mut Console,
    files: &Files,
    checked: &Checked,
    queues: &Queues,
) -> Result<(), Failure> {
    let named = |path: &&Path| path.file_name().is_some_and(|name| name == FILE_NAME);
    let path = match checked.files().find(named) {
        Some(path) => path.to_path_buf(),
        None if files.is_stdin(Path::new("<stdin>")) => PathBuf::from(FILE_NAME),
        None => args.file.with_file_name(FILE_NAME),
    };
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Failure::new(format!("cannot {what} {}: {error}", path.display()))
    };
    let old = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed("read", &error)),
    };
    let new = record::record(&old, queues).map_err(|error| failed("read", &error))?;
    let shown = path.display();
    if new == old {
        writeln!(console.err, "{shown} says so of the queues already")?;
        return Ok(());
    }
    atomic::replace(&path, new.as_bytes()).map_err(|error| failed("write", &error))?;
    writeln!(
        console.err,
        "{shown}: wrote what the account says of the queues"
    )?;
    Ok(())
}
