//! Whatever comes without end costs a fixed amount of memory. Each case is a
//! process of its own, whose peak is measured.

use std::process::Command;

/// Runs a case; gives what it said, and how many MiB it took above the beginning.
fn peak(case: &str) -> Option<(String, u64)> {
    let output = Command::new(env!("CARGO_BIN_EXE_soak"))
        .args(["memory", case])
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    if complaint.contains("does not tell the peak") {
        println!("SKIPPED {case}: {complaint}");
        return None;
    }
    assert!(output.status.success(), "{case}: {complaint}");
    let said = String::from_utf8(output.stdout).unwrap();
    let peak = said.lines().find(|line| line.starts_with("peak"))?;
    let mib = peak.rsplit(' ').next()?.parse().ok()?;
    Some((said, mib))
}

#[test]
fn what_comes_without_end_is_a_clear_error_within_a_fixed_bound() {
    for (case, word, most) in [
        ("line", "max_event_bytes (16777216)", 64),
        ("event", "max_event_bytes (16777216)", 64),
        ("headers", "cannot be read as HTTP", 16),
        ("error-body", "500 Internal Server Error", 16),
        ("announced-export", "larger than 512 MiB", 16),
        ("export", "larger than 512 MiB", 600),
    ] {
        let Some((said, mib)) = peak(case) else {
            return;
        };
        assert!(said.contains(word), "{case}: {said}");
        assert!(mib <= most, "{case} took {mib} MiB: {said}");
    }
}
