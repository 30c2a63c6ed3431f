//! Outrigger, a mutating admission webhook that fixes a sidecar beside every Pod that asks for one.
//!
//! One request flows one way through a pure, synchronous core with a thin shell of I/O around it:
//!
//! ```text
//! POST /inject ─► admission::read ─► Injector::run ─► admission::write ─► answer
//!                                      decide    inject or skip, with one Reason
//!                                      restore   an injected Pod is first taken back to what its author wrote
//!                                      context   the data that templates see
//!                                      render    template → typed overlay
//!                                      merge     strategic merge, user overrides on top
//!                                      finish    probes, metrics, order, status, in one ordered list of steps
//!                                      patch     RFC 6902 against the raw object
//! ```

pub mod admission;
pub mod annotations;
pub mod check;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod drift;
pub mod explain;
pub mod inject;
pub mod pki;
pub mod server;
pub mod telemetry;
pub mod webhook;
pub mod workload;
