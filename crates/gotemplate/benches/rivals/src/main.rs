//! Times the other engines of Go templates on template and data files, and prints one JSON line for each file and engine.
//! `tests/oracle/bench.sh` runs it.

mod functions;
#[path = "../../../examples/bench_against/measure.rs"]
mod measure;

use std::fmt::Display;
use std::fs;
use std::hint::black_box;
use std::sync::Arc;

use functions::{Data, View, table};
use measure::measure;
use serde_json::{Value as Json, json};

fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    for pair in files.chunks_exact(2) {
        let text = fs::read_to_string(&pair[0]).expect("the template can be read");
        let data = fs::read_to_string(&pair[1]).expect("the data can be read");
        let data: Json = serde_json::from_str(&data).expect("the data is JSON");
        let results = [
            ("gotmpl", gotmpl(&text, &data)),
            ("gtmpl-ng", gtmpl_ng(&text, &data)),
            ("gotemplate", gotemplate(&text, &data)),
        ];
        for (engine, result) in results {
            let mut line = result.unwrap_or_else(|error| json!({ "error": error }));
            line["engine"] = engine.into();
            println!("{line}");
        }
    }
}

/// Measures parsing and rendering; the functions are in the engine's table before, where its interface allows that.
fn bench<T, E: Display, F: Display>(
    parse: impl Fn() -> Result<T, E>,
    render: impl Fn(&T) -> Result<String, F>,
) -> Result<Json, String> {
    let parsed = parse().map_err(|error| error.to_string())?;
    let output = render(&parsed).map_err(|error| error.to_string())?;
    let parse = measure(|| black_box(parse()).is_ok());
    let execute = measure(|| black_box(render(&parsed)).is_ok());
    Ok(json!({
        "output": output,
        "parse_ns": parse.seconds * 1e9,
        "parse_allocs": parse.allocations,
        "execute_ns": execute.seconds * 1e9,
        "execute_allocs": execute.allocations,
    }))
}

fn gotmpl(text: &str, data: &Json) -> Result<Json, String> {
    let data = to_gotmpl(data);
    let parse = || {
        let mut template = gotmpl::Template::new("t");
        // Its table is shared until something is added, so a template without our functions is spared that.
        if calls_ours(text) {
            let functions = table().into_iter();
            template = template.funcs(
                functions
                    .map(|(name, f)| (name.to_owned(), Arc::new(f) as _))
                    .collect(),
            );
        }
        template.parse(black_box(text))
    };
    bench(parse, |template| {
        template.execute_to_string(black_box(&data))
    })
}

fn calls_ours(text: &str) -> bool {
    ["annotation", "quote", "toJson"]
        .iter()
        .any(|name| text.contains(name))
}

fn to_gotmpl(json: &Json) -> gotmpl::Value {
    use gotmpl::Value;
    match json {
        Json::Null => Value::Nil,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::String(text.as_str().into()),
        Json::Array(items) => Value::List(items.iter().map(to_gotmpl).collect()),
        Json::Object(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(key, item)| (key.as_str().into(), to_gotmpl(item)));
            Value::Map(Arc::new(pairs.collect()))
        }
    }
}

impl Data for gotmpl::Value {
    type Error = gotmpl::TemplateError;

    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Bool(truth) => View::Bool(*truth),
            Self::Int(number) => View::Int(number.to_string()),
            Self::Uint(number) => View::Int(number.to_string()),
            Self::Float(number) => View::Float(*number),
            Self::String(text) => View::Text(text),
            Self::List(items) => View::List(items),
            Self::Map(pairs) => View::Map(pairs.iter().map(|(key, item)| (&**key, item)).collect()),
            _ => View::Nil,
        }
    }

    fn get(&self, key: &str) -> Option<&Self> {
        self.field(key)
    }

    fn text(text: String) -> Self {
        Self::String(text.into())
    }

    fn bool(truth: bool) -> Self {
        Self::Bool(truth)
    }

    fn list(items: Vec<Self>) -> Self {
        Self::List(items.into())
    }

    fn error(message: &str) -> Self::Error {
        gotmpl::TemplateError::Exec(message.to_owned())
    }
}

fn gtmpl_ng(text: &str, data: &Json) -> Result<Json, String> {
    let context = gtmpl_ng::Context::from(to_gtmpl_ng(data));
    let functions = table();
    let parse = || {
        let mut template = gtmpl_ng::Template::with_name("t");
        template.add_funcs(if calls_ours(text) { &functions } else { &[] });
        template.parse(black_box(text)).map(|()| template)
    };
    bench(parse, |template| template.render(black_box(&context)))
}

fn to_gtmpl_ng(json: &Json) -> gtmpl_ng::Value {
    use gtmpl_ng::Value;
    match json {
        Json::Null => Value::Nil,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::from(int),
            None => Value::from(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::Array(items.iter().map(to_gtmpl_ng).collect()),
        Json::Object(pairs) => Value::Map(
            pairs
                .iter()
                .map(|(key, item)| (key.clone(), to_gtmpl_ng(item)))
                .collect(),
        ),
    }
}

impl Data for gtmpl_ng::Value {
    type Error = gtmpl_ng::FuncError;

    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Bool(truth) => View::Bool(*truth),
            Self::Number(number) => match number.as_i64() {
                Some(int) => View::Int(int.to_string()),
                None => View::Float(number.as_f64().unwrap_or_default()),
            },
            Self::String(text) => View::Text(text),
            Self::Array(items) => View::List(items),
            Self::Map(pairs) | Self::Object(pairs) => {
                let mut pairs: Vec<_> = pairs
                    .iter()
                    .map(|(key, item)| (key.as_str(), item))
                    .collect();
                pairs.sort_unstable_by_key(|(key, _)| *key);
                View::Map(pairs)
            }
            _ => View::Nil,
        }
    }

    fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(pairs) | Self::Object(pairs) => pairs.get(key),
            _ => None,
        }
    }

    fn text(text: String) -> Self {
        Self::String(text)
    }

    fn bool(truth: bool) -> Self {
        Self::Bool(truth)
    }

    fn list(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn error(message: &str) -> Self::Error {
        gtmpl_ng::FuncError::Generic(message.to_owned())
    }
}

/// This one takes no functions, so that it has only what it was born with.
fn gotemplate(text: &str, data: &Json) -> Result<Json, String> {
    let data = to_gotemplate(data);
    bench(
        || gotemplate::TextTemplates::parse("t", black_box(text)),
        |template| template.execute(black_box(&data)),
    )
}

fn to_gotemplate(json: &Json) -> gotemplate::Value {
    use gotemplate::Value;
    match json {
        Json::Null => Value::Nil,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::str(text.as_str()),
        Json::Array(items) => Value::List(items.iter().map(to_gotemplate).collect()),
        Json::Object(pairs) => Value::map(
            pairs
                .iter()
                .map(|(key, item)| (key.as_str(), to_gotemplate(item))),
        ),
    }
}
