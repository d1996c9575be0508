//! What became of a request is not known: nobody says that there is nothing while something may still
//! arrive.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command};

use flowbatch::aws::run::Record;
use serde_json::Value;

use super::account::Account;
use super::begun::Begun;
use super::figures;
use super::proxy::{Fault, Seen, Until};
use super::user::{STEPS, Tally, User};
use crate::main::project::Ran;

/// A run of which `start` was about to be submitted.
fn begun(user: User) -> Begun {
    let begun = Begun::unsubmitted(user, "run1");
    begun.journal(Record::Submitting {
        step: "start".into(),
    });
    begun
}

/// Begins to cancel, and waits until it says that it waits.
fn cancelling(begun: &Begun) -> (Child, BufReader<ChildStderr>) {
    let mut child = begun.user.watch(&["cancel", "run1"]);
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("text");
    assert!(
        line.starts_with("run run1: the job of `start` may still arrive: looking for it for "),
        "{line}"
    );
    (child, stderr)
}

#[test]
fn cancel_ends_what_arrives_meanwhile() {
    let Some(user) = User::hasty() else { return };
    let begun = begun(user);
    let (child, _stderr) = cancelling(&begun);
    begun.send("start");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(stdout, "run run1: 1 job ended: start\n");
    assert_eq!(begun.alive().len(), 0);
    // What was found is known from then on.
    let status = begun.user.run(&["status", "run1"]).code(0).stdout;
    assert!(status.contains("start  FAILED"), "{status}");
    let runs = begun.user.run(&["runs"]).code(0).stdout;
    assert!(runs.contains("cancelled, 1 of 3 steps submitted"), "{runs}");
    // What was sent long ago is not waited for.
    let again = begun.user.run(&["cancel", "run1"]).code(0);
    assert_eq!(again.stderr, "");
}

#[cfg(unix)]
#[test]
fn cancel_that_is_interrupted_has_to_be_done_again() {
    let Some(user) = User::new() else { return };
    let begun = begun(user);
    let (mut child, mut stderr) = cancelling(&begun);
    let pid = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &pid]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_eq!(
        rest,
        "error: interrupted\n  run run1 is not cancelled yet, the job of `start` may still arrive: cancel it \
         again\n"
    );
    let (_, entries) = begun.folder().read(&begun.run).expect("a run");
    let last = entries.last().map(|entry| &entry.record);
    assert_eq!(last, Some(&Record::Cancelling));
}

#[test]
fn cancel_says_what_it_could_not_end() {
    let Some(begun) = Begun::new() else { return };
    let denied = |seen: &Seen| (seen.operation == "TerminateJob").then_some(Fault::Status(403));
    begun.user.account.proxy.rule(denied);
    let ran = begun.user.run(&["cancel", "run1"]).code(3);
    assert_eq!(
        ran.stdout,
        "run run1: 3 jobs not ended: done, part, start\n"
    );
    assert!(ran.stderr.contains("batch:TerminateJob"), "{}", ran.stderr);
}

/// Submits; the first SubmitJob gets lost, the second is refused. Then `meanwhile` happens.
fn refused(user: &User, arguments: &[&str], meanwhile: impl Fn(&User)) -> Ran {
    user.account
        .proxy
        .rule(|seen| match (&*seen.operation, seen.nth) {
            ("SubmitJob", 1) => Some(Fault::Late(Until::Told)),
            ("SubmitJob", _) => Some(Fault::Status(400)),
            _ => None,
        });
    std::thread::scope(|scope| {
        let ran = scope.spawn(|| user.run(arguments));
        while user.account.proxy.counts().get("SubmitJob") != Some(&2) {
            assert!(!ran.is_finished());
            std::thread::yield_now();
        }
        meanwhile(user);
        ran.join().expect("it ends")
    })
}

#[test]
fn a_refusal_does_not_settle_what_was_sent_before() {
    let Some(user) = User::hasty() else { return };
    let waits = "a lost request for the job of `start` may still arrive: looking for it for ";
    let ran = refused(&user, &["submit", "a.flow"], |user| {
        // It arrives once the run was listed twice since.
        let proxy = &user.account.proxy;
        let listed = || proxy.counts().get("ListJobs").copied().unwrap_or(0);
        let before = listed();
        while listed() < before + 2 {
            std::thread::yield_now();
        }
        proxy.deliver();
    })
    .code(3);
    assert!(ran.stderr.contains(waits), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("1 of 3 jobs are submitted"),
        "{}",
        ran.stderr
    );
    let id = &user.account.jobs()[0]["job"]["jobId"];
    assert!(ran.stdout.contains(id.as_str().expect("an id")));
    user.account.proxy.heal();
    user.resume().code(0);
    assert_eq!(user.once(&STEPS), Ok(Tally::default()));
}

#[test]
fn what_was_refused_is_so_once_nothing_can_arrive() {
    let Some(user) = User::hasty() else { return };
    let ran = refused(&user, &["submit", "a.flow"], |_| ()).code(3);
    assert!(
        ran.stderr.contains("no job is known to be submitted"),
        "{}",
        ran.stderr
    );
    let status = user.run(&["status"]).code(0).stdout;
    assert!(status.contains("start  refused"), "{status}");
}

