use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::super::testing::{Fake, run as run_async, snapshot};
use super::*;
use crate::aws::api::{Fault, Operation};

#[derive(Default)]
struct Heard {
    lines: Vec<String>,
    notes: Vec<String>,
    flushes: usize,
}

impl Listener for Heard {
    type Error = LogsError;

    fn line(&mut self, label: &str, line: &str) -> Result<(), LogsError> {
        self.lines.push(format!("{label} | {line}"));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LogsError> {
        self.flushes += 1;
        Ok(())
    }

    fn note(&mut self, note: &str) -> Result<(), LogsError> {
        self.notes.push(note.to_owned());
        Ok(())
    }

    fn refresh(&mut self, run: &Snapshot) -> Result<(Snapshot, bool), LogsError> {
        Ok((run.clone(), false))
    }
}

type Change = Box<dyn FnOnce(&mut World) + Send>;

/// AWS with jobs, and streams of events that come in pages of two; a token is a place.
#[derive(Default)]
struct World {
    jobs: BTreeMap<String, Value>,
    failing: Vec<u64>,
    streams: BTreeMap<String, Vec<(u64, String)>>,
    /// What happens before the nth DescribeJobs.
    later: Vec<(usize, Change)>,
    describes: usize,
}

impl World {
    fn stream(&mut self, name: &str, events: &[(u64, &str)]) {
        let events = events.iter().map(|(at, text)| (*at, (*text).to_owned()));
        self.streams.entry(name.into()).or_default().extend(events);
    }

