//! What the compiler emits, for those who judge it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use flowbatch::schema::ANNOTATIONS;
use flowbatch::source::Disk;
use flowbatch::{Artifacts, Settings};

use super::input::Input;
use super::laws::values;

/// Every fixture that is built.
pub(crate) fn fixtures() -> Vec<(String, Artifacts)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut folders = vec![root.clone()];
    let mut built = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "flow") {
                continue;
            }
            let compiled = flowbatch::compile(&Disk, &path, &settings(&path));
            // One is not UTF-8.
            let artifacts = compiled.ok().and_then(|compiled| compiled.artifacts);
            let name = path
                .strip_prefix(&root)
                .expect("below")
                .display()
                .to_string();
            built.extend(artifacts.map(|artifacts| (name, artifacts)));
        }
    }
    built
}

/// The variables and the arguments that lie beside a fixture.
pub(crate) fn settings(flow: &Path) -> Settings {
    let sidecar =
        |extension| fs::read_to_string(flow.with_extension(extension)).unwrap_or_default();
    let pair = |line: &str| {
        let (name, value) = line.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    let mut settings = Settings {
        variables: sidecar("env").lines().filter_map(pair).collect(),
        ..Settings::default()
    };
    let arguments = sidecar("args");
    let mut words = arguments.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            "-p" => settings.params.extend(words.next().and_then(pair)),
            "--env" => settings.env = words.next().map(str::to_owned),
            _ => {}
        }
    }
    settings
}

/// Numbers that look random and are the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }
}

/// Flows whose steps have some options of the table, with some of their values.
pub(crate) fn generated(count: usize) -> Vec<(String, Artifacts)> {
    let role = "execution_role = \"arn:aws:iam::123456789012:role/exec\"\n";
    let mut numbers = Numbers(1);
    let mut built = Vec::new();
    let mut seen = BTreeSet::new();
    for _ in 0..count * 40 {
        let platform = ["ec2", "fargate"][numbers.below(2)];
        let mut annotations = || {
            let mut text = String::new();
            for spec in ANNOTATIONS.iter().filter(|spec| !spec.options.is_empty()) {
                let chosen: BTreeMap<&str, String> = (0..numbers.below(4))
                    .map(|_| {
                        let option = &spec.options[numbers.below(spec.options.len())];
                        let values = values(option);
                        (option.name, values[numbers.below(values.len())].clone())
                    })
                    .collect();
                if !chosen.is_empty() && numbers.below(2) == 0 {
                    let pairs: Vec<String> = chosen
                        .iter()
                        .map(|(name, value)| format!("{name}={value}"))
                        .collect();
                    text += &format!("@{}({}) ", spec.name, pairs.join(", "));
                }
            }
            text
        };
        let (first, body, last) = (annotations(), annotations(), annotations());
        let flow = format!(
            "flow F {{\n  param date: string = \"today\"\n  param n: int\n  \
             {first}\n  step a {{ run [\"echo\", date]  next b foreach i in 0..3 }}\n  \
             {body}\n  step b {{ run \"echo $i $n\"  next c }}\n  gather c {{ run \"true\"  next d }}\n  \
             {last}\n  step d {{ run \"echo $date\" }}\n}}\n"
        );
        let toml = format!(
            "[batch]\nqueue = \"q\"\nimage = \"alpine:3\"\nplatform = \"{platform}\"\n{role}"
        );
        let input = Input::new(flow.as_str()).file("flowbatch.toml", toml);
        let input = match numbers.below(2) {
            0 => input,
            _ => input.param("date", "2026-11-20").param("n", "7"),
        };
        if let Some(artifacts) = input.compiled("example.flow").artifacts {
            let options = ANNOTATIONS.iter().flat_map(|spec| spec.options);
            let named = options.map(|option| option.name);
            seen.extend(named.filter(|name| flow.contains(&format!("{name}="))));
            built.push((flow, artifacts));
        }
        if built.len() == count {
            assert!(seen.len() > 40, "only {seen:?}");
            return built;
        }
    }
    panic!("only {} flows of the generator are built", built.len());
}
