//! `flowbatch submit`: every job of a flow, once and only once.
//!
//! The JSON form is described in `docs/aws.md`.

mod dry;
mod flow;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::aws::{AwsArgs, block_on, limits, variable};
use super::console::Console;
use super::explain::Form;
use super::known::{self, Known, choose, folder_of, place};
use super::options::{Deny, SettingsArgs};
use super::{Exit, Failure, account, status};
use crate::aws::client::Client;
use crate::aws::patient::Patient;
use crate::aws::plan::compare;
use crate::aws::run::{
    Document, Entry, Handle, Header, Record, Revisions, Run, RunId, StateFolder,
};
use crate::aws::submit::driver::{self, Report, unix_time};
use crate::aws::submit::machine::{Ending, Limits, Plan};
use crate::aws::submit::{preflight, show};
use crate::codes::queue as codes;
use crate::diagnostic::Diagnostic;
use crate::queue::Queues;
use crate::report::printable;
use dry::dry_run;
use flow::{Flow, Source, compile};

/// Submits a flow: every job once, and only once
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The flow, or - for standard input; with --resume, the flow of the run
    #[arg(value_name = "FILE", required_unless_present = "resume")]
    file: Option<PathBuf>,

    #[command(flatten)]
    settings: SettingsArgs,

    /// Submits STEP and all that follows from it; what they need from before counts as done
    #[arg(long, value_name = "STEP")]
    from: Option<String>,

    /// Registers and submits nothing; prints what would be
    #[arg(long)]
    dry_run: bool,

    /// Waits until the run has ended; ends with 4 if it did not succeed
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,

    /// Goes on with a run that was interrupted, and sends what was compiled then
    #[arg(long, value_name = "RUN", conflicts_with_all = ["params", "env", "from", "dry_run", "deny"])]
    resume: Option<String>,

    /// The flow of the run, if its folder is found only beside that
    #[arg(
        long = "file",
        value_name = "FILE",
        requires = "resume",
        conflicts_with = "file"
    )]
    of: Option<PathBuf>,

    /// How the outcome is written; with --wait, one line of JSON for it and each change
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Form,

    /// Ends with 1, before anything is submitted, not only on errors
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,

    #[command(flatten)]
    aws: AwsArgs,
}

impl Args {
    /// The flow of the run.
    fn flow(&self) -> Option<&Path> {
        self.file.as_deref().or(self.of.as_deref())
    }
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    match (&args.resume, &args.file) {
        (Some(run), _) => resume(args, console, run),
        (None, Some(file)) => {
            let mut source = Source::read(args, file)?;
            match compile(args, console, &source, |_| true)? {
                Some(flow) if args.dry_run => block_on(dry_run(args, console, &flow)),
                Some(flow) => block_on(begin(args, console, &mut source, &flow)),
                None => Ok(Exit::Found),
            }
        }
        (None, None) => Err(Failure::new("name the flow to submit")),
    }
}

async fn begin(
    args: &Args,
    console: &mut Console,
    source: &mut Source,
    flow: &Flow,
) -> Result<Exit, Failure> {
    let begun = begun(args, source, flow).await;
    let (client, state, run, limits) = match begun {
        Ok(begun) => begun,
        Err(failure) => {
            if args.format == Form::Json {
                let document = json!({
                    "run": null,
                    "flow": flow.document.flow,
                    "complete": false,
                    "jobs": [],
                    "diagnostics": flow.diagnostics,
                    "error": failure.to_string(),
                });
                print(args, console, &document)?;
            }
            return Err(failure);
        }
    };
    let done = submit(args, console, &client, state, run, limits, Some(flow)).await?;
    match done {
        Done::Ended(exit) => Ok(exit),
        Done::Refusing(queues) => {
            source.settings.queues = queues;
            // The other things have been told.
            let tells = |found: &Diagnostic| {
                *found.code == codes::UNKNOWN_QUEUE || *found.code == codes::QUEUE_DISABLED
            };
            match compile(args, console, source, tells)? {
                None => Ok(Exit::Found),
                Some(_) => Err(Failure::new(
                    "the queues of the flow take no jobs; `flowbatch plan` shows them",
                )),
            }
        }
    }
}

