//! Asks again, where that can do no harm, and never faster than AWS likes.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Mutex as Turn, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};

use super::api::{Api, Call, Fault, Operation};
use super::pace::Pace;

/// How many calls are in flight at once, however many are asked for.
const IN_FLIGHT: usize = 16;

/// How often a call is sent that had no answer, which may be a network that is not there.
const UNANSWERED: u32 = 4;

/// For how long AWS may do nothing but ask to come back later.
const THROTTLED: Duration = Duration::from_secs(5 * 60);

/// The first pause; each further one is up to twice as long, up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(100);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(4);

/// An [`Api`] that sends no more calls of an operation than AWS takes, and sends a call again when
/// AWS asked to come back later, and, where sending twice does no more than sending once, when its
/// outcome is not known.
#[derive(Debug)]
pub struct Patient<A> {
    api: Arc<A>,
    slots: Arc<Semaphore>,
    lanes: Arc<Mutex<BTreeMap<Operation, Arc<Lane>>>>,
    began: Instant,
    pauses: bool,
}

/// The calls of one operation, which AWS counts on their own.
#[derive(Debug)]
struct Lane {
    /// Whoever has it is the next to send; the others stand in line.
    turn: Turn<()>,
    state: Mutex<LaneState>,
}

#[derive(Debug)]
struct LaneState {
    pace: Pace,
    /// Since when AWS has done nothing but ask to slow down, in milliseconds.
    throttled: Option<u64>,
}

impl<A> Clone for Patient<A> {
    fn clone(&self) -> Self {
        Self {
            api: Arc::clone(&self.api),
            slots: Arc::clone(&self.slots),
            lanes: Arc::clone(&self.lanes),
            ..*self
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
            lanes: Arc::default(),
            began: Instant::now(),
            pauses: true,
        }
    }

    /// The same without pauses and at any speed, for a service that needs none, as a test's: one
    /// that only asks to come back later is given up at once.
    #[must_use]
    pub fn without_pauses(self) -> Self {
        Self {
            lanes: Arc::default(),
            pauses: false,
            ..self
        }
    }

    async fn ask(&self, call: Call) -> Result<Value, Fault> {
        let lane = self.lane(call.operation);
        let (mut pause, mut unanswered) = (FIRST, 0);
        loop {
            let (sent, reply) = self.once(&lane, call.clone()).await;
            let again = match &reply {
                Err(Fault::Throttled { .. }) => self.throttled(&lane, sent),
                Err(Fault::Unknown { .. }) => {
                    unanswered += 1;
                    call.operation.is_idempotent() && unanswered < UNANSWERED
                }
                _ => false,
            };
            if !matches!(reply, Err(Fault::Throttled { .. })) {
                lane.state().throttled = None;
            }
            if !again {
                return reply;
            }
            if self.pauses {
                sleep(about(pause)).await;
            }
            pause = LONGEST.min(pause * 2);
        }
    }

    /// Sends a call when it is its turn; when that was, and the reply.
    async fn once(&self, lane: &Lane, call: Call) -> (u64, Result<Value, Fault>) {
        let turn = lane.turn.lock().await;
        // Never closed, so there is always a permit in the end.
        let _slot = self.slots.acquire().await;
        loop {
            let now = self.now();
            let taken = lane.state().pace.take(now);
            let Err(then) = taken else {
                drop(turn);
                return (now, self.api.call(call).await);
            };
            sleep_until(self.began + Duration::from_millis(then)).await;
        }
    }

    /// AWS asked to slow down, in answer to a call of `sent`; whether to go on.
    fn throttled(&self, lane: &Lane, sent: u64) -> bool {
        let now = self.now();
        let mut state = lane.state();
        state.pace.throttled(sent, now);
        let since = *state.throttled.get_or_insert(sent);
        let patience = if self.pauses { THROTTLED } else { FIRST };
        Duration::from_millis(now.saturating_sub(since)) < patience
    }

