//! Exporting a conversation as a file.

use std::pin::pin;

use chats_raw::types as raw;

use crate::call::Call;
use crate::call::operation::{CallContext, Run, Running};
use crate::error::{Error, ErrorKind};
use crate::json;
use crate::retry::breaker::EndpointGroup;
use crate::transport::{OperationSpec, ReplyKind, failure_in};
use crate::types::{Export, ExportFormat, SessionId};

/// The operation behind [`ChatResource::export_session`](crate::ChatResource::export_session);
/// its options are methods on [`Call`].
#[derive(Clone, Debug)]
pub struct ExportSession {
    session_id: SessionId,
    format: ExportFormat,
    include_metadata: bool,
}

impl ExportSession {
    pub(crate) fn new(session_id: SessionId) -> Self {
        Self {
            session_id,
            format: ExportFormat::Markdown,
            include_metadata: false,
        }
    }
}

impl<M, D> Call<ExportSession, M, D> {
    /// The kind of file. Default: [`Markdown`](ExportFormat::Markdown).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let json = chats.export_session(id).format(chats::ExportFormat::Json).await?;
    /// # Ok(()) });
    /// ```
    pub fn format(mut self, format: ExportFormat) -> Self {
        self.operation().format = format;
        self
    }

    /// Whether the file also carries the metadata of each message, such as its token count
    /// and its images; the service decides which. Default: false.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let file = chats.export_session(id).include_metadata(true).await?;
    /// # Ok(()) });
    /// ```
    pub fn include_metadata(mut self, include: bool) -> Self {
        self.operation().include_metadata = include;
        self
    }
}

impl Run for ExportSession {
    type Output = Export;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "export_session",
        doing: "export the session",
        group: EndpointGroup::Exports,
        idempotent: true,
        look_first: None,
        reply: ReplyKind::File,
    };

    fn run(self, context: CallContext) -> Running<Export> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(Some(self.session_id))?;
            let format = match self.format {
                ExportFormat::Json => raw::ExportChatSessionFormat::Json,
                ExportFormat::Markdown => raw::ExportChatSessionFormat::Markdown,
                ExportFormat::Text => raw::ExportChatSessionFormat::Text,
            };
            let raw = exchange.raw();
            let call = raw.export_chat_session(
                self.session_id.as_uuid(),
                Some(format),
                Some(self.include_metadata),
            );
            let reply = exchange.whole(pin!(call)).await?;
            let export = exchange.look_at_reply(|headers, body| Export::new(body.clone(), headers));
            match in_place_of_a_file(&export, exchange.record().status()) {
                Some(error) => Err(exchange.fail(error.with_body(export.into_bytes()))),
                None => Ok(reply.map(|()| export)),
            }
        })
    }
}

/// The failure if a success carries no file: nothing, a page such as that of a login, or an
/// error of the service.
fn in_place_of_a_file(export: &Export, status: u16) -> Option<Error> {
    let (bytes, content_type) = (export.bytes(), export.content_type());
    let decode = |problem: &str| Some(Error::new(ErrorKind::Decode, problem));
    if status == 204 {
        return decode("the reply is empty");
    }
    if content_type.is_some_and(|kind| kind.trim_start().starts_with("text/html")) {
        return decode("the reply is a web page");
    }
    // A file that is larger is no error message, and not worth reading as one.
    if export.filename().is_some() || bytes.len() > 4096 || !bytes.starts_with(b"{") {
        return None;
    }
    // A session may have a message and a code, too; only failures have one of these.
    let object = json::value(bytes).ok()?;
    let failed = ["error", "error_code", "detail"]
        .iter()
        .any(|key| object.get(key).is_some());
    failed.then(|| failure_in(bytes)).flatten()
}
