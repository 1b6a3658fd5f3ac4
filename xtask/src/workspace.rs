//! Where the files of this repository are. Nothing here reads or writes them.

use std::path::{Path, PathBuf};

/// The folder that holds the workspace's `Cargo.toml`.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A path relative to the repository, if it leads into it.
#[must_use]
pub fn relative(path: &Path) -> String {
    let real = |path: &Path| path.canonicalize().ok();
    let inside = real(path).zip(real(&root())).and_then(|(path, root)| {
        let inside = path.strip_prefix(root).ok()?;
        Some(inside.to_path_buf())
    });
    let shown = inside.as_deref().unwrap_or(path);
    shown.display().to_string().replace('\\', "/")
}

/// The contract.
#[must_use]
pub fn contract() -> PathBuf {
    root().join("openapi.json")
}

/// Our corrections of the publisher's document.
#[must_use]
pub fn overlay() -> PathBuf {
    root().join("openapi-overlay.yaml")
}

/// The edits that the drift detector is known not to handle as expected.
#[must_use]
pub fn survivors() -> PathBuf {
    root().join("xtask/survivors.txt")
}

/// The generated client.
#[must_use]
pub fn generated() -> PathBuf {
    root().join("crates/chats-raw/src/generated.rs")
}

/// The publisher's own document, if a checkout of the reference material lies beside this
/// repository. It is not part of the repository.
#[must_use]
pub fn publishers_document() -> Option<PathBuf> {
    let file = root()
        .parent()?
        .join("shared/reference/aionvision-openapi.json");
    file.is_file().then_some(file)
}
