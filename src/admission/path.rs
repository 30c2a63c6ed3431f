//! Variables that a webhook's configuration hands over in the path, such as `/inject/cluster/east/net/n1`.

use percent_encoding::percent_decode_str;

/// The variables in the path of a request, by the name of the environment variable that they stand for.
///
/// Below `/inject/` lie pairs of key and value; `--slash--` in a value is a slash. The older form
/// `/inject/:ENV:key=value:ENV:…` is understood as well. Of pairs with one key the last counts.
pub fn variables(path: &str) -> Vec<(String, String)> {
    let Some(rest) = path.strip_prefix("/inject/") else {
        return Vec::new();
    };
    let rest = percent_decode_str(rest).decode_utf8_lossy();
    let mut found = Vec::new();
    if let Some(pairs) = rest.strip_prefix(":ENV:") {
        for (key, value) in pairs
            .trim_end_matches('/')
            .split(":ENV:")
            .filter_map(|pair| pair.split_once('='))
        {
            set(&mut found, key, value.to_owned());
        }
    } else {
        let mut parts = rest.split('/').filter(|part| !part.is_empty());
        while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
            set(&mut found, key, value.replace("--slash--", "/"));
        }
    }
    found
}

fn set(found: &mut Vec<(String, String)>, key: &str, value: String) {
    let name = match key {
        "" => return,
        "cluster" => "ISTIO_META_CLUSTER_ID".to_owned(),
        "net" => "ISTIO_META_NETWORK".to_owned(),
        other => other.to_uppercase(),
    };
    match found.iter_mut().find(|(known, _)| *known == name) {
        Some((_, old)) => *old = value,
        None => found.push((name, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_give_variables() {
        const CLUSTER: &str = "ISTIO_META_CLUSTER_ID";
        const NETWORK: &str = "ISTIO_META_NETWORK";
        let table: &[(&str, &[(&str, &str)])] = &[
            ("/", &[]),
            ("/inject", &[]),
            ("/inject/", &[]),
            ("/inject/cluster", &[]),
            ("/inject/cluster/", &[]),
            (
                "/inject/cluster/c1/net/n1/",
                &[(CLUSTER, "c1"), (NETWORK, "n1")],
            ),
            ("/inject/cluster/c--slash--1", &[(CLUSTER, "c/1")]),
            (
                "/inject/cluster/c1/custom_env/foo",
                &[(CLUSTER, "c1"), ("CUSTOM_ENV", "foo")],
            ),
            ("/inject/cluster/c1/network", &[(CLUSTER, "c1")]),
            (
                "/inject/:ENV:cluster=c2:ENV:rootpage=/foo/bar",
                &[(CLUSTER, "c2"), ("ROOTPAGE", "/foo/bar")],
            ),
            (
                "/inject/:ENV:path=a--slash--b=c",
                &[("PATH", "a--slash--b=c")],
            ),
            ("/inject/a/v/b/:ENV:x=y", &[("A", "v"), ("B", ":ENV:x=y")]),
            ("/inject/:ENV:a=b:ENV:=c:ENV:=", &[("A", "b")]),
            ("/inject/cluster/my%20cluster", &[(CLUSTER, "my cluster")]),
            ("/inject/cluster/c%2F1", &[(CLUSTER, "c")]),
            ("/inject//cluster//c1", &[(CLUSTER, "c1")]),
            ("/inject/net/a/net/b", &[(NETWORK, "b")]),
            ("/inject/net/%ff", &[(NETWORK, "\u{fffd}")]),
        ];
        for (path, expected) in table {
            let expected: Vec<_> = expected
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect();
            assert_eq!(variables(path), expected, "{path}");
        }
    }
}
