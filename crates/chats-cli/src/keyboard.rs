//! Restores the terminal's state, however the program ends.
//!
//! A line editor changes that state while it reads. A signal ends the program without
//! waiting for a line that may never be finished, and would leave a terminal that does
//! not echo.

#[cfg(unix)]
mod kept {
    use std::io::{self, IsTerminal, Write};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::termios::{
        LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
    };

    static BEFORE: OnceLock<Termios> = OnceLock::new();
    static READING: AtomicBool = AtomicBool::new(false);

    /// Turns bracketed paste off.
    const PLAIN_PASTE: &[u8] = b"\x1b[?2004l\r\n";

    /// Reads, and remembers what the terminal was like before.
    pub(crate) fn reading<T>(read: impl FnOnce() -> T) -> T {
        let input = io::stdin();
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

    /// Reads while the terminal does not show what is typed.
    pub(crate) fn unseen<T>(read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let input = io::stdin();
        reading(|| {
            let before = tcgetattr(&input)?;
            let mut without = before.clone();
            without.local_modes.remove(LocalModes::ECHO);
            tcsetattr(&input, OptionalActions::Now, &without)?;
            let read = read();
            tcsetattr(&input, OptionalActions::Now, &before)?;
            read
        })
    }

    /// Drops what was typed and not read yet.
    pub(crate) fn discard() {
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }

    /// Puts the terminal back if something is still being read.
    pub(crate) fn restore() {
        if !READING.load(Ordering::SeqCst) {
            return;
        }
        if let Some(before) = BEFORE.get() {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
        let mut out = io::stdout();
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

    /// Only reads: the line editor knows how to hide what is typed here.
    pub(crate) fn unseen<T>(read: impl FnOnce() -> std::io::Result<T>) -> std::io::Result<T> {
        read()
    }

    pub(crate) fn discard() {}

    pub(crate) fn restore() {}
}

pub(crate) use kept::{discard, reading, restore, unseen};
