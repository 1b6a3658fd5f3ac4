//! The two timeouts of a stream: time without bytes, and time without progress.
//!
//! Both run only while a task waits for the stream. A timer wakes the waiting task
//! several times before a timeout can expire; if the stream is polled long after the
//! timer fired, no task was waiting, and that time is not counted.

use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::clock::{Clock, Sleep};

/// How many times, at least, a waiting task is woken before a timeout expires.
const BEATS: u32 = 3;

/// How late a timer may fire.
const LATE: Duration = Duration::from_millis(50);

/// Which timeout expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expired {
    /// Not a single byte came.
    Idle(Duration),
    /// Bytes came, but nothing beyond pings.
    Progress(Duration),
}

/// The clock, and the two time limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits<'c> {
    pub(super) clock: &'c dyn Clock,
    pub(super) idle: Duration,
    pub(super) progress: Duration,
}

#[derive(Default)]
pub(super) struct Clocks {
    without_bytes: Duration,
    without_progress: Duration,
    waiting_since: Option<Instant>,
    /// Whether bytes came since then. The wait is measured only if they turn out to be no
    /// progress; as most bytes are progress, reading a stream rarely asks for the time.
    bytes_came: bool,
    timer: Option<(Sleep, Instant)>,
}

impl Limits<'_> {
    fn beat(&self) -> Duration {
        self.idle.min(self.progress) / BEATS
    }
}

impl Clocks {
    /// Notes that bytes came. The stream calls [`progress`](Self::progress) or
    /// [`no_progress`](Self::no_progress) for each event in them, before it yields the
    /// event.
    pub(super) fn bytes(&mut self) {
        self.bytes_came = true;
    }

    /// Notes an event other than a ping.
    pub(super) fn progress(&mut self) {
        self.waiting_since = None;
        self.bytes_came = false;
        self.without_bytes = Duration::ZERO;
        self.without_progress = Duration::ZERO;
    }

    /// Notes a ping.
    pub(super) fn no_progress(&mut self, limits: Limits<'_>) {
        self.settle(limits);
    }

    /// Waits for bytes until a timeout expires.
    pub(super) fn poll_wait(&mut self, cx: &mut Context<'_>, limits: Limits<'_>) -> Poll<Expired> {
        self.settle(limits);
        loop {
            if self.without_bytes >= limits.idle {
                return Poll::Ready(Expired::Idle(limits.idle));
            }
            if self.without_progress >= limits.progress {
                return Poll::Ready(Expired::Progress(limits.progress));
            }
            let beat = self.left(limits).min(limits.beat());
            let now = limits.clock.now();
            let waiting_since = *self.waiting_since.get_or_insert(now);
            let due = waiting_since.checked_add(beat);
            // A timer that is due earlier is kept; it costs one extra poll.
            let mut timer = match self.timer.take() {
                Some((sleep, at)) if due.is_none_or(|due| at <= due) => (sleep, at),
                _ => (limits.clock.sleep(beat), due.unwrap_or(now)),
            };
            if timer.0.as_mut().poll(cx).is_pending() {
                self.timer = Some(timer);
                return Poll::Pending;
            }
            self.settle(limits);
        }
    }

    fn left(&self, limits: Limits<'_>) -> Duration {
        let idle = limits.idle.saturating_sub(self.without_bytes);
        idle.min(limits.progress.saturating_sub(self.without_progress))
    }

    /// Counts the time since the wait began, unless the timer fired long before this
    /// poll: then no task was waiting.
    fn settle(&mut self, limits: Limits<'_>) {
        if let Some(since) = self.waiting_since.take() {
            let waited = limits.clock.now().saturating_duration_since(since);
            let beat = limits.beat();
            // Timers are late by some milliseconds, however short the beat.
            let late = (beat / 2).max(LATE);
            if waited <= self.left(limits).min(beat).saturating_add(late) {
                self.without_bytes += waited;
                self.without_progress += waited;
            }
        }
        if std::mem::take(&mut self.bytes_came) {
            self.without_bytes = Duration::ZERO;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::testing::ManualClock;
    use futures_util::task::noop_waker;

    const IDLE: Duration = Duration::from_secs(90);
    const PROGRESS: Duration = Duration::from_secs(300);

    fn clocks() -> (Clocks, ManualClock) {
        (Clocks::default(), ManualClock::new())
    }

    fn poll(clocks: &mut Clocks, clock: &ManualClock) -> Poll<Expired> {
        let limits = Limits {
            clock,
            idle: IDLE,
            progress: PROGRESS,
        };
        clocks.poll_wait(&mut Context::from_waker(&noop_waker()), limits)
    }

    /// A task waits this long, woken by every timer.
    fn wait(clocks: &mut Clocks, clock: &ManualClock, seconds: u64) -> Poll<Expired> {
        for _ in 0..seconds {
            if let Poll::Ready(expired) = poll(clocks, clock) {
                return Poll::Ready(expired);
            }
            clock.advance(Duration::from_secs(1));
        }
        poll(clocks, clock)
    }

    #[test]
    fn a_dead_link_is_told_when_its_time_is_up_and_not_before() {
        let (mut clocks, clock) = clocks();
        assert!(wait(&mut clocks, &clock, 89).is_pending());
        clock.advance(Duration::from_millis(999));
        assert!(poll(&mut clocks, &clock).is_pending());
        clock.advance(Duration::from_millis(1));
        assert_eq!(poll(&mut clocks, &clock), Poll::Ready(Expired::Idle(IDLE)));
    }

    #[test]
    fn pings_keep_the_link_alive_but_are_no_progress() {
        let (mut clocks, clock) = clocks();
        for _ in 0..5 {
            assert!(wait(&mut clocks, &clock, 59).is_pending());
            clock.advance(Duration::from_secs(1));
            clocks.bytes();
        }
        assert_eq!(
            poll(&mut clocks, &clock),
            Poll::Ready(Expired::Progress(PROGRESS))
        );
    }

    #[test]
    fn progress_starts_both_anew() {
        let (mut clocks, clock) = clocks();
        for _ in 0..10 {
            assert!(wait(&mut clocks, &clock, 60).is_pending());
            clocks.bytes();
            clocks.progress();
        }
        assert!(poll(&mut clocks, &clock).is_pending());
    }

    #[test]
    fn time_in_which_nobody_waits_does_not_count() {
        for away in [
            IDLE - Duration::from_secs(1),
            IDLE,
            Duration::from_secs(3600),
        ] {
            let (mut clocks, clock) = clocks();
            assert!(poll(&mut clocks, &clock).is_pending());
            clock.advance(away);
            assert!(
                poll(&mut clocks, &clock).is_pending(),
                "nobody polled for {away:?}"
            );
            assert!(wait(&mut clocks, &clock, 89).is_pending());
            clock.advance(Duration::from_secs(1));
            assert_eq!(poll(&mut clocks, &clock), Poll::Ready(Expired::Idle(IDLE)));
        }
        // The time between a yielded event and the next poll is the consumer's own.
        let (mut clocks, clock) = clocks();
        clocks.bytes();
        clock.advance(Duration::from_secs(3600));
        assert!(poll(&mut clocks, &clock).is_pending());
    }
}
