//! How long submitting takes, against a server on loopback that answers every call after 50 ms.
//!
//! Submitting may take 1.2 times the longer of two times: a round trip for each level of the graph
//! and three more (to look for definitions, to register them, to list the run), and the number of
//! calls divided by the limit of their rate.
//!
//! `cargo bench --bench submit`; it ends with an error if a ratio is over 1.2.

// A benchmark prints.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use flowbatch::aws::block_on;
use flowbatch::aws::client::{Client, Options};
use flowbatch::aws::pace::Pace;
use flowbatch::aws::plan::compare::same;
use flowbatch::aws::run::{Header, RunId, StateFolder};
use flowbatch::aws::submit::driver::submit;
use flowbatch::aws::submit::machine::{Ending, Limits, Plan};
use serde_json::{Value, json};

/// How long a call takes.
const DELAY: Duration = Duration::from_millis(50);

/// Levels of the graph, and how many jobs each has.
const SHAPES: [(&str, usize, usize); 4] = [
    ("one job", 1, 1),
    ("a chain of 40", 40, 1),
    ("100 side by side", 1, 100),
    ("10 levels of 12", 10, 12),
];

const MOST: f64 = 1.2;

/// How many connections the server takes: threads that are there before they are needed, so that the
/// client does not wait for them.
const CONNECTIONS: usize = 256;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    // Credentials come through the environment, and a process does not change its own.
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_none_or(|key| key != "bench") {
        let status = Command::new(std::env::current_exe()?)
            .env("AWS_ACCESS_KEY_ID", "bench")
            .env("AWS_SECRET_ACCESS_KEY", "none")
            .env("AWS_REGION", "us-east-1")
            .env_remove("AWS_PROFILE")
            .status()?;
        return Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1))?));
    }
    let server = Server::start()?;
    let mut fine = true;
    println!(
        "{:18} {:8} {:>6} {:>8} {:>8} {:>6}",
        "", "limiter", "calls", "ms", "bound", "ratio"
    );
    for (name, levels, width) in SHAPES {
        for limited in [true, false] {
            let measured = measure(&server, levels, width, limited)?;
            let (calls, took, bound) = measured;
            let ratio = took / bound;
            fine &= ratio <= MOST;
            let limiter = if limited { "on" } else { "off" };
            println!("{name:18} {limiter:8} {calls:6} {took:8.0} {bound:8.0} {ratio:6.2}");
        }
    }
    Ok(if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// How many calls it takes, how long, and how long it should: in milliseconds.
fn measure(
    server: &Server,
    levels: usize,
    width: usize,
    limited: bool,
) -> Result<(usize, f64, f64), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let text = document(levels, width);
    let id = RunId::new(0, 0);
    let header = Header {
        version: Header::VERSION,
        run: id.to_string(),
        flow: "Bench".into(),
        prefix: String::new(),
        began: 0,
        file: "bench.flow".into(),
        from: None,
        profile: None,
        region: "us-east-1".into(),
        endpoint: None,
        queues: vec!["q".into()],
    };
    let mut run = StateFolder::of(folder.path()).begin(header, &text)?;
    let mut limits = Limits::of_aws(30_000, 0);
    let mut rate = limits.pace.rate();
    if !limited {
        limits.pace = Pace::unlimited();
        rate = f64::INFINITY;
    }
    let plan = Plan {
        document: &run.document,
        prefix: "",
        run: &id,
        known: BTreeMap::new(),
        same,
        limits,
        dry: false,
    };
    let options = Options {
        endpoint_url: Some(format!("http://{}", server.address)),
        ..Options::default()
    };
    server.calls.store(0, Ordering::SeqCst);
    let (ending, took) = block_on(async {
        let client = Arc::new(Client::connect(&options).await?);
        let began = Instant::now();
        let report = submit(&client, plan, &run.state, Some(&mut run.journal), |_| ()).await;
        Ok::<_, Box<dyn Error>>((report.ending, began.elapsed()))
    })??;
    if ending != Ending::Complete {
        return Err(format!("{ending:?}").into());
    }
    let calls = server.calls.load(Ordering::SeqCst);
    let trips = (levels + 3) as f64 * DELAY.as_secs_f64();
    let bound = trips.max(calls as f64 / rate);
    Ok((calls, took.as_secs_f64() * 1e3, bound * 1e3))
}

/// A flow whose jobs each depend on one of the level before.
fn document(levels: usize, width: usize) -> String {
    let name = |at: usize| format!("s{at}");
    let mut definitions = json!({});
    let jobs = (0..levels * width).map(|at| {
        let on: Vec<Value> = at.checked_sub(width).map(|on| json!({ "step": name(on) })).into_iter().collect();
        json!({ "step": name(at), "dependsOn": on, "request": { "jobName": name(at), "jobQueue": "q" } })
    });
    let jobs: Vec<Value> = jobs.collect();
    for at in 0..levels * width {
        definitions[name(at)] = json!({ "jobDefinitionName": name(at), "type": "container" });
    }
    json!({ "flow": "Bench", "params": [], "jobDefinitions": definitions, "jobs": jobs })
        .to_string()
}

/// A server that knows as much of AWS Batch as a submission without mishaps needs.
struct Server {
    address: SocketAddr,
    calls: Arc<AtomicUsize>,
}

impl Server {
    fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let calls = Arc::new(AtomicUsize::new(0));
        let jobs = Arc::new(Mutex::new(Vec::new()));
        for _ in 0..CONNECTIONS {
            let listener = listener.try_clone()?;
            let (count, jobs) = (Arc::clone(&calls), Arc::clone(&jobs));
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    // One that is closed in the middle of a call is the client's to notice.
                    let _ = serve(stream, &count, &jobs);
                }
            });
        }
        Ok(Self { address, calls })
    }
}

/// Answers the calls of one connection, until it is closed.
fn serve(stream: TcpStream, calls: &AtomicUsize, jobs: &Mutex<Vec<Value>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let mut length = 0;
        let mut path = String::new();
        if reader.read_line(&mut path)? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        thread::sleep(DELAY);
        let number = calls.fetch_add(1, Ordering::SeqCst);
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let reply = reply(&path, &body, number, jobs).to_string();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length";
        writer.write_all(format!("{head}: {}\r\n\r\n{reply}", reply.len()).as_bytes())?;
    }
}

fn reply(path: &str, body: &Value, number: usize, jobs: &Mutex<Vec<Value>>) -> Value {
    let id = format!("job-{number}");
    if path.contains("/registerjobdefinition") {
        let name = body["jobDefinitionName"].as_str().unwrap_or_default();
        let arn = format!("arn:aws:batch:us-east-1:123456789012:job-definition/{name}:1");
        return json!({ "jobDefinitionName": name, "jobDefinitionArn": arn, "revision": 1 });
    }
    if path.contains("/describejobdefinitions") {
        return json!({ "jobDefinitions": [] });
    }
    let mut jobs = jobs
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if path.contains("/submitjob") {
        jobs.push(json!({ "jobId": id, "jobName": body["jobName"], "createdAt": number }));
        return json!({ "jobId": id, "jobName": body["jobName"] });
    }
    // The list of the run, a page a hundred, which is then forgotten: the next one has the same names.
    let length = jobs.len().min(100);
    let page: Vec<Value> = jobs.drain(..length).collect();
    let mut list = json!({ "jobSummaryList": page });
    if !jobs.is_empty() {
        list["nextToken"] = json!("more");
    }
    list
}
