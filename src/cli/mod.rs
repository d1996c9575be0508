//! The command line: one command a file.
//!
//! A command returns what it found as an `Exit`, or the `Failure` that kept
//! it from its work. Standard output carries one thing only, so that it can be
//! piped: the artifacts of `build --stdout` or the text of `check --fix -` and `fmt -`,
//! else the report in a machine form, else the diff of `build --check` and `fmt --check`.
//! Everything else goes to standard error.

mod artifacts;
mod atomic;
mod build;
mod check;
mod completions;
mod console;
mod depfile;
mod explain;
mod flows;
mod fmt;
mod inputs;
#[cfg(feature = "lsp")]
mod lsp;
mod man;
mod merged;
mod options;
mod rule;

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
                  2 wrong usage or unreadable input."
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
}

/// Why a command could not do its work: wrong usage, unreadable input,
/// unwritable output. One message or several.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Failure(Vec<String>);

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self(vec![message.into()])
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("\n"))
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
        Command::Completions(args) => completions::run(args, &mut console),
        Command::Man(args) => man::run(args, &mut console),
    };
    let result = result.and_then(|exit| {
        console.out.flush()?;
        Ok(exit)
    });
    match result {
        Ok(Exit::Fine) => ExitCode::SUCCESS,
        Ok(Exit::Found) => ExitCode::from(1),
        Err(failure) => {
            let _ = console.failure(&failure);
            ExitCode::from(2)
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
        let mut expected = vec![
            "check",
            "build",
            "explain",
            "fmt",
            "lsp",
            "rule",
            "completions",
            "man",
        ];
        expected.retain(|name| cfg!(feature = "lsp") || *name != "lsp");
        assert_eq!(names, expected);
    }
}
