//! What the commands of maintenance do: codegen, drift and import, and the detector
//! against all that tests it. One program, which links the generator once.

/// One in so many edits goes through the generator in a usual run, since that takes seconds
/// for each; `CHATS_EVERY_EDIT=1`, which `cargo xtask ci --full` sets, takes all.
const SAMPLED: usize = 3;

/// Whether the edit at this place of its list goes through the generator.
fn is_sampled(place: usize) -> bool {
    place.is_multiple_of(SAMPLED) || std::env::var_os("CHATS_EVERY_EDIT").is_some()
}

mod command;
mod detector;
mod differences;
mod experiments;
mod generated;
mod import;
mod verdicts;
