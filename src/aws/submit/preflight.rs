//! Asks whether the queues take jobs, while the definitions are looked for: nothing is registered,
//! nor written down, before that is known.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::aws::api::{Api, Call, Fault};
use crate::aws::patient::Patient;
use crate::aws::plan::read;
use crate::queue::Queues;

/// An [`Api`] that keeps replies back until the queues are known to take jobs. What a submission asks
/// first changes nothing, and it does no more without replies.
#[derive(Debug)]
pub struct Held<A> {
    api: Arc<A>,
    /// Closed once replies may come.
    gate: Arc<Semaphore>,
}

impl<A: Api> Api for Held<A> {
    fn call(&self, call: Call) -> impl Future<Output = Result<Value, Fault>> + Send {
        let (api, gate) = (Arc::clone(&self.api), Arc::clone(&self.gate));
        async move {
            let reply = api.call(call).await;
            // There never is a permit: this ends when the gate is closed.
            let _ = gate.acquire().await;
            reply
        }
    }
}

/// Does the work of a submission, unless queues are found that are not there or take no jobs: then
/// these are the error, and the work has done nothing.
///
/// Who may not ask for queues, or has no answer after `patience`, may submit all the same: AWS
/// refuses what it does not take.
///
/// # Errors
/// The queues that would refuse the jobs.
pub async fn unless_refused<A: Api, W: Future>(
    api: &Arc<A>,
    queues: &[String],
    region: &str,
    patience: Duration,
    work: impl FnOnce(Arc<Held<A>>) -> W,
) -> Result<W::Output, Queues> {
    let gate = Arc::new(Semaphore::new(0));
    let held = Held {
        api: Arc::clone(api),
        gate: Arc::clone(&gate),
    };
    let patient = Patient::new(Arc::clone(api));
    let asked = timeout(patience, read::refusing(&patient, queues, region));
    let mut work = pin!(work(Arc::new(held)));
    let asked = tokio::select! {
        asked = asked => asked,
        done = &mut work => return Ok(done),
    };
    match asked {
        Ok(Ok(refusing)) if refusing.iter().next().is_some() => Err(refusing),
        _ => {
            gate.close();
            Ok(work.await)
        }
    }
}
