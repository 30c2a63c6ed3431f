//! The Pods of a cluster, a page at a time and with nothing lost, and what keeps them from being disturbed.

use axum::http::Request;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::{Api, Client, api::ListParams};
use outrigger_json::Value;

use crate::config::Selector;

/// How many Pods the API server sends at a time; only these are in memory.
const PAGE: u32 = 500;

/// Pods that are read a page at a time.
pub struct Pods {
    client: Client,
    path: String,
    /// What asks for the next page; `None`: there is none.
    next: Option<String>,
    /// How many Pods there are in all, as far as the API server says.
    pub total: usize,
    read: usize,
}

/// Why a page cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PodsError {
    /// The API server refuses it or does not answer.
    #[error("cannot list the Pods")]
    Unread(#[source] Box<kube::Error>),
    /// What it sends is no list of Pods.
    #[error("the API server sends no list of Pods")]
    Unreadable(#[source] Option<outrigger_json::Error>),
}

impl Pods {
    /// The Pods of a namespace, or of all.
    pub fn of(client: Client, namespace: Option<&str>) -> Self {
        let path = match namespace {
            Some(namespace) => format!("/api/v1/namespaces/{namespace}/pods"),
            None => "/api/v1/pods".to_owned(),
        };
        Self {
            client,
            path,
            next: Some(String::new()),
            total: 0,
            read: 0,
        }
    }

    /// Reads the next page and shows its Pods to `each`; false: there was none.
    pub async fn page(&mut self, mut each: impl FnMut(&Value<'_>)) -> Result<bool, PodsError> {
        let Some(token) = self.next.take() else {
            return Ok(false);
        };
        let path = format!("{}?limit={PAGE}{token}", self.path);
        let request = Request::get(path).body(Vec::new());
        let request = request.map_err(kube::Error::HttpError).map_err(unread)?;
        let text = self.client.request_text(request).await.map_err(unread)?;
        let list = Value::parse(text.as_bytes()).map_err(|e| PodsError::Unreadable(Some(e)))?;
        let items = match list.get("items") {
            Some(Value::Array(items)) => &items[..],
            Some(Value::Null) => &[],
            _ => return Err(PodsError::Unreadable(None)),
        };
        self.read += items.len();
        let remaining = list.at(&["metadata", "remainingItemCount"]);
        let remaining = remaining.and_then(Value::as_i64).unwrap_or_default();
        self.total = self.read + usize::try_from(remaining).unwrap_or_default();
        let token = list.at(&["metadata", "continue"]).and_then(Value::as_str);
        let token = token.filter(|token| !token.is_empty());
        self.next = token.map(|token| {
            let all = percent_encoding::NON_ALPHANUMERIC;
            format!(
                "&continue={}",
                percent_encoding::utf8_percent_encode(token, all)
            )
        });
        items.iter().for_each(&mut each);
        Ok(true)
    }
}

fn unread(error: kube::Error) -> PodsError {
    PodsError::Unread(Box::new(error))
}

/// A `PodDisruptionBudget` that allows no disruption now.
pub struct Budget {
    namespace: String,
    selector: Selector,
}

impl Budget {
    /// Whether it is for a Pod of a namespace.
    pub fn is_for(&self, namespace: &str, pod: &Value<'_>) -> bool {
        let labels = pod.at(&["metadata", "labels"]).and_then(Value::as_object);
        let label = |key: &str| labels?.str(key);
        // A budget that selects nothing is for every Pod.
        let is_for_all = self.selector == Selector::default();
        self.namespace == namespace && (is_for_all || self.selector.matches(label))
    }
}

/// The budgets that allow no disruption now.
///
/// # Errors
/// They cannot be read.
pub async fn budgets(client: &Client, namespace: Option<&str>) -> kube::Result<Vec<Budget>> {
    let api: Api<PodDisruptionBudget> = match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    };
    let budgets = api.list(&ListParams::default()).await?;
    let blocking = budgets.items.into_iter().filter_map(|budget| {
        if budget.status?.disruptions_allowed > 0 {
            return None;
        }
        let selector = serde_json::to_string(&budget.spec?.selector?).ok()?;
        let selector = Value::parse(selector.as_bytes()).ok()?;
        Some(Budget {
            namespace: budget.metadata.namespace?,
            selector: Selector::read(&selector).ok()?.ok()?,
        })
    });
    Ok(blocking.collect())
}
