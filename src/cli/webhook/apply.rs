//! `outrigger webhook apply`.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use kube::{
    Api, Client,
    api::{DynamicObject, ListParams, Patch, PatchParams},
};
use outrigger_json::Value;
use serde_json::json;

use super::{
    api,
    objects::{Made, Objects},
};
use crate::{
    cluster::Connection,
    webhook::{Entry, Overlap, overlaps},
};

/// The name that the fields are owned under.
const MANAGER: &str = "outrigger-webhook";

/// Register the objects with the API server.
///
/// They are applied by the server: fields that others own, such as caBundle unless --ca-bundle is given, stay as they are.
/// Nothing is applied if an injector of another MutatingWebhookConfiguration would be called for the same Pods.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  See what would happen, then do it:
    outrigger webhook apply --revision canary --dry-run
    outrigger webhook apply --revision canary

Exit status: 0 done; 1 an overlap with another injector was found, and nothing was done; 2 an error.")]
pub(super) struct Apply {
    /// Ask the API server what it would do, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Apply the objects though another injector is called for the same Pods
    #[arg(long)]
    allow_overlap: bool,

    /// Take fields over that others own, such as Helm
    #[arg(long)]
    force_conflicts: bool,

    #[command(flatten)]
    pub(super) connection: Connection,

    #[command(flatten)]
    objects: Objects,
}

impl Apply {
    pub(super) async fn run(self, client: Client) -> anyhow::Result<ExitCode> {
        let Made { entries, objects } = self.objects.make()?;
        let own = objects.first().map(name).unwrap_or_default();
        let webhooks = api(&client, "MutatingWebhookConfiguration");
        let registered = webhooks
            .list(&ListParams::default())
            .await
            .context("cannot list MutatingWebhookConfigurations")?;

        let overlaps = overlaps_of(&entries, &registered.items, own)?;
        if !overlaps.is_empty() {
            tell(&overlaps)?;
            if !self.allow_overlap {
                return Ok(ExitCode::from(1));
            }
        }

        let mut params = PatchParams::apply(MANAGER);
        params.dry_run = self.dry_run;
        params.force = self.force_conflicts;
        let old = registered
            .items
            .iter()
            .find(|o| o.metadata.name.as_deref() == Some(own));
        if let Some(old) = old {
            remove_stale_entries(&webhooks, old, &entries, self.dry_run).await?;
        }
        for object in &objects {
            let (kind, name) = (kind(object), name(object));
            let patch: serde_json::Value = serde_json::from_str(&object.to_string())?;
            api(&client, kind)
                .patch(name, &params, &Patch::Apply(patch))
                .await
                .with_context(|| {
                    format!("cannot apply {kind} {name}; --force-conflicts takes fields over that others own")
                })?;
            let done = if self.dry_run {
                "would be applied"
            } else {
                "applied"
            };
            writeln!(io::stdout(), "{kind} {name} {done}")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Where the entries select the same Pods as an injector of another configuration.
fn overlaps_of(
    entries: &[Entry],
    registered: &[DynamicObject],
    own: &str,
) -> anyhow::Result<Vec<Overlap>> {
    let mut found = Vec::new();
    for other in registered {
        if other.metadata.name.as_deref() != Some(own) {
            let text = serde_json::to_vec(other)?;
            found.extend(overlaps(entries, &Value::parse(&text)?));
        }
    }
    Ok(found)
}

fn tell(overlaps: &[Overlap]) -> io::Result<()> {
    let mut err = io::stderr().lock();
    for overlap in overlaps {
        writeln!(err, "overlap: {overlap}")?;
    }
    writeln!(
        err,
        "Such a Pod would be injected twice. Give this injector a --revision and --tag names that no other has, or take \
         the other's configuration away first; --allow-overlap applies nevertheless."
    )
}

/// Takes entries away that are no longer wanted. What is applied would leave those as stumps of which another owner, the
/// keeper of caBundle, has a field; the API server refuses such.
async fn remove_stale_entries(
    api: &Api<DynamicObject>,
    old: &DynamicObject,
    entries: &[Entry],
    dry_run: bool,
) -> anyhow::Result<()> {
    let wanted: Vec<_> = entries.iter().map(Entry::name).collect();
    let is_wanted = |webhook: &&serde_json::Value| {
        let name = webhook.get("name").and_then(serde_json::Value::as_str);
        name.is_some_and(|name| wanted.iter().any(|w| w == name))
    };
    let webhooks = old
        .data
        .get("webhooks")
        .and_then(serde_json::Value::as_array);
    let webhooks = webhooks.map(Vec::as_slice).unwrap_or_default();
    let kept: Vec<_> = webhooks.iter().filter(is_wanted).collect();
    if kept.len() == webhooks.len() {
        return Ok(());
    }
    let name = old.metadata.name.as_deref().unwrap_or_default();
    // Refused if anybody has changed the object in between.
    let patch =
        json!({"metadata": {"resourceVersion": old.metadata.resource_version}, "webhooks": kept});
    let params = PatchParams {
        dry_run,
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    api.patch(name, &params, &Patch::Merge(patch))
        .await
        .with_context(|| {
            format!("cannot take old entries out of MutatingWebhookConfiguration {name}")
        })?;
    Ok(())
}

fn kind<'o>(object: &'o Value<'_>) -> &'o str {
    object
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn name<'o>(object: &'o Value<'_>) -> &'o str {
    let name = object.at(&["metadata", "name"]);
    name.and_then(Value::as_str).unwrap_or_default()
}
