//! The places of a container that hold a probe or a hook, and what stands for each at the agent.
//!
//! Source: <https://istio.io/latest/docs/ops/configuration/mesh/app-health-check/>.

use outrigger_json::{Object, Value};

use super::pod;

/// The proxy's variable that tells the agent what the author's probes were.
pub(crate) const PROBERS: &str = "ISTIO_KUBE_APP_PROBERS";

/// A place of a container that holds a probe or a hook.
pub(crate) struct Handler {
    /// Where it is in the container.
    pub(crate) path: &'static [&'static str],
    prefix: &'static str,
    suffix: &'static str,
    /// A probe: it may be gRPC and has a timeout. Otherwise a hook of the container's life cycle.
    pub(crate) is_probe: bool,
}

/// All places of a container that may hold a probe or a hook.
pub(crate) const HANDLERS: [Handler; 5] = [
    Handler {
        path: &["readinessProbe"],
        prefix: "/app-health/",
        suffix: "/readyz",
        is_probe: true,
    },
    Handler {
        path: &["livenessProbe"],
        prefix: "/app-health/",
        suffix: "/livez",
        is_probe: true,
    },
    Handler {
        path: &["startupProbe"],
        prefix: "/app-health/",
        suffix: "/startupz",
        is_probe: true,
    },
    Handler {
        path: &["lifecycle", "preStop"],
        prefix: "/app-lifecycle/",
        suffix: "/prestopz",
        is_probe: false,
    },
    Handler {
        path: &["lifecycle", "postStart"],
        prefix: "/app-lifecycle/",
        suffix: "/poststartz",
        is_probe: false,
    },
];

impl Handler {
    /// The path at the agent that stands for this place of `container`.
    pub(crate) fn key(&self, container: &str) -> String {
        [self.prefix, container, self.suffix].concat()
    }

    /// The path at the agent, if that is where this place of a container leads.
    pub(crate) fn path_at_agent<'v>(&self, container: &'v Value<'_>) -> Option<&'v str> {
        let http = container.at(self.path)?.get("httpGet")?;
        let path = http.get("path")?.as_str()?;
        let container = pod::name(container);
        let rest = path.strip_prefix(self.prefix)?.strip_prefix(container)?;
        (rest == self.suffix).then_some(path)
    }

    /// What the container has in this place.
    pub(crate) fn of_mut<'v, 'a>(
        &self,
        container: &'v mut Value<'a>,
    ) -> Option<&'v mut Object<'a>> {
        container.at_mut(self.path)?.as_object_mut()
    }

    /// The kinds of request that are led to the agent; a command runs in the container, and stays.
    pub(crate) fn kinds(&self) -> &'static [&'static str] {
        if self.is_probe {
            &["httpGet", "tcpSocket", "grpc"]
        } else {
            &["httpGet", "tcpSocket"]
        }
    }

    /// The kind of request, the request, and the probe or hook that it is in.
    pub(crate) fn request<'v, 'a>(
        &self,
        container: &'v Value<'a>,
    ) -> Option<(&'static str, &'v Object<'a>, &'v Object<'a>)> {
        let place = container.at(self.path)?.as_object()?;
        let (kind, request) = self
            .kinds()
            .iter()
            .find_map(|kind| Some((*kind, place.get(kind)?.as_object()?)))?;
        Some((kind, request, place))
    }
}
