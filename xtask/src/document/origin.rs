//! Where something stands in a document as it is written, if it was found after stage
//! *inline* had put references in place, or after the service prefix was taken off.

use serde_json::Value;

use super::grammar::step;
use super::inline::LONGEST_CHAIN;
use super::reference;
use super::select::below_prefix;

/// The place in a document to which a pointer into the inlined document leads. Steps that
/// lead nowhere are kept.
#[must_use]
pub fn origin(document: &Value, pointer: &str) -> String {
    let mut walk = Walk {
        document,
        at: String::new(),
        here: document,
    };
    let tokens = pointer.split('/').skip(1);
    let tokens: Vec<_> = tokens
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
        .collect();
    for (index, token) in tokens.iter().enumerate() {
        if !walk.enter(token) {
            let rest = tokens[index..].iter();
            return rest.fold(walk.at, |at, token| step(&at, token));
        }
    }
    // A schema that is a reference is one after stage *inline* too.
    let mut before = tokens.iter().zip(tokens.iter().skip(1));
    let in_schema = before.any(|(before, token)| token == "schema" && before != "headers");
    if !in_schema && !walk.at.starts_with("/components/schemas/") {
        walk.follow(|here| here.get("$ref").is_none());
    }
    walk.at
}

/// A place in a document.
struct Walk<'d> {
    document: &'d Value,
    at: String,
    here: &'d Value,
}

impl Walk<'_> {
    /// Goes to a member of this place, or of the one to which it refers.
    fn enter(&mut self, token: &str) -> bool {
        self.follow(|here| member(here, token).is_some());
        let mut token = token;
        if self.at == "/paths" && member(self.here, token).is_none() {
            let mut paths = self.here.as_object().into_iter().flatten();
            let full = paths.find(|(path, _)| below_prefix(path) == token);
            token = full.map_or(token, |(path, _)| path);
        }
        let Some(next) = member(self.here, token) else {
            return false;
        };
        self.at = step(&self.at, token);
        self.here = next;
        true
    }

    /// Follows references to the first place that is wanted, if they lead to one.
    fn follow(&mut self, wanted: impl Fn(&Value) -> bool) {
        let (mut at, mut here) = (self.at.clone(), self.here);
        for _ in 0..LONGEST_CHAIN {
            if wanted(here) {
                (self.at, self.here) = (at, here);
                return;
            }
            let Some(reference) = here.get("$ref") else {
                return;
            };
            let Ok(target) = reference::target(self.document, reference, "") else {
                return;
            };
            (at, here) = target;
        }
    }
}

fn member<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(token),
        Value::Array(list) => list.get(token.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_put_in_place_is_told_where_it_stands() {
        let document = json!({
            "paths": {"/api/v2/a": {"get": {
                "parameters": [{"$ref": "#/components/parameters/P", "description": "mine"}],
                "responses": {
                    "404": {"$ref": "#/components/responses/Missing"},
                    "410": {"$ref": "#/components/responses/Gone"},
                    "500": {"$ref": "#/components/responses/Round"}
                }
            }}},
            "components": {
                "parameters": {"P": {"name": "p", "in": "query", "schema": {"type": "strin"}}},
                "responses": {
                    "Gone": {"$ref": "#/components/responses/Missing"},
                    "Missing": {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/S"}}}},
                    "Round": {"$ref": "#/components/responses/Round"}
                },
                "schemas": {"S": {"type": "object"}}
            }
        });
        let get = "/paths/~1api~1v2~1a/get";
        let responses = format!("{get}/responses");
        let missing = "/components/responses/Missing";
        let schema = format!("{missing}/content/a~1b/schema");
        for (found, stands) in [
            ("", String::new()),
            ("/paths/~1a/get/responses", responses.clone()),
            (
                "/paths/~1a/get/parameters/0/schema/type",
                "/components/parameters/P/schema/type".to_owned(),
            ),
            (
                "/paths/~1a/get/parameters/0/description",
                format!("{get}/parameters/0/description"),
            ),
            ("/paths/~1a/get/responses/404", missing.to_owned()),
            (
                "/paths/~1a/get/responses/404/content/a~1b/schema",
                schema.clone(),
            ),
            (
                "/paths/~1a/get/responses/410/content/a~1b/schema/$ref",
                format!("{schema}/$ref"),
            ),
            (
                "/paths/~1a/get/responses/410/content/x",
                format!("{missing}/content/x"),
            ),
            ("/paths/~1a/get/responses/500", format!("{responses}/500")),
            ("/paths/~1b/get", "/paths/~1b/get".to_owned()),
            (
                "/components/schemas/S/type",
                "/components/schemas/S/type".to_owned(),
            ),
        ] {
            assert_eq!(origin(&document, found), stands);
        }
    }
}
