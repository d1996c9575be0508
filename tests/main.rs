//! Tests of the `flowbatch` binary as a user runs it.

mod main {
    mod console;
    mod project;
    mod rule;
    mod usage;
}
