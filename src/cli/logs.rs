//! `flowbatch logs`: what the jobs of a run wrote.

use std::io::{IsTerminal, Write};

use super::aws::{AwsArgs, block_on};
use super::console::Console;
use super::known::{Known, SourceArgs};
use super::{Exit, Failure};
use crate::aws::patient::Patient;
use crate::aws::watch::logs::choice::Choice;
use crate::aws::watch::logs::{Listener, LogsError, read};
use crate::aws::watch::model::Snapshot;
use crate::report::printable;

/// Shows what the jobs of a run wrote
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The run, or how its id begins
    #[arg(value_name = "RUN")]
    run: String,

    /// One step, or one child of an array, or node; without an index, the children that failed
    #[arg(value_name = "STEP[:INDEX]")]
    step: Option<String>,

    /// Goes on until the jobs have ended
    #[arg(long)]
    follow: bool,

    #[command(flatten)]
    source: SourceArgs,

    #[command(flatten)]
    aws: AwsArgs,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    let choice = Choice::parse(args.step.as_deref())?;
    let Some(known) = args.source.find(Some(&args.run), console)? else {
        return Ok(Exit::Found);
    };
    if let Some(run) = known.local()? {
        // What is not in the flow need not be looked for in AWS.
        choice.steps(&run)?;
    }
    let place = known.place(&args.aws)?;
    block_on(async {
        let api = Patient::new(place.connect().await?);
        let run = known.snapshot(&api).await?;
        let mut lines = Lines {
            known: &known,
            to_terminal: std::io::stdout().is_terminal(),
            console,
        };
        read(&api, run, &choice, args.follow, &mut lines).await?;
        Ok(Exit::Fine)
    })
}

struct Lines<'l> {
    known: &'l Known,
    console: &'l mut Console,
    to_terminal: bool,
}

impl Listener for Lines<'_> {
    type Error = Failure;

    fn line(&mut self, label: &str, line: &str) -> Result<(), Failure> {
        // Of what a job wrote, a terminal is given no more than colours; a file gets it as it is.
        if self.to_terminal {
            writeln!(self.console.out, "{label} | {}", coloured(line))?;
        } else {
            writeln!(self.console.out, "{label} | {line}")?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.console.out.flush()?)
    }

    fn note(&mut self, note: &str) -> Result<(), Failure> {
        self.console.out.flush()?;
        Ok(writeln!(self.console.err, "{}", printable(note))?)
    }

    fn refresh(&mut self, run: &Snapshot) -> Result<(Snapshot, bool), Failure> {
        self.known.refresh(run)
    }
}

/// A line with its colours, and with all else that drives a terminal spelt out.
fn coloured(line: &str) -> String {
    const BEGIN: &str = "\u{1b}[";
    let mut shown = String::with_capacity(line.len());
    let mut colours = false;
    for (at, part) in line.split(BEGIN).enumerate() {
        let end = part.find(|c: char| !(c.is_ascii_digit() || c == ';'));
        let is_colour = at > 0 && end.is_some_and(|end| part[end..].starts_with('m'));
        if let (true, Some(end)) = (is_colour, end) {
            colours = true;
            shown.push_str(BEGIN);
            shown.push_str(&part[..=end]);
            shown.push_str(&printable(&part[end + 1..]));
        } else {
            if at > 0 {
                shown.push_str(&printable(BEGIN));
            }
            shown.push_str(&printable(part));
        }
    }
    if colours {
        shown.push_str("\u{1b}[0m");
    }
    shown
}

impl From<LogsError> for Failure {
    fn from(error: LogsError) -> Self {
        match error {
            LogsError::Failed(failed) => failed.into(),
            LogsError::Choice(message) => Self::new(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::coloured;

    #[test]
    fn a_terminal_gets_colours_and_nothing_else() {
        assert_eq!(coloured("plain"), "plain");
        assert_eq!(coloured("a\u{1b}[1;31mb"), "a\u{1b}[1;31mb\u{1b}[0m");
        assert_eq!(coloured("a\u{1b}[2Jb\u{1b}"), "a\\u{1b}[2Jb\\u{1b}");
        assert_eq!(coloured("10%\r20%\u{1b}[3"), "10%\\u{d}20%\\u{1b}[3");
    }
}
