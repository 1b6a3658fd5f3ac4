//! No unsafe code: the lint that forbids it is on in every crate of ours.

use std::fs;
use std::path::Path;

#[test]
fn every_crate_forbids_unsafe_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let workspace = read(&root.join("Cargo.toml"));
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    let crates = fs::read_dir(root.join("crates")).unwrap();
    let folders = crates.map(|entry| entry.unwrap().path());
    let folders = folders.chain(["fuzz", "tests", "xtask"].map(|name| root.join(name)));
    let mut members = 0;
    for folder in folders {
        let manifest = read(&folder.join("Cargo.toml"));
        let inherits = manifest.contains("[lints]\nworkspace = true");
        assert!(inherits, "{} has lints of its own", folder.display());
        members += 1;
    }
    assert!(members >= 7, "{members}");
    // A workspace of its own inherits nothing.
    let benches = read(&root.join("benches/Cargo.toml"));
    assert!(benches.contains("[lints.rust]\nunsafe_code = \"forbid\""));
}
