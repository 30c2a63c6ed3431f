//! The injector's own configuration: the `config` key of the ConfigMap `istio-sidecar-injector`.

use std::collections::BTreeMap;

use outrigger_json::Value;

use super::{
    ConfigError, Selector,
    field::{self, FieldError},
    near,
    source::{Origin, Source},
};

/// The `config` key of the ConfigMap `istio-sidecar-injector`.
#[derive(Clone, Debug)]
pub struct InjectorConfig {
    /// Whether Pods that say nothing are injected.
    pub policy: Policy,
    /// The templates for Pods that name none; `["sidecar"]` where the configuration names none.
    pub default_templates: Vec<String>,
    /// Template texts by name.
    pub templates: BTreeMap<String, String>,
    /// Where the text of each template stands.
    pub origins: BTreeMap<String, Origin>,
    /// Names that stand for several templates.
    pub aliases: BTreeMap<String, Vec<String>>,
    /// Pods that are injected though they say nothing, whatever the policy.
    pub always_inject: Vec<Selector>,
    /// Pods that are not injected though they say nothing, whatever the policy.
    pub never_inject: Vec<Selector>,
    /// Annotations that every injected Pod gets.
    pub injected_annotations: BTreeMap<String, String>,
}

/// What happens to a Pod that says nothing about injection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// It is injected.
    #[default]
    Enabled,
    /// It is not injected.
    Disabled,
    /// The configuration holds a word that is no policy: nothing is injected.
    Unknown(String),
}

/// The templates that are built in.
const TEMPLATES: [(&str, &str); 4] = [
    ("sidecar", include_str!("../../templates/sidecar.yaml")),
    ("gateway", include_str!("../../templates/gateway.yaml")),
    (
        "grpc-simple",
        include_str!("../../templates/grpc-simple.yaml"),
    ),
    (
        "grpc-agent",
        include_str!("../../templates/grpc-agent.yaml"),
    ),
];

/// The keys by which a text is known as a configuration. `template` is what old versions read; it is ignored.
const KEYS: [&str; 8] = [
    "policy",
    "defaultTemplates",
    "templates",
    "aliases",
    "alwaysInjectSelector",
    "neverInjectSelector",
    "injectedAnnotations",
    "template",
];

impl Default for InjectorConfig {
    /// The built-in templates and nothing else.
    fn default() -> Self {
        let templates = TEMPLATES.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let origins = TEMPLATES.map(|(name, text)| {
            let source = Source::built_in(&format!("built-in template {name}"), text);
            (name.to_owned(), source.origin().clone())
        });
        Self {
            policy: Policy::Enabled,
            default_templates: vec!["sidecar".into()],
            templates: templates.into(),
            origins: origins.into(),
            aliases: BTreeMap::new(),
            always_inject: Vec::new(),
            never_inject: Vec::new(),
            injected_annotations: BTreeMap::new(),
        }
    }
}

impl InjectorConfig {
    /// Reads a configuration over the built-in one, or a bare template, which becomes `sidecar`.
    pub(super) fn parse(
        source: &Source<'_>,
        warnings: &mut Vec<ConfigError>,
    ) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        match source.parse() {
            Ok(tree) if is_template(&tree) => config.set_template(source),
            Ok(tree) => {
                let mut doubts = Vec::new();
                config
                    .read(source, &tree, &mut doubts)
                    .map_err(|e| source.field_error(&e))?;
                warnings.extend(doubts.iter().map(|doubt| source.doubt(doubt)));
            }
            Err(_) if has_actions_only(source.text()) => config.set_template(source),
            Err(error) => return Err(error),
        }
        Ok(config)
    }

    fn set_template(&mut self, source: &Source<'_>) {
        self.templates
            .insert("sidecar".into(), source.text().into());
        self.origins
            .insert("sidecar".into(), source.origin().clone());
    }

    fn read(
        &mut self,
        source: &Source<'_>,
        tree: &Value<'_>,
        doubts: &mut Vec<FieldError>,
    ) -> Result<(), FieldError> {
        doubts.extend(near::in_object(tree, &KEYS));
        let strings = |value| field::list(value, field::string);
        if let Some(policy) = field::read(tree, &["policy"], field::string)? {
            self.policy = match &*policy {
                "enabled" => Policy::Enabled,
                "disabled" => Policy::Disabled,
                _ => {
                    let doubt = format!(
                        "{policy:?} must be one of [disabled, enabled]: nothing is injected"
                    );
                    doubts.push(FieldError::new(doubt).within("policy"));
                    Policy::Unknown(policy)
                }
            };
        }
        let names = field::read(tree, &["defaultTemplates"], strings)?;
        if let Some(names) = names.filter(|names| !names.is_empty()) {
            self.default_templates = names;
        }
        let texts = |value| field::map(value, field::string);
        if let Some(templates) = field::read(tree, &["templates"], texts)? {
            for (name, text) in templates {
                let path = ["templates".into(), name.clone()];
                let origin = source.origin_of(&path, &text, &format!("template {name}"));
                self.origins.insert(name.clone(), origin);
                self.templates.insert(name, text);
            }
        }
        if let Some(aliases) = field::read(tree, &["aliases"], |v| field::map(v, strings))? {
            self.aliases = aliases;
        }
        self.always_inject = selectors(tree, "alwaysInjectSelector", doubts)?;
        self.never_inject = selectors(tree, "neverInjectSelector", doubts)?;
        if let Some(annotations) = field::read(tree, &["injectedAnnotations"], texts)? {
            self.injected_annotations = annotations;
        }
        Ok(())
    }
}

