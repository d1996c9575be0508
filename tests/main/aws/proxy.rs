//! What is between flowbatch and the server: it counts what goes through, and does to it what
//! networks do.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flowbatch::aws::api::Operation;
use serde_json::Value;

use super::http::Message;

/// A call that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Its number among all, from 1.
    pub(crate) number: usize,
    /// Its number among those of its operation, from 1.
    pub(crate) nth: usize,
    /// Such as `SubmitJob`.
    pub(crate) operation: String,
    pub(crate) body: Value,
    /// Who signed it, and for what.
    pub(crate) authorization: String,
}

/// What becomes of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The connection ends, and the request never arrives.
    Lost,
    /// The connection ends, and the request arrives later.
    Late(Until),
    /// The request arrives, and the connection ends before the reply.
    ReplyLost,
    /// The connection ends in the middle of the reply.
    ReplyCut,
    /// The connection is reset before the request arrives.
    Reset,
    /// The connection is reset after the request arrived.
    ResetAfter,
    /// The service answers with this status, and has done nothing.
    Status(u16),
    /// The service answers with this status, and has done it all the same.
    StatusAfter(u16),
    /// Nothing happens until the client gives up.
    Silence,
    /// The request arrives, and there is no reply until the client gives up.
    SilenceAfter,
}

/// When a late request arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Until {
    /// Just before the next call but so many.
    Calls(usize),
    /// Just before the call after the one that asks for the same once more.
    SentAgain,
    /// When the test says so, see [`Proxy::deliver`].
    Told,
}

/// Every way in which a call can go wrong, with what to call it.
pub(crate) const FAULTS: [(&str, Fault); 16] = [
    ("request lost", Fault::Lost),
    (
        "request late, before the next call",
        Fault::Late(Until::Calls(0)),
    ),
    ("request late by a call", Fault::Late(Until::Calls(1))),
    ("request late by two calls", Fault::Late(Until::Calls(2))),
    (
        "request late, after it was sent again",
        Fault::Late(Until::SentAgain),
    ),
    ("request late, after everything", Fault::Late(Until::Told)),
    ("reply lost", Fault::ReplyLost),
    ("reply cut in half", Fault::ReplyCut),
    ("reset before", Fault::Reset),
    ("reset after", Fault::ResetAfter),
    ("429", Fault::Status(429)),
    ("500", Fault::Status(500)),
    ("500, but done", Fault::StatusAfter(500)),
    ("503", Fault::Status(503)),
    ("silence", Fault::Silence),
    ("silence, but done", Fault::SilenceAfter),
];

type Rule = Box<dyn FnMut(&Seen) -> Option<Fault> + Send>;

/// A proxy on a port of its own, for one account.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    server: SocketAddr,
    ended: AtomicBool,
    state: Mutex<State>,
}

struct State {
    account: String,
    seen: Vec<Seen>,
    rule: Rule,
    delay: Duration,
    /// Requests that have not arrived yet, and when they do.
    late: Vec<(Until, Message)>,
}

