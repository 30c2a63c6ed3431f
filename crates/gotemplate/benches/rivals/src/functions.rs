//! The functions of sprig and of injection templates that the timed templates call, written once over the values of any
//! engine, as the oracle's `istio.go` and the engine's own stand-ins have them.

/// A value of an engine.
pub(crate) trait Data: Clone + 'static {
    type Error;
    fn view(&self) -> View<'_, Self>;
    fn get(&self, key: &str) -> Option<&Self>;
    fn text(text: String) -> Self;
    fn bool(truth: bool) -> Self;
    fn list(items: Vec<Self>) -> Self;
    fn error(message: &str) -> Self::Error;
}

/// What a value is.
pub(crate) enum View<'v, D> {
    Nil,
    Bool(bool),
    /// An integer as it is printed.
    Int(String),
    Float(f64),
    Text(&'v str),
    List(&'v [D]),
    /// Sorted by key.
    Map(Vec<(&'v str, &'v D)>),
}

type Answer<D> = Result<D, <D as Data>::Error>;
pub(crate) type Function<D> = fn(&[D]) -> Answer<D>;

pub(crate) fn table<D: Data>() -> Vec<(&'static str, Function<D>)> {
    vec![
        ("annotation", annotation),
        ("append", append),
        ("appendMultusNetwork", append_network),
        ("coalesce", coalesce),
        ("compact", |a| {
            Ok(D::list(
                items(a, 0)
                    .iter()
                    .filter(|item| truth(*item))
                    .cloned()
                    .collect(),
            ))
        }),
        ("contains", |a| Ok(D::bool(text(a, 1).contains(text(a, 0))))),
        ("default", |a| {
            Ok(if truth(&a[1]) {
                a[1].clone()
            } else {
                a[0].clone()
            })
        }),
        ("directory", directory),
        ("excludeInboundPort", exclude_port),
        ("first", |a| {
            items(a, 0)
                .first()
                .cloned()
                .ok_or_else(|| D::error("no first"))
        }),
        ("fromJSON", |a| Ok(a[0].clone())),
        ("isset", |a| Ok(D::bool(a[0].get(text(a, 1)).is_some()))),
        ("join", join),
        ("list", |a| Ok(D::list(a.to_vec()))),
        ("omitNil", |a| Ok(a[0].clone())),
        ("otelResourceAttributes", |_| Ok(D::text(String::new()))),
        ("protoToJSON", to_json),
        ("quote", quote),
        ("set", |_| Err(D::error("no value can be changed in place"))),
        ("structToJSON", to_json),
        ("ternary", |a| {
            Ok(if truth(&a[2]) {
                a[0].clone()
            } else {
                a[1].clone()
            })
        }),
        ("toJson", to_json),
        ("toLower", |a| Ok(D::text(text(a, 0).to_lowercase()))),
        ("toString", |a| {
            Ok(D::text(a.first().map(shown).unwrap_or_default()))
        }),
        ("trimAll", |a| {
            Ok(D::text(
                text(a, 1)
                    .trim_matches(|c| text(a, 0).contains(c))
                    .to_owned(),
            ))
        }),
        ("trunc", trunc),
    ]
}

fn text<D: Data>(args: &[D], at: usize) -> &str {
    match args.get(at).map(D::view) {
        Some(View::Text(text)) => text,
        _ => "",
    }
}

fn items<D: Data>(args: &[D], at: usize) -> &[D] {
    match args.get(at).map(D::view) {
        Some(View::List(items)) => items,
        _ => &[],
    }
}

fn truth<D: Data>(value: &D) -> bool {
    match value.view() {
        View::Nil => false,
        View::Bool(truth) => truth,
        View::Int(number) => number != "0",
        View::Float(number) => number != 0.0,
        View::Text(text) => !text.is_empty(),
        View::List(items) => !items.is_empty(),
        View::Map(pairs) => !pairs.is_empty(),
    }
}

/// A value as it is printed.
fn shown<D: Data>(value: &D) -> String {
    match value.view() {
        View::Bool(truth) => truth.to_string(),
        View::Int(number) => number,
        View::Float(number) => number.to_string(),
        View::Text(text) => text.to_owned(),
        View::Nil => String::new(),
        View::List(items) => format!(
            "[{}]",
            items.iter().map(shown).collect::<Vec<_>>().join(" ")
        ),
        View::Map(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(key, item)| format!("{key}:{}", shown(*item)));
            format!("map[{}]", pairs.collect::<Vec<_>>().join(" "))
        }
    }
}