#[test]
fn what_cannot_be_looked_for_stays_in_doubt() {
    let Some(user) = User::hasty() else { return };
    let ran = refused(&user, &["submit", "a.flow", "--format", "json"], |user| {
        let denied = |seen: &Seen| (seen.operation == "ListJobs").then_some(Fault::Status(403));
        user.account.proxy.rule(denied);
    })
    .code(3);
    let document: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(document["jobs"][0]["unknown"], true);
    assert!(
        ran.stderr
            .contains("whether there is a job of `start` is not known")
            && ran.stderr.contains("looks for it and goes on")
            && !ran.stderr.contains("no job is known"),
        "{}",
        ran.stderr
    );
    let status = user.run(&["status"]).code(0).stdout;
    assert!(status.contains("start  unknown"), "{status}");
    user.account.proxy.heal();
    user.account.proxy.deliver();
    user.resume().code(0);
    assert_eq!(user.once(&STEPS), Ok(Tally::default()));
}

#[test]
fn a_second_job_that_may_not_be_ended_is_named() {
    let Some(user) = User::hasty() else { return };
    user.account
        .proxy
        .rule(|seen| match (&*seen.operation, seen.nth) {
            ("SubmitJob", 1) => Some(Fault::Late(Until::SentAgain)),
            ("TerminateJob", _) => Some(Fault::Status(403)),
            _ => None,
        });
    let mut ran = user.submit().code(3);
    for _ in 0..2 {
        assert!(
            !ran.stderr.contains("terminated")
                && ran.stderr.contains(
                    ", a second job of `start`, may still run: `flowbatch submit --resume "
                ),
            "{}",
            ran.stderr
        );
        ran = user.resume().code(3);
    }
    user.account.proxy.heal();
    let ran = user.resume().code(0);
    assert!(ran.stderr.contains("terminated "), "{}", ran.stderr);
    assert_eq!(user.once(&STEPS).map(|tally| tally.duplicates), Ok(1));
}

/// `start` was being sent when the process was killed: in another account, it would be sent again.
#[test]
fn a_run_is_gone_on_with_in_its_own_account() {
    let Some(user) = User::hasty() else { return };
    let other = Account::new().expect("there was one").queue("ml");
    let calm = User::new().expect("there was one");
    calm.submit().code(0);
    let seen = calm.account.proxy.seen();
    let first = seen.iter().find(|seen| seen.operation == "SubmitJob");
    assert!(user.killed(first.expect("one").number, Fault::ReplyLost));
    user.account.proxy.heal();
    user.account.proxy.belongs_to(&other.id);
    user.account.proxy.forget();
    let run = user.runs().remove(0);
    for arguments in [&["submit", "--resume", &run][..], &["cancel", &run]] {
        let ran = user.run(arguments).code(3);
        let said = format!(
            "run {run} is in account {}, and these are credentials of account {}",
            user.account.id, other.id
        );
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    }
    let counts: Vec<_> = user.account.proxy.counts().into_iter().collect();
    assert_eq!(counts, [("DescribeJobQueues".to_owned(), 2)]);
    user.account.proxy.belongs_to(&user.account.id);
    // Who may not ask for queues may go on all the same.
    let denied =
        |seen: &Seen| (seen.operation == "DescribeJobQueues").then_some(Fault::Status(403));
    user.account.proxy.rule(denied);
    user.resume().code(0);
    assert_eq!(user.once(&STEPS), Ok(Tally::default()));
}

/// What cannot be written down is ended all the same.
#[cfg(target_os = "linux")]
#[test]
fn a_run_is_cancelled_where_nothing_can_be_written() {
    let full = "mkdir kept && cp -a .flowbatch/. kept && mount -t tmpfs -o size=64k tmpfs .flowbatch && \
                cp -a kept/. .flowbatch && { dd if=/dev/zero of=.flowbatch/full bs=4k 2> /dev/null; true; }";
    let read_only = "mount --bind .flowbatch .flowbatch && mount -o remount,ro,bind .flowbatch";
    for (place, words) in [(full, "No space left"), (read_only, "Read-only")] {
        let Some(begun) = Begun::new() else { return };
        // The next record needs another page.
        let journal = begun.folder().run(&begun.run).join("journal.jsonl");
        let size = || fs::metadata(&journal).expect("a journal").len() % 4096;
        while size() == 0 || size() + 40 < 4096 {
            begun.journal(Record::Complete);
        }
        let plain = begun.user.command(&["cancel", "run1"]);
        let mut command = Command::new("unshare");
        let script = format!("{{ {place}; }} || exit 99\nexec \"$0\" \"$@\"\n");
        command
            .args(["--map-root-user", "--mount", "sh", "-c", &script])
            .arg(plain.get_program())
            .args(plain.get_args())
            .current_dir(begun.user.project.path());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let ran = begun.user.project.run_with(command, b"");
        if ran.code == Some(99) || ran.stderr.starts_with("unshare: ") {
            figures::not_tested(&format!("a disk that cannot be written: {}", ran.stderr));
            return;
        }
        let ran = ran.code(0);
        assert_eq!(ran.stdout, "run run1: 3 jobs ended: done, part, start\n");
        assert!(
            ran.stderr.starts_with("warning: cannot ")
                && ran.stderr.contains(words)
                && ran.stderr.contains("ended all the same"),
            "{}",
            ran.stderr
        );
        assert_eq!(begun.alive().len(), 0);
    }
}
