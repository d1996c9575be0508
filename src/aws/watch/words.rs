//! A run in lines for people.

use super::model::{Sent, Snapshot, State, Step, Submission};
use super::reasons::{self, Explanation};
use crate::aws::run::Handle;

/// All there is to say about a run: a heading, a line a step, what to do.
#[must_use]
pub fn lines(run: &Snapshot, handle: &Handle, now: u64) -> Vec<String> {
    let mut lines = vec![heading(run)];
    for step in &run.steps {
        lines.push(line(run, step, Some(now)));
        lines.extend(explanation_lines(run, step, now));
    }
    lines.extend(ending(run, handle, now));
    lines
}

/// The lines of the steps about which there is something else to say than before, times aside.
#[must_use]
pub fn changes(before: Option<&Snapshot>, run: &Snapshot, now: u64) -> Vec<String> {
    let mut lines = Vec::new();
    if before.is_none() {
        lines.push(heading(run));
    }
    for (at, step) in run.steps.iter().enumerate() {
        let same = before.and_then(|before| {
            let earlier = before.steps.get(at)?;
            Some(
                line(before, earlier, None) == line(run, step, None)
                    && explanation_lines(before, earlier, 0) == explanation_lines(run, step, 0),
            )
        });
        if same != Some(true) {
            lines.push(line(run, step, Some(now)));
            lines.extend(explanation_lines(run, step, now));
        }
    }
    lines
}

/// `run ID of FLOW: 2 of 5 steps succeeded, 1 failed, 1 RUNNING`.
#[must_use]
pub fn heading(run: &Snapshot) -> String {
    format!("run {} of {}: {}", run.run, run.flow, summary(run))
}

/// How many steps are in which state.
#[must_use]
pub fn summary(run: &Snapshot) -> String {
    let succeeded = run.steps.iter().filter(|step| step.has_succeeded()).count();
    let steps = plural(run.steps.len(), "step");
    let mut parts = vec![format!("{succeeded} of {steps} succeeded")];
    let mut others: Vec<(State, usize)> = Vec::new();
    for step in run.steps.iter().filter(|step| !step.has_succeeded()) {
        let state = step.state();
        match others.iter_mut().find(|(other, _)| *other == state) {
            Some((_, count)) => *count += 1,
            None => others.push((state, 1)),
        }
    }
    parts.extend(others.iter().map(|(state, n)| match state.as_str() {
        "FAILED" => format!("{n} failed"),
        state => format!("{n} {state}"),
    }));
    parts.join(", ")
}

/// The line of a step; without times if there is no `now`.
#[must_use]
pub fn line(run: &Snapshot, step: &Step, now: Option<u64>) -> String {
    let width = run.steps.iter().map(|step| step.name.chars().count());
    let width = width.max().unwrap_or(0).min(40);
    let line = format!(
        "  {:width$}  {:13}  {}",
        step.name,
        step.state().as_str(),
        details(run, step, now).join(", ")
    );
    line.trim_end().to_owned()
}

/// What there is to say about a step beside its state.
#[must_use]
pub fn details(run: &Snapshot, step: &Step, now: Option<u64>) -> Vec<String> {
    let mut parts = Vec::new();
    match &step.sent {
        Sent::Refused(message) => parts.push(format!("AWS says: {message}")),
        Sent::Unknown => parts.push("no answer told whether it was submitted".into()),
        Sent::Yes { .. } if step.state() == State::Missing => {
            parts.push(
                "AWS has no such job, or not yet; it forgets those that ended days ago".into(),
            );
        }
        _ => {}
    }
    let Some(job) = step.job.as_ref().filter(|_| step.state() != State::Missing) else {
        return parts;
    };
    if let Some(array) = &job.array {
        let mut counts = vec![format!(
            "{} of {} succeeded",
            array.count("SUCCEEDED"),
            array.size
        )];
        for (status, word) in [("FAILED", "failed"), ("RUNNING", "running")] {
            counts.extend(
                Some(array.count(status))
                    .filter(|n| *n > 0)
                    .map(|n| format!("{n} {word}")),
            );
        }
        parts.push(counts.join(", "));
    }
    parts.extend(job.num_nodes.map(|nodes| format!("{nodes} nodes")));
    match (job.attempt(), job.max_attempts) {
        (0, _) | (1, None | Some(0 | 1)) => {}
        (attempt, Some(max)) if max >= attempt => parts.push(format!("attempt {attempt} of {max}")),
        (attempt, _) => parts.push(format!("attempt {attempt}")),
    }
    let state = step.state();
    parts.extend(now.and_then(|now| time(run, step, state.as_str(), now)));
    parts.extend(job.exit_code.map(|code| format!("exit code {code}")));
    if job.is_terminated && !job.has_ended() {
        parts.push("being terminated".into());
    }
    if state.as_str() == "PENDING" {
        let waits = step.after.iter().filter_map(|&at| run.steps.get(at));
        let waits = waits.filter(|before| !before.has_succeeded());
        let names: Vec<&str> = waits.map(|before| before.name.as_str()).collect();
        if !names.is_empty() {
            parts.push(format!("after {}", names.join(", ")));
        }
    }
    if job.status != "SUCCEEDED" {
        parts.extend(reasons(step).map(str::to_owned));
    }
    parts
}

