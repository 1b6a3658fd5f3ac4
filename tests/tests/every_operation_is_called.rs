//! A generated function that nothing in `chats` calls is a feature that users
//! cannot reach. This fails on each.

use std::path::Path;

use xtask::code::{calls, read};
use xtask::codegen::audit::function_names;
use xtask::drift::blast::Code;
use xtask::workspace;

fn uncalled(generated: &Path, callers: &Path) -> Vec<String> {
    let generated = read(generated).unwrap();
    let called = calls::called(&read(callers).unwrap());
    let functions = generated
        .iter()
        .flat_map(|source| function_names(&source.file));
    functions.filter(|name| !called.contains(name)).collect()
}

#[test]
fn every_generated_function_is_called_by_chats() {
    let chats = workspace::root().join("crates/chats/src");
    assert_eq!(uncalled(&workspace::generated(), &chats), [""; 0]);
}

#[test]
fn every_generated_function_is_within_reach_of_users() {
    let code = Code::of_workspace().unwrap();
    assert_eq!(code.unwrapped(), [""; 0]);
}

#[test]
fn a_function_that_nothing_calls_is_found() {
    let generated = workspace::generated();
    let nothing = workspace::root().join("crates/chats-raw/src/lib.rs");
    assert_eq!(uncalled(&generated, &nothing).len(), 15);
}
