//! The operations of the contract, by name and by route.

use std::fmt;

use http::Method;

macro_rules! operations {
    ($($variant:ident $method:ident $path:literal $name:literal $about:literal;)*) => {
        /// An operation of the contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Operation {
            $(#[doc = $about] $variant,)*
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The operation's id in the contract.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The method.
            #[must_use]
            pub fn method(self) -> Method {
                match self { $(Self::$variant => Method::$method,)* }
            }

            /// The path below the base URL, with its parameters in braces.
            #[must_use]
            pub fn path(self) -> &'static str {
                match self { $(Self::$variant => $path,)* }
            }
        }
    };
}

operations! {
    CreateSession POST "/chat/sessions" "create_chat_session" "Creates a session.";
    ListSessions GET "/chat/sessions" "list_chat_sessions" "Lists sessions.";
    GetSession GET "/chat/sessions/{session_id}" "get_chat_session" "Shows a session with its messages.";
    CloseSession DELETE "/chat/sessions/{session_id}" "close_chat_session" "Closes a session.";
    SendMessage POST "/chat/sessions/{session_id}/messages" "send_chat_message" "Sends a message.";
    StreamMessage POST "/chat/sessions/{session_id}/messages/stream" "send_message_stream" "Sends a message and streams the answer.";
    UpdateImages PUT "/chat/sessions/{session_id}/images" "update_session_images" "Selects images.";
    UpdateDocuments PUT "/chat/sessions/{session_id}/documents" "update_session_documents" "Selects documents.";
    UpdateVideos PUT "/chat/sessions/{session_id}/videos" "update_session_videos" "Selects videos.";
    UpdateMode PATCH "/chat/sessions/{session_id}/mode" "update_session_mode" "Chooses all images or the selected ones.";
    RenameSession PATCH "/chat/sessions/{session_id}/title" "rename_chat_session" "Renames a session.";
    PlanAction POST "/chat/sessions/{session_id}/plans/{plan_id}/action" "execute_plan_action" "Approves or cancels a plan.";
    ExportSession GET "/chat/sessions/{session_id}/export" "export_chat_session" "Exports a session.";
    AllImages GET "/chat/images/all" "get_all_user_images" "Lists the images.";
    SearchImages POST "/chat/images/search" "search_images" "Searches the images.";
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
