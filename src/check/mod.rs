//! Names, types, graph, options and where each came from.

pub mod form;
