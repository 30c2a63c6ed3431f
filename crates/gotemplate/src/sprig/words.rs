//! sprig's functions on the words of a string.
//!
//! | function | gives |
//! |---|---|
//! | `title` `untitle` `swapcase` | other cases of the words' letters |
//! | `camelcase` `snakecase` `kebabcase` | names in the styles `CamelCase`, `snake_case`, `kebab-case` |
//! | `initials` | the first letter of each word |
//! | `wrap` `wrapWith` | lines no longer than a number of bytes, words kept whole or cut |

use std::sync::LazyLock;

use super::convert::{check_size, floor, part};
use super::strings::{is_space, lower, upper};
use crate::function::{CallError, Context, Functions};
use crate::text::Text;
use crate::types::Type;

const S: Type = Type::String;

pub(super) fn add_to(f: &mut Functions) {
    f.add("title", &[S], |_, a| Ok(title(a.str(0)).into()));
    f.add("untitle", &[S], |_, a| Ok(untitle(a.str(0)).into()));
    f.add("swapcase", &[S], |_, a| Ok(swap_case(a.str(0)).into()));
    f.add("initials", &[S], |_, a| Ok(initials(a.str(0)).into()));
    f.add("camelcase", &[S], |_, a| Ok(camel_case(a.str(0)).into()));
    f.add("snakecase", &[S], |_, a| {
        Ok(lower_case_with(a.str(0), '_').into())
    });
    f.add("kebabcase", &[S], |_, a| {
        Ok(lower_case_with(a.str(0), '-').into())
    });
    f.add("wrap", &[Type::Int, S], |context, a| {
        Ok(wrap(context, a.str(1), a.int(0), "\n", false)?.into())
    });
    f.add("wrapWith", &[Type::Int, S, S], |context, a| {
        let line_break = if a.str(1).is_empty() { "\n" } else { a.str(1) };
        Ok(wrap(context, a.str(2), a.int(0), line_break, true)?.into())
    });
}

/// A character's general category, where Go asks for one.
fn is_in(class: &LazyLock<Option<regex::Regex>>, c: char) -> bool {
    let mut buffer = [0; 4];
    class
        .as_ref()
        .is_some_and(|class| class.is_match(c.encode_utf8(&mut buffer)))
}

static PUNCTUATION: LazyLock<Option<regex::Regex>> =
    LazyLock::new(|| regex::Regex::new(r"\p{P}").ok());
static TITLE_LETTER: LazyLock<Option<regex::Regex>> =
    LazyLock::new(|| regex::Regex::new(r"\p{Lt}").ok());

fn is_punctuation(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_punctuation() && !"$+<=>^`|~".contains(c)
    } else {
        is_in(&PUNCTUATION, c)
    }
}

fn is_title_letter(c: char) -> bool {
    !c.is_ascii() && is_in(&TITLE_LETTER, c)
}

fn to_title(c: char) -> char {
    // The few letters that have a title case of their own: ǅ, ǈ, ǋ, ǲ.
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        _ => upper(c),
    }
}

/// Go's `strings.Title`: a word starts after anything that is no letter, digit, underscore or apostrophe.
fn title(text: &str) -> String {
    let mut previous = ' ';
    let convert = |c: char| {
        let starts = match previous {
            '_' | '\'' => previous == '\'' && is_separator(previous),
            p => is_separator(p),
        };
        previous = c;
        if starts { to_title(c) } else { c }
    };
    text.chars().map(convert).collect()
}

fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        return !(c.is_ascii_alphanumeric() || c == '_');
    }
    !c.is_alphabetic() && !c.is_numeric() && is_space(c)
}

/// The first letter of each word in lower case.
fn untitle(text: &str) -> String {
    let mut starts = true;
    let convert = |c: char| {
        if is_space(c) {
            starts = true;
            c
        } else if std::mem::take(&mut starts) {
            lower(c)
        } else {
            c
        }
    };
    text.chars().map(convert).collect()
}

