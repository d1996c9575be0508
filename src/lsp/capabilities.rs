//! What the server can do, and what it learns of the client.

use gen_lsp_types as lsp;

use super::requests::{EMITTED, look};
use super::world::Client;
use crate::ide::text::Encoding;

/// The characters behind which something can be written that is no word yet.
const TRIGGERS: [&str; 10] = ["@", "(", ",", "=", "\"", "$", "{", "/", ":", " "];

impl Client {
    pub(super) fn of(capabilities: &lsp::ClientCapabilities) -> Self {
        let general = capabilities.general.as_ref();
        let encodings = general.and_then(|general| general.position_encodings.as_ref());
        let text = capabilities.text_document.as_ref();
        let workspace = capabilities.workspace.as_ref();
        let takes_utf8 =
            encodings.is_some_and(|all| all.contains(&lsp::PositionEncodingKind::UTF8));
        Self {
            encoding: if takes_utf8 {
                Encoding::Utf8
            } else {
                Encoding::Utf16
            },
            snippets: text
                .and_then(|text| {
                    text.completion
                        .as_ref()?
                        .completion_item
                        .as_ref()?
                        .snippet_support
                })
                .unwrap_or(false),
            related: text
                .and_then(|text| {
                    let publish = text.publish_diagnostics.as_ref()?;
                    publish.diagnostics_capabilities.related_information
                })
                .unwrap_or(false),
            nested_symbols: text
                .and_then(|text| {
                    let symbols = text.document_symbol.as_ref()?;
                    symbols.hierarchical_document_symbol_support
                })
                .unwrap_or(false),
            versioned_edits: workspace
                .and_then(|workspace| workspace.workspace_edit.as_ref()?.document_changes)
                .unwrap_or(false),
            watches_files: workspace
                .and_then(|workspace| {
                    let watching = workspace.did_change_watched_files.as_ref()?;
                    watching.dynamic_registration
                })
                .unwrap_or(false),
            refreshes_hints: workspace
                .and_then(|workspace| workspace.inlay_hint.as_ref()?.refresh_support)
                .unwrap_or(false),
            shows_documents: capabilities
                .window
                .as_ref()
                .and_then(|window| Some(window.show_document.as_ref()?.support))
                .unwrap_or(false),
        }
    }
}

pub(super) fn server(client: &Client) -> lsp::InitializeResult {
    lsp::InitializeResult {
        capabilities: lsp::ServerCapabilities {
            position_encoding: Some(match client.encoding {
                Encoding::Utf8 => lsp::PositionEncodingKind::UTF8,
                Encoding::Utf16 => lsp::PositionEncodingKind::UTF16,
            }),
            text_document_sync: Some(
                lsp::TextDocumentSyncOptions {
                    open_close: Some(true),
                    change: Some(lsp::TextDocumentSyncKind::Incremental),
                    save: Some(lsp::Save::Bool(true)),
                    ..Default::default()
                }
                .into(),
            ),
            completion_provider: Some(lsp::CompletionOptions {
                trigger_characters: Some(TRIGGERS.map(str::to_owned).to_vec()),
                ..Default::default()
            }),
            signature_help_provider: Some(lsp::SignatureHelpOptions {
                trigger_characters: Some(["(", ",", "="].map(str::to_owned).to_vec()),
                ..Default::default()
            }),
            hover_provider: Some(true.into()),
            definition_provider: Some(true.into()),
            references_provider: Some(true.into()),
            document_highlight_provider: Some(true.into()),
            rename_provider: Some(
                lsp::RenameOptions {
                    prepare_provider: Some(true),
                    ..Default::default()
                }
                .into(),
            ),
            document_symbol_provider: Some(true.into()),
            workspace_symbol_provider: Some(true.into()),
            folding_range_provider: Some(true.into()),
            inlay_hint_provider: Some(true.into()),
            document_formatting_provider: Some(true.into()),
            code_action_provider: Some(
                lsp::CodeActionOptions {
                    code_action_kinds: Some(vec![
                        lsp::CodeActionKind::QuickFix,
                        lsp::CodeActionKind::SourceFixAll,
                        lsp::CodeActionKind::Source,
                    ]),
                    ..Default::default()
                }
                .into(),
            ),
            execute_command_provider: Some(lsp::ExecuteCommandOptions {
                commands: vec![EMITTED.to_owned()],
                ..Default::default()
            }),
            semantic_tokens_provider: Some(
                lsp::SemanticTokensOptions {
                    legend: look::legend(),
                    range: Some(true.into()),
                    full: Some(true.into()),
                    ..Default::default()
                }
                .into(),
            ),
            workspace: Some(lsp::WorkspaceOptions {
                workspace_folders: Some(lsp::WorkspaceFoldersServerCapabilities {
                    supported: Some(true),
                    change_notifications: Some(true.into()),
                }),
                ..Default::default()
            }),
            ..Default::default()
        },
        server_info: Some(lsp::ServerInfo {
            name: "flowbatch".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}
