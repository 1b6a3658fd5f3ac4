//! One question, one answer, in a session that closes itself.
//!
//! Run it with `cargo run --example basic`: it starts a server of its own, or uses the
//! service if `AIONVISION_API_KEY` is set.

mod connect;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = connect::connect().await?;
    let chats = connection.client.chats();

    let answer = chats
        .session()
        .title("Basic")
        .with(async |session| session.send("Find cracked insulators").await)
        .await?;
    println!("{}", answer.resolved_content());
    for image in &answer.images {
        println!("- {} {:?}", image.image_id, image.filename);
    }

    connection.close().await;
    Ok(())
}
