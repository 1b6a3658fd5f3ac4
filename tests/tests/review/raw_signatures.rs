//! What the raw client offers, for review: a change of the contract that moves
//! generated code moves this text.

use xtask::code::{read, signatures};
use xtask::workspace;

#[test]
fn the_raw_client_offers_these_types_and_functions() {
    let sources = read(&workspace::generated()).unwrap();
    insta::assert_snapshot!(signatures::of_client(&sources[0].file));
}
