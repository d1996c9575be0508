//! Speed, as ratios within one run: `cargo bench`.
//!
//! The yardstick is serde_json reading the document that a flow compiles to
//! into a `Value` and printing it again: what any tool must do that edits such
//! JSON. Nothing here asserts; docs/speed.md has the targets, and what was tried.

// A benchmark prints, and stops where a measurement cannot be made.
#![allow(clippy::print_stdout, clippy::expect_used, clippy::unwrap_used)]

mod chain;

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flowbatch::Settings;
use flowbatch::source::Memory;

const FLOW: &str = "bench.flow";
const HEAD: &str = "@batch(queue=\"ml\", image=\"123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:2026-11-20\", \
                    platform=\"ec2\", iam_role=\"arn:aws:iam::123456789012:role/churn-task\")\n\
                    @timeout(hours=2)\nflow Bench {\n  param date: string = \"2026-11-20\"\n";

/// A chain of steps as people write them.
fn chain(steps: usize) -> String {
    chain::chain(HEAD, steps)
}

/// Diamonds one after another.
fn diamonds(count: usize) -> String {
    let mut text = HEAD.to_owned();
    for n in 0..count {
        let _ = writeln!(
            text,
            "  step a{n} {{ run \"true\"  next b{n}, c{n} }}\n  step b{n} {{ run \"true\"  next d{n} }}\n  \
             step c{n} {{ run \"true\"  next d{n} }}\n  join d{n} {{ run \"true\"  {} }}",
            if n + 1 < count {
                format!("next a{}", n + 1)
            } else {
                String::new()
            }
        );
    }
    text + "}\n"
}

/// One foreach over many items.
fn wide(items: usize) -> String {
    let items: Vec<String> = (0..items).map(|item| item.to_string()).collect();
    format!(
        "{HEAD}  step a {{ run \"true\"  next b foreach item in [{}] }}\n  step b {{ run \"echo $item\" }}\n}}\n",
        items.join(", ")
    )
}

/// Annotations that are all wrong.
fn wrong(count: usize) -> String {
    let mut text = HEAD.to_owned();
    for n in 0..count {
        let _ = writeln!(
            text,
            "  @batch(cpuu={n}, memory=\"8G\")\n  step s{n} {{ run \"true\" }}"
        );
    }
    text + "}\n"
}

/// The shortest of several runs of each piece of work, which take turns, so that what else the
/// machine does slows all of them.
fn times<const N: usize>(runs: usize, mut work: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut shortest = [Duration::MAX; N];
    for _ in 0..runs {
        for (work, shortest) in work.iter_mut().zip(&mut shortest) {
            let start = Instant::now();
            work();
            *shortest = start.elapsed().min(*shortest);
        }
    }
    shortest
}

fn ratio(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64()
}

fn against_the_yardstick(steps: usize) {
    let loader = Memory::default().with(FLOW, chain(steps));
    let settings = Settings::default();
    let document = || {
        let compiled =
            flowbatch::compile(&loader, Path::new(FLOW), &settings).expect("it is there");
        compiled.artifacts.expect("it has no errors").document()
    };
    let json = document();
    let [yardstick, build, check] = times(
        (100_000 / steps).clamp(10, 50),
        [
            &mut || {
                let value: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
                black_box(serde_json::to_string_pretty(&value).expect("it is a value"));
            },
            &mut || {
                black_box(document());
            },
            &mut || {
                let checked = flowbatch::check(&loader, Path::new(FLOW), &settings);
                black_box(checked.expect("it is there"));
            },
        ],
    );
    println!(
        "{steps:>7} steps   yardstick {yardstick:>9.2?}   build {:.2} (at most 0.75)   check {:.2} (at most 0.50)",
        ratio(build, yardstick),
        ratio(check, yardstick),
    );
}

/// How the time grows from `small` to eight times as much: 1.0 is linear.
fn growth(name: &str, small: usize, flow: fn(usize) -> String) {
    let settings = Settings::default();
    let loaders = [small, small * 8].map(|size| Memory::default().with(FLOW, flow(size)));
    let check = |loader: &Memory| {
        let checked = flowbatch::check(loader, Path::new(FLOW), &settings);
        black_box(checked.expect("it is there"));
    };
    let [few, many] = times(5, [&mut || check(&loaders[0]), &mut || check(&loaders[1])]);
    println!(
        "{name:<20} {small} to {}   exponent {:.2} (at most 1.10)   {many:.2?}",
        small * 8,
        ratio(many, few).ln() / 8f64.ln(),
    );
}

fn start() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FLOW);
    std::fs::write(&path, chain(1)).expect("it is writable");
    let run = |words: &[&std::ffi::OsStr]| {
        let status = Command::new(env!("CARGO_BIN_EXE_flowbatch"))
            .args(words)
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("it runs").success());
    };
    let [version, build] = times(
        200,
        [&mut || run(&["--version".as_ref()]), &mut || {
            run(&["build".as_ref(), "--stdout".as_ref(), path.as_ref()])
        }],
    );
    println!(
        "one step: build --stdout is {:.2} times --version (at most 1.5)",
        ratio(build, version)
    );
}

fn memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FLOW);
    std::fs::write(&path, chain(10_000)).expect("it is writable");
    let script = "import resource, subprocess, sys\n\
                  subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)\n\
                  print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)";
    for command in ["check", "build"] {
        let mut python = Command::new("python3");
        python.args(["-c", script, env!("CARGO_BIN_EXE_flowbatch"), command]);
        if command == "build" {
            python.arg("--stdout");
        }
        match python.arg(&path).output() {
            Ok(output) => println!(
                "10,000 steps: {command} takes {} MiB at its peak (at most 80)",
                String::from_utf8_lossy(&output.stdout).trim()
            ),
            Err(error) => println!("10,000 steps: {command} not measured: python3: {error}"),
        }
    }
}

/// One piece of work, once, for a profiler that counts instructions:
/// `valgrind --tool=callgrind target/release/deps/speed-… --once check 1000 chain`.
fn once(work: &str, size: usize, flow: fn(usize) -> String) {
    let loader = Memory::default().with(FLOW, flow(size));
    let settings = Settings::default();
    let path = Path::new(FLOW);
    match work {
        "load" => {}
        "check" => {
            black_box(flowbatch::check(&loader, path, &settings).expect("it is there"));
        }
        _ => {
            let compiled = flowbatch::compile(&loader, path, &settings).expect("it is there");
            let json = compiled.artifacts.expect("it has no errors").document();
            if work == "yardstick" {
                let value: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
                black_box(serde_json::to_string_pretty(&value).expect("it is a value"));
            }
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let Some(at) = words.iter().position(|word| word == "--once") {
        let word = |n: usize| words.get(at + n).map_or("", String::as_str);
        let flow = match word(3) {
            "diamonds" => diamonds,
            "wide" => wide,
            "wrong" => wrong,
            _ => chain,
        };
        once(word(1), word(2).parse().unwrap_or(1_000), flow);
        return;
    }
    against_the_yardstick(1_000);
    against_the_yardstick(10_000);
    growth("chain", 12_500, chain);
    growth("diamonds", 1_000, diamonds);
    growth("one wide foreach", 12_500, wide);
    growth("wrong annotations", 2_500, wrong);
    start();
    memory();
}
