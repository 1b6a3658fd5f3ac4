//! Restores the terminal's state, however the program ends.
//!
//! A line editor changes that state while it reads. A signal ends the program without
//! waiting for a line that may never be finished, and would leave a terminal that does
//! not echo.

#[cfg(unix)]
mod kept {
    use std::io::{IsTerminal, Write};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

    static BEFORE: OnceLock<Termios> = OnceLock::new();
    static READING: AtomicBool = AtomicBool::new(false);

    /// Turns bracketed paste off.
    const PLAIN_PASTE: &[u8] = b"\x1b[?2004l\r\n";

    /// Reads, and remembers what the terminal was like before.
    pub(crate) fn reading<T>(read: impl FnOnce() -> T) -> T {
        let input = std::io::stdin();
        if BEFORE.get().is_none()
            && let Ok(state) = tcgetattr(&input)
        {
            BEFORE.get_or_init(|| state);
        }
        READING.store(true, Ordering::SeqCst);
        let read = read();
        READING.store(false, Ordering::SeqCst);
        read
    }

    /// Drops what was typed and not read yet.
    pub(crate) fn discard() {
        let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
    }

    /// Puts the terminal back if something is still being read.
    pub(crate) fn restore() {
        if !READING.load(Ordering::SeqCst) {
            return;
        }
        if let Some(before) = BEFORE.get() {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
        let mut out = std::io::stdout();
        if out.is_terminal() {
            let _ = out.write_all(PLAIN_PASTE).and_then(|()| out.flush());
        }
    }
}

#[cfg(not(unix))]
mod kept {
    /// Only reads: the system restores its console itself.
    pub(crate) fn reading<T>(read: impl FnOnce() -> T) -> T {
        read()
    }

    pub(crate) fn discard() {}

    pub(crate) fn restore() {}
}

pub(crate) use kept::{discard, reading, restore};
