//! A conversation from beginning to end.
//!
//! Run it with `cargo run --example quickstart`: it starts a server of its own, with
//! a small library of pictures, or uses the service if `AIONVISION_API_KEY` is set.

mod connect;

use std::io::Write as _;

use chats::references::ReferenceResolver;
use chats::{ChatStream, ChatToken, Client, ExportFormat, Result};
use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let connection = connect::connect().await?;
    println!("Connected: {:?}", connection.client);
    converse(&connection.client).await?;
    connection.close().await;
    Ok(())
}

async fn converse(client: &Client) -> Result<()> {
    let chats = client.chats();
    let session = chats.session().title("Quickstart").open().await?;
    println!("Opened session {}.", session.session_id());

    let question = "Find damaged poles";
    println!("\n> {question}");
    print_answer(session.send_stream(question).await?).await?;

    let question = "Which of these is leaning?";
    println!("\n> {question}");
    let answer = session.send(question).await?;
    println!("{}", answer.resolved_content());

    println!("\nYour sessions:");
    for listed in chats.list_sessions().limit(5).await?.items {
        let messages = listed.total_messages.unwrap_or_default();
        println!("  {}  {messages} messages  {}", listed.id, listed.title);
    }

    let export = session.export().format(ExportFormat::Markdown).await?;
    let name = export.filename().unwrap_or("export.md");
    println!(
        "\nThe conversation as Markdown, {name}, {} bytes:",
        export.bytes().len()
    );
    for line in String::from_utf8_lossy(export.bytes()).lines().take(6) {
        println!("  | {line}");
    }

    let closed = session.close().await?;
    println!(
        "\nClosed session {} after {} messages.",
        closed.session_id,
        closed.total_messages.unwrap_or_default()
    );
    Ok(())
}

/// Prints an answer as it arrives, with its references resolved, and the images found.
async fn print_answer(mut stream: ChatStream) -> Result<()> {
    let mut resolver = ReferenceResolver::new();
    while let Some(token) = stream.try_next().await? {
        match &token {
            ChatToken::Token(text) => {
                print!("{}", resolver.push(text.content()));
                let _ = std::io::stdout().flush();
            }
            ChatToken::ImageResults(found) => {
                for image in &found.images {
                    let name = image.filename.as_deref().unwrap_or(&image.image_id);
                    println!(
                        "  [{name}]  {}",
                        image.description.as_deref().unwrap_or_default()
                    );
                }
            }
            _ => {}
        }
    }
    let answer = stream.finish().await?;
    println!("{}", resolver.finish(&answer.metadata));
    println!("({} images)", answer.images.len());
    Ok(())
}
