//! Faults of a stream, frame by frame.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use super::{Fault, LineEnding};
use crate::conversation::Frame;

/// The next step of a stream's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Send(Bytes),
    /// `None` waits for ever.
    Wait(Option<Duration>),
    /// The body ends properly.
    End,
    /// The connection ends in the middle of the body, with a TCP reset if `reset`.
    Break {
        reset: bool,
    },
}

/// The faults of one stream, and how far it has come.
#[derive(Debug, Default)]
pub(crate) struct FrameFaults {
    faults: Vec<Fault>,
    ending: LineEnding,
    tokens: u32,
    began: bool,
    huge_sent: bool,
}

impl FrameFaults {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        let ending = faults.iter().find_map(|fault| match fault {
            Fault::LineEnding(ending) => Some(*ending),
            _ => None,
        });
        Self {
            faults: faults.to_vec(),
            ending: ending.unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The steps that send a frame, with its faults.
    pub(crate) fn apply(&mut self, frame: &Frame) -> Vec<Step> {
        let mut steps = Vec::new();
        if !self.began {
            self.began = true;
            if self.has(&Fault::ByteOrderMark) {
                steps.push(Step::Send(Bytes::from_static("\u{feff}".as_bytes())));
            }
            if self.has(&Fault::AuthErrorEvent) {
                let error = Frame::new(
                    "auth_error",
                    json!({"error": "The key is no longer valid."}),
                );
                steps.extend([self.send(&error), Step::End]);
                return steps;
            }
        }
        // A fault after N tokens strikes before token N + 1.
        let is_token = frame.name == "token";
        let is_end = ["complete", "plan_pending_approval", "error"].contains(&&*frame.name);
        if is_token || is_end {
            for fault in self.faults.clone() {
                self.strike(&fault, is_token, &mut steps);
            }
            if matches!(steps.last(), Some(Step::End | Step::Break { .. })) {
                return steps;
            }
        }
        self.tokens += u32::from(is_token);
        if frame.name == "complete" && self.has(&Fault::WithoutComplete) {
            steps.push(Step::End);
            return steps;
        }
        if frame.name == "close" && self.has(&Fault::WithoutClose) {
            return steps;
        }
        if self.has(&Fault::UnknownEvents) {
            let unknown = Frame::new("from_the_future", json!({"before": frame.name}));
            steps.push(self.send(&unknown));
        }
        let times = if self.has(&Fault::RepeatEvents) { 2 } else { 1 };
        steps.extend((0..times).map(|_| self.send(frame)));
        steps
    }

    fn has(&self, fault: &Fault) -> bool {
        self.faults.contains(fault)
    }

    fn send(&self, frame: &Frame) -> Step {
        Step::Send(frame.to_bytes(self.ending))
    }

    fn strike(&mut self, fault: &Fault, is_token: bool, steps: &mut Vec<Step>) {
        // In a stream with fewer tokens, the fault strikes before its end.
        let due = |after: u32| self.tokens == after || !is_token && self.tokens < after;
        match fault {
            Fault::Stall {
                after_tokens,
                lasting,
            } if due(*after_tokens) => {
                steps.push(Step::Wait(*lasting));
            }
            Fault::EndAfterTokens(after) if due(*after) => steps.push(Step::End),
            Fault::CutAfterTokens(after) if due(*after) => steps.push(Step::Break { reset: false }),
            Fault::ResetAfterTokens(after) if due(*after) => {
                steps.push(Step::Break { reset: true });
            }
            Fault::CutInCharacter(after) if due(*after) => {
                let cut = Frame::new("token", json!({"content": "é", "token_index": self.tokens}));
                let bytes = cut.to_bytes(self.ending);
                let middle = bytes
                    .iter()
                    .position(|byte| !byte.is_ascii())
                    .unwrap_or_default()
                    + 1;
                steps.extend([
                    Step::Send(bytes.slice(..middle)),
                    Step::Break { reset: false },
                ]);
            }
            Fault::ErrorEvent { after_tokens, code } if due(*after_tokens) => {
                let error = Frame::new(
                    "error",
                    json!({"message": "The answer failed.", "code": code}),
                );
                steps.extend([self.send(&error), Step::End]);
            }
            Fault::HugeEvent(bytes) if !self.huge_sent => {
                self.huge_sent = true;
                let huge = Frame::new("huge", json!({"filler": "x".repeat(*bytes)}));
                steps.push(self.send(&huge));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(faults: &[Fault]) -> (String, Vec<Step>) {
        let mut stream = FrameFaults::new(faults);
        let frames = ["connection", "token", "token", "token", "complete", "close"];
        let mut text = Vec::new();
        let mut others = Vec::new();
        'frames: for (index, name) in frames.iter().enumerate() {
            for step in stream.apply(&Frame::new(name, json!({"n": index}))) {
                match step {
                    Step::Send(bytes) => text.extend_from_slice(&bytes),
                    Step::Wait(_) => others.push(step),
                    Step::End | Step::Break { .. } => {
                        others.push(step);
                        break 'frames;
                    }
                }
            }
        }
        (String::from_utf8_lossy(&text).into_owned(), others)
    }

    fn names(text: &str) -> Vec<&str> {
        text.split(['\n', '\r'])
            .filter_map(|line| line.strip_prefix("event: "))
            .collect()
    }

    #[test]
    fn token_faults_strike_after_as_many_tokens_as_they_say() {
        let (text, steps) = run(&[Fault::EndAfterTokens(2)]);
        assert_eq!(names(&text), ["connection", "token", "token"]);
        assert_eq!(steps, [Step::End]);
        let (text, steps) = run(&[Fault::ResetAfterTokens(0)]);
        assert_eq!(names(&text), ["connection"]);
        assert_eq!(steps, [Step::Break { reset: true }]);
        let (text, steps) = run(&[Fault::CutAfterTokens(99)]);
        assert_eq!(names(&text), ["connection", "token", "token", "token"]);
        assert_eq!(steps, [Step::Break { reset: false }]);
        let wait = Fault::Stall {
            after_tokens: 1,
            lasting: None,
        };
        assert_eq!(run(&[wait]).1, [Step::Wait(None)]);
    }

    #[test]
    fn token_faults_strike_where_a_plan_comes_instead_of_tokens() {
        for (fault, steps) in [
            (Fault::EndAfterTokens(0), vec![Step::End]),
            (
                Fault::ResetAfterTokens(3),
                vec![Step::Break { reset: true }],
            ),
        ] {
            let mut stream = FrameFaults::new(&[fault]);
            let connected = stream.apply(&Frame::new("connection", json!({})));
            assert!(matches!(connected[..], [Step::Send(_)]));
            let plan = Frame::new("plan_pending_approval", json!({}));
            assert_eq!(stream.apply(&plan), steps);
        }
    }

    #[test]
    fn a_character_is_cut_in_its_middle() {
        let mut stream = FrameFaults::new(&[Fault::CutInCharacter(0)]);
        let steps = stream.apply(&Frame::new("token", json!({})));
        let [Step::Send(bytes), Step::Break { reset: false }] = steps.as_slice() else {
            panic!("{steps:?}");
        };
        assert!(
            std::str::from_utf8(bytes)
                .unwrap_err()
                .error_len()
                .is_none(),
            "the last character is incomplete"
        );
    }

    #[test]
    fn events_are_left_out_repeated_and_joined_by_unknown_ones() {
        assert_eq!(
            names(&run(&[Fault::WithoutClose]).0).last(),
            Some(&"complete")
        );
        let (text, steps) = run(&[Fault::WithoutComplete]);
        assert_eq!(
            (names(&text).last(), steps),
            (Some(&"token"), vec![Step::End])
        );
        assert_eq!(names(&run(&[Fault::RepeatEvents]).0).len(), 12);
        assert_eq!(names(&run(&[Fault::UnknownEvents]).0)[0], "from_the_future");
        let (text, _) = run(&[Fault::HugeEvent(5000)]);
        assert_eq!(names(&text)[1], "huge");
        assert!(text.len() > 5000);
        let (text, steps) = run(&[Fault::AuthErrorEvent]);
        assert_eq!((names(&text), steps), (vec!["auth_error"], vec![Step::End]));
        let error = Fault::ErrorEvent {
            after_tokens: 1,
            code: "TIMEOUT".to_owned(),
        };
        let (text, _) = run(&[error]);
        assert_eq!(names(&text), ["connection", "token", "error"]);
        assert!(text.contains("\"TIMEOUT\""));
    }

    #[test]
    fn lines_end_as_asked_and_a_mark_comes_first() {
        let (text, _) = run(&[Fault::LineEnding(LineEnding::Cr), Fault::ByteOrderMark]);
        assert!(text.starts_with("\u{feff}event: connection\rdata: "));
        assert!(!text.contains('\n'));
        assert!(
            run(&[Fault::LineEnding(LineEnding::CrLf)])
                .0
                .contains("}\r\n\r\nevent: token\r\n")
        );
    }
}
