//! How long to wait before the next look.

use std::time::Duration;

/// After something changed.
const SHORTEST: Duration = Duration::from_secs(2);

/// However long nothing has changed.
const LONGEST: Duration = Duration::from_secs(30);

/// Looking takes no more than five calls a second of what the account may send.
const PER_CALL: Duration = Duration::from_millis(200);

/// What the last looks were like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct History {
    /// How many looks in a row have shown nothing new.
    pub unchanged: u32,
    /// How many calls the last one took.
    pub calls: u32,
}

impl History {
    /// Adds a look.
    pub fn add(&mut self, changed: bool, calls: usize) {
        self.unchanged = if changed {
            0
        } else {
            self.unchanged.saturating_add(1)
        };
        self.calls = u32::try_from(calls).unwrap_or(u32::MAX);
    }
}

/// The pause: short after a change, half as long again after each look without one.
#[must_use]
pub fn pause(history: History) -> Duration {
    let grown =
        SHORTEST.mul_f64(1.5_f64.powi(i32::try_from(history.unchanged.min(16)).unwrap_or(16)));
    let floor = PER_CALL.saturating_mul(history.calls);
    grown.min(LONGEST).max(floor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_runs_are_looked_at_less_often() {
        let mut history = History::default();
        let mut last = Duration::ZERO;
        for _ in 0..20 {
            let next = pause(history);
            assert!(next >= last && next <= LONGEST);
            last = next;
            history.add(false, 1);
        }
        assert_eq!(last, LONGEST);
        history.add(true, 1);
        assert_eq!(pause(history), SHORTEST);
        history.unchanged = u32::MAX;
        assert_eq!(pause(history), LONGEST);
    }

    #[test]
    fn large_runs_leave_others_their_share() {
        let mut history = History::default();
        history.add(true, 100);
        assert_eq!(pause(history), Duration::from_secs(20));
    }
}
