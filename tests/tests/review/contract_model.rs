//! What the contract means, for review: one text per operation, with references
//! resolved and prose left out. A change of `openapi.json` that means something
//! moves these texts; one that does not, does not.

use xtask::contract::{read, text};
use xtask::document::load::load;
use xtask::document::select::Selection;
use xtask::workspace;

#[test]
fn the_contract_promises_this() {
    let document = load(&workspace::contract()).unwrap();
    let contract = read(&document, &Selection::All).unwrap();
    let service = format!(
        "servers {:?}\nschemes {:?}\n",
        contract.servers, contract.schemes
    );
    insta::assert_snapshot!("service", service);
    for (key, operation) in &contract.operations {
        insta::assert_snapshot!(operation.name.clone(), text::of_operation(key, operation));
    }
}
