//! What a status reason means, in the words of the rules.

use serde::Serialize;

use crate::catalogue;

/// A job that has waited so long for a machine should be explained: new machines take a few minutes.
const LONG: u64 = 600_000;

/// What a status reason means, or what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Explanation {
    /// The rule of `docs/rules.md` that says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// It.
    pub text: &'static str,
}

/// What is known about reasons that contain some words.
struct Known {
    words: &'static str,
    /// Rules that say what is wrong.
    rules: &'static [&'static str],
    /// What to do, or what is wrong where no rule says it.
    text: &'static str,
}

/// Why AWS says that a job waits: the codes that it documents.
static WAITING: &[Known] = &[
    Known {
        words: "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        rules: &["stuck-capacity"],
        text: "it starts once EC2 has an instance; further instance types, zones or On-Demand in the \
               compute environment make that sooner",
    },
    Known {
        words: "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
        rules: &["stuck-maxvcpus"],
        text: "it never starts as it is: raise `maxvCpus` of the compute environment, or cancel the run and \
               ask for less `cpu`",
    },
    Known {
        words: "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
        rules: &["stuck-no-instance-fits", "stuck-memory-overhead"],
        text: "it never starts as it is: give the compute environment larger instance types, or cancel the \
               run and ask for less",
    },
    Known {
        words: "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS",
        rules: &["stuck-service-role"],
        text: "use the service-linked role of AWS Batch, or give the role what its managed policy has",
    },
    Known {
        words: "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED",
        rules: &[],
        text: "the compute environment names instance types that its zones do not have, or that do not go \
               with its launch template: change one of them",
    },
    Known {
        words: "ACTION_REQUIRED",
        rules: &[],
        text: "the compute environments of the queue are INVALID: their own status reason says why, \
               `aws batch describe-compute-environments` shows it",
    },
    Known {
        words: "UNDETERMINED",
        rules: COMMON,
        text: "AWS Batch does not know why; these are the usual causes",
    },
];

/// Why jobs wait without AWS saying so.
static COMMON: &[&str] = &[
    "stuck-network",
    "logdriver-available",
    "stuck-fargate-quota",
];

/// Why jobs fail.
static FAILED: &[Known] = &[
    Known {
        words: "Host EC2",
        rules: &["eoe-spot-idiom"],
        text: "its machine was taken away: `@retry(on=[\"spot\"])` starts it again elsewhere",
    },
    Known {
        words: "CannotPullContainerError",
        rules: &[],
        text: "the image cannot be pulled: is its name right, may the role read it, and is there a way to \
               the registry?",
    },
    Known {
        words: "OutOfMemoryError",
        rules: &[],
        text: "it needed more than its `memory`",
    },
    Known {
        words: "Container Overrides length must be at most 8192",
        rules: &["container-override-8192"],
        text: "pass less in params",
    },
    Known {
        words: "attempt duration exceeded timeout",
        rules: &[],
        text: "it ran for longer than its `@timeout`",
    },
];

/// What is wrong with a job that waits for a machine since `waited` milliseconds.
#[must_use]
pub fn waiting(reason: Option<&str>, waited: u64) -> Vec<Explanation> {
    match reason.and_then(|reason| find(WAITING, reason)) {
        Some(known) => explain(known),
        // A reason that is not known is shown as it is; one that is not there is worth a guess.
        None if reason.is_none() && waited >= LONG => {
            let text = "AWS gives no reason; the queue may be busy with other jobs, and otherwise these \
                        are the usual causes";
            explain(&Known {
                words: "",
                rules: COMMON,
                text,
            })
        }
        None => Vec::new(),
    }
}

/// What is wrong with a job that failed, of its status reason and its container's.
#[must_use]
pub fn failed<'r>(reasons: impl IntoIterator<Item = &'r str>) -> Vec<Explanation> {
    let mut found: Vec<Explanation> = Vec::new();
    for reason in reasons {
        // A queue that ends waiting jobs says why they waited.
        let known = find(FAILED, reason).or_else(|| find(WAITING, reason));
        for explanation in known.map(explain).into_iter().flatten() {
            if !found.contains(&explanation) {
                found.push(explanation);
            }
        }
    }
    found
}

fn find(known: &'static [Known], reason: &str) -> Option<&'static Known> {
    known.iter().find(|known| reason.contains(known.words))
}

fn explain(known: &Known) -> Vec<Explanation> {
    let advice = Explanation {
        rule: None,
        text: known.text,
    };
    let rules = catalogue::all().filter(|rule| known.rules.contains(&rule.id));
    let rules = rules.map(|rule| Explanation {
        rule: Some(rule.id),
        text: rule.text,
    });
    // A list of possible causes is introduced; a cause is followed by what to do.
    if known.rules == COMMON {
        std::iter::once(advice).chain(rules).collect()
    } else {
        rules.chain([advice]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_in_the_catalogue() {
        for known in WAITING.iter().chain(FAILED) {
            for id in known.rules {
                assert!(catalogue::all().any(|rule| rule.id == *id), "{id}");
            }
            assert_eq!(explain(known).len(), known.rules.len() + 1);
        }
    }

    /// A reason that a rule quotes is explained by that rule.
    #[test]
    fn every_reason_of_the_catalogue_is_known() {
        let mut seen = 0;
        for rule in catalogue::all() {
            let words = rule
                .text
                .split(|c: char| !(c.is_ascii_uppercase() || "_:".contains(c)));
            for code in words.filter(|word| word.contains(':') && word.len() > 10) {
                seen += 1;
                let code = code.trim_matches(':');
                let found = waiting(Some(&format!("{code} - because")), 0);
                assert!(found.iter().any(|one| one.rule == Some(rule.id)), "{code}");
            }
        }
        assert!(seen >= 5, "{seen}");
    }

    #[test]
    fn only_a_long_wait_needs_no_reason() {
        assert_eq!(waiting(None, LONG - 1), []);
        let guess = waiting(None, LONG);
        assert!(guess[0].rule.is_none() && guess.len() == COMMON.len() + 1);
        assert_eq!(waiting(Some("SOMETHING:NEW"), u64::MAX), []);
    }

    #[test]
    fn failures_are_explained_once() {
        let found = failed(["Host EC2 (instance i-0) terminated.", "Host EC2 again", "?"]);
        let rules: Vec<_> = found.iter().map(|one| one.rule).collect();
        assert_eq!(rules, [Some("eoe-spot-idiom"), None]);
        let cancelled = "Canceled by JobStateTimeLimit action due to reason: \
                         CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY";
        assert_eq!(failed([cancelled])[0].rule, Some("stuck-capacity"));
    }
}
