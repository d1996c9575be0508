//! What holds for every input.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use flowbatch::schema::{ANNOTATIONS, AnnotationSpec, FieldSpec, Form, Opt, OptionSpec, Ty};
use proptest::prelude::*;

use super::input::Input;
use super::invariants;
use super::project::Project;

const CHURN: &str = include_str!("../../fixtures/churn.flow");
const PLATFORM: &str = include_str!("../../fixtures/platform.flow");

/// Nearly every option, and the rest of the language that `CHURN` does not use.
const MANY: &str = r#"import "platform.flow"
let limit = 1_000
let regions = ["us-east-1", "eu-west-1"]
let name = "job-${limit}"
profile tmp { @batch(use_tmpfs=true, tmpfs_size=1GiB) @timeout(minutes=90, seconds=5) }
@use(tmp)
@batch(queue="q", image="reg.example.com:5000/a/b:1", platform="ec2", host_volumes=["/a:/b:ro", "/c"],
  efs_volumes=["fs-0123abcd:/mnt/x", { id = "fs-99aa", access_point = "fsap-0123456789abcdef0", iam = true }],
  iam_role="arn:aws:iam::123456789012:role/x", execution_role="arn:aws:iam::123456789012:role/e", aws_batch_tags={ team = "a", "b c": "d" },
  log_driver="awslogs", log_options={ "awslogs-group" = "g" }, ulimits=[{ name = "nofile", soft = 1, hard = 2 }],
  devices=[{ host = "/dev/fuse", permissions = ["READ"] }], max_swap=0, swappiness=10, shared_memory=64MiB)
