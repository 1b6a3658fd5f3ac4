//! Listing and searching images.

use super::ChatResource;
use crate::call::{Call, Driver, ValueOnly};
use crate::operations::{GetAllImages, SearchImages};
use crate::pager::Pager;
use crate::types::{ImageId, ImageReference};

impl<D: Driver> ChatResource<D> {
    /// Lists one page of the ids of all images; [`iter_images`](Self::iter_images) goes
    /// through all of them.
    ///
    /// Gives a [`ChatImageList`](crate::ChatImageList).
    ///
    /// Options: `limit` (1–5000, default: 1000), `offset` (default: 0).
    ///
    /// # Errors
    ///
    /// [`Validation`](crate::ErrorKind::Validation) if an option is out of bounds, and
    /// those of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let page = chats.get_all_images().limit(3).await?;
    /// assert_eq!(page.image_ids.len(), 3);
    /// assert!(page.has_more && page.total_count > 3);
    /// # Ok(()) });
    /// ```
    pub fn get_all_images(&self) -> Call<GetAllImages, ValueOnly, D> {
        self.call(GetAllImages::default())
    }

    /// Goes through the ids of all images, requesting them a page at a time.
    ///
    /// Options: `page_size` (1–5000, default: 1000), `prefetch` (0–8, default: 0).
    ///
    /// # Errors
    ///
    /// The stream yields those of [`get_all_images`](Self::get_all_images), and
    /// [`Decode`](crate::ErrorKind::Decode) for each id that cannot be read; see
    /// [`Pager`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// let all: Vec<_> = chats.iter_images().page_size(5).prefetch(1).try_collect().await?;
    /// assert_eq!(all.len() as i64, chats.get_all_images().await?.total_count);
    /// # Ok(()) });
    /// ```
    pub fn iter_images(&self) -> Pager<ImageId, D> {
        Pager::new(
            self.client.clone(),
            self.driver.clone(),
            GetAllImages::default(),
        )
    }

    /// Finds images by what they show, one page of results, best first. The query has 1
    /// to 500 characters.
    ///
    /// Gives [`ImageSearchResults`](crate::ImageSearchResults).
    ///
    /// Options: `limit` (1–100, default: 50), `offset` (default: 0).
    ///
    /// # Errors
    ///
    /// [`Validation`](crate::ErrorKind::Validation) if the query or an option is out of
    /// bounds, and those of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let found = chats.search_images("broken pole").limit(5).await?;
    /// for image in &found.items {
    ///     println!("{} {:?}", image.image_id, image.relevance_score);
    /// }
    /// assert!(found.total >= found.items.len() as i64);
    /// # Ok(()) });
    /// ```
    pub fn search_images(&self, query: impl Into<String>) -> Call<SearchImages, ValueOnly, D> {
        self.call(SearchImages::new(query.into()))
    }

    /// Goes through all results of an image search, requesting them a page at a time. The
    /// query has 1 to 500 characters.
    ///
    /// Options: `page_size` (1–100, default: 50), `prefetch` (0–8, default: 0).
    ///
    /// # Errors
    ///
    /// The stream yields those of [`search_images`](Self::search_images), and
    /// [`Decode`](crate::ErrorKind::Decode) for each result that cannot be read; see
    /// [`Pager`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// let mut results = chats.iter_search_images("pole").page_size(2);
    /// while let Some(image) = results.try_next().await? {
    ///     println!("{:?}", image.description);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn iter_search_images(&self, query: impl Into<String>) -> Pager<ImageReference, D> {
        Pager::new(
            self.client.clone(),
            self.driver.clone(),
            SearchImages::new(query.into()),
        )
    }
}
