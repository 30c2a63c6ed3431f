//! From a tree to a message.

use std::{borrow::Cow, collections::BTreeMap};

use outrigger_json::{Number, Value};

use super::{
    super::field::FieldError, Cardinality, Datum, Duration, Field, Kind, Message, Scalar,
    message_type,
};

impl Message {
    /// Applies a tree: every field that it names replaces the message's, zero values included; `null` leaves a field
    /// as it is, and unknown fields are ignored. Stops at the first value of a wrong type.
    pub fn apply(&mut self, tree: &Value<'_>) -> Result<(), FieldError> {
        let object = match tree {
            Value::Null => return Ok(()),
            Value::Object(object) => object,
            other => return Err(FieldError::wanted("an object", other)),
        };
        for (name, value) in object.iter() {
            let Some(position) = self.ty.position(name) else {
                continue;
            };
            let Some(field) = self.ty.fields.get(position) else {
                continue;
            };
            if value.is_null() {
                continue;
            }
            let datum = read(field, value).map_err(|e| e.within(name))?;
            self.set(position, datum);
        }
        Ok(())
    }
}

fn read(field: &Field, value: &Value<'_>) -> Result<Datum, FieldError> {
    match field.cardinality {
        Cardinality::One => read_one(field.kind, value),
        Cardinality::List => {
            let Value::Array(items) = value else {
                return Err(FieldError::wanted("a list", value));
            };
            let items = items.iter().enumerate().map(|(i, item)| {
                read_one(field.kind, item).map_err(|e| e.within(format!("[{i}]")))
            });
            Ok(Datum::List(items.collect::<Result<_, _>>()?))
        }
        Cardinality::Map => {
            let Value::Object(object) = value else {
                return Err(FieldError::wanted("an object", value));
            };
            let entries = object.iter().map(|(key, value)| {
                let datum = read_one(field.kind, value).map_err(|e| e.within(key))?;
                Ok((key.to_owned(), datum))
            });
            Ok(Datum::Map(entries.collect::<Result<BTreeMap<_, _>, _>>()?))
        }
    }
}

fn read_one(kind: Kind, value: &Value<'_>) -> Result<Datum, FieldError> {
    match kind {
        Kind::Bool | Kind::Wrapper(Scalar::Bool) => match value {
            Value::Bool(b) => Ok(Datum::Bool(*b)),
            Value::Null => Ok(Datum::Bool(false)),
            other => Err(FieldError::wanted("true or false", other)),
        },
        Kind::Int32 | Kind::Wrapper(Scalar::Int32) => {
            integer(value, i32::MIN.into(), i32::MAX.into())
        }
        Kind::Uint32 | Kind::Wrapper(Scalar::Uint32) => integer(value, 0, u32::MAX.into()),
        Kind::Int64 | Kind::Wrapper(Scalar::Int64) => integer(value, i64::MIN, i64::MAX),
        Kind::Double | Kind::Wrapper(Scalar::Double) => {
            let number = match value {
                Value::String(s) if s == "NaN" => Some(f64::NAN),
                Value::String(s) if s == "Infinity" => Some(f64::INFINITY),
                Value::String(s) if s == "-Infinity" => Some(f64::NEG_INFINITY),
                other => match unquoted(other).as_ref() {
                    Value::Null => Some(0.0),
                    Value::Number(n) => Some(n.as_f64()).filter(|n| n.is_finite()),
                    _ => None,
                },
            };
            number
                .map(Datum::Double)
                .ok_or_else(|| FieldError::wanted("a number", value))
        }
        Kind::String | Kind::Wrapper(Scalar::String) => match value {
            Value::String(s) => Ok(Datum::String(s.clone().into_owned())),
            Value::Null => Ok(Datum::String(String::new())),
            other => Err(FieldError::wanted("a string", other)),
        },
        Kind::Duration => {
            let text = value.as_str();
            text.and_then(Duration::parse)
                .map(Datum::Duration)
                .ok_or_else(|| FieldError::wanted("a duration such as 45s", value))
        }
        Kind::Struct => match value {
            Value::Object(_) => Ok(Datum::Struct(value.clone().into_owned())),
            other => Err(FieldError::wanted("an object", other)),
        },
        Kind::Enum(_) => {
            let names = kind.enumeration();
            match value {
                Value::String(s) => {
                    names
                        .and_then(|e| e.number(s))
                        .map(Datum::Enum)
                        .ok_or_else(|| {
                            let names = names.map(super::Enum::names).unwrap_or_default();
                            FieldError::new(format!("want one of {names}, found {value}"))
                        })
                }
                Value::Null => Ok(Datum::Enum(0)),
                other => match integer(other, i32::MIN.into(), i32::MAX.into())? {
                    Datum::Int(n) => Ok(Datum::Enum(i32::try_from(n).unwrap_or_default())),
                    other => Ok(other),
                },
            }
        }
        Kind::Message(_) => {
            let mut message = Message::new(kind.message().unwrap_or_else(|| message_type("")));
            message.apply(value)?;
            Ok(Datum::Message(message))
        }
    }
}

