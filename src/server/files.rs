//! How many connections there can be by the number of files that the process may have open.

use std::fs;

/// What is open besides: standard streams, the runtime's, calls of the API server, files that are read again.
const OTHERS: usize = 64;

/// The least that is tried with, whatever the limit.
const LEAST: usize = 8;

/// How many connections to have on each of the two ports: `wanted`, or fewer where few files may be open. Where accepting
/// failed for want of a file, nobody could come in any more.
pub(super) fn connections(wanted: usize) -> usize {
    // Without the file, as on systems other than Linux, the limit is not known.
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let allowed = allowed(&limits);
    if allowed < wanted {
        tracing::warn!(
            connections = allowed,
            "few files may be open, so that fewer connections are taken"
        );
    }
    wanted.min(allowed)
}

/// The connections on each port that limits allow, as Linux writes them.
fn allowed(limits: &str) -> usize {
    let mut lines = limits.lines();
    let soft = lines.find_map(|line| {
        line.strip_prefix("Max open files")?
            .split_whitespace()
            .next()
    });
    match soft.and_then(|soft| soft.parse::<usize>().ok()) {
        Some(files) => (files.saturating_sub(OTHERS) / 2).max(LEAST),
        None => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ports_and_the_rest_share_the_files() {
        for (soft, expected) in [
            ("1048576", 524_256),
            ("1024", 480),
            ("128", 32),
            ("10", 8),
            ("unlimited", usize::MAX),
        ] {
            let limits = format!(
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                 Max processes             95731                95731                processes \n\
                 Max open files            {soft}              1048576              files     \n"
            );
            assert_eq!(allowed(&limits), expected, "{soft}");
        }
        assert_eq!(allowed(""), usize::MAX);
    }
}
