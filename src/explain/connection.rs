//! The way from the API server to the injector: the Service or URL, and who is behind it.

use super::{
    Called, Entry, Facts, Link, Registered, Service, Step,
    answer::{self, Fault},
};
use crate::webhook::FailurePolicy;

/// What it means that the injector is not reached.
pub(super) const fn consequence(policy: FailurePolicy) -> &'static str {
    match policy {
        FailurePolicy::Fail => "so the Pod is refused (failurePolicy Fail)",
        FailurePolicy::Ignore => "so the Pod is created without a sidecar (failurePolicy Ignore)",
    }
}

/// The step. `is_reached`: the API server has just called the injector. `fault`: it has tried, with its text.
pub(super) fn step(
    registered: &Registered,
    entry: &Entry,
    is_reached: bool,
    fault: Option<(&Fault, &str)>,
    facts: &Facts,
) -> Step {
    let called = &entry.called;
    let then = consequence(entry.failure_policy);
    let service = facts.services.get(called);
    if let Some((fault, text)) = fault.filter(|(fault, _)| fault.link == Link::Connection) {
        let said = answer::cause(text);
        let known = service.and_then(|s| s.as_ref().ok()?.as_ref());
        return Step::broken(
            Link::Connection,
            fault.code,
            format!("{called}: {}, {then}: {said}", fault.meaning),
        )
        .mended(mend(fault.code, registered, entry, known));
    }
    if is_reached {
        return Step::good(Link::Connection, format!("the API server reaches {called}"));
    }
    let broken = |code, what: String, known| {
        Step::broken(Link::Connection, code, format!("{called}: {what}, {then}"))
            .mended(mend(code, registered, entry, known))
    };
    match service {
        None if facts.from_files => Step::note(
            Link::Connection,
            "connection:not-looked-at",
            format!("{called} is not looked at: there is no cluster"),
        ),
        None => Step::unclear(
            Link::Connection,
            format!("whether the API server reaches {called} only a dry run of a Pod tells"),
        ),
        Some(Err(unknown)) => Step::unclear(Link::Connection, unknown.to_string()),
        Some(Ok(None)) => broken(
            "connection:no-service",
            "the Service does not exist".into(),
            None,
        ),
        Some(Ok(Some(service))) => {
            let Called::Service { port, .. } = called else {
                return Step::good(Link::Connection, called.to_string());
            };
            if !service.ports.contains(port) {
                let ports: Vec<_> = service.ports.iter().map(ToString::to_string).collect();
                let what = format!("the Service has no port {port}, but {}", ports.join(", "));
                return broken("connection:no-port", what, Some(service));
            }
            match service.ready {
                Some(0) => {
                    let what = match service.unready {
                        0 => "the Service has no Pods behind it".to_owned(),
                        n => format!("no Pod behind the Service is ready, of {n}"),
                    };
                    broken("connection:no-endpoints", what, Some(service))
                }
                Some(n) => Step::good(
                    Link::Connection,
                    format!("{called} has {n} ready endpoints"),
                ),
                None => Step::unclear(
                    Link::Connection,
                    format!("{called} exists; who is behind it only a dry run of a Pod tells"),
                ),
            }
        }
    }
}

fn mend(
    code: &str,
    registered: &Registered,
    entry: &Entry,
    service: Option<&Service>,
) -> Vec<String> {
    let name = &registered.name;
    let Called::Service { namespace, .. } = &entry.called else {
        return match code {
            "connection:proxy" => no_proxy(&entry.called.to_string()),
            "connection:refused" | "connection:timeout" => vec![format!(
                "start 'outrigger serve' where {} leads, or open the way there from the API server",
                entry.called
            )],
            _ => Vec::new(),
        };
    };
    let selector = service.map(|s| &*s.selector).filter(|s| !s.is_empty());
    let behind = |verb: &str| selector.map(|s| format!("kubectl -n {namespace} {verb} -l {s}"));
    match code {
        "connection:no-service" => {
            let again = if registered.is_ours {
                format!(
                    "helm upgrade --install outrigger charts/outrigger --namespace {namespace} --reuse-values"
                )
            } else {
                "install Istio's control plane again".to_owned()
            };
            vec![
                again,
                format!(
                    "or, if that injector is gone for good: kubectl delete mutatingwebhookconfiguration {name}"
                ),
            ]
        }
        "connection:no-endpoints" if service.is_some_and(|s| s.unready == 0) => {
            behind("scale deployment --replicas=2")
                .into_iter()
                .collect()
        }
        "connection:no-endpoints" | "connection:refused" => {
            ["logs --tail=20", "rollout restart deployment"]
                .into_iter()
                .filter_map(behind)
                .collect()
        }
        "connection:no-port" => {
            let port = service
                .and_then(|s| s.ports.first())
                .copied()
                .unwrap_or(443);
            vec![patch(registered, "service/port", &port.to_string())]
        }
        "connection:proxy" => no_proxy(".svc"),
        "connection:timeout" => vec![
            "let the control plane's firewall open the injector's port, 15017, on the nodes"
                .to_owned(),
        ],
        _ => behind("logs --tail=20").into_iter().collect(),
    }
}

fn no_proxy(what: &str) -> Vec<String> {
    vec![format!(
        "add {what} and the range of the cluster's Services to no_proxy in the manifest of kube-apiserver, which restarts by itself"
    )]
}

/// A command that sets a field of the `clientConfig` of all entries; `value` is JSON.
pub(super) fn patch(registered: &Registered, field: &str, value: &str) -> String {
    let operations = registered.entries.iter().map(|entry| {
        format!(
            r#"{{"op":"add","path":"/webhooks/{}/clientConfig/{field}","value":{value}}}"#,
            entry.place
        )
    });
    let operations: Vec<_> = operations.collect();
    format!(
        "kubectl patch mutatingwebhookconfiguration {} --type=json -p '[{}]'",
        registered.name,
        operations.join(",")
    )
}
