//! What a change of the contract moves, as texts for review: what it means, what the raw
//! client offers, what users of `chats` can name, the JSON of its types beside the
//! contract's shapes, what samples of replies and streams become, which functions each
//! operation touches, and how drift is told. CI never accepts a text that moved.

mod absorbed;
mod blast_radius;
mod contract_is_valid;
mod contract_model;
mod drift_reports;
mod json_schemas;
mod public_api;
mod raw_signatures;
mod samples;
