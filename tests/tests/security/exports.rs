//! The name that a service gives an exported file stays within its folder.

use std::path::{Component, Path};

use contract_tests::{Reply, ScriptedServer, client_of};

use crate::SESSION;

/// Pieces from which names are drawn that somebody might try.
const PIECES: &[&str] = &[
    "..",
    "/",
    "\\",
    ".",
    "~",
    "C:",
    "%2e",
    "%2f",
    "%5c",
    "%00",
    "%0a",
    "a",
    "ä",
    ".md",
    "con",
    "NUL",
    "aux.txt",
    "lpt1",
    " ",
    "\"",
    "\\\"",
    ";",
    "'",
    "*",
    "?",
    "-rf",
    "\u{202e}",
    "filename=",
];

#[tokio::test]
async fn no_name_leaves_the_folder_it_is_put_in() {
    let mut random = fastrand::Rng::with_seed(8);
    let names: Vec<String> = (0..400)
        .map(|_| {
            let count = random.usize(1..6);
            (0..count)
                .map(|_| random.choice(PIECES).copied().unwrap())
                .collect()
        })
        .collect();
    let script = names.clone();
    let server = ScriptedServer::start(move |_, n| {
        let name = &script[n];
        let disposition = match n % 3 {
            0 => format!("attachment; filename=\"{name}\""),
            1 => format!("attachment; filename={name}"),
            _ => format!("attachment; filename*=UTF-8''{name}"),
        };
        Reply::new(200, &[("content-disposition", &disposition)], "x")
    })
    .await;
    let client = client_of(&server).0.build().unwrap();
    let folder = Path::new("exports");
    let mut named = 0;
    for name in &names {
        let export = client.chats().export_session(SESSION).await.unwrap();
        let Some(safe) = export.filename() else {
            continue;
        };
        named += 1;
        let mut parts = Path::new(safe).components();
        let only = matches!(parts.next(), Some(Component::Normal(_))) && parts.next().is_none();
        assert!(only, "{name:?} gives {safe:?}");
        assert_eq!(
            folder.join(safe).parent(),
            Some(folder),
            "{name:?} gives {safe:?}"
        );
        assert!(
            !safe.contains(['/', '\\', ':', '\0', '\n', '\r']),
            "{safe:?}"
        );
        assert!(
            !safe.starts_with('.') && !safe.ends_with(['.', ' ']),
            "{safe:?}"
        );
        // On one system these are devices, in every folder and with every ending.
        let stem = safe
            .split('.')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        assert!(
            !["con", "nul", "aux", "lpt1"].contains(&&*stem),
            "{name:?} gives {safe:?}"
        );
    }
    assert!(named > 200, "{named}");
}