    fn lane(&self, operation: Operation) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let pace = match operation {
                _ if !self.pauses => Pace::unlimited(),
                Operation::GetLogEvents => Pace::of_logs(),
                _ => Pace::of_aws(),
            };
            Arc::new(Lane {
                turn: Turn::new(()),
                state: Mutex::new(LaneState {
                    pace,
                    throttled: None,
                }),
            })
        };
        Arc::clone(lanes.entry(operation).or_insert_with(new))
    }

    /// Milliseconds since it all began.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Lane {
    fn state(&self) -> std::sync::MutexGuard<'_, LaneState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Between half of a pause and all of it, so that those who were refused together do not come back
/// together.
fn about(pause: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish() as u32;
    pause.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0)
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
    use crate::aws::watch::testing::run;
    use serde_json::json;

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
        let (outcome, sent) = asked(Operation::ListJobs, vec![unknown(); 100]);
        assert_eq!((outcome, sent), (Err(unknown()), UNANSWERED));
    }

    /// AWS as it is when it takes `limit` calls in any second.
    struct Limited {
        limit: usize,
        /// When calls were taken, and how many were refused.
        state: Mutex<(Vec<Instant>, usize)>,
    }

    impl Api for Limited {
        async fn call(&self, _: Call) -> Result<Value, Fault> {
            sleep(Duration::from_millis(50)).await;
            let (taken, refused) = &mut *self.state.lock().unwrap();
            let second = |at: &&Instant| at.elapsed() < Duration::from_secs(1);
            if taken.iter().rev().take_while(second).count() >= self.limit {
                *refused += 1;
                return Err(throttled());
            }
            taken.push(Instant::now());
            Ok(json!({}))
        }
    }

    /// How many of a thousand calls had an answer, how many were refused meanwhile, and how long
    /// it took.
    fn thousand(operation: Operation, limit: usize) -> (usize, usize, Duration) {
        let api = Arc::new(Limited {
            limit,
            state: Mutex::default(),
        });
        let (answered, took) = run(async {
            let patient = Patient::new(Arc::clone(&api));
            let mut calls = tokio::task::JoinSet::new();
            for _ in 0..1_000 {
                let patient = patient.clone();
                let call = Call::new(operation, json!({}));
                calls.spawn(async move { patient.call(call).await });
            }
            let replies = calls.join_all().await;
            let answered = replies.iter().filter(|reply| reply.is_ok()).count();
            (answered, patient.began.elapsed())
        });
        let refused = api.state.lock().unwrap().1;
        (answered, refused, took)
    }

    #[test]
    fn no_more_than_aws_takes() {
        let (answered, refused, took) = thousand(Operation::DescribeJobDefinitions, 50);
        assert_eq!((answered, refused), (1_000, 0));
        assert!(took < Duration::from_secs(25), "{took:?}");
        let (answered, refused, took) = thousand(Operation::GetLogEvents, 25);
        assert_eq!((answered, refused), (1_000, 0));
        assert!(took < Duration::from_secs(55), "{took:?}");
    }

    /// Somebody else uses half of it, or almost all: that takes long, but nothing is given up.
    #[test]
    fn others_use_the_account_too() {
        for (limit, most) in [(25, 600), (2, 3_000)] {
            let (answered, refused, _) = thousand(Operation::TerminateJob, limit);
            assert_eq!(answered, 1_000);
            assert!((1..most).contains(&refused), "{refused} at {limit}");
        }
    }

    #[test]
    fn nothing_but_refusals_ends_it_after_minutes() {
        let (answered, refused, took) = thousand(Operation::ListJobs, 0);
        assert_eq!(answered, 0);
        assert!(took >= THROTTLED, "{took:?}");
        assert!((1_000..2_000).contains(&refused), "{refused}");
    }

    #[test]
    fn one_refusal_is_no_attempt() {
        let mut faults = vec![unknown(); 3];
        faults.extend(vec![throttled(); 20]);
        let api = Arc::new(Faults(Mutex::new((faults, 0))));
        let call = Call::new(Operation::ListJobs, json!({}));
        let outcome = run(async { Patient::new(Arc::clone(&api)).call(call).await });
        assert_eq!((outcome, api.0.lock().unwrap().1), (Ok(json!({})), 24));
    }
}
