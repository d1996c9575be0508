//! The answers to requests.

use lsp_server::{ErrorCode, Request, Response};

use super::world::World;

/// Answers a request of a running client.
pub(super) fn answer(_world: &mut World, request: Request) -> Response {
    Response::new_err(
        request.id,
        ErrorCode::MethodNotFound as i32,
        format!("there is no method `{}`", request.method),
    )
}
