//! What is in `editors`, tried with the real editors where that goes.

#![cfg(all(unix, feature = "lsp"))]

use std::fs;
use std::path::Path;

mod emacs;
mod neovim;
mod vscode;

/// A flow with one mistake, behind what takes one, two and four bytes.
const BROKEN: &str = r#"import "library.flow"
@batch(queue=queue, image="python:3.12", platform="ec2")
flow Broken {
  step start { run "echo 模型 🚀" next trian }
  step train {run "true"}
}
"#;

/// What it imports.
const LIBRARY: &str = "let queue = \"ml\"\n";

/// The same mended and laid out.
const FORMATTED: &str = r#"import "library.flow"
@batch(queue=queue, image="python:3.12", platform="ec2")
flow Broken {
  step start {
    run "echo 模型 🚀"
    next train
  }
  step train {
    run "true"
  }
}
"#;

/// The path of a configuration.
fn configuration(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("editors")
        .join(name);
    path.to_string_lossy().into_owned()
}

/// What the page shows of a configuration is the file that is tried here.
#[test]
fn the_page_shows_what_is_tried() {
    let page = fs::read_to_string(configuration("README.md")).expect("a page");
    for (name, language) in [
        ("neovim.lua", "lua"),
        ("emacs.el", "elisp"),
        ("helix.toml", "toml"),
    ] {
        let text = fs::read_to_string(configuration(name)).expect(name);
        let block = format!("```{language} {name}\n{text}```\n");
        assert!(
            page.contains(&block),
            "editors/README.md shows another {name}"
        );
    }
}

/// Those that no editor is here to read are at least well formed.
#[test]
fn the_configurations_are_well_formed() {
    for (name, key) in [
        ("helix.toml", "language"),
        ("zed/extension.toml", "language_servers"),
        ("zed/languages/flow/config.toml", "path_suffixes"),
        ("zed/Cargo.toml", "lib"),
    ] {
        let text = fs::read_to_string(configuration(name)).expect(name);
        let document: toml_edit::Document<String> = text.parse().expect(name);
        assert!(document.get(key).is_some(), "{name}: {key}");
    }
}