fn swap_case(text: &str) -> String {
    let mut after_space = true;
    let convert = |c: char| {
        if c.is_uppercase() || is_title_letter(c) {
            after_space = false;
            lower(c)
        } else if c.is_lowercase() {
            if std::mem::take(&mut after_space) {
                to_title(c)
            } else {
                upper(c)
            }
        } else {
            after_space = is_space(c);
            c
        }
    };
    text.chars().map(convert).collect()
}

/// The reference takes each byte for a character.
fn initials(text: &str) -> String {
    let mut after_space = true;
    let mut out = String::new();
    for c in text.bytes().map(char::from) {
        if is_space(c) {
            after_space = true;
        } else if std::mem::take(&mut after_space) {
            out.push(c);
        }
    }
    out
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

/// Words joined with capitals. Of several connectors in a row all but one stay, and those at the start.
fn camel_case(text: &str) -> String {
    let start = text.find(|c| !is_connector(c)).unwrap_or(text.len());
    let (connectors, rest) = text.split_at(start);
    let mut out = connectors.to_owned();
    let mut chars = rest.chars();
    let Some(first) = chars.next() else {
        // Of nothing but connectors, the last comes twice.
        out.extend(connectors.chars().next_back());
        return out;
    };
    let mut in_capitals = first.is_uppercase();
    let mut previous = upper(first);
    for c in chars {
        let mut c = c;
        match (is_connector(previous), is_connector(c)) {
            (true, true) => out.push(previous),
            (true, false) => {
                in_capitals = c.is_uppercase();
                c = upper(c);
            }
            (false, _) => {
                if in_capitals && c.is_uppercase() {
                    c = lower(c);
                } else {
                    in_capitals = false;
                }
                out.push(previous);
            }
        }
        previous = c;
    }
    out.push(previous);
    out
}

/// What a run of characters is, for taking names apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Connector,
    Letters,
    Number,
    Other,
    Punctuation,
    /// Starts with a capital.
    Upper,
}

/// Letters of scripts without case are no letters here.
fn is_cased(c: char) -> bool {
    c.is_uppercase() || c.is_lowercase() || is_title_letter(c)
}

/// The first run of the text and its length.
fn first_run(text: &str) -> Option<(Run, usize)> {
    let first = text.chars().next()?;
    let end_of = |from: usize, keep: &dyn Fn(char) -> bool| {
        text[from..]
            .find(|c| !keep(c))
            .map_or(text.len(), |n| from + n)
    };
    let letters = |from: usize| end_of(from, &|c| is_cased(c) && !c.is_uppercase());
    let after_first = first.len_utf8();
    let run = if is_connector(first) {
        (Run::Connector, end_of(0, &is_connector))
    } else if is_punctuation(first) {
        (Run::Punctuation, end_of(0, &is_punctuation))
    } else if first.is_uppercase() {
        let capitals = end_of(0, &char::is_uppercase);
        let next = text[capitals..].chars().next();
        let end = if capitals == after_first {
            letters(after_first)
        } else if next.is_some_and(is_cased) {
            // In HTTPStatus the S belongs to what follows.
            let last = text[..capitals]
                .chars()
                .next_back()
                .map_or(0, char::len_utf8);
            capitals - last
        } else {
            capitals
        };
        (Run::Upper, end)
    } else if is_cased(first) {
        (Run::Letters, letters(0))
    } else if first.is_numeric() {
        (Run::Number, end_of(0, &char::is_numeric))
    } else {
        let other = |c| !(is_connector(c) || is_cased(c) || c.is_numeric() || is_punctuation(c));
        (Run::Other, end_of(0, &other))
    };
    Some(run)
}

/// The runs of a text, one after the other.
struct Runs<'t>(&'t str);

impl<'t> Runs<'t> {
    fn next(&mut self) -> Option<(Run, &'t str)> {
        let (run, end) = first_run(self.0)?;
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        Some((run, word))
    }
}

