//! Long trials with counts that must hold: `cargo xtask soak` runs them as long
//! as one likes, the tests run them short. Each gives [`Figures`] or says what
//! did not hold.

pub mod command_line;
pub mod endurance;
pub mod exactly_once;
pub mod figures;
pub mod load;
pub mod memory;
pub mod service;
pub mod sessions;
pub mod usage;

pub use figures::Figures;