impl Proxy {
    pub(crate) fn new(server: SocketAddr, account: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("a port");
        let shared = Arc::new(Shared {
            server,
            ended: AtomicBool::new(false),
            state: Mutex::new(State {
                account: account.to_owned(),
                seen: Vec::new(),
                rule: Box::new(|_| None),
                delay: Duration::ZERO,
                late: Vec::new(),
            }),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.ended.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let serving = Arc::clone(&serving);
                // However a connection ends, that is what the client sees of it.
                std::thread::spawn(move || drop(serving.serve(stream)));
            }
        });
        Self { address, shared }
    }

    /// What becomes of each call from now on; it may also do something at that moment.
    pub(crate) fn rule(&self, rule: impl FnMut(&Seen) -> Option<Fault> + Send + 'static) {
        self.shared.state.lock().expect("unpoisoned").rule = Box::new(rule);
    }

    /// One fault, at one call of all; numbers begin anew.
    pub(crate) fn fault_at(&self, number: usize, fault: Fault) {
        self.forget();
        self.rule(move |seen| (seen.number == number).then_some(fault));
    }

    /// No faults from now on.
    pub(crate) fn heal(&self) {
        self.rule(|_| None);
    }

    /// Whoever calls from now on has the credentials of another account.
    pub(crate) fn belongs_to(&self, account: &str) {
        self.shared.state.lock().expect("unpoisoned").account = account.to_owned();
    }

    /// Every call takes so much longer.
    pub(crate) fn delay(&self, delay: Duration) {
        self.shared.state.lock().expect("unpoisoned").delay = delay;
    }

    /// The calls so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.state.lock().expect("unpoisoned").seen.clone()
    }

    /// How many calls of each operation there were so far.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for seen in self.seen() {
            *counts.entry(seen.operation).or_default() += 1;
        }
        counts
    }

    /// Begins to count anew.
    pub(crate) fn forget(&self) {
        self.shared.state.lock().expect("unpoisoned").seen.clear();
    }

    /// Has all requests arrive that are late; says how many.
    pub(crate) fn deliver(&self) -> usize {
        let late = std::mem::take(&mut self.shared.state.lock().expect("unpoisoned").late);
        for (_, request) in &late {
            let reply = self.shared.forward(request);
            reply.expect("the server answers");
        }
        late.len()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // To wake it.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    /// One connection, which may carry many calls.
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        // The last byte stays in the socket until it is known that there is to be no reset.
        while let Some(request) = Message::read_but_one(&mut stream)? {
            if self.ended.load(Ordering::SeqCst) {
                return Ok(());
            }
            let (fault, delay) = self.arrived(&request)?;
            if delay > Duration::ZERO {
                std::thread::sleep(delay);
            }
            if fault == Some(Fault::Reset) {
                return Ok(());
            }
            if fault == Some(Fault::ResetAfter) {
                self.forward(&request)?;
                return Ok(());
            }
            if !request.body.is_empty() {
                stream.read_exact(&mut [0])?;
            }
            let reply = match fault {
                None | Some(Fault::Reset | Fault::ResetAfter) => self.forward(&request)?,
                Some(Fault::Lost) => return Ok(()),
                Some(Fault::Late(until)) => {
                    let mut state = self.state.lock().expect("unpoisoned");
                    state.late.push((until, request));
                    return Ok(());
                }
                Some(Fault::ReplyLost) => {
                    self.forward(&request)?;
                    return Ok(());
                }
                Some(Fault::ReplyCut) => {
                    let reply = self.forward(&request)?;
                    let half = &reply.body[..reply.body.len() / 2];
                    return stream.write_all(&[reply.head.as_bytes(), half].concat());
                }
                Some(Fault::Status(status)) => answer(status),
                Some(Fault::StatusAfter(status)) => {
                    self.forward(&request)?;
                    answer(status)
                }
                Some(Fault::Silence) => return given_up(&mut stream),
                Some(Fault::SilenceAfter) => {
                    self.forward(&request)?;
                    return given_up(&mut stream);
                }
            };
            reply.write(&mut stream)?;
        }
        Ok(())
    }

    /// Counts a call, and says what becomes of it. Late requests whose time has come arrive first.
    fn arrived(&self, request: &Message) -> io::Result<(Option<Fault>, Duration)> {
        let mut guard = self.state.lock().expect("unpoisoned");
        let state = &mut *guard;
        let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut state.late)
            .into_iter()
            .partition(|(until, _)| *until == Until::Calls(0));
        let sooner = |(until, late): (Until, Message)| match until {
            Until::Calls(calls) => (Until::Calls(calls - 1), late),
            Until::SentAgain if late.path() == request.path() && late.body == request.body => {
                (Until::Calls(0), late)
            }
            until => (until, late),
        };
        state.late = later.into_iter().map(sooner).collect();
        for (_, request) in now {
            self.forward_to(&request, &state.account)?;
        }
        let operation = operation(request);
        let earlier = state.seen.iter().filter(|seen| seen.operation == operation);
        let seen = Seen {
            number: state.seen.len() + 1,
            nth: earlier.count() + 1,
            authorization: request.header("authorization").unwrap_or("").to_owned(),
            operation,
            body: request.json(),
        };
        let fault = (state.rule)(&seen);
        state.seen.push(seen);
        Ok((fault, state.delay))
    }

    /// Sends a request on, in the name of the account, and gives back what the server says.
    fn forward(&self, request: &Message) -> io::Result<Message> {
        let account = self.state.lock().expect("unpoisoned").account.clone();
        self.forward_to(request, &account)
    }

    fn forward_to(&self, request: &Message, account: &str) -> io::Result<Message> {
        let request = request.with_header("x-moto-account-id", account);
        let mut reply = request.exchange(self.server)?;
        // The connection to the client is another one, and stays.
        let lines = reply.head.trim_end().lines();
        let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        reply.head = kept.map(|line| format!("{line}\r\n")).collect::<String>() + "\r\n";
        Ok(reply)
    }
}

/// Waits for the client to end the connection.
fn given_up(stream: &mut TcpStream) -> io::Result<()> {
    stream.read(&mut [0]).map(drop)
}

/// The operation that a request asks for: the path of Batch, or the header of CloudWatch Logs.
fn operation(request: &Message) -> String {
    if let Some(target) = request.header("x-amz-target") {
        let (_, name) = target.rsplit_once('.').unwrap_or(("", target));
        return name.to_owned();
    }
    const KNOWN: [Operation; 8] = [
        Operation::RegisterJobDefinition,
        Operation::DescribeJobDefinitions,
        Operation::SubmitJob,
        Operation::ListJobs,
        Operation::DescribeJobs,
        Operation::TerminateJob,
        Operation::DescribeJobQueues,
        Operation::DescribeComputeEnvironments,
    ];
    let path = request.path().trim_start_matches("/v1/");
    let name = KNOWN.map(Operation::name).into_iter();
    let mut known = name.filter(|name| name.eq_ignore_ascii_case(path));
    known.next().unwrap_or(path).to_owned()
}

/// An error of the service.
fn answer(status: u16) -> Message {
    let (code, message) = match status {
        429 => ("TooManyRequestsException", "Too Many Requests"),
        503 => ("ServiceUnavailableException", "Service is unavailable"),
        400 => ("ClientException", "Job Queue ml is not in ENABLED state"),
        403 => ("AccessDeniedException", "not authorized"),
        _ => ("ServerException", "Internal failure"),
    };
    let body = format!(r#"{{"__type":"{code}","message":"{message}"}}"#).into_bytes();
    let head = format!(
        "HTTP/1.1 {status} Error\r\nContent-Type: application/json\r\n\
         x-amzn-ErrorType: {code}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    Message { head, body }
}
