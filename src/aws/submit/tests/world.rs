//! A machine, a service and a network with mishaps between them, in virtual time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use serde_json::{Value, json};

use super::service::Service;
use crate::aws::api::{Call, Fault, Operation};
use crate::aws::run::{Document, Entry, RunId, RunState};
use crate::aws::submit::machine::{Duplicate, Ending, Limits, Machine, Note, Outcome, Plan};

/// How long a request and its reply take together.
pub(super) const ROUND_TRIP: u64 = 50;

/// How long a call may take.
pub(super) const CALL: u64 = 30_000;

/// What can happen to a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mishap {
    /// The request never arrives, and nothing comes back.
    RequestLost,
    /// The connection is reset before the request arrives.
    Refused,
    /// The connection is reset at once, but the request arrives, so much later.
    ResetThenLate(u64),
    /// Nothing comes back; the request arrives so much later.
    Late(u64),
    /// The request arrives, its reply does not.
    ReplyLost,
    /// The request arrives, and the connection is reset, or the reply is cut in half.
    ReplyCut,
    /// The reply takes nearly as long as it may.
    Slow,
    /// 429.
    Throttled,
    /// 500, with the work done.
    DoneAnd500,
    /// 503, without.
    Undone503,
    /// The request arrives twice, the second time so much later.
    Twice(u64),
    /// The reply is JSON, but not what it should be.
    Senseless,
    /// A submission or a termination is refused.
    Refusal,
}

/// Every kind of mishap.
pub(super) const MISHAPS: [Mishap; 17] = [
    Mishap::RequestLost,
    Mishap::Refused,
    Mishap::ResetThenLate(200),
    Mishap::ResetThenLate(5_000),
    Mishap::ResetThenLate(20_000),
    Mishap::ResetThenLate(50_000),
    Mishap::Late(10_000),
    Mishap::Late(31_000),
    Mishap::Late(44_000),
    Mishap::Late(75_000),
    Mishap::ReplyLost,
    Mishap::ReplyCut,
    Mishap::Slow,
    Mishap::Throttled,
    Mishap::DoneAnd500,
    Mishap::Undone503,
    Mishap::Senseless,
];

/// When the process dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kill {
    /// Once so many records are on the disk, before the calls that follow them.
    Written(usize),
    /// Once at least so many are, and the calls that follow are sent.
    Sent(usize),
    /// It is not killed, but no more than so many records can be written.
    Full(usize),
}

enum Event {
    /// A request arrives; its reply, if it is to have one, goes to a call of a process.
    Arrive(Call, Option<(usize, u64, u64)>),
    /// A reply, or what there is instead.
    Reply(usize, u64, Result<Value, Fault>),
}

/// Everything outside the machine.
pub(super) struct World {
    pub(super) now: u64,
    pub(super) service: Service,
    pub(super) journal: Vec<Entry>,
    pub(super) notes: Vec<Note>,
    /// What the last process that ended reported.
    pub(super) outcomes: Vec<Outcome>,
    pub(super) duplicates: Vec<Duplicate>,
    /// What happens to which call, counted over all processes.
    pub(super) mishaps: HashMap<usize, Mishap>,
    /// From when to when nothing gets through.
    pub(super) outage: (u64, u64),
    /// From when to when everything is answered with 429.
    pub(super) storm: (u64, u64),
    pub(super) kill: Option<Kill>,
    pub(super) limits: Limits,
    pub(super) known: BTreeMap<String, String>,
    /// How many calls were sent.
    pub(super) sent: usize,
    /// When each was.
    pub(super) times: Vec<u64>,
    /// What each was.
    pub(super) operations: Vec<Operation>,
    /// From which call on who may not do what.
    pub(super) deny_from: Option<(usize, Operation)>,
    process: usize,
    events: BinaryHeap<Reverse<(u64, usize)>>,
    bodies: HashMap<usize, Event>,
    next: usize,
}

fn unknown(message: &str) -> Fault {
    Fault::Unknown {
        message: message.into(),
    }
}

