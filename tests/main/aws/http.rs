//! As much of HTTP/1.1 as the tests need: messages whose length is known.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

/// A request or a response.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The first line and the headers, with the empty line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// Reads one; `None` if the connection ended before it.
    pub(crate) fn read(stream: &mut TcpStream) -> io::Result<Option<Self>> {
        let Some(head) = head(stream)? else {
            return Ok(None);
        };
        let mut message = Self {
            head,
            body: Vec::new(),
        };
        message.body = vec![0; message.length()];
        stream.read_exact(&mut message.body)?;
        Ok(Some(message))
    }

    /// Reads one but for its last byte, which stays in the socket: closing that resets the
    /// connection. `None` if the connection ended before it.
    pub(crate) fn read_but_one(stream: &mut TcpStream) -> io::Result<Option<Self>> {
        let Some(head) = head(stream)? else {
            return Ok(None);
        };
        let mut message = Self {
            head,
            body: Vec::new(),
        };
        let length = message.length();
        message.body = vec![0; length];
        if let Some((last, most)) = message.body.split_last_mut() {
            stream.read_exact(most)?;
            stream.peek(std::slice::from_mut(last))?;
        }
        Ok(Some(message))
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (header, value) = line.split_once(':')?;
            header.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    fn length(&self) -> usize {
        let length = self.header("content-length");
        length.and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn status(&self) -> u16 {
        let status = self.head.split(' ').nth(1);
        status.and_then(|text| text.parse().ok()).expect("a status")
    }

    /// The path of a request.
    pub(crate) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or("")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Adds a header, and has the connection end afterwards.
    pub(crate) fn with_header(&self, name: &str, value: &str) -> Self {
        let lines = self.head.trim_end().lines();
        let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let mut head: String = kept.map(|line| format!("{line}\r\n")).collect();
        head += &format!("{name}: {value}\r\nConnection: close\r\n\r\n");
        Self {
            head,
            body: self.body.clone(),
        }
    }

    pub(crate) fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream.write_all(&[self.head.as_bytes(), &self.body].concat())
    }

    /// Sends a request, and reads what comes back.
    pub(crate) fn exchange(&self, address: SocketAddr) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        self.write(&mut stream)?;
        Self::read(&mut stream)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// The head, and not a byte more; `None` if there is none.
fn head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let seen = stream.peek(&mut buffer)?;
        if seen == 0 {
            return Ok(None);
        }
        let before = head.len();
        head.extend_from_slice(&buffer[..seen]);
        // The mark may begin in what was read before.
        let from = before.saturating_sub(3);
        let mark = head[from..].windows(4).position(|part| part == b"\r\n\r\n");
        let end = mark.map_or(head.len(), |at| from + at + 4);
        head.truncate(end);
        stream.read_exact(&mut buffer[..end - before])?;
        if mark.is_some() {
            return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
        }
    }
}
