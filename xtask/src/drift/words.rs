//! How names and shapes of a document are written in a report, whatever
//! characters they hold.

use crate::contract::{Shape, text};

/// A name as code: between as many backticks as it takes.
#[must_use]
pub fn quoted(name: &str) -> String {
    let name = on_one_line(name);
    let mut longest = 0;
    let mut run = 0;
    for c in name.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{name}{space}{fence}")
}

/// Text without line ends and other characters that move a terminal's cursor.
#[must_use]
pub fn on_one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || ('\u{2028}'..='\u{2029}').contains(&c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// A shape on one line, each of several forms named.
#[must_use]
pub fn in_words(shape: &Shape) -> String {
    if shape.alternatives.is_empty() {
        return text::summary(shape);
    }
    let forms = shape.alternatives.iter().map(|form| in_words(form));
    let forms: Vec<_> = forms.collect();
    let null = if shape.nullable { ", or null" } else { "" };
    format!("one of {}{null}", forms.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_any_characters_stays_one_piece_of_code() {
        for (name, code) in [
            ("title", "`title`"),
            ("a`b", "`` a`b ``"),
            ("a``", "``` a`` ```"),
            ("a\nb\u{1b}[1m", "`a\\nb\\u{1b}[1m`"),
            ("größe", "`größe`"),
        ] {
            assert_eq!(quoted(name), code);
        }
    }

    #[test]
    fn each_of_several_forms_is_named() {
        let of = |kind| Shape {
            kinds: [kind].into(),
            ..Shape::default()
        };
        let kinds = crate::contract::Kind::from_name;
        let several = Shape {
            alternatives: ["string", "integer"]
                .into_iter()
                .filter_map(kinds)
                .map(|kind| of(kind).into())
                .collect(),
            nullable: true,
            ..Shape::default()
        };
        assert_eq!(in_words(&several), "one of integer, string, or null");
    }
}
