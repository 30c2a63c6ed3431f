//! Whether the API server takes the injector's certificate: what `caBundle` has, against what the injector serves.

use std::time::SystemTime;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Called, Entry, Facts, Link, Registered, Step,
    answer::{self, Fault},
    connection::{consequence, patch},
};
use crate::pki::{Name, trusts, validity};

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
                "without a caBundle the API server trusts no certificate of the injector"
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        explain::{Served, State, tests::nothing_known},
        pki::Authority,
    };

    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn registered(called: &str, bundle: Option<&str>) -> Registered {
        let bundle = bundle.map(|b| format!(", caBundle: {b:?}"));
        let text = format!(
            "metadata: {{name: outrigger}}\nwebhooks:\n- name: sidecar-injector.istio.io\n  \
             clientConfig: {{{called}{}}}\n",
            bundle.unwrap_or_default()
        );
        Registered::read(&outrigger_yaml::parse(&text).unwrap()).unwrap()
    }

    #[test]
    fn a_bundle_is_held_against_what_is_served() {
        let name = |service: &str| [Name::Dns(format!("{service}.mesh.svc"))];
        let (own, other) = (
            Authority::new("own").unwrap(),
            Authority::new("other").unwrap(),
        );
        let (good, alien) = (
            own.issue(&name("injector")).unwrap(),
            own.issue(&name("b")).unwrap(),
        );
        let [own, other] = [own, other].map(|a| a.certificate());
        let service = "service: {namespace: mesh, name: injector}";
        let now = SystemTime::now();
        for (called, bundle, served, now, state, code) in [
            (service, Some(&own), Some(&good), now, State::Good, "good"),
            (
                service,
                Some(&own),
                Some(&alien),
                now,
                State::Broken,
                "certificate:untrusted",
            ),
            (
                service,
                Some(&other),
                Some(&good),
                now,
                State::Broken,
                "certificate:untrusted",
            ),
            (
                service,
                Some(&own),
                Some(&good),
                now + 4000 * DAY,
                State::Broken,
                "certificate:expired",
            ),
            (
                service,
                Some(&own),
                None,
                now + 9000 * DAY,
                State::Broken,
                "certificate:expired",
            ),
            (
                service,
                Some(&own),
                None,
                now,
                State::CannotTell,
                "cannot-tell",
            ),
            (
                service,
                None,
                Some(&good),
                now,
                State::Broken,
                "certificate:no-bundle",
            ),
            (
                service,
                Some(&"no PEM".to_owned()),
                None,
                now,
                State::Broken,
                "certificate:bundle-unreadable",
            ),
            (
                "url: 'https://a.test'",
                None,
                None,
                now,
                State::CannotTell,
                "cannot-tell",
            ),
        ] {
            let bundle = bundle.map(|b| STANDARD.encode(b));
            let registered = registered(called, bundle.as_deref());
            let entry = &registered.entries[0];
            let mut facts = nothing_known();
            facts.now = now;
            if let Some(served) = served {
                let served = Served {
                    secret: ("mesh".into(), "pair".into()),
                    authorities: own.clone(),
                    certificate: served.certificate.clone(),
                };
                facts.served.insert(entry.called.clone(), served);
            }
            let step = step(&registered, entry, false, None, &facts);
            assert_eq!((step.state, step.code), (state, code), "{}", step.text);
            if let (State::Broken, true) = (state, facts.served.contains_key(&entry.called)) {
                assert!(
                    step.mend[0].contains(r"-n mesh get secret pair -o jsonpath='{.data.ca\.crt}'")
                );
            }
        }
    }
}
