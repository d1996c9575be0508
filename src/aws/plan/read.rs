//! What is asked of the account, in as few calls as it takes.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::account;
use crate::aws::api::{Api, Call, Fault, Operation};
use crate::queue::Queues;

/// How many names one call takes.
const AT_ONCE: usize = 100;

/// An operation that went wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failed {
    /// Which.
    pub operation: Operation,
    /// How.
    pub fault: Fault,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation.name(), self.fault)
    }
}

impl std::error::Error for Failed {}

/// What [`revisions`] and [`queues`] tell, at once.
///
/// # Errors
/// When AWS refuses or fails.
pub async fn both<A: Api>(
    api: &Arc<A>,
    names: &[String],
    wanted: &[String],
    region: &str,
) -> Result<(Vec<Vec<Value>>, Queues), Failed> {
    tokio::try_join!(revisions(api, names), queues(api, wanted, region))
}

/// The active revisions of each job definition, the newest first: one call a name, all at once.
///
/// # Errors
/// When AWS refuses or fails.
pub async fn revisions<A: Api>(api: &Arc<A>, names: &[String]) -> Result<Vec<Vec<Value>>, Failed> {
    let mut tasks = JoinSet::new();
    for (at, name) in names.iter().enumerate() {
        let api = Arc::clone(api);
        let body = json!({ "jobDefinitionName": name, "status": "ACTIVE" });
        let name = name.clone();
        tasks.spawn(async move {
            let found = all(
                &*api,
                Operation::DescribeJobDefinitions,
                body,
                "jobDefinitions",
            );
            let mut found = found.await?;
            found.retain(|one| one["jobDefinitionName"] == *name && is_active(one));
            found.sort_by_key(|one| std::cmp::Reverse(revision(one)));
            Ok((at, found))
        });
    }
    let mut revisions = vec![Vec::new(); names.len()];
    while let Some(done) = tasks.join_next().await {
        // Nothing cancels a task, and none panics.
        let Ok(done) = done else { continue };
        let (at, found) = done?;
        if let Some(place) = revisions.get_mut(at) {
            *place = found;
        }
    }
    Ok(revisions)
}

/// The revision of a definition that the account has; 0 if it says none.
#[must_use]
pub fn revision(definition: &Value) -> i64 {
    definition["revision"].as_i64().unwrap_or_default()
}

fn is_active(definition: &Value) -> bool {
    definition["status"]
        .as_str()
        .is_none_or(|status| status == "ACTIVE")
}

/// The queues of these names and ARNs, and their compute environments: two calls, and one more where
/// a queue is not there, for the names of those that are.
///
/// # Errors
/// When AWS refuses or fails.
pub async fn queues<A: Api>(
    api: &Arc<A>,
    names: &[String],
    region: &str,
) -> Result<Queues, Failed> {
    let found = named(&**api, Operation::DescribeJobQueues, names, "jobQueues").await?;
    let environments = account::environments_of(&found);
    let (environments, others) = tokio::join!(
        named(
            &**api,
            Operation::DescribeComputeEnvironments,
            &environments,
            "computeEnvironments",
        ),
        async {
            if is_one_missing(names, &found) {
                all(&**api, Operation::DescribeJobQueues, json!({}), "jobQueues").await
            } else {
                Ok(Vec::new())
            }
        },
    );
    let others = account::names(&others?);
    Ok(account::queues(
        names,
        &found,
        &environments?,
        region,
        &others,
    ))
}

/// Those queues of these names and ARNs that are not there or would take no jobs: one call, and one
/// more where a queue is not there.
///
/// # Errors
/// When AWS refuses or fails.
pub async fn refusing<A: Api>(api: &A, names: &[String], region: &str) -> Result<Queues, Failed> {
    let found = named(api, Operation::DescribeJobQueues, names, "jobQueues").await?;
    let others = if is_one_missing(names, &found) {
        all(api, Operation::DescribeJobQueues, json!({}), "jobQueues").await?
    } else {
        Vec::new()
    };
    let others = account::names(&others);
    Ok(account::refusing(names, &found, region, &others))
}

fn is_one_missing(names: &[String], found: &[Value]) -> bool {
    let is_there = |name: &String| found.iter().any(|queue| account::is_called(queue, name));
    !names.iter().all(is_there)
}

/// Everything of these names.
async fn named<A: Api>(
    api: &A,
    operation: Operation,
    names: &[String],
    list: &str,
) -> Result<Vec<Value>, Failed> {
    let mut found = Vec::new();
    for names in names.chunks(AT_ONCE) {
        found.extend(all(api, operation, json!({ list: names }), list).await?);
    }
    Ok(found)
}

/// All pages of a list.
async fn all<A: Api>(
    api: &A,
    operation: Operation,
    mut body: Value,
    list: &str,
) -> Result<Vec<Value>, Failed> {
    let mut found = Vec::new();
    loop {
        let call = Call::new(operation, body.clone());
        let mut reply = api
            .call(call)
            .await
            .map_err(|fault| Failed { operation, fault })?;
        if let Some(page) = reply.get_mut(list).and_then(Value::as_array_mut) {
            found.append(page);
        }
        let next = reply["nextToken"]
            .as_str()
            .filter(|token| !token.is_empty());
        match next {
            // A token that comes again would go round for ever.
            Some(token) if body["nextToken"] != token => body["nextToken"] = json!(token),
            _ => return Ok(found),
        }
    }
}
