//! Consumable resources.

use serde_json::json;

use super::{Check, Checks, Made};

/// The field that lists them.
const FIELD: &str = "consumableResourceProperties";

pub(super) fn checks() -> Checks {
    vec![(
        "cr-mnp-scope",
        Check::Made(
            are_of_nodes,
            "definition/consumableResourceProperties",
            json!({ "consumableResourceList": [{ "consumableResource": "a", "quantity": 1 }] }),
        ),
    )]
}

/// A multi-node job has the same in each range, and none beside them.
fn are_of_nodes(made: &Made) -> bool {
    let Some(ranges) = made.definition["nodeProperties"]["nodeRangeProperties"].as_array() else {
        return true;
    };
    let first = ranges[0].get(FIELD);
    made.definition.get(FIELD).is_none() && ranges.iter().all(|range| range.get(FIELD) == first)
}
