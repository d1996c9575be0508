//! A part of a flow: a step and all that follows from it.

use std::collections::HashSet;

use serde_json::Value;

use crate::suggest;

/// The document with `step`, and what depends on it, alone: what else a job depends on counts as
/// done.
///
/// # Errors
/// When the flow has no job of that name, in words.
pub fn from(document: &str, step: &str) -> Result<String, String> {
    let mut root: Value = serde_json::from_str(document).map_err(|error| error.to_string())?;
    let jobs = root["jobs"].as_array_mut().map(std::mem::take);
    let mut jobs = jobs.unwrap_or_default();
    let name = |job: &Value| job["step"].as_str().unwrap_or_default().to_owned();
    if !jobs.iter().any(|job| name(job) == step) {
        let names: Vec<String> = jobs.iter().map(name).collect();
        let meant = suggest::closest(step, names.iter().map(String::as_str));
        return Err(match meant {
            Some(meant) => format!("no job runs a step `{step}`; did you mean `{meant}`?"),
            None => format!(
                "no job runs a step `{step}`; there are {}",
                names.join(", ")
            ),
        });
    }
    let mut kept = HashSet::from([step.to_owned()]);
    // They stand in topological order.
    jobs.retain_mut(|job| {
        let name = name(job);
        let on = job["dependsOn"].as_array_mut().map(std::mem::take);
        let mut on = on.unwrap_or_default();
        on.retain(|on| kept.contains(on["step"].as_str().unwrap_or_default()));
        let keep = name == step || !on.is_empty();
        if let Some(job) = job.as_object_mut() {
            if on.is_empty() {
                job.shift_remove("dependsOn");
            } else {
                job.insert("dependsOn".into(), on.into());
            }
        }
        if keep {
            kept.insert(name);
        }
        keep
    });
    root["jobs"] = jobs.into();
    if let Some(definitions) = root["jobDefinitions"].as_object_mut() {
        definitions.retain(|step, _| kept.contains(step));
    }
    serde_json::to_string_pretty(&root)
        .map(|text| text + "\n")
        .map_err(|error| error.to_string())
}

/// The params that have no value.
#[must_use]
pub fn without_value(document: &str) -> Vec<String> {
    let root: Value = serde_json::from_str(document).unwrap_or_default();
    let params = root["params"].as_array().map_or(&[][..], Vec::as_slice);
    let without = params.iter().filter(|param| param.get("value").is_none());
    let names = without.filter_map(|param| param["name"].as_str());
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::run::Document;

    fn document() -> String {
        let job = |step: &str, on: &[&str]| {
            let on: Vec<Value> = on.iter().map(|on| json!({ "step": on })).collect();
            json!({ "step": step, "dependsOn": on, "request": { "jobQueue": "q" } })
        };
        let definition = |step: &str| json!({ "jobDefinitionName": step });
        json!({
            "flow": "F",
            "params": [{ "name": "a", "value": 1 }, { "name": "date", "type": "string" }],
            "jobDefinitions": {
                "start": definition("start"), "left": definition("left"),
                "right": definition("right"), "join": definition("join"),
            },
            "jobs": [
                job("start", &[]), job("left", &["start"]), job("right", &["start"]),
                job("join", &["left", "right"]),
            ],
        })
        .to_string()
    }

    #[test]
    fn a_step_and_what_follows() {
        for (step, steps) in [
            ("start", vec!["start", "left", "right", "join"]),
            ("left", vec!["left", "join"]),
            ("join", vec!["join"]),
        ] {
            let text = from(&document(), step).unwrap();
            let part = Document::parse(&text).unwrap();
            let found: Vec<&str> = part.jobs.iter().map(|job| job.step.as_str()).collect();
            assert_eq!(found, steps);
            let expected = usize::from(step == "left");
            if step != "start" {
                assert_eq!(part.jobs.last().unwrap().depends_on.len(), expected);
                assert!(!text.contains("start"), "{text}");
            }
        }
    }

    #[test]
    fn a_step_that_is_not_there() {
        let error = from(&document(), "jion").unwrap_err();
        assert_eq!(error, "no job runs a step `jion`; did you mean `join`?");
        let error = from(&document(), "x").unwrap_err();
        assert_eq!(
            error,
            "no job runs a step `x`; there are start, left, right, join"
        );
    }

    #[test]
    fn params_without_a_value() {
        assert_eq!(without_value(&document()), ["date"]);
    }
}