/// How long a job has been at it, or took.
fn time(run: &Snapshot, step: &Step, state: &str, now: u64) -> Option<String> {
    let job = step.job.as_ref()?;
    match (state, job.started_at, job.stopped_at) {
        ("SUCCEEDED" | "FAILED", Some(started), Some(stopped)) => {
            Some(format!("took {}", span(stopped.saturating_sub(started))))
        }
        ("RUNNING", Some(started), _) => Some(format!("for {}", span(now.saturating_sub(started)))),
        ("RUNNABLE", ..) => {
            let since = run.runnable_since(step)?;
            Some(format!("for {}", span(now.saturating_sub(since))))
        }
        _ => None,
    }
}

/// Why a job has its status, in AWS's words.
fn reasons(step: &Step) -> impl Iterator<Item = &str> {
    let job = step.job.as_ref();
    let array = job
        .and_then(|job| job.array.as_ref())
        .and_then(|array| array.status_reason.as_deref());
    let of_job = job.and_then(|job| job.status_reason.as_deref());
    let container = job.and_then(|job| job.reason.as_deref());
    of_job.into_iter().chain(array).chain(container)
}

/// What the reasons mean.
#[must_use]
pub fn explanations(run: &Snapshot, step: &Step, now: u64) -> Vec<Explanation> {
    let Some(job) = &step.job else {
        return Vec::new();
    };
    match step.state().as_str() {
        "FAILED" => reasons::failed(reasons(step)),
        "RUNNABLE" => {
            let since = run.runnable_since(step).unwrap_or(now);
            // Of an attempt that failed, the container's reason is no reason to wait.
            let array = job
                .array
                .as_ref()
                .and_then(|array| array.status_reason.as_deref());
            reasons::waiting(
                job.status_reason.as_deref().or(array),
                now.saturating_sub(since),
            )
        }
        _ => Vec::new(),
    }
}

fn explanation_lines(run: &Snapshot, step: &Step, now: u64) -> Vec<String> {
    let explanations = explanations(run, step, now);
    let lines = explanations.iter().map(|one| match one.rule {
        Some(rule) => format!("    {rule}: {}", one.text),
        None => format!("    {}", one.text),
    });
    lines.collect()
}

/// What to do about a run that will not end well by itself; `handle` names it to commands.
#[must_use]
pub fn ending(run: &Snapshot, handle: &Handle, now: u64) -> Vec<String> {
    let id = &run.run;
    let mut lines = Vec::new();
    match run.submission {
        Submission::Complete => {}
        Submission::Cancelling => lines.push(format!(
            "run {id} is being cancelled: `flowbatch cancel {handle}` ends what is left of it"
        )),
        Submission::Cancelled => {
            let is_there = |step: &Step| matches!(step.sent, Sent::Yes { .. });
            let rest = match run.steps.iter().all(is_there) {
                true => "",
                false => ": what is not submitted never will be",
            };
            lines.push(format!("run {id} was cancelled{rest}"));
        }
        Submission::Incomplete if handle.is_kept => lines.push(format!(
            "the submission is not complete; unless it is going on, `flowbatch submit --resume {handle}` \
             completes it, `flowbatch cancel {handle}` ends the run"
        )),
        Submission::Incomplete => lines.push(format!(
            "not all steps have a job, or AWS has forgotten theirs; `flowbatch cancel {handle}` ends the run"
        )),
    }
    let failed = |step: &&Step| {
        // Those that only failed because another one did have nothing to show.
        step.has_failed()
            && step.job.as_ref().is_some_and(|job| {
                // AWS does not say when an array began. One that was ended may never have.
                job.started_at.is_some() || (job.array.is_some() && !job.is_terminated)
            })
    };
    if run.is_quiet(now)
        && let Some(step) = run.steps.iter().find(failed)
    {
        lines.push(format!(
            "what it wrote: `flowbatch logs {handle} {}`",
            step.name
        ));
    }
    lines
}

