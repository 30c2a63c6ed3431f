//! Writing: the tree to block-style YAML that every reader, of YAML 1.1 or 1.2, reads back as the same tree.
//!
//! An emitter of our own, as numbers must stay as written, keys in their order, and the bytes close to what `kubectl`
//! prints; the crates that write through serde keep neither numbers nor that form.

use std::fmt::Write as _;

use outrigger_json::{Object, Value};

use crate::{
    read::is_printable,
    resolve::{Decimal, is_date, resolve},
};

/// Longest key that may stand before its colon without `?`, in bytes as written. YAML's limit is 1024 characters.
const SIMPLE_KEY: usize = 1000;

/// The value as a YAML document, keys in their order; ends with a newline.
pub fn to_string(value: &Value<'_>) -> String {
    write(value, false)
}

/// The value as a YAML document, keys sorted by their bytes, as Go's `sigs.k8s.io/yaml` writes them.
pub fn to_string_sorted(value: &Value<'_>) -> String {
    write(value, true)
}

fn write(value: &Value<'_>, sorted: bool) -> String {
    let mut writer = Writer::new(sorted);
    writer.value(value, 0, Place::Start);
    writer.out
}

/// What stands before a value on its line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing, or `- `: a collection begins on this line.
    Start,
    /// A key and its colon: a collection begins on the next line.
    Key,
}

pub(crate) struct Writer {
    pub(crate) out: String,
    sorted: bool,
}

impl Writer {
    pub(crate) const fn new(sorted: bool) -> Self {
        Self {
            out: String::new(),
            sorted,
        }
    }

    /// Writes a value whose collection's lines are indented by `indent`, and ends its last line.
    pub(crate) fn value(&mut self, value: &Value<'_>, indent: usize, place: Place) {
        match value {
            Value::Array(items) if !items.is_empty() => {
                for (i, item) in items.iter().enumerate() {
                    self.begin(i == 0, indent, place);
                    self.out.push_str("- ");
                    self.value(item, indent + 2, Place::Start);
                }
            }
            Value::Object(object) if !object.is_empty() => self.object(object, indent, place),
            scalar => {
                if place == Place::Key {
                    self.out.push(' ');
                }
                match scalar {
                    Value::Null => self.out.push_str("null"),
                    Value::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
                    Value::Number(n) => {
                        let _ = write!(self.out, "{n}");
                    }
                    Value::String(s) if is_block(s) => return self.block(s, indent),
                    Value::String(s) => self.string(s),
                    Value::Array(_) => self.out.push_str("[]"),
                    Value::Object(_) => self.out.push_str("{}"),
                }
                self.out.push('\n');
            }
        }
    }

    fn object(&mut self, object: &Object<'_>, indent: usize, place: Place) {
        let mut entries: Vec<_> = object.iter().collect();
        if self.sorted {
            entries.sort_unstable_by_key(|(key, _)| *key);
        }
        for (i, (key, value)) in entries.into_iter().enumerate() {
            self.begin(i == 0, indent, place);
            self.entry(key, value, indent);
        }
    }

    /// Writes an entry whose key begins here, in the column `indent`.
    pub(crate) fn entry(&mut self, key: &str, value: &Value<'_>, indent: usize) {
        let start = self.out.len();
        self.string(key);
        if self.out.len() - start > SIMPLE_KEY {
            self.out.insert_str(start, "? ");
            self.out.push('\n');
            self.indent(indent);
        }
        self.after_key(value, indent);
    }

    /// Writes the value of a key in the column `indent`.
    pub(crate) fn after_key(&mut self, value: &Value<'_>, indent: usize) {
        self.out.push(':');
        // A list's dashes stand in the column of its key, a mapping's keys two columns to the right.
        let deeper = if matches!(value, Value::Array(_)) {
            indent
        } else {
            indent + 2
        };
        self.value(value, deeper, Place::Key);
    }

    /// Goes to where an item or a key begins.
    fn begin(&mut self, first: bool, indent: usize, place: Place) {
        match (first, place) {
            (true, Place::Start) => {}
            (true, Place::Key) => {
                self.out.push('\n');
                self.indent(indent);
            }
            (false, _) => self.indent(indent),
        }
    }

    pub(crate) fn indent(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    fn block(&mut self, text: &str, indent: usize) {
        self.out.push_str(match text.strip_suffix('\n') {
            None => "|-\n",
            Some(rest) if rest.ends_with('\n') => "|+\n",
            Some(_) => "|\n",
        });
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.indent(indent.max(2));
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    fn string(&mut self, text: &str) {
        if needs_escapes(text) || is_mistakable(text) {
            self.double_quoted(text);
        } else if is_plain(text) {
            self.out.push_str(text);
        } else {
            self.out.push('\'');
            self.out.push_str(&text.replace('\'', "''"));
            self.out.push('\'');
        }
    }

    fn double_quoted(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\t' => self.out.push_str("\\t"),
                '\r' => self.out.push_str("\\r"),
                c if is_exact(c) => self.out.push(c),
                c => {
                    let code = u32::from(c);
                    let _ = match code {
                        0..=0xff => write!(self.out, "\\x{code:02x}"),
                        0x100..=0xffff => write!(self.out, "\\u{code:04x}"),
                        _ => write!(self.out, "\\U{code:08x}"),
                    };
                }
            }
        }
        self.out.push('"');
    }
}

