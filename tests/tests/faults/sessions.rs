//! No session outlives its context, however that ends.

use contract_tests::soak::sessions::{Settings, run};

#[test]
fn after_a_shutdown_no_session_is_left_open() {
    let settings = Settings {
        contexts: 300,
        seed: 1,
        shutdown: true,
    };
    let figures = run(settings).unwrap_or_else(|problems| panic!("{problems}"));
    // What was given up while it was being opened may not have been created at all.
    assert!(
        figures.count("sessions the server knows") > 200,
        "{figures}"
    );
}
