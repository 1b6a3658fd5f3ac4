//! A real pseudo-terminal with the program in it, and what a person
//! sees there.

pub(crate) mod svg;

use std::io::{Read, Write};
use std::num::NonZero;
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use pty_process::blocking::{Command, Pty};

use crate::program::Program;

pub(crate) const LINES: NonZero<u16> = NonZero::new(24).unwrap();
pub(crate) const COLUMNS: NonZero<u16> = NonZero::new(80).unwrap();
/// Nothing takes this long; a test that waits for what never comes ends.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Screen {
    pty: Arc<Pty>,
    child: Child,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

struct Seen {
    screen: vt100::Parser,
    /// Everything that was written, escape sequences and all.
    bytes: Vec<u8>,
    over: bool,
}

fn command(program: &Program, arguments: &[&str]) -> Command {
    Command::new(env!("CARGO_BIN_EXE_chats"))
        .env_clear()
        .envs(program.variables())
        .env("TERM", "xterm-256color")
        .current_dir(program.home())
        .args(arguments)
}

impl Screen {
    /// A conversation that has begun.
    pub(crate) fn conversation(program: &Program) -> Self {
        let screen = Self::start(program, &["chat"]);
        screen.shows("> ");
        screen
    }

    pub(crate) fn start(program: &Program, arguments: &[&str]) -> Self {
        Self::start_with(program, arguments, &[])
    }

    pub(crate) fn start_with(
        program: &Program,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        Self::start_on((LINES, COLUMNS), program, arguments, variables)
    }

    /// On a terminal with so many lines and columns.
    pub(crate) fn start_on(
        (lines, columns): (NonZero<u16>, NonZero<u16>),
        program: &Program,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let command = command(program, arguments).envs(variables.iter().copied());
        Self::show((lines, columns), command)
    }

    /// With standard output elsewhere.
    pub(crate) fn start_without_output(program: &Program, arguments: &[&str]) -> Self {
        let command = command(program, arguments).stdout(std::process::Stdio::null());
        Self::show((LINES, COLUMNS), command)
    }

    fn show((lines, columns): (NonZero<u16>, NonZero<u16>), command: Command) -> Self {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(lines.get(), columns.get()))
            .unwrap();
        let child = command.spawn(pts).unwrap();
        let pty = Arc::new(pty);
        let seen = Arc::new((
            Mutex::new(Seen {
                screen: vt100::Parser::new(lines, columns, 1000),
                bytes: Vec::new(),
                over: false,
            }),
            Condvar::new(),
        ));
        let (reading, shared) = (Arc::clone(&pty), Arc::clone(&seen));
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            loop {
                // A terminal whose program has ended gives an error.
                let count = (&*reading).read(&mut chunk).unwrap_or(0);
                let mut seen = shared.0.lock().unwrap();
                seen.screen.process(&chunk[..count]);
                seen.bytes.extend_from_slice(&chunk[..count]);
                seen.over = count == 0;
                shared.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Self { pty, child, seen }
    }

    /// Presses keys.
    pub(crate) fn keys(&self, keys: &str) -> &Self {
        self.bytes(keys.as_bytes())
    }

    /// Presses keys of a keyboard that may not write UTF-8.
    pub(crate) fn bytes(&self, keys: &[u8]) -> &Self {
        (&*self.pty).write_all(keys).unwrap();
        self
    }

    /// Makes the terminal wider or narrower.
    pub(crate) fn resize(&self, columns: u16) -> &Self {
        let mut seen = self.seen.0.lock().unwrap();
        let screen = seen.screen.screen_mut();
        let (lines, _) = screen.size();
        screen.set_size(lines, NonZero::new(columns).unwrap());
        drop(seen);
        let size = pty_process::Size::new(lines.get(), columns);
        self.pty.resize(size).unwrap();
        self
    }

    pub(crate) fn control_c(&self) -> &Self {
        self.keys("\x03")
    }

    /// Sends a signal by its name, as `kill` knows it.
    pub(crate) fn signal(&self, name: &str) {
        let mut kill = std::process::Command::new("kill");
        kill.args(["-s", name, &self.child.id().to_string()]);
        assert!(kill.status().unwrap().success());
    }

    /// Whether the terminal itself shows what is typed, as it does when no program edits
    /// a line.
    pub(crate) fn echoes(&self) -> bool {
        use rustix::termios::{LocalModes, tcgetattr};
        let modes = tcgetattr(&*self.pty).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }

    /// Waits until the screen shows this.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) -> &Self {
        let fits = |seen: &Seen| seen.screen.screen().contents().contains(text);
        if !self.wait(fits) {
            panic!("`{text}` never appears; the screen is\n{}", self.contents());
        }
        self
    }

    /// Waits until this was written at some time, seen or not.
    #[track_caller]
    pub(crate) fn wrote(&self, text: &str) -> &Self {
        let fits = |seen: &Seen| String::from_utf8_lossy(&seen.bytes).contains(text);
        assert!(
            self.wait(fits),
            "`{text:?}` is never written: {:?}",
            self.written()
        );
        self
    }

    fn wait(&self, fits: impl Fn(&Seen) -> bool) -> bool {
        let (seen, changed) = &*self.seen;
        let seen = seen.lock().unwrap();
        let (seen, _) = changed
            .wait_timeout_while(seen, PATIENCE, |seen| !fits(seen) && !seen.over)
            .unwrap();
        fits(&seen)
    }

    /// What a person sees, without the white space at the lines' ends.
    pub(crate) fn contents(&self) -> String {
        let seen = self.seen.0.lock().unwrap();
        let rows = seen.screen.screen().rows(0, COLUMNS.get());
        let lines: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
        lines.join("\n").trim_end().to_owned()
    }

    /// What a person sees who scrolls back, once the program has ended.
    #[track_caller]
    pub(crate) fn everything(&self) -> String {
        self.is_over();
        let mut seen = self.seen.0.lock().unwrap();
        let screen = seen.screen.screen_mut();
        let mut lines = Vec::new();
        for above in (1..=screen.scrollback_len()).rev() {
            screen.set_scrollback(above);
            lines.extend(screen.rows(0, COLUMNS.get()).next());
        }
        screen.set_scrollback(0);
        lines.extend(screen.rows(0, COLUMNS.get()));
        let lines: Vec<&str> = lines.iter().map(|row| row.trim_end()).collect();
        lines.join("\n").trim_end().to_owned()
    }

    /// What is on the screen, cell by cell.
    pub(crate) fn seen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.seen.0.lock().unwrap().screen.screen())
    }

    /// Waits until the program has ended.
    #[track_caller]
    pub(crate) fn is_over(&self) -> &Self {
        let over = self.wait(|seen| seen.over);
        assert!(over, "it does not end; the screen is\n{}", self.contents());
        self
    }

    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.seen.0.lock().unwrap().bytes).into_owned()
    }

    /// Waits for the end and gives the exit code.
    #[track_caller]
    pub(crate) fn ends(mut self) -> i32 {
        self.is_over();
        self.child
            .wait()
            .unwrap()
            .code()
            .expect("it ends by itself")
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