/// Whether every reader gives a character back as it is: printable, and no line break.
const fn is_exact(c: char) -> bool {
    is_printable(c)
        && !matches!(
            c,
            '\u{feff}' | '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
}

fn needs_escapes(text: &str) -> bool {
    !text.chars().all(is_exact)
}

/// Whether a string of several lines is given back exactly by a literal block without an indentation indicator.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\t', '\n'])
        && text.chars().all(|c| c == '\n' || c == '\t' || is_exact(c))
        && text
            .split('\n')
            .all(|line| line.is_empty() || !line.trim_matches([' ', '\t']).is_empty())
}

/// Whether some reader takes the text, written plainly, for something else than a string.
fn is_mistakable(text: &str) -> bool {
    !matches!(resolve(text), Some(Value::String(_)))
        || matches!(text, "=" | "<<")
        || text.starts_with([
            '+', '-', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
        ]) && (Decimal::split(&text.replace('_', "")).is_some()
            || is_base_60(text)
            || is_date(text))
}

/// `1:30`, `-1_0:59.5`: numbers of base 60, which YAML 1.1 has.
fn is_base_60(text: &str) -> bool {
    text.contains(':')
        && text
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'_' | b':' | b'.' | b'+' | b'-'))
}

/// Whether the text can stand without quotes in a block collection; the rest of it is exact and not mistakable.
fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let opens = match chars.next() {
        None => return false,
        Some('-' | '?' | ':') => chars.next().is_none_or(|c| c == ' '),
        Some(c) => ",[]{}#&*!|>'\"%@`".contains(c),
    };
    !opens
        && !text.starts_with(' ')
        && !text.ends_with([' ', ':'])
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.contains(": ")
        && !text.contains(" #")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse;

    #[test]
    fn form() {
        let text = r#"{"a":[{"b":1,"c":[]},[2,[3]],"x"],"d":{"e":{},"f":null},"m":"one\ntwo\n","o":1.10,"z":{}}"#;
        let value = Value::parse(text.as_bytes()).unwrap();
        assert_eq!(
            to_string(&value),
            "a:\n- b: 1\n  c: []\n- - 2\n  - - 3\n- x\nd:\n  e: {}\n  f: null\nm: |\n  one\n  two\no: 1.10\nz: {}\n"
        );
        let value = Value::parse(br#"{"b":1,"a":2}"#).unwrap();
        assert_eq!(to_string(&value), "b: 1\na: 2\n");
        assert_eq!(to_string_sorted(&value), "a: 2\nb: 1\n");
    }

    #[test]
    fn strings() {
        for (text, want) in [
            ("", "\"\""),
            ("plain", "plain"),
            ("two words", "two words"),
            ("yes", "\"yes\""),
            ("On", "\"On\""),
            ("null", "\"null\""),
            ("~", "\"~\""),
            ("1_000", "\"1_000\""),
            ("0x1", "\"0x1\""),
            ("1e400", "\"1e400\""),
            ("1:30", "\"1:30\""),
            ("2001-01-01", "\"2001-01-01\""),
            ("2001-01-01T00:00:00Z", "\"2001-01-01T00:00:00Z\""),
            ("10.0.0.1", "10.0.0.1"),
            ("1.2.3", "1.2.3"),
            ("100m", "100m"),
            ("1Gi", "1Gi"),
            (".inf", "\".inf\""),
            ("-c", "-c"),
            ("--flag", "--flag"),
            ("---", "'---'"),
            ("- a", "'- a'"),
            ("-", "'-'"),
            ("a: b", "'a: b'"),
            ("a:", "'a:'"),
            ("a:b", "a:b"),
            ("a #b", "'a #b'"),
            ("#a", "'#a'"),
            ("*", "'*'"),
            ("it's", "it's"),
            ("'it'", "'''it'''"),
            ("{{x}}", "'{{x}}'"),
            (" a", "' a'"),
            ("a\tb", "\"a\\tb\""),
            ("a\u{7f}", "\"a\\x7f\""),
            ("a\u{feff}", "\"a\\ufeff\""),
            ("grün", "grün"),
        ] {
            assert_eq!(to_string(&text.into()).trim_end_matches('\n'), want);
            assert_eq!(parse(want), Ok(text.into()), "{want}");
        }
    }

    #[test]
    fn long_keys_are_read_back() {
        let value: Value<'_> = Object::from_iter([("k".repeat(3000), vec![1.into()])]).into();
        assert_eq!(parse(&to_string(&value)), Ok(value));
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ -~]{0,12}",
            "[-+.:0-9_eExob]{0,8}",
            "[a \\t\\n#:'\"-]{0,12}",
            "\\PC{0,6}",
            any::<String>().prop_map(|s| s.chars().take(6).collect()),
            prop::sample::select(vec!["yes", "null", "<<", "=", "---", "...", "0x1f", ".nan"])
                .prop_map(str::to_owned),
        ]
    }

    fn tree() -> impl Strategy<Value = Value<'static>> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (any::<i32>(), any::<u16>()).prop_map(|(a, b)| {
                Value::parse(format!("{a}.{b}0").as_bytes())
                    .unwrap()
                    .into_owned()
            }),
            text().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((text(), inner), 0..5)
                    .prop_map(|entries| Value::from(entries.into_iter().collect::<Object<'_>>())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn what_is_written_is_read_back(value in tree()) {
            let text = to_string(&value);
            prop_assert_eq!(parse(&text), Ok(value.clone()), "{}", text);
            prop_assert_eq!(parse(&to_string_sorted(&value)), Ok(value));
        }
    }
}
