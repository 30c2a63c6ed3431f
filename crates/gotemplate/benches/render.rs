//! How long parsing and execution take, over the templates and data in `data/`. `tests/oracle` times Go on the same.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use outrigger_gotemplate::{Functions, Limits, Options, Template, Value, sprig};

/// The name, template and data of each case.
const CASES: &[(&str, &str, &str)] = &[
    (
        "calls",
        include_str!("data/calls.tmpl"),
        include_str!("data/calls.json"),
    ),
    (
        "fields",
        include_str!("data/fields.tmpl"),
        include_str!("data/fields.json"),
    ),
    (
        "loops",
        include_str!("data/loops.tmpl"),
        include_str!("data/loops.json"),
    ),
    (
        "printf",
        include_str!("data/printf.tmpl"),
        include_str!("data/printf.json"),
    ),
    (
        "text",
        include_str!("data/text.tmpl"),
        include_str!("data/text.json"),
    ),
];

/// JSON as Go's decoder would give it, with whole numbers as `int`.
fn value(json: &serde_json::Value) -> Value<'_> {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(truth) => (*truth).into(),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(int) => int.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => Value::list(items.iter().map(value)),
        serde_json::Value::Object(pairs) => {
            Value::map(pairs.iter().map(|(key, item)| (key.as_str(), value(item))))
        }
    }
}

fn benches(criterion: &mut Criterion) {
    let mut functions = Functions::builtins();
    sprig::add_to(&mut functions);
    let options = Options::default();
    let limits = Limits::default();
    for (name, text, json) in CASES {
        criterion.bench_function(&format!("parse/{name}"), |bencher| {
            bencher.iter(|| Template::parse(name, black_box(text), &functions, &options));
        });
        let template = Template::parse(name, text, &functions, &options).expect("the cases parse");
        let json: serde_json::Value = serde_json::from_str(json).expect("the data is JSON");
        let data = value(&json);
        template
            .render_text(&data, &limits)
            .expect("the cases render");
        criterion.bench_function(&format!("execute/{name}"), |bencher| {
            bencher.iter(|| template.render_text(black_box(&data), &limits));
        });
    }
}

criterion_group!(render, benches);
criterion_main!(render);
