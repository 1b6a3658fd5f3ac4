//! Answers are Markdown with the service's reference markup in it. Here they
//! become lines for a terminal: [`Text`] takes the references out, [`render`] lays
//! the blocks out, [`inline`] their words.

mod inline;
mod render;
mod text;

pub(crate) use render::render;
pub(crate) use text::{Links, Text, open_markup, url};
