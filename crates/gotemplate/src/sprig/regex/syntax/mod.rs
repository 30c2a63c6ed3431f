//! Checks an expression by Go's rules, with Go's errors, and writes it anew for the `regex` crate.
//!
//! The two languages are near relatives. What differs: Go's `\d`, `\s`, `\w` and `\b` know ASCII only; Go has `\Q…\E`,
//! octal escapes, `{` as a literal, group names that begin with a digit; the crate gives a meaning to `[`, `&&`, `--` and
//! `~~` inside brackets, and to some more flags.

mod class;
mod escape;
mod group;

use crate::function::CallError;

/// How deep groups may be nested.
pub(super) const NESTING: u32 = 1000;
/// What matches nothing, inside brackets and outside.
const NOTHING: &str = r"[^\s\S]";
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
        begun: 0,
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
    /// How much was written before what is being read.
    begun: usize,
}

/// One level of groups.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// Where the group begins in what is written.
    start: usize,
    /// The last thing that may be repeated, if there is one.
    last: Option<Item>,
    /// How often anything before it repeats by number at most.
    most: u32,
    /// Whether repetition is lazy unless a `?` follows, and not the other way round.
    lazy: bool,
}

/// Something that may be repeated.
#[derive(Clone, Copy, Debug)]
struct Item {
    /// How often it repeats by number, 0 if it does not.
    repeats: u32,
    /// Where it is in what is written.
    start: usize,
    end: usize,
    /// Whether repetition was lazy when it was read.
    lazy: bool,
    /// How many operators it has.
    operators: u32,
}

impl Level {
    fn push(&mut self, item: Option<Item>) {
        self.most = self.most.max(self.last.map_or(0, |item| item.repeats));
        self.last = item;
    }
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), CallError> {
        // The operator just read, from where it began: a second one must not follow.
        let mut last_operator = None;
        while let Some(c) = self.rest.chars().next() {
            let before = self.rest;
            let mut operator = None;
            self.begun = self.out.len();
            match c {
                '(' => self.open_group()?,
                ')' => self.close_group()?,
                '|' => {
                    self.take(1);
                    self.out.push('|');
                    self.level.push(None);
                }
                '*' | '+' | '?' => {
                    self.take(1);
                    self.repeat(before, last_operator, None, c.encode_utf8(&mut [0; 4]))?;
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
                        let written = count(least, most);
                        self.repeat(before, last_operator, Some((least, most)), &written)?;
                        operator = Some(before);
                    }
                },
                '[' => self.class()?,
                '^' | '$' | '.' => {
                    self.take(1);
                    self.out.push(c);
                    self.item(0);
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
        self.begun = self.out.len();
        self.out
            .push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
        self.item(0);
    }

    /// Notes that something is written that may be repeated.
    fn item(&mut self, repeats: u32) {
        self.level.push(Some(Item {
            repeats,
            start: self.begun,
            end: self.out.len(),
            lazy: self.level.lazy,
            operators: 0,
        }));
    }

    /// Checks what a repetition operator stands after, takes the `?` that makes it lazy, and writes it.
    fn repeat(
        &mut self,
        before: &str,
        last_operator: Option<&str>,
        count: Option<(u32, Option<u32>)>,
        operator: &str,
    ) -> Result<(), CallError> {
        let after = self.rest.strip_prefix('?');
        let lazy = after.is_some() != self.level.lazy;
        self.rest = after.unwrap_or(self.rest);
        if let Some(last) = last_operator {
            return Err(error(
                "invalid nested repetition operator",
                used(last, self.rest),
            ));
        }
        let written = used(before, self.rest);
        let Some(mut item) = self.level.last else {
            return Err(error("missing argument to repetition operator", written));
        };
        if let Some((least, most)) = count {
            let times = most.unwrap_or(least);
            let repeats = times.saturating_mul(item.repeats.max(1));
            if times >= 2 && repeats > REPEATS {
                return Err(error("invalid repeat count", written));
            }
            item.repeats = if times == 0 { 0 } else { repeats };
        }
        self.write_operator(&mut item, operator, lazy)?;
        self.level.last = Some(item);
        Ok(())
    }

    /// Writes an operator right after what it repeats. To Go flags are not in between, so `a(?i)*` repeats the `a` and
    /// `a*(?i)*` repeats what is repeated.
    fn write_operator(
        &mut self,
        item: &mut Item,
        operator: &str,
        lazy: bool,
    ) -> Result<(), CallError> {
        let flags = self.out.split_off(item.end);
        if item.operators > 0 {
            self.out.insert_str(item.start, "(?:");
            self.out.push(')');
        }
        item.operators += 1;
        if item.operators > NESTING {
            return Err(error("expression nests too deeply", self.all));
        }
        self.out.push_str(operator);
        if lazy != item.lazy {
            self.out.push('?');
        }
        item.end = self.out.len();
        self.out.push_str(&flags);
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
        let inner = Level {
            start: self.begun,
            lazy: self.level.lazy,
            ..Level::default()
        };
        self.open.push(std::mem::replace(&mut self.level, inner));
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), CallError> {
        self.take(1);
        let outer = self.open.pop();
        let Some(outer) = outer else {
            return Err(error("unexpected )", self.all));
        };
        self.out.push(')');
        self.level.push(None);
        let inner = std::mem::replace(&mut self.level, outer);
        self.begun = inner.start;
        self.item(inner.most);
        Ok(())
    }
}

/// What was read of `before` to arrive at `after`, which is its end.
fn used<'t>(before: &'t str, after: &str) -> &'t str {
    &before[..before.len() - after.len()]
}

fn count(least: u32, most: Option<u32>) -> String {
    match most {
        Some(most) if most == least => format!("{{{least}}}"),
        Some(most) => format!("{{{least},{most}}}"),
        None => format!("{{{least},}}"),
    }
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
