//! What the client tells of a message is what the server has stored.

use contract_tests::soak::exactly_once::{Settings, run};

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_stored_once_or_told_as_unknown_or_surely_not_sent() {
    let settings = Settings {
        messages: 300,
        seed: 1,
        program: env!("CARGO_BIN_EXE_soak").into(),
    };
    let figures = run(settings)
        .await
        .unwrap_or_else(|problems| panic!("{problems}"));
    // A run in which nothing went wrong would have shown nothing.
    for seen in [
        "answered by recovery",
        "outcome unknown",
        "certainly not sent",
    ] {
        assert!(figures.count(seen) > 0, "no {seen}:\n{figures}");
    }
    assert!(
        figures.count("server killed and restarted") > 0,
        "{figures}"
    );
}
