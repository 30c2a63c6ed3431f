//! What happens to the Pod after the merge: one ordered list of steps.

mod cluster;
mod metadata;
mod order;
mod probes;
mod prometheus;

use outrigger_json::Value;

use super::reason::Refusal;
use crate::config::{MeshConfig, Snapshot};

/// What the steps need to know besides the Pod.
pub(crate) struct Finish<'c> {
    pub(crate) config: &'c Snapshot,
    /// The mesh's configuration as it holds for the Pod.
    pub(crate) mesh: &'c MeshConfig,
    /// `ISTIO_META_…` variables of the path and the cluster, sorted by name.
    pub(crate) variables: &'c [(&'c str, &'c str)],
    /// Whether the application waits for the proxy, by the Pod's ProxyConfig or the values.
    pub(crate) hold: bool,
}

/// Runs all steps; each stands where it does for a reason.
pub(crate) fn run(finish: &Finish<'_>, pod: &mut Value<'_>) -> Result<(), Refusal> {
    // The proxy's variables first: later entries come after them.
    cluster::apply(finish, pod);
    // Before the probes, as in the reference: its entry of the proxy's environment stands before theirs.
    prometheus::merge(finish, pod)?;
    prometheus::secure_port(pod);
    // Needs the final annotations of the templates, which may switch it off.
    probes::rewrite(finish, pod);
    // Last of what edits content: the configuration's own annotations stand whatever the steps before wrote.
    metadata::apply(finish, pod);
    // The lists are complete.
    order::apply(finish, pod);
    Ok(())
}

/// Appends an entry to the environment of the proxy, if there is a proxy.
fn add_env(pod: &mut Value<'_>, name: &'static str, value: String) {
    use outrigger_json::Object;
    let Some(proxy) = super::pod::proxy_mut(pod) else {
        return;
    };
    let list = proxy.entry("env", || Vec::new().into());
    if let Some(env) = list.as_array_mut() {
        env.push(Object::from_iter([("name", Value::from(name)), ("value", value.into())]).into());
    }
}
