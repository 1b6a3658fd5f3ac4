//! The program that libFuzzer drives; `CHATS_FUZZ_TARGET` says what it fuzzes.
//! Built and started by `cargo xtask fuzz`.

// libFuzzer brings the main function.
#![no_main]

mod growth;
mod targets;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

use targets::Target;

static TARGET: OnceLock<Target> = OnceLock::new();

/// Chooses the target; asked for its growth, it ends the program with that.
fn choose() {
    let name = std::env::var("CHATS_FUZZ_TARGET").unwrap_or_default();
    let target = Target::named(&name).expect("CHATS_FUZZ_TARGET names a target");
    if std::env::var_os("CHATS_FUZZ_GROWTH").is_some() {
        match growth::check(target) {
            Ok(inputs) => println!("the time of {inputs} inputs grows with their size"),
            Err(slow) => {
                eprint!("{slow}");
                std::process::exit(1);
            }
        }
        std::process::exit(0);
    }
    let _ = TARGET.set(target);
}

fuzz_target!(init: choose(), |bytes: &[u8]| {
    if let Some(target) = TARGET.get() {
        (target.run)(bytes);
    }
});