@environment(vars={ A = "x", B = 1.50, C = true })
@secrets(vars={ TOKEN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf:key::" })
flow Many {
  param date: string = ""
  param rate: float = 1e-4
  param dry: bool = false
  step start { next a foreach place in regions  run ["echo", date, "x", rate, name] }
  @retry(times=2, on=["spot", "exit:137"]) step a { run "echo $place $dry" next b foreach n in -2..3 }
  @batch(efa=1, cpu=2, gpu=1, privileged=true) step b { run """
    #!/bin/bash -x
    echo "$n $place"
  """ next c }
  gather c { next d } gather d { next e, f } @parallel(nodes=4) step e { run "true" next end }
  @batch(raw={ containerProperties = { enableExecuteCommand = true } }) step f { next end run "true" }
  join end { run [] }
}
"#;

const TOML: &str = r#"python = "3.12"
name_prefix = "team-"
[batch]
memory = "8GiB"
swappiness = 20
[params]
dry = true
[queues.q]
platform = "ec2"
[env.prod]
name_prefix = "prod-"
[env.prod.batch]
cpu = 4
[env.prod.params]
date = "2026-01-01"
"#;

/// Compiles and holds the result to everything that is true of every input; whether it was built.
#[track_caller]
fn holds_the_laws(input: &Input) -> bool {
    let compiled = input.compiled("example.flow");
    invariants::diagnostics(&compiled.checked);
    invariants::artifacts(&compiled)
}

fn churn() -> Input {
    Input::new(CHURN).file("platform.flow", PLATFORM)
}

fn many() -> Input {
    Input::new(MANY)
        .file("platform.flow", PLATFORM)
        .file("flowbatch.toml", TOML)
}

#[test]
fn the_examples_hold_the_laws() {
    assert!(holds_the_laws(&churn()));
    assert!(holds_the_laws(&churn().param("date", "2026-11-20")));
    let many = many();
    assert!(holds_the_laws(&many), "{:?}", many.compile().found);
    assert!(holds_the_laws(&many.env("prod")));
}

#[test]
fn the_same_bytes_whatever_the_order_of_inputs() {
    let first = many()
        .env("prod")
        .param("rate", "2")
        .param("dry", "false")
        .compile();
    let second = Input::default()
        .file("flowbatch.toml", TOML)
        .file("unrelated.flow", "flow Other {}")
        .file("platform.flow", PLATFORM)
        .file("example.flow", MANY)
        .param("dry", "false")
        .param("rate", "2")
        .env("prod")
        .compile();
    assert_eq!(first.text, second.text);
    assert_eq!(first.found, second.found);
    assert!(!first.text.is_empty());

    let variables = [
        ("METAFLOW_BATCH_JOB_QUEUE", "m"),
        (
            "METAFLOW_ECS_S3_ACCESS_IAM_ROLE",
            "arn:aws:iam::123456789012:role/m",
        ),
        ("METAFLOW_BATCH_CONTAINER_REGISTRY", "reg.example.com"),
        ("METAFLOW_HOME", "/nowhere"),
        ("PATH", "/bin"),
    ];
    let text = "flow F { step s { run \"true\" } }";
    let forward = variables
        .iter()
        .fold(Input::new(text), |input, (name, value)| {
            input.variable(name, value)
        });
    let backward = variables
        .iter()
        .rev()
        .fold(Input::new(text), |input, (name, value)| {
            input.variable(name, value)
        });
    assert_eq!(forward.compile().text, backward.compile().text);
    assert_eq!(forward.compile().found, backward.compile().found);
    // Variables that mean nothing here change nothing.
    let fewer = variables[..3]
        .iter()
        .fold(Input::new(text), |input, (name, value)| {
            input.variable(name, value)
        });
    assert_eq!(forward.compile().text, fewer.compile().text);
}

/// No clock, user, path or language gets into what is built.
#[test]
fn the_same_bytes_on_every_machine() {
    let built = |folder: &str, environment: &[(&str, &str)]| {
        let file = |name: &str| format!("{folder}/{name}");
        let project = Project::new()
            .file(&file("example.flow"), MANY)
            .file(&file("platform.flow"), PLATFORM)
            .file(&file("flowbatch.toml"), TOML);
        let mut command = project.command(&["build", &file("example.flow"), "--stdout"]);
        command.envs(environment.iter().copied());
        project.run_with(command, b"").code(0).stdout
    };
    let here = built("a", &[]);
    assert_eq!(here, many().compile().text);
    let there = [
        ("HOME", "/nowhere"),
        ("USER", "other"),
        ("TZ", "Pacific/Auckland"),
        ("LANG", "de_DE.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_PROFILE", "prod"),
        ("SOURCE_DATE_EPOCH", "1"),
        ("COLUMNS", "20"),
        ("METAFLOW_USER", "other"),
    ];
    assert_eq!(here, built("b/c d", &there));
}

/// Words, numbers, strings, blanks and single characters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = |keep: fn(char) -> bool| rest.find(|c| !keep(c)).unwrap_or(rest.len());
        let length = match first {
            '"' => rest[1..].find(['"', '\n']).map_or(rest.len(), |at| at + 2),
            c if c.is_alphanumeric() || c == '_' => run(|c| c.is_alphanumeric() || c == '_'),
            c if c.is_whitespace() => run(char::is_whitespace),
            c => c.len_utf8(),
        };
        tokens.push(&rest[..length]);
        rest = &rest[length..];
    }
    tokens
}

/// What tokens are replaced with: those of all texts, and some that are at the edge.
static POOL: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let edge = [
        "9223372036854775807",
        "-9223372036854775808",
        "1e308",
        "1e-400",
        "0",
        "-1",
        "512KiB",
        "9999999TiB",
        "\"\"",
        "\"é🎉\"",
        "\"\\u{0}\"",
        "\"${limit}\"",
        "\"${date}\"",
        "\"Ref::date\"",
        "date",
        "region",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "..",
        ",",
        "@",
        "@batch()",
        "@use(tmp)",
        "@parallel(nodes=1000)",
        "step start",
        "next a",
        "foreach x in 0..10000",
        "[[]]",
        "{ a = {} }",
        "true",
        "\u{feff}",
        "# flowbatch: allow(default-platform)\n",
        "##\n",
        "'",
        "\0",
        "\r\n",
    ];
    let mut pool: BTreeSet<&str> = [CHURN, PLATFORM, MANY, TOML]
        .into_iter()
        .flat_map(tokens)
        .collect();
    pool.extend(edge);
    pool.into_iter().collect()
});

