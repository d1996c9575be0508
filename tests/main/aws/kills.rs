//! `kill -9`, at a moment that is chosen.

use std::fs;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::figures::Figures;
use super::proxy::Fault;
use super::user::{STEPS, User, calls, each};

/// When a submission is killed.
#[derive(Clone, Copy, Debug)]
enum When {
    BeforeCall(usize),
    AfterCall(usize),
    Record(usize),
}

/// kill -9 before and after each call, and at each record of the journal, then `--resume`.
#[test]
fn killed_at_every_point() {
    let Some(calls) = calls() else { return };
    let calm = User::new().expect("there was one");
    calm.submit().code(0);
    let records = calm.journal(&calm.runs()[0]).len();
    assert!(records >= 4 * STEPS.len(), "{records}");
    let before = (1..=calls).map(When::BeforeCall);
    let after = (1..=calls).map(When::AfterCall);
    let every: Vec<When> = before
        .chain(after)
        .chain((1..=records).map(When::Record))
        .collect();
    let all = Mutex::new(Figures::default());
    each(&every, |&when| {
        let user = User::new().expect("there was one");
        let killed = match when {
            When::BeforeCall(number) => user.killed(number, Fault::Lost),
            When::AfterCall(number) => user.killed(number, Fault::ReplyLost),
            When::Record(count) => user.killed_at_record(count),
        };
        user.account.proxy.heal();
        let again = user.resume();
        let result = match again.code {
            Some(0) => user.once(&STEPS),
            _ => Err(again.stderr),
        };
        all.lock()
            .expect("unpoisoned")
            .add(&format!("{when:?}"), killed, result);
    });
    let all = all.into_inner().expect("unpoisoned");
    // The last records may be written before they are seen.
    assert!(all.stopped >= 2 * calls, "only {} were killed", all.stopped);
    all.hold(&format!("kill -9 at {calls} calls and {records} records"));
}

impl User {
    /// Submits, and kills it when it makes its call `number`, which has this fault then. Whether it
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
        let mut child = self.begin(&["submit", "a.flow"]);
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
