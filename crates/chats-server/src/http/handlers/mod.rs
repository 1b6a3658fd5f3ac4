//! One handler per operation, in files by subject.

pub(super) mod export;
pub(super) mod files;
pub(super) mod images;
pub(super) mod messages;
pub(super) mod plans;
pub(super) mod selection;
pub(super) mod sessions;
