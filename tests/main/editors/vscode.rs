//! The extension for VS Code: its grammar, its package, and the packaged client against the server.
//! Node runs all of it; a stand-in takes the place of VS Code.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::main::tools::{made_once, output, step};

/// What the package has to hold, and nothing else.
const PACKAGED: [&str; 11] = [
    "[Content_Types].xml",
    "extension.vsixmanifest",
    "extension/LICENSE-APACHE.txt",
    "extension/LICENSE-MIT.txt",
    "extension/changelog.md",
    "extension/dist/extension.js",
    "extension/dist/licenses.txt",
    "extension/language-configuration.json",
    "extension/package.json",
    "extension/readme.md",
    "extension/syntaxes/flow.tmLanguage.json",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The npm packages that are locked; `None` if they cannot be had.
static NODE_MODULES: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let source = root().join("editors/vscode");
    let lock = fs::read(source.join("package-lock.json")).expect("it is there");
    let mut hasher = DefaultHasher::new();
    lock.hash(&mut hasher);
    let name = format!("vscode-extension-{:016x}", hasher.finish());
    let made = made_once(&name, |folder| {
        step(Command::new("node").arg("--version"))?;
        for file in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(source.join(file), folder.join(file)).map_err(|error| error.to_string())?;
        }
        // None of the scripts is needed.
        step(
            Command::new("npm")
                .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
                .current_dir(folder),
        )
    });
    made.map(|folder| folder.join("node_modules"))
});

/// A copy of the extension, where its scripts may write.
struct Extension {
    folder: tempfile::TempDir,
}

impl Extension {
    fn new() -> Option<Self> {
        let modules = NODE_MODULES.as_deref()?;
        let folder = tempfile::tempdir().expect("a folder");
        let copy = Self { folder };
        copy_below(&root().join("editors/vscode"), &copy.path());
        for name in ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
            fs::copy(root().join(name), copy.folder.path().join(name)).expect(name);
        }
        std::os::unix::fs::symlink(modules, copy.path().join("node_modules")).expect("a link");
        Some(copy)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("editors/vscode")
    }

    fn node(&self, script: &str) -> Command {
        let mut node = Command::new("node");
        node.arg(script)
            .current_dir(self.path())
            .env("FIXTURES", root().join("fixtures"))
            .env("FLOWBATCH", env!("CARGO_BIN_EXE_flowbatch"));
        node
    }

    /// Makes the package, and returns its path.
    fn package(&self, name: &str) -> PathBuf {
        let package = self.folder.path().join(name);
        let printed = output(self.node("scripts/package.mjs").arg(&package));
        assert_eq!(printed.trim_end(), package.to_string_lossy());
        package
    }
}

fn copy_below(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        if name == "node_modules" || name == "dist" {
            continue;
        }
        let to = to.join(name);
        if path.is_dir() {
            copy_below(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a copy");
        }
    }
}

#[test]
fn the_grammar() {
    let Some(extension) = Extension::new() else {
        return;
    };
    let shown = output(
        extension
            .node("node_modules/vscode-tmgrammar-test/dist/unit.js")
            .args(["-g", "node_modules/tm-grammars/grammars/shellscript.json"])
            .arg("test/grammar/*.flow"),
    );
    assert!(shown.contains("churn.flow run success"), "{shown}");
    output(extension.node("--test").arg("test/grammar.test.mjs"));
}

#[test]
fn the_packaged_client_serves() {
    let Some(extension) = Extension::new() else {
        return;
    };
    let package = extension.package("a.vsix");
    let unpacked = extension.folder.path().join("unpacked");
    let names = output(
        Command::new("python3")
            .args(["-c", UNPACK])
            .arg(&package)
            .arg(&unpacked),
    );
    let names: BTreeSet<&str> = names.lines().collect();
    assert_eq!(names, PACKAGED.into_iter().collect());
    output(
        extension
            .node("--test")
            .arg("test/client.test.mjs")
            .env("EXTENSION", unpacked.join("extension")),
    );
    // Who makes it again gets the same.
    let again = fs::read(extension.package("b.vsix")).expect("a package");
    assert!(fs::read(package).expect("a package") == again);
}

/// Prints what is in a zip archive, and unpacks it.
const UNPACK: &str = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    archive.extractall(sys.argv[2])
    print(*archive.namelist(), sep='\\n')
";

/// What its manifest names is there, and it has the version of the program.
#[test]
fn the_manifest() {
    let folder = root().join("editors/vscode");
    let read = |name: &str| -> serde_json::Value {
        let text = fs::read_to_string(folder.join(name)).expect(name);
        serde_json::from_str(&text).expect(name)
    };
    let manifest = read("package.json");
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["version"], read("package-lock.json")["version"]);
    let contributed = &manifest["contributes"];
    let grammar = contributed["grammars"][0]["path"].as_str().expect("a path");
    assert_eq!(
        read(grammar)["scopeName"],
        contributed["grammars"][0]["scopeName"]
    );
    let configuration = contributed["languages"][0]["configuration"].as_str();
    let configuration = read(configuration.expect("a path"));
    assert_eq!(configuration["comments"]["lineComment"], "#");
    // Where packages come from is the business of who installs them.
    let lock = read("package-lock.json").to_string();
    assert!(!lock.contains("\"resolved\""));
}

/// The grammar has every word that the language reserves.
#[test]
fn the_words_of_the_grammar() {
    let read = |name: &str| fs::read_to_string(root().join(name)).expect(name);
    let grammar = read("editors/vscode/syntaxes/flow.tmLanguage.json");
    let language = read("grammar/flow.pest");
    let words: Vec<&str> = language
        .lines()
        .filter_map(|line| line.strip_prefix("kw_")?.split_whitespace().next())
        .collect();
    assert!(words.len() > 10, "{words:?}");
    for word in words.into_iter().chain(["true", "false"]) {
        assert!(grammar.contains(word), "{word}");
    }
}
