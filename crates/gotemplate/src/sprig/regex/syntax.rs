//! Checks an expression by Go's rules, with Go's errors, and writes it anew for the `regex` crate.
//!
//! The two languages are near relatives. What differs: Go's `\d`, `\s`, `\w` and `\b` know ASCII only; Go has `\Q…\E`,
//! octal escapes, `{` as a literal, group names that begin with a digit; the crate gives a meaning to `[`, `&&`, `--` and
//! `~~` inside brackets, and to some more flags.

use std::fmt::Write;

use crate::function::CallError;

/// How deep groups may be nested.
pub(super) const NESTING: u32 = 1000;
/// How often something may be repeated by number, counted over all levels.
const REPEATS: u32 = 1000;

pub(super) struct Translated {
    pub(super) pattern: String,
    /// The groups' names and numbers.
    pub(super) names: Vec<(String, usize)>,
}

pub(super) fn translate(text: &str) -> Result<Translated, CallError> {
    let mut translator = Translator {
        all: text,
        rest: text,
        out: String::with_capacity(text.len() + 16),
        names: Vec::new(),
        groups: 0,
        open: Vec::new(),
        level: Level::default(),
    };
    translator.run()?;
    Ok(Translated {
        pattern: translator.out,
        names: translator.names,
    })
}

fn error(what: &str, part: &str) -> CallError {
    format!("error parsing regexp: {what}: `{part}`").into()
}

struct Translator<'t> {
    all: &'t str,
    rest: &'t str,
    out: String,
    names: Vec<(String, usize)>,
    groups: usize,
    /// What was going on outside of each open group.
    open: Vec<Level>,
    level: Level,
}

/// One level of groups.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// How often the last thing repeats by number, 0 if it does not; none if there is no such thing.
    last: Option<u32>,
    /// The most that anything before it does.
    most: u32,
}

