//! How long a submission takes, in virtual time.

use super::document;
use super::service::Service;
use super::world::{ROUND_TRIP, World};
use crate::aws::pace::Pace;
use crate::aws::submit::machine::Ending;

/// Flows of some shape: name, layers, steps a layer; every step depends on one of the layer before.
const SHAPES: [(&str, usize, usize); 6] = [
    ("one", 1, 1),
    ("chain", 100, 1),
    ("wide", 1, 1_000),
    ("layers", 20, 50),
    ("few", 3, 8),
    ("deep", 300, 3),
];

/// How long it takes, in milliseconds, and how long it may.
fn measure(layers: usize, width: usize, limited: bool, known: bool) -> (u64, f64) {
    let names: Vec<String> = (0..layers * width).map(|at| format!("s{at}")).collect();
    let on: Vec<Vec<&str>> = (0..names.len())
        .map(|at| {
            at.checked_sub(width)
                .map(|on| names[on].as_str())
                .into_iter()
                .collect()
        })
        .collect();
    let steps: Vec<(&str, &str, &[&str])> = names
        .iter()
        .zip(&on)
        .map(|(name, on)| (name.as_str(), "q", on.as_slice()))
        .collect();
    let document = document(&steps);
    let mut world = World::new(Service::default());
    if known {
        for job in &document.jobs {
            let reply = world.service.register(&job.definition, 0);
            let arn = reply["jobDefinitionArn"].as_str().unwrap().to_owned();
            world.known.insert(job.definition_name().to_owned(), arn);
        }
    }
    let mut rate = f64::INFINITY;
    if limited {
        rate = Pace::of_aws().rate();
    } else {
        world.limits.pace = Pace::unlimited();
        world.limits.in_flight = usize::MAX;
    }
    let began = world.now;
    assert_eq!(world.submit(&document), Some(Ending::Complete));
    let trips = (layers + 3) as u64 * ROUND_TRIP;
    let bound = (trips as f64).max(world.sent as f64 / rate * 1e3);
    let took = world.now - began;
    if limited {
        return (took, bound);
    }
    // The list of a long run has pages, which can only come one after the other. The bound does not
    // know them; with the limit they are too few to matter.
    let pages = (world.service.jobs.len() as u64).div_ceil(100);
    (took - (pages - 1) * ROUND_TRIP, bound)
}

#[test]
fn no_slower_than_it_must_be() {
    for (name, layers, width) in SHAPES {
        for limited in [false, true] {
            for known in [false, true] {
                let (took, bound) = measure(layers, width, limited, known);
                let ratio = took as f64 / bound;
                #[allow(clippy::print_stdout)]
                {
                    println!(
                        "{name:8} limiter {limited:5} definitions known {known:5}: {took:6} ms, {ratio:.2} of \
                         the bound"
                    );
                }
                assert!(ratio <= 1.2, "{name} {limited} {known}: {took} of {bound}");
            }
        }
    }
}
