//! What was reported about every message, compared with what is stored.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chats::{Client, ErrorKind, Role, SessionId};

use super::Figures;
use crate::proxy::{NetworkFault, Passage};

/// What the client reported about a message.
#[derive(Clone, Debug)]
pub enum Report {
    /// An answer.
    Answered {
        /// Its text.
        content: String,
        /// Its id.
        message_id: String,
        /// Whether it was read from the history.
        recovered: bool,
    },
    /// An answer whose pieces are not its text.
    Torn {
        /// The text.
        content: String,
        /// The pieces, joined.
        pieces: String,
    },
    /// An error that leaves open what happened.
    Unknown {
        /// Its kind.
        kind: ErrorKind,
        /// What had come of the answer.
        partial: String,
    },
    /// An error that says: nothing happened.
    NotSent {
        /// Its kind.
        kind: ErrorKind,
        /// What had come of the answer.
        partial: String,
    },
}

/// A message that was sent, or was not.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Where to.
    pub session: SessionId,
    /// What it says.
    pub text: String,
    /// Whether its answer was streamed.
    pub streamed: bool,
    /// What was to go wrong.
    pub planned: Vec<NetworkFault>,
    /// What the proxy saw.
    pub passages: Vec<Passage>,
    /// What the client reported.
    pub report: Report,
}

impl Sent {
    /// Whether some of it left the client, and nothing came back that said more.
    fn may_have_been_taken(&self) -> bool {
        let posts = |passage: &&Passage| passage.method != "GET";
        let open = |passage: &Passage| !passage.fault.surely_not_taken();
        self.left_on_a_broken_connection() || self.passages.iter().filter(posts).any(open)
    }

    /// Nobody has seen it, and it was not tried again: it was written to a kept
    /// connection that had just been broken. The client cannot tell that from a
    /// reply that is lost; it is rare, and [`RARE`] keeps it so.
    fn left_on_a_broken_connection(&self) -> bool {
        let Report::Unknown { kind, .. } = self.report else {
            return false;
        };
        kind == ErrorKind::Connection && self.passages.is_empty()
    }
}

/// One message in so many may leave on a broken connection.
const RARE: usize = 100;

/// A stored pair of question and answer.
struct Stored {
    answer: String,
    id: String,
}

type Key<'s> = (SessionId, &'s str);

/// Asks the server what it has, and gives everything that does not fit.
pub(super) async fn audit(
    client: &Client,
    sessions: &[SessionId],
    sent: &[Sent],
    figures: &mut Figures,
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut stored: HashMap<(SessionId, String), Vec<Stored>> = HashMap::new();
    for session in sessions {
        let messages = client.chats().get_messages(*session).limit(1000).await;
        let messages = messages.expect("nothing fails any more");
        for pair in messages.chunks(2) {
            let [question, answer] = pair else {
                problems.push(format!("{session}: a question without an answer"));
                continue;
            };
            if question.role != Role::User || answer.role != Role::Assistant {
                problems.push(format!("{session}: questions and answers are out of order"));
            }
            let pair = Stored {
                answer: answer.content.clone(),
                id: answer.id.to_string(),
            };
            let key = (*session, question.content.clone());
            stored.entry(key).or_default().push(pair);
        }
    }
    let none = Vec::new();
    let of = |sent: &Sent| {
        stored
            .get(&(sent.session, sent.text.clone()))
            .unwrap_or(&none)
    };
    count(sent, &of, figures);
    problems.extend(sent.iter().filter_map(|sent| {
        let problem = judge(sent, of(sent))?;
        Some(format!("{problem}: {sent:?}"))
    }));
    problems.extend(bounds(sent, &of));
    problems.extend(answers_given_twice(sent));
    let broken = sent
        .iter()
        .filter(|sent| sent.left_on_a_broken_connection());
    let broken = broken.count();
    if broken > sent.len() / RARE {
        problems.push(format!("{broken} messages left that nobody has seen"));
    }
    problems
}

