//! The one table that judges differences. A row covers kinds of difference in some
//! positions, and may require a circumstance; the first row that fits decides. To change
//! a judgement, change a row: `wire` is for any client of the old contract, read
//! strictly, `source` for users' code once the SDK is regenerated, and the last word says
//! whether the SDK released today survives.

use super::Verdict;
use super::position::{Finding, Kind, Position as At};
use super::usage::{Sent, Usage};

/// A circumstance that a row may require.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// None.
    Always,
    /// Every call of `chats` sends it.
    AlwaysSent,
    /// No call of `chats` sends it.
    NeverSent,
    /// The transport of `chats` sends it.
    FromTransport,
    /// It is a header or a cookie that no function has an argument for.
    Carried,
    /// It identifies the thing described, or is an item of a list, or `chats` makes
    /// nothing of its holder without it: no default replaces it.
    Identity,
    /// The same, but the generated type can do without it.
    SpareIdentity,
    /// It is an item of a list.
    Item,
    /// Only the bearer key is required.
    Bearer,
    /// It has no body.
    Bodyless,
    /// It has the content of another success.
    Alike,
    /// It is one of several kinds of bytes.
    Beside,
    /// A stream comes with the status that may mean that no stream comes.
    Accepted,
    /// The schema allowed nothing beyond what it listed.
    Closed,
    /// Nothing takes its place.
    Last,
    /// The generated Rust type changes.
    Retyped,
    /// The generated type is, or was, that of a date.
    Dated,
    /// It is still there in another spelling, with the same name and type in Rust.
    Respelled,
    /// The text encodes other bytes, such as base64, or no longer does.
    Encoded,
    /// Without the event, or its text, a stream has no result.
    Decisive,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What happened: any of these.
    pub kinds: &'static [Kind],
    /// Where.
    pub at: &'static [At],
    /// Under which circumstance.
    pub when: When,
    /// For a strict client of the old contract.
    pub wire: Verdict,
    /// For users' code and the regenerated SDK.
    pub source: Verdict,
    /// Whether the released SDK survives it.
    pub absorbed: bool,
    /// Why, for a person.
    pub why: &'static str,
}

/// Differences after which a strict reader meets something unknown.
const STRICT_READERS_FAIL: &[Kind] = &[
    Kind::PropertyRemoved,
    Kind::PropertyBecameOptional,
    Kind::NullAllowed,
    Kind::TypeChanged,
    Kind::TypeWidened,
    Kind::FormatRemoved,
    Kind::FormatChanged,
    Kind::EnumValueAdded,
    Kind::EnumRemoved,
    Kind::BoundLoosened,
    Kind::ConstraintChanged,
    Kind::ExtraAllowed,
    Kind::AlternativeAdded,
];

/// Differences after which every reader works unchanged.
const READERS_GO_ON: &[Kind] = &[
    Kind::PropertyAdded,
    Kind::RequiredPropertyAdded,
    Kind::PropertyBecameRequired,
    Kind::NullForbidden,
    Kind::TypeNarrowed,
    Kind::FormatAdded,
    Kind::EnumValueRemoved,
    Kind::EnumAdded,
    Kind::BoundTightened,
    Kind::ExtraForbidden,
    Kind::AlternativeRemoved,
];

/// Differences after which some of what was sent may be rejected.
const SENDERS_FAIL: &[Kind] = &[
    Kind::StyleChanged,
    Kind::TypeChanged,
    Kind::TypeNarrowed,
    Kind::FormatAdded,
    Kind::FormatChanged,
    Kind::EnumValueRemoved,
    Kind::EnumAdded,
    Kind::BoundTightened,
    Kind::ConstraintChanged,
    Kind::AlternativeRemoved,
];

const ABSORBED: bool = true;
const FELT: bool = false;

const fn row(
    kinds: &'static [Kind],
    at: &'static [At],
    when: When,
    wire: Verdict,
    source: Verdict,
    absorbed: bool,
    why: &'static str,
) -> Rule {
    Rule {
        kinds,
        at,
        when,
        wire,
        source,
        absorbed,
        why,
    }
}

