//! `html`, `js` and `urlquery`.

use std::fmt::Write;

use crate::format;
use crate::function::{Args, CallError, Context};
use crate::value::Value;

/// The arguments as text: one string as it is, anything else as `print` has it.
fn text(context: &Context<'_>, args: &Args<'_, '_>) -> Result<String, CallError> {
    if let [Value::String(text)] = args.rest(0) {
        return Ok(text.as_str().to_owned());
    }
    let printable: Vec<Value<'_>> = args
        .rest(0)
        .iter()
        .map(|value| match value {
            Value::Nil | Value::Missing => Value::from("<no value>"),
            other => other.clone(),
        })
        .collect();
    format::print(context, &printable)
}

pub(super) fn html<'a>(
    context: &Context<'_>,
    args: &mut Args<'_, 'a>,
) -> Result<Value<'a>, CallError> {
    let text = text(context, args)?;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => out.push('\u{fffd}'),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    context.reserve(out.len())?;
    Ok(out.into())
}

pub(super) fn js<'a>(
    context: &Context<'_>,
    args: &mut Args<'_, 'a>,
) -> Result<Value<'a>, CallError> {
    let text = text(context, args)?;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' => escape(&mut out, c),
            ' '..='\u{7f}' => out.push(c),
            c if !c.is_ascii() && format::is_printable(c) => out.push(c),
            c => escape(&mut out, c),
        }
    }
    context.reserve(out.len())?;
    Ok(out.into())
}

fn escape(out: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\\u{:04X}", u32::from(c));
}

pub(super) fn query<'a>(
    context: &Context<'_>,
    args: &mut Args<'_, 'a>,
) -> Result<Value<'a>, CallError> {
    let text = text(context, args)?;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(byte.into());
            }
            b' ' => out.push('+'),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    context.reserve(out.len())?;
    Ok(out.into())
}
