//! Stand-ins for the functions of injection templates, as the oracle's `istio.go` has them: enough to run these templates
//! over JSON data.

use outrigger_gotemplate::{Functions, Type, Value, format};

pub(crate) fn add_to(functions: &mut Functions) {
    const S: Type = Type::String;
    const ANY: Type = Type::Any;
    const MAP: Type = Type::MAP;
    functions.add("annotation", &[MAP, S, ANY], |_, a| {
        let annotations = a.value(0).get("Annotations");
        let value = annotations.and_then(|annotations| annotations.get(a.str(1)));
        let value = value.unwrap_or_else(|| a.value(2).clone());
        Ok(match value {
            Value::String(text) => text.into(),
            other => format::sprint(&[other]).into(),
        })
    });
    functions.add("isset", &[MAP, S], |_, a| {
        Ok(a.value(0).get(a.str(1)).is_some().into())
    });
    functions.add("contains", &[S, S], |_, a| {
        Ok(a.str(1).contains(a.str(0)).into())
    });
    functions.add("omitNil", &[ANY], |_, a| Ok(a.take(0)));
    functions.variadic("otelResourceAttributes", &[ANY], |_, _| Ok("".into()));
    functions.add("applicationPorts", &[ANY], |_, a| {
        Ok(ports(a.value(0), "istio-proxy").into())
    });
    functions.add("includeInboundPorts", &[ANY], |_, a| {
        Ok(ports(a.value(0), "").into())
    });
    functions.add("excludeInboundPort", &[ANY, S], |_, a| {
        let port = format::sprint(&[a.value(0).clone()]);
        let port = port.trim();
        let mut elements = a.str(1).split(',');
        if port.is_empty() || port == "0" || elements.any(|element| element == port) {
            return Ok(a.take(1));
        }
        let kept = a
            .str(1)
            .split(',')
            .map(str::trim)
            .filter(|element| !element.is_empty());
        Ok(kept.chain([port]).collect::<Vec<_>>().join(",").into())
    });
    functions.add("appendMultusNetwork", &[S, S], |_, a| {
        Ok(match a.str(0) {
            "" => a.take(1),
            existing => format!("{existing}, {}", a.str(1)).into(),
        })
    });
    functions.add("env", &[S, S], |_, a| Ok(a.take(1)));
    functions.add("valueOrDefault", &[ANY, ANY], |_, a| {
        let unset = matches!(a.value(0), Value::Nil) || a.str(0).is_empty();
        let is_text = matches!(a.value(0), Value::String(_));
        let position = usize::from(unset && (is_text || a.value(0).is_nil()));
        Ok(a.take(position))
    });
    functions.add("directory", &[S], |_, a| {
        let path = a.str(0);
        Ok(path[..path.rfind('/').map_or(0, |slash| slash + 1)]
            .to_owned()
            .into())
    });
    for name in ["excludeInterfaces", "kubevirtInterfaces", "rawYaml"] {
        functions.add(name, &[S], |_, a| Ok(a.take(0)));
    }
    functions.alias("toLower", "lower");
    functions.add("fromJSON", &[S], |_, a| Ok(a.take(0)));
    for name in ["protoToJSON", "structToJSON", "toJSON"] {
        functions.alias(name, "toJson");
    }
}

/// The ports of all containers but one, joined by commas.
fn ports(containers: &Value<'_>, without: &str) -> String {
    let mut found = Vec::new();
    for container in containers.items().unwrap_or_default().iter() {
        let text = |value: &Value<'_>, key: &str| {
            let value = value.get(key);
            value
                .and_then(|value| value.as_str().map(String::from))
                .unwrap_or_default()
        };
        if !without.is_empty() && text(container, "Name") == without {
            continue;
        }
        let ports = container.get("Ports").unwrap_or(Value::Nil);
        for port in ports.items().unwrap_or_default().iter() {
            if !matches!(text(port, "protocol").as_str(), "UDP" | "SCTP") {
                found.push(format::sprint(&[port
                    .get("containerPort")
                    .unwrap_or(Value::Nil)]));
            }
        }
    }
    found.join(",")
}
