//! The circuit breaker: calls that keep failing are not sent for a while.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The operations that share a circuit: if one of them keeps failing, so will
/// the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndpointGroup {
    Sessions,
    Messages,
    Selections,
    Plans,
    Exports,
    Images,
}

impl EndpointGroup {
    const COUNT: usize = Self::Images as usize + 1;

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Messages => "messages",
            Self::Selections => "selections",
            Self::Plans => "plans",
            Self::Exports => "exports",
            Self::Images => "images",
        }
    }
}

/// Stops sending calls that keep failing. Each group of calls has a circuit of its own;
/// [`Error::endpoint`](crate::Error::endpoint) lists the groups.
///
/// A call counts as failed if, after its retries, no reply came or the reply was a 5xx. If
/// its own timeout is shorter than the client's and runs out, it does not count.
/// After [`failure_threshold`](Self::failure_threshold) failures in a row (default: 5)
/// the circuit is open: calls of the group fail at once with
/// [`ErrorKind::CircuitOpen`](crate::ErrorKind::CircuitOpen), and nothing is sent. After
/// [`open_for`](Self::open_for) (default: 30 s) one trial call at a time is let through;
/// if a trial takes longer than `open_for`, the next one may start. After
/// [`success_threshold`](Self::success_threshold) successful trials (default: 2) the
/// circuit is closed again.
///
/// ```
/// use std::time::Duration;
/// use chats::{CircuitBreaker, Client};
///
/// let client = Client::builder()
///     .api_key("aion_0123456789abcdefghij")
///     .circuit_breaker(CircuitBreaker::new().failure_threshold(3).open_for(Duration::from_secs(5)))
///     .build()?;
/// # Ok::<(), chats::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    failures: u32,
    successes: u32,
    open_for: Duration,
    enabled: bool,
}

/// Longer than any program runs.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl CircuitBreaker {
    /// A circuit breaker that opens after 5 failures for 30 s, and closes after 2
    /// successes.
    ///
    /// ```
    /// use chats::{CircuitBreaker, Client};
    ///
    /// let patient = CircuitBreaker::new().failure_threshold(20);
    /// let client = Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .circuit_breaker(patient)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub const fn new() -> Self {
        Self {
            failures: 5,
            successes: 2,
            open_for: Duration::from_secs(30),
            enabled: true,
        }
    }

    /// A circuit breaker that never opens.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use chats::{CircuitBreaker, ErrorKind};
    /// # use chats_server::{Fault, Refusal, Server};
    /// let server = Server::builder().fault(Fault::Refuse(Refusal::new(500))).start().await?;
    /// let client = chats::Client::builder()
    ///     .base_url(server.base_url())
    ///     .api_key(server.api_key())
    ///     .circuit_breaker(CircuitBreaker::disabled())
    ///     .max_retries(0)
    ///     .build()?;
    /// for _ in 0..10 {
    ///     let error = client.chats().list_sessions().await.unwrap_err();
    ///     assert_eq!(error.kind(), ErrorKind::Server); // each call asks the service anew
    /// }
    /// # server.shutdown().await;
    /// # Ok(()) }
    /// ```
    pub const fn disabled() -> Self {
        Self {
            enabled: false,
            ..Self::new()
        }
    }

    /// How many failures in a row open the circuit. Default: 5; 0 counts as 1.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use chats::{CircuitBreaker, ErrorKind};
    /// # use chats_server::{Fault, Refusal, Server};
    /// # let server = Server::builder().fault(Fault::Refuse(Refusal::new(500))).start().await?;
    /// # let builder = chats::Client::builder().base_url(server.base_url()).api_key(server.api_key());
    /// let client = builder
    ///     .circuit_breaker(CircuitBreaker::new().failure_threshold(1))
    ///     .max_retries(0)
    ///     .build()?;
    /// let failed = client.chats().list_sessions().await.unwrap_err();
    /// assert_eq!(failed.kind(), ErrorKind::Server);
    /// let spared = client.chats().list_sessions().await.unwrap_err();
    /// assert_eq!(spared.kind(), ErrorKind::CircuitOpen);
    /// # server.shutdown().await;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub const fn failure_threshold(mut self, failures: u32) -> Self {
        self.failures = if failures == 0 { 1 } else { failures };
        self
    }

    /// How many successes close the circuit again. Default: 2; 0 counts as 1.
    ///
    /// ```
    /// use chats::CircuitBreaker;
    ///
    /// // One success is enough to trust the endpoint again.
    /// let trusting = CircuitBreaker::new().success_threshold(1);
    /// assert_ne!(trusting, CircuitBreaker::new());
    /// ```
    #[must_use]
    pub const fn success_threshold(mut self, successes: u32) -> Self {
        self.successes = if successes == 0 { 1 } else { successes };
        self
    }

    /// How long the circuit stays open before a call is sent again. Default: 30 s.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use chats::CircuitBreaker;
    /// # use chats_server::{Fault, Refusal, Server};
    /// # use std::time::Duration;
    /// # let server = Server::builder().fault(Fault::Refuse(Refusal::new(500))).start().await?;
    /// # let builder = chats::Client::builder().base_url(server.base_url()).api_key(server.api_key());
    /// let breaker = CircuitBreaker::new().failure_threshold(1).open_for(Duration::from_secs(5));
    /// let client = builder.circuit_breaker(breaker).max_retries(0).build()?;
    /// client.chats().list_sessions().await.unwrap_err();
    /// let spared = client.chats().list_sessions().await.unwrap_err();
    /// assert!(spared.retry_after().is_some_and(|wait| wait <= Duration::from_secs(5)));
    /// # server.shutdown().await;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub const fn open_for(mut self, duration: Duration) -> Self {
        self.open_for = duration;
        self
    }
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: Instant,
    },
    HalfOpen {
        successes: u32,
        /// When the probing call was let through.
        probing: Option<Instant>,
    },
}

