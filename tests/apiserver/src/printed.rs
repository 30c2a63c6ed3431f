//! What `outrigger webhook print` makes, registered for one site.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, PostParams},
    core::GroupVersionKind,
};
use serde_json::{Value, json};

use crate::{Outrigger, Site, assets, site::SITE};

/// The objects that `outrigger webhook print` prints.
///
/// # Errors
/// When it prints something else.
pub fn print(args: &[&str]) -> Result<Vec<Value>> {
    let output = Command::new(assets::outrigger()?)
        .args(["webhook", "print", "--output", "json"])
        .args(args)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "outrigger webhook print failed");
    let mut printed: Value = serde_json::from_slice(&output.stdout)?;
    Ok(match printed["items"].take() {
        Value::Array(items) => items,
        _ => vec![printed],
    })
}

impl Site {
    /// Registers what is printed for this server with more arguments, and waits until the API server acts on the
    /// webhook. `name` is unique within the site.
    ///
    /// # Errors
    /// When the API server refuses an object or does not come to use the webhook.
    pub async fn install(&self, name: &str, outrigger: &Outrigger, args: &[&str]) -> Result<()> {
        let (url, file) = (outrigger.url(), outrigger.ca_file());
        let at = ["--url", &url, "--ca-bundle", &file.to_string_lossy()];
        self.register_printed(name, &[&at, args].concat()).await
    }

    /// Registers what is printed with these arguments, and waits until the API server acts on the webhook. `name` is
    /// unique within the site.
    ///
    /// # Errors
    /// When the API server refuses an object or does not come to use the webhook.
    pub async fn register_printed(&self, name: &str, args: &[&str]) -> Result<()> {
        for mut object in print(args)? {
            let name = self.narrow(&mut object, name)?;
            if let Some(webhooks) = object["webhooks"].as_array_mut() {
                webhooks.push(serde_json::to_value(self.ready(&name))?);
                self.create(&object).await?;
                self.wait_for(&name).await?;
            } else {
                self.create(&object).await?;
            }
        }
        Ok(())
    }

    /// Registers a `MutatingWebhookConfiguration` of the chart, with this server in place of the Service that it names,
    /// and waits until the API server acts on it.
    ///
    /// # Errors
    /// When the API server refuses the object or does not come to use it.
    pub async fn register_rendered(&self, mut object: Value, outrigger: &Outrigger) -> Result<()> {
        let name = self.narrow(&mut object, "chart")?;
        let webhooks = object["webhooks"].as_array_mut();
        let webhooks = webhooks.context("a configuration has webhooks")?;
        for webhook in &mut *webhooks {
            webhook["clientConfig"] =
                json!({"url": outrigger.url(), "caBundle": outrigger.ca_bundle});
        }
        webhooks.push(serde_json::to_value(self.ready(&name))?);
        self.create(&object).await?;
        self.wait_for(&name).await
    }

    /// Registers the guard that is printed with these arguments, and no webhook.
    ///
    /// # Errors
    /// When the API server refuses an object.
    pub async fn guard(&self, args: &[&str]) -> Result<()> {
        for mut object in print(args)? {
            if object["webhooks"].is_null() {
                self.narrow(&mut object, "guard")?;
                self.create(&object).await?;
            }
        }
        Ok(())
    }

    /// Makes an object one of this site, for its namespaces alone; gives its new name.
    fn narrow(&self, object: &mut Value, prefix: &str) -> Result<String> {
        let prefix = format!("{}-{prefix}", self.name);
        let rename = |name: &mut Value| {
            let new = format!("{prefix}-{}", name.as_str().unwrap_or_default());
            *name = json!(new);
            new
        };
        let name = rename(&mut object["metadata"]["name"]);
        if let Some(policy) = object.pointer_mut("/spec/policyName") {
            rename(policy);
        }
        let only = json!({"key": SITE, "operator": "In", "values": [self.name]});
        let add = |requirements: Option<&mut Value>| {
            let requirements = requirements.and_then(Value::as_array_mut);
            requirements
                .context("a selector has requirements")?
                .push(only.clone());
            anyhow::Ok(())
        };
        if let Some(webhooks) = object["webhooks"].as_array_mut() {
            for webhook in webhooks {
                add(webhook.pointer_mut("/namespaceSelector/matchExpressions"))?;
            }
        } else if let Some(resources) = object.pointer_mut("/spec/matchResources") {
            add(resources.pointer_mut("/namespaceSelector/matchExpressions"))?;
        }
        Ok(name)
    }

    /// Creates an object.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn create(&self, object: &Value) -> Result<()> {
        create(&self.client, object, &PostParams::default()).await?;
        Ok(())
    }

    /// An object as it is stored.
    ///
    /// # Errors
    /// When there is none.
    pub async fn get(&self, object: &Value) -> Result<Value> {
        let (api, object) = api(&self.client, object)?;
        let name = object.metadata.name.context("a name")?;
        Ok(serde_json::to_value(api.get(&name).await?)?)
    }

    /// What the API server would store of an object.
    ///
    /// # Errors
    /// When it refuses the object.
    pub async fn stored(&self, object: &Value) -> Result<Value> {
        let dry_run = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        create(&self.client, object, &dry_run).await
    }
}

async fn create(client: &Client, object: &Value, params: &PostParams) -> Result<Value> {
    let (api, object) = api(client, object)?;
    let stored = api.create(params, &object).await.with_context(|| {
        let kind = object.types.as_ref().map(|types| &*types.kind);
        let name = object.metadata.name.as_deref();
        format!("{} {}", kind.unwrap_or_default(), name.unwrap_or_default())
    })?;
    Ok(serde_json::to_value(stored)?)
}

/// An object, and where those of its kind and namespace are.
fn api(client: &Client, object: &Value) -> Result<(Api<DynamicObject>, DynamicObject)> {
    let text = |key| object[key].as_str().unwrap_or_default();
    let (group, version) = text("apiVersion").rsplit_once('/').unwrap_or(("", "v1"));
    let kind = GroupVersionKind::gvk(group, version, text("kind"));
    let resource = ApiResource::from_gvk(&kind);
    let object: DynamicObject = serde_json::from_value(object.clone())?;
    let client = client.clone();
    let api = match &object.metadata.namespace {
        Some(namespace) => Api::namespaced_with(client, namespace, &resource),
        None => Api::all_with(client, &resource),
    };
    Ok((api, object))
}
