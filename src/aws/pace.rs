//! How fast calls may be sent.

/// A token bucket whose rate falls when AWS asks to slow down, and rises again.
///
/// Time is milliseconds, of whatever beginning. No caller ever sleeps for longer than the next
/// token takes: a call that was throttled costs others nothing but the lower rate.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Calls a second, at most.
    most: f64,
    /// Calls a second, now.
    rate: f64,
    /// How many calls may be sent at once.
    burst: f64,
    tokens: f64,
    /// When the tokens were counted.
    counted: u64,
    /// When the rate fell last: what was sent before that says nothing about the new rate.
    fell: Option<u64>,
}

/// However often AWS asks to slow down, so many calls a second are tried.
const LEAST: f64 = 1.0;

/// How much the rate rises in a second without complaints, as a part of the highest.
const RISE: f64 = 0.1;

impl Pace {
    /// At most `rate` calls a second, of which `burst` may come at once: in no second are there
    /// more than `rate + burst`.
    #[must_use]
    pub fn new(rate: f64, burst: f64) -> Self {
        Self {
            most: rate,
            rate,
            burst,
            tokens: burst,
            counted: 0,
            fell: None,
        }
    }

    /// For operations that AWS counts: it takes 50 of SubmitJob a second.
    #[must_use]
    pub fn of_aws() -> Self {
        Self::new(45.0, 5.0)
    }

    /// For GetLogEvents, of which CloudWatch Logs takes 25 a second.
    #[must_use]
    pub fn of_logs() -> Self {
        Self::new(20.0, 5.0)
    }

    /// Any number of calls at any time.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::new(f64::INFINITY, f64::INFINITY)
    }

    /// Takes the right to send one call now.
    ///
    /// # Errors
    /// The time at which to ask again.
    pub fn take(&mut self, now: u64) -> Result<(), u64> {
        if self.most.is_infinite() {
            return Ok(());
        }
        self.count(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let seconds = (1.0 - self.tokens) / self.rate;
        Err(now + ((seconds * 1e3).ceil() as u64).max(1))
    }

    /// AWS asked to slow down, in answer to a call that was sent at `sent`. One complaint about
    /// calls that were in flight together counts once.
    pub fn throttled(&mut self, sent: u64, now: u64) {
        if self.most.is_infinite() || self.fell.is_some_and(|fell| sent < fell) {
            return;
        }
        self.count(now);
        self.rate = (self.rate / 2.0).max(LEAST);
        // What was saved up is part of what was too fast.
        self.tokens = self.tokens.min(1.0);
        self.fell = Some(now);
    }

    /// Calls a second, now.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Brings tokens and rate up to date.
    fn count(&mut self, now: u64) {
        let seconds = now.saturating_sub(self.counted) as f64 / 1e3;
        self.counted = self.counted.max(now);
        self.tokens = (self.tokens + seconds * self.rate).min(self.burst);
        self.rate = (self.rate + seconds * self.most * RISE).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When calls are sent that could all be sent at once, and `throttled` tells which are refused.
    fn sent(pace: &mut Pace, calls: usize, throttled: impl Fn(usize) -> bool) -> Vec<u64> {
        let (mut now, mut sent) = (1_000_000, Vec::new());
        while sent.len() < calls {
            match pace.take(now) {
                Ok(()) => {
                    if throttled(sent.len()) {
                        pace.throttled(now, now);
                    }
                    sent.push(now);
                }
                Err(then) => {
                    assert!(then > now);
                    now = then;
                }
            }
        }
        sent
    }

    #[test]
    fn never_over_fifty_in_a_second_and_not_much_under() {
        let sent = sent(&mut Pace::of_aws(), 1_000, |_| false);
        for window in sent.windows(51) {
            assert!(window[50] - window[0] >= 1_000);
        }
        let seconds = (sent[999] - sent[0]) as f64 / 1e3;
        assert!(seconds < 1_000.0 / 42.0, "{seconds}");
    }

    #[test]
    fn one_complaint_costs_little() {
        let of = |throttled: usize| {
            let sent = sent(&mut Pace::of_aws(), 100, |call| call == throttled);
            sent[99] - sent[0]
        };
        let (without, with) = (of(1_000), of(0));
        assert!(with - without < 1_500, "{with} {without}");
        // And a single call next to nothing.
        let mut pace = Pace::of_aws();
        assert_eq!(pace.take(5_000), Ok(()));
        pace.throttled(5_000, 5_050);
        assert_eq!(pace.take(5_050), Ok(()));
        assert!(pace.take(5_050).unwrap_err() < 5_100);
    }

    #[test]
    fn complaints_about_one_flight_count_once() {
        let mut pace = Pace::of_aws();
        for _ in 0..5 {
            assert_eq!(pace.take(9_000), Ok(()));
        }
        for _ in 0..5 {
            pace.throttled(9_000, 9_100);
        }
        assert!((22.0..24.0).contains(&pace.rate()), "{}", pace.rate());
        for round in 1..20 {
            pace.throttled(9_000 + round * 200, 9_100 + round * 200);
        }
        assert!((LEAST..10.0).contains(&pace.rate()), "{}", pace.rate());
        // It comes back.
        assert!(pace.take(30_000).is_ok());
        assert!((45.0..45.1).contains(&pace.rate()), "{}", pace.rate());
    }

    #[test]
    fn no_limit() {
        let sent = sent(&mut Pace::unlimited(), 1_000, |call| call % 2 == 0);
        assert_eq!(sent[0], sent[999]);
    }
}
