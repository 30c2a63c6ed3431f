//! Whether the server lives and is ready, and what is amiss meanwhile.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// The server's health. Safe to share.
#[derive(Debug, Default)]
pub struct Health {
    starting: AtomicBool,
    draining: AtomicBool,
    faults: Mutex<BTreeMap<&'static str, Option<String>>>,
}

impl Health {
    /// The health of a server that waits for what it is to serve.
    pub fn starting() -> Self {
        Self {
            starting: AtomicBool::new(true),
            ..Self::default()
        }
    }

    /// From now on the server takes calls.
    pub fn started(&self) {
        self.starting.store(false, Ordering::Release);
    }

    /// From now on the server is not ready: it is about to stop.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether new calls should be sent here. A fault does not change that: the last good state goes on serving.
    pub fn is_ready(&self) -> bool {
        !self.starting.load(Ordering::Acquire) && !self.draining.load(Ordering::Acquire)
    }

    /// Reports what is amiss with a part of the server; `None`: it is well.
    pub fn report(&self, part: &'static str, fault: Option<String>) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.insert(part, fault);
    }

    /// One line a part, as the API server's own `/readyz?verbose` has it; a part that limps is marked `[!]`.
    pub fn report_text(&self) -> String {
        let mut text = String::new();
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        for (part, fault) in &*faults {
            // Writing to a string cannot fail.
            let _ = match fault {
                None => writeln!(text, "[+]{part} ok"),
                Some(fault) => writeln!(text, "[!]{part} {fault}"),
            };
        }
        text.push_str(if self.draining.load(Ordering::Acquire) {
            "[-]shutdown failed: the server is about to stop\nreadyz check failed\n"
        } else if self.starting.load(Ordering::Acquire) {
            "[-]startup failed: the server waits for what is marked above\nreadyz check failed\n"
        } else {
            "[+]shutdown ok\nreadyz check passed\n"
        });
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_starts_says_what_it_waits_for() {
        let health = Health::starting();
        health.report("certificate", Some("not there yet".to_owned()));
        assert!(!health.is_ready());
        assert_eq!(
            health.report_text(),
            "[!]certificate not there yet\n[-]startup failed: the server waits for what is marked above\nreadyz check failed\n"
        );
        health.started();
        assert!(health.is_ready());
        health.drain();
        assert!(!health.is_ready());
    }

    #[test]
    fn a_fault_is_told_but_only_draining_ends_readiness() {
        let health = Health::default();
        health.report("certificate", Some("not reloaded".to_owned()));
        health.report("configuration", None);
        assert!(health.is_ready());
        assert_eq!(
            health.report_text(),
            "[!]certificate not reloaded\n[+]configuration ok\n[+]shutdown ok\nreadyz check passed\n"
        );
        health.drain();
        assert!(!health.is_ready());
        assert!(health.report_text().ends_with("readyz check failed\n"));
    }
}
