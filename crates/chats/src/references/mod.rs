//! The markup with which answers point at images, documents, links and sets of
//! results.
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
//! `ID` may be the beginning of an id; the whole id is looked up in the answer's
//! metadata. Markup that is malformed, and a `ref` whose key is unknown, stays in
//! the text as it is. All of this takes time linear in the text (times the
//! logarithm of what the metadata lists).

pub(crate) mod counts;
mod markup;
mod metadata;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use markup::{Markup, Scanner};
use metadata::Lookup;
pub use metadata::MetadataRef;

/// What a reference in an answer points at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Reference {
    /// Where the markup stands in the text, in bytes.
    pub range: Range<usize>,
    /// What it points at.
    pub target: ReferenceTarget,
}

/// The kinds of things that an answer points at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum ReferenceTarget {
    /// A set of results: `[[ref:KEY]]`.
    Count {
        /// Its key in `result_refs`.
        key: String,
        /// The set, shared by all references to it.
        result: Arc<ResultRef>,
    },
    /// An image: `[[img:ID|filename]]`.
    Image {
        /// The id as it stands in the text; maybe only its beginning.
        id_prefix: String,
        /// Its file name.
        filename: String,
        /// The whole id, where the metadata has exactly one that fits.
        full_id: Option<String>,
    },
    /// A document: `[[doc:ID|filename]]`, with pages or without.
    Document {
        /// The id as it stands in the text; maybe only its beginning.
        id_prefix: String,
        /// Its file name.
        filename: String,
        /// The whole id, where the metadata has exactly one that fits.
        full_id: Option<String>,
        /// The pages meant.
        pages: Option<PageRange>,
    },
    /// A link: `[[link:ID|title]]`.
    Link {
        /// The id as it stands in the text; maybe only its beginning.
        id_prefix: String,
        /// Its title.
        title: String,
        /// The whole id, where the metadata has exactly one that fits.
        full_id: Option<String>,
        /// Where it leads.
        source_url: Option<String>,
        /// The host it leads to.
        domain: Option<String>,
    },
}

/// The pages of a document that are meant, counted as the document counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum PageRange {
    /// One page.
    One(u32),
    /// From the first to the last, both included.
    Span(u32, u32),
}

/// A set of results that an answer speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ResultRef {
    /// How many results there are.
    pub count: i64,
    /// Their ids.
    pub ids: Vec<String>,
    /// The images among them.
    pub image_ids: Vec<String>,
    /// What kind of thing the ids name.
    pub id_type: Option<String>,
    /// A name for the set.
    pub label: Option<String>,
}

/// Finds the references in a text, in their order.
///
/// `metadata` is the answer's metadata: a `&Value`, an `Option<&Value>`, or
/// `None`. `result_refs` may sit in it directly or under `metadata`.
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

/// Replaces the references in a text by what a person reads in their place.
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
