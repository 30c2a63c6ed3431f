//! sprig's regular expressions: Go's syntax, checked as Go checks it, run by the `regex` crate.
//!
//! | function | gives |
//! |---|---|
//! | `regexMatch` | whether there is a match; false for a bad expression |
//! | `regexFind` `regexFindAll` | the first match, or up to a number of matches |
//! | `regexReplaceAll` `regexReplaceAllLiteral` | the text with its matches replaced; `${1}` is a group |
//! | `regexSplit` | what is between the matches |
//! | `regexQuoteMeta` | an expression that matches just the text |

mod syntax;

use std::borrow::Cow;

use regex::{Captures, RegexBuilder};

use super::convert::check_size;
use crate::format;
use crate::function::{Args, CallError, Context, Functions};
use crate::types::Type;
use crate::value::Value;

const S: Type = Type::String;
const INT: Type = Type::Int;

pub(super) fn add_to(f: &mut Functions) {
    f.add("regexMatch", &[S, S], |context, a| {
        match Expression::new(context, a.str(0)) {
            Ok(expression) => Ok(expression.regex.is_match(a.str(1)).into()),
            Err(error) if error.budget => Err(error),
            Err(_) => Ok(false.into()),
        }
    });
    f.add("mustRegexMatch", &[S, S], |context, a| {
        Ok(Expression::new(context, a.str(0))?
            .regex
            .is_match(a.str(1))
            .into())
    });
    add_pair(
        f,
        "regexFind",
        "mustRegexFind",
        &[S, S],
        |_, expression, a| {
            let found = expression
                .regex
                .find(a.str(1))
                .map_or("", |found| found.as_str());
            Ok(found.to_owned().into())
        },
    );
    add_pair(
        f,
        "regexFindAll",
        "mustRegexFindAll",
        &[S, S, INT],
        find_all,
    );
    add_pair(f, "regexSplit", "mustRegexSplit", &[S, S, INT], split);
    add_pair(
        f,
        "regexReplaceAll",
        "mustRegexReplaceAll",
        &[S, S, S],
        |context, expression, a| {
            let template = a.str(2);
            replace(context, expression, a.str(1), |captures, out| {
                expression.expand(template, captures, out);
            })
        },
    );
    add_pair(
        f,
        "regexReplaceAllLiteral",
        "mustRegexReplaceAllLiteral",
        &[S, S, S],
        |context, expression, a| {
            let literal = a.str(2);
            replace(context, expression, a.str(1), |_, out| {
                out.push_str(literal);
            })
        },
    );
    f.add("regexQuoteMeta", &[S], |_, a| {
        let mut out = String::new();
        for c in a.str(0).chars() {
            if "\\.+*?()|[]{}^$".contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
        Ok(out.into())
    });
}

/// Adds a function twice; the two differ in what they say of a bad expression.
fn add_pair<F>(
    f: &mut Functions,
    name: &'static str,
    must: &'static str,
    params: &'static [Type],
    body: F,
) where
    F: for<'a> Fn(&Context<'_>, &Expression, &Args<'_, 'a>) -> Result<Value<'a>, CallError>
        + Copy
        + Send
        + Sync
        + 'static,
{
    f.add(must, params, move |context, a| {
        body(context, &Expression::new(context, a.str(0))?, a)
    });
    f.add(name, params, move |context, a| {
        let expression = Expression::new(context, a.str(0)).map_err(|mut error| {
            if !error.budget {
                let shown = quoted(a.str(0));
                error.message = format!("regexp: Compile({shown}): {}", error.message);
            }
            error
        })?;
        body(context, &expression, a)
    });
}

/// The expression in backquotes where they can hold it.
fn quoted(text: &str) -> String {
    let fits = |c: char| c == '\t' || !(c.is_control() || c == '`' || c == '\u{feff}');
    if text.chars().all(fits) {
        format!("`{text}`")
    } else {
        format::quote(text)
    }
}

/// A compiled expression and its groups' names.
struct Expression {
    regex: regex::Regex,
    names: Vec<(String, usize)>,
    is_empty: bool,
}

