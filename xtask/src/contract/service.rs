//! What a document says of the service as a whole: where it is, and how clients
//! authenticate.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::document::canon::sort_members;
use crate::document::grammar::{members, step};
use crate::document::inline::resolved;
use crate::document::select::SERVICE_PREFIX;
use crate::{Failure, Result};

/// Where the service is when a document does not say it.
const KNOWN_SERVER: &str = "https://api.aionvision.tech/api/v2";

/// Where a document says that the service, or an operation, is; empty if it does not say.
/// The service prefix counts as part of the address, even if it stands in the paths.
pub(super) fn servers(
    servers: Option<&Value>,
    prefix_in_paths: bool,
    at: &str,
) -> Result<BTreeSet<String>> {
    let mut out = BTreeSet::new();
    let Some(servers) = servers else {
        return Ok(out);
    };
    let Some(list) = servers.as_array() else {
        return Err(Failure::at(at, "must be a list"));
    };
    for (index, server) in list.iter().enumerate() {
        let at = format!("{at}/{index}");
        let Some(url) = server["url"].as_str() else {
            return Err(Failure::at(at, "must have a `url`"));
        };
        out.extend(addresses(url, prefix_in_paths, server.get("variables")));
    }
    Ok(out)
}

/// The servers of a service, or the known one if the document names none.
pub(super) fn or_known(mut servers: BTreeSet<String>) -> BTreeSet<String> {
    if servers.is_empty() {
        servers.insert(KNOWN_SERVER.to_owned());
    }
    servers
}

/// The most addresses of one server; beyond it a variable only has its default.
const MOST_ADDRESSES: usize = 64;

/// The addresses of a server: variables have the values that are listed, or their
/// defaults.
fn addresses(url: &str, prefix_in_paths: bool, variables: Option<&Value>) -> BTreeSet<String> {
    let mut urls = vec![url.to_owned()];
    for (name, variable) in variables.and_then(Value::as_object).into_iter().flatten() {
        let listed = variable["enum"].as_array().map(Vec::as_slice);
        let values: Vec<&str> = match listed {
            Some(listed) if urls.len() * listed.len() <= MOST_ADDRESSES => {
                listed.iter().filter_map(Value::as_str).collect()
            }
            _ => variable["default"].as_str().into_iter().collect(),
        };
        if values.is_empty() {
            continue;
        }
        let name = format!("{{{name}}}");
        urls = urls
            .iter()
            .flat_map(|url| values.iter().map(|value| url.replace(&name, value)))
            .collect();
    }
    urls.iter()
        .map(|url| address(url, prefix_in_paths))
        .collect()
}

/// One spelling of an address, with the service prefix.
fn address(url: &str, prefix_in_paths: bool) -> String {
    let url = url.trim_end_matches('/');
    let Some((scheme, rest)) = url.split_once("://") else {
        // A relative address lies where the service is.
        let url = url.strip_suffix(SERVICE_PREFIX).unwrap_or(url);
        return match url {
            "" | "." => KNOWN_SERVER.to_owned(),
            _ => url.to_owned(),
        };
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let (scheme, host) = (scheme.to_ascii_lowercase(), host.to_ascii_lowercase());
    let port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => "",
    };
    let host = host.strip_suffix(port).unwrap_or(&host);
    // A document that names the prefix in both has most likely only moved it to its paths.
    let (path, prefix) = match prefix_in_paths {
        true => (
            path.strip_suffix(SERVICE_PREFIX).unwrap_or(path),
            SERVICE_PREFIX,
        ),
        false => (path, ""),
    };
    format!("{scheme}://{host}{path}{prefix}")
}

/// The declared schemes, by name, each with what it requires of a client.
pub(super) fn schemes(document: &Value) -> Result<BTreeMap<String, String>> {
    let at = "/components/securitySchemes";
    let Some(schemes) = document.pointer(at) else {
        return Ok(BTreeMap::new());
    };
    let mut out = BTreeMap::new();
    for (name, scheme) in members(schemes, at)? {
        let at = step(at, name);
        let scheme = resolved(document, scheme, &at)?;
        out.insert(name.clone(), describe(members(&scheme, &at)?, &at)?);
    }
    Ok(out)
}

fn describe(scheme: &Map<String, Value>, at: &str) -> Result<String> {
    let text = |key: &str| {
        let text = scheme.get(key).and_then(Value::as_str);
        text.ok_or_else(|| Failure::at(at, format!("must have a `{key}`")))
    };
    Ok(match text("type")? {
        "http" => format!("http {}", text("scheme")?.to_ascii_lowercase()),
        "apiKey" => {
            let (place, name) = (text("in")?, text("name")?);
            // Names of headers have no case.
            let name = match place {
                "header" => name.to_ascii_lowercase(),
                _ => name.to_owned(),
            };
            format!("apiKey in {place} {name}")
        }
        "openIdConnect" => format!("openIdConnect {}", text("openIdConnectUrl")?),
        // The names of its scopes stand where they are required.
        "oauth2" => {
            let flows = members(
                scheme.get("flows").unwrap_or(&Value::Null),
                &step(at, "flows"),
            )?;
            let mut text = "oauth2".to_owned();
            for (name, flow) in sort_members(&json!(flows))
                .as_object()
                .into_iter()
                .flatten()
            {
                text.push(' ');
                text.push_str(name);
                for url in ["authorizationUrl", "tokenUrl", "refreshUrl"] {
                    let url = flow.get(url).and_then(Value::as_str);
                    text.extend(url.map(|url| format!(" {url}")));
                }
            }
            text
        }
        "mutualTLS" => "mutualTLS".to_owned(),
        other => {
            let reason = format!("{other:?} is not a type of security scheme");
            return Err(Failure::at(step(at, "type"), reason));
        }
    })
}

