//! A conversation as a file, under the name that the service gives it.
//!
//! Run it with `cargo run --example export`: it starts a server of its own, or uses the
//! service if `AIONVISION_API_KEY` is set.

mod connect;

use chats::ExportFormat;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = connect::connect().await?;
    let session = connection
        .client
        .chats()
        .session()
        .title("Export")
        .open()
        .await?;
    session.send("Find burnt poles").await?;
    let folder = tempfile::tempdir()?; // removed at the end

    for format in [
        ExportFormat::Markdown,
        ExportFormat::Text,
        ExportFormat::Json,
    ] {
        let export = session
            .export()
            .format(format)
            .include_metadata(true)
            .await?;
        // The name is a bare file name, whatever the service sent.
        let name = export.filename().unwrap_or("conversation");
        let file = folder.path().join(name);
        std::fs::write(&file, export.bytes())?;
        println!(
            "{format}: {} bytes of {:?}",
            export.bytes().len(),
            export.content_type()
        );
    }

    session.close().await?;
    connection.close().await;
    Ok(())
}
