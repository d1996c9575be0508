//! `flowbatch completions`: what a shell needs to complete commands and options.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::console::Console;
use super::{Cli, Exit, Failure};

/// Writes completions for a shell to standard output
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The shell that is to read them
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    // Into memory first: the generator takes a failure to write for a mistake of the program.
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "flowbatch", &mut script);
    console.out.write_all(&script)?;
    Ok(Exit::Fine)
}
