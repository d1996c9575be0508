//! `flowbatch status`: what became of a run. `submit --wait` ends here too.
//!
//! The JSON form is described in `docs/aws.md`.

use std::io::Write;

use super::aws::{AwsArgs, block_on};
use super::console::Console;
use super::explain::Form;
use super::known::{Known, SourceArgs};
use super::live::{Screen, write_lines};
use super::{Exit, Failure};
use crate::aws::api::Api;
use crate::aws::ask::Failed;
use crate::aws::patient::Patient;
use crate::aws::run::Handle;
use crate::aws::submit::driver::unix_time;
use crate::aws::unless_interrupted;
use crate::aws::watch::look::{self, Watcher};
use crate::aws::watch::model::Snapshot;
use crate::aws::watch::{document, words};
use crate::report::printable;

/// Shows what became of a run
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The run, or how its id begins; without it the newest one
    #[arg(value_name = "RUN")]
    run: Option<String>,

    /// Looks until the run has ended; ends with 4 if it did not succeed
    #[arg(long)]
    watch: bool,

    /// How it is written; with --watch, one line of JSON for each change
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Form,

    #[command(flatten)]
    source: SourceArgs,

    #[command(flatten)]
    aws: AwsArgs,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    let Some(known) = args.source.find(args.run.as_deref(), console)? else {
        return Ok(Exit::Found);
    };
    let place = known.place(&args.aws)?;
    let handle = known.handle(&args.aws);
    block_on(async {
        let api = Patient::new(place.connect().await?);
        if args.watch {
            return wait(&api, &known, &handle, args.format, console).await;
        }
        let mut run = known.snapshot(&api).await?;
        look::describe(&api, &mut run, unix_time()).await?;
        known.remember(&run);
        match args.format {
            Form::Human => write_lines(console, &words::lines(&run, &handle, unix_time()))?,
            Form::Json => writeln!(console.out, "{:#}", document::document(&run, unix_time()))?,
        }
        Ok(Exit::Fine)
    })
}

/// Watches a run until it has ended. Whoever submitted it must have let go of its folder.
pub(super) async fn wait<A: Api>(
    api: &Patient<A>,
    known: &Known,
    handle: &Handle,
    format: Form,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let run = known.snapshot(api).await?;
    let mut watching = Watching {
        known,
        format,
        console,
        screen: Screen::new(),
    };
    // Watching ends before anything else is written.
    let ended = unless_interrupted(look::watch(api, run, &mut watching)).await;
    let Watching {
        console,
        mut screen,
        ..
    } = watching;
    let id = known.id();
    match ended {
        None => {
            screen.clear()?;
            console.out.flush()?;
            writeln!(
                console.err,
                "run {id} goes on: `flowbatch status {handle} --watch` comes back to it, `flowbatch cancel \
                 {handle}` ends it"
            )?;
            Ok(Exit::Interrupted)
        }
        Some(Err(mut failure)) => {
            screen.clear()?;
            if failure.code == Failure::AWS {
                let message = format!(
                    "run {id} goes on; `flowbatch status {handle} --watch` comes back to it"
                );
                failure.messages.push(message);
            }
            Err(failure)
        }
        Some(Ok(run)) => {
            if format == Form::Human {
                screen.finish(console, &run, handle, unix_time())?;
            }
            Ok(if run.has_succeeded() {
                Exit::Fine
            } else {
                Exit::Failed
            })
        }
    }
}

struct Watching<'w> {
    known: &'w Known,
    format: Form,
    console: &'w mut Console,
    screen: Screen,
}

impl Watcher for Watching<'_> {
    type Error = Failure;

    fn now(&self) -> u64 {
        unix_time()
    }

    fn look(&mut self, run: &Snapshot, changed: bool) -> Result<(), Failure> {
        if changed {
            self.known.remember(run);
        }
        match self.format {
            Form::Human => self.screen.look(self.console, run, unix_time()),
            Form::Json if changed => {
                writeln!(self.console.out, "{}", document::document(run, unix_time()))?;
                Ok(self.console.out.flush()?)
            }
            Form::Json => Ok(()),
        }
    }

    fn refresh(&mut self, run: &Snapshot) -> Result<(Snapshot, bool), Failure> {
        self.known.refresh(run)
    }

    fn lost(&mut self, failed: &Failed) {
        let message = look::looking_on(failed);
        let _ = writeln!(self.console.err, "{}", printable(&message));
    }
}
