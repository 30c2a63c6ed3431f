//! Kubernetes label selectors.

use std::collections::BTreeMap;

use outrigger_json::Value;

use super::field::{self, FieldError};

/// A Kubernetes label selector.
///
/// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Labels that must be there with these values.
    pub match_labels: BTreeMap<String, String>,
    /// Further requirements, all of which must hold.
    pub match_expressions: Vec<Requirement>,
}

/// One requirement of a [`Selector`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// What must hold of it.
    pub operator: Operator,
}

/// What a [`Requirement`] asks of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The label is there with one of these values.
    In(Vec<String>),
    /// The label is absent or has none of these values.
    NotIn(Vec<String>),
    /// The label is there.
    Exists,
    /// The label is absent.
    DoesNotExist,
}

impl Selector {
    /// Reads a selector: the outer error is a wrong type, the inner one a requirement that has no meaning.
    pub fn read(value: &Value<'_>) -> Result<Result<Self, String>, FieldError> {
        if value.as_object().is_none() {
            return Err(FieldError::wanted("an object", value));
        }
        let labels = field::read(value, &["matchLabels"], |v| field::map(v, field::string))?;
        let match_labels = labels.unwrap_or_default();
        let expressions = |v| field::list(v, Requirement::read);
        let expressions = field::read(value, &["matchExpressions"], expressions)?;
        let expressions: Result<Vec<_>, String> =
            expressions.unwrap_or_default().into_iter().collect();
        let bad_label = match_labels
            .iter()
            .find_map(|(key, value)| check_key(key).and_then(|()| check_value(value)).err());
        Ok(match (expressions, bad_label) {
            (_, Some(cause)) | (Err(cause), None) => Err(cause),
            (Ok(match_expressions), None) => Ok(Self {
                match_labels,
                match_expressions,
            }),
        })
    }

    /// Whether the labels, given as a look-up by key, satisfy every requirement. An empty selector matches nothing.
    pub fn matches<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        if self.match_labels.is_empty() && self.match_expressions.is_empty() {
            return false;
        }
        self.match_labels
            .iter()
            .all(|(key, value)| label(key) == Some(value))
            && self
                .match_expressions
                .iter()
                .all(|requirement| requirement.holds(label(&requirement.key)))
    }
}

impl Requirement {
    fn read(value: &Value<'_>) -> Result<Result<Self, String>, FieldError> {
        let text = |key| field::read(value, &[key], field::string).map(Option::unwrap_or_default);
        let (key, operator) = (text("key")?, text("operator")?);
        let values = field::read(value, &["values"], |v| field::list(v, field::string))?;
        Ok(Self::new(key, &operator, values.unwrap_or_default()))
    }

    fn new(key: String, operator: &str, values: Vec<String>) -> Result<Self, String> {
        check_key(&key)?;
        values.iter().try_for_each(|value| check_value(value))?;
        let operator = match (operator, values.is_empty()) {
            ("In", false) => Operator::In(values),
            ("NotIn", false) => Operator::NotIn(values),
            ("Exists", true) => Operator::Exists,
            ("DoesNotExist", true) => Operator::DoesNotExist,
            ("In" | "NotIn", true) => {
                return Err(format!("operator {operator} of {key:?} needs values"));
            }
            ("Exists" | "DoesNotExist", false) => {
                return Err(format!("operator {operator} of {key:?} takes no values"));
            }
            _ => {
                return Err(format!(
                    "operator {operator:?} of {key:?} is none of In, NotIn, Exists, DoesNotExist"
                ));
            }
        };
        Ok(Self { key, operator })
    }

    /// Whether a label's value, or its absence, is what is asked.
    pub fn holds(&self, value: Option<&str>) -> bool {
        let among = |values: &[String]| value.is_some_and(|v| values.iter().any(|o| o == v));
        match &self.operator {
            Operator::In(values) => among(values),
            Operator::NotIn(values) => !among(values),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

/// The longest label value, and the longest name in a label's key.
const LONGEST: usize = 63;

fn check_key(key: &str) -> Result<(), String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let good_prefix = prefix.is_none_or(|p| {
        let lower =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
        !p.is_empty() && p.len() <= 253 && p.bytes().all(lower)
    });
    if good_prefix && !name.is_empty() && is_word(name) {
        Ok(())
    } else {
        Err(format!("{key:?} is no key of a label"))
    }
}

fn check_value(value: &str) -> Result<(), String> {
    if is_word(value) {
        Ok(())
    } else {
        Err(format!("{value:?} is no value of a label"))
    }
}

/// Whether a text is empty, or begins and ends with a letter or digit, with `-`, `_` and `.` allowed between.
fn is_word(text: &str) -> bool {
    let end = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| end(c) || matches!(c, '-' | '_' | '.');
    text.is_empty()
        || text.len() <= LONGEST
            && text.starts_with(end)
            && text.ends_with(end)
            && text.chars().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(yaml: &str) -> Result<Selector, String> {
        let tree = outrigger_yaml::parse(yaml).unwrap();
        Selector::read(&tree).map_err(|e| e.to_string())?
    }

    #[test]
    fn requirements_hold_together() {
        let label = |key: &str| match key {
            "app" => Some("web"),
            "empty" => Some(""),
            _ => None,
        };
        for (yaml, wanted) in [
            ("{}", false),
            ("{matchLabels: {app: web}}", true),
            ("{matchLabels: {app: db}}", false),
            ("{matchLabels: {empty: ''}}", true),
            ("{matchLabels: {none: ''}}", false),
            (
                "{matchExpressions: [{key: app, operator: In, values: [db, web]}]}",
                true,
            ),
            (
                "{matchExpressions: [{key: none, operator: In, values: [db]}]}",
                false,
            ),
            (
                "{matchExpressions: [{key: none, operator: NotIn, values: [db]}]}",
                true,
            ),
            (
                "{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}",
                false,
            ),
            ("{matchExpressions: [{key: empty, operator: Exists}]}", true),
            (
                "{matchExpressions: [{key: app, operator: DoesNotExist}]}",
                false,
            ),
            (
                "{matchLabels: {app: web}, matchExpressions: [{key: none, operator: Exists}]}",
                false,
            ),
        ] {
            assert_eq!(selector(yaml).unwrap().matches(label), wanted, "{yaml}");
        }
    }

    #[test]
    fn requirements_without_meaning_are_refused() {
        for (yaml, cause) in [
            (
                "{matchExpressions: [{key: a, operator: In}]}",
                "needs values",
            ),
            (
                "{matchExpressions: [{key: a, operator: Exists, values: [b]}]}",
                "takes no values",
            ),
            ("{matchExpressions: [{key: a}]}", "is none of"),
            ("{matchExpressions: [{operator: Exists}]}", "no key"),
            ("{matchLabels: {'a b': c}}", "no key"),
            ("{matchLabels: {'A/b': c}}", "no key"),
            ("{matchLabels: {a: '-'}}", "no value"),
        ] {
            let got = selector(yaml).unwrap_err();
            assert!(got.contains(cause), "{yaml}: {got}");
        }
    }
}
