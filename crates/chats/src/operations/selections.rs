//! Choosing the images, documents and videos that a session's answers draw on.

use std::pin::pin;

use chats_raw::types as raw;

use super::bounds;
use crate::call::operation::{CallContext, Run, Running};
use crate::limits;
use crate::retry::breaker::EndpointGroup;
use crate::transport::{OperationSpec, ReplyKind};
use crate::types::{
    DocumentId, ImageId, SessionId, UpdatedDocuments, UpdatedImages, UpdatedMode, UpdatedVideos,
    VideoId, from_raw,
};

/// The operation behind [`ChatResource::update_images`](crate::ChatResource::update_images).
/// It has only the options of every [`Call`](crate::Call).
#[derive(Clone, Debug)]
pub struct UpdateImages {
    pub(crate) session_id: SessionId,
    pub(crate) image_ids: Vec<ImageId>,
}

impl Run for UpdateImages {
    type Output = UpdatedImages;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "update_images",
        doing: "select the images",
        group: EndpointGroup::Selections,
        idempotent: true,
        look_first: None,
        reply: ReplyKind::Json,
    };

    fn run(self, context: CallContext) -> Running<UpdatedImages> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(Some(self.session_id))?;
            bounds::at_most("images", self.image_ids.len(), limits::MAX_IMAGES)
                .map_err(|error| exchange.fail(error))?;
            let body = raw::UpdateImagesRequest {
                image_ids: self.image_ids.into_iter().map(Into::into).collect(),
            };
            let raw = exchange.raw();
            let call = raw.update_session_images(self.session_id.as_uuid(), &body);
            let reply = exchange.json(pin!(call)).await?;
            Ok(reply.map(from_raw::updated_images))
        })
    }
}

/// The operation behind [`ChatResource::update_documents`](crate::ChatResource::update_documents).
/// It has only the options of every [`Call`](crate::Call).
#[derive(Clone, Debug)]
pub struct UpdateDocuments {
    pub(crate) session_id: SessionId,
    pub(crate) document_ids: Vec<DocumentId>,
}

impl Run for UpdateDocuments {
    type Output = UpdatedDocuments;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "update_documents",
        doing: "select the documents",
        ..*UpdateImages::SPEC
    };

    fn run(self, context: CallContext) -> Running<UpdatedDocuments> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(Some(self.session_id))?;
            bounds::at_most("documents", self.document_ids.len(), limits::MAX_DOCUMENTS)
                .map_err(|error| exchange.fail(error))?;
            let body = raw::UpdateDocumentsRequest {
                document_ids: Some(self.document_ids.into_iter().map(Into::into).collect()),
            };
            let raw = exchange.raw();
            let call = raw.update_session_documents(self.session_id.as_uuid(), &body);
            let reply = exchange.json(pin!(call)).await?;
            Ok(reply.map(from_raw::updated_documents))
        })
    }
}

/// The operation behind [`ChatResource::update_videos`](crate::ChatResource::update_videos).
/// It has only the options of every [`Call`](crate::Call).
#[derive(Clone, Debug)]
pub struct UpdateVideos {
    pub(crate) session_id: SessionId,
    pub(crate) video_ids: Vec<VideoId>,
}

impl Run for UpdateVideos {
    type Output = UpdatedVideos;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "update_videos",
        doing: "select the videos",
        ..*UpdateImages::SPEC
    };

    fn run(self, context: CallContext) -> Running<UpdatedVideos> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(Some(self.session_id))?;
            bounds::at_most("videos", self.video_ids.len(), limits::MAX_VIDEOS)
                .map_err(|error| exchange.fail(error))?;
            let body = raw::UpdateVideosRequest {
                video_ids: Some(self.video_ids.into_iter().map(Into::into).collect()),
            };
            let raw = exchange.raw();
            let call = raw.update_session_videos(self.session_id.as_uuid(), &body);
            let reply = exchange.json(pin!(call)).await?;
            Ok(reply.map(from_raw::updated_videos))
        })
    }
}

/// The operation behind [`ChatResource::update_mode`](crate::ChatResource::update_mode).
/// It has only the options of every [`Call`](crate::Call).
#[derive(Clone, Debug)]
pub struct UpdateMode {
    pub(crate) session_id: SessionId,
    pub(crate) use_all_images: bool,
}

impl Run for UpdateMode {
    type Output = UpdatedMode;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "update_mode",
        doing: "change the session's mode",
        ..*UpdateImages::SPEC
    };

    fn run(self, context: CallContext) -> Running<UpdatedMode> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(Some(self.session_id))?;
            let body = raw::UpdateSessionModeRequest {
                use_all_images: self.use_all_images,
            };
            let raw = exchange.raw();
            let call = raw.update_session_mode(self.session_id.as_uuid(), &body);
            let reply = exchange.json(pin!(call)).await?;
            Ok(reply.map(from_raw::updated_mode))
        })
    }
}
