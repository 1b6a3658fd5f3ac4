//! `chats images`.

use chats::{ImageId, ImageReference};
use serde_json::json;

use crate::args::{ImagesCommand, ListImages, SearchImages};
use crate::commands::Context;
use crate::counting::counted;
use crate::failure::Result;
use crate::markdown::url;
use crate::output;
use crate::table::{Cell, Table};
use crate::terminal::{Terminal, safe_line};
use crate::whole_list;

pub(crate) async fn run(context: &Context, command: ImagesCommand) -> Result<()> {
    match command {
        ImagesCommand::List(args) => list(context, args).await,
        ImagesCommand::Search(args) => search(context, args).await,
    }
}

async fn list(context: &Context, args: ListImages) -> Result<()> {
    if args.all {
        return list_all(context).await;
    }
    let images = context
        .chats()
        .get_all_images()
        .limit(args.limit)
        .offset(args.offset)
        .await?;
    if context.json {
        return Ok(output::json(&images)?);
    }
    if images.image_ids.is_empty() && images.total_count > 0 {
        output::remark(past_the_end(images.total_count));
        return Ok(());
    }
    print_ids(&images.image_ids)?;
    if images.has_more {
        let next = args.offset + images.image_ids.len() as u64;
        let total = counted(images.total_count, "image");
        output::remark(format!("{total}; use --offset {next} for more, or --all"));
    }
    Ok(())
}

async fn list_all(context: &Context) -> Result<()> {
    let pager = context.chats().iter_images().page_size(5000);
    let ids = whole_list::read(pager, context.terminal, "Reading the images", "image").await?;
    if context.json {
        let list = json!({"total_count": ids.len(), "image_ids": ids, "has_more": false});
        return Ok(output::json(&list)?);
    }
    print_ids(&ids)
}

fn print_ids(ids: &[ImageId]) -> Result<()> {
    if ids.is_empty() {
        output::remark("There are no images.");
        return Ok(());
    }
    let lines: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Ok(output::line(lines.join("\n"))?)
}

async fn search(context: &Context, args: SearchImages) -> Result<()> {
    if args.all {
        return search_all(context, args.query).await;
    }
    let call = context.chats().search_images(args.query);
    let found = call.limit(args.limit).offset(args.offset).await?;
    if context.json {
        return Ok(output::json(&found)?);
    }
    if found.items.is_empty() && found.total > 0 {
        output::remark(past_the_end(found.total));
        return Ok(());
    }
    print_found(context.terminal, &found.items)?;
    let shown = args.offset + found.items.len() as u64;
    if found.total > 0 && shown < found.total.unsigned_abs() {
        let total = counted(found.total, "image");
        output::remark(format!("{total}; use --offset {shown} for more, or --all"));
    }
    Ok(())
}

async fn search_all(context: &Context, query: String) -> Result<()> {
    let pager = context.chats().iter_search_images(query).page_size(100);
    let images = whole_list::read(pager, context.terminal, "Searching", "image").await?;
    if context.json {
        let found = json!({"total": images.len(), "items": images});
        return Ok(output::json(&found)?);
    }
    print_found(context.terminal, &images)
}

fn print_found(terminal: Terminal, images: &[ImageReference]) -> Result<()> {
    if images.is_empty() {
        output::remark("No matching images; try other words.");
        return Ok(());
    }
    for line in table(terminal, images) {
        output::line(line)?;
    }
    Ok(())
}

fn past_the_end(total: i64) -> String {
    let total = counted(total, "image");
    format!("The list ends before that, after {total}; use a smaller --offset.")
}

/// Images as a table. If links cannot be followed, their addresses are written out: in
/// a column of their own if there is room for it, as in a pipe, else below.
pub(crate) fn table(terminal: Terminal, images: &[ImageReference]) -> Vec<String> {
    let column = !terminal.links && !terminal.rich;
    let mut table = if column {
        Table::list(["#", "Image", "Confidence", "About", "Address"])
    } else {
        Table::list(["#", "Image", "Confidence", "About"])
    };
    for kept in [0, 1, 2, 4] {
        table.keep_whole(kept);
    }
    for (number, image) in (1..).zip(images) {
        let name = image
            .filename
            .as_ref()
            .or(image.title.as_ref())
            .unwrap_or(&image.image_id);
        let address = url(image);
        let sure = image.confidence.or(image.relevance_score);
        let about = image.description.as_deref().or(image.title.as_deref());
        let mut cells = vec![
            number.to_string().into(),
            Cell::link(name, address),
            sure.map(percent).unwrap_or_default().into(),
            about.unwrap_or_default().into(),
        ];
        if column {
            cells.push(address.unwrap_or_default().into());
        }
        table.row(cells);
    }
    let mut lines = table.lines(terminal);
    if !terminal.links && !column {
        let told = (1..)
            .zip(images)
            .filter_map(|(number, image)| Some(format!("{number}  {}", safe_line(url(image)?))));
        lines.extend(told.map(|line| terminal.dim(&line)));
    }
    lines
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share.clamp(0.0, 1.0) * 100.0)
}
