//! Which of the selected Pods are kept from being sent, whatever their labels: those that no sidecar fits, and those that
//! the injector itself needs to come up. The API server decides that by CEL, so that it holds while the injector is away.
//!
//! The same as `unsuitable` in `src/inject/decision.rs` for the first three, so that both agree.
//!
//! Source: <https://kubernetes.io/docs/reference/using-api/cel/>.

use std::fmt::Write as _;

use outrigger_json::Value;

use super::object;
use crate::{
    config::{Operator, Policy, Requirement, Selector},
    inject::SYSTEM_NAMESPACES,
};

/// A condition that every entry has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition<'a> {
    /// The Pod does not use the host's network.
    NotHostNetwork,
    /// The Pod is not for Windows nodes.
    NotWindows,
    /// The Pod does not mirror one that a kubelet runs from a file.
    NotMirror,
    /// The namespace is none of the system's.
    NotSystem,
    /// The namespace is not this one, the injector's own.
    NotInjector(&'a str),
}

impl<'a> Condition<'a> {
    fn all(namespace: &'a str) -> [Self; 5] {
        [
            Self::NotHostNetwork,
            Self::NotWindows,
            Self::NotMirror,
            Self::NotSystem,
            Self::NotInjector(namespace),
        ]
    }

    /// The condition that an expression is; `None` if it is none of these.
    pub fn of(expression: &'a str) -> Option<Self> {
        let namespace = expression
            .strip_prefix("request.namespace != '")
            .and_then(|rest| rest.strip_suffix('\''));
        let known = Self::all(namespace.unwrap_or_default());
        known.into_iter().find(|c| c.expression() == expression)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::NotHostNetwork => "not-host-network",
            Self::NotWindows => "not-windows",
            Self::NotMirror => "not-mirror",
            Self::NotSystem => "not-system",
            Self::NotInjector(_) => "not-injector",
        }
    }

    /// Its CEL expression.
    pub fn expression(self) -> String {
        match self {
            Self::NotHostNetwork => "!object.spec.?hostNetwork.orValue(false)".to_owned(),
            Self::NotWindows => {
                "object.spec.?os.?name.or(object.spec.?nodeSelector[?'kubernetes.io/os']).orValue('') != 'windows'"
                    .to_owned()
            }
            Self::NotMirror => {
                "!object.metadata.?annotations[?'kubernetes.io/config.mirror'].hasValue()".to_owned()
            }
            Self::NotSystem => {
                let system: Vec<_> = SYSTEM_NAMESPACES.map(literal).into();
                format!("!(request.namespace in [{}])", system.join(", "))
            }
            Self::NotInjector(namespace) => {
                format!("request.namespace != {}", literal(namespace))
            }
        }
    }
}

/// The `matchConditions` that every entry has, as name and expression.
pub(super) fn always(namespace: &str) -> Vec<(&'static str, String)> {
    let conditions = Condition::all(namespace).into_iter();
    conditions.map(|c| (c.name(), c.expression())).collect()
}

/// Whether the Pod would be injected by its own word, the configuration's selectors and its policy: what `refused` in
/// `src/inject/decision.rs` decides. `None` under a policy that injects nothing.
pub(super) fn wanted(
    policy: &Policy,
    never: &[Selector],
    always: &[Selector],
) -> Option<(&'static str, String)> {
    const SAID: &str = "object.metadata.?labels[?'sidecar.istio.io/inject']\
        .or(object.metadata.?annotations[?'sidecar.istio.io/inject']).orValue('')";
    let (never, always) = (any(never), any(always));
    let undecided = match policy {
        Policy::Unknown(_) => return None,
        Policy::Enabled => never.map_or_else(|| "true".to_owned(), |never| format!("!({never})")),
        Policy::Disabled => match (never, always) {
            (_, None) => "false".to_owned(),
            (None, Some(always)) => format!("({always})"),
            (Some(never), Some(always)) => format!("!({never}) && ({always})"),
        },
    };
    let expression = match &*undecided {
        "true" => format!("{SAID} != 'false'"),
        "false" => format!("{SAID} == 'true'"),
        _ => format!("{SAID} == 'true' || {SAID} != 'false' && {undecided}"),
    };
    Some(("wanted", expression))
}