fn annotation<D: Data>(args: &[D]) -> Answer<D> {
    let annotations = args[0].get("Annotations");
    let value = annotations.and_then(|annotations| annotations.get(text(args, 1)));
    Ok(D::text(shown(value.unwrap_or(&args[2]))))
}

fn append<D: Data>(args: &[D]) -> Answer<D> {
    let mut items = items(args, 0).to_vec();
    items.push(args[1].clone());
    Ok(D::list(items))
}

fn append_network<D: Data>(args: &[D]) -> Answer<D> {
    Ok(match text(args, 0) {
        "" => args[1].clone(),
        existing => D::text(format!("{existing}, {}", text(args, 1))),
    })
}

fn coalesce<D: Data>(args: &[D]) -> Answer<D> {
    let found = args.iter().find(|value| truth(*value));
    found
        .or(args.last())
        .cloned()
        .ok_or_else(|| D::error("no values"))
}

fn directory<D: Data>(args: &[D]) -> Answer<D> {
    let path = text(args, 0);
    Ok(D::text(
        path[..path.rfind('/').map_or(0, |slash| slash + 1)].to_owned(),
    ))
}

fn exclude_port<D: Data>(args: &[D]) -> Answer<D> {
    let port = shown(&args[0]);
    let list = text(args, 1);
    if port.is_empty() || port == "0" || list.split(',').any(|known| known == port) {
        return Ok(args[1].clone());
    }
    let known = list
        .split(',')
        .map(str::trim)
        .filter(|known| !known.is_empty());
    Ok(D::text(
        known.chain([port.as_str()]).collect::<Vec<_>>().join(","),
    ))
}

fn join<D: Data>(args: &[D]) -> Answer<D> {
    let parts: Vec<String> = items(args, 1).iter().map(shown).collect();
    Ok(D::text(parts.join(text(args, 0))))
}

fn quote<D: Data>(args: &[D]) -> Answer<D> {
    let mut out = String::new();
    for value in args
        .iter()
        .filter(|value| !matches!(value.view(), View::Nil))
    {
        if !out.is_empty() {
            out.push(' ');
        }
        match value.view() {
            View::Text(text) => out.push_str(&format!("{text:?}")),
            _ => out.push_str(&format!("{:?}", shown(value))),
        }
    }
    Ok(D::text(out))
}

fn trunc<D: Data>(args: &[D]) -> Answer<D> {
    let len = shown(&args[0]).parse::<usize>().unwrap_or(usize::MAX);
    let text = text(args, 1);
    Ok(D::text(text.get(..len).unwrap_or(text).to_owned()))
}

fn to_json<D: Data>(args: &[D]) -> Answer<D> {
    let mut out = String::new();
    push_json(&mut out, &args[0]);
    Ok(D::text(out))
}

fn push_json<D: Data>(out: &mut String, value: &D) {
    match value.view() {
        View::Nil => out.push_str("null"),
        View::Text(text) => out.push_str(&serde_json::Value::from(text).to_string()),
        View::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                push_json(out, item);
            }
            out.push(']');
        }
        View::Map(pairs) => {
            out.push('{');
            for (i, (key, item)) in pairs.into_iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                out.push_str(&serde_json::Value::from(key).to_string());
                out.push(':');
                push_json(out, item);
            }
            out.push('}');
        }
        View::Bool(_) | View::Int(_) | View::Float(_) => out.push_str(&shown(value)),
    }
}
