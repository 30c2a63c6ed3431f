//! Parsers of annotation values. An error is the cause alone, without the annotation's name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads the boolean forms of Go's `strconv.ParseBool`.
pub fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Digits without a sign, at most `most`.
fn unsigned(text: &str, most: u32) -> Option<u32> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|n| *n <= most)
}

/// Reads an unsigned decimal of 32 bits.
pub fn uint32(text: &str) -> Result<u32, String> {
    unsigned(text, u32::MAX)
        .ok_or_else(|| format!("failed parsing '{text}' as an unsigned 32 bit integer"))
}

/// Reads a port of 0 to 65535; blanks around it do not count.
pub fn port(text: &str) -> Result<u16, String> {
    let text = text.trim();
    unsigned(text, u16::MAX.into())
        .and_then(|n| u16::try_from(n).ok())
        .ok_or_else(|| format!("failed parsing port '{text}'"))
}

/// Reads ports joined by commas; blanks around them do not count, and no ports are fine.
pub fn ports(text: &str) -> Result<Vec<u16>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(port).collect()
}

/// An address range in CIDR notation; bits beyond the mask may be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    /// The address as written.
    pub address: IpAddr,
    /// How many leading bits count.
    pub bits: u8,
}

/// Reads one address range.
pub fn cidr(text: &str) -> Result<Cidr, String> {
    let fail = |why: &str| format!("failed parsing cidr '{text}': {why}");
    let (address, bits) = text.split_once('/').ok_or_else(|| fail("no '/'"))?;
    let (address, most) = if address.contains(':') {
        (address.parse::<Ipv6Addr>().map(IpAddr::from), 128)
    } else {
        (address.parse::<Ipv4Addr>().map(IpAddr::from), 32)
    };
    let address = address.map_err(|_| fail("the part before the '/' is no IP address"))?;
    let leading_zero = bits.len() > 1 && bits.starts_with('0');
    let bits = unsigned(bits, most).filter(|_| !leading_zero && !bits.is_empty());
    let bits = bits.and_then(|n| u8::try_from(n).ok());
    let bits =
        bits.ok_or_else(|| fail(&format!("the part after the '/' is no number up to {most}")))?;
    Ok(Cidr { address, bits })
}

/// Reads address ranges joined by commas, without blanks; no ranges are fine.
pub fn cidrs(text: &str) -> Result<Vec<Cidr>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(cidr).collect()
}

/// The longest name of a network interface in Linux.
const LONGEST_INTERFACE: usize = 15;

/// Reads names of network interfaces joined by commas; blanks around them do not count, and no names are fine.
pub fn interfaces(text: &str) -> Result<Vec<&str>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let check = |name: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if name.is_empty() {
            Err("empty interface name".to_owned())
        } else if name.len() > LONGEST_INTERFACE {
            Err(format!(
                "interface name {name:?} too long (max {LONGEST_INTERFACE} chars)"
            ))
        } else if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(inner) {
            Err(format!(
                "interface name {name:?} contains invalid characters"
            ))
        } else {
            Ok(())
        }
    };
    let names = text.split(',').map(str::trim);
    names.map(|name| check(name).map(|()| name)).collect()
}

/// Checks an amount of a resource, such as `100m`, `1.5Gi` or `2e3`.
///
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>.
pub fn quantity(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        return Err("value contains control characters".into());
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let points = number.bytes().filter(|b| *b == b'.').count();
    if points > 1 || number.len() == points {
        return Err("not an amount: it has to begin with a number".into());
    }
    let exponent = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit())
    };
    match suffix {
        "" | "n" | "u" | "m" | "k" | "M" | "G" | "T" | "P" | "E" | "Ki" | "Mi" | "Gi" | "Ti"
        | "Pi" | "Ei" => Ok(()),
        _ if suffix.strip_prefix(['e', 'E']).is_some_and(exponent) => Ok(()),
        _ => Err(format!("unknown suffix {suffix:?} of an amount")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_as_the_reference_reads_them() {
        for (text, wanted) in [
            ("", Some(vec![])),
            ("  ", Some(vec![])),
            ("80", Some(vec![80])),
            (" 0 , 65535 ", Some(vec![0, 65535])),
            ("80,", None),
            ("+80", None),
            ("-1", None),
            ("65536", None),
            ("99999999999999999999", None),
            ("*", None),
            ("８０", None),
        ] {
            assert_eq!(ports(text).ok(), wanted, "{text}");
        }
        assert_eq!(ports("80, x").unwrap_err(), "failed parsing port 'x'");
        assert_eq!(port("").unwrap_err(), "failed parsing port ''");
    }

    #[test]
    fn ranges_need_a_mask_and_no_blanks() {
        for (text, good) in [
            ("", true),
            ("10.0.0.0/8", true),
            ("10.1.2.3/8,127.0.0.1/32", true),
            ("::1/128", true),
            ("fd00::/0", true),
            ("10.0.0.0", false),
            ("10.0.0.0/33", false),
            ("10.0.0.0/08", false),
            ("10.0.0.0/", false),
            ("10.0.0/8", false),
            ("010.0.0.0/8", false),
            ("10.0.0.0/8, 10.0.0.0/8", false),
            ("::1/129", false),
            ("fe80::1%eth0/64", false),
            ("*", false),
        ] {
            assert_eq!(cidrs(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn interfaces_have_names_that_linux_accepts() {
        for (text, wanted) in [
            ("", Ok(0)),
            ("eth0", Ok(1)),
            ("net1, a.b-c_d", Ok(2)),
            ("eth0,", Err("empty interface name")),
            (
                "abcdefghijklmnop",
                Err("interface name \"abcdefghijklmnop\" too long (max 15 chars)"),
            ),
            (
                "0eth",
                Err("interface name \"0eth\" contains invalid characters"),
            ),
            (
                "eth0;reboot",
                Err("interface name \"eth0;reboot\" contains invalid characters"),
            ),
            (
                "ëth",
                Err("interface name \"ëth\" contains invalid characters"),
            ),
        ] {
            let got = interfaces(text);
            assert_eq!(
                got.as_ref().map(Vec::len).map_err(|e| &**e),
                wanted,
                "{text}"
            );
        }
    }

    #[test]
    fn quantities_follow_the_grammar() {
        for text in [
            "1", "+1", "-1", "0.5", ".5", "5.", "100m", "1.5Gi", "2k", "1E", "1e3", "1E-3", "1e+3",
            "5Ei", "3n", "3u",
        ] {
            assert_eq!(quantity(text), Ok(()), "{text}");
        }
        for text in [
            "", ".", "m", "1.2.3", "1K", "1mm", "1e", "1e3m", "1 ", "--1", "1ki", "1٣", "1GiB",
        ] {
            assert!(quantity(text).is_err(), "{text}");
        }
        assert_eq!(
            quantity("1\n").unwrap_err(),
            "value contains control characters"
        );
    }

    #[test]
    fn booleans_are_those_of_go() {
        assert_eq!(boolean("T"), Some(true));
        assert_eq!(boolean("False"), Some(false));
        assert_eq!(
            (boolean("yes"), boolean("tRUE"), boolean("")),
            (None, None, None)
        );
        assert_eq!(uint32("4294967295"), Ok(u32::MAX));
        assert!(
            ["", "-1", "+1", "4294967296", "1.0"]
                .iter()
                .all(|t| uint32(t).is_err())
        );
    }
}
