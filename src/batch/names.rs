//! Names in AWS: job definitions and jobs.

/// AWS Batch takes names of up to 128 characters (RegisterJobDefinition, SubmitJob).
pub const MAX_NAME: usize = 128;

/// `<prefix><Flow>-<step>`, the name of a job definition and of its job in `jobs.json`.
#[must_use]
pub fn definition(prefix: &str, flow: &str, step: &str) -> String {
    let mut name = String::with_capacity(prefix.len() + flow.len() + 1 + step.len());
    name.extend([prefix, flow, "-", step]);
    fit(name)
}

/// `<prefix><Flow>-<run id>-<step>`, the name of a job that is submitted, so that one prefix
/// lists a run.
#[must_use]
pub fn job(prefix: &str, flow: &str, run: &str, step: &str) -> String {
    fit(format!("{prefix}{flow}-{run}-{step}"))
}

/// Cuts a name that is too long, and puts a hash of the whole at its end.
fn fit(name: String) -> String {
    if name.len() <= MAX_NAME {
        return name;
    }
    let hash = format!("-{:016x}", fnv1a(name.as_bytes()));
    let mut cut = MAX_NAME - hash.len();
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
