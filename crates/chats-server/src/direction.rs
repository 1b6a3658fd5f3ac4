//! Characters that change the direction of writing, and so what a reader takes for the end
//! of a name.

/// Whether a character does so: those that Unicode calls `Bidi_Control`.
#[must_use]
pub fn turns_writing(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_is_turned_by_the_characters_that_unicode_lists_and_no_others() {
        let turning: Vec<char> = ('\0'..=char::MAX).filter(|c| turns_writing(*c)).collect();
        let listed = [
            '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}',
            '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
        ];
        assert_eq!(turning, listed);
    }
}
