//! The authorities that clients are told to trust, one PEM text, and what whoever trusts them takes.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Name, provider};

/// The most authorities in a bundle.
const MOST_AUTHORITIES: usize = 4;

/// Whether a client that trusts `bundle` takes `certificate` for `name` at this time.
pub fn trusts(bundle: &str, certificate: &str, name: &Name, now: SystemTime) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(bundle));
    let chain = certificates(certificate);
    let (Some((leaf, others)), Ok(since)) = (
        chain.split_first(),
        now.duration_since(SystemTime::UNIX_EPOCH),
    ) else {
        return false;
    };
    let name = match name {
        Name::Dns(name) => ServerName::try_from(name.as_str()).ok(),
        Name::Ip(address) => Some(ServerName::from(*address)),
    };
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
    let (Some(name), Ok(verifier)) = (name, verifier) else {
        return false;
    };
    let now = UnixTime::since_unix_epoch(since);
    verifier
        .verify_server_cert(leaf, others, &name, &[], now)
        .is_ok()
}

/// The authorities of both that have not expired, without those that come twice: the first of `first`, which signs, and
/// of the others the newest.
pub(super) fn merged(first: &str, second: &str, now: SystemTime) -> String {
    let mut all: Vec<String> = Vec::new();
    for certificate in split(first).into_iter().chain(split(second)) {
        let lives = validity(&certificate).is_some_and(|(_, to)| now < to);
        if (lives || all.is_empty()) && !all.contains(&certificate) {
            all.push(certificate);
        }
    }
    if let Some((_, others)) = all.split_first_mut() {
        others.sort_by_key(|c| std::cmp::Reverse(validity(c).map(|(from, _)| from)));
    }
    all.truncate(MOST_AUTHORITIES);
    all.concat()
}

/// The certificates of a bundle, each with its lines alone.
pub(super) fn split(bundle: &str) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let mut rest = bundle;
    let mut certificates = Vec::new();
    while let Some((one, after)) = rest.split_once(END) {
        if let Some(start) = one.find("-----BEGIN CERTIFICATE-----") {
            let body = one.get(start..).unwrap_or_default();
            certificates.push(format!("{body}{END}\n").replace('\r', ""));
        }
        rest = after;
    }
    certificates
}

/// The certificates of a bundle that can be read.
pub(super) fn certificates(bundle: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(bundle.as_bytes())
        .filter_map(Result::ok)
        .collect()
}

/// From when to when the first certificate of a PEM text is valid; `None` where it has none.
pub fn validity(certificate: &str) -> Option<(SystemTime, SystemTime)> {
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).ok()?;
    let (_, parsed) = X509Certificate::from_der(&der).ok()?;
    let time = |seconds: i64| {
        let since = Duration::from_secs(u64::try_from(seconds).ok()?);
        SystemTime::UNIX_EPOCH.checked_add(since)
    };
    let validity = parsed.validity();
    Some((
        time(validity.not_before.timestamp())?,
        time(validity.not_after.timestamp())?,
    ))
}

/// Whether a certificate is valid at this time.
pub(super) fn is_valid(certificate: &str, now: SystemTime) -> bool {
    validity(certificate).is_some_and(|(from, to)| from <= now && now < to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::Authority;

    #[test]
    fn bundles_stay_small() {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let bundles: Vec<_> = (0..8u32)
            .map(|day| {
                let authority = Authority::at("x", start + day * DAY).unwrap();
                authority.certificate()
            })
            .collect();
        let bundle = merged(&bundles[0], &bundles[1..].concat(), start);
        let expected = [&bundles[0], &bundles[7], &bundles[6], &bundles[5]].map(String::as_str);
        assert_eq!(bundle, expected.concat());
    }
}
