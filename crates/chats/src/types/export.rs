//! An exported conversation.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};

use super::filename;
use crate::error::Error;

/// The kind of file that an export makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub enum ExportFormat {
    /// One JSON document.
    Json,
    /// Markdown; the default.
    #[default]
    Markdown,
    /// Plain text.
    Text,
}

impl ExportFormat {
    /// The format's name in requests.
    ///
    /// ```
    /// use chats::ExportFormat;
    ///
    /// let formats = [ExportFormat::Json, ExportFormat::Markdown, ExportFormat::Text];
    /// assert_eq!(formats.map(ExportFormat::as_str), ["json", "markdown", "text"]);
    /// assert_eq!("json".parse::<ExportFormat>()?, ExportFormat::Json);
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Text => "text",
        }
    }
}

impl FromStr for ExportFormat {
    type Err = Error;

    /// Reads the format's name in requests.
    fn from_str(name: &str) -> Result<Self, Error> {
        let all = [Self::Json, Self::Markdown, Self::Text];
        let found = all.into_iter().find(|format| format.as_str() == name);
        found.ok_or_else(|| {
            let problem = format!("`{}` is not a format of an export", name.escape_debug());
            Error::invalid(problem).with_hint("use json, markdown or text")
        })
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A conversation as a file; made by
/// [`export_session`](crate::ChatResource::export_session).
///
/// ```
/// # contract_tests::embedded(async |client| {
/// # let session = client.chats().session().title("Poles").open().await?;
/// let export = session.export().await?;
/// println!("{:?}: {} bytes", export.filename(), export.bytes().len());
/// # Ok(()) });
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Export {
    bytes: Bytes,
    content_type: Option<String>,
    filename: Option<String>,
}

impl Export {
    pub(crate) fn new(bytes: Bytes, headers: &HeaderMap) -> Self {
        let text = |name| header_text(headers, name);
        Self {
            bytes,
            content_type: text(CONTENT_TYPE),
            filename: text(CONTENT_DISPOSITION).and_then(|value| filename::suggested(&value)),
        }
    }

    /// The file's bytes.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// # let id = chats.create_session().title("Poles").await?.id;
    /// let export = chats.export_session(id).format(chats::ExportFormat::Json).await?;
    /// let document: serde_json::Value = serde_json::from_slice(export.bytes()).expect("JSON");
    /// assert!(document.is_object());
    /// # Ok(()) });
    /// ```
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The file's bytes, taken out.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// # let id = chats.create_session().title("Poles").await?.id;
    /// let export = chats.export_session(id).await?;
    /// let markdown = String::from_utf8(export.into_bytes().into()).expect("UTF-8");
    /// assert!(markdown.contains("Poles"));
    /// # Ok(()) });
    /// ```
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// The file's media type, such as `text/markdown; charset=utf-8`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// # let id = chats.create_session().await?.id;
    /// let export = chats.export_session(id).format(chats::ExportFormat::Text).await?;
    /// assert!(export.content_type().is_some_and(|kind| kind.starts_with("text/plain")));
    /// # Ok(()) });
    /// ```
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The file name that the service suggests. Whatever the service sent, the name is
    /// safe to use in a folder: it is never a path or a reserved name, and has at most
    /// 200 bytes.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// # let id = chats.create_session().title("Poles").await?.id;
    /// # let folder = tempfile::tempdir().expect("a folder");
    /// # let folder = folder.path();
    /// let export = chats.export_session(id).await?;
    /// let file = folder.join(export.filename().unwrap_or("session.md"));
    /// std::fs::write(file, export.bytes()).expect("room on the disk");
    /// # Ok(()) });
    /// ```
    pub fn filename(&self) -> Option<&str> {
        self.filename.as_deref()
    }
}

impl AsRef<[u8]> for Export {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("bytes", &self.bytes.len())
            .field("content_type", &self.content_type)
            .field("filename", &self.filename)
            .finish()
    }
}

fn header_text(headers: &HeaderMap, name: http::HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}
