//! `flowbatch submit` over the wire: what is there afterwards, and how often.

use std::fmt::Write as _;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::account::Account;
use super::figures;
use super::user::{FLOW, STEPS, Tally, User, each};

/// The jobs by step: what was asked for, and what is there.
fn by_step(user: &User) -> std::collections::BTreeMap<String, Value> {
    let step = |one: &Value| {
        one["request"]["tags"]["flowbatch:step"]
            .as_str()
            .expect("a step")
            .to_owned()
    };
    user.account
        .jobs()
        .into_iter()
        .map(|one| (step(&one), one))
        .collect()
}

#[test]
fn everything_that_was_reviewed_is_there() {
    let Some(user) = User::new() else { return };
    user.run(&["submit", "a.flow", "-p", "day=friday"]).code(0);
    assert_eq!(user.once(&STEPS), Ok(Tally::default()));
    let run = user.runs().remove(0);
    assert!(
        run.len() <= 16
            && run
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    );
    let jobs = by_step(&user);
    let (start, part, done) = (&jobs["start"], &jobs["part"], &jobs["done"]);
    assert_eq!(start["job"]["jobName"], format!("Churn-{run}-start"));
    assert_eq!(
        start["request"]["tags"],
        json!({
            "flowbatch:flow": "Churn", "flowbatch:run": run, "flowbatch:step": "start",
        })
    );
    assert_eq!(start["job"]["dependsOn"], json!([]));
    assert_eq!(part["request"]["arrayProperties"], json!({ "size": 3 }));
    assert_eq!(part["job"]["dependsOn"][0]["jobId"], start["job"]["jobId"]);
    assert_eq!(done["job"]["dependsOn"][0]["jobId"], part["job"]["jobId"]);
    let environment = start["job"]["container"]["environment"]
        .as_array()
        .expect("a list");
    for (name, value) in [("day", "friday"), ("FLOWBATCH_RUN_ID", run.as_str())] {
        assert!(
            environment.contains(&json!({ "name": name, "value": value })),
            "{environment:?}"
        );
    }
    // The revision that registration returned.
    let arn = start["request"]["jobDefinition"].as_str().expect("an ARN");
    assert!(
        arn.starts_with("arn:aws:batch:") && arn.ends_with(":1"),
        "{arn}"
    );
}

