//! Looks up the targets of an answer's markup in its metadata.
//!
//! The forms of `tool_document_data` and `tool_link_data` are not documented:
//! lists and maps of objects are both read.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::markup::Markup;
use super::{ReferenceTarget, ResultRef, counts};
use crate::types::ImageReference;

/// An answer's metadata, wherever it comes from.
///
/// Functions take `impl Into<MetadataRef>`: pass a `&Value`, an
/// `Option<&Value>`, an `&Option<Value>`, a `&Map` or `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct MetadataRef<'a> {
    object: Option<&'a Map<String, Value>>,
    images: &'a [ImageReference],
}

impl<'a> MetadataRef<'a> {
    pub(crate) fn with_images(mut self, images: &'a [ImageReference]) -> Self {
        self.images = images;
        self
    }

    /// Every value of this name: in the object itself and under `metadata`.
    pub(super) fn all(&self, key: &str) -> impl Iterator<Item = &'a Value> {
        let own = self.object.and_then(|object| object.get(key));
        let nested = self
            .object
            .and_then(|object| object.get("metadata"))
            .and_then(|metadata| metadata.get(key));
        own.into_iter().chain(nested)
    }
}

impl<'a> From<&'a Value> for MetadataRef<'a> {
    fn from(value: &'a Value) -> Self {
        Self {
            object: value.as_object(),
            images: &[],
        }
    }
}

impl<'a> From<&'a Map<String, Value>> for MetadataRef<'a> {
    fn from(object: &'a Map<String, Value>) -> Self {
        Self {
            object: Some(object),
            images: &[],
        }
    }
}

impl<'a> From<Option<&'a Value>> for MetadataRef<'a> {
    fn from(value: Option<&'a Value>) -> Self {
        value.map(Self::from).unwrap_or_default()
    }
}

impl<'a> From<&'a Option<Value>> for MetadataRef<'a> {
    fn from(value: &'a Option<Value>) -> Self {
        value.as_ref().into()
    }
}

/// The metadata, indexed once for all references of a text.
pub(super) struct Lookup<'a> {
    counts: BTreeMap<String, Arc<ResultRef>>,
    images: Ids<'a>,
    documents: Ids<'a>,
    links: Ids<'a>,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(metadata: &MetadataRef<'a>) -> Self {
        let mut images = Ids::default();
        for image in metadata.images {
            images.0.push((&image.image_id, None));
        }
        for key in ["image_context", "images"] {
            for value in metadata.all(key) {
                images.collect(value, &["image_id", "id"]);
            }
        }
        let mut documents = Ids::default();
        for value in metadata.all("tool_document_data") {
            documents.collect(value, &["document_id", "doc_id", "id"]);
        }
        let mut links = Ids::default();
        for value in metadata.all("tool_link_data") {
            links.collect(value, &["link_id", "id"]);
        }
        Self {
            counts: counts::of(metadata)
                .into_iter()
                .map(|(key, set)| (key, Arc::new(set)))
                .collect(),
            images: images.sorted(),
            documents: documents.sorted(),
            links: links.sorted(),
        }
    }

    pub(super) fn count(&self, key: &str) -> Option<&Arc<ResultRef>> {
        self.counts.get(key)
    }

    /// The target of the markup; `None` for a `ref` with an unknown key.
    pub(super) fn target(&self, markup: &Markup<'_>) -> Option<ReferenceTarget> {
        Some(match *markup {
            Markup::Count { key } => ReferenceTarget::Count {
                key: key.to_owned(),
                result: self.count(key)?.clone(),
            },
            Markup::Image { id, filename } => ReferenceTarget::Image {
                id_prefix: id.to_owned(),
                filename: filename.to_owned(),
                full_id: self.images.find(id).map(|(id, _)| id.to_owned()),
            },
            Markup::Document {
                id,
                filename,
                pages,
            } => ReferenceTarget::Document {
                id_prefix: id.to_owned(),
                filename: filename.to_owned(),
                full_id: self.documents.find(id).map(|(id, _)| id.to_owned()),
                pages,
            },
            Markup::Link { id, title } => {
                let found = self.links.find(id);
                let field = |keys: &[&str]| {
                    let object = found?.1?;
                    keys.iter()
                        .find_map(|key| object.get(*key)?.as_str())
                        .map(str::to_owned)
                };
                ReferenceTarget::Link {
                    id_prefix: id.to_owned(),
                    title: title.to_owned(),
                    full_id: found.map(|(id, _)| id.to_owned()),
                    source_url: field(&["source_url", "url"]),
                    domain: field(&["domain"]),
                }
            }
        })
    }
}

/// Ids with the objects that have them, sorted so that a prefix is found fast.
#[derive(Default)]
struct Ids<'a>(Vec<(&'a str, Option<&'a Map<String, Value>>)>);

/// How many levels of lists and maps may enclose the objects.
const DEPTH: usize = 3;

impl<'a> Ids<'a> {
    fn collect(&mut self, value: &'a Value, keys: &[&str]) {
        self.collect_at(value, None, keys, DEPTH);
    }