/// The table.
#[rustfmt::skip]
pub static RULES: &[Rule] = &[
    row(&[Kind::OperationAdded], &[At::Whole], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "old clients never call it"),
    row(&[Kind::OperationRemoved], &[At::Whole], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "calls to it fail, and its function disappears"),
    row(&[Kind::OperationMoved], &[At::Whole], When::Always, Verdict::Breaking, Verdict::Compatible, FELT, "calls to the old address fail; the function keeps its name and calls the new one"),
    row(&[Kind::OperationRenamed], &[At::Whole], When::Always, Verdict::Unchanged, Verdict::Breaking, FELT, "nothing changes on the wire, but the generated function has another name"),
    row(&[Kind::NotGenerated], &[At::Whole], When::Always, Verdict::Unchanged, Verdict::Breaking, FELT, "the generator cannot express it, so its function disappears from a regenerated client"),
    row(&[Kind::ServerAdded], &[At::Whole], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients need not use it"),
    row(&[Kind::ServerRemoved], &[At::Whole], When::Always, Verdict::Breaking, Verdict::Compatible, FELT, "clients still call an address that is no longer promised"),
    row(&[Kind::SchemeAdded], &[At::Whole], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "another accepted credential does not affect the known ones"),
    row(&[Kind::SchemeRemoved], &[At::Whole], When::Last, Verdict::Compatible, Verdict::Compatible, FELT, "nothing requires this credential, and a key that is sent does no harm"),
    row(&[Kind::SchemeRemoved], &[At::Whole], When::Always, Verdict::Breaking, Verdict::Compatible, FELT, "clients use a credential that is no longer accepted"),
    row(&[Kind::SecurityTightened], &[At::Request], When::Bearer, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a client that sends no key is rejected; ours always sends it"),
    row(&[Kind::SecurityTightened], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "it requires a credential that clients do not have"),
    row(&[Kind::SecurityLoosened], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "every client that had access still has"),
    row(&[Kind::ParameterAdded], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients can leave it out"),
    row(&[Kind::RequiredParameterAdded], &[At::Request], When::FromTransport, Verdict::Breaking, Verdict::Compatible, ABSORBED, "requests without it are rejected; our transport always sends it"),
    row(&[Kind::RequiredParameterAdded], &[At::Request], When::Carried, Verdict::Breaking, Verdict::Compatible, FELT, "requests without it are rejected; no function has an argument for it"),
    row(&[Kind::RequiredParameterAdded, Kind::RequiredPropertyAdded], &[At::Request], When::Respelled, Verdict::Breaking, Verdict::Compatible, FELT, "requests without it are rejected; a regenerated SDK sends it under this name, which is the same in Rust"),
    row(&[Kind::RequiredParameterAdded], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "requests without it are rejected, and a function needs another argument"),
    row(&[Kind::ParameterRemoved], &[At::Request], When::NeverSent, Verdict::Breaking, Verdict::Compatible, ABSORBED, "what it asked for is ignored; ours never sends it"),
    row(&[Kind::ParameterRemoved], &[At::Request], When::FromTransport, Verdict::Breaking, Verdict::Compatible, ABSORBED, "it is sent and ignored; no call depends on it"),
    row(&[Kind::PropertyRemoved], &[At::Request], When::NeverSent, Verdict::Breaking, Verdict::Compatible, ABSORBED, "what it asked for is ignored or rejected; ours never sends it"),
    row(&[Kind::ParameterRemoved, Kind::PropertyRemoved], &[At::Request], When::Respelled, Verdict::Breaking, Verdict::Compatible, FELT, "what it asked for is ignored or rejected; a regenerated SDK sends it under a name that is the same in Rust"),
    row(&[Kind::ParameterRemoved], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "what it asked for is ignored or rejected, and an option disappears"),
    row(&[Kind::ParameterBecameRequired], &[At::Request], When::FromTransport, Verdict::Breaking, Verdict::Compatible, ABSORBED, "requests without it are rejected; our transport always sends it"),
    row(&[Kind::ParameterBecameRequired], &[At::Request], When::AlwaysSent, Verdict::Breaking, Verdict::Compatible, ABSORBED, "requests without it are rejected; ours always send it"),
    row(&[Kind::ParameterBecameRequired], &[At::Request], When::Carried, Verdict::Breaking, Verdict::Compatible, FELT, "requests without it are rejected; no function has an argument for it"),
    row(&[Kind::ParameterBecameRequired], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "requests without it are rejected, and an option becomes an argument"),
    row(&[Kind::ParameterBecameOptional], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients that send it can continue to"),
    row(SENDERS_FAIL, &[At::Request], When::NeverSent, Verdict::Breaking, Verdict::Compatible, ABSORBED, "some of what clients send may be rejected; ours never sends it"),
    row(SENDERS_FAIL, &[At::Request], When::Carried, Verdict::Breaking, Verdict::Compatible, FELT, "some of what clients send may be rejected; no function has an argument for it"),
    row(&[Kind::StyleChanged], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "the server expects another notation, which the generator cannot write"),
    row(&[Kind::BodyAdded], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients can leave it out"),
    row(&[Kind::RequiredBodyAdded], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "requests without it are rejected, and a function needs another argument"),
    row(&[Kind::BodyRemoved], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "what it asked for is ignored or rejected"),
    row(&[Kind::BodyBecameRequired], &[At::Request], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "requests without it are rejected; ours always send it"),
    row(&[Kind::BodyBecameOptional], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients that send it can continue to"),
    row(&[Kind::MediaTypeAdded], &[At::Request], When::Retyped, Verdict::Compatible, Verdict::Breaking, FELT, "clients need not send it, but a regenerated function can write none of what is listed"),
    row(&[Kind::MediaTypeAdded], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients need not send it"),
    row(&[Kind::MediaTypeAdded], &[At::Response], When::Retyped, Verdict::Compatible, Verdict::Breaking, FELT, "clients ask for the media types that they know, but the function returns another type"),
    row(&[Kind::MediaTypeAdded], &[At::Response, At::Error, At::Untyped], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients ask for the media types that they know"),
    row(&[Kind::MediaTypeRemoved], &[At::Request], When::Retyped, Verdict::Breaking, Verdict::Breaking, FELT, "bodies of that media type are rejected, and the generator can write none of those that are left"),
    row(&[Kind::MediaTypeRemoved], &[At::Request], When::Always, Verdict::Breaking, Verdict::Compatible, FELT, "bodies of that media type are rejected; a regenerated SDK sends another"),
    row(&[Kind::MediaTypeRemoved], &[At::Response], When::Retyped, Verdict::Breaking, Verdict::Breaking, FELT, "replies cannot be decoded, and the function returns another type"),
    row(&[Kind::MediaTypeRemoved], &[At::Response], When::Beside, Verdict::Breaking, Verdict::Compatible, FELT, "replies of that media type are never sent, but the function still returns bytes"),
    row(&[Kind::MediaTypeRemoved], &[At::Response, At::Untyped], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "replies of that media type are never sent; ours reads JSON under any name"),
    row(&[Kind::MediaTypeRemoved], &[At::Error], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "error bodies cannot be decoded; ours accepts any error body"),
    row(&[Kind::StatusChanged], &[At::Response], When::Accepted, Verdict::Breaking, Verdict::Compatible, FELT, "this status usually means that no stream follows, so the SDK expects one only after it is regenerated"),
    row(&[Kind::StatusChanged], &[At::Response], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict client treats an unknown success as a failure; ours accepts any 2xx with the same content"),
    row(&[Kind::StatusNarrowed], &[At::Response, At::Error], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "it is one of those that were promised"),
    row(&[Kind::StatusAdded], &[At::Response], When::Alike, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict client treats an unknown success as a failure; ours accepts any 2xx with the same content"),
    row(&[Kind::StatusAdded], &[At::Response], When::Bodyless, Verdict::Breaking, Verdict::Compatible, FELT, "a strict client treats an unknown success as a failure, and ours expects content, of which it has none"),
    row(&[Kind::StatusAdded], &[At::Response], When::Always, Verdict::Breaking, Verdict::Compatible, FELT, "a strict client treats an unknown success as a failure, and ours cannot read its content"),
    row(&[Kind::StatusRemoved], &[At::Response], When::Bodyless, Verdict::Behavioural, Verdict::Behavioural, FELT, "it had no content, but what it meant no longer happens"),
    row(&[Kind::StatusRemoved], &[At::Response], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "its content is never sent"),
    row(&[Kind::ErrorStatusAdded], &[At::Error], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "what is no success is handled alike, whatever its status"),
    row(&[Kind::ErrorStatusRemoved], &[At::Error], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "no client depends on what is no success"),
    row(&[Kind::HeaderAdded], &[At::Header], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "unknown headers are ignored"),
    row(&[Kind::HeaderRemoved], &[At::Header], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "its information is silently lost; ours treats every header as optional"),
    row(&[Kind::HeaderBecameRequired], &[At::Header], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "readers that can do without it still can"),
    row(&[Kind::HeaderBecameOptional], &[At::Header], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader requires it; ours does not"),
    row(&[Kind::EventAdded], &[At::Event], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader rejects events that it does not know; ours passes them on"),
    row(&[Kind::EventAdded], &[At::Error], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader rejects events that it does not know; ours ends the stream with an error"),
    row(&[Kind::EventRemoved], &[At::Error], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "what it says of a failure is silently lost; ours tells that the stream ended early"),
    row(&[Kind::EventRemoved], &[At::Event], When::Decisive, Verdict::Breaking, Verdict::Breaking, FELT, "without it a stream has no result"),
    row(&[Kind::EventRemoved], &[At::Event], When::Always, Verdict::Breaking, Verdict::Breaking, ABSORBED, "its information and its token are silently lost; the stream continues"),
    row(&[Kind::PropertyAdded], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients can leave it out"),
    row(&[Kind::PropertyAdded], &[At::Response, At::Error, At::Event], When::Closed, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader was promised no other fields; ours ignores them"),
    row(&[Kind::PropertyAdded], &[At::Response, At::Error, At::Event], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "unknown fields are ignored"),
    row(&[Kind::RequiredPropertyAdded], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "requests without it are rejected, and a function needs another argument"),
    row(&[Kind::RequiredPropertyAdded], &[At::Response, At::Error, At::Event], When::Closed, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader was promised no other fields; ours ignores them"),
    row(&[Kind::RequiredPropertyAdded], &[At::Response, At::Error, At::Event], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "unknown fields are ignored"),
    row(&[Kind::PropertyRemoved], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "what it asked for is ignored or rejected, and an option disappears"),
    row(&[Kind::PropertyRemoved], &[At::Response], When::Respelled, Verdict::Breaking, Verdict::Compatible, ABSORBED, "its information is lost; ours reads it as absent, and once regenerated under a name that is the same in Rust"),
    row(&[Kind::PropertyRemoved], &[At::Response], When::Identity, Verdict::Breaking, Verdict::Breaking, FELT, "nothing can replace it: it identifies the object, or holds everything else"),
    row(&[Kind::PropertyRemoved], &[At::Response], When::Always, Verdict::Breaking, Verdict::Breaking, ABSORBED, "its information is lost, and a type loses a field; ours reads it as absent"),
    row(&[Kind::PropertyRemoved], &[At::Error], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "its information is lost; ours accepts errors of any form"),
    row(&[Kind::PropertyRemoved], &[At::Event], When::Decisive, Verdict::Breaking, Verdict::Breaking, FELT, "the text of an answer is lost, and a token loses a field"),
    row(&[Kind::PropertyRemoved], &[At::Event], When::Identity, Verdict::Breaking, Verdict::Breaking, FELT, "an item without an id is dropped"),
    row(&[Kind::PropertyRemoved], &[At::Event], When::Always, Verdict::Breaking, Verdict::Breaking, ABSORBED, "its information is lost, and a token loses a field; ours never fails on a missing field"),
    row(&[Kind::PropertyBecameRequired], &[At::Request], When::AlwaysSent, Verdict::Breaking, Verdict::Compatible, ABSORBED, "requests without it are rejected; ours always send it"),
    row(&[Kind::PropertyBecameRequired], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "requests without it are rejected, and an option becomes an argument"),
    row(&[Kind::PropertyBecameRequired], &[At::Response, At::Error, At::Event], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "readers that can do without it still can"),
    row(&[Kind::PropertyBecameOptional], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients that send it can continue to"),
    row(&[Kind::PropertyBecameOptional, Kind::NullAllowed], &[At::Response], When::SpareIdentity, Verdict::Breaking, Verdict::Compatible, FELT, "an object without it is dropped or fails; in the generated type it is optional already"),
    row(&[Kind::PropertyBecameOptional], &[At::Response], When::Identity, Verdict::Breaking, Verdict::Breaking, FELT, "a reader cannot identify the object when it is absent"),
    row(&[Kind::NullAllowed], &[At::Event, At::Untyped], When::Item, Verdict::Breaking, Verdict::Compatible, FELT, "a strict reader fails on null; ours leaves an item that is null out"),
    row(&[Kind::PropertyBecameOptional, Kind::NullAllowed], &[At::Event, At::Untyped], When::Identity, Verdict::Breaking, Verdict::Compatible, FELT, "an item without an id is dropped; no generated type requires it"),
    row(&[Kind::PropertyRemoved], &[At::Untyped], When::Identity, Verdict::Breaking, Verdict::Compatible, FELT, "an item without an id is dropped; no generated type requires it"),
    row(&[Kind::PropertyBecameOptional], &[At::Response, At::Error, At::Event], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader fails when it is absent; ours treats it as optional already"),
    row(&[Kind::NullAllowed], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients need not send it"),
    row(&[Kind::NullAllowed], &[At::Response], When::Identity, Verdict::Breaking, Verdict::Breaking, FELT, "null cannot replace an id, an item or a whole reply"),
    row(&[Kind::NullAllowed], &[At::Response, At::Error, At::Event], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader fails on null; ours reads it as absent"),
    row(&[Kind::NullForbidden], &[At::Request], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "requests with null are rejected; ours leaves absent values out"),
    row(&[Kind::NullForbidden], &[At::Response, At::Error, At::Event], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "readers that accept null never see it"),
    row(&[Kind::TypeChanged], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "the server rejects what clients send, and an argument changes its type"),
    row(&[Kind::TypeChanged], &[At::Response], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "the value cannot be decoded, and a field changes its type"),
    row(&[Kind::TypeChanged, Kind::TypeWidened], &[At::Event], When::Decisive, Verdict::Breaking, Verdict::Breaking, FELT, "the text of an answer cannot be read, and a field of a token changes its type"),
    row(&[Kind::TypeChanged, Kind::TypeWidened], &[At::Event], When::Always, Verdict::Breaking, Verdict::Breaking, ABSORBED, "the value cannot be decoded, and a field of a token changes its type; ours leaves out what it cannot read"),
    row(&[Kind::TypeChanged], &[At::Error], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "error bodies cannot be decoded; ours accepts errors of any form"),
    row(&[Kind::TypeWidened], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "everything that clients send is still accepted"),
    row(&[Kind::TypeWidened], &[At::Response], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "some values cannot be decoded, and a field changes its type"),
    row(&[Kind::TypeWidened], &[At::Error], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "error bodies cannot be decoded; ours accepts errors of any form"),
    row(&[Kind::TypeNarrowed], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "some of what clients send is rejected, and an argument changes its type"),
    row(&[Kind::TypeNarrowed], &[At::Response, At::Event], When::Always, Verdict::Compatible, Verdict::Breaking, FELT, "every value can still be decoded, but a field changes its type"),
    row(&[Kind::TypeNarrowed], &[At::Error], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "every value can still be decoded"),
    row(&[Kind::FormatAdded], &[At::Request], When::Retyped, Verdict::Breaking, Verdict::Breaking, FELT, "other values are rejected, and an argument changes its type"),
    row(&[Kind::FormatAdded], &[At::Request], When::Always, Verdict::Breaking, Verdict::Compatible, FELT, "other values are rejected"),
    row(&[Kind::FormatAdded], &[At::Response, At::Error, At::Event, At::Header, At::Untyped], When::Encoded, Verdict::Behavioural, Verdict::Behavioural, FELT, "the same text means something else now"),
    row(&[Kind::FormatRemoved], &[At::Request], When::Encoded, Verdict::Behavioural, Verdict::Behavioural, FELT, "the same text means something else now"),
    row(&[Kind::FormatAdded], &[At::Response], When::Retyped, Verdict::Compatible, Verdict::Breaking, FELT, "every value can still be decoded, but a field changes its type"),
    row(&[Kind::FormatAdded], &[At::Response], When::Dated, Verdict::Compatible, Verdict::Breaking, FELT, "every value can still be decoded, but a field changes its type"),
    row(&[Kind::FormatAdded], &[At::Response, At::Error, At::Event], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "every value can still be decoded"),
    row(&[Kind::FormatRemoved], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "everything that clients send is still accepted"),
    row(&[Kind::FormatRemoved], &[At::Response], When::Retyped, Verdict::Breaking, Verdict::Breaking, FELT, "some values cannot be decoded, and a field changes its type"),
    row(&[Kind::FormatChanged], &[At::Response], When::Retyped, Verdict::Breaking, Verdict::Breaking, FELT, "the value cannot be decoded, and a field changes its type"),
    row(&[Kind::FormatRemoved, Kind::FormatChanged], &[At::Response], When::Dated, Verdict::Breaking, Verdict::Breaking, ABSORBED, "a strict reader rejects other values, and a field changes its type; ours leaves out what it cannot read"),
    row(&[Kind::FormatRemoved], &[At::Response, At::Error, At::Event], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader rejects other values; ours leaves out what it cannot read"),
    row(&[Kind::FormatChanged], &[At::Request], When::Retyped, Verdict::Breaking, Verdict::Breaking, FELT, "what clients send is rejected, and an argument changes its type"),
    row(&[Kind::FormatChanged], &[At::Request], When::Always, Verdict::Breaking, Verdict::Compatible, FELT, "what clients send is rejected"),
    row(&[Kind::FormatChanged], &[At::Response, At::Error, At::Event], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader rejects other values; ours leaves out what it cannot read"),
    row(&[Kind::EnumValueAdded], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients need not send it"),
    row(&[Kind::EnumValueAdded], &[At::Response, At::Error, At::Event], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader rejects values that it does not know; our enums are open"),
    row(&[Kind::EnumValueRemoved], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "requests with it are rejected, and its name disappears"),
    row(&[Kind::EnumValueRemoved], &[At::Response, At::Error, At::Event], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "readers that know it never see it"),
    row(&[Kind::EnumAdded], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "other values are rejected, and an argument changes its type"),
    row(&[Kind::EnumAdded], &[At::Response, At::Error, At::Event], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "every value can still be read"),
    row(&[Kind::EnumRemoved], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "everything that clients send is still accepted"),
    row(&[Kind::EnumRemoved], &[At::Response, At::Error, At::Event], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader rejects values that it does not know; our enums are open"),
    row(&[Kind::BoundTightened], &[At::Request], When::Always, Verdict::Breaking, Verdict::Compatible, FELT, "some of what clients send is rejected"),
    row(&[Kind::BoundTightened], &[At::Response, At::Error, At::Event], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "every value is within the old bounds"),
    row(&[Kind::BoundLoosened], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "everything that clients send is still accepted"),
    row(&[Kind::BoundLoosened], &[At::Response, At::Error, At::Event], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader checks the old bounds; ours checks none"),
    row(&[Kind::ConstraintChanged], &[At::Request], When::Always, Verdict::Breaking, Verdict::Compatible, FELT, "some of what clients send may be rejected"),
    row(&[Kind::ConstraintChanged], &[At::Response, At::Error, At::Event], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader checks the old constraint; ours checks none"),
    row(&[Kind::DefaultChanged], &[At::Request], When::AlwaysSent, Verdict::Behavioural, Verdict::Behavioural, ABSORBED, "leaving it out has another meaning; ours never leaves it out"),
    row(&[Kind::DefaultChanged], &[At::Request], When::Always, Verdict::Behavioural, Verdict::Behavioural, FELT, "leaving it out has another meaning"),
    row(&[Kind::DefaultChanged], &[At::Response, At::Error, At::Event, At::Header, At::Untyped], When::Always, Verdict::Behavioural, Verdict::Behavioural, FELT, "its absence has another meaning"),
    row(&[Kind::ExtraForbidden], &[At::Request], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "requests with other fields are rejected; ours sends none"),
    row(&[Kind::ExtraForbidden], &[At::Response, At::Error, At::Event], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "every value can still be read"),
    row(&[Kind::ExtraAllowed], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients need not send more"),
    row(&[Kind::ExtraAllowed], &[At::Response, At::Error, At::Event], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader rejects unknown fields; ours ignores them"),
    row(&[Kind::AlternativeAdded], &[At::Request], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "the known forms are still accepted"),
    row(&[Kind::AlternativeAdded], &[At::Response, At::Error, At::Event], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader rejects forms that it does not know; ours keeps them as plain JSON"),
    row(&[Kind::AlternativeRemoved], &[At::Request], When::Always, Verdict::Breaking, Verdict::Breaking, FELT, "requests of that form are rejected"),
    row(&[Kind::AlternativeRemoved], &[At::Response, At::Error, At::Event], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "readers that know it never see it"),
    row(STRICT_READERS_FAIL, &[At::Header], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader fails on the header; ours treats every header as optional text, and no type is generated for it"),
    row(READERS_GO_ON, &[At::Header], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients that read the header still can"),
    row(&[Kind::PropertyAdded, Kind::RequiredPropertyAdded], &[At::Untyped], When::Closed, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader was promised no other fields; ours ignores them"),
    row(STRICT_READERS_FAIL, &[At::Untyped], When::Always, Verdict::Breaking, Verdict::Compatible, ABSORBED, "a strict reader fails on it; no type is generated for it, and ours leaves out what it cannot read"),
    row(READERS_GO_ON, &[At::Untyped], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "clients that read it still can"),
    row(&[Kind::Deprecated], &[At::Whole, At::Request, At::Response, At::Error, At::Event, At::Header, At::Untyped], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "it still works; plan to stop using it"),
    row(&[Kind::Undeprecated], &[At::Whole, At::Request, At::Response, At::Error, At::Event, At::Header, At::Untyped], When::Always, Verdict::Compatible, Verdict::Compatible, FELT, "it works as before"),
];

/// The rule for differences without a row: the worst verdicts, so that somebody looks.
static UNJUDGED: Rule = row(
    &[],
    &[],
    When::Always,
    Verdict::Breaking,
    Verdict::Breaking,
    FELT,
    "no rule covers this yet",
);

/// The row that decides a difference.
#[must_use]
pub fn rule(finding: &Finding, usage: &Usage) -> &'static Rule {
    RULES
        .iter()
        .find(|rule| {
            rule.kinds.contains(&finding.kind)
                && rule.at.contains(&finding.position)
                && holds(rule.when, finding, usage)
        })
        .unwrap_or(&UNJUDGED)
}

fn holds(when: When, finding: &Finding, usage: &Usage) -> bool {
    let facts = &finding.facts;
    let sent = || usage.sent(&finding.name, facts.field.as_deref());
    match when {
        When::Always => true,
        When::AlwaysSent => sent() == Some(Sent::Always),
        When::NeverSent => facts.unsent || sent() == Some(Sent::Never),
        When::FromTransport => facts.from_transport,
        When::Carried => facts.carried,
        When::Identity => facts.identity || usage.needs(&finding.name, &finding.place),
        When::SpareIdentity => {
            holds(When::Identity, finding, usage) && usage.spares(&finding.name, &finding.place)
        }
        When::Item => finding.place.ends_with("[]"),
        When::Bearer => facts.bearer,
        When::Dated => facts.dated,
        When::Respelled => facts.respelled,
        When::Encoded => facts.encoded,
        When::Bodyless => facts.bodyless,
        When::Alike => facts.alike,
        When::Beside => facts.beside,
        When::Accepted => facts.accepted,
        When::Closed => facts.closed,
        When::Last => facts.last,
        When::Retyped => facts.retyped,
        When::Decisive => facts.decisive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_judged_in_every_position_in_which_it_can_stand() {
        for kind in Kind::ALL {
            let rows = || RULES.iter().filter(|rule| rule.kinds.contains(kind));
            assert!(rows().count() > 0, "{}", kind.name());
            for position in At::ALL {
                let last = rows().rfind(|rule| rule.at.contains(&position));
                let last = last.map(|rule| rule.when);
                assert!(
                    matches!(last, None | Some(When::Always)),
                    "{} {position:?}",
                    kind.name()
                );
            }
        }
    }

    #[test]
    fn no_row_is_hidden_behind_others() {
        for (index, rule) in RULES.iter().enumerate() {
            let hidden = |kind: &Kind, at: &At| {
                RULES[..index].iter().any(|earlier| {
                    earlier.kinds.contains(kind)
                        && earlier.at.contains(at)
                        && (earlier.when == rule.when || earlier.when == When::Always)
                })
            };
            for (kind, at) in rule
                .kinds
                .iter()
                .flat_map(|kind| rule.at.iter().map(move |at| (kind, at)))
            {
                assert!(!hidden(kind, at), "{} at {at:?}", kind.name());
            }
        }
    }

    #[test]
    fn what_is_absorbed_is_breaking_or_behavioural_on_the_wire() {
        for rule in RULES.iter().filter(|rule| rule.absorbed) {
            assert!(rule.wire >= Verdict::Behavioural, "{}", rule.why);
        }
    }
}
