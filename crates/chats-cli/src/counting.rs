//! Numbers of things, as people write them.

use std::fmt::Display;

/// "1 image", "2 images".
pub(crate) fn counted(count: impl Display, what: &str) -> String {
    let count = count.to_string();
    let end = if count == "1" { "" } else { "s" };
    format!("{count} {what}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_several() {
        assert_eq!(counted(1, "image"), "1 image");
        assert_eq!(counted(0_u64, "selected image"), "0 selected images");
    }
}
