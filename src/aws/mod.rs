//! What talks to AWS. The only async code, and the only code that knows the SDK.

pub mod api;
pub mod pace;
pub mod run;
