//! What each `/command` of a conversation does.

use std::path::PathBuf;

use chats::ImageId;

use super::slash::{self, HELP, Pick, Slash};
use super::{Conversation, Next};
use crate::chat_session::Talk;
use crate::commands::{Context, images, sessions};
use crate::counting::counted;
use crate::failure::{Failure, Result};
use crate::output;
use crate::profile;
use crate::terminal::safe_line;

/// How many sessions `/sessions` lists.
const LATEST: u32 = 10;
/// How many images `/images find` shows.
const FOUND: u32 = 20;

impl Conversation<'_> {
    /// Carries a `/command` out; Ctrl-C gives up on it.
    pub(super) async fn act(
        &mut self,
        context: &mut Context,
        talk: &mut Talk,
        command: Slash,
    ) -> Result<Next> {
        let mut interrupts = context.interrupts.clone();
        let next = tokio::select! {
            () = interrupts.next() => Err(Failure::Interrupted),
            next = self.carry_out(context, talk, command) => next,
        };
        // An interrupt that was handled here does not count a second time.
        context.interrupts = interrupts;
        next
    }

    async fn carry_out(
        &mut self,
        context: &Context,
        talk: &mut Talk,
        command: Slash,
    ) -> Result<Next> {
        match command {
            Slash::Quit => return Ok(Next::Leave),
            Slash::Help => output::line(HELP)?,
            Slash::Images => self.show_images(context)?,
            Slash::FindImages(words) => {
                let found = talk.chats.search_images(words).limit(FOUND).await?;
                self.images = found.items;
                self.show_images(context)?;
            }
            Slash::UseImages(picks) => self.use_images(talk, &picks).await?,
            Slash::AllImages | Slash::Mode { all: true } => mode(talk, true).await?,
            Slash::Mode { all: false } => mode(talk, false).await?,
            Slash::Documents(ids) => {
                let chosen = talk.chats.update_documents(talk.id, ids).await?;
                let count = chosen.selected_document_ids.len();
                output::line(match count {
                    0 => "Answers use all documents.".to_owned(),
                    _ => format!("{} selected.", counted(count, "document")),
                })?;
            }
            Slash::Rename(title) => {
                let renamed = talk.chats.rename_session(talk.id, title).await?;
                output::line(format!("Renamed to “{}”.", safe_line(&renamed.title)))?;
                talk.title = Some(renamed.title);
            }
            Slash::Export(file) => export(talk, file.as_deref()).await?,
            Slash::Sessions => {
                let list = talk.chats.list_sessions().limit(LATEST).await?;
                for line in sessions::table(context.terminal, &list.items) {
                    output::line(line)?;
                }
            }
            Slash::Switch(id) => {
                let detail = talk.chats.get_session(id).include_messages(false).await?;
                output::line(format!(
                    "Switched to “{}”.",
                    safe_line(&detail.session.title)
                ))?;
                talk.id = id;
                talk.title = Some(detail.session.title);
            }
        }
        Ok(Next::GoOn)
    }

    fn show_images(&self, context: &Context) -> Result<()> {
        if self.images.is_empty() {
            return Ok(output::line(
                "No images yet; ask for some, or use /images find WORDS.",
            )?);
        }
        for line in images::table(context.terminal, &self.images) {
            output::line(line)?;
        }
        Ok(())
    }

    async fn use_images(&self, talk: &Talk, picks: &[Pick]) -> Result<()> {
        let ids: Result<Vec<ImageId>> = picks.iter().map(|pick| self.image(pick)).collect();
        let chosen = talk.chats.update_images(talk.id, ids?).await?;
        talk.chats.update_mode(talk.id, false).await?;
        let count = counted(chosen.selected_image_ids.len(), "image");
        Ok(output::line(format!(
            "Answers now use only {count}; /images all goes back to all."
        ))?)
    }

    fn image(&self, pick: &Pick) -> Result<ImageId> {
        let number = match pick {
            Pick::Id(id) => return Ok(*id),
            Pick::Number(number) => *number,
        };
        let image = number.checked_sub(1).and_then(|at| self.images.get(at));
        let Some(image) = image else {
            return Err(Failure::usage(format!(
                "there is no image {number} in the last table; /images shows the table"
            )));
        };
        image.id().ok_or_else(|| {
            Failure::usage(format!(
                "image {number} cannot be selected: its id is not a UUID"
            ))
        })
    }
}

async fn mode(talk: &Talk, all: bool) -> Result<()> {
    let mode = talk.chats.update_mode(talk.id, all).await?;
    Ok(output::line(match (all, mode.selected_image_count) {
        (true, _) => "Answers use all images.".to_owned(),
        (false, Some(count)) => {
            let chosen = counted(count, "selected image");
            format!("Answers use only the {chosen}.")
        }
        (false, None) => "Answers use only the selected images.".to_owned(),
    })?)
}

async fn export(talk: &Talk, file: Option<&str>) -> Result<()> {
    let format = slash::format_of(file.unwrap_or_default());
    let export = talk.chats.export_session(talk.id).format(format).await?;
    let own = sessions::file_name(&export, talk.id, format);
    let file = file.unwrap_or(&own);
    let path = expanded(file);
    if path.exists() {
        return Err(Failure::usage(format!(
            "{file} already exists; /export NAME writes another file"
        )));
    }
    sessions::save(&path, export.bytes(), false)?;
    Ok(output::line(format!("Saved {}", safe_line(file)))?)
}

/// The file that is meant: no shell has replaced `~` here.
fn expanded(file: &str) -> PathBuf {
    let below_home = file.strip_prefix("~/").zip(profile::home());
    below_home.map_or_else(|| file.into(), |(rest, home)| home.join(rest))
}
