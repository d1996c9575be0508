//! Multi-node jobs.

use serde_json::{Value, json};

use super::super::input::Input;
use super::{Check, Checks, Made, containers};

pub(super) fn checks() -> Checks {
    vec![
        (
            "mnp-required",
            Check::Made(
                |made| {
                    nodes(made).is_none_or(|nodes| {
                        let numbers = [&nodes["numNodes"], &nodes["mainNode"]];
                        numbers.into_iter().all(Value::is_u64)
                            && !ranges(nodes).is_empty()
                            && ranges(nodes)
                                .iter()
                                .all(|range| range["targetNodes"].is_string())
                    })
                },
                "definition/nodeProperties/mainNode",
                json!(null),
            ),
        ),
        (
            "mnp-mainnode",
            Check::Made(
                |made| {
                    nodes(made)
                        .is_none_or(|nodes| nodes["mainNode"].as_u64() < nodes["numNodes"].as_u64())
                },
                "definition/nodeProperties/mainNode",
                json!(1000),
            ),
        ),
        (
            "mnp-ranges-max",
            Check::Made(
                |made| nodes(made).is_none_or(|nodes| ranges(nodes).len() <= 5),
                "definition/nodeProperties/nodeRangeProperties",
                json!([{}, {}, {}, {}, {}, {}]),
            ),
        ),
        (
            "mnp-target-format",
            Check::Made(
                |made| {
                    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
                    nodes(made).is_none_or(|nodes| {
                        ranges(nodes).iter().all(|range| {
                            let target = range["targetNodes"].as_str().unwrap_or_default();
                            let (from, to) = target.split_once(':').unwrap_or((target, target));
                            !(from.is_empty() && to.is_empty()) && is_number(from) && is_number(to)
                        })
                    })
                },
                "definition/nodeProperties/nodeRangeProperties/0/targetNodes",
                json!("0:n"),
            ),
        ),
        (
            "mnp-target-in-range",
            Check::Made(
                |made| {
                    nodes(made).is_none_or(|nodes| {
                        let is_node = |number| Some(number) < nodes["numNodes"].as_u64();
                        targets(nodes)
                            .into_iter()
                            .all(|(from, to)| is_node(from) && is_node(to))
                    })
                },
                "definition/nodeProperties/nodeRangeProperties/0/targetNodes",
                json!("0:1000"),
            ),
        ),
        (
            "mnp-coverage",
            Check::Made(
                |made| {
                    nodes(made).is_none_or(|nodes| {
                        let within = |node| {
                            targets(nodes)
                                .iter()
                                .any(|(from, to)| (*from..=*to).contains(&node))
                        };
                        (0..nodes["numNodes"].as_u64().unwrap_or(1)).all(within)
                    })
                },
                "definition/nodeProperties/nodeRangeProperties/0/targetNodes",
                json!("1:1"),
            ),
        ),
        (
            "mnp-range-payload",
            Check::Made(
                |made| {
                    let kinds = ["container", "ecsProperties", "eksProperties"];
                    nodes(made).is_none_or(|nodes| {
                        ranges(nodes).iter().all(|range| {
                            kinds
                                .iter()
                                .filter(|kind| range.get(**kind).is_some())
                                .count()
                                == 1
                        })
                    })
                },
                "definition/nodeProperties/nodeRangeProperties/0/ecsProperties",
                json!({}),
            ),
        ),
        (
            "mnp-range-partial-overlap",
            Check::Made(
                |made| {
                    nodes(made).is_none_or(|nodes| {
                        let targets = targets(nodes);
                        targets.windows(2).all(|pair| pair[0].1 < pair[1].0)
                    })
                },
                "definition/nodeProperties/nodeRangeProperties/0/targetNodes",
                json!("0:1"),
            ),
        ),
        (
            "mnp-instancetypes",
            Check::Made(
                |made| {
                    let is_typed = |range: &Value| range.get("instanceTypes").is_some();
                    nodes(made).is_none_or(|nodes| !ranges(nodes).iter().any(is_typed))
                },
                "definition/nodeProperties/nodeRangeProperties/0/instanceTypes",
                json!(["p4d.24xlarge"]),
            ),
        ),
        (
            "mnp-same-instancetype",
            Check::Made(
                |made| {
                    let containers = containers(made);
                    let mut types = containers
                        .iter()
                        .map(|container| container.get("instanceType"));
                    let first = types.next();
                    types.all(|other| Some(other) == first)
                },
                "definition/nodeProperties/nodeRangeProperties/0/container/instanceType",
                json!("c7g.large"),
            ),
        ),
        (
            "mnp-overrides-kind",
            Check::Made(
                |made| {
                    let other =
                        ["nodeOverrides", "containerOverrides"][usize::from(nodes(made).is_some())];
                    made.submission.get(other).is_none() && made.job["request"].get(other).is_none()
                },
                "submission/containerOverrides",
                json!({}),
            ),
        ),
        (
            "mnp-override-targets-match",
            Check::Made(
                |made| {
                    let overrides =
                        made.submission["nodeOverrides"]["nodePropertyOverrides"].as_array();
                    let target = |range: &Value| range["targetNodes"].clone();
                    overrides.is_none_or(|overrides| {
                        nodes(made).is_some_and(|nodes| {
                            overrides
                                .iter()
                                .map(target)
                                .eq(ranges(nodes).iter().map(target))
                        })
                    })
                },
                "submission/nodeOverrides/nodePropertyOverrides/0/targetNodes",
                json!("0:1"),
            ),
        ),
        (
            "mnp-override-numnodes",
            Check::Made(
                |made| made.submission["nodeOverrides"].get("numNodes").is_none(),
                "submission/nodeOverrides/numNodes",
                json!(2),
            ),
        ),
        ("mnp-num1", Check::Test(one_node)),
    ]
}

/// The `nodeProperties` of a multi-node job.
fn nodes(made: &Made) -> Option<&Value> {
    made.definition.get("nodeProperties")
}

/// Its ranges.
fn ranges(nodes: &Value) -> &[Value] {
    nodes["nodeRangeProperties"]
        .as_array()
        .map_or(&[], Vec::as_slice)
}

/// The first and the last node of each range.
fn targets(nodes: &Value) -> Vec<(u64, u64)> {
    let of = |range: &Value| {
        let (from, to) = range["targetNodes"].as_str()?.split_once(':')?;
        Some((from.parse().ok()?, to.parse().ok()?))
    };
    ranges(nodes).iter().filter_map(of).collect()
}

fn one_node() {
    let made = Input::body("@parallel(nodes=1) step s { run \"true\" }")
        .compile()
        .clean();
    let nodes = &made.definition("s")["nodeProperties"];
    assert_eq!(nodes["numNodes"], 1);
    assert_eq!(targets(nodes), [(0, 0)]);
}
