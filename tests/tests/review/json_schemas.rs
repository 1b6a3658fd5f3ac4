//! The JSON Schema of every public type that has one, beside the shape that the
//! contract gives to the same thing. Both are told in one form, without prose.
//! Where they differ, the SDK reads more liberally, or names a thing otherwise.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xtask::code::{public, read as sources_below};
use xtask::contract::resolve::{Resolver, Way};
use xtask::contract::text;
use xtask::document::load::load;
use xtask::workspace;

/// The shape of a schema in its document.
fn shape(document: &Value, schema: &Value, name: &str) -> String {
    let shape = Resolver::new(document, Way::Read).shape(schema, "");
    text::of_named_shape(name, &shape.unwrap())
}

fn beside(name: &str, schema: &Value, contract: Option<&str>) -> String {
    let mut out = shape(schema, schema, &format!("chats::{name}"));
    if let Some(schema) = contract {
        let document = load(&workspace::contract()).unwrap();
        let reference = json!({"$ref": format!("#/components/schemas/{schema}")});
        let name = format!("\nthe contract's {schema}");
        out.push_str(&shape(&document, &reference, &name));
    }
    out
}

macro_rules! schemas {
    ($($type:ty = $name:literal beside $contract:expr;)*) => {
        const TYPES: &[&str] = &[$($name),*];

        #[test]
        fn each_type_is_the_contracts_shape_read_liberally() {
            $({
                let schema = schemars::schema_for!($type).to_value();
                let text = beside($name, &schema, $contract);
                insta::with_settings!({omit_expression => true}, {
                    insta::assert_snapshot!($name, text);
                });
            })*
        }
    };
}

schemas! {
    chats::ChatSession = "ChatSession" beside Some("ChatSessionSummaryResponse");
    chats::SessionList = "SessionList" beside Some("ListChatSessionsResponse");
    chats::ChatSessionDetail = "ChatSessionDetail" beside Some("GetChatSessionResponse");
    chats::ClosedSession = "ClosedSession" beside Some("CloseChatSessionResponse");
    chats::RenamedSession = "RenamedSession" beside Some("RenameChatSessionResponse");
    chats::ChatMessage = "ChatMessage" beside Some("ChatMessageResponse");
    chats::ChatResponse = "ChatResponse" beside Some("SendMessageResponse");
    chats::Role = "Role" beside None;
    chats::ExportFormat = "ExportFormat" beside None;
    chats::ImageReference = "ImageReference" beside Some("MessageImageInfo");
    chats::ImageSearchResults = "ImageSearchResults" beside Some("SearchImagesResponse");
    chats::ChatImageList = "ChatImageList" beside Some("GetAllUserImagesResponse");
    chats::PlanActionResponse = "PlanActionResponse" beside Some("PlanActionResponse");
    chats::UpdatedImages = "UpdatedImages" beside Some("UpdateImagesResponse");
    chats::UpdatedDocuments = "UpdatedDocuments" beside Some("UpdateDocumentsResponse");
    chats::UpdatedVideos = "UpdatedVideos" beside Some("UpdateVideosResponse");
    chats::UpdatedMode = "UpdatedMode" beside Some("UpdateSessionModeResponse");
    chats::ResultRef = "ResultRef" beside Some("ResultRef");
    chats::Reference = "Reference" beside None;
    chats::references::ReferenceTarget = "ReferenceTarget" beside None;
    chats::references::PageRange = "PageRange" beside None;
    chats::SessionId = "SessionId" beside None;
    chats::ImageId = "ImageId" beside None;
    chats::DocumentId = "DocumentId" beside None;
    chats::VideoId = "VideoId" beside None;
    chats::MessageId = "MessageId" beside None;
    chats::PlanId = "PlanId" beside None;
}

#[test]
fn no_public_type_with_a_schema_is_missing() {
    let sources = sources_below(&workspace::root().join("crates/chats/src")).unwrap();
    let public = public::of_crate("chats", &sources);
    // An entry begins at the margin, and ends with what it implements.
    let mut name = "";
    let mut found = BTreeSet::new();
    for line in public.lines() {
        match line.strip_prefix("    impl ") {
            Some(traits) if traits.split(", ").any(|one| one == "JsonSchema") => {
                found.insert(name);
            }
            None if !line.starts_with(' ') => {
                let path = line.split(": ").next().unwrap();
                name = path.rsplit("::").next().unwrap();
            }
            _ => {}
        }
    }
    let known: BTreeSet<_> = TYPES.iter().copied().collect();
    assert_eq!(found, known);
}

#[test]
fn descriptions_are_for_readers_who_know_no_rust() {
    let schema = schemars::schema_for!(chats::ChatSessionDetail).to_value();
    let mut seen = 0;
    let mut queue = vec![&schema];
    while let Some(value) = queue.pop() {
        if let Some(text) = value.get("description").and_then(Value::as_str) {
            seen += 1;
            for part in ["```", "crate::", "Self::", "]("] {
                assert!(!text.contains(part), "{text}");
            }
        }
        queue.extend(
            value
                .as_object()
                .into_iter()
                .flat_map(|object| object.values()),
        );
        queue.extend(value.as_array().into_iter().flatten());
    }
    assert!(seen > 20, "{seen} descriptions");
}
