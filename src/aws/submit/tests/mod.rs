//! Submissions in virtual time, with everything that can go wrong.

mod faults;
mod plain;
mod service;
mod speed;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use service::Service;
use world::{PREFIX, World, run, same};

use crate::aws::run::{Document, RunState};

/// A document of steps, each with its queue and the steps it depends on.
fn document(steps: &[(&str, &str, &[&str])]) -> Document {
    let mut definitions = json!({});
    let mut jobs = Vec::new();
    for (step, queue, depends_on) in steps {
        definitions[step] = definition(step, "image:1");
        let on: Vec<Value> = depends_on.iter().map(|on| json!({ "step": on })).collect();
        let mut request = json!({ "jobName": format!("p-F-{step}"), "jobQueue": queue });
        if step.starts_with("each") {
            request["arrayProperties"] = json!({ "size": 3 });
        }
        jobs.push(json!({ "step": step, "dependsOn": on, "request": request }));
    }
    let document = json!({ "flow": "F", "jobDefinitions": definitions, "jobs": jobs });
    Document::parse(&document.to_string()).unwrap()
}

fn definition(step: &str, image: &str) -> Value {
    let name = format!("{PREFIX}F-{step}");
    json!({ "jobDefinitionName": name, "type": "container", "containerProperties": { "image": image } })
}

/// A flow with everything: branches, a join, an array, two queues; of the definitions, one is
/// known, one is known but not as it was, one is found by its name on the second page, and the
/// others are new.
fn example() -> (Document, World) {
    let document = document(&[
        ("start", "q", &[]),
        ("each", "q", &["start"]),
        ("left", "gpu", &["start"]),
        ("join", "q", &["each", "left"]),
        ("alone", "gpu", &[]),
        ("last", "q", &["join"]),
    ]);
    let mut service = Service {
        unseen: 2_000,
        page: 3,
        ..Service::default()
    };
    let mut known = BTreeMap::new();
    for (step, images) in [
        ("start", vec!["image:1"]),
        ("each", vec!["image:0"]),
        ("left", vec!["a", "b", "c", "image:1", "d"]),
    ] {
        for image in images {
            let reply = service.register(&definition(step, image), 0);
            if step != "left" {
                let text = |key: &str| reply[key].as_str().unwrap().to_owned();
                known.insert(text("jobDefinitionName"), text("jobDefinitionArn"));
            }
        }
    }
    let mut world = World::new(service);
    world.known = known;
    (document, world)
}

/// What the service holds in the end, against what the run should be.
#[derive(Debug, Default)]
struct Figures {
    runs: usize,
    /// Jobs that were made beyond one a step.
    duplicates: usize,
    /// Of these, what was not terminated.
    left: usize,
    /// Steps without a live job.
    lost: usize,
    /// Definitions that were registered though there was an equal one.
    revisions: usize,
    /// Runs that stopped and said so, before they were resumed.
    stopped: usize,
}

impl Figures {
    /// Looks at a run that is complete.
    fn add(&mut self, document: &Document, world: &World) {
        self.runs += 1;
        let state = RunState::of(&world.journal);
        assert!(state.complete);
        let run = run();
        let mut names = BTreeSet::new();
        for job in &document.jobs {
            let name = job.name(PREFIX, "F", &run);
            let made = world.service.jobs.iter().filter(|made| made.name == name);
            let made: Vec<_> = made.collect();
            let live: Vec<_> = made.iter().filter(|made| !made.terminated).collect();
            self.duplicates += made.len().saturating_sub(1);
            self.left += live.len().saturating_sub(1);
            self.lost += usize::from(live.is_empty());
            let known = &state.steps[&job.step];
            for made in live {
                assert_eq!(
                    Some(&made.id),
                    known.job_id.as_ref(),
                    "the journal names it"
                );
                let on = made.request["dependsOn"].as_array();
                let on: Vec<_> = on.into_iter().flatten().map(|on| &on["jobId"]).collect();
                let expected = job.depends_on.iter();
                let expected = expected.map(|on| &document.jobs[on.job].step);
                let expected = expected.map(|step| state.steps[step].job_id.clone().unwrap());
                assert_eq!(
                    on,
                    expected
                        .map(Value::from)
                        .collect::<Vec<_>>()
                        .iter()
                        .collect::<Vec<_>>()
                );
                let arn = &made.request["jobDefinition"];
                let definitions = world.service.definitions.iter();
                let mut definitions = definitions.filter(|(it, _)| it["jobDefinitionArn"] == *arn);
                assert!(same(&job.definition, &definitions.next().unwrap().0));
            }
            let equal = world.service.definitions.iter();
            let equal = equal.filter(|(it, _)| same(&job.definition, it)).count();
            self.revisions += equal - 1;
            names.insert(name);
        }
        let made = world.service.jobs.iter();
        let strange = made.filter(|made| !made.terminated && !names.contains(&made.name));
        self.left += strange.count();
    }

    fn print(&self, what: &str) {
        #[allow(clippy::print_stdout)]
        {
            println!(
                "{what}: {} runs, {} stopped and were resumed; {} second jobs were made, {} of them \
                 left, {} jobs lost; {} second revisions",
                self.runs, self.stopped, self.duplicates, self.left, self.lost, self.revisions
            );
        }
    }
}
