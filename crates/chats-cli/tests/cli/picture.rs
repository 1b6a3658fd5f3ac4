//! The picture in the README is what the program prints in a real terminal. To
//! draw it anew: `CHATS_DRAW=1 cargo test -p chats-cli --test cli picture`.

use std::num::NonZero;
use std::path::Path;

use crate::program::Program;
use crate::screen::{COLUMNS, Screen, svg};

const LINES: NonZero<u16> = NonZero::new(40).unwrap();

#[test]
fn the_picture_in_the_readme_is_what_the_program_prints() {
    let program = Program::alone();
    let arguments = ["--local", "chat", "Find damaged poles"];
    // A terminal that knows links shows names, not addresses, which differ each time.
    let links = [("FORCE_HYPERLINK", "1")];
    let screen = Screen::start_on((LINES, COLUMNS), &program, &arguments, &links);
    screen.is_over();
    let command = "chats --local chat 'Find damaged poles'";
    let drawn = screen.seen(|screen| svg::draw(screen, command));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/chats.svg");
    if std::env::var_os("CHATS_DRAW").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        drawn == kept,
        "docs/chats.svg is not what the program prints; draw it anew with \
         `CHATS_DRAW=1 cargo test -p chats-cli --test cli picture`"
    );
}
