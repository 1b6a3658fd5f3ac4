//! Reads the body of a failed reply, whichever of the five shapes it has.
//!
//! 1. chat error `{"error": "…", "error_code": "…"}`;
//! 2. envelope `{"error": {"code": …, "message": …}, "request_id": …}`;
//! 3. validation `{"detail": [{"loc", "msg", "type"}]}`;
//! 4. plain `{"detail": "…"}`;
//! 5. whatever a proxy sends: HTML, text, nothing.
//!
//! The data of an `error` event is read by the same rules.

use serde_json::{Map, Value};

use super::detail::{FieldError, PathStep, PendingPlan, Quota};
use crate::json;

/// How much of a proxy's text, of a code or of an id goes into a sentence.
const EXCERPT: usize = 200;
/// How much of the service's own message goes into it; the body keeps the rest.
const MESSAGE: usize = 1000;

/// What a failed reply's body says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) message: Option<String>,
    /// Whether a web page came in place of a message, as from a proxy.
    pub(crate) is_web_page: bool,
    pub(crate) code: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) fields: Vec<FieldError>,
    pub(crate) plan: Option<PendingPlan>,
    pub(crate) quota: Option<Quota>,
}

impl ErrorBody {
    pub(crate) fn read(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        match json::value(body) {
            Ok(Value::Object(object)) => Self::from_object(object),
            Ok(Value::String(text)) => Self::from_text(&text),
            _ => Self::from_text(&String::from_utf8_lossy(body)),
        }
        .shortened()
    }

    /// Reads the data of an `error` or `auth_error` event. Beside what a body has, it may
    /// give its code as `error_type`, and its `message` is for people.
    pub(crate) fn of_event(data: &Value) -> Self {
        let Value::Object(object) = data else {
            return Self::from_text(data.as_str().unwrap_or_default()).shortened();
        };
        let mut read = Self::from_object(object.clone());
        let nested = object.get("error").and_then(Value::as_object);
        let keys = ["code", "error_code", "error_type"];
        let told = keys
            .iter()
            .find_map(|key| code(object, key).or_else(|| code(nested?, key)));
        read.code = told.or(read.code);
        read.message = text(object, "message").or(read.message);
        read.shortened()
    }

    fn shortened(mut self) -> Self {
        let texts = [
            (&mut self.message, MESSAGE),
            (&mut self.code, EXCERPT),
            (&mut self.request_id, EXCERPT),
        ];
        for (text, most) in texts {
            if let Some(text) = text
                && let Some((end, _)) = text.char_indices().nth(most)
            {
                text.truncate(end);
                text.push('…');
            }
        }
        self
    }

    fn from_object(object: Map<String, Value>) -> Self {
        let mut out = Self::default();
        match object.get("error") {
            Some(Value::Object(inner)) => {
                out.message = first(inner, text, &["message", "detail"]);
                out.code = first(inner, code, &["code", "error_code"]);
                out.quota = inner.get("details").and_then(quota);
            }
            _ => out.message = text(&object, "error"),
        }
        let codes = ["error_code", "code", "error_type"];
        out.code = out.code.or_else(|| first(&object, code, &codes));
        match object.get("detail") {
            Some(Value::Array(items)) => {
                out.fields = items.iter().filter_map(field_error).collect();
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                if out.message.is_none() && !texts.is_empty() {
                    out.message = Some(first_of(&texts));
                }
            }
            Some(Value::String(detail)) if !detail.is_empty() => {
                out.message = Some(match out.message.take() {
                    Some(message) if !message.contains(detail.as_str()) => {
                        format!("{}: {detail}", message.trim_end_matches('.'))
                    }
                    Some(message) => message,
                    None => detail.clone(),
                });
            }
            Some(Value::Object(inner)) => {
                // FastAPI lets a handler put any object under `detail`: read it as a body.
                let nested = Self::from_object(inner.clone());
                out.message = out.message.or(nested.message);
                out.code = out.code.or(nested.code);
                out.quota = out.quota.or(nested.quota);
                out.request_id = nested.request_id;
                out.fields = nested.fields;
            }
            _ => {}
        }
        if out.message.is_none() && !out.fields.is_empty() {
            let fields: Vec<String> = out.fields.iter().map(ToString::to_string).collect();
            out.message = Some(first_of(&fields));
        }
        // A title is that of a problem document; other things have titles, too.
        let is_problem = object.contains_key("status") || object.contains_key("type");
        let messages = ["message", "error_description", "title"];
        let messages = &messages[..if is_problem { 3 } else { 2 }];
        out.message = out.message.or_else(|| first(&object, text, messages));
        out.request_id = text(&object, "request_id").or(out.request_id);
        let whole = Value::Object(object);
        out.quota = out.quota.or_else(|| quota(&whole));
        out.plan =
            PendingPlan::find(&whole).or_else(|| whole.get("error").and_then(PendingPlan::find));
        out
    }

