//! sprig's functions on strings, but for those that look at words (`words.rs`).
//!
//! | function | gives |
//! |---|---|
//! | `trim` `trimAll` `trimPrefix` `trimSuffix` | the string without what is at its ends |
//! | `upper` `lower` `replace` `repeat` `nospace` | the string changed |
//! | `trunc` `substr` `abbrev` `abbrevboth` | part of the string; positions count bytes |
//! | `contains` `hasPrefix` `hasSuffix` | whether the string has the other in it |
//! | `quote` `squote` `cat` `toString` `toStrings` `join` | values as text |
//! | `indent` `nindent` | every line moved to the right |
//! | `split` `splitn` `splitList` | the string cut into a map or list |
//! | `sortAlpha` | the elements as text, sorted |
//! | `plural` `atoi` `fail` `hello` | see their lines below |

use std::borrow::Cow;

use super::convert::{is_untyped_nil, keep_structure, parse_int, part, to_text, to_texts};
use crate::format;
use crate::function::{Args, CallError, Context, Functions};
use crate::text::{Origin, Text};
use crate::types::{Kind, Type};
use crate::value::Value;

const S: Type = Type::String;

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn add_to(f: &mut Functions) {
    f.add("hello", &[], |_, _| Ok("Hello!".into()));
    f.add("fail", &[S], |_, a| Err(a.str(0).into()));

    f.add("trim", &[S], |_, a| {
        Ok(trimmed(a.text(0), |text| text.trim_matches(is_space)))
    });
    f.add("trimAll", &[S, S], |_, a| {
        let cut = a.text(0);
        Ok(trimmed(a.text(1), |text| {
            text.trim_matches(|c| cut.contains(c))
        }))
    });
    f.alias("trimall", "trimAll");
    f.add("trimSuffix", &[S, S], |_, a| {
        let end = a.text(0);
        Ok(trimmed(a.text(1), |text| {
            text.strip_suffix(end.as_str()).unwrap_or(text)
        }))
    });
    f.add("trimPrefix", &[S, S], |_, a| {
        let start = a.text(0);
        Ok(trimmed(a.text(1), |text| {
            text.strip_prefix(start.as_str()).unwrap_or(text)
        }))
    });

    f.add("upper", &[S], |_, a| Ok(map_chars(a.str(0), upper).into()));
    f.add("lower", &[S], |_, a| Ok(map_chars(a.str(0), lower).into()));
    f.add("nospace", &[S], |_, a| Ok(nospace(a.text(0)).into()));
    f.add("repeat", &[Type::Int, S], |context, a| {
        let count = usize::try_from(a.int(0)).map_err(|_| "strings: negative Repeat count")?;
        let text = a.str(1);
        context.reserve(text.len().saturating_mul(count))?;
        Ok(if text.is_empty() {
            "".into()
        } else {
            text.repeat(count).into()
        })
    });
    f.add("replace", &[S, S, S], |context, a| {
        let (old, new, text) = (a.str(0), a.str(1), a.str(2));
        let found = if old.is_empty() {
            text.len() + 1
        } else {
            text.len() / old.len()
        };
        context.reserve(text.len().saturating_add(found.saturating_mul(new.len())))?;
        Ok(text.replace(old, new).into())
    });

    f.add("trunc", &[Type::Int, S], |_, a| {
        Ok(trunc(a.int(0), a.text(1)).into())
    });
    f.add("substr", &[Type::Int, Type::Int, S], |_, a| {
        substr(a.int(0), a.int(1), a.text(2))
    });
    f.add("abbrev", &[Type::Int, S], |_, a| {
        Ok(if a.int(0) < 4 {
            a.take(1)
        } else {
            abbreviate(a.str(1), 0, a.int(0)).into()
        })
    });
    f.add("abbrevboth", &[Type::Int, Type::Int, S], |_, a| {
        let (left, right) = (a.int(0), a.int(1));
        Ok(if right < 4 || (left > 0 && right < 7) {
            a.take(2)
        } else {
            abbreviate(a.str(2), left, right).into()
        })
    });

    f.add("contains", &[S, S], |_, a| {
        Ok(a.str(1).contains(a.str(0)).into())
    });
    f.add("hasPrefix", &[S, S], |_, a| {
        Ok(a.str(1).starts_with(a.str(0)).into())
    });
    f.add("hasSuffix", &[S, S], |_, a| {
        Ok(a.str(1).ends_with(a.str(0)).into())
    });

    f.variadic("quote", &[Type::Any], |_, a| {
        Ok(quoted(a.rest(0), |value| match value {
            Value::String(text) => format::quote(text),
            other => format::quote_printed(to_text(other).into_string()),
        }))
    });
    f.variadic("squote", &[Type::Any], |_, a| {
        Ok(quoted(a.rest(0), |value| {
            format!("'{}'", format::sprint(std::slice::from_ref(value)))
        }))
    });
    f.variadic("cat", &[Type::Any], |_, a| Ok(cat(a.rest(0)).into()));
    f.add("toString", &[Type::Any], |_, a| {
        Ok(to_text(a.value(0)).into())
    });
    f.add("toStrings", &[Type::Any], |_, a| {
        Ok(Value::strings(to_texts(a.value(0))))
    });
    f.add("join", &[S, Type::Any], join);
    f.add("sortAlpha", &[Type::Any], |context, a| {
        let mut texts = to_texts(a.value(0));
        if a.value(0).kind() == Kind::Invalid {
            texts = vec![to_text(a.value(0))];
        }
        context.spend(texts.len() as u64)?;
        texts.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        Ok(Value::strings(texts))
    });

    f.add("indent", &[Type::Int, S], |context, a| {
        indented(context, "", a.int(0), &a.text(1))
    });
    f.add("nindent", &[Type::Int, S], |context, a| {
        indented(context, "\n", a.int(0), &a.text(1))
    });

    f.add("split", &[S, S], |context, a| {
        let pieces = split(a.str(1), a.str(0), -1);
        context.spend(pieces.len() as u64)?;
        Ok(numbered(pieces))
    });
    f.add("splitn", &[S, Type::Int, S], |context, a| {
        let pieces = split(a.str(2), a.str(0), a.int(1));
        context.spend(pieces.len() as u64)?;
        Ok(numbered(pieces))
    });
    f.add("splitList", &[S, S], |context, a| {
        let pieces = split(a.str(1), a.str(0), -1);
        context.spend(pieces.len() as u64)?;
        Ok(Value::strings(pieces.into_iter().map(str::to_owned)))
    });

    // The first word for one, the second for any other number.
    f.add("plural", &[S, S, Type::Int], |_, a| {
        let position = usize::from(a.int(2) != 1);
        Ok(a.take(position))
    });
    // The number that a string says, as far as it fits; 0 if it says none.
    f.add("atoi", &[S], |_, a| Ok(atoi(a.str(0)).into()));
}

