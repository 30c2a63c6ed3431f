//! The engine behind the oracle's protocol: a JSON request in, a JSON answer out.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::SystemTime;

use outrigger_gotemplate::sprig::{self, Capabilities};
use outrigger_gotemplate::{ErrorKind, Functions, Limits, MissingKey, Options, Template, Value};
use serde_json::Value as Json;

/// What a template gave, in the oracle's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) ok: bool,
    pub(crate) out: String,
    pub(crate) error: String,
    /// `parse` or `exec` for an error, else empty.
    pub(crate) stage: String,
}

/// Sprig with everything handed in that the oracle has.
static FUNCTIONS: LazyLock<Functions> = LazyLock::new(|| {
    let mut functions = Functions::builtins();
    let capabilities = Capabilities::none()
        .with_clock(SystemTime::now)
        .with_random(fill)
        .with_environment(|name| std::env::var(name).ok());
    sprig::add_with(&mut functions, &capabilities);
    functions
});

/// Random enough for templates that are compared by their form.
fn fill(bytes: &mut [u8]) {
    use std::collections::hash_map::RandomState;
    use std::hash::BuildHasher;
    for chunk in bytes.chunks_mut(8) {
        let random = RandomState::new().hash_one(0).to_ne_bytes();
        chunk.copy_from_slice(&random[..chunk.len()]);
    }
}

/// Renders the template of a request; `typed` gives the host's values by name.
pub(crate) fn answer(
    request: &Json,
    typed: impl for<'a> Fn(&'a str) -> Option<Value<'a>>,
) -> Answer {
    let [answer] = answers(request, typed, false);
    answer
}

/// Renders the template of a request again and again; where the data is `constant`, it is told so.
pub(crate) fn answers<const TIMES: usize>(
    request: &Json,
    typed: impl for<'a> Fn(&'a str) -> Option<Value<'a>>,
    constant: bool,
) -> [Answer; TIMES] {
    let all = |answer: Answer| std::array::from_fn(|_| answer.clone());
    let text = |key: &str| request[key].as_str().unwrap_or_default();
    let missing_key = match text("missingkey") {
        "" | "default" | "invalid" => MissingKey::NoValue,
        "zero" => MissingKey::Zero,
        "error" => MissingKey::Error,
        other => {
            return all(failed(
                "parse",
                format!("panic: unrecognized option: missingkey={other}"),
            ));
        }
    };
    let data = || match text("typed") {
        "" => Some(value(&request["data"])),
        name => typed(name),
    };
    let constants: Vec<String> = {
        let fields = match data() {
            _ if !constant => Vec::new(),
            Some(Value::Object(object)) => object.entries(),
            data => data.and_then(|data| data.entries()).unwrap_or_default(),
        };
        fields.iter().map(|(name, _)| name.to_string()).collect()
    };
    let constants: Vec<&str> = constants.iter().map(String::as_str).collect();
    let options = Options::default()
        .with_missing_key(missing_key)
        .with_constants(&constants);
    let of_error = |error: outrigger_gotemplate::Error| {
        let stage = match error.kind() {
            ErrorKind::Parse => "parse",
            _ => "exec",
        };
        failed(stage, error.to_string())
    };
    let template = match Template::parse("t", text("template"), &FUNCTIONS, &options) {
        Ok(template) => template,
        Err(error) => return all(of_error(error)),
    };
    std::array::from_fn(|_| {
        let Some(data) = data() else {
            return failed("request", format!("no typed data {:?}", text("typed")));
        };
        match template.render_text(&data, &Limits::default()) {
            Ok(out) => Answer {
                ok: true,
                out,
                error: String::new(),
                stage: String::new(),
            },
            Err(error) => of_error(error),
        }
    })
}

pub(crate) fn failed(stage: &str, error: String) -> Answer {
    Answer {
        ok: false,
        out: String::new(),
        error,
        stage: stage.to_owned(),
    }
}

/// JSON as Go's values: a number without fraction and exponent is an `int`.
pub(crate) fn value(json: &Json) -> Value<'_> {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(b) => (*b).into(),
        Json::Number(number) => match number.as_i64() {
            Some(n) => Value::Int(n),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => Value::list(items.iter().map(value)),
        Json::Object(pairs) => {
            let sorted: BTreeMap<_, _> = pairs.iter().collect();
            Value::map(
                sorted
                    .into_iter()
                    .map(|(key, item)| (key.as_str(), value(item))),
            )
        }
    }
}
