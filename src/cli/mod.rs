//! The command line: one command a file.
//!
//! A command returns what it found as an `Exit`, or the `Failure` that kept
//! it from its work. Standard output carries one thing only, so that it can be
//! piped: the artifacts of `build --stdout` or the text of `check --fix -` and `fmt -`,
//! else the report in a machine form, else the diff of `build --check` and `fmt --check`.
//! Everything else goes to standard error.

#[cfg(feature = "aws")]
mod account;
mod artifacts;
pub(crate) mod atomic;
#[cfg(feature = "aws")]
mod aws;
mod build;
#[cfg(feature = "aws")]
mod cancel;
mod check;
mod completions;
mod console;
mod depfile;
mod explain;
mod flows;
mod fmt;
mod inputs;
#[cfg(feature = "aws")]
mod known;
#[cfg(feature = "aws")]
mod live;
#[cfg(feature = "aws")]
mod logs;
#[cfg(feature = "lsp")]
mod lsp;
mod man;
mod merged;
#[cfg(feature = "aws")]
mod one;
mod options;
#[cfg(feature = "aws")]
mod plan;
mod rule;
#[cfg(feature = "aws")]
mod runs;
#[cfg(feature = "aws")]
mod status;
#[cfg(feature = "aws")]
mod submit;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use console::Console;

/// Compiles workflow files to AWS Batch
#[derive(Parser, Debug)]
#[command(
    name = "flowbatch",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 fine, 1 errors were found, or what is built or formatted is stale, \
                  2 wrong usage or unreadable input, 3 AWS refused or failed, 4 a run failed, 5 `plan --detailed-exitcode` \
                  found changes."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Check(check::Args),
    Build(build::Args),
    Explain(explain::Args),
    Fmt(fmt::Args),
    #[cfg(feature = "lsp")]
    Lsp(lsp::Args),
    Rule(rule::Args),
    #[cfg(feature = "aws")]
    Plan(plan::Args),
    #[cfg(feature = "aws")]
    Submit(submit::Args),
    #[cfg(feature = "aws")]
    Status(status::Args),
    #[cfg(feature = "aws")]
    Logs(logs::Args),
    #[cfg(feature = "aws")]
    Cancel(cancel::Args),
    #[cfg(feature = "aws")]
    Runs(runs::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// How a command that could do its work ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Exit {
    /// Nothing to complain about.
    Fine,
    /// Errors, denied warnings, or artifacts that are not up to date.
    Found,
    /// Changes that were asked for (`plan --detailed-exitcode`).
    #[cfg(feature = "aws")]
    Changes,
    /// A run that was waited for did not succeed.
    #[cfg(feature = "aws")]
    Failed,
    /// Whoever waited had enough; the run goes on.
    #[cfg(feature = "aws")]
    Interrupted,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Found => 1,
            #[cfg(feature = "aws")]
            Self::Changes => 5,
            #[cfg(feature = "aws")]
            Self::Failed => 4,
            #[cfg(feature = "aws")]
            Self::Interrupted => Failure::INTERRUPTED,
        }
    }
}

/// Why a command could not do its work: one message or several.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Failure {
    code: u8,
    messages: Vec<String>,
}

impl Failure {
    /// Wrong usage, unreadable input, unwritable output.
    const INPUT: u8 = 2;
    /// AWS refused or failed.
    #[cfg(feature = "aws")]
    const AWS: u8 = 3;
    /// Ctrl-C, as a shell has it for a program that this ended.
    #[cfg(feature = "aws")]
    const INTERRUPTED: u8 = 130;

    /// Wrong usage, unreadable input, unwritable output.
    fn new(message: impl Into<String>) -> Self {
        Self::several(vec![message.into()])
    }

    /// As [`Failure::new`], of several things.
    fn several(messages: Vec<String>) -> Self {
        Self {
            code: Self::INPUT,
            messages,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.messages.join("\n"))
    }
}

/// The commands' own writing to standard output and standard error.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(format!("cannot write the output: {error}"))
    }
}

/// Runs the command of the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output with 0, wrong usage to
            // standard error with 2. A reader that went away is no matter.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let mut console = Console::of_process();
    let result = match &cli.command {
        Command::Check(args) => check::run(args, &mut console),
        Command::Build(args) => build::run(args, &mut console),
        Command::Explain(args) => explain::run(args, &mut console),
        Command::Fmt(args) => fmt::run(args, &mut console),
        #[cfg(feature = "lsp")]
        Command::Lsp(args) => lsp::run(args),
        Command::Rule(args) => rule::run(args, &mut console),
        #[cfg(feature = "aws")]
        Command::Plan(args) => plan::run(args, &mut console),
        #[cfg(feature = "aws")]
        Command::Submit(args) => submit::run(args, &mut console),
        #[cfg(feature = "aws")]
        Command::Status(args) => status::run(args, &mut console),
        #[cfg(feature = "aws")]
        Command::Logs(args) => logs::run(args, &mut console),
        #[cfg(feature = "aws")]
        Command::Cancel(args) => cancel::run(args, &mut console),
        #[cfg(feature = "aws")]
        Command::Runs(args) => runs::run(args, &mut console),
        Command::Completions(args) => completions::run(args, &mut console),
        Command::Man(args) => man::run(args, &mut console),
    };
    let result = result.and_then(|exit| {
        console.out.flush()?;
        Ok(exit)
    });
    match result {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(failure) => {
            let _ = console.failure(&failure);
            ExitCode::from(failure.code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn only_commands_that_exist() {
        let command = Cli::command();
        let names: Vec<_> = command
            .get_subcommands()
            .map(clap::Command::get_name)
            .collect();
        let mut expected = vec!["check", "build", "explain", "fmt", "lsp", "rule"];
        expected.retain(|name| cfg!(feature = "lsp") || *name != "lsp");
        if cfg!(feature = "aws") {
            expected.extend(["plan", "submit", "status", "logs", "cancel", "runs"]);
        }
        expected.extend(["completions", "man"]);
        assert_eq!(names, expected);
    }
}
