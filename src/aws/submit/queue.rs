//! Which call may be sent when.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use serde_json::Value;

use super::machine::Limits;
use crate::aws::api::{Fault, Operation};
use crate::aws::pace::Pace;

/// Something to be asked of AWS, for a purpose.
#[derive(Clone, Debug)]
struct Ask<P> {
    operation: Operation,
    purpose: P,
    /// The higher, the sooner.
    priority: usize,
    /// How often it was throttled.
    throttled: u32,
    /// How often its outcome was not known, if it is idempotent.
    lost: u32,
}

/// Calls that wait, and calls in flight.
#[derive(Debug)]
pub(super) struct Queue<P> {
    limits: Limits,
    paces: BTreeMap<Operation, Pace>,
    /// Of which operations AWS has only asked to slow down, and since when.
    throttled: BTreeMap<Operation, u64>,
    /// By operation, the most urgent first.
    ready: BTreeMap<Operation, BTreeSet<(Reverse<usize>, u64)>>,
    /// What comes later.
    later: BinaryHeap<Reverse<(u64, u64)>>,
    asks: HashMap<u64, Ask<P>>,
    /// When each call in flight was sent.
    flight: HashMap<u64, u64>,
    next: u64,
}

impl<P> Queue<P> {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            paces: BTreeMap::new(),
            throttled: BTreeMap::new(),
            ready: BTreeMap::new(),
            later: BinaryHeap::new(),
            asks: HashMap::new(),
            flight: HashMap::new(),
            next: 0,
        }
    }

    /// Asks for a call, not before `at`.
    pub(super) fn push(&mut self, operation: Operation, purpose: P, priority: usize, at: u64) {
        let ask = Ask {
            operation,
            purpose,
            priority,
            throttled: 0,
            lost: 0,
        };
        self.put(ask, at);
    }

    fn put(&mut self, ask: Ask<P>, at: u64) {
        let id = self.next;
        self.next += 1;
        self.asks.insert(id, ask);
        self.later.push(Reverse((at, id)));
    }

    /// Takes what may be sent now.
    pub(super) fn send(&mut self, now: u64) -> Option<(u64, &P)> {
        while let Some(&Reverse((at, id))) = self.later.peek()
            && at <= now
        {
            self.later.pop();
            if let Some(ask) = self.asks.get(&id) {
                let ready = self.ready.entry(ask.operation).or_default();
                ready.insert((Reverse(ask.priority), id));
            }
        }
        if self.flight.len() >= self.limits.in_flight {
            return None;
        }
        for (operation, ready) in &mut self.ready {
            let pace = self.limits.pace.clone();
            let pace = self.paces.entry(*operation).or_insert(pace);
            if !ready.is_empty()
                && pace.take(now).is_ok()
                && let Some((_, id)) = ready.pop_first()
            {
                self.flight.insert(id, now);
                return self.asks.get(&id).map(|ask| (id, &ask.purpose));
            }
        }
        None
    }

    /// When to ask again, if no reply comes before.
    pub(super) fn wait(&mut self, now: u64) -> Option<u64> {
        let later = self.later.peek().map(|&Reverse((at, _))| at);
        if self.flight.len() >= self.limits.in_flight {
            return later;
        }
        let waiting = self.ready.iter().filter(|(_, ready)| !ready.is_empty());
        let paces = &self.paces;
        let tokens = waiting.filter_map(|(operation, _)| {
            let mut pace = paces.get(operation)?.clone();
            Some(pace.take(now).err().unwrap_or(now))
        });
        tokens.chain(later).min()
    }

    /// Whether nothing waits and nothing is in flight.
    pub(super) fn is_empty(&self) -> bool {
        self.asks.is_empty()
    }

    /// Gives up what waits, but for what is kept.
    pub(super) fn clear(&mut self, keep: impl Fn(&P) -> bool) {
        let flight = &self.flight;
        self.asks
            .retain(|id, ask| flight.contains_key(id) || keep(&ask.purpose));
        let asks = &self.asks;
        self.later.retain(|Reverse((_, id))| asks.contains_key(id));
        for ready in self.ready.values_mut() {
            ready.retain(|(_, id)| asks.contains_key(id));
        }
    }

    /// What a call in flight asks.
    pub(super) fn operation(&self, id: u64) -> Option<Operation> {
        self.asks.get(&id).map(|ask| ask.operation)
    }

    /// Takes a reply; what there is to decide about it, if anything. `again` tells what may be sent
    /// again if it does no harm.
    pub(super) fn reply(
        &mut self,
        id: u64,
        reply: Result<Value, Fault>,
        now: u64,
        again: impl Fn(&P) -> bool,
    ) -> Option<(P, Result<Value, Fault>)> {
        let sent = self.flight.remove(&id)?;
        let mut ask = self.asks.remove(&id)?;
        let operation = ask.operation;
        let again = again(&ask.purpose);
        if matches!(reply, Err(Fault::Throttled { .. })) {
            if let Some(pace) = self.paces.get_mut(&operation) {
                pace.throttled(sent, now);
            }
            let since = *self.throttled.entry(operation).or_insert(sent);
            if again && now.saturating_sub(since) < self.limits.throttled() {
                ask.throttled += 1;
                let pause = self.pause(ask.throttled, id);
                self.put(ask, now + pause);
                return None;
            }
            return Some((ask.purpose, reply));
        }
        self.throttled.remove(&operation);
        if matches!(reply, Err(Fault::Unknown { .. }))
            && operation.is_idempotent()
            && again
            && ask.lost < LOST
        {
            ask.lost += 1;
            let pause = self.pause(ask.lost, id);
            self.put(ask, now + pause);
            return None;
        }
        Some((ask.purpose, reply))
    }

    /// The pause before the `count`th repetition: they double, and differ between calls.
    fn pause(&self, count: u32, id: u64) -> u64 {
        let longest = FIRST << (count - 1).min(6);
        let mix = (id ^ self.limits.seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        longest / 2 + mix % (longest / 2 + 1)
    }
}

/// The first pause before a call is sent again, in milliseconds.
const FIRST: u64 = 100;

/// How often an idempotent call without a known outcome is sent again.
const LOST: u32 = 7;
