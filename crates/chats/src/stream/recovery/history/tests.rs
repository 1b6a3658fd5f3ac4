use serde_json::json;

use super::*;

fn message(id: &str, role: &str, content: &str, at: &str) -> ChatMessage {
    serde_json::from_value(json!({"id": id, "role": role, "content": content, "created_at": at}))
        .unwrap()
}

fn sent(answer_id: Option<&str>) -> SentMessage {
    SentMessage {
        session_id: SESSION,
        text: "Find poles".to_owned(),
        not_before: "2026-01-01T12:00:00Z".parse().unwrap(),
        answer_id: answer_id.map(str::to_owned),
        ticket: SendLog::default().sending(SESSION, "Find poles", Instant::now()),
        begun: String::new(),
        options: CallOptions::default(),
        retry: None,
    }
}

const SESSION: SessionId = SessionId::new(uuid::Uuid::nil());

/// The verdict of a client that sent nothing else.
fn judged<'m>(messages: &'m [ChatMessage], sent: &SentMessage) -> Verdict<&'m ChatMessage> {
    let log = SendLog::default();
    judge(messages, sent, &sent.same_words(&log, Instant::now()))
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
    assert_eq!(judged(&history, &sent(None)), Verdict::Found(&history[3]));
    assert_eq!(judged(&history[..3], &sent(None)), Verdict::NotYet);
}

#[test]
fn an_old_answer_to_the_same_words_never_counts() {
    let history = [
        message("1", "user", "Find poles", BEFORE),
        message("2", "assistant", "old", BEFORE),
    ];
    assert_eq!(judged(&history, &sent(None)), Verdict::NotYet);
    assert_eq!(judged(&[], &sent(None)), Verdict::NotYet);
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
    assert_eq!(judged(&history, &begun("Three ", None)), found);
    assert_eq!(judged(&history, &begun("Three ", Some("msg_001"))), found);
    assert_eq!(judged(&history, &begun("Four ", None)), Verdict::NotYet);
    let other = id(9);
    assert_eq!(judged(&history, &begun("", Some(&other))), Verdict::NotYet);
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
    assert_eq!(judged(&more, &sent), Verdict::Found(&more[1]));
    assert_eq!(judged(&other, &sent), Verdict::NotYet);
    assert_eq!(judged(&trimmed, &sent), Verdict::Found(&trimmed[1]));
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
        assert_eq!(judged(&history, &sent), Verdict::NotYet, "{written:?}");
    }
}

#[test]
fn a_name_alone_does_not_make_an_answer_ours() {
    let old = [
        message("1", "user", "Find poles", BEFORE),
        message("msg_001", "assistant", "old", BEFORE),
    ];
    assert_eq!(judged(&old, &sent(Some("msg_001"))), Verdict::NotYet);
    let other = [
        message("1", "user", "Something else", NOW),
        message("msg_001", "assistant", "else", NOW),
    ];
    assert_eq!(judged(&other, &sent(Some("msg_001"))), Verdict::NotYet);
    let mut undated = other.map(|mut message| {
        message.created_at = None;
        message
    });
    undated[0].content = "Find poles".to_owned();
    assert_eq!(judged(&undated, &sent(None)), Verdict::NotYet);
    let named = judged(&undated, &sent(Some("msg_001")));
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
    assert_eq!(judged(&history, &sent(Some(&id))), found);
    let contradicted = SentMessage {
        begun: "Four".to_owned(),
        ..sent(Some(&id))
    };
    assert_eq!(judged(&history, &contradicted), Verdict::NotYet);
    let mut finished = history.clone();
    finished[1].token_count = Some(2);
    let found = Verdict::Found(&finished[1]);
    assert_eq!(
        judged(&finished, &contradicted),
        found,
        "it was written again"
    );
}

#[test]
fn what_follows_ours_and_is_older_is_no_answer() {
    // Without dates, a list with the newest message first cannot be recognized.
    let reversed = [
        message("3", "user", "Find poles", NOW),
        message("2", "assistant", "old", BEFORE),
    ];
    assert_eq!(judged(&reversed, &sent(None)), Verdict::NotYet);
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
    assert_eq!(judged(&history, &sent), Verdict::Found(&history[1]));
}

#[test]
fn two_messages_of_the_same_words_stay_unknown() {
    let history = [
        message("1", "user", "Find poles", NOW),
        message("2", "assistant", "a", NOW),
        message("3", "user", "Find poles", NOW),
        message("4", "assistant", "b", NOW),
    ];
    assert_eq!(judged(&history, &sent(None)), Verdict::Ambiguous);
    let named = judged(&history, &sent(Some("4")));
    assert_eq!(named, Verdict::Found(&history[3]), "the stream named it");
    assert_eq!(judged(&history, &sent(Some("9"))), Verdict::Ambiguous);
}

