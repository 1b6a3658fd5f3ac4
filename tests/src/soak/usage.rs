//! What this process uses: memory, open files, tasks. Where the system does not
//! tell, it is 0.

use tokio::runtime::Handle;

/// One look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Resident memory.
    pub memory_kib: u64,
    /// Open files and sockets.
    pub files: usize,
    /// Tasks of the runtime that have not ended.
    pub tasks: usize,
}

/// What is used now; to be asked within a runtime.
pub fn now() -> Usage {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let memory = memory.and_then(|memory| memory.trim().strip_suffix(" kB")?.parse().ok());
    Usage {
        memory_kib: memory.unwrap_or(0),
        files: std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count),
        tasks: Handle::current().metrics().num_alive_tasks(),
    }
}

impl Usage {
    /// The larger of each.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        Self {
            memory_kib: self.memory_kib.max(other.memory_kib),
            files: self.files.max(other.files),
            tasks: self.tasks.max(other.tasks),
        }
    }
}