impl Level {
    fn push(&mut self, repeats: u32) {
        self.most = self.most.max(self.last.unwrap_or(0));
        self.last = Some(repeats);
    }
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), CallError> {
        // The operator just read, from where it began: a second one must not follow.
        let mut last_operator = None;
        while let Some(c) = self.rest.chars().next() {
            let before = self.rest;
            let mut operator = None;
            match c {
                '(' => self.open_group()?,
                ')' => self.close_group()?,
                '|' => {
                    self.take(1);
                    self.out.push('|');
                    self.level.push(0);
                    self.level.last = None;
                }
                '*' | '+' | '?' => {
                    self.take(1);
                    self.out.push(c);
                    self.repeat(before, last_operator, None)?;
                    operator = Some(before);
                }
                '{' => match counted(self.rest) {
                    None => self.literal(c),
                    Some((least, most, after)) => {
                        self.rest = after;
                        let inverted = most.is_some_and(|most| most < least || most > REPEATS);
                        if least > REPEATS || inverted {
                            return Err(error("invalid repeat count", used(before, after)));
                        }
                        self.write_count(least, most);
                        self.repeat(before, last_operator, Some((least, most)))?;
                        operator = Some(before);
                    }
                },
                '[' => self.class()?,
                '^' | '$' | '.' => {
                    self.take(1);
                    self.out.push(c);
                    self.level.push(0);
                }
                '\\' => self.backslash()?,
                _ => self.literal(c),
            }
            last_operator = operator;
        }
        if self.open.is_empty() {
            Ok(())
        } else {
            Err(error("missing closing )", self.all))
        }
    }

    fn take(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or("");
    }

    fn literal(&mut self, c: char) {
        self.take(c.len_utf8());
        self.push_literal(c);
    }

    fn push_literal(&mut self, c: char) {
        self.out
            .push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
        self.level.push(0);
    }

    fn write_count(&mut self, least: u32, most: Option<u32>) {
        let _ = match most {
            Some(most) if most == least => write!(self.out, "{{{least}}}"),
            Some(most) => write!(self.out, "{{{least},{most}}}"),
            None => write!(self.out, "{{{least},}}"),
        };
    }

    /// Checks what a repetition operator stands after, and takes the `?` that makes it lazy.
    fn repeat(
        &mut self,
        before: &str,
        last_operator: Option<&str>,
        count: Option<(u32, Option<u32>)>,
    ) -> Result<(), CallError> {
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.rest = rest;
            self.out.push('?');
        }
        if let Some(last) = last_operator {
            return Err(error(
                "invalid nested repetition operator",
                used(last, self.rest),
            ));
        }
        let written = used(before, self.rest);
        let Some(inner) = self.level.last else {
            return Err(error("missing argument to repetition operator", written));
        };
        let Some((least, most)) = count else {
            return Ok(());
        };
        let times = most.unwrap_or(least);
        let repeats = times.saturating_mul(inner.max(1));
        if times >= 2 && repeats > REPEATS {
            return Err(error("invalid repeat count", written));
        }
        self.level.last = Some(if times == 0 { 0 } else { repeats });
        Ok(())
    }

    fn open_group(&mut self) -> Result<(), CallError> {
        if self.rest.starts_with("(?") {
            return self.open_special_group();
        }
        self.take(1);
        self.groups += 1;
        self.out.push('(');
        self.descend()
    }

    fn descend(&mut self) -> Result<(), CallError> {
        if self.open.len() >= NESTING as usize {
            return Err(error("expression nests too deeply", self.all));
        }
        self.open.push(std::mem::take(&mut self.level));
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), CallError> {
        self.take(1);
        let outer = self.open.pop();
        let Some(mut outer) = outer else {
            return Err(error("unexpected )", self.all));
        };
        self.out.push(')');
        self.level.push(0);
        outer.push(self.level.most);
        self.level = outer;
        Ok(())
    }

    /// A named group, a group that counts for nothing, or flags.
    fn open_special_group(&mut self) -> Result<(), CallError> {
        let before = self.rest;
        let named = ["(?P<", "(?<"]
            .iter()
            .find_map(|start| before.strip_prefix(start));
        if let Some(named) = named {
            let Some((name, after)) = named.split_once('>') else {
                return Err(error("invalid named capture", before));
            };
            let is_word = |c: char| c == '_' || c.is_ascii_alphanumeric();
            if name.is_empty() || !name.chars().all(is_word) {
                return Err(error("invalid named capture", used(before, after)));
            }
            self.rest = after;
            self.groups += 1;
            self.names.push((name.to_owned(), self.groups));
            self.out.push('(');
            return self.descend();
        }
        self.take(2);
        let (mut negated, mut saw_flag) = (false, false);
        while let Some(c) = self.rest.chars().next() {
            self.take(c.len_utf8());
            match c {
                'i' | 'm' | 's' | 'U' => saw_flag = true,
                '-' if !negated => (negated, saw_flag) = (true, false),
                ':' | ')' if !negated || saw_flag => {
                    self.out.push_str(match used(before, self.rest) {
                        // Go allows flags that set nothing.
                        "(?)" => "",
                        written => written,
                    });
                    return if c == ':' { self.descend() } else { Ok(()) };
                }
                _ => break,
            }
        }
        if self.rest.is_empty() && used(before, self.rest).ends_with(['?', 'i', 'm', 's', 'U', '-'])
        {
            return Err(error("missing closing )", before));
        }
        Err(error(
            "invalid or unsupported Perl syntax",
            used(before, self.rest),
        ))
    }

    fn backslash(&mut self) -> Result<(), CallError> {
        let next = self.rest[1..].chars().next();
        let translated = match next {
            Some('A') => r"\A",
            Some('z') => r"\z",
            Some('b') => r"(?-u:\b)",
            Some('B') => r"\B",
            Some('C') => return Err(error("invalid escape sequence", r"\C")),
            Some('Q') => {
                let quoted = &self.rest[2..];
                let (literal, after) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
                self.rest = after;
                literal.chars().for_each(|c| self.push_literal(c));
                return Ok(());
            }
            _ => {
                if let Some(class) = self.class_escape()? {
                    self.out.push_str(&class);
                    self.level.push(0);
                    return Ok(());
                }
                let c = self.escape()?;
                self.push_literal(c);
                return Ok(());
            }
        };
        self.take(2);
        self.out.push_str(translated);
        self.level.push(0);
        Ok(())
    }

    /// `\d` and its like, or `\p{Greek}`; it works inside brackets and outside.
    fn class_escape(&mut self) -> Result<Option<String>, CallError> {
        let before = self.rest;
        let Some(letter) = before[1..].chars().next() else {
            return Ok(None);
        };
        let perl = match letter {
            'd' => "[0-9]",
            'D' => "[^0-9]",
            's' => r"[\t\n\f\r ]",
            'S' => r"[^\t\n\f\r ]",
            'w' => "[0-9A-Za-z_]",
            'W' => "[^0-9A-Za-z_]",
            'p' | 'P' => return self.unicode_class(letter == 'P').map(Some),
            _ => return Ok(None),
        };
        self.take(2);
        Ok(Some(perl.to_owned()))
    }

    fn unicode_class(&mut self, mut negated: bool) -> Result<String, CallError> {
        let before = self.rest;
        self.take(2);
        let mut chars = self.rest.chars();
        let mut name = match chars.next() {
            None => return Err(error("invalid character class range", before)),
            Some('{') => {
                let Some((name, after)) = self.rest[1..].split_once('}') else {
                    return Err(error("invalid character class range", before));
                };
                self.rest = after;
                name
            }
            Some(_) => {
                let name = &self.rest[..self.rest.len() - chars.as_str().len()];
                self.rest = chars.as_str();
                name
            }
        };
        let written = used(before, self.rest);
        if let Some(inner) = name.strip_prefix('^') {
            (name, negated) = (inner, !negated);
        }
        let letter = if negated { 'P' } else { 'p' };
        let class = format!(r"\{letter}{{{name}}}");
        let plain = name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
        if !plain || regex::Regex::new(&class).is_err() {
            return Err(error("invalid character class range", written));
        }
        Ok(class)
    }

    /// A character written with a backslash.
    fn escape(&mut self) -> Result<char, CallError> {
        let before = self.rest;
        self.take(1);
        let Some(c) = self.rest.chars().next() else {
            return Err(error("trailing backslash at end of expression", ""));
        };
        self.take(c.len_utf8());
        let simple = match c {
            'a' => Some('\x07'),
            'f' => Some('\x0c'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0b'),
            '0'..='7' => self.octal(c),
            'x' => self.hex(),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(c),
            _ => None,
        };
        simple.ok_or_else(|| error("invalid escape sequence", used(before, self.rest)))
    }

    /// Up to three octal digits; one alone is refused unless it is 0, as it would be a back-reference elsewhere.
    fn octal(&mut self, first: char) -> Option<char> {
        let digits = self
            .rest
            .chars()
            .take(2)
            .take_while(|c| c.is_digit(8))
            .count();
        if first != '0' && digits == 0 {
            return None;
        }
        let (more, after) = self.rest.split_at(digits);
        self.rest = after;
        u32::from_str_radix(&format!("{first}{more}"), 8)
            .ok()
            .and_then(char::from_u32)
    }

    fn hex(&mut self) -> Option<char> {
        if self.rest.starts_with('{') {
            self.take(1);
            let mut value: Option<u32> = None;
            // An error shows the text up to the character that does not fit.
            while let Some(c) = self.rest.chars().next() {
                self.take(c.len_utf8());
                if c == '}' {
                    return value.and_then(char::from_u32);
                }
                let next = value.unwrap_or(0) * 16 + c.to_digit(16)?;
                if next > u32::from(char::MAX) {
                    return None;
                }
                value = Some(next);
            }
            return None;
        }
        let digits = self
            .rest
            .chars()
            .take(2)
            .take_while(char::is_ascii_hexdigit)
            .count();
        let (code, after) = self.rest.split_at(digits);
        if digits < 2 {
            let skipped = after.chars().next().map_or(0, char::len_utf8);
            self.rest = &after[skipped..];
            return None;
        }
        self.rest = after;
        u32::from_str_radix(code, 16).ok().and_then(char::from_u32)
    }

    fn class(&mut self) -> Result<(), CallError> {
        let whole = self.rest;
        self.take(1);
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.take(1);
            self.out.push('^');
        }
        let mut first = true;
        while std::mem::take(&mut first) || !self.rest.starts_with(']') {
            if let Some(named) = self.rest.strip_prefix("[:")
                && let Some(end) = named.find(":]")
            {
                let (name, written) = (&named[..end], &self.rest[..end + 4]);
                let known = name.strip_prefix('^').unwrap_or(name);
                if !NAMED_CLASSES.contains(&known) {
                    return Err(error("invalid character class range", written));
                }
                self.out.push_str(written);
                self.take(end + 4);
                continue;
            }
            if self.rest.starts_with('\\')
                && let Some(class) = self.class_escape()?
            {
                self.out.push_str(&class);
                continue;
            }
            let range = self.rest;
            let low = self.class_char(whole)?;
            push_in_class(&mut self.out, low);
            if self.rest.starts_with('-') && self.rest.len() > 1 && !self.rest.starts_with("-]") {
                self.take(1);
                let high = self.class_char(whole)?;
                if high < low {
                    return Err(error(
                        "invalid character class range",
                        used(range, self.rest),
                    ));
                }
                self.out.push('-');
                push_in_class(&mut self.out, high);
            }
        }
        self.take(1);
        self.out.push(']');
        self.level.push(0);
        Ok(())
    }

    fn class_char(&mut self, whole: &str) -> Result<char, CallError> {
        match self.rest.chars().next() {
            None => Err(error("missing closing ]", whole)),
            Some('\\') => self.escape(),
            Some(c) => {
                self.take(c.len_utf8());
                Ok(c)
            }
        }
    }
}

/// The names that may stand in `[[:name:]]`.
const NAMED_CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

fn push_in_class(out: &mut String, c: char) {
    if "[]\\^-&~".contains(c) {
        out.push('\\');
        out.push(c);
    } else {
        out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }
}

/// What was read of `before` to arrive at `after`, which is its end.
fn used<'t>(before: &'t str, after: &str) -> &'t str {
    &before[..before.len() - after.len()]
}

/// `{2}`, `{2,}` or `{2,5}` at the start of the text, and what follows. A number too large counts as one too many.
fn counted(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let number = |digits: &str| {
        let fits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let leading_zero = digits.len() > 1 && digits.starts_with('0');
        (fits && !leading_zero).then(|| digits.parse().unwrap_or(REPEATS + 1))
    };
    let (inside, after) = text.strip_prefix('{')?.split_once('}')?;
    Some(match inside.split_once(',') {
        None => {
            let times = number(inside)?;
            (times, Some(times), after)
        }
        Some((least, "")) => (number(least)?, None, after),
        Some((least, most)) => (number(least)?, Some(number(most)?), after),
    })
}
