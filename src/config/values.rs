//! The `values` document.

use outrigger_gotemplate::format;
use outrigger_json::{Number, Value};

use super::{
    ConfigError,
    field::{self, FieldError},
    near,
    source::Source,
};

/// The `values` document, whole for templates, and the settings that the injector itself reads from it.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// The whole document.
    pub document: Value<'static>,
    /// `global.hub`
    pub hub: String,
    /// `global.tag`, printed as Go prints it (`1.12`, `latest`).
    pub tag: String,
    /// `global.variant`
    pub variant: String,
    /// `global.network`
    pub network: String,
    /// `global.multiCluster.clusterName`
    pub cluster_name: String,
    /// `global.proxy.image`
    pub proxy_image: String,
    /// `global.proxy_init.image`
    pub proxy_init_image: String,
    /// `global.proxy.holdApplicationUntilProxyStarts`
    pub hold_application: bool,
    /// `sidecarInjectorWebhook.rewriteAppHTTPProbe`
    pub rewrite_probes: bool,
}

impl Values {
    /// The built-in document: the defaults of Istio's chart.
    pub(super) fn built_in() -> Source<'static> {
        Source::built_in("built-in values", include_str!("defaults/values.yaml"))
    }

    pub(super) fn parse(
        source: &Source<'_>,
        warnings: &mut Vec<ConfigError>,
    ) -> Result<Self, ConfigError> {
        let document = source.parse()?;
        let doubts = near::in_document(&document, &Self::built_in().parse()?);
        warnings.extend(doubts.iter().map(|doubt| source.doubt(doubt)));
        Self::read(document).map_err(|e| source.field_error(&e))
    }

    fn read(document: Value<'static>) -> Result<Self, FieldError> {
        if !matches!(document, Value::Object(_) | Value::Null) {
            return Err(FieldError::wanted("an object", &document));
        }
        let text = |path: &[&str]| {
            field::read(&document, path, field::string).map(Option::unwrap_or_default)
        };
        let switch = |path: &[&str]| {
            field::read(&document, path, field::boolean).map(Option::unwrap_or_default)
        };
        Ok(Self {
            hub: text(&["global", "hub"])?,
            tag: field::read(&document, &["global", "tag"], tag)?.unwrap_or_default(),
            variant: text(&["global", "variant"])?,
            network: text(&["global", "network"])?,
            cluster_name: text(&["global", "multiCluster", "clusterName"])?,
            proxy_image: text(&["global", "proxy", "image"])?,
            proxy_init_image: text(&["global", "proxy_init", "image"])?,
            hold_application: switch(&["global", "proxy", "holdApplicationUntilProxyStarts"])?,
            rewrite_probes: switch(&["sidecarInjectorWebhook", "rewriteAppHTTPProbe"])?,
            document,
        })
    }
}

/// A tag may be a number in YAML: `1.12` unquoted.
fn tag(value: &Value<'_>) -> Result<String, FieldError> {
    match value {
        Value::String(text) => Ok(text.clone().into_owned()),
        Value::Number(number) => Ok(go_float(number)),
        other => Err(FieldError::wanted("a string or a number", other)),
    }
}

fn go_float(number: &Number<'_>) -> String {
    format::sprint(&[number.as_f64().into()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Text;

    fn values(yaml: &str) -> Result<Values, String> {
        let text = Text {
            name: "values.yaml".into(),
            text: yaml.into(),
        };
        Values::parse(&Source::new(&text), &mut Vec::new()).map_err(|e| e.to_string())
    }

    #[test]
    fn built_in_values_are_complete() {
        let values = Values::parse(&Values::built_in(), &mut Vec::new()).unwrap();
        assert_eq!(values.proxy_image, "proxyv2");
        assert!(values.rewrite_probes && !values.hold_application);
        for path in [
            ["global", "multiCluster"],
            ["global", "sds"],
            ["global", "sts"],
            ["global", "logging"],
            ["pilot", "cni"],
        ] {
            assert!(values.document.at(&path).is_some(), "{path:?}");
        }
    }

    #[test]
    fn tags_print_as_in_go() {
        for (yaml, wanted) in [
            ("latest", "latest"),
            ("1.12", "1.12"),
            ("11", "11"),
            ("'1.10'", "1.10"),
            ("1.10", "1.1"),
            ("1000000", "1e+06"),
            ("null", ""),
        ] {
            let got = values(&format!("global:\n  tag: {yaml}\n")).unwrap();
            assert_eq!(got.tag, wanted, "{yaml}");
        }
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_place() {
        for (yaml, wanted) in [
            ("[]", "values.yaml: want an object, found array"),
            (
                "global:\n  hub: 5\n",
                "values.yaml:2:8: global.hub: want a string, found number 5",
            ),
            (
                "global:\n  proxy: x\n",
                "values.yaml:2:10: global.proxy: want an object, found string \"x\"",
            ),
            (
                "sidecarInjectorWebhook: {rewriteAppHTTPProbe: \"yes\"}\n",
                "values.yaml:1:47: sidecarInjectorWebhook.rewriteAppHTTPProbe: want true or false, found string \"yes\"",
            ),
        ] {
            assert_eq!(values(yaml).unwrap_err(), wanted, "{yaml}");
        }
    }
}