/// What was reviewed is what is sent, to the byte.
#[test]
fn definitions_are_sent_as_they_were_built() {
    let Some(user) = User::new() else { return };
    user.run(&["build", "a.flow"]).code(0);
    user.submit().code(0);
    let seen = user.account.proxy.seen();
    let sent = seen
        .iter()
        .filter(|seen| seen.operation == "RegisterJobDefinition");
    let mut count = 0;
    for seen in sent {
        let name = seen.body["jobDefinitionName"].as_str().expect("a name");
        let step = name.strip_prefix("Churn-").expect("a step");
        let built = user
            .project
            .text(&format!("out/Churn/job-definitions/{step}.json"));
        let built: Value = serde_json::from_str(&built).expect("JSON");
        assert_eq!(seen.body.to_string(), built.to_string());
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn what_is_unchanged_is_not_registered_again() {
    let Some(user) = User::new() else { return };
    user.account.shim("settings", json!({ "page": 1 }));
    user.submit().code(0);
    assert_eq!(user.account.proxy.counts()["RegisterJobDefinition"], 3);
    user.account.proxy.forget();
    user.submit().code(0);
    let counts = user.account.proxy.counts();
    assert_eq!(counts.get("RegisterJobDefinition"), None, "{counts:?}");
    assert_eq!(counts["SubmitJob"], 3);
    // Where nothing is known of earlier runs, the account is asked.
    fs::remove_dir_all(user.project.path().join(".flowbatch")).expect("a folder");
    user.account.proxy.forget();
    user.submit().code(0);
    assert_eq!(
        user.account.proxy.counts().get("RegisterJobDefinition"),
        None
    );
    let changed = FLOW.replace("echo part", "echo changed");
    fs::write(user.project.path().join("a.flow"), changed).expect("a file");
    user.account.proxy.forget();
    user.submit().code(0);
    assert_eq!(user.account.proxy.counts()["RegisterJobDefinition"], 1);
    assert_eq!(user.account.definitions().len(), 4);
    assert_eq!(user.account.jobs().len(), 12);
}

/// Neither revisions nor jobs are seen at once after they were made.
#[test]
fn what_is_new_may_take_a_while() {
    let Some(user) = User::new() else { return };
    user.account
        .shim("settings", json!({ "jobLag": 2, "definitionLag": 1 }));
    user.submit().code(0);
    assert_eq!(user.once(&STEPS), Ok(Tally::default()));
}

#[test]
fn nothing_is_submitted_to_look_at_it() {
    let Some(user) = User::new() else { return };
    user.run(&["submit", "a.flow", "--dry-run"]).code(0);
    assert_eq!(user.account.jobs(), Vec::<Value>::new());
    assert_eq!(user.account.definitions(), Vec::<Value>::new());
    assert_eq!(user.runs(), Vec::<String>::new());
}

#[test]
fn a_run_may_begin_in_the_middle() {
    let Some(user) = User::new() else { return };
    user.run(&["submit", "a.flow", "--from", "part"]).code(0);
    assert_eq!(user.once(&["done", "part"]), Ok(Tally::default()));
    assert_eq!(by_step(&user)["part"]["job"]["dependsOn"], json!([]));
}

/// Many at a time, some of the same folder: each run has its jobs, and none has another's.
#[test]
fn many_submit_the_same_flow() {
    let Some(user) = User::new() else { return };
    let children: Vec<_> = (0..6).map(|_| user.begin(&["submit", "a.flow"])).collect();
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    assert_eq!(user.runs().len(), 6);
    let live = user.account.live();
    assert_eq!(live.len(), 18, "{live:?}");
    assert!(live.values().all(|count| *count == 1), "{live:?}");
    for one in user.account.jobs() {
        let run = one["request"]["tags"]["flowbatch:run"]
            .as_str()
            .expect("a run");
        assert!(user.runs().iter().any(|known| known == run));
    }
}

/// One run is gone on with by one process at a time.
#[test]
fn many_resume_the_same_run() {
    let Some(user) = User::hasty() else { return };
    user.killed(5, super::proxy::Fault::ReplyLost);
    user.account.proxy.heal();
    // Whoever is at work is still at work when the others begin.
    user.account
        .proxy
        .delay(std::time::Duration::from_millis(100));
    let run = user.runs().remove(0);
    let done = AtomicUsize::new(0);
    each(&[(); 4], |()| {
        let ran = user.run(&["submit", "--resume", &run]);
        if ran.code == Some(0) {
            done.fetch_add(1, Ordering::SeqCst);
        } else {
            assert!(ran.stderr.contains("another process"), "{}", ran.stderr);
        }
    });
    assert!(done.into_inner() >= 1);
    assert_eq!(user.once(&STEPS).map(|tally| tally.duplicates), Ok(0));
}

#[test]
fn an_array_of_ten_thousand() {
    let Some(account) = Account::new() else {
        return;
    };
    let user = User::of(account, &FLOW.replace("0..3", "0..10000"));
    user.submit().code(0);
    assert_eq!(user.once(&STEPS), Ok(Tally::default()));
    assert_eq!(
        by_step(&user)["part"]["job"]["arrayProperties"]["size"],
        10_000
    );
}

/// Fifty rows of twenty, and one before and after them.
#[test]
fn a_thousand_steps() {
    const ROWS: usize = 50;
    let Some(account) = Account::new() else {
        return;
    };
    let mut flow = format!(
        "{}flow Churn {{\n",
        FLOW.split_inclusive('\n').next().expect("a line")
    );
    let row = |n: usize| (0..20).map(move |m| format!("s{n}_{m}"));
    let all: Vec<String> = row(0).collect();
    let _ = writeln!(
        flow,
        "  step first {{ run \"true\" next {} }}",
        all.join(", ")
    );
    for n in 0..ROWS {
        for (m, name) in row(n).enumerate() {
            let next = row(n + 1).nth(m).filter(|_| n + 1 < ROWS);
            let next = next.unwrap_or_else(|| "last".to_owned());
            let _ = writeln!(flow, "  step {name} {{ run \"true\" next {next} }}");
        }
    }
    flow += "  join last { run \"true\" }\n}\n";
    let user = User::of(account, &flow);
    let ran = user.submit();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let jobs = user.account.live();
    assert_eq!((jobs.len(), jobs.values().sum::<usize>()), (1002, 1002));
    let counts = user.account.proxy.counts();
    assert_eq!(
        (counts["RegisterJobDefinition"], counts["SubmitJob"]),
        (1002, 1002)
    );
    figures::say(&format!("a flow of 1,002 steps: {counts:?}"));
}

#[test]
fn a_queue_that_is_disabled_midway() {
    let Some(user) = User::new() else { return };
    let user = Arc::new(user);
    let (its, done) = (Arc::downgrade(&user), Arc::new(AtomicBool::new(false)));
    user.account.proxy.rule(move |seen| {
        if seen.operation == "SubmitJob" && seen.nth == 2 && !done.swap(true, Ordering::SeqCst) {
            let user = its.upgrade().expect("it is there");
            user.account.call(
                "UpdateJobQueue",
                &json!({ "jobQueue": "ml", "state": "DISABLED" }),
            );
        }
        None
    });
    let ran = user.submit().code(3);
    assert!(ran.stderr.contains("ENABLED"), "{}", ran.stderr);
    assert_eq!(user.account.jobs().len(), 1);
    user.account.call(
        "UpdateJobQueue",
        &json!({ "jobQueue": "ml", "state": "ENABLED" }),
    );
    user.resume().code(0);
    assert_eq!(user.once(&STEPS), Ok(Tally::default()));
}

/// What cannot be written down is not done: whenever the disk is full, a run can be gone on with
/// once there is room.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_under_the_journal() {
    let script = "mount -t tmpfs -o size=$0 tmpfs .flowbatch || exit 99\n\
                  \"$@\"; code=$?\n\
                  cp -a .flowbatch kept && exit $code\n";
    let tried = Mutex::new((0, 0));
    let sizes: Vec<String> = (3..=12).map(|pages| format!("{}k", 4 * pages)).collect();
    each(&sizes, |size| {
        let Some(user) = User::hasty() else { return };
        // Twelve steps more, so that the journal has several pages.
        let more: String = (0..12)
            .map(|n| format!("  step s{n} {{ run \"true\" next s{} }}\n", n + 1))
            .collect();
        let more = more.replace("next s12 }", "}");
        let flow = FLOW.replace("echo done\" }", &format!("echo done\" next s0 }}\n{more}"));
        fs::write(user.project.path().join("a.flow"), flow).expect("a file");
        fs::create_dir(user.project.path().join(".flowbatch")).expect("a folder");
        let plain = user.command(&["submit", "a.flow"]);
        let mut command = std::process::Command::new("unshare");
        command
            .args(["--map-root-user", "--mount", "sh", "-c", script, size])
            .arg(plain.get_program())
            .args(plain.get_args())
            .current_dir(user.project.path());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let ran = user.project.run_with(command, b"");
        if ran.code == Some(99) || ran.stderr.starts_with("unshare: ") {
            figures::not_tested(&format!("a full disk under the journal: {}", ran.stderr));
            return;
        }
        let folder = user.project.path().join(".flowbatch");
        fs::remove_dir(&folder).expect("the empty one");
        fs::rename(user.project.path().join("kept"), &folder).expect("what was kept");
        let mut tried = tried.lock().expect("unpoisoned");
        tried.0 += 1;
        let mut again = ran;
        if again.code != Some(0) {
            tried.1 += 1;
            assert!(
                again.stderr.contains("No space left on device"),
                "{size}: {}",
                again.stderr
            );
            drop(tried);
            again = user.resume();
        }
        assert_eq!(again.code, Some(0), "{size}: {}", again.stderr);
        let mut steps: Vec<String> = (0..12).map(|n| format!("s{n}")).collect();
        steps.extend(STEPS.map(str::to_owned));
        steps.sort();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let once = user.once(&steps);
        assert_eq!(once.map(|tally| tally.duplicates), Ok(0), "{size}");
    });
    let (tried, full) = *tried.lock().expect("unpoisoned");
    if tried > 0 {
        assert!(full >= 3, "only {full} of {tried} were full");
        figures::say(&format!(
            "a full disk: {full} of {tried} runs stopped and were resumed"
        ));
    }
}
