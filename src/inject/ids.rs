//! The user and group that the proxy runs as.
//!
//! OpenShift gives each namespace ranges of ids; the proxy takes the last of them, out of the way of applications,
//! which get the first. Source: <https://docs.openshift.com/container-platform/latest/authentication/managing-security-context-constraints.html>.

use crate::{
    annotations::names::{OPENSHIFT_GROUPS, OPENSHIFT_UIDS},
    config::Namespace,
};

/// The ids where nothing else is known.
const DEFAULT: i64 = 1337;

/// User and group id of the proxy in `namespace`; `None`: the namespace is unknown, or has no ranges.
pub(crate) fn proxy(namespace: Option<&Namespace>) -> (i64, i64) {
    let last = |name| {
        namespace
            .and_then(|n| n.annotations.get(name))
            .and_then(|text| last_of_first_block(text))
    };
    let user = last(OPENSHIFT_UIDS);
    (
        user.unwrap_or(DEFAULT),
        last(OPENSHIFT_GROUPS).or(user).unwrap_or(DEFAULT),
    )
}

/// The last id of the first block in a list such as `1000620000/10000,…` (start and size) or `1-5` (start and end).
fn last_of_first_block(list: &str) -> Option<i64> {
    let block = list.split(',').next()?.trim();
    let number = |text: &str| text.trim().parse::<u32>().ok().map(i64::from);
    if let Some((start, size)) = block.split_once('/') {
        let size = number(size).filter(|s| *s > 0)?;
        return Some(number(start)? + size - 1);
    }
    let (start, end) = block.split_once('-')?;
    let end = number(end)?;
    (number(start)? <= end).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (users, groups, want) in [
            (None, None, (1337, 1337)),
            (
                Some("1000620000/10000"),
                None,
                (1_000_629_999, 1_000_629_999),
            ),
            (
                Some("1000620000/10000"),
                Some("5/5,100/10"),
                (1_000_629_999, 9),
            ),
            (Some("10-20"), Some("malformed"), (20, 20)),
            (Some(""), Some("30-40"), (1337, 40)),
            (Some("20-10"), None, (1337, 1337)),
            (Some("1/0"), None, (1337, 1337)),
        ] {
            let mut namespace = Namespace::default();
            for (name, value) in [(OPENSHIFT_UIDS, users), (OPENSHIFT_GROUPS, groups)] {
                namespace
                    .annotations
                    .extend(value.map(|v: &str| (name.to_owned(), v.to_owned())));
            }
            assert_eq!(proxy(Some(&namespace)), want, "{users:?} {groups:?}");
        }
        assert_eq!(proxy(None), (1337, 1337));
    }
}
