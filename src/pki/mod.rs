//! Certificates: a small authority that signs serving certificates, and pairs of certificate and key read from PEM.

mod authority;
mod pair;

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

pub use authority::{Authority, Issued, Name};
pub use pair::{Pair, PairError};

/// The one cryptography provider of the program.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
