//! Choosing the images, documents and videos that a session's answers draw on.

use super::ChatResource;
use crate::call::{Call, Driver, ValueOnly};
use crate::operations::{UpdateDocuments, UpdateImages, UpdateMode, UpdateVideos};
use crate::types::{DocumentId, ImageId, SessionId, VideoId};

impl<D: Driver> ChatResource<D> {
    /// Replaces the selected images, at most 1000. An empty list clears the selection.
    ///
    /// Gives an [`UpdatedImages`](crate::UpdatedImages).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such session,
    /// [`Validation`](crate::ErrorKind::Validation) if there are more than 1000 ids, and
    /// those of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let found = chats.search_images("damaged pole").limit(2).await?;
    /// let ids = found.items.iter().filter_map(|image| image.id());
    /// let id = chats.create_session().use_all_images(false).await?.id;
    /// let selection = chats.update_images(id, ids).await?;
    /// assert_eq!(selection.selected_image_ids.len(), 2);
    /// # Ok(()) });
    /// ```
    pub fn update_images<I>(
        &self,
        session_id: impl Into<SessionId>,
        ids: I,
    ) -> Call<UpdateImages, ValueOnly, D>
    where
        I: IntoIterator,
        I::Item: Into<ImageId>,
    {
        self.call(UpdateImages {
            session_id: session_id.into(),
            image_ids: ids.into_iter().map(Into::into).collect(),
        })
    }

    /// Replaces the selected documents, at most 100. An empty list clears the selection.
    ///
    /// Gives an [`UpdatedDocuments`](crate::UpdatedDocuments).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such session,
    /// [`Validation`](crate::ErrorKind::Validation) if there are more than 100 ids, and
    /// those of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use chats::{DocumentId, references::ReferenceTarget};
    ///
    /// let id = chats.create_session().await?.id;
    /// let answer = chats.send(id, "What do the documents say of poles?").await?;
    /// let cited = answer.references().into_iter().filter_map(|cited| match cited.target {
    ///     ReferenceTarget::Document { full_id, .. } => full_id?.parse::<DocumentId>().ok(),
    ///     _ => None,
    /// });
    /// assert!(chats.update_documents(id, cited).await?.document_count > Some(0));
    /// # Ok(()) });
    /// ```
    pub fn update_documents<I>(
        &self,
        session_id: impl Into<SessionId>,
        ids: I,
    ) -> Call<UpdateDocuments, ValueOnly, D>
    where
        I: IntoIterator,
        I::Item: Into<DocumentId>,
    {
        self.call(UpdateDocuments {
            session_id: session_id.into(),
            document_ids: ids.into_iter().map(Into::into).collect(),
        })
    }

    /// Replaces the selected videos, at most 100. An empty list clears the selection.
    ///
    /// Gives an [`UpdatedVideos`](crate::UpdatedVideos).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such session,
    /// [`Validation`](crate::ErrorKind::Validation) if there are more than 100 ids, and
    /// those of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let none: [chats::VideoId; 0] = [];
    /// assert_eq!(chats.update_videos(id, none).await?.video_count, Some(0));
    /// # Ok(()) });
    /// ```
    pub fn update_videos<I>(
        &self,
        session_id: impl Into<SessionId>,
        ids: I,
    ) -> Call<UpdateVideos, ValueOnly, D>
    where
        I: IntoIterator,
        I::Item: Into<VideoId>,
    {
        self.call(UpdateVideos {
            session_id: session_id.into(),
            video_ids: ids.into_iter().map(Into::into).collect(),
        })
    }

    /// Chooses whether answers draw on the whole library (`true`) or only on the selected
    /// images (`false`).
    ///
    /// Gives an [`UpdatedMode`](crate::UpdatedMode).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such session, and those of
    /// [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let mode = chats.update_mode(id, false).await?;
    /// assert_eq!(mode.use_all_images, Some(false));
    /// # Ok(()) });
    /// ```
    pub fn update_mode(
        &self,
        session_id: impl Into<SessionId>,
        use_all_images: bool,
    ) -> Call<UpdateMode, ValueOnly, D> {
        self.call(UpdateMode {
            session_id: session_id.into(),
            use_all_images,
        })
    }
}