/// A text with some tokens deleted, doubled, replaced, inserted or exchanged.
fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    let change = (
        0..5u8,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    );
    prop::collection::vec(change, 1..6).prop_map(move |changes| {
        let mut tokens = tokens(text);
        for (kind, place, other, from_pool) in changes {
            if tokens.is_empty() {
                break;
            }
            let at = place.index(tokens.len());
            let new = POOL[from_pool.index(POOL.len())];
            match kind {
                0 => drop(tokens.remove(at)),
                1 => tokens.insert(at, tokens[at]),
                2 => tokens[at] = new,
                3 => tokens.insert(at, new),
                _ => {
                    let other = other.index(tokens.len());
                    tokens.swap(at, other);
                }
            }
        }
        tokens.concat()
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(192))]

    #[test]
    fn a_mutated_flow_holds_the_laws(text in prop_oneof![mutated(MANY), mutated(CHURN)]) {
        let input = Input::new(text).file("platform.flow", PLATFORM).file("flowbatch.toml", TOML);
        holds_the_laws(&input);
        input.fixes_left("example.flow");
        let again = input.compile();
        prop_assert_eq!(&again.text, &input.clone().compile().text);
        holds_the_laws(&input.env("prod").param("date", "x").param("rate", "1"));
    }

    #[test]
    fn a_mutated_library_or_config_holds_the_laws(library in mutated(PLATFORM), toml in mutated(TOML)) {
        holds_the_laws(&Input::new(CHURN).file("platform.flow", library).file("flowbatch.toml", toml.as_str()));
        let input = many().file("flowbatch.toml", toml).env("prod");
        holds_the_laws(&input);
        input.fixes_left("example.flow");
    }
}

/// Values that an option takes, most of them unlike any default, with the ends of its range.
pub(crate) fn samples(ty: &Ty) -> Vec<String> {
    let strings = |texts: &[&str]| texts.iter().map(|text| format!("\"{text}\"")).collect();
    // A text of as many characters as there may be.
    let with_longest = |texts: &[&str], length: usize| {
        let mut all: Vec<String> = strings(texts);
        all.push(format!("\"{}\"", "a".repeat(length)));
        all
    };
    match ty {
        Ty::Str(Form::Image) => with_longest(&["alpine:3", "reg.example.com:5000/a/b:1"], 255),
        Ty::Str(Form::Queue) => with_longest(
            &[
                "other",
                "arn:aws:batch:eu-west-1:123456789012:job-queue/other",
            ],
            128,
        ),
        Ty::Str(Form::TagValue) => with_longest(&["value", ""], 256),
        Ty::Str(Form::Share) => with_longest(&["share"], 255),
        Ty::Str(Form::DefinitionName) => with_longest(&["some-name"], 128),
        Ty::Bool => vec!["true".into(), "false".into()],
        Ty::Int(min, max) => {
            let some = [*min, min + 1, 7, 60, *max];
            let mut some: Vec<i64> = some.into_iter().filter(|n| n >= min && n <= max).collect();
            some.dedup();
            some.iter().map(ToString::to_string).collect()
        }
        Ty::Number => ["2", "2.0", "0.25", "0.5", "4", "8", "16", "32", "1000"]
            .map(Into::into)
            .into(),
        Ty::Mib(min) => vec![
            "8192".into(),
            "2GiB".into(),
            "16384MiB".into(),
            min.to_string(),
            (min + 1).to_string(),
            i32::MAX.to_string(),
        ],
        Ty::Gib(min, max) => vec![
            "30".into(),
            "100GiB".into(),
            min.to_string(),
            format!("{max}GiB"),
        ],
        Ty::Str(form) => strings(match form {
            Form::Text => &["text"],
            Form::Path => &["/some/where"],
            Form::Role => &["arn:aws:iam::123456789012:role/other"],
            Form::SecretArn => &["arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf"],
            Form::Secret => &[
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf:key::",
                "/ssm/name",
            ],
            Form::HostVolume => &["/a", "/a:/b", "/a:/b:ro"],
            Form::EfsVolume => &["fs-0123abcd", "fs-0123abcd:/b"],
            Form::FileSystem => &["fs-0123abcd"],
            Form::AccessPoint => &["fsap-0123456789abcdef0"],
            Form::EfsRoot => &["/some/folder"],
            Form::KeyValue => &["awslogs-group:g"],
            Form::User => &["nobody", "1000:1000"],
            Form::PlatformVersion => &["1.4.0", "LATEST"],
            Form::RetryClass => &["spot", "image_pull", "exit:1", "exit:255"],
            Form::Image | Form::Queue | Form::TagValue | Form::Share | Form::DefinitionName => &[],
        }),
        Ty::Enum(words) => strings(words),
        Ty::List(item) => samples(item)
            .iter()
            .map(|item| format!("[{item}]"))
            .collect(),
        Ty::MapOf(item) => {
            let item = samples(item);
            let item = item.iter();
            item.map(|item| format!("{{ key = {item} }}")).collect()
        }
        Ty::Struct(fields) => structs(fields),
        Ty::Either(one, other) => [samples(one), samples(other)].concat(),
        Ty::Scalar => vec!["\"text\"".into(), "1.50".into(), "true".into()],
        Ty::Any => vec!["\"p4d.24xlarge\"".into()],
    }
}

