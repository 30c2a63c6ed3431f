//! sprig's semantic versions: `semver` reads one, `semverCompare` checks one against a constraint, as the library
//! `Masterminds/semver` 3 does.

mod constraint;
mod version;

use crate::function::Functions;
use crate::types::Type;
use crate::value::Value;
use constraint::Constraint;
use version::{Version, View};

const S: Type = Type::String;

/// What Go's copy of a version is: it has no exported fields, and only these are copied.
pub(super) fn copy<'a>() -> Value<'a> {
    Value::object(View::Pointer(Version::default()))
}

pub(super) fn add_to(f: &mut Functions) {
    f.add("semver", &[S], |_, a| {
        Ok(Value::object(View::Pointer(Version::parse(a.str(0))?)))
    });
    // semverCompare CONSTRAINT VERSION
    f.add("semverCompare", &[S, S], |_, a| {
        let constraint = Constraint::parse(a.str(0))?;
        Ok(constraint.allows(&Version::parse(a.str(1))?).into())
    });
}