/// The prefix of every name.
pub(super) const PREFIX: &str = "p-";

pub(super) fn run() -> RunId {
    RunId::parse("3jx9k2ma7f1q").unwrap()
}

impl World {
    pub(super) fn new(service: Service) -> Self {
        Self {
            now: 1_795_000_000_000,
            service,
            journal: Vec::new(),
            notes: Vec::new(),
            outcomes: Vec::new(),
            duplicates: Vec::new(),
            mishaps: HashMap::new(),
            outage: (0, 0),
            storm: (0, 0),
            kill: None,
            limits: Limits::of_aws(CALL, 7),
            known: BTreeMap::new(),
            sent: 0,
            times: Vec::new(),
            operations: Vec::new(),
            deny_from: None,
            process: 0,
            events: BinaryHeap::new(),
            bodies: HashMap::new(),
            next: 0,
        }
    }

    fn at(&mut self, at: u64, event: Event) {
        let id = self.next;
        self.next += 1;
        self.bodies.insert(id, event);
        self.events.push(Reverse((at, id)));
    }

    /// Runs a process until it ends; `None` if it was killed.
    pub(super) fn submit(&mut self, document: &Document) -> Option<Ending> {
        self.process += 1;
        let run = run();
        let plan = Plan {
            document,
            prefix: PREFIX,
            run: &run,
            known: self.known.clone(),
            same,
            limits: self.limits.clone(),
            dry: false,
        };
        let state = RunState {
            resumed: self.process > 1,
            ..RunState::of(&self.journal)
        };
        let mut machine = Machine::new(plan, &state);
        let mut is_written = true;
        loop {
            let mut actions = machine.poll(self.now);
            self.notes.append(&mut actions.notes);
            let fits = self.most().saturating_sub(self.journal.len());
            if is_written && actions.records.len() > fits {
                is_written = false;
                let records = actions.records.into_iter().take(fits);
                let at = self.now;
                self.journal
                    .extend(records.map(|record| Entry { at, record }));
                let unsent: Vec<u64> = actions.calls.iter().map(|(id, _)| *id).collect();
                machine.unrecorded(&unsent, self.now);
                continue;
            }
            let records = actions.records.into_iter().filter(|_| is_written);
            for record in records {
                let at = self.now;
                self.journal.push(Entry { at, record });
                if self.kill == Some(Kill::Written(self.journal.len())) {
                    self.kill = None;
                    return None;
                }
            }
            for (id, call) in actions.calls {
                self.send(id, call);
            }
            if let Some(Kill::Sent(count)) = self.kill
                && self.journal.len() >= count
            {
                self.kill = None;
                return None;
            }
            if actions.done.is_some() {
                self.kill = self.kill.filter(|kill| !matches!(kill, Kill::Full(_)));
                self.outcomes = machine.outcomes();
                self.duplicates = machine.duplicates();
                return actions.done;
            }
            let next = self.events.peek().map(|&Reverse((at, _))| at);
            let next = next.into_iter().chain(actions.wait).min();
            self.now = self.now.max(next.expect("something to wait for"));
            for (id, reply) in self.happen() {
                machine.reply(id, reply, self.now);
            }
        }
    }

    /// How many records can be written.
    fn most(&self) -> usize {
        match self.kill {
            Some(Kill::Full(most)) => most,
            _ => usize::MAX,
        }
    }

    /// Lets everything arrive that is under way.
    pub(super) fn settle(&mut self) {
        while let Some(&Reverse((at, _))) = self.events.peek() {
            self.now = self.now.max(at);
            self.happen();
        }
    }

    /// What happens until now; the replies to this process.
    fn happen(&mut self) -> Vec<(u64, Result<Value, Fault>)> {
        let mut replies = Vec::new();
        while let Some(&Reverse((at, event))) = self.events.peek()
            && at <= self.now
        {
            self.events.pop();
            match self.bodies.remove(&event) {
                Some(Event::Arrive(call, reply)) => {
                    let result = self.service.handle(&call, at);
                    if let Some((process, id, at)) = reply {
                        self.at(at, Event::Reply(process, id, result));
                    }
                }
                Some(Event::Reply(process, id, result)) if process == self.process => {
                    replies.push((id, result));
                }
                _ => {}
            }
        }
        replies
    }

