//! The authorities that clients are told to trust, one PEM text, and what whoever trusts them takes.

use std::time::{Duration, SystemTime};

use rustls::{
    RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
    server::ParsedCertificate,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Name, provider};

/// The most authorities in a bundle, unless more have signed what is shown.
const MOST_AUTHORITIES: usize = 4;

/// Whether a client that trusts `bundle` takes `certificate` for `name` at this time.
pub fn trusts(bundle: &str, certificate: &str, name: &Name, now: SystemTime) -> bool {
    let name = match name {
        Name::Dns(name) => ServerName::try_from(name.as_str()).ok(),
        Name::Ip(address) => Some(ServerName::from(*address)),
    };
    let chain = certificates(certificate);
    let leaf = chain.first().map(ParsedCertificate::try_from);
    let (Some(name), Some(Ok(leaf))) = (name, leaf) else {
        return false;
    };
    verify_server_name(&leaf, &name).is_ok() && has_signed(bundle, certificate, now)
}

/// Whether one of the authorities has signed a serving certificate that is valid at this time.
fn has_signed(bundle: &str, certificate: &str, now: SystemTime) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(bundle));
    let chain = certificates(certificate);
    let (Some((leaf, others)), Ok(since)) = (
        chain.split_first(),
        now.duration_since(SystemTime::UNIX_EPOCH),
    ) else {
        return false;
    };
    let Ok(leaf) = ParsedCertificate::try_from(leaf) else {
        return false;
    };
    let algorithms = provider().signature_verification_algorithms.all;
    let now = UnixTime::since_unix_epoch(since);
    verify_server_cert_signed_by_trust_anchor(&leaf, &roots, others, now, algorithms).is_ok()
}

/// The authorities of both that have not expired, without those that come twice: the first of `first`, which signs; those
/// that have signed what is `shown`, which are never dropped; and of the others those that come first, as the newest does.
pub(super) fn merged(first: &str, second: &str, shown: &[&str], now: SystemTime) -> String {
    let mut all: Vec<String> = Vec::new();
    for certificate in split(first).into_iter().chain(split(second)) {
        let lives = validity(&certificate).is_some_and(|(_, to)| now < to);
        if (lives || all.is_empty()) && !all.contains(&certificate) {
            all.push(certificate);
        }
    }
    let signs = all.first().cloned();
    let (mut kept, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|authority| {
        Some(authority) == signs.as_ref() || shown.iter().any(|c| has_signed(authority, c, now))
    });
    let room = MOST_AUTHORITIES.saturating_sub(kept.len());
    kept.extend(others.into_iter().take(room));
    kept.concat()
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
    fn bundles_stay_small_and_keep_who_has_signed_what_is_shown() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let authorities: Vec<_> = (0..8).map(|_| Authority::at("x", start).unwrap()).collect();
        let leaves: Vec<_> = authorities
            .iter()
            .map(|a| a.issue_at(&[], start, Duration::from_secs(60)).unwrap())
            .collect();
        let bundle = |order: &[usize]| -> String {
            order
                .iter()
                .map(|n| authorities[*n].certificate())
                .collect()
        };
        for (first, second, shown, expected) in [
            (
                &[0][..],
                &[1, 2, 3, 4, 5, 6, 7][..],
                &[][..],
                &[0, 1, 2, 3][..],
            ),
            (&[0, 1], &[1, 0, 2], &[], &[0, 1, 2]),
            (&[0, 1, 2, 3, 4], &[5, 6, 7], &[6], &[0, 6, 1, 2]),
            (&[0, 1, 2, 3], &[4, 5], &[0, 3, 5], &[0, 3, 5, 1]),
            (
                &[0, 1, 2, 3],
                &[4, 5],
                &[1, 2, 3, 4, 5],
                &[0, 1, 2, 3, 4, 5],
            ),
        ] {
            let shown: Vec<_> = shown
                .iter()
                .map(|n: &usize| &*leaves[*n].certificate)
                .collect();
            let merged = merged(&bundle(first), &bundle(second), &shown, start);
            assert_eq!(merged, bundle(expected), "{first:?} {second:?}");
        }
    }
}
