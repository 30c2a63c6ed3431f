//! The Secret that replicas keep their certificates in, as tests read it and meddle with it.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use anyhow::Result;
use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use outrigger::pki::{
    Name,
    renewal::{Policy, Stored},
};
use serde_json::json;

use crate::{Namespace, Site};

/// The Secret's name where nothing else is said.
pub const SECRET: &str = "outrigger-certificate";

/// The Secret of an injector's namespace.
pub struct CertificateSecret {
    /// The Secrets of the namespace.
    pub api: Api<Secret>,
}

impl CertificateSecret {
    /// The Secret of the injector whose namespace is `home`.
    #[must_use]
    pub fn of(site: &Site, home: &Namespace) -> Self {
        Self {
            api: Api::namespaced(site.client.clone(), &home.name),
        }
    }

    /// What it holds, if it is there.
    pub async fn stored(&self) -> Option<Stored> {
        let secret = self.api.get(SECRET).await.ok()?;
        let text = |key: &str| {
            let bytes = secret.data.as_ref().and_then(|data| data.get(key));
            bytes.map_or_else(String::new, |b| String::from_utf8_lossy(&b.0).into_owned())
        };
        Some(Stored {
            bundle: text("ca.crt"),
            authority_key: text("ca.key"),
            certificate: text("tls.crt"),
            key: text("tls.key"),
        })
    }

    /// Puts other contents under some keys.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn put(&self, data: &[(&str, &str)]) -> Result<()> {
        let data: BTreeMap<_, _> = data
            .iter()
            .map(|(key, text)| ((*key).to_owned(), ByteString(text.as_bytes().to_vec())))
            .collect();
        let patch = Patch::Merge(json!({"data": data}));
        self.api
            .patch(SECRET, &PatchParams::default(), &patch)
            .await?;
        Ok(())
    }

    /// Puts everything that an injector keeps.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn put_all(&self, stored: &Stored) -> Result<()> {
        self.put(&[
            ("ca.crt", &stored.bundle),
            ("ca.key", &stored.authority_key),
            ("tls.crt", &stored.certificate),
            ("tls.key", &stored.key),
        ])
        .await
    }
}

/// What an injector that is called by these names would have made so long ago.
///
/// # Errors
/// When the machine has no randomness to give.
pub fn made_ago(names: Vec<Name>, ago: Duration) -> Result<Stored> {
    let policy = Policy { names, jitter: 0.0 };
    Ok(policy.step(None, None, SystemTime::now() - ago)?.stored)
}
