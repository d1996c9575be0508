//! What the server can do, and what it learns of the client.

use gen_lsp_types as lsp;

use super::world::Client;
use crate::ide::text::Encoding;

impl Client {
    pub(super) fn of(capabilities: &lsp::ClientCapabilities) -> Self {
        let general = capabilities.general.as_ref();
        let encodings = general.and_then(|general| general.position_encodings.as_ref());
        let takes_utf8 =
            encodings.is_some_and(|all| all.contains(&lsp::PositionEncodingKind::UTF8));
        Self {
            encoding: if takes_utf8 {
                Encoding::Utf8
            } else {
                Encoding::Utf16
            },
            ..Self::default()
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
            ..Default::default()
        },
        server_info: Some(lsp::ServerInfo {
            name: "flowbatch".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}
