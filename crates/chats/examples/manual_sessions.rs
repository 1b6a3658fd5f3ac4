//! Sessions by hand: created, read, renamed and closed one call at a time.
//!
//! Run it with `cargo run --example manual_sessions`: it starts a server of its own, or uses the
//! service if `AIONVISION_API_KEY` is set.

mod connect;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = connect::connect().await?;
    let chats = connection.client.chats();

    let session = chats.create_session().title("By hand").await?;
    chats.send(session.id, "Find leaning poles").await?;
    chats.rename_session(session.id, "Leaning poles").await?;

    let detail = chats.get_session(session.id).message_limit(10).await?;
    println!(
        "{}: {} messages",
        detail.session.title,
        detail.messages.len()
    );
    for message in &detail.messages {
        println!("{}: {}", message.role, message.resolved_content());
    }

    let closed = chats.close_session(session.id).await?;
    println!("closed at {:?}", closed.closed_at);
    connection.close().await;
    Ok(())
}
