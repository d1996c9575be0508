//! Whose logs: steps, children of arrays, nodes.

use super::LogsError;
use crate::aws::watch::model::{Job, Snapshot, Step};
use crate::suggest;

/// How many children of an array, or nodes of a job, are shown if none is named.
pub const SOME: u64 = 10;

/// What somebody wants to see: all steps, one, or one child or node of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Choice {
    step: Option<String>,
    index: Option<u64>,
}

/// A job whose logs are wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// Its id.
    pub id: String,
    /// What stands before its lines: the step, with the index of a child or a node.
    pub label: String,
}

/// The wanted jobs of a step.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    pub(super) wanted: Vec<Wanted>,
    /// What was left out.
    pub(super) note: Option<String>,
}

impl Choice {
    /// Of what was written, `STEP` or `STEP:INDEX`.
    ///
    /// # Errors
    /// When the index is no number.
    pub fn parse(text: Option<&str>) -> Result<Self, LogsError> {
        let Some((step, index)) = text.map(|text| text.split_once(':').unwrap_or((text, "")))
        else {
            return Ok(Self::default());
        };
        let text = text.unwrap_or_default();
        let index =
            match index {
                "" if !text.ends_with(':') => None,
                digits => Some(digits.parse().map_err(|_| {
                    LogsError::Choice(format!("`{text}` is not STEP or STEP:INDEX"))
                })?),
            };
        Ok(Self {
            step: Some(step.to_owned()),
            index,
        })
    }

