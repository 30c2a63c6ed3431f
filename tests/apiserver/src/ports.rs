//! Ports on loopback for the programs that cannot tell which one they took.

use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU16, Ordering},
};

/// Below the range that the system takes the ports of outgoing connections from, so
/// that nothing else gets the port before the program that it is meant for.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port that is free now and is given out once by this process.
pub(crate) fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test processes that run at once start at different places.
    let start = u16::try_from(process::id() % u32::from(COUNT)).unwrap_or_default();
    loop {
        let offset = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = FIRST + offset;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
