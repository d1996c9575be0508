//! What `check --fix` does to the fixtures never makes them worse.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use flowbatch::Settings;
use flowbatch::source::Memory;

use super::invariants;

#[test]
fn fixes_make_no_fixture_worse() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files = Memory::default();
    let mut flows: Vec<PathBuf> = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let is = |extension: &str| path.extension().is_some_and(|found| found == extension);
            let below = path.strip_prefix(&root).expect("below").to_owned();
            if is("flow") || is("toml") {
                files = files.with(&below, fs::read(&path).expect("a file"));
            }
            if is("flow") {
                flows.push(below);
            }
        }
    }
    assert!(flows.len() > 100, "{}", flows.len());
    flows.sort();
    let settings = Settings::default();
    let (mut worse, mut left) = (Vec::new(), Vec::new());
    for flow in &flows {
        let holds = || {
            let bytes = fs::read(root.join(flow)).expect("a file");
            invariants::syntax(&String::from_utf8_lossy(&bytes));
            match std::str::from_utf8(&bytes) {
                Ok(_) => invariants::fixes(&files, flow, &settings),
                Err(_) => 0,
            }
        };
        match catch_unwind(AssertUnwindSafe(holds)) {
            Ok(0) => {}
            Ok(_) => left.push(flow),
            Err(_) => worse.push(flow),
        }
    }
    assert!(worse.is_empty(), "{worse:#?}");
    // In the text of a person a fix holds; only what a fuzzer made may need more than that.
    left.retain(|flow| !flow.starts_with("found"));
    assert!(left.is_empty(), "{left:#?}");
}