    fn collect_at(&mut self, value: &'a Value, name: Option<&'a str>, keys: &[&str], depth: usize) {
        match value {
            Value::Array(items) if depth > 0 => {
                for item in items {
                    self.collect_at(item, None, keys, depth - 1);
                }
            }
            Value::Object(object) => {
                let own = keys.iter().find_map(|key| object.get(*key)?.as_str());
                if let Some(id) = own {
                    self.0.push((id, Some(object)));
                    return;
                }
                // In a map, the key is the id of an object without one, unless the object
                // only wraps others. A key with a digit in it, as ids have, is taken for
                // an id even then.
                let wraps =
                    !object.is_empty() && object.values().all(|v| v.is_object() || v.is_array());
                let is_id = name.is_some_and(|name| name.bytes().any(|b| b.is_ascii_digit()));
                if let Some(id) = name.filter(|_| is_id || !wraps) {
                    self.0.push((id, Some(object)));
                }
                if depth > 0 && (wraps || !is_id) {
                    for (name, item) in object {
                        self.collect_at(item, Some(name), keys, depth - 1);
                    }
                }
            }
            Value::String(id) if name.is_none() => self.0.push((id, None)),
            _ => {}
        }
    }

    fn sorted(mut self) -> Self {
        // Objects before bare ids, so that the first of equals has the most details.
        self.0.sort_by_key(|(id, object)| (*id, object.is_none()));
        self.0.dedup_by_key(|(id, _)| *id);
        self
    }

    /// The one id that begins with `prefix`; an id equal to `prefix` wins over others.
    fn find(&self, prefix: &str) -> Option<(&'a str, Option<&'a Map<String, Value>>)> {
        let start = self.0.partition_point(|(id, _)| *id < prefix);
        let mut fitting = self.0[start..]
            .iter()
            .take_while(|(id, _)| id.starts_with(prefix));
        let first = *fitting.next()?;
        (first.0 == prefix || fitting.next().is_none()).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::references::{parse_references, resolve_content};
    use serde_json::json;

    fn full_id(text: &str, metadata: &Value) -> Option<String> {
        match &parse_references(text, metadata)[0].target {
            ReferenceTarget::Image { full_id, .. }
            | ReferenceTarget::Document { full_id, .. }
            | ReferenceTarget::Link { full_id, .. } => full_id.clone(),
            ReferenceTarget::Count { .. } => None,
        }
    }

    #[test]
    fn a_prefix_finds_the_whole_id_unless_two_fit() {
        let metadata = json!({"image_context": [
            {"image_id": "abc1"}, {"image_id": "abd2"}, {"image_id": "ab"}, {"image_id": "abc1"}
        ]});
        assert_eq!(full_id("[[img:abc|x]]", &metadata).as_deref(), Some("abc1"));
        assert_eq!(full_id("[[img:ab|x]]", &metadata).as_deref(), Some("ab"));
        assert_eq!(full_id("[[img:a|x]]", &metadata), None);
        assert_eq!(full_id("[[img:z|x]]", &metadata), None);
    }

    #[test]
    fn documents_and_links_are_read_from_lists_and_maps() {
        for data in [
            json!([{"document_id": "d-1"}]),
            json!([{"id": "d-1", "pages": [1]}]),
            json!({"d-1": {"filename": "x"}}),
            json!({"documents": [{"document_id": "d-1"}]}),
            json!({"anything": {"document_id": "d-1"}}),
            // A nested field does not make its object a wrapper of others.
            json!({"d-1": {"filename": "x", "pages": [1]}}),
            json!({"d-1": {"filename": "x", "chunks": [{"id": "d-9"}]}}),
            json!({"documents": {"d-1": {"filename": "x", "pages": [1]}}}),
            json!({"d-1": {"chunks": [{"id": "c1"}]}}),
            json!({"call_7": {"documents": [{"id": "d-1"}]}}),
            json!({"d-1": {}}),
            json!({"found": {"count": 1, "documents": [{"id": "d-1"}]}}),
        ] {
            let metadata = json!({ "tool_document_data": data });
            let id = full_id("[[doc:d|x]]", &metadata);
            assert_eq!(id.as_deref(), Some("d-1"), "{metadata}");
        }
        let metadata = json!({"tool_link_data": {"l-1": {"source_url": "https://e.org/a", "domain": "e.org"}}});
        let found = parse_references("[[link:l|t]]", &metadata);
        let ReferenceTarget::Link {
            source_url, domain, ..
        } = &found[0].target
        else {
            panic!("not a link")
        };
        assert_eq!(source_url.as_deref(), Some("https://e.org/a"));
        assert_eq!(domain.as_deref(), Some("e.org"));
    }

    #[test]
    fn counts_are_read_from_both_places_and_unknown_keys_stay() {
        let nested = json!({"metadata": {"result_refs": {"a": {"count": 2}}}, "result_refs": {"b": {"ids": ["x"]}, "c": {}}});
        assert_eq!(
            resolve_content("[[ref:a]] [[ref:b]] [[ref:c]] [[ref:d]]", &nested),
            "2 1 [[ref:c]] [[ref:d]]"
        );
        assert_eq!(resolve_content("[[ref:a]]", None), "[[ref:a]]");
        assert_eq!(parse_references("[[ref:a]]", None).len(), 0);
    }

    #[test]
    fn a_set_that_is_named_often_is_there_once() {
        let metadata = json!({"result_refs": {"a": {"ids": ["x", "y"]}}});
        let found = parse_references(&"[[ref:a]]".repeat(3), &metadata);
        let sets: Vec<_> = found
            .iter()
            .map(|reference| match &reference.target {
                ReferenceTarget::Count { result, .. } => result,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(sets[2].ids, ["x", "y"]);
        assert!(sets.iter().all(|set| Arc::ptr_eq(set, sets[0])));
        let told = serde_json::to_value(&found[0]).unwrap();
        assert_eq!(told["target"]["result"]["count"], 2);
        let read: crate::Reference = serde_json::from_value(told).unwrap();
        assert_eq!(read, found[0]);
    }
}
