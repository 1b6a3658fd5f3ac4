//! Which functions, types and commands a change of each operation touches, as
//! read from the sources.

use std::fmt::Write as _;

use xtask::contract::read;
use xtask::document::load::load;
use xtask::document::select::Selection;
use xtask::drift::blast::Code;
use xtask::workspace;

#[test]
fn a_change_of_an_operation_touches_this() {
    let contract = load(&workspace::contract()).unwrap();
    let contract = read(&contract, &Selection::default()).unwrap();
    let code = Code::of_workspace().unwrap();
    let mut out = String::new();
    for (key, operation) in &contract.operations {
        let _ = writeln!(out, "{} {} = {}", key.method, key.path, operation.name);
        for name in code.reached(&operation.name) {
            let _ = writeln!(out, "    {name}");
        }
    }
    insta::with_settings!({omit_expression => true}, {
        insta::assert_snapshot!(out);
    });
}