/// `12s`, `4m 10s`, `1h 02m`, `2d 03h`.
#[must_use]
pub fn span(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{minutes}m {:02}s", seconds % 60),
        3_600..86_400 => format!("{hours}h {:02}m", minutes % 60),
        _ => format!("{days}d {:02}h", hours % 24),
    }
}

/// Names, each as code: `` `a`, `b` ``.
#[must_use]
pub fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// `1 step`, `2 steps`.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

/// `2026-11-27 02:38:03` of milliseconds of Unix time, in UTC.
#[must_use]
pub fn date(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Years from March on, so that the leap day is the last of its year.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let of_era_year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * of_era_year + of_era_year / 4 - of_era_year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + of_era_year + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{described, snapshot};
    use super::*;
    use crate::aws::run::RunId;
    use serde_json::json;

    const MINUTE: u64 = 60_000;

    fn handle() -> Handle {
        Handle::kept(&RunId::parse("r1").unwrap(), None)
    }

    fn sample() -> Snapshot {
        let mut run = snapshot(&[
            ("start", &[]),
            ("train", &["start"]),
            ("big", &["start"]),
            ("flaky", &["start"]),
            ("join", &["train", "big", "flaky"]),
            ("late", &["join"]),
            ("odd", &[]),
        ]);
        run.steps[5].sent = Sent::No;
        let ids: Vec<String> = run.calls(0).concat();
        let exit = json!({ "exitCode": 0, "logStreamName": "x" });
        run.absorb(
            &ids,
            &described(&[
                json!({ "jobId": "id-start", "status": "SUCCEEDED", "createdAt": 1, "startedAt": MINUTE,
                    "stoppedAt": 2 * MINUTE, "container": exit, "attempts": [{ "container": exit }],
                    "retryStrategy": { "attempts": 1 } }),
                json!({ "jobId": "id-train", "status": "PENDING", "createdAt": 1,
                    "arrayProperties": { "size": 10, "statusSummary":
                        { "SUCCEEDED": 4, "FAILED": 1, "RUNNING": 3, "RUNNABLE": 2 } } }),
                json!({ "jobId": "id-big", "status": "RUNNABLE", "createdAt": 1,
                    "statusReason": "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) cannot" }),
                json!({ "jobId": "id-flaky", "status": "RUNNING", "createdAt": 1, "startedAt": 3 * MINUTE,
                    "retryStrategy": { "attempts": 3 }, "nodeProperties": { "numNodes": 4 },
                    "attempts": [{ "container": { "exitCode": 137, "reason": "OutOfMemoryError: killed" } }] }),
                json!({ "jobId": "id-join", "status": "PENDING", "createdAt": 1 }),
                json!({ "jobId": "id-odd", "status": "FAILED", "createdAt": 1, "startedAt": 1, "stoppedAt": 9,
                    "statusReason": "Host EC2 (instance i-1) terminated." }),
            ]),
        );
        run
    }

    #[test]
    fn a_line_a_step() {
        insta::assert_snapshot!(lines(&sample(), &handle(), 15 * MINUTE).join("\n"));
    }

    #[test]
    fn what_the_page_shows() {
        let mut run = snapshot(&[
            ("start", &[]),
            ("train", &["start"]),
            ("score", &["start"]),
            ("report", &["train", "score"]),
        ]);
        (run.run, run.flow) = ("3zk1h0q8w2f7".into(), "Churn".into());
        let ids: Vec<String> = run.calls(0).concat();
        let jobs = [
            json!({ "jobId": "id-start", "status": "SUCCEEDED", "startedAt": MINUTE, "stoppedAt": 130_000,
                "container": { "exitCode": 0 } }),
            json!({ "jobId": "id-train", "status": "PENDING", "arrayProperties": { "size": 10,
                "statusSummary": { "SUCCEEDED": 4, "FAILED": 1, "RUNNING": 3, "RUNNABLE": 2 } } }),
            json!({ "jobId": "id-score", "status": "RUNNABLE", "createdAt": 1,
                "statusReason": "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement \
                                 is higher" }),
            json!({ "jobId": "id-report", "status": "PENDING", "createdAt": 1 }),
        ];
        run.absorb(&ids, &described(&jobs));
        let shown = lines(&run, &handle(), 130_000 + 13 * MINUTE).join("\n");
        let page = include_str!("../../../docs/aws.md");
        assert!(page.contains(&format!("```text\n{shown}\n```")), "{shown}");
    }

    #[test]
    fn only_what_changed() {
        let before = sample();
        assert_eq!(
            changes(Some(&before), &before, 99 * MINUTE),
            Vec::<String>::new()
        );
        let mut after = before.clone();
        let reply = described(&[json!({ "jobId": "id-join", "status": "SUCCEEDED" })]);
        after.absorb(&["id-join".into()], &reply);
        let lines = changes(Some(&before), &after, 99 * MINUTE);
        assert_eq!(lines, ["  join   SUCCEEDED"]);
        let first = changes(None, &after, 15 * MINUTE);
        assert!(
            first[0].starts_with("run r1 of F: 2 of 7 steps succeeded"),
            "{first:?}"
        );
        assert!(first.len() > 8);
    }

    #[test]
    fn a_long_wait_begins_when_nothing_else_is_waited_for() {
        let mut run = snapshot(&[("a", &[]), ("b", &["a"])]);
        let reply = described(&[
            json!({ "jobId": "id-a", "status": "SUCCEEDED", "createdAt": 1, "stoppedAt": 60 * MINUTE }),
            json!({ "jobId": "id-b", "status": "RUNNABLE", "createdAt": 1 }),
        ]);
        run.absorb(&["id-a".into(), "id-b".into()], &reply);
        let told = |now| explanations(&run, &run.steps[1], now).len();
        assert_eq!(told(69 * MINUTE), 0);
        assert_eq!(told(70 * MINUTE), 4);
        assert!(line(&run, &run.steps[1], Some(70 * MINUTE)).ends_with("for 10m 00s"));
    }

    #[test]
    fn what_to_do_at_the_end() {
        let mut run = snapshot(&[("a", &[])]);
        let failed = json!({ "jobId": "id-a", "status": "FAILED", "startedAt": 1, "stoppedAt": 2 });
        run.absorb(&["id-a".into()], &described(&[failed]));
        assert_eq!(
            ending(&run, &handle(), 0),
            ["what it wrote: `flowbatch logs r1 a`"]
        );
        run.submission = Submission::Incomplete;
        assert!(ending(&run, &handle(), 0)[0].contains("submit --resume r1"));
        let remote = Handle::remote(&RunId::parse("r1").unwrap()).with("--file", Some("a.flow"));
        let told = &ending(&run, &remote, 0)[0];
        assert!(told.contains("`flowbatch cancel r1 --file a.flow`") && !told.contains("resume"));
        run.submission = Submission::Cancelling;
        assert!(ending(&run, &handle(), 0)[0].contains("is being cancelled"));
        run.submission = Submission::Cancelled;
        assert_eq!(ending(&run, &handle(), 0)[0], "run r1 was cancelled");
        run.steps[0].sent = Sent::No;
        assert!(ending(&run, &handle(), 0)[0].ends_with("what is not submitted never will be"));
    }

    #[test]
    fn an_array_that_never_began_wrote_nothing() {
        let mut run = snapshot(&[("a", &[])]);
        let failed = |terminated: bool| {
            let array = json!({ "size": 2, "statusSummary": { "FAILED": 2 } });
            json!({
                "jobId": "id-a", "status": "FAILED", "arrayProperties": array, "isTerminated": terminated,
            })
        };
        run.absorb(&["id-a".into()], &described(&[failed(false)]));
        assert_eq!(
            ending(&run, &handle(), 0),
            ["what it wrote: `flowbatch logs r1 a`"]
        );
        run.absorb(&["id-a".into()], &described(&[failed(true)]));
        assert_eq!(ending(&run, &handle(), 0), [""; 0]);
    }

    #[test]
    fn times() {
        let told: Vec<String> = [0, 59_999, 60_000, 3_599_000, 3_600_000, 90_000_000]
            .map(span)
            .to_vec();
        assert_eq!(told, ["0s", "59s", "1m 00s", "59m 59s", "1h 00m", "1d 01h"]);
        for (at, expected) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_795_747_083, "2026-11-27 02:38:03"),
            (4_107_542_399, "2100-02-28 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(date(at * 1_000), expected);
        }
        let _ = (span(u64::MAX), date(u64::MAX));
    }
}
