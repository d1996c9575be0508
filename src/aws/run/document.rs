//! What a run submits, read back from the document that was built.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde_json::{Map, Value, json};

use super::{RUN_VARIABLE, RunId, TAGS};
use crate::batch::names;

/// The jobs and job definitions of a flow, in topological order.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// The flow's name.
    pub flow: String,
    /// Its jobs, each after those it depends on.
    pub jobs: Vec<Job>,
}

/// A job of a document.
#[derive(Clone, PartialEq, Debug)]
pub struct Job {
    /// Its step.
    pub step: String,
    /// The RegisterJobDefinition request.
    pub definition: Value,
    /// The SubmitJob request, without what only a submission knows.
    pub request: Map<String, Value>,
    /// What it depends on.
    pub depends_on: Vec<Dependency>,
}

/// A job that another depends on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dependency {
    /// Its place among the jobs of the document.
    pub job: usize,
    /// `N_TO_N`, or nothing.
    pub kind: Option<String>,
}

/// A document that is not what a build writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentError(String);

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DocumentError {}

impl Document {
    /// Reads what [`Artifacts::document`](crate::Artifacts::document) writes.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let root: Value =
            serde_json::from_str(text).map_err(|error| DocumentError(error.to_string()))?;
        let flow = text_of(&root, "flow")?.to_owned();
        let mut jobs: Vec<Job> = Vec::new();
        let mut places = HashMap::new();
        for job in root["jobs"].as_array().map_or(&[][..], Vec::as_slice) {
            let step = text_of(job, "step")?;
            let wrong = |what: &str| DocumentError(format!("the job of step `{step}` {what}"));
            let definition = root["jobDefinitions"].get(step);
            let definition = definition
                .ok_or_else(|| wrong("has no definition"))?
                .clone();
            text_of(&definition, "jobDefinitionName")?;
            let request = job["request"].as_object();
            let request = request.ok_or_else(|| wrong("has no request"))?.clone();
            text_of(&job["request"], "jobQueue")?;
            let mut depends_on = Vec::new();
            for dependency in job["dependsOn"].as_array().map_or(&[][..], Vec::as_slice) {
                let place = places.get(text_of(dependency, "step")?);
                depends_on.push(Dependency {
                    job: *place.ok_or_else(|| wrong("depends on one that is not before it"))?,
                    kind: dependency["type"].as_str().map(str::to_owned),
                });
            }
            if places.insert(step.to_owned(), jobs.len()).is_some() {
                return Err(wrong("is there twice"));
            }
            jobs.push(Job {
                step: step.to_owned(),
                definition,
                request,
                depends_on,
            });
        }
        Ok(Self { flow, jobs })
    }

    /// The queues, each once, in the order of their first use.
    #[must_use]
    pub fn queues(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let queues = self.jobs.iter().map(Job::queue);
        queues
            .filter(|queue| seen.insert(*queue))
            .map(str::to_owned)
            .collect()
    }
}

impl Job {
    /// The name of its definition.
    #[must_use]
    pub fn definition_name(&self) -> &str {
        self.definition["jobDefinitionName"]
            .as_str()
            .unwrap_or_default()
    }

    /// Its queue, by name or ARN.
    #[must_use]
    pub fn queue(&self) -> &str {
        let queue = self.request.get("jobQueue").and_then(Value::as_str);
        queue.unwrap_or_default()
    }

    /// Its name in a run.
    #[must_use]
    pub fn name(&self, prefix: &str, flow: &str, run: &RunId) -> String {
        names::job(prefix, flow, run.as_str(), &self.step)
    }

    /// The whole SubmitJob request. `depends_on` holds the job ids in the order of
    /// [`Job::depends_on`].
    #[must_use]
    pub fn submission(
        &self,
        prefix: &str,
        flow: &str,
        run: &RunId,
        definition: &str,
        depends_on: &[&str],
    ) -> Value {
        let mut request = self.request.clone();
        request.insert("jobName".into(), self.name(prefix, flow, run).into());
        request.insert("jobDefinition".into(), definition.into());
        if !depends_on.is_empty() {
            let entries = self.depends_on.iter().zip(depends_on);
            let entries = entries.map(|(dependency, id)| {
                let mut entry = json!({ "jobId": id });
                if let Some(kind) = &dependency.kind {
                    entry["type"] = kind.as_str().into();
                }
                entry
            });
            request.insert("dependsOn".into(), entries.collect());
        }
        let tags = request.entry("tags").or_insert_with(|| json!({}));
        for (key, value) in TAGS.iter().zip([flow, &self.step, run.as_str()]) {
            tags[*key] = tag_value(value).into();
        }
        self.set_environment(&mut request, run);
        Value::Object(request)
    }

