//! The order of a history, which some services list the other way round.

use jiff::{SignedDuration, Timestamp};

use super::{ChatMessage, Role};

/// How far the clocks of a service may disagree that dates its messages.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

/// Puts messages in the order in which they were written: some services list the newest
/// first. Otherwise the service's order stays, whatever the dates say: it knows which answer
/// belongs to which question.
pub(super) fn in_order(mut messages: Vec<ChatMessage>) -> Vec<ChatMessage> {
    if run_backwards(&messages) {
        messages.reverse();
    }
    messages
}

fn run_backwards(messages: &[ChatMessage]) -> bool {
    let dates = messages.iter().filter_map(|message| message.created_at);
    let dates: Vec<Timestamp> = dates.collect();
    let ([first, .., last], [oldest, .., newest]) = (&*dates, messages) else {
        return false;
    };
    let falls = first.duration_since(*last);
    let pairs = dates.windows(2);
    let rises = pairs.map(|pair| pair[1].duration_since(pair[0])).max();
    // An answer follows its question, even if their clocks disagree.
    let answered = oldest.role == Role::User && newest.role == Role::Assistant && falls <= SKEW;
    falls.is_positive() && rises.is_some_and(|rise| rise <= SKEW) && !answered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stand_in_the_order_in_which_they_were_written() {
        let ids_of = |roles: [&str; 4], dates: [&str; 4]| {
            let messages = roles
                .iter()
                .zip(dates)
                .enumerate()
                .map(|(id, (role, date))| {
                    let message = serde_json::json!({"id": id.to_string(), "role": role,
                    "content": "", "created_at": (!date.is_empty()).then_some(date)});
                    serde_json::from_value(message).unwrap()
                });
            let ordered = in_order(messages.collect());
            let ids: Vec<_> = ordered.iter().map(|m| m.id.as_str().to_owned()).collect();
            ids.concat()
        };
        let ids = |dates| ids_of(["user"; 4], dates);
        let [a, b] = ["2026-01-01T12:00:00Z", "2026-01-01T12:00:02Z"];
        assert_eq!(ids([a, a, b, b]), "0123");
        assert_eq!(ids([b, b, a, a]), "3210", "the newest first");
        // Dates that go to and fro do not move an answer away from its question.
        assert_eq!(ids([a, b, a, b]), "0123");
        let late = "2026-01-01T13:00:00Z";
        assert_eq!(ids([b, late, a, a]), "0123");
        // What is answered at once, by another clock.
        let talk = ["user", "assistant", "user", "assistant"];
        let newest_first = ["assistant", "user", "assistant", "user"];
        assert_eq!(ids_of(talk, [b, b, b, a]), "0123");
        assert_eq!(ids_of(newest_first, [b, b, b, a]), "3210");
        assert_eq!(ids_of(talk, [late, late, b, a]), "3210");
        // Where dates are missing, the first and the last of the others tell the order.
        for newest_first in [[b, "", a, a], ["", b, "", a], ["", b, a, a]] {
            assert_eq!(ids(newest_first), "3210");
        }
        for oldest_first in [[a, b, "", b], ["", a, b, ""], ["", "", b, ""]] {
            assert_eq!(ids(oldest_first), "0123");
        }
    }
}
