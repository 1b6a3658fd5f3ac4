//! What the detector calls absorbed, tried: replies drawn from edited contracts
//! are given to the SDK as it is, which must read them.

use chats::{ChatResource, Error, SessionId};
use contract_tests::{Reply, ScriptedServer, client_of};
use uuid::Uuid;
use xtask::contract::Shape;
use xtask::document::load::load;
use xtask::drift::blast::Code;
use xtask::trial::{self, Trial, values};
use xtask::workspace;

const SESSION: SessionId = SessionId::new(Uuid::from_u128(0x11));

/// Calls an operation whose reply is JSON.
async fn call(chats: ChatResource, operation: &str) -> Option<Result<(), Error>> {
    let no_ids = || std::iter::empty::<chats::ImageId>();
    Some(match operation {
        "POST /chat/sessions" => chats.create_session().await.map(drop),
        "GET /chat/sessions" => chats.list_sessions().await.map(drop),
        "GET /chat/sessions/{}" => chats.get_session(SESSION).await.map(drop),
        "DELETE /chat/sessions/{}" => chats.close_session(SESSION).await.map(drop),
        "POST /chat/sessions/{}/messages" => chats.send(SESSION, "x").await.map(drop),
        "PUT /chat/sessions/{}/images" => chats.update_images(SESSION, no_ids()).await.map(drop),
        "PATCH /chat/sessions/{}/mode" => chats.update_mode(SESSION, true).await.map(drop),
        "PATCH /chat/sessions/{}/title" => chats.rename_session(SESSION, "x").await.map(drop),
        "POST /chat/sessions/{}/plans/{}/action" => {
            chats.approve_plan(SESSION, "p").await.map(drop)
        }
        "GET /chat/images/all" => chats.get_all_images().await.map(drop),
        "POST /chat/images/search" => chats.search_images("x").await.map(drop),
        _ => return None,
    })
}

/// The one operation whose success moves, and all that moves is absorbed.
fn moved(trial: &Trial) -> bool {
    let changes = &trial.drift.changes;
    let success = |location: &str| location.contains(" response.200.");
    !changes.is_empty()
        && changes
            .iter()
            .all(|change| change.absorbed && success(&change.location))
}

#[tokio::test]
async fn what_is_called_absorbed_is_read() {
    let contract = load(&workspace::contract()).unwrap();
    let trials = trial::draw(&contract, &Code::default(), 9, 15, moved).unwrap();
    let mut rng = fastrand::Rng::with_seed(9);
    let mut tried = 0;
    let mut faults = Vec::new();
    for trial in &trials.sample {
        for (key, operation) in &trial.new.operations {
            if Some(operation) == trials.old.operations.get(key) {
                continue;
            }
            let shape: &Shape = &operation.responses["200"].content["application/json"];
            for _ in 0..3 {
                let reply = values::draw(shape, &mut rng).to_string();
                let scripted = reply.clone();
                let server = ScriptedServer::start(move |_, _| Reply::json(200, &scripted)).await;
                let client = client_of(&server).0.max_retries(0).build().unwrap();
                let name = format!("{} {}", key.method, key.path);
                match call(client.chats(), &name).await {
                    Some(Ok(())) => tried += 1,
                    Some(Err(error)) => faults.push(format!("{}: {error}: {reply}", trial.edit.id)),
                    None => {}
                }
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(tried > 30, "{tried}");
}
