//! Requests and replies of a submission.

use serde_json::{Value, json};

use crate::aws::api::{Call, Operation};
use crate::aws::ask;

/// Revisions, by ARN, up to 100.
pub(super) fn known<'a>(arns: impl IntoIterator<Item = &'a str>) -> Call {
    let names: Vec<&str> = arns.into_iter().map(short).collect();
    Call::new(
        Operation::DescribeJobDefinitions,
        json!({ "jobDefinitions": names }),
    )
}

/// `name:revision` of an ARN.
pub(super) fn short(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, short)| short)
}

/// The ARN of the latest revision in a reply that is active and passes.
pub(super) fn active(reply: &Value, passes: impl Fn(&Value) -> bool) -> Option<String> {
    let items = reply["jobDefinitions"].as_array()?.iter();
    let latest = items
        .filter(|item| ask::is_active(item) && item["jobDefinitionArn"].is_string() && passes(item))
        .max_by_key(|item| item["revision"].as_i64());
    latest?["jobDefinitionArn"].as_str().map(str::to_owned)
}

/// A job in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created: i64,
    /// Whether it has succeeded or failed.
    pub(super) ended: bool,
}

/// The jobs of a reply of ListJobs: no children of arrays, no nodes.
pub(super) fn listed(reply: &Value) -> Vec<Listed> {
    let items = reply["jobSummaryList"].as_array();
    let items = items.map_or(&[][..], Vec::as_slice).iter();
    items
        .filter_map(|item| {
            let id = item["jobId"].as_str()?;
            ask::is_whole_job(id).then(|| Listed {
                id: id.to_owned(),
                name: item["jobName"].as_str().unwrap_or_default().to_owned(),
                created: item["createdAt"].as_i64().unwrap_or(i64::MAX),
                ended: matches!(item["status"].as_str(), Some("SUCCEEDED" | "FAILED")),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read() {
        let item = |revision: i64, status: &str| json!({ "jobDefinitionArn": format!("arn:{revision}"), "revision": revision, "status": status });
        let reply = json!({ "jobDefinitions": [item(9, "ACTIVE"), item(10, "ACTIVE"), item(11, "INACTIVE")] });
        assert_eq!(active(&reply, |_| true).as_deref(), Some("arn:10"));
        assert_eq!(
            active(&reply, |item| item["revision"] != 10).as_deref(),
            Some("arn:9")
        );
        assert_eq!(active(&json!({}), |_| true), None);
        let reply = json!({ "jobSummaryList": [
            { "jobId": "a", "jobName": "n", "createdAt": 5, "status": "FAILED" },
            { "jobId": "a:0", "jobName": "n" }, { "jobId": "a#0" }, {} ] });
        let only = Listed {
            id: "a".into(),
            name: "n".into(),
            created: 5,
            ended: true,
        };
        assert_eq!(listed(&reply), [only]);
        assert_eq!(
            known(["arn:aws:batch:r:1:job-definition/a:3"]).body,
            json!({ "jobDefinitions": ["a:3"] })
        );
    }
}
