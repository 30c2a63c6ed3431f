//! The `outrigger` binary as a mutating webhook of a real API server.
//!
//! `tests/apiserver/assets.sh` provides the API server, once; then
//! `cargo test -p outrigger-apiserver-tests` runs these.

use anyhow::Result;
use outrigger_apiserver_tests::{
    Outrigger, Site,
    webhook::{FailurePolicy::Fail, default_install},
};

mod away;
mod certificates;
mod chart;
mod check;
mod configuration;
mod drift;
mod explain;
mod failure;
mod injection;
mod missed;
mod monitoring;
mod owners;
mod pipelines;
mod reasons;
mod selectors;
mod webhook;

/// What makes a namespace's Pods go to the default install.
const ENABLED: &[(&str, &str)] = &[("istio-injection", "enabled")];

/// A site with a default install of an injector that was started with `args`.
async fn installed(args: &[&str]) -> Result<(Site, Outrigger)> {
    let site = Site::new().await?;
    let outrigger = Outrigger::serve(args).await?;
    site.register("default", &outrigger, Fail, default_install())
        .await?;
    Ok((site, outrigger))
}
