//! Resource attributes for OpenTelemetry.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/non-normative/k8s-attributes/>.

use outrigger_gotemplate::{Functions, Type, Value};

use super::{member, string};

pub(super) fn add_to(functions: &mut Functions) {
    // Mesh, annotations, labels, namespace, containers.
    let parameters = &[
        Type::Any,
        Type::Map(&Type::String),
        Type::Map(&Type::String),
        Type::String,
        Type::Any,
    ];
    functions.add("otelResourceAttributes", parameters, |_, args| {
        if !enriches(args.value(0)) {
            return Ok("".into());
        }
        Ok(attributes(args.value(1), args.value(2), args.str(3), args.value(4)).into())
    });
}

/// Whether a provider of the mesh wants attributes by the semantic conventions.
fn enriches(mesh: &Value<'_>) -> bool {
    let providers = member(mesh, "ExtensionProviders");
    providers.items().is_some_and(|providers| {
        providers.iter().any(|provider| {
            let opentelemetry = member(provider, "Provider");
            let opentelemetry = match member(&opentelemetry, "Opentelemetry") {
                nothing if nothing.is_nil() => method(provider, "GetOpentelemetry"),
                found => found,
            };
            if opentelemetry.is_nil() {
                return false;
            }
            let enrichment = member(&opentelemetry, "ServiceAttributeEnrichment");
            match enrichment.as_i64() {
                Some(number) => number == 1,
                None => enrichment.as_str().as_deref() == Some("OTEL_SEMANTIC_CONVENTIONS"),
            }
        })
    })
}

fn method<'a>(value: &Value<'a>, name: &str) -> Value<'a> {
    let limits = outrigger_gotemplate::Limits::default();
    let context = outrigger_gotemplate::Context::new(&limits);
    match value {
        Value::Object(object) => object
            .method(name, &[], &context)
            .and_then(Result::ok)
            .unwrap_or(Value::Nil),
        _ => Value::Nil,
    }
}

fn attributes(
    annotations: &Value<'_>,
    labels: &Value<'_>,
    namespace: &str,
    containers: &Value<'_>,
) -> String {
    let text = |map: &Value<'_>, key: &str| {
        map.get(key)
            .and_then(|v| Some(v.as_str()?.into_owned()))
            .filter(|v| !v.is_empty())
    };
    let annotation = |name: &str| text(annotations, &format!("resource.opentelemetry.io/{name}"));
    let containers = containers.items().unwrap_or_default();
    let of_image = || match &*containers {
        [only] => image_version(&string(only, "Image")),
        _ => None,
    };
    let instance = || {
        let first = containers.first()?;
        Some(format!("{namespace}.$(POD_NAME).{}", string(first, "Name")))
    };
    [
        (
            "service.namespace",
            annotation("service.namespace")
                .or_else(|| (!namespace.is_empty()).then(|| namespace.to_owned())),
        ),
        (
            "service.version",
            annotation("service.version")
                .or_else(|| text(labels, "app.kubernetes.io/version"))
                .or_else(of_image),
        ),
        (
            "service.instance.id",
            annotation("service.instance.id").or_else(instance),
        ),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
    .collect::<Vec<_>>()
    .join(",")
}

/// The tag, the digest, or both as `tag@digest`.
fn image_version(image: &str) -> Option<String> {
    let (name, digest) = image
        .split_once('@')
        .map_or((image, None), |(name, digest)| (name, Some(digest)));
    let last = name.rsplit('/').next().unwrap_or(name);
    let tag = last
        .split_once(':')
        .map(|_| last.rsplit(':').next().unwrap_or_default());
    match (tag.filter(|t| !t.is_empty()), digest) {
        (Some(tag), Some(digest)) => Some(format!("{tag}@{digest}")),
        (Some(tag), None) => Some(tag.to_owned()),
        (None, digest) => digest.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::image_version;

    #[test]
    fn versions_of_images() {
        for (image, want) in [
            ("app:1.0", Some("1.0")),
            ("host:5000/app", None),
            ("host:5000/app:2", Some("2")),
            ("app:1@sha256:ab", Some("1@sha256:ab")),
            ("app@sha256:ab", Some("sha256:ab")),
            ("app", None),
        ] {
            assert_eq!(image_version(image).as_deref(), want, "{image}");
        }
    }
}
