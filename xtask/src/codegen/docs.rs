//! Stage *docs*: descriptions become prose for rustdoc, which would run indented text as
//! a test, and take brackets for links and angle brackets for HTML.

use serde_json::{Value, json};

use crate::Result;
use crate::document::grammar::{METHODS, walk_document};

/// Rewrites every description and summary.
pub fn docs(document: &Value) -> Result<Value> {
    let mut document = document.clone();
    walk_document(&mut document, |schema, _, _| {
        rewrite(schema, "description", plain);
        Ok(())
    })?;
    for (_, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get_mut(method) else {
                continue;
            };
            rewrite(operation, "summary", plain);
            rewrite(operation, "description", plain);
            let parameters = operation
                .get_mut("parameters")
                .and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten() {
                // The description becomes an item of a list: one line, or the list
                // breaks.
                rewrite(parameter, "description", |text| {
                    plain(text).split_whitespace().collect::<Vec<_>>().join(" ")
                });
            }
        }
    }
    Ok(document)
}

fn rewrite(holder: &mut Value, key: &str, change: impl Fn(&str) -> String) {
    if let Some(text) = holder.get(key) {
        let text = text.as_str().map(change);
        match (text, holder.as_object_mut()) {
            (Some(text), Some(_)) if !text.is_empty() => holder[key] = json!(text),
            (_, Some(object)) => {
                object.remove(key);
            }
            _ => {}
        }
    }
}

/// Markdown that rustdoc shows as the author meant it.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut fenced = false;
    for line in text.trim().lines() {
        let line = line.trim();
        if line.starts_with("```") {
            fenced = !fenced;
            // A fence without a language would be compiled.
            out.push_str(if fenced { "```text" } else { "```" });
        } else if fenced {
            out.push_str(line);
        } else {
            escape(line, &mut out);
        }
        out.push('\n');
    }
    if fenced {
        out.push_str("```\n");
    }
    out.truncate(out.trim_end().len());
    out
}

fn escape(line: &str, out: &mut String) {
    // An unpaired backtick opens no code, so only text between pairs is code.
    let pairs = line.matches('`').count() / 2 * 2;
    let mut seen = 0;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let in_code = seen < pairs && seen % 2 == 1;
        if c == '`' {
            seen += 1;
        } else if !in_code {
            let end = rest.find(|c: char| c.is_whitespace() || "`<>()[]\"".contains(c));
            let word = &rest[..end.unwrap_or(rest.len())];
            if word.starts_with("http://") || word.starts_with("https://") {
                let link = word.trim_end_matches(['.', ',', ';', ':']);
                out.push('<');
                out.push_str(link);
                out.push('>');
                rest = &rest[link.len()..];
                continue;
            }
            if "[]<>".contains(c) {
                out.push('\\');
            }
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_escaped_outside_code() {
        assert_eq!(plain("a [b] <c> `d[0]` e"), r"a \[b\] \<c\> `d[0]` e");
        assert_eq!(plain("one ` and [b]"), r"one ` and \[b\]");
    }

    #[test]
    fn indented_text_is_no_test() {
        assert_eq!(plain("\n    a\n\n        b = c\n"), "a\n\nb = c");
        assert_eq!(plain("```\nx = 1\n```"), "```text\nx = 1\n```");
        assert_eq!(plain("```python\nx"), "```text\nx\n```");
    }

    #[test]
    fn addresses_become_links() {
        assert_eq!(plain("see https://a.b/c."), "see <https://a.b/c>.");
    }

    #[test]
    fn a_parameter_is_described_on_one_line() {
        let document = json!({"paths": {"/a": {"get": {
            "description": "  ",
            "parameters": [{"name": "b", "in": "query", "description": "one\n  two"}]
        }}}});
        let get = &docs(&document).unwrap()["paths"]["/a"]["get"];
        assert_eq!(get["parameters"][0]["description"], "one two");
        assert!(get.get("description").is_none());
    }
}
