//! What is in `editors`, tried with the real editors where that goes.

#![cfg(all(unix, feature = "lsp"))]

mod vscode;
