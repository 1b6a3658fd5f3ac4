//! Stage *write* or *check*: the generated text is written to its file, or compared with
//! it.

use std::path::Path;

use similar::TextDiff;

use crate::{Failure, Result};

/// The command that rewrites the generated client.
pub const FIX: &str = "cargo xtask codegen";

/// Writes the file, unless it already holds the text. Returns whether it wrote.
pub fn write(path: &Path, text: &str) -> Result<bool> {
    // Reading a pipe or a terminal would block.
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    if is_file && std::fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(false);
    }
    std::fs::write(path, text).map_err(|source| Failure::File {
        action: "write",
        path: path.to_path_buf(),
        source,
    })?;
    Ok(true)
}

/// Fails with a unified diff when the file does not hold the text; `fix` is the
/// command that writes it.
pub fn check(path: &Path, text: &str, fix: &str) -> Result<()> {
    let present = match std::fs::read_to_string(path) {
        Ok(present) => present,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => {
            return Err(Failure::File {
                action: "read",
                path: path.to_path_buf(),
                source,
            });
        }
    };
    if present == text {
        return Ok(());
    }
    let diff = TextDiff::from_lines(&present, text);
    let diff = diff
        .unified_diff()
        .header("checked in", "generated")
        .to_string();
    Err(Failure::Stale {
        path: path.to_path_buf(),
        diff,
        fix: fix.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_file_is_shown_as_a_diff_with_the_command_that_fixes_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("generated.rs");
        let stale = check(&file, "a\n", FIX).unwrap_err();
        assert!(stale.to_string().contains("+a"));
        assert!(write(&file, "a\nb\n").unwrap());
        assert!(!write(&file, "a\nb\n").unwrap());
        check(&file, "a\nb\n", FIX).unwrap();
        let said = check(&file, "a\nc\n", FIX).unwrap_err().to_string();
        assert!(said.contains("-b\n+c"), "{said}");
        assert!(said.contains(FIX));
    }
}
