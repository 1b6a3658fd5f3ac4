//! Long lists: item by item, page by page, and with pages read ahead.
//!
//! Run it with `cargo run --example paging`: it starts a server of its own, or uses the
//! service if `AIONVISION_API_KEY` is set.

mod connect;

use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = connect::connect().await?;
    let chats = connection.client.chats();
    let mut created = Vec::new();
    for n in 1..=5 {
        let session = chats.create_session().title(format!("Session {n}")).await?;
        created.push(session.id);
    }

    let mut sessions = chats.iter_sessions().page_size(2).active_only(true);
    while let Some(session) = sessions.try_next().await? {
        println!("{} (of {:?})", session.title, sessions.total_hint());
    }

    let mut pages = chats.iter_images().page_size(5).prefetch(1).pages();
    while let Some(page) = pages.try_next().await? {
        println!("{} images from {} on", page.items.len(), page.offset);
    }

    for id in created {
        chats.close_session(id).await?;
    }
    connection.close().await;
    Ok(())
}
