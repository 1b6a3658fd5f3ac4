//! Finds the answer of a broken stream in its session's history.
//!
//! Nothing is ever sent again. Only one assistant message after one new user
//! message equal to ours counts as the answer; whatever is ambiguous stays
//! unknown.

use std::time::{Duration, Instant};

use http::HeaderMap;
use jiff::Timestamp;
use serde_json::json;

use crate::call::operation::{CallContext, Run as _};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::operations::GetSession;
use crate::transport::CallOptions;
use crate::types::{ChatMessage, Role, SessionId};

/// How far the service's clocks may lie apart from each other.
const SERVER_SKEW: Duration = Duration::from_secs(5);
/// How far our clock may lie apart from the service's.
const LOCAL_SKEW: Duration = Duration::from_secs(60);

/// What the last look is given, though the polling time is over.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// How many looks, at least, the polling time has room for, however long the
/// service asks to wait before coming back.
const LOOKS: u32 = 8;

/// What is known of the message whose stream broke.
#[derive(Clone, Debug)]
pub(super) struct SentMessage {
    pub(super) session_id: SessionId,
    pub(super) text: String,
    /// No message that is older than this is ours.
    pub(super) not_before: Timestamp,
    /// The id that the stream announced for its answer.
    pub(super) answer_id: Option<String>,
    /// What the stream had brought of the answer.
    pub(super) begun: String,
    /// The headers that the caller set for the message.
    pub(super) headers: HeaderMap,
    /// How long the service asked to wait before coming back (`retry:`).
    pub(super) retry: Option<Duration>,
}

impl SentMessage {
    /// The earliest date that the service can have given our message: by its own
    /// clock where its reply carried one, else by ours.
    pub(super) fn earliest(
        replied: Option<Timestamp>,
        now: Timestamp,
        since_sent: Duration,
    ) -> Timestamp {
        let (date, skew) = match replied {
            Some(date) => (date, SERVER_SKEW),
            None => (now, LOCAL_SKEW),
        };
        date.checked_sub(since_sent.saturating_add(skew))
            .unwrap_or(Timestamp::MIN)
    }

    /// Whether a message has our words, and is not older than ours can be.
    fn may_be(&self, message: &ChatMessage) -> bool {
        let new = match message.created_at {
            Some(at) => at >= self.not_before,
            // Without a date only the answer's id can show that it is new.
            None => self.answer_id.is_some(),
        };
        self.has_our_words(message) && new
    }

    /// A service may store a message without the space around it.
    fn has_our_words(&self, message: &ChatMessage) -> bool {
        let same = message.content == self.text || message.content == self.text.trim();
        message.role == Role::User && same
    }

    fn is_named(&self, answer: &ChatMessage) -> bool {
        self.answer_id.as_deref() == Some(answer.id.as_str())
    }

    /// Whether the stream named this answer by an id that no other one can have,
    /// whatever dates the service writes.
    fn is_named_uniquely(&self, answer: &ChatMessage) -> bool {
        self.is_named(answer) && answer.id.as_str().parse::<uuid::Uuid>().is_ok()
    }

    /// Judges the one message that stands where the answer does.
    fn weigh<'m>(&self, answer: &'m ChatMessage) -> Verdict<'m> {
        let uuid = |id: &str| id.parse::<uuid::Uuid>().ok();
        // Ids of streams need not be those of the history, unless both are UUIDs.
        let announced = self.answer_id.as_deref().and_then(uuid);
        let other = announced
            .zip(uuid(answer.id.as_str()))
            .is_some_and(|(announced, stored)| announced != stored);
        let old = answer.created_at.is_some_and(|at| at < self.not_before)
            && !self.is_named_uniquely(answer);
        // Somebody else may just have asked the same, or the service still writes. It
        // may have left out the space at the answer's end when it stored it.
        let begun = &self.begun;
        let fits = answer.content.starts_with(begun) || answer.content == begun.trim_end();
        if other || old || !fits || answer.content.is_empty() {
            Verdict::NotYet
        } else {
            Verdict::Found(answer)
        }
    }
}

/// What a look at the history shows.
#[derive(Debug, PartialEq)]
enum Verdict<'m> {
    Found(&'m ChatMessage),
    /// The answer may still come.
    NotYet,
    /// More than one message could be the one, and more time will not help.
    Ambiguous,
}

/// Puts the messages in the order in which they were written, which not every service
/// keeps: some list the newest first.
fn in_order(mut messages: Vec<ChatMessage>) -> Vec<ChatMessage> {
    let dates = || messages.iter().map(|message| message.created_at);
    if dates().any(|date| date.is_none()) {
        return messages;
    }
    if dates().next() > dates().next_back() {
        messages.reverse();
    }
    messages.sort_by_key(|message| message.created_at);
    messages
}

