//! A flow for the benchmarks.

use std::fmt::Write as _;

/// A chain of steps as people write them, in the flow that `head` begins.
pub(crate) fn chain(head: &str, steps: usize) -> String {
    let mut text = head.to_owned();
    for step in 0..steps {
        let (cpu, memory) = (1 + step % 8, 1 + step % 32);
        let _ = write!(
            text,
            "\n  ## Step {step}.\n  @batch(cpu={cpu}, memory={memory}GiB)\n  @retry(times=2)\n  \
             step s{step} {{\n    run \"python -m churn.step{step} --date $date\"\n"
        );
        if step + 1 < steps {
            let _ = writeln!(text, "    next s{}", step + 1);
        }
        text.push_str("  }\n");
    }
    text + "}\n"
}
