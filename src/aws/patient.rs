//! Asks again, where that can do no harm.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;

use super::api::{Api, Call, Fault};

/// How many calls are in flight at once, however many are asked for.
const IN_FLIGHT: usize = 16;

/// How often a call is sent while AWS asks to come back later: some 12 seconds of patience.
const ATTEMPTS: u32 = 8;

/// How often a call is sent that had no answer, which may be a network that is not there.
const UNANSWERED: u32 = 4;

/// The first pause; each further one is twice as long, up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(100);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(4);

/// An [`Api`] that sends a call again when AWS asked to come back later, and, where sending
/// twice does no more than sending once, when its outcome is not known.
#[derive(Debug)]
pub struct Patient<A> {
    api: Arc<A>,
    slots: Arc<Semaphore>,
    first: Duration,
}

impl<A> Clone for Patient<A> {
    fn clone(&self) -> Self {
        Self {
            api: Arc::clone(&self.api),
            slots: Arc::clone(&self.slots),
            first: self.first,
        }
    }
}

impl<A: Api> Patient<A> {
    /// Patience with an API.
    #[must_use]
    pub fn new(api: Arc<A>) -> Self {
        Self {
            api,
            slots: Arc::new(Semaphore::new(IN_FLIGHT)),
            first: FIRST,
        }
    }

    /// The same without pauses, for a service that needs none, as a test's.
    #[must_use]
    pub fn without_pauses(self) -> Self {
        Self {
            first: Duration::ZERO,
            ..self
        }
    }

    async fn ask(&self, call: Call) -> Result<Value, Fault> {
        let mut pause = self.first;
        let mut attempts = 1;
        loop {
            let reply = self.once(call.clone()).await;
            let again = match &reply {
                Err(Fault::Throttled { .. }) => attempts < ATTEMPTS,
                Err(Fault::Unknown { .. }) => {
                    call.operation.is_idempotent() && attempts < UNANSWERED
                }
                _ => false,
            };
            if !again {
                return reply;
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST.min(pause * 2);
            attempts += 1;
        }
    }

    async fn once(&self, call: Call) -> Result<Value, Fault> {
        // Never closed, so there is always a permit in the end.
        let _slot = self.slots.acquire().await;
        self.api.call(call).await
    }
}

impl<A: Api> Api for Patient<A> {
    fn call(&self, call: Call) -> impl Future<Output = Result<Value, Fault>> + Send {
        let patient = self.clone();
        async move { patient.ask(call).await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::api::Operation;
    use serde_json::json;
    use std::sync::Mutex;

    /// Answers with the faults, the last one first, then with `{}`.
    struct Faults(Mutex<(Vec<Fault>, u32)>);

    impl Api for Faults {
        async fn call(&self, _: Call) -> Result<Value, Fault> {
            let mut state = self.0.lock().unwrap();
            state.1 += 1;
            state.0.pop().map_or_else(|| Ok(json!({})), Err)
        }
    }

    fn throttled() -> Fault {
        Fault::Throttled {
            message: "later".into(),
        }
    }

    fn unknown() -> Fault {
        Fault::Unknown {
            message: "no reply".into(),
        }
    }

    /// The outcome, and how often it was sent.
    fn asked(operation: Operation, faults: Vec<Fault>) -> (Result<Value, Fault>, u32) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let api = Arc::new(Faults(Mutex::new((faults, 0))));
        let patient = Patient::new(Arc::clone(&api)).without_pauses();
        let outcome = runtime.block_on(patient.call(Call::new(operation, json!({}))));
        let sent = api.0.lock().unwrap().1;
        (outcome, sent)
    }

    #[test]
    fn reading_is_tried_again() {
        let faults = vec![unknown(), throttled(), unknown()];
        assert_eq!(asked(Operation::ListJobs, faults), (Ok(json!({})), 4));
    }

    #[test]
    fn what_may_have_been_done_is_not_done_again() {
        let (outcome, sent) = asked(Operation::SubmitJob, vec![unknown(), throttled()]);
        assert_eq!((outcome, sent), (Err(unknown()), 2));
    }

    #[test]
    fn patience_ends() {
        let (outcome, sent) = asked(Operation::ListJobs, vec![throttled(); 100]);
        assert_eq!((outcome, sent), (Err(throttled()), ATTEMPTS));
        let (outcome, sent) = asked(Operation::ListJobs, vec![unknown(); 100]);
        assert_eq!((outcome, sent), (Err(unknown()), UNANSWERED));
    }
}
