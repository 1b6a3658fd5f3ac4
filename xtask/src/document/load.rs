//! Stage *load*: a file or standard input, JSON or YAML, becomes a JSON value
//! whose outermost shape is that of an OpenAPI document. The finer grammar is
//! checked by the stages that use it.

use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};

use super::grammar::step;
use super::strict;
use crate::{Failure, Result};

/// Reads a document from a file, or from standard input when the path is `-`.
pub fn load(path: &Path) -> Result<Value> {
    let document = load_value(path)?;
    check_outline(&document)?;
    Ok(document)
}

/// Reads any JSON or YAML from a file, or from standard input.
pub fn load_value(path: &Path) -> Result<Value> {
    let failed = |source| Failure::File {
        action: "read",
        path: path.to_path_buf(),
        source,
    };
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        bytes
    } else {
        std::fs::read(path).map_err(failed)?
    };
    parse_value(&path.display().to_string(), &bytes)
}

/// Parses a document; `name` is what a failure calls it.
pub fn parse(name: &str, bytes: &[u8]) -> Result<Value> {
    let document = parse_value(name, bytes)?;
    check_outline(&document)?;
    Ok(document)
}

fn parse_value(name: &str, bytes: &[u8]) -> Result<Value> {
    let syntax = |reason: String| Failure::Syntax {
        name: name.to_owned(),
        reason,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| syntax(error.to_string()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    strict::parse(name, text)
}

fn check_outline(document: &Value) -> Result<()> {
    let Some(members) = document.as_object() else {
        return Err(Failure::at("", "must be an object"));
    };
    check_version(members)?;
    for (pointer, required) in [("/paths", true), ("/components", false)] {
        match document.pointer(pointer) {
            Some(Value::Object(_)) => {}
            None if !required => {}
            None => return Err(Failure::at(pointer, "is missing")),
            Some(_) => return Err(Failure::at(pointer, "must be an object")),
        }
    }
    for (path, _) in document["paths"].as_object().into_iter().flatten() {
        if !path.starts_with('/') && !path.starts_with("x-") {
            let reason = "a path must begin with `/`";
            return Err(Failure::at(step("/paths", path), reason));
        }
    }
    Ok(())
}

fn check_version(members: &Map<String, Value>) -> Result<()> {
    let reason = match (members.get("openapi"), members.get("swagger")) {
        (Some(Value::String(version)), _) if is_known(version) => return Ok(()),
        (Some(Value::String(version)), _) => {
            format!("version {version:?} is not understood, only 3.0 and 3.1 are")
        }
        (Some(Value::Number(number)), _) => {
            format!("{number} is a number, and a version is text: write \"3.0.3\" or \"3.1.0\"")
        }
        (None, Some(version)) => {
            let version = version.as_str().map_or(version.to_string(), str::to_owned);
            let reason = format!(
                "it is a document of Swagger {version}, which is not read: convert it to OpenAPI 3"
            );
            return Err(Failure::at("/swagger", reason));
        }
        _ => "must say `3.0.x` or `3.1.x`".to_owned(),
    };
    Err(Failure::at("/openapi", reason))
}

fn is_known(version: &str) -> bool {
    let mut parts = version.split('.');
    parts.next() == Some("3") && matches!(parts.next(), Some("0" | "1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "openapi: 3.1.0\ninfo:\n  title: T\n  version: '1'\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n          description: ok\n";
    const JSON: &str = r#"{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"ok"}}}}}}"#;

    #[test]
    fn yaml_and_json_give_the_same_document() {
        let yaml = parse("a.yaml", YAML.as_bytes()).unwrap();
        let json = parse("a.json", JSON.as_bytes()).unwrap();
        assert_eq!(yaml, json);
    }

    #[test]
    fn broken_json_names_the_file_and_the_line() {
        let failure = parse("spec.json", b"{\"openapi\": \"3.1.0\",").unwrap_err();
        let said = failure.to_string();
        assert!(
            said.contains("spec.json") && said.contains("line 1"),
            "{said}"
        );
        assert_eq!(failure.exit_code(), 2);
    }

    #[test]
    fn a_missing_file_is_one_sentence_with_its_name() {
        let failure = load(Path::new("no/such/spec.json")).unwrap_err();
        assert!(
            failure
                .to_string()
                .starts_with("cannot read no/such/spec.json")
        );
        assert_eq!(failure.exit_code(), 2);
    }

    #[test]
    fn a_version_that_is_a_number_and_swagger_are_told_as_what_they_are() {
        for (text, parts) in [
            (
                "openapi: 3.1\npaths: {}\n",
                ["at /openapi: 3.1 is a number", "\"3.1.0\""],
            ),
            (
                "swagger: '2.0'\npaths: {}\n",
                ["at /swagger: it is a document of Swagger 2.0", "OpenAPI 3"],
            ),
            (
                "swagger: 2.0\npaths: {}\n",
                ["at /swagger: it is a document of Swagger 2.0", "OpenAPI 3"],
            ),
        ] {
            let said = parse("x", text.as_bytes()).unwrap_err().to_string();
            assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        }
    }

    #[test]
    fn what_is_no_openapi_document_is_refused_with_a_pointer() {
        for (text, pointer) in [
            ("[]", "the top of the document"),
            ("{}", "/openapi"),
            (r#"{"openapi":"2.0","paths":{}}"#, "/openapi"),
            (r#"{"openapi":"3.10.0","paths":{}}"#, "/openapi"),
            (r#"{"openapi":"3.1.0","paths":{"chat":{}}}"#, "/paths/chat"),
            (r#"{"openapi":"3.1.0"}"#, "/paths"),
            (r#"{"openapi":"3.1.0","paths":[]}"#, "/paths"),
            (
                r#"{"openapi":"3.1.0","paths":{},"components":1}"#,
                "/components",
            ),
        ] {
            let said = parse("x", text.as_bytes()).unwrap_err().to_string();
            assert!(
                said.starts_with(&format!("at {pointer}:")),
                "{text}: {said}"
            );
        }
    }
}