/// The circuits of one client, one for each endpoint group.
#[derive(Debug)]
pub(crate) struct Circuits {
    settings: CircuitBreaker,
    states: [Mutex<State>; EndpointGroup::COUNT],
}

impl Circuits {
    pub(crate) fn new(settings: CircuitBreaker) -> Self {
        Self {
            settings,
            states: std::array::from_fn(|_| Mutex::new(State::Closed { failures: 0 })),
        }
    }

    /// New circuits with the same settings, all closed.
    pub(crate) fn closed(&self) -> Self {
        Self::new(self.settings.clone())
    }

    /// Asks for permission to make a call; a refusal says how long to wait.
    pub(crate) fn enter(&self, group: EndpointGroup, now: Instant) -> Result<Permit<'_>, Duration> {
        let mut permit = Permit {
            circuits: self,
            group,
            probes: false,
            settled: false,
        };
        if !self.settings.enabled {
            return Ok(permit);
        }
        let mut state = self.lock(group);
        match *state {
            State::Closed { .. } => Ok(permit),
            State::Open { until } if now < until => Err(until - now),
            State::Open { .. } => {
                *state = State::HalfOpen {
                    successes: 0,
                    probing: Some(now),
                };
                permit.probes = true;
                Ok(permit)
            }
            // Another call is probing, and its answer is usually near. A probe that hangs
            // holds other calls back no longer than an open circuit does.
            State::HalfOpen {
                probing: Some(since),
                ..
            } if now.saturating_duration_since(since) < self.settings.open_for => {
                Err(self.settings.open_for.min(Duration::from_secs(1)))
            }
            State::HalfOpen { successes, .. } => {
                *state = State::HalfOpen {
                    successes,
                    probing: Some(now),
                };
                permit.probes = true;
                Ok(permit)
            }
        }
    }

    fn lock(&self, group: EndpointGroup) -> std::sync::MutexGuard<'_, State> {
        self.states[group as usize]
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Permission for one call; dropped without an outcome, it proves nothing.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    circuits: &'a Circuits,
    group: EndpointGroup,
    /// Whether this call probes whether a half-open circuit may close.
    probes: bool,
    settled: bool,
}

impl Permit<'_> {
    pub(crate) fn success(mut self) {
        self.settled = true;
        let mut state = self.circuits.lock(self.group);
        match *state {
            State::HalfOpen { successes, .. } if self.probes => {
                *state = if successes + 1 < self.circuits.settings.successes {
                    State::HalfOpen {
                        successes: successes + 1,
                        probing: None,
                    }
                } else {
                    State::Closed { failures: 0 }
                };
            }
            State::Closed { .. } => *state = State::Closed { failures: 0 },
            // The call began before the circuit opened, and says nothing of how it is now.
            State::Open { .. } | State::HalfOpen { .. } => {}
        }
    }

    pub(crate) fn failure(mut self, now: Instant) {
        self.settled = true;
        let settings = &self.circuits.settings;
        let mut state = self.circuits.lock(self.group);
        let open = || {
            // For ever, if the clock does not reach that far.
            let until = now.checked_add(settings.open_for);
            let until = until.or_else(|| now.checked_add(FOR_EVER)).unwrap_or(now);
            State::Open { until }
        };
        match *state {
            State::Closed { failures } if failures + 1 < settings.failures => {
                *state = State::Closed {
                    failures: failures + 1,
                };
            }
            State::Closed { .. } => *state = open(),
            State::HalfOpen { .. } if self.probes => *state = open(),
            // As for a success.
            State::Open { .. } | State::HalfOpen { .. } => {}
        }
    }
}

