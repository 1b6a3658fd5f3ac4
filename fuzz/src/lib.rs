//! What is fuzzed. Each target takes bytes and panics where something does not
//! hold; [`targets`] says what that is. The tests replay the kept corpus and
//! draw from it ([`mutate`]); `cargo xtask fuzz` gives the targets to libFuzzer.
//! Whether time grows with the input alone is looked at in [`growth`].

pub mod growth;
pub mod mutate;
pub mod targets;

use std::path::PathBuf;

/// One of the targets.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// Runs it.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "sse",
        run: targets::sse::run,
    },
    Target {
        name: "tokens",
        run: targets::tokens::run,
    },
    Target {
        name: "markup",
        run: targets::markup::run,
    },
    Target {
        name: "replies",
        run: targets::replies::run,
    },
    Target {
        name: "codegen",
        run: targets::documents::codegen,
    },
    Target {
        name: "drift",
        run: targets::documents::drift,
    },
];

impl Target {
    /// The target of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.iter().copied().find(|target| target.name == name)
    }

    /// Where its kept corpus is.
    #[must_use]
    pub fn corpus(self) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        folder.join("corpus").join(self.name)
    }

    /// The kept corpus, in order.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn kept(self) -> std::io::Result<Vec<Vec<u8>>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(self.corpus())? {
            files.push(entry?.path());
        }
        files.sort();
        files.iter().map(std::fs::read).collect()
    }
}
