//! What a submission does when all goes well, and what it refuses.

use serde_json::json;

use super::world::{ROUND_TRIP, World, run};
use super::{Figures, definition, document, example};
use crate::aws::api::{Fault, Operation};
use crate::aws::run::{Document, Record, RunState};
use crate::aws::submit::machine::{Ending, Note};
use crate::aws::submit::tests::service::Service;

#[test]
fn only_the_calls_that_it_must() {
    let (document, mut world) = example();
    assert_eq!(world.submit(&document), Some(Ending::Complete));
    let calls = world.service.calls.clone().into_iter().collect::<Vec<_>>();
    assert_eq!(
        calls,
        [
            // each, join, alone, last
            (Operation::RegisterJobDefinition, 4),
            // the known ones, each again, left on two pages, join, alone, last
            (Operation::DescribeJobDefinitions, 7),
            // The service has not seen some definitions and jobs when they are first needed.
            (
                Operation::SubmitJob,
                world.service.calls[&Operation::SubmitJob]
            ),
            // Those of the array are listed with it: three pages of one queue, one of the other.
            (
                Operation::ListJobs,
                world.service.calls[&Operation::ListJobs]
            ),
        ]
    );
    let mut figures = Figures::default();
    figures.add(&document, &world);
    assert_eq!(
        (figures.duplicates, figures.lost, figures.revisions),
        (0, 0, 0)
    );
    assert_eq!(world.notes, []);
}

#[test]
fn again_it_registers_nothing() {
    let (document, mut world) = example();
    world.service.unseen = 0;
    assert_eq!(world.submit(&document), Some(Ending::Complete));
    let state = RunState::of(&world.journal);
    let mut next = World::new(world.service);
    next.now = world.now;
    next.service.calls.clear();
    next.service.jobs.clear();
    for job in &document.jobs {
        let arn = state.steps[&job.step].definition.clone().unwrap();
        next.known.insert(job.definition_name().to_owned(), arn);
    }
    let began = next.now;
    assert_eq!(next.submit(&document), Some(Ending::Complete));
    let calls: Vec<_> = next.service.calls.clone().into_iter().collect();
    let two_pages_a_queue = next.service.calls[&Operation::ListJobs];
    assert_eq!(
        calls,
        [
            (Operation::DescribeJobDefinitions, 1),
            (Operation::SubmitJob, 6),
            (Operation::ListJobs, two_pages_a_queue),
        ]
    );
    // One look, four levels, one list: all else would be waiting for nothing.
    assert!(next.now - began <= (1 + 4 + two_pages_a_queue as u64) * ROUND_TRIP + 100);
}

#[test]
fn what_is_refused_stops_what_follows() {
    let (document, mut world) = example();
    world.service.disabled.insert("gpu".into(), 0);
    let Some(Ending::Refused(refused)) = world.submit(&document) else {
        panic!("it was refused");
    };
    for (step, operation, fault) in &refused {
        assert!(["left", "alone"].contains(&step.as_str()), "{step}");
        assert_eq!(*operation, Operation::SubmitJob);
        assert!(fault.to_string().contains("gpu is disabled"), "{fault}");
    }
    assert!(world.service.jobs.iter().all(|job| job.queue == "q"));
    assert!(
        !world
            .service
            .jobs
            .iter()
            .any(|job| job.name.ends_with("join"))
    );
    completes_once_enabled(&document, world);
}

/// The queues are enabled again: what is missing is submitted, and nothing twice.
fn completes_once_enabled(document: &Document, mut world: World) {
    world.service.disabled.clear();
    assert_eq!(world.submit(document), Some(Ending::Complete));
    let mut figures = Figures::default();
    figures.add(document, &world);
    assert_eq!((figures.duplicates, figures.lost), (0, 0));
}

#[test]
fn a_queue_that_is_disabled_midway() {
    for after in [0, 500, 2_500, 5_000, 8_000] {
        let (document, mut world) = example();
        let from = world.now + after;
        world.service.disabled.insert("q".into(), from);
        let ending = world.submit(&document);
        let made = world.service.jobs.len();
        let state = RunState::of(&world.journal);
        let known = state.steps.values().filter(|step| step.job_id.is_some());
        assert_eq!(known.count(), made);
        if made < 6 {
            assert!(matches!(ending, Some(Ending::Refused(_))), "{ending:?}");
        }
        completes_once_enabled(&document, world);
    }
}

