//! An answer as it is made: every kind of event, then only the text.
//!
//! Run it with `cargo run --example streaming`: it starts a server of its own, or uses the
//! service if `AIONVISION_API_KEY` is set.

mod connect;

use chats::ChatToken;
use chats::references::ReferenceResolver;
use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = connect::connect().await?;
    let chats = connection.client.chats();
    let session = chats.session().title("Streaming").open().await?;

    let mut stream = session
        .send_stream("Find damaged poles")
        .debug_reasoning(true)
        .await?;
    while let Some(token) = stream.try_next().await? {
        match &token {
            ChatToken::Token(text) => print!("{}", text.content()),
            ChatToken::ThinkingStep(step) => println!("(thinks) {:?}", step.reasoning),
            ChatToken::ToolInvocation(tool) => println!("(uses) {:?}", tool.tool_name),
            ChatToken::ImageResults(found) => println!("(found) {:?} images", found.count),
            // An event that this version does not know keeps its data.
            ChatToken::Unknown(event) => println!("(new) {} {}", event.name, token.data()),
            other => println!("({})", other.kind()),
        }
    }
    let answer = stream.finish().await?;
    println!("\n{} references", answer.references().len());

    // Only the text, for people: what it refers to is shown by its name.
    let mut text = session
        .send_stream("Which of these is broken?")
        .await?
        .text_deltas();
    let mut resolver = ReferenceResolver::new();
    while let Some(piece) = text.try_next().await? {
        print!("{}", resolver.push(&piece));
    }
    let answer = text.finish().await?;
    println!("{}", resolver.finish(&answer.metadata));

    session.close().await?;
    connection.close().await;
    Ok(())
}
