//! What processes use, from `/proc`.

use std::fs;

/// Ticks of the processor clock in a second: the same on every Linux.
const TICKS: f64 = 100.0;

/// What a process used.
struct Used {
    parent: u32,
    ticks: u64,
    /// Of its children that have ended.
    of_ended: u64,
}

fn stat(pid: u32) -> Option<Used> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may hold blanks.
    let mut rest = text.rsplit_once(") ")?.1.split(' ');
    let parent = rest.nth(1)?.parse().ok()?;
    let mut next = |skip| rest.nth(skip)?.parse::<u64>().ok();
    Some(Used {
        parent,
        ticks: next(9)? + next(0)?,
        of_ended: next(0)? + next(0)?,
    })
}

/// Processor seconds of a process so far.
pub fn seconds(pid: u32) -> f64 {
    stat(pid).map_or(0.0, |used| used.ticks as f64 / TICKS)
}

/// Processor seconds of a process's children so far, of those that have ended too.
pub fn seconds_of_children(pid: u32) -> f64 {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = all
        .filter_map(|entry| stat(entry.file_name().to_str()?.parse().ok()?))
        .filter(|used| used.parent == pid)
        .map(|used| used.ticks);
    let ended = stat(pid).map_or(0, |used| used.of_ended);
    (children.sum::<u64>() + ended) as f64 / TICKS
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
