//! One look at a cluster, for questions about it: objects as trees, read when they are asked for, page by page.
//!
//! What may not be read is no error: it is [`Unknown`], with the right that is missing.

use hyper::http::Request;
use kube::Client;
use outrigger_json::{Object, Value};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    annotations::names::STATUS,
    explain::{Answer, Known, Unknown},
};

/// How many objects come in a page.
const PAGE: usize = 500;

/// A look at a cluster.
#[derive(Clone)]
pub struct Look {
    client: Client,
}

/// A kind of objects, as the API server has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// For example `apps/v1`; `v1` for the core's.
    pub api_version: &'static str,
    /// For example `deployments`.
    pub plural: &'static str,
    /// For example `Deployment`.
    pub kind: &'static str,
}

impl Resource {
    /// The path of all of them: in a namespace, or everywhere if that is empty.
    fn path(self, namespace: &str) -> String {
        let Self {
            api_version,
            plural,
            ..
        } = self;
        let root = if api_version == "v1" { "api" } else { "apis" };
        if namespace.is_empty() {
            format!("/{root}/{api_version}/{plural}")
        } else {
            format!("/{root}/{api_version}/namespaces/{namespace}/{plural}")
        }
    }

    /// What RBAC calls them.
    fn right(self) -> String {
        match self.api_version.split_once('/') {
            Some((group, _)) => format!("{}.{group}", self.plural),
            None => self.plural.to_owned(),
        }
    }
}

impl Look {
    /// A look through a client.
    pub const fn new(client: Client) -> Self {
        Self { client }
    }

    /// The namespace that is meant where none is named.
    pub fn default_namespace(&self) -> &str {
        self.client.default_namespace()
    }

    /// One object; `None` if it does not exist.
    pub async fn get(
        &self,
        resource: Resource,
        namespace: &str,
        name: &str,
    ) -> Known<Option<Value<'static>>> {
        let path = format!("{}/{}", resource.path(namespace), encoded(name));
        match self.read(&path).await {
            Ok(object) => Ok(Some(object)),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(unknown("get", resource, namespace, &error)),
        }
    }

    /// All objects that have these labels, as `kubectl -l` takes them; a page at a time is shown to `visit`, each object
    /// with its kind, and how many more there are. A kind that the API server does not know has no objects.
    pub async fn each(
        &self,
        resource: Resource,
        namespace: &str,
        labels: &str,
        mut visit: impl AsyncFnMut(Vec<Value<'static>>, usize),
    ) -> Known<()> {
        let mut next = String::new();
        loop {
            let path = format!(
                "{}?limit={PAGE}&labelSelector={}&continue={}",
                resource.path(namespace),
                encoded(labels),
                encoded(&next)
            );
            let mut list = match self.read(&path).await {
                Ok(list) => list,
                Err(kube::Error::Api(status)) if status.code == 404 => return Ok(()),
                Err(error) => return Err(unknown("list", resource, namespace, &error)),
            };
            let more = list.at(&["metadata", "continue"]).and_then(Value::as_str);
            more.unwrap_or_default().clone_into(&mut next);
            let items = list.get_mut("items").and_then(Value::as_array_mut);
            let mut items = items.map(std::mem::take).unwrap_or_default();
            for item in items.iter_mut().filter_map(Value::as_object_mut) {
                item.insert("apiVersion", resource.api_version);
                item.insert("kind", resource.kind);
            }
            let remaining = list
                .at(&["metadata", "remainingItemCount"])
                .and_then(Value::as_i64);
            let remaining = remaining
                .and_then(|n| n.try_into().ok())
                .unwrap_or_default();
            visit(items, remaining).await;
            if next.is_empty() {
                return Ok(());
            }
        }
    }

    /// All objects that have these labels.
    pub async fn list(
        &self,
        resource: Resource,
        namespace: &str,
        labels: &str,
    ) -> Known<Vec<Value<'static>>> {
        let mut all = Vec::new();
        self.each(resource, namespace, labels, async |page, _| {
            all.extend(page);
        })
        .await?;
        Ok(all)
    }

    /// Asks the API server for a Pod by a dry run: nothing is stored.
    pub async fn ask(&self, pod: &Value<'_>, namespace: &str) -> Known<Answer> {
        let path = format!(
            "/api/v1/namespaces/{namespace}/pods?dryRun=All&fieldManager=outrigger-explain"
        );
        let request = Request::post(path).header("content-type", "application/json");
        let body = to_create(pod).to_string().into_bytes();
        let answered = match request.body(body) {
            Ok(request) => self.client.request_text(request).await,
            Err(error) => Err(kube::Error::HttpError(error)),
        };
        match answered {
            Ok(text) => Ok(injected_by(&text).map_or(Answer::NotInjected, Answer::Injected)),
            Err(kube::Error::Api(status)) if status.message.contains("cannot create resource") => {
                Err(Unknown(format!(
                    "the API server was not asked by a dry run: that needs the right to create pods in namespace {namespace}"
                )))
            }
            Err(kube::Error::Api(status)) => Ok(Answer::Refused(status.message.clone())),
            Err(error) => Err(Unknown(format!(
                "the API server was asked by a dry run in vain: {error}"
            ))),
        }
    }

    async fn read(&self, path: &str) -> kube::Result<Value<'static>> {
        let request = Request::get(path).body(Vec::new());
        let text = self
            .client
            .request_text(request.map_err(kube::Error::HttpError)?)
            .await?;
        Value::parse(text.as_bytes())
            .map(Value::into_owned)
            .map_err(|error| kube::Error::Service(error.to_string().into()))
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn unknown(verb: &str, resource: Resource, namespace: &str, error: &kube::Error) -> Unknown {
    let place = match namespace {
        "" => String::new(),
        namespace => format!(" in namespace {namespace}"),
    };
    match error {
        kube::Error::Api(status) if matches!(status.code, 401 | 403) => Unknown(format!(
            "{}s{place} may not be read: that needs the right to {verb} {}",
            resource.kind,
            resource.right()
        )),
        error => Unknown(format!("{}s{place} cannot be read: {error}", resource.kind)),
    }
}

