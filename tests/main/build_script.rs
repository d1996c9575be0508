//! `examples/build-script`: the library in a build script, as cargo runs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A copy of the example, which is built with the versions of our own `Cargo.lock`, so that it
/// needs no network, and with a target folder that later runs use again.
fn copy() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-script");
    let example = root.join("examples/build-script");
    for file in [
        "build.rs",
        "flowbatch.toml",
        "flows/nightly.flow",
        "flows/regions.flow",
        "src/main.rs",
    ] {
        let text = fs::read_to_string(example.join(file)).expect(file);
        write(&copy.join(file), &text);
    }
    let manifest = fs::read_to_string(example.join("Cargo.toml")).expect("a manifest");
    // A path in a TOML literal string, since it may hold backslashes.
    let path = format!("path = '{}'", root.display());
    assert!(manifest.contains("path = \"../..\""));
    write(
        &copy.join("Cargo.toml"),
        &manifest.replace("path = \"../..\"", &path),
    );
    let lock = fs::read_to_string(root.join("Cargo.lock")).expect("a lock");
    write(&copy.join("Cargo.lock"), &lock);
    copy
}

/// Leaves a file alone that is as it should be: cargo goes by the time.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
    fs::write(path, text).expect("a new file");
}

/// Runs the program; what it prints, and what cargo says.
fn cargo_run(folder: &Path) -> (bool, String, String) {
    let ran = Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        // Of the cargo that runs the tests.
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (ran.status.success(), text(ran.stdout), text(ran.stderr))
}

#[test]
fn a_program_embeds_a_flow() {
    let folder = copy();
    let (fine, stdout, stderr) = cargo_run(&folder);
    assert!(fine, "{stderr}");
    let expected = "\"Nightly\" is 3 jobs:\n1 x \"prepare\" in \"nightly\"\n\
                    3 x \"train\" in \"nightly\"\n1 x \"report\" in \"nightly\"\n";
    assert_eq!(stdout, expected, "{stderr}");
    assert_eq!(stderr, "");

    // A change of any file that was read builds anew.
    write(
        &folder.join("flows/regions.flow"),
        "let regions = [1, 2, 3, 4, 5, 6, 7]\n",
    );
    let (fine, stdout, stderr) = cargo_run(&folder);
    assert!(
        fine && stdout.contains("\n7 x \"train\""),
        "{stdout}{stderr}"
    );
    let toml = "[batch]\nqueue = \"other\"\n[queues.other]\nplatform = \"ec2\"\n";
    write(&folder.join("flowbatch.toml"), toml);
    let (fine, stdout, stderr) = cargo_run(&folder);
    assert!(
        fine && stdout.contains("\n7 x \"train\" in \"other\""),
        "{stdout}{stderr}"
    );

    // A mistake ends the build and is shown at its place.
    write(&folder.join("flows/regions.flow"), "let regions = 0..\n");
    let (fine, _, stderr) = cargo_run(&folder);
    assert!(!fine);
    assert!(stderr.contains("flows/regions.flow:1:"), "{stderr}");
}
