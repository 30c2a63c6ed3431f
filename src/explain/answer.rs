//! What the API server says when it is asked for a Pod, and which link of the chain that tells of.
//!
//! The texts are those of Kubernetes' API server and of Go's network library.

use super::Link;

/// What the API server answers to a dry run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The Pod would have a sidecar, from the injector of this revision.
    Injected(String),
    /// The Pod would have none.
    NotInjected,
    /// The Pod would be refused, and why.
    Refused(String),
}

/// A refusal, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The link that it tells of.
    pub(super) link: Link,
    /// Its stable code.
    pub(super) code: &'static str,
    /// What it means, in a few words.
    pub(super) meaning: &'static str,
}

/// What the text of a failed call has in it, and what that means; the first that is found counts.
const CALLS: [(&str, &str, &str); 12] = [
    (
        "certificate signed by unknown authority",
        "certificate:untrusted",
        "caBundle does not verify the injector's certificate",
    ),
    (
        "certificate has expired or is not yet valid",
        "certificate:expired",
        "a certificate has expired",
    ),
    (
        "x509: certificate is",
        "certificate:name",
        "the injector's certificate is for another name",
    ),
    (
        "x509:",
        "certificate:untrusted",
        "caBundle does not verify the injector's certificate",
    ),
    (
        "proxyconnect",
        "connection:proxy",
        "the API server calls through a proxy that does not lead to the injector",
    ),
    (
        "Proxy Authentication Required",
        "connection:proxy",
        "the API server calls through a proxy that does not lead to the injector",
    ),
    (
        "no endpoints available",
        "connection:no-endpoints",
        "no Pod of the injector is ready",
    ),
    (
        "\" not found",
        "connection:no-service",
        "the injector's Service does not exist",
    ),
    (
        "no such host",
        "connection:dns",
        "the API server cannot resolve the injector's name",
    ),
    (
        "connection refused",
        "connection:refused",
        "nothing listens where the API server calls",
    ),
    (
        "deadline exceeded",
        "connection:timeout",
        "the injector does not answer in time",
    ),
    (
        "timeout",
        "connection:timeout",
        "the injector does not answer in time",
    ),
];

/// Understands a refusal.
pub(super) fn fault(text: &str) -> Fault {
    let of = |link, code, meaning| Fault {
        link,
        code,
        meaning,
    };
    if text.contains("violates PodSecurity") {
        return of(
            Link::PodSecurity,
            "pod-security",
            "Pod Security refuses the Pod",
        );
    }
    if text.contains("failed calling webhook") {
        let cause = cause(text);
        let known = CALLS.iter().find(|(part, ..)| cause.contains(part));
        let (code, meaning) = known.map_or(
            (
                "connection:failed",
                "the API server cannot call the webhook",
            ),
            |(_, code, meaning)| (*code, *meaning),
        );
        let link = if code.starts_with("certificate:") {
            Link::Certificate
        } else {
            Link::Connection
        };
        return of(link, code, meaning);
    }
    if text.contains("denied the request") {
        return of(
            Link::Injector,
            "refused:webhook",
            "a webhook refuses the Pod",
        );
    }
    of(Link::ApiServer, "refused", "the API server refuses the Pod")
}

/// The name of the webhook that a failed call or a refusal is about.
pub(super) fn webhook(text: &str) -> Option<&str> {
    let rest = text
        .split_once("failed calling webhook \"")
        .or_else(|| text.split_once("admission webhook \""));
    rest?.1.split_once('"').map(|(name, _)| name)
}

/// The text without what stands before the cause: the request that failed is of no use to a person.
pub(super) fn cause(text: &str) -> &str {
    let rest = text
        .split_once("failed to call webhook: ")
        .map_or(text, |(_, rest)| rest);
    rest.split_once("\": ").map_or(rest, |(_, cause)| cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        let call = |cause: &str| {
            format!(
                "Internal error occurred: failed calling webhook \"object.sidecar-injector.istio.io\": failed to call \
                 webhook: Post \"https://outrigger.outrigger-system.svc:443/inject?timeout=5s\": {cause}"
            )
        };
        for (text, link, code) in [
            (
                call(
                    "tls: failed to verify certificate: x509: certificate signed by unknown authority",
                ),
                Link::Certificate,
                "certificate:untrusted",
            ),
            (
                call(
                    "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time",
                ),
                Link::Certificate,
                "certificate:expired",
            ),
            (
                call("tls: failed to verify certificate: x509: certificate is valid for a, not b"),
                Link::Certificate,
                "certificate:name",
            ),
            (
                call("dial tcp 127.0.0.1:1: connect: connection refused"),
                Link::Connection,
                "connection:refused",
            ),
            (
                call("proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused"),
                Link::Connection,
                "connection:proxy",
            ),
            (
                call("context deadline exceeded"),
                Link::Connection,
                "connection:timeout",
            ),
            (
                call("no endpoints available for service \"outrigger\""),
                Link::Connection,
                "connection:no-endpoints",
            ),
            (
                call("service \"outrigger\" not found"),
                Link::Connection,
                "connection:no-service",
            ),
            (call("something new"), Link::Connection, "connection:failed"),
            (
                r#"pods "a" is forbidden: violates PodSecurity "baseline:latest": x"#.into(),
                Link::PodSecurity,
                "pod-security",
            ),
            (
                r#"admission webhook "a.b" denied the request: no"#.into(),
                Link::Injector,
                "refused:webhook",
            ),
            (
                r#"pods "a" is forbidden: exceeded quota"#.into(),
                Link::ApiServer,
                "refused",
            ),
        ] {
            let fault = fault(&text);
            assert_eq!((fault.link, fault.code), (link, code), "{text}");
        }
        let text = call("context deadline exceeded");
        assert_eq!(cause(&text), "context deadline exceeded");
        assert_eq!(webhook(&text), Some("object.sidecar-injector.istio.io"));
        assert_eq!(
            webhook(r#"admission webhook "a.b" denied the request: no"#),
            Some("a.b")
        );
        assert_eq!(cause("no"), "no");
    }
}
