//! Places of an injected Pod, as cases name them.
//!
//! `spec.dnsPolicy` is a path of keys. `<x>` picks: of a map the key, of a list the item whose name, mount path, port
//! or number is `x`, and of a list of strings the one that follows `x`. `*` makes a list of the names of its items, and
//! `json` reads a string as JSON. Paths begin at the Pod, or at one of these:
//!
//! | head | stands for |
//! |---|---|
//! | `annotation`, `label` | `metadata.annotations`, `metadata.labels` |
//! | `containers`, `initContainers`, `volumes` | the list of `spec` |
//! | `proxy`, `init`, `app` | the container of that role, in whichever list |
//! | `env` | the environment of the proxy: a variable's text, or the object that its value is from |

use outrigger_json::Value;

/// What stands at a place; null where there is nothing.
pub(super) fn at(pod: &Value<'_>, path: &str) -> Value<'static> {
    let mut steps = steps(path);
    let head = steps.remove(0);
    let start = match &*head {
        "annotation" => pod.at(&["metadata", "annotations"]).cloned(),
        "label" => pod.at(&["metadata", "labels"]).cloned(),
        "containers" | "initContainers" | "volumes" => pod.at(&["spec", &head]).cloned(),
        "proxy" => container(pod, &["istio-proxy"]),
        "init" => container(pod, &["istio-init", "istio-validation"]),
        "app" => container(pod, &["app"]),
        "env" => container(pod, &["istio-proxy"]).and_then(|proxy| variables(&proxy)),
        key => pod.get(key).cloned(),
    };
    let place = steps
        .iter()
        .fold(start.map(Value::into_owned), |value, step| {
            step_into(&value?, step)
        });
    place.unwrap_or_default()
}

fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut in_brackets = false;
    for c in path.chars() {
        match c {
            '<' if !in_brackets => {
                in_brackets = true;
                steps.push(String::new());
            }
            '>' if in_brackets => in_brackets = false,
            '.' if !in_brackets => steps.push(String::new()),
            c => steps.last_mut().unwrap().push(c),
        }
    }
    steps
}

fn container<'v>(pod: &'v Value<'_>, names: &[&str]) -> Option<Value<'v>> {
    let lists = ["containers", "initContainers"];
    let mut all = lists
        .iter()
        .filter_map(|list| pod.at(&["spec", list])?.as_array());
    all.find_map(|list| list.iter().find(|c| names.iter().any(|name| is(c, name))))
        .map(Value::borrowed)
}

fn variables(proxy: &Value<'_>) -> Option<Value<'static>> {
    let env = proxy.get("env")?.as_array()?.iter().map(|entry| {
        let name = entry
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let value = entry.get("value").or_else(|| entry.get("valueFrom"));
        (
            name.to_owned(),
            value.cloned().unwrap_or_else(|| "".into()).into_owned(),
        )
    });
    Some(Value::Object(env.collect()))
}

fn is(item: &Value<'_>, wanted: &str) -> bool {
    ["name", "mountPath", "containerPort"]
        .iter()
        .any(|key| match item.get(key) {
            Some(Value::String(text)) => text == wanted,
            Some(value) => value.to_string() == wanted,
            None => false,
        })
}

fn step_into(value: &Value<'_>, step: &str) -> Option<Value<'static>> {
    let found = match value {
        Value::String(text) if step == "json" => {
            return Value::parse(text.as_bytes()).ok().map(Value::into_owned);
        }
        Value::Object(object) if step == "*" => {
            let names = object.keys().map(|key| Value::from(key.to_owned()));
            return Some(Value::Array(names.collect()));
        }
        Value::Array(items) if step == "*" => {
            let names = items
                .iter()
                .map(|item| item.get("name").cloned().unwrap_or_default());
            return Some(Value::Array(names.collect()).into_owned());
        }
        Value::Array(items) => items
            .iter()
            .find(|item| is(item, step))
            .or_else(|| items.get(items.iter().position(|item| item.as_str() == Some(step))? + 1))
            .or_else(|| items.get(step.parse::<usize>().ok()?))?,
        value => value.get(step)?,
    };
    Some(found.clone().into_owned())
}
