//! The targets: each takes bytes and panics when something does not hold. The
//! tests (`replay.rs`) run the kept corpus and random changes of it; the program
//! that libFuzzer drives (`main.rs`) runs whatever libFuzzer comes up with.

mod documents;
mod markup;
mod replies;
mod sse;
mod tokens;

use std::path::PathBuf;

/// One of the targets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// Its name, and that of its folder in the corpus.
    pub(crate) name: &'static str,
    /// Runs it.
    pub(crate) run: fn(&[u8]),
}

/// All of them.
pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "sse",
        run: sse::run,
    },
    Target {
        name: "tokens",
        run: tokens::run,
    },
    Target {
        name: "markup",
        run: markup::run,
    },
    Target {
        name: "replies",
        run: replies::run,
    },
    Target {
        name: "codegen",
        run: documents::codegen,
    },
    Target {
        name: "drift",
        run: documents::drift,
    },
];

impl Target {
    /// The target of this name.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        TARGETS.iter().copied().find(|target| target.name == name)
    }

    /// Where its kept corpus is.
    #[must_use]
    pub(crate) fn corpus(self) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        folder.join("corpus").join(self.name)
    }

    /// The kept corpus, in order.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn kept(self) -> std::io::Result<Vec<Vec<u8>>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(self.corpus())? {
            files.push(entry?.path());
        }
        files.sort();
        files.iter().map(std::fs::read).collect()
    }
}
