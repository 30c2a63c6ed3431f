//! sprig's `urlParse` and `urlJoin`: a URL as a map of its parts, as Go's `net/url` takes it apart.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::convert::{NIL_DEREFERENCE, floor, is_untyped_nil};
use crate::format;
use crate::function::{CallError, Functions};
use crate::types::Type;
use crate::value::Value;

pub(super) fn add_to(f: &mut Functions) {
    f.add("urlParse", &[Type::String], |_, a| {
        let url = Url::parse(a.str(0)).map_err(|error| format!("unable to parse url: {error}"))?;
        let userinfo = url.user.as_ref().map_or_else(String::new, User::encoded);
        let hostname = url.hostname().to_owned();
        Ok(Value::map([
            ("scheme", url.scheme.into()),
            ("host", url.host.into()),
            ("hostname", hostname.into()),
            ("path", url.path.into()),
            ("query", url.query.into()),
            ("opaque", url.opaque.into()),
            ("fragment", url.fragment.into()),
            ("userinfo", userinfo.into()),
        ]))
    });
    f.add("urlJoin", &[Type::MAP], |_, a| {
        let parts = a.value(0);
        let userinfo = part(parts, "userinfo")?;
        let mut url = Url {
            scheme: part(parts, "scheme")?,
            host: part(parts, "host")?,
            path: part(parts, "path")?,
            query: part(parts, "query")?,
            opaque: part(parts, "opaque")?,
            fragment: part(parts, "fragment")?,
            ..Url::default()
        };
        if !userinfo.is_empty() {
            let parsed = Url::parse(&format!("proto://{userinfo}@host"))
                .map_err(|error| format!("unable to parse userinfo in dict: {error}"))?;
            url.user = parsed.user;
        }
        Ok(url.to_text().into())
    });
}

/// A part of the URL from the map; a missing one is empty.
fn part(parts: &Value<'_>, key: &str) -> Result<String, CallError> {
    let Some(value) = parts.get(key) else {
        return Ok(String::new());
    };
    if is_untyped_nil(&value) {
        return Err(NIL_DEREFERENCE.into());
    }
    value.as_str().map(String::from).ok_or_else(|| {
        let kind = value.kind();
        format!("unable to parse {key} key, must be of type string, but {kind} found").into()
    })
}

/// Where in a URL characters stand, which says what must be escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Fragment,
    Host,
    Path,
    User,
    Zone,
}

#[derive(Default)]
struct Url {
    scheme: String,
    opaque: String,
    user: Option<User>,
    host: String,
    path: String,
    query: String,
    fragment: String,
}

struct User {
    name: String,
    password: Option<String>,
}

impl User {
    fn encoded(&self) -> String {
        let mut text = escape(&self.name, Place::User);
        if let Some(password) = &self.password {
            text.push(':');
            text.push_str(&escape(password, Place::User));
        }
        text
    }
}

impl Url {
    fn parse(text: &str) -> Result<Self, String> {
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let failed =
            |text: &str, reason: String| format!("parse {}: {reason}", format::quote(text));
        let mut url = Self::parse_all_but_fragment(before).map_err(|r| failed(before, r))?;
        url.fragment = unescape(fragment, Place::Fragment).map_err(|r| failed(text, r))?;
        Ok(url)
    }

    fn parse_all_but_fragment(text: &str) -> Result<Self, String> {
        let mut url = Self::default();
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".into());
        }
        if text == "*" {
            text.clone_into(&mut url.path);
            return Ok(url);
        }
        let (scheme, rest) = split_scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        query.clone_into(&mut url.query);
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                rest.clone_into(&mut url.opaque);
                return Ok(url);
            }
            if rest
                .split('/')
                .next()
                .is_some_and(|first| first.contains(':'))
            {
                return Err("first path segment in URL cannot contain colon".into());
            }
        }
        if (!url.scheme.is_empty() || !rest.starts_with("///"))
            && let Some(authority) = rest.strip_prefix("//")
        {
            let end = authority.find('/').unwrap_or(authority.len());
            url.set_authority(&authority[..end])?;
            rest = &authority[end..];
        }
        url.path = unescape(rest, Place::Path)?;
        Ok(url)
    }

    fn set_authority(&mut self, authority: &str) -> Result<(), String> {
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        self.host = parse_host(&self.scheme, host)?;
        let Some(user) = user else {
            return Ok(());
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
        if !user.chars().all(allowed) {
            return Err("net/url: invalid userinfo".into());
        }
        let (name, password) = match user.split_once(':') {
            Some((name, password)) => (name, Some(password)),
            None => (user, None),
        };
        self.user = Some(User {
            name: unescape(name, Place::User)?,
            password: password.map(|p| unescape(p, Place::User)).transpose()?,
        });
        Ok(())
    }

    /// The host without its port and brackets.
    fn hostname(&self) -> &str {
        let host = match self.host.rfind(':') {
            Some(colon) if is_port(&self.host[colon..]) => &self.host[..colon],
            _ => &self.host,
        };
        host.strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host)
    }

    fn to_text(&self) -> String {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out.push_str(&self.scheme);
            out.push(':');
        }
        if self.opaque.is_empty() {
            self.write_hierarchy(&mut out);
        } else {
            out.push_str(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push('?');
            out.push_str(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push('#');
            out.push_str(&escape(&self.fragment, Place::Fragment));
        }
        out
    }

    fn write_hierarchy(&self, out: &mut String) {
        let has_authority = !self.host.is_empty() || self.user.is_some();
        if has_authority || (!self.scheme.is_empty() && !self.path.is_empty()) {
            out.push_str("//");
            if let Some(user) = &self.user {
                out.push_str(&user.encoded());
                out.push('@');
            }
            out.push_str(&escape(&self.host, Place::Host));
        }
        let path = if self.path == "*" {
            self.path.clone()
        } else {
            escape(&self.path, Place::Path)
        };
        if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
            out.push('/');
        }
        if out.is_empty()
            && path
                .split('/')
                .next()
                .is_some_and(|first| first.contains(':'))
        {
            out.push_str("./");
        }
        out.push_str(&path);
    }
}

fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("missing protocol scheme".into()),
            ':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn parse_host(scheme: &str, host: &str) -> Result<String, String> {
    match (host.rfind('['), host.find(':')) {
        (Some(0), _) => return parse_literal(host),
        (Some(_), _) => return Err("invalid IP-literal".into()),
        (None, Some(first)) => {
            // Only in http are several colons refused; databases list several hosts in one.
            let strict = matches!(scheme, "http" | "https");
            let colon = if strict {
                first
            } else {
                host.rfind(':').unwrap_or(first)
            };
            check_port(&host[colon..])?;
        }
        (None, None) => {}
    }
    unescape(host, Place::Host)
}

/// An address in brackets, with an optional port.
fn parse_literal(host: &str) -> Result<String, String> {
    let close = host.rfind(']').ok_or("missing ']' in host")?;
    let port = &host[close + 1..];
    check_port(port)?;
    let inside = &host[1..close];
    let (address, zone) = inside.split_at(inside.find("%25").unwrap_or(inside.len()));
    let address = unescape(address, Place::Host)?;
    let zone = unescape(zone, Place::Zone)?;
    if address.parse::<Ipv4Addr>().is_ok() {
        return Err("invalid IP-literal".into());
    }
    if address.parse::<Ipv6Addr>().is_err() {
        let shown = format::quote(&format!("{address}{zone}"));
        return Err(format!(
            "invalid host: ParseAddr({shown}): unable to parse IP"
        ));
    }
    Ok(format!("[{address}{zone}]{port}"))
}

fn is_port(text: &str) -> bool {
    text.is_empty()
        || text
            .strip_prefix(':')
            .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

fn check_port(text: &str) -> Result<(), String> {
    if is_port(text) {
        return Ok(());
    }
    Err(format!("invalid port {} after host", format::quote(text)))
}

/// Whether the byte may stand for itself in the place.
fn is_plain(byte: u8, place: Place) -> bool {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        return true;
    }
    let plain: &[u8] = match place {
        Place::Host | Place::Zone => b"!$&'()*+,;=:[]<>\"",
        Place::Path => b"$&+,/:;=@",
        Place::User => b"$&+,;=",
        Place::Fragment => b"$&+,/:;=?@!()*",
    };
    plain.contains(&byte)
}

fn escape(text: &str, place: Place) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte, place) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn unescape(text: &str, place: Place) -> Result<String, String> {
    let in_host = matches!(place, Place::Host | Place::Zone);
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        if byte != b'%' {
            if in_host && byte.is_ascii() && !is_plain(byte, place) {
                let shown = format::quote(char::from(byte).encode_utf8(&mut [0; 4]));
                return Err(format!("invalid character {shown} in host name"));
            }
            out.push(byte);
            continue;
        }
        let written = part_of(text, at);
        let value = hex(text.as_bytes(), at + 1).ok_or_else(|| bad_escape(written))?;
        let allowed = match place {
            Place::Host => !value.is_ascii() || written == "%25",
            Place::Zone => written == "%25" || value == b' ' || is_plain(value, Place::Host),
            _ => true,
        };
        if !allowed {
            return Err(bad_escape(written));
        }
        out.push(value);
        bytes.next();
        bytes.next();
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Three bytes from a position on, or what there is of them.
fn part_of(text: &str, at: usize) -> &str {
    let end = floor(text, at + 3);
    text.get(at..end).unwrap_or("%")
}

fn hex(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    u8::try_from(digit(at)? << 4 | digit(at + 1)?).ok()
}

fn bad_escape(written: &str) -> String {
    format!("invalid URL escape {}", format::quote(written))
}
