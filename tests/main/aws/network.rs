//! The proxy is what it claims to be: else the tests with it show nothing.

use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::account::Account;
use super::figures;
use super::harness::{account, job};
use super::http::Message;
use super::proxy::{FAULTS, Fault, Until};

/// A request as a client of Batch would sign it.
fn request(operation: &str, body: &Value) -> Message {
    let body = body.to_string().into_bytes();
    let head = format!(
        "POST /v1/{operation} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-central-1/batch/aws4_request, \
         SignedHeaders=host, Signature=00\r\n\r\n",
        body.len()
    );
    Message { head, body }
}

/// Submits a job through the proxy, and waits for the reply: for as long as it takes, if `patience`
/// says nothing else.
fn through(
    account: &Account,
    job: &Value,
    patience: Option<Duration>,
) -> std::io::Result<Option<Message>> {
    let mut stream = TcpStream::connect(account.proxy.address)?;
    stream.set_read_timeout(patience)?;
    request("submitjob", job).write(&mut stream)?;
    Message::read(&mut stream)
}

/// Every fault is what it says: what the client sees of it, and whether there is a job.
#[test]
fn the_proxy_does_what_networks_do() {
    let Some(account) = account() else { return };
    let reply = through(&account, &job("none"), None)
        .expect("a reply")
        .expect("a reply");
    assert_eq!(reply.status(), 200);
    for (n, (what, fault)) in FAULTS.into_iter().enumerate() {
        let name = format!("job-{n}");
        account.proxy.fault_at(1, fault);
        let silent = matches!(fault, Fault::Silence | Fault::SilenceAfter);
        let patience = silent.then_some(Duration::from_millis(50));
        let seen = through(&account, &job(&name), patience);
        let kind = match &seen {
            Ok(None) => "ended".to_owned(),
            Ok(Some(reply)) => reply.status().to_string(),
            Err(error) => format!("{:?}", error.kind()),
        };
        let (sees, now) = match fault {
            Fault::Lost | Fault::Late(_) => ("ended", 0),
            Fault::ReplyLost => ("ended", 1),
            Fault::ReplyCut => ("UnexpectedEof", 1),
            Fault::Reset => ("ConnectionReset", 0),
            Fault::ResetAfter => ("ConnectionReset", 1),
            Fault::Status(429) => ("429", 0),
            Fault::Status(503) => ("503", 0),
            Fault::Status(_) => ("500", 0),
            Fault::StatusAfter(_) => ("500", 1),
            Fault::Silence => ("WouldBlock", 0),
            Fault::SilenceAfter => ("WouldBlock", 1),
        };
        assert_eq!(kind, sees, "{what}");
        let there = || account.live().get(&name).copied().unwrap_or(0);
        // The client may have given up before it arrived.
        while fault == Fault::SilenceAfter && there() == 0 {
            std::thread::yield_now();
        }
        assert_eq!(there(), now, "{what}");
        if let Fault::Late(until) = fault {
            let go = |name: &str| through(&account, &job(name), None).expect("a reply");
            let again = match until {
                Until::Calls(calls) => {
                    (0..calls).for_each(|_| assert!(go("between").is_some() && there() == 0));
                    0
                }
                Until::SentAgain => {
                    go("between");
                    go(&name);
                    1
                }
                Until::Told => {
                    go("between");
                    0
                }
            };
            assert_eq!(there(), again, "{what}");
            match until {
                Until::Told => assert_eq!(account.proxy.deliver(), 1),
                _ => assert!(go("after").is_some()),
            }
            assert_eq!(there(), again + 1, "{what}");
        }
    }
    figures::say(&format!(
        "the proxy: {} faults are what they say",
        FAULTS.len()
    ));
}

/// A connection may carry many calls.
#[test]
fn connections_are_kept() {
    let Some(account) = account() else { return };
    let mut stream = TcpStream::connect(account.proxy.address).expect("a connection");
    for n in 1..=3 {
        let asked = request("describejobs", &json!({ "jobs": [] }));
        asked.write(&mut stream).expect("sent");
        let reply = Message::read(&mut stream)
            .expect("a reply")
            .expect("a reply");
        assert_eq!(reply.status(), 200);
        assert_eq!(account.proxy.counts()["DescribeJobs"], n);
    }
    stream.shutdown(std::net::Shutdown::Write).expect("ended");
    assert_eq!(stream.read(&mut [0]).expect("ended"), 0);
}
