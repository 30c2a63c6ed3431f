//! `outrigger webhook remove`.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use kube::{Client, api::DeleteParams};

use super::api;
use crate::{
    cluster::Connection,
    webhook::{Entry, Revision},
};

/// Take a revision's objects away from the API server: its webhook, and its guard if there is one.
///
/// Pods that run keep their sidecars; Pods that are created from then on get none.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  outrigger webhook remove --revision canary --dry-run
  outrigger webhook remove --revision canary")]
pub(super) struct Remove {
    /// The revision whose objects are taken away; none or 'default' is the unnamed one
    #[arg(
        long,
        value_name = "NAME",
        env = "REVISION",
        default_value = "",
        hide_default_value = true
    )]
    revision: Revision,

    /// Ask the API server what it would do, and do nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    pub(super) connection: Connection,
}

impl Remove {
    pub(super) async fn run(self, client: Client) -> anyhow::Result<ExitCode> {
        let guard = self.revision.guard();
        // The guard goes first: it would refuse the Pods that the webhook no longer sees.
        let bindings = Entry::PREFIXES.map(|prefix| Entry::binding(prefix, &guard));
        let mut objects: Vec<_> = bindings
            .into_iter()
            .map(|name| ("ValidatingAdmissionPolicyBinding", name))
            .collect();
        objects.push(("ValidatingAdmissionPolicy", guard));
        objects.push((
            "MutatingWebhookConfiguration",
            self.revision.configuration(),
        ));

        let params = DeleteParams {
            dry_run: self.dry_run,
            ..DeleteParams::default()
        };
        let mut removed = false;
        for (kind, name) in objects {
            match api(&client, kind).delete(&name, &params).await {
                Ok(_) => {
                    removed = true;
                    let done = if self.dry_run {
                        "would be removed"
                    } else {
                        "removed"
                    };
                    writeln!(io::stdout(), "{kind} {name} {done}")?;
                }
                Err(kube::Error::Api(status)) if status.is_not_found() => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot remove {kind} {name}"));
                }
            }
        }
        if !removed {
            bail!(
                "there is no MutatingWebhookConfiguration {}: nothing is registered for revision {}",
                self.revision.configuration(),
                self.revision
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
