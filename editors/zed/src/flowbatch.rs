//! Tells Zed how the language server of flowbatch is started.

use zed_extension_api::{self as zed, Command, LanguageServerId, Result, Worktree};

struct Flowbatch;

impl zed::Extension for Flowbatch {
    fn new() -> Self {
        Self
    }

    fn language_server_command(&mut self, _: &LanguageServerId, tree: &Worktree) -> Result<Command> {
        let command = tree.which("flowbatch").ok_or(
            "the program `flowbatch` was not found: install it, or put it on the path that Zed has",
        )?;
        Ok(Command {
            command,
            args: vec!["lsp".to_owned()],
            env: tree.shell_env(),
        })
    }
}

zed::register_extension!(Flowbatch);
