//! The certificate that is shown to clients, for whoever renews it.

use std::sync::Arc;

use crate::pki::Pair;

use super::{Shared, tls::Serving};

/// The name of the certificate in the health report.
pub const CERTIFICATE_PART: &str = "certificate";

/// Replaces the certificate of a server; connections that are open keep theirs.
#[derive(Clone)]
pub struct ServingCertificate {
    serving: Arc<Serving>,
    shared: Arc<Shared>,
}

impl ServingCertificate {
    pub(super) const fn new(serving: Arc<Serving>, shared: Arc<Shared>) -> Self {
        Self { serving, shared }
    }

    /// Shows another certificate from the next handshake on.
    pub fn replace(&self, pair: Pair) {
        self.shared.metrics.certificate_expiry.set(pair.not_after);
        self.serving.replace(pair);
    }

    /// Reports what is amiss with the certificate; `None`: it is well.
    pub fn fault(&self, fault: Option<String>) {
        self.shared.health.report(CERTIFICATE_PART, fault);
    }
}