    fn answer(&mut self, call: &crate::aws::api::Call) -> Result<Value, Fault> {
        let body = &call.body;
        Ok(match call.operation {
            Operation::DescribeJobs => {
                self.describes += 1;
                let now = self.describes;
                let (due, later) = std::mem::take(&mut self.later)
                    .into_iter()
                    .partition(|(at, _)| *at <= now);
                self.later = later;
                let due: Vec<(usize, Change)> = due;
                due.into_iter().for_each(|(_, change)| change(self));
                let ids = body["jobs"].as_array().unwrap().iter();
                let jobs: Vec<&Value> = ids.filter_map(|id| self.jobs.get(id.as_str()?)).collect();
                json!({ "jobs": jobs })
            }
            Operation::ListJobs => {
                let child =
                    |index| json!({ "status": "FAILED", "arrayProperties": { "index": index } });
                json!({ "jobSummaryList": self.failing.iter().map(child).collect::<Vec<_>>() })
            }
            Operation::GetLogEvents => {
                let Some(events) = self.streams.get(body["logStreamName"].as_str().unwrap()) else {
                    return Err(Fault::Refused {
                        status: 400,
                        code: "ResourceNotFoundException".into(),
                        message: "The specified log stream does not exist.".into(),
                    });
                };
                let from = body["nextToken"]
                    .as_str()
                    .map_or(0, |token| token.parse().unwrap());
                let to = events.len().min(from + 2);
                let page = events[from..to].iter();
                let page: Vec<Value> = page
                    .map(|(at, text)| json!({ "timestamp": at, "message": text }))
                    .collect();
                json!({ "events": page, "nextForwardToken": to.to_string(), "nextBackwardToken": "b" })
            }
            other => panic!("{other:?}"),
        })
    }
}

fn job(id: &str, status: &str, stream: &str) -> (String, Value) {
    let job = json!({ "jobId": id, "status": status, "startedAt": 1, "container": { "logStreamName": stream } });
    (id.into(), job)
}

fn heard(world: World, run: Snapshot, choice: &str, follow: bool) -> (Heard, Arc<Fake>) {
    let world = Mutex::new(world);
    let fake = Fake::new(move |call| world.lock().unwrap().answer(call));
    let choice = Choice::parse(Some(choice).filter(|text| !text.is_empty())).unwrap();
    let mut listener = Heard::default();
    let api = Patient::new(Arc::clone(&fake));
    run_async(read(&api, run, &choice, follow, &mut listener)).unwrap();
    (listener, fake)
}

#[test]
fn all_pages_in_the_order_of_time() {
    let mut world = World::default();
    world.jobs.extend([
        job("id-a", "SUCCEEDED", "sa"),
        job("id-b", "SUCCEEDED", "sb"),
    ]);
    world.stream(
        "sa",
        &[
            (1, "one"),
            (4, "four"),
            (5, "five"),
            (9, "nine\n"),
            (11, "a\r\nb"),
        ],
    );
    world.stream("sb", &[(2, "two"), (3, "three"), (10, "ten")]);
    let (heard, fake) = heard(world, snapshot(&[("a", &[]), ("b", &[])]), "", false);
    let expected = [
        "a | one",
        "b | two",
        "b | three",
        "a | four",
        "a | five",
        "a | nine",
        "b | ten",
        "a | a",
        "a | b",
    ];
    assert_eq!(heard.lines, expected);
    assert_eq!(heard.notes, Vec::<String>::new());
    // A page more than there are tells that it is the last.
    assert_eq!(fake.bodies(Operation::GetLogEvents).len(), 4 + 3);
    assert_eq!(fake.bodies(Operation::DescribeJobs).len(), 1);
    let first = &fake.bodies(Operation::GetLogEvents)[0];
    assert_eq!(
        (&first["startFromHead"], &first["logGroupName"]),
        (&json!(true), &json!("/aws/batch/job"))
    );
}

#[test]
fn the_failing_child_needs_no_name() {
    let mut world = World::default();
    let parent = json!({ "jobId": "id-a", "status": "FAILED",
        "arrayProperties": { "size": 10_000, "statusSummary": { "FAILED": 1, "SUCCEEDED": 9_999 } } });
    world.jobs.insert("id-a".into(), parent);
    world.jobs.extend([job("id-a:4242", "FAILED", "s")]);
    world.failing = vec![4_242];
    world.stream("s", &[(1, "no such shard")]);
    let (heard, fake) = heard(world, snapshot(&[("a", &[])]), "a", false);
    assert_eq!(heard.lines, ["a:4242 | no such shard"]);
    assert_eq!(
        heard.notes,
        ["a: the children that failed, 1 of 10000; `a:INDEX` names another one"]
    );
    assert_eq!(fake.calls().len(), 5);
}

#[test]
fn every_attempt_and_every_node() {
    let mut world = World::default();
    let container = |name: &str| json!({ "logStreamName": name });
    world.jobs.insert(
        "id-a".into(),
        json!({ "jobId": "id-a", "status": "FAILED", "container": container("s2"),
        "attempts": [{ "container": container("s1") }, { "container": container("s2") }] }),
    );
    world.jobs.insert(
        "id-n".into(),
        json!({ "jobId": "id-n", "status": "RUNNING",
        "nodeProperties": { "numNodes": 2 } }),
    );
    world.jobs.extend([
        job("id-n#0", "RUNNING", "n0"),
        job("id-n#1", "RUNNING", "n1"),
    ]);
    for (at, name) in ["s1", "n0", "n1", "s2"].into_iter().enumerate() {
        world.stream(name, &[(at as u64, name)]);
    }
    let (heard, _) = heard(world, snapshot(&[("a", &[]), ("n", &[])]), "", false);
    assert_eq!(
        heard.lines,
        [
            "a (attempt 1) | s1",
            "n:0 | n0",
            "n:1 | n1",
            "a (attempt 2) | s2"
        ]
    );
}

#[test]
fn one_stream_that_is_not_there_hides_no_other() {
    let mut world = World::default();
    world.jobs.extend([
        job("id-a", "SUCCEEDED", "gone"),
        job("id-b", "SUCCEEDED", "sb"),
        job("id-c", "RUNNING", "sc"),
    ]);
    world.stream("sb", &[(1, "here")]);
    world.stream("sc", &[]);
    let mut run = snapshot(&[("a", &[]), ("b", &[]), ("c", &[]), ("d", &[]), ("e", &[])]);
    run.steps[3].sent = Sent::No;
    let (heard, _) = heard(world, run, "", false);
    assert_eq!(heard.lines, ["b | here"]);
    let notes = heard.notes.join("\n");
    for part in [
        "a: CloudWatch has no log stream gone",
        "c: RUNNING, it has written nothing yet",
        "d: not submitted",
        "e: AWS does not know its job",
    ] {
        assert!(notes.contains(part), "{notes}");
    }
}

#[test]
fn a_job_is_followed_to_its_end_and_a_little_further() {
    let mut world = World::default();
    world.jobs.insert(
        "id-a".into(),
        json!({ "jobId": "id-a", "status": "RUNNABLE" }),
    );
    world.later.push((
        3,
        Box::new(|world| {
            world.jobs.extend([job("id-a", "RUNNING", "s")]);
        }),
    ));
    world.later.push((
        4,
        Box::new(|world| world.stream("s", &[(1, "one"), (2, "two"), (3, "three")])),
    ));
    world.later.push((
        6,
        Box::new(|world| {
            world.jobs.extend([job("id-a", "SUCCEEDED", "s")]);
        }),
    ));
    // CloudWatch is late.
    world
        .later
        .push((7, Box::new(|world| world.stream("s", &[(4, "four")]))));
    let (heard, fake) = heard(world, snapshot(&[("a", &[])]), "a", true);
    assert_eq!(heard.lines, ["a | one", "a | two", "a | three", "a | four"]);
    assert_eq!(heard.notes, Vec::<String>::new());
    assert_eq!(fake.bodies(Operation::DescribeJobs).len(), 8);
    assert_eq!(heard.flushes, 8);
}

#[test]
fn what_refuses_ends_it() {
    let refuse = |code: &'static str| {
        let mut world = World::default();
        world.jobs.extend([job("id-a", "SUCCEEDED", "s")]);
        let world = Mutex::new(world);
        let fake = Fake::new(move |call| match call.operation {
            Operation::GetLogEvents => Err(Fault::Refused {
                status: 400,
                code: code.into(),
                message: "no".into(),
            }),
            _ => world.lock().unwrap().answer(call),
        });
        let api = Patient::new(fake);
        let run = snapshot(&[("a", &[])]);
        run_async(read(
            &api,
            run,
            &Choice::default(),
            false,
            &mut Heard::default(),
        ))
    };
    assert!(matches!(
        refuse("AccessDeniedException"),
        Err(LogsError::Failed(Failed {
            operation: Operation::GetLogEvents,
            ..
        }))
    ));
    assert_eq!(refuse("ResourceNotFoundException"), Ok(()));
}

/// A service whose tokens never repeat is not read for ever.
#[test]
fn pages_without_end() {
    let mut count = 0;
    let fake = Fake::new(move |call| {
        Ok(match call.operation {
            Operation::GetLogEvents => {
                count += 1;
                json!({ "events": [null, {}, { "message": 7 }], "nextForwardToken": count.to_string() })
            }
            _ => json!({ "jobs": [job("id-a", "SUCCEEDED", "s").1] }),
        })
    });
    let api = Patient::new(Arc::clone(&fake));
    let mut listener = Heard::default();
    run_async(read(
        &api,
        snapshot(&[("a", &[])]),
        &Choice::default(),
        false,
        &mut listener,
    ))
    .unwrap();
    assert_eq!(listener.lines, Vec::<String>::new());
    assert!(listener.notes[0].contains("it wrote nothing"));
}
