//! The library: images and documents in a folder (or the bundled sample),
//! indexed for full-text search. Answers are not composed here.

mod dates;
mod image_metadata;
mod index;
mod language;
mod links;
mod pages;
mod sample;
mod search;
mod source;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::Connection;
use uuid::Uuid;

pub(crate) use language::words;
pub use language::{Filters, Interpretation};
pub(crate) use links::{Links, Variant};
pub use search::{Hit, Page, Search};
pub(crate) use source::Source;

use crate::store::{Store, StoreError};

/// What an entry of the library is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ItemKind {
    /// A picture: PNG, JPEG, WebP or GIF.
    Image,
    /// A text: TXT or MD.
    Document,
}

impl ItemKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Document => "document",
        }
    }
}

/// An entry of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item {
    /// Made from the path, so it stays the same as long as the file keeps its place.
    pub id: Uuid,
    /// Image or document.
    pub kind: ItemKind,
    /// Where the file is, below the library's folder, with `/` between the parts.
    pub path: String,
    /// The file's name.
    pub name: String,
    /// The media type, such as `image/png`.
    pub media_type: String,
    /// The file's size in bytes.
    pub size: u64,
    /// Width in pixels, of an image.
    pub width: Option<u32>,
    /// Height in pixels, of an image.
    pub height: Option<u32>,
    /// What the caption file beside an image, or the image itself, says it shows;
    /// the first line of a document.
    pub caption: Option<String>,
    /// The names of the folders it is in.
    pub tags: Vec<String>,
    /// When the picture was taken, if it says so, else when the file was changed.
    pub dated_at: Timestamp,
    /// How many pages a document has; 0 for an image.
    pub pages: u32,
}

impl Item {
    /// The caption, or the name in words where nobody wrote one.
    #[must_use]
    pub fn description(&self) -> String {
        self.caption.clone().unwrap_or_else(|| {
            let stem = self
                .name
                .rsplit_once('.')
                .map_or(self.name.as_str(), |(stem, _)| stem);
            stem.replace(['-', '_'], " ")
        })
    }
}

/// A file that could not be taken in, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LibraryProblem {
    /// The file, below the library's folder.
    pub path: String,
    /// What went wrong.
    pub reason: String,
}

/// The library could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the library cannot be read")]
pub struct LibraryError {
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl LibraryError {
    fn new(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        let source = Box::new(source);
        Self { source }
    }

    /// What went wrong, without the words that it was about the library.
    pub(crate) fn reason(&self) -> String {
        self.source.to_string()
    }
}

impl From<StoreError> for LibraryError {
    fn from(error: StoreError) -> Self {
        Self::new(error)
    }
}

impl From<rusqlite::Error> for LibraryError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

/// How much longer than a look for changes the pause after it is: a look that took 5 ms
/// is not repeated within the next 100 ms.
const REST_AFTER_LOOK: u32 = 20;
/// The longest pause after a look, however long the look took.
const LONGEST_REST: Duration = Duration::from_secs(2);

/// A searchable collection of images and documents.
///
/// Every question first picks up what changed on disk, unless it was looked
/// just now.
#[derive(Debug, Clone)]
pub struct Library {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    source: Source,
    id: i64,
    /// Held during a look for changes, so that one look serves all tasks that wait.
    look: tokio::sync::Mutex<Option<Look>>,
    problems: Mutex<Vec<LibraryProblem>>,
}

#[derive(Debug, Clone, Copy)]
struct Look {
    ended: Instant,
    took: Duration,
}

impl Look {
    /// How long it is enough.
    fn rest(&self) -> Duration {
        self.took.saturating_mul(REST_AFTER_LOOK).min(LONGEST_REST)
    }
}

impl Library {
    pub(crate) async fn open(store: Store, folder: Option<PathBuf>) -> Result<Self, LibraryError> {
        let source = Source::open(folder).map_err(LibraryError::new)?;
        let root = source.root();
        let id = store
            .write::<_, LibraryError>(move |transaction| Ok(index::library_id(transaction, &root)?))
            .await?;
        let library = Self {
            inner: Arc::new(Inner {
                store,
                source,
                id,
                look: tokio::sync::Mutex::new(None),
                problems: Mutex::default(),
            }),
        };
        library.refresh().await?;
        Ok(library)
    }

    /// Picks up what changed on disk since the last look.
    ///
    /// # Errors
    ///
    /// If the database fails. Files that cannot be read are no error: see
    /// [`Library::problems`].
    pub async fn refresh(&self) -> Result<(), LibraryError> {
        let mut last = self.inner.look.lock().await;
        if let Some(look) = *last
            && (self.inner.source.never_changes() || look.ended.elapsed() < look.rest())
        {
            return Ok(());
        }
        let (problems, took) =
            index::update(&self.inner.store, &self.inner.source, self.inner.id).await?;
        for problem in &problems {
            tracing::warn!(
                path = problem.path,
                reason = problem.reason,
                "a file of the library was left out"
            );
        }
        *self
            .inner
            .problems
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = problems;
        *last = Some(Look {
            ended: Instant::now(),
            took,
        });
        Ok(())
    }

    /// The files that could not be taken in at the last look.
    #[must_use]
    pub fn problems(&self) -> Vec<LibraryProblem> {
        self.inner
            .problems
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What matches, best first, and how much matches in all.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn search(&self, search: Search) -> Result<Page, LibraryError> {
        self.refresh().await?;
        let library = self.inner.id;
        self.inner
            .store
            .read(move |connection| Ok(search::run(connection, library, &search)?))
            .await
    }

    /// As [`search`](Self::search); if nothing matches all words, some of them are
    /// enough, and the second value is `true`.
    pub(crate) async fn search_loosely(
        &self,
        search: Search,
    ) -> Result<(Page, bool), LibraryError> {
        let page = self.search(search.clone()).await?;
        if page.total == 0 && search.groups.len() > 1 {
            return Ok((self.search(search.any()).await?, true));
        }
        Ok((page, false))
    }

    /// The entries with these ids, in this order; ids that name nothing are left out.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn items(&self, ids: &[Uuid]) -> Result<Vec<Item>, LibraryError> {
        let library = self.inner.id;
        let ids = ids.to_vec();
        self.inner
            .store
            .read(move |connection| Ok(index::items(connection, library, &ids)?))
            .await
    }

    /// A page of the images' ids, ordered by path, and the number of all images.
    pub(crate) async fn image_ids(
        &self,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<Uuid>, i64), LibraryError> {
        self.refresh().await?;
        let library = self.inner.id;
        self.inner
            .store
            .read(move |connection| Ok(index::image_ids(connection, library, limit, offset)?))
            .await
    }

    /// The number of all images, as a transaction of the library's database sees it; what
    /// changed on disk is picked up by [`refresh`](Self::refresh) before.
    pub(crate) fn count_images(&self, connection: &Connection) -> rusqlite::Result<i64> {
        index::count_images(connection, self.inner.id)
    }

    /// The bytes of an entry's file.
    pub(crate) async fn read(&self, item: &Item) -> std::io::Result<Vec<u8>> {
        let source = self.inner.source.clone();
        let path = item.path.clone();
        tokio::task::spawn_blocking(move || source.read(&path))
            .await
            .map_err(std::io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_after_a_look_grows_with_it_up_to_a_bound() {
        let rest = |took| {
            let ended = Instant::now();
            Look { ended, took }.rest()
        };
        assert_eq!(rest(Duration::from_millis(5)), Duration::from_millis(100));
        assert_eq!(rest(Duration::from_secs(600)), Duration::from_secs(2));
        assert_eq!(rest(Duration::MAX), Duration::from_secs(2));
    }
}
