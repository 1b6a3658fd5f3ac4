//! What the detector calls absorbed, tried: replies drawn from edited contracts
//! are given to the SDK as it is, which must read them.

use chats::{ChatResource, Error, SessionId};
use contract_tests::{Reply, ScriptedServer, client_of};
use uuid::Uuid;
use xtask::contract::Shape;
use xtask::document::load::load;
use xtask::drift::Verdict;
use xtask::drift::blast::Code;
use xtask::mutate::{Edit, Expected};
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

const STREAM: &str = "POST /chat/sessions/{session_id}/messages/stream";

/// Whether an edit is of a body, and must show at one operation alone, which is wanted.
fn touches(edit: &Edit, wanted: impl Fn(&str) -> bool) -> bool {
    let elsewhere = ["/headers/", "/parameters/", "header at"];
    let of_body = !elsewhere.iter().any(|one| edit.id.contains(one));
    match &edit.expected {
        Expected::Change {
            operations,
            verdicts,
        } => {
            of_body
                && verdicts.wire != Some(Verdict::Compatible)
                && operations.len() == 1
                && operations.iter().all(|one| wanted(one))
        }
        Expected::Nothing => false,
    }
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
    let trials = trial::draw(
        &contract,
        &Code::of_workspace().unwrap(),
        9,
        15,
        |edit| touches(edit, |name| name != STREAM),
        moved,
    )
    .unwrap();
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

/// An event of which something moves that is absorbed.
fn event_moved(trial: &Trial) -> bool {
    let changes = &trial.drift.changes;
    // These end a stream, whatever they carry.
    let ends = |location: &str| location.contains("event.error") || location.contains("auth_error");
    !changes.is_empty()
        && changes.iter().all(|change| {
            let location = &change.location;
            change.absorbed && location.contains(" event.") && !ends(location)
        })
}

#[tokio::test]
async fn what_is_called_absorbed_of_a_stream_is_read_to_its_end() {
    let contract = load(&workspace::contract()).unwrap();
    let trials = trial::draw(
        &contract,
        &Code::of_workspace().unwrap(),
        5,
        10,
        |edit| touches(edit, |name| name == STREAM),
        event_moved,
    )
    .unwrap();
    let mut rng = fastrand::Rng::with_seed(5);
    let (mut tried, mut faults) = (0, Vec::new());
    for trial in &trials.sample {
        let stream = |contract: &xtask::contract::Contract| {
            let mut all = contract.operations.values();
            let found = all.find_map(|one| {
                let events = &one.responses.get("200")?.events;
                (!events.is_empty()).then(|| events.clone())
            });
            found.unwrap()
        };
        let (old, new) = (stream(&trials.old), stream(&trial.new));
        for (name, shape) in new
            .iter()
            .filter(|(name, shape)| old.get(*name) != Some(*shape))
        {
            let event = values::draw(shape, &mut rng);
            let text = format!(
                "event: token\ndata: {{\"type\":\"token\",\"content\":\"Three \"}}\n\n\
                 event: {name}\ndata: {event}\n\n\
                 event: complete\ndata: {{\"type\":\"complete\",\"message_id\":\"m\",\"content\":\"Three poles.\"}}\n\n"
            );
            let server = ScriptedServer::replies([Reply::events(text)]).await;
            let client = client_of(&server).0.recover(false).build().unwrap();
            let opened = client.chats().send_stream(SESSION, "x").await;
            tried += 1;
            match opened {
                Ok(stream) => {
                    if let Err(error) = stream.finish().await {
                        faults.push(format!("{}: {error}: {event}", trial.edit.id));
                    }
                }
                Err(error) => faults.push(format!("{}: {error}", trial.edit.id)),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(tried >= 10, "{tried}");
}
