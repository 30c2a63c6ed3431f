//! Certificates: a small authority that signs serving certificates, pairs of certificate and key read from PEM, and
//! the rules by which authority and certificate are renewed.

mod authority;
mod bundle;
mod pair;
pub mod renewal;

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

pub use authority::{AUTHORITY_VALIDITY, Authority, Issued, Name};
pub use bundle::{trusts, validity};
pub use pair::{Pair, PairError};

/// The one cryptography provider of the program.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
