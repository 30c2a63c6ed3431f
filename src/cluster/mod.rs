//! Everything that talks to the API server.

mod client;

pub use client::{Connection, ConnectionError, client};
