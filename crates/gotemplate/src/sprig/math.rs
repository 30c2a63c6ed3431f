//! sprig's arithmetic. Arguments may be of any type; what is no number counts as 0.
//!
//! | function | gives |
//! |---|---|
//! | `int` `int64` `float64` `toDecimal` | a number of the type; `toDecimal` reads octal |
//! | `add` `add1` `sub` `mul` `div` `mod` | an `int64`; wraps around |
//! | `addf` `add1f` `subf` `mulf` `divf` | a `float64`, computed in decimal |
//! | `max` `biggest` `min` `maxf` `minf` | the largest or smallest |
//! | `ceil` `floor` `round` | a `float64` without fraction, or with some decimals |

use super::convert::{parse_int, to_float64, to_int64};
use super::decimal::Decimal;
use crate::format;
use crate::function::{CallError, Context, Functions};
use crate::types::Type;
use crate::value::Value;

const ANY: Type = Type::Any;

pub(super) fn add_to(f: &mut Functions) {
    f.add("int", &[ANY], |_, a| Ok(Value::Int(to_int64(a.value(0)))));
    f.add("int64", &[ANY], |_, a| {
        Ok(Value::int64(to_int64(a.value(0))))
    });
    f.add("float64", &[ANY], |_, a| Ok(to_float64(a.value(0)).into()));
    f.add("toDecimal", &[ANY], |_, a| {
        let text = format::sprint(a.rest(0));
        Ok(Value::int64(parse_int(&text, 8).unwrap_or(0)))
    });

    f.variadic("add", &[ANY], |_, a| {
        Ok(Value::int64(
            a.rest(0).iter().map(to_int64).fold(0, i64::wrapping_add),
        ))
    });
    f.add("add1", &[ANY], |_, a| {
        Ok(Value::int64(to_int64(a.value(0)).wrapping_add(1)))
    });
    f.add("sub", &[ANY, ANY], |_, a| {
        Ok(Value::int64(
            to_int64(a.value(0)).wrapping_sub(to_int64(a.value(1))),
        ))
    });
    f.variadic("mul", &[ANY, ANY], |_, a| {
        Ok(Value::int64(
            a.rest(0).iter().map(to_int64).fold(1, i64::wrapping_mul),
        ))
    });
    f.add("div", &[ANY, ANY], |_, a| match to_int64(a.value(1)) {
        0 => Err(DIVISION_BY_ZERO.into()),
        by => Ok(Value::int64(to_int64(a.value(0)).wrapping_div(by))),
    });
    f.add("mod", &[ANY, ANY], |_, a| match to_int64(a.value(1)) {
        0 => Err(DIVISION_BY_ZERO.into()),
        by => Ok(Value::int64(to_int64(a.value(0)).wrapping_rem(by))),
    });

    f.variadic("addf", &[ANY], |context, a| {
        decimals(context, 0.0, a.rest(0), Decimal::add)
    });
    f.add("add1f", &[ANY], |context, a| {
        decimals(
            context,
            to_float64(a.value(0)),
            &[Value::Int(1)],
            Decimal::add,
        )
    });
    f.variadic("subf", &[ANY, ANY], |context, a| {
        decimals(context, to_float64(a.value(0)), a.rest(1), Decimal::sub)
    });
    f.variadic("mulf", &[ANY, ANY], |context, a| {
        decimals(context, to_float64(a.value(0)), a.rest(1), Decimal::mul)
    });
    f.variadic("divf", &[ANY, ANY], |context, a| {
        decimals(context, to_float64(a.value(0)), a.rest(1), Decimal::div)
    });

    f.variadic("max", &[ANY, ANY], |_, a| {
        Ok(Value::int64(
            a.rest(0).iter().map(to_int64).max().unwrap_or(0),
        ))
    });
    f.alias("biggest", "max");
    f.variadic("min", &[ANY, ANY], |_, a| {
        Ok(Value::int64(
            a.rest(0).iter().map(to_int64).min().unwrap_or(0),
        ))
    });
    f.variadic("maxf", &[ANY, ANY], |_, a| {
        let numbers = a.rest(0).iter().map(to_float64);
        Ok(numbers.reduce(go_max).unwrap_or(0.0).into())
    });
    f.variadic("minf", &[ANY, ANY], |_, a| {
        let numbers = a.rest(0).iter().map(to_float64);
        Ok(numbers.reduce(|a, b| -go_max(-a, -b)).unwrap_or(0.0).into())
    });

    f.add("ceil", &[ANY], |_, a| {
        Ok(to_float64(a.value(0)).ceil().into())
    });
    f.add("floor", &[ANY], |_, a| {
        Ok(to_float64(a.value(0)).floor().into())
    });
    // round NUMBER PLACES [LEAST FRACTION ROUNDED UP]
    f.variadic("round", &[ANY, Type::Int, Type::Float64], |_, a| {
        let round_on = if a.len() > 2 { a.float(2) } else { 0.5 };
        Ok(round(to_float64(a.value(0)), a.int(1), round_on).into())
    });
}

const DIVISION_BY_ZERO: &str = "runtime error: integer divide by zero";

/// Go's `math.Max`: infinity first, then not-a-number.
fn go_max(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && b == 0.0 {
        if a.is_sign_negative() { b } else { a }
    } else if a > b {
        a
    } else {
        b
    }
}

fn round(number: f64, places: i64, round_on: f64) -> f64 {
    let power = 10f64.powf(to_float64(&Value::Int(places)));
    let shifted = power * number;
    let rounded = if shifted.fract() >= round_on {
        shifted.ceil()
    } else {
        shifted.floor()
    };
    rounded / power
}

/// Folds the numbers in decimal, so that `addf 0.1 0.2` is 0.3.
fn decimals<'a>(
    context: &Context<'_>,
    first: f64,
    rest: &[Value<'_>],
    operation: impl Fn(&Decimal, &Decimal) -> Result<Decimal, CallError>,
) -> Result<Value<'a>, CallError> {
    let mut result = Decimal::from_float(first)?;
    for value in rest {
        result = operation(&result, &Decimal::from_float(to_float64(value))?)?;
        context.spend(1 + result.size())?;
    }
    Ok(result.to_float().into())
}