/// All that a new run needs, before anything is sent.
async fn begun(
    args: &Args,
    source: &Source,
    flow: &Flow,
) -> Result<(Arc<Client>, StateFolder, Run, Limits), Failure> {
    let client = args.aws.connect().await?;
    let limits = limits()?;
    let id = RunId::new(unix_time(), limits.seed);
    let header = Header {
        version: Header::VERSION,
        run: id.to_string(),
        flow: flow.document.flow.clone(),
        prefix: flow.artifacts.prefix.clone(),
        began: unix_time(),
        file: source.file.clone(),
        from: args.from.clone(),
        profile: args.aws.profile.clone().or_else(|| variable("AWS_PROFILE")),
        region: client.region().to_owned(),
        endpoint: args.aws.endpoint(),
        queues: flow.document.queues(),
    };
    let state = StateFolder::of(&flow.project);
    let folder = state.run(&id);
    let is_new = !folder.exists();
    let run = state.begin(header, &flow.text).inspect_err(|_| {
        // What was not begun is no run.
        if is_new {
            let _ = std::fs::remove_dir_all(&folder);
        }
    })?;
    Ok((client, state, run, limits))
}

/// How far a submission came.
enum Done {
    Ended(Exit),
    /// Nothing was done, since these queues would refuse the jobs.
    Refusing(Queues),
}

fn resume(args: &Args, console: &mut Console, run: &str) -> Result<Exit, Failure> {
    let state = folder_of(args.flow());
    let id = choose(&state.runs()?, Some(run), state.path())?;
    let handle = known::handle(&state, &id, args.flow());
    let run = state.open(&id).map_err(|error| {
        if !error.is_unreadable() {
            return Failure::from(error);
        }
        let handle = Handle::kept(&id, Some(args.flow().unwrap_or(Path::new("FILE"))));
        Failure::new(format!(
            "{error}\n  help: it cannot be resumed: `flowbatch status {handle}` shows what AWS has of it, \
             `flowbatch cancel {handle}` ends that; then submit the flow anew"
        ))
    })?;
    if run.state.cancelling {
        return Err(Failure::new(format!(
            "run {id} is being cancelled: `flowbatch cancel {handle}` goes on with that; to run the flow, submit it \
             anew"
        )));
    }
    if run.state.cancelled {
        return Err(Failure::new(format!(
            "run {id} was cancelled; submit the flow anew"
        )));
    }
    let aws = place(&id, &run.header, &args.aws)?;
    let limits = limits()?;
    block_on(async {
        let client = aws.connect().await?;
        // Of a complete run, nothing is sent.
        if !run.state.complete {
            let api = Patient::new(Arc::clone(&client));
            account::check(&api, &id, &run.header, &run.state).await?;
        }
        match submit(args, console, &client, state, run, limits, None).await? {
            Done::Ended(exit) => Ok(exit),
            // Its queues are not asked for.
            Done::Refusing(_) => Ok(Exit::Found),
        }
    })
}

