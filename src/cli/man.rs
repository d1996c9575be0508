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
        console
            .out
            .write_all(page(&program, &Man::new(program.clone()))?.as_bytes())?;
        return Ok(Exit::Fine);
    };
    let unwritable =
        |path: &PathBuf, error| Failure::new(format!("cannot write {}: {error}", path.display()));
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
    let commands: Vec<clap::Command> = program.get_subcommands().cloned().collect();
    let mut written = 0;
    for command in std::iter::once(program).chain(commands) {
        let man = Man::new(command.clone());
        let man = man.source(concat!("flowbatch ", env!("CARGO_PKG_VERSION")));
        let path = folder.join(man.get_filename());
        let text = page(&command, &man)?;
        atomic::replace(&path, text.as_bytes()).map_err(|error| unwritable(&path, error))?;
        written += 1;
    }
    writeln!(console.err, "{}: {written} written", folder.display())?;
    Ok(Exit::Fine)
}

fn page(command: &clap::Command, man: &Man) -> Result<String, Failure> {
    let mut text = Vec::new();
    man.render(&mut text)?;
    let mut text = String::from_utf8_lossy(&text).into_owned();
    // The synopsis leaves out what may be repeated.
    let repeated = command.get_positionals().filter(|argument| {
        let count = argument.get_num_args();
        count.is_some_and(|count| count.max_values() > 1)
            || matches!(argument.get_action(), clap::ArgAction::Append)
    });
    for name in repeated.filter_map(|argument| argument.get_value_names()?.first()) {
        for (open, close) in [('<', '>'), ('[', ']')] {
            let shown = format!("{open}\\fI{name}\\fR{close}");
            text = text.replacen(&shown, &format!("{shown}..."), 1);
        }
    }
    Ok(text)
}
