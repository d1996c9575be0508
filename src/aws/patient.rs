//! Asks again, where that can do no harm.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;

use super::api::{Api, Call, Fault};

/// How many calls are in flight at once, however many are asked for.
const IN_FLIGHT: usize = 16;

/// How often a call is sent before a fault counts: together some 12 seconds of patience.
const ATTEMPTS: u32 = 8;

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
}

impl<A> Clone for Patient<A> {
    fn clone(&self) -> Self {
        Self {
            api: Arc::clone(&self.api),
            slots: Arc::clone(&self.slots),
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
        }
    }

    async fn ask(&self, call: Call) -> Result<Value, Fault> {
        let mut pause = FIRST;
        let mut attempts = 1;
        loop {
            let reply = self.once(call.clone()).await;
            let again = match &reply {
                Err(Fault::Throttled { .. }) => true,
                Err(Fault::Unknown { .. }) => call.operation.is_idempotent(),
                _ => false,
            };
            if !again || attempts == ATTEMPTS {
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
