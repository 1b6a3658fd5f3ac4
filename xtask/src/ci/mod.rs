//! `cargo xtask ci`: the checks that a change must pass.