fn selectors(
    tree: &Value<'_>,
    key: &str,
    doubts: &mut Vec<FieldError>,
) -> Result<Vec<Selector>, FieldError> {
    let read = field::read(tree, &[key], |v| field::list(v, Selector::read))?;
    let mut selectors = Vec::new();
    for (i, selector) in read.unwrap_or_default().into_iter().enumerate() {
        match selector {
            Ok(selector) => selectors.push(selector),
            Err(cause) => {
                let doubt = FieldError::new(format!("the selector is skipped: {cause}"));
                doubts.push(doubt.within(format!("[{i}]")).within(key));
            }
        }
    }
    Ok(selectors)
}

/// Whether a tree has the fields of a Pod and none of a configuration.
fn is_template(tree: &Value<'_>) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| tree.get(key).is_some());
    has(&["metadata", "spec"]) && !has(&KEYS)
}

/// Whether a text that is no YAML is a template: it has actions, and no key of a configuration begins a line.
fn has_actions_only(text: &str) -> bool {
    let is_key = |line: &str| {
        let key = line.split(':').next().unwrap_or_default();
        KEYS.contains(&key) || key == "kind" || key == "data"
    };
    text.contains("{{") && !text.lines().any(is_key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Text;

    fn parse(text: &str) -> Result<(InjectorConfig, Vec<String>), String> {
        let text = Text {
            name: "config.yaml".into(),
            text: text.into(),
        };
        let mut warnings = Vec::new();
        match InjectorConfig::parse(&Source::new(&text), &mut warnings) {
            Ok(config) => Ok((config, warnings.iter().map(ToString::to_string).collect())),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn what_is_not_said_stays_built_in() {
        let (config, warnings) = parse(
            "template: 'broken {{'\nfuture: [1]\ntemplates: {custom: 'spec: {}'}\naliases: {both: [sidecar, custom]}\n",
        )
        .unwrap();
        assert_eq!(config.policy, Policy::Enabled);
        assert_eq!(config.default_templates, ["sidecar"]);
        assert_eq!(config.templates.len(), 5);
        assert_eq!(config.aliases["both"], ["sidecar", "custom"]);
        assert!(warnings.is_empty());
        for text in ["", "{}", "policy: null\n", "defaultTemplates: []\n"] {
            let (config, _) = parse(text).unwrap();
            assert_eq!(
                (config.templates.len(), config.default_templates.len()),
                (4, 1),
                "{text}"
            );
        }
    }

    #[test]
    fn a_bare_template_is_the_sidecar_template() {
        for text in [
            "metadata:\n  labels: {a: \"{{ .X }}\"}\nspec: {}\n",
            "{{- $x := 1 }}\nspec:\n  containers:\n",
            "spec:\n  {{ if .X }}\n  a: b\n  {{ end }}\n",
        ] {
            let (config, _) = parse(text).unwrap();
            assert_eq!(config.templates["sidecar"], text);
        }
    }

    #[test]
    fn doubts_are_warnings() {
        let (config, warnings) = parse(
            "policy: on-demand\nneverInjectSelector:\n- matchExpressions: [{key: a, operator: Like}]\n\
             - matchLabels: {a: b}\n",
        )
        .unwrap();
        assert_eq!(config.policy, Policy::Unknown("on-demand".into()));
        assert_eq!(config.never_inject.len(), 1);
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(
            warnings[1]
                .starts_with("config.yaml:3:3: neverInjectSelector[0]: the selector is skipped: "),
            "{warnings:?}"
        );
    }

    #[test]
    fn faults_have_their_place() {
        for (text, wanted) in [
            (
                "policy: [a]\n",
                "config.yaml:1:1: policy: want a string, found array",
            ),
            (
                "templates:\n  a: |\n    x\n  b: 5\n",
                "config.yaml:4:6: templates.b: want a string, found number 5",
            ),
            ("templates: {{\n", "config.yaml:"),
            (
                "alwaysInjectSelector:\n- matchLabels: {a: 1}\n",
                "config.yaml:2:20: alwaysInjectSelector[0].matchLabels.a: want a string",
            ),
            ("just text\n", "config.yaml:1:1: want an object"),
        ] {
            let got = parse(text).unwrap_err();
            assert!(got.starts_with(wanted), "{got}");
        }
    }
}