    /// The steps of a run that are meant.
    ///
    /// # Errors
    /// When it has no such step.
    pub fn steps<'r>(&self, run: &'r Snapshot) -> Result<Vec<&'r Step>, LogsError> {
        let Some(name) = &self.step else {
            return Ok(run.steps.iter().collect());
        };
        if let Some(step) = run.steps.iter().find(|step| step.name == *name) {
            return Ok(vec![step]);
        }
        let names = run.steps.iter().map(|step| step.name.as_str());
        let hint = match suggest::closest(name, names.clone()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it has {}", names.collect::<Vec<_>>().join(", ")),
        };
        let message = format!("run {} has no step `{name}`; {hint}", run.run);
        Err(LogsError::Choice(message))
    }

    /// Whether it has to be found out which children of an array failed.
    pub(super) fn needs_failing(&self, job: &Job) -> bool {
        let failed = |job: &Job| {
            job.array
                .as_ref()
                .is_some_and(|array| array.count("FAILED") > 0)
        };
        self.index.is_none() && failed(job)
    }

    /// The wanted ones of a job: the index that is named; else of an array those that failed, or the
    /// first ones; of a multi-node job its nodes.
    pub(super) fn of(&self, step: &str, job: &Job, failing: &[u64]) -> Result<Found, LogsError> {
        let (mark, count, what) = match (&job.array, job.num_nodes) {
            (Some(array), _) => (':', array.size, "children"),
            (None, Some(nodes)) => ('#', nodes, "nodes"),
            (None, None) => {
                return match self.index {
                    None => Ok(Found {
                        wanted: vec![Wanted {
                            id: job.job_id.clone(),
                            label: step.to_owned(),
                        }],
                        note: None,
                    }),
                    Some(index) => Err(LogsError::Choice(format!(
                        "step `{step}` is neither an array nor of several nodes: there is no \
                         `{step}:{index}`"
                    ))),
                };
            }
        };
        let wanted = |index: u64| Wanted {
            id: format!("{}{mark}{index}", job.job_id),
            label: format!("{step}:{index}"),
        };
        if let Some(index) = self.index {
            if index >= count {
                let last = count.saturating_sub(1);
                let message = format!("step `{step}` has {count} {what}: 0 to {last}");
                return Err(LogsError::Choice(message));
            }
            return Ok(Found {
                wanted: vec![wanted(index)],
                note: None,
            });
        }
        if failing.is_empty() {
            let note = (count > SOME).then(|| {
                format!(
                    "{step}: the first {SOME} of {count} {what}; `{step}:INDEX` names another one"
                )
            });
            return Ok(Found {
                wanted: (0..count.min(SOME)).map(wanted).collect(),
                note,
            });
        }
        let failed = job.array.as_ref().map_or(0, |array| array.count("FAILED"));
        let shown: Vec<u64> = failing
            .iter()
            .copied()
            .take(usize::try_from(SOME).unwrap_or(10))
            .collect();
        let note = if failed > shown.len() as u64 {
            format!(
                "{step}: {} of the {failed} children that failed, of {count}",
                shown.len()
            )
        } else {
            format!("{step}: the children that failed, {failed} of {count}")
        };
        Ok(Found {
            wanted: shown.into_iter().map(wanted).collect(),
            note: Some(format!("{note}; `{step}:INDEX` names another one")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::snapshot;
    use super::*;
    use serde_json::json;

    fn choice(text: &str) -> Choice {
        Choice::parse(Some(text)).unwrap()
    }

    fn array(size: u64, failed: u64) -> Job {
        Job::of(&json!({ "jobId": "id", "arrayProperties": { "size": size,
            "statusSummary": { "FAILED": failed } } }))
    }

    fn labels(found: &Found) -> Vec<&str> {
        found.wanted.iter().map(|one| one.label.as_str()).collect()
    }

    #[test]
    fn what_is_written() {
        for text in ["a:", "a:x", "a:-1", "a:1:2", "a:99999999999999999999"] {
            let error = Choice::parse(Some(text)).unwrap_err().to_string();
            assert_eq!(error, format!("`{text}` is not STEP or STEP:INDEX"));
        }
        let run = snapshot(&[("train", &[]), ("join", &["train"])]);
        assert_eq!(Choice::parse(None).unwrap().steps(&run).unwrap().len(), 2);
        assert_eq!(choice("join:3").steps(&run).unwrap()[0].name, "join");
        let told = |text: &str| choice(text).steps(&run).unwrap_err().to_string();
        assert_eq!(
            told("tran"),
            "run r1 has no step `tran`; did you mean `train`?"
        );
        assert_eq!(
            told("zzzzzz"),
            "run r1 has no step `zzzzzz`; it has train, join"
        );
    }

    #[test]
    fn failing_children_need_no_name() {
        assert!(choice("a").needs_failing(&array(3, 1)));
        assert!(
            !choice("a:0").needs_failing(&array(3, 1)) && !choice("a").needs_failing(&array(3, 0))
        );
        let found = choice("a").of("a", &array(9_000, 2), &[17, 4_242]).unwrap();
        assert_eq!(labels(&found), ["a:17", "a:4242"]);
        assert_eq!(found.wanted[1].id, "id:4242");
        assert!(
            found
                .note
                .unwrap()
                .starts_with("a: the children that failed, 2 of 9000")
        );
        let many: Vec<u64> = (0..100).collect();
        let found = choice("a").of("a", &array(9_000, 500), &many).unwrap();
        assert_eq!(found.wanted.len(), 10);
        assert!(
            found
                .note
                .unwrap()
                .starts_with("a: 10 of the 500 children that failed")
        );
    }

    #[test]
    fn children_and_nodes() {
        let found = choice("a").of("a", &array(3, 0), &[]).unwrap();
        assert_eq!(
            (labels(&found), found.note.clone()),
            (vec!["a:0", "a:1", "a:2"], None)
        );
        let found = choice("a").of("a", &array(11, 0), &[]).unwrap();
        assert_eq!((found.wanted.len(), found.note.is_some()), (10, true));
        let error = choice("a:3").of("a", &array(3, 0), &[]).unwrap_err();
        assert_eq!(error.to_string(), "step `a` has 3 children: 0 to 2");
        let nodes = Job::of(&json!({ "jobId": "id", "nodeProperties": { "numNodes": 2 } }));
        let found = choice("a").of("a", &nodes, &[]).unwrap();
        assert_eq!(
            (found.wanted[1].id.as_str(), labels(&found)),
            ("id#1", vec!["a:0", "a:1"])
        );
        let plain = Job::of(&json!({ "jobId": "id" }));
        assert_eq!(labels(&choice("a").of("a", &plain, &[]).unwrap()), ["a"]);
        let error = choice("a:0").of("a", &plain, &[]).unwrap_err().to_string();
        assert!(error.contains("there is no `a:0`"), "{error}");
    }
}
