//! The `flowbatch` command.
fn main() {}
