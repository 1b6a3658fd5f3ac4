//! Ctrl-C, counted from the start of the program, so that none is lost between
//! two things that listen for it. Outside Windows a request to end (SIGTERM, a
//! closed terminal) counts the same: what is open is still closed.

use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::watch;

/// The exit code of a stopped program: 128 plus the number of the signal.
static EXIT_CODE: AtomicU8 = AtomicU8::new(CTRL_C);
const CTRL_C: u8 = 130;

/// The exit code for the last signal; that of Ctrl-C if there was none.
pub(crate) fn exit_code() -> u8 {
    EXIT_CODE.load(Ordering::Relaxed)
}

/// Whether the last signal was Ctrl-C, and not one to end.
pub(crate) fn was_control_c() -> bool {
    exit_code() == CTRL_C
}

/// Reports Ctrl-C. Each clone reports those since it last listened.
#[derive(Clone)]
pub(crate) struct Interrupts {
    count: watch::Receiver<u32>,
}

impl Interrupts {
    /// Starts to listen; from here on Ctrl-C no longer ends the program by
    /// itself.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let (sender, count) = watch::channel(0);
        let mut signals = Signals::new()?;
        tokio::spawn(async move {
            while let Some(code) = signals.next().await {
                EXIT_CODE.store(code, Ordering::Relaxed);
                sender.send_modify(|count| *count += 1);
            }
        });
        Ok(Self { count })
    }

    /// Waits for the next Ctrl-C.
    pub(crate) async fn next(&mut self) {
        if self.count.changed().await.is_err() {
            // No task listens any more, so no Ctrl-C will come.
            std::future::pending::<()>().await;
        }
    }

    /// Forgets those that were not listened for.
    pub(crate) fn forget(&mut self) {
        self.count.mark_unchanged();
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for a signal; returns the exit code for it.
    async fn next(&mut self) -> Option<u8> {
        tokio::select! {
            signal = self.interrupt.recv() => signal.map(|()| CTRL_C),
            signal = self.terminate.recv() => signal.map(|()| 143),
            signal = self.hangup.recv() => signal.map(|()| 129),
        }
    }
}

#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        let interrupt = tokio::signal::windows::ctrl_c()?;
        Ok(Self { interrupt })
    }

    /// Waits for a signal; returns the exit code for it.
    async fn next(&mut self) -> Option<u8> {
        self.interrupt.recv().await.map(|()| CTRL_C)
    }
}
