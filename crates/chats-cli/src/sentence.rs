//! An error of the service or the client as one sentence for a person: what happened, then
//! what to try, as commands and flags of this program.

use std::error::Error as _;

use chats::ErrorKind;

use crate::failure::answered;
use crate::program;
use crate::terminal::safe_line;

/// What happened and what to try, in one sentence.
pub(crate) fn whole(error: &chats::Error) -> String {
    let told = Told::of(error);
    let parts = [told.look_first, told.hint, advice(error)];
    let parts = std::iter::once(told.what).chain(parts.into_iter().flatten());
    safe_line(&parts.collect::<Vec<_>>().join("; "))
}

/// What happened, without advice.
pub(crate) fn what_happened(error: &chats::Error) -> String {
    safe_line(&Told::of(error).what)
}

/// What is wrong with a setting, which the person knows by this name.
pub(crate) fn about_setting(error: &chats::Error, name: &str) -> String {
    let what = Told::of(error).what;
    let own = error.setting().map(flag).unwrap_or_default();
    match what.strip_prefix(own) {
        Some(problem) => safe_line(&format!("{name}{problem}")),
        None => safe_line(&what),
    }
}

/// What the crate says about an error, in parts and in our words. Its advice about code is
/// at the end; only that is replaced, never the words of the service before it.
struct Told {
    what: String,
    look_first: Option<String>,
    hint: Option<String>,
}

impl Told {
    fn of(error: &chats::Error) -> Self {
        let text = error.to_string();
        let (text, not_closed) = match (error.close_error(), text.rsplit_once("; ")) {
            (Some(_), Some((text, told))) => (text, format!("; {told}")),
            _ => (&*text, String::new()),
        };
        let (text, own_hint) = split_off(text, error.hint());
        let (text, look_first) = split_off(text, error.look_first());
        let what = with_causes(error, named(error, text));
        Self {
            what: what + &not_closed,
            look_first: look_first.map(|advice| with_commands(error, advice)),
            hint: own_hint.and_then(|own| hint(error, own)),
        }
    }
}

/// Takes advice of the crate from the end of its sentence.
fn split_off<'t, 'a>(text: &'t str, advice: Option<&'a str>) -> (&'t str, Option<&'a str>) {
    let advice = advice.unwrap_or_default();
    match text.strip_suffix(&format!("; {advice}")) {
        Some(text) => (text, Some(advice)),
        None => (text, None),
    }
}

/// Replaces the crate's names of what to look at with commands that show it.
fn with_commands(error: &chats::Error, advice: &str) -> String {
    let program = program::name();
    let advice = advice.replace("list_sessions", &format!("`{program} sessions list`"));
    match error.session_id() {
        Some(id) => {
            let messages = format!("`{program} sessions show {id}`");
            advice.replace("the session's messages", &messages)
        }
        None => advice,
    }
}

/// The crate's advice, as commands and flags.
fn hint(error: &chats::Error, own: &str) -> Option<String> {
    if error.awaits_approval() {
        return Some(plan_advice(error));
    }
    match (error.kind(), error.setting()) {
        (_, Some("max_event_bytes")) => None,
        (_, Some("root_certificate_pem")) => Some(
            "install the certificate of the authority or, on Linux, name its file in SSL_CERT_FILE"
                .to_owned(),
        ),
        (ErrorKind::Config, Some("api_key")) if own.contains("Client::new") => {
            Some("save one with `chats login`".to_owned())
        }
        // These hints are the crate's own words, apart from the names in them.
        (_, Some(_)) => Some(with_flags(own)),
        _ => Some(with_commands(error, own)),
    }
}

fn plan_advice(error: &chats::Error) -> String {
    let program = program::name();
    match (error.plan(), error.session_id()) {
        (None, Some(id)) => format!("`{program} sessions show {id}` shows what it is about"),
        _ => format!("approve or cancel it with `{program} plan`"),
    }
}

/// Replaces the crate's names of settings with those of flags and variables.
fn with_flags(text: &str) -> String {
    let replaced = |text: String, name: &&str| text.replace(name, flag(name));
    ["base_url", "tenant_id", "allow_plain_http"]
        .iter()
        .fold(text.to_owned(), replaced)
}

/// What a person sets in place of a setting of the crate.
fn flag(setting: &str) -> &str {
    match setting {
        "api_key" => "--api-key",
        "base_url" => "--base-url",
        "tenant_id" => "--tenant-id",
        "allow_plain_http" => "--allow-plain-http",
        "timeout" => "AIONVISION_TIMEOUT",
        "polling_interval" => "AIONVISION_POLLING_INTERVAL",
        other => other,
    }
}

/// What went wrong, with the setting that it is about called by our name.
fn named(error: &chats::Error, text: &str) -> String {
    match error.setting() {
        // Such an error has no words of the service.
        Some("max_event_bytes") => text.replace("max_event_bytes (", "what is read of one ("),
        Some(setting) => match text.strip_prefix(setting) {
            Some(problem) => format!("{}{problem}", flag(setting)),
            None => text.to_owned(),
        },
        None => text.to_owned(),
    }
}

