//! Every call times every mishap, a kill at every record, and both at random.

use proptest::prelude::*;

use super::world::{Kill, MISHAPS, Mishap, World};
use super::{Figures, document, example};
use crate::aws::api::Operation;
use crate::aws::run::{Document, Record};
use crate::aws::submit::machine::{Ending, Note, Outcome};
use crate::aws::submit::tests::service::Service;

/// Submits, and resumes as long as it was killed or stops, at last without further mishaps.
fn finish(document: &Document, world: &mut World, gap: u64, figures: &mut Figures) {
    for attempt in 0..12 {
        if attempt == 8 {
            // The network is well again, and time has passed.
            world.mishaps.clear();
            world.now += 100_000;
        }
        match world.submit(document) {
            Some(Ending::Complete) => {
                world.settle();
                figures.add(document, world);
                return;
            }
            Some(_) => figures.stopped += 1,
            None => {}
        }
        world.now += gap;
    }
    panic!("it never completes: {:#?}", world.journal);
}

/// How many calls and records the example takes when all goes well.
fn size() -> (usize, usize) {
    let (document, mut world) = example();
    assert_eq!(world.submit(&document), Some(Ending::Complete));
    (world.sent, world.journal.len())
}

fn check(figures: &Figures, what: &str, least: usize) {
    figures.print(what);
    assert!(figures.runs >= least, "{}", figures.runs);
    assert_eq!((figures.left, figures.lost), (0, 0), "{figures:?}");
}

#[test]
fn every_call_times_every_mishap() {
    let mut figures = Figures::default();
    let (calls, _) = size();
    for call in 0..calls {
        for mishap in MISHAPS {
            let (document, mut world) = example();
            world.mishaps.insert(call, mishap);
            finish(&document, &mut world, 1_000, &mut figures);
        }
    }
    check(&figures, "every call, every mishap", calls * MISHAPS.len());
    assert_eq!(figures.stopped, 0, "one mishap stops nothing");
    assert!(figures.duplicates > 0, "the late ones come");
}

/// Every job that lives is in the report of who submitted, or it says that there may be one.
fn assert_reported(world: &World, what: &str) {
    for made in world.service.jobs.iter().filter(|made| !made.terminated) {
        let of = |outcome: &&Outcome| made.name.ends_with(&format!("-{}", outcome.step));
        let outcome = world.outcomes.iter().find(of).unwrap();
        let is_known = outcome.job_id.as_ref() == Some(&made.id);
        let mut duplicates = world.duplicates.iter();
        assert!(
            is_known || outcome.unknown || duplicates.any(|other| other.job_id == made.id),
            "{what}: {made:?} {outcome:?}"
        );
    }
}

/// A request that was given up arrives, and one that was sent after it, or the termination of the
/// second job, is refused.
#[test]
fn a_refusal_after_every_late_request() {
    let mut figures = Figures::default();
    let (calls, _) = size();
    let late = MISHAPS.into_iter().filter(|mishap| {
        matches!(
            mishap,
            Mishap::Late(_) | Mishap::ResetThenLate(_) | Mishap::ReplyLost | Mishap::Undone503
        )
    });
    let (mut refused, mut late_after_all, mut alive) = (0, 0, 0);
    let mut case = 0;
    for mishap in late {
        for call in 0..calls {
            for refusal in call + 1..call + 30 {
                // Of some ten thousand, one in seven.
                case += 1;
                if case % 7 != 0 {
                    continue;
                }
                let (document, mut world) = example();
                world.mishaps.insert(call, mishap);
                world.mishaps.insert(refusal, Mishap::Refusal);
                let ending = world.submit(&document).unwrap();
                world.settle();
                let what = format!("{mishap:?} at {call}, refused at {refusal}: {ending:?}");
                assert_reported(&world, &what);
                refused += usize::from(ending != Ending::Complete);
                alive += world.duplicates.len();
                if let Ending::Refused(steps) = &ending {
                    let is_there = |step: &String| {
                        let mut all = world.outcomes.iter();
                        all.any(|it| it.step == *step && it.job_id.is_some())
                    };
                    late_after_all += steps.iter().filter(|(step, ..)| is_there(step)).count();
                }
                finish(&document, &mut world, 1_000, &mut figures);
            }
        }
    }
    check(&figures, "a late request, then a refusal", case / 7);
    assert!(refused > 0 && late_after_all > 0 && alive > 0);
}

