//! Answers are Markdown with the service's reference markup in it. Here they
//! become lines for a terminal: [`Text`] takes the references out, [`mod@render`] lays
//! the blocks out, [`inline`] their words.

mod inline;
mod render;
mod text;

pub(crate) use render::render;
pub(crate) use text::{Links, Text, UNKNOWN_COUNT, url};

use chats::ChatMessage;

use crate::terminal::{Terminal, safe};

/// What an agent said, as lines: laid out on a terminal, else as it is with its
/// references resolved.
pub(crate) fn message(terminal: Terminal, message: &ChatMessage) -> Vec<String> {
    if terminal.rich {
        let links = Links::of(&message.images);
        let text = Text::new(&message.content, &message.references(), &links);
        render(&text, terminal, terminal.width())
    } else {
        let text = safe(&message.resolved_content());
        text.lines().map(str::to_owned).collect()
    }
}
