//! The markup that answers use to refer to images, documents, links and sets of results.
//!
//! | markup | plain text |
//! | --- | --- |
//! | `[[ref:KEY]]` | the count of `result_refs[KEY]` |
//! | `[[img:ID\|filename]]` | `filename` |
//! | `[[doc:ID\|filename]]` | `filename` |
//! | `[[doc:ID\|filename\|p:5]]` | `filename (p.5)` |
//! | `[[doc:ID\|filename\|pp:3-7]]` | `filename (pp.3-7)` |
//! | `[[link:ID\|title]]` | `title` |
//!
//! `ID` may be only the beginning of an id; the whole id is looked up in the answer's
//! metadata. Malformed markup and a `ref` whose key is unknown are left in the text as
//! they are. Resolving takes time linear in the length of the text (times the logarithm
//! of the number of ids in the metadata).

pub(crate) mod counts;
mod markup;
mod metadata;
mod resolver;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use markup::{Markup, Scanner};
use metadata::Lookup;
pub use metadata::MetadataRef;
pub use resolver::{ReferenceResolver, open_markup};

/// A reference in an answer: where it stands in the text, and what it refers to.
///
/// ```
/// let text = "See [[img:9f86|pole.jpg]].";
/// let found = chats::parse_references(text, None);
/// assert_eq!(&text[found[0].range.clone()], "[[img:9f86|pole.jpg]]");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct Reference {
    /// The place of the markup in the text, as a range of bytes.
    pub range: Range<usize>,
    /// What the reference points to.
    pub target: ReferenceTarget,
}

/// What a reference points to.
///
/// ```
/// use chats::references::{PageRange, ReferenceTarget};
///
/// let found = chats::parse_references("See [[doc:d1|survey.pdf|pp:3-7]].", None);
/// match &found[0].target {
///     ReferenceTarget::Document { filename, pages, .. } => {
///         assert_eq!(filename, "survey.pdf");
///         assert_eq!(*pages, Some(PageRange::Span(3, 7)));
///     }
///     other => println!("{other:?}"), // an image, a link, a set of results
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub enum ReferenceTarget {
    /// A set of results: `[[ref:KEY]]`.
    #[non_exhaustive]
    Count {
        /// The key of the set in `result_refs`.
        key: String,
        /// The set; all references to it share one value.
        result: Arc<ResultRef>,
    },
    /// An image: `[[img:ID|filename]]`.
    #[non_exhaustive]
    Image {
        /// The id as written in the text, which may be only its beginning.
        id_prefix: String,
        /// The file name.
        filename: String,
        /// The whole id, if exactly one id in the metadata begins with `id_prefix`.
        full_id: Option<String>,
    },
    /// A document: `[[doc:ID|filename]]`, with pages or without.
    #[non_exhaustive]
    Document {
        /// The id as written in the text, which may be only its beginning.
        id_prefix: String,
        /// The file name.
        filename: String,
        /// The whole id, if exactly one id in the metadata begins with `id_prefix`.
        full_id: Option<String>,
        /// The pages, if the reference names any.
        pages: Option<PageRange>,
    },
    /// A link: `[[link:ID|title]]`.
    #[non_exhaustive]
    Link {
        /// The id as written in the text, which may be only its beginning.
        id_prefix: String,
        /// The title.
        title: String,
        /// The whole id, if exactly one id in the metadata begins with `id_prefix`.
        full_id: Option<String>,
        /// The URL, if the metadata has it.
        source_url: Option<String>,
        /// The host of the URL, if the metadata has it.
        domain: Option<String>,
    },
}

/// Pages of a document, numbered as in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub enum PageRange {
    /// One page.
    One(u32),
    /// The first and the last page, both included.
    Span(u32, u32),
}

/// A set of results that an answer refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
pub struct ResultRef {
    /// How many results the set has.
    pub count: i64,
    /// The ids of the results, of the type in `id_type`.
    pub ids: Vec<String>,
    /// The ids of the images among the results.
    pub image_ids: Vec<String>,
    /// What the ids stand for, as the service names it.
    pub id_type: Option<String>,
    /// A name of the set, for people.
    pub label: Option<String>,
}

/// Finds the references in a text, in the order in which they stand in it.
///
/// `metadata` is the answer's metadata: a `&Value`, an `Option<&Value>`, or `None`.
/// `result_refs` may be in it directly or under `metadata`. Malformed markup is skipped, and
/// so is a `ref` whose key is not in the metadata.
///
/// ```
/// use chats::references::ReferenceTarget;
/// use serde_json::json;
///
/// let metadata = json!({"image_context": [{"image_id": "9f86d081-aaaa", "filename": "pole.jpg"}]});
/// let found = chats::parse_references("See [[img:9f86|pole.jpg]].", &metadata);
/// let ReferenceTarget::Image { full_id, .. } = &found[0].target else { unreachable!() };
/// assert_eq!(full_id.as_deref(), Some("9f86d081-aaaa"));
/// ```
pub fn parse_references<'a>(content: &str, metadata: impl Into<MetadataRef<'a>>) -> Vec<Reference> {
    let metadata = metadata.into();
    let lookup = Lookup::new(&metadata);
    Scanner::new(content)
        .filter_map(|(range, markup)| {
            let target = lookup.target(&markup)?;
            Some(Reference { range, target })
        })
        .collect()
}

/// The service's own rendering of a text, if this object has one.
pub(crate) fn rendering(object: Option<&serde_json::Value>) -> Option<&str> {
    let text = object?.get("resolved_content")?.as_str()?;
    Some(text).filter(|text| !text.is_empty())
}

/// Replaces the references in a text with plain text, as the [table](crate::references)
/// shows. Malformed markup and a `ref` whose key is not in the metadata are left as they
/// are.
///
/// ```
/// use serde_json::json;
///
/// let metadata = json!({"result_refs": {"poles": {"count": 3}}});
/// let text = "[[ref:poles]] found, such as [[doc:d1|survey.pdf|p:5]] and [[ref:cats]].";
/// assert_eq!(
///     chats::resolve_content(text, &metadata),
///     "3 found, such as survey.pdf (p.5) and [[ref:cats]].",
/// );
/// ```
pub fn resolve_content<'a>(content: &str, metadata: impl Into<MetadataRef<'a>>) -> String {
    let metadata = metadata.into();
    let lookup = Lookup::new(&metadata);
    let mut out = String::with_capacity(content.len());
    let mut end = 0;
    for (range, markup) in Scanner::new(content) {
        if let Some(text) = plain_text(&markup, &lookup) {
            out.push_str(&content[end..range.start]);
            out.push_str(&text);
            end = range.end;
        }
    }
    out.push_str(&content[end..]);
    out
}

fn plain_text(markup: &Markup<'_>, lookup: &Lookup<'_>) -> Option<String> {
    Some(match markup {
        Markup::Count { key } => lookup.count(key)?.count.to_string(),
        Markup::Image { filename, .. } => (*filename).to_owned(),
        Markup::Link { title, .. } => (*title).to_owned(),
        Markup::Document {
            filename, pages, ..
        } => match pages {
            None => (*filename).to_owned(),
            Some(PageRange::One(page)) => format!("{filename} (p.{page})"),
            Some(PageRange::Span(first, last)) => format!("{filename} (pp.{first}-{last})"),
        },
    })
}

/// The sets of results that the metadata lists, by key.
pub(crate) fn result_refs(metadata: MetadataRef<'_>) -> BTreeMap<String, ResultRef> {
    counts::of(&metadata)
}
