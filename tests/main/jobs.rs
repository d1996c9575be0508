//! From steps to jobs: their order, what each waits for, arrays, sizes and names.

use serde_json::{Value, json};

use super::input::{HEAD, Input, Output};

/// Every job in order, as `step[size] < other other*`; `*` stands for `N_TO_N`.
fn plan(output: &Output) -> Vec<String> {
    let jobs = output.jobs().iter();
    jobs.map(|job| {
        let mut line = job["step"].as_str().expect("a name").to_owned();
        if let Some(size) = job["request"]["arrayProperties"]["size"].as_u64() {
            line += &format!("[{size}]");
        }
        for (nth, on) in job["dependsOn"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
        {
            let kind = match on.get("type") {
                None => "",
                Some(kind) if kind == "N_TO_N" => "*",
                Some(kind) => panic!("{kind}"),
            };
            let sign = if nth == 0 { " < " } else { " " };
            line += &format!("{sign}{}{kind}", on["step"].as_str().expect("a name"));
        }
        line
    })
    .collect()
}

/// Compiles the steps, `R` standing for a `run`, and compares the jobs.
#[track_caller]
fn assert_plan(steps: &str, expected: &[&str]) {
    let output = Input::body(&steps.replace(" R ", " run \"true\" ")).compile();
    assert_eq!(plan(&output.clean()), expected);
}

#[track_caller]
fn assert_codes(steps: &str, expected: &[&str]) {
    let output = Input::body(&steps.replace(" R ", " run \"true\" ")).compile();
    assert_eq!(output.codes(), expected, "{:?}", output.found);
}

#[test]
fn topological_with_ties_in_file_order() {
    assert_plan("step b { R } step a { R }", &["b", "a"]);
    assert_plan("step b { R next a } step a { R }", &["b", "a < b"]);
    assert_plan(
        "join end { R }
         step z { R next end } step a { R next end }
         step begin { R next a, z }",
        &["begin", "z < begin", "a < begin", "end < z a"],
    );
    // A job that becomes ready late stands before later ones of the file, and after earlier ones.
    assert_plan(
        "step start { R next d, b, a } step a { R } step b { R next c } step c { R } step d { R }",
        &["start", "a < start", "b < start", "c < b", "d < start"],
    );
}

#[test]
fn control_points_cost_no_job() {
    assert_plan(
        "step start { next a, b } step a { R next end } step b { R next end } join end {}",
        &["a", "b"],
    );
    // What passes through several is a set.
    assert_plan(
        "step start { R next p, q } step p { next j } step q { next j } join j { next k }
         step k { R }",
        &["start", "k < start"],
    );
    assert_plan(
        "step start { R next a, p } step a { R next j } step p { next j } join j { R }",
        &["start", "a < start", "j < start a"],
    );
    assert_plan(
        "step a { R next m } step b { R next m } join m { next c, d } step c { R } step d { R }",
        &["a", "b", "c < a b", "d < a b"],
    );
}

#[test]
fn children_wait_for_children_in_one_scope_only() {
    assert_plan(
        "step s { R next a foreach x in 0..3 } step a { R next b } step b { R next g }
         gather g { R }",
        &["s", "a[3] < s", "b[3] < a*", "g < b"],
    );
    // Joined within the scope.
    assert_plan(
        "step s { next a foreach x in 0..3 } step a { R next b, c } step b { R next j }
         step c { R next j } join j { R next g } gather g { R }",
        &["a[3]", "b[3] < a*", "c[3] < a*", "j[3] < b* c*", "g < j"],
    );
    // Through a control point of the scope.
    assert_plan(
        "step s { next a foreach x in 0..3 } step a { R next p } step p { next b } step b { R }",
        &["a[3]", "b[3] < a*"],
    );
    // Two scopes of one size are two.
    assert_plan(
        "step s { next a foreach x in 0..3 } step a { R next g } gather g { next b foreach y in 0..3 }
         step b { R }",
        &["a[3]", "b[3] < a"],
    );
    assert_plan(
        "step s { R next a, b } step a { R next c foreach x in 0..2 }
         step b { R next d foreach y in 0..2 } step c { R next g } step d { R next h }
         gather g { R next end } gather h { R next end } join end { R }",
        &[
            "s",
            "a < s",
            "b < s",
            "c[2] < a",
            "d[2] < b",
            "g < c",
            "h < d",
            "end < g h",
        ],
    );
}

#[test]
fn one_item_is_a_plain_job() {
    assert_plan(
        "step s { R next a foreach x in 5..6 } step a { R next b } step b { R next g } gather g { R }",
        &["s", "a < s", "b < a", "g < b"],
    );
    // One item within several, and several within one.
    assert_plan(
        "step s { next a foreach x in [1] } step a { R next b foreach y in 0..4 }
         step b { R next c } step c { R next g } gather g { R next h } gather h { R }",
        &["a", "b[4] < a", "c[4] < b*", "g < c", "h < g"],
    );
    assert_plan(
        "step s { next a foreach x in 0..4 } step a { R next b foreach y in [1] }
         step b { R next g } gather g { R }",
        &["a[4]", "b[4] < a", "g[4] < b"],
    );
}

#[test]
fn nested_scopes_multiply() {
    assert_plan(
        "step s { R next a foreach x in 0..3 } step a { R next b foreach y in [\"u\", \"v\"] }
         step b { R next c foreach z in -2..3 } step c { R next d } step d { R next gz }
         gather gz { R next gy } gather gy { R next gx } gather gx { R }",
        &[
            "s",
            "a[3] < s",
            "b[6] < a",
            "c[30] < b",
            "d[30] < c*",
            "gz[6] < d",
            "gy[3] < gz",
            "gx < gy",
        ],
    );
    // A gather is back in the scope around: children of it wait for children.
    assert_plan(
        "step s { next a foreach x in 0..3 } step a { R next b foreach y in 0..2 }
         step b { R next g } gather g { R next t } step t { R }",
        &["a[3]", "b[6] < a", "g[3] < b", "t[3] < g*"],
    );
}

#[test]
fn several_gathers_or_none() {
    assert_plan(
        "step s { next a foreach x in 0..2 } step a { R next g, h } gather g { R } gather h { R }",
        &["a[2]", "g < a", "h < a"],
    );
    assert_plan(
        "step s { next a foreach x in 0..2 } step a { R next b, g } step b { R next g, h }
         gather g { R next end } gather h { R next end } join end { R }",
        &["a[2]", "b[2] < a*", "g < a b", "h < b", "end < g h"],
    );
    assert_plan(
        "step s { R next a foreach x in 0..2 } step a { R }",
        &["s", "a[2] < s"],
    );
}

#[test]
fn array_sizes() {
    let over = |source: &str| format!("step s {{ next a foreach x in {source} }} step a {{ R }}");
    for (source, size) in [
        ("0..10_000", "a[10000]"),
        ("-1..9_999", "a[10000]"),
        ("0..2", "a[2]"),
        ("0..1", "a"),
        ("9223372036854775806..9223372036854775807", "a"),
    ] {
        assert_plan(&over(source), &[size]);
    }
    for source in [
        "0..0",
        "5..4",
        "[]",
        "0..10_001",
        "-9223372036854775808..9223372036854775807",
        "0..9223372036854775807",
    ] {
        assert_codes(&over(source), &["array-size"]);
    }
    let nested = |lo: &str, hi: &str| {
        format!(
            "step s {{ next a foreach x in {lo} }} step a {{ next b foreach y in {hi} }} step b {{ R }}"
        )
    };
    assert_plan(&nested("0..100", "0..100"), &["b[10000]"]);
    assert_codes(&nested("0..100", "0..101"), &["array-size"]);
    assert_codes(&nested("0..10_001", "0..10_001"), &["array-size"]);
    assert_codes(&nested("0..10_000", "0..0"), &["array-size"]);
    // The message has the number.
    let output = Input::body("step s { next a foreach x in 0..10_001 } step a { run \"true\" }");
    assert!(output.compile().found[0].2.contains("10001"));
}

#[test]
fn at_most_twenty_dependencies() {
    let fan = |count: usize, end: &str| {
        let mut steps = String::new();
        for n in 0..count {
            steps += &format!("step s{n} {{ R next end }}\n");
        }
        steps + end
    };
    let twenty: Vec<String> = (0..20).map(|n| format!("s{n}")).collect();
    let mut expected: Vec<&str> = twenty.iter().map(String::as_str).collect();
    let end = format!("end < {}", twenty.join(" "));
    expected.push(&end);
    assert_plan(&fan(20, "join end { R }"), &expected);
    assert_codes(&fan(21, "join end { R }"), &["too-many-dependencies"]);
    // Through a control point, and only where there is a job to wait.
    assert_codes(
        &fan(21, "join end { next last } step last { R }"),
        &["too-many-dependencies"],
    );
    assert!(
        Input::body(&fan(21, "join end {}").replace(" R ", " run \"true\" "))
            .compile()
            .found
            .is_empty()
    );
    let output = Input::body(&fan(300, "join end { R }").replace(" R ", " run \"true\" "));
    assert!(output.compile().found[0].2.contains("300"));
}

#[test]
fn graphs_that_cannot_be() {
    for (steps, codes) in [
        ("step a { R next b } step b { R next a }", &["cycle"][..]),
        ("step a { R next a }", &["cycle"]),
        ("step a { R next b }", &["unknown-step"]),
        ("step a { R next b, b } step b { R }", &["duplicate-target"]),
        ("step start { R } step b { R }", &["unreachable-step"]),
        ("step start {}", &["no-job"]),
        ("", &["no-job"]),
        (
            "step a { R next c } step b { R next c } step c { R }",
            &["missing-join"],
        ),
        ("step a { R next b } join b { R }", &["lonely-join"]),
        ("join a { R }", &["nothing-to-join"]),
        ("gather a { R }", &["nothing-to-join"]),
        ("step a { R next b } gather b { R }", &["nothing-to-gather"]),
        ("step s { next a foreach x in 0..2 } step a {}", &["no-job"]),
        (
            "step s { R next a foreach x in 0..2 } step a {}",
            &["empty-body"],
        ),
        (
            "step s { R next a foreach x in 0..2 } join a { R }",
            &["foreach-target"],
        ),
        (
            "step s { R next a foreach x in 0..2 } step a { R next b foreach x in 0..2 } step b { R }",
            &["duplicate-name"],
        ),
    ] {
        assert_codes(steps, codes);
    }
}

/// A flow whose script is as long as it takes for the definition to have `size` bytes.
fn definition_of(size: usize) -> Output {
    let of = |length: usize| {
        Input::body(&format!("step s {{ run \"{}\" }}", "x".repeat(length))).compile()
    };
    let bytes = |output: &Output| output.definition("s").to_string().len();
    let short = of(100);
    let output = of(100 + size - bytes(&short));
    if !output.document.is_null() {
        assert_eq!(bytes(&output), size);
    }
    output
}

#[test]
fn a_definition_has_at_most_24_kib() {
    let limit = 24 * 1024;
    // 85 % of it is 20,889.6 bytes.
    definition_of(20_889).clean();
    for (size, errors) in [(20_890, 0), (limit, 0), (limit + 1, 1)] {
        let output = definition_of(size);
        assert_eq!(output.codes(), ["definition-size"], "{size}");
        assert_eq!(output.errors().len(), errors, "{size}");
        assert!(
            output.found[0].2.contains(&size.to_string()),
            "{:?}",
            output.found
        );
    }
}

/// What `-p` gives a param goes into the override, measured as JSON with the run id.
#[test]
fn an_override_has_at_most_8192_characters() {
    let overridden = |length: usize| {
        let input = Input::body("param p: string = \"-\" step s { run \"echo $p\" }");
        input.param("p", &"é".repeat(length)).compile()
    };
    let frame = json!({"environment": [
        {"name": "p", "value": ""},
        {"name": "FLOWBATCH_RUN_ID", "value": "0123456789abcdef"},
    ]});
    let frame = frame.to_string().len();
    // 85 % of it is 6,963.2 characters.
    overridden(6_963 - frame).clean();
    for (size, errors) in [(6_964, 0), (8_192, 0), (8_193, 1)] {
        let output = overridden(size - frame);
        assert_eq!(output.codes(), ["override-size"], "{size}");
        assert_eq!(output.errors().len(), errors, "{size}");
        assert!(
            output.found[0].2.contains(&size.to_string()),
            "{:?}",
            output.found
        );
    }
    // The expanded command counts too.
    let input = Input::body("param p: string = \"-\" step s { run [\"echo\", p] }");
    let output = input.param("p", &"x".repeat(4_200)).compile();
    assert_eq!(output.errors(), ["override-size"]);
}

/// The override of each range of nodes counts toward the submission.
#[test]
fn a_submission_has_less_than_30_kib() {
    let submission = |length: usize| {
        let input =
            Input::body("param p: string = \"-\" @parallel(nodes=2) step s { run \"echo $p\" }");
        input.param("p", &"é".repeat(length)).compile()
    };
    let codes = |length| submission(length).codes();
    let mut seen: Vec<Vec<&str>> = (6_000..8_000).step_by(100).map(codes).collect();
    seen.dedup();
    assert_eq!(
        seen,
        [
            vec![],
            vec!["submission-size"],
            vec!["submission-size", "override-size"],
        ],
    );
    // Around the limit, byte by byte: twice two bytes for a character.
    let error = |length: usize| submission(length).errors().contains(&"submission-size");
    let first = (7_000..8_000)
        .find(|&length| error(length))
        .expect("a limit");
    let output = submission(first);
    let size: usize = output
        .found
        .iter()
        .filter(|(code, ..)| *code == "submission-size")
        .flat_map(|(_, _, message)| message.split(' '))
        .find_map(|word| word.parse().ok())
        .expect("the size is said");
    assert!((30 * 1024..30 * 1024 + 4).contains(&size), "{size}");
}

#[test]
fn long_names_are_cut_and_hashed() {
    let build = |flow: &str, step: &str, prefix: &str| {
        let text = format!("{HEAD}\nflow {flow} {{ step {step} {{ run \"true\" }} }}");
        let input = Input::new(text).file("flowbatch.toml", format!("name_prefix = \"{prefix}\""));
        let output = input.compile().clean();
        let name = output.definition(step)["jobDefinitionName"].clone();
        assert_eq!(output.job(step)["jobDefinition"], name);
        assert_eq!(output.job(step)["request"]["jobName"], name);
        name.as_str().expect("a name").to_owned()
    };
    assert_eq!(build("F", "s", "team-"), "team-F-s");
    let step = "s".repeat(100);
    let fits = build(&"F".repeat(27), &step, "");
    assert_eq!(fits, format!("{}-{step}", "F".repeat(27)));
    assert_eq!(fits.len(), 128);
    let cut = build(&"F".repeat(28), &step, "");
    assert_eq!(cut.len(), 128);
    assert!(cut.starts_with(&format!("{}-sss", "F".repeat(28))));
    assert_ne!(cut, format!("{}-{step}", "F".repeat(28))[..128]);
    // The hash tells names apart that begin alike, and stays the same.
    let other = build(&"F".repeat(28), &format!("{step}t"), "");
    assert_ne!(cut, other);
    assert_eq!(cut[..111], other[..111]);
    assert_eq!(cut, build(&"F".repeat(28), &step, ""));
    let prefixed = build(&"F".repeat(28), &step, "p-");
    assert!(prefixed.starts_with("p-FFF") && prefixed.len() == 128);
}

#[test]
fn several_nodes() {
    let build = |nodes: u32| {
        let body = format!("@parallel(nodes={nodes}) step s {{ run \"true\" }}");
        Input::body(&body).compile().clean().definition("s").clone()
    };
    let ranges = |definition: &Value| {
        let properties = &definition["nodeProperties"];
        assert_eq!(definition["type"], "multinode");
        assert_eq!(definition.get("containerProperties"), None);
        assert_eq!(properties["mainNode"], 0);
        let ranges = properties["nodeRangeProperties"]
            .as_array()
            .expect("ranges");
        let ranges: Vec<Value> = ranges
            .iter()
            .map(|range| range["targetNodes"].clone())
            .collect();
        (properties["numNodes"].clone(), ranges)
    };
    assert_eq!(ranges(&build(1)), (json!(1), vec![json!("0:0")]));
    assert_eq!(
        ranges(&build(2)),
        (json!(2), vec![json!("0:0"), json!("1:1")])
    );
    assert_eq!(
        ranges(&build(8)),
        (json!(8), vec![json!("0:0"), json!("1:7")])
    );
    assert_codes(
        "step s { next a foreach x in 0..2 } @parallel(nodes=2) step a { R }",
        &["parallel-in-foreach"],
    );
}

/// Values given on the command line change the plan, never a definition.
#[test]
fn params_go_into_the_plan() {
    let input = Input::body(
        "param date: string  param shards: int = 2  param note: string = \"\"
         step s { run \"echo $date $note\" next t foreach shard in 0..shards }
         step t { run \"echo $shard\" next u } gather u { run [\"echo\", date, \"x\"] }",
    );
    let plain = input.compile().built();
    let given = input
        .clone()
        .param("date", "2026-01-01")
        .param("note", "hi")
        .compile()
        .built();
    assert_eq!(
        plain.document["jobDefinitions"],
        given.document["jobDefinitions"]
    );
    assert_eq!(
        plain.document["params"],
        json!([
            {"name": "date", "type": "string", "fixed": false},
            {"name": "shards", "type": "int", "value": 2, "fixed": true},
            {"name": "note", "type": "string", "value": "", "fixed": false},
        ])
    );
    assert_eq!(plain.job("s")["request"].get("containerOverrides"), None);
    let environment = json!([
        {"name": "date", "value": "2026-01-01"}, {"name": "note", "value": "hi"},
    ]);
    for step in ["s", "t", "u"] {
        let request = &given.job(step)["request"];
        assert_eq!(
            request["containerOverrides"],
            json!({"environment": environment})
        );
    }
    assert_eq!(
        given.job("u")["request"]["parameters"],
        json!({"date": "2026-01-01"})
    );
    assert_eq!(given.job("s")["request"].get("parameters"), None);
    assert_eq!(plain.definition("u").get("parameters"), None);
    // A value that is the default changes nothing.
    let same = input.clone().param("shards", "2").compile();
    assert_eq!(same.text, plain.text);
    let four = input.param("shards", "4").compile();
    assert_eq!(plan(&four), ["s", "t[4] < s", "u < t"]);
}

/// Batch drops empty values: an override with one would leave the default in force.
#[test]
fn an_empty_value_over_a_default_is_refused() {
    let input = |default: &str| {
        Input::body(&format!(
            "param p: string{default} step s {{ run \"echo $p\" }}"
        ))
    };
    for (default, fine) in [(" = \"x\"", false), (" = \"\"", true)] {
        let output = input(default).param("p", "").compile();
        assert_eq!(
            !output.document.is_null(),
            fine,
            "{default}: {:?}",
            output.found
        );
        let toml = input(default)
            .file("flowbatch.toml", "[params]\np = \"\"\n")
            .compile();
        assert_eq!(
            !toml.document.is_null(),
            fine,
            "{default}: {:?}",
            toml.found
        );
    }
    // Without a default there is nothing to fall back to, and something to say.
    let output = input("").param("p", "").compile();
    assert!(!output.found.is_empty() || !output.usage.is_empty());
}
