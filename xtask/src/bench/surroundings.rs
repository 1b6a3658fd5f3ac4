//! When and where something is measured: the date, the processor, the compiler.

use std::process::Command;
use std::thread;

/// One line about this moment and this machine.
pub(super) fn here() -> String {
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d");
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let compiler = first_line(Command::new("rustc").arg("--version"));
    format!(
        "{date}, {}, {cores} cores, {}",
        processor().unwrap_or_else(|| format!("unknown {} processor", std::env::consts::ARCH)),
        compiler.unwrap_or_else(|| "unknown compiler".to_owned()),
    )
}

/// The processor's own name, if the system reports it.
fn processor() -> Option<String> {
    let known = std::fs::read_to_string("/proc/cpuinfo").ok();
    let known = known.and_then(|text| model(&text).map(str::to_owned));
    known.or_else(|| first_line(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"])))
}

fn model(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo
        .lines()
        .find(|line| line.starts_with("model name"))?;
    let (_, name) = line.split_once(':')?;
    Some(name.trim())
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(|line| line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_holds_a_date_and_the_compiler() {
        let line = here();
        assert!(line.starts_with("20") && line.contains("rustc"), "{line}");
        assert_eq!(
            model("processor : 0\nmodel name\t: A CPU @ 2 GHz\n"),
            Some("A CPU @ 2 GHz")
        );
        assert_eq!(model("processor : 0\n"), None);
    }
}
