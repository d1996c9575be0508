//! Messages on a pair of byte streams, with their `Content-Length` before them.

use std::io::{self, BufRead, Read, Write};

use lsp_server::Message;
use serde_json::json;

/// The longest message that is read; what claims to be longer is no message.
const LONGEST: u64 = 1 << 30;
/// The longest line of a header.
const LONGEST_LINE: u64 = 4096;
/// How a header says how long the message is.
const LENGTH: &[u8] = b"content-length:";

/// What came in.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message.
    Message(Box<Message>),
    /// What was sent as a message is none: the code of the error, and why.
    Wrong(i32, String),
}

/// Reads the next message; `None` at the end of the stream. What is no header is passed over.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let mut length: Option<u64> = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let is_blank = line.iter().all(u8::is_ascii_whitespace);
        match (length, is_blank) {
            (Some(length), true) => return body(input, length),
            (_, true) => {}
            (_, false) => length = content_length(&line).or(length),
        }
    }
}

/// The length that a line states, whatever stands before it.
fn content_length(line: &[u8]) -> Option<u64> {
    let at = line
        .windows(LENGTH.len())
        .position(|word| word.eq_ignore_ascii_case(LENGTH))?;
    let number = std::str::from_utf8(line.get(at + LENGTH.len()..)?).ok()?;
    let length: u64 = number.trim().parse().ok()?;
    (length <= LONGEST).then_some(length)
}

fn body(input: &mut impl BufRead, length: u64) -> io::Result<Option<Incoming>> {
    let mut body = Vec::new();
    if (input.take(length).read_to_end(&mut body)? as u64) < length {
        return Ok(None);
    }
    let wrong = |code: lsp_server::ErrorCode, error: serde_json::Error| {
        Incoming::Wrong(code as i32, error.to_string())
    };
    Ok(Some(match serde_json::from_slice(&body) {
        Ok(message) => Incoming::Message(Box::new(message)),
        Err(error) => match serde_json::from_slice::<serde::de::IgnoredAny>(&body) {
            Ok(_) => wrong(lsp_server::ErrorCode::InvalidRequest, error),
            Err(error) => wrong(lsp_server::ErrorCode::ParseError, error),
        },
    }))
}

/// Answers what was no message.
pub(super) fn refuse(output: &mut impl Write, code: i32, reason: &str) -> io::Result<()> {
    let error = json!({ "code": code, "message": reason });
    let text = json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8]) -> Vec<String> {
        let mut input = input;
        let mut all = Vec::new();
        while let Some(incoming) = read(&mut input).unwrap() {
            all.push(match incoming {
                Incoming::Message(message) => match *message {
                    Message::Notification(message) => message.method,
                    other => format!("{other:?}"),
                },
                Incoming::Wrong(code, _) => code.to_string(),
            });
        }
        all
    }

    #[test]
    fn garbage_is_passed_over() {
        let one = "Content-Length: 14\r\n\r\n{\"method\":\"a\"}";
        let other = "Content-Type: x\r\ncontent-length:14\r\n\r\n{\"method\":\"b\"}";
        let input = format!(
            "hello\r\n\r\n\0\u{7}{one}\n\n{other}Content-Length: 4\r\n\r\n{{\"a\"Content-Length: 2\r\n\r\n[]\
             Content-Length: 99999999999999\r\n\r\nContent-Length: x\r\n\r\n{one}Content-Length: 9\r\n\r\nshort"
        );
        assert_eq!(all(input.as_bytes()), ["a", "b", "-32700", "-32600", "a"]);
        assert_eq!(all(&[0xff; 10_000]), Vec::<String>::new());
    }
}