/// Adds the causes that the text does not name.
fn with_causes(error: &chats::Error, mut text: String) -> String {
    let broken = matches!(error.kind(), ErrorKind::Connection | ErrorKind::Stream);
    let root = broken.then(|| root_cause(error)).flatten();
    let fields = error.field_errors().iter().map(ToString::to_string);
    for cause in root.into_iter().chain(fields) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// The innermost reason, which names the system's own words such as
/// "Connection refused".
fn root_cause(error: &chats::Error) -> Option<String> {
    let mut source = error.source()?;
    while let Some(inner) = source.source() {
        source = inner;
    }
    Some(source.to_string())
}

fn advice(error: &chats::Error) -> Option<String> {
    let advice = match error.kind() {
        ErrorKind::Authentication => "`chats login` saves another one",
        ErrorKind::Permission => "use a profile or tenant that is allowed to do this",
        // A hint says already that nothing of the service is at this address.
        ErrorKind::NotFound if error.hint().is_none() => {
            let program = program::name();
            let of_plan = error.code().is_some_and(|code| code.contains("PLAN"));
            return Some(match error.session_id() {
                Some(id) if of_plan => {
                    format!("`{program} sessions show {id}` shows what was proposed")
                }
                _ => format!("`{program} sessions list` shows your sessions"),
            });
        }
        // What is done cannot be done again.
        ErrorKind::Conflict if error.code().is_some_and(|code| code.contains("ALREADY")) => {
            return None;
        }
        ErrorKind::Conflict => "try again in a moment",
        ErrorKind::QuotaExceeded => "wait until the quota is renewed, or start a new session",
        ErrorKind::RateLimit if error.retry_after().is_none() => "try again in a minute",
        ErrorKind::Server => "try again later",
        // Somebody is at the address, and a hint says what is wrong with it.
        ErrorKind::Connection if error.setting() == Some("base_url") => return None,
        ErrorKind::Connection | ErrorKind::CircuitOpen => {
            "check the network and the address (--base-url)"
        }
        // It says what to do already, such as not to send a message again that is there.
        ErrorKind::Timeout if error.hint().is_some() => return None,
        ErrorKind::Timeout if answered(error) => "try again later",
        ErrorKind::Timeout => "try again, or allow more time with AIONVISION_TIMEOUT",
        ErrorKind::Decode => "check that --base-url is the chat service's address",
        _ => return None,
    };
    Some(advice.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{Exit, exit};

    #[test]
    fn what_the_crate_advises_is_said_as_a_command() {
        let sentence = |error: chats::Error| whole(&error);
        let unset = chats::Client::builder().api_key("").build().unwrap_err();
        let unset = sentence(unset);
        assert!(unset.ends_with("save one with `chats login`"), "{unset}");

        let mut decoder = chats::stream::TokenDecoder::with_max_event_bytes(8);
        decoder.feed("data: far too long\n\n");
        let large = decoder.next_token().unwrap_err();
        assert_eq!(exit(&large), Exit::Refused);
        let large = sentence(large);
        assert!(!large.contains("max_event_bytes"), "{large}");

        let mut decoder = chats::stream::TokenDecoder::new();
        decoder.feed("event: error\ndata: {\"code\":\"TIMEOUT\",\"message\":\"Late.\"}\n\n");
        let failed = sentence(decoder.next_token().unwrap_err());
        assert!(failed.ends_with("before sending it again"), "{failed}");

        let reply = |status, body: &str| {
            let headers = Default::default();
            sentence(chats::Error::from_reply(status, &headers, body.to_owned()))
        };
        let waiting = reply(
            409,
            r#"{"error":"Wait.","error_code":"PLAN_APPROVAL_REQUIRED"}"#,
        );
        assert!(waiting.contains("with `chats plan`"), "{waiting}");
        let done = reply(
            409,
            r#"{"error":"Done.","error_code":"PLAN_ALREADY_EXECUTED"}"#,
        );
        assert!(!done.contains("try again"), "{done}");
        let busy = reply(409, r#"{"error":"Busy.","error_code":"PLAN_IN_PROGRESS"}"#);
        assert!(busy.contains("try again in a moment"), "{busy}");
    }

    #[test]
    fn the_words_of_the_service_are_left_alone() {
        let reply = |status, said: &str| {
            let body = format!(r#"{{"error":"{said}","error_code":"NO"}}"#);
            whole(&chats::Error::from_reply(status, &Default::default(), body))
        };
        let said = "send base_url and api_key; check list_sessions before";
        for status in [401, 404, 422, 500] {
            let told = reply(status, said);
            assert!(told.contains(said), "{told}");
        }
    }

    #[test]
    fn a_setting_is_called_by_the_name_that_the_person_knows() {
        let error = chats::Client::new("nope").unwrap_err();
        let told = about_setting(&error, "the key");
        assert!(told.starts_with("the key has the wrong form"), "{told}");
        assert!(!told.contains("AIONVISION_API_KEY"), "{told}");
        let builder = chats::Client::builder().api_key("aion_0123456789abcdefghij");
        let plain = builder.base_url("http://example.org").build().unwrap_err();
        let plain = whole(&plain);
        assert!(plain.starts_with("--base-url uses plain http"), "{plain}");
        assert!(plain.ends_with("or with --allow-plain-http"), "{plain}");
    }
}