/// Where the refused step cannot be looked for, it stays in doubt.
#[test]
fn a_refusal_that_leaves_a_doubt() {
    let document = document(&[("start", "q", &[])]);
    for denied in [Operation::ListJobs, Operation::SubmitJob] {
        let mut world = World::new(Service::default());
        let sends: Vec<usize> = sends(&document, Mishap::ResetThenLate(22_000));
        world
            .mishaps
            .insert(sends[0], Mishap::ResetThenLate(22_000));
        world.deny_from = Some((sends[1], denied));
        if denied == Operation::ListJobs {
            world.mishaps.insert(sends[1], Mishap::Refusal);
        }
        let ending = world.submit(&document).unwrap();
        assert_ne!(ending, Ending::Complete);
        assert!(world.outcomes[0].unknown, "{denied:?}: {ending:?}");
        let last = &world.journal.last().unwrap().record;
        assert!(matches!(last, Record::Unknown { .. }), "{last:?}");
        world.settle();
        world.deny_from = None;
        world.service.denied = None;
        assert_eq!(world.submit(&document), Some(Ending::Complete));
        let mut figures = Figures::default();
        figures.add(&document, &world);
        assert_eq!((figures.duplicates, figures.lost), (0, 0));
    }
}

/// Which calls send the first job, when the first of them is lost.
fn sends(document: &Document, mishap: Mishap) -> Vec<usize> {
    let mut world = World::new(Service::default());
    let operations = |world: &World| {
        let sent = world.operations.iter().enumerate();
        let sent = sent.filter(|(_, operation)| **operation == Operation::SubmitJob);
        sent.map(|(at, _)| at).collect::<Vec<_>>()
    };
    world.submit(document);
    let first = operations(&world)[0];
    let mut world = World::new(Service::default());
    world.mishaps.insert(first, mishap);
    world.submit(document);
    operations(&world)
}

#[test]
fn why_it_waits_is_said_once() {
    let document = document(&[("start", "q", &[])]);
    let mishap = Mishap::ResetThenLate(50_000);
    let sends = sends(&document, mishap);
    let mut world = World::new(Service::default());
    world.mishaps.insert(sends[0], mishap);
    assert_eq!(world.submit(&document), Some(Ending::Complete));
    let waits = world.notes.iter().filter_map(|note| match note {
        Note::Waiting { steps, time } => Some((steps.clone(), *time / 1_000)),
        _ => None,
    });
    assert_eq!(waits.collect::<Vec<_>>(), [(vec!["start".to_owned()], 44)]);
}

#[test]
fn a_kill_at_every_record() {
    let mut figures = Figures::default();
    let (_, records) = size();
    for record in 1..=records {
        for kill in [Kill::Written(record), Kill::Sent(record)] {
            for gap in [0, 1_000, 20_000, 100_000, 3_600_000] {
                let (document, mut world) = example();
                world.kill = Some(kill);
                finish(&document, &mut world, gap, &mut figures);
            }
        }
    }
    check(&figures, "a kill at every record", records * 10);
    assert_eq!(
        (figures.stopped, figures.duplicates, figures.revisions),
        (0, 0, 0)
    );
}

#[test]
fn a_kill_at_every_record_times_a_mishap_of_every_call() {
    let mut figures = Figures::default();
    let (calls, records) = size();
    let mut case = 0;
    for record in 1..=records {
        for kill in [Kill::Written(record), Kill::Sent(record)] {
            for call in 0..calls {
                for mishap in MISHAPS {
                    // Of some forty thousand, one in twenty-three.
                    case += 1;
                    if case % 23 != 0 {
                        continue;
                    }
                    let (document, mut world) = example();
                    world.kill = Some(kill);
                    world.mishaps.insert(call, mishap);
                    finish(&document, &mut world, 500, &mut figures);
                }
            }
        }
    }
    check(&figures, "a kill and a mishap", case / 23);
}

#[test]
fn a_full_disk_at_every_record() {
    let mut figures = Figures::default();
    let (_, records) = size();
    for record in 0..records {
        let (document, mut world) = example();
        world.kill = Some(Kill::Full(record));
        let Some(ending) = world.submit(&document) else {
            panic!("nobody killed it");
        };
        assert_eq!(ending, Ending::Unrecorded, "{record}");
        assert_eq!(world.journal.len(), record);
        finish(&document, &mut world, 1_000, &mut figures);
    }
    check(&figures, "a full disk at every record", records);
    assert_eq!((figures.duplicates, figures.revisions), (0, 0));
}

#[test]
fn a_request_that_arrives_twice() {
    let mut figures = Figures::default();
    let (calls, _) = size();
    for call in 0..calls {
        // Before the list at the end.
        for later in [26, 100, 2_000] {
            let (document, mut world) = example();
            world.service.unseen = 0;
            world.mishaps.insert(call, Mishap::Twice(later));
            world.submit(&document).unwrap();
            // What came after that is found by whoever asks again.
            world.settle();
            finish(&document, &mut world, 0, &mut figures);
        }
    }
    check(&figures, "requests that arrive twice", calls * 3);
    assert!(figures.duplicates > 0);
}

