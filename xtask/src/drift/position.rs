//! What a difference is and where it stands, without judgement.

/// Where a difference stands; the same edit means different things to a sender
/// and to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    /// The contract or an operation as a whole.
    Whole,
    /// Something that a client sends.
    Request,
    /// Something that a client reads from a success.
    Response,
    /// Something that a client reads from an error.
    Error,
    /// Something that a client reads from a stream.
    Event,
    /// Something that a client reads from a header of a reply.
    Header,
    /// Something in a success for which the SDK has no type of its own: bytes, JSON that
    /// may have several forms, and content that it does not ask for.
    Untyped,
}

impl Position {
    /// Every position.
    pub const ALL: [Self; 7] = [
        Self::Whole,
        Self::Request,
        Self::Response,
        Self::Error,
        Self::Event,
        Self::Header,
        Self::Untyped,
    ];
}

/// Declares [`Kind`] with its words, so that none can be forgotten.
macro_rules! kinds {
    ($($variant:ident = $name:literal: $doc:literal,)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $doc] $variant,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word for programs.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
    OperationAdded = "operation-added": "An operation is new.",
    OperationRemoved = "operation-removed": "An operation is gone.",
    OperationMoved = "operation-moved": "An operation has another path or method.",
    OperationRenamed = "operation-renamed": "The operation's id is another.",
    NotGenerated = "not-generated": "No function can be generated for an operation any more.",
    ServerAdded = "server-added": "A server is new.",
    ServerRemoved = "server-removed": "A server is gone.",
    SchemeAdded = "security-scheme-added": "A way to prove who one is, is new.",
    SchemeRemoved = "security-scheme-removed": "A way to prove who one is, is gone.",
    SecurityTightened = "security-tightened": "A client that was let in may be refused.",
    SecurityLoosened = "security-loosened": "More clients are let in.",
    ParameterAdded = "parameter-added": "An optional parameter is new.",
    RequiredParameterAdded = "required-parameter-added": "A required parameter is new.",
    ParameterRemoved = "parameter-removed": "A parameter is gone.",
    ParameterBecameRequired = "parameter-became-required": "A parameter must be sent now.",
    ParameterBecameOptional = "parameter-became-optional": "A parameter may be left out now.",
    StyleChanged = "parameter-style-changed": "A parameter is written another way.",
    BodyAdded = "body-added": "An optional body is new.",
    RequiredBodyAdded = "required-body-added": "A required body is new.",
    BodyRemoved = "body-removed": "The body is gone.",
    BodyBecameRequired = "body-became-required": "The body must be sent now.",
    BodyBecameOptional = "body-became-optional": "The body may be left out now.",
    MediaTypeAdded = "media-type-added": "A media type is new.",
    MediaTypeRemoved = "media-type-removed": "A media type is gone.",
    StatusChanged = "status-changed": "A success comes with another status.",
    StatusNarrowed = "status-narrowed": "Of a range of statuses, one is named now.",
    StatusAdded = "status-added": "A status of success is new.",
    StatusRemoved = "status-removed": "A status of success is gone.",
    ErrorStatusAdded = "error-status-added": "A status of failure is new.",
    ErrorStatusRemoved = "error-status-removed": "A status of failure is gone.",
    HeaderAdded = "header-added": "A response header is new.",
    HeaderRemoved = "header-removed": "A response header is gone.",
    HeaderBecameRequired = "header-became-required": "A response header is always there now.",
    HeaderBecameOptional = "header-became-optional": "A response header may be absent now.",
    EventAdded = "event-added": "An event of a stream is new.",
    EventRemoved = "event-removed": "An event of a stream is gone.",
    PropertyAdded = "property-added": "An optional property is new.",
    RequiredPropertyAdded = "required-property-added": "A required property is new.",
    PropertyRemoved = "property-removed": "A property is gone.",
    PropertyBecameRequired = "property-became-required": "A property is required now.",
    PropertyBecameOptional = "property-became-optional": "A property may be left out now.",
    NullAllowed = "null-allowed": "A value may be null now.",
    NullForbidden = "null-forbidden": "A value must not be null any more.",
    TypeChanged = "type-changed": "A value has another type.",
    TypeWidened = "type-widened": "A value may have more types.",
    TypeNarrowed = "type-narrowed": "A value may have fewer types.",
    FormatAdded = "format-added": "A value has a format now.",
    FormatRemoved = "format-removed": "A value has no format any more.",
    FormatChanged = "format-changed": "A value has another format.",
    EnumValueAdded = "enum-value-added": "A counted value is new.",
    EnumValueRemoved = "enum-value-removed": "A counted value is gone.",
    EnumAdded = "enum-added": "The values are counted now.",
    EnumRemoved = "enum-removed": "The values are not counted any more.",
    BoundTightened = "bound-tightened": "A bound is narrower.",
    BoundLoosened = "bound-loosened": "A bound is wider.",
    ConstraintChanged = "constraint-changed": "A constraint is another, and not simply narrower or wider.",
    DefaultChanged = "default-changed": "What stands in for an absent value is another.",
    ExtraForbidden = "extra-properties-forbidden": "Properties that are not listed are refused now.",
    ExtraAllowed = "extra-properties-allowed": "Properties that are not listed may come now.",
    AlternativeAdded = "alternative-added": "A further form is possible.",
    AlternativeRemoved = "alternative-removed": "A form is not possible any more.",
    Deprecated = "deprecated": "It is on its way out.",
    Undeprecated = "undeprecated": "It is not on its way out any more.",
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What happened.
    pub kind: Kind,
    /// Where it stands.
    pub position: Position,
    /// The operation as a person writes it, `PUT /chat/sessions/{session_id}`;
    /// empty when it concerns the whole contract.
    pub operation: String,
    /// The name of the operation in the old contract.
    pub name: String,
    /// Its name in the new contract, if it is there.
    pub new_name: Option<String>,
    /// The place in the operation, such as `request.title`.
    pub place: String,
    /// What happened, with the values.
    pub detail: String,
    /// Facts that some rules require.
    pub facts: Facts,
}

