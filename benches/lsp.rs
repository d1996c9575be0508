//! How fast the language server answers: `cargo bench --bench lsp`.
//!
//! The server runs in this process and talks over pipes, as with an editor: a time is from the
//! notification of an edit to the diagnostics of that version, their JSON included. The yardstick is
//! the grammar alone on the same text, taken turn by turn. Both are by the clock, so that a machine that
//! does other things as well shows little. Nothing here asserts; docs/editor.md has the targets.

// A benchmark prints, and stops where a measurement cannot be made.
#![allow(clippy::print_stdout, clippy::expect_used, clippy::unwrap_used)]

mod chain;

use std::hint::black_box;
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::time::{Duration, Instant};

use flowbatch::Settings;
use flowbatch::syntax::pest_alone;
use serde_json::{Value, json};

const HEAD: &str = "let registry = \"123456789012.dkr.ecr.us-east-1.amazonaws.com\"\n\n\
                    @batch(queue=\"ml\", image=\"${registry}/churn:2026-11-20\", platform=\"ec2\", \
                    iam_role=\"arn:aws:iam::123456789012:role/churn-task\")\n\
                    @timeout(hours=2)\nflow Bench {\n  param date: string = \"2026-11-20\"\n";

/// A chain of steps as people write them.
fn chain(steps: usize) -> String {
    chain::chain(HEAD, steps)
}

/// A client over pipes.
struct Client {
    to: PipeWriter,
    from: BufReader<PipeReader>,
    version: i32,
}

const URI: &str = "file:///flowbatch-bench/bench.flow";

impl Client {
    fn new(text: &str) -> Self {
        let (input, to) = std::io::pipe().expect("a pipe");
        let (from, output) = std::io::pipe().expect("a pipe");
        std::thread::spawn(|| flowbatch::lsp::run(input, output, Settings::default()));
        let from = BufReader::new(from);
        let mut client = Self {
            to,
            from,
            version: 1,
        };
        let params = json!({ "processId": null, "rootUri": null, "capabilities": {} });
        client.ask("initialize", params);
        client.notify("initialized", json!({}));
        let document = json!({ "uri": URI, "languageId": "flow", "version": 1, "text": text });
        client.notify("textDocument/didOpen", json!({ "textDocument": document }));
        client.published();
        client
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let text = format!("Content-Length: {}\r\n\r\n{text}", text.len());
        self.to.write_all(text.as_bytes()).expect("it listens");
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: Value) -> Vec<u8> {
        self.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }));
        loop {
            let message = self.read();
            if message.starts_with(b"{\"jsonrpc\":\"2.0\",\"id\":1") {
                return message;
            }
        }
    }

    fn read(&mut self) -> Vec<u8> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.from.read_line(&mut line).expect("it answers");
            if line == "\r\n" {
                break;
            }
            if let Some(number) = line.strip_prefix("Content-Length: ") {
                length = number.trim().parse().expect("a number");
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).expect("all of it");
        body
    }

    /// Waits for the diagnostics of the version that was sent last.
    fn published(&mut self) {
        let version = format!("\"version\":{},", self.version);
        loop {
            let message = self.read();
            let head = String::from_utf8_lossy(&message[..message.len().min(300)]).into_owned();
            if head.contains("publishDiagnostics") && head.contains(&version) {
                return;
            }
        }
    }

    /// Replaces a part of a line, and waits for the diagnostics.
    fn edit(&mut self, edit: &Edit) {
        self.send_edit(edit);
        self.published();
    }

    fn send_edit(&mut self, edit: &Edit) {
        self.version += 1;
        let at = |column: usize| json!({ "line": edit.line, "character": column });
        let range = json!({ "start": at(edit.start), "end": at(edit.end) });
        let params = json!({
            "textDocument": { "uri": URI, "version": self.version },
            "contentChanges": [{ "range": range, "text": edit.new }],
        });
        self.notify("textDocument/didChange", params);
    }
}

/// Replaces columns of a line.
struct Edit {
    line: usize,
    start: usize,
    end: usize,
    new: String,
}

/// Numbers without a pattern, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % end.max(1)
    }
}

/// A keystroke somewhere, or a word typed or deleted; and what takes it back.
fn random_edit(lines: &[&str], random: &mut Random) -> (Edit, Edit) {
    const TYPED: [&str; 16] = [
        "a", "x", "1", " ", "\"", "(", ")", "{", "}", ",", "=", "@", "#", "memory", "next s1", "\n",
    ];
    let line = random.below(lines.len());
    let start = random.below(lines[line].len() + 1);
    let (end, new) = match random.below(3) {
        0 => ((start + 1).min(lines[line].len()), String::new()),
        _ => (start, TYPED[random.below(TYPED.len())].to_owned()),
    };
    let back = lines[line][start..end].to_owned();
    let (last, column) = match new.as_str() {
        "\n" => (line + 1, 0),
        _ => (line, start + new.len()),
    };
    let undo = Edit {
        line,
        start,
        end: if last == line {
            column
        } else {
            usize::MAX >> 40
        },
        new: back,
    };
    let edit = Edit {
        line,
        start,
        end,
        new,
    };
    (edit, undo)
}

