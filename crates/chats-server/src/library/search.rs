//! Full-text search in the index: BM25 over names, folders, captions and text.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, named_params, params};
use uuid::Uuid;

use super::index::{ITEM_COLUMNS, item_from_row};
use super::{Filters, Interpretation, Item, ItemKind};

/// How much a word counts in the columns of the index: item, page, name, folders, caption, text.
const RANK: &str = "bm25(passages, 0, 0, 4.0, 2.0, 6.0, 1.0)";

/// What to look for, and where.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Search {
    /// For each thing looked for, the words that count as it; none matches everything.
    pub groups: Vec<Vec<String>>,
    /// Whether one of the groups is enough; else each must match.
    pub any: bool,
    /// Which entries may match.
    pub filters: Filters,
    /// Only entries with these ids.
    pub only: Option<Vec<Uuid>>,
    /// How many hits to give at most.
    pub limit: i64,
    /// How many hits to pass over.
    pub offset: i64,
}

impl Search {
    /// Looks for what a question asks.
    #[must_use]
    pub fn of(interpretation: &Interpretation) -> Self {
        Self {
            groups: interpretation.groups.clone(),
            filters: interpretation.filters.clone(),
            limit: 50,
            ..Self::default()
        }
    }

    /// Only of one kind.
    #[must_use]
    pub fn kind(mut self, kind: ItemKind) -> Self {
        self.filters.kind = Some(kind);
        self
    }

    /// Only of these entries; `None` means of all.
    #[must_use]
    pub fn only(mut self, ids: Option<Vec<Uuid>>) -> Self {
        self.only = ids;
        self
    }

    /// With one group enough.
    #[must_use]
    pub fn any(mut self) -> Self {
        self.any = true;
        self
    }

    /// A part of the hits.
    #[must_use]
    pub fn page(mut self, limit: i64, offset: i64) -> Self {
        self.limit = limit;
        self.offset = offset;
        self
    }

    /// The FTS5 expression; every word is quoted, so no word can be an operator.
    fn expression(&self) -> String {
        let groups: Vec<String> = self
            .groups
            .iter()
            .map(|group| {
                let words: Vec<String> = group
                    .iter()
                    .map(|word| format!("\"{}\"", word.replace('"', "")))
                    .collect();
                format!("({})", words.join(" OR "))
            })
            .collect();
        groups.join(if self.any { " OR " } else { " AND " })
    }
}

/// An entry that matches.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Hit {
    /// The entry.
    pub item: Item,
    /// The page of a document that matches best.
    pub page: Option<u32>,
    /// How well it matches; larger is better, and 0 where no words were looked for.
    pub score: f64,
    /// The words around the match, of a document.
    pub excerpt: String,
}

/// Some hits, and how many there are in all.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Page {
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// How many entries match.
    pub total: i64,
    /// The score of the best of them all, on whichever page it is; 0 past the last page.
    pub best: f64,
}

pub(super) fn run(
    connection: &Connection,
    library: i64,
    search: &Search,
) -> rusqlite::Result<Page> {
    const WHERE: &str = "items.library_id = :library
        AND (:kind IS NULL OR items.kind = :kind)
        AND (:media IS NULL OR items.media_type IN (SELECT value FROM json_each(:media)))
        AND (:from IS NULL OR items.dated_at >= :from)
        AND (:until IS NULL OR items.dated_at < :until)
        AND (:only IS NULL OR items.item_id IN (SELECT value FROM json_each(:only)))";
    let filters = &search.filters;
    let media = (!filters.media_types.is_empty()).then(|| list(&filters.media_types));
    let only = search.only.as_ref().map(|ids| {
        let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        list(&ids)
    });
    // With words, passages match; without, every entry does, with the score 0.
    let matches = if search.groups.is_empty() {
        "SELECT id AS item, 0 AS page, 0.0 AS score, 0 AS passage FROM items WHERE :words IS NULL"
            .to_owned()
    } else {
        format!(
            "SELECT item, page, -{RANK} AS score, rowid AS passage
             FROM passages WHERE passages MATCH :words"
        )
    };
    let words = if search.groups.is_empty() {
        Value::Null
    } else {
        Value::from(search.expression())
    };
    let query = format!(
        "WITH matches AS MATERIALIZED ({matches})
         SELECT {ITEM_COLUMNS}, page, max(score) AS best, passage, count(*) OVER () AS total,
             max(max(score)) OVER () AS top
         FROM matches JOIN items ON items.id = matches.item
         WHERE {WHERE}
         GROUP BY items.id ORDER BY best DESC, items.path LIMIT :limit OFFSET :offset"
    );
    let mut page = Page::default();
    let mut statement = connection.prepare_cached(&query)?;
    let mut rows = statement.query(named_params! {
        ":library": library,
        ":kind": filters.kind.map(ItemKind::as_str),
        ":media": media,
        ":from": filters.from.map(crate::store::micros),
        ":until": filters.until.map(crate::store::micros),
        ":only": only,
        ":words": &words,
        ":limit": search.limit,
        ":offset": search.offset,
    })?;
    while let Some(row) = rows.next()? {
        let item = item_from_row(row)?;
        let number: u32 = row.get("page")?;
        page.total = row.get("total")?;
        page.best = row.get("top")?;
        let is_document = item.kind == ItemKind::Document;
        page.hits.push(Hit {
            page: is_document.then_some(number.max(1)),
            item,
            score: row.get("best")?,
            excerpt: if is_document && !search.groups.is_empty() {
                excerpt(connection, &words, row.get("passage")?)?
            } else {
                String::new()
            },
        });
    }
    drop(rows);
    if page.hits.is_empty() && search.offset > 0 {
        // Past the end no row is left to carry the total.
        let first = Search {
            offset: 0,
            limit: 1,
            ..search.clone()
        };
        page.total = run(connection, library, &first)?.total;
    }
    Ok(page)
}

/// The words around the match in a passage. Only for what is returned: on a page that
/// repeats a word, finding them takes time with the square of how often it does.
fn excerpt(connection: &Connection, words: &Value, passage: i64) -> rusqlite::Result<String> {
    let found = connection
        .prepare_cached(
            "SELECT snippet(passages, 5, '', '', '…', 24) FROM passages
             WHERE passages MATCH ?1 AND rowid = ?2",
        )?
        .query_row(params![words, passage], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or_default())
}

fn list(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}