/// Go's `unicode.IsSpace`.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}')
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
        )
}

/// Go's `unicode.ToUpper`, which maps one character to one.
pub(super) fn upper(c: char) -> char {
    match c {
        // Go follows the simple mappings of Unicode; where the full one differs, the simple one is nothing or this.
        '\u{1f80}'..='\u{1faf}' | '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => simple_iota_upper(c),
        _ => one(c.to_uppercase(), c),
    }
}

/// Greek letters with iota below: their simple upper case is the title case.
fn simple_iota_upper(c: char) -> char {
    match u32::from(c) {
        code @ 0x1f80..=0x1faf => char::from_u32(code | 8).unwrap_or(c),
        code => char::from_u32(code + 9).unwrap_or(c),
    }
}

/// Go's `unicode.ToLower`.
pub(super) fn lower(c: char) -> char {
    if c == 'İ' {
        'i'
    } else {
        one(c.to_lowercase(), c)
    }
}

fn one(mut mapped: impl Iterator<Item = char>, c: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

pub(super) fn map_chars(text: &str, map: impl Fn(char) -> char) -> String {
    text.chars().map(map).collect()
}

/// Applies a cut that gives part of the text. Without the quotes around it, say, structure would be data that passes for
/// structure; white space can go.
fn trimmed(text: Text<'_>, cut: impl Fn(&str) -> &str) -> Value<'_> {
    let kept = cut(&text);
    let start = kept.as_ptr() as usize - text.as_str().as_ptr() as usize;
    let end = start + kept.len();
    let removed = [&text.as_str()[..start], &text.as_str()[end..]];
    let origin = if removed.iter().all(|part| part.trim().is_empty()) {
        text.origin()
    } else {
        Origin::Plain
    };
    keep_structure(part(text, start, end), origin)
}

/// The reference looks at each byte as a character of its own, so that a text beyond ASCII with any space comes out
/// with each byte as a Latin-1 character.
fn nospace(text: Text<'_>) -> Text<'_> {
    let latin = |byte: &u8| char::from(*byte);
    if !text.as_bytes().iter().map(latin).any(is_space) {
        return text;
    }
    let kept = text.as_bytes().iter().map(latin).filter(|c| !is_space(*c));
    Text::plain(kept.collect::<String>())
}

fn trunc(count: i64, text: Text<'_>) -> Text<'_> {
    let len = text.len();
    let count_bytes = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let (start, end) = if count_bytes >= len {
        (0, len)
    } else if count < 0 {
        (len - count_bytes, len)
    } else {
        (0, count_bytes)
    };
    Text::plain(part(text, start, end))
}

fn substr(start: i64, end: i64, text: Text<'_>) -> Result<Value<'_>, CallError> {
    let len = text.len();
    let position = |n: i64| usize::try_from(n).ok().filter(|n| *n <= len);
    let (from, to) = if start < 0 {
        let to = position(end).ok_or_else(|| out_of_range("", ":", end, len))?;
        (0, to)
    } else if end < 0 || position(end).is_none() {
        let from = position(start)
            .ok_or_else(|| format!("runtime error: slice bounds out of range [{start}:{len}]"))?;
        (from, len)
    } else {
        let to = position(end).unwrap_or(len);
        let from = position(start)
            .filter(|from| *from <= to)
            .ok_or_else(|| format!("runtime error: slice bounds out of range [{start}:{end}]"))?;
        (from, to)
    };
    Ok(part(text, from, to).into())
}

fn out_of_range(before: &str, after: &str, bound: i64, len: usize) -> CallError {
    let bound = if bound < 0 {
        format!("[{before}{after}{bound}]")
    } else {
        format!("[{before}{after}{bound}] with length {len}")
    };
    format!("runtime error: slice bounds out of range {bound}").into()
}

/// Shortens to `width` bytes with `...` for what is left out, keeping the text at `offset`.
fn abbreviate(text: &str, offset: i64, width: i64) -> String {
    let len = i64::try_from(text.len()).unwrap_or(i64::MAX);
    if len <= width || width < 4 {
        return if len <= width {
            text.to_owned()
        } else {
            String::new()
        };
    }
    let kept = width - 3;
    let mut offset = offset.min(len);
    if len - offset < kept {
        offset = len - kept;
    }
    let cut = |start: i64, end: i64| {
        let [start, end] = [start, end].map(|n| usize::try_from(n).unwrap_or(0));
        part(Text::from(text), start, end)
    };
    if offset <= 4 {
        return format!("{}...", cut(0, kept));
    }
    if width < 7 {
        return String::new();
    }
    if offset + kept < len {
        return format!("...{}", abbreviate(&cut(offset, len), 0, kept));
    }
    format!("...{}", cut(len - kept, len))
}

/// Each value but nils through `one`, with spaces between.
fn quoted<'a>(values: &[Value<'a>], one: impl Fn(&Value<'a>) -> String) -> Value<'a> {
    let mut parts = values.iter().filter(|v| !is_untyped_nil(v)).map(one);
    let Some(first) = parts.next() else {
        return "".into();
    };
    let rest: Vec<String> = parts.collect();
    if rest.is_empty() {
        return Value::String(Text::quoted(first));
    }
    format!("{first} {}", rest.join(" ")).into()
}

/// The values printed with spaces between them.
fn cat(values: &[Value<'_>]) -> String {
    let printed = values
        .iter()
        .filter(|value| !is_untyped_nil(value))
        .map(|value| format::sprint(std::slice::from_ref(value)));
    printed.collect::<Vec<_>>().join(" ")
}

fn join<'a>(context: &Context<'_>, a: &mut Args<'_, 'a>) -> Result<Value<'a>, CallError> {
    let texts = to_texts(a.value(1));
    let between = a.str(0);
    let bytes: usize = texts.iter().map(|text| text.len() + between.len()).sum();
    context.reserve(bytes)?;
    context.spend(texts.len() as u64)?;
    let mut joined = String::with_capacity(bytes);
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            joined.push_str(between);
        }
        joined.push_str(text);
    }
    Ok(joined.into())
}

/// Puts spaces before each line, the first included, and `start` before all.
fn indented<'a>(
    context: &Context<'_>,
    start: &str,
    spaces: i64,
    text: &Text<'a>,
) -> Result<Value<'a>, CallError> {
    let width = usize::try_from(spaces).map_err(|_| "strings: negative Repeat count")?;
    let lines = text.matches('\n').count() + 1;
    let bytes = text
        .len()
        .saturating_add(lines.saturating_mul(width))
        .saturating_add(start.len());
    context.reserve(bytes)?;
    let pad = " ".repeat(width);
    let mut out = String::with_capacity(bytes);
    out.push_str(start);
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        out.push_str(&pad);
        out.push_str(line);
    }
    Ok(text.indented(out, start.len() + width).into())
}

/// Go's `strings.SplitN`: an empty separator cuts between characters, a negative count means no bound.
fn split<'t>(text: &'t str, separator: &str, count: i64) -> Vec<&'t str> {
    let Ok(bound) = usize::try_from(if count < 0 { i64::MAX } else { count }) else {
        return Vec::new();
    };
    if bound == 0 {
        return Vec::new();
    }
    if !separator.is_empty() {
        return text.splitn(bound, separator).collect();
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if pieces.len() + 1 == bound {
            break;
        }
        let (piece, after) = rest.split_at(c.len_utf8());
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The pieces as a map with the keys `_0`, `_1` and so on.
fn numbered<'a>(pieces: Vec<&str>) -> Value<'a> {
    let pairs = pieces.into_iter().enumerate();
    Value::string_map(pairs.map(|(i, piece)| (Cow::Owned(format!("_{i}")), piece.to_owned())))
}

fn atoi(text: &str) -> i64 {
    parse_int(text, 10).unwrap_or_else(|| {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        match digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty() {
            true if text.starts_with('-') => i64::MIN,
            true => i64::MAX,
            false => 0,
        }
    })
}