#[test]
fn who_may_not_is_told_and_no_job_is_to_blame() {
    for denied in [
        Operation::DescribeJobDefinitions,
        Operation::RegisterJobDefinition,
        Operation::SubmitJob,
        Operation::ListJobs,
    ] {
        let (document, mut world) = example();
        world.service.denied = Some(denied);
        let Some(Ending::Failed(operation, Fault::Refused { status: 403, .. })) =
            world.submit(&document)
        else {
            panic!("{denied:?}");
        };
        assert_eq!(operation, denied);
        // Not asked a hundred times.
        assert!(world.service.calls[&denied] <= 7);
        let refused = |entry: &&_| {
            matches!(
                entry,
                &&crate::aws::run::Entry {
                    record: Record::Refused { .. },
                    ..
                }
            )
        };
        assert_eq!(world.journal.iter().filter(refused).count(), 0);
        world.service.denied = None;
        assert_eq!(world.submit(&document), Some(Ending::Complete));
        let mut figures = Figures::default();
        figures.add(&document, &world);
        assert_eq!(
            (figures.duplicates, figures.lost, figures.revisions),
            (0, 0, 0)
        );
    }
}

#[test]
fn what_nobody_knows_of_is_terminated() {
    let (document, mut world) = example();
    world.service.unseen = 0;
    let definition = world.service.register(&definition("other", "x"), 0);
    let job = |name: &str| json!({ "jobName": name, "jobQueue": "q", "jobDefinition": definition["jobDefinitionArn"] });
    let run = run();
    for name in [
        "p-F-3jx9k2ma7f1q-other",
        "P-f-3jx9k2ma7f1q-other",
        "p-F-3jx9k2ma7f1z-other",
    ] {
        let call = crate::aws::api::Call::new(Operation::SubmitJob, job(name));
        world.service.handle(&call, 1).unwrap();
    }
    assert_eq!(world.submit(&document), Some(Ending::Complete));
    let terminated = world.service.jobs.iter().filter(|job| job.terminated);
    let terminated: Vec<_> = terminated.map(|job| job.name.as_str()).collect();
    assert_eq!(terminated, ["p-F-3jx9k2ma7f1q-other"]);
    let note = Note::Duplicate {
        step: None,
        job_id: "job-0000".into(),
        ended: false,
    };
    assert_eq!(world.notes, [note]);
    assert_eq!(run.as_str(), "3jx9k2ma7f1q");
}

#[test]
fn what_was_sent_a_week_ago_is_not_sent_again() {
    let document = document(&[("start", "q", &[])]);
    let mut world = World::new(Service::default());
    world.kill = Some(crate::aws::submit::tests::world::Kill::Written(3));
    assert_eq!(world.submit(&document), None);
    assert!(matches!(world.journal[2].record, Record::Submitting { .. }));
    world.now += 7 * 24 * 60 * 60 * 1000;
    let Some(Ending::Unknown(steps)) = world.submit(&document) else {
        panic!("nobody can know");
    };
    assert_eq!(steps[0].0, "start");
    assert!(world.service.jobs.is_empty());
}

/// However much of the journal is gone: what is there stays, and nothing is sent twice.
#[test]
fn a_journal_that_was_shortened() {
    let (document, mut world) = example();
    assert_eq!(world.submit(&document), Some(Ending::Complete));
    world.settle();
    world.now += 10_000;
    let whole = world.journal.clone();
    let sent = world.service.calls[&Operation::SubmitJob];
    for left in 0..whole.len() {
        world.journal = whole[..left].to_vec();
        assert_eq!(world.submit(&document), Some(Ending::Complete), "{left}");
        let state = RunState::of(&world.journal);
        for made in &world.service.jobs {
            assert!(!made.terminated, "{left}: {made:?}");
            let mut known = state.steps.values();
            assert!(known.any(|step| step.job_id.as_ref() == Some(&made.id)));
        }
        assert_eq!(world.service.calls[&Operation::SubmitJob], sent, "{left}");
    }
    // Some of it is there, and some is not.
    let gone = world.service.jobs.split_off(2);
    world.journal.clear();
    assert_eq!(world.submit(&document), Some(Ending::Complete));
    let mut figures = Figures::default();
    figures.add(&document, &world);
    assert_eq!((figures.duplicates, figures.lost), (0, 0));
    assert_eq!(world.service.jobs.len(), 2 + gone.len());
}