/// The map with what it must have, and with each further key alone.
fn structs(fields: &[FieldSpec]) -> Vec<String> {
    let required: Vec<String> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| format!("{} = {}", field.name, samples(&field.ty)[0]))
        .collect();
    let mut maps = vec![format!("{{ {} }}", required.join(", "))];
    for field in fields.iter().filter(|field| !field.required) {
        for value in samples(&field.ty) {
            let all = [required.as_slice(), &[format!("{} = {value}", field.name)]].concat();
            maps.push(format!("{{ {} }}", all.join(", ")));
        }
    }
    maps
}

pub(crate) fn values(option: &OptionSpec) -> Vec<String> {
    if option.opt == Opt::Raw {
        return vec![
            "{ containerProperties = { enableExecuteCommand = true } }".into(),
            "{ resourceRetentionPolicy = { skipDeregisterOnUpdate = true } }".into(),
        ];
    }
    samples(&option.ty)
}

/// Whether a value is what would be in force without it.
fn is_default(option: &OptionSpec, value: &str, platform: &str) -> bool {
    match option.opt {
        Opt::Platform => value == format!("\"{platform}\""),
        Opt::AssignPublicIp => platform == "fargate" && value == "true",
        Opt::Neuron | Opt::Efa | Opt::Gpu | Opt::Times => value == "0",
        _ => option.default == value,
    }
}

/// A flow whose `flowbatch.toml` says what must be said, with an annotation at one of the places
/// where it may stand.
fn annotated(platform: &str, place: &str, annotation: &str) -> Input {
    let toml = format!(
        "[batch]\nqueue = \"q\"\nimage = \"python:3.12-slim\"\nplatform = \"{platform}\"\n{}",
        match platform {
            "fargate" => "execution_role = \"arn:aws:iam::123456789012:role/exec\"\n",
            _ => "",
        }
    );
    let at = |here: &str| if here == place { annotation } else { "" };
    let flow = format!(
        "profile p {{ {} }}\n{}\n{}\nflow F {{\n  {}\n  step s {{ run \"true\" }}\n}}\n",
        at("profile"),
        if place == "profile" { "@use(p)" } else { "" },
        at("flow"),
        at("step"),
    );
    // A profile that nothing uses may be worth a warning.
    let flow = if place == "profile" {
        flow
    } else {
        flow.replace("profile p {  }\n", "")
    };
    Input::new(flow).file("flowbatch.toml", toml)
}

