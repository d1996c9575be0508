//! Everything that is emitted for the fixtures and for generated flows, as requests to AWS Batch.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use flowbatch::Artifacts;
use serde_json::{Value, json};

use super::emitted::{fixtures, generated};

/// What one step became.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// The flow that it is in, and its name.
    pub(crate) from: String,
    /// The input of RegisterJobDefinition.
    pub(crate) definition: Value,
    /// The input of SubmitJob.
    pub(crate) submission: Value,
    /// The job in the plan.
    pub(crate) job: Value,
    /// All that was built of the flow.
    pub(crate) document: Arc<Value>,
}

/// What the fixtures and the generated flows become.
pub(crate) fn everything() -> &'static [Made] {
    static EVERYTHING: LazyLock<Vec<Made>> = LazyLock::new(|| {
        let fixtures = fixtures();
        assert!(fixtures.len() > 20, "{}", fixtures.len());
        let flows = fixtures
            .iter()
            .chain(&generated(200))
            .cloned()
            .collect::<Vec<_>>();
        flows
            .iter()
            .flat_map(|(from, artifacts)| made(from, artifacts))
            .collect()
    });
    &EVERYTHING
}

/// What the steps of a flow become, in the order of the plan.
pub(crate) fn made(from: &str, artifacts: &Artifacts) -> Vec<Made> {
    let document: Value = serde_json::from_str(&artifacts.document()).expect("JSON");
    let document = Arc::new(document);
    let mut ids = BTreeMap::new();
    let mut all = Vec::new();
    for (number, job) in document["jobs"]
        .as_array()
        .expect("jobs")
        .iter()
        .enumerate()
    {
        let step = job["step"].as_str().expect("a name");
        let definition = &document["jobDefinitions"][step];
        all.push(Made {
            from: format!("{from}: {step}"),
            definition: definition.clone(),
            submission: submission(&artifacts.flow, definition, job, &ids),
            job: job.clone(),
            document: Arc::clone(&document),
        });
        ids.insert(step, format!("876da822-4198-45f2-a252-{number:012}"));
    }
    all
}

/// A job's request with what a submission adds.
fn submission(flow: &str, definition: &Value, job: &Value, ids: &BTreeMap<&str, String>) -> Value {
    let mut input = job["request"].clone();
    let name = job["jobDefinition"].as_str().expect("a name");
    let arn = "arn:aws:batch:us-east-1:123456789012:job-definition";
    input["jobDefinition"] = json!(format!("{arn}/{name}:7"));
    for on in job["dependsOn"].as_array().into_iter().flatten() {
        let mut dependency = json!({ "jobId": ids[on["step"].as_str().expect("a name")] });
        if let Some(kind) = on.get("type") {
            dependency["type"] = kind.clone();
        }
        let dependencies = &mut input["dependsOn"];
        match dependencies.as_array_mut() {
            Some(list) => list.push(dependency),
            None => *dependencies = json!([dependency]),
        }
    }
    input["tags"]["flowbatch:flow"] = json!(flow);
    input["tags"]["flowbatch:step"] = job["step"].clone();
    input["tags"]["flowbatch:run"] = json!("k3v9q2");
    let run = json!({ "name": "FLOWBATCH_RUN_ID", "value": "k3v9q2" });
    let add = |overrides: &mut Value| match overrides["environment"].as_array_mut() {
        Some(list) => list.push(run.clone()),
        None => overrides["environment"] = json!([run.clone()]),
    };
    match definition["nodeProperties"]["nodeRangeProperties"].as_array() {
        Some(ranges) => {
            let groups = &mut input["nodeOverrides"]["nodePropertyOverrides"];
            if groups.is_null() {
                let group = |range: &Value| json!({ "targetNodes": range["targetNodes"] });
                *groups = ranges.iter().map(group).collect();
            }
            for group in groups.as_array_mut().expect("a list") {
                add(&mut group["containerOverrides"]);
            }
        }
        None => add(&mut input["containerOverrides"]),
    }
    input
}
