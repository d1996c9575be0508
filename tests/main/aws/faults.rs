//! Every call goes wrong once, in every way: the command ends well or says why, and what is to be
//! done once is done once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::figures::Figures;
use super::proxy::{FAULTS, Fault, Until};
use super::user::{STEPS, User, calls, each};
use crate::main::project::Ran;

#[test]
fn every_fault_at_every_call_of_a_submission() {
    let Some(calls) = calls() else { return };
    let every = (1..=calls).flat_map(|number| FAULTS.map(|fault| (number, fault)));
    let every: Vec<(usize, (&str, Fault))> = every.collect();
    let all = Mutex::new(Figures::default());
    each(&every, |&(number, (what, fault))| {
        let user = User::hasty().expect("there was one");
        user.account.proxy.fault_at(number, fault);
        let ran = user.submit();
        user.account.proxy.heal();
        let operation = user.account.proxy.seen()[number - 1].operation.clone();
        let what = format!("{what}, at call {number}, {operation}");
        user.account.proxy.deliver();
        // One that arrives when all is over is found by the next look at the run.
        let late = fault == Fault::Late(Until::Told);
        let stopped = ran.code != Some(0);
        let result = if stopped && ran.stderr.trim().is_empty() {
            Err(format!("ends with {:?}, and says nothing", ran.code))
        } else if stopped || late {
            let again = user.resume();
            match again.code {
                Some(0) => user.once(&STEPS),
                _ => Err(format!("{}\nresumed: {}", ran.stderr, again.stderr)),
            }
        } else {
            user.once(&STEPS)
        };
        all.lock().expect("unpoisoned").add(&what, stopped, result);
    });
    let all = all.into_inner().expect("unpoisoned");
    all.hold("faults at every call of a submission");
}

/// The second call for the same thing goes wrong as well.
#[test]
fn faults_that_come_twice() {
    let Some(calls) = calls() else { return };
    let faults = FAULTS
        .iter()
        .filter(|(_, fault)| !matches!(fault, Fault::Late(_)));
    let every: Vec<(usize, &(&str, Fault))> = faults
        .flat_map(|fault| (1..=calls).map(move |number| (number, fault)))
        .collect();
    let all = Mutex::new(Figures::default());
    each(&every, |&(number, &(what, fault))| {
        let user = User::hasty().expect("there was one");
        let mut operation = None;
        user.account.proxy.rule(move |seen| {
            if seen.number == number {
                operation = Some((seen.operation.clone(), seen.number));
                return Some(fault);
            }
            // The next of this operation, once.
            let (name, _) = operation.as_ref()?;
            let again = *name == seen.operation;
            if again {
                operation = None;
            }
            again.then_some(fault)
        });
        let ran = user.submit();
        user.account.proxy.heal();
        let stopped = ran.code != Some(0);
        let again = if stopped { user.resume() } else { ran };
        let result = match again.code {
            Some(0) => user.once(&STEPS),
            _ => Err(again.stderr),
        };
        let what = format!("{what}, twice from call {number}");
        all.lock().expect("unpoisoned").add(&what, stopped, result);
    });
    let all = all.into_inner().expect("unpoisoned");
    all.hold("faults that come twice");
}

/// Everything that `plan` asks may be asked again, so nothing stops it.
#[test]
fn no_fault_disturbs_a_plan() {
    let Some(user) = User::hasty() else { return };
    let plan = || user.run(&["plan", "a.flow"]).code(0);
    let calm = plan();
    let calls = user.account.proxy.seen().len();
    assert!(calls >= 5, "{:?}", user.account.proxy.counts());
    let faults = [
        Fault::Lost,
        Fault::ReplyCut,
        Fault::ResetAfter,
        Fault::Status(429),
        Fault::Status(503),
    ];
    for number in 1..=calls {
        let fault = faults[number % faults.len()];
        user.account.proxy.fault_at(number, fault);
        let ran = plan();
        assert_eq!(ran.stdout, calm.stdout, "{fault:?} at call {number}");
    }
}

/// A third of all calls goes wrong, in all ways, until the run is there.
#[test]
fn a_bad_network() {
    let seeds: Vec<u64> = (1..=8).collect();
    let (all, faults) = (
        Mutex::new(Figures::default()),
        Arc::new(AtomicUsize::new(0)),
    );
    each(&seeds, |&seed| {
        let Some(user) = User::hasty() else { return };
        let (mut random, count) = (seed, Arc::clone(&faults));
        user.account.proxy.rule(move |_| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let pick = usize::try_from(random >> 33).expect("31 bits");
            let fault = (pick % 3 == 0).then(|| FAULTS[pick / 3 % FAULTS.len()].1)?;
            count.fetch_add(1, Ordering::SeqCst);
            Some(fault)
        });
        let mut ran = user.submit();
        let mut resumed = 0;
        while ran.code != Some(0) && resumed < 20 {
            resumed += 1;
            ran = user.resume();
        }
        user.account.proxy.heal();
        user.account.proxy.deliver();
        let result = match user.resume() {
            Ran { code: Some(0), .. } => user.once(&STEPS),
            again => Err(again.stderr),
        };
        let what = format!("seed {seed}");
        all.lock()
            .expect("unpoisoned")
            .add(&what, resumed > 0, result);
    });
    let faults = faults.load(Ordering::SeqCst);
    let all = all.into_inner().expect("unpoisoned");
    all.hold(&format!("a bad network, {faults} faults"));
}
