//! The images of the injected containers.

use std::borrow::Cow;

use outrigger_json::Value;

use crate::{annotations::names::PROXY_IMAGE_TYPE, config::Values, inject::pod};

const DEFAULT_NAME: &str = "proxyv2";

/// The image of the proxy: `hub/name:tag`, the tag with the suffix of the image type.
///
/// `proxy_type` is `image.imageType` of the Pod's ProxyConfig.
pub(crate) fn proxy(values: &Values, proxy_type: &str, pod: &Value<'_>) -> String {
    let configured = if proxy_type.is_empty() {
        &values.variant
    } else {
        proxy_type
    };
    image(
        values,
        &values.proxy_image,
        pod::annotation(pod, PROXY_IMAGE_TYPE).unwrap_or(configured),
    )
}

/// The image of the init container.
pub(crate) fn init(values: &Values, pod: &Value<'_>) -> String {
    image(
        values,
        &values.proxy_init_image,
        pod::annotation(pod, PROXY_IMAGE_TYPE).unwrap_or(&values.variant),
    )
}

fn image(values: &Values, name: &str, image_type: &str) -> String {
    let name = if name.is_empty() { DEFAULT_NAME } else { name };
    [
        &values.hub,
        "/",
        name,
        ":",
        &typed_tag(&values.tag, image_type),
    ]
    .concat()
}

fn typed_tag<'t>(tag: &'t str, image_type: &str) -> Cow<'t, str> {
    if image_type.is_empty() {
        return tag.into();
    }
    let bare = tag
        .strip_suffix("-distroless")
        .or_else(|| tag.strip_suffix("-debug"))
        .unwrap_or(tag);
    if image_type == "default" {
        bare.into()
    } else {
        [bare, "-", image_type].concat().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        for (tag, image_type, want) in [
            ("1.11.2-asm.17", "distroless", "1.11.2-asm.17-distroless"),
            ("1.12-debug", "distroless", "1.12-distroless"),
            ("1.11.2-distroless", "default", "1.11.2"),
            (
                "1.12-this-is-unusual-tag",
                "distroless",
                "1.12-this-is-unusual-tag-distroless",
            ),
            ("1.12-debug", "", "1.12-debug"),
            ("1.12-debug-distroless", "default", "1.12-debug"),
        ] {
            assert_eq!(typed_tag(tag, image_type), want, "{tag} {image_type}");
        }
    }

    #[test]
    fn the_annotation_comes_before_the_proxy_config_and_that_before_the_variant() {
        let values = Values {
            hub: "hub".into(),
            tag: "1.0".into(),
            variant: "debug".into(),
            ..Values::default()
        };
        let bare = Value::parse(b"{}").unwrap();
        let annotated = Value::parse(
            br#"{"metadata": {"annotations": {"sidecar.istio.io/proxyImageType": ""}}}"#,
        )
        .unwrap();
        assert_eq!(proxy(&values, "", &bare), "hub/proxyv2:1.0-debug");
        assert_eq!(
            proxy(&values, "distroless", &bare),
            "hub/proxyv2:1.0-distroless"
        );
        assert_eq!(init(&values, &bare), "hub/proxyv2:1.0-debug");
        assert_eq!(proxy(&values, "distroless", &annotated), "hub/proxyv2:1.0");
    }
}
