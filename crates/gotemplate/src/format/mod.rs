//! Go's `fmt`: how values are printed.
//!
//! Truth: the documentation of Go's package `fmt`, and what Go 1.26 prints.

mod basic;
mod float;
mod integer;
mod printf;
mod quote;
mod value;

pub use float::float;
pub use quote::quote;
pub(crate) use quote::quote_printed;

use printf::printf;
pub(crate) use quote::{is_printable, quote_char};

use crate::function::{CallError, Context};
use crate::limits::Limits;
use crate::types::Kind;
use crate::value::Value;
use value::Printer;

/// Prints values as `fmt.Sprint` does: a space between two operands when neither is a string.
///
/// # Errors
///
/// If the text is longer, or a value nested deeper, than the execution's limits allow.
pub fn print(context: &Context<'_>, values: &[Value<'_>]) -> Result<String, CallError> {
    let mut printer = Printer::new(context.limits());
    let mut after_string = true;
    for value in values {
        let is_string = value.kind() == Kind::String;
        if !is_string && !after_string {
            printer.push(" ");
        }
        printer.argument(value, 'v');
        after_string = is_string;
    }
    printer.finish(context)
}

/// Prints a value as an action does: as [`print`], but a pointer is followed unless its type says how to print it.
pub(crate) fn action(context: &Context<'_>, value: &Value<'_>) -> Result<String, CallError> {
    let mut text = print(context, std::slice::from_ref(value))?;
    if let Value::Object(object) = value
        && object.kind() == Kind::Ptr
        && text.starts_with("&{")
        && object.display().is_none()
    {
        text.remove(0);
    }
    Ok(text)
}

/// Prints values as `fmt.Sprintln` does: a space between operands, and a line feed at the end.
///
/// # Errors
///
/// As [`print()`].
pub fn println(context: &Context<'_>, values: &[Value<'_>]) -> Result<String, CallError> {
    let mut printer = Printer::new(context.limits());
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            printer.push(" ");
        }
        printer.argument(value, 'v');
    }
    printer.push("\n");
    printer.finish(context)
}

/// Prints values by a format as `fmt.Sprintf` does.
///
/// # Errors
///
/// As [`print()`]. A wrong format is no error, but shows in the text, such as `%!d(string=a)`.
pub fn format(
    context: &Context<'_>,
    format: &str,
    values: &[Value<'_>],
) -> Result<String, CallError> {
    let mut printer = Printer::new(context.limits());
    printer.out = String::with_capacity(format.len() + 24 * values.len());
    printf(&mut printer, format, values);
    printer.finish(context)
}

/// Prints values as `fmt.Sprint` does, cut off at the default limits.
pub fn sprint(values: &[Value<'_>]) -> String {
    let limits = Limits::default();
    let context = Context::new(&limits);
    print(&context, values).unwrap_or_default()
}

#[cfg(test)]
mod tests;
