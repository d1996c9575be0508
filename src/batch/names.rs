//! Names in AWS: job definitions and jobs.

/// AWS Batch takes names of up to 128 characters (RegisterJobDefinition, SubmitJob).
pub const MAX_NAME: usize = 128;

/// How much of a job's name its flow may take, so that the run and the step have room behind it.
const MAX_FLOW: usize = 80;

/// `<prefix><Flow>-<step>`, the name of a job definition and of its job in `jobs.json`.
#[must_use]
pub fn definition(prefix: &str, flow: &str, step: &str) -> String {
    let mut name = String::with_capacity(prefix.len() + flow.len() + 1 + step.len());
    name.extend([prefix, flow, "-", step]);
    fit(name, MAX_NAME)
}

/// `<prefix><Flow>-<run id>-`, with which the names of all jobs of a run begin, whatever had to
/// be cut, and no other name: one query lists a run.
#[must_use]
pub fn run(prefix: &str, flow: &str, run: &str) -> String {
    format!("{}-{run}-", fit([prefix, flow].concat(), MAX_FLOW))
}

/// `<prefix><Flow>-<run id>-<step>`, the name of a job that is submitted.
#[must_use]
pub fn job(prefix: &str, flow: &str, run: &str, step: &str) -> String {
    let mut name = self::run(prefix, flow, run);
    name.push_str(&fit(step.to_owned(), MAX_NAME.saturating_sub(name.len())));
    name
}

/// Cuts a name that is longer than `max`, and puts a hash of the whole at its end.
fn fit(name: String, max: usize) -> String {
    if name.len() <= max {
        return name;
    }
    let hash = format!("-{:016x}", fnv1a(name.as_bytes()));
    let mut cut = max.saturating_sub(hash.len());
    while !name.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}{hash}", &name[..cut])
}

/// FNV-1a, 64 bits: the same on every machine and for ever.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_of_a_run_begins_alike() {
        let id = "0123456789abcdef";
        for flow in [1, 60, 80, 81, 200] {
            let flow = "F".repeat(flow);
            for prefix in ["", "team-"] {
                let run = run(prefix, &flow, id);
                let mut names: Vec<String> = [1, 20, 30, 31, 100, 300]
                    .map(|step| job(prefix, &flow, id, &"s".repeat(step)))
                    .to_vec();
                for name in &names {
                    assert!(name.len() <= MAX_NAME && name.starts_with(&run), "{name}");
                    assert!(name.len() > run.len(), "{name}");
                }
                names.dedup();
                assert_eq!(names.len(), 6);
            }
        }
        assert_eq!(job("p-", "Churn", "3k", "train"), "p-Churn-3k-train");
    }

    #[test]
    fn flows_that_begin_alike_are_kept_apart() {
        let long = "F".repeat(100);
        assert_ne!(
            run("", &format!("{long}a"), "1"),
            run("", &format!("{long}b"), "1")
        );
    }
}