/// The text before each scope that a way to authenticate requires.
pub(crate) const SCOPE: &str = " +";

/// The ways to authenticate.
pub(super) fn requirements(
    security: Option<&Value>,
    schemes: &BTreeMap<String, String>,
    at: &str,
) -> Result<BTreeSet<BTreeSet<String>>> {
    let Some(security) = security else {
        return Ok(BTreeSet::new());
    };
    let wrong = || Failure::at(at, "must be a list of requirements");
    let mut out = BTreeSet::new();
    for (index, requirement) in security.as_array().ok_or_else(wrong)?.iter().enumerate() {
        let at = format!("{at}/{index}");
        let mut all = BTreeSet::new();
        for (name, scopes) in members(requirement, &at)? {
            let Some(scheme) = schemes.get(name) else {
                let reason = format!("no security scheme {name:?} is declared");
                return Err(Failure::at(step(&at, name), reason));
            };
            let mut text = scheme.clone();
            let listed = scopes.as_array().and_then(|scopes| {
                let names = scopes.iter().map(Value::as_str);
                names.collect::<Option<Vec<_>>>()
            });
            let Some(mut scopes) = listed else {
                let reason = "must be a list of scopes, which is empty where there are none";
                return Err(Failure::at(step(&at, name), reason));
            };
            scopes.sort_unstable();
            for scope in scopes {
                text.push_str(SCOPE);
                text.push_str(scope);
            }
            all.insert(text);
        }
        out.insert(all);
    }
    if out.iter().all(BTreeSet::is_empty) {
        out.clear();
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling() {
        for url in [
            "",
            "/",
            "/api/v2",
            "./",
            "https://API.aionvision.tech/api/v2/",
            "HTTPS://api.aionvision.tech:443/api/v2",
        ] {
            assert_eq!(address(url, false), KNOWN_SERVER, "{url}");
        }
        let of = |variable| {
            addresses(
                "https://{host}/api/v2/",
                false,
                Some(&json!({"host": variable})),
            )
        };
        let known = BTreeSet::from([KNOWN_SERVER.to_owned()]);
        assert_eq!(of(json!({"default": "api.aionvision.tech"})), known);
        let listed = json!({"default": "a.example", "enum": ["a.example", "b.example"]});
        let both = ["https://a.example/api/v2", "https://b.example/api/v2"].map(str::to_owned);
        assert_eq!(of(listed), both.into());
        for url in [
            "http://api.aionvision.tech",
            "https://api.aionvision.tech:80",
            "https://api.aionvision.tech/API",
            "https://api.aionvision.tech",
        ] {
            assert_ne!(address(url, false), KNOWN_SERVER, "{url}");
        }
        // The prefix may stand in the server, in the paths, or in both.
        assert_eq!(address("https://api.aionvision.tech", true), KNOWN_SERVER);
        assert_eq!(address(KNOWN_SERVER, true), KNOWN_SERVER);
    }

    #[test]
    fn a_scheme_that_is_a_reference_is_followed() {
        let document = json!({"components": {"securitySchemes": {
            "key": {"$ref": "#/components/securitySchemes/real"},
            "real": {"type": "http", "scheme": "Bearer"}
        }}});
        let schemes = schemes(&document).unwrap();
        assert_eq!(schemes["key"], "http bearer");
    }

    #[test]
    fn what_is_no_scheme_and_what_is_not_declared_is_named() {
        let said = |scheme: Value| {
            let document = json!({"components": {"securitySchemes": {"Q": scheme}}});
            schemes(&document).unwrap_err().to_string()
        };
        for scheme in [json!("x"), json!({}), json!({"type": "http"})] {
            let said = said(scheme);
            assert!(
                said.starts_with("at /components/securitySchemes/Q"),
                "{said}"
            );
        }
        let none = BTreeMap::new();
        let missing = requirements(Some(&json!([{"Nope": []}])), &none, "/security");
        let said = missing.unwrap_err().to_string();
        assert!(said.starts_with("at /security/0/Nope:"), "{said}");
        let known = BTreeMap::from([("Key".to_owned(), "http bearer".to_owned())]);
        for scopes in [json!("x"), json!(null), json!({}), json!(["a", 1])] {
            let odd = requirements(Some(&json!([{}, {"Key": scopes}])), &known, "/security");
            let said = odd.unwrap_err().to_string();
            assert!(
                said.starts_with("at /security/1/Key: must be a list of scopes"),
                "{said}"
            );
        }
    }
}