/// What is wrong with one message by itself.
fn judge(sent: &Sent, stored: &[Stored]) -> Option<String> {
    let taken = sent
        .passages
        .iter()
        .filter(|passage| passage.method == "POST" && passage.reached_the_server);
    if taken.count() > 1 {
        return Some("the server was sent it twice".to_owned());
    }
    match &sent.report {
        Report::Answered {
            content,
            message_id,
            ..
        } => {
            let same = |stored: &Stored| stored.answer == *content && stored.id == *message_id;
            (!stored.iter().any(same)).then(|| "the answer is not what is stored".to_owned())
        }
        Report::Torn { .. } => Some("the pieces are not the text".to_owned()),
        Report::Unknown { partial, .. } => {
            if !sent.may_have_been_taken() {
                return Some("it certainly was not taken, and was reported as unknown".to_owned());
            }
            // What the server died at is not stored; else it begins like this.
            let (beginning, _) = partial.split_once(": ")?;
            let it = stored
                .iter()
                .find(|stored| stored.answer.starts_with(beginning))?;
            let differs = !it.answer.starts_with(partial);
            differs.then(|| "the piece of an answer is not its beginning".to_owned())
        }
        Report::NotSent { partial, .. } => {
            (!partial.is_empty()).then(|| "something came of what was not sent".to_owned())
        }
    }
}

/// How often each text is stored must lie within what the reports allow.
fn bounds<'s>(sent: &'s [Sent], stored: &impl Fn(&Sent) -> &'s Vec<Stored>) -> Vec<String> {
    let mut allowed: BTreeMap<Key<'_>, (usize, usize, usize)> = BTreeMap::new();
    for sent in sent {
        let (least, most, there) = allowed.entry((sent.session, &sent.text)).or_default();
        *there = stored(sent).len();
        match sent.report {
            Report::Answered { .. } | Report::Torn { .. } => {
                *least += 1;
                *most += 1;
            }
            Report::Unknown { .. } => *most += 1,
            Report::NotSent { .. } => {}
        }
    }
    let outside = allowed.into_iter().filter_map(|((session, text), bounds)| {
        let (least, most, there) = bounds;
        let fits = (least..=most).contains(&there);
        (!fits).then(|| format!("{session} {text}: {there} times, not {least} to {most}"))
    });
    outside.collect()
}

fn answers_given_twice(sent: &[Sent]) -> Vec<String> {
    let mut given = BTreeSet::new();
    let again = sent.iter().filter_map(|sent| match &sent.report {
        Report::Answered { message_id, .. } => {
            (!given.insert(message_id)).then(|| format!("an answer was given twice: {sent:?}"))
        }
        _ => None,
    });
    again.collect()
}

fn count<'s>(sent: &'s [Sent], stored: &impl Fn(&Sent) -> &'s Vec<Stored>, figures: &mut Figures) {
    let reports = |fits: fn(&Sent) -> bool| sent.iter().filter(|sent| fits(sent)).count();
    figures.add("streamed", reports(|sent| sent.streamed));
    figures.add(
        "answered at once",
        reports(|s| matches!(s.report, Report::Answered { recovered, .. } if !recovered)),
    );
    figures.add(
        "answered by recovery",
        reports(|s| matches!(s.report, Report::Answered { recovered, .. } if recovered)),
    );
    let unknown = |sent: &&Sent| matches!(sent.report, Report::Unknown { .. });
    let unknown: Vec<_> = sent.iter().filter(unknown).collect();
    figures.add("outcome unknown", unknown.len());
    let there = unknown.iter().filter(|sent| !stored(sent).is_empty());
    figures.add("… of which stored", there.count());
    let broken = unknown
        .iter()
        .filter(|sent| sent.left_on_a_broken_connection());
    figures.add("… of which left on a broken connection", broken.count());
    figures.add(
        "certainly not sent",
        reports(|s| matches!(s.report, Report::NotSent { .. })),
    );
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    for passage in sent.iter().flat_map(|sent| &sent.passages) {
        *met.entry(passage.fault.name()).or_default() += 1;
    }
    for (fault, times) in met {
        figures.add(format!("requests that met {fault}"), times);
    }
}