/// No option is silently ignored: it changes what is built, or there is something to say.
#[test]
fn every_option_counts() {
    let mut silent = Vec::new();
    let mut never: Vec<String> = Vec::new();
    for spec in ANNOTATIONS {
        let AnnotationSpec {
            name,
            options,
            places,
            ..
        } = spec;
        for option in *options {
            let mut built = false;
            for platform in ["ec2", "fargate"] {
                let mut all = vec!["step"];
                all.extend(places.flow.then_some("flow"));
                all.extend(places.profile.then_some("profile"));
                for place in all {
                    let plain = annotated(platform, place, "").compile();
                    assert_eq!(plain.codes(), Vec::<&str>::new(), "{platform} {place}");
                    for value in values(option) {
                        let annotation = format!("@{name}({}={value})", option.name);
                        let input = annotated(platform, place, &annotation);
                        holds_the_laws(&input);
                        let output = input.compile();
                        built |= output.errors().is_empty() && output.text != plain.text;
                        let silent_here = output.found.is_empty() && output.text == plain.text;
                        if silent_here && !is_default(option, &value, platform) {
                            silent.push(format!("{platform}, on the {place}: {annotation}"));
                        }
                    }
                }
            }
            // Needed with something else only, or without a meaning.
            let alone = [
                Opt::TmpfsTempdir,
                Opt::TmpfsPath,
                Opt::LogOptions,
                Opt::SecretLogOptions,
                Opt::Disk,
                Opt::MinutesBetweenRetries,
                Opt::Secrets,
                Opt::Swappiness,
                Opt::ShareIdentifier,
            ];
            if !built && !alone.contains(&option.opt) {
                never.push(format!("@{name}({})", option.name));
            }
        }
    }
    assert!(
        silent.is_empty(),
        "silently ignored:\n{}",
        silent.join("\n")
    );
    assert!(never.is_empty(), "no sample is built: {}", never.join(", "));
}

/// The same for the keys of maps: each changes what is built, or there is something to say.
#[test]
fn every_key_counts() {
    for (option, fields) in [("efs_volumes", 5), ("devices", 2), ("ulimits", 0)] {
        let batch = flowbatch::schema::annotation("batch").expect("@batch");
        let spec = batch.option(option).expect(option);
        let Ty::List(item) = spec.ty else {
            panic!("a list")
        };
        let fields_of = |ty: &Ty| match ty {
            Ty::Struct(all) => Some(*all),
            _ => None,
        };
        let all = match item {
            Ty::Either(_, other) => fields_of(other),
            ty => fields_of(ty),
        };
        let maps = structs(all.expect("a map"));
        assert!(maps.len() > fields);
        let build =
            |map: &str| annotated("ec2", "step", &format!("@batch({option}=[{map}])")).compile();
        let plain = build(&maps[0]).clean();
        for map in &maps[1..] {
            let output = build(map);
            assert!(
                !output.found.is_empty() || output.text != plain.text || map.ends_with("= false }"),
                "{option}: {map}"
            );
        }
    }
}

/// The layers of `flowbatch.toml` take the same values.
#[test]
fn every_option_counts_in_the_toml() {
    let batch = flowbatch::schema::annotation("batch").expect("@batch");
    let head = "@batch(queue=\"q\", image=\"python:3.12-slim\", platform=\"ec2\")";
    let flow = format!("{head}\nflow F {{ step s {{ run \"true\" }} }}");
    let plain = Input::new(flow.as_str()).compile().clean();
    for option in batch.options {
        if [Opt::Queue, Opt::Image, Opt::Platform].contains(&option.opt) {
            continue;
        }
        for value in values(option) {
            let value = match value.ends_with("iB") {
                true => format!("\"{value}\""),
                false => value,
            };
            for section in ["batch", "env.prod.batch"] {
                let toml = format!("[{section}]\n{} = {value}\n", option.name);
                let input = Input::new(flow.as_str())
                    .file("flowbatch.toml", toml.as_str())
                    .env("prod");
                let input = match section {
                    "batch" => input.file("flowbatch.toml", format!("{toml}[env.prod]\n")),
                    _ => input,
                };
                holds_the_laws(&input);
                let output = input.compile();
                assert!(
                    !output.found.is_empty()
                        || output.text != plain.text
                        || is_default(option, &value, "ec2"),
                    "{toml}"
                );
            }
        }
    }
}
