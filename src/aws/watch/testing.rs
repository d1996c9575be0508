//! Runs for tests, and an AWS that does as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::model::{Sent, Snapshot, Step, Submission};
use crate::aws::api::{Api, Call, Fault, Operation};

/// A run that was submitted completely, of steps with what they come after.
pub(crate) fn snapshot(steps: &[(&str, &[&str])]) -> Snapshot {
    let place = |name: &&str| steps.iter().position(|(other, _)| other == name).unwrap();
    Snapshot {
        run: "r1".into(),
        flow: "F".into(),
        began: Some(1),
        submission: Submission::Complete,
        steps: steps
            .iter()
            .map(|(name, after)| Step {
                name: (*name).into(),
                after: after.iter().map(place).collect(),
                sent: Sent::Yes {
                    id: format!("id-{name}"),
                    at: 1,
                },
                job: None,
                missing: false,
            })
            .collect(),
    }
}

pub(crate) fn described(jobs: &[Value]) -> Value {
    json!({ "jobs": jobs })
}

type Answer = dyn FnMut(&Call) -> Result<Value, Fault> + Send;

/// Answers calls with a function, and writes them down.
#[derive(Clone)]
pub(crate) struct Fake {
    answer: Arc<Mutex<Box<Answer>>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Fake {
    pub(crate) fn new(
        answer: impl FnMut(&Call) -> Result<Value, Fault> + Send + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            answer: Arc::new(Mutex::new(Box::new(answer))),
            calls: Arc::default(),
        })
    }

    /// Answers with one reply after the other.
    pub(crate) fn replies(replies: impl IntoIterator<Item = Value>) -> Arc<Self> {
        let mut replies: VecDeque<Value> = replies.into_iter().collect();
        Self::new(move |call| {
            Ok(replies
                .pop_front()
                .unwrap_or_else(|| panic!("not expected: {call:?}")))
        })
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The bodies of the calls of one operation.
    pub(crate) fn bodies(&self, operation: Operation) -> Vec<Value> {
        let calls = self.calls().into_iter();
        let calls = calls.filter(|call| call.operation == operation);
        calls.map(|call| call.body).collect()
    }
}

impl Api for Fake {
    async fn call(&self, call: Call) -> Result<Value, Fault> {
        self.calls.lock().unwrap().push(call.clone());
        // As over a network: whoever else is waiting goes first.
        tokio::task::yield_now().await;
        let answer = &mut *self.answer.lock().unwrap();
        answer(&call)
    }
}

/// Runs async work in a time that passes as soon as everything waits.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(work)
}