fn judge<'m>(messages: &'m [ChatMessage], sent: &SentMessage) -> Verdict<'m> {
    let known = (0..messages.len())
        .filter(|place| sent.has_our_words(&messages[*place]))
        .flat_map(|place| answers_to(messages, place))
        .find(|answer| sent.is_named_uniquely(answer));
    if let Some(answer) = known {
        return sent.weigh(answer);
    }
    let places = messages.iter().enumerate().filter(|(_, m)| sent.may_be(m));
    let ours: Vec<usize> = places.map(|(place, _)| place).collect();
    // The name that the stream gave tells several answers apart.
    let named = ours
        .iter()
        .flat_map(|place| answers_to(messages, *place))
        .find(|answer| sent.is_named(answer));
    if let Some(answer) = named {
        return sent.weigh(answer);
    }
    let [place] = ours[..] else {
        let none = ours.is_empty();
        return if none {
            Verdict::NotYet
        } else {
            Verdict::Ambiguous
        };
    };
    if messages[place].created_at.is_none() {
        return Verdict::NotYet;
    }
    let overtaken = messages[place + 1..].iter().any(|m| m.role == Role::User);
    let mut answers = answers_to(messages, place);
    match (answers.next(), answers.next()) {
        (Some(answer), None) => sent.weigh(answer),
        (None, _) if !overtaken => Verdict::NotYet,
        // Somebody else's message came between ours and its answer.
        _ => Verdict::Ambiguous,
    }
}

/// The assistant's messages between a person's message and the next one.
fn answers_to(messages: &[ChatMessage], place: usize) -> impl Iterator<Item = &ChatMessage> {
    messages[place + 1..]
        .iter()
        .take_while(|message| message.role != Role::User)
        .filter(|message| message.role == Role::Assistant)
}

/// A search for the answer, look by look.
pub(super) struct Recovery {
    client: Client,
    sent: SentMessage,
    deadline: Option<Instant>,
    interval: Duration,
    /// The looks that were taken.
    looks: u32,
}

/// What came of one look.
pub(super) enum Looked {
    /// The answer, as the data of a `complete` event.
    Answer(serde_json::Value),
    /// It was not there yet, and it is time to look again.
    Again(Box<Recovery>),
    /// It stays unknown, for this reason.
    Unknown { looks: u32, why: String },
}

impl Recovery {
    pub(super) fn new(client: Client, sent: SentMessage) -> Self {
        let settings = &client.shared.settings;
        let asked = sent.retry.unwrap_or_default();
        Self {
            deadline: client
                .shared
                .clock
                .now()
                .checked_add(settings.polling_timeout),
            interval: settings
                .polling_interval
                .max(asked.min(settings.polling_timeout / LOOKS)),
            looks: 0,
            client,
            sent,
        }
    }

    /// The number of the next look, counted from 1.
    pub(super) fn next_look(&self) -> u32 {
        self.looks + 1
    }

    /// Looks for the answer; where it may still come, waits until it is time to look
    /// again, as long as the polling time is not over.
    pub(super) async fn look(mut self) -> Looked {
        self.looks += 1;
        let mut asked = Duration::ZERO;
        let why = match self.history().await {
            Ok(messages) => match judge(&messages, &self.sent) {
                Verdict::Found(answer) => return Looked::Answer(complete_data(answer)),
                Verdict::NotYet => "no answer was found in the session's history",
                Verdict::Ambiguous => {
                    let why = "the history holds more than one possible answer";
                    return self.give_up(why);
                }
            }
            .to_owned(),
            Err(error) => {
                let why = format!("the session's history could not be read ({error})");
                if matches!(
                    error.kind(),
                    ErrorKind::Authentication | ErrorKind::Permission | ErrorKind::NotFound
                ) {
                    return self.give_up(why);
                }
                asked = error.retry_after().unwrap_or_default();
                why
            }
        };
        let clock = self.client.shared.clock.clone();
        // Whoever is asked to come back later does so, at the latest for a last look.
        let wait = self.interval.max(asked);
        let wait = match self.left() {
            Some(Duration::ZERO) => return self.give_up(why),
            left => left.map_or(wait, |left| left.min(wait)),
        };
        clock.sleep(wait).await;
        Looked::Again(Box::new(self))
    }

    /// What is left of the polling time.
    fn left(&self) -> Option<Duration> {
        let now = self.client.shared.clock.now();
        let left = |end: Instant| end.saturating_duration_since(now);
        self.deadline.map(left)
    }