    /// The message, as a sentence that says who sent it.
    pub(crate) fn sentence(&self) -> Option<String> {
        let message = self.message.as_ref()?;
        Some(match self.is_web_page {
            true => format!("the server returned {message}"),
            false => format!("the service said: {message}"),
        })
    }

    fn from_text(body: &str) -> Self {
        let is_web_page = body.trim_start().starts_with('<');
        let plain = if is_web_page {
            html_title(body)
        } else {
            collapse(body)
        };
        Self {
            message: Some(plain).filter(|text| !text.is_empty()),
            is_web_page,
            ..Self::default()
        }
    }
}

/// The first three texts, and the number of the others.
fn first_of<T: std::borrow::Borrow<str>>(texts: &[T]) -> String {
    let shown = texts[..texts.len().min(3)].join("; ");
    match texts.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

/// What the first of the keys that has it says.
fn first(
    object: &Map<String, Value>,
    read: fn(&Map<String, Value>, &str) -> Option<String>,
    keys: &[&str],
) -> Option<String> {
    keys.iter().find_map(|key| read(object, key))
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    let text = object.get(key)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// A code; some services use numbers.
fn code(object: &Map<String, Value>, key: &str) -> Option<String> {
    match object.get(key)? {
        Value::Number(number) => Some(number.to_string()),
        _ => text(object, key),
    }
}

fn quota(value: &Value) -> Option<Quota> {
    let found = Quota {
        available: value.get("available").and_then(json::integer),
        limit: value.get("limit").and_then(json::integer),
    };
    (found.available.is_some() || found.limit.is_some()).then_some(found)
}

fn field_error(item: &Value) -> Option<FieldError> {
    let item = item.as_object()?;
    let location = item.get("loc").and_then(Value::as_array);
    Some(FieldError {
        location: location
            .into_iter()
            .flatten()
            .filter_map(|part| match part {
                Value::String(name) => Some(PathStep::Name(name.clone())),
                Value::Number(index) => index.as_i64().map(PathStep::Index),
                _ => None,
            })
            .collect(),
        message: text(item, "msg").unwrap_or_else(|| "not accepted".to_owned()),
        kind: text(item, "type").unwrap_or_default(),
    })
}

/// Describes an HTML page by its title; the rest is noise.
fn html_title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|start| {
        let open = start + lower[start..].find('>')? + 1;
        let end = open + lower[open..].find("</title")?;
        Some(collapse(&page[open..end]))
    });
    match title {
        Some(title) if !title.is_empty() => format!("a web page titled “{title}”"),
        _ => "a web page".to_owned(),
    }
}

