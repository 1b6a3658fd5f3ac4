//! What the pipeline reports to a person: what was generated, what was left out and why,
//! and where the code promises less than the document.

use std::fmt;

/// The outcome of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many operations the code has.
    pub operations: usize,
    /// Operations that the code lacks.
    pub left_out: Vec<LeftOut>,
    /// Parts of operations that the code lacks.
    pub notes: Vec<Note>,
}

/// An operation that cannot be expressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The method in lower case.
    pub method: String,
    /// The path template.
    pub path: String,
    /// Why, as the end of a sentence.
    pub reason: String,
}

/// A part of an operation that is not in the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The method in lower case.
    pub method: String,
    /// The path template.
    pub path: String,
    /// What is missing or decided.
    pub what: String,
}

impl Report {
    /// Notes that an operation is not generated.
    pub fn leave_out(&mut self, method: &str, path: &str, reason: impl Into<String>) {
        self.left_out.push(LeftOut {
            method: method.to_owned(),
            path: path.to_owned(),
            reason: reason.into(),
        });
    }

    /// Notes a part of an operation that is not generated.
    pub fn note(&mut self, method: &str, path: &str, what: impl Into<String>) {
        self.notes.push(Note {
            method: method.to_owned(),
            path: path.to_owned(),
            what: what.into(),
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.operations + self.left_out.len();
        writeln!(f, "{} of {all} operations generated", self.operations)?;
        for entry in &self.left_out {
            let method = entry.method.to_ascii_uppercase();
            writeln!(f, "left out: {method} {}: {}", entry.path, entry.reason)?;
        }
        for note in &self.notes {
            let method = note.method.to_ascii_uppercase();
            writeln!(f, "note: {method} {}: {}", note.path, note.what)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_named_with_its_reason() {
        let mut report = Report {
            operations: 1,
            ..Report::default()
        };
        report.leave_out("post", "/files", "its body is multipart");
        report.note("get", "/a", "the cookie `c` is dropped");
        assert_eq!(
            report.to_string(),
            "1 of 2 operations generated\n\
             left out: POST /files: its body is multipart\n\
             note: GET /a: the cookie `c` is dropped\n"
        );
    }
}