fn measured(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn keystrokes(steps: usize, edits: usize, target: &str) {
    let text = chain(steps);
    let lines: Vec<&str> = text.lines().collect();
    let mut client = Client::new(&text);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut published, mut parsed) = (Vec::new(), Vec::new());
    let mut offset = 0;
    let starts: Vec<usize> = lines
        .iter()
        .map(|line| {
            let start = offset;
            offset += line.len() + 1;
            start
        })
        .collect();
    for _ in 0..edits {
        let (edit, undo) = random_edit(&lines, &mut random);
        let mut edited = text.clone();
        let start = starts[edit.line];
        edited.replace_range(start + edit.start..start + edit.end, &edit.new);
        let pest = pest_alone(&edited);
        parsed.push(measured(|| {
            black_box(pest());
        }));
        published.push(measured(|| client.edit(&edit)));
        // A line that was broken is put together from two.
        if edit.new == "\n" {
            client.edit(&Edit {
                line: edit.line,
                start: edit.start,
                end: 1 << 20,
                new: String::new(),
            });
            client.version += 1;
            let whole = json!({
                "textDocument": { "uri": URI, "version": client.version },
                "contentChanges": [{ "text": text }],
            });
            client.notify("textDocument/didChange", whole);
            client.published();
        } else {
            client.edit(&undo);
        }
    }
    let row = |times: &mut [Duration]| [percentile(times, 50), percentile(times, 99)];
    let (published, parsed) = (row(&mut published), row(&mut parsed));
    let ratio = |n: usize| published[n].as_secs_f64() / parsed[n].as_secs_f64();
    println!(
        "{steps:>5} steps, {edits} edits: diagnostics {:>9.2?} at the median, {:>9.2?} at the 99th percentile; \
         pest alone {:>9.2?}, {:>9.2?}; ratio {:.2}, {:.2} ({target})",
        published[0],
        published[1],
        parsed[0],
        parsed[1],
        ratio(0),
        ratio(1),
    );
}

/// Something is typed behind a text in the last line that holds it, and what its first letter could
/// become is asked for at once.
fn completion(steps: usize, before: &str, typed: &str, what: &str) {
    let text = chain(steps);
    let mut client = Client::new(&text);
    let lines: Vec<&str> = text.lines().collect();
    let line = lines.iter().rposition(|line| line.contains(before));
    let line = line.expect("there is one");
    let column = lines[line].find(before).expect("it is in it") + before.len();
    let typing = Edit {
        line,
        start: column,
        end: column,
        new: typed.to_owned(),
    };
    let back = Edit {
        line,
        start: column,
        end: column + typed.len(),
        new: String::new(),
    };
    let params = json!({
        "textDocument": { "uri": URI },
        "position": { "line": line, "character": column + 1 },
    });
    let mut times = Vec::new();
    for _ in 0..200 {
        times.push(measured(|| {
            client.send_edit(&typing);
            black_box(client.ask("textDocument/completion", params.clone()));
        }));
        client.edit(&back);
    }
    println!(
        "{steps:>5} steps: completion of {what} behind a keystroke {:>9.2?} at the median, \
         {:>9.2?} at the 99th percentile (at most 10 ms)",
        percentile(&mut times, 50),
        percentile(&mut times, 99),
    );
}

/// The memory of this process, in KiB, where that can be told.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn flat(steps: usize, edits: usize) {
    let text = chain(steps);
    let lines: Vec<&str> = text.lines().collect();
    let mut client = Client::new(&text);
    let mut random = Random(7);
    let mut seen = Vec::new();
    for n in 0..=edits {
        if n % (edits / 5) == 0 {
            seen.extend(memory().map(|kib| format!("{:.1}", kib as f64 / 1024.0)));
        }
        let (edit, undo) = random_edit(&lines, &mut random);
        if edit.new != "\n" {
            client.edit(&edit);
            client.edit(&undo);
        }
    }
    println!(
        "{steps:>5} steps, {edits} edits and as many back: {} MiB",
        seen.join(", ")
    );
}

/// One edit after another, for a profiler that counts instructions: as many as are asked for, whole
/// checks with the JSON of what is published, or the grammar alone.
fn once(work: &str, times: usize) {
    let text = chain(1_000);
    if work == "pest" {
        let pest = pest_alone(&text);
        (0..times).for_each(|_| {
            black_box(pest());
        });
        return;
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut client = Client::new(&text);
    let mut random = Random(7);
    for _ in 0..times {
        let (edit, undo) = random_edit(&lines, &mut random);
        if edit.new != "\n" {
            client.edit(&edit);
            client.edit(&undo);
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let Some(at) = words.iter().position(|word| word == "--once") {
        let word = |n: usize| words.get(at + n).map_or("", String::as_str);
        once(word(1), word(2).parse().unwrap_or(1));
        return;
    }
    keystrokes(1_000, 1_000, "at most 2");
    keystrokes(50, 1_000, "at most 5 ms");
    for steps in [1_000, 50] {
        completion(steps, "@batch(", "m, ", "an option");
        completion(steps, "next ", "s, ", "a step");
    }
    flat(50, 10_000);
}
