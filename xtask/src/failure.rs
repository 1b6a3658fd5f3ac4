//! What a command can fail with, as one sentence for a person. The exit codes are here
//! too; the printing is in `main.rs`.

use std::path::PathBuf;

/// The result of everything in this crate.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command could not do what it was asked, or refused to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was being done, such as `read`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A file is neither JSON nor YAML.
    #[error("{name} is neither JSON nor YAML: {reason}")]
    Syntax {
        /// The file.
        name: String,
        /// What the parser said, with line and column.
        reason: String,
    },
    /// A document breaks the grammar of OpenAPI, or uses a part of it that this program
    /// does not understand.
    #[error("{}at {}: {reason}", within(file), place(pointer))]
    Document {
        /// The file, where there are several.
        file: Option<String>,
        /// The JSON pointer at fault.
        pointer: String,
        /// What is wrong there.
        reason: String,
    },
    /// A checked-in file differs from what the sources give.
    #[error("{} is stale:\n{diff}\nfix it with: {fix}", path.display())]
    Stale {
        /// The file.
        path: PathBuf,
        /// How it differs, as a unified diff.
        diff: String,
        /// The command that rewrites it.
        fix: String,
    },
    /// The generated code lacks something that the document promises.
    #[error("the generated code fails its audit: {0}")]
    Audit(String),
    /// A command was asked for something that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A step or a program that was run did not succeed.
    #[error("{0}")]
    Step(String),
}

impl Failure {
    /// A fault at one place of a document.
    pub fn at(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Document {
            file: None,
            pointer: pointer.into(),
            reason: reason.into(),
        }
    }

    /// Tells a fault in a document of another place.
    #[must_use]
    pub fn moved(self, to: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Document {
                file,
                pointer,
                reason,
            } => Self::Document {
                file,
                pointer: to(&pointer),
                reason,
            },
            other => other,
        }
    }

    /// Names the file of a fault, if the fault is in a document and no file is named yet.
    #[must_use]
    pub fn in_file(self, name: &str) -> Self {
        match self {
            Self::Document {
                file: None,
                pointer,
                reason,
            } => Self::Document {
                file: Some(name.to_owned()),
                pointer,
                reason,
            },
            other => other,
        }
    }

    /// The exit code: 1 when a check found something, 2 when the input could
    /// not be used.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Stale { .. } | Self::Audit(_) | Self::Step(_) => 1,
            Self::File { .. } | Self::Syntax { .. } | Self::Document { .. } | Self::Usage(_) => 2,
        }
    }
}

fn within(file: &Option<String>) -> String {
    file.as_ref()
        .map(|file| format!("in {file}, "))
        .unwrap_or_default()
}

fn place(pointer: &str) -> &str {
    if pointer.is_empty() {
        "the top of the document"
    } else {
        pointer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_in_a_document_names_its_pointer_and_exits_with_2() {
        let failure = Failure::at("/paths/~1chat", "must be an object");
        assert_eq!(failure.to_string(), "at /paths/~1chat: must be an object");
        assert_eq!(failure.exit_code(), 2);
    }

    #[test]
    fn a_stale_file_exits_with_1_and_says_how_to_fix_it() {
        let failure = Failure::Stale {
            path: "generated.rs".into(),
            diff: "-a\n+b".into(),
            fix: "cargo xtask codegen".to_owned(),
        };
        assert!(
            failure
                .to_string()
                .ends_with("fix it with: cargo xtask codegen")
        );
        assert_eq!(failure.exit_code(), 1);
    }
}
