//! Libraries of one's own: what is taken in, what is not, and what changes.

use std::fs;
use std::path::Path;

use chats_server::{Interpretation, ItemKind, Search, Server};
use serde_json::json;

use crate::client::{Client, server, until};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample");

fn copy(from: &str, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(format!("{SAMPLE}/{from}"), to).unwrap();
}

async fn found(client: &Client, query: &str) -> Vec<String> {
    let reply = client
        .post("/chat/images/search", &json!({"query": query}))
        .await
        .ok();
    let results = reply["results"].as_array().unwrap();
    assert_eq!(reply["total_count"], results.len());
    results
        .iter()
        .map(|result| result["description"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn another_library_gives_another_answer() {
    let folder = tempfile::tempdir().unwrap();
    copy(
        "poles/pole-08-healthy.png",
        &folder.path().join("harbour/crane-7.png"),
    );
    fs::write(
        folder.path().join("harbour/crane-7.caption"),
        "A yellow crane lifts a container.\n",
    )
    .unwrap();
    copy(
        "animals/cat-03-sleeping.png",
        &folder.path().join("tom.png"),
    );
    copy(
        "equipment/transformer-02-new.webp",
        &folder.path().join("Red-Lighthouse_At_Dawn.webp"),
    );
    fs::write(
        folder.path().join("log.txt"),
        "Harbour log\u{c}The crane was oiled on Monday.",
    )
    .unwrap();
    let server = Server::builder()
        .library(folder.path())
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    assert_eq!(
        found(&client, "cranes").await,
        ["A yellow crane lifts a container."]
    );
    assert_eq!(found(&client, "harbour").await.len(), 1, "folders are tags");
    assert_eq!(
        found(&client, "asleep").await,
        ["Ginger cat asleep on a warm wall."],
        "text inside a PNG"
    );
    assert_eq!(
        found(&client, "lighthouse").await,
        ["Red Lighthouse At Dawn"],
        "a name serves as caption"
    );
    assert!(found(&client, "damaged poles").await.is_empty());
    let session = client.session().await;
    let (text, _) = client.ask(&session, "When was the crane oiled?").await;
    assert!(text.contains("log.txt (p.2)"), "{text}");
}

#[tokio::test]
async fn changes_on_disk_are_picked_up() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("one.png");
    copy("poles/pole-08-healthy.png", &image);
    let server = Server::builder()
        .library(folder.path())
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    // A look is not repeated at once; asking until it shows needs no clock.
    let windmills = async |count: usize| {
        let what = format!("there are {count} windmills");
        until(&what, async || {
            found(&client, "windmill").await.len() == count
        })
        .await;
    };
    windmills(0).await;
    fs::write(folder.path().join("one.txt"), "An old windmill.").unwrap();
    windmills(1).await;
    copy(
        "poles/pole-08-healthy.png",
        &folder.path().join("windmill-2.png"),
    );
    windmills(2).await;
    fs::remove_file(image).unwrap();
    windmills(1).await;
    assert_eq!(client.get("/chat/images/all").await.ok()["total_count"], 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_reported_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    copy("animals/cat-01-black.png", &folder.path().join("cat.png"));
    fs::write(folder.path().join("broken.png"), "no image at all").unwrap();
    fs::write(folder.path().join("empty.jpg"), "").unwrap();
    fs::write(folder.path().join("latin.txt"), b"caf\xe9").unwrap();
    fs::write(folder.path().join("movie.mp4"), "not taken").unwrap();
    fs::write(folder.path().join(".hidden.txt"), "not taken").unwrap();
    let server = Server::builder()
        .library(folder.path())
        .start()
        .await
        .unwrap();
    let problems = server.library().problems();
    let problems: Vec<(&str, &str)> = problems
        .iter()
        .map(|problem| (problem.path.as_str(), problem.reason.as_str()))
        .collect();
    let no_image = "it is no PNG, JPEG, WebP or GIF image, or is cut off";
    assert_eq!(
        problems,
        [
            ("broken.png", no_image),
            ("empty.jpg", no_image),
            ("latin.txt", "it is not UTF-8 text")
        ]
    );
    let client = Client::of(&server);
    assert_eq!(client.get("/chat/images/all").await.ok()["total_count"], 1);
}

#[tokio::test]
async fn an_image_keeps_its_id_and_its_address_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let server = Server::builder()
            .database(folder.path().join("chat.db"))
            .start()
            .await
            .unwrap();
        let client = Client::of(&server);
        let reply = client
            .post("/chat/images/search", &json!({"query": "burnt pole"}))
            .await
            .ok();
        let url = reply["results"][0]["full_url"].as_str().unwrap();
        seen.push(url.split_once("/files/").unwrap().1.to_owned());
        server.shutdown().await;
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_library_that_is_no_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Server::builder()
        .library(folder.path().join("nowhere"))
        .start()
        .await;
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .starts_with("the library cannot be opened")
    );
}

#[tokio::test]
async fn a_search_is_paged_and_counts_everything() {
    let server = Server::builder().start().await.unwrap();
    let client = Client::of(&server);
    let page = async |limit: i64, offset: i64| {
        let body = json!({"query": "poles", "limit": limit, "offset": offset});
        let reply = client.post("/chat/images/search", &body).await.ok();
        let ids: Vec<String> = reply["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| result["image_id"].as_str().unwrap().to_owned())
            .collect();
        let total: usize = serde_json::from_value(reply["total_count"].clone()).unwrap();
        (ids, total)
    };
    let (all, total) = page(100, 0).await;
    assert_eq!(all.len(), total);
    assert_eq!(page(3, 2).await, (all[2..5].to_vec(), total));
    assert_eq!(
        page(3, 1000).await,
        (vec![], total),
        "the total holds past the end"
    );
    let said = json!({"query": "??? the of"});
    let nothing = client.post("/chat/images/search", &said).await.ok();
    assert_eq!(
        nothing["total_count"], 0,
        "words that say nothing find nothing"
    );
}

#[tokio::test]
async fn both_ends_of_a_span_hold_in_either_order() {
    let (_server, client) = server().await;
    let search = async |query: &str| {
        let body = json!({"query": query});
        client.post("/chat/images/search", &body).await.ok()
    };
    let forth = search("images since 2023 before 2025").await;
    let back = search("images before 2025 since 2023").await;
    assert_eq!(forth["results"], back["results"]);
    for said in [forth, back] {
        assert_eq!(said["total_count"], 6);
        let understood = &said["query_interpretation"];
        assert_eq!(understood["filters"]["from"], "2023-01-01T00:00:00Z");
        assert_eq!(understood["filters"]["until"], "2025-01-01T00:00:00Z");
        assert_eq!(understood["terms"], json!([]));
    }
}

#[tokio::test]
async fn an_image_scores_the_same_on_whichever_page_it_stands() {
    let (_server, client) = server().await;
    let search = async |limit: usize, offset: usize| {
        let body = json!({"query": "damaged pole", "limit": limit, "offset": offset});
        let page = client.post("/chat/images/search", &body).await.ok();
        page["results"].as_array().unwrap().clone()
    };
    let all = search(100, 0).await;
    assert!(all.len() > 3);
    assert_ne!(all[0]["relevance_score"], all[3]["relevance_score"]);
    for (offset, image) in all.iter().enumerate() {
        let page = search(1, offset).await;
        for score in ["relevance_score", "confidence"] {
            assert_eq!(page[0][score], image[score], "{score} of {offset}");
        }
    }
}

#[tokio::test]
async fn a_document_that_repeats_a_word_is_quoted_where_it_says_most() {
    let folder = tempfile::tempdir().unwrap();
    let pages = "tree ".repeat(50_000);
    let text = format!("{pages}\u{c}The old tree fell on a cable.\u{c}{pages}");
    fs::write(folder.path().join("log.txt"), text).unwrap();
    copy("animals/cat-01-black.png", &folder.path().join("tree.png"));
    let server = Server::builder().library(folder.path()).start().await;
    let server = server.unwrap();
    let now = "2025-01-01T00:00:00Z".parse().unwrap();
    let search = async |question: &str| {
        let search = Search::of(&Interpretation::of(question, now));
        server.library().search(search).await.unwrap().hits
    };
    let quoted = search("the old cable tree").await.remove(0);
    assert_eq!(quoted.excerpt, "The old tree fell on a cable.");
    let hits = search("tree").await;
    assert_eq!(hits.len(), 2);
    for hit in hits {
        let quotes = hit.excerpt.contains("tree");
        assert_eq!(quotes, hit.item.kind == ItemKind::Document, "{hit:?}");
    }
}

#[tokio::test]
async fn a_message_of_thousands_of_words_is_only_long() {
    let server = Server::builder().start().await.unwrap();
    let client = Client::of(&server);
    let session = client.session().await;
    let words: Vec<String> = (0..1_600).map(|number| format!("w{number}")).collect();
    let (text, _) = client.ask(&session, &words.join(" ")).await;
    assert!(text.starts_with("I found nothing"), "{text}");
}
