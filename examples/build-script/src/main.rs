//! Says what the embedded flow is made of.

use serde_json::Value;

/// As `flowbatch build flows/nightly.flow --stdout` prints it.
const NIGHTLY: &str = include_str!(concat!(env!("OUT_DIR"), "/nightly.json"));

fn main() -> Result<(), serde_json::Error> {
    let document: Value = serde_json::from_str(NIGHTLY)?;
    let jobs = document["jobs"].as_array().map_or(&[][..], Vec::as_slice);
    println!("{} is {} jobs:", document["flow"], jobs.len());
    for job in jobs {
        let size = job["request"]["arrayProperties"]["size"].as_u64();
        let children = size.unwrap_or(1);
        println!(
            "{} x {} in {}",
            children, job["step"], job["request"]["jobQueue"]
        );
    }
    Ok(())
}
