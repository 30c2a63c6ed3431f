//! The guard: a `ValidatingAdmissionPolicy` that speaks up about a Pod that should have a sidecar and has none.
//!
//! With `failurePolicy: Ignore` a Pod that is created while the injector is away gets no sidecar; the API server itself
//! evaluates the guard, so that it holds just then. It asks what the injector would have decided: a binding for each entry
//! of the webhook has its selectors, and the conditions are the webhook's with the configuration's policy.
//!
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/>.

use outrigger_json::Value;

use super::{Entry, Settings, conditions, created_pods, entry::tree, metadata, object, strings};
use crate::config::{InjectorConfig, Policy};

/// What the guard does about a Pod that should have a sidecar and has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum Action {
    /// It is refused.
    #[default]
    Deny,
    /// It is created, and whoever creates it is warned.
    Warn,
}

/// Why there is no guard for a configuration.
#[derive(Debug, thiserror::Error)]
#[error(
    "policy {0:?} must be one of [disabled, enabled]: the injector leaves every Pod alone, so that there is nothing to guard"
)]
pub struct Unguardable(String);

/// The policy and its bindings, for an injector with this configuration.
pub fn guard(
    settings: &Settings,
    config: &InjectorConfig,
    action: Action,
) -> Result<Vec<Value<'static>>, Unguardable> {
    let wanted = conditions::wanted(&config.policy, &config.never_inject, &config.always_inject);
    let wanted = wanted.ok_or_else(|| {
        Unguardable(match &config.policy {
            Policy::Unknown(policy) => policy.clone(),
            Policy::Enabled | Policy::Disabled => String::new(),
        })
    })?;
    let mut conditions = conditions::always(&settings.namespace);
    conditions.push(wanted);

    let name = settings.revision.guard();
    let mut objects = vec![policy(settings, &name, conditions, action)];
    objects.extend(
        Entry::all(settings)
            .iter()
            .map(|entry| binding(&name, entry, action)),
    );
    Ok(objects)
}

fn policy(
    settings: &Settings,
    name: &str,
    conditions: Vec<(&'static str, String)>,
    action: Action,
) -> Value<'static> {
    let remedy = match action {
        Action::Deny => {
            "create it again once it does, or label it sidecar.istio.io/inject=false to go without"
        }
        Action::Warn => "delete it once it does, so that its controller creates another",
    };
    let message = format!(
        "the Pod should have a sidecar of revision {} and has none: the injector did not answer; {remedy}",
        settings.revision
    );
    object([
        ("apiVersion", "admissionregistration.k8s.io/v1".into()),
        ("kind", "ValidatingAdmissionPolicy".into()),
        ("metadata", metadata(name.to_owned())),
        (
            "spec",
            object([
                (
                    "matchConstraints",
                    object([
                        ("matchPolicy", "Equivalent".into()),
                        ("resourceRules", created_pods()),
                    ]),
                ),
                ("matchConditions", conditions::tree(conditions)),
                (
                    "validations",
                    Value::from(vec![object([
                        (
                            "expression",
                            "object.metadata.?annotations[?'sidecar.istio.io/status'].hasValue()"
                                .into(),
                        ),
                        ("message", message.into()),
                        ("reason", "Forbidden".into()),
                    ])]),
                ),
                ("failurePolicy", "Fail".into()),
            ]),
        ),
    ])
}

fn binding(policy: &str, entry: &Entry, action: Action) -> Value<'static> {
    let name = Entry::binding(entry.prefix, policy);
    let action = match action {
        Action::Deny => "Deny",
        Action::Warn => "Warn",
    };
    object([
        ("apiVersion", "admissionregistration.k8s.io/v1".into()),
        ("kind", "ValidatingAdmissionPolicyBinding".into()),
        ("metadata", metadata(name)),
        (
            "spec",
            object([
                ("policyName", policy.to_owned().into()),
                ("validationActions", strings([action, "Audit"])),
                (
                    "matchResources",
                    object([
                        ("matchPolicy", "Equivalent".into()),
                        ("namespaceSelector", tree(&entry.namespaces)),
                        ("objectSelector", tree(&entry.pods)),
                    ]),
                ),
            ]),
        ),
    ])
}