#[test]
fn storms_lose_nothing() {
    for (seconds, ends) in [(1, true), (20, true), (200, true), (3_600, false)] {
        let steps: Vec<String> = (0..100).map(|at| format!("s{at}")).collect();
        let steps: Vec<(&str, &str, &[&str])> = steps
            .iter()
            .map(|step| (step.as_str(), "q", &[][..]))
            .collect();
        let document = document(&steps);
        let mut world = World::new(Service::default());
        let began = world.now + 1_000;
        world.storm = (began, began + seconds * 1_000);
        let ending = world.submit(&document);
        if ends {
            assert_eq!(ending, Some(Ending::Complete));
            assert!(world.now < began + seconds * 1_000 + 20_000);
        } else {
            assert!(matches!(ending, Some(Ending::Failed(..))), "{ending:?}");
            assert!(world.now < began + 400_000);
            world.now = began + seconds * 1_000;
            assert_eq!(world.submit(&document), Some(Ending::Complete));
        }
        let mut figures = Figures::default();
        figures.add(&document, &world);
        assert_eq!((figures.duplicates, figures.lost, figures.left), (0, 0, 0));
    }
}

#[test]
fn one_429_costs_well_under_a_second() {
    let one = document(&[("start", "q", &[])]);
    let time = |call: Option<usize>| {
        let mut world = World::new(Service::default());
        world
            .mishaps
            .extend(call.map(|call| (call, Mishap::Throttled)));
        let began = world.now;
        assert_eq!(world.submit(&one), Some(Ending::Complete));
        world.now - began
    };
    for call in 0..4 {
        let cost = time(Some(call)) - time(None);
        assert!(cost < 300, "{call}: {cost} ms");
    }
    // Of a hundred jobs, each is throttled twice.
    let names: Vec<String> = (0..100).map(|at| format!("s{at}")).collect();
    let steps: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), "q", &[][..]))
        .collect();
    let document = document(&steps);
    let mut world = World::new(Service::default());
    world
        .mishaps
        .extend((200..400).map(|call| (call, Mishap::Throttled)));
    assert_eq!(world.submit(&document), Some(Ending::Complete));
    assert_eq!(world.service.jobs.len(), 100);
}

fn mishap() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        4 => prop::sample::select(MISHAPS.to_vec()),
        1 => (0..70_000_u64).prop_map(Mishap::Late),
        1 => (26..45_000_u64).prop_map(Mishap::ResetThenLate),
    ]
}

/// For each step, of which earlier steps it depends.
fn graph() -> impl Strategy<Value = Vec<Vec<usize>>> {
    (1..12_usize).prop_flat_map(|steps| {
        (0..steps)
            .map(|at| prop::collection::btree_set(0..at.max(1), 0..=at.min(3)))
            .collect::<Vec<_>>()
            .prop_map(|on| {
                let on = on.into_iter().enumerate();
                on.map(|(at, on)| on.into_iter().filter(|&on| on < at).collect())
                    .collect()
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_at_once(
        graph in graph(),
        mishaps in prop::collection::vec((0..60_usize, mishap()), 0..6),
        kills in prop::collection::vec((1..60_usize, any::<bool>()), 0..3),
        outage in prop::option::of((0..20_000_u64, 0..120_000_u64)),
        unseen in 0..5_000_u64,
        page in 1..5_usize,
        gap in 0..60_000_u64,
    ) {
        let names: Vec<String> = (0..graph.len()).map(|at| format!("s{at}")).collect();
        let on: Vec<Vec<&str>> = graph
            .iter()
            .map(|on| on.iter().map(|&on| names[on].as_str()).collect())
            .collect();
        let queue = |at: usize| if at % 3 == 2 { "gpu" } else { "q" };
        let steps: Vec<(&str, &str, &[&str])> = (0..graph.len())
            .map(|at| (names[at].as_str(), queue(at), on[at].as_slice()))
            .collect();
        let document = document(&steps);
        let mut world = World::new(Service { unseen, page, ..Service::default() });
        world.mishaps.extend(mishaps);
        if let Some((after, lasts)) = outage {
            world.outage = (world.now + after, world.now + after + lasts);
        }
        let mut figures = Figures::default();
        for (record, sent) in kills {
            let record = record + world.journal.len();
            world.kill = Some(if sent { Kill::Sent(record) } else { Kill::Written(record) });
            if world.submit(&document) == Some(Ending::Complete) {
                break;
            }
            world.now += gap;
        }
        world.kill = None;
        finish(&document, &mut world, gap, &mut figures);
        prop_assert_eq!((figures.left, figures.lost), (0, 0));
    }
}
