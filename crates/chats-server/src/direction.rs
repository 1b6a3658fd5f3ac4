//! Characters that change the direction of writing, and so what a reader takes for the end
//! of a name.

/// Whether a character does so.
pub(crate) fn turns_writing(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}
