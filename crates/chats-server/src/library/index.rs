//! The index: what the database knows of the library's files, kept in step with
//! the files. Only files that changed are read again.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use uuid::Uuid;

use super::source::{Found, Source};
use super::{Item, ItemKind, LibraryError, LibraryProblem, image_metadata, pages};
use crate::store::{Store, StoreError, micros, stored_uuid, time};

/// Ids are made from paths in this name space.
const NAMESPACE: Uuid = Uuid::from_u128(0x6b1f_42f4_6f1c_4f0e_9a53_0e2d_5c1b_7a90);

/// How many characters of a document's first line its title keeps.
const LONGEST_TITLE: usize = 120;

/// A file that was read and is ready to be stored.
struct Entry {
    item: Item,
    fingerprint: String,
    /// Text per page; one page without number for an image.
    passages: Vec<(u32, String)>,
}

pub(super) fn library_id(transaction: &Transaction<'_>, root: &str) -> rusqlite::Result<i64> {
    transaction.execute("INSERT OR IGNORE INTO libraries (root) VALUES (?1)", [root])?;
    transaction.query_row("SELECT id FROM libraries WHERE root = ?1", [root], |row| {
        row.get(0)
    })
}

/// Updates the index, and returns the files that could not be read, and how long it took
/// without what the next update need not do again: reading and storing what has changed.
pub(super) async fn update(
    store: &Store,
    source: &Source,
    library: i64,
) -> Result<(Vec<LibraryProblem>, Duration), LibraryError> {
    let began = Instant::now();
    let known = store
        .read(move |connection| Ok::<_, StoreError>(fingerprints(connection, library)?))
        .await?;
    let source = source.clone();
    let compared = tokio::task::spawn_blocking(move || compare(&source, known))
        .await
        .map_err(LibraryError::new)?;
    let took = began.elapsed().saturating_sub(compared.reading);
    let Compared {
        entries,
        gone,
        problems,
        ..
    } = compared;
    if !entries.is_empty() || !gone.is_empty() {
        store
            .write::<_, LibraryError>(move |transaction| {
                for id in &gone {
                    remove(transaction, library, id)?;
                }
                for entry in &entries {
                    remove(transaction, library, &entry.item.id.to_string())?;
                    insert(transaction, library, entry)?;
                }
                Ok(())
            })
            .await?;
    }
    Ok((problems, took))
}

/// How the files differ from what the index knows.
struct Compared {
    entries: Vec<Entry>,
    /// The ids of what is gone or unreadable.
    gone: Vec<String>,
    problems: Vec<LibraryProblem>,
    /// How long it took to read the entries.
    reading: Duration,
}

fn fingerprints(
    connection: &Connection,
    library: i64,
) -> rusqlite::Result<HashMap<String, String>> {
    connection
        .prepare_cached("SELECT item_id, fingerprint FROM items WHERE library_id = ?1")?
        .query_map([library], |row| {
            Ok((row.get("item_id")?, row.get("fingerprint")?))
        })?
        .collect()
}

/// Reads what is new or changed; ids left in `known` are gone or unreadable.
fn compare(source: &Source, mut known: HashMap<String, String>) -> Compared {
    let (found, mut problems) = source.list();
    let mut entries = Vec::new();
    let mut reading = Duration::ZERO;
    for file in found {
        let id = Uuid::new_v5(&NAMESPACE, file.path.as_bytes());
        let key = id.to_string();
        if known.get(&key) == Some(&file.fingerprint) {
            known.remove(&key);
            continue;
        }
        let began = Instant::now();
        match read(source, &file, id) {
            Ok(entry) => {
                known.remove(&key);
                entries.push(entry);
                reading += began.elapsed();
            }
            // Read again at every look, so the time counts.
            Err(reason) => problems.push(LibraryProblem {
                path: file.path,
                reason,
            }),
        }
    }
    Compared {
        entries,
        gone: known.into_keys().collect(),
        problems,
        reading,
    }
}

fn read(source: &Source, file: &Found, id: Uuid) -> Result<Entry, String> {
    let bytes = source.read(&file.path).map_err(|error| error.to_string())?;
    let name = file
        .path
        .rsplit('/')
        .next()
        .unwrap_or(&file.path)
        .to_owned();
    let tags = file.path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let mut item = Item {
        id,
        kind: file.kind,
        path: file.path.clone(),
        name,
        media_type: String::new(),
        size: file.size,
        width: None,
        height: None,
        caption: None,
        tags: tags[..tags.len() - 1].to_vec(),
        dated_at: file.modified,
        pages: 0,
    };
    let passages = match file.kind {
        ItemKind::Image => {
            let facts = image_metadata::read(&bytes)?;
            item.media_type = facts.media_type.to_owned();
            item.width = Some(facts.width);
            item.height = Some(facts.height);
            item.dated_at = facts.taken_at.unwrap_or(item.dated_at);
            item.caption = match &file.caption_path {
                Some(path) => Some(caption(source, path)?),
                None => facts.description,
            };
            vec![(0, facts.details.join("\n"))]
        }
        ItemKind::Document => {
            let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
            let text = text.trim_start_matches('\u{feff}');
            let is_plain = file.path.to_ascii_lowercase().ends_with("txt");
            item.media_type = if is_plain {
                "text/plain"
            } else {
                "text/markdown"
            }
            .to_owned();
            item.caption = title(text);
            let pages = pages::split(text);
            item.pages = u32::try_from(pages.len()).unwrap_or(u32::MAX);
            (1..).zip(pages).collect()
        }
    };
    Ok(Entry {
        item,
        fingerprint: file.fingerprint.clone(),
        passages,
    })
}

