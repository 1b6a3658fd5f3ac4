//! A conversation about a selection of images.
//!
//! Run it with `cargo run --example selected_images`: it starts a server of its own, or uses the
//! service if `AIONVISION_API_KEY` is set.

mod connect;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = connect::connect().await?;
    let chats = connection.client.chats();

    let found = chats.search_images("broken pole").limit(3).await?;
    println!("{} of {} results", found.items.len(), found.total);
    // Image ids in replies are plain text: `id` gives the UUID, if it is one.
    let ids: Vec<_> = found
        .items
        .iter()
        .filter_map(chats::ImageReference::id)
        .collect();

    let Some(first) = ids.first() else {
        println!("No image was found; there is nothing to select.");
        connection.close().await;
        return Ok(());
    };

    let session = chats
        .session()
        .title("Selected images")
        .image_ids([first])
        .use_all_images(false)
        .open()
        .await?;
    let selection = session.update_images(&ids).await?;
    println!("{} images selected", selection.selected_image_ids.len());
    let answer = session
        .send("Which of these are broken?")
        .expected_image_ids(&ids)
        .await?;
    println!("{}", answer.resolved_content());
    let mode = session.update_mode(true).await?;
    println!("all images again: {:?}", mode.use_all_images);

    session.close().await?;
    connection.close().await;
    Ok(())
}
