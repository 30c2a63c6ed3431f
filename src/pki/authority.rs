//! A certificate authority in memory, for development and for tests.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType, string::Ia5String,
};

/// How long the authority and what it signs are valid.
const VALIDITY: Duration = Duration::from_secs(365 * 24 * 3600);

/// How far a clock may lag behind ours without taking a new certificate for one of the future.
const CLOCK_SKEW: Duration = Duration::from_secs(3600);

/// A certificate authority with its key.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// The private key, PKCS #8.
    pub key: String,
}

/// A name that a serving certificate is valid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A host name.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

impl Authority {
    /// Makes an authority with a key of its own.
    ///
    /// # Errors
    /// The machine has no randomness to give.
    pub fn new(common_name: &str) -> Result<Self, rcgen::Error> {
        let mut params = params(common_name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        CertifiedIssuer::self_signed(params, KeyPair::generate()?).map(Self)
    }

    /// The authority's certificate as PEM: what a webhook's `caBundle` holds, before base64.
    pub fn certificate(&self) -> String {
        self.0.pem()
    }

    /// Signs a serving certificate for `names`.
    ///
    /// # Errors
    /// A host name is not ASCII.
    pub fn issue(&self, names: &[Name]) -> Result<Issued, rcgen::Error> {
        let mut params = params("outrigger");
        for name in names {
            params.subject_alt_names.push(match name {
                Name::Dns(name) => SanType::DnsName(Ia5String::try_from(name.as_str())?),
                Name::Ip(address) => SanType::IpAddress(*address),
            });
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        Ok(Issued {
            certificate: params.signed_by(&key, &self.0)?.pem(),
            key: key.serialize_pem(),
        })
    }
}

fn params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    let now = SystemTime::now();
    params.not_before = (now - CLOCK_SKEW).into();
    params.not_after = (now + VALIDITY).into();
    params
}