/// Submits what is not yet submitted, and says what became of it. If it is a new run, of `flow`, the
/// queues have to take jobs before anything is done.
async fn submit(
    args: &Args,
    console: &mut Console,
    client: &Arc<Client>,
    state: StateFolder,
    mut run: Run,
    limits: Limits,
    flow: Option<&Flow>,
) -> Result<Done, Failure> {
    let handle = known::handle(&state, &run.id, args.flow());
    let patience = Duration::from_millis(limits.settle());
    let place = run.header.place().to_owned();
    let plan = Plan {
        document: &run.document,
        prefix: &run.header.prefix,
        run: &run.id,
        known: Revisions::read(&state).of(&place),
        same: compare::same,
        limits,
        dry: false,
    };
    let err = &mut console.err;
    let tell = |note| {
        // What is told meanwhile is not worth failing for.
        let _ = writeln!(err, "{}", printable(&show::note(&note)));
    };
    let (queues, region) = (&run.header.queues, client.region());
    let (known, journal) = (&run.state, Some(&mut run.journal));
    let work = async {
        if flow.is_none() {
            return Ok(driver::submit(client, plan, known, journal, tell).await);
        }
        let work = |api| async move { driver::submit(&api, plan, known, journal, tell).await };
        preflight::unless_refused(client, queues, region, patience, work).await
    };
    let report = crate::aws::unless_interrupted(work).await;
    let report = match report.ok_or_else(|| interrupted(&handle))? {
        Ok(report) => report,
        Err(refusing) => {
            forget(&state, run);
            return Ok(Done::Refusing(refusing));
        }
    };
    if let Err(error) = Revisions::add(&state, &place, revisions(&run.document, &report)) {
        writeln!(console.err, "{}", printable(&error.to_string()))?;
    }
    let unsent = match &report.ending {
        Ending::Failed(operation, fault) if flow.is_some() && is_unsent(&state, &run) => {
            let mut failure = Failure::aws(fault, *operation);
            let last = failure.messages.iter_mut().last();
            last.into_iter().for_each(|last| {
                last.push_str(
                    "\n  nothing was registered or submitted; once this is mended, submit the flow anew",
                );
            });
            Some(failure)
        }
        _ => None,
    };
    let messages = match &unsent {
        Some(failure) => failure.messages.clone(),
        None => show::failures(&handle, &report),
    };
    let written = match args.format {
        // There is no run to be told of.
        Form::Human if unsent.is_some() => Ok(()),
        Form::Human => {
            let text = show::text(&run.header, &handle, &run.document, &report);
            console.out.write_all(text.as_bytes())
        }
        Form::Json => {
            let mut document = show::json(&run.header, &run.document, &report);
            if unsent.is_some() {
                document["run"] = Value::Null;
            }
            if let Some(flow) = flow {
                document["diagnostics"] = flow.diagnostics.clone();
            }
            if !messages.is_empty() {
                document["error"] = messages.join("\n").into();
            }
            print(args, console, &document)
        }
    };
    let written = written.and_then(|()| console.out.flush());
    if let Some(failure) = unsent {
        forget(&state, run);
        return Err(failure);
    }
    let code = match report.ending {
        Ending::Complete => {
            written.map_err(|error| unread(&run, &handle, &error))?;
            if args.wait {
                return wait(args, console, client, state, run, handle)
                    .await
                    .map(Done::Ended);
            }
            return Ok(Done::Ended(Exit::Fine));
        }
        Ending::Unrecorded => Failure::INPUT,
        _ => Failure::AWS,
    };
    Err(Failure { code, messages })
}

fn print(args: &Args, console: &mut Console, document: &Value) -> io::Result<()> {
    // One line for it, as for each change that is seen while waiting.
    if args.wait {
        writeln!(console.out, "{document}")
    } else {
        writeln!(console.out, "{document:#}")
    }
}

/// Whether nothing was registered or submitted, nor might have been.
fn is_unsent(state: &StateFolder, run: &Run) -> bool {
    let is_lookup = |entry: &Entry| {
        matches!(
            entry.record,
            Record::Definition {
                registered: false,
                ..
            }
        )
    };
    match state.read(&run.id) {
        Ok((_, entries)) => entries.iter().all(is_lookup),
        Err(_) => false,
    }
}

/// Removes what is kept of a run of which nothing was sent.
fn forget(state: &StateFolder, run: Run) {
    let folder = state.run(&run.id);
    // Its lock is in it.
    drop(run);
    let _ = std::fs::remove_dir_all(folder);
}

/// A run was submitted, and nobody could read so.
fn unread(run: &Run, handle: &Handle, error: &io::Error) -> Failure {
    let (id, flow) = (&run.id, &run.header.flow);
    Failure::new(format!(
        "cannot write the output: {error}\n  run {id} of {flow} is submitted all the same: `flowbatch status \
         {handle}` shows how it goes, `flowbatch cancel {handle}` ends it"
    ))
}

/// Watches a run that was submitted, until it has ended.
async fn wait(
    args: &Args,
    console: &mut Console,
    client: &Arc<Client>,
    folder: StateFolder,
    run: Run,
    handle: Handle,
) -> Result<Exit, Failure> {
    let id = run.id.clone();
    // Whoever else wants to work on the run, to cancel it, may do so now: its lock ends here.
    drop(run);
    let known = Known::here(folder, id, handle.clone())?;
    let api = Patient::new(Arc::clone(client));
    status::wait(&api, &known, &handle, args.format, console).await
}

/// The process is asked to end: what is under way is written down, as after a kill.
fn interrupted(handle: &Handle) -> Failure {
    Failure {
        code: Failure::INTERRUPTED,
        messages: vec![format!(
            "interrupted; `flowbatch submit --resume {handle}` goes on, `flowbatch cancel {handle}` ends what was \
             submitted"
        )],
    }
}

/// The revisions in use, by the names of their definitions.
fn revisions(document: &Document, report: &Report) -> Vec<(String, String)> {
    let outcomes = report.outcomes.iter().zip(&document.jobs);
    let known = outcomes.filter_map(|(outcome, job)| {
        let arn = outcome.definition.clone()?;
        Some((job.definition_name().to_owned(), arn))
    });
    known.collect()
}