    fn send(&mut self, id: u64, call: Call) {
        let (now, half) = (self.now, ROUND_TRIP / 2);
        let mut mishap = self.mishaps.get(&self.sent).copied();
        let refusable = [Operation::SubmitJob, Operation::TerminateJob];
        mishap = mishap.filter(|it| *it != Mishap::Refusal || refusable.contains(&call.operation));
        if let Some((from, operation)) = self.deny_from
            && self.sent >= from
        {
            self.service.denied = Some(operation);
        }
        self.sent += 1;
        self.times.push(now);
        self.operations.push(call.operation);
        let within = |(from, to): (u64, u64)| (from..to).contains(&now);
        if within(self.outage) {
            mishap = Some(Mishap::RequestLost);
        }
        if within(self.storm) {
            mishap = Some(Mishap::Throttled);
        }
        let process = self.process;
        let reply = |world: &mut Self, after: u64, reply: Result<Value, Fault>| {
            world.at(now + after, Event::Reply(process, id, reply));
        };
        let (timeout, reset) = (unknown("timeout"), unknown("connection reset"));
        match mishap {
            None | Some(Mishap::Twice(_)) => {
                let to = (process, id, now + ROUND_TRIP);
                if let Some(Mishap::Twice(later)) = mishap {
                    self.at(now + later, Event::Arrive(call.clone(), None));
                }
                self.at(now + half, Event::Arrive(call, Some(to)));
            }
            Some(Mishap::Slow) => {
                let to = (process, id, now + CALL * 9 / 10);
                self.at(now + half, Event::Arrive(call, Some(to)));
            }
            Some(Mishap::RequestLost) => reply(self, CALL, Err(timeout)),
            Some(Mishap::Refused) => reply(self, half, Err(reset)),
            Some(Mishap::ResetThenLate(late)) => {
                reply(self, half, Err(reset));
                self.at(now + late, Event::Arrive(call, None));
            }
            Some(Mishap::Late(late)) => {
                reply(self, CALL, Err(timeout));
                self.at(now + late, Event::Arrive(call, None));
            }
            Some(Mishap::ReplyLost) => {
                self.at(now + half, Event::Arrive(call, None));
                reply(self, CALL, Err(timeout));
            }
            Some(Mishap::ReplyCut) => {
                self.at(now + half, Event::Arrive(call, None));
                reply(self, ROUND_TRIP, Err(unknown("half a reply")));
            }
            Some(Mishap::Throttled) => {
                let message = "TooManyRequestsException".into();
                reply(self, ROUND_TRIP, Err(Fault::Throttled { message }));
            }
            Some(Mishap::DoneAnd500) => {
                self.at(now + half, Event::Arrive(call, None));
                reply(self, ROUND_TRIP, Err(unknown("500")));
            }
            Some(Mishap::Undone503) => reply(self, ROUND_TRIP, Err(unknown("503"))),
            Some(Mishap::Senseless) => {
                let unread = !call.operation.is_idempotent();
                self.at(now + half, Event::Arrive(call, None));
                // What is only read must make sense, or it would be another service.
                let senseless = if unread {
                    Ok(json!({}))
                } else {
                    Err(unknown("no JSON"))
                };
                reply(self, ROUND_TRIP, senseless);
            }
            Some(Mishap::Refusal) => {
                let refusal = Fault::Refused {
                    status: 400,
                    code: "ClientException".into(),
                    message: "Job Queue q is not in ENABLED state".into(),
                };
                reply(self, ROUND_TRIP, Err(refusal));
            }
        }
    }
}

/// Whether two definitions are the same, for a service that gives back what it took.
pub(super) fn same(ours: &Value, theirs: &Value) -> bool {
    let ours = ours.as_object().unwrap();
    ours.iter().all(|(key, value)| theirs[key] == *value)
}
