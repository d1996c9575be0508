//! Compiles the flow to `OUT_DIR/nightly.json`, which `src/main.rs` embeds.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flowbatch::diagnostic::Severity;
use flowbatch::source::Disk;
use flowbatch::{Settings, compile};

fn main() -> Result<(), Box<dyn Error>> {
    let flow = Path::new("flows/nightly.flow");
    let compiled = compile(&Disk, flow, &Settings::default())?;
    let checked = &compiled.checked;

    // The flow, what it imports, and flowbatch.toml.
    for path in checked.files() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    for found in &checked.diagnostics {
        let kind = match found.severity {
            Severity::Error => "error",
            Severity::Warning | Severity::Advice => "warning",
        };
        println!("cargo::{kind}={}", found.display(&checked.sources));
    }

    let artifacts = compiled.artifacts.ok_or("the flow was not built")?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("nightly.json"), artifacts.document())?;
    Ok(())
}
