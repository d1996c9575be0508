//! `flowbatch man`: manual pages, one of the program and one of each command.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::CommandFactory;
use clap_mangen::Man;

use super::console::Console;
use super::{Cli, Exit, Failure, atomic};

/// Writes the manual page of flowbatch to standard output, or those of all commands into a folder
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The folder, which is made if it is not there; usually a `man1`
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Exit, Failure> {
    let mut program = Cli::command().disable_help_subcommand(true);
    // Gives the commands their full names, and the options that all have.
    program.build();
    let Some(folder) = &args.folder else {
        console.out.write_all(&page(&Man::new(program))?)?;
        return Ok(Exit::Fine);
    };
    let unwritable =
        |path: &PathBuf, error| Failure::new(format!("cannot write {}: {error}", path.display()));
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
    let commands: Vec<clap::Command> = program.get_subcommands().cloned().collect();
    let mut written = 0;
    for command in std::iter::once(program).chain(commands) {
        let man = Man::new(command).source(concat!("flowbatch ", env!("CARGO_PKG_VERSION")));
        let path = folder.join(man.get_filename());
        atomic::replace(&path, &page(&man)?).map_err(|error| unwritable(&path, error))?;
        written += 1;
    }
    writeln!(console.err, "{}: {written} written", folder.display())?;
    Ok(Exit::Fine)
}

fn page(man: &Man) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    man.render(&mut text)?;
    Ok(text)
}
