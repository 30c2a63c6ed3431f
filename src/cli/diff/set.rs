//! Single values of the command line, in the form of Helm's `--set`.

use std::str::FromStr;

use anyhow::bail;
use outrigger_json::{Object, Value};

use crate::config::Text;

/// A path of keys and the value at its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assignment {
    path: Vec<String>,
    value: Value<'static>,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((key, value)) = text.split_once('=') else {
            return Err("KEY=VALUE is wanted, such as global.tag=1.29.1".to_owned());
        };
        let path = split(key);
        if path.iter().any(String::is_empty) {
            return Err(format!("{key:?} is no path of keys, such as global.tag"));
        }
        Ok(Self {
            path,
            value: typed(value),
        })
    }
}

/// The keys of a path; `\.` is a dot in a key.
fn split(key: &str) -> Vec<String> {
    let mut path = vec![String::new()];
    let mut chars = key.chars();
    while let Some(c) = chars.next() {
        match (c, path.last_mut()) {
            ('.', _) => path.push(String::new()),
            ('\\', Some(last)) => last.extend(chars.next()),
            (c, Some(last)) => last.push(c),
            _ => {}
        }
    }
    path
}

/// A value of the type that Helm takes it for: an integer, a boolean, null, else text. `1.20` is text.
fn typed(value: &str) -> Value<'static> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let has_leading_zero = digits.len() > 1 && digits.starts_with('0');
    match value {
        "true" => true.into(),
        "false" => false.into(),
        "null" => Value::Null,
        _ => match value.parse::<i64>() {
            Ok(number) if !has_leading_zero => number.into(),
            _ => value.to_owned().into(),
        },
    }
}

/// The values with what was assigned, as a text for the configuration.
///
/// # Errors
/// A path leads through something that is no object.
pub(super) fn apply(values: &Value<'_>, set: &[Assignment]) -> anyhow::Result<Text> {
    let mut values = values.clone().into_owned();
    for Assignment { path, value } in set {
        let mut place = &mut values;
        for (depth, key) in path.iter().enumerate() {
            if place.is_null() {
                *place = Object::new().into();
            }
            let kind = place.kind();
            let Some(object) = place.as_object_mut() else {
                let above = path[..depth].join(".");
                bail!(
                    "--set {}: {above} is of type {kind}, which has no keys",
                    path.join(".")
                );
            };
            place = object.entry(key.clone(), || Value::Null);
        }
        *place = value.clone();
    }
    Ok(Text {
        name: "values with --set".to_owned(),
        text: values.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_where_the_path_leads() {
        let values = Value::parse(br#"{"global": {"tag": "1", "hub": "h"}}"#).unwrap();
        for (set, expected) in [
            ("global.tag=1.29", r#"{"global":{"tag":"1.29","hub":"h"}}"#),
            ("global.tag=7", r#"{"global":{"tag":7,"hub":"h"}}"#),
            ("global.tag=007", r#"{"global":{"tag":"007","hub":"h"}}"#),
            ("global.tag=a=b", r#"{"global":{"tag":"a=b","hub":"h"}}"#),
            (
                r"a\.b.c=true",
                r#"{"global":{"tag":"1","hub":"h"},"a.b":{"c":true}}"#,
            ),
            ("global=null", r#"{"global":null}"#),
        ] {
            let text = apply(&values, &[set.parse().unwrap()]).unwrap().text;
            assert_eq!(text, expected, "{set}");
        }
        let error = apply(&values, &["global.tag.x=1".parse().unwrap()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--set global.tag.x: global.tag is of type string, which has no keys"
        );
        for (set, cause) in [("a", "KEY=VALUE"), ("=1", "no path"), ("a..b=1", "no path")] {
            assert!(
                set.parse::<Assignment>().unwrap_err().contains(cause),
                "{set}"
            );
        }
    }
}
