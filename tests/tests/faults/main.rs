//! The network and the server fail on purpose: the short forms of what
//! `cargo xtask soak` runs as long as one likes.

mod drawn;
mod exactly_once;
mod load;
mod memory;
mod sessions;
