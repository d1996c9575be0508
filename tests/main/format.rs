//! `flowbatch fmt`: the layout itself, and its laws over every fixture and over mutilated flows.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use flowbatch::source::{Disk, Loader};
use insta::assert_snapshot;
use proptest::prelude::*;

use super::emitted::{generated, settings};
use super::input::Input;
use super::project::Project;

/// Every `.flow` of the fixtures that is UTF-8.
fn fixtures() -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "flow")
            {
                let text = fs::read(&path).expect("it is readable");
                found.extend(String::from_utf8(text).ok().map(|text| (path, text)));
            }
        }
    }
    assert!(found.len() > 200, "{}", found.len());
    found
}

/// All that is neither a blank nor in a comment nor what the layout may add, drop or choose; and
/// the comments, which may move among it.
fn substance(text: &str) -> (String, Vec<String>) {
    let mut sources = flowbatch::source::Sources::default();
    let file = sources.add("a.flow".into(), "a.flow".into(), text);
    let mut sink = flowbatch::diagnostic::Diagnostics::default();
    let tree = flowbatch::syntax::parse(&sources, file, &mut sink);
    let mut rest = String::new();
    let mut at = 0;
    for comment in &tree.comments {
        rest += &text[at..comment.start as usize];
        at = comment.end as usize;
    }
    rest += &text[at..];
    let rest = rest
        .chars()
        .filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n' | ','))
        .map(|c| if c == ':' { '=' } else { c });
    let said = |span: &flowbatch::source::Span| sources.text(*span).trim_end().to_owned();
    (rest.collect(), tree.comments.iter().map(said).collect())
}

fn holds(text: &str) -> Result<String, TestCaseError> {
    let new = flowbatch::format(text);
    prop_assert_eq!(substance(text), substance(&new), "something is lost");
    prop_assert_eq!(&flowbatch::format(&new), &new, "not idempotent");
    Ok(new)
}

/// The disk, with another text in one file.
struct Instead<'a>(&'a Path, &'a str);

impl Loader for Instead<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == self.0 {
            return Ok(self.1.as_bytes().to_vec());
        }
        Disk.read(path)
    }

    fn identity(&self, path: &Path) -> PathBuf {
        Disk.identity(path)
    }

    fn ancestors(&self, folder: &Path) -> Vec<PathBuf> {
        Disk.ancestors(folder)
    }
}

