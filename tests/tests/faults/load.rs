//! Many streams at once, each read once.

use std::time::Duration;

use contract_tests::soak::load::{Settings, run};

#[tokio::test(flavor = "multi_thread")]
async fn many_streams_at_once_all_come_whole() {
    let settings = Settings {
        streams: 200,
        lasting: Duration::ZERO,
        token_delay: Duration::from_millis(1),
        program: env!("CARGO_BIN_EXE_soak").into(),
    };
    let figures = run(settings)
        .await
        .unwrap_or_else(|failed| panic!("{failed}"));
    assert_eq!(figures.count("whole answers"), 200);
    assert_eq!(figures.count("failures"), 0);
}
