//! The life of a server: messages in, messages out, from `initialize` to `exit`.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use gen_lsp_types as lsp;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::publish::Published;
use super::transport::{self, Incoming};
use super::world::{Client, World};
use super::{capabilities, convert, requests, uri};
use crate::Settings;

/// Stands for a version that the client did not tell.
const NO_VERSION: i32 = i32::MIN;

/// How often an idle server looks whether its client is still there.
const WATCH: Duration = Duration::from_secs(5);

/// Serves one client until it says `exit` or goes away; whether it ended as the protocol has it, with
/// `shutdown` before `exit`.
///
/// Documents are checked with `settings`, of which params that a flow does not have are passed over.
///
/// # Errors
/// When `output` cannot be written for another reason than that nobody reads it.
pub fn run(
    input: impl Read + Send + 'static,
    output: impl Write,
    settings: Settings,
) -> io::Result<bool> {
    let (sender, incoming) = channel();
    // Not joined: it waits for the client, who may never say anything again.
    thread::Builder::new()
        .name("reader".into())
        .spawn(move || {
            let mut input = BufReader::new(input);
            while let Ok(Some(message)) = transport::read(&mut input) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        })?;
    let mut server = Server {
        incoming,
        waiting: VecDeque::new(),
        gone: false,
        output,
        life: Life::New,
        client_process: None,
        world: World::new(settings),
        published: Published::default(),
        asked: 0,
    };
    let ended = server.serve();
    requests::clean_up();
    match ended {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        result => result,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    /// Before `initialize`.
    New,
    Running,
    /// After `shutdown`.
    ShutDown,
}

struct Server<W> {
    incoming: Receiver<Incoming>,
    /// Messages that have come in, in order.
    waiting: VecDeque<Message>,
    /// Whether nothing more will come in.
    gone: bool,
    output: W,
    life: Life,
    client_process: Option<i32>,
    world: World,
    published: Published,
    /// How many requests the server has made.
    asked: i32,
}

impl<W: Write> Server<W> {
    fn serve(&mut self) -> io::Result<bool> {
        loop {
            self.receive(false)?;
            match self.waiting.pop_front() {
                Some(Message::Request(request)) => self.request(request)?,
                Some(Message::Notification(notification)) if notification.method == "exit" => {
                    return Ok(self.life == Life::ShutDown);
                }
                Some(Message::Notification(notification)) => self.notification(notification)?,
                Some(Message::Response(_)) => {}
                // Only now that nothing waits: what was typed faster than it is checked is skipped.
                None if self.check()? => {}
                None if self.gone => return Ok(false),
                None => self.receive(true)?,
            }
        }
    }

    /// Takes in what has come; waits for something if asked to.
    fn receive(&mut self, wait: bool) -> io::Result<()> {
        if wait {
            match self.incoming.recv_timeout(WATCH) {
                Ok(incoming) => self.take(incoming)?,
                Err(RecvTimeoutError::Timeout) => self.gone = self.client_is_dead(),
                Err(RecvTimeoutError::Disconnected) => self.gone = true,
            }
        }
        while let Ok(incoming) = self.incoming.try_recv() {
            self.take(incoming)?;
        }
        Ok(())
    }

    fn take(&mut self, incoming: Incoming) -> io::Result<()> {
        match incoming {
            Incoming::Message(message) => self.waiting.push_back(*message),
            Incoming::Wrong(code, reason) => {
                transport::refuse(&mut self.output, code, &reason)?;
            }
        }
        Ok(())
    }

    /// Where processes can be seen in `/proc`; elsewhere the closed pipe must do.
    fn client_is_dead(&self) -> bool {
        self.client_process
            .is_some_and(|id| !Path::new(&format!("/proc/{id}")).exists())
    }

    /// Checks a document that has changed, or tells the client once all have been; whether there was
    /// something to do.
    fn check(&mut self) -> io::Result<bool> {
        if self.world.check_one() {
            return Ok(true);
        }
        if !self.world.is_untold() {
            return Ok(false);
        }
        for params in self.published.update(&self.world) {
            self.notify("textDocument/publishDiagnostics", params)?;
        }
        // The client asks again for what it edits, not for what that changes elsewhere.
        if self.world.client.refreshes_hints && self.world.documents.len() > 1 {
            self.ask("workspace/inlayHint/refresh", Value::Null)?;
        }
        Ok(true)
    }

    fn request(&mut self, request: Request) -> io::Result<()> {
        if self.is_cancelled(&request.id) {
            let message = "cancelled by the client";
            return self.refuse(request.id, ErrorCode::RequestCanceled, message);
        }
        match (self.life, request.method.as_str()) {
            (Life::New, "initialize") => self.initialize(request),
            (Life::New, _) => {
                let message = "the first request is `initialize`";
                self.refuse(request.id, ErrorCode::ServerNotInitialized, message)
            }
            (Life::ShutDown, _) => {
                let message = "after `shutdown` there is only `exit`";
                self.refuse(request.id, ErrorCode::InvalidRequest, message)
            }
            (Life::Running, "initialize") => {
                let message = "the server is initialized already";
                self.refuse(request.id, ErrorCode::InvalidRequest, message)
            }
            (Life::Running, "shutdown") => {
                self.life = Life::ShutDown;
                self.send(Response::new_ok(request.id, Value::Null))
            }
            (Life::Running, _) => {
                let response = requests::answer(&mut self.world, request);
                self.send(response)?;
                for (method, params) in std::mem::take(&mut self.world.asks) {
                    self.ask(method, params)?;
                }
                Ok(())
            }
        }
    }

    /// Whether a request that waits is cancelled by a message behind it.
    fn is_cancelled(&self, id: &RequestId) -> bool {
        self.waiting.iter().any(|message| match message {
            Message::Notification(message) if message.method == "$/cancelRequest" => {
                let cancelled = message.params.get("id").cloned();
                let cancelled = cancelled.and_then(|id| serde_json::from_value(id).ok());
                cancelled.as_ref() == Some(id)
            }
            _ => false,
        })
    }

    fn initialize(&mut self, request: Request) -> io::Result<()> {
        let params: lsp::InitializeParams = match serde_json::from_value(request.params) {
            Ok(params) => params,
            Err(error) => {
                return self.refuse(request.id, ErrorCode::InvalidParams, &error.to_string());
            }
        };
        self.world.client = Client::of(&params.capabilities);
        self.world.folders = folders(&params);
        // One in another container is not seen, and not waited for.
        self.client_process = params.process_id;
        if self.client_is_dead() {
            self.client_process = None;
        }
        self.life = Life::Running;
        let result = capabilities::server(&self.world.client);
        self.send(Response::new_ok(request.id, result))
    }

    fn notification(&mut self, notification: Notification) -> io::Result<()> {
        if self.life != Life::Running {
            return Ok(());
        }
        let Notification { method, params } = notification;
        match method.as_str() {
            "initialized" => self.watch_files()?,
            "textDocument/didOpen" => {
                if let Some(lsp::DidOpenTextDocumentParams { text_document }) = parse(params) {
                    let uri = text_document.uri.0;
                    self.world
                        .open(&uri, text_document.version, &text_document.text);
                }
            }
            "textDocument/didChange" => {
                // Older protocols let a client say no version.
                let mut params = params;
                if let Some(version) = params.pointer_mut("/textDocument/version")
                    && version.is_null()
                {
                    *version = Value::from(NO_VERSION);
                }
                if let Some(params) = parse(params) {
                    self.change(params);
                }
            }
            "textDocument/didClose" => {
                if let Some(lsp::DidCloseTextDocumentParams { text_document }) = parse(params) {
                    self.world.close(&text_document.uri.0);
                }
            }
            "textDocument/didSave"
            | "workspace/didChangeWatchedFiles"
            | "workspace/didRenameFiles"
            | "workspace/didCreateFiles"
            | "workspace/didDeleteFiles" => self.world.stale_all(),
            "workspace/didChangeWorkspaceFolders" => {
                if let Some(lsp::DidChangeWorkspaceFoldersParams { event }) = parse(params) {
                    let path = |folder: &lsp::WorkspaceFolder| uri::to_path(folder.uri.as_ref());
                    let removed: Vec<_> = event.removed.iter().map(path).collect();
                    let folders = &mut self.world.folders;
                    folders.retain(|folder| !removed.contains(folder));
                    folders.extend(event.added.iter().map(path));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn change(&mut self, params: lsp::DidChangeTextDocumentParams) {
        use lsp::TextDocumentContentChangeEvent as Event;
        let changes = params
            .content_changes
            .into_iter()
            .map(|change| match change {
                Event::TextDocumentContentChangePartial(change) => {
                    let range =
                        convert::point(change.range.start)..convert::point(change.range.end);
                    (Some(range), change.text)
                }
                Event::TextDocumentContentChangeWholeDocument(change) => (None, change.text),
            });
        let document = params.text_document;
        let uri = document.text_document_identifier.uri.0;
        let version = Some(document.version).filter(|version| *version != NO_VERSION);
        self.world.change(&uri, version, changes);
    }

    /// Asks to be told of files that are changed by others.
    fn watch_files(&mut self) -> io::Result<()> {
        if !self.world.client.watches_files {
            return Ok(());
        }
        let watcher = |pattern: &str| lsp::FileSystemWatcher {
            glob_pattern: pattern.to_owned().into(),
            kind: None,
        };
        let options = lsp::DidChangeWatchedFilesRegistrationOptions {
            watchers: vec![
                watcher("**/*.flow"),
                watcher(&format!("**/{}", crate::config::FILE_NAME)),
            ],
        };
        let params = lsp::RegistrationParams {
            registrations: vec![lsp::Registration {
                id: "files".to_owned(),
                method: "workspace/didChangeWatchedFiles".to_owned(),
                register_options: serde_json::to_value(options).ok(),
            }],
        };
        self.ask("client/registerCapability", params)
    }

    fn ask(&mut self, method: &str, params: impl serde::Serialize) -> io::Result<()> {
        self.asked += 1;
        let id = RequestId::from(self.asked);
        self.send(Request::new(id, method.to_owned(), params))
    }

    fn notify(&mut self, method: &str, params: impl serde::Serialize) -> io::Result<()> {
        self.send(Notification::new(method.to_owned(), params))
    }

    fn refuse(&mut self, id: RequestId, code: ErrorCode, message: &str) -> io::Result<()> {
        self.send(Response::new_err(id, code as i32, message.to_owned()))
    }

    fn send(&mut self, message: impl Into<Message>) -> io::Result<()> {
        message.into().write(&mut self.output)
    }
}

/// What a client sends wrongly in a notification cannot be answered.
fn parse<T: DeserializeOwned>(params: Value) -> Option<T> {
    serde_json::from_value(params).ok()
}

fn folders(params: &lsp::InitializeParams) -> Vec<std::path::PathBuf> {
    let folders = &params.workspace_folders_initialize_params.workspace_folders;
    match folders {
        Some(lsp::WorkspaceFolders::WorkspaceFolderList(folders)) if !folders.is_empty() => folders
            .iter()
            .map(|folder| uri::to_path(folder.uri.as_ref()))
            .collect(),
        // Clients that do not know of several folders.
        #[allow(deprecated)]
        _ => params
            .root_uri
            .iter()
            .map(|uri| uri::to_path(uri.as_ref()))
            .collect(),
    }
}
