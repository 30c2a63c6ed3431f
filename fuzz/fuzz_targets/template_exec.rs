//! Any template that parses runs to an end.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use outrigger_gotemplate::{Functions, Limits, Number, Options, Sink, Template, Text, Type, Value};

static FUNCTIONS: LazyLock<Functions> = LazyLock::new(outrigger_fuzz::functions);

/// Collects the pieces of typed output.
#[derive(Default)]
struct Pieces(String);

impl<'a> Sink<'a> for Pieces {
    fn literal(&mut self, text: &'a str) {
        self.0.push_str(text);
    }

    fn value(&mut self, text: Text<'a>) {
        self.0.push_str(&text);
    }
}

/// Data with a value of every kind.
fn data<'a>() -> Value<'a> {
    Value::record(
        "main.Data",
        [
            ("B", Value::Bool(true)),
            ("I", Value::Int(-7)),
            ("J", Value::int32(42)),
            ("U", Value::Number(Number::Uint8(200))),
            ("F", Value::Float(1e21)),
            ("C", Value::Number(Number::Complex128(1.0, -2.0))),
            ("S", Value::from("a \"quoted\" <é>\n")),
            (
                "L",
                Value::list([Value::Int(1), Value::from("x"), Value::Nil, Value::list([])]),
            ),
            ("T", Value::strings(["b", "a", "c"])),
            (
                "M",
                Value::map([
                    ("k", Value::from("v")),
                    ("n", Value::Nil),
                    ("m", Value::map([("z", Value::Int(1))])),
                ]),
            ),
            ("P", Value::NilOf(Type::Pointer("main.Port"))),
            ("Q", Value::NilOf(Type::STRING_MAP)),
            ("N", Value::Nil),
        ],
    )
}

fuzz_target!(|text: &str| {
    let Ok(template) = Template::parse("t", text, &FUNCTIONS, &Options::default()) else {
        return;
    };
    let limits = Limits::default()
        .with_steps(20_000)
        .with_output_bytes(1 << 16);
    let data = data();
    let whole = template.render_text(&data, &limits);
    let mut pieces = Pieces::default();
    let typed = template.render_skeleton(&data, &limits, &mut pieces);
    match (whole, typed) {
        (Ok(whole), Ok(())) => assert!(whole.len() <= 1 << 16 && whole.len() == pieces.0.len()),
        (Err(error), Err(_)) => {
            let _ = format!("{error:#}");
        }
        (whole, typed) => panic!("{whole:?} but {typed:?}"),
    }
});
