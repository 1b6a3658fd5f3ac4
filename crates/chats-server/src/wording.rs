//! Counts in words.

use std::fmt::Display;

/// "1 image", "2 images".
pub(crate) fn counted<N: Copy + Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let ending = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// "1 image is", "2 images are".
pub(crate) fn counted_are<N: Copy + Display + PartialEq + From<u8>>(
    count: N,
    noun: &str,
) -> String {
    let verb = if count == N::from(1) { "is" } else { "are" };
    format!("{} {verb}", counted(count, noun))
}
