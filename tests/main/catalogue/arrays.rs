//! Array jobs and dependencies.

use serde_json::{Value, json};

use super::super::input::Input;
use super::{Check, Checks, Made};

pub(super) fn checks() -> Checks {
    vec![
        (
            "array-size",
            Check::Made(
                |made| {
                    let size = made.submission.pointer("/arrayProperties/size");
                    size.is_none_or(|size| {
                        size.as_u64()
                            .is_some_and(|size| (2..=10_000).contains(&size))
                    })
                },
                "submission/arrayProperties/size",
                json!(1),
            ),
        ),
        (
            "array-empty-struct",
            Check::Made(
                |made| {
                    let properties = made.submission.get("arrayProperties");
                    properties.is_none_or(|properties| properties.get("size").is_some())
                },
                "submission/arrayProperties",
                json!({}),
            ),
        ),
        ("array-no-size-env", Check::Test(one_item)),
        (
            "depends-jobid-not-name",
            Check::Made(
                |made| {
                    dependencies(made)
                        .all(|on| on.get("jobId").is_none() && job(made, on).is_some())
                },
                "job/dependsOn/0/step",
                json!("F-start"),
            ),
        ),
        (
            "depends-type-enum",
            Check::Made(
                |made| {
                    let is_known =
                        |kind: &Value| ["N_TO_N", "SEQUENTIAL"].iter().any(|known| kind == *known);
                    dependencies(made).all(|on| on.get("type").is_none_or(is_known))
                },
                "job/dependsOn/0/type",
                json!("ALL"),
            ),
        ),
        (
            "depends-sequential",
            Check::Made(
                |made| dependencies(made).all(|on| on["type"] != "SEQUENTIAL"),
                "job/dependsOn/0/type",
                json!("SEQUENTIAL"),
            ),
        ),
        (
            "depends-n-to-n",
            Check::Made(
                |made| {
                    child_by_child(made).all(|on| size(&made.job) == job(made, on).and_then(size))
                },
                "job/request/arrayProperties/size",
                json!(9999),
            ),
        ),
        (
            "depends-n-to-n-array-both",
            Check::Made(
                |made| {
                    let is_array = |job: &Value| size(job).is_some_and(|size| size >= 2);
                    child_by_child(made)
                        .all(|on| is_array(&made.job) && job(made, on).is_some_and(is_array))
                },
                "job/request/arrayProperties",
                json!(null),
            ),
        ),
        ("depends-untyped-on-array", Check::Test(whole_arrays)),
        (
            "depends-entry-nonempty",
            Check::Made(
                |made| {
                    dependencies(made)
                        .all(|on| on["step"].as_str().is_some_and(|step| !step.is_empty()))
                },
                "job/dependsOn/0/step",
                json!(null),
            ),
        ),
        (
            "depends-acyclic",
            Check::Made(
                |made| {
                    let place =
                        |step: &Value| jobs(made).iter().position(|job| job["step"] == *step);
                    dependencies(made).all(|on| {
                        place(&on["step"]).is_some_and(|on| Some(on) < place(&made.job["step"]))
                    })
                },
                "job/dependsOn/0/step",
                json!("d"),
            ),
        ),
    ]
}

/// All jobs of the flow.
fn jobs(made: &Made) -> &[Value] {
    made.document["jobs"].as_array().map_or(&[], Vec::as_slice)
}

/// What a step waits for.
fn dependencies(made: &Made) -> impl Iterator<Item = &Value> {
    made.job["dependsOn"].as_array().into_iter().flatten()
}

/// Where it waits child for child.
fn child_by_child(made: &Made) -> impl Iterator<Item = &Value> {
    dependencies(made).filter(|on| on["type"] == "N_TO_N")
}

/// The job that a dependency names.
fn job<'m>(made: &'m Made, on: &Value) -> Option<&'m Value> {
    jobs(made).iter().find(|job| job["step"] == on["step"])
}

/// The size of an array.
fn size(job: &Value) -> Option<u64> {
    job.pointer("/request/arrayProperties/size")?.as_u64()
}

fn one_item() {
    let body = "step s { run \"true\" next t foreach i in [\"x\"] } step t { run \"true\" }";
    let made = Input::body(body).compile().clean();
    let script = &made.definition("t")["containerProperties"]["command"][2];
    let first = script.as_str().and_then(|script| script.lines().next());
    assert_eq!(first, Some("export FLOWBATCH_INDEX=0 FLOWBATCH_SIZE=1"));
}

fn whole_arrays() {
    let body = "step s { run \"true\" next t foreach i in 0..3 } step t { run \"true\" next u } \
                gather u { run \"true\" }";
    let made = Input::body(body).compile().clean();
    assert_eq!(made.job("u")["dependsOn"], json!([{ "step": "t" }]));
}
