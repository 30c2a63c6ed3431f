//! The order of lists, so that two Pods can be shown side by side.

use outrigger_json::Value;
use outrigger_strategic_merge::{
    pod::POD,
    schema::{Strategy, Type},
};

use super::bare::text;

/// Puts the items of lists that have names into the order of another Pod's; items that only this one has follow the item
/// that they stood behind.
pub fn align(pod: &mut Value<'static>, other: &Value<'static>) {
    value(pod, other, &Type::Object(&POD), Strategy::Plain);
}

fn value(this: &mut Value<'static>, other: &Value<'static>, of: &Type, strategy: Strategy) {
    match (of, this, other) {
        (Type::Pointer(inner), this, other) => value(this, other, inner, strategy),
        (Type::Object(declared), Value::Object(this), Value::Object(other)) => {
            for (key, item) in this.iter_mut() {
                if let (Some(field), Some(other)) = (declared.json_field(key), other.get(key)) {
                    value(item, other, &field.of, field.strategy);
                }
            }
        }
        (Type::List(inner), Value::Array(this), Value::Array(other)) => {
            if let Strategy::ByKey(key) = strategy {
                list(this.to_mut(), other, key, inner);
            }
        }
        _ => {}
    }
}

fn list(this: &mut Vec<Value<'static>>, other: &[Value<'static>], key: &str, of: &Type) {
    let name = |item: &Value<'static>| item.get(key).map(|name| text(name).into_owned());
    let mut last = 0;
    let mut placed: Vec<(usize, Value<'static>)> = Vec::with_capacity(this.len());
    for mut item in this.drain(..) {
        let wanted = name(&item);
        let at = other
            .iter()
            .position(|o| wanted.is_some() && name(o) == wanted);
        if let Some(at) = at {
            value(&mut item, &other[at], of, Strategy::Plain);
            last = at + 1;
        }
        placed.push((last, item));
    }
    // Stable: what shares a place stays in its order.
    placed.sort_by_key(|(place, _)| *place);
    this.extend(placed.into_iter().map(|(_, item)| item));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_take_the_order_of_the_other() {
        let pod = |volumes: &str| {
            let volumes: Vec<_> = volumes
                .chars()
                .map(|name| format!(r#"{{"name":"{name}"}}"#))
                .collect();
            let text = format!(r#"{{"spec":{{"volumes":[{}]}}}}"#, volumes.join(","));
            Value::parse(text.as_bytes()).unwrap().into_owned()
        };
        for (this, other, expected) in [
            ("abc", "cab", "cab"),
            ("axb", "ba", "bax"),
            ("xab", "ba", "xba"),
            ("ab", "xyab", "ab"),
        ] {
            let mut aligned = pod(this);
            align(&mut aligned, &pod(other));
            assert_eq!(
                aligned.to_string(),
                pod(expected).to_string(),
                "{this} {other}"
            );
        }
    }
}
