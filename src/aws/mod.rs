//! What talks to AWS. The only async code, and the only code that knows the SDK.
//!
//! | module | its one responsibility |
//! | --- | --- |
//! | [`api`] | calls and replies in wire form, and how a call can go wrong |
//! | [`client`] | the real AWS behind it |
//! | `credentials` | the same words to all who ask for credentials in vain |
//! | `unread` | settings of every AWS tool that the SDK does not read |
//! | [`ask`] | the ways the account is asked, by plan, submit and watch |
//! | [`error`] | what a reply means, and what to do about it |
//! | [`patient`] | asks again where that can do no harm |
//! | [`plan`] | what a submission would change |
//! | [`pace`] | how fast calls may be sent |
//! | [`run`] | runs: their ids, and what is kept of them on this machine |
//! | [`submit`] | every job of a run, once and only once |
//! | [`watch`] | what became of a run, its logs, and its end |

pub mod api;
pub mod ask;
pub mod client;
mod credentials;
pub mod error;
pub mod pace;
pub mod patient;
pub mod plan;
pub mod run;
pub mod submit;
mod unread;
pub mod watch;

pub use unread::environment_ignores_endpoints;

use std::future::Future;
use std::io;
use std::thread;
use std::time::Duration;

/// Runs async work to its end. Only what talks to AWS pays for the runtime.
///
/// Calls run on threads of their own: what signs them and opens connections does not wait for the
/// journal's disk.
///
/// # Errors
/// When the system has no means left to wait for the network.
pub fn block_on<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.min(MOST_THREADS))
        .enable_all()
        .build()?;
    Ok(runtime.block_on(work))
}

/// A few calls keep no more threads busy.
const MOST_THREADS: usize = 4;

/// What work comes to, or nothing if Ctrl-C comes first: the work is left where it is then.
pub async fn unless_interrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        _ = tokio::signal::ctrl_c() => None,
    }
}

/// Waits.
pub async fn sleep(pause: Duration) {
    tokio::time::sleep(pause).await;
}
