//! Credentials that cannot be had, said in the same words to all who ask.
//!
//! The SDK's reader of profiles tells why it failed to the first who asks, and to the others only that
//! this was told already. Calls run side by side, and any of them may be the one that people hear of.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_sdk_batch::config::SharedCredentialsProvider;
use tokio::sync::Mutex;

/// Where credentials come from, asked by one at a time.
#[derive(Debug)]
pub(super) struct Steady {
    provider: SharedCredentialsProvider,
    /// Why there were none when they were asked for first.
    failed: Mutex<Option<Arc<CredentialsError>>>,
}

impl Steady {
    pub(super) fn new(provider: SharedCredentialsProvider) -> Self {
        Self {
            provider,
            failed: Mutex::new(None),
        }
    }

    async fn provide(&self) -> provider::Result {
        let mut failed = self.failed.lock().await;
        let error = match self.provider.provide_credentials().await {
            Ok(credentials) => return Ok(credentials),
            Err(error) => error,
        };
        let error = match failed.take().filter(|_| was_told(&error)) {
            Some(first) => first,
            None => Arc::new(error),
        };
        *failed = Some(Arc::clone(&error));
        Err(match *error {
            CredentialsError::CredentialsNotLoaded(_) => CredentialsError::not_loaded(Why(error)),
            _ => CredentialsError::provider_error(Why(error)),
        })
    }
}

impl ProvideCredentials for Steady {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.provider.fallback_on_interrupt()
    }
}

/// Whether the SDK says that it has told before what is wrong.
fn was_told(error: &CredentialsError) -> bool {
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        if error.to_string().ends_with("error already taken") {
            return true;
        }
        next = error.source();
    }
    false
}

/// The cause of an error about credentials.
#[derive(Debug)]
struct Why(Arc<CredentialsError>);

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.source() {
            Some(cause) => fmt::Display::fmt(cause, f),
            None => fmt::Display::fmt(&self.0, f),
        }
    }
}

impl Error for Why {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()?.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells why it fails once.
    #[derive(Debug, Default)]
    struct Once(std::sync::atomic::AtomicBool);

    impl ProvideCredentials for Once {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let told = self.0.swap(true, std::sync::atomic::Ordering::SeqCst);
            let error = if told {
                CredentialsError::unhandled("initialization error already taken")
            } else {
                CredentialsError::not_loaded("no such profile")
            };
            future::ProvideCredentials::ready(Err(error))
        }
    }

    #[test]
    fn everyone_hears_why() {
        let steady = Steady::new(SharedCredentialsProvider::new(Once::default()));
        let failures =
            crate::aws::block_on(async { [steady.provide().await, steady.provide().await] });
        for failure in failures.unwrap() {
            let error = failure.unwrap_err();
            assert!(matches!(error, CredentialsError::CredentialsNotLoaded(_)));
            assert_eq!(error.source().unwrap().to_string(), "no such profile");
        }
    }
}
