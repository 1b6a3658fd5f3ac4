//! Everything that users of `chats` can name.

use xtask::code::{public, read};
use xtask::workspace;

#[test]
fn users_can_name_this() {
    let sources = read(&workspace::root().join("crates/chats/src")).unwrap();
    insta::with_settings!({omit_expression => true}, {
        insta::assert_snapshot!(public::of_crate("chats", &sources));
    });
}
