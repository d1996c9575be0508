//! The ways the account is asked, for whoever asks: single calls, all pages of a list, and the requests
//! that more than one of plan, submit and watch sends.

use std::fmt;

use serde_json::{Value, json};

use super::api::{Api, Call, Fault, Operation};

/// An operation that went wrong for good.
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

/// The reply to one call.
///
/// # Errors
/// When AWS refuses or fails.
pub async fn once<A: Api>(api: &A, call: Call) -> Result<Value, Failed> {
    let operation = call.operation;
    let reply = api.call(call).await;
    reply.map_err(|fault| Failed { operation, fault })
}

/// What all pages of a list have together.
///
/// # Errors
/// When AWS refuses or fails.
pub async fn all<A: Api>(api: &A, call: Call, list: &str) -> Result<Vec<Value>, Failed> {
    let mut found = Vec::new();
    let mut token = None;
    loop {
        let mut reply = once(api, page(call.clone(), token.as_deref())).await?;
        if let Some(page) = reply.get_mut(list).and_then(Value::as_array_mut) {
            found.append(page);
        }
        let next = next_page(&reply);
        // A token that comes again would go round for ever.
        if next.is_none() || next == token {
            return Ok(found);
        }
        token = next;
    }
}

/// The call for a page of a list: the one that a token leads to, else the first.
#[must_use]
pub fn page(mut call: Call, token: Option<&str>) -> Call {
    if let Some(token) = token {
        call.body["nextToken"] = token.into();
    }
    call
}

/// The token of the page after a reply, if there is one.
#[must_use]
pub fn next_page(reply: &Value) -> Option<String> {
    let token = reply["nextToken"].as_str();
    token.filter(|token| !token.is_empty()).map(str::to_owned)
}

/// The call for the active revisions of a job definition.
#[must_use]
pub fn revisions_of(name: &str) -> Call {
    let body = json!({ "jobDefinitionName": name, "status": "ACTIVE" });
    Call::new(Operation::DescribeJobDefinitions, body)
}

/// Whether a revision is active: what does not say, is.
#[must_use]
pub fn is_active(revision: &Value) -> bool {
    matches!(revision["status"].as_str(), Some("ACTIVE") | None)
}

/// The call for the jobs of a queue that have a name; a `*` at its end stands for anything. AWS does not
/// tell small letters from capitals in it.
#[must_use]
pub fn jobs_named(queue: &str, name: &str) -> Call {
    let filter = json!([{ "name": "JOB_NAME", "values": [name] }]);
    let body = json!({ "jobQueue": queue, "filters": filter });
    Call::new(Operation::ListJobs, body)
}

/// The account that an ARN names.
#[must_use]
pub fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// Whether an id is that of a whole job: neither a child of an array nor a node.
#[must_use]
pub fn is_whole_job(id: &str) -> bool {
    !id.contains([':', '#'])
}

/// The call that ends a job; its status reason will be `reason`.
#[must_use]
pub fn terminate(id: &str, reason: &str) -> Call {
    let body = json!({ "jobId": id, "reason": reason });
    Call::new(Operation::TerminateJob, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::watch::testing::{Fake, run};

    #[test]
    fn pages_are_read_to_the_last() {
        let of = |items: &[u64], token: Value| json!({ "list": items, "nextToken": token });
        for last in [Value::Null, json!("")] {
            let api = Fake::replies([of(&[1], json!("t")), of(&[], json!("u")), of(&[2], last)]);
            assert_eq!(run(all(&*api, revisions_of("d"), "list")).unwrap(), [1, 2]);
            let tokens = api.calls().into_iter().map(|call| next_page(&call.body));
            let tokens: Vec<Option<String>> = tokens.collect();
            assert_eq!(tokens, [None, Some("t".into()), Some("u".into())]);
        }
    }

    #[test]
    fn a_token_that_comes_again_is_the_end() {
        let api = Fake::new(|_| Ok(json!({ "list": [1], "nextToken": "t" })));
        assert_eq!(run(all(&*api, revisions_of("d"), "list")).unwrap(), [1, 1]);
        assert_eq!(api.calls().len(), 2);
    }

    #[test]
    fn what_failed_is_named() {
        let api = Fake::new(|_| {
            Err(Fault::Unknown {
                message: "no answer".into(),
            })
        });
        let failed = run(all(&*api, jobs_named("q", "n"), "list")).unwrap_err();
        assert_eq!(failed.to_string(), "ListJobs: no answer");
    }
}
