//! sprig's functions for values that may not be set: zero, empty and nil count as not set.

use super::convert::is_empty;
use crate::function::Functions;
use crate::types::Type;
use crate::value::Value;

const ANY: Type = Type::Any;

pub(super) fn add_to(f: &mut Functions) {
    // default D V: V, or D if V is not set.
    f.variadic("default", &[ANY, ANY], |_, a| {
        let unset = a.len() < 2 || is_empty(a.value(1));
        Ok(a.take(usize::from(!unset)))
    });
    f.add("empty", &[ANY], |_, a| Ok(is_empty(a.value(0)).into()));
    // The first that is set.
    f.variadic("coalesce", &[ANY], |_, a| {
        let set = a.rest(0).iter().find(|value| !is_empty(value));
        Ok(set.cloned().unwrap_or(Value::Nil))
    });
    f.variadic("all", &[ANY], |_, a| {
        Ok((!a.rest(0).iter().any(is_empty)).into())
    });
    f.variadic("any", &[ANY], |_, a| {
        Ok((!a.rest(0).iter().all(is_empty)).into())
    });
    // ternary YES NO CONDITION
    f.add("ternary", &[ANY, ANY, Type::Bool], |_, a| {
        let position = usize::from(!a.bool(2));
        Ok(a.take(position))
    });
}
