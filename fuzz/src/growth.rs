//! Whether a target's time grows with its input and no faster. It takes time, so
//! it is no test: `cargo xtask fuzz` asks for it after a run.

use std::time::{Duration, Instant};

use crate::targets::Target;

/// The smallest and the largest input.
const SIZES: [usize; 2] = [1 << 16, 1 << 19];
/// How much more than in proportion the time may grow; quadratic would be 8.
const SLACK: u32 = 4;
/// What is quicker than this is not worth a word.
const FLOOR: Duration = Duration::from_millis(2);

/// Repeats each kept input to two sizes, and compares the times.
///
/// # Errors
///
/// The inputs whose time grows faster than they do.
///
/// # Panics
///
/// If the corpus cannot be read.
pub(crate) fn check(target: Target) -> Result<usize, String> {
    let kept = target.kept().expect("a corpus");
    let mut slow = String::new();
    for (number, input) in kept
        .iter()
        .enumerate()
        .filter(|(_, input)| !input.is_empty())
    {
        let [small, large] = SIZES.map(|size| {
            let repeated: Vec<u8> = input.iter().copied().cycle().take(size).collect();
            let took = || {
                let begun = Instant::now();
                (target.run)(&repeated);
                begun.elapsed()
            };
            (0..3).map(|_| took()).min().unwrap_or_default()
        });
        let grown = u32::try_from(SIZES[1] / SIZES[0]).unwrap_or(u32::MAX);
        if large > small.max(FLOOR) * grown * SLACK {
            slow += &format!("input {number}: {small:?} for 64 KiB, {large:?} for 512 KiB\n");
        }
    }
    if slow.is_empty() {
        Ok(kept.len())
    } else {
        Err(slow)
    }
}