impl Drop for Permit<'_> {
    /// A call that was cancelled, never sent or asked to slow down proves nothing: the
    /// next one may probe.
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        let mut state = self.circuits.lock(self.group);
        if let State::HalfOpen { successes, .. } = *state
            && self.probes
        {
            *state = State::HalfOpen {
                successes,
                probing: None,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circuit_that_is_to_stay_open_stays_open() {
        let settings = CircuitBreaker::new()
            .failure_threshold(1)
            .open_for(Duration::MAX);
        let circuits = Circuits::new(settings);
        let now = Instant::now();
        circuits
            .enter(EndpointGroup::Sessions, now)
            .unwrap()
            .failure(now);
        let later = now + Duration::from_secs(3600);
        assert!(circuits.enter(EndpointGroup::Sessions, later).is_err());
    }

    const GROUP: EndpointGroup = EndpointGroup::Messages;

    fn fail(circuits: &Circuits, now: Instant) {
        circuits.enter(GROUP, now).unwrap().failure(now);
    }

    #[test]
    fn five_failures_open_and_two_successes_close() {
        let circuits = Circuits::new(CircuitBreaker::new());
        let start = Instant::now();
        for _ in 0..5 {
            fail(&circuits, start);
        }
        let later = start + Duration::from_secs(10);
        let wait = circuits.enter(GROUP, later).unwrap_err();
        assert_eq!(wait, Duration::from_secs(20));
        assert!(circuits.enter(EndpointGroup::Images, later).is_ok());

        let after = start + Duration::from_secs(30);
        let probe = circuits.enter(GROUP, after).unwrap();
        assert!(circuits.enter(GROUP, after).is_err(), "one probe at a time");
        probe.success();
        circuits.enter(GROUP, after).unwrap().success();
        let (a, b) = (circuits.enter(GROUP, after), circuits.enter(GROUP, after));
        assert!(a.is_ok() && b.is_ok(), "closed again");
    }

    #[test]
    fn a_success_between_failures_starts_the_count_anew() {
        let circuits = Circuits::new(CircuitBreaker::new().failure_threshold(2));
        let now = Instant::now();
        fail(&circuits, now);
        circuits.enter(GROUP, now).unwrap().success();
        fail(&circuits, now);
        assert!(circuits.enter(GROUP, now).is_ok());
    }

    #[test]
    fn a_probe_that_fails_opens_again_and_a_cancelled_one_frees_its_place() {
        let circuits = Circuits::new(CircuitBreaker::new().failure_threshold(1));
        let start = Instant::now();
        fail(&circuits, start);
        let after = start + Duration::from_secs(30);
        drop(circuits.enter(GROUP, after).unwrap());
        fail(&circuits, after);
        assert!(circuits.enter(GROUP, after).is_err());
    }

    #[test]
    fn a_probe_that_hangs_lets_another_through() {
        let circuits = Circuits::new(CircuitBreaker::new().failure_threshold(1));
        let start = Instant::now();
        fail(&circuits, start);
        let after = start + Duration::from_secs(30);
        let hangs = circuits.enter(GROUP, after).unwrap();
        let soon = after + Duration::from_secs(29);
        assert!(circuits.enter(GROUP, soon).is_err(), "it may still answer");
        let late = after + Duration::from_secs(30);
        circuits.enter(GROUP, late).unwrap().success();
        circuits.enter(GROUP, late).unwrap().success();
        drop(hangs);
        let (a, b) = (circuits.enter(GROUP, late), circuits.enter(GROUP, late));
        assert!(a.is_ok() && b.is_ok(), "closed again");
    }

    #[test]
    fn a_call_from_before_the_circuit_opened_proves_nothing() {
        let circuits = Circuits::new(CircuitBreaker::new().failure_threshold(1));
        let start = Instant::now();
        let [old, older, oldest] = [(); 3].map(|()| circuits.enter(GROUP, start).unwrap());
        fail(&circuits, start);
        let after = start + Duration::from_secs(30);
        let probe = circuits.enter(GROUP, after).unwrap();
        old.success();
        older.failure(after);
        drop(oldest);
        assert!(
            circuits.enter(GROUP, after).is_err(),
            "the probe still hangs"
        );
        probe.success();
        circuits.enter(GROUP, after).unwrap().success();
        assert!(circuits.enter(GROUP, after).is_ok());
    }

    #[test]
    fn a_disabled_breaker_never_opens() {
        let circuits = Circuits::new(CircuitBreaker::disabled().failure_threshold(1));
        let now = Instant::now();
        for _ in 0..10 {
            fail(&circuits, now);
        }
    }
}
