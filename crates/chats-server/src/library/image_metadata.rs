//! What an image file says about itself: dimensions, PNG text and EXIF.

use std::io::Cursor;

use exif::{In, Tag};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What is read from one image.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ImageFacts {
    pub media_type: &'static str,
    pub width: u32,
    pub height: u32,
    /// What it shows, as its author describes it.
    pub description: Option<String>,
    /// All other text by which the image can be found.
    pub details: Vec<String>,
    pub taken_at: Option<Timestamp>,
}

/// Reads an image; the error says why it cannot be read.
pub(super) fn read(bytes: &[u8]) -> Result<ImageFacts, String> {
    let (Ok(size), Ok(kind)) = (imagesize::blob_size(bytes), imagesize::image_type(bytes)) else {
        return Err("it is no PNG, JPEG, WebP or GIF image, or is cut off".to_owned());
    };
    let media_type = match kind {
        imagesize::ImageType::Png => "image/png",
        imagesize::ImageType::Jpeg => "image/jpeg",
        imagesize::ImageType::Webp => "image/webp",
        imagesize::ImageType::Gif => "image/gif",
        other => {
            return Err(format!(
                "{other:?} is not a kind of image that the library takes"
            ));
        }
    };
    let pixels = |length: usize| u32::try_from(length).map_err(|error| error.to_string());
    let mut facts = ImageFacts {
        media_type,
        width: pixels(size.width)?,
        height: pixels(size.height)?,
        ..ImageFacts::default()
    };
    if media_type == "image/png" {
        add_png_text(bytes, &mut facts);
    }
    add_exif(bytes, &mut facts);
    Ok(facts)
}

fn add_png_text(bytes: &[u8], facts: &mut ImageFacts) {
    // A damaged text chunk costs its text, not the image.
    let Ok(reader) = png::Decoder::new(Cursor::new(bytes)).read_info() else {
        return;
    };
    let info = reader.info();
    let latin = info
        .uncompressed_latin1_text
        .iter()
        .map(|chunk| (chunk.keyword.clone(), Some(chunk.text.clone())));
    let packed = info
        .compressed_latin1_text
        .iter()
        .map(|chunk| (chunk.keyword.clone(), chunk.get_text().ok()));
    let unicode = info
        .utf8_text
        .iter()
        .map(|chunk| (chunk.keyword.clone(), chunk.get_text().ok()));
    for (keyword, text) in latin.chain(packed).chain(unicode) {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        if matches!(keyword.as_str(), "Description" | "Title") && facts.description.is_none() {
            facts.description = Some(text.trim().to_owned());
        } else {
            facts.details.push(text);
        }
    }
}

fn add_exif(bytes: &[u8], facts: &mut ImageFacts) {
    let Ok(exif) = exif::Reader::new().read_from_container(&mut Cursor::new(bytes)) else {
        return;
    };
    let text = |tag| {
        exif.get_field(tag, In::PRIMARY)
            .and_then(|field| match &field.value {
                exif::Value::Ascii(parts) => {
                    let joined = parts.join(&b' ');
                    let text = String::from_utf8_lossy(&joined).trim().to_owned();
                    (!text.is_empty()).then_some(text)
                }
                _ => None,
            })
    };
    if facts.description.is_none() {
        facts.description = text(Tag::ImageDescription);
    }
    facts.details.extend(
        [Tag::Make, Tag::Model, Tag::Artist]
            .into_iter()
            .filter_map(text),
    );
    // EXIF times carry no zone; like every time without one they count as UTC.
    facts.taken_at = text(Tag::DateTimeOriginal)
        .or_else(|| text(Tag::DateTime))
        .and_then(|text| DateTime::strptime("%Y:%m:%d %H:%M:%S", &text).ok())
        .and_then(|time| time.to_zoned_datetime(TimeZone::UTC).ok())
        .map(|time| time.timestamp());
}