fn push_lower(out: &mut String, (run, word): (Run, &str), connector: char) {
    if !matches!(run, Run::Upper | Run::Connector) {
        out.push_str(word);
        return;
    }
    out.extend(
        word.chars()
            .map(|c| if is_connector(c) { connector } else { lower(c) }),
    );
}

/// Writes letters and numbers up to the next other run, and gives that.
fn push_alphanumeric<'t>(
    out: &mut String,
    runs: &mut Runs<'t>,
    mut next: Option<(Run, &'t str)>,
    connector: char,
) -> Option<(Run, &'t str)> {
    while let Some(word @ (Run::Letters | Run::Number, _)) = next {
        push_lower(out, word, connector);
        next = runs.next();
    }
    next
}

/// Words in lower case with the connector between; a number sticks to the word before it unless letters follow.
fn lower_case_with(text: &str, connector: char) -> String {
    let mut runs = Runs(text);
    let mut out = String::new();
    let mut current = runs.next();
    let separates = |next: Option<(Run, &str)>| {
        next.is_some_and(|(run, _)| !matches!(run, Run::Connector | Run::Punctuation))
    };
    while let Some(word) = current {
        if runs.0.is_empty() {
            push_lower(&mut out, word, connector);
            break;
        }
        push_lower(&mut out, word, connector);
        let mut next = runs.next();
        match word.0 {
            Run::Connector | Run::Punctuation => {}
            Run::Number => {
                next = push_alphanumeric(&mut out, &mut runs, next, connector);
                if separates(next) {
                    out.push(connector);
                }
            }
            Run::Letters | Run::Upper | Run::Other => match next {
                Some(number @ (Run::Number, _)) if !runs.0.is_empty() => {
                    next = runs.next();
                    if matches!(next, Some((Run::Letters, _))) {
                        out.push(connector);
                        push_lower(&mut out, number, connector);
                        next = push_alphanumeric(&mut out, &mut runs, next, connector);
                    } else {
                        push_lower(&mut out, number, connector);
                    }
                    if separates(next) {
                        out.push(connector);
                    }
                }
                Some((Run::Number, _)) => {}
                _ if separates(next) => out.push(connector),
                _ => {}
            },
        }
        current = next;
    }
    out
}

/// Breaks lines at spaces so that none is longer than `width` bytes; a longer word stays, or is cut.
fn wrap(
    context: &Context<'_>,
    text: &str,
    width: i64,
    line_break: &str,
    cut_words: bool,
) -> Result<String, CallError> {
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let mut out = String::new();
    let mut rest = text;
    while rest.len() > width {
        context.spend(1)?;
        check_size(context, out.len())?;
        if let Some(after) = rest.strip_prefix(' ') {
            rest = after;
            continue;
        }
        let bytes = rest.as_bytes();
        let line = match bytes[..=width].iter().rposition(|byte| *byte == b' ') {
            Some(space) => Some((space, space + 1)),
            None if cut_words => {
                // At least one character, so that the text gets shorter.
                let first = rest.chars().next().map_or(1, char::len_utf8);
                let end = floor(rest, width).max(first);
                Some((end, end))
            }
            None => bytes[width..]
                .iter()
                .position(|byte| *byte == b' ')
                .map(|space| (width + space, width + space + 1)),
        };
        let Some((end, next)) = line else {
            break;
        };
        out.push_str(&part(Text::from(rest), 0, end));
        out.push_str(line_break);
        rest = &rest[next..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        for (text, snake, camel) in [
            ("FirstName", "first_name", "FirstName"),
            ("HTTPServer", "http_server", "Httpserver"),
            ("http2xx", "http_2xx", "Http2xx"),
            ("Bld4Floor3rd", "bld4_floor_3rd", "Bld4Floor3rd"),
            ("some words", "some_words", "SomeWords"),
            ("_complex__case_", "_complex__case_", "_Complex_Case_"),
            ("", "", ""),
        ] {
            assert_eq!(lower_case_with(text, '_'), snake, "{text}");
            assert_eq!(camel_case(text), camel, "{text}");
        }
    }
}
