//! sprig's functions that need randomness, environment variables or the network, each there only if it is handed in.
//!
//! | capability | functions |
//! |---|---|
//! | random | `randAlpha` `randAlphaNum` `randAscii` `randNumeric` `randBytes` `randInt` `shuffle` `uuidv4` |
//! | environment | `env` `expandenv` |
//! | hosts | `getHostByName` |

use std::sync::Arc;

use super::encoding::base64;
use super::{Capabilities, Random};
use crate::function::{CallError, Context, Functions};
use crate::types::Type;
use crate::value::Value;

const S: Type = Type::String;

pub(super) fn add_to(f: &mut Functions, capabilities: &Capabilities) {
    if let Some(random) = &capabilities.random {
        add_random(f, random);
    }
    if let Some(environment) = capabilities.environment.clone() {
        let variable = environment.clone();
        f.add("env", &[S], move |_, a| {
            Ok(variable(a.str(0)).unwrap_or_default().into())
        });
        f.add("expandenv", &[S], move |_, a| {
            Ok(expand(a.str(0), |name| environment(name).unwrap_or_default()).into())
        });
    }
    if let Some(hosts) = capabilities.hosts.clone() {
        f.add("getHostByName", &[S], move |_, a| {
            let first = hosts(a.str(0)).into_iter().next();
            // Where there is no address, Go asks for a random number below 0.
            first
                .map(Value::from)
                .ok_or_else(|| "invalid argument to Intn".into())
        });
    }
}

fn add_random(f: &mut Functions, random: &Arc<Random>) {
    for (name, class) in [
        ("randAlpha", "a-zA-Z"),
        ("randAlphaNum", "a-zA-Z0-9"),
        ("randAscii", " -~"),
        ("randNumeric", "0-9"),
    ] {
        let alphabet = alphabet(class);
        let random = random.clone();
        f.add(name, &[Type::Int], move |context, a| {
            let count = usize::try_from(a.int(0)).unwrap_or(0);
            context.reserve(count)?;
            context.spend(count as u64)?;
            let pick = |_| alphabet.get(below(&random, alphabet.len())).copied();
            Ok((0..count).filter_map(pick).collect::<String>().into())
        });
    }
    let source = random.clone();
    f.add("randBytes", &[Type::Int], move |context, a| {
        let count =
            usize::try_from(a.int(0)).map_err(|_| "runtime error: makeslice: len out of range")?;
        context.reserve(count.saturating_mul(2))?;
        let mut bytes = vec![0; count];
        source(&mut bytes);
        Ok(base64(&bytes).into())
    });
    let source = random.clone();
    f.add("randInt", &[Type::Int, Type::Int], move |_, a| {
        let (least, end) = (a.int(0), a.int(1));
        let span = end.wrapping_sub(least);
        if span <= 0 {
            return Err("invalid argument to Intn".into());
        }
        let offset = below(&source, usize::try_from(span).unwrap_or(1));
        Ok(Value::Int(
            least.wrapping_add(i64::try_from(offset).unwrap_or(0)),
        ))
    });
    let source = random.clone();
    f.add("shuffle", &[S], move |context, a| {
        shuffle(context, &source, a.str(0))
    });
    let source = random.clone();
    f.add("uuidv4", &[], move |_, _| {
        let mut bytes = [0; 16];
        source(&mut bytes);
        let number = u128::from_be_bytes(bytes);
        let version_bits = 0xf_u128 << 76 | 0b11_u128 << 62;
        let digits = format!(
            "{:032x}",
            number & !version_bits | 0x4_u128 << 76 | 0b10_u128 << 62
        );
        Ok([
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..],
        ]
        .join("-")
        .into())
    });
}

/// The characters of ranges such as `a-z`.
fn alphabet(ranges: &str) -> Vec<char> {
    let in_range = |byte: &u8| {
        let mut ranges = ranges.as_bytes().chunks(3);
        ranges.any(|range| matches!(range, [from, _, to] if (from..=to).contains(&byte)))
    };
    (b' '..=b'~').filter(in_range).map(char::from).collect()
}

/// A number below the bound.
fn below(random: &Arc<Random>, bound: usize) -> usize {
    let mut bytes = [0; 16];
    random(&mut bytes);
    // 128 bits leave no bias to speak of.
    let number = u128::from_ne_bytes(bytes) % bound.max(1) as u128;
    usize::try_from(number).unwrap_or(0)
}

fn shuffle<'a>(
    context: &Context<'_>,
    random: &Arc<Random>,
    text: &str,
) -> Result<Value<'a>, CallError> {
    let mut chars: Vec<char> = text.chars().collect();
    context.spend(chars.len() as u64)?;
    for end in (1..chars.len()).rev() {
        chars.swap(end, below(random, end + 1));
    }
    Ok(chars.into_iter().collect::<String>().into())
}

/// Go's `os.Expand`: `$name` and `${name}`.
fn expand(text: &str, variable: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let after = &rest[dollar + 1..];
        if after.is_empty() {
            break;
        }
        out.push_str(&rest[..dollar]);
        let (name, width) = variable_name(after);
        match (name.is_empty(), width) {
            // A dollar with no name after it stays.
            (true, 0) => out.push('$'),
            // Bad syntax, such as `${}`, is taken out.
            (true, _) => {}
            (false, _) => out.push_str(&variable(name)),
        }
        rest = &after[width..];
    }
    out.push_str(rest);
    out
}

/// The name that a text begins with, and the bytes that it takes.
fn variable_name(text: &str) -> (&str, usize) {
    let is_special = |c: char| "*#$@!?-".contains(c) || c.is_ascii_digit();
    if let Some(braced) = text.strip_prefix('{') {
        let mut chars = braced.char_indices();
        if let (Some((_, first)), Some((second, '}'))) = (chars.next(), chars.next())
            && is_special(first)
        {
            return (&braced[..second], second + 2);
        }
        return match braced.find('}') {
            Some(0) => ("", 2),
            Some(end) => (&braced[..end], end + 2),
            None => ("", 1),
        };
    }
    if let Some(first) = text.chars().next().filter(|c| is_special(*c)) {
        return (&text[..first.len_utf8()], first.len_utf8());
    }
    let end = text
        .find(|c: char| !(c == '_' || c.is_ascii_alphanumeric()))
        .unwrap_or(text.len());
    (&text[..end], end)
}
