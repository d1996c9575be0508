//! What a submission would change: job definitions held against those of the account.

pub mod compare;
mod decided;