    fn set_environment(&self, request: &mut Map<String, Value>, run: &RunId) {
        let variable = json!({ "name": RUN_VARIABLE, "value": run.as_str() });
        let Some(ranges) = self.definition["nodeProperties"]["nodeRangeProperties"].as_array()
        else {
            let overrides = request
                .entry("containerOverrides")
                .or_insert_with(|| json!({}));
            push(overrides, variable);
            return;
        };
        let overrides = request.entry("nodeOverrides").or_insert_with(|| json!({}));
        let list = &mut overrides["nodePropertyOverrides"];
        let mut of_range: BTreeMap<String, Value> = BTreeMap::new();
        for entry in list
            .as_array_mut()
            .map(std::mem::take)
            .into_iter()
            .flatten()
        {
            let nodes = entry["targetNodes"].as_str().unwrap_or_default();
            of_range.insert(nodes.to_owned(), entry);
        }
        *list = ranges
            .iter()
            .map(|range| {
                let nodes = range["targetNodes"].as_str().unwrap_or_default();
                let entry = of_range.remove(nodes);
                let mut entry = entry.unwrap_or_else(|| json!({ "targetNodes": nodes }));
                push(&mut entry["containerOverrides"], variable.clone());
                entry
            })
            .collect();
    }
}

/// Adds a variable to an override's environment.
fn push(overrides: &mut Value, variable: Value) {
    let environment = &mut overrides["environment"];
    match environment.as_array_mut() {
        Some(list) => list.push(variable),
        None => *environment = json!([variable]),
    }
}

/// A tag's value has at most 256 characters. Those of names and ids are all allowed.
fn tag_value(text: &str) -> String {
    text.chars().take(256).collect()
}

fn text_of<'v>(value: &'v Value, key: &str) -> Result<&'v str, DocumentError> {
    value[key]
        .as_str()
        .ok_or_else(|| DocumentError(format!("a `{key}` is missing")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> String {
        json!({
            "flow": "F",
            "jobDefinitions": {
                "a": { "jobDefinitionName": "p-F-a", "type": "container" },
                "n": { "jobDefinitionName": "p-F-n", "type": "multinode", "nodeProperties": {
                    "nodeRangeProperties": [{ "targetNodes": "0:0" }, { "targetNodes": "1:3" }] } },
            },
            "jobs": [
                { "step": "a", "request": { "jobName": "p-F-a", "jobQueue": "q",
                    "arrayProperties": { "size": 3 },
                    "containerOverrides": { "environment": [{ "name": "x", "value": "1" }] } } },
                { "step": "n", "dependsOn": [{ "step": "a", "type": "N_TO_N" }],
                  "request": { "jobName": "p-F-n", "jobQueue": "q", "tags": { "team": "ml" } } },
            ],
        })
        .to_string()
    }

    #[test]
    fn submissions_say_which_run_it_is() {
        let document = Document::parse(&document()).unwrap();
        assert_eq!(document.queues(), ["q"]);
        let run = RunId::parse("7").unwrap();
        let requests: Vec<Value> = document
            .jobs
            .iter()
            .map(|job| {
                job.submission(
                    "p-",
                    "F",
                    &run,
                    "arn:1",
                    if job.step == "n" { &["id-a"] } else { &[] },
                )
            })
            .collect();
        assert_eq!(
            Value::from(requests),
            json!([
                {
                    "jobName": "p-F-7-a",
                    "jobQueue": "q",
                    "arrayProperties": { "size": 3 },
                    "containerOverrides": { "environment": [
                        { "name": "x", "value": "1" },
                        { "name": "FLOWBATCH_RUN_ID", "value": "7" },
                    ] },
                    "jobDefinition": "arn:1",
                    "tags": { "flowbatch:flow": "F", "flowbatch:step": "a", "flowbatch:run": "7" },
                },
                {
                    "jobName": "p-F-7-n",
                    "jobQueue": "q",
                    "tags": {
                        "team": "ml",
                        "flowbatch:flow": "F",
                        "flowbatch:step": "n",
                        "flowbatch:run": "7",
                    },
                    "jobDefinition": "arn:1",
                    "dependsOn": [{ "jobId": "id-a", "type": "N_TO_N" }],
                    "nodeOverrides": { "nodePropertyOverrides": [
                        { "targetNodes": "0:0", "containerOverrides": { "environment": [
                            { "name": "FLOWBATCH_RUN_ID", "value": "7" },
                        ] } },
                        { "targetNodes": "1:3", "containerOverrides": { "environment": [
                            { "name": "FLOWBATCH_RUN_ID", "value": "7" },
                        ] } },
                    ] },
                },
            ])
        );
    }

    #[test]
    fn what_is_no_document() {
        for (old, new, told) in [
            ("\"flow\":\"F\"", "\"flow\":1", "a `flow` is missing"),
            (
                "\"p-F-a\",\"type\"",
                "1,\"type\"",
                "a `jobDefinitionName` is missing",
            ),
            (
                "\"jobQueue\":\"q\"",
                "\"jobQueue\":1",
                "a `jobQueue` is missing",
            ),
            (
                "[{\"step\":\"a\"",
                "[{\"step\":\"z\"",
                "the job of step `n` depends on one that is not before it",
            ),
            (
                "\"step\":\"n\"",
                "\"step\":\"a\"",
                "the job of step `a` is there twice",
            ),
            (
                "\"n\":{\"jobDef",
                "\"m\":{\"jobDef",
                "the job of step `n` has no definition",
            ),
        ] {
            let text = document();
            let text = if old == "[{\"step\":\"a\"" {
                text.replace(
                    "\"dependsOn\":[{\"step\":\"a\"",
                    "\"dependsOn\":[{\"step\":\"z\"",
                )
            } else {
                text.replacen(old, new, 1)
            };
            assert_eq!(Document::parse(&text).unwrap_err().to_string(), told);
        }
    }
}