/// A number may stand in quotes.
fn unquoted<'v, 'a>(value: &'v Value<'a>) -> Cow<'v, Value<'a>> {
    match value {
        Value::String(text) => match Value::parse(text.as_bytes()) {
            Ok(number @ (Value::Null | Value::Number(_))) => Cow::Owned(number.into_owned()),
            _ => Cow::Borrowed(value),
        },
        _ => Cow::Borrowed(value),
    }
}

/// An integer, also as a string of its digits, within bounds.
fn integer(value: &Value<'_>, least: i64, most: i64) -> Result<Datum, FieldError> {
    let number = match unquoted(value).as_ref() {
        Value::Null => Some(0),
        Value::Number(n @ (Number::Unsigned(_) | Number::Signed(_))) => n.as_i64(),
        _ => None,
    };
    match number {
        Some(n) if (least..=most).contains(&n) => Ok(Datum::Int(n)),
        Some(n) => Err(FieldError::new(format!(
            "want an integer from {least} to {most}, found {n}"
        ))),
        None => Err(FieldError::wanted("an integer", value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(json: &str) -> Result<String, String> {
        let mut message = Message::new(message_type("istio.mesh.v1alpha1.ProxyConfig"));
        let tree = Value::parse(json.as_bytes()).unwrap();
        message.apply(&tree).map_err(|e| e.to_string())?;
        Ok(message.to_json())
    }

    #[test]
    fn reads_what_the_reference_reads() {
        for (given, wanted) in [
            ("{}", "{}"),
            ("null", "{}"),
            (
                r#"{"statusPort":15021,"configPath":"x"}"#,
                r#"{"configPath":"x","statusPort":15021}"#,
            ),
            (
                r#"{"status_port":"7","drain_duration":"1m30s"}"#,
                r#"{"drainDuration":"90s","statusPort":7}"#,
            ),
            (
                r#"{"statusPort":0,"configPath":"","extraStatTags":[],"proxyMetadata":{}}"#,
                "{}",
            ),
            (
                r#"{"concurrency":0,"holdApplicationUntilProxyStarts":false}"#,
                r#"{"concurrency":0,"holdApplicationUntilProxyStarts":false}"#,
            ),
            (
                r#"{"statusPort":null,"unknown":{"a":1},"interceptionMode":1}"#,
                r#"{"interceptionMode":"TPROXY"}"#,
            ),
            (
                r#"{"interceptionMode":"NONE","controlPlaneAuthPolicy":7}"#,
                r#"{"controlPlaneAuthPolicy":7,"interceptionMode":"NONE"}"#,
            ),
            (
                r#"{"tracing":{},"proxyMetadata":{"B":"2","A":"<1>"}}"#,
                r#"{"tracing":{},"proxyMetadata":{"A":"\u003c1\u003e","B":"2"}}"#,
            ),
            (
                r#"{"serviceCluster":"c","tracingServiceName":"CANONICAL_NAME_ONLY"}"#,
                r#"{"tracingServiceName":"CANONICAL_NAME_ONLY"}"#,
            ),
            (
                r#"{"tracing":{"zipkin":{"address":"z:1"},"sampling":0.5}}"#,
                r#"{"tracing":{"zipkin":{"address":"z:1"},"sampling":0.5}}"#,
            ),
        ] {
            assert_eq!(proxy(given).as_deref(), Ok(wanted), "{given}");
        }
    }

    #[test]
    fn errors_name_the_path_and_what_is_wanted() {
        for (given, wanted) in [
            ("[]", "want an object, found array"),
            (
                r#"{"statusPort":1.5}"#,
                "statusPort: want an integer, found number 1.5",
            ),
            (
                r#"{"statusPort":3000000000}"#,
                "statusPort: want an integer from -2147483648 to 2147483647, found 3000000000",
            ),
            (
                r#"{"proxyMetadata":{"A":true}}"#,
                "proxyMetadata.A: want a string, found boolean true",
            ),
            (
                r#"{"caCertificatesPem":["a",1]}"#,
                "caCertificatesPem[1]: want a string, found number 1",
            ),
            (
                r#"{"tracing":{"sampling":[]}}"#,
                "tracing.sampling: want a number, found array",
            ),
            (
                r#"{"drainDuration":45}"#,
                "drainDuration: want a duration such as 45s, found number 45",
            ),
            (
                r#"{"interceptionMode":"OFF"}"#,
                r#"interceptionMode: want one of REDIRECT, TPROXY, NONE, found "OFF""#,
            ),
        ] {
            assert_eq!(
                proxy(given).as_ref().map_err(|e| &**e),
                Err(wanted),
                "{given}"
            );
        }
    }
}