/// What a rule may want to know besides kind and position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The value identifies the thing described, and was always present: the SDK needs
    /// it. The SDK needs the items of a list in the same way.
    pub identity: bool,
    /// Nothing else takes its place.
    pub last: bool,
    /// The response has no body, and other statuses stay beside it.
    pub bodyless: bool,
    /// The response has the content of another success.
    pub alike: bool,
    /// The media type is one of several kinds of bytes.
    pub beside: bool,
    /// A stream comes with the status that may mean that no stream comes.
    pub accepted: bool,
    /// Only the bearer key is required, which the SDK always sends.
    pub bearer: bool,
    /// The schema allowed nothing beyond what it listed.
    pub closed: bool,
    /// The generated type changes.
    pub retyped: bool,
    /// The generated type is, or was, that of a date.
    pub dated: bool,
    /// It is still there in another spelling, which gives it the same name and type in
    /// Rust.
    pub respelled: bool,
    /// The text encodes other bytes, or no longer does.
    pub encoded: bool,
    /// The transport of the SDK sends it with every request.
    pub from_transport: bool,
    /// A header or a cookie that no function has an argument for.
    pub carried: bool,
    /// Nothing in the SDK sends it.
    pub unsent: bool,
    /// An event without which a stream has no result, or its text.
    pub decisive: bool,
    /// The field of the request body, or the parameter, that it concerns.
    pub field: Option<String>,
}

impl Finding {
    /// Operation and place.
    #[must_use]
    pub fn location(&self) -> String {
        match (self.operation.is_empty(), self.place.is_empty()) {
            (true, _) => self.place.clone(),
            (_, true) => self.operation.clone(),
            _ => format!("{} {}", self.operation, self.place),
        }
    }
}