/// One line, white space folded, cut at [`EXCERPT`] characters.
fn collapse(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().take(EXCERPT));
        if out.chars().count() >= EXCERPT {
            out = out.chars().take(EXCERPT).collect();
            out.push('…');
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_services_words_are_read_and_long_ones_cut() {
        let read = |body: &str| ErrorBody::read(body.as_bytes());
        for body in [
            r#"{"error":"invalid_grant","error_description":"No."}"#,
            r#"{"title":"No.","status":400}"#,
        ] {
            assert!(read(body).message.is_some(), "{body}");
        }
        let long = "x".repeat(5000);
        let cut = read(&format!(
            r#"{{"error":"{long}","error_code":"{long}","request_id":"{long}"}}"#
        ));
        let length = |text: Option<String>| text.map(|text| text.chars().count());
        assert_eq!(length(cut.message), Some(MESSAGE + 1));
        assert_eq!(length(cut.code), Some(EXCERPT + 1));
        assert_eq!(length(cut.request_id), Some(EXCERPT + 1));
    }

    #[test]
    fn of_many_reasons_the_first_are_told() {
        let read = |body: &str| ErrorBody::read(body.as_bytes());
        let texts = read(r#"{"detail":["a","b"]}"#);
        assert_eq!(texts.message.as_deref(), Some("a; b"));
        let field = r#"{"loc":["body","x"],"msg":"no","type":"t"}"#;
        let many = read(&format!(r#"{{"detail":[{}]}}"#, [field; 300].join(",")));
        assert_eq!(many.fields.len(), 300);
        let told = many.message.unwrap();
        assert!(
            told.ends_with("; and 297 more") && told.len() < 100,
            "{told}"
        );
        let nested = read("\u{feff}{\"detail\":{\"error_code\":\"C\",\"request_id\":\"r\"}}");
        assert_eq!(nested.code.as_deref(), Some("C"));
        assert_eq!(nested.request_id.as_deref(), Some("r"));
    }

    #[test]
    fn a_chat_error_gives_message_and_code() {
        let body = ErrorBody::read(
            br#"{"error":"No tokens left","error_code":"USAGE_LIMIT_EXCEEDED","detail":"reset at noon"}"#,
        );
        assert_eq!(
            body.message.as_deref(),
            Some("No tokens left: reset at noon")
        );
        assert_eq!(body.code.as_deref(), Some("USAGE_LIMIT_EXCEEDED"));
    }

    #[test]
    fn an_envelope_gives_message_code_and_request_id() {
        let body = ErrorBody::read(
            br#"{"error":{"code":"STORAGE_QUOTA_EXCEEDED","message":"Full","details":{"available":0,"limit":5}},"request_id":"r-1"}"#,
        );
        assert_eq!(body.message.as_deref(), Some("Full"));
        assert_eq!(body.code.as_deref(), Some("STORAGE_QUOTA_EXCEEDED"));
        assert_eq!(body.request_id.as_deref(), Some("r-1"));
        assert_eq!(
            body.quota,
            Some(Quota {
                available: Some(0),
                limit: Some(5)
            })
        );
    }

    #[test]
    fn validation_details_become_field_errors() {
        let body = ErrorBody::read(
            br#"{"detail":[{"loc":["body","image_ids",3],"msg":"not a uuid","type":"uuid_parsing"}]}"#,
        );
        assert_eq!(body.fields.len(), 1);
        assert_eq!(body.fields[0].to_string(), "body.image_ids[3]: not a uuid");
        assert_eq!(body.fields[0].kind, "uuid_parsing");
        assert_eq!(
            body.message.as_deref(),
            Some("body.image_ids[3]: not a uuid")
        );
    }

    #[test]
    fn a_code_is_found_in_bytes_that_are_no_text() {
        let body = ErrorBody::read(b"{\"error\":\"d\xe9pass\xe9\",\"error_code\":\"QUOTA\"}");
        assert_eq!(body.code.as_deref(), Some("QUOTA"));
        assert_eq!(body.message.as_deref(), Some("d\u{fffd}pass\u{fffd}"));
        let numbered = ErrorBody::read(br#"{"error":{"code":4003,"message":"no"}}"#);
        assert_eq!(numbered.code.as_deref(), Some("4003"));
    }

    #[test]
    fn an_empty_text_is_no_message_and_a_long_one_is_cut() {
        assert_eq!(
            ErrorBody::read(br#"{"error":"","detail":""}"#).message,
            None
        );
        let detail = ErrorBody::read(br#"{"error":"","detail":"no"}"#);
        assert_eq!(detail.message.as_deref(), Some("no"));
        let long = format!(r#"{{"detail":"{}"}}"#, "é".repeat(5000));
        let cut = ErrorBody::read(long.as_bytes()).message.unwrap();
        assert_eq!(cut.chars().count(), MESSAGE + 1);
    }

    #[test]
    fn a_plain_detail_is_the_message() {
        let body = ErrorBody::read(br#"{"detail":"Not authenticated"}"#);
        assert_eq!(body.message.as_deref(), Some("Not authenticated"));
        assert_eq!(body.code, None);
    }

    #[test]
    fn a_proxys_page_is_told_by_its_title() {
        let page = b"<!doctype html>\n<TITLE>502 Bad\n Gateway</TITLE><body>nginx";
        let body = ErrorBody::read(page);
        assert_eq!(
            body.message.as_deref(),
            Some("a web page titled “502 Bad Gateway”")
        );
    }

    #[test]
    fn text_is_folded_and_cut_and_nothing_is_nothing() {
        assert_eq!(ErrorBody::read(b""), ErrorBody::default());
        assert_eq!(ErrorBody::read(b" \n ").message, None);
        let long = ErrorBody::read("né ".repeat(5000).as_bytes());
        assert_eq!(long.message.unwrap().chars().count(), EXCERPT + 1);
        assert_eq!(
            ErrorBody::read(b"\xff bad").message.as_deref(),
            Some("\u{fffd} bad")
        );
    }

    #[test]
    fn a_plan_is_found_wherever_it_stands() {
        for body in [
            r#"{"error":"x","error_code":"PLAN_APPROVAL_REQUIRED","plan_data":{"plan_id":"p1","steps":[]}}"#,
            r#"{"error":"x","error_code":"PLAN_APPROVAL_REQUIRED","plan_id":"p1"}"#,
            r#"{"error":{"code":"PLAN_APPROVAL_REQUIRED","message":"x","details":{"plan_id":"p1"}}}"#,
            r#"{"detail":{"error_code":"PLAN_APPROVAL_REQUIRED","plan":{"plan_id":"p1"}}}"#,
        ] {
            let read = ErrorBody::read(body.as_bytes());
            assert_eq!(read.plan.unwrap().plan_id.as_str(), "p1", "{body}");
            assert_eq!(
                read.code.as_deref(),
                Some("PLAN_APPROVAL_REQUIRED"),
                "{body}"
            );
        }
    }
}
