//! The parameters of an operation and the headers of a response.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::check::flag;
use super::read::{ANYTHING, Schemas};
use super::resolve::Way;
use super::{Kind, Parameter, Shape};
use crate::document::grammar::{Operation, essence, members, step};
use crate::{Failure, Result};

/// Headers that OpenAPI does not describe as parameters, since the media types describe
/// them. `Authorization` is one more, but publishers do describe their keys like that.
pub(super) const IGNORED: [&str; 2] = ["Accept", "Content-Type"];

/// The parameters by place and name; the operation's own win over those shared by the
/// path.
pub(super) fn parameters(
    schemas: &mut Schemas<'_>,
    operation: &Operation<'_>,
) -> Result<BTreeMap<(String, String), Parameter>> {
    let mut out = BTreeMap::new();
    let item_at = step("/paths", operation.path);
    let lists = [
        (operation.item.get("parameters"), item_at.clone()),
        (operation.value.get("parameters"), operation.pointer.clone()),
    ];
    let in_path: BTreeSet<&str> = template(operation.path, &item_at)?.into_iter().collect();
    let mut declared = BTreeSet::new();
    for (list, at) in lists {
        let Some(list) = list else {
            continue;
        };
        let at = step(&at, "parameters");
        let Some(list) = list.as_array() else {
            return Err(Failure::at(at, "must be a list"));
        };
        let mut seen = BTreeSet::new();
        for (index, parameter) in list.iter().enumerate() {
            let at = format!("{at}/{index}");
            let text = |key: &str| {
                let text = parameter.get(key).and_then(Value::as_str);
                text.ok_or_else(|| Failure::at(&at, format!("must have a `{key}` that is a text")))
            };
            let (place, name) = (text("in")?, text("name")?);
            if !["path", "query", "header", "cookie"].contains(&place) {
                let reason = format!("a parameter cannot be in {place:?}");
                return Err(Failure::at(step(&at, "in"), reason));
            }
            if place == "path" {
                if !in_path.contains(name) {
                    let reason = format!("the path has no {{{name}}}");
                    return Err(Failure::at(at, reason));
                }
                declared.insert(name);
            }
            if place == "header" && IGNORED.iter().any(|one| name.eq_ignore_ascii_case(one)) {
                continue;
            }
            let id = parameter_id(operation.path, place, name);
            if !seen.insert(id.clone()) {
                let reason = format!("the parameter {name:?} is listed twice");
                return Err(Failure::at(at, reason));
            }
            let mut read = parameter_or_header(schemas, parameter, place, Way::Sent, &at)?;
            name.clone_into(&mut read.name);
            out.insert(id, read);
        }
    }
    if let Some(missing) = in_path.difference(&declared).next() {
        let reason = format!("no parameter declares the {{{missing}}} of its path");
        return Err(Failure::at(&operation.pointer, reason));
    }
    Ok(out)
}

/// The names in a path.
fn template<'p>(path: &'p str, at: &str) -> Result<Vec<&'p str>> {
    let mut names = Vec::new();
    let mut pieces = path.split('{');
    let mut whole = !pieces.next().unwrap_or_default().contains('}');
    for piece in pieces {
        match piece.split_once('}') {
            Some((name, rest)) => {
                whole &= !name.is_empty() && !rest.contains('}');
                names.push(name);
            }
            None => whole = false,
        }
    }
    if !whole {
        return Err(Failure::at(at, "its braces do not match"));
    }
    if path.contains(['?', '#']) {
        let reason = "a path has no query and no fragment; parameters in the query are listed \
            as parameters";
        return Err(Failure::at(at, reason));
    }
    Ok(names)
}

/// What identifies a parameter: its place and its name; in a path, where names mean
/// nothing, its position; in headers, the name without case.
#[must_use]
pub fn parameter_id(path: &str, place: &str, name: &str) -> (String, String) {
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'));
    let id = match place {
        "path" => match names.map(|(name, _)| name).position(|other| other == name) {
            Some(position) => position.to_string(),
            None => name.to_owned(),
        },
        "header" => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    };
    (place.to_owned(), id)
}

