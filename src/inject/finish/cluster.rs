//! The cluster and network that the proxy reports, and what the request's path adds.

use outrigger_json::{Object, Value};

use super::Finish;
use crate::inject::pod;

/// Puts the variables at the end of the proxy's environment, in the place of entries of the same names.
pub(super) fn apply(finish: &Finish<'_>, pod: &mut Value<'_>) {
    if finish.variables.is_empty() {
        return;
    }
    let Some(proxy) = pod::proxy_mut(pod) else {
        return;
    };
    if let Some(env) = proxy.entry("env", || Vec::new().into()).as_array_mut() {
        env.retain(|e| {
            finish
                .variables
                .iter()
                .all(|(name, _)| *name != pod::name(e))
        });
        env.extend(finish.variables.iter().map(|(name, value)| {
            let text = |text: &str| Value::from(text.to_owned());
            Object::from_iter([("name", text(name)), ("value", text(value))]).into()
        }));
    }
}
