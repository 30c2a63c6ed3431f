//! One semantic version, its order, and how templates see it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use crate::format;
use crate::function::{CallError, Context};
use crate::object::Object;
use crate::types::Kind;
use crate::value::{Number, Value};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) major: u64,
    pub(super) minor: u64,
    pub(super) patch: u64,
    /// What follows `-`, without it.
    pub(super) pre: String,
    /// What follows `+`, without it.
    metadata: String,
    /// As it was written.
    original: String,
}

/// The parts after the numbers: `-pre` and `+metadata`.
pub(super) const SUFFIXES: &str = r"(?:-(?<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+(?<meta>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?";

static VERSION: LazyLock<Option<regex::Regex>> = LazyLock::new(|| {
    let numbers = r"v?(?<major>[0-9]+)(?:\.(?<minor>[0-9]+))?(?:\.(?<patch>[0-9]+))?";
    regex::Regex::new(&format!("^{numbers}{SUFFIXES}$")).ok()
});

impl Version {
    pub(super) fn parse(text: &str) -> Result<Self, CallError> {
        let parts = VERSION
            .as_ref()
            .and_then(|regex| regex.captures(text))
            .ok_or("Invalid Semantic Version")?;
        let part = |name| parts.name(name).map_or("", |part| part.as_str());
        let number = |name| {
            match part(name) {
            "" => Ok(0),
            digits => digits.parse().map_err(|_| {
                let quoted = format::quote(digits);
                format!("Error parsing version segment: strconv.ParseUint: parsing {quoted}: value out of range")
            }),
        }
        };
        let version = Self {
            major: number("major")?,
            minor: number("minor")?,
            patch: number("patch")?,
            pre: part("pre").to_owned(),
            metadata: part("meta").to_owned(),
            original: text.to_owned(),
        };
        let starts_with_zero = |part: &str| {
            part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit())
        };
        if version.pre.split('.').any(starts_with_zero) {
            return Err("Version segment starts with 0".into());
        }
        Ok(version)
    }

    pub(super) fn numbers(&self) -> [u64; 3] {
        [self.major, self.minor, self.patch]
    }

    /// The order of versions; metadata does not count.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let by_number = self.numbers().cmp(&other.numbers());
        by_number.then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_pre(&self.pre, &other.pre),
        })
    }

    /// The next version, with the prefix `v` if this one has it.
    fn next(&self, major: u64, minor: u64, patch: u64) -> Self {
        let mut next = Self {
            major,
            minor,
            patch,
            ..Self::default()
        };
        let prefix = if self.original.starts_with('v') {
            "v"
        } else {
            ""
        };
        next.original = format!("{prefix}{next}");
        next
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

/// Orders what follows `-`: part by part, numbers before words, fewer parts first.
pub(super) fn compare_pre(a: &str, b: &str) -> Ordering {
    let [mut a, mut b] = [a, b].map(|pre| pre.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => compare_part(a.unwrap_or(""), b.unwrap_or("")),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_part(a: &str, b: &str) -> Ordering {
    if a == b || a.is_empty() || b.is_empty() {
        return a.len().cmp(&b.len());
    }
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) if a > b => Ordering::Greater,
        (Ok(_), Ok(_) | Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

/// A version as templates see it: Go's `*semver.Version` with its methods.
pub(super) enum View {
    Pointer(Version),
    /// What the methods that count up give. It lacks the methods that Go has for pointers only.
    Plain(Version),
}

impl View {
    fn version(&self) -> &Version {
        let (Self::Pointer(version) | Self::Plain(version)) = self;
        version
    }
}

impl<'a> Object<'a> for View {
    fn kind(&self) -> Kind {
        match self {
            Self::Pointer(_) => Kind::Ptr,
            Self::Plain(_) => Kind::Struct,
        }
    }

    fn type_name(&self) -> Cow<'a, str> {
        match self {
            Self::Pointer(_) => "*semver.Version".into(),
            Self::Plain(_) => "semver.Version".into(),
        }
    }

    fn display(&self) -> Option<String> {
        Some(self.version().to_string())
    }

    fn method(
        &self,
        name: &str,
        args: &[Value<'a>],
        _: &Context<'_>,
    ) -> Option<Result<Value<'a>, CallError>> {
        let version = self.version();
        let on_pointer = name == "Original" || name == "Equal" || name == "Compare";
        if matches!(self, Self::Plain(_)) && (on_pointer || name.contains("Than")) {
            return None;
        }
        let number = |n| Value::Number(Number::Uint64(n));
        let order = |args: &[Value<'a>]| match args {
            [Value::Object(other)] => Version::parse(&other.display().unwrap_or_default())
                .map(|other| version.compare(&other)),
            _ => Err(format!("wrong number of args for {name}: want 1 got {}", args.len()).into()),
        };
        Some(match name {
            "Major" => Ok(number(version.major)),
            "Minor" => Ok(number(version.minor)),
            "Patch" => Ok(number(version.patch)),
            "Prerelease" => Ok(version.pre.clone().into()),
            "Metadata" => Ok(version.metadata.clone().into()),
            "Original" => Ok(version.original.clone().into()),
            "String" => Ok(version.to_string().into()),
            "Compare" => order(args).map(|order| Value::Int(order as i64)),
            "Equal" => order(args).map(|order| order.is_eq().into()),
            "GreaterThan" => order(args).map(|order| order.is_gt().into()),
            "GreaterThanEqual" => order(args).map(|order| order.is_ge().into()),
            "LessThan" => order(args).map(|order| order.is_lt().into()),
            "LessThanEqual" => order(args).map(|order| order.is_le().into()),
            "IncMajor" => Ok(object(version.next(version.major.wrapping_add(1), 0, 0))),
            "IncMinor" => Ok(object(version.next(
                version.major,
                version.minor.wrapping_add(1),
                0,
            ))),
            "IncPatch" => {
                let step = u64::from(version.pre.is_empty());
                let patch = version.patch.wrapping_add(step);
                Ok(object(version.next(version.major, version.minor, patch)))
            }
            _ => return None,
        })
    }

    fn write_json(&self, out: &mut String) -> bool {
        // A version has no characters that JSON escapes.
        out.push('"');
        out.push_str(&self.version().to_string());
        out.push('"');
        true
    }
}

fn object<'a>(version: Version) -> Value<'a> {
    Value::object(View::Plain(version))
}
