//! From `initialize` to `exit`, in awkward orders.

use serde_json::{Value, json};

use super::client::Client;

#[test]
fn nothing_before_initialize() {
    let mut client = Client::silent(&[]);
    client.notify("textDocument/didOpen", json!({}));
    let id = client.request("textDocument/hover", json!({}));
    assert_eq!(client.answer(id)["error"]["code"], -32002);
    let result = client.initialize(&json!({}));
    assert_eq!(result["serverInfo"]["name"], "flowbatch");
    assert_eq!(client.exit(), 0);
}

#[test]
fn nothing_after_shutdown() {
    let mut client = Client::new(&[]);
    client.ask("shutdown", Value::Null);
    let id = client.request("textDocument/hover", json!({}));
    assert_eq!(client.answer(id)["error"]["code"], -32600);
    client.notify("exit", Value::Null);
    assert_eq!(client.end(), 0);
}

#[test]
fn exit_without_shutdown_is_1() {
    let mut client = Client::new(&[]);
    client.notify("exit", Value::Null);
    assert_eq!(client.end(), 1);
    let mut client = Client::silent(&[]);
    client.notify("exit", Value::Null);
    assert_eq!(client.end(), 1);
}

#[test]
fn a_client_that_goes_away() {
    assert_eq!(Client::silent(&[]).hang_up(), 1);
    assert_eq!(Client::new(&[]).hang_up(), 1);
}
