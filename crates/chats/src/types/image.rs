//! Images as answers and searches refer to them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ImageId;

/// An image that an answer or a search refers to. Only the id is always known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[serde(default)]
#[non_exhaustive]
pub struct ImageReference {
    /// The image's id. In searches it is a UUID; in answers the contract does not promise
    /// that. See [`id`](Self::id).
    pub image_id: String,
    /// The file name.
    pub filename: Option<String>,
    /// What the image shows.
    pub description: Option<String>,
    /// How certain the service is, from 0 to 1.
    pub confidence: Option<f64>,
    /// The title.
    pub title: Option<String>,
    /// The URL of a small version.
    pub thumbnail_url: Option<String>,
    /// The URL of a medium version.
    pub medium_url: Option<String>,
    /// The URL of the full image.
    pub full_url: Option<String>,
    /// The URL of the stored file.
    pub stored_url: Option<String>,
    /// In searches, how well the image matches the query.
    pub relevance_score: Option<f64>,
    /// When the image was added to the library.
    #[serde(deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub created_at: Option<Timestamp>,
}

impl ImageReference {
    /// The id in the form that selections take; `None` if it is not a UUID.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let found = chats.search_images("damaged poles").await?;
    /// let ids = found.items.iter().filter_map(|image| image.id());
    /// let session = chats.create_session().use_all_images(false).image_ids(ids).await?;
    /// # let _ = session;
    /// # Ok(()) });
    /// ```
    pub fn id(&self) -> Option<ImageId> {
        self.image_id.parse().ok()
    }
}

/// Reads the images in one of the forms that answers carry: a list of objects,
/// one object, or an object that holds them.
pub(crate) fn images_in(value: &Value) -> Vec<ImageReference> {
    match value {
        Value::Array(items) => items.iter().filter_map(image).collect(),
        Value::Object(object) => match image(value) {
            Some(image) => vec![image],
            None => object.values().flat_map(images_in).collect(),
        },
        _ => Vec::new(),
    }
}

/// The images in the metadata of an answer or a message.
pub(crate) fn images_of_metadata(metadata: Option<&Value>) -> Vec<ImageReference> {
    ["image_context", "images"]
        .iter()
        .filter_map(|key| metadata?.get(key))
        .map(images_in)
        .find(|images| !images.is_empty())
        .unwrap_or_default()
}

/// Reads one image leniently: a field of an unexpected type is left out.
fn image(value: &Value) -> Option<ImageReference> {
    let object = value.as_object()?;
    let text = |key: &str| object.get(key)?.as_str().map(str::to_owned);
    let number = |key: &str| object.get(key)?.as_f64();
    Some(ImageReference {
        image_id: text("image_id").or_else(|| text("id"))?,
        filename: text("filename"),
        description: text("description"),
        confidence: number("confidence"),
        title: text("title"),
        thumbnail_url: text("thumbnail_url"),
        medium_url: text("medium_url"),
        full_url: text("full_url"),
        stored_url: text("stored_url"),
        relevance_score: number("relevance_score"),
        created_at: text("created_at").and_then(|text| super::timestamp::parse(&text)),
    })
}

/// One page of image ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct ChatImageList {
    /// The ids of this page.
    pub image_ids: Vec<ImageId>,
    /// How many images there are in all. If the service does not say: `offset` plus the ids
    /// of this page.
    pub total_count: i64,
    /// Whether another page is expected.
    pub has_more: bool,
}

/// One page of search results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct ImageSearchResults {
    /// The results of this page, best first.
    pub items: Vec<ImageReference>,
    /// How many results there are in all. If the service does not say: `offset` plus the
    /// results of this page.
    pub total: i64,
    /// How the service understood the query.
    #[serde(default)]
    pub query_interpretation: Map<String, Value>,
    /// Whether another page is expected. The service does not say so; the client concludes
    /// it from the total.
    #[serde(default)]
    pub has_more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn images_are_read_in_every_form_and_bad_fields_left_out() {
        let one = json!({"image_id": "a", "confidence": 1, "title": 5, "created_at": "2026-01-01T00:00:00"});
        for value in [
            json!([one]),
            one.clone(),
            json!({"images": [one]}),
            json!({"k": one}),
        ] {
            let images = images_in(&value);
            assert_eq!(images.len(), 1, "{value}");
            assert_eq!(images[0].image_id, "a");
            assert_eq!(images[0].confidence, Some(1.0));
            assert_eq!(images[0].title, None);
            assert!(images[0].created_at.is_some());
        }
        assert!(images_in(&json!([{"filename": "no id"}, 5, null])).is_empty());
    }

    #[test]
    fn only_a_uuid_becomes_an_image_id() {
        let mut image = ImageReference::default();
        assert_eq!(image.id(), None);
        image.image_id = "7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de002".to_owned();
        assert_eq!(image.id().unwrap().to_string(), image.image_id);
    }
}
