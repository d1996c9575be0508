//! The model as AWS Batch requests, and their JSON.

pub mod shapes;
