//! A client: what a test says, and what the server answers.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Longer than anything takes; who waits that long waits for ever.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    output: Receiver<Value>,
    /// Whether to read no more.
    closed: Arc<AtomicBool>,
    /// What came while something else was waited for.
    aside: VecDeque<Value>,
    folder: tempfile::TempDir,
    asked: i32,
    versions: HashMap<String, i32>,
}

impl Client {
    /// A server in a folder with files, which has not been said anything.
    pub(super) fn silent(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_flowbatch"))
            .arg("lsp")
            .current_dir(folder.path())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().unwrap();
        let (sender, output) = channel();
        let closed = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&closed);
        std::thread::spawn(move || {
            let mut stdout: BufReader<ChildStdout> = BufReader::new(stdout);
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() || stop.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        Self {
            child,
            stdin,
            output,
            closed,
            aside: VecDeque::new(),
            folder,
            asked: 100,
            versions: HashMap::new(),
        }
    }

    /// A server that has been initialized by a client that can do everything.
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        Self::with(files, &json!({}))
    }

    /// The same, with what differs in the client's capabilities.
    pub(super) fn with(files: &[(&str, &str)], differs: &Value) -> Self {
        let mut client = Self::silent(files);
        client.initialize(differs);
        client
    }

    pub(super) fn initialize(&mut self, differs: &Value) -> Value {
        let mut capabilities = json!({
            "textDocument": {
                "completion": { "completionItem": { "snippetSupport": true } },
                "publishDiagnostics": { "relatedInformation": true },
                "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
                "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": [] } } },
            },
            "workspace": { "workspaceEdit": { "documentChanges": true } },
        });
        merge(&mut capabilities, differs);
        let root = self.uri("");
        let result = self.ask(
            "initialize",
            json!({
                "processId": std::process::id(),
                "rootUri": null,
                "workspaceFolders": [{ "uri": root, "name": "test" }],
                "capabilities": capabilities,
            }),
        );
        self.notify("initialized", json!({}));
        result
    }

    pub(super) fn uri(&self, name: &str) -> String {
        let root = self.folder.path().to_str().unwrap();
        format!("file://{root}/{name}")
            .trim_end_matches('/')
            .to_owned()
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Closes the server's output while it has something to say, and returns its exit code.
    pub(super) fn stop_reading(&mut self) -> i32 {
        self.closed.store(true, Ordering::SeqCst);
        let stdin = self.stdin.as_mut().unwrap();
        // Until it notices.
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "no/such/method" }).to_string();
        let message = format!("Content-Length: {}\r\n\r\n{message}", message.len());
        while stdin.write_all(message.as_bytes()).is_ok() {}
        self.end()
    }

    /// Text without what differs from run to run.
    pub(super) fn plain(&self, text: &str) -> String {
        text.replace(self.folder.path().to_str().unwrap(), "/test")
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    pub(super) fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub(super) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request without waiting for its answer.
    pub(super) fn request(&mut self, method: &str, params: Value) -> i32 {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// The whole answer to a request.
    pub(super) fn answer(&mut self, id: i32) -> Value {
        self.wait(|message| message["id"] == id && message.get("method").is_none())
    }

    /// The result of a request that succeeds.
    pub(super) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        let mut answer = self.answer(id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// The first message that has come or will come of which `is` holds.
    pub(super) fn wait(&mut self, is: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.aside.iter().position(&is) {
            return self.aside.remove(at).unwrap();
        }
        loop {
            let message = self.output.recv_timeout(PATIENCE);
            let message = message.expect("the server goes on");
            if is(&message) {
                return message;
            }
            self.aside.push_back(message);
        }
    }

    pub(super) fn open(&mut self, name: &str, text: &str) {
        self.versions.insert(name.to_owned(), 1);
        let uri = self.uri(name);
        let document = json!({ "uri": uri, "languageId": "flow", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub(super) fn close(&mut self, name: &str) {
        self.versions.remove(name);
        let uri = self.uri(name);
        self.notify(
            "textDocument/didClose",
            json!({ "textDocument": { "uri": uri } }),
        );
    }

    /// Replaces the whole text.
    pub(super) fn replace(&mut self, name: &str, text: &str) {
        self.change(name, &json!([{ "text": text }]));
    }

    pub(super) fn change(&mut self, name: &str, changes: &Value) {
        let version = self.versions.get_mut(name).unwrap();
        *version += 1;
        let document = json!({ "uri": self.uri(name), "version": self.versions[name] });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.notify("textDocument/didChange", params);
    }

    /// The diagnostics of the version of a file that was sent last; of one that is not open, those
    /// that come next.
    pub(super) fn diagnostics(&mut self, name: &str) -> Vec<Value> {
        let uri = self.uri(name);
        let version = self.versions.get(name).copied();
        let found = self.wait(|message| {
            let params = &message["params"];
            message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri.as_str()
                && version.is_none_or(|version| params["version"] == version)
        });
        found["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// A request about a place: `line` and `column` from 0.
    pub(super) fn at(&mut self, method: &str, name: &str, line: usize, column: usize) -> Value {
        let params = json!({
            "textDocument": { "uri": self.uri(name) },
            "position": { "line": line, "character": column },
        });
        self.ask(&format!("textDocument/{method}"), params)
    }

    /// A request about a whole document.
    pub(super) fn of(&mut self, method: &str, name: &str) -> Value {
        let mut params = json!({ "textDocument": { "uri": self.uri(name) } });
        if method == "formatting" {
            params["options"] = json!({ "tabSize": 2, "insertSpaces": true });
        }
        self.ask(&format!("textDocument/{method}"), params)
    }

    /// Closes the server's input, and returns its exit code.
    pub(super) fn hang_up(mut self) -> i32 {
        self.stdin = None;
        self.end()
    }

    pub(super) fn end(&mut self) -> i32 {
        let status = self.child.wait().unwrap();
        let mut errors = String::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        assert_eq!(errors, "");
        status.code().unwrap()
    }

    /// Ends as the protocol has it.
    pub(super) fn exit(mut self) -> i32 {
        self.ask("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        self.end()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn read(input: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(number) = line.strip_prefix("Content-Length: ") {
            length = number.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

/// The place of a `|` in a text, as line and column in UTF-16 units, and the text without it.
pub(super) fn cursor(marked: &str) -> (String, usize, usize) {
    let (before, after) = marked.split_once('|').unwrap();
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[start..].encode_utf16().count();
    (format!("{before}{after}"), line, column)
}