impl Expression {
    fn new(context: &Context<'_>, text: &str) -> Result<Self, CallError> {
        context.spend(text.len() as u64)?;
        let translated = syntax::translate(text)?;
        let regex = RegexBuilder::new(&translated.pattern)
            .size_limit(context.limits().regex_bytes)
            .nest_limit(2 * syntax::NESTING)
            .build();
        match regex {
            Ok(regex) => Ok(Self {
                regex,
                names: translated.names,
                is_empty: text.is_empty(),
            }),
            Err(regex::Error::CompiledTooBig(bytes)) => Err(CallError::budget(format!(
                "a regular expression that takes more than {bytes} bytes"
            ))),
            Err(error) => Err(error.to_string().into()),
        }
    }

    /// Writes a replacement with its groups filled in.
    fn expand(&self, template: &str, captures: &Captures<'_>, out: &mut String) {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            rest = after;
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some((name, after)) = group_name(rest) {
                out.push_str(self.group(name, captures));
                rest = after;
            } else {
                out.push('$');
            }
        }
        out.push_str(rest);
    }

    fn group<'t>(&self, name: &str, captures: &Captures<'t>) -> &'t str {
        let matched = |number| captures.get(number).map(|group| group.as_str());
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && (name.len() == 1 || !name.starts_with('0')) {
            return name.parse().ok().and_then(matched).unwrap_or("");
        }
        let mut named = self.names.iter().filter(|(known, _)| known == name);
        named.find_map(|(_, number)| matched(*number)).unwrap_or("")
    }
}

/// The name after a dollar, in braces or not, and what follows it.
fn group_name(text: &str) -> Option<(&str, &str)> {
    let braced = text.strip_prefix('{');
    let name = braced.unwrap_or(text);
    let end = name
        .find(|c: char| !(c == '_' || c.is_alphanumeric()))
        .unwrap_or(name.len());
    let (name, after) = name.split_at(end);
    if name.is_empty() {
        return None;
    }
    match braced {
        Some(_) => Some((name, after.strip_prefix('}')?)),
        None => Some((name, after)),
    }
}

fn find_all<'a>(
    context: &Context<'_>,
    expression: &Expression,
    a: &Args<'_, 'a>,
) -> Result<Value<'a>, CallError> {
    let bound = usize::try_from(a.int(2)).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for part in expression.regex.find_iter(a.str(1)).take(bound) {
        context.spend(1)?;
        found.push(part.as_str().to_owned());
    }
    Ok(if found.is_empty() {
        Value::NilOf(Type::STRINGS)
    } else {
        Value::strings(found)
    })
}

fn split<'a>(
    context: &Context<'_>,
    expression: &Expression,
    a: &Args<'_, 'a>,
) -> Result<Value<'a>, CallError> {
    let (text, count) = (a.str(1), a.int(2));
    if count == 0 {
        return Ok(Value::NilOf(Type::STRINGS));
    }
    if text.is_empty() && !expression.is_empty {
        return Ok(Value::strings([""]));
    }
    let bound = usize::try_from(count).unwrap_or(usize::MAX);
    let mut pieces: Vec<Cow<'a, str>> = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in expression.regex.find_iter(text).take(bound) {
        context.spend(1)?;
        if pieces.len() + 1 == bound {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            pieces.push(text[start..end].to_owned().into());
        }
        start = found.end();
    }
    if end != text.len() {
        pieces.push(text[start..].to_owned().into());
    }
    Ok(Value::strings(pieces))
}

fn replace<'a>(
    context: &Context<'_>,
    expression: &Expression,
    text: &str,
    write: impl Fn(&Captures<'_>, &mut String),
) -> Result<Value<'a>, CallError> {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for captures in expression.regex.captures_iter(text) {
        context.spend(1)?;
        check_size(context, out.len())?;
        let whole = captures.get_match();
        out.push_str(&text[copied..whole.start()]);
        write(&captures, &mut out);
        copied = whole.end();
    }
    out.push_str(&text[copied..]);
    Ok(out.into())
}
