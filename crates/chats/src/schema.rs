//! The prose of JSON Schemas, without what means nothing outside Rust.

use schemars::Schema;
use schemars::transform::transform_subschemas;

/// Takes examples and links to other items out of every description.
pub(crate) fn prose(schema: &mut Schema) {
    let description = schema.get("description").and_then(|text| text.as_str());
    if let Some(plain) = description.map(plain) {
        schema.insert("description".to_owned(), plain.into());
    }
    transform_subschemas(&mut prose, schema);
}

fn plain(text: &str) -> String {
    let text = text.split("```").next().unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some((before, link)) = rest.split_once('[') {
        out.push_str(before);
        match link.split_once("](") {
            Some((words, target)) if !words.contains(['[', ']']) => {
                out.push_str(words);
                rest = target.split_once(')').map_or("", |(_, after)| after);
            }
            _ => {
                out.push('[');
                rest = link;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn links_and_examples_are_taken_out() {
        for (text, expected) in [
            ("See [`a`](Self::a) and [b](crate::b).", "See `a` and b."),
            ("A list [1].\n\n```\nlet x = [1];\n```", "A list [1]."),
            ("[`Json`] stays", "[`Json`] stays"),
            ("`[[ref:KEY]]` and [x](y)", "`[[ref:KEY]]` and x"),
            ("", ""),
        ] {
            assert_eq!(plain(text), expected);
        }
    }
}
