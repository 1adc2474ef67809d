//! What processes use, from `/proc`.

use std::fs;

/// Ticks of the processor clock in a second: the same on every Linux.
const TICKS: f64 = 100.0;

fn stat(pid: u32) -> Option<(u32, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may hold blanks.
    let mut rest = text.rsplit_once(") ")?.1.split(' ');
    let parent = rest.nth(1)?.parse().ok()?;
    let user: u64 = rest.nth(9)?.parse().ok()?;
    let system: u64 = rest.next()?.parse().ok()?;
    Some((parent, user + system))
}

/// Processor seconds of a process so far.
pub fn seconds(pid: u32) -> f64 {
    stat(pid).map_or(0.0, |(_, ticks)| ticks as f64 / TICKS)
}

/// Processor seconds of a process's children so far.
pub fn seconds_of_children(pid: u32) -> f64 {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = all
        .filter_map(|entry| stat(entry.file_name().to_str()?.parse().ok()?))
        .filter(|(parent, _)| *parent == pid);
    children.map(|(_, ticks)| ticks).sum::<u64>() as f64 / TICKS
}

/// Resident memory of a process, MB.
pub fn memory(pid: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    let kib: f64 = line
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap_or_default();
    kib / 1024.0
}