/// Whether any of the selectors matches the Pod's labels; `None` if none ever does.
fn any(selectors: &[Selector]) -> Option<String> {
    let selectors: Vec<_> = selectors.iter().filter_map(all).collect();
    (!selectors.is_empty()).then(|| selectors.join(" || "))
}

/// Whether every requirement of a selector holds; `None` for an empty one, which matches nothing.
fn all(selector: &Selector) -> Option<String> {
    let mut expression = String::new();
    let labels = selector
        .match_labels
        .iter()
        .map(|(key, value)| Requirement {
            key: key.clone(),
            operator: Operator::In(vec![value.clone()]),
        });
    for requirement in labels.chain(selector.match_expressions.iter().cloned()) {
        let and = if expression.is_empty() { "" } else { " && " };
        let label = format!("object.metadata.?labels[?{}]", literal(&requirement.key));
        let among = |values: &[String]| {
            let values: Vec<_> = values.iter().map(|value| literal(value)).collect();
            format!(
                "{label}.optMap(v, v in [{}]).orValue(false)",
                values.join(", ")
            )
        };
        let holds = match &requirement.operator {
            Operator::In(values) => among(values),
            Operator::NotIn(values) => format!("!{}", among(values)),
            Operator::Exists => format!("{label}.hasValue()"),
            Operator::DoesNotExist => format!("!{label}.hasValue()"),
        };
        // Writing to a string cannot fail.
        let _ = write!(expression, "{and}{holds}");
    }
    (!expression.is_empty()).then_some(expression)
}

/// A text as a string of CEL.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Conditions as Kubernetes writes them.
pub(super) fn tree(conditions: Vec<(&'static str, String)>) -> Value<'static> {
    let conditions = conditions.into_iter().map(|(name, expression)| {
        object([("name", name.into()), ("expression", expression.into())])
    });
    Value::Array(conditions.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(key: &str, operator: Operator) -> Selector {
        Selector {
            match_expressions: vec![Requirement {
                key: key.into(),
                operator,
            }],
            ..Selector::default()
        }
    }

    #[test]
    fn policies_and_selectors() {
        const SAID: &str = "object.metadata.?labels[?'sidecar.istio.io/inject']\
            .or(object.metadata.?annotations[?'sidecar.istio.io/inject']).orValue('')";
        let app = selector("app", Operator::In(vec!["web".into()]));
        let app_in = "object.metadata.?labels[?'app'].optMap(v, v in ['web']).orValue(false)";
        let job = selector("job", Operator::Exists);
        let empty = Selector::default();
        for (policy, never, always, wanted_text) in [
            (
                Policy::Enabled,
                vec![],
                vec![],
                format!("{SAID} != 'false'"),
            ),
            (
                Policy::Enabled,
                vec![empty.clone(), app.clone(), job.clone()],
                vec![app.clone()],
                format!(
                    "{SAID} == 'true' || {SAID} != 'false' && !({app_in} || object.metadata.?labels[?'job'].hasValue())"
                ),
            ),
            (
                Policy::Disabled,
                vec![app.clone()],
                vec![empty],
                format!("{SAID} == 'true'"),
            ),
            (
                Policy::Disabled,
                vec![job],
                vec![app],
                format!(
                    "{SAID} == 'true' || {SAID} != 'false' && !(object.metadata.?labels[?'job'].hasValue()) && ({app_in})"
                ),
            ),
        ] {
            let (_, expression) = wanted(&policy, &never, &always).unwrap();
            assert_eq!(expression, wanted_text, "{policy:?}");
        }
        assert_eq!(wanted(&Policy::Unknown("on".into()), &[], &[]), None);
    }

    #[test]
    fn texts_stay_texts() {
        for (text, expression) in [("a", "'a'"), ("a'b", r"'a\'b'"), (r"a\", r"'a\\'")] {
            assert_eq!(literal(text), expression);
        }
    }
}