#[test]
fn every_fixture_keeps_its_meaning() {
    for (path, text) in fixtures() {
        let new = holds(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let settings = settings(&path);
        let compiled = |loader: &dyn Loader| {
            let compiled = flowbatch::compile(loader, &path, &settings).expect("it is readable");
            let mut codes: Vec<&str> = compiled
                .checked
                .diagnostics
                .iter()
                .map(|found| found.code.name)
                .collect();
            codes.sort_unstable();
            (
                codes,
                compiled.artifacts.map(|artifacts| artifacts.document()),
            )
        };
        let (before, after) = (compiled(&Disk), compiled(&Instead(&path, &new)));
        assert_eq!(before, after, "{}:\n{new}", path.display());
    }
}

#[test]
fn generated_flows_lose_nothing() {
    for (text, _) in generated(100) {
        let new = holds(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        for line in new.lines().filter(|line| line.chars().count() > 100) {
            assert!(line.contains('"'), "only a token may be so long: {line}");
        }
    }
}

/// What becomes of a flow: the codes of its diagnostics, and the document.
fn compiled(text: &str) -> (Vec<String>, String) {
    let toml = "[batch]\nqueue = \"q\"\nimage = \"alpine:3\"\nplatform = \"ec2\"\n\
                execution_role = \"arn:aws:iam::123456789012:role/exec\"\n";
    let input = Input::new(text).file("flowbatch.toml", toml);
    let output = input.param("n", "7").compile();
    let mut codes: Vec<String> = output.codes().into_iter().map(str::to_owned).collect();
    codes.sort_unstable();
    (codes, output.text)
}

/// A flow with a comment at every `step`th place where one may stand, from `first` on: between any
/// two tokens but the dots of a range.
fn commented(text: &str, first: usize, step: usize) -> String {
    let mut sources = flowbatch::source::Sources::default();
    let file = sources.add("a.flow".into(), "a.flow".into(), text);
    let tokens: Vec<&str> = flowbatch::syntax::tokens(&sources, file)
        .into_iter()
        .filter(|(kind, _)| *kind != flowbatch::syntax::TokenKind::Whitespace)
        .map(|(_, span)| sources.text(span))
        .collect();
    let mut out = String::new();
    let mut at = 0;
    let mut places = 0..;
    for (index, token) in tokens.iter().enumerate() {
        let start = at + text[at..].find(token).expect("it is there");
        let is_inside = index > 0 && tokens[index - 1] == "." && *token == ".";
        let place = places.next().filter(|_| !is_inside);
        let chosen = place.and_then(|place: usize| place.checked_sub(first));
        match chosen.filter(|place| place % step == 0) {
            // Beside something, or on a line of its own, or both.
            Some(place) => {
                out += ["  # beside\n", "\n\n  # alone\n\n\n", " # one\n# two\n"][place / step % 3]
            }
            None => out += &text[at..start],
        }
        out += token;
        at = start + token.len();
    }
    out + &text[at..]
}

/// A text with comments, laid out; nothing of it stays as it is.
fn all_laid_out(text: &str) -> String {
    let new = holds(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert!(
        !new.contains("\n\n\n"),
        "more than one blank line:\n{text}\n{new}"
    );
    new
}

#[test]
fn generated_flows_with_comments_keep_their_meaning() {
    let mut built = 0;
    for (index, (text, _)) in generated(60).into_iter().step_by(4).enumerate() {
        let before = compiled(&text);
        built += usize::from(!before.1.is_empty());
        for step in [1, 2, 7] {
            let text = commented(&text, index % step, step);
            assert!(substance(&text).1.len() > 3, "{text}");
            assert_eq!(compiled(&text), before, "{text}");
            let new = all_laid_out(&text);
            assert_eq!(compiled(&new), before, "{text}\n{new}");
        }
    }
    assert!(built > 5, "only {built} are built");
    let text = fixture("churn.flow");
    let bare: String = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().to_owned() + "\n")
        .collect();
    for text in [text.as_str(), &bare] {
        for (first, step) in [1, 2, 5]
            .into_iter()
            .flat_map(|step| (0..step).map(move |first| (first, step)))
        {
            all_laid_out(&commented(text, first, step));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutilated_flows_lose_nothing(at in 0.0..1.0f64, length in 0usize..40, insert in "[ \\n{}()\\[\\],=:#\"@a]{0,3}") {
        let text = fixture("churn.flow");
        let mut start = (text.len() as f64 * at) as usize;
        while !text.is_char_boundary(start) { start -= 1; }
        let mut end = (start + length).min(text.len());
        while !text.is_char_boundary(end) { end += 1; }
        let mutilated = format!("{}{insert}{}", &text[..start], &text[end..]);
        holds(&mutilated)?;
    }
}

/// A file of `fixtures/format`, and what it becomes.
fn shown(name: &str) -> String {
    flowbatch::format(&fixture(name))
}

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/format");
    fs::read_to_string(folder.join(name)).expect("it is there")
}

#[test]
fn the_layout() {
    assert_snapshot!(shown("churn.flow"));
}

#[test]
fn mistakes_stay_as_they_are() {
    assert_snapshot!(shown("mistakes.flow"));
}

#[test]
fn line_ends_are_those_of_the_file() {
    let text = fixture("churn.flow");
    let new = flowbatch::format(&text.replace('\n', "\r\n"));
    assert_eq!(new, flowbatch::format(&text).replace('\n', "\r\n"));
    assert_eq!(flowbatch::format("\u{FEFF}let a=1"), "\u{FEFF}let a = 1\n");
    assert_eq!(flowbatch::format(" \n\n"), "");
    // A string with another line end keeps that, so it is the file's that change.
    let mixed = "flow A {\r\n  step s {run \"\"\"\n x\n\"\"\"}\r\n}\r\n";
    let new = "flow A {\n  step s {\n    run \"\"\"\n x\n\"\"\"\n  }\n}\n";
    assert_eq!(flowbatch::format(mixed), new);
}

#[test]
fn comments_for_flowbatch_keep_their_lines() {
    let text = "flow A {\n  step a { run \"x [[\" }  # flowbatch: allow(bashism)\n}\n";
    assert_eq!(flowbatch::format(text), text);
}

/// Only the line that is spoken of stays as it is.
#[test]
fn what_is_around_a_line_for_flowbatch_is_laid_out() {
    let comment = "# flowbatch: allow(default-image)";
    let body = "flow A {\n  step a { run   \"x\" next b }\nstep b {run \"x\"}\n step c {\n run     \"1\"\n     }\n}";
    let new = flowbatch::format(body);
    assert!(
        new.contains("  step a {\n    run \"x\"\n    next b\n  }\n"),
        "{new}"
    );
    assert_eq!(
        flowbatch::format(&format!("{comment}\n{body}")),
        format!("{comment}\n{new}")
    );
    let beside = format!("flow A {{  {comment}");
    assert_eq!(
        flowbatch::format(&body.replacen("flow A {", &beside, 1)),
        new.replacen("flow A {", &beside, 1)
    );
    // A line that would be split stays, and what is below it does not.
    let line = "  step a { run   \"x\" next b }";
    assert_eq!(
        flowbatch::format(&body.replacen(line, &format!("{comment}\n{line}"), 1)),
        new.replacen(
            "  step a {\n    run \"x\"\n    next b\n  }",
            &format!("  {comment}\n{line}"),
            1
        )
    );
}

/// The same is silenced before and after, wherever such a comment stands.
#[test]
fn comments_for_flowbatch_silence_the_same() {
    let toml = "[batch]\nqueue = \"q\"\n";
    let found = |text: &str| {
        let output = Input::new(text).file("flowbatch.toml", toml).compile();
        let mut codes: Vec<String> = output.codes().into_iter().map(str::to_owned).collect();
        codes.sort_unstable();
        codes
    };
    let flow = "@batch(\n  cpu = 1, memory = 100,\n  environment = { a = \"1\", token_password = \"x\" },\n)\n\
        @retry(times = 1) @timeout(seconds = 70)\n\
        flow A { param unused: int = 1\n\
        @batch(memory=9) step a { run \"[[ 1\" next b, c } step b { run \"[[ $zz\" next d }\n\
        @use() @batch(cpu=1,\n  gpu=0)\nstep c { run \"[[ a\"\n next d }\n\
        join d {\nrun \"[[ x\" }}";
    let all = found(flow);
    let mut kinds = all.clone();
    kinds.dedup();
    assert!(kinds.len() > 1, "{all:?}");
    let comment = format!("# flowbatch: allow({})", kinds.join(", "));
    let lines: Vec<&str> = flow.lines().collect();
    let mut silenced = 0;
    for index in 0..lines.len() {
        for (before, after) in [("\n", ""), ("\n\n", ""), ("\n# more\n", ""), ("", "  ")] {
            let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            lines[index] = if after.is_empty() {
                format!("{comment}{before}{}", lines[index])
            } else {
                format!("{}{after}{comment}", lines[index])
            };
            let text = lines.join("\n");
            let new = holds(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            let codes = found(&text);
            silenced += usize::from(codes != all);
            assert_eq!(found(&new), codes, "{text}\n────\n{new}");
        }
    }
    assert!(silenced > 10, "{silenced}");
}

/// `check` reports them, so that they must still be there to be seen.
#[test]
fn invisible_characters_are_kept() {
    for odd in ["\u{200B}", "\u{FEFF}", "\u{A0}", "\u{0C}"] {
        let text = format!(
            "let a=1\n{odd}\nflow A {{\nstep a {{run{odd} \"x\" next b}}\nstep b{{run \"x\"}} }}"
        );
        let new = holds(&text).expect("nothing is lost");
        assert_eq!(new.matches(odd).count(), 2, "{new:?}");
        assert!(new.starts_with("let a = 1\n"), "{new:?}");
        assert!(
            new.ends_with("  step b {\n    run \"x\"\n  }\n}\n"),
            "{new:?}"
        );
    }
}

#[test]
fn what_is_not_closed_is_laid_out_inside() {
    let text = "flow   A{\nparam x:int=3\nstep a{run \"true\"   next b}\nstep   b{run \"x\"}\n";
    let new = "flow A {\n  param x: int = 3\n  step a {\n    run \"true\"\n    next b\n  }\n  step b {\n    run \"x\"\n  }\n";
    assert_eq!(flowbatch::format(text), new);
    assert_eq!(flowbatch::format(new), new);
    assert_eq!(
        flowbatch::format(&format!("{text}}}")),
        format!("{new}}}\n")
    );
    assert_eq!(
        flowbatch::format("flow   A{step a{run   \"x\""),
        "flow A {\n  step a {\n    run \"x\"\n"
    );
    assert_eq!(flowbatch::format("flow   A{ # why"), "flow A {  # why\n");
}

/// Comments within a statement go before it, but for those between the targets of a `next`.
#[test]
fn comments_within_statements_are_laid_out() {
    assert_snapshot!(shown("comments.flow"));
}

/// A mistake keeps its own statement from being laid out, and no block that shares its line.
#[test]
fn what_shares_a_line_with_a_mistake_is_laid_out() {
    let steps = "  step s {\n    run \"x\"\n  }\n  step b {\n    run \"y\"\n  }\n";
    for stray in ["}", ";", "}}", " )"] {
        let text = format!("flow A{{\nstep s{{run \"x\"}}\nstep b{{run \"y\"}}\n}}{stray}");
        let new = holds(&text).expect("nothing is lost");
        assert_eq!(new, format!("flow A {{\n{steps}}}{stray}\n"));
    }
    let text = "flow A{\nstep s{run \"x\"}; step b{run \"y\"}}";
    let new = format!("flow A {{\n{steps}}}\n").replace("}\n  step b", "}; step b");
    assert_eq!(holds(text).expect("nothing is lost"), new);
    let text = "flow A{\n@batch(cpu=1 gpu=1) step s{run \"x\"   next b,,c}}";
    assert_eq!(
        holds(text).expect("nothing is lost"),
        "flow A {\n@batch(cpu=1 gpu=1) step s {\n    run \"x\"   next b,,c\n  }\n}\n"
    );
}

#[test]
fn a_blank_line_within_brackets_is_kept() {
    let text = "@batch(\n\n  # section\n\n\n  cpu=1,  # one\n\n  # two\n\n  # three\n  gpu=1\n\n  # last\n\n)\nflow A {}\n";
    assert_eq!(
        holds(text).expect("nothing is lost"),
        "@batch(\n  # section\n\n  cpu = 1,  # one\n\n  # two\n\n  # three\n  gpu = 1,\n\n  # last\n)\nflow A {}\n"
    );
}

/// A character of Chinese or an emoji takes two columns.
#[test]
fn columns_are_those_of_the_screen() {
    for (image, fits) in [("a".repeat(88), true), ("a".repeat(89), false)] {
        for wide in ["", "\u{65e5}", "\u{1f389}"] {
            let image = format!("{wide}{}", &image[wide.chars().count() * 2..]);
            let new = flowbatch::format(&format!("let a = [\"{image}\"]"));
            assert_eq!(new.lines().count() == 1, fits, "{new}");
        }
    }
}

#[test]
fn files_are_rewritten_and_checked() {
    let project = Project::new()
        .file("a.flow", "flow A{step start{run \"true\"}}")
        .file("b.flow", "let a = 1\n");
    let ran = project.run(&["fmt", "--check", "."]).code(1);
    assert_snapshot!(ran.stdout, @r#"
    --- a.flow
    +++ a.flow
    @@ -1 +1,5 @@
    -flow A{step start{run "true"}}
    \ No newline at end of file
    +flow A {
    +  step start {
    +    run "true"
    +  }
    +}
    "#);
    assert_eq!(ran.stderr, "1 file is not formatted\n");
    let ran = project.run(&["fmt", "."]).code(0);
    assert_eq!(ran.stderr, "formatted a.flow\n");
    let ran = project.run(&["fmt", "--check", "."]).code(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn standard_input_and_what_cannot_be_read() {
    let project = Project::new().file("latin.flow", b"# \xe9\n");
    let command = project.command(&["fmt", "-"]);
    let ran = project.run_with(command, b"let a=1").code(0);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("let a = 1\n", "")
    );
    // What is wrong with one keeps no other from it.
    let project = project.file("good.flow", "let a=1");
    let ran = project.run(&["fmt", "--check", "."]).code(2);
    assert!(ran.stdout.contains("+let a = 1"), "{}", ran.stdout);
    assert!(ran.stderr.contains("latin.flow"), "{}", ran.stderr);
    let ran = project.run(&["fmt", "."]).code(2);
    assert!(ran.stderr.contains("latin.flow"), "{}", ran.stderr);
    assert_eq!(project.text("good.flow"), "let a = 1\n");
    let ran = project.run(&["fmt", "gone.flow", "latin.flow"]).code(2);
    assert!(
        ran.stderr.contains("gone.flow") && ran.stderr.contains("latin.flow"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        fs::read(project.path().join("latin.flow")).expect("it is there"),
        b"# \xe9\n"
    );
}
