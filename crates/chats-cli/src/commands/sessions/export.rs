//! `chats sessions export`: conversations as files. No file is overwritten unless
//! that was asked for.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;

use chats::{Export, ExportFormat, SessionId};
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::list::read_all;
use crate::args::ExportArgs;
use crate::commands::Context;
use crate::counting::counted;
use crate::failure::{self, Exit, Failure, Result};
use crate::output;
use crate::progress::Progress;
use crate::sentence;
use crate::terminal::{safe_line, safe_text};
use crate::whole_file;

/// How many sessions are read at the same time: enough that the network's delay is spent
/// once for several, and few for a service that counts requests.
const AT_ONCE: usize = 4;

pub(crate) async fn run(context: &Context, args: ExportArgs) -> Result<()> {
    match args.session {
        Some(id) => one(context, &args, id).await,
        None => all(context, &args).await,
    }
}

async fn read(context: &Context, args: &ExportArgs, id: SessionId) -> Result<Export, chats::Error> {
    let call = context.chats().export_session(id);
    call.format(args.format.into())
        .include_metadata(args.metadata)
        .await
}

async fn one(context: &Context, args: &ExportArgs, id: SessionId) -> Result<()> {
    let target = match &args.output {
        Some(file) if file.as_os_str() == "-" => None,
        Some(file) => Some(Target::File(file.clone())),
        None if args.dir.is_some() || context.terminal.rich => Some(Target::Folder(folder(args)?)),
        // A pipe gets the text itself.
        None => None,
    };
    let export = read(context, args, id).await?;
    let Some(target) = target else {
        return print(context, id, &export);
    };
    let file = match target {
        Target::File(file) => file,
        Target::Folder(folder) => folder.join(file_name(&export, id, args.format.into())),
    };
    save(&file, export.bytes(), args.force)?;
    if context.json {
        return Ok(output::json(&json!({
            "session_id": id,
            "file": file.to_string_lossy(),
            "content_type": export.content_type(),
            "bytes": export.bytes().len(),
        }))?);
    }
    let shown = safe_line(&file.display().to_string());
    Ok(output::line(format!("Saved {shown}"))?)
}

enum Target {
    File(PathBuf),
    Folder(PathBuf),
}

fn print(context: &Context, id: SessionId, export: &Export) -> Result<()> {
    if context.json {
        return Ok(output::json(&json!({
            "session_id": id,
            "filename": export.filename(),
            "content_type": export.content_type(),
            "content": String::from_utf8_lossy(export.bytes()),
        }))?);
    }
    if console::Term::stdout().is_term() {
        // Nothing that the service sends may steer the terminal.
        return Ok(output::raw(safe_text(&String::from_utf8_lossy(
            export.bytes(),
        )))?);
    }
    Ok(output::raw(export.bytes())?)
}

/// The folder to write to, made if need be.
fn folder(args: &ExportArgs) -> Result<PathBuf> {
    let folder = args.dir.clone().unwrap_or_default();
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(&folder)
            .map_err(|error| Failure::local(format_args!("create {}", folder.display()), &error))?;
    }
    Ok(folder)
}

/// The name that the service gave, else one that says which session it is.
pub(crate) fn file_name(export: &Export, id: SessionId, format: ExportFormat) -> String {
    let extension = match format {
        ExportFormat::Json => "json",
        ExportFormat::Text => "txt",
        _ => "md",
    };
    match export.filename() {
        Some(name) => name.to_owned(),
        None => format!("{id}.{extension}"),
    }
}

/// Writes a file that does not exist yet, or any file with `force`.
pub(crate) fn save(file: &Path, bytes: &[u8], force: bool) -> Result<()> {
    let there = fs::metadata(file).ok();
    if there.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(Failure::usage(format!(
            "{} is a folder; --dir writes into one",
            file.display()
        )));
    }
    let written = if there.is_some_and(|there| !there.is_file()) {
        // Writing to a terminal, a pipe or /dev/null overwrites nothing.
        let out = fs::OpenOptions::new().append(true).open(file);
        out.and_then(|mut out| out.write_all(bytes))
    } else if force {
        whole_file::replace(file, bytes)
    } else {
        whole_file::create(file, bytes)
    };
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::usage(format!(
            "{} already exists; use --force to overwrite it, or choose another file or folder",
            file.display()
        )),
        _ => Failure::local(format_args!("write {}", file.display()), &error),
    })
}

/// Every session into a folder, reported in the order of the list. One that fails does not
/// keep the others back.
async fn all(context: &Context, args: &ExportArgs) -> Result<()> {
    let folder = folder(args)?;
    let sessions = read_all(context, context.chats().iter_sessions()).await?;
    let progress = Progress::bar(context.terminal, "Exporting");
    progress.of(Some(sessions.len() as u64));
    let mut saved = Vec::new();
    let mut worst: Option<Exit> = None;
    let exports = stream::iter(&sessions)
        .map(|session| async { (session.id, read(context, args, session.id).await) })
        .buffered(AT_ONCE);
    let mut exports = pin!(exports);
    while let Some((id, export)) = exports.next().await {
        let written = match export {
            Ok(export) => save_one(&folder, &export, id, args),
            Err(error) => {
                let sentence = sentence::whole(&error);
                Err(Failure::Told(failure::exit(&error), sentence))
            }
        };
        match written {
            Ok(file) => saved.push((id, file)),
            Err(Failure::Told(exit, sentence)) => {
                output::complain(&format!("{id}: {sentence}"));
                worst.get_or_insert(exit);
            }
            Err(failure) => return Err(failure),
        }
        progress.step();
    }
    drop(progress);
    if context.json {
        let saved = saved
            .iter()
            .map(|(id, file)| json!({"session_id": id, "file": file.to_string_lossy()}));
        output::json(&saved.collect::<Vec<_>>())?;
    } else {
        let place = if folder.as_os_str().is_empty() {
            "the current folder".to_owned()
        } else {
            safe_line(&folder.display().to_string())
        };
        let (saved, all) = (saved.len(), counted(sessions.len(), "session"));
        output::line(format!("Saved {saved} of {all} in {place}"))?;
    }
    worst.map_or(Ok(()), |exit| Err(Failure::Shown(exit)))
}

/// Sessions may share a title, and so a file name; the id in it distinguishes them.
fn save_one(folder: &Path, export: &Export, id: SessionId, args: &ExportArgs) -> Result<PathBuf> {
    let name = file_name(export, id, args.format.into());
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let stem = if stem.contains(&id.to_string()) {
        stem.to_owned()
    } else {
        format!("{stem}-{id}")
    };
    let file = if extension.is_empty() {
        stem
    } else {
        format!("{stem}.{extension}")
    };
    let file = folder.join(file);
    save(&file, export.bytes(), args.force)?;
    Ok(file)
}
