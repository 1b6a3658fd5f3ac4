//! What errors say, and what to do about them.
//!
//! Run it with `cargo run --example errors`: it starts a server of its own, or uses the
//! service if `AIONVISION_API_KEY` is set.

mod connect;

use std::collections::HashSet;
use std::time::Duration;

use chats::{Error, ErrorKind, Role, SessionId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = connect::connect().await?;
    let chats = connection.client.chats();

    // Found before anything was sent.
    let session = chats.create_session().title("Errors").await?;
    if let Err(error) = chats.send(session.id, "").await {
        println!("{error}");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Validation, 0));
    }

    // Reported by the service.
    let unknown: SessionId = "00000000-0000-0000-0000-000000000001".parse()?;
    if let Err(error) = chats.get_session(unknown).await {
        println!("{error}");
        println!(
            "request {:?}, body {:?}",
            error.request_id(),
            error.body().map(<[u8]>::len)
        );
    }

    // A message whose outcome is unknown is not sent again: the history tells.
    match send_once(&chats, session.id, "Find damaged poles").await {
        Ok(()) => println!("sent"),
        Err(error) => println!("{error}"),
    }

    chats.close_session(session.id).await?;
    connection.close().await;
    Ok(())
}

/// Sends a message; if it is not known whether it arrived, looks at the history. What was
/// there before does not count, even if it has the same words.
async fn send_once(chats: &chats::ChatResource, id: SessionId, text: &str) -> Result<(), Error> {
    let before = chats.get_messages(id).await?;
    let known: HashSet<_> = before.into_iter().map(|message| message.id).collect();
    match chats.send(id, text).timeout(Duration::from_secs(60)).await {
        Ok(_) => Ok(()),
        Err(error) if error.outcome_unknown() => {
            let messages = chats.get_messages(id).await?;
            let arrived = messages.iter().any(|message| {
                message.role == Role::User
                    && message.content == text
                    && !known.contains(&message.id)
            });
            if arrived { Ok(()) } else { Err(error) }
        }
        Err(error) => Err(error),
    }
}