/// The first line of a document that says something, without its Markdown marks.
fn title(text: &str) -> Option<String> {
    text.split(['\n', '\u{c}'])
        .map(|line| line.trim_start_matches('#').trim())
        .find(|line| !line.is_empty())
        .map(|line| line.chars().take(LONGEST_TITLE).collect())
}

fn caption(source: &Source, path: &str) -> Result<String, String> {
    let bytes = source
        .read(path)
        .map_err(|error| format!("its caption: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "its caption is not UTF-8 text".to_owned())?;
    Ok(text.trim().to_owned())
}

fn remove(transaction: &Transaction<'_>, library: i64, item_id: &str) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM items WHERE library_id = ?1 AND item_id = ?2")?
        .execute(params![library, item_id])?;
    Ok(())
}

fn insert(transaction: &Transaction<'_>, library: i64, entry: &Entry) -> rusqlite::Result<()> {
    let item = &entry.item;
    transaction
        .prepare_cached(
            "INSERT INTO items (library_id, item_id, kind, path, fingerprint, name, media_type, size, width, height,
                 caption, tags, dated_at, pages)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            library,
            item.id.to_string(),
            item.kind.as_str(),
            item.path,
            entry.fingerprint,
            item.name,
            item.media_type,
            i64::try_from(item.size).unwrap_or(i64::MAX),
            item.width,
            item.height,
            item.caption,
            item.tags.join("/"),
            micros(item.dated_at),
            item.pages,
        ])?;
    let row = transaction.last_insert_rowid();
    for (page, text) in &entry.passages {
        transaction
            .prepare_cached(
                "INSERT INTO passages (item, page, name, tags, caption, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![row, page, item.name, item.tags.join(" "), item.caption, text])?;
        transaction
            .prepare_cached("INSERT INTO passages_of (item, passage) VALUES (?1, ?2)")?
            .execute(params![row, transaction.last_insert_rowid()])?;
    }
    Ok(())
}

/// The columns that [`item_from_row`] reads.
pub(super) const ITEM_COLUMNS: &str = "items.item_id, items.kind, items.path, items.name, items.media_type, \
    items.size, items.width, items.height, items.caption, items.tags, items.dated_at, items.pages";

pub(super) fn item_from_row(row: &Row<'_>) -> rusqlite::Result<Item> {
    let kind: String = row.get("kind")?;
    let tags: String = row.get("tags")?;
    Ok(Item {
        id: stored_uuid(row, "item_id")?,
        kind: if kind == "image" {
            ItemKind::Image
        } else {
            ItemKind::Document
        },
        path: row.get("path")?,
        name: row.get("name")?,
        media_type: row.get("media_type")?,
        size: row.get::<_, i64>("size")?.unsigned_abs(),
        width: row.get("width")?,
        height: row.get("height")?,
        caption: row.get("caption")?,
        tags: tags
            .split('/')
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect(),
        dated_at: time(row.get("dated_at")?),
        pages: row.get("pages")?,
    })
}

pub(super) fn items(
    connection: &Connection,
    library: i64,
    ids: &[Uuid],
) -> rusqlite::Result<Vec<Item>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {ITEM_COLUMNS} FROM items WHERE library_id = ?1 AND item_id = ?2"
    ))?;
    let mut items = Vec::new();
    for id in ids {
        items.extend(
            query
                .query_row(params![library, id.to_string()], item_from_row)
                .optional()?,
        );
    }
    Ok(items)
}

pub(super) fn count_images(connection: &Connection, library: i64) -> rusqlite::Result<i64> {
    connection.query_row(
        "SELECT count(*) FROM items WHERE library_id = ?1 AND kind = 'image'",
        [library],
        |row| row.get(0),
    )
}

pub(super) fn image_ids(
    connection: &Connection,
    library: i64,
    limit: i64,
    offset: i64,
) -> rusqlite::Result<(Vec<Uuid>, i64)> {
    let total = count_images(connection, library)?;
    let ids = connection
        .prepare_cached(
            "SELECT item_id FROM items WHERE library_id = ?1 AND kind = 'image' ORDER BY path LIMIT ?2 OFFSET ?3",
        )?
        .query_map(params![library, limit, offset], |row| stored_uuid(row, "item_id"))?
        .collect::<rusqlite::Result<_>>()?;
    Ok((ids, total))
}
