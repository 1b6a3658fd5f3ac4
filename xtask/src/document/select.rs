//! Stage *select*: keeps the paths below one prefix, and what they reach. The common
//! prefix of the service (`/api/v2`) is removed from paths that have it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::grammar::{places, step};
use crate::{Failure, Result};

/// The version prefix that the publisher writes in every path and that our
/// contract keeps in `servers`.
pub const SERVICE_PREFIX: &str = "/api/v2";

/// A path without the service prefix, if it has it.
#[must_use]
pub fn below_prefix(path: &str) -> &str {
    match path.strip_prefix(SERVICE_PREFIX) {
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// Which paths of a document count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every path, as it is written.
    All,
    /// The paths at or below a prefix, such as `/chat`.
    Prefix(String),
}

impl Default for Selection {
    fn default() -> Self {
        Self::Prefix("/chat".to_owned())
    }
}

impl FromStr for Selection {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            _ if text.starts_with('/') => Ok(Self::Prefix(text.trim_end_matches('/').to_owned())),
            _ => Err("must be `all` or start with `/`".to_owned()),
        }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "all",
            Self::Prefix(prefix) => prefix,
        })
    }
}

impl Selection {
    /// The path without the service prefix, if the path counts.
    #[must_use]
    pub fn admits(&self, path: &str) -> Option<String> {
        let below = below_prefix(path);
        match self {
            // The rest of the service has paths outside the prefix, so only a
            // full path is unambiguous there.
            Self::All => Some(path.to_owned()),
            Self::Prefix(prefix) => {
                let wanted = prefix.strip_prefix(SERVICE_PREFIX).unwrap_or(prefix);
                let rest = below.strip_prefix(wanted)?;
                (rest.is_empty() || rest.starts_with('/')).then(|| below.to_owned())
            }
        }
    }
}

/// Keeps what the selection admits and drops the schemas that nothing reaches.
pub fn select(document: &Value, selection: &Selection) -> Result<Value> {
    prune(select_paths(document, selection)?)
}

/// Keeps the paths that the selection admits, and every schema. The service prefix moves
/// from the paths to the servers that have full addresses.
pub fn select_paths(document: &Value, selection: &Selection) -> Result<Value> {
    let mut document = document.clone();
    let Some(paths) = document["paths"].as_object_mut() else {
        return Ok(document);
    };
    let mut kept = Map::new();
    let mut moved = false;
    for (path, item) in std::mem::take(paths) {
        let Some(short) = selection.admits(&path) else {
            continue;
        };
        moved |= short != path;
        if kept.insert(short, item).is_some() {
            let reason = "the same path is listed without the prefix, or with it";
            return Err(Failure::at(step("/paths", &path), reason));
        }
    }
    *paths = kept;
    let servers = document.get_mut("servers").and_then(Value::as_array_mut);
    for server in servers.into_iter().flatten().filter(|_| moved) {
        if let Some(Value::String(url)) = server.get_mut("url")
            && url.contains("://")
        {
            *url = format!("{}{SERVICE_PREFIX}", url.trim_end_matches('/'));
        }
    }
    Ok(document)
}

/// Drops the schemas that no operation reaches.
pub fn prune(mut document: Value) -> Result<Value> {
    let reached: BTreeSet<_> = places(&document)?.into_keys().collect();
    if let Some(schemas) = document.pointer_mut("/components/schemas")
        && let Some(schemas) = schemas.as_object_mut()
    {
        schemas.retain(|name, _| reached.contains(name));
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_with_and_without_the_service_prefix_are_the_same() {
        let chat = Selection::default();
        assert_eq!(
            chat.admits("/api/v2/chat/sessions").as_deref(),
            Some("/chat/sessions")
        );
        assert_eq!(
            chat.admits("/chat/sessions").as_deref(),
            Some("/chat/sessions")
        );
        assert_eq!(chat.admits("/chatter"), None);
        assert_eq!(chat.admits("/api/v2/images"), None);
        let long: Selection = "/api/v2/chat/".parse().unwrap();
        assert_eq!(long.admits("/chat").as_deref(), Some("/chat"));
    }

    #[test]
    fn a_selection_is_all_or_a_path() {
        assert_eq!("all".parse(), Ok(Selection::All));
        assert_eq!("/chat".parse(), Ok(Selection::default()));
        assert!("chat".parse::<Selection>().is_err());
    }

    #[test]
    fn a_path_with_the_prefix_and_without_it_is_one_too_many() {
        let document = json!({"paths": {"/chat/a": {}, "/api/v2/chat/a": {}}});
        let failure = select_paths(&document, &Selection::default()).unwrap_err();
        assert!(failure.to_string().contains("chat~1a: "), "{failure}");
    }

    #[test]
    fn what_nothing_reaches_is_dropped() {
        let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let response = |name: &str| json!({"get": {"responses": {"200": {"content": {"application/json": {"schema": reference(name)}}}}}});
        let document = json!({
            "paths": {"/api/v2/chat/a": response("A"), "/api/v2/other": response("B")},
            "components": {"schemas": {"A": {"items": reference("C")}, "B": {}, "C": {}}}
        });
        let selected = select(&document, &Selection::default()).unwrap();
        let schemas = selected["components"]["schemas"].as_object().unwrap();
        assert_eq!(schemas.keys().collect::<Vec<_>>(), ["A", "C"]);
        assert!(selected["paths"]["/chat/a"].is_object());
    }
}
