//! Whatever an id or a header holds, the request is the one that was asked for.

use chats::{ErrorKind, PlanId, SessionId};
use contract_tests::{Reply, ScriptedServer, client_of};

use crate::{LIST, SESSION};

const NASTY: &[&str] = &[
    "",
    ".",
    "..",
    "../..",
    "a/b",
    "/",
    "//",
    "a\\b",
    "..\\..",
    "%2e%2e",
    "%2F",
    "..%2f",
    "a?b=c",
    "a#b",
    "a;b",
    "a b",
    "a%00b",
    "a\0b",
    "a\r\nX-Evil: 1",
    "ä",
    "漢字",
    "🪵",
    "@evil.example",
    "https://evil.example",
    ":9",
    "&",
    "+",
    "a%",
    "%",
    "approve",
    "\u{202e}",
    "\t",
];

#[tokio::test]
async fn a_plans_id_stays_one_segment_of_the_path() {
    let server = ScriptedServer::start(|_, _| {
        Reply::json(
            200,
            r#"{"success":true,"plan_id":"p","message":"","action_taken":"approve"}"#,
        )
    })
    .await;
    let client = client_of(&server).0.max_retries(0).build().unwrap();
    let mut refused = 0;
    for id in NASTY {
        let before = server.requests().len();
        match client.chats().approve_plan(SESSION, *id).await {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Validation, "{id:?}: {error}");
                assert_eq!(server.requests().len(), before, "{id:?}: nothing is sent");
                refused += 1;
            }
        }
    }
    assert!(refused >= 4 && server.requests().len() >= 15);
    for request in server.requests() {
        let segments: Vec<_> = request.target.split('/').collect();
        let session = SESSION.to_string();
        let [.., "sessions", in_session, "plans", id, "action"] = segments[..] else {
            panic!("{}", request.target);
        };
        assert_eq!(in_session, session);
        assert_eq!(segments.len(), 9, "{}", request.target);
        assert!(
            id != "." && id != ".." && !id.contains(['?', '#', '\\']),
            "{id}"
        );
        assert_eq!(request.header("x-evil"), None);
        assert!(request.header("host").unwrap().starts_with("127.0.0.1:"));
    }
}

#[test]
fn a_sessions_id_is_a_uuid_or_none() {
    for id in NASTY {
        assert!(id.parse::<SessionId>().is_err(), "{id:?}");
    }
    for id in [".", "..", ""] {
        assert!(PlanId::try_from(id).is_err(), "{id:?}");
    }
}

#[tokio::test]
async fn a_query_stays_a_query() {
    let server = ScriptedServer::start(|_, _| Reply::json(200, LIST)).await;
    let client = client_of(&server).0.build().unwrap();
    for text in NASTY.iter().filter(|text| !text.is_empty()) {
        let _ = client.chats().list_sessions().search(*text).limit(5).await;
    }
    assert!(server.requests().len() >= 25);
    for request in server.requests() {
        let (path, query) = request.target.split_once('?').unwrap();
        assert_eq!(path, "/api/v2/chat/sessions");
        let searches = query.split('&').filter(|pair| pair.starts_with("search="));
        assert_eq!(searches.count(), 1, "{query}");
        let limits = query.split('&').filter(|pair| pair.starts_with("limit="));
        assert_eq!(limits.collect::<Vec<_>>(), ["limit=5"], "{query}");
        assert_eq!(request.header("x-evil"), None);
    }
}

#[tokio::test]
async fn no_setting_smuggles_a_header_in() {
    for evil in ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1", "a\0b"] {
        let server = ScriptedServer::start(|_, _| Reply::json(200, LIST)).await;
        let builders = [
            client_of(&server).0.tenant_id(evil),
            client_of(&server).0.user_agent(evil),
            client_of(&server)
                .0
                .api_key(format!("{}{evil}", contract_tests::KEY)),
        ];
        for builder in builders {
            assert_eq!(
                builder.build().unwrap_err().kind(),
                ErrorKind::Config,
                "{evil:?}"
            );
        }
        let client = client_of(&server).0.build().unwrap();
        for (name, value) in [("X-Own", evil), (evil, "1")] {
            let call = client.chats().list_sessions().header(name, value);
            assert_eq!(
                call.await.unwrap_err().kind(),
                ErrorKind::Validation,
                "{evil:?}"
            );
        }
        let image = client
            .chats()
            .send(SESSION, evil)
            .expected_image_ids([evil]);
        let _ = image.await;
        assert!(
            server
                .requests()
                .iter()
                .all(|r| r.header("x-evil").is_none())
        );
    }
}
