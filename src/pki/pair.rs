//! A serving certificate with its key, checked to belong together.

use std::{sync::Arc, time::SystemTime};

use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::provider;

/// A certificate chain with the key of its first certificate, ready to serve.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What `rustls` serves.
    pub key: Arc<CertifiedKey>,
    /// When the first certificate stops being valid, in seconds since 1970.
    pub not_after: i64,
}

/// Why two PEM texts are no pair.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// The certificate's text is not PEM, or holds something else.
    #[error("the certificate cannot be read as PEM")]
    Certificate(#[source] rustls::pki_types::pem::Error),
    /// The certificate is PEM, but no X.509 certificate.
    #[error("the certificate is no X.509 certificate")]
    X509(#[source] x509_parser::nom::Err<x509_parser::error::X509Error>),
    /// The certificate's text holds no certificate.
    #[error("there is no certificate in the certificate file")]
    NoCertificate,
    /// The key's text is not PEM, or holds something else.
    #[error("the private key cannot be read as PEM")]
    Key(#[source] rustls::pki_types::pem::Error),
    /// The key is of an unknown type, or is not the certificate's.
    #[error("the private key does not fit the certificate")]
    Mismatch(#[source] rustls::Error),
}

impl Pair {
    /// Reads a chain of certificates and a key, each as PEM.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, PairError> {
        let chain = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(PairError::Certificate)?;
        let first = chain.first().ok_or(PairError::NoCertificate)?;
        let (_, parsed) = X509Certificate::from_der(first).map_err(PairError::X509)?;
        let not_after = parsed.validity().not_after.timestamp();
        let key = PrivateKeyDer::from_pem_slice(key).map_err(PairError::Key)?;
        let key = CertifiedKey::from_der(chain, key, &provider()).map_err(PairError::Mismatch)?;
        Ok(Self {
            key: Arc::new(key),
            not_after,
        })
    }

    /// Whether the certificate is no longer valid at `now`.
    pub fn is_expired(&self, now: SystemTime) -> bool {
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| {
                i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
            });
        self.not_after <= now
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::pki::{Authority, Issued, Name};

    fn issued() -> Issued {
        let authority = Authority::new("test").unwrap();
        authority
            .issue(&[
                Name::Dns("localhost".to_owned()),
                Name::Ip([127, 0, 0, 1].into()),
            ])
            .unwrap()
    }

    #[test]
    fn a_pair_is_read_with_its_expiry() {
        let Issued { certificate, key } = issued();
        let pair = Pair::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
        assert!(!pair.is_expired(SystemTime::now()));
        assert!(pair.is_expired(SystemTime::now() + Duration::from_secs(400 * 24 * 3600)));
    }

    #[test]
    fn what_is_no_pair_is_refused() {
        let (one, other) = (issued(), issued());
        let table: &[(&str, &str, &str)] = &[
            (
                &one.certificate,
                &other.key,
                "the private key does not fit the certificate",
            ),
            (
                "",
                &one.key,
                "there is no certificate in the certificate file",
            ),
            (
                &one.key,
                &one.key,
                "there is no certificate in the certificate file",
            ),
            (
                &one.certificate,
                "",
                "the private key cannot be read as PEM",
            ),
            (
                &one.certificate,
                &one.certificate,
                "the private key cannot be read as PEM",
            ),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                &one.key,
                "the certificate is no X.509 certificate",
            ),
            (
                "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
                &one.key,
                "the certificate cannot be read as PEM",
            ),
        ];
        for (certificate, key, expected) in table {
            let error = Pair::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), *expected);
        }
    }
}
