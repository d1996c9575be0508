//! `kill -9`, at a moment that is chosen.

use std::fs;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::figures::Figures;
use super::proxy::{Fault, Until};
use super::user::{STEPS, User, calls, each};

/// When a submission is killed.
#[derive(Clone, Copy, Debug)]
enum When {
    /// At a call, which has this fault.
    Call(usize, Fault),
    /// At a call that arrives; and then, when it is gone on with, at such a call again.
    Twice(usize, usize),
    /// When its journal has so many records.
    Record(usize),
}

/// What becomes of the last call of who is killed: it does not arrive, it does, or it does later.
const LAST: [Fault; 5] = [
    Fault::Lost,
    Fault::ReplyLost,
    Fault::Late(Until::Calls(0)),
    Fault::Late(Until::Calls(1)),
    Fault::Late(Until::SentAgain),
];

/// kill -9 at each call and at each record of the journal, then `--resume`.
#[test]
fn killed_at_every_point() {
    let Some(calls) = calls() else { return };
    let calm = User::hasty().expect("there was one");
    calm.submit().code(0);
    let records = calm.journal(&calm.runs()[0]).len();
    assert!(records >= 4 * STEPS.len(), "{records}");
    let call = |number| LAST.map(|fault| When::Call(number, fault));
    let twice = |number| (1..=4).map(move |again| When::Twice(number, again));
    let every: Vec<When> = (1..=calls)
        .flat_map(call)
        .chain((1..=calls).flat_map(twice))
        .chain((1..=records).map(When::Record))
        .collect();
    let all = Mutex::new(Figures::default());
    each(&every, |&when| {
        let user = User::hasty().expect("there was one");
        let killed = match when {
            When::Call(number, fault) => user.killed(number, fault),
            When::Twice(number, again) => {
                user.killed(number, Fault::ReplyLost);
                user.account.proxy.forget();
                user.killed(again, Fault::ReplyLost)
            }
            When::Record(count) => user.killed_at_record(count),
        };
        user.account.proxy.heal();
        let again = user.resume();
        let result = match again.code {
            Some(0) => user.once(&STEPS),
            _ => Err(again.stderr),
        };
        let what = format!("{when:?}");
        all.lock().expect("unpoisoned").add(&what, killed, result);
    });
    let all = all.into_inner().expect("unpoisoned");
    // The last records may be written before they are seen, and little may be left to go on with.
    let least = LAST.len() * calls;
    assert!(all.stopped >= least, "only {} were killed", all.stopped);
    all.hold(&format!("kill -9 at {calls} calls and {records} records"));
}

impl User {
    /// Submits, or goes on, and kills it when it makes its call `number`, which has this fault then. Whether it
    /// was killed.
    pub(crate) fn killed(&self, number: usize, fault: Fault) -> bool {
        let pid = Arc::new(AtomicU32::new(0));
        let its = Arc::clone(&pid);
        self.account.proxy.rule(move |seen| {
            if seen.number != number {
                return None;
            }
            while its.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            kill(its.load(Ordering::SeqCst));
            Some(fault)
        });
        let mut child = match self.runs().as_slice() {
            [run] => self.begin(&["submit", "--resume", run]),
            _ => self.begin(&["submit", "a.flow"]),
        };
        pid.store(child.id(), Ordering::SeqCst);
        !child.wait().expect("it ends").success()
    }

    /// Submits, and kills it once its journal has so many records. Whether it was killed.
    pub(crate) fn killed_at_record(&self, count: usize) -> bool {
        let mut child = self.begin(&["submit", "a.flow"]);
        while child.try_wait().expect("a child").is_none() {
            if self.records() >= count {
                return end(&mut child);
            }
            std::thread::yield_now();
        }
        false
    }

    /// How many whole records there are in the journals.
    fn records(&self) -> usize {
        let Ok(runs) = fs::read_dir(self.project.path().join(".flowbatch/runs")) else {
            return 0;
        };
        let text = |run: std::io::Result<fs::DirEntry>| {
            fs::read(run.ok()?.path().join("journal.jsonl")).ok()
        };
        let lines = |text: Vec<u8>| text.iter().filter(|byte| **byte == b'\n').count();
        runs.filter_map(text).map(lines).sum()
    }
}

fn end(child: &mut Child) -> bool {
    child.kill().expect("it can be killed");
    !child.wait().expect("it ends").success()
}

fn kill(pid: u32) {
    let ran = Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(ran.is_ok_and(|status| status.success()), "kill");
}