    async fn history(&self) -> Result<Vec<ChatMessage>, Error> {
        let shared = &self.client.shared;
        let usual = shared.settings.timeout;
        let left = self.left().map(|left| left.max(LAST_LOOK));
        let mut options = CallOptions::default();
        options.timeout = Some(left.map_or(usual, |left| left.min(usual)));
        options.headers = self.sent.headers.clone();
        let context = CallContext {
            client: self.client.clone(),
            options,
        };
        let reply = GetSession::history(self.sent.session_id).run(context);
        Ok(in_order(reply.await?.value.messages))
    }

    fn give_up(self, why: impl Into<String>) -> Looked {
        Looked::Unknown {
            looks: self.looks,
            why: why.into(),
        }
    }
}

/// A stored answer in the form of the event that the stream did not bring.
fn complete_data(answer: &ChatMessage) -> serde_json::Value {
    json!({
        "type": "complete",
        "content": answer.content,
        "message_id": answer.id,
        "token_count": answer.token_count,
        "processing_time_ms": answer.processing_time_ms,
        "image_context": answer.image_context,
        "metadata": answer.metadata,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, role: &str, content: &str, at: &str) -> ChatMessage {
        serde_json::from_value(
            json!({"id": id, "role": role, "content": content, "created_at": at}),
        )
        .unwrap()
    }

    fn sent(answer_id: Option<&str>) -> SentMessage {
        SentMessage {
            session_id: SessionId::new(uuid::Uuid::nil()),
            text: "Find poles".to_owned(),
            not_before: "2026-01-01T12:00:00Z".parse().unwrap(),
            answer_id: answer_id.map(str::to_owned),
            begun: String::new(),
            headers: HeaderMap::new(),
            retry: None,
        }
    }

    const BEFORE: &str = "2026-01-01T11:00:00Z";
    const NOW: &str = "2026-01-01T12:00:01Z";

    #[test]
    fn the_one_answer_after_our_one_new_message_counts() {
        let history = [
            message("1", "user", "Find poles", BEFORE),
            message("2", "assistant", "old", BEFORE),
            message("3", "user", "Find poles", NOW),
            message("4", "assistant", "new", NOW),
        ];
        assert_eq!(judge(&history, &sent(None)), Verdict::Found(&history[3]));
        assert_eq!(judge(&history[..3], &sent(None)), Verdict::NotYet);
    }

    #[test]
    fn an_old_answer_to_the_same_words_never_counts() {
        let history = [
            message("1", "user", "Find poles", BEFORE),
            message("2", "assistant", "old", BEFORE),
        ];
        assert_eq!(judge(&history, &sent(None)), Verdict::NotYet);
        assert_eq!(judge(&[], &sent(None)), Verdict::NotYet);
    }

    #[test]
    fn an_answer_that_the_stream_contradicts_is_somebody_elses() {
        let id = |n| uuid::Uuid::from_u128(n).to_string();
        let history = [
            message(&id(1), "user", "Find poles", NOW),
            message(&id(2), "assistant", "Three poles.", NOW),
        ];
        let begun = |begun: &str, announced: Option<&str>| SentMessage {
            begun: begun.to_owned(),
            ..sent(announced)
        };
        let found = Verdict::Found(&history[1]);
        assert_eq!(judge(&history, &begun("Three ", None)), found);
        assert_eq!(judge(&history, &begun("Three ", Some("msg_001"))), found);
        assert_eq!(judge(&history, &begun("Four ", None)), Verdict::NotYet);
        let other = id(9);
        assert_eq!(judge(&history, &begun("", Some(&other))), Verdict::NotYet);
    }

    #[test]
    fn only_all_of_the_streamed_text_makes_an_answer_ours() {
        let stored = |content: &str| {
            [
                message("1", "user", "Find poles", NOW),
                message("2", "assistant", content, NOW),
            ]
        };
        let sent = SentMessage {
            begun: "3 ".to_owned(),
            ..sent(None)
        };
        let (more, other, trimmed) = (stored("3 poles"), stored("37 poles"), stored("3"));
        assert_eq!(judge(&more, &sent), Verdict::Found(&more[1]));
        assert_eq!(judge(&other, &sent), Verdict::NotYet);
        assert_eq!(judge(&trimmed, &sent), Verdict::Found(&trimmed[1]));
    }

    #[test]
    fn an_answer_that_is_still_being_written_is_waited_for() {
        let ours = message("1", "user", "Find poles", NOW);
        for written in ["", "Thr"] {
            let history = [ours.clone(), message("2", "assistant", written, NOW)];
            let sent = SentMessage {
                begun: "Three".to_owned(),
                ..sent(Some("2"))
            };
            assert_eq!(judge(&history, &sent), Verdict::NotYet, "{written:?}");
        }
    }

    #[test]
    fn a_name_alone_does_not_make_an_answer_ours() {
        let old = [
            message("1", "user", "Find poles", BEFORE),
            message("msg_001", "assistant", "old", BEFORE),
        ];
        assert_eq!(judge(&old, &sent(Some("msg_001"))), Verdict::NotYet);
        let other = [
            message("1", "user", "Something else", NOW),
            message("msg_001", "assistant", "else", NOW),
        ];
        assert_eq!(judge(&other, &sent(Some("msg_001"))), Verdict::NotYet);
        let mut undated = other.map(|mut message| {
            message.created_at = None;
            message
        });
        undated[0].content = "Find poles".to_owned();
        assert_eq!(judge(&undated, &sent(None)), Verdict::NotYet);
        let named = judge(&undated, &sent(Some("msg_001")));
        assert_eq!(named, Verdict::Found(&undated[1]));
    }

    #[test]
    fn an_id_that_no_other_answer_can_have_counts_more_than_dates() {
        let id = uuid::Uuid::from_u128(7).to_string();
        let history = [
            message("1", "user", "Find poles", BEFORE),
            message(&id, "assistant", "Three.", BEFORE),
        ];
        let found = Verdict::Found(&history[1]);
        assert_eq!(judge(&history, &sent(Some(&id))), found);
        let contradicted = SentMessage {
            begun: "Four".to_owned(),
            ..sent(Some(&id))
        };
        assert_eq!(judge(&history, &contradicted), Verdict::NotYet);
    }

    #[test]
    fn a_list_with_the_newest_first_is_read_as_any_other() {
        const LATER: &str = "2026-01-01T12:00:02Z";
        let newest_first = |answer_at| {
            in_order(vec![
                message("4", "assistant", "new", answer_at),
                message("3", "user", "Find poles", NOW),
                message("2", "assistant", "old", BEFORE),
                message("1", "user", "Find poles", BEFORE),
            ])
        };
        for answer_at in [NOW, LATER] {
            let history = newest_first(answer_at);
            let ids: Vec<_> = history.iter().map(|message| message.id.as_str()).collect();
            assert_eq!(ids, ["1", "2", "3", "4"]);
        }
        // Not there yet, and without dates nothing tells the order: what follows ours in
        // the list is older than it.
        let before = newest_first(LATER).split_off(1);
        let old = message("2", "assistant", "old", BEFORE);
        let reversed = [before[1].clone(), old];
        assert_eq!(judge(&reversed, &sent(None)), Verdict::NotYet);
    }

    #[test]
    fn the_space_around_a_message_need_not_be_stored() {
        let history = [
            message("1", "user", "Find poles", NOW),
            message("2", "assistant", "Three.", NOW),
        ];
        let sent = SentMessage {
            text: " Find poles\n".to_owned(),
            ..sent(None)
        };
        assert_eq!(judge(&history, &sent), Verdict::Found(&history[1]));
    }

    #[test]
    fn two_messages_of_the_same_words_stay_unknown() {
        let history = [
            message("1", "user", "Find poles", NOW),
            message("2", "assistant", "a", NOW),
            message("3", "user", "Find poles", NOW),
            message("4", "assistant", "b", NOW),
        ];
        assert_eq!(judge(&history, &sent(None)), Verdict::Ambiguous);
        let named = judge(&history, &sent(Some("4")));
        assert_eq!(named, Verdict::Found(&history[3]), "the stream named it");
        assert_eq!(judge(&history, &sent(Some("9"))), Verdict::Ambiguous);
    }

    #[test]
    fn two_answers_or_none_before_the_next_message_stay_unknown() {
        let ours = message("1", "user", "Find poles", NOW);
        let other = message("2", "user", "Something else", NOW);
        let answer = message("3", "assistant", "a", NOW);
        let two = [ours.clone(), answer.clone(), answer.clone()];
        assert_eq!(judge(&two, &sent(None)), Verdict::Ambiguous);
        let overtaken = [ours.clone(), other.clone(), answer.clone()];
        assert_eq!(judge(&overtaken, &sent(None)), Verdict::Ambiguous);
        let answered = [ours, answer, other];
        assert_eq!(judge(&answered, &sent(None)), Verdict::Found(&answered[1]));
    }

    #[test]
    fn the_services_clock_is_trusted_more_than_ours() {
        let date: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let ours: Timestamp = "2026-01-01T13:00:00Z".parse().unwrap();
        let since = Duration::from_secs(3);
        let earliest = |replied| SentMessage::earliest(replied, ours, since).to_string();
        assert_eq!(earliest(Some(date)), "2026-01-01T11:59:52Z");
        assert_eq!(earliest(None), "2026-01-01T12:58:57Z");
    }
}
