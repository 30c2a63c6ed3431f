//! The forms of names.
//!
//! Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>, RFC 6335 for names of ports.

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// A label of a domain name in lower case, as names of containers and volumes are.
pub(super) fn is_dns_label(text: &str) -> bool {
    (1..=63).contains(&text.len()) && is_dns_part(text)
}

fn is_dns_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().copied().is_some_and(is_lower)
        && bytes.last().copied().is_some_and(is_lower)
        && bytes.iter().all(|b| is_lower(*b) || *b == b'-')
}

/// A domain name in lower case.
pub(super) fn is_dns_name(text: &str) -> bool {
    (1..=253).contains(&text.len()) && text.split('.').all(is_dns_part)
}

/// The name of a port: at most 15 characters, at least one of them a letter.
pub(super) fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && is_dns_part(text)
        && text.bytes().any(|b| b.is_ascii_lowercase())
        && !text.contains("--")
}

/// The name of an environment variable, as Kubernetes from 1.34 on takes it.
pub(super) fn is_env_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'=')
}

/// The key of a label or, in any case of letters, of an annotation: a name, with a domain and `/` before it or not.
pub(super) fn is_qualified(key: &str) -> bool {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    prefix.is_none_or(is_dns_name) && !name.is_empty() && is_label_value(name)
}

/// The value of a label; empty is good.
pub(super) fn is_label_value(text: &str) -> bool {
    let end = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| end(c) || matches!(c, '-' | '_' | '.');
    text.is_empty()
        || text.len() <= 63
            && text.starts_with(end)
            && text.ends_with(end)
            && text.chars().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        type Form = fn(&str) -> bool;
        let long = "a".repeat(64);
        let table: &[(Form, &[&str], &[&str])] = &[
            (
                is_dns_label,
                &["a", "0-b"],
                &["", "A", "a.b", "-a", "a_b", &long],
            ),
            (
                is_dns_name,
                &["a", "a.b-c"],
                &["", ".", "a..b", "a.", "A.b"],
            ),
            (
                is_port_name,
                &["http", "a-1", "123456789012a45"],
                &["", "80", "a--b", "-a", "HTTP", "http_a", "1234567890123456"],
            ),
            (
                is_env_name,
                &["A", "a.b-c", "1", "a b"],
                &["", "A=B", "é", "a\n"],
            ),
            (
                is_qualified,
                &["app", "a.b/c", "A_b.c"],
                &["", "/a", "a/", "a/b/c", "A.b/c", "-a", "a b"],
            ),
            (
                is_label_value,
                &["", "a", "1.2_b-c"],
                &["-a", "a b", "a/b", &long],
            ),
        ];
        for (form, good, bad) in table {
            for text in *good {
                assert!(form(text), "{text:?}");
            }
            for text in *bad {
                assert!(!form(text), "{text:?}");
            }
        }
    }
}
