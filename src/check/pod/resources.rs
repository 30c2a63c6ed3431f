//! Quantities, requests and limits.

use outrigger_json::{Object, Value};

use super::{Path, Report, names::is_qualified};
use crate::annotations::values::quantity;

/// A quantity has the grammar of one.
pub(super) fn check_quantity(value: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    match value {
        Value::String(text) => {
            if let Err(cause) = quantity(text) {
                let message = format!("{text:?} is no quantity: {cause}");
                report.error("pod-quantity", path, message);
            }
        }
        Value::Number(_) => {}
        other => {
            let message = format!("want a quantity such as 100m, found {}", other.kind());
            report.error("pod-quantity", path, message);
        }
    }
}

/// Amounts are not below zero, and requests not above limits.
pub(super) fn check(container: &Value<'_>, path: &Path<'_>, report: &mut Report) {
    let Some(resources) = container.get("resources") else {
        return;
    };
    let path = path.key("resources");
    let amounts = |key: &str| resources.get(key).and_then(Value::as_object);
    for key in ["limits", "requests"] {
        let path = path.key(key);
        for (name, amount) in amounts(key).into_iter().flat_map(Object::iter) {
            let path = path.entry(name);
            let is_known = ["cpu", "memory", "ephemeral-storage"].contains(&name)
                || name.starts_with("hugepages-")
                || name.contains('/') && is_qualified(name);
            if !is_known {
                let message = format!("{name:?} is no resource of a container");
                report.error("pod-resource-name", &path, message);
            }
            if nanos(amount).is_some_and(|n| n < 0) {
                report.error("pod-quantity", &path, format!("{amount} is less than 0"));
            }
        }
    }
    let (Some(limits), Some(requests)) = (amounts("limits"), amounts("requests")) else {
        return;
    };
    for (name, request) in requests.iter() {
        let Some(limit) = limits.get(name) else {
            continue;
        };
        if let (Some(asked), Some(most)) = (nanos(request), nanos(limit))
            && asked > most
        {
            let message = format!("the request {request} is more than the limit {limit}");
            report.error("pod-requests", &path.key("requests").entry(name), message);
        }
    }
}

/// An amount in billionths, as many as fit.
fn nanos(amount: &Value<'_>) -> Option<i128> {
    let text = match amount {
        Value::String(text) => text.to_string(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    quantity(&text).ok()?;
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("0{whole}{fraction:0<9.9}");
    let mut nanos: i128 = digits.parse().unwrap_or(i128::MAX);
    let (base, power) = multiplier(suffix)?;
    let factor = i128::checked_pow(base, power.unsigned_abs()).unwrap_or(i128::MAX);
    nanos = if power < 0 {
        nanos / factor
    } else {
        nanos.saturating_mul(factor)
    };
    Some(if text.starts_with('-') { -nanos } else { nanos })
}

/// The base and the power that a suffix stands for.
fn multiplier(suffix: &str) -> Option<(i128, i32)> {
    const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let place = |suffixes: &[&str]| suffixes.iter().position(|s| *s == suffix);
    if let Some(place) = place(&DECIMAL) {
        return Some((1000, i32::try_from(place).ok()? - 3));
    }
    if let Some(place) = place(&BINARY) {
        return Some((1024, i32::try_from(place).ok()? + 1));
    }
    let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    Some((10, power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_compare_across_forms() {
        for (a, b) in [
            ("100m", "0.1"),
            ("1", "1000m"),
            ("1Ki", "1024"),
            ("1k", "1e3"),
            ("1.5Gi", "1536Mi"),
            (".5", "500m"),
            ("-1", "-1000m"),
            ("1000n", "1u"),
        ] {
            assert_eq!(nanos(&a.into()), nanos(&b.into()), "{a} {b}");
        }
        for (less, more) in [
            ("128Mi", "1Gi"),
            ("999m", "1"),
            ("1E", "1Ei"),
            ("1", "9e99"),
        ] {
            assert!(nanos(&less.into()) < nanos(&more.into()), "{less} {more}");
        }
        assert_eq!(nanos(&"x".into()), None);
    }
}
