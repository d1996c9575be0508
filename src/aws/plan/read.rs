//! What is asked of the account, in as few calls as it takes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::account;
use crate::aws::api::{Api, Call, Operation};
use crate::aws::ask::{self, Failed};
use crate::queue::Queues;

/// How many names one call takes.
const AT_ONCE: usize = 100;

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
        let name = name.clone();
        tasks.spawn(async move {
            let found = ask::all(&*api, ask::revisions_of(&name), "jobDefinitions");
            let mut found = found.await?;
            found.retain(|one| one["jobDefinitionName"] == *name && ask::is_active(one));
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
        others(&**api, names, &found),
    );
    let others = others?;
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
    let others = others(api, names, &found).await?;
    Ok(account::refusing(names, &found, region, &others))
}

/// The account that is asked, as its queues say: these, or any. One call, and one more where none of
/// these is there. Who may not ask, or has no answer after `patience`, is not told.
pub async fn account<A: Api>(api: &A, queues: &[String], patience: Duration) -> Option<String> {
    let ask = async {
        let mut found = named(api, Operation::DescribeJobQueues, queues, "jobQueues").await?;
        if found.is_empty() {
            let call = Call::new(Operation::DescribeJobQueues, json!({}));
            found = ask::all(api, call, "jobQueues").await?;
        }
        Ok::<_, Failed>(found)
    };
    let found = timeout(patience, ask).await.ok()?.ok()?;
    let mut arns = found
        .iter()
        .filter_map(|queue| queue["jobQueueArn"].as_str());
    arns.find_map(ask::account_of).map(str::to_owned)
}

/// The names of all queues, where one of those that were asked for is not there.
async fn others<A: Api>(api: &A, names: &[String], found: &[Value]) -> Result<Vec<String>, Failed> {
    let is_there = |name: &String| found.iter().any(|queue| account::is_called(queue, name));
    if names.iter().all(is_there) {
        return Ok(Vec::new());
    }
    let call = Call::new(Operation::DescribeJobQueues, json!({}));
    let all = ask::all(api, call, "jobQueues").await?;
    Ok(account::names(&all))
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
        let call = Call::new(operation, json!({ list: names }));
        found.extend(ask::all(api, call, list).await?);
    }
    Ok(found)
}
