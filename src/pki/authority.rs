//! A small certificate authority: made in memory, or read again with its key.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData as _, SanType, string::Ia5String,
};
use x509_parser::pem::parse_x509_pem;

/// How long an authority is valid, and what it signs where nothing else is asked for.
pub const AUTHORITY_VALIDITY: Duration = Duration::from_secs(365 * 24 * 3600);

/// How far a clock may lag behind ours without taking a new certificate for one of the future.
const CLOCK_SKEW: Duration = Duration::from_secs(3600);

/// A certificate authority with its key.
#[derive(Debug)]
pub struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

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
        Self::at(common_name, SystemTime::now())
    }

    /// Makes an authority that is valid from `now` on.
    ///
    /// # Errors
    /// The machine has no randomness to give.
    pub fn at(common_name: &str, now: SystemTime) -> Result<Self, rcgen::Error> {
        let mut params = params(common_name, now, AUTHORITY_VALIDITY);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        Ok(Self {
            certificate: params.self_signed(&key)?.pem(),
            issuer: Issuer::new(params, key),
        })
    }

    /// Reads an authority's certificate and key, each as PEM; of several certificates the first.
    ///
    /// # Errors
    /// One of them cannot be read, or they do not belong together.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, rcgen::Error> {
        let key = KeyPair::from_pem(key)?;
        let (rest, pem) = parse_x509_pem(certificate.as_bytes())
            .map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        let parsed = pem
            .parse_x509()
            .map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        if !parsed.is_ca() || parsed.public_key().raw != key.subject_public_key_info() {
            return Err(rcgen::Error::CouldNotParseKeyPair);
        }
        let end = certificate.len() - rest.len();
        let first = certificate.get(..end).unwrap_or_default().to_owned();
        Ok(Self {
            issuer: Issuer::from_ca_cert_pem(&first, key)?,
            certificate: first,
        })
    }

    /// The authority's certificate as PEM: what a webhook's `caBundle` holds, before base64.
    pub fn certificate(&self) -> String {
        self.certificate.clone()
    }

    /// The authority's key as PEM.
    pub fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Signs a serving certificate for `names` that is valid for a year.
    ///
    /// # Errors
    /// A host name is not ASCII.
    pub fn issue(&self, names: &[Name]) -> Result<Issued, rcgen::Error> {
        self.issue_at(names, SystemTime::now(), AUTHORITY_VALIDITY)
    }

    /// Signs a serving certificate for `names` that is valid from `now` on.
    ///
    /// # Errors
    /// A host name is not ASCII.
    pub fn issue_at(
        &self,
        names: &[Name],
        now: SystemTime,
        validity: Duration,
    ) -> Result<Issued, rcgen::Error> {
        let mut params = params("outrigger", now, validity);
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
            certificate: params.signed_by(&key, &self.issuer)?.pem(),
            key: key.serialize_pem(),
        })
    }
}

fn params(common_name: &str, now: SystemTime, validity: Duration) -> CertificateParams {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.not_before = (now - CLOCK_SKEW).into();
    params.not_after = (now + validity).into();
    params
}