/// The Pod that is asked for: what its author wrote, without a name of its own and without what only the system writes.
fn to_create<'p>(pod: &'p Value<'_>) -> Value<'p> {
    let mut metadata = Object::from_iter([("generateName", Value::from("outrigger-explain-"))]);
    for key in ["labels", "annotations"] {
        if let Some(map) = pod.at(&["metadata", key]) {
            metadata.push(key, map.borrowed());
        }
    }
    let mut spec = pod.get("spec").map(Value::borrowed).unwrap_or_default();
    if let Some(spec) = spec.as_object_mut() {
        spec.retain(|key, _| !matches!(key, "ephemeralContainers" | "nodeName" | "priority"));
    }
    Object::from_iter([
        ("apiVersion", "v1".into()),
        ("kind", "Pod".into()),
        ("metadata", metadata.into()),
        ("spec", spec),
    ])
    .into()
}

fn injected_by(pod: &str) -> Option<String> {
    let pod = Value::parse(pod.as_bytes()).ok()?;
    let status = pod.at(&["metadata", "annotations", STATUS])?.as_str()?;
    let status = Value::parse(status.as_bytes()).unwrap_or_default();
    let revision = status.get("revision").and_then(Value::as_str);
    Some(revision.unwrap_or("default").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_rights_of_resources() {
        let of = |api_version, plural| Resource {
            api_version,
            plural,
            kind: "",
        };
        for (resource, namespace, path, right) in [
            (
                of("v1", "pods"),
                "shop",
                "/api/v1/namespaces/shop/pods",
                "pods",
            ),
            (
                of("apps/v1", "deployments"),
                "",
                "/apis/apps/v1/deployments",
                "deployments.apps",
            ),
        ] {
            assert_eq!(resource.path(namespace), path);
            assert_eq!(resource.right(), right);
        }
        assert_eq!(encoded("a=b,c in (d)&"), "a%3Db%2Cc%20in%20%28d%29%26");
    }

    #[test]
    fn what_the_system_wrote_is_not_asked_for() {
        let pod = br#"{"metadata": {"name": "a", "uid": "u", "labels": {"l": "v"}},
            "spec": {"nodeName": "n", "containers": []}, "status": {"phase": "Running"}}"#;
        let pod = Value::parse(pod).unwrap();
        assert_eq!(
            to_create(&pod).to_string(),
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"outrigger-explain-","labels":{"l":"v"}},"spec":{"containers":[]}}"#
        );
    }
}
