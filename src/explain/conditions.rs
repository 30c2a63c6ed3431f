//! The `matchConditions` that Outrigger registers, evaluated here. Other CEL expressions are the API server's to evaluate.

use outrigger_json::Value;

use crate::{
    inject::{Reason, SYSTEM_NAMESPACES},
    webhook::Condition,
};

/// Whether an expression holds for a Pod; `None` for one that is not Outrigger's.
pub(super) fn holds(expression: &str, pod: &Value<'_>, namespace: &str) -> Option<bool> {
    let text = |path: &[&str]| pod.at(path).and_then(Value::as_str);
    Some(match Condition::of(expression)? {
        Condition::NotHostNetwork => {
            pod.at(&["spec", "hostNetwork"]).and_then(Value::as_bool) != Some(true)
        }
        Condition::NotWindows => {
            let system = text(&["spec", "os", "name"]);
            system.or_else(|| text(&["spec", "nodeSelector", "kubernetes.io/os"]))
                != Some("windows")
        }
        Condition::NotMirror => {
            text(&["metadata", "annotations", "kubernetes.io/config.mirror"]).is_none()
        }
        Condition::NotSystem => !SYSTEM_NAMESPACES.contains(&namespace),
        Condition::NotInjector(own) => namespace != own,
    })
}

/// What it says of a Pod that an expression does not hold, where the server has a reason for that.
pub(super) fn reason(expression: &str) -> Option<Reason> {
    match Condition::of(expression)? {
        Condition::NotHostNetwork => Some(Reason::HostNetwork),
        Condition::NotWindows => Some(Reason::Windows),
        Condition::NotSystem => Some(Reason::SystemNamespace),
        Condition::NotMirror | Condition::NotInjector(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::Condition;

    #[test]
    fn each_condition_of_ours_is_evaluated() {
        let plain = r#"{"spec": {}}"#;
        for (condition, bad, namespace) in [
            (
                Condition::NotHostNetwork,
                r#"{"spec": {"hostNetwork": true}}"#,
                "shop",
            ),
            (
                Condition::NotWindows,
                r#"{"spec": {"os": {"name": "windows"}}}"#,
                "shop",
            ),
            (
                Condition::NotWindows,
                r#"{"spec": {"nodeSelector": {"kubernetes.io/os": "windows"}}}"#,
                "shop",
            ),
            (
                Condition::NotMirror,
                r#"{"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}}"#,
                "shop",
            ),
            (Condition::NotSystem, plain, "kube-system"),
            (
                Condition::NotInjector("outrigger-system"),
                plain,
                "outrigger-system",
            ),
        ] {
            let expression = condition.expression();
            let parsed = |text: &'static str| Value::parse(text.as_bytes()).unwrap();
            assert_eq!(
                holds(&expression, &parsed(plain), "shop"),
                Some(true),
                "{expression}"
            );
            assert_eq!(
                holds(&expression, &parsed(bad), namespace),
                Some(false),
                "{expression}"
            );
        }
        assert_eq!(
            holds("object.spec.hostNetwork == false", &parsed_plain(), "shop"),
            None
        );
    }

    fn parsed_plain() -> Value<'static> {
        Value::parse(b"{}").unwrap()
    }
}
