//! The answers to requests.

mod actions;
pub(super) mod look;
mod navigate;
mod rename;
mod write;

use gen_lsp_types as lsp;
use lsp_server::{ErrorCode, Request, Response};

use super::world::World;

pub(super) use actions::{EMITTED, clean_up};

/// The request for the text that the server has of a document, given as `{ uri }`: whether it is what the
/// client has.
const TEXT: &str = "flowbatch/text";

/// Why a request is not answered.
#[derive(Debug)]
struct Refusal {
    code: ErrorCode,
    message: String,
}

impl Refusal {
    fn failed(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::RequestFailed,
            message: message.into(),
        }
    }
}

type Answer<T> = Result<T, Refusal>;

/// Answers a request of a running client.
pub(super) fn answer(world: &mut World, request: Request) -> Response {
    match request.method.as_str() {
        "textDocument/completion" => {
            reply::<lsp::CompletionRequest>(world, request, write::completion)
        }
        "textDocument/signatureHelp" => {
            reply::<lsp::SignatureHelpRequest>(world, request, write::signature)
        }
        "textDocument/formatting" => {
            reply::<lsp::DocumentFormattingRequest>(world, request, write::formatting)
        }
        "textDocument/hover" => reply::<lsp::HoverRequest>(world, request, look::hover),
        "textDocument/inlayHint" => reply::<lsp::InlayHintRequest>(world, request, look::hints),
        "textDocument/semanticTokens/full" => {
            reply::<lsp::SemanticTokensRequest>(world, request, look::tokens)
        }
        "textDocument/semanticTokens/range" => {
            reply::<lsp::SemanticTokensRangeRequest>(world, request, look::tokens_in)
        }
        "textDocument/foldingRange" => {
            reply::<lsp::FoldingRangeRequest>(world, request, look::folds)
        }
        "textDocument/documentSymbol" => {
            reply::<lsp::DocumentSymbolRequest>(world, request, navigate::document_symbols)
        }
        "workspace/symbol" => {
            reply::<lsp::WorkspaceSymbolRequest>(world, request, navigate::workspace_symbols)
        }
        "textDocument/definition" => {
            reply::<lsp::DefinitionRequest>(world, request, navigate::definition)
        }
        "textDocument/references" => {
            reply::<lsp::ReferencesRequest>(world, request, navigate::references)
        }
        "textDocument/documentHighlight" => {
            reply::<lsp::DocumentHighlightRequest>(world, request, navigate::highlights)
        }
        "textDocument/prepareRename" => {
            reply::<lsp::PrepareRenameRequest>(world, request, rename::prepare_rename)
        }
        "textDocument/rename" => reply::<lsp::RenameRequest>(world, request, rename::rename),
        "textDocument/codeAction" => {
            reply::<lsp::CodeActionRequest>(world, request, actions::actions)
        }
        "workspace/executeCommand" => {
            reply::<lsp::ExecuteCommandRequest>(world, request, actions::execute)
        }
        TEXT => {
            let uri = request
                .params
                .get("uri")
                .and_then(serde_json::Value::as_str);
            let document = uri.and_then(|uri| world.documents.get(uri));
            Response::new_ok(request.id, document.map(|document| document.text.as_str()))
        }
        method => Response::new_err(
            request.id.clone(),
            ErrorCode::MethodNotFound as i32,
            format!("there is no method `{method}`"),
        ),
    }
}

fn reply<R: lsp::Request>(
    world: &mut World,
    request: Request,
    answer: fn(&mut World, R::Params) -> Answer<R::Result>,
) -> Response {
    let params = match serde_json::from_value(request.params) {
        Ok(params) => params,
        Err(error) => {
            let code = ErrorCode::InvalidParams as i32;
            return Response::new_err(request.id, code, error.to_string());
        }
    };
    match answer(world, params) {
        Ok(result) => Response::new_ok(request.id, result),
        Err(refusal) => Response::new_err(request.id, refusal.code as i32, refusal.message),
    }
}
