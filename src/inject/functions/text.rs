//! Functions on strings.

use std::collections::BTreeMap;

use outrigger_gotemplate::{Functions, Kind, Origin, Text, Type, Value, format};

use super::{RAW, member};

pub(super) fn add_to(functions: &mut Functions, environment: &BTreeMap<String, String>) {
    functions.add(
        "annotation",
        &[Type::Any, Type::String, Type::Any],
        |_, args| {
            let (metadata, name) = (args.value(0), args.str(1));
            let written = match metadata {
                Value::Object(metadata) if metadata.kind() != Kind::Map => {
                    metadata.entry_of("Annotations", name)
                }
                metadata => member(metadata, "Annotations").get(name),
            };
            if let Some(value) = written {
                return Ok(value);
            }
            Ok(match args.take(2) {
                Value::String(text) => text.into(),
                other => format::sprint(&[other]).into(),
            })
        },
    );
    functions.add("valueOrDefault", &[Type::Any, Type::Any], |_, args| {
        let is_unset =
            args.value(0).is_nil() || args.value(0).as_str().is_some_and(|s| s.is_empty());
        Ok(args.take(usize::from(is_unset)))
    });
    functions.add("contains", &[Type::String, Type::String], |_, args| {
        Ok(args.str(1).contains(args.str(0)).into())
    });
    functions.add("toLower", &[Type::String], |_, args| {
        Ok(args.str(0).to_lowercase().into())
    });
    functions.add("directory", &[Type::String], |_, args| {
        let path = args.str(0);
        Ok(path[..path.rfind('/').map_or(0, |at| at + 1)]
            .to_owned()
            .into())
    });
    functions.add("indent", &[Type::Int, Type::String], |context, args| {
        let text = args.text(1);
        let width = usize::try_from(args.int(0)).unwrap_or(0);
        let lines = text.matches('\n').count();
        context.reserve(text.len().saturating_add(lines.saturating_mul(width)))?;
        Ok(text
            .indented(text.replace('\n', &format!("\n{}", " ".repeat(width))), 0)
            .into())
    });
    functions.add("formatDuration", &[Type::Any], |_, args| {
        Ok(format::sprint(&[args.take(0)]).into())
    });
    functions.add(
        "appendMultusNetwork",
        &[Type::String, Type::String],
        |_, args| Ok(append_network(args.str(0), args.str(1)).into()),
    );
    functions.add(RAW, &[Type::String], |_, args| {
        Ok(Text::new(args.text(0).into_cow(), Origin::Structured).into())
    });
    for identity in ["kubevirtInterfaces", "excludeInterfaces"] {
        functions.add(identity, &[Type::String], |_, args| Ok(args.take(0)));
    }
    let environment = environment.clone();
    functions.add(
        "env",
        &[Type::String, Type::String],
        move |_, args| match environment
            .get(args.str(0))
            .filter(|value| !value.is_empty())
        {
            Some(value) => Ok(value.clone().into()),
            None => Ok(args.take(1)),
        },
    );
}

/// Adds a network to the annotation that Multus reads: a comma list, or JSON.
///
/// Source: <https://github.com/k8snetworkplumbingwg/multus-cni/blob/master/docs/how-to-use.md>.
fn append_network(existing: &str, network: &str) -> String {
    if existing.is_empty() {
        return network.to_owned();
    }
    let Some(end) = existing.rfind(']') else {
        let has = existing.split(',').any(|n| n.trim() == network);
        return if has {
            existing.to_owned()
        } else {
            format!("{existing}, {network}")
        };
    };
    let (namespace, name) = network.split_once('/').unwrap_or(("", network));
    let list = outrigger_json::Value::parse(existing.as_bytes()).ok();
    let Some(list) = list.as_ref().and_then(outrigger_json::Value::as_array) else {
        return existing.to_owned();
    };
    let has = list.iter().any(|n| {
        let is = |key, want| {
            n.get(key)
                .and_then(outrigger_json::Value::as_str)
                .unwrap_or_default()
                == want
        };
        is("name", name) && is("namespace", namespace)
    });
    if has {
        return existing.to_owned();
    }
    let quoted = |text: &str| outrigger_json::Value::from(text).to_string();
    let entry = if namespace.is_empty() {
        format!("{{\"name\": {}}}", quoted(name))
    } else {
        format!(
            "{{\"name\": {}, \"namespace\": {}}}",
            quoted(name),
            quoted(namespace)
        )
    };
    let comma = if list.is_empty() { "" } else { ", " };
    format!("{}{comma}{entry}{}", &existing[..end], &existing[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        for (existing, want) in [
            ("", "default/istio-cni"),
            ("a", "a, default/istio-cni"),
            ("a, default/istio-cni ", "a, default/istio-cni "),
            ("not json]", "not json]"),
            (r#"{"name": "]"}"#, r#"{"name": "]"}"#),
            ("[]", r#"[{"name": "istio-cni", "namespace": "default"}]"#),
            (
                r#"[{"name": "a"}]"#,
                r#"[{"name": "a"}, {"name": "istio-cni", "namespace": "default"}]"#,
            ),
            (
                r#"[{"name": "istio-cni", "namespace": "default"}]"#,
                r#"[{"name": "istio-cni", "namespace": "default"}]"#,
            ),
        ] {
            assert_eq!(
                append_network(existing, "default/istio-cni"),
                want,
                "{existing}"
            );
        }
        assert_eq!(
            append_network(r#"[{"name":"a"}]"#, "b"),
            r#"[{"name":"a"}, {"name": "b"}]"#
        );
    }
}