/// Reads a parameter, or a header, which is written like one.
pub(super) fn parameter_or_header(
    schemas: &mut Schemas<'_>,
    parameter: &Value,
    place: &str,
    way: Way,
    at: &str,
) -> Result<Parameter> {
    let holder = members(parameter, at)?;
    let mut written = None;
    let mut shape = match (holder.get("schema"), holder.get("content")) {
        (Some(schema), _) => schemas.shape(schema, way, &step(at, "schema"))?,
        (None, Some(content)) => {
            let at = step(at, "content");
            let Some((media, value)) = members(content, &at)?.iter().next() else {
                return Err(Failure::at(at, "must name a media type"));
            };
            let at = step(&at, media);
            let schema = members(value, &at)?.get("schema").unwrap_or(&ANYTHING);
            written = Some(essence(media));
            schemas.shape(schema, way, &step(&at, "schema"))?
        }
        (None, None) => return Err(Failure::at(at, "must have a `schema` or `content`")),
    };
    if holder.contains_key("schema") && !shape.is_any() && std::mem::take(&mut shape.nullable) {
        // No text stands for null.
        shape.bodies.forget_own();
    }
    let mut style = style(parameter, place, &shape, at)?;
    style.extend(written);
    if flag(holder, "deprecated", at)? {
        shape.facets.insert("deprecated", "true".to_owned());
        shape.bodies.forget_own();
    }
    Ok(Parameter {
        name: String::new(),
        required: flag(holder, "required", at)? || place == "path",
        style: style.join(", "),
        shape,
    })
}

/// The notations that a place knows, the usual one first.
fn styles(place: &str) -> &'static [&'static str] {
    match place {
        "query" => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        "cookie" => &["form"],
        "path" => &["simple", "label", "matrix"],
        _ => &["simple"],
    }
}

/// The notation of a value, as far as it is not the usual one.
fn style(parameter: &Value, place: &str, shape: &Shape, at: &str) -> Result<Vec<String>> {
    let holder = members(parameter, at)?;
    let mut style = Vec::new();
    let known = styles(place);
    let usual = known[0];
    let stated = match holder.get("style") {
        None => usual,
        Some(stated) => match stated.as_str().filter(|stated| known.contains(stated)) {
            Some(stated) => stated,
            None => {
                let reason = format!(
                    "a value in {place:?} can be written as {}, not so",
                    known.join(", ")
                );
                return Err(Failure::at(step(at, "style"), reason));
            }
        },
    };
    if stated != usual {
        style.push(stated.to_owned());
    }
    // `deepObject` is always exploded, and `simple` writes the items of an array alike.
    let explodes = holder.contains_key("explode")
        && match stated {
            "deepObject" => false,
            "simple" => has_members(shape),
            _ => has_parts(shape),
        };
    if explodes && flag(holder, "explode", at)? != (stated == "form") {
        let exploded = if stated == "form" {
            "not exploded"
        } else {
            "exploded"
        };
        style.push(exploded.to_owned());
    }
    // Reserved characters mean the same, encoded or not.
    flag(holder, "allowReserved", at)?;
    Ok(style)
}

/// Whether a value may be an object, whose names can be written or not.
fn has_members(shape: &Shape) -> bool {
    shape.is_any()
        || shape.kinds.contains(&Kind::Object)
        || shape.alternatives.iter().any(|one| has_members(one))
}

/// Whether a value may have parts, which can be written one by one or together.
fn has_parts(shape: &Shape) -> bool {
    let parts = [Kind::Array, Kind::Object];
    shape.is_any()
        || parts.iter().any(|kind| shape.kinds.contains(kind))
        || shape.alternatives.iter().any(|one| has_parts(one))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_style_that_its_place_does_not_know_is_named() {
        let read = |place: &str, said: Value| {
            let parameter = json!({"style": said});
            style(&parameter, place, &Shape::default(), "/p")
        };
        assert!(read("query", json!("form")).unwrap().is_empty());
        assert_eq!(read("path", json!("label")).unwrap(), ["label"]);
        for (place, said) in [
            ("query", json!("bogus")),
            ("query", json!(1)),
            ("query", json!("simple")),
            ("header", json!("form")),
            ("cookie", json!("deepObject")),
        ] {
            let told = read(place, said).unwrap_err().to_string();
            assert!(told.starts_with("at /p/style: "), "{told}");
        }
    }

    #[test]
    fn a_path_whose_braces_do_not_match_is_named() {
        assert_eq!(template("/a/{b}-{c}/d", "").unwrap(), ["b", "c"]);
        for path in ["/a/{b", "/a/b}", "/a/{}", "/a/{{b}}", "/{a}}"] {
            assert!(template(path, "/paths/x").is_err(), "{path}");
        }
    }
}
