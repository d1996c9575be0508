//! `flowbatch rule`.

use super::project::Project;

#[test]
fn every_code_is_listed_and_has_a_page() {
    let project = Project::new();
    let list = project.run(&["rule"]).code(0);
    let document = project.run(&["rule", "--format", "json"]).code(0);
    let document: serde_json::Value = serde_json::from_str(&document.stdout).expect("JSON");
    let rules = document["rules"].as_array().expect("a list");
    assert_eq!(rules.len(), flowbatch::codes::all().count());
    for rule in rules {
        let code = rule["code"].as_str().expect("a name");
        assert!(list.stdout.contains(&format!("  {code} ")), "{code}");
    }
    let page = project.run(&["rule", "duplicate-flow"]).code(0);
    assert!(page.stdout.starts_with("error[duplicate-flow]: "));
    assert!(page.stdout.ends_with(
        "https://github.com/flowbatch/flowbatch/blob/main/docs/codes.md#duplicate-flow\n"
    ));
}

#[test]
fn a_misspelt_code_is_corrected() {
    let ran = Project::new().run(&["rule", "duplicate_flow"]).code(2);
    assert_eq!(
        ran.stderr,
        "error: there is no code `duplicate_flow`; did you mean `duplicate-flow`?\n"
    );
}
