//! Clients that must show a certificate.

use outrigger::server::{ClientCertificates, Options};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::{sync::Arc, time::Duration};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use super::{connect, given, issue, options, start};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Issuer {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A client with a certificate of this common name and DNS name, or with none.
fn client(
    server: &outrigger::pki::Authority,
    issuer: Option<&Issuer>,
    common: &str,
    dns: &[&str],
) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let trusted = CertificateDer::from_pem_slice(server.certificate().as_bytes()).unwrap();
    roots.add(trusted).unwrap();
    let builder = ClientConfig::builder_with_provider(outrigger::pki::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match issuer {
        None => builder.with_no_client_auth(),
        Some(issuer) => {
            let dns: Vec<_> = dns.iter().map(ToString::to_string).collect();
            let mut params = CertificateParams::new(dns).unwrap();
            params.distinguished_name.push(DnType::CommonName, common);
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            let key = KeyPair::generate().unwrap();
            let certificate = params.signed_by(&key, issuer).unwrap();
            let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
            let chain = vec![certificate.der().clone()];
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn clients_are_let_in_by_authority_and_name() {
    let (own, foreign) = (authority(), authority());
    let dir = tempfile::tempdir().unwrap();
    let authorities = dir.path().join("client-ca.crt");
    std::fs::write(&authorities, own.pem()).unwrap();
    let (server_authority, issued) = issue();
    let server = start(Options {
        clients: Some(ClientCertificates {
            authorities,
            names: vec!["kube-apiserver".into(), "api.test".into()],
            interval: Duration::from_secs(3600),
        }),
        ..options(given(&issued))
    })
    .await;
    for (issuer, common, dns, answered) in [
        (Some(&own), "kube-apiserver", &[][..], true),
        (Some(&own), "x", &["api.test"], true),
        (Some(&own), "somebody", &["else.test"], false),
        (Some(&foreign), "kube-apiserver", &[], false),
        (None, "", &[], false),
    ] {
        let client = client(&server_authority, issuer, common, dns);
        let mut answer = [0; 12];
        let got = async {
            let mut stream = connect(&client, server.address).await?;
            stream
                .write_all(b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\n")
                .await?;
            stream.read_exact(&mut answer).await
        };
        let is_answered = got.await.is_ok() && answer == *b"HTTP/1.1 200";
        assert_eq!(is_answered, answered, "{common} {dns:?}");
    }
}