#[test]
fn two_answers_or_none_before_the_next_message_stay_unknown() {
    let ours = message("1", "user", "Find poles", NOW);
    let other = message("2", "user", "Something else", NOW);
    let answer = message("3", "assistant", "a", NOW);
    let two = [ours.clone(), answer.clone(), answer.clone()];
    assert_eq!(judged(&two, &sent(None)), Verdict::Ambiguous);
    let overtaken = [ours.clone(), other.clone(), answer.clone()];
    assert_eq!(judged(&overtaken, &sent(None)), Verdict::Ambiguous);
    let answered = [ours, answer, other];
    assert_eq!(judged(&answered, &sent(None)), Verdict::Found(&answered[1]));
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

/// A client that sent the same words twice: the first time with this answer, if any.
fn of_the_second<'m>(
    messages: &'m [ChatMessage],
    first: Option<&str>,
    announced: Option<&str>,
) -> Verdict<&'m ChatMessage> {
    let log = SendLog::default();
    let now = Instant::now();
    let ticket = log.sending(SESSION, "Find poles", now);
    if let Some(content) = first {
        log.answered(ticket, "of a stream", content);
    }
    let sent = SentMessage {
        ticket: log.sending(SESSION, "Find poles", now),
        ..sent(announced)
    };
    judge(messages, &sent, &sent.same_words(&log, now))
}

#[test]
fn a_message_whose_agent_failed_does_not_stand_in_the_way_of_the_next() {
    let question = |id| message(id, "user", "Find poles", NOW);
    let judged = |stored: &[ChatMessage]| {
        let log = SendLog::default();
        let now = Instant::now();
        log.failed(log.sending(SESSION, "Find poles", now));
        let sent = SentMessage {
            ticket: log.sending(SESSION, "Find poles", now),
            ..sent(None)
        };
        judge(stored, &sent, &sent.same_words(&log, now)).cloned()
    };
    let answer = message("3", "assistant", "Three.", NOW);
    let found = Verdict::Found(answer.clone());
    assert_eq!(judged(&[question("1"), answer.clone()]), found);
    assert_eq!(
        judged(&[question("1"), question("2"), answer.clone()]),
        found
    );
    assert_eq!(judged(&[question("1"), question("2")]), Verdict::NotYet);
    // The one that failed has the beginning of an answer: it may be either's.
    let both = [question("1"), answer, question("2")];
    assert_eq!(judged(&both), Verdict::Ambiguous);
}

#[test]
fn what_could_not_be_read_of_an_answer_is_not_compared() {
    let stored = [
        message("1", "user", "Find poles", NOW),
        message("2", "assistant", "caf\u{e9} ok!", NOW),
    ];
    let begun = |begun: &str| SentMessage {
        begun: begun.to_owned(),
        ..sent(None)
    };
    let found = Verdict::Found(&stored[1]);
    assert_eq!(judged(&stored, &begun("caf\u{fffd}\u{fffd} ok")), found);
    assert_eq!(judged(&stored, &begun("tea\u{fffd}")), Verdict::NotYet);
}

#[test]
fn the_answer_to_an_earlier_message_of_ours_is_not_taken_for_the_new_one() {
    let history = [
        message("1", "user", "Find poles", NOW),
        message("2", "assistant", "Three.", NOW),
        message("3", "user", "Find poles", NOW),
        message("4", "assistant", "Three.", NOW),
    ];
    let verdict = |stored: usize, first| of_the_second(&history[..stored], first, None);
    assert_eq!(verdict(2, Some("Three.")), Verdict::NotYet);
    assert_eq!(verdict(3, Some("Three.")), Verdict::NotYet);
    assert_eq!(verdict(4, Some("Three.")), Verdict::Found(&history[3]));
    // The first message was stored in other words, or not at all.
    assert_eq!(verdict(2, Some("Four.")), Verdict::Found(&history[1]));
    assert_eq!(verdict(4, Some("Four.")), Verdict::Ambiguous);
    // It cannot be known whose answer it is.
    assert_eq!(verdict(0, None), Verdict::NotYet);
    assert_eq!(verdict(2, None), Verdict::Ambiguous);
    let named = of_the_second(&history[..2], None, Some("2"));
    assert_eq!(named, Verdict::Ambiguous, "such an id may come again");
}

#[test]
fn an_id_that_no_other_answer_can_have_needs_no_log() {
    let id = uuid::Uuid::from_u128(7).to_string();
    let history = [
        message("1", "user", "Find poles", NOW),
        message(&id, "assistant", "Three.", NOW),
    ];
    for first in [None, Some("Three.")] {
        let verdict = of_the_second(&history, first, Some(&id));
        assert_eq!(verdict, Verdict::Found(&history[1]));
    }
}
