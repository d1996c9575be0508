//! Whose account the credentials in force are of.

use std::time::Duration;

use super::Failure;
use super::aws::limits;
use crate::aws::api::Api;
use crate::aws::ask;
use crate::aws::patient::Patient;
use crate::aws::plan::read;
use crate::aws::run::{Header, RunId, RunState};

/// Refuses the credentials of another account than the one that a run is in, as its job definitions
/// say: there its jobs would be looked for in vain. Who may not ask for queues, or has no answer
/// soon, is not told.
pub(super) async fn check<A: Api>(
    api: &Patient<A>,
    id: &RunId,
    header: &Header,
    state: &RunState,
) -> Result<(), Failure> {
    let definitions = state
        .steps
        .values()
        .filter_map(|step| step.definition.as_deref());
    let Some(was) = definitions.filter_map(ask::account_of).next() else {
        return Ok(());
    };
    let patience = Duration::from_millis(limits()?.settle());
    match read::account(api, &header.queues, patience).await {
        Some(is) if is != was => Err(Failure {
            code: Failure::AWS,
            messages: vec![format!(
                "run {id} is in account {was}, and these are credentials of account {is}: its jobs are not there\n  \
                 help: use those of account {was}; `--profile` names others"
            )],
        }),
        _ => Ok(()),
    }
}
