//! Events of many streams, in the order of time.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use super::streams::{Outcome, Stream};
use super::{AFTER, LogsError};
use crate::aws::api::{Api, Call, Fault, Operation};
use crate::aws::ask::{self, Failed};
use crate::aws::patient::Patient;
use crate::aws::watch::look;

/// How many events are kept in memory at most, of all streams together.
const EVENTS: usize = 200_000;

/// How many events one call returns at most.
const PAGE: usize = 10_000;

/// A stream whose pages go on for so long without an event is at its end for now.
const EMPTY_PAGES: u32 = 1_000;

/// Streams, and how far each was read.
#[derive(Default)]
pub struct Reader {
    streams: Vec<Open>,
    known: HashMap<Stream, usize>,
}

struct Open {
    stream: Stream,
    label: String,
    /// Where to go on.
    token: Option<String>,
    /// What was read and not given yet.
    events: VecDeque<Event>,
    /// Whether there is no more for now.
    at_end: bool,
    empty_pages: u32,
    outcome: Option<Outcome>,
    /// How often it was read to its end since its job has ended.
    ended: Option<u32>,
}

struct Event {
    timestamp: u64,
    message: String,
}

impl Reader {
    /// Adds the streams of a job that are not known yet, and takes note of its end.
    pub fn add(&mut self, streams: Vec<Stream>, label: &str, ended: bool) {
        for stream in streams {
            let label = match stream.attempt {
                Some(attempt) => format!("{label} (attempt {attempt})"),
                None => label.to_owned(),
            };
            // The first attempt is only known to be that once there is a second one.
            let key = Stream {
                attempt: None,
                ..stream.clone()
            };
            let at = *self.known.entry(key.clone()).or_insert_with(|| {
                self.streams.push(Open {
                    stream: key,
                    label: label.clone(),
                    token: None,
                    events: VecDeque::new(),
                    at_end: false,
                    empty_pages: 0,
                    outcome: None,
                    ended: None,
                });
                self.streams.len() - 1
            });
            let open = &mut self.streams[at];
            open.label = label;
            if ended {
                open.ended.get_or_insert(0);
            }
        }
    }

    /// What reading a stream came to so far.
    pub(super) fn found(&self, stream: &Stream) -> Option<Outcome> {
        let key = Stream {
            attempt: None,
            ..stream.clone()
        };
        self.streams[*self.known.get(&key)?].outcome
    }

    /// Reads all streams to their end, and gives all lines in the order of time. Where AWS refuses or
    /// fails, the next time goes on.
    ///
    /// # Errors
    /// When whom the lines are given to fails.
    pub async fn drain<A: Api, E>(
        &mut self,
        api: &Patient<A>,
        mut line: impl FnMut(&str, &str) -> Result<(), E>,
    ) -> Result<Result<(), LogsError>, E> {
        let open = |open: &&mut Open| open.ended.is_none_or(|times| times <= AFTER);
        for stream in self.streams.iter_mut().filter(open) {
            stream.at_end = false;
            stream.empty_pages = 0;
        }
        loop {
            if let Err(error) = self.fill(api).await {
                return Ok(Err(error));
            }
            let heads = self.streams.iter().enumerate();
            let heads = heads.filter_map(|(at, open)| Some((open.events.front()?.timestamp, at)));
            let Some((_, first)) = heads.min() else {
                break;
            };
            let open = &mut self.streams[first];
            if let Some(event) = open.events.pop_front() {
                for text in event.message.trim_end_matches(['\n', '\r']).split('\n') {
                    line(&open.label, text.trim_end_matches('\r'))?;
                }
            }
        }
        for stream in self.streams.iter_mut().filter(open) {
            if let Some(times) = &mut stream.ended {
                *times += 1;
            }
        }
        Ok(Ok(()))
    }

    /// Reads on until every stream has an event to give, or no more for now.
    async fn fill<A: Api>(&mut self, api: &Patient<A>) -> Result<(), LogsError> {
        let limit = (EVENTS / self.streams.len().max(1)).clamp(100, PAGE);
        loop {
            let hungry = self.streams.iter().enumerate();
            let hungry = hungry.filter(|(_, open)| open.events.is_empty() && !open.at_end);
            let hungry: Vec<usize> = hungry.map(|(at, _)| at).collect();
            if hungry.is_empty() {
                return Ok(());
            }
            let calls = hungry
                .iter()
                .map(|&at| self.streams[at].call(limit))
                .collect();
            let replies = look::together(api, calls).await;
            for (at, reply) in hungry.into_iter().zip(replies) {
                self.streams[at].take(reply)?;
            }
        }
    }
}

impl Open {
    fn call(&self, limit: usize) -> Call {
        let body = json!({
            "logGroupName": self.stream.group,
            "logStreamName": self.stream.name,
            "startFromHead": true,
            "limit": limit,
        });
        let call = Call::new(Operation::GetLogEvents, body);
        ask::page(call, self.token.as_deref())
    }

    fn take(&mut self, reply: Result<Value, Failed>) -> Result<(), LogsError> {
        let reply = match reply {
            Ok(reply) => reply,
            Err(failed) => {
                let missing = matches!(&failed.fault, Fault::Refused { code, .. }
                    if code == "ResourceNotFoundException");
                if missing {
                    self.at_end = true;
                    self.outcome.get_or_insert(Outcome::NoStream);
                    return Ok(());
                }
                return Err(failed.into());
            }
        };
        let events = reply["events"].as_array().into_iter().flatten();
        self.events.extend(events.filter_map(|event| {
            Some(Event {
                timestamp: event["timestamp"].as_u64().unwrap_or(0),
                message: event["message"].as_str()?.to_owned(),
            })
        }));
        let next = reply["nextForwardToken"].as_str();
        // The end is where a token leads to itself.
        self.at_end = next.is_none() || next == self.token.as_deref();
        self.token = next.map(str::to_owned).or(self.token.take());
        if self.events.is_empty() {
            self.empty_pages += 1;
            self.at_end |= self.empty_pages >= EMPTY_PAGES;
            if self.outcome != Some(Outcome::Events) {
                self.outcome = Some(Outcome::Empty);
            }
        } else {
            self.empty_pages = 0;
            self.outcome = Some(Outcome::Events);
        }
        Ok(())
    }
}
