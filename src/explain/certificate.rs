//! Whether the API server takes the injector's certificate: what `caBundle` has, against what the injector serves.

use std::time::SystemTime;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Called, Entry, Facts, Link, Registered, Step,
    answer::{self, Fault},
    connection::{consequence, patch},
};
use crate::pki::{
    Name,
    renewal::{trusts, validity},
};

/// The step; its parameters are those of [`super::connection::step`].
pub(super) fn step(
    registered: &Registered,
    entry: &Entry,
    is_reached: bool,
    fault: Option<(&Fault, &str)>,
    facts: &Facts,
) -> Step {
    let then = consequence(entry.failure_policy);
    let broken = |code, what: String| {
        Step::broken(Link::Certificate, code, format!("{what}, {then}"))
            .mended(mend(registered, entry, facts))
    };
    let doubt = doubt(entry, facts);
    if let Some((fault, text)) = fault.filter(|(fault, _)| fault.link == Link::Certificate) {
        let said = answer::cause(text);
        // The reason that is seen in the bundle itself says more than the API server does.
        return match doubt {
            Doubt::Broken(code, what) => broken(code, format!("{what} ({said})")),
            _ => broken(fault.code, format!("{}: {said}", fault.meaning)),
        };
    }
    if is_reached {
        return Step::good(
            Link::Certificate,
            "caBundle verifies the injector's certificate",
        );
    }
    match doubt {
        Doubt::Broken(code, what) => broken(code, what),
        Doubt::Unclear(what) if facts.from_files => {
            Step::note(Link::Certificate, "certificate:not-looked-at", what)
        }
        Doubt::Unclear(what) => Step::unclear(Link::Certificate, what),
        Doubt::None(what) => Step::good(Link::Certificate, what),
    }
}

/// What the bundle itself tells.
enum Doubt {
    None(String),
    Unclear(String),
    Broken(&'static str, String),
}

fn doubt(entry: &Entry, facts: &Facts) -> Doubt {
    let Some(bundle) = &entry.ca_bundle else {
        return match (&entry.called, facts.from_files) {
            // It is left to whoever keeps it.
            (_, true) => {
                Doubt::Unclear("caBundle is not looked at: there is no cluster".to_owned())
            }
            (Called::Url(url), _) => Doubt::Unclear(format!(
                "there is no caBundle, so {url} must have a certificate of a public authority"
            )),
            (Called::Service { .. }, _) => Doubt::Broken(
                "certificate:no-bundle",
                "there is no caBundle, so the API server trusts no certificate of the injector"
                    .to_owned(),
            ),
        };
    };
    let text = STANDARD
        .decode(bundle)
        .ok()
        .and_then(|b| String::from_utf8(b).ok());
    let Some(text) = text.filter(|text| validity(text).is_some()) else {
        return Doubt::Broken(
            "certificate:bundle-unreadable",
            "caBundle holds no certificate".to_owned(),
        );
    };
    if let Some(served) = facts.served.get(&entry.called) {
        let (namespace, secret) = &served.secret;
        let secret = format!("Secret {namespace}/{secret}");
        let until = validity(&served.certificate).map(|(_, until)| until);
        if until.is_none_or(|until| until <= facts.now) {
            return Doubt::Broken(
                "certificate:expired",
                format!("the injector's certificate in {secret} has expired"),
            );
        }
        if !trusts(&text, &served.certificate, &name(&entry.called), facts.now) {
            return Doubt::Broken(
                "certificate:untrusted",
                format!("caBundle does not verify the injector's certificate in {secret}"),
            );
        }
        return Doubt::None(format!("caBundle verifies the certificate in {secret}"));
    }
    if is_over(&text, facts.now) {
        return Doubt::Broken("certificate:expired", "caBundle has expired".to_owned());
    }
    Doubt::Unclear(
        "caBundle is there; whether it verifies the injector's certificate only a dry run of a Pod tells".to_owned(),
    )
}

fn is_over(bundle: &str, now: SystemTime) -> bool {
    validity(bundle).is_some_and(|(_, until)| until <= now)
}

/// The name that the API server wants the certificate to be for.
fn name(called: &Called) -> Name {
    match called {
        Called::Service {
            namespace, name, ..
        } => Name::Dns(format!("{name}.{namespace}.svc")),
        Called::Url(url) => {
            let rest = url.split_once("://").map_or(&**url, |(_, rest)| rest);
            let host = rest.split(['/', ':']).next().unwrap_or_default();
            let address = host.parse();
            address.map_or_else(|_| Name::Dns(host.to_owned()), Name::Ip)
        }
    }
}

fn mend(registered: &Registered, entry: &Entry, facts: &Facts) -> Vec<String> {
    if let Some(served) = facts.served.get(&entry.called)
        && !served.authorities.is_empty()
    {
        let (namespace, secret) = &served.secret;
        // The shell's own quotes end for the moment in which the other command is run.
        let bundle = format!(
            r#""'"$(kubectl -n {namespace} get secret {secret} -o jsonpath='{{.data.ca\.crt}}')"'""#
        );
        return vec![patch(registered, "caBundle", &bundle)];
    }
    let name = &registered.name;
    let service = facts
        .services
        .get(&entry.called)
        .and_then(|s| s.as_ref().ok()?.as_ref());
    match (&entry.called, service) {
        (Called::Service { namespace, .. }, Some(service)) if !service.selector.is_empty() => {
            vec![format!(
                "kubectl -n {namespace} rollout restart deployment -l {}",
                service.selector
            )]
        }
        (Called::Url(url), _) if registered.is_ours => vec![format!(
            "outrigger webhook apply --url {url} --ca-bundle FILE, with the certificate of the authority that signed the injector's"
        )],
        _ => vec![format!(
            "give the entries of MutatingWebhookConfiguration {name} the caBundle that verifies the injector's certificate"
        )],
    }
}
