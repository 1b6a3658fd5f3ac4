//! What the commands of maintenance do: codegen, drift and import, and the detector
//! against all that tests it. One program, which links the generator once.

/// One in so many edits is tried in a usual run where that takes long;
/// `CHATS_EVERY_EDIT=1`, which `cargo xtask ci --full` sets, takes all.
const SAMPLED: usize = 3;

fn all_are_wanted() -> bool {
    std::env::var_os("CHATS_EVERY_EDIT").is_some()
}

/// Whether the edit at this place of its list is tried.
fn is_sampled(place: usize) -> bool {
    place.is_multiple_of(SAMPLED) || all_are_wanted()
}

mod command;
mod detector;
mod differences;
mod experiments;
mod generated;
mod import;
mod verdicts;
