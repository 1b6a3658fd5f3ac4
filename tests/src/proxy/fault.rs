//! What can go wrong with one request on its way through the proxy, and how a
//! seed draws it.

use fastrand::Rng;

/// A fault of the network, or of what stands between client and server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NetworkFault {
    /// Nothing goes wrong.
    None,
    /// Nobody listens: the connection is refused.
    Refuse,
    /// Reset before anything of the request was read.
    ResetBeforeRequest,
    /// Reset in the middle of the request's body, of which the server sees half.
    ResetInRequest,
    /// Reset once the request was read, before the server sees any of it.
    ResetAfterRequest,
    /// The server answers, and none of it comes back.
    LoseReply,
    /// Reset after this part of the reply, in thousandths.
    ResetInReply(u16),
    /// Closed in order after this part of the reply, in thousandths.
    CloseInReply(u16),
    /// Reset as soon as the whole reply was passed on.
    ResetAfterReply,
    /// Silence from the start; the server sees nothing.
    StallBeforeServer,
    /// Silence after this part of the reply, in thousandths.
    StallInReply(u16),
    /// Answered here, with this status and `Retry-After`; the server sees nothing.
    Answer(u16, Option<u8>),
    /// The server carries the request out; what comes back is this status.
    AnswerAfterServer(u16),
    /// The server is killed once it has the request and has sent so many bytes.
    KillServer(u16),
}

impl NetworkFault {
    /// Whether the client can be sure, after this, that the server did nothing.
    pub fn surely_not_taken(self) -> bool {
        match self {
            Self::Refuse => true,
            Self::Answer(429 | 503, retry_after) => retry_after.is_some(),
            Self::Answer(status, _) => (400..500).contains(&status),
            _ => false,
        }
    }

    /// The name without its numbers, for counting.
    pub fn name(self) -> String {
        let text = format!("{self:?}");
        let end = text.find('(').unwrap_or(text.len());
        text[..end].to_owned()
    }

    /// Draws what the requests of one message meet. Two of five meet nothing.
    pub fn draw(random: &mut Rng) -> Vec<Self> {
        if random.u8(..5) < 2 {
            return Vec::new();
        }
        let mut faults = Vec::new();
        // What the client gets over before the fault that matters.
        match random.u8(..6) {
            0 => faults.extend(std::iter::repeat_n(Self::Refuse, random.usize(1..=4))),
            1 => {
                let status = if random.bool() { 429 } else { 503 };
                let burst = Self::Answer(status, Some(random.u8(..20)));
                faults.extend(std::iter::repeat_n(burst, random.usize(1..=4)));
            }
            _ => {}
        }
        faults.push(Self::one(random));
        // What meets the requests that look for the answer.
        while random.u8(..3) == 0 {
            faults.push(Self::one(random));
        }
        faults
    }

    fn one(random: &mut Rng) -> Self {
        let part = random.u16(..=1000);
        match random.u8(..64) {
            0..=3 => Self::Refuse,
            4..=8 => Self::ResetBeforeRequest,
            9..=13 => Self::ResetInRequest,
            14..=18 => Self::ResetAfterRequest,
            19..=24 => Self::LoseReply,
            25..=32 => Self::ResetInReply(part),
            33..=38 => Self::CloseInReply(part),
            39..=42 => Self::ResetAfterReply,
            43..=44 => Self::StallBeforeServer,
            45..=49 => Self::StallInReply(part),
            50..=55 => Self::Answer(
                random.choice([429, 500, 502, 503, 504]).unwrap_or(500),
                None,
            ),
            56..=58 => Self::AnswerAfterServer(random.choice([500, 502, 504]).unwrap_or(500)),
            59 => Self::KillServer(random.u16(..2000)),
            _ => Self::None,
        }
    }
}
