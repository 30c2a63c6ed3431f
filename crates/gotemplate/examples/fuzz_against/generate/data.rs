//! Random data, and where in it what kind of value lies.

use serde_json::Value as Json;

use crate::functions::Want;
use crate::random::Random;

pub(super) const KEYS: [&str; 8] = ["a", "b", "c", "d", "list", "name", "x", "y"];
pub(super) const STRINGS: [&str; 30] = [
    "",
    "a",
    "b",
    "abc",
    "hello world",
    "A-b_C d",
    "  pad ",
    "1",
    "-5",
    "0x1f",
    "010",
    "1.5",
    "1e3",
    "true",
    "null",
    "a,b,,c",
    "line\nline2\n",
    "tab\there",
    "<b>&'\"</b>",
    "{\"k\":[1,2.5,null]}",
    "/p/q.txt",
    "http://u:p@h:80/p?q=1#f",
    "2024-02-29",
    "aGVsbG8=",
    "%d%s%",
    "é日本",
    "$1",
    "HTTPServer2xx",
    "1h30m",
    "v1.2.3-rc.1",
];

pub(super) fn data(random: &mut Random, depth: usize, map: bool) -> Json {
    let kinds = if depth == 0 { 6 } else { 8 };
    match if map { 7 } else { random.below(kinds) } {
        0 => Json::Null,
        1 => random.chance(50).into(),
        2 | 3 => int(random).into(),
        4 => float(random).into(),
        5 => (*random.pick(&STRINGS)).into(),
        6 => {
            let len = random.below(4);
            (0..len).map(|_| data(random, depth - 1, false)).collect()
        }
        _ => {
            let len = random.below(5) + usize::from(map);
            let pairs = (0..len).map(|_| {
                let key = *random.pick(&KEYS);
                (key.to_owned(), data(random, depth.saturating_sub(1), false))
            });
            Json::Object(pairs.collect())
        }
    }
}

fn int(random: &mut Random) -> i64 {
    // Large numbers make long lists, which take their time.
    match random.below(60) {
        0 => i64::MAX,
        1 => i64::MIN,
        2 => 1_700_000_000,
        3 => 1_000_000,
        n if n < 12 => -i64::try_from(n).unwrap_or(0),
        n => i64::try_from(n % 12).unwrap_or(0),
    }
}

fn float(random: &mut Random) -> f64 {
    *random.pick(&[
        0.0,
        0.5,
        1.5,
        -2.25,
        3.0,
        100.0,
        1e6,
        2_097_152.0,
        1e20,
        1e21,
        1e-5,
        123.456,
        0.1,
        1e100,
        -1.0,
    ])
}

/// The paths from the dot to everything in the data, with the kinds of what is there.
pub(super) fn collect_paths(data: &Json, path: String, paths: &mut Vec<(String, Want)>) {
    let kind = match data {
        Json::Bool(_) => Want::Bool,
        Json::Number(number) if number.is_i64() => Want::Int,
        Json::Number(_) => Want::Float,
        Json::String(_) => Want::Str,
        Json::Array(_) => Want::List,
        Json::Object(pairs) => {
            for (key, value) in pairs {
                collect_paths(value, format!("{path}.{key}"), paths);
            }
            Want::Map
        }
        Json::Null => Want::Any,
    };
    paths.push((path, kind));
}
