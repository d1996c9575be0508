//! The servers: one for all tests of the binary whose jobs move when a test says so, and one whose
//! jobs are containers.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex};

use serde_json::{Value, json};

use super::figures::not_tested;
use super::http::Message;
use crate::main::python;

/// The server needs these of moto's extras: `batch` brings the client of Docker.
const PACKAGES: [&str; 3] = ["moto[batch]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];

/// A running server. It ends when its standard input does: when this process has ended, however.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Holds its standard input open.
    _child: Mutex<Child>,
}

/// The server for all tests but those with containers; `None` if there cannot be one.
pub(crate) static HELD: LazyLock<Option<Server>> = LazyLock::new(|| start("held"));

/// The server whose jobs are containers.
pub(crate) static DOCKER: LazyLock<Option<Server>> = LazyLock::new(|| start("docker"));

fn start(mode: &str) -> Option<Server> {
    static INSTALLED: LazyLock<Result<std::path::PathBuf, String>> =
        LazyLock::new(|| python::environment("moto-5.2.5", &PACKAGES));
    let bin = match &*INSTALLED {
        Ok(bin) => bin,
        Err(error) => {
            // `.ci/run` has Python and the network.
            assert!(std::env::var_os("CI").is_none(), "{PACKAGES:?}: {error}");
            not_tested(&format!(
                "anything against AWS, since {PACKAGES:?} cannot be installed: {error}"
            ));
            return None;
        }
    };
    let mut child = Command::new(bin.join("python3"))
        .arg("-B")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/main/aws/moto/server.py"))
        .arg(mode)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped"))
        .read_line(&mut line)
        .expect("text");
    let port = line.trim().parse().expect("the server says its port");
    let server = Server {
        address: (Ipv4Addr::LOCALHOST, port).into(),
        _child: Mutex::new(child),
    };
    // The port is open before it is said; the first answer shows that moto is there too.
    let config = json!({ "batch": { "use_docker": mode == "docker" } });
    let reply = server.post("/moto-api/config", &config);
    assert_eq!(reply.status(), 201, "{reply:?}");
    Some(server)
}

impl Server {
    pub(crate) fn post(&self, path: &str, body: &Value) -> Message {
        self.send(path, "", body)
    }

    /// Posts, with more headers.
    pub(crate) fn send(&self, path: &str, headers: &str, body: &Value) -> Message {
        let body = body.to_string().into_bytes();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n{headers}\r\n",
            body.len()
        );
        let request = Message { head, body };
        request.exchange(self.address).expect("the server answers")
    }
}
