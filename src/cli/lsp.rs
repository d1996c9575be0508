//! `flowbatch lsp`: the language server, over standard input and output.

use std::io;

use super::options::SettingsArgs;
use super::{Exit, Failure};

/// Serves an editor: diagnostics, completion and the rest of the Language Server Protocol
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    settings: SettingsArgs,

    /// The only way there is, which some editors name
    #[arg(long)]
    stdio: bool,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let settings = args.settings.settings()?;
    // Not locked: the thread that reads is left behind.
    match crate::lsp::run(io::stdin(), io::stdout(), settings)? {
        true => Ok(Exit::Fine),
        // The protocol has 1 for a client that did not say `shutdown`.
        false => Ok(Exit::Found),
    }
}
