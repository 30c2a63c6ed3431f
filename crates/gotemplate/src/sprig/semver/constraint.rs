//! Constraints on versions: `>=1.2 <2 || ^3.1`, `1.x`, `1.2 - 1.4`, `~1.2.3`.

use std::cmp::Ordering;
use std::sync::LazyLock;

use super::version::{SUFFIXES, Version, compare_pre};
use crate::function::CallError;

/// Alternatives, each a list of conditions that all must hold.
#[derive(Debug)]
pub(super) struct Constraint(Vec<Vec<Condition>>);

/// One comparison with a version.
#[derive(Debug)]
struct Condition {
    operator: Operator,
    version: Version,
    /// Which of the version's numbers was left out or written as `x` or `*`, the first one counts.
    open: Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Caret,
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    NotEqual,
    Tilde,
}

/// The first number of a version that is left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    Major,
}

const OPERATORS: &str = r"(?<op>!=|>=|=>|<=|=<|~>|=|>|<|~|\^)?";
const NUMBERS: &str =
    r"v?(?<major>[0-9|xX*]+)(?:\.(?<minor>[0-9|xX*]+))?(?:\.(?<patch>[0-9|xX*]+))?";

/// One condition at the start of what is left of a text.
static CONDITION: LazyLock<Option<regex::Regex>> = LazyLock::new(|| {
    regex::Regex::new(&format!(
        r"^[\t\n\f\r ]*{OPERATORS}[\t\n\f\r ]*{NUMBERS}{SUFFIXES}"
    ))
    .ok()
});

/// `1.2 - 1.4`
static RANGE: LazyLock<Option<regex::Regex>> = LazyLock::new(|| {
    let version = r"v?[0-9|xX*]+(?:\.[0-9|xX*]+)?(?:\.[0-9|xX*]+)?(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?";
    regex::Regex::new(&format!(
        r"[\t\n\f\r ]*(?<from>{version})[\t\n\f\r ]+-[\t\n\f\r ]+(?<to>{version})[\t\n\f\r ]*"
    ))
    .ok()
});

impl Constraint {
    pub(super) fn parse(text: &str) -> Result<Self, CallError> {
        let text = match RANGE.as_ref() {
            Some(range) => range.replace_all(text, ">= $from, <= $to "),
            None => text.into(),
        };
        let alternatives: Result<_, _> = text.split("||").map(parse_conditions).collect();
        Ok(Self(alternatives?))
    }

    pub(super) fn allows(&self, version: &Version) -> bool {
        self.0
            .iter()
            .any(|conditions| conditions.iter().all(|condition| condition.allows(version)))
    }
}

/// Conditions with spaces or commas between.
fn parse_conditions(text: &str) -> Result<Vec<Condition>, CallError> {
    let improper = || CallError::from(format!("improper constraint: {text}"));
    let regex = CONDITION.as_ref().ok_or_else(improper)?;
    let is_space = |c| matches!(c, '\t' | '\n' | '\x0c' | '\r' | ' ');
    // Go checks the form of all before it reads the numbers of any.
    let mut conditions = Vec::new();
    let mut rest = text;
    loop {
        let parts = regex.captures(rest).ok_or_else(improper)?;
        conditions.push(Condition::from_parts(&parts));
        let after = &rest[parts.get_match().end()..];
        let separated = after.trim_start_matches(is_space);
        if separated.is_empty() {
            return conditions.into_iter().collect();
        }
        rest = match separated.strip_prefix(',') {
            Some(rest) => rest,
            None if separated.len() < after.len() => separated,
            None => return Err(improper()),
        };
    }
}

impl Condition {
    fn from_parts(parts: &regex::Captures<'_>) -> Result<Self, CallError> {
        let part = |name| parts.name(name).map_or("", |part| part.as_str());
        let is_open = |name| matches!(part(name), "" | "x" | "X" | "*");
        let (open, numbers) = if is_open("major") {
            (Open::Major, "0.0.0".to_owned())
        } else if is_open("minor") {
            (Open::Minor, format!("{}.0.0", part("major")))
        } else if is_open("patch") {
            (
                Open::Patch,
                format!("{}.{}.0", part("major"), part("minor")),
            )
        } else {
            let numbers = [part("major"), part("minor"), part("patch")].join(".");
            (Open::Nothing, numbers)
        };
        let suffix = match part("pre") {
            "" => String::new(),
            pre => format!("-{pre}"),
        };
        Ok(Self {
            operator: match part("op") {
                "!=" => Operator::NotEqual,
                ">" => Operator::Greater,
                "<" => Operator::Less,
                ">=" | "=>" => Operator::GreaterOrEqual,
                "<=" | "=<" => Operator::LessOrEqual,
                "~" | "~>" => Operator::Tilde,
                "^" => Operator::Caret,
                _ => Operator::Equal,
            },
            version: Version::parse(&format!("{numbers}{suffix}"))
                .map_err(|_| "constraint Parser Error")?,
            open,
        })
    }

    fn allows(&self, version: &Version) -> bool {
        let Self {
            operator,
            version: own,
            open,
        } = self;
        // A pre-release is only for who asks for pre-releases; `!=` of a complete version is the exception.
        let unasked = !version.pre.is_empty() && own.pre.is_empty();
        if unasked && (*operator != Operator::NotEqual || *open != Open::Nothing) {
            return false;
        }
        let order = version.compare(own);
        match operator {
            Operator::Less => order.is_lt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Equal if *open == Open::Nothing => order.is_eq(),
            Operator::Equal | Operator::Tilde => self.allows_tilde(version, order),
            Operator::Caret => self.allows_caret(version, order),
            Operator::NotEqual => self.allows_other(version, order),
            Operator::Greater => match open {
                // `>*` compares with 0.0.0.
                Open::Nothing | Open::Major => order.is_gt(),
                Open::Patch => (version.major, version.minor) > (own.major, own.minor),
                Open::Minor => version.major > own.major,
            },
            Operator::LessOrEqual => match open {
                Open::Nothing => order.is_le(),
                Open::Minor => version.major <= own.major,
                Open::Patch | Open::Major => {
                    (version.major, version.minor) <= (own.major, own.minor)
                }
            },
        }
    }

    /// The same major and minor number, or what of them is given.
    fn allows_tilde(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        let is_any = own.numbers() == [0, 0, 0] && !matches!(self.open, Open::Minor | Open::Patch);
        order.is_ge()
            && (is_any
                || version.major == own.major
                    && (version.minor == own.minor || self.open == Open::Minor))
    }

    /// The same numbers up to the first that is not 0.
    fn allows_caret(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        if order.is_lt() {
            return false;
        }
        if own.major > 0 || self.open == Open::Minor {
            return version.major == own.major;
        }
        if version.major > 0 {
            return false;
        }
        if own.minor > 0 || self.open == Open::Patch {
            return version.minor == own.minor;
        }
        version.minor == 0 && version.patch == own.patch
    }

    fn allows_other(&self, version: &Version, order: Ordering) -> bool {
        let own = &self.version;
        match self.open {
            Open::Nothing => order.is_ne(),
            Open::Minor => version.major != own.major,
            Open::Patch => {
                (version.major, version.minor) != (own.major, own.minor)
                    || (!(version.pre.is_empty() && own.pre.is_empty())
                        && compare_pre(&version.pre, &own.pre).is_ne())
            }
            Open::Major => version.numbers() != own.numbers() || order.is_ne(),
        }
    }
}
