//! A document of JSON or YAML as Go reads it into an `interface {}`: every number is a `float64`.

use std::borrow::Cow;

use outrigger_gotemplate::{Kind, Object, Value};
use outrigger_json::{self as json, Value as Json};

/// The value that templates see of a document.
pub fn document<'a>(tree: &'a Json<'a>) -> Value<'a> {
    match tree {
        Json::Null => Value::Nil,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => Value::Float(n.as_f64()),
        Json::String(text) => Value::from(&**text),
        Json::Array(_) | Json::Object(_) => Value::object(Document(tree)),
    }
}

/// A `[]interface {}` or a `map[string]interface {}`.
struct Document<'a>(&'a Json<'a>);

impl<'a> Object<'a> for Document<'a> {
    fn kind(&self) -> Kind {
        match self.0 {
            Json::Array(_) => Kind::Slice,
            _ => Kind::Map,
        }
    }

    fn type_name(&self) -> Cow<'a, str> {
        match self.0 {
            Json::Array(_) => "[]interface {}".into(),
            _ => "map[string]interface {}".into(),
        }
    }

    fn get(&self, key: &str) -> Option<Value<'a>> {
        self.0.get(key).map(document)
    }

    fn at(&self, position: usize) -> Option<Value<'a>> {
        self.0.as_array()?.get(position).map(document)
    }

    fn len(&self) -> usize {
        match self.0 {
            Json::Array(items) => items.len(),
            Json::Object(entries) => entries.len(),
            _ => 0,
        }
    }

    fn entries(&self) -> Vec<(Cow<'a, str>, Value<'a>)> {
        let entries = self.0.as_object().into_iter().flat_map(json::Object::iter);
        entries
            .map(|(key, value)| (Cow::Borrowed(key), document(value)))
            .collect()
    }
}
