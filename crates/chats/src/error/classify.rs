//! Chooses the kind of an error from a status and a code.

use super::ErrorKind;

/// The code of a plan that waits for approval.
pub(crate) const PLAN_APPROVAL_REQUIRED: &str = "PLAN_APPROVAL_REQUIRED";

/// Whether a code says that a quota is used up, so that waiting does not help.
pub(crate) fn is_quota_code(code: &str) -> bool {
    code.contains("QUOTA") || matches!(code, "USAGE_LIMIT_EXCEEDED" | "MEMORY_LIMIT_EXCEEDED")
}

/// The kind of a failed reply.
pub(crate) fn kind_of_reply(status: u16, code: Option<&str>) -> ErrorKind {
    match code {
        Some(code) if is_quota_code(code) => return ErrorKind::QuotaExceeded,
        Some(PLAN_APPROVAL_REQUIRED) => return ErrorKind::Chat,
        _ => {}
    }
    match status {
        401 => ErrorKind::Authentication,
        402 => ErrorKind::QuotaExceeded,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        409 => ErrorKind::Conflict,
        429 => ErrorKind::RateLimit,
        400..=499 => ErrorKind::Validation,
        500..=599 => ErrorKind::Server,
        300..=399 => ErrorKind::Connection,
        _ => ErrorKind::Decode,
    }
}

/// The kind of an `error` event: `Chat` unless its code says otherwise.
pub(crate) fn kind_of_event(code: Option<&str>) -> ErrorKind {
    let Some(code) = code else {
        return ErrorKind::Chat;
    };
    if is_quota_code(code) {
        return ErrorKind::QuotaExceeded;
    }
    match code {
        "INVALID_API_KEY" | "EXPIRED_API_KEY" => ErrorKind::Authentication,
        "RATE_LIMIT_ERROR" => ErrorKind::RateLimit,
        "VALIDATION_ERROR" => ErrorKind::Validation,
        "TIMEOUT" => ErrorKind::Timeout,
        _ => ErrorKind::Chat,
    }
}

/// Whether a status may pass by itself, so that the same call may succeed later.
pub(crate) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_choose_the_kind() {
        let kinds = [
            (400, ErrorKind::Validation),
            (401, ErrorKind::Authentication),
            (402, ErrorKind::QuotaExceeded),
            (403, ErrorKind::Permission),
            (404, ErrorKind::NotFound),
            (405, ErrorKind::Validation),
            (408, ErrorKind::Timeout),
            (409, ErrorKind::Conflict),
            (422, ErrorKind::Validation),
            (429, ErrorKind::RateLimit),
            (500, ErrorKind::Server),
            (503, ErrorKind::Server),
            (307, ErrorKind::Connection),
        ];
        for (status, kind) in kinds {
            assert_eq!(kind_of_reply(status, None), kind, "{status}");
        }
    }

    #[test]
    fn a_quota_code_wins_over_any_status() {
        for status in [400, 403, 429, 500, 503] {
            let kind = kind_of_reply(status, Some("USAGE_LIMIT_EXCEEDED"));
            assert_eq!(kind, ErrorKind::QuotaExceeded, "{status}");
        }
        let plan = kind_of_reply(400, Some(PLAN_APPROVAL_REQUIRED));
        assert_eq!(plan, ErrorKind::Chat);
    }

    #[test]
    fn an_error_event_is_chat_unless_its_code_says_otherwise() {
        assert_eq!(kind_of_event(None), ErrorKind::Chat);
        assert_eq!(kind_of_event(Some("AGENT_FAILED")), ErrorKind::Chat);
        assert_eq!(
            kind_of_event(Some("RATE_LIMIT_ERROR")),
            ErrorKind::RateLimit
        );
        assert_eq!(
            kind_of_event(Some("EXPIRED_API_KEY")),
            ErrorKind::Authentication
        );
        assert_eq!(kind_of_event(Some("TIMEOUT")), ErrorKind::Timeout);
    }
}
