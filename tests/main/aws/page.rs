//! `docs/aws.md` holds: its commands run, against an account.

use std::path::Path;

use serde_json::{Value, json};

use super::account::Account;
use crate::main::project::Project;
use crate::main::{readme, reference};

const NAME: &str = "docs/aws.md";

/// Compiles the page's first flow as it was before an edit, and registers the definitions of these
/// steps.
fn registered(account: &Account, page: &str, edit: (&str, &str), steps: &[&str]) {
    let (_, flow) = page.split_once("```flow churn.flow\n").expect("a flow");
    let (flow, _) = flow.split_once("```").expect("its end");
    assert!(flow.contains(edit.0), "{flow}");
    let project = Project::new().file("churn.flow", flow.replace(edit.0, edit.1));
    project.run(&["build", "churn.flow"]).code(0);
    for step in steps {
        let text = project.text(&format!("out/Churn/job-definitions/{step}.json"));
        let definition: Value = serde_json::from_str(&text).expect("JSON");
        account.call("RegisterJobDefinition", &definition);
    }
}

#[test]
fn documents_show_what_happens_in_an_account() {
    let Some(account) = Account::new() else {
        return;
    };
    let account = account.queue("ml").queue("ml-gpu");
    let gpus = json!({
        "name": "ml-gpu-machines",
        "computeResources": {
            "type": "SPOT", "maxvCpus": 64, "instanceTypes": ["g6.xlarge", "g6.2xlarge"],
            "allocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED",
        },
    });
    account.shim("say", gpus);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(NAME);
    let page = std::fs::read_to_string(path).expect(NAME);
    let edit = ("train.py --region", "fit.py --region");
    registered(&account, &page, edit, &["start", "train"]);
    let played = readme::play(NAME, &page, &|project| account.command(project, &[]));
    reference::hold(NAME, &page, &played);
}
