//! The `outrigger` binary as a mutating webhook of a real API server.
//!
//! `tests/apiserver/assets.sh` provides the API server, once; then
//! `cargo test -p outrigger-apiserver-tests` runs these.

mod injection;
